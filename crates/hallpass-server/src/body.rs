//! The body of a request of the AuthZEN and native faces: JSON, of bounded size.

use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};

use crate::json::{self, JsonError};
use crate::limits::BODY_BYTES;

/// A body that cannot be read. Each face renders it its own way.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// Not declared as JSON.
    #[error("Content-Type: expected application/json, found {0}")]
    ContentType(String),
    /// Too large.
    #[error("the body is larger than {BODY_BYTES} bytes")]
    TooLarge,
    /// The connection broke.
    #[error("the body did not arrive whole")]
    Incomplete,
    /// Not JSON.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// JSON, but not an object.
    #[error("the body: expected a JSON object")]
    NotAnObject,
}

impl BodyError {
    /// The status. AuthZEN wants 400 where others say 415 or 422.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ContentType(_) => "wrong_content_type",
            Self::TooLarge => "body_too_large",
            Self::Incomplete => "body_incomplete",
            Self::Json(_) | Self::NotAnObject => "invalid_json",
        }
    }
}

/// Reads a JSON object.
///
/// # Errors
/// When the body is declared as something else, too large, or not a JSON object.
pub async fn object(request: Request) -> Result<Map<String, Value>, BodyError> {
    check_content_type(request.headers())?;
    let bytes = to_bytes(request.into_body(), BODY_BYTES).await.map_err(|error| {
        use std::error::Error as _;
        let too_large = error.source().is_some_and(|source| source.is::<http_body_util::LengthLimitError>());
        if too_large { BodyError::TooLarge } else { BodyError::Incomplete }
    })?;
    match json::parse(&bytes)? {
        Value::Object(object) => Ok(object),
        _ => Err(BodyError::NotAnObject),
    }
}

fn check_content_type(headers: &HeaderMap) -> Result<(), BodyError> {
    let Some(value) = headers.get(CONTENT_TYPE) else { return Err(BodyError::ContentType("none".to_owned())) };
    let text = String::from_utf8_lossy(value.as_bytes());
    let essence = text.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        Ok(())
    } else {
        Err(BodyError::ContentType(format!("'{}'", essence.chars().take(60).collect::<String>())))
    }
}
