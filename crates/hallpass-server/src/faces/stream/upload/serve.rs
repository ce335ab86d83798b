//! `GET /uploads/{app}/{id}/{name}`: the bytes of an upload, to whoever has its address.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use tokio::fs::File;
use tokio_util::io::ReaderStream;

use super::super::live::Face;
use super::document::{UPLOAD, UploadDocument};
use super::rules::content_type;
use super::shelf::of_app;

/// Nothing in a file runs in the name of this server.
const POLICY: &str = "default-src 'none'; sandbox";

/// Serves an upload.
pub(in super::super) async fn serve(State(face): State<Face>, Path((app, id, name)): Path<(String, String, String)>) -> Response {
    match open(&face, &app, &id, &name).await {
        Some((upload, file)) => shown(&upload, file),
        None => (StatusCode::NOT_FOUND, "there is no such upload\n").into_response(),
    }
}

async fn open(face: &Face, app: &str, id: &str, name: &str) -> Option<(UploadDocument, File)> {
    let tenant = face.service.tenant(app)?;
    let found = tenant.document(UPLOAD, id).await.ok()??;
    let upload: UploadDocument = serde_json::from_value(found).ok()?;
    let shelf = of_app(&face.service.uploads()?, app);
    let file = File::open(shelf.join(&upload.id)).await.ok()?;
    (upload.name == name).then_some((upload, file))
}

fn shown(upload: &UploadDocument, file: File) -> Response {
    let kind = content_type(&upload.name);
    let is_shown = ["image/", "video/", "audio/"].iter().any(|start| kind.starts_with(start));
    let name = upload.encoded_name();
    let disposition = format!("{}; filename*=UTF-8''{name}", if is_shown { "inline" } else { "attachment" });
    let mut response = Body::from_stream(ReaderStream::new(file)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(upload.bytes));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}
