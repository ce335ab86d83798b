//! Requests as they were written in 2018, said in today's words: the same handlers answer both.

use serde_json::{Value, json};

use super::call::{Answer, Call};
use super::chat::{attend, list, people, properties, start};
use super::fault::Fault;
use super::{agent, auto_access, bot, customer, keep, webhook};
use crate::lock::Footprint;
use hallpass::Resource;

fn renamed(mut call: Call, from: &str, to: &str) -> Call {
    if let Some(value) = call.body.remove(from) {
        call.body.insert(to.to_owned(), value);
    }
    call
}

/// `login`: who one is, and the chats that the scopes reach (none, where they reach none). There is no connection to be told anything on.
///
/// # Errors
/// When the store fails.
pub(super) async fn login(call: Call) -> Result<Answer, Fault> {
    call.permit("login", Resource::app())?;
    let user = call.tenant.engine().user(&call.account);
    let mut profile = agent::find(&call, &call.account).await?.as_chat_user(&call.account);
    profile
        .insert("permission".to_owned(), json!(user.and_then(|user| user.roles.into_iter().next()).unwrap_or_else(|| "normal".to_owned())));
    profile.insert("present".to_owned(), json!(true));
    let organization = call.organization_id();
    let mut chats = call.clone();
    chats.body.clear();
    let chats = list::chats(chats).await.unwrap_or_else(|_| json!({}));
    let summary = chats.get("chats_summary").cloned().unwrap_or_else(|| json!([]));
    Ok(json!({"license": {"id": organization}, "my_profile": profile, "chats_summary": summary}))
}

/// Several ids, where today one is said.
fn ids(call: &Call, name: &str) -> Result<Vec<String>, Fault> {
    Ok(call.fields().texts(name)?.unwrap_or_default())
}

/// `join_chat`: puts agents into a chat.
///
/// # Errors
/// Those of `add_user_to_chat`, of the first agent that cannot join; those before it have joined.
pub(super) async fn join_chat(call: Call) -> Result<Answer, Fault> {
    call.fields().required_text("chat_id")?;
    let agents = ids(&call, "agent_ids")?;
    if agents.is_empty() {
        return Err(call.fields().missing("agent_ids"));
    }
    for agent in agents {
        let mut one = call.clone();
        one.body.insert("user_id".to_owned(), json!(agent));
        add_user(one).await?;
    }
    Ok(json!({}))
}

/// `add_user_to_chat`.
///
/// # Errors
/// Those of today's.
pub(super) async fn add_user(mut call: Call) -> Result<Answer, Fault> {
    call.body.entry("user_type").or_insert(json!("agent"));
    people::add(call).await
}

/// `remove_from_chat`: takes users out of a chat; oneself where none is named.
///
/// # Errors
/// Those of `remove_user_from_chat`, of the first user who cannot be removed.
pub(super) async fn remove_from_chat(call: Call) -> Result<Answer, Fault> {
    let mut users = ids(&call, "agent_ids")?;
    users.extend(ids(&call, "customer_ids")?);
    if users.is_empty() {
        users.push(call.account.clone());
    }
    for user in users {
        let mut one = call.clone();
        one.body.insert("user_id".to_owned(), json!(user));
        people::remove(one).await?;
    }
    Ok(json!({}))
}

/// `remove_user_from_chat`.
///
/// # Errors
/// Those of today's.
pub(super) async fn remove_user(mut call: Call) -> Result<Answer, Fault> {
    let own = json!(call.account);
    call.body.entry("user_id").or_insert(own);
    people::remove(call).await
}

/// `ban_customer`.
///
/// # Errors
/// Those of today's.
pub(super) async fn ban_customer(call: Call) -> Result<Answer, Fault> {
    customer::ban(renamed(call, "customer_id", "id")).await
}

/// `update_customer`.
///
/// # Errors
/// Those of today's.
pub(super) async fn update_customer(call: Call) -> Result<Answer, Fault> {
    customer::update(renamed(call, "customer_id", "id")).await
}

/// `close_thread`.
///
/// # Errors
/// Those of `deactivate_chat`.
pub(super) async fn close_thread(call: Call) -> Result<Answer, Fault> {
    start::deactivate(renamed(call, "chat_id", "id")).await
}

/// `update_chat_properties`.
///
/// # Errors
/// Those of today's.
pub(super) async fn update_chat_properties(call: Call) -> Result<Answer, Fault> {
    properties::update_chat(renamed(call, "chat_id", "id")).await
}

/// `update_chat_thread_properties`.
///
/// # Errors
/// Those of `update_thread_properties`.
pub(super) async fn update_thread_properties(call: Call) -> Result<Answer, Fault> {
    properties::update_thread(call).await
}

/// `update_last_seen_timestamp`.
///
/// # Errors
/// Those of `mark_events_as_seen`.
pub(super) async fn update_last_seen(call: Call) -> Result<Answer, Fault> {
    attend::seen(renamed(call, "timestamp", "seen_up_to")).await
}

/// `remove_auto_chat_scopes`.
///
/// # Errors
/// Those of `delete_auto_access`.
pub(super) async fn remove_auto_chat_scopes(call: Call) -> Result<Answer, Fault> {
    auto_access::delete(renamed(call, "auto_chat_scopes_id", "id")).await
}

/// `remove_bot_agent`.
///
/// # Errors
/// Those of `delete_bot`.
pub(super) async fn remove_bot(call: Call) -> Result<Answer, Fault> {
    bot::delete(renamed(call, "bot_agent_id", "id")).await
}

/// `get_bot_agent_details`.
///
/// # Errors
/// Those of `get_bot`.
pub(super) async fn get_bot(call: Call) -> Result<Answer, Fault> {
    bot::get(renamed(call, "bot_agent_id", "id")).await
}

/// `unregister_webhook`.
///
/// # Errors
/// Those of today's.
pub(super) async fn unregister_webhook(call: Call) -> Result<Answer, Fault> {
    webhook::register::unregister(renamed(call, "webhook_id", "id")).await
}

/// `change_push_notifications`: kept for the account; Hallpass pushes to no phone.
///
/// # Errors
/// `validation`.
pub(super) async fn change_push_notifications(call: Call) -> Result<Answer, Fault> {
    call.permit("change_push_notifications", Resource::app())?;
    let body = call.fields();
    let token = body.required_text("firebase_token")?.to_owned();
    let platform = body.word("platform", &["ios", "android"])?.ok_or_else(|| body.missing("platform"))?.to_owned();
    let enabled = body.flag("enabled")?.ok_or_else(|| body.missing("enabled"))?;
    let held: Value = json!({"firebase_token": token, "platform": platform, "enabled": enabled});
    let edit = call.edit(Footprint::facts().user(call.account.clone())).await?;
    call.commit(edit, Vec::new(), vec![keep::put("push_notifications", call.account.clone(), &held)?]).await?;
    Ok(json!({}))
}
