//! Reads fields of a request: typed, with errors that name the field, what it held and what was expected.

use hallpass::Timestamp;
use serde_json::{Map, Value};

use super::call::Call;
use super::fault::Fault;
use super::moment;

/// An object of a request, with its place in it for error texts.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Fields {
    place: String,
    object: Map<String, Value>,
}

impl Fields {
    /// A whole body.
    pub(super) const fn body(object: Map<String, Value>) -> Self {
        Self { place: String::new(), object }
    }

    fn of(place: String, value: &Value) -> Result<Self, Fault> {
        match value {
            Value::Object(object) => Ok(Self { place, object: object.clone() }),
            other => Err(wrong(&place, "an object", other)),
        }
    }

    /// The object as it came.
    pub(super) const fn raw(&self) -> &Map<String, Value> {
        &self.object
    }

    /// The field's name with its place before it, for error texts.
    pub(super) fn path(&self, name: &str) -> String {
        if self.place.is_empty() { name.to_owned() } else { format!("{}.{name}", self.place) }
    }

    /// The field as it came; `None` where it is absent or `null`.
    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    /// Puts a field, for requests that say the same in other words.
    pub(super) fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.object.insert(name.to_owned(), value.into());
    }

    /// Text.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, Fault> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(wrong(&self.path(name), "a string", other)),
        }
    }

    /// Text that must be there and not be empty.
    pub(super) fn required_text(&self, name: &str) -> Result<&str, Fault> {
        match self.text(name)? {
            Some(text) if !text.is_empty() => Ok(text),
            Some(_) => Err(Fault::validation(format!("{}: must not be empty", self.path(name)))),
            None => Err(self.missing(name)),
        }
    }

    /// One of several words.
    pub(super) fn word<'a>(&'a self, name: &str, words: &[&str]) -> Result<Option<&'a str>, Fault> {
        match self.text(name)? {
            Some(text) if !words.contains(&text) => {
                Err(wrong(&self.path(name), &format!("one of {}", words.join(", ")), &Value::from(text)))
            }
            text => Ok(text),
        }
    }

    /// True or false. Query strings say it in words.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Fault> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(Value::String(text)) if text == "true" => Ok(Some(true)),
            Some(Value::String(text)) if text == "false" => Ok(Some(false)),
            Some(other) => Err(wrong(&self.path(name), "true or false", other)),
        }
    }

    /// A whole number within bounds. Query strings, and some callers, say it in digits.
    pub(super) fn number(&self, name: &str, bounds: std::ops::RangeInclusive<u64>) -> Result<Option<u64>, Fault> {
        let Some(value) = self.value(name) else { return Ok(None) };
        match number_of(value).filter(|number| bounds.contains(number)) {
            Some(number) => Ok(Some(number)),
            None => Err(wrong(&self.path(name), &format!("a whole number from {} to {}", bounds.start(), bounds.end()), value)),
        }
    }

    /// The id of a group.
    pub(super) fn required_group(&self, name: &str) -> Result<u64, Fault> {
        self.number(name, 0..=u64::from(u32::MAX))?.ok_or_else(|| self.missing(name))
    }

    /// Ids of groups.
    pub(super) fn groups(&self, name: &str) -> Result<Option<Vec<u64>>, Fault> {
        let Some(items) = self.list(name)? else { return Ok(None) };
        let group = |(at, item): (usize, &Value)| {
            number_of(item)
                .filter(|id| u32::try_from(*id).is_ok())
                .ok_or_else(|| wrong(&format!("{}[{at}]", self.path(name)), "the id of a group", item))
        };
        items.iter().enumerate().map(group).collect::<Result<_, _>>().map(Some)
    }

    /// A time in RFC 3339, or seconds since 1970 as they were written in 2018.
    pub(super) fn time(&self, name: &str) -> Result<Option<Timestamp>, Fault> {
        let Some(value) = self.value(name) else { return Ok(None) };
        moment::read(value).map(Some).ok_or_else(|| wrong(&self.path(name), "a time such as 2026-03-01T12:00:00.000000Z", value))
    }

    /// An object.
    pub(super) fn object(&self, name: &str) -> Result<Option<Self>, Fault> {
        self.value(name).map(|value| Self::of(self.path(name), value)).transpose()
    }

    /// An object that must be there.
    pub(super) fn required_object(&self, name: &str) -> Result<Self, Fault> {
        self.object(name)?.ok_or_else(|| self.missing(name))
    }

    /// An object, empty where it is not there.
    pub(super) fn object_or_empty(&self, name: &str) -> Result<Self, Fault> {
        Ok(self.object(name)?.unwrap_or_else(|| Self { place: self.path(name), object: Map::new() }))
    }

    /// A list.
    pub(super) fn list(&self, name: &str) -> Result<Option<&[Value]>, Fault> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(other) => Err(wrong(&self.path(name), "a list", other)),
        }
    }

    /// A list of texts.
    pub(super) fn texts(&self, name: &str) -> Result<Option<Vec<String>>, Fault> {
        let Some(items) = self.list(name)? else { return Ok(None) };
        let text = |(at, item): (usize, &Value)| match item {
            Value::String(text) => Ok(text.clone()),
            other => Err(wrong(&format!("{}[{at}]", self.path(name)), "a string", other)),
        };
        items.iter().enumerate().map(text).collect::<Result<_, _>>().map(Some)
    }

    /// A list of objects.
    pub(super) fn objects(&self, name: &str) -> Result<Vec<Self>, Fault> {
        let items = self.list(name)?.unwrap_or_default();
        items.iter().enumerate().map(|(at, item)| Self::of(format!("{}[{at}]", self.path(name)), item)).collect()
    }

    /// The error of a field that must be there and is not.
    pub(super) fn missing(&self, name: &str) -> Fault {
        Fault::validation(format!("{}: is required", self.path(name)))
    }

    /// The error of a field that holds what it must not.
    pub(super) fn refuse(&self, name: &str, expected: &str) -> Fault {
        wrong(&self.path(name), expected, self.value(name).unwrap_or(&Value::Null))
    }
}

