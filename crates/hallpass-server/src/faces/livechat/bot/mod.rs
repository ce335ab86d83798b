//! Bots: agents that are programs. Each belongs to a client (`owner_client_id`), which is what *my* means of a bot (docs/livechat.md, The
//! OAuth dance).

pub(in crate::faces::livechat) mod template;
pub(in crate::faces::livechat) mod token;

use hallpass::{Change, Resource, User};
use serde_json::{Map, Value, json};

use super::agent::{self, AgentDocument, BotDocument, everybody_group, known, routing::STATUSES, teams, write};
use super::call::{Answer, Call};
use super::chat::render::is_of_2018;
use super::fault::Fault;
use super::fields::Fields;
use super::group::PRIORITIES;
use super::keep;
use super::webhook::{Occurrence, tell};
use crate::key::{KeyDigest, random_hex};
use crate::lock::Footprint;
use crate::oauth::acting::BOT;

/// What is kept as it was given.
const KEPT: &[&str] = &["avatar", "avatar_path", "job_title", "work_scheduler"];

/// A bot, to ask about.
pub(in crate::faces::livechat) fn asked<'a>(id: &'a str, owner: &'a str) -> Resource<'a> {
    Resource { namespace: Some(owner), ..Resource::other("bot", id) }
}

/// A bot of the client that is acted for, to ask whether the scopes reach any.
fn of_client(call: &Call) -> Resource<'_> {
    Resource { namespace: call.client(), ..Resource::other("bot", "") }
}

/// A bot by its id, and its owner.
async fn find(call: &Call, id: &str) -> Result<(AgentDocument, BotDocument), Fault> {
    let document = agent::find(call, id).await.map_err(|_| keep::missing("bot", id))?;
    let bot = document.bot.clone().ok_or_else(|| keep::missing("bot", id))?;
    Ok((document, bot))
}

/// Asks about a bot. Where there is none, the scopes are asked about all the same, so that a missing one is told first.
async fn asked_of(call: &Call, action: &'static str, id: &str) -> Result<(AgentDocument, BotDocument), Fault> {
    match find(call, id).await {
        Ok((document, bot)) => {
            call.permit(action, asked(id, &bot.owner_client_id))?;
            Ok((document, bot))
        }
        Err(missing) => {
            call.permit(action, of_client(call))?;
            Err(missing)
        }
    }
}

/// In 2018 statuses were written with spaces.
fn status(body: &Fields) -> Result<Option<String>, Fault> {
    let known = ["accepting chats", "not accepting chats", "offline"];
    match body.text("status")? {
        None => Ok(None),
        Some(text) if STATUSES.contains(&text) || known.contains(&text) => Ok(Some(text.replace(' ', "_"))),
        Some(_) => Err(body.refuse("status", &format!("one of {}", known.join(", ")))),
    }
}

fn read(document: &mut AgentDocument, body: &Fields) -> Result<Map<String, Value>, Fault> {
    if body.value("webhooks").is_some() {
        return Err(Fault::validation("webhooks: is not served on a bot; register_webhook registers them"));
    }
    let mut named = agent::read(document, body, KEPT)?;
    if let Some(status) = status(body)? {
        document.routing_status = status;
    }
    if let Some(bot) = &mut document.bot {
        if let Some(priority) = body.word("default_group_priority", PRIORITIES)? {
            bot.default_group_priority = Some(priority.to_owned());
        }
        if let Some(timezone) = body.text("timezone")? {
            bot.timezone = Some(timezone.to_owned());
            named.insert("timezone".to_owned(), json!(timezone));
        }
    }
    Ok(named)
}

fn show(call: &Call, id: &str, document: &AgentDocument, bot: &BotDocument) -> Map<String, Value> {
    let mut shown = document.shown.clone();
    shown.insert("id".to_owned(), json!(id));
    shown.insert("name".to_owned(), json!(document.name));
    shown.entry("max_chats_count".to_owned()).or_insert(json!(6));
    shown.insert("groups".to_owned(), json!(document.groups));
    if is_of_2018(call) {
        shown.insert("status".to_owned(), json!(document.routing_status.replace('_', " ")));
        shown.insert("application".to_owned(), json!({"client_id": bot.owner_client_id}));
    } else {
        shown.insert("owner_client_id".to_owned(), json!(bot.owner_client_id));
        shown.insert("default_group_priority".to_owned(), json!(bot.default_group_priority.as_deref().unwrap_or("normal")));
        shown.entry("work_scheduler".to_owned()).or_insert(json!({}));
        if let Some(timezone) = &bot.timezone {
            shown.insert("timezone".to_owned(), json!(timezone));
        }
        if let Some(bot_type) = &bot.bot_type {
            shown.insert("type".to_owned(), json!(bot_type));
        }
    }
    shown
}

