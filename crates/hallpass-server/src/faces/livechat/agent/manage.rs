//! `create_agent`, `get_agent`, `list_agents`, `update_agent`, `delete_agent`, and suspending and approving them.

use hallpass::{Change, Resource, User};
use serde_json::{Map, Value, json};

use super::super::call::{Answer, Call};
use super::super::fault::{Fault, FaultType};
use super::super::keep;
use super::super::version::Version;
use super::super::webhook::{Occurrence, tell};
use super::{AWAITING_APPROVAL, AgentDocument, everybody_group, find, known, read, teams, write};
use crate::lock::Footprint;

/// Roles that may be given. The owner is who made the organization.
const ROLES: &[&str] = &["viceowner", "administrator", "normal"];
/// What is kept as it was given.
const KEPT: &[&str] =
    &["avatar", "avatar_path", "job_title", "mobile", "login_status", "notifications", "email_subscriptions", "work_scheduler", "timezone"];

fn asked(id: &str) -> Resource<'_> {
    Resource::user(id)
}

fn role_of(user: &User) -> String {
    user.roles.first().cloned().unwrap_or_else(|| "normal".to_owned())
}

fn show(call: &Call, id: &str, user: &User, document: &AgentDocument) -> Map<String, Value> {
    let mut shown = document.shown.clone();
    shown.insert("id".to_owned(), json!(id));
    shown.insert("account_id".to_owned(), json!(id));
    shown.insert("name".to_owned(), json!(document.name.as_deref().unwrap_or(id)));
    shown.insert("role".to_owned(), json!(role_of(user)));
    shown.insert("groups".to_owned(), json!(document.groups));
    shown.insert("suspended".to_owned(), json!(user.deactivated && !document.awaiting_approval));
    shown.insert("awaiting_approval".to_owned(), json!(document.awaiting_approval));
    shown.entry("max_chats_count".to_owned()).or_insert(json!(6));
    shown.entry("work_scheduler".to_owned()).or_insert(json!({}));
    if call.version <= Version::V3_5 {
        shown.insert("permission".to_owned(), json!(role_of(user)));
    }
    shown
}

/// The fields that `fields` asks for, besides id and name, which are always there.
fn only(mut shown: Map<String, Value>, fields: Option<&Vec<String>>) -> Value {
    if let Some(fields) = fields {
        shown.retain(|name, _| matches!(name.as_str(), "id" | "name" | "account_id") || fields.contains(name));
    }
    Value::Object(shown)
}

/// `create_agent`. Without the scope that pays for seats the new agent awaits approval, and may do nothing until then.
///
/// # Errors
/// The refusal; `validation`; `already_exists`; `group_not_found`.
pub(in crate::faces::livechat) async fn create(call: Call) -> Result<Answer, Fault> {
    let body = call.fields();
    let id = body.required_text("id")?.to_owned();
    call.permit("create_agent", asked(""))?;
    let role = body.word("role", ROLES)?.unwrap_or("normal").to_owned();
    if role != "normal" {
        call.permit("set_agent_role", asked(""))?;
    }
    let awaits = match body.flag("awaiting_approval")? {
        Some(false) => {
            call.permit("create_agent_without_approval", asked(""))?;
            false
        }
        Some(true) => true,
        None => !call.may("create_agent_without_approval", asked(""))?,
    };
    body.required_text("name")?;
    let mut document = AgentDocument { groups: everybody_group(), awaiting_approval: awaits, ..AgentDocument::default() };
    read(&mut document, &body, KEPT)?;
    known(&call, &document.groups).await?;
    let edit = call.edit(Footprint::facts().user(id.clone())).await?;
    if call.tenant.engine().user(&id).is_some() {
        return Err(Fault::new(FaultType::AlreadyExists, format!("agent '{id}' exists")));
    }
    let mut user =
        User { id: id.clone(), roles: vec![role.clone()], teams: teams(&document.groups), deactivated: awaits, ..User::default() };
    if awaits {
        user.attributes.insert(AWAITING_APPROVAL.to_owned(), "true".to_owned());
    }
    let documents = vec![write(&id, &document)?];
    call.commit(edit, vec![Change::UserPut(user.clone())], documents).await?;
    let mut told = show(&call, &id, &user, &document);
    told.retain(|name, _| {
        !matches!(name.as_str(), "account_id" | "permission" | "suspended" | "login_status" | "timezone" | "avatar_path")
    });
    tell(&call, Occurrence::of("agent_created", Value::Object(told))).await;
    Ok(json!({"id": id}))
}

/// `get_agent`.
///
/// # Errors
/// The refusal; `not_found`.
pub(in crate::faces::livechat) async fn get(call: Call) -> Result<Answer, Fault> {
    let body = call.fields();
    let id = body.required_text("id")?;
    call.permit("get_agent", asked(id))?;
    let document = agent(&call, id).await?;
    let user = call.tenant.engine().user(id).ok_or_else(|| keep::missing("agent", id))?;
    Ok(only(show(&call, id, &user, &document), body.texts("fields")?.as_ref()))
}

/// An agent who is no bot.
async fn agent(call: &Call, id: &str) -> Result<AgentDocument, Fault> {
    let document = find(call, id).await?;
    if document.bot.is_some() { Err(keep::missing("agent", id)) } else { Ok(document) }
}