impl Call {
    /// The parameters, to read.
    pub(super) fn fields(&self) -> Fields {
        Fields::body(self.body.clone())
    }
}

fn number_of(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// The error of a field that holds the wrong kind of thing.
pub(super) fn wrong(field: &str, expected: &str, found: &Value) -> Fault {
    let mut shown: String = found.to_string();
    if shown.chars().count() > 60 {
        shown = shown.chars().take(57).chain("...".chars()).collect();
    }
    Fault::validation(format!("{field}: expected {expected}, got {shown}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(value: &Value) -> Fields {
        Fields::body(value.as_object().unwrap().clone())
    }

    #[test]
    fn an_error_names_the_place_the_value_and_what_was_expected() {
        let body = fields(&json!({"chat": {"users": [{"id": 7}]}, "limit": 500, "group_ids": [1, "two"]}));
        let users = body.object("chat").unwrap().unwrap().objects("users").unwrap();
        assert_eq!(users[0].required_text("id").unwrap_err().message, "chat.users[0].id: expected a string, got 7");
        assert_eq!(users[0].required_text("type").unwrap_err().message, "chat.users[0].type: is required");
        assert_eq!(body.number("limit", 1..=100).unwrap_err().message, "limit: expected a whole number from 1 to 100, got 500");
        assert_eq!(body.groups("group_ids").unwrap_err().message, "group_ids[1]: expected the id of a group, got \"two\"");
    }

    #[test]
    fn null_is_as_good_as_nothing() {
        let body = fields(&json!({"id": null, "active": "true"}));
        assert_eq!(body.text("id"), Ok(None));
        assert_eq!(body.flag("active"), Ok(Some(true)));
    }
}
