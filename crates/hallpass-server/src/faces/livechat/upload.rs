//! Files that come as `multipart/form-data`: what is kept of them is their name, type and size.

use axum::extract::{FromRequest as _, Multipart, Request};
use axum::http::StatusCode;
use hallpass::Resource;
use serde_json::{Value, json};

use super::call::{Answer, Call};
use super::fault::{Fault, FaultType};
use super::version::Version;
use crate::key::random_hex;

/// Largest file, in bytes (docs/livechat.md, Decisions and differences).
const FILE_BYTES: usize = 10 * 1024 * 1024;
/// Largest form: the file, and what stands around it.
pub(super) const FORM_BYTES: usize = FILE_BYTES + 64 * 1024;

/// `upload_file`; in 2018 `upload_image`. What was sent is counted and let go: Hallpass keeps no files, so the address names one that
/// nobody can fetch. Events of the type `file` may name any other.
///
/// # Errors
/// `validation` where there is no file.
pub(super) async fn file(call: Call) -> Result<Answer, Fault> {
    call.permit("upload_file", Resource::other("file", ""))?;
    let body = call.fields();
    let file = match body.object("file")? {
        Some(file) => file,
        None => body.object("payload.image")?.ok_or_else(|| body.missing("file"))?,
    };
    let id = random_hex(32);
    let name = file.text("name")?.unwrap_or_default().replace(|letter: char| !letter.is_ascii_alphanumeric() && letter != '.', "-");
    let url = format!("{}/files/{id}/{name}", call.service.public_url());
    if call.version == Version::V0_6 { Ok(json!({"url": url, "path": format!("{id}/{name}")})) } else { Ok(json!({"url": url})) }
}

/// Reads the form as parameters: `file` becomes `{name, content_type, size}`.
///
/// # Errors
/// `validation`, or `entity_too_large`.
pub(super) async fn read(request: Request) -> Result<Value, Fault> {
    let too_large = || Fault::new(FaultType::EntityTooLarge, format!("the file has more than {FILE_BYTES} bytes"));
    let broken = |error: axum::extract::multipart::MultipartError| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        _ => Fault::validation(format!("the form cannot be read: {error}")),
    };
    let mut form = Multipart::from_request(request, &()).await.map_err(|error| Fault::validation(error.to_string()))?;
    let mut fields = serde_json::Map::new();
    while let Some(mut field) = form.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        let file_name = field.file_name().map(str::to_owned);
        let content_type = field.content_type().map(str::to_owned);
        let mut size = 0;
        let mut text = Vec::new();
        while let Some(chunk) = field.chunk().await.map_err(broken)? {
            size += chunk.len();
            if size > FILE_BYTES {
                return Err(too_large());
            }
            if file_name.is_none() {
                text.extend_from_slice(&chunk);
            }
        }
        let value = match file_name {
            Some(file_name) => json!({"name": file_name, "content_type": content_type, "size": size}),
            None => Value::String(String::from_utf8_lossy(&text).into_owned()),
        };
        fields.insert(name, value);
    }
    Ok(Value::Object(fields))
}
