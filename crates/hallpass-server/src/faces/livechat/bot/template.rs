//! Templates of bots: what a client installs a bot from. `affect_existing_installations` is read, and there are no installations to affect.

use hallpass::Resource;
use hallpass_store::DocumentWrite;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::super::agent::CHATS;
use super::super::call::{Answer, Call};
use super::super::fault::Fault;
use super::super::fields::Fields;
use super::super::group::PRIORITIES;
use super::super::keep;
use crate::key::{KeyDigest, random_hex};
use crate::lock::Footprint;

/// Kind of templates.
const TEMPLATE: &str = "bot_template";

/// A template.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
struct Template {
    owner_client_id: String,
    secret: Option<KeyDigest>,
    shown: Map<String, Value>,
}

/// The client that is acted for, once the scopes are asked about.
fn owner(call: &Call, action: &'static str) -> Result<String, Fault> {
    call.permit(action, Resource { namespace: call.client(), ..Resource::other("bot_template", "") })?;
    Ok(call.owner_client()?.to_owned())
}

fn read(template: &mut Template, body: &Fields) -> Result<(), Fault> {
    body.flag("affect_existing_installations")?;
    for name in ["name", "avatar", "job_title"] {
        if let Some(text) = body.text(name)? {
            template.shown.insert(name.to_owned(), json!(text));
        }
    }
    if let Some(count) = body.number("max_chats_count", CHATS)? {
        template.shown.insert("max_chats_count".to_owned(), json!(count));
    }
    if let Some(priority) = body.word("default_group_priority", PRIORITIES)? {
        template.shown.insert("default_group_priority".to_owned(), json!(priority));
    }
    Ok(())
}

async fn find(call: &Call, id: &str, owner: &str) -> Result<Template, Fault> {
    let held: Option<Template> = keep::find(call, TEMPLATE, id).await?;
    held.filter(|template| template.owner_client_id == owner).ok_or_else(|| keep::missing("bot template", id))
}

/// `create_bot_template`.
///
/// # Errors
/// The refusal; `validation`.
pub(in crate::faces::livechat) async fn create(call: Call) -> Result<Answer, Fault> {
    let owner = owner(&call, "create_bot_template")?;
    let body = call.fields();
    body.required_text("name")?;
    let (id, secret) = (random_hex(32), random_hex(32));
    let mut template = Template { owner_client_id: owner, secret: Some(KeyDigest::of(&secret)), shown: Map::new() };
    read(&mut template, &body)?;
    let edit = call.edit(Footprint::facts().entity(TEMPLATE, id.clone())).await?;
    call.commit(edit, Vec::new(), vec![keep::put(TEMPLATE, id.clone(), &template)?]).await?;
    Ok(json!({"id": id, "secret": secret}))
}

/// `update_bot_template`.
///
/// # Errors
/// The refusal; `not_found`; `validation`.
pub(in crate::faces::livechat) async fn update(call: Call) -> Result<Answer, Fault> {
    let owner = owner(&call, "update_bot_template")?;
    let body = call.fields();
    let id = body.required_text("id")?.to_owned();
    let edit = call.edit(Footprint::facts().entity(TEMPLATE, id.clone())).await?;
    let mut template = find(&call, &id, &owner).await?;
    read(&mut template, &body)?;
    call.commit(edit, Vec::new(), vec![keep::put(TEMPLATE, id, &template)?]).await?;
    Ok(json!({}))
}

/// `delete_bot_template`.
///
/// # Errors
/// The refusal; `not_found`.
pub(in crate::faces::livechat) async fn delete(call: Call) -> Result<Answer, Fault> {
    let owner = owner(&call, "delete_bot_template")?;
    let id = call.fields().required_text("id")?.to_owned();
    let edit = call.edit(Footprint::facts().entity(TEMPLATE, id.clone())).await?;
    find(&call, &id, &owner).await?;
    call.commit(edit, Vec::new(), vec![DocumentWrite::delete(TEMPLATE, id)]).await?;
    Ok(json!({}))
}

/// `reset_bot_template_secret`.
///
/// # Errors
/// The refusal; `not_found`.
pub(in crate::faces::livechat) async fn reset(call: Call) -> Result<Answer, Fault> {
    let owner = owner(&call, "reset_bot_template_secret")?;
    let id = call.fields().required_text("id")?.to_owned();
    let edit = call.edit(Footprint::facts().entity(TEMPLATE, id.clone())).await?;
    let mut template = find(&call, &id, &owner).await?;
    let secret = random_hex(32);
    template.secret = Some(KeyDigest::of(&secret));
    call.commit(edit, Vec::new(), vec![keep::put(TEMPLATE, id, &template)?]).await?;
    Ok(json!({"secret": secret}))
}

/// `list_bot_templates`.
///
/// # Errors
/// The refusal.
pub(in crate::faces::livechat) async fn list(call: Call) -> Result<Answer, Fault> {
    let owner = owner(&call, "list_bot_templates")?;
    let held: Vec<(String, Template)> = keep::all(&call, TEMPLATE, String::new()).await?;
    let own = held.into_iter().filter(|(_, template)| template.owner_client_id == owner);
    let shown = own.map(|(id, mut template)| {
        template.shown.insert("id".to_owned(), json!(id));
        template.shown.insert("owner_client_id".to_owned(), json!(template.owner_client_id));
        Value::Object(template.shown)
    });
    Ok(shown.collect())
}
