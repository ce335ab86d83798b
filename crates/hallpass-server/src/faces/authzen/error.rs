//! Errors of this face: a status, and one JSON string that says what is wrong.

use axum::Json;
use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use hallpass::Revision;

use crate::bearer::CHALLENGE;
use crate::body::BodyError;
use crate::limits::BATCH_QUESTIONS;
use crate::question_form::FormError;

/// An answer other than a decision.
#[derive(Debug)]
pub(crate) struct AuthzenError {
    pub(crate) status: StatusCode,
    pub(crate) message: String,
}

impl AuthzenError {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    pub(crate) fn no_key() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Authorization: missing; expected Bearer and the server_key of an app")
    }

    pub(crate) fn wrong_key() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Authorization: this is not the server_key of any app")
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(crate) fn batch_too_large(found: usize) -> Self {
        Self::bad_request(format!("evaluations: expected at most {BATCH_QUESTIONS} items, found {found}"))
    }

    /// 412: the request's precondition does not hold. The world may still get there (a replica), or never (another app's revision).
    pub(crate) fn behind(wanted: Revision, seen: Revision) -> Self {
        Self::new(
            StatusCode::PRECONDITION_FAILED,
            format!("context.at_least: this app is at revision {seen} and did not reach {wanted} in time"),
        )
    }

    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "no such endpoint; see /.well-known/authzen-configuration for those that are offered")
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "wrong method; evaluations are asked with POST, the configuration with GET")
    }

    pub(crate) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal error; the server's log has more")
    }
}

impl From<FormError> for AuthzenError {
    fn from(error: FormError) -> Self {
        Self::bad_request(error.to_string())
    }
}

impl From<BodyError> for AuthzenError {
    fn from(error: BodyError) -> Self {
        Self::new(error.status(), error.to_string())
    }
}

impl From<AuthzenError> for Response {
    fn from(error: AuthzenError) -> Self {
        let mut response = (error.status, Json(error.message)).into_response();
        if error.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(CHALLENGE));
        }
        response
    }
}

impl IntoResponse for AuthzenError {
    fn into_response(self) -> Response {
        self.into()
    }
}
