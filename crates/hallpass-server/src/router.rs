//! All faces on one socket.

use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};

use crate::faces::authzen::AuthzenError;
use crate::faces::native::ApiError;
use crate::faces::{authzen, cometchat, livechat, native, stream, system};
use crate::front::Front;
use crate::service::Service;

/// Everything that is served.
pub fn front(service: Service) -> Front {
    let (authzen, _) = authzen::router().split_for_parts();
    let (native, _) = native::router().split_for_parts();
    let faces = authzen
        .method_not_allowed_fallback(async || AuthzenError::method_not_allowed())
        .merge(native.method_not_allowed_fallback(async || ApiError::method_not_allowed()))
        .merge(system::router())
        .with_state(service.clone())
        .merge(livechat::router(service.clone()))
        .merge(stream::router(service.clone()))
        .merge(cometchat::router(service.clone()))
        .fallback(not_found);
    Front::new(faces, face, service)
}

/// Names the face that a path belongs to, for the counters.
fn face(path: &str) -> &'static str {
    if authzen::is_meant(path) {
        "authzen"
    } else if native::is_meant(path) {
        "native"
    } else if system::is_meant(path) {
        "system"
    } else if cometchat::is_meant(path) {
        "cometchat"
    } else if livechat::is_meant(path) {
        "livechat"
    } else {
        "stream"
    }
}

/// The answer where no route matches, in the words of the face that was meant.
async fn not_found(request: Request) -> Response {
    let path = request.uri().path();
    if authzen::is_meant(path) {
        AuthzenError::not_found().into_response()
    } else if cometchat::is_meant(path) || (!native::is_meant(path) && cometchat::is_meant_by(request.headers())) {
        cometchat::not_found(&request)
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

    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::routing::get;
    use hallpass::Timestamp;
    use hallpass_store::MemoryStore;

    use super::*;
    use crate::{Clock, ServiceOptions, first_run};

    #[tokio::test]
    async fn a_panic_ends_as_an_answer_that_says_nothing_of_the_inside() {
        let directory = tempfile::tempdir().unwrap();
        let store = Arc::new(MemoryStore::new());
        first_run::prepare(&*store, &directory.path().join("credentials.json"), Timestamp(0)).unwrap();
        let options =
            ServiceOptions { store, clock: Clock::system(), public_url: String::new(), credentials: None, idle: crate::limits::IDLE_TIME };
        let service = Service::start(options).unwrap();
        let faces = Router::new().route("/v1/bug", get(async || -> &'static str { panic!("hps_secret") }));
        let front = Front::new(faces, face, service.clone());

        let request = Request::get("/v1/bug").header("x-request-id", "r-1").body(Body::empty()).unwrap();
        let response = front.answer(request).await;
        assert_eq!((response.status().as_u16(), &response.headers()["x-request-id"]), (500, &"r-1".parse().unwrap()));
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        assert_eq!(&body[..], br#"{"error":{"code":"internal","message":"internal error; the server's log has more"}}"#);
        assert!(service.metrics().render().contains("hallpass_requests_total{face=\"native\",status=\"500\"} 1"));
    }
}
