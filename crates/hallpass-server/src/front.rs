//! What stands before all faces: every request passes here once, in one future.
//!
//! Ana's client sends a message and the gateway asks whether it may. Before the face that answers there is little to do, and it is done for
//! every request whatever becomes of it: a panic ends as an answer, the answer is counted, it carries the `X-Request-ID` that the request
//! had, and a caller who is refused while still sending gets to read why.
//!
//! As layers of the router (four of them, each a boxed service that is cloned per request) this took as long as all of HTTP.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, Method, Uri};
use axum::response::Response;
use futures_util::FutureExt as _;
use tower::Service as _;

use crate::faces::authzen::{AuthzenError, direct};
use crate::faces::native::ApiError;
use crate::leftover::Leftover;
use crate::service::Service;

/// What a caller names a request by; the answer carries the same.
static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The faces, and what stands before them.
#[derive(Clone)]
pub struct Front {
    faces: Router,
    face_of: fn(&str) -> &'static str,
    service: Service,
}

impl Front {
    /// `face_of` names the face that a path belongs to, for the counters.
    pub(crate) fn new(faces: Router, face_of: fn(&str) -> &'static str, service: Service) -> Self {
        Self { faces, face_of, service }
    }

    /// How long a connection waits for a caller who does not read.
    pub(crate) fn idle_time(&self) -> Duration {
        self.service.idle_time()
    }

    /// Answers a request.
    pub async fn answer(&self, request: Request) -> Response {
        let begin = Instant::now();
        let id = request.headers().get(&REQUEST_ID).cloned();
        let face = (self.face_of)(request.uri().path());
        let (method, uri) = (request.method().clone(), request.uri().clone());

        let mut response = if let Some(caller) = direct::caller(&self.service, &request) {
            caught(face, direct::answer(caller, request)).await
        } else {
            let (request, leftover) = Leftover::of(request);
            let response = caught(face, self.route(request)).await;
            leftover.read_after(response.status()).await;
            response
        };

        let status = response.status().as_u16();
        let took = begin.elapsed();
        self.service.metrics().request(face, status, took);
        tell(face, &method, &uri, status, took, id.as_ref());
        if let Some(id) = id {
            response.headers_mut().insert(REQUEST_ID.clone(), id);
        }
        response
    }

    async fn route(&self, request: Request) -> Response {
        self.faces.clone().call(request).await.unwrap_or_else(|never| match never {})
    }
}

/// The answer, or what stands in its place when a panic has ended it. The vendors' faces catch theirs before, and answer in the vendor's way.
async fn caught(face: &str, answer: impl Future<Output = Response>) -> Response {
    match AssertUnwindSafe(answer).catch_unwind().await {
        Ok(response) => response,
        Err(_) if face == "authzen" => AuthzenError::internal().into(),
        Err(_) => ApiError::internal().into(),
    }
}

/// Logs what went wrong on our side. The path alone, without what [`loggable`] cuts off: a query may carry tokens, too.
fn tell(face: &str, method: &Method, uri: &Uri, status: u16, took: Duration, id: Option<&axum::http::HeaderValue>) {
    let path = loggable(uri.path());
    let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    if status >= 500 {
        tracing::warn!(face, %method, path, status, took_us, request_id = ?id, "request failed");
    } else {
        tracing::debug!(face, %method, path, status, took_us, "request");
    }
}

/// What of a path may be logged: CometChat's API names auth tokens in theirs.
fn loggable(path: &str) -> &str {
    const TOKENS: &str = "/auth_tokens/";
    path.find(TOKENS).and_then(|at| path.get(..at + TOKENS.len())).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::loggable;

    #[test]
    fn tokens_in_paths_are_not_logged() {
        assert_eq!(loggable("/v3/users/ana/auth_tokens/ana_17abc"), "/v3/users/ana/auth_tokens/");
        assert_eq!(loggable("/v3.0/users/ana/auth_tokens/ana_17abc/x"), "/v3.0/users/ana/auth_tokens/");
        assert_eq!(loggable("/v3/users/ana/auth_tokens"), "/v3/users/ana/auth_tokens");
        assert_eq!(loggable("/v3/users/ana"), "/v3/users/ana");
    }
}
