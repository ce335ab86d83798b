//! JSON that borrows from the text it was read from: what a question is read out of.
//!
//! A question is asked a hundred thousand times a second, and nearly all of it is names that are looked up and forgotten. Copying each
//! into a map of its own cost three times what the rest of the answer costs; here a name stays where it came in, and an object is a list.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::{Depth, JsonError, nothing_but_spaces};

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Node<'a> {
    /// `null`
    Null,
    /// `true`, `false`
    Truth(bool),
    /// A number.
    Number(Number),
    /// A string; owned where it was written with escapes.
    Text(Cow<'a, str>),
    /// An array.
    List(Vec<Node<'a>>),
    /// An object.
    Object(Object<'a>),
}

/// An object, in the order in which it was written. No key comes twice.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Object<'a>(Vec<(Cow<'a, str>, Node<'a>)>);

/// Up to so many keys are compared one by one; beyond that a set finds the double ones, so that a large object costs no square.
const FEW_KEYS: usize = 16;

impl<'a> Object<'a> {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Node<'a>> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// All of it.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Node<'a>)> {
        self.0.iter().map(|(name, value)| (&**name, value))
    }
}

impl<'a> Node<'a> {
    /// Parses one JSON value.
    ///
    /// # Errors
    /// As for [`super::parse`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, JsonError> {
        if nothing_but_spaces(bytes) {
            return Err(JsonError::empty());
        }
        // Looked at as a whole once, not string by string. What is not text is refused below, at its place.
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::read(&mut serde_json::Deserializer::from_str(text)),
            Err(_) => Self::read(&mut serde_json::Deserializer::from_slice(bytes)),
        }
    }

    fn read<R: serde_json::de::Read<'a>>(deserializer: &mut serde_json::Deserializer<R>) -> Result<Self, JsonError> {
        let node = Strict(Depth::TOP).deserialize(&mut *deserializer)?;
        deserializer.end()?;
        Ok(node)
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The truth value, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Truth(truth) = self { Some(*truth) } else { None }
    }

    /// The number, if it is a whole one that is not negative.
    pub fn as_u64(&self) -> Option<u64> {
        if let Self::Number(number) = self { number.as_u64() } else { None }
    }

    /// The object, if it is one.
    pub fn as_object(&self) -> Option<&Object<'a>> {
        if let Self::Object(object) = self { Some(object) } else { None }
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// A copy that borrows nothing.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Truth(truth) => Value::Bool(*truth),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Text(text) => Value::String(text.clone().into_owned()),
            Self::List(items) => items.iter().map(Self::to_value).collect(),
            Self::Object(object) => {
                Value::Object(object.iter().map(|(key, value)| (key.to_owned(), value.to_value())).collect::<Map<_, _>>())
            }
        }
    }
}

impl<'a> From<&'a Value> for Node<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(truth) => Self::Truth(*truth),
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(text) => Self::Text(Cow::Borrowed(text)),
            Value::Array(items) => Self::List(items.iter().map(Self::from).collect()),
            Value::Object(map) => Self::Object(map.into()),
        }
    }
}

impl<'a> From<&'a Map<String, Value>> for Object<'a> {
    fn from(map: &'a Map<String, Value>) -> Self {
        Self(map.iter().map(|(key, value)| (Cow::Borrowed(key.as_str()), value.into())).collect())
    }
}

#[derive(Clone, Copy)]
struct Strict(Depth);

