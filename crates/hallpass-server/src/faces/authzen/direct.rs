//! The way of nearly all requests: a question with a good key, answered without a look for its route.
//!
//! A gateway asks the same two paths all day. To find them among the routes of all faces, and to hold the body so that a refusal could read
//! what is left of it, takes longer than the decision. Whatever is not as expected here (another path, a wrong key, a body that is too
//! large or not JSON) goes the general way, to the very same handlers, and is refused there.

use axum::extract::Request;
use axum::http::Method;
use axum::response::{IntoResponse as _, Response};
use hyper::body::Body as _;

use super::{Caller, EVALUATION, EVALUATIONS, evaluation, evaluations};
use crate::limits::BODY_BYTES;
use crate::service::Service;
use crate::{bearer, body};

/// The app that asks, if the request is a question as expected.
pub(crate) fn caller(service: &Service, request: &Request) -> Option<Caller> {
    let is_question = request.method() == Method::POST && matches!(request.uri().path(), EVALUATION | EVALUATIONS);
    let is_small = || request.body().size_hint().upper().is_some_and(|bytes| bytes <= BODY_BYTES as u64);
    if !is_question || !is_small() || body::check_content_type(request.headers()).is_err() {
        return None;
    }
    bearer::key(request.headers()).and_then(|key| service.tenant_by_server_key(key)).map(Caller)
}

/// The answer to it.
pub(crate) async fn answer(caller: Caller, request: Request) -> Response {
    if request.uri().path() == EVALUATION {
        evaluation::evaluation(caller, request).await.into_response()
    } else {
        evaluations::evaluations(caller, request).await.into_response()
    }
}
