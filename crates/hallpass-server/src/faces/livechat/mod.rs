//! LiveChat's face: the methods of its Agent Chat and Configuration APIs, gated by OAuth scopes, and the endpoints that give out tokens.
//!
//! Nick answers chats with a desktop app that was written against LiveChat. It is pointed at Hallpass by one setting, the host. His token
//! carries `chats--access:rw`, so he answers in the chats of his groups; when he tries to delete a bot, he is told that this takes
//! `agents-bot--all:rw`, which the old system never said.
//!
//! A request for a method goes: `method` (a row of the tables in `methods`) → `caller` (app, token) → a handler, which asks through
//! `call::Call::permit` and changes through `call::Call::commit`. What went wrong has one table, in `fault`. The tokens themselves are
//! made and unmade in [`crate::oauth`].

mod accounts;
mod agent;
mod auto_access;
mod batch;
mod bot;
mod call;
mod caller;
mod chat;
mod customer;
mod earlier;
mod fault;
mod fields;
mod group;
mod keep;
mod method;
mod methods;
mod moment;
mod multicast;
mod page;
mod property;
mod refusal;
mod routes;
mod shelf;
mod tag;
mod upload;
mod version;
pub(crate) mod webhook;

use axum::Router;
use axum::http::{HeaderName, Method as HttpMethod, header};
use axum::response::{IntoResponse as _, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{Any, CorsLayer};

use self::fault::{Fault, FaultType};
use self::version::Version;
use crate::service::Service;

/// The routes of this face, with their CORS layer, limits and error shapes.
pub fn router(service: Service) -> Router {
    routes::router()
        .merge(accounts::router())
        .method_not_allowed_fallback(async || Fault::new(FaultType::NotAllowed, "this path is not served with this method"))
        .layer(CatchPanicLayer::custom(|_| Fault::new(FaultType::Internal, "internal error").into_response()))
        .layer(cors())
        .with_state(service)
}

/// Browsers call this API from any site: who may do what is decided by tokens, never by cookies, so no origin is more trusted than another.
fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([HttpMethod::GET, HttpMethod::POST, HttpMethod::DELETE])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, HeaderName::from_static("x-region")])
        .expose_headers([header::WWW_AUTHENTICATE])
}

/// Whether a path is one of this face's, served or not: `/v3.6/agent/…`, `/configuration/v0.6/…`, `/v2/…`.
pub fn is_meant(path: &str) -> bool {
    let mut parts = path.split('/').skip(1);
    let (first, second) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let is_api = |part: &str| matches!(part, "agent" | "configuration");
    is_version(first) && is_api(second) || is_api(first) && is_version(second) || first == "v2" || path == accounts::METADATA_PATH
}

/// `v` and two numbers.
fn is_version(part: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    part.strip_prefix('v').and_then(|rest| rest.split_once('.')).is_some_and(|(major, minor)| number(major) && number(minor))
}

/// The answer to a request for this face that matches no route.
pub fn not_found(path: &str) -> Response {
    let named = path.split('/').find(|part| is_version(part));
    let served = Version::ALL.map(|version| version.to_string());
    match named.filter(|named| !served.iter().any(|version| version == named)) {
        Some(named) => {
            let text = format!("version {named} is not served; expected {}", served.join(", "));
            Fault::new(FaultType::UnsupportedVersion, text).into_response()
        }
        None => Fault::not_found("this path is not served; docs/livechat.md lists those that are").into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_this_face_are_told_from_those_of_others() {
        for own in ["/v3.6/agent/action/get_chat", "/v9.1/configuration/action/x", "/configuration/v0.6/agents/x", "/v2/token"] {
            assert!(is_meant(own), "{own}");
        }
        for other in ["/v3.0/users", "/v3/roles", "/v1/apps", "/channels", "/api/v2/app", "/", "/v3.6", "/agent"] {
            assert!(!is_meant(other), "{other}");
        }
    }
}