/// `create_bot`. The secret is shown once; tokens of the bot are issued for it.
///
/// # Errors
/// The refusal; `validation`; `group_not_found`.
pub(in crate::faces::livechat) async fn create(call: Call) -> Result<Answer, Fault> {
    let body = call.fields();
    call.permit("create_bot", of_client(&call))?;
    let owner = call.owner_client()?.to_owned();
    body.required_text("name")?;
    let secret = random_hex(32);
    let bot = BotDocument {
        owner_client_id: owner.clone(),
        secret: Some(KeyDigest::of(&secret)),
        default_group_priority: None,
        bot_type: body.word("type", &["ai_agent"])?.map(str::to_owned),
        timezone: None,
    };
    let mut document = AgentDocument { groups: everybody_group(), bot: Some(bot), ..AgentDocument::default() };
    read(&mut document, &body)?;
    known(&call, &document.groups).await?;
    let id = random_hex(32);
    let edit = call.edit(Footprint::facts().user(id.clone())).await?;
    let user = User { id: id.clone(), roles: vec![BOT.to_owned()], teams: teams(&document.groups), ..User::default() };
    let documents = vec![write(&id, &document)?];
    call.commit(edit, vec![Change::UserPut(user)], documents).await?;
    if let Some(bot) = &document.bot {
        tell(&call, Occurrence::of("bot_created", told(&call, &id, &document, bot))).await;
    }
    if is_of_2018(&call) { Ok(json!({"bot_agent_id": id})) } else { Ok(json!({"id": id, "secret": secret})) }
}

fn told(call: &Call, id: &str, document: &AgentDocument, bot: &BotDocument) -> Value {
    let mut told = show(call, id, document, bot);
    told.retain(|name, _| !matches!(name.as_str(), "type" | "avatar_path" | "status" | "application"));
    Value::Object(told)
}

/// `update_bot`.
///
/// # Errors
/// The refusal; `not_found`; `validation`; `group_not_found`.
pub(in crate::faces::livechat) async fn update(call: Call) -> Result<Answer, Fault> {
    let body = call.fields();
    let id = body.required_text("id")?.to_owned();
    let edit = call.edit(Footprint::facts().user(id.clone())).await?;
    let (mut document, _) = asked_of(&call, "update_bot", &id).await?;
    let mut named = read(&mut document, &body)?;
    let mut changes = Vec::new();
    if body.value("groups").is_some() {
        known(&call, &document.groups).await?;
        changes.extend(agent::in_groups(&call, &id, &document));
    }
    let documents = vec![write(&id, &document)?];
    call.commit(edit, changes, documents).await?;
    named.insert("id".to_owned(), json!(id));
    named.remove("avatar_path");
    tell(&call, Occurrence::of("bot_updated", Value::Object(named))).await;
    Ok(json!({}))
}

/// `delete_bot`. Its tokens go with it.
///
/// # Errors
/// The refusal; `not_found`.
pub(in crate::faces::livechat) async fn delete(call: Call) -> Result<Answer, Fault> {
    let body = call.fields();
    let id = body.required_text("id")?.to_owned();
    let edit = call.edit(Footprint::policy()).await?;
    asked_of(&call, "delete_bot", &id).await?;
    call.commit(edit, vec![Change::UserRemoved { id: id.clone() }], Vec::new()).await?;
    tell(&call, Occurrence::of("bot_deleted", json!({"id": id}))).await;
    Ok(json!({}))
}

/// `get_bot`.
///
/// # Errors
/// The refusal; `not_found`.
pub(in crate::faces::livechat) async fn get(call: Call) -> Result<Answer, Fault> {
    let body = call.fields();
    let id = body.required_text("id")?.to_owned();
    let (document, bot) = asked_of(&call, "get_bot", &id).await?;
    let shown = show(&call, &id, &document, &bot);
    if is_of_2018(&call) { Ok(json!({"bot_agent": shown})) } else { Ok(Value::Object(shown)) }
}

/// `list_bots`: those of the client that is acted for; with `all`, those that the scopes reach.
///
/// # Errors
/// The refusal; with `all`, of whoever may not see others'.
pub(in crate::faces::livechat) async fn list(call: Call) -> Result<Answer, Fault> {
    let body = call.fields();
    let all = body.flag("all")?.unwrap_or(false);
    call.permit("list_bots", if all { asked("", "") } else { of_client(&call) })?;
    let fields = body.list("fields")?.map(|fields| fields.iter().filter_map(Value::as_str).collect::<Vec<_>>()).unwrap_or_default();
    let mut shown = Vec::new();
    for (id, document) in agent::everybody(&call).await? {
        let Some(bot) = &document.bot else { continue };
        let is_meant = all || call.client() == Some(bot.owner_client_id.as_str());
        if is_meant && call.may("list_bots", asked(&id, &bot.owner_client_id))? {
            let mut row = show(&call, &id, &document, bot);
            if is_of_2018(&call) {
                row.retain(|name, _| matches!(name.as_str(), "id" | "name" | "avatar" | "status"));
            } else {
                let always = ["id", "name", "avatar", "job_title", "owner_client_id", "max_chats_count", "default_group_priority"];
                row.retain(|name, _| always.contains(&name.as_str()) || fields.contains(&name.as_str()));
            }
            shown.push(Value::Object(row));
        }
    }
    if is_of_2018(&call) { Ok(json!({"bot_agents": shown})) } else { Ok(json!(shown)) }
}
