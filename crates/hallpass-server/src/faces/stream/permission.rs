//! Permissions: those of the catalogue, and the app's own.

use hallpass::{ActionLevel, ActionSpec, Alternative, Catalogue, Change, Condition, CustomPermission, OwnerOf, PermissionSpec};
use hallpass_store::DocumentWrite;
use serde_json::{Value, json};

use super::call::{Answer, Call};
use super::condition;
use super::documents::{self, PERMISSION, PermissionDocument};
use super::error::StreamError;
use super::fields::Fields;
use crate::lock::Footprint;

/// Longest id, name and description, in characters; Stream's limits.
const ID_CHARS: usize = 255;
const NAME_CHARS: usize = 100;
const DESCRIPTION_CHARS: usize = 2048;

/// `GET /permissions`: the app's own first, then those of the catalogue.
pub(super) async fn list(call: Call) -> Result<Answer, StreamError> {
    let documents = documents::all::<PermissionDocument>(&call.tenant, PERMISSION).await?;
    let engine = call.tenant.engine();
    let catalogue = engine.profile().catalogue();
    let mut own = engine.custom_permissions();
    own.sort_by(|a, b| a.id.cmp(&b.id));
    let own = own.iter().map(|permission| render_own(catalogue, permission, documents.get(&permission.id)));
    let built_in = catalogue.permissions.iter().filter(|permission| !permission.unlisted);
    let permissions: Vec<Value> = own.chain(built_in.filter_map(|permission| render_built_in(catalogue, permission))).collect();
    Ok(Answer::from_iter([("permissions".to_owned(), Value::Array(permissions))]))
}

/// `GET /permissions/{id}`
pub(super) async fn get(call: Call) -> Result<Answer, StreamError> {
    let id = call.path("id")?;
    let engine = call.tenant.engine();
    let catalogue = engine.profile().catalogue();
    let found = match engine.custom_permissions().into_iter().find(|permission| permission.id == id) {
        Some(own) => {
            let mut documents = documents::several(&call.tenant, PERMISSION, vec![id.to_owned()]).await?;
            Some(render_own(catalogue, &own, documents.remove(id).as_ref()))
        }
        None => built_in(catalogue, id).and_then(|permission| render_built_in(catalogue, permission)),
    };
    let permission = found.ok_or_else(|| missing(id))?;
    Ok(Answer::from_iter([("permission".to_owned(), permission)]))
}

/// `POST /permissions`
pub(super) async fn create(call: Call) -> Result<Answer, StreamError> {
    let id = call.body.required_text("id")?.to_owned();
    limited("id", &id, ID_CHARS)?;
    let edit = call.edit(Footprint::policy()).await?;
    let catalogue = edit.engine().profile().catalogue();
    if built_in(catalogue, &id).is_some() || edit.engine().custom_permissions().iter().any(|own| own.id == id) {
        return Err(StreamError::field("id", format!("permission '{id}' already exists")).with("reason", "duplicate_permission"));
    }
    let (permission, document) = read(&call, id)?;
    let written = documents::put(PERMISSION, &permission.id, &document)?;
    call.commit(edit, vec![Change::PermissionPut(permission)], vec![written]).await?;
    Ok(Answer::new())
}

/// `PUT /permissions/{id}`
pub(super) async fn update(call: Call) -> Result<Answer, StreamError> {
    let id = call.path("id")?.to_owned();
    let edit = call.edit(Footprint::policy()).await?;
    own(edit.engine(), &id)?;
    let before = documents::several::<PermissionDocument>(&call.tenant, PERMISSION, vec![id.clone()]).await?.remove(&id);
    let (permission, mut document) = read(&call, id)?;
    document.created_at = before.map_or(document.created_at, |before| before.created_at);
    let written = documents::put(PERMISSION, &permission.id, &document)?;
    call.commit(edit, vec![Change::PermissionPut(permission)], vec![written]).await?;
    Ok(Answer::new())
}

/// `DELETE /permissions/{id}`
pub(super) async fn delete(call: Call) -> Result<Answer, StreamError> {
    let id = call.path("id")?.to_owned();
    let edit = call.edit(Footprint::policy()).await?;
    own(edit.engine(), &id)?;
    let gone = DocumentWrite::delete(PERMISSION, id.clone());
    call.commit(edit, vec![Change::PermissionRemoved { id }], vec![gone]).await?;
    Ok(Answer::new())
}

fn missing(id: &str) -> StreamError {
    StreamError::not_found(format!("permission '{id}' does not exist"))
}

/// Only the app's own permissions change.
fn own(engine: &hallpass::App, id: &str) -> Result<(), StreamError> {
    if engine.custom_permissions().iter().any(|own| own.id == id) {
        return Ok(());
    }
    match built_in(engine.profile().catalogue(), id) {
        Some(_) => {
            Err(StreamError::field("id", format!("permission '{id}' is built in; only custom permissions can be changed or deleted"))
                .with("reason", "builtin_permission"))
        }
        None => Err(missing(id)),
    }
}

