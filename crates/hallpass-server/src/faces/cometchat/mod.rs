//! CometChat's face: `/v3` and `/v3.0`, as its REST callers and its JavaScript SDK use them.
//!
//! Ana's group has grown loud. Her back end sends one request, *Set Scope Permissions* with `sendMessage: deny` for the scope
//! `participant`, and from that answer on only moderators and admins write there. Ben, a participant, tries all the same with the SDK
//! that he has always used, and is told `ERR_PERMISSION_DENIED`; the object `hallpass` beside it says which layer refused, and what would
//! let him.
//!
//! A request goes: `operation` (a row of the tables in `routes`) → `caller` (app, caller) → a handler, which asks through
//! `call::Call::permit` and changes through `call::Call::commit` → an answer in `envelope`. What went wrong has one table, in `error`.

mod action;
mod call;
mod caller;
mod conversation;
mod documents;
mod entity;
mod envelope;
mod error;
mod fields;
mod forget;
mod group;
mod member;
mod message;
mod operation;
mod page;
mod permission;
mod query;
mod reaction;
mod refusal;
mod restricted_feature;
mod role;
mod routes;
mod session;
mod telemetry;
mod user;

use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, Method};
use axum::response::Response;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowHeaders, Any, CorsLayer};

use self::error::{Code, CometError};
use crate::service::Service;

/// How long browsers may remember what CORS allows.
const PREFLIGHT_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// The prefixes under which the operations are served alike: what REST callers use, and what SDKs use.
const PREFIXES: [&str; 2] = ["/v3", "/v3.0"];

/// The routes of this face, with their CORS layer, limits and error shapes.
pub fn router(service: Service) -> Router {
    routes::router()
        .method_not_allowed_fallback(async || {
            operation::refuse(&CometError::new(Code::ApiNotFound, "This path is not served with this method."))
        })
        .layer(CatchPanicLayer::custom(|_| operation::refuse(&CometError::new(Code::Exception, "Internal error."))))
        .layer(cors())
        .with_state(service)
}

/// Browsers call this API from any site: who may do what is decided by keys and tokens in headers, never by cookies.
fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([operation::RATE_LIMIT, operation::RATE_LIMIT_REMAINING].map(HeaderName::from_static))
        .max_age(PREFLIGHT_AGE)
}

/// Whether a path is one of this face, served or not.
pub fn is_meant(path: &str) -> bool {
    PREFIXES.iter().any(|prefix| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// Whether a request that matches no route comes from a client of this face: no other face has these headers.
pub fn is_meant_by(headers: &HeaderMap) -> bool {
    ["apikey", "appid", "authtoken"].iter().any(|name| headers.contains_key(*name))
}

/// The answer to a request for this face that matches no route.
pub fn not_found(request: &Request) -> Response {
    let error = if is_meant(request.uri().path()) {
        CometError::new(Code::ApiNotFound, "This path is not served; docs/cometchat.md lists those that are.")
    } else {
        CometError::new(Code::InvalidApiVersion, "This API version is not served; expected a path under /v3 or /v3.0.")
    };
    operation::refuse(&error)
}
