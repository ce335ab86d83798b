//! The one table from what went wrong to Stream's error answers: code, HTTP status, text.
//!
//! A body holds what every SDK of Stream reads (`code`, `message`, `StatusCode`, `duration`, `more_info`, `details`), and, on refusals
//! and on input that names something unknown, an object `hallpass` with what Stream does not tell. SDKs ignore fields that they do not know.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

/// Where Stream explains its codes.
const MORE_INFO: &str = "https://getstream.io/chat/docs/api_errors_response";

/// What went wrong, by the numbers of Stream's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    /// Something of ours broke.
    Internal,
    /// No such `api_key`.
    ApiKey,
    /// The request is not what the operation expects.
    Input,
    /// No credentials, or none that can be read.
    Authentication,
    /// No such thing.
    NotFound,
    /// Refused.
    NotAllowed,
    /// The channel has events of this kind switched off.
    EventOff,
    /// The channel has the feature switched off.
    FeatureOff,
    /// The body is too big.
    TooBig,
    /// The request took too long.
    Timeout,
    /// The token has expired, or was revoked: a new one helps.
    TokenExpired,
    /// The token's `nbf` lies ahead.
    TokenNotYetValid,
    /// The token's `iat` lies ahead.
    TokenUsedBeforeIssued,
    /// The token was signed with another secret or algorithm.
    TokenSignature,
    /// No such WebSocket connection, or not the caller's: connecting again helps.
    ConnectionNotFound,
    /// Slow mode.
    Cooldown,
    /// A query of channels found one that the caller may not read.
    ChannelsNotReadable,
    /// The user, or the app, has as many connections as can be.
    TooManyConnections,
    /// The message holds what moderation keeps back.
    Moderation,
    /// The text of a message is too long.
    TextTooLong,
    /// A reply to a reply.
    TooDeep,
}

impl Code {
    /// Stream's number.
    pub(super) const fn number(self) -> i32 {
        match self {
            Self::Internal => -1,
            Self::ApiKey => 2,
            Self::Input => 4,
            Self::Authentication => 5,
            Self::NotFound => 16,
            Self::NotAllowed => 17,
            Self::EventOff => 18,
            Self::FeatureOff => 19,
            Self::TooBig => 22,
            Self::Timeout => 23,
            Self::TokenExpired => 40,
            Self::TokenNotYetValid => 41,
            Self::TokenUsedBeforeIssued => 42,
            Self::TokenSignature => 43,
            Self::ConnectionNotFound => 46,
            Self::Cooldown => 60,
            Self::ChannelsNotReadable => 70,
            Self::TooManyConnections => 71,
            Self::Moderation => 73,
            Self::TextTooLong => 20,
            Self::TooDeep => 21,
        }
    }

    /// The HTTP status that goes with it.
    pub(super) const fn status(self) -> StatusCode {
        match self {
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::ApiKey
            | Self::Authentication
            | Self::TokenExpired
            | Self::TokenNotYetValid
            | Self::TokenUsedBeforeIssued
            | Self::TokenSignature => StatusCode::UNAUTHORIZED,
            Self::Input
            | Self::EventOff
            | Self::ConnectionNotFound
            | Self::FeatureOff
            | Self::Moderation
            | Self::TextTooLong
            | Self::TooDeep => StatusCode::BAD_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::TooBig => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Timeout => StatusCode::REQUEST_TIMEOUT,
            Self::TooManyConnections => StatusCode::TOO_MANY_REQUESTS,
            Self::NotAllowed | Self::Cooldown | Self::ChannelsNotReadable => StatusCode::FORBIDDEN,
        }
    }
}

/// An answer that is not a success.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct StreamError {
    /// What, by number.
    pub(super) code: Code,
    /// In words, without the operation's name: that is put before it when the answer is written.
    pub(super) message: String,
    /// Field → what is wrong with it.
    pub(super) fields: Vec<(String, String)>,
    /// What Hallpass tells besides. Boxed, so that the usual `Result` stays small.
    pub(super) hallpass: Option<Box<Map<String, Value>>>,
}

impl StreamError {
    /// An error of any code.
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), fields: Vec::new(), hallpass: None }
    }

    /// The request is wrong as a whole.
    pub(super) fn input(message: impl Into<String>) -> Self {
        Self::new(Code::Input, message)
    }

    /// One field of the request is wrong. `problem` completes the sentence that starts with the field.
    pub(super) fn field(field: &str, problem: impl Into<String>) -> Self {
        let problem = problem.into();
        let mut error = Self::new(Code::Input, format!("{field}: {problem}"));
        error.fields.push((field.to_owned(), problem));
        error
    }

    /// There is no such thing, or none that the caller may see.
    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(Code::NotFound, message)
    }

    /// Refused for a reason that no grant can change.
    pub(super) fn not_allowed(message: impl Into<String>) -> Self {
        Self::new(Code::NotAllowed, message)
    }

    /// Something of ours broke. The cause goes to the log, not to the caller.
    pub(super) fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "a Stream operation failed");
        Self::new(Code::Internal, "internal error")
    }

    /// Adds what Hallpass tells besides.
    pub(super) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.hallpass.get_or_insert_default().insert(key.to_owned(), value.into());
        self
    }

    /// The code of the reason, where a decision was refused.
    pub(super) fn reason(&self) -> Option<&str> {
        self.hallpass.as_deref()?.get("reason")?.as_str()
    }

    /// The answer's body. `duration` is how long the request took, as text.
    pub(super) fn body(&self, operation: &str, duration: &str) -> Value {
        let mut body = json!({
            "code": self.code.number(),
            "message": format!("{operation} failed with error: \"{}\"", self.message),
            "StatusCode": self.code.status().as_u16(),
            "duration": duration,
            "more_info": MORE_INFO,
            "details": [],
        });
        if let Some(object) = body.as_object_mut() {
            if !self.fields.is_empty() {
                let fields = self.fields.iter().map(|(name, problem)| (name.clone(), Value::from(problem.as_str())));
                object.insert("exception_fields".to_owned(), Value::Object(fields.collect()));
            }
            if let Some(hallpass) = &self.hallpass {
                object.insert("hallpass".to_owned(), Value::Object((**hallpass).clone()));
            }
        }
        body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_holds_what_sdks_read() {
        let error = StreamError::field("name", "must not be empty").with("nearest", "user");
        assert_eq!(
            error.body("CreateRole", "0.10ms"),
            json!({
                "code": 4, "message": "CreateRole failed with error: \"name: must not be empty\"", "StatusCode": 400, "duration": "0.10ms",
                "more_info": MORE_INFO, "details": [], "exception_fields": {"name": "must not be empty"}, "hallpass": {"nearest": "user"},
            })
        );
        assert_eq!(StreamError::new(Code::TokenExpired, "x").body("GetApp", "")["StatusCode"], 401);
    }
}
