//! The `condition` of a custom permission, and the attributes of users that it reads.
//!
//! Stream's conditions are MongoDB-like; Hallpass decides by a closed set, and so takes the forms that are in use: a custom field of the
//! acting user (`$subject.FIELD`) equals a value, or is among some. Several fields must all fit.

use std::collections::BTreeMap;

use hallpass::OneOf;
use serde_json::{Map, Value};

use super::error::StreamError;
use super::fields::wrong;

const SUBJECT: &str = "$subject.";
/// Longest custom field that a condition can compare, in bytes. Longer ones are shown, and never equal.
const ATTRIBUTE_BYTES: usize = 256;
/// Fields of a user that are not custom fields.
const NOT_CUSTOM: &[&str] = &["id", "role", "teams", "teams_role", "name", "image", "created_at", "updated_at", "banned", "online"];

/// Lowers a condition.
///
/// # Errors
/// When it is empty, or of a form that is not served, naming the part.
pub(super) fn lower(condition: &Value) -> Result<Vec<OneOf>, StreamError> {
    let object = match condition {
        Value::Object(object) if !object.is_empty() => object,
        Value::Null | Value::Object(_) => {
            return Err(StreamError::field("condition", "is required, such as {\"$subject.level\": {\"$eq\": \"gold\"}}"));
        }
        other => return Err(wrong("condition", "an object", other)),
    };
    object.iter().map(|(name, test)| one(name, test)).collect()
}

fn one(name: &str, test: &Value) -> Result<OneOf, StreamError> {
    let place = format!("condition.{name}");
    let Some(field) = name.strip_prefix(SUBJECT).filter(|field| !field.is_empty()) else {
        return Err(StreamError::field(&place, "only custom fields of the acting user are compared, written $subject.FIELD"));
    };
    if NOT_CUSTOM.contains(&field) || field.contains('.') {
        return Err(StreamError::field(&place, format!("'{field}' is not a custom field of a user")));
    }
    let values = match test {
        Value::Object(operators) => match operators.iter().collect::<Vec<_>>().as_slice() {
            [(operator, value)] if operator.as_str() == "$eq" => vec![value_text(&place, value)?],
            [(operator, Value::Array(values))] if operator.as_str() == "$in" => {
                values.iter().map(|value| value_text(&place, value)).collect::<Result<_, _>>()?
            }
            _ => return Err(wrong(&place, "a value, {\"$eq\": value} or {\"$in\": [values]}", test)),
        },
        value => vec![value_text(&place, value)?],
    };
    Ok(OneOf { attribute: format!("subject.{field}"), values, except: false, if_present: false })
}

fn value_text(place: &str, value: &Value) -> Result<String, StreamError> {
    text_of(value).ok_or_else(|| wrong(place, "a string, number or boolean", value))
}

/// A value as conditions compare it: `true` and `"true"` are the same, as are `7` and `"7"`.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
    .filter(|text| text.len() <= ATTRIBUTE_BYTES)
}

/// The custom fields of a user that conditions can compare.
pub(super) fn attributes(custom: &Map<String, Value>) -> BTreeMap<String, String> {
    custom.iter().filter_map(|(name, value)| Some((name.clone(), text_of(value)?))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lowered(condition: Value) -> Result<Vec<(String, Vec<String>)>, String> {
        let parts = lower(&condition).map_err(|error| error.message)?;
        Ok(parts.into_iter().map(|part| (part.attribute, part.values)).collect())
    }

    #[test]
    fn the_forms_in_use_are_lowered() {
        let expected = Ok(vec![("subject.magic".to_owned(), vec!["true".to_owned()])]);
        for condition in
            [json!({"$subject.magic": {"$eq": "true"}}), json!({"$subject.magic": true}), json!({"$subject.magic": {"$in": ["true"]}})]
        {
            assert_eq!(lowered(condition.clone()), expected, "{condition}");
        }
        assert_eq!(lowered(json!({"$subject.a": 1, "$subject.b": {"$in": ["x", "y"]}})).unwrap().len(), 2);
    }

    #[test]
    fn other_forms_are_refused_by_name() {
        for (condition, part) in [
            (json!({}), "is required"),
            (json!(null), "is required"),
            (json!({"$resource.team": "red"}), "condition.$resource.team: only custom fields"),
            (json!({"$or": []}), "condition.$or: only custom fields"),
            (json!({"$subject.role": "admin"}), "'role' is not a custom field"),
            (json!({"$subject.age": {"$gt": 18}}), "expected a value"),
            (json!({"$subject.a": {"$eq": "x", "$in": ["y"]}}), "expected a value"),
            (json!({"$subject.a": {"$eq": [1]}}), "expected a string, number or boolean"),
        ] {
            let message = lowered(condition.clone()).unwrap_err();
            assert!(message.contains(part), "{condition}: {message}");
        }
    }

    #[test]
    fn attributes_are_the_scalars_among_the_custom_fields() {
        let custom = json!({"level": "gold", "vip": true, "age": 7, "tags": ["a"], "bio": "x".repeat(1000)});
        let found = attributes(custom.as_object().unwrap());
        assert_eq!(found, BTreeMap::from([("age".into(), "7".into()), ("level".into(), "gold".into()), ("vip".into(), "true".into())]));
    }
}
