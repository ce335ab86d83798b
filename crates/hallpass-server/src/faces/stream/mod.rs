//! Stream's face: the management and chat calls of Stream Chat's API, as its SDKs send them.
//!
//! Ana's back end has run on `stream-chat` for years. She points it at Hallpass by one setting, the base URL, and nothing else changes:
//! it creates the role `special_agent`, gives it grants on `messaging`, adds James to the channel. When James's own client then tries to
//! change his role, he is refused in the words that it has always understood, and with an object `hallpass` beside them that says which
//! grant he would need.
//!
//! A request goes: `operation` (a row of the table in `routes`) → `caller` (app, caller) → a handler, which asks through
//! `call::Call::permit` and changes through `call::Call::commit` → an answer, in the caller's `dialect`. What went wrong has one
//! table, in `error`.

mod app;
mod call;
mod caller;
mod capabilities;
mod channel;
mod channel_type;
mod condition;
mod connect;
mod dialect;
mod documents;
mod error;
mod event;
mod fields;
mod filter;
mod grants;
mod live;
mod message;
mod moderation;
mod operation;
mod patch;
mod permission;
mod poll;
mod query;
mod refusal;
mod rfc3339;
mod role;
mod routes;
mod scan;
mod signal;
mod sort;
mod task;
mod thread;
mod token;
mod upload;
mod user;

use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, Method, header};
use axum::response::Response;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{Any, CorsLayer};

use self::error::{Code, StreamError};
use self::live::{Face, Live};
use crate::service::Service;

/// How long browsers may remember what CORS allows.
const PREFLIGHT_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// The routes of this face, with their CORS layer, limits and error shapes.
pub fn router(service: Service) -> Router {
    if let Some(directory) = service.uploads() {
        upload::shelf::sweep(&directory);
    }
    routes::router()
        .method_not_allowed_fallback(async || {
            operation::refuse("Request", &StreamError::not_found("this path is not served with this method"), Duration::ZERO)
        })
        .layer(CatchPanicLayer::custom(|_| {
            operation::refuse("Request", &StreamError::new(Code::Internal, "internal error"), Duration::ZERO)
        }))
        .layer(cors())
        .with_state(Face { service, live: Live::default() })
}

/// Browsers call this API from any site: who may do what is decided by tokens, never by cookies, so no origin is more trusted than another.
fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            HeaderName::from_static("stream-auth-type"),
            HeaderName::from_static("x-stream-client"),
            HeaderName::from_static("x-client-request-id"),
        ])
        .expose_headers([
            HeaderName::from_static("x-ratelimit-limit"),
            HeaderName::from_static("x-ratelimit-remaining"),
            HeaderName::from_static("x-ratelimit-reset"),
        ])
        .max_age(PREFLIGHT_AGE)
}

/// Whether a request that matches no route was meant for this face.
pub fn is_meant(request: &Request) -> bool {
    request.uri().path().starts_with("/api/v2/") || request.uri().query().is_some_and(|query| query.contains("api_key="))
}

/// The answer to a request for this face that matches no route.
pub fn not_found() -> Response {
    operation::refuse("Request", &StreamError::not_found("this path is not served; docs/stream.md lists those that are"), Duration::ZERO)
}
