//! The body of a request of the AuthZEN and native faces: JSON, of bounded size.

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use bytes::BytesMut;
use http_body_util::BodyExt as _;
use hyper::body::Body as _;
use serde_json::{Map, Value};

use crate::json::{self, JsonError, Node, Object};
use crate::limits::{BODY_BYTES, REQUEST_TIME};

const JSON: &str = "application/json";

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
    /// It goes on for too long.
    #[error("the request took longer than {} seconds", REQUEST_TIME.as_secs())]
    TooSlow,
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
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ContentType(_) => "wrong_content_type",
            Self::TooLarge => "body_too_large",
            Self::Incomplete => "body_incomplete",
            Self::TooSlow => "too_slow",
            Self::Json(_) | Self::NotAnObject => "invalid_json",
        }
    }
}

/// Reads a JSON object that a handler goes on working with.
///
/// # Errors
/// When the body is declared as something else, too large, too slow, or not a JSON object.
pub async fn object(request: Request) -> Result<Map<String, Value>, BodyError> {
    match json::parse(&whole(request).await?)? {
        Value::Object(object) => Ok(object),
        _ => Err(BodyError::NotAnObject),
    }
}

/// Reads a body that is declared as JSON; [`question`] says what is in it.
///
/// # Errors
/// When it is declared as something else, too large, too slow, or does not arrive.
pub async fn whole(request: Request) -> Result<Bytes, BodyError> {
    check_content_type(request.headers())?;
    tokio::time::timeout(REQUEST_TIME, collect(request.into_body())).await.unwrap_or(Err(BodyError::TooSlow))
}

/// The JSON object that a body is, borrowing its names from there: for questions, which are read and forgotten.
///
/// # Errors
/// When it is not a JSON object.
pub fn question(bytes: &[u8]) -> Result<Object<'_>, BodyError> {
    match Node::parse(bytes)? {
        Node::Object(object) => Ok(object),
        _ => Err(BodyError::NotAnObject),
    }
}

/// All pieces of a body. Nearly always there is one, which is then not copied.
async fn collect(mut body: Body) -> Result<Bytes, BodyError> {
    let mut first = Bytes::new();
    let mut more = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(piece) = frame.map_err(|_| BodyError::Incomplete)?.into_data() else { continue };
        if first.len() + more.len() + piece.len() > BODY_BYTES {
            return Err(BodyError::TooLarge);
        }
        if first.is_empty() {
            first = piece;
        } else {
            more.extend_from_slice(&piece);
        }
        if body.is_end_stream() {
            break;
        }
    }
    if more.is_empty() {
        return Ok(first);
    }
    Ok([first, more.freeze()].concat().into())
}

/// Whether a body is declared as JSON.
pub(crate) fn check_content_type(headers: &HeaderMap) -> Result<(), BodyError> {
    let Some(value) = headers.get(CONTENT_TYPE) else { return Err(BodyError::ContentType("none".to_owned())) };
    if value == JSON {
        return Ok(());
    }
    let text = String::from_utf8_lossy(value.as_bytes());
    let essence = text.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(JSON) {
        Ok(())
    } else {
        Err(BodyError::ContentType(format!("'{}'", essence.chars().take(60).collect::<String>())))
    }
}