impl<'a> DeserializeSeed<'a> for Strict {
    type Value = Node<'a>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Node<'a>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Strict {
    type Value = Node<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node<'a>, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node<'a>, E> {
        Ok(Node::Truth(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node<'a>, E> {
        Ok(Node::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node<'a>, E> {
        Ok(Node::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Node<'a>, E> {
        Number::from_f64(value).map(Node::Number).ok_or_else(|| E::custom("a number is not finite"))
    }

    fn visit_borrowed_str<E>(self, value: &'a str) -> Result<Node<'a>, E> {
        Ok(Node::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node<'a>, E> {
        Ok(Node::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut items: A) -> Result<Node<'a>, A::Error> {
        let below = Self(self.0.below()?);
        let mut values = Vec::new();
        while let Some(value) = items.next_element_seed(below)? {
            values.push(value);
        }
        Ok(Node::List(values))
    }

    fn visit_map<A: MapAccess<'a>>(self, mut entries: A) -> Result<Node<'a>, A::Error> {
        let below = Self(self.0.below()?);
        let mut object = Object::default();
        let mut many: Option<HashSet<Cow<'a, str>>> = None;
        while let Some(key) = entries.next_key_seed(Key)? {
            let value = entries.next_value_seed(below)?;
            let is_double = match &mut many {
                Some(keys) => !keys.insert(key.clone()),
                None => object.get(&key).is_some(),
            };
            if is_double {
                return Err(A::Error::custom(format_args!("the key \"{key}\" comes twice in one object")));
            }
            object.0.push((key, value));
            if object.0.len() == FEW_KEYS {
                many = Some(object.0.iter().map(|(key, _)| key.clone()).collect());
            }
        }
        Ok(Node::Object(object))
    }
}

struct Key;

impl<'a> DeserializeSeed<'a> for Key {
    type Value = Cow<'a, str>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Cow<'a, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'a> Visitor<'a> for Key {
    type Value = Cow<'a, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'a str) -> Result<Cow<'a, str>, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E>(self, key: &str) -> Result<Cow<'a, str>, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt as _, SeedableRng as _};

    use super::*;

    #[test]
    fn reads_what_the_owning_reader_reads() {
        let many: String = (0..40).map(|n| format!("\"k{n}\":{n},")).collect();
        for text in [
            r#" {"a":[1,-2,3.5,true,null,"é"],"b":{}} "#.to_owned(),
            r#"{"escaped \"key\"":"escaped é\n","plain":"x"}"#.to_owned(),
            format!("{{{many}\"last\":[]}}"),
        ] {
            let value = crate::json::parse(text.as_bytes()).unwrap();
            let node = Node::parse(text.as_bytes()).unwrap();
            assert_eq!(node.to_value(), value);
            assert_eq!(Node::from(&value).to_value(), value);
        }
        let text = br#"{"plain":"x","e\u0073caped":"\u0065"}"#;
        let node = Node::parse(text).unwrap();
        let borrowed: Vec<_> = node
            .as_object()
            .unwrap()
            .0
            .iter()
            .map(|(key, value)| (matches!(key, Cow::Borrowed(_)), matches!(value, Node::Text(Cow::Borrowed(_)))))
            .collect();
        assert_eq!(borrowed, [(true, true), (false, false)]);
    }

    #[test]
    fn says_of_any_text_what_the_owning_reader_says() {
        const LETTERS: &[u8] = b"{}[]\",:\\ \n01-.e9truefalsn\x00";
        let whole =
            r#"{"subject":{"type":"user","id":"ben","properties":{"roles":["a","b"],"age":10,"x":null}},"t":true,"f":false,"é":[]}"#;
        let mut read = 0;
        for seed in 0..40_000 {
            let mut random = StdRng::seed_from_u64(seed);
            let mut bytes = if seed % 2 == 0 { whole.as_bytes().to_vec() } else { Vec::new() };
            for _ in 0..random.random_range(0..6) {
                let at = random.random_range(0..=bytes.len());
                match random.random_range(0..4) {
                    0 => bytes.truncate(at),
                    1 if at < bytes.len() => drop(bytes.remove(at)),
                    _ => bytes.insert(at, LETTERS[random.random_range(0..LETTERS.len())]),
                }
            }
            let node = Node::parse(&bytes);
            read += usize::from(node.is_ok());
            assert_eq!(node.map(|node| node.to_value()), crate::json::parse(&bytes), "{}", String::from_utf8_lossy(&bytes));
        }
        assert!(read > 1_000, "{read}");
    }

    #[test]
    fn refuses_what_the_owning_reader_refuses_in_the_same_words() {
        let keys: String = (0..40).map(|n| format!("\"k{n}\":{n},")).collect();
        let double_late = format!("{{{keys}\"k7\":1}}");
        let double_at_the_turn = format!("{{{}\"k3\":1}}", (0..FEW_KEYS).map(|n| format!("\"k{n}\":{n},")).collect::<String>());
        let deep = "[".repeat(100_000);
        for text in [
            " ",
            "{\"a\": ",
            r#"{"id":"a","id":"b"}"#,
            r#"{"id":"a","\u0069d":"b"}"#,
            "1 2",
            &deep,
            &double_late,
            &double_at_the_turn,
            "{1:2}",
            "1e999",
        ] {
            let owning = crate::json::parse(text.as_bytes()).unwrap_err();
            assert_eq!(Node::parse(text.as_bytes()).unwrap_err(), owning, "{}", &text[..text.len().min(60)]);
        }
        for bytes in [&b"{\"a\":\"\xff\"}"[..], b"\xff", b"{\"a\":\"\\ud800\"}"] {
            assert_eq!(Node::parse(bytes).unwrap_err(), crate::json::parse(bytes).unwrap_err());
        }
    }
}