/// `list_agents`.
///
/// # Errors
/// The refusal; `validation`.
pub(in crate::faces::livechat) async fn list(call: Call) -> Result<Answer, Fault> {
    let body = call.fields();
    call.permit("list_agents", asked(""))?;
    let groups = body.object_or_empty("filters")?.groups("group_ids")?;
    let fields = body.texts("fields")?.unwrap_or_default();
    let mut shown = Vec::new();
    for (id, document) in super::all(&call).await? {
        let is_in = |wanted: &Vec<u64>| document.groups.iter().any(|group| wanted.contains(&group.id));
        let Some(user) = call.tenant.engine().user(&id) else { continue };
        if groups.as_ref().is_none_or(is_in) {
            shown.push(only(show(&call, &id, &user, &document), Some(&fields)));
        }
    }
    Ok(json!(shown))
}

/// `update_agent`.
///
/// # Errors
/// The refusal; `not_found`; `validation`; `not_allowed` for the owner's role.
pub(in crate::faces::livechat) async fn update(call: Call) -> Result<Answer, Fault> {
    let body = call.fields();
    let id = body.text("id")?.unwrap_or(&call.account).to_owned();
    call.permit("update_agent", asked(&id))?;
    let role = body.word("role", ROLES)?.map(str::to_owned);
    let edit = call.edit(Footprint::facts().user(id.clone())).await?;
    let mut document = agent(&call, &id).await?;
    let mut user = call.tenant.engine().user(&id).ok_or_else(|| keep::missing("agent", &id))?;
    let groups_before = document.groups.clone();
    let mut named = read(&mut document, &body, KEPT)?;
    if document.groups != groups_before {
        // Groups decide which chats are open: nobody gives themselves some with a scope for what is their own. Asked of nobody's own.
        call.permit("update_agent", asked(""))?;
    }
    if let Some(role) = role.filter(|role| *role != role_of(&user)) {
        call.permit("set_agent_role", asked(&id))?;
        if role_of(&user) == "owner" {
            return Err(Fault::new(FaultType::NotAllowed, "the role of the owner cannot be changed"));
        }
        named.insert("role".to_owned(), json!(role));
        user.roles = vec![role];
    }
    if body.value("groups").is_some() {
        known(&call, &document.groups).await?;
        user.teams = teams(&document.groups);
    }
    let documents = vec![write(&id, &document)?];
    call.commit(edit, vec![Change::UserPut(user)], documents).await?;
    named.insert("id".to_owned(), json!(id));
    named.retain(|name, _| !matches!(name.as_str(), "login_status" | "timezone" | "avatar_path"));
    tell(&call, Occurrence::of("agent_updated", Value::Object(named))).await;
    Ok(json!({}))
}

/// `delete_agent`. Their tokens go with them.
///
/// # Errors
/// The refusal; `not_found`; `not_allowed` for the owner.
pub(in crate::faces::livechat) async fn delete(call: Call) -> Result<Answer, Fault> {
    let id = call.fields().required_text("id")?.to_owned();
    call.permit("delete_agent", asked(&id))?;
    let edit = call.edit(Footprint::policy()).await?;
    agent(&call, &id).await?;
    if call.tenant.engine().user(&id).is_some_and(|user| role_of(&user) == "owner") {
        return Err(Fault::new(FaultType::NotAllowed, "the owner cannot be deleted"));
    }
    call.commit(edit, vec![Change::UserRemoved { id: id.clone() }], Vec::new()).await?;
    tell(&call, Occurrence::of("agent_deleted", json!({"id": id}))).await;
    Ok(json!({}))
}

async fn set(
    call: Call,
    action: &'static str,
    told: &'static str,
    change: impl FnOnce(&mut User, &mut AgentDocument) -> Result<(), Fault>,
) -> Result<Answer, Fault> {
    let id = call.fields().required_text("id")?.to_owned();
    call.permit(action, asked(&id))?;
    let edit = call.edit(Footprint::facts().user(id.clone())).await?;
    let mut document = agent(&call, &id).await?;
    let mut user = call.tenant.engine().user(&id).ok_or_else(|| keep::missing("agent", &id))?;
    change(&mut user, &mut document)?;
    let documents = vec![write(&id, &document)?];
    call.commit(edit, vec![Change::UserPut(user)], documents).await?;
    tell(&call, Occurrence::of(told, json!({"id": id}))).await;
    Ok(json!({}))
}

/// `suspend_agent`.
///
/// # Errors
/// The refusal; `not_found`; `not_allowed` for the owner.
pub(in crate::faces::livechat) async fn suspend(call: Call) -> Result<Answer, Fault> {
    set(call, "suspend_agent", "agent_suspended", |user, document| {
        if role_of(user) == "owner" {
            return Err(Fault::new(FaultType::NotAllowed, "the owner cannot be suspended"));
        }
        (user.deactivated, document.suspended) = (true, true);
        Ok(())
    })
    .await
}

/// `unsuspend_agent`.
///
/// # Errors
/// The refusal; `not_found`.
pub(in crate::faces::livechat) async fn unsuspend(call: Call) -> Result<Answer, Fault> {
    set(call, "unsuspend_agent", "agent_unsuspended", |user, document| {
        document.suspended = false;
        user.deactivated = document.awaiting_approval;
        Ok(())
    })
    .await
}

/// `approve_agent`.
///
/// # Errors
/// The refusal; `not_found`.
pub(in crate::faces::livechat) async fn approve(call: Call) -> Result<Answer, Fault> {
    set(call, "approve_agent", "agent_approved", |user, document| {
        document.awaiting_approval = false;
        user.attributes.remove(AWAITING_APPROVAL);
        user.deactivated = document.suspended;
        Ok(())
    })
    .await
}
