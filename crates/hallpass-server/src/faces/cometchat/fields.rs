//! Reads fields of a request: typed, with errors that name the field, what it held and what was expected.
//!
//! SDKs differ in how they write "nothing": `null`, an absent key, and (PHP) `[]` for an empty map. All three are taken as they are meant.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::error::CometError;

/// An object of a request, with its place in it for error texts.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Fields {
    place: String,
    object: Map<String, Value>,
}

impl Fields {
    /// Takes a whole body or parameter. `null` and `[]` are an empty object.
    ///
    /// # Errors
    /// When it is anything else but an object.
    pub(super) fn of(place: &str, value: Value) -> Result<Self, CometError> {
        let object = match value {
            Value::Object(object) => object,
            Value::Null => Map::new(),
            Value::Array(items) if items.is_empty() => Map::new(),
            other => return Err(wrong(if place.is_empty() { "body" } else { place }, "an object", &other)),
        };
        Ok(Self { place: place.to_owned(), object })
    }

    /// The object as it came.
    pub(super) fn raw(&self) -> &Map<String, Value> {
        &self.object
    }

    /// The object, for keeping.
    pub(super) fn into_raw(self) -> Map<String, Value> {
        self.object
    }

    /// Whether the field is there at all, `null` or not.
    pub(super) fn has(&self, name: &str) -> bool {
        self.object.contains_key(name)
    }

    /// The field's name with its place before it, for error texts.
    pub(super) fn path(&self, name: &str) -> String {
        if self.place.is_empty() { name.to_owned() } else { format!("{}.{name}", self.place) }
    }

    fn present(&self, name: &str) -> Option<&Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    /// The field as it came; `None` where it is absent or `null`.
    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.present(name)
    }

    /// Text.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, CometError> {
        match self.present(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(wrong(&self.path(name), "a string", other)),
        }
    }

    /// Text that must be there and not be empty.
    pub(super) fn required_text(&self, name: &str) -> Result<&str, CometError> {
        match self.text(name)? {
            Some(text) if !text.is_empty() => Ok(text),
            Some(_) => Err(CometError::field(&self.path(name), format!("The {} field must not be empty.", self.path(name)))),
            None => Err(CometError::field(&self.path(name), format!("The {} field is required.", self.path(name)))),
        }
    }

    /// Text that is one of a few words.
    pub(super) fn one_of(&self, name: &str, words: &[&str]) -> Result<Option<&str>, CometError> {
        match self.text(name)? {
            Some(word) if !words.contains(&word) => {
                let field = self.path(name);
                Err(CometError::field(&field, format!("The {field} must be one of {}, got {word}.", words.join(", "))))
            }
            word => Ok(word),
        }
    }

    /// True or false. Query strings say it in words.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, CometError> {
        match self.present(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(Value::String(text)) if matches!(text.as_str(), "true" | "True" | "1") => Ok(Some(true)),
            Some(Value::String(text)) if matches!(text.as_str(), "false" | "False" | "0") => Ok(Some(false)),
            Some(other) => Err(wrong(&self.path(name), "true or false", other)),
        }
    }

    /// A whole number within bounds. Query strings say it in digits.
    pub(super) fn number(&self, name: &str, bounds: std::ops::RangeInclusive<u64>) -> Result<Option<u64>, CometError> {
        let Some(value) = self.present(name) else { return Ok(None) };
        let number = match value {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        match number.filter(|number| bounds.contains(number)) {
            Some(number) => Ok(Some(number)),
            None => Err(wrong(&self.path(name), &format!("a whole number from {} to {}", bounds.start(), bounds.end()), value)),
        }
    }

    /// An object.
    pub(super) fn object(&self, name: &str) -> Result<Option<Self>, CometError> {
        self.present(name).map(|value| Self::of(&self.path(name), value.clone())).transpose()
    }

    /// A list. PHP writes an empty one as `{}` in places.
    pub(super) fn list(&self, name: &str) -> Result<Option<&[Value]>, CometError> {
        match self.present(name) {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(Value::Object(object)) if object.is_empty() => Ok(Some(&[])),
            Some(other) => Err(wrong(&self.path(name), "a list", other)),
        }
    }

    /// A list of texts.
    pub(super) fn texts(&self, name: &str) -> Result<Option<Vec<String>>, CometError> {
        let Some(items) = self.list(name)? else { return Ok(None) };
        let text = |(at, item): (usize, &Value)| match item {
            Value::String(text) => Ok(text.clone()),
            other => Err(wrong(&format!("{}[{at}]", self.path(name)), "a string", other)),
        };
        items.iter().enumerate().map(text).collect::<Result<_, _>>().map(Some)
    }

    /// A list of objects.
    pub(super) fn objects(&self, name: &str) -> Result<Option<Vec<Self>>, CometError> {
        let Some(items) = self.list(name)? else { return Ok(None) };
        let object = |(at, item): (usize, &Value)| Self::of(&format!("{}[{at}]", self.path(name)), item.clone());
        items.iter().enumerate().map(object).collect::<Result<_, _>>().map(Some)
    }
}

/// A text that has at most so many characters.
pub(super) fn within(field: &str, text: &str, most: usize) -> Result<String, CometError> {
    let found = text.chars().count();
    if found > most {
        return Err(CometError::field(field, format!("The {field} may have at most {most} characters, got {found}.")));
    }
    Ok(text.to_owned())
}

/// The fields that `unset` names, each one of those that can be unset.
pub(super) fn unset(body: &Fields, known: &[&str]) -> Result<BTreeSet<String>, CometError> {
    let names = body.texts("unset")?.unwrap_or_default();
    match names.iter().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(CometError::field("unset", format!("The unset must name {}, got {name}.", known.join(", ")))),
        None => Ok(names.into_iter().collect()),
    }
}

/// The error of a field that holds the wrong kind of thing.
pub(super) fn wrong(field: &str, expected: &str, found: &Value) -> CometError {
    let mut shown: String = found.to_string();
    if shown.chars().count() > 60 {
        shown = shown.chars().take(57).chain("...".chars()).collect();
    }
    CometError::field(field, format!("The {field} must be {expected}, got {shown}."))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_is_written_in_three_ways() {
        for nothing in [json!({}), json!({"data": null}), json!({"data": []})] {
            let fields = Fields::of("", nothing).unwrap();
            assert!(fields.object("data").unwrap().is_none_or(|data| data.raw().is_empty()));
        }
        assert!(Fields::of("", Value::Null).unwrap().raw().is_empty());
    }

    #[test]
    fn an_error_names_the_place_the_value_and_what_was_expected() {
        let fields = Fields::of("", json!({"users": [{"id": "ana"}, {"id": 7}]})).unwrap();
        let users = fields.objects("users").unwrap().unwrap();
        assert_eq!(users[0].required_text("id"), Ok("ana"));
        assert_eq!(users[1].required_text("id").unwrap_err().problem(), "The users[1].id must be a string, got 7.");
        assert_eq!(users[0].required_text("role").unwrap_err().problem(), "The users[0].role field is required.");
    }

    #[test]
    fn a_query_string_says_numbers_and_flags_in_words() {
        let fields = Fields::of("", json!({"hard_delete": "true", "limit": "25", "offset": 5000})).unwrap();
        assert_eq!(fields.flag("hard_delete"), Ok(Some(true)));
        assert_eq!(fields.number("limit", 1..=25), Ok(Some(25)));
        assert_eq!(fields.number("offset", 0..=1000).unwrap_err().problem(), "The offset must be a whole number from 0 to 1000, got 5000.");
    }
}
