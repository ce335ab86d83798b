//! The one table from what went wrong to LiveChat's error answers: type, HTTP status, text.
//!
//! The body is the vendor's, `{"error": {"type", "message", "data"}}`. What the vendor does not tell, and users of every such system ask
//! for, goes into `data`: the reason's code, which scopes would do, what would allow it. The vendor's own `data` is free of form, so its
//! clients ignore what they do not know.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::edit::EditError;

/// What went wrong, by the vendor's types (docs/livechat.md, Errors). Those that cannot happen here (another region, rate limits, seats, …)
/// are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FaultType {
    /// No token, or one that opens nothing.
    Authentication,
    /// A scope or a role is missing.
    Authorization,
    /// The scope is there, but this object is out of its reach.
    MissingAccess,
    /// Not possible as things are.
    NotAllowed,
    /// No such thing.
    NotFound,
    /// There is one already.
    AlreadyExists,
    /// The request is not what the method expects.
    Validation,
    /// There are as many as there may be.
    LimitReached,
    /// The chat has no active thread.
    ChatInactive,
    /// No such group.
    GroupNotFound,
    /// The agent does not take chats.
    AgentOffline,
    /// The requester is suspended.
    RequesterSuspended,
    /// The requester has not been approved yet.
    RequesterAwaitingApproval,
    /// The customer is banned.
    CustomerBanned,
    /// The body is too big.
    EntityTooLarge,
    /// The request took too long.
    RequestTimeout,
    /// No such version of the API.
    UnsupportedVersion,
    /// Something of ours broke.
    Internal,
}

impl FaultType {
    /// All of them, for tests and docs.
    #[cfg(test)]
    pub(super) const ALL: &'static [Self] = &[
        Self::Authentication,
        Self::Authorization,
        Self::MissingAccess,
        Self::NotAllowed,
        Self::NotFound,
        Self::AlreadyExists,
        Self::Validation,
        Self::LimitReached,
        Self::ChatInactive,
        Self::GroupNotFound,
        Self::AgentOffline,
        Self::RequesterSuspended,
        Self::RequesterAwaitingApproval,
        Self::CustomerBanned,
        Self::EntityTooLarge,
        Self::RequestTimeout,
        Self::UnsupportedVersion,
        Self::Internal,
    ];

    /// The vendor's word.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Authentication => "authentication",
            Self::Authorization => "authorization",
            Self::MissingAccess => "missing_access",
            Self::NotAllowed => "not_allowed",
            Self::NotFound => "not_found",
            Self::AlreadyExists => "already_exists",
            Self::Validation => "validation",
            Self::LimitReached => "limit_reached",
            Self::ChatInactive => "chat_inactive",
            Self::GroupNotFound => "group_not_found",
            Self::AgentOffline => "agent_offline",
            Self::RequesterSuspended => "requester_suspended",
            Self::RequesterAwaitingApproval => "requester_awaiting_approval",
            Self::CustomerBanned => "customer_banned",
            Self::EntityTooLarge => "entity_too_large",
            Self::RequestTimeout => "request_timeout",
            Self::UnsupportedVersion => "unsupported_version",
            Self::Internal => "internal",
        }
    }

    /// The status that goes with it. The vendor documents none; these are ours (docs/livechat.md, Errors).
    pub(super) const fn status(self) -> StatusCode {
        match self {
            Self::Authentication => StatusCode::UNAUTHORIZED,
            Self::Authorization
            | Self::MissingAccess
            | Self::NotAllowed
            | Self::RequesterSuspended
            | Self::RequesterAwaitingApproval
            | Self::CustomerBanned
            | Self::AgentOffline
            | Self::LimitReached => StatusCode::FORBIDDEN,
            Self::NotFound | Self::GroupNotFound => StatusCode::NOT_FOUND,
            Self::AlreadyExists => StatusCode::CONFLICT,
            Self::Validation | Self::UnsupportedVersion => StatusCode::BAD_REQUEST,
            Self::ChatInactive => StatusCode::UNPROCESSABLE_ENTITY,
            Self::EntityTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// An answer that is not a success.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fault {
    /// What, by type.
    pub(super) kind: FaultType,
    /// In words.
    pub(super) message: String,
    /// What more there is to say. Boxed, so that the usual `Result` stays small.
    pub(super) data: Option<Box<Map<String, Value>>>,
    /// The value of `WWW-Authenticate`.
    pub(super) challenge: Option<Box<str>>,
}

impl Fault {
    /// A fault of any type.
    pub(super) fn new(kind: FaultType, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), data: None, challenge: None }
    }

    /// The request is not what the method expects. The message names the field.
    pub(super) fn validation(message: impl Into<String>) -> Self {
        Self::new(FaultType::Validation, message)
    }

    /// There is no such thing, or none that the caller may see.
    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(FaultType::NotFound, message)
    }

    /// Whoever asks is not who they would have to be. `error` is the code of RFC 6750.
    pub(super) fn authentication(message: impl Into<String>, error: Option<&str>) -> Self {
        let mut fault = Self::new(FaultType::Authentication, message);
        let challenge = match error {
            Some(error) => format!("Bearer realm=\"hallpass\", error=\"{error}\""),
            None => "Bearer realm=\"hallpass\"".to_owned(),
        };
        fault.challenge = Some(challenge.into_boxed_str());
        fault
    }

    /// Something of ours broke. The cause goes to the log, not to the caller.
    pub(super) fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "a LiveChat method failed");
        Self::new(FaultType::Internal, "internal error")
    }

    /// Adds to what more there is to say.
    pub(super) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.data.get_or_insert_default().insert(key.to_owned(), value.into());
        self
    }

    /// The answer's body.
    pub(super) fn body(&self) -> Value {
        let mut error = json!({"type": self.kind.name(), "message": self.message});
        if let (Some(object), Some(data)) = (error.as_object_mut(), &self.data) {
            object.insert("data".to_owned(), Value::Object((**data).clone()));
        }
        json!({"error": error})
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let body = self.body().to_string();
        let mut response = (self.kind.status(), [(header::CONTENT_TYPE, "application/json")], body).into_response();
        if let Some(value) = self.challenge.and_then(|challenge| HeaderValue::from_str(&challenge).ok()) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
        }
        response
    }
}

impl From<EditError> for Fault {
    fn from(gone: EditError) -> Self {
        Self::not_found(gone.to_string())
    }
}

impl From<hallpass_store::StoreError> for Fault {
    fn from(error: hallpass_store::StoreError) -> Self {
        Self::internal(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// docs/livechat.md, Errors.
    #[test]
    fn each_type_has_its_status() {
        let expected = [
            ("authentication", 401),
            ("authorization", 403),
            ("missing_access", 403),
            ("not_allowed", 403),
            ("not_found", 404),
            ("entity_too_large", 413),
            ("already_exists", 409),
            ("validation", 400),
            ("chat_inactive", 422),
            ("request_timeout", 408),
            ("internal", 500),
        ];
        for (name, status) in expected {
            let kind = FaultType::ALL.iter().find(|kind| kind.name() == name).unwrap();
            assert_eq!(kind.status().as_u16(), status, "{name}");
        }
    }

    #[test]
    fn a_body_holds_what_sdks_read_and_data_only_where_there_is_some() {
        assert_eq!(
            Fault::validation("chat_id: is required").body(),
            json!({"error": {"type": "validation", "message": "chat_id: is required"}})
        );
        let fault = Fault::new(FaultType::Authorization, "no").with("reason", "scope_missing");
        assert_eq!(fault.body(), json!({"error": {"type": "authorization", "message": "no", "data": {"reason": "scope_missing"}}}));
    }
}