fn limited(field: &str, text: &str, chars: usize) -> Result<(), StreamError> {
    let length = text.chars().count();
    if length <= chars { Ok(()) } else { Err(StreamError::field(field, format!("at most {chars} characters, got {length}"))) }
}

fn read(call: &Call, id: String) -> Result<(CustomPermission, PermissionDocument), StreamError> {
    let body: &Fields = &call.body;
    let name = body.required_text("name")?;
    limited("name", name, NAME_CHARS)?;
    let description = body.text("description")?.unwrap_or_default();
    limited("description", description, DESCRIPTION_CHARS)?;
    let condition = body.value("condition").cloned().unwrap_or(Value::Null);
    let permission = CustomPermission {
        id,
        action: body.required_text("action")?.to_owned(),
        owner: body.flag("owner")?.unwrap_or(false),
        // Where it is not said, teams count: as with built-in permissions, crossing teams has to be asked for.
        same_team: body.flag("same_team")?.unwrap_or(true),
        one_of: condition::lower(&condition)?,
    };
    let document = PermissionDocument {
        name: name.to_owned(),
        description: description.to_owned(),
        condition,
        created_at: call.now,
        updated_at: call.now,
    };
    Ok((permission, document))
}

fn built_in<'a>(catalogue: &'a Catalogue, id: &str) -> Option<&'a PermissionSpec> {
    catalogue.permissions.iter().find(|permission| permission.id == id)
}

fn opened_by<'a>(catalogue: &'a Catalogue, id: &str) -> Option<(&'a ActionSpec, &'a Alternative)> {
    catalogue
        .actions
        .iter()
        .find_map(|action| action.any_of.iter().find(|way| matches!(way.all.as_slice(), [only] if only == id)).map(|way| (action, way)))
}

fn render_built_in(catalogue: &Catalogue, permission: &PermissionSpec) -> Option<Value> {
    let (action, way) = opened_by(catalogue, &permission.id)?;
    let owner = way.when.contains(&Condition::Owner);
    let same_team = way.when.contains(&Condition::SameTeam);
    let level = permission.level.unwrap_or(action.level);
    Some(json!({
        "id": permission.id,
        "name": name_of(action, owner, same_team),
        "description": description_of(action, owner, same_team),
        "action": action.name,
        "owner": owner,
        "same_team": same_team,
        "custom": false,
        "level": level_text(level),
        "owner_resource": action.resource,
        "tags": [],
    }))
}

fn render_own(catalogue: &Catalogue, permission: &CustomPermission, document: Option<&PermissionDocument>) -> Value {
    let action = catalogue.actions.iter().find(|action| action.name == permission.action);
    json!({
        "id": permission.id,
        "name": document.map_or(permission.id.as_str(), |document| &document.name),
        "description": document.map(|document| document.description.as_str()).unwrap_or_default(),
        "action": permission.action,
        "owner": permission.owner,
        "same_team": permission.same_team,
        "custom": true,
        "level": action.map_or("channel", |action| level_text(action.level)),
        "owner_resource": action.map(|action| action.resource.as_str()).unwrap_or_default(),
        "tags": [],
        "condition": document.map(|document| document.condition.clone()),
    })
}

/// `ban-user` may be granted at both levels; Stream's field knows one, and shows the narrower.
fn level_text(level: ActionLevel) -> &'static str {
    match level {
        ActionLevel::App => "app",
        ActionLevel::Channel | ActionLevel::Either => "channel",
    }
}

/// `CreateMessage` → `Create Message`, with what the variant asks for.
fn name_of(action: &ActionSpec, owner: bool, same_team: bool) -> String {
    let mut name = String::new();
    for letter in action.name.chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push(' ');
        }
        name.push(letter);
    }
    match (owner, same_team) {
        (false, true) => name,
        (true, true) => format!("{name} (owner)"),
        (false, false) => format!("{name} (any team)"),
        (true, false) => format!("{name} (owner, any team)"),
    }
}

fn description_of(action: &ActionSpec, owner: bool, same_team: bool) -> String {
    let does = if action.description.is_empty() { String::new() } else { format!(": {}", action.description) };
    let owned = match (owner, action.owner) {
        (false, _) => String::new(),
        (true, OwnerOf::Channel) => ", in channels that one created".to_owned(),
        (true, OwnerOf::Resource) => format!(", where the {} is one's own", action.resource.to_lowercase()),
    };
    let teams = if same_team { "" } else { ", in all teams" };
    format!("Opens {}{does}{owned}{teams}", action.name)
}
