//! Who takes chats: `set_routing_status`, `list_routing_statuses`, and the `update_agent` of 2018, which did nothing else.

use hallpass::Resource;
use serde_json::{Value, json};

use super::super::bot;
use super::super::call::{Answer, Call};
use super::super::fault::Fault;
use super::super::webhook::{Occurrence, tell};
use super::{everybody, find, write};
use crate::lock::Footprint;
use crate::oauth::acting::routing_action;

/// The statuses.
pub(in crate::faces::livechat) const STATUSES: &[&str] = &["accepting_chats", "not_accepting_chats", "offline"];

/// `set_routing_status`: of oneself unless `agent_id` says whose. What is asked depends on whose it is (docs/catalogues.md, LiveChat,
/// Actions).
///
/// # Errors
/// The refusal; `not_found`; `validation`.
pub(in crate::faces::livechat) async fn set(call: Call) -> Result<Answer, Fault> {
    let body = call.fields();
    let status = body.word("status", STATUSES)?.ok_or_else(|| body.missing("status"))?.to_owned();
    let id = body.text("agent_id")?.unwrap_or(&call.account).to_owned();
    set_of(&call, &id, &status).await
}

async fn set_of(call: &Call, id: &str, status: &str) -> Result<Answer, Fault> {
    let edit = call.edit(Footprint::facts().user(id)).await?;
    let found = find(call, id).await;
    match found.as_ref().ok().and_then(|document| document.bot.as_ref()) {
        Some(held) => {
            call.permit(routing_action(held.bot_type.as_deref()), bot::asked(id, &held.owner_client_id))?;
        }
        None => call.permit("set_routing_status", Resource::user(id))?,
    }
    let mut document = found?;
    status.clone_into(&mut document.routing_status);
    call.commit(edit, Vec::new(), vec![write(id, &document)?]).await?;
    tell(call, Occurrence::of("routing_status_set", json!({"agent_id": id, "status": status}))).await;
    Ok(json!({}))
}

/// `update_agent` (2018).
///
/// # Errors
/// Those of [`set`].
pub(in crate::faces::livechat) async fn update(call: Call) -> Result<Answer, Fault> {
    let body = call.fields();
    let id = body.text("agent_id")?.unwrap_or(&call.account).to_owned();
    let status = body.word("routing_status", STATUSES)?.ok_or_else(|| body.missing("routing_status"))?.to_owned();
    set_of(&call, &id, &status).await
}

/// `list_routing_statuses`.
///
/// # Errors
/// The refusal; `validation`.
pub(in crate::faces::livechat) async fn list(call: Call) -> Result<Answer, Fault> {
    call.permit("list_routing_statuses", Resource::user(""))?;
    let groups = call.fields().object_or_empty("filters")?.groups("group_ids")?;
    let mut shown: Vec<Value> = Vec::new();
    for (id, document) in everybody(&call).await? {
        let is_in = |wanted: &Vec<u64>| document.groups.iter().any(|group| wanted.contains(&group.id));
        if groups.as_ref().is_none_or(is_in) {
            shown.push(json!({"agent_id": id, "status": document.routing_status}));
        }
    }
    Ok(json!(shown))
}
