//! Reading JSON from strangers: no deeper than needed, and no key twice.
//!
//! A key that comes twice is refused because readers disagree on which one counts; a proxy that looked at the first `"id"` and an engine
//! that takes the second would be deciding about two different people.

mod node;

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::limits::JSON_DEPTH;

pub use node::{Node, Object};

/// A body that is not JSON as it should be. The text says where and what.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the body is not valid JSON: {0}")]
pub struct JsonError(String);

impl JsonError {
    fn empty() -> Self {
        Self("it is empty".to_owned())
    }
}

impl From<serde_json::Error> for JsonError {
    fn from(error: serde_json::Error) -> Self {
        Self(error.to_string())
    }
}

/// Parses one JSON value.
///
/// # Errors
/// On anything but exactly one JSON value, on nesting deeper than [`JSON_DEPTH`], and on an object with the same key twice.
pub fn parse(bytes: &[u8]) -> Result<Value, JsonError> {
    if nothing_but_spaces(bytes) {
        return Err(JsonError::empty());
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Strict(Depth::TOP).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

fn nothing_but_spaces(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_whitespace)
}

/// How much deeper a value may go.
#[derive(Clone, Copy)]
struct Depth(usize);

impl Depth {
    const TOP: Self = Self(JSON_DEPTH);

    fn below<E: serde::de::Error>(self) -> Result<Self, E> {
        match self.0.checked_sub(1) {
            Some(left) => Ok(Self(left)),
            None => Err(E::custom(format_args!("it is nested deeper than {JSON_DEPTH} levels"))),
        }
    }
}

#[derive(Clone, Copy)]
struct Strict(Depth);

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number is not finite"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let below = Self(self.0.below()?);
        let mut values = Vec::new();
        while let Some(value) = items.next_element_seed(below)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let below = Self(self.0.below()?);
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(below)?;
            match map.entry(key) {
                serde_json::map::Entry::Vacant(entry) => {
                    entry.insert(value);
                }
                serde_json::map::Entry::Occupied(entry) => {
                    return Err(A::Error::custom(format_args!("the key \"{}\" comes twice in one object", entry.key())));
                }
            }
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_what_serde_json_reads() {
        let text = r#" {"a":[1,-2,3.5,true,null,"é"],"b":{}} "#;
        assert_eq!(parse(text.as_bytes()), Ok(json!({"a": [1, -2, 3.5, true, null, "é"], "b": {}})));
    }

    #[test]
    fn refuses_with_the_place() {
        let refusal = |text: &str| parse(text.as_bytes()).unwrap_err().to_string();
        assert_eq!(refusal(" "), "the body is not valid JSON: it is empty");
        assert_eq!(refusal("{\"a\": "), "the body is not valid JSON: EOF while parsing a value at line 1 column 6");
        assert_eq!(
            refusal(r#"{"id":"a","id":"b"}"#),
            "the body is not valid JSON: the key \"id\" comes twice in one object at line 1 column 19"
        );
        assert!(refusal("1 2").contains("trailing characters"));
        assert!(parse("[".repeat(64).as_bytes()).unwrap_err().to_string().contains("EOF"));
        assert!(refusal(&"[".repeat(65)).contains("nested deeper than 64 levels"));
        assert!(refusal(&"[".repeat(100_000)).contains("nested deeper than 64 levels"));
    }
}
