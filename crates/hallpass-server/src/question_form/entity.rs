//! What a subject, an action and a resource have in common, and the kinds of values that they hold.

use hallpass::Timestamp;
use serde_json::{Map, Value};

use super::FormError;

/// A subject, action or resource: an object with some texts and maybe `properties`.
pub(super) struct Entity<'v> {
    name: &'static str,
    object: &'v Map<String, Value>,
}

impl<'v> Entity<'v> {
    pub(super) fn read(name: &'static str, part: Option<&'v Value>) -> Result<Self, FormError> {
        let part = part.ok_or_else(|| FormError::missing(name, "an object"))?;
        let object = part.as_object().ok_or_else(|| FormError::found(name, "an object", part))?;
        Ok(Self { name, object })
    }

    pub(super) fn text(&self, key: &str) -> Result<&'v str, FormError> {
        let field = || format!("{}.{key}", self.name);
        match self.object.get(key) {
            None | Some(Value::Null) => Err(FormError::missing(field(), "a string")),
            Some(value) => text(field, value),
        }
    }

    pub(super) fn properties(&self) -> Result<impl Iterator<Item = (&'v String, &'v Value)> + use<'v>, FormError> {
        let properties = match self.object.get("properties") {
            None | Some(Value::Null) => None,
            Some(Value::Object(properties)) => Some(properties),
            Some(other) => return Err(FormError::found(format!("{}.properties", self.name), "an object", other)),
        };
        Ok(properties.into_iter().flatten().filter(|(_, value)| !value.is_null()))
    }
}

pub(super) fn text(field: impl Fn() -> String, value: &Value) -> Result<&str, FormError> {
    value.as_str().ok_or_else(|| FormError::found(field(), "a string", value))
}

pub(super) fn truth(field: impl Fn() -> String, value: &Value) -> Result<bool, FormError> {
    value.as_bool().ok_or_else(|| FormError::found(field(), "true or false", value))
}

/// One string, or a list of strings.
pub(super) fn texts(field: impl Fn() -> String, value: &Value) -> Result<Vec<&str>, FormError> {
    const EXPECTED: &str = "a string or a list of strings";
    match value {
        Value::String(one) => Ok(vec![one]),
        Value::Array(items) => items.iter().map(|item| item.as_str().ok_or_else(|| FormError::found(field(), EXPECTED, value))).collect(),
        _ => Err(FormError::found(field(), EXPECTED, value)),
    }
}

/// An object whose values are strings.
pub(super) fn pairs(field: impl Fn() -> String, value: &Value) -> Result<Vec<(&str, &str)>, FormError> {
    let refusal = || FormError::found(field(), "an object of strings", value);
    let object = value.as_object().ok_or_else(refusal)?;
    object.iter().map(|(key, value)| value.as_str().map(|value| (key.as_str(), value)).ok_or_else(refusal)).collect()
}

/// Milliseconds since 1970, or RFC 3339.
pub(super) fn time(field: impl Fn() -> String, value: &Value) -> Result<Timestamp, FormError> {
    let ms = match value {
        Value::Number(ms) => ms.as_u64(),
        Value::String(text) => text.parse::<jiff::Timestamp>().ok().and_then(|time| u64::try_from(time.as_millisecond()).ok()),
        _ => None,
    };
    ms.map(Timestamp::from_ms).ok_or_else(|| FormError::found(field(), "a time, as RFC 3339 or milliseconds since 1970", value))
}

/// Adds an attribute for `one_of` conditions. Strings, numbers and truth values have a text; a list has several; anything else has none.
pub(super) fn attribute(attributes: &mut Vec<(String, String)>, prefix: &str, name: &str, value: &Value) {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Array(items) => {
            for item in items.iter().filter(|item| !item.is_array()) {
                attribute(attributes, prefix, name, item);
            }
            return;
        }
        Value::Null | Value::Object(_) => return,
    };
    attributes.push((format!("{prefix}{name}"), text));
}
