//! What operators and their tools ask: `/healthz`, `/readyz`, `/metrics`, `/openapi.json`. No key is needed, and nothing of any app is told.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::openapi;
use crate::service::Service;

/// The routes of this face.
pub fn router() -> Router<Service> {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .route("/openapi.json", get(openapi_json))
}

/// Whether a path is one of this face's.
pub fn is_meant(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz" | "/metrics" | "/openapi.json")
}

/// The process is alive.
async fn healthz() -> &'static str {
    "ok\n"
}

/// All apps are loaded, and the server is not stopping.
async fn readyz(State(service): State<Service>) -> Response {
    if service.is_ready() { "ready\n".into_response() } else { (StatusCode::SERVICE_UNAVAILABLE, "stopping\n").into_response() }
}

async fn metrics(State(service): State<Service>) -> Response {
    ([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], service.metrics().render()).into_response()
}

async fn openapi_json() -> Response {
    ([(CONTENT_TYPE, "application/json")], openapi::json()).into_response()
}
