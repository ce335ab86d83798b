//! Errors of these endpoints: OAuth's code and description, and the vendor's `sub_error` and `request_id` beside them (docs/livechat.md,
//! Errors).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::edit::EditError;
use crate::faces::livechat::fault::{Fault, FaultType};
use crate::oauth::OauthError;
use crate::oauth::grantable::ScopeRefusal;

/// An answer that is not a success.
#[derive(Debug)]
pub(super) struct AccountsFault {
    status: StatusCode,
    /// OAuth's code.
    pub(super) error: &'static str,
    /// In words.
    pub(super) description: String,
    sub_error: Option<&'static str>,
    challenge: Option<&'static str>,
}

impl AccountsFault {
    fn new(status: StatusCode, error: &'static str, description: impl Into<String>) -> Self {
        Self { status, error, description: description.into(), sub_error: None, challenge: None }
    }

    /// The request is not what is expected.
    pub(super) fn request(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", description)
    }

    /// A grant type that is not served.
    pub(super) fn grant_type(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "unsupported_grant_type", description)
    }

    /// The code or refresh token gives nothing.
    pub(super) fn grant(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_grant", description)
    }

    /// The client is not who it says it is.
    pub(super) fn client(description: impl Into<String>) -> Self {
        Self { challenge: Some("Basic realm=\"hallpass\""), ..Self::new(StatusCode::UNAUTHORIZED, "invalid_client", description) }
    }

    /// No token, or one that opens nothing.
    pub(super) fn unauthorized(description: impl Into<String>) -> Self {
        let challenge = Some("Bearer realm=\"hallpass\", error=\"invalid_token\"");
        Self { challenge, ..Self::new(StatusCode::UNAUTHORIZED, "unauthorized", description) }
    }

    /// Something of ours broke. The cause goes to the log.
    pub(super) fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "an OAuth endpoint failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", "internal error")
    }
}

impl From<ScopeRefusal> for AccountsFault {
    fn from(refusal: ScopeRefusal) -> Self {
        Self { sub_error: Some(refusal.code()), ..Self::new(StatusCode::BAD_REQUEST, "invalid_scope", refusal.to_string()) }
    }
}

impl From<OauthError> for AccountsFault {
    fn from(error: OauthError) -> Self {
        match error {
            OauthError::Gone(gone) => Self::grant(gone.to_string()),
            other => Self::internal(other),
        }
    }
}

impl From<EditError> for AccountsFault {
    fn from(gone: EditError) -> Self {
        Self::grant(gone.to_string())
    }
}

impl From<Fault> for AccountsFault {
    fn from(fault: Fault) -> Self {
        match fault.kind {
            FaultType::Authentication => Self::unauthorized(fault.message),
            FaultType::Internal => Self::internal(fault.message),
            FaultType::Validation => Self::request(fault.message),
            FaultType::Authorization => {
                let denied = Self::new(StatusCode::FORBIDDEN, "access_denied", fault.message);
                Self { sub_error: Some("insufficient_scope"), ..denied }
            }
            _ => Self::new(fault.kind.status(), "access_denied", fault.message),
        }
    }
}

impl IntoResponse for AccountsFault {
    fn into_response(self) -> Response {
        let body = json!({
            "error": self.error,
            "error_description": self.description,
            "sub_error": self.sub_error,
            "request_id": uuid::Uuid::new_v4().to_string(),
        });
        let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
        let mut response = (self.status, headers, body.to_string()).into_response();
        if let Some(challenge) = self.challenge {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}
