//! Roles: list, search, create, delete.

use hallpass::{Change, RoleLevel, RoleView};
use serde_json::{Value, json};

use super::call::{Answer, Call};
use super::documents::{self, ROLE, RoleDocument};
use super::error::StreamError;
use crate::lock::Footprint;

/// Most roles that a search answers with; Stream's limit.
const SEARCH_LIMIT: u64 = 25;
/// Roles that belong to all teams start with this; a search leaves them out unless asked.
const GLOBAL: &str = "global_";

/// `GET /roles`
pub(super) async fn list(call: Call) -> Result<Answer, StreamError> {
    let roles = call.tenant.engine().roles();
    render_all(&call, roles).await
}

/// `GET /roles/search`
pub(super) async fn search(call: Call) -> Result<Answer, StreamError> {
    let query = call.query.fields()?;
    let wanted = query.required_text("query")?.to_lowercase();
    let limit = query.number("limit", 1..=SEARCH_LIMIT)?.unwrap_or(SEARCH_LIMIT);
    let after = query.text("name_gt")?.unwrap_or_default();
    let globals = query.flag("include_global_roles")?.unwrap_or(false);
    let level = match query.text("role_type")?.filter(|kind| !kind.is_empty()) {
        None => None,
        Some("user") => Some(RoleLevel::User),
        Some("channel") => Some(RoleLevel::Channel),
        Some(other) => return Err(StreamError::field("role_type", format!("expected 'user' or 'channel', got '{other}'"))),
    };
    let mut roles = call.tenant.engine().roles();
    roles.retain(|role| {
        let fits = |level| role.level.is_none() || role.level == Some(level);
        role.name.to_lowercase().contains(&wanted)
            && role.name.as_str() > after
            && (globals || !role.name.starts_with(GLOBAL))
            && level.is_none_or(fits)
    });
    roles.sort_by(|a, b| a.name.cmp(&b.name));
    roles.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    render_all(&call, roles).await
}

/// `POST /roles`
pub(super) async fn create(call: Call) -> Result<Answer, StreamError> {
    let name = call.body.required_text("name")?.to_owned();
    let edit = call.edit(Footprint::policy()).await?;
    let document = RoleDocument { created_at: call.now, updated_at: call.now };
    let documents = vec![documents::put(ROLE, &name, &document)?];
    call.commit(edit, vec![Change::RolePut { role: name.clone() }], documents).await?;

    let role = call.tenant.engine().roles().into_iter().find(|role| role.name == name);
    let role = role.ok_or_else(|| StreamError::internal("a role that was made is not there"))?;
    Ok(Answer::from_iter([("role".to_owned(), render(&call, &role, Some(&document)))]))
}

/// `DELETE /roles/{name}`
pub(super) async fn delete(call: Call) -> Result<Answer, StreamError> {
    let name = call.path("name")?.to_owned();
    let edit = call.edit(Footprint::policy()).await?;
    if !edit.engine().roles().iter().any(|role| role.name == name) {
        return Err(StreamError::not_found(format!("role '{name}' does not exist")));
    }
    let gone = hallpass_store::DocumentWrite::delete(ROLE, name.clone());
    call.commit(edit, vec![Change::RoleRemoved { role: name }], vec![gone]).await?;
    Ok(Answer::new())
}

async fn render_all(call: &Call, roles: Vec<RoleView>) -> Result<Answer, StreamError> {
    let documents = documents::all::<RoleDocument>(&call.tenant, ROLE).await?;
    let roles: Vec<Value> = roles.iter().map(|role| render(call, role, documents.get(&role.name))).collect();
    Ok(Answer::from_iter([("roles".to_owned(), Value::Array(roles))]))
}

fn render(call: &Call, role: &RoleView, document: Option<&RoleDocument>) -> Value {
    let made = document.map_or(documents::unknown_time(&call.tenant), |document| document.created_at);
    let changed = document.map_or(made, |document| document.updated_at);
    json!({
        "name": role.name,
        "custom": role.custom,
        "scopes": role.scopes.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "created_at": call.dialect.time(made),
        "updated_at": call.dialect.time(changed),
    })
}
