//! Stream's two dialects of one API, and where they differ.
//!
//! Ana's app still runs `stream-chat`, which calls `/users` and finds the hat of a user at `user.hat`; her new service runs
//! `getstream`, which calls `/api/v2/users` and finds it at `user.custom.hat`. Both talk about the same user, so the difference is
//! kept in this file: everything behind it knows one form.

use hallpass::Timestamp;
use serde_json::{Map, Value, json};

use super::error::StreamError;
use super::fields::Fields;
use super::rfc3339;

/// How a caller writes and reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Dialect {
    /// Paths without a prefix; times are RFC 3339 text; custom fields lie beside the others.
    Flat,
    /// Paths under `/api/v2`; times are integers, nanoseconds since 1970; custom fields lie under `custom`.
    Prefixed,
}

const NS_PER_MS: u64 = 1_000_000;

impl Dialect {
    /// A time, as this dialect writes it.
    pub(super) fn time(self, at: Timestamp) -> Value {
        match self {
            Self::Flat => Value::String(rfc3339::write(at)),
            Self::Prefixed => json!(at.as_ms().saturating_mul(NS_PER_MS)),
        }
    }

    /// Puts custom fields into an object about to be sent. A custom field never hides one of the API's own.
    pub(super) fn put_custom(self, object: &mut Map<String, Value>, custom: Option<&Map<String, Value>>) {
        match self {
            Self::Prefixed => {
                object.insert("custom".to_owned(), Value::Object(custom.cloned().unwrap_or_default()));
            }
            Self::Flat => {
                for (name, value) in custom.into_iter().flatten() {
                    object.entry(name.as_str()).or_insert_with(|| value.clone());
                }
            }
        }
    }

    /// The custom fields of an object that was received: all but `known` ones, or what lies under `custom`.
    ///
    /// # Errors
    /// When `custom` is no object.
    pub(super) fn custom_of(self, fields: &Fields, known: &[&str]) -> Result<Map<String, Value>, StreamError> {
        match self {
            Self::Prefixed => Ok(fields.object("custom")?.map(|custom| custom.raw().clone()).unwrap_or_default()),
            Self::Flat => {
                let custom = fields.raw().iter().filter(|(name, _)| !known.contains(&name.as_str()));
                Ok(custom.map(|(name, value)| (name.clone(), value.clone())).collect())
            }
        }
    }
}

/// Reads a time that a caller sent, in either form: SDKs of both dialects send text, one sends nanoseconds.
pub(super) fn read_time(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => rfc3339::read(text),
        Value::Number(number) => number.as_u64().map(|ns| Timestamp::from_ms(ns / NS_PER_MS)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn the_same_user_in_both_dialects() {
        let custom = object(json!({"hat": "blue", "id": "cannot hide the id"}));
        let mut flat = object(json!({"id": "ana"}));
        Dialect::Flat.put_custom(&mut flat, Some(&custom));
        assert_eq!(Value::Object(flat.clone()), json!({"id": "ana", "hat": "blue"}));
        let read = |dialect: Dialect, object| dialect.custom_of(&Fields::of("", Value::Object(object)).unwrap(), &["id"]);
        assert_eq!(read(Dialect::Flat, flat).map(Value::Object), Ok(json!({"hat": "blue"})));

        let mut prefixed = object(json!({"id": "ana"}));
        Dialect::Prefixed.put_custom(&mut prefixed, Some(&object(json!({"hat": "blue"}))));
        assert_eq!(Value::Object(prefixed.clone()), json!({"id": "ana", "custom": {"hat": "blue"}}));
        assert_eq!(read(Dialect::Prefixed, prefixed).map(Value::Object), Ok(json!({"hat": "blue"})));
        assert!(read(Dialect::Prefixed, object(json!({"custom": "blue"}))).is_err());
    }

    #[test]
    fn times_are_text_or_nanoseconds() {
        let at = Timestamp(1_772_366_400_250);
        assert_eq!(Dialect::Flat.time(at), json!("2026-03-01T12:00:00.250Z"));
        assert_eq!(Dialect::Prefixed.time(at), json!(1_772_366_400_250_000_000_u64));
        for dialect in [Dialect::Flat, Dialect::Prefixed] {
            assert_eq!(read_time(&dialect.time(at)), Some(at));
        }
        assert_eq!(read_time(&json!(true)), None);
    }
}
