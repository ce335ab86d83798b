//! Parameters: of a form, of JSON (the vendor's own clients), or of a query. A name that comes twice is refused, as OAuth demands.

use std::collections::BTreeMap;

use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::header;
use serde_json::Value;

use super::fault::AccountsFault;
use crate::{json, limits};

/// Names and values. Empty values are as good as absent (RFC 6749, 3.1).
#[derive(Debug, Default)]
pub(super) struct Form(BTreeMap<String, String>);

impl Form {
    /// From `name=value&…`.
    ///
    /// # Errors
    /// `invalid_request`.
    pub(super) fn of_query(text: &str) -> Result<Self, AccountsFault> {
        let pairs: Vec<(String, String)> =
            serde_urlencoded::from_str(text).map_err(|error| AccountsFault::request(format!("the parameters cannot be read: {error}")))?;
        let mut form = Self::default();
        for (name, value) in pairs {
            let shown: String = name.chars().take(40).collect();
            if form.0.insert(name, value).is_some() {
                return Err(AccountsFault::request(format!("{shown}: it is there twice")));
            }
        }
        form.0.retain(|_, value| !value.is_empty());
        Ok(form)
    }

    /// From a body.
    ///
    /// # Errors
    /// `invalid_request`.
    pub(super) async fn of_body(request: Request) -> Result<Self, AccountsFault> {
        let is_json = request.headers().get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"application/json"));
        let bytes = to_bytes(request.into_body(), limits::BODY_BYTES)
            .await
            .map_err(|_| AccountsFault::request(format!("the body has more than {} bytes", limits::BODY_BYTES)))?;
        if !is_json {
            let text = std::str::from_utf8(&bytes).map_err(|_| AccountsFault::request("the body is not UTF-8"))?;
            return Self::of_query(text);
        }
        let Value::Object(object) = json::parse(&bytes).map_err(|error| AccountsFault::request(error.to_string()))? else {
            return Err(AccountsFault::request("the body: expected a JSON object"));
        };
        let mut form = Self::default();
        for (name, value) in object {
            match value {
                Value::Null => {}
                Value::String(text) if text.is_empty() => {}
                Value::String(text) => {
                    form.0.insert(name, text);
                }
                Value::Number(number) => {
                    form.0.insert(name, number.to_string());
                }
                _ => return Err(AccountsFault::request(format!("{name}: expected a string"))),
            }
        }
        Ok(form)
    }

    /// A value.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A value that must be there.
    ///
    /// # Errors
    /// `invalid_request`.
    pub(super) fn required(&self, name: &str) -> Result<&str, AccountsFault> {
        self.get(name).ok_or_else(|| AccountsFault::request(format!("{name}: is required")))
    }
}
