//! Values of properties: reading them from requests, and whether their definitions allow them.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::super::call::Call;
use super::super::chat::record::Properties;
use super::super::fault::{Fault, FaultType};
use super::super::fields::Fields;
use super::{Location, PRODUCT, definition};

/// Reads `{namespace: {name: value}}`. In 2018 values could stand in objects of their own, as they were answered.
///
/// # Errors
/// `validation`.
pub(in crate::faces::livechat) fn read(fields: &Fields, name: &str) -> Result<Properties, Fault> {
    let given = fields.object_or_empty(name)?;
    let mut read = Properties::new();
    for namespace in given.raw().keys() {
        let names = given.required_object(namespace)?;
        let plain = |value: &Value| match value {
            Value::Object(object) if object.len() == 1 => object.get("value").cloned().unwrap_or_else(|| value.clone()),
            other => other.clone(),
        };
        let values: Map<String, Value> = names.raw().iter().map(|(name, value)| (name.clone(), plain(value))).collect();
        for (at, value) in &values {
            if !matches!(value, Value::String(_) | Value::Bool(_) | Value::Number(_)) {
                return Err(crate::fields::wrong(&names.path(at), "a string, a number, true or false", value));
            }
        }
        read.insert(namespace.clone(), Value::Object(values));
    }
    Ok(read)
}

/// Reads `{namespace: [name]}`: what is to be deleted.
///
/// # Errors
/// `validation`.
pub(in crate::faces::livechat) fn names(fields: &Fields, name: &str) -> Result<Properties, Fault> {
    let given = fields.object_or_empty(name)?;
    let mut read = Properties::new();
    for namespace in given.raw().keys() {
        let names = given.texts(namespace)?.unwrap_or_default();
        read.insert(namespace.clone(), names.into_iter().map(|name| (name, Value::Null)).collect::<Map<_, _>>().into());
    }
    Ok(read)
}

/// Puts values over those that are held.
pub(in crate::faces::livechat) fn merge(held: &mut Properties, given: &Properties) {
    for (namespace, names) in given {
        let values = held.entry(namespace.clone()).or_insert_with(|| Value::Object(Map::new()));
        if let (Some(values), Some(names)) = (values.as_object_mut(), names.as_object()) {
            values.extend(names.clone());
        }
    }
}

/// Takes values away.
pub(in crate::faces::livechat) fn remove(held: &mut Properties, given: &Properties) {
    for (namespace, names) in given {
        if let (Some(values), Some(names)) = (held.get_mut(namespace).and_then(Value::as_object_mut), names.as_object()) {
            values.retain(|name, _| !names.contains_key(name));
        }
    }
    held.retain(|_, names| names.as_object().is_none_or(|names| !names.is_empty()));
}

/// Refuses values that their definitions do not allow here, or not to this client.
///
/// # Errors
/// `validation`; `authorization` for a property that is private, or not open to agents here.
pub(in crate::faces::livechat) async fn writable(call: &Call, location: Location, given: &Properties) -> Result<(), Fault> {
    check(call, location, given, true).await
}

/// The same, for deleting.
///
/// # Errors
/// Those of [`writable`].
pub(in crate::faces::livechat) async fn removable(call: &Call, location: Location, given: &Properties) -> Result<(), Fault> {
    check(call, location, given, false).await
}

async fn check(call: &Call, location: Location, given: &Properties, with_values: bool) -> Result<(), Fault> {
    for (namespace, names) in given {
        if PRODUCT.contains(&namespace.as_str()) {
            continue;
        }
        for (name, value) in names.as_object().into_iter().flatten() {
            let place = format!("properties.{namespace}.{name}");
            let held = definition::find(call, namespace, name).await?;
            let held =
                held.ok_or_else(|| Fault::validation(format!("{place}: there is no such property; register_property defines it")))?;
            let is_own = call.client() == Some(namespace.as_str());
            if !is_own && !held.public_access.iter().any(|deed| deed == "write") {
                let text = format!("{place}: belongs to another client, which has not published it for writing");
                return Err(Fault::new(FaultType::Authorization, text).with("reason", "property_private"));
            }
            if !held.opens(location, "write") {
                let text = format!("{place}: agents may not write it on a {}", location.name());
                return Err(Fault::new(FaultType::Authorization, text).with("reason", "property_access"));
            }
            if let Some(wrong) = with_values.then(|| held.refuses(value)).flatten() {
                return Err(Fault::validation(format!("{place}: {wrong}")));
            }
        }
    }
    Ok(())
}

/// Those that this client may read: its own, published ones, and those of the product.
///
/// # Errors
/// When the store fails.
pub(in crate::faces::livechat) async fn readable(call: &Call, namespace: &str, name: &str) -> Result<bool, Fault> {
    if PRODUCT.contains(&namespace) || call.client() == Some(namespace) {
        return Ok(true);
    }
    let held = definition::find(call, namespace, name).await?;
    Ok(held.is_some_and(|held| held.public_access.iter().any(|deed| deed == "read")))
}

/// Takes private values of other clients out of an answer about chats, wherever they stand in it (docs/livechat.md, Rules beside the
/// scopes).
///
/// # Errors
/// When the store fails.
pub(in crate::faces::livechat) async fn without_private(call: &Call, mut answer: Value) -> Result<Value, Fault> {
    let private: HashSet<(String, String)> = definition::private_to_others(call).await?.into_iter().collect();
    if !private.is_empty() {
        hide(&mut answer, &private);
    }
    Ok(answer)
}

fn hide(value: &mut Value, private: &HashSet<(String, String)>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| hide(item, private)),
        Value::Object(object) => {
            for (key, held) in object {
                match held.as_object_mut().filter(|_| key == "properties") {
                    Some(properties) => {
                        for (namespace, names) in properties.iter_mut() {
                            if let Some(names) = names.as_object_mut() {
                                names.retain(|name, _| !private.contains(&(namespace.clone(), name.clone())));
                            }
                        }
                        properties.retain(|_, names| names.as_object().is_none_or(|names| !names.is_empty()));
                    }
                    None => hide(held, private),
                }
            }
        }
        _ => {}
    }
}
