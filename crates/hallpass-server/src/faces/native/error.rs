//! Errors of this face: one shape, `{"error": {code, message, field, value, expected, nearest}}`, and one table.

use axum::Json;
use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use hallpass::{ChangeError, Revision};
use hallpass_store::StoreError;
use serde::Serialize;
use utoipa::ToSchema;

use crate::administration::AdministrationError;
use crate::bearer::CHALLENGE;
use crate::body::BodyError;
use crate::edit::{CommitError, EditError};
use crate::limits::REQUEST_TIME;
use crate::question_form::FormError;

/// An answer other than the one that was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApiError {
    #[serde(skip)]
    pub(crate) status: u16,
    pub(crate) error: Box<ErrorBody>,
}

/// What is wrong. Only `code` and `message` are always there.
#[derive(Debug, Default, Clone, Serialize, ToSchema)]
pub(crate) struct ErrorBody {
    /// Stable, for programs.
    pub(crate) code: String,
    /// A sentence for people.
    pub(crate) message: String,
    /// Where in the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) field: Option<String>,
    /// What was there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<String>,
    /// What would be accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expected: Option<String>,
    /// The nearest known spelling.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) nearest: Option<String>,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        let error = ErrorBody { code: code.to_owned(), message: message.into(), ..ErrorBody::default() };
        Self { status: status.as_u16(), error: Box::new(error) }
    }

    pub(crate) fn at(mut self, field: impl Into<String>) -> Self {
        self.error.field = Some(field.into());
        self
    }

    pub(crate) fn expected(mut self, expected: impl Into<String>) -> Self {
        self.error.expected = Some(expected.into());
        self
    }

    pub(crate) fn value(mut self, value: impl Into<String>) -> Self {
        self.error.value = Some(value.into());
        self
    }

    pub(crate) fn nearest(mut self, nearest: impl Into<String>) -> Self {
        self.error.nearest = Some(nearest.into());
        self
    }

    pub(crate) fn no_key() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "no_key", "this needs Authorization: Bearer with a server_key or the root_key")
    }

    pub(crate) fn wrong_key() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "wrong_key", "this key opens nothing here")
    }

    /// What you may not see is not found: the answer is the same for an app that does not exist and for another's.
    pub(crate) fn no_such_app(id: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "unknown_app", format!("there is no app '{id}' that this key opens")).at("app").value(id)
    }

    pub(crate) fn root_only() -> Self {
        Self::new(StatusCode::FORBIDDEN, "root_key_needed", "only the root_key manages apps")
    }

    pub(crate) fn bad(field: impl Into<String>, expected: &str) -> Self {
        let field = field.into();
        Self::new(StatusCode::BAD_REQUEST, "invalid_field", format!("{field}: expected {expected}")).at(field).expected(expected)
    }

    pub(crate) fn behind(field: &str, wanted: Revision, seen: Revision) -> Self {
        let message = format!("{field}: this app is at revision {seen} and did not reach {wanted} in time");
        Self::new(StatusCode::PRECONDITION_FAILED, "revision_not_reached", message)
            .at(field)
            .value(wanted.to_string())
            .expected(format!("at most {seen}"))
    }

    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "unknown_endpoint", "no such endpoint; /openapi.json lists them")
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "wrong_method", "this endpoint has no such method; /openapi.json lists them")
    }

    pub(crate) fn too_slow() -> Self {
        let message = format!("the request took longer than {} seconds", REQUEST_TIME.as_secs());
        Self::new(StatusCode::REQUEST_TIMEOUT, "too_slow", message)
    }

    pub(crate) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "internal error; the server's log has more")
    }

    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl From<BodyError> for ApiError {
    fn from(error: BodyError) -> Self {
        let status = match error {
            BodyError::ContentType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ref other => other.status(),
        };
        Self::new(status, error.code(), error.to_string())
    }
}

impl From<FormError> for ApiError {
    fn from(error: FormError) -> Self {
        let code = if error.found.is_some() { "invalid_field" } else { "missing_field" };
        let mut answer = Self::new(StatusCode::BAD_REQUEST, code, error.to_string()).at(error.field).expected(error.expected);
        answer.error.value = error.found;
        answer
    }
}

impl From<ChangeError> for ApiError {
    fn from(error: ChangeError) -> Self {
        let mut answer = Self::new(StatusCode::BAD_REQUEST, error.code(), error.to_string());
        answer.error.field = error.field().map(str::to_owned);
        answer.error.nearest = error.nearest().map(str::to_owned);
        answer
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused { .. } => Self::new(StatusCode::BAD_REQUEST, error.code(), error.to_string()),
            StoreError::DiskFull { .. } => {
                tracing::error!(%error, "store");
                Self::new(StatusCode::INSUFFICIENT_STORAGE, error.code(), "the server's disk is full; nothing has changed")
            }
            StoreError::LogTrimmed { after, first, .. } => Self::new(StatusCode::GONE, error.code(), error.to_string())
                .at("after")
                .value(after.to_string())
                .expected(format!("at least {}", first.0.saturating_sub(1))),
            StoreError::Stopped => Self::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", "the server is stopping"),
            _ => {
                tracing::error!(%error, "store");
                Self::internal()
            }
        }
    }
}

impl From<EditError> for ApiError {
    fn from(error: EditError) -> Self {
        match error {
            EditError::AppDeleted => Self::new(StatusCode::NOT_FOUND, "unknown_app", error.to_string()),
        }
    }
}

impl From<CommitError> for ApiError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Invalid(error) => error.into(),
            CommitError::Store(error) => error.into(),
        }
    }
}

impl From<AdministrationError> for ApiError {
    fn from(error: AdministrationError) -> Self {
        match error {
            AdministrationError::InvalidId(_) | AdministrationError::UnknownProfile { .. } | AdministrationError::Catalogue(_) => {
                let mut answer = Self::new(StatusCode::BAD_REQUEST, error.code(), error.to_string()).at(error.field());
                answer.error.nearest = error.nearest().map(str::to_owned);
                answer
            }
            AdministrationError::Exists(_) => Self::new(StatusCode::CONFLICT, error.code(), error.to_string()).at("id"),
            AdministrationError::NoSuchApp(id) => Self::no_such_app(&id),
            AdministrationError::NoSuchKey { .. } => Self::new(StatusCode::BAD_REQUEST, error.code(), error.to_string()).at(error.field()),
            AdministrationError::Store(error) => error.into(),
            AdministrationError::Load(_) | AdministrationError::Credentials(_) | AdministrationError::Record(_) => {
                tracing::error!(%error, "administration");
                Self::internal()
            }
        }
    }
}

impl From<ApiError> for Response {
    fn from(error: ApiError) -> Self {
        let status = error.status();
        let mut response = (status, Json(&error)).into_response();
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(CHALLENGE));
        }
        response
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.into()
    }
}
