//! What a subject, an action and a resource have in common, and the kinds of values that they hold.

use super::FormError;
use crate::json::{Node, Object};
use hallpass::Timestamp;

/// A subject, action or resource: an object with some texts and maybe `properties`.
pub(super) struct Entity<'v> {
    name: &'static str,
    object: &'v Object<'v>,
}

impl<'v> Entity<'v> {
    pub(super) fn read(name: &'static str, part: Option<&'v Node<'v>>) -> Result<Self, FormError> {
        let part = part.ok_or_else(|| FormError::missing(name, "an object"))?;
        let object = part.as_object().ok_or_else(|| FormError::found(name, "an object", part))?;
        Ok(Self { name, object })
    }

    pub(super) fn text(&self, key: &str) -> Result<&'v str, FormError> {
        let field = || format!("{}.{key}", self.name);
        match self.object.get(key) {
            None | Some(Node::Null) => Err(FormError::missing(field(), "a string")),
            Some(value) => text(field, value),
        }
    }

    pub(super) fn properties(&self) -> Result<impl Iterator<Item = (&'v str, &'v Node<'v>)> + use<'v>, FormError> {
        let properties = match self.object.get("properties") {
            None | Some(Node::Null) => None,
            Some(Node::Object(properties)) => Some(properties),
            Some(other) => return Err(FormError::found(format!("{}.properties", self.name), "an object", other)),
        };
        Ok(properties.into_iter().flat_map(Object::iter).filter(|(_, value)| !value.is_null()))
    }
}

pub(super) fn text<'v>(field: impl Fn() -> String, value: &'v Node<'_>) -> Result<&'v str, FormError> {
    value.as_str().ok_or_else(|| FormError::found(field(), "a string", value))
}

pub(super) fn truth(field: impl Fn() -> String, value: &Node<'_>) -> Result<bool, FormError> {
    value.as_bool().ok_or_else(|| FormError::found(field(), "true or false", value))
}

/// One string, or a list of strings.
pub(super) fn texts<'v>(field: impl Fn() -> String, value: &'v Node<'_>) -> Result<Vec<&'v str>, FormError> {
    const EXPECTED: &str = "a string or a list of strings";
    match value {
        Node::Text(one) => Ok(vec![one]),
        Node::List(items) => items.iter().map(|item| item.as_str().ok_or_else(|| FormError::found(field(), EXPECTED, value))).collect(),
        _ => Err(FormError::found(field(), EXPECTED, value)),
    }
}

/// An object whose values are strings.
pub(super) fn pairs<'v>(field: impl Fn() -> String, value: &'v Node<'_>) -> Result<Vec<(&'v str, &'v str)>, FormError> {
    let refusal = || FormError::found(field(), "an object of strings", value);
    let object = value.as_object().ok_or_else(refusal)?;
    object.iter().map(|(key, value)| value.as_str().map(|value| (key, value)).ok_or_else(refusal)).collect()
}

/// Milliseconds since 1970, or RFC 3339.
pub(super) fn time(field: impl Fn() -> String, value: &Node<'_>) -> Result<Timestamp, FormError> {
    let ms = match value {
        Node::Number(ms) => ms.as_u64(),
        Node::Text(text) => text.parse::<jiff::Timestamp>().ok().and_then(|time| u64::try_from(time.as_millisecond()).ok()),
        _ => None,
    };
    ms.map(Timestamp::from_ms).ok_or_else(|| FormError::found(field(), "a time, as RFC 3339 or milliseconds since 1970", value))
}

/// Adds an attribute for `one_of` conditions. Strings, numbers and truth values have a text; a list has several; anything else has none.
pub(super) fn attribute(attributes: &mut Vec<(String, String)>, prefix: &str, name: &str, value: &Node<'_>) {
    let text = match value {
        Node::Text(text) => text.clone().into_owned(),
        Node::Number(number) => number.to_string(),
        Node::Truth(truth) => truth.to_string(),
        Node::List(items) => {
            for item in items.iter().filter(|item| !matches!(item, Node::List(_))) {
                attribute(attributes, prefix, name, item);
            }
            return;
        }
        Node::Null | Node::Object(_) => return,
    };
    attributes.push((format!("{prefix}{name}"), text));
}
