//! All faces on one socket.

use std::time::Instant;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::HeaderName;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use tower_http::catch_panic::CatchPanicLayer;

use crate::faces::authzen::AuthzenError;
use crate::faces::native::ApiError;
use crate::faces::{authzen, livechat, native, stream, system};
use crate::leftover::read_leftover;
use crate::service::Service;

/// What a caller names a request by; the answer carries the same.
static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Everything that is served.
pub fn router(service: Service) -> Router {
    let (authzen, _) = authzen::router().split_for_parts();
    let (native, _) = native::router().split_for_parts();
    let faces = authzen
        .method_not_allowed_fallback(async || AuthzenError::method_not_allowed())
        .merge(native.method_not_allowed_fallback(async || ApiError::method_not_allowed()))
        .merge(system::router())
        .with_state(service.clone())
        .merge(livechat::router(service.clone()))
        .merge(stream::router(service.clone()))
        .fallback(not_found);
    watched(faces, service)
}

/// Around all faces: a panic ends as an answer, and every answer is counted.
fn watched(faces: Router, service: Service) -> Router {
    faces
        .layer(CatchPanicLayer::custom(|_| ApiError::internal().into()))
        .layer(from_fn(read_leftover))
        .layer(from_fn_with_state(service, observe))
}

/// Names the face that a path belongs to, for the counters.
fn face(path: &str) -> &'static str {
    if authzen::is_meant(path) {
        "authzen"
    } else if native::is_meant(path) {
        "native"
    } else if system::is_meant(path) {
        "system"
    } else if livechat::is_meant(path) {
        "livechat"
    } else {
        "stream"
    }
}

/// Counts every request, echoes its `X-Request-ID` whatever becomes of it, and logs what went wrong on our side.
async fn observe(State(service): State<Service>, request: Request, next: Next) -> Response {
    let begin = Instant::now();
    let id = request.headers().get(&REQUEST_ID).cloned();
    let face = face(request.uri().path());
    let method = request.method().clone();
    // The path alone: a query may carry tokens.
    let path = tracing::enabled!(tracing::Level::WARN).then(|| request.uri().path().to_owned());

    let mut response = next.run(request).await;

    let (status, took) = (response.status().as_u16(), begin.elapsed());
    service.metrics().request(face, status, took);
    let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    if status >= 500 {
        tracing::warn!(face, %method, path, status, took_us, request_id = ?id, "request failed");
    } else {
        tracing::debug!(face, %method, path, status, took_us, "request");
    }
    if let Some(id) = id {
        response.headers_mut().insert(REQUEST_ID.clone(), id);
    }
    response
}

/// The answer where no route matches, in the words of the face that was meant.
async fn not_found(request: Request) -> Response {
    let path = request.uri().path();
    if authzen::is_meant(path) {
        AuthzenError::not_found().into_response()
    } else if livechat::is_meant(path) {
        livechat::not_found(path)
    } else if !native::is_meant(path) && stream::is_meant(&request) {
        stream::not_found()
    } else {
        ApiError::not_found().into_response()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::body::{Body, to_bytes};
    use axum::routing::get;
    use hallpass::Timestamp;
    use hallpass_store::MemoryStore;
    use tower::ServiceExt as _;

    use super::*;
    use crate::{Clock, ServiceOptions, first_run};

    #[tokio::test]
    async fn a_panic_ends_as_an_answer_that_says_nothing_of_the_inside() {
        let directory = tempfile::tempdir().unwrap();
        let store = Arc::new(MemoryStore::new());
        first_run::prepare(&*store, &directory.path().join("credentials.json"), Timestamp(0)).unwrap();
        let options = ServiceOptions { store, clock: Clock::system(), public_url: String::new(), credentials: None };
        let service = Service::start(options).unwrap();
        let faces = Router::new().route("/v1/bug", get(async || -> &'static str { panic!("hps_secret") }));
        let router = watched(faces, service.clone());

        let request = Request::get("/v1/bug").header("x-request-id", "r-1").body(Body::empty()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        assert_eq!((response.status().as_u16(), &response.headers()["x-request-id"]), (500, &"r-1".parse().unwrap()));
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        assert_eq!(&body[..], br#"{"error":{"code":"internal","message":"internal error; the server's log has more"}}"#);
        assert!(service.metrics().render().contains("hallpass_requests_total{face=\"native\",status=\"500\"} 1"));
    }
}
