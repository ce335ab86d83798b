//! RBAC and SBAC: list, set and unset the permissions of a role, and of a scope in a group.

use hallpass::Timestamp;
use serde_json::{Map, Value, json};

use super::call::Call;
use super::documents::{self, seconds};
use super::envelope::{Answer, success};
use super::error::{Code, CometError};
use super::page::Page;
use super::role;
use crate::lock::Footprint;
use crate::permission_key::{self as keys, Effect, InLayer, KeyFault, Layer, SCOPES, Settings, Spec, Stored};

/// `GET /roles/{role}/permissions`
pub(super) async fn list_of_role(call: Call) -> Result<Answer, CometError> {
    let role = role::known(&call.tenant, call.path("role")?)?;
    let stored = keys::of_role(&call.tenant, &role).await.map_err(CometError::internal)?;
    list(&call, Layer::Role, None, &[&stored])
}

/// `PUT /roles/{role}/permissions`
pub(super) async fn set_of_role(call: Call) -> Result<Answer, CometError> {
    let wanted = wanted(&call)?;
    let edit = call.edit(Footprint::policy()).await?;
    let role = role::known(&call.tenant, call.path("role")?)?;
    let old = keys::of_role(&call.tenant, &role).await.map_err(CometError::internal)?;
    let whom = format!("role {role}");
    let (new, mut answer) = set(&call, Layer::Role, &old, &wanted, &whom);
    let effect = keys::set_of_role(call.tenant.engine(), &role, &old, &new);
    commit_if_changed(&call, edit, &old, &new, effect).await?;
    answer.insert("permissions".to_owned(), shown(&new.settings));
    Ok(Answer::of(answer))
}

/// `DELETE /roles/{role}/permissions/{permission}`
pub(super) async fn unset_of_role(call: Call) -> Result<Answer, CometError> {
    let edit = call.edit(Footprint::policy()).await?;
    let role = role::known(&call.tenant, call.path("role")?)?;
    let old = keys::of_role(&call.tenant, &role).await.map_err(CometError::internal)?;
    let new = unset(&call, Layer::Role, &old)?;
    let effect = keys::set_of_role(call.tenant.engine(), &role, &old, &new);
    commit_if_changed(&call, edit, &old, &new, effect).await?;
    Ok(Answer::of(json!({"permissions": shown(&new.settings)})))
}

/// `GET /groups/{guid}/scopes/{scope}/permissions`
pub(super) async fn list_of_scope(call: Call) -> Result<Answer, CometError> {
    let (guid, scope) = (group(&call)?.id.id().to_owned(), scope(&call)?);
    let of_group = keys::of_group(&call.tenant, &guid, &scope).await.map_err(CometError::internal)?;
    let of_app = keys::of_scope(&call.tenant, &scope).await.map_err(CometError::internal)?;
    list(&call, Layer::Scope, Some(&scope), &[&of_group, &of_app])
}

/// `PUT /groups/{guid}/scopes/{scope}/permissions`
pub(super) async fn set_of_scope(call: Call) -> Result<Answer, CometError> {
    let wanted = wanted(&call)?;
    let scope = scope(&call)?;
    let id = group(&call)?.id;
    let edit = call.edit(Footprint::facts().channel(id.as_str())).await?;
    let channel = group(&call)?;
    let old = keys::of_group(&call.tenant, id.id(), &scope).await.map_err(CometError::internal)?;
    let of_app = keys::of_scope(&call.tenant, &scope).await.map_err(CometError::internal)?;
    let whom = format!("scope {scope} on group {}", id.id());
    let (new, mut answer) = set(&call, Layer::Scope, &old, &wanted, &whom);
    let effect = keys::set_of_group(channel, &scope, &of_app, &old, &new);
    commit_if_changed(&call, edit, &old, &new, effect).await?;
    answer.insert("permissions".to_owned(), shown(&new.settings));
    Ok(Answer::of(answer))
}

/// `DELETE /groups/{guid}/scopes/{scope}/permissions/{permission}`
pub(super) async fn unset_of_scope(call: Call) -> Result<Answer, CometError> {
    let scope = scope(&call)?;
    let id = group(&call)?.id;
    let edit = call.edit(Footprint::facts().channel(id.as_str())).await?;
    let channel = group(&call)?;
    let old = keys::of_group(&call.tenant, id.id(), &scope).await.map_err(CometError::internal)?;
    let of_app = keys::of_scope(&call.tenant, &scope).await.map_err(CometError::internal)?;
    let new = unset(&call, Layer::Scope, &old)?;
    let effect = keys::set_of_group(channel, &scope, &of_app, &old, &new);
    commit_if_changed(&call, edit, &old, &new, effect).await?;
    Ok(Answer::of(json!({"permissions": shown(&new.settings)})))
}

/// The group that the path names.
fn group(call: &Call) -> Result<hallpass::Channel, CometError> {
    let guid = call.path("guid")?;
    let engine = call.tenant.engine();
    let find = |guid: &str| engine.channel(&format!("group:{guid}")).filter(|channel| !channel.deleted);
    find(guid).or_else(|| find(&guid.to_lowercase())).ok_or_else(|| CometError::no_group(guid))
}

