//! Stream's face.

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};

use crate::service::Service;

/// The routes of this face, with their CORS layer, limits and error shapes.
pub fn router(service: Service) -> Router {
    let _ = service;
    Router::new()
}

/// Whether a request that matches no route was meant for this face.
pub fn is_meant(request: &Request) -> bool {
    request.uri().path().starts_with("/api/v2/") || request.uri().query().is_some_and(|query| query.contains("api_key="))
}

/// The answer to a request for this face that matches no route.
pub fn not_found() -> Response {
    axum::http::StatusCode::NOT_FOUND.into_response()
}
