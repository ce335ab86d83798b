//! Fields of a request, read as what they must be: for the faces, whose requests are many and of many shapes.
//!
//! Each error names the field with its place in the request, what it held and what was expected; in which words, the face says
//! ([`FieldError`]), and so does it whether its vendor's SDKs are loose. `null` is as good as an absent key everywhere.

use std::fmt;
use std::marker::PhantomData;
use std::ops::RangeInclusive;

use serde_json::{Map, Value};

/// Longest value that an error repeats, in characters; of a longer one the beginning.
const SHOWN_CHARS: usize = 60;

/// A face's error, as far as fields are concerned.
pub(crate) trait FieldError: Sized {
    /// Whether the vendor's SDKs say "nothing" and "yes" in their languages' ways: PHP writes `[]` for an empty object and `{}` for an
    /// empty list, Python `True`.
    const SDKS_ARE_LOOSE: bool;

    /// One field is wrong.
    fn of_field(field: &str, problem: &Problem<'_>) -> Self;
}

/// What is wrong with a field.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Problem<'a> {
    /// It must be there.
    Missing,
    /// It is an empty text.
    Empty,
    /// It holds something else than expected.
    Wrong { expected: &'a str, found: &'a Value },
    /// It is none of a few words.
    NoneOf { words: &'a [&'a str], found: &'a str },
}

/// Completes a sentence that starts with the field.
impl fmt::Display for Problem<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("is required"),
            Self::Empty => f.write_str("must not be empty"),
            Self::Wrong { expected, found } => write!(f, "expected {expected}, got {}", shown(found)),
            Self::NoneOf { words, found } => write!(f, "expected one of {}, got {}", words.join(", "), shown(&Value::from(*found))),
        }
    }
}

/// A value, for an error text.
pub(crate) fn shown(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= SHOWN_CHARS { text } else { text.chars().take(SHOWN_CHARS - 3).chain("...".chars()).collect() }
}

/// The error of a field that holds the wrong kind of thing.
pub(crate) fn wrong<E: FieldError>(field: &str, expected: &str, found: &Value) -> E {
    E::of_field(field, &Problem::Wrong { expected, found })
}

/// A whole number; query strings, and some callers, say it in digits.
pub(crate) fn whole_number(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// An object of a request, with its place in it for error texts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fields<E> {
    place: String,
    object: Map<String, Value>,
    face: PhantomData<fn() -> E>,
}

impl<E> Default for Fields<E> {
    fn default() -> Self {
        Self::body(Map::new())
    }
}

impl<E> Fields<E> {
    /// A whole body.
    pub(crate) const fn body(object: Map<String, Value>) -> Self {
        Self { place: String::new(), object, face: PhantomData }
    }

    /// The object as it came.
    pub(crate) const fn raw(&self) -> &Map<String, Value> {
        &self.object
    }

    /// The object, for keeping.
    pub(crate) fn into_raw(self) -> Map<String, Value> {
        self.object
    }

    /// Puts a field, for requests that say the same in other words.
    pub(crate) fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.object.insert(name.to_owned(), value.into());
    }

    /// Whether the field is there at all, `null` or not.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.object.contains_key(name)
    }

    /// The field's name with its place before it, for error texts.
    pub(crate) fn path(&self, name: &str) -> String {
        if self.place.is_empty() { name.to_owned() } else { format!("{}.{name}", self.place) }
    }

    /// The field as it came; `None` where it is absent or `null`.
    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }
}

impl<E: FieldError> Fields<E> {
    /// Takes a whole body (its place is empty) or a part of one.
    ///
    /// # Errors
    /// When it is no object, nor anything that the vendor's SDKs write for an empty one.
    pub(crate) fn of(place: &str, value: Value) -> Result<Self, E> {
        let object = match value {
            Value::Object(object) => object,
            Value::Null if E::SDKS_ARE_LOOSE => Map::new(),
            Value::Array(items) if E::SDKS_ARE_LOOSE && items.is_empty() => Map::new(),
            other => return Err(wrong(if place.is_empty() { "body" } else { place }, "an object", &other)),
        };
        Ok(Self { place: place.to_owned(), ..Self::body(object) })
    }