/// The scope that the path names; there are no custom ones.
fn scope(call: &Call) -> Result<String, CometError> {
    let scope = call.path("scope")?;
    if SCOPES.contains(&scope) {
        return Ok(scope.to_owned());
    }
    let error = CometError::field("scope", format!("The scope must be one of {}, got {scope}.", SCOPES.join(", ")));
    Err(match hallpass::nearest(&scope.to_lowercase(), SCOPES) {
        Some(nearest) => error.with("nearest", nearest),
        None => error,
    })
}

/// `permissions` of the body.
fn wanted(call: &Call) -> Result<Map<String, Value>, CometError> {
    match call.body.value("permissions") {
        Some(Value::Object(wanted)) => Ok(wanted.clone()),
        Some(other) => Err(crate::fields::wrong("permissions", "an object", other)),
        None => Err(CometError::field("permissions", "The permissions field is required.")),
    }
}

/// Sets the keys that can be set, and says of each key what became of it.
fn set(call: &Call, layer: Layer, old: &Stored, wanted: &Map<String, Value>, whom: &str) -> (Stored, Map<String, Value>) {
    let roles = role::user_roles(&call.tenant);
    let (mut new, mut answer) = (old.clone(), Map::new());
    for (key, value) in wanted {
        let item = match keys::read_value(layer, key, value, &roles) {
            Ok(setting) => {
                new.settings.insert(key.clone(), setting);
                success(format!("Permission with id {key} have been mapped successfully to {whom}."))
            }
            Err(fault) => of_fault(layer, key, fault).item(),
        };
        answer.insert(key.clone(), item);
    }
    if new.settings != old.settings {
        new.updated_at = Some(call.now);
    }
    (new, answer)
}

fn unset(call: &Call, layer: Layer, old: &Stored) -> Result<Stored, CometError> {
    let key = call.path("permission")?;
    if keys::spec(layer, key).is_none() {
        let roles = role::user_roles(&call.tenant);
        let fault = keys::read_value(layer, key, &Value::Null, &roles).err();
        return Err(fault.map_or_else(|| CometError::internal("an unknown key was read"), |fault| of_fault(layer, key, fault)));
    }
    let mut new = old.clone();
    if new.settings.remove(key).is_some() {
        new.updated_at = Some(call.now);
    }
    Ok(new)
}

async fn commit_if_changed(call: &Call, edit: crate::edit::Edit, old: &Stored, new: &Stored, effect: Effect) -> Result<(), CometError> {
    if new.settings == old.settings {
        return Ok(());
    }
    call.commit(edit, effect.changes, effect.documents).await
}

/// What is wrong with a key, in CometChat's form.
pub(super) fn of_fault(layer: Layer, key: &str, fault: KeyFault) -> CometError {
    match fault {
        KeyFault::Value(problem) => CometError::field(key, problem),
        KeyFault::Unknown { nearest, elsewhere } => {
            let text = match (elsewhere, layer) {
                (false, _) => format!("There is no permission with id {key}."),
                (true, Layer::Role) => format!("The permission with id {key} is one of scopes, not of roles."),
                (true, Layer::Scope) => format!("The permission with id {key} is one of roles, not of scopes."),
            };
            let error = CometError::new(Code::PermissionNotFound, text);
            match nearest.filter(|_| !elsewhere) {
                Some(nearest) => error.with("nearest", nearest),
                None => error,
            }
        }
    }
}

/// What is set explicitly, by key.
fn shown(settings: &Settings) -> Value {
    settings.iter().map(|(key, setting)| (key.clone(), setting.json())).collect::<Map<_, _>>().into()
}

/// The definitions, with the values that hold: the first that is set, else the default.
fn list(call: &Call, layer: Layer, scope: Option<&str>, stored: &[&Stored]) -> Result<Answer, CometError> {
    let page = Page::of(&call.query)?;
    let made = documents::unknown_time(&call.tenant);
    let changed = stored.iter().filter_map(|stored| stored.updated_at).max().unwrap_or(made);
    let rows = keys::catalogue(layer).map(|(spec, in_layer)| {
        let set = stored.iter().find_map(|stored| stored.settings.get(&spec.key));
        let mut row = definition(layer, scope, spec, in_layer, made, changed);
        if let Some(row) = row.as_object_mut() {
            let default = row.get("defaultValue").cloned().unwrap_or_default();
            row.insert("value".to_owned(), set.map_or(default, keys::Setting::json));
        }
        row
    });
    Ok(page.answer(rows.collect()))
}

fn definition(layer: Layer, scope: Option<&str>, spec: &Spec, in_layer: &InLayer, made: Timestamp, changed: Timestamp) -> Value {
    let default = in_layer.default_of(scope).map_or_else(|| json!([]), Value::from);
    json!({
        "id": spec.key,
        "type": layer.name(),
        "title": spec.title,
        "description": in_layer.description,
        "dataType": in_layer.data_type.name(),
        "availableValues": in_layer.values,
        "defaultValue": default,
        "createdAt": seconds(made),
        "updatedAt": seconds(changed),
    })
}
