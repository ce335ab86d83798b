//! Values on the license and on groups.

use hallpass::Resource;
use serde_json::{Map, Value, json};

use super::super::call::{Answer, Call};
use super::super::chat::people::known_groups;
use super::super::chat::record::Properties;
use super::super::fault::Fault;
use super::super::keep;
use super::super::version::Version;
use super::{Location, value};
use crate::lock::Footprint;

/// Kind of values; the id is `license` or `group` and its id.
const VALUES: &str = "property_values";
const LICENSE: &str = "license";

fn of_group(id: u64) -> String {
    keep::composed(&["group", &id.to_string()])
}

/// Asks for each namespace: *my* is the caller's client's, *all* those of others, too.
fn permit_each(call: &Call, action: &'static str, given: &Properties) -> Result<(), Fault> {
    for namespace in given.keys() {
        call.permit(action, Resource { namespace: Some(namespace), ..Resource::other("property", "") })?;
    }
    Ok(())
}

async fn change(call: &Call, action: &'static str, at: String, location: Location, is_update: bool) -> Result<Answer, Fault> {
    let body = call.fields();
    let given = if is_update { value::read(&body, "properties")? } else { value::names(&body, "properties")? };
    if given.is_empty() {
        // Asked all the same, so that a missing scope is told before a missing field.
        call.permit(action, Resource { namespace: call.client(), ..Resource::other("property", "") })?;
        return Err(body.missing("properties"));
    }
    permit_each(call, action, &given)?;
    if is_update {
        value::writable(call, location, &given).await?;
    } else {
        value::removable(call, location, &given).await?;
    }
    let edit = call.edit(Footprint::facts().entity(VALUES, at.clone())).await?;
    let mut held: Properties = keep::find(call, VALUES, &at).await?.unwrap_or_default();
    if is_update {
        value::merge(&mut held, &given);
    } else {
        value::remove(&mut held, &given);
    }
    call.commit(edit, Vec::new(), vec![keep::put(VALUES, at, &held)?]).await?;
    Ok(json!({}))
}

/// `update_license_properties`.
///
/// # Errors
/// The refusal; `validation` and `authorization` by the property's definition.
pub(in crate::faces::livechat) async fn update(call: Call) -> Result<Answer, Fault> {
    change(&call, "update_license_properties", LICENSE.to_owned(), Location::License, true).await
}

/// `delete_license_properties`.
///
/// # Errors
/// Those of [`update`].
pub(in crate::faces::livechat) async fn delete(call: Call) -> Result<Answer, Fault> {
    change(&call, "delete_license_properties", LICENSE.to_owned(), Location::License, false).await
}

/// `update_group_properties`.
///
/// # Errors
/// Those of [`update`]; `group_not_found`.
pub(in crate::faces::livechat) async fn update_group(call: Call) -> Result<Answer, Fault> {
    let group = call.fields().required_group("group_id").or_else(|_| call.fields().required_group("id"))?;
    known_groups(&call, &[group].into()).await?;
    change(&call, "update_group_properties", of_group(group), Location::Group, true).await
}

/// `delete_group_properties`.
///
/// # Errors
/// Those of [`update_group`].
pub(in crate::faces::livechat) async fn delete_group(call: Call) -> Result<Answer, Fault> {
    let group = call.fields().required_group("id").or_else(|_| call.fields().required_group("group_id"))?;
    known_groups(&call, &[group].into()).await?;
    change(&call, "delete_group_properties", of_group(group), Location::Group, false).await
}

/// The values that the caller's scopes reach and their definitions open to its client.
async fn shown(call: &Call, action: &'static str, held: Properties) -> Result<Map<String, Value>, Fault> {
    let body = call.fields();
    let namespaces = body.text("namespace")?.or(body.text("namespace_prefix")?).unwrap_or_default().to_owned();
    let is_prefix = body.value("namespace").is_none();
    let names = body.text("name_prefix")?.unwrap_or_default().to_owned();
    let mut found = Map::new();
    for (namespace, values) in held {
        let is_meant = if is_prefix { namespace.starts_with(&namespaces) } else { namespace == namespaces };
        let resource = Resource { namespace: Some(&namespace), ..Resource::other("property", "") };
        if !is_meant || !call.may(action, resource)? {
            continue;
        }
        let mut open = Map::new();
        for (name, value) in values.as_object().cloned().unwrap_or_default() {
            if name.starts_with(&names) && value::readable(call, &namespace, &name).await? {
                open.insert(name, value);
            }
        }
        if !open.is_empty() {
            found.insert(namespace, Value::Object(open));
        }
    }
    Ok(found)
}

/// `list_license_properties`.
///
/// # Errors
/// The refusal.
pub(in crate::faces::livechat) async fn list(call: Call) -> Result<Answer, Fault> {
    call.permit("list_license_properties", Resource { namespace: call.client(), ..Resource::other("property", "") })?;
    let held = keep::find(&call, VALUES, LICENSE).await?.unwrap_or_default();
    Ok(Value::Object(shown(&call, "list_license_properties", held).await?))
}

/// `list_groups_properties`; up to v3.4 `list_group_properties`, of one group.
///
/// # Errors
/// The refusal; `group_not_found`.
pub(in crate::faces::livechat) async fn list_groups(call: Call) -> Result<Answer, Fault> {
    call.permit("list_groups_properties", Resource { namespace: call.client(), ..Resource::other("property", "") })?;
    if call.version <= Version::V3_4 {
        let group = call.fields().required_group("id")?;
        known_groups(&call, &[group].into()).await?;
        let held = keep::find(&call, VALUES, &of_group(group)).await?.unwrap_or_default();
        return Ok(Value::Object(shown(&call, "list_groups_properties", held).await?));
    }
    let groups = call.fields().groups("group_ids")?.unwrap_or_default();
    known_groups(&call, &groups.iter().copied().collect()).await?;
    let mut answer = Vec::new();
    for group in groups {
        let held = keep::find(&call, VALUES, &of_group(group)).await?.unwrap_or_default();
        answer.push(json!({"id": group, "properties": shown(&call, "list_groups_properties", held).await?}));
    }
    Ok(json!(answer))
}