    /// Text.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, E> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(wrong(&self.path(name), "a string", other)),
        }
    }

    /// Text that must be there and not be empty.
    pub(crate) fn required_text(&self, name: &str) -> Result<&str, E> {
        match self.text(name)? {
            Some(text) if !text.is_empty() => Ok(text),
            Some(_) => Err(E::of_field(&self.path(name), &Problem::Empty)),
            None => Err(self.missing(name)),
        }
    }

    /// One of several words.
    pub(crate) fn word<'a>(&'a self, name: &str, words: &[&str]) -> Result<Option<&'a str>, E> {
        match self.text(name)? {
            Some(found) if !words.contains(&found) => Err(E::of_field(&self.path(name), &Problem::NoneOf { words, found })),
            text => Ok(text),
        }
    }

    /// True or false. Query strings say it in words.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, E> {
        let Some(value) = self.value(name) else { return Ok(None) };
        match value.as_str() {
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some("True" | "1") if E::SDKS_ARE_LOOSE => Ok(Some(true)),
            Some("False" | "0") if E::SDKS_ARE_LOOSE => Ok(Some(false)),
            _ => value.as_bool().map(Some).ok_or_else(|| wrong(&self.path(name), "true or false", value)),
        }
    }

    /// A whole number within bounds.
    pub(crate) fn number(&self, name: &str, bounds: RangeInclusive<u64>) -> Result<Option<u64>, E> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let expected = || format!("a whole number from {} to {}", bounds.start(), bounds.end());
        let number = whole_number(value).filter(|number| bounds.contains(number));
        number.map(Some).ok_or_else(|| wrong(&self.path(name), &expected(), value))
    }

    /// An object.
    pub(crate) fn object(&self, name: &str) -> Result<Option<Self>, E> {
        self.value(name).map(|value| Self::of(&self.path(name), value.clone())).transpose()
    }

    /// An object that must be there.
    pub(crate) fn required_object(&self, name: &str) -> Result<Self, E> {
        self.object(name)?.ok_or_else(|| self.missing(name))
    }

    /// An object, empty where it is not there.
    pub(crate) fn object_or_empty(&self, name: &str) -> Result<Self, E> {
        Ok(self.object(name)?.unwrap_or_else(|| Self { place: self.path(name), ..Self::default() }))
    }

    /// A list.
    pub(crate) fn list(&self, name: &str) -> Result<Option<&[Value]>, E> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(Value::Object(object)) if E::SDKS_ARE_LOOSE && object.is_empty() => Ok(Some(&[])),
            Some(other) => Err(wrong(&self.path(name), "a list", other)),
        }
    }

    /// A list, each of whose items is read by itself, with its place.
    pub(crate) fn each<T>(&self, name: &str, read: impl Fn(&str, &Value) -> Result<T, E>) -> Result<Option<Vec<T>>, E> {
        let Some(items) = self.list(name)? else { return Ok(None) };
        let place = self.path(name);
        items.iter().enumerate().map(|(at, item)| read(&format!("{place}[{at}]"), item)).collect::<Result<_, _>>().map(Some)
    }

    /// A list of texts.
    pub(crate) fn texts(&self, name: &str) -> Result<Option<Vec<String>>, E> {
        self.each(name, |place, item| item.as_str().map(str::to_owned).ok_or_else(|| wrong(place, "a string", item)))
    }

    /// A list of objects.
    pub(crate) fn objects(&self, name: &str) -> Result<Option<Vec<Self>>, E> {
        self.each(name, |place, item| Self::of(place, item.clone()))
    }

    /// The error of a field that must be there and is not.
    pub(crate) fn missing(&self, name: &str) -> E {
        E::of_field(&self.path(name), &Problem::Missing)
    }

    /// The error of a field that holds what it must not.
    pub(crate) fn refuse(&self, name: &str, expected: &str) -> E {
        wrong(&self.path(name), expected, self.value(name).unwrap_or(&Value::Null))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Texts of a face, in the plainest words.
    #[derive(Debug, PartialEq)]
    struct Plain<const LOOSE: bool>(String);

    impl<const LOOSE: bool> FieldError for Plain<LOOSE> {
        const SDKS_ARE_LOOSE: bool = LOOSE;

        fn of_field(field: &str, problem: &Problem<'_>) -> Self {
            Self(format!("{field}: {problem}"))
        }
    }

    type Loose = Fields<Plain<true>>;
    type Strict = Fields<Plain<false>>;

    fn says<T: fmt::Debug, const LOOSE: bool>(read: Result<T, Plain<LOOSE>>) -> String {
        read.unwrap_err().0
    }

    #[test]
    fn loose_sdks_write_nothing_in_three_ways() {
        for nothing in [json!({}), json!({"data": null}), json!({"data": []})] {
            let fields = Loose::of("", nothing).unwrap();
            assert!(fields.object("data").unwrap().is_none_or(|data| data.raw().is_empty()));
        }
        assert!(Loose::of("", Value::Null).unwrap().raw().is_empty());
        assert_eq!(Loose::of("", json!({"ids": {}})).unwrap().list("ids"), Ok(Some(&[][..])));
        assert_eq!(says(Strict::of("", Value::Null)), "body: expected an object, got null");
        let strict = Strict::of("", json!({"data": [], "ids": {}})).unwrap();
        assert_eq!(says(strict.object("data")), "data: expected an object, got []");
        assert_eq!(says(strict.list("ids")), "ids: expected a list, got {}");
    }

    #[test]
    fn null_is_as_good_as_an_absent_key() {
        let fields = Strict::of("", json!({"id": null})).unwrap();
        assert_eq!((fields.text("id"), fields.flag("id"), fields.list("id"), fields.has("id")), (Ok(None), Ok(None), Ok(None), true));
    }

    #[test]
    fn an_error_names_the_place_the_value_and_what_was_expected() {
        let fields = Strict::of("", json!({"chat": {"users": [{"id": "ana", "type": "king"}, {"id": 7, "name": ""}]}})).unwrap();
        let chat = fields.required_object("chat").unwrap();
        let users = chat.objects("users").unwrap().unwrap();
        assert_eq!(users[0].required_text("id"), Ok("ana"));
        assert_eq!(says(users[0].word("type", &["agent", "bot"])), "chat.users[0].type: expected one of agent, bot, got \"king\"");
        assert_eq!(says(users[1].required_text("id")), "chat.users[1].id: expected a string, got 7");
        assert_eq!(says(users[1].required_text("name")), "chat.users[1].name: must not be empty");
        assert_eq!(says(users[1].required_text("type")), "chat.users[1].type: is required");
        assert_eq!(says(chat.texts("users")).split(", got ").next(), Some("chat.users[0]: expected a string"));
        assert_eq!(says(chat.object_or_empty("thread").unwrap().required_object("x")), "chat.thread.x: is required");
    }

    #[test]
    fn a_long_value_is_cut() {
        let fields = Strict::of("", json!({"limit": "x".repeat(100)})).unwrap();
        let expected = format!("limit: expected a whole number from 1 to 9, got \"{}...", "x".repeat(56));
        assert_eq!(says(fields.number("limit", 1..=9)), expected);
    }

    #[test]
    fn a_query_string_says_numbers_and_flags_in_words() {
        let said = json!({"hard": "true", "soft": "True", "limit": "25", "offset": 5000});
        let (loose, strict) = (Loose::of("", said.clone()).unwrap(), Strict::of("", said).unwrap());
        assert_eq!((loose.flag("hard"), strict.flag("hard"), loose.flag("soft")), (Ok(Some(true)), Ok(Some(true)), Ok(Some(true))));
        assert_eq!(says(strict.flag("soft")), "soft: expected true or false, got \"True\"");
        assert_eq!(loose.number("limit", 1..=25), Ok(Some(25)));
        assert_eq!(says(loose.number("offset", 0..=1000)), "offset: expected a whole number from 0 to 1000, got 5000");
    }
}
