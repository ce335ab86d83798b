//! Who is in a chat: `add_user_to_chat`, `remove_user_from_chat`, and the rules about people that are no scopes (docs/livechat.md, Rules
//! beside the scopes).

use std::collections::BTreeSet;

use hallpass::Resource;
use serde_json::json;

use super::super::call::{Answer, Call};
use super::super::customer::{CUSTOMER, CustomerDocument};
use super::super::fault::{Fault, FaultType};
use super::super::fields::Fields;
use super::super::group::{self, GROUP};
use super::super::keep;
use super::super::version::Version;
use super::super::webhook::{Occurrence, tell};
use super::record::{Chat, UserType};
use super::render::People;
use crate::lock::Footprint;

/// With these scopes an agent sees the chats of their groups and their own: what *has access to a chat* means.
const ACCESS: &[&str] = &["chats--access:ro"];

/// A user that a request names.
pub(in crate::faces::livechat) struct Named {
    pub(in crate::faces::livechat) id: String,
    pub(in crate::faces::livechat) user_type: UserType,
}

impl Named {
    /// Reads `{id, type}`.
    ///
    /// # Errors
    /// `validation`.
    pub(in crate::faces::livechat) fn read(fields: &Fields) -> Result<Self, Fault> {
        Ok(Self { id: fields.required_text("id")?.to_owned(), user_type: user_type(fields, "type")? })
    }
}

fn user_type(fields: &Fields, name: &str) -> Result<UserType, Fault> {
    match fields.word(name, &["agent", "customer"])? {
        Some("customer") => Ok(UserType::Customer),
        Some(_) => Ok(UserType::Agent),
        None => Err(fields.missing(name)),
    }
}

/// Refuses a requester who is not in the chat, since v3.4, unless they say that it does not matter (`ignore_requester_presence`).
///
/// # Errors
/// `not_allowed`.
pub(in crate::faces::livechat) fn presence(call: &Call, chat: &Chat) -> Result<(), Fault> {
    let ignored = call.fields().flag("ignore_requester_presence")?.unwrap_or(false);
    if call.version < Version::V3_4 || ignored || chat.has(&call.account) {
        return Ok(());
    }
    Err(Fault::new(FaultType::NotAllowed, "Requester is not user of the chat; ignore_requester_presence says that this does not matter"))
}

/// Whether an agent has access to a chat, by the same rule as their token would.
///
/// # Errors
/// Never, where the method declares `get_chat`.
pub(in crate::faces::livechat) fn has_access(call: &Call, agent: &str, chat: Resource<'_>) -> Result<bool, Fault> {
    call.could(agent, ACCESS, "get_chat", chat)
}

/// Refuses users who cannot be in this chat: unknown ones, banned customers, agents without access of their own.
///
/// # Errors
/// `not_found`, `customer_banned`, `missing_access`.
pub(in crate::faces::livechat) async fn may_come(call: &Call, user: &Named, chat: Resource<'_>) -> Result<(), Fault> {
    match user.user_type {
        UserType::Customer => {
            let customer: CustomerDocument =
                keep::find(call, CUSTOMER, &user.id).await?.ok_or_else(|| keep::missing("customer", &user.id))?;
            if customer.is_banned(call.now) {
                return Err(Fault::new(FaultType::CustomerBanned, format!("customer '{}' is banned", user.id)));
            }
            Ok(())
        }
        UserType::Agent => {
            known_agent(call, &user.id)?;
            if user.id == call.account || has_access(call, &user.id, chat)? {
                return Ok(());
            }
            let text = format!("agent '{}' has no access to the chat: none of their groups is among those of the chat", user.id);
            Err(Fault::new(FaultType::MissingAccess, text))
        }
    }
}

/// Refuses ids that are no agent's or bot's.
///
/// # Errors
/// `not_found`.
pub(in crate::faces::livechat) fn known_agent(call: &Call, id: &str) -> Result<(), Fault> {
    match call.tenant.engine().user(id) {
        Some(user) if !user.deleted => Ok(()),
        _ => Err(keep::missing("agent", id)),
    }
}

/// Refuses ids that are no group's. Group 0 is everybody and always there.
///
/// # Errors
/// `group_not_found`.
pub(in crate::faces::livechat) async fn known_groups(call: &Call, groups: &BTreeSet<u64>) -> Result<(), Fault> {
    let ids: Vec<String> = groups.iter().filter(|id| **id != group::EVERYBODY).map(u64::to_string).collect();
    let found: Vec<(String, serde_json::Value)> = keep::several(call, GROUP, ids.clone()).await?;
    match ids.iter().find(|id| !found.iter().any(|(known, _)| known == *id)) {
        Some(missing) => Err(Fault::new(FaultType::GroupNotFound, format!("there is no group {missing}"))),
        None => Ok(()),
    }
}

