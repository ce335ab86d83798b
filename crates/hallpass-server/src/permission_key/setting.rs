//! A value of a key, read once at the edge.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::catalogue::{DataType, InLayer, Layer, catalogue, spec};

/// Most values in one list: each is compared on every question.
const LIST_VALUES: usize = 100;
/// Longest value in characters: longer than any MIME type or role id.
const VALUE_CHARS: usize = 255;

/// The value of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Setting {
    /// `allow`, `deny`, `all`, `friends`.
    Word(String),
    /// A list; empty restricts nothing.
    List(Vec<String>),
}

impl Setting {
    /// The word, of a key that takes one.
    pub(crate) fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            Self::List(_) => None,
        }
    }

    /// The list, of a key that takes one.
    pub(crate) fn list(&self) -> &[String] {
        match self {
            Self::Word(_) => &[],
            Self::List(list) => list,
        }
    }

    /// As JSON.
    pub(crate) fn json(&self) -> Value {
        match self {
            Self::Word(word) => Value::from(word.as_str()),
            Self::List(list) => Value::from(list.clone()),
        }
    }
}

/// What is set, by key.
pub(crate) type Settings = BTreeMap<String, Setting>;

/// Why a key cannot be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyFault {
    /// There is no such key in the layer.
    Unknown {
        /// The nearest that there is.
        nearest: Option<&'static str>,
        /// It is a key of the other layer.
        elsewhere: bool,
    },
    /// The value is none of the key's. A sentence that names key, value and what was expected.
    Value(String),
}

/// Reads the value of a key. `roles` are the roles of the app. A single text is taken for a list of one; `null` is an empty list.
///
/// # Errors
/// When there is no such key, or it does not take the value.
pub(crate) fn read_value(layer: Layer, key: &str, value: &Value, roles: &[String]) -> Result<Setting, KeyFault> {
    let Some((_, in_layer)) = spec(layer, key) else {
        let other = if layer == Layer::Role { Layer::Scope } else { Layer::Role };
        let nearest = hallpass::nearest(key, catalogue(layer).map(|(spec, _)| spec.key.as_str()));
        return Err(KeyFault::Unknown { nearest, elsewhere: spec(other, key).is_some() });
    };
    match in_layer.data_type {
        DataType::Word => word(key, value, in_layer),
        DataType::Words | DataType::Roles | DataType::Texts => list(key, value, in_layer, roles),
    }
}

fn word(key: &str, value: &Value, in_layer: &InLayer) -> Result<Setting, KeyFault> {
    match value.as_str().filter(|word| in_layer.values.iter().any(|known| known == word)) {
        Some(word) => Ok(Setting::Word(word.to_owned())),
        None => Err(wrong(key, value, &format!("one of {}", in_layer.values.join(", ")))),
    }
}

fn list(key: &str, value: &Value, in_layer: &InLayer, roles: &[String]) -> Result<Setting, KeyFault> {
    let items = match value {
        Value::Null => &[][..],
        Value::Array(items) => items,
        single @ Value::String(_) => std::slice::from_ref(single),
        other => return Err(wrong(key, other, "a list of texts")),
    };
    if items.len() > LIST_VALUES {
        return Err(KeyFault::Value(format!("The {key} may list at most {LIST_VALUES} values, got {}.", items.len())));
    }
    let mut list: Vec<String> = Vec::new();
    for item in items {
        let text = match (item.as_str(), in_layer.data_type) {
            (Some(text), DataType::Roles) => roles.iter().find(|role| **role == text.to_lowercase()).map(String::as_str),
            (Some(text), DataType::Texts) => Some(text).filter(|text| !text.is_empty() && text.chars().count() <= VALUE_CHARS),
            (Some(text), _) => Some(text).filter(|text| in_layer.values.iter().any(|known| known == text)),
            (None, _) => None,
        };
        let Some(text) = text else {
            let expected = match in_layer.data_type {
                DataType::Roles => format!("ids of roles of this app ({})", shown(roles)),
                DataType::Texts => format!("texts of 1 to {VALUE_CHARS} characters"),
                DataType::Word | DataType::Words => format!("some of {}", in_layer.values.join(", ")),
            };
            return Err(wrong(key, item, &expected));
        };
        if !list.iter().any(|known| known == text) {
            list.push(text.to_owned());
        }
    }
    Ok(Setting::List(list))
}

fn shown(roles: &[String]) -> String {
    roles.join(", ")
}

fn wrong(key: &str, found: &Value, expected: &str) -> KeyFault {
    let mut text = found.to_string();
    if text.chars().count() > 60 {
        text = text.chars().take(57).chain("...".chars()).collect();
    }
    KeyFault::Value(format!("The {key} must be {expected}, got {text}."))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(layer: Layer, key: &str, value: &Value) -> Result<Setting, KeyFault> {
        read_value(layer, key, value, &["default".to_owned(), "staff".to_owned()])
    }

    #[test]
    fn a_list_may_be_written_as_one_value_or_as_nothing() {
        let types = "sendMessage.allowedMessageTypes";
        assert_eq!(read(Layer::Scope, types, &json!("text")), Ok(Setting::List(vec!["text".to_owned()])));
        assert_eq!(read(Layer::Scope, types, &json!(null)), Ok(Setting::List(Vec::new())));
        assert_eq!(read(Layer::Scope, types, &json!(["text", "text"])), Ok(Setting::List(vec!["text".to_owned()])));
        assert_eq!(read(Layer::Role, "blockUser.allowedRoles", &json!(["Staff"])), Ok(Setting::List(vec!["staff".to_owned()])));
    }

    #[test]
    fn a_fault_names_key_value_and_what_was_expected() {
        let fault = |text: &str| Err(KeyFault::Value(text.to_owned()));
        assert_eq!(
            read(Layer::Scope, "initiateCall", &json!("friends")),
            fault("The initiateCall must be one of allow, deny, got \"friends\".")
        );
        assert_eq!(
            read(Layer::Role, "joinGroup.allowedGroupTypes", &json!(["public", "private"])),
            fault("The joinGroup.allowedGroupTypes must be some of public, password, got \"private\".")
        );
        assert_eq!(
            read(Layer::Role, "blockUser.allowedRoles", &json!("stuff")),
            fault("The blockUser.allowedRoles must be ids of roles of this app (default, staff), got \"stuff\".")
        );
        assert_eq!(
            read(Layer::Role, "sendMesage", &json!("deny")),
            Err(KeyFault::Unknown { nearest: Some("sendMessage"), elsewhere: false })
        );
        assert!(matches!(read(Layer::Role, "kickMembers", &json!("deny")), Err(KeyFault::Unknown { elsewhere: true, .. })));
        for built_in in ["membership", "changeScope", "moderateMessages", "transferOwnership"] {
            assert!(matches!(read(Layer::Scope, built_in, &json!("deny")), Err(KeyFault::Unknown { .. })), "{built_in}");
        }
    }
}
