//! `set` and `unset` of custom data, with paths: `address.city` is the field `city` of the field `address`.

use serde_json::{Map, Value};

use super::error::StreamError;

/// Deepest path.
const DEPTH: usize = 8;

/// Sets the value at a path, making objects on the way.
///
/// # Errors
/// When the way leads through something that is no object, or is too deep.
pub(super) fn set(object: &mut Map<String, Value>, path: &str, value: Value) -> Result<(), StreamError> {
    set_at(object, path, path, value, DEPTH)
}

fn set_at(object: &mut Map<String, Value>, whole: &str, path: &str, value: Value, depth: usize) -> Result<(), StreamError> {
    let Some(depth) = depth.checked_sub(1) else {
        return Err(StreamError::field(whole, format!("paths have at most {DEPTH} parts")));
    };
    if path.is_empty() || path.starts_with('.') {
        return Err(StreamError::field(whole, "a path has a name between its dots"));
    }
    let Some((head, rest)) = path.split_once('.') else {
        object.insert(path.to_owned(), value);
        return Ok(());
    };
    match object.entry(head).or_insert_with(|| Value::Object(Map::new())) {
        Value::Object(inner) => set_at(inner, whole, rest, value, depth),
        _ => Err(StreamError::field(whole, format!("'{head}' is no object"))),
    }
}

/// Takes away what is at a path, if anything is.
pub(super) fn unset(object: &mut Map<String, Value>, path: &str) {
    match path.split_once('.') {
        None => {
            object.remove(path);
        }
        Some((head, rest)) => {
            if let Some(Value::Object(inner)) = object.get_mut(head) {
                unset(inner, rest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_reach_into_objects() {
        let mut object = json!({"hat": "blue", "address": {"city": "Lima", "zip": "1"}}).as_object().cloned().unwrap();
        set(&mut object, "address.city", json!("Quito")).unwrap();
        set(&mut object, "likes.tea.green", json!(true)).unwrap();
        unset(&mut object, "address.zip");
        unset(&mut object, "no.such.path");
        assert_eq!(Value::Object(object.clone()), json!({"hat": "blue", "address": {"city": "Quito"}, "likes": {"tea": {"green": true}}}));
        assert_eq!(set(&mut object, "hat.size", json!(1)).unwrap_err().message, "hat.size: 'hat' is no object");
        assert!(set(&mut object, "a..b", json!(1)).is_err());
        assert!(set(&mut object, "a.b.c.d.e.f.g.h.i", json!(1)).is_err());
    }
}