/// `add_user_to_chat`.
///
/// # Errors
/// The refusal; `chat_inactive`; `missing_access` of an added agent; `not_allowed` for a second customer.
pub(in crate::faces::livechat) async fn add(call: Call) -> Result<Answer, Fault> {
    let body = call.fields();
    let id = body.required_text("chat_id")?.to_owned();
    let user = Named { id: body.required_text("user_id")?.to_owned(), user_type: user_type(&body, "user_type")? };
    let visibility = body.word("visibility", &["all", "agents"])?.unwrap_or("all").to_owned();
    if user.user_type == UserType::Customer && visibility != "all" {
        return Err(Fault::validation("visibility: expected all for a customer, got agents"));
    }
    let edit = call.edit(Footprint::facts().channel(format!("chat:{id}"))).await?;
    let mut chat = Chat::find(&call, &id).await?;
    // The resource is the user who is added: with a conversation scope of 2018 one adds oneself, and nobody else.
    call.permit("add_user_to_chat", chat.within("user", &user.id).owned_by(&user.id))?;
    presence(&call, &chat)?;
    let mut thread = chat.active_thread(&call).await?;
    may_come(&call, &user, chat.resource()).await?;
    if user.user_type == UserType::Customer && chat.customer().is_some_and(|present| present.id != user.id) {
        return Err(Fault::new(FaultType::NotAllowed, "there is a customer in the chat already, and one is the most"));
    }
    if chat.has(&user.id) {
        return Ok(json!({}));
    }
    let changes = chat.add(&user.id, user.user_type, &visibility);
    if !thread.user_ids.contains(&user.id) {
        thread.user_ids.push(user.id.clone());
    }
    let documents = vec![chat.write()?, chat.write_thread(&thread)?];
    call.commit(edit, changes, documents).await?;

    let people = People::of(&call, &[&chat]).await?;
    let shown = chat.user(&user.id).map(|added| people.show(&call, added));
    let told = json!({
        "chat_id": id, "thread_id": thread.id, "user": shown, "user_type": user.user_type,
        "reason": "manual", "requester_id": call.account,
    });
    tell(&call, Occurrence::in_chat("user_added_to_chat", &chat, told)).await;
    Ok(json!({}))
}

/// `remove_user_from_chat`.
///
/// # Errors
/// The refusal; `not_found`; `not_allowed` for the customer, who can never be removed.
pub(in crate::faces::livechat) async fn remove(call: Call) -> Result<Answer, Fault> {
    let body = call.fields();
    let id = body.required_text("chat_id")?.to_owned();
    let user = body.required_text("user_id")?.to_owned();
    let edit = call.edit(Footprint::facts().channel(format!("chat:{id}"))).await?;
    let mut chat = Chat::find(&call, &id).await?;
    call.permit("remove_user_from_chat", chat.within("user", &user).owned_by(&user))?;
    presence(&call, &chat)?;
    let kind = chat.user(&user).filter(|user| user.present).map(|user| user.user_type);
    match kind {
        None => return Err(keep::missing("user of the chat", &user)),
        Some(UserType::Customer) => return Err(Fault::new(FaultType::NotAllowed, "the customer cannot be removed from the chat")),
        Some(UserType::Agent) => {}
    }
    let changes = chat.remove(&user);
    let documents = vec![chat.write()?];
    call.commit(edit, changes, documents).await?;
    let told = json!({
        "chat_id": id, "thread_id": chat.document.threads.last(), "user_id": user, "user_type": "agent",
        "reason": "manual", "requester_id": call.account,
    });
    tell(&call, Occurrence::in_chat("user_removed_from_chat", &chat, told)).await;
    Ok(json!({}))
}

/// `list_agents_for_transfer`: those who have access to the chat, take chats, and are not in it.
///
/// # Errors
/// The refusal; `not_found`.
pub(in crate::faces::livechat) async fn for_transfer(call: Call) -> Result<Answer, Fault> {
    let id = call.fields().required_text("chat_id")?.to_owned();
    let chat = Chat::find(&call, &id).await?;
    call.permit("list_agents_for_transfer", chat.resource())?;
    let mut found = Vec::new();
    for (agent, document) in super::super::agent::all(&call).await? {
        let accepts = document.routing_status == "accepting_chats";
        if accepts && !chat.has(&agent) && has_access(&call, &agent, chat.resource())? {
            found.push((agent, document));
        }
    }
    let mut shown = Vec::new();
    for (agent, _) in found {
        let chats = active_chats(&call, &agent).await?;
        shown.push(json!({"agent_id": agent, "total_active_chats": chats}));
    }
    Ok(json!(shown))
}

/// In how many active chats an agent is.
async fn active_chats(call: &Call, agent: &str) -> Result<usize, Fault> {
    let user = agent.to_owned();
    let read = move |store: &dyn hallpass_store::Store, app: &str| store.memberships(app, &user, None, 1_000);
    let memberships = call.tenant.read(read).await.map_err(Fault::internal)?;
    let mut count = 0;
    for member in memberships {
        let Some(id) = member.channel.as_str().strip_prefix("chat:") else { continue };
        if let Ok(chat) = Chat::find(call, id).await
            && chat.last_thread(call).await?.is_some_and(|thread| thread.active)
        {
            count += 1;
        }
    }
    Ok(count)
}
