//! Which groups and agents a chat is with: `transfer_chat`, and what there was before it, `update_chat_scopes`.

use std::collections::BTreeSet;

use hallpass::{Change, Resource};
use serde_json::json;

use super::super::call::{Answer, Call};
use super::super::fault::{Fault, FaultType};
use super::super::group::EVERYBODY;
use super::super::webhook::{Occurrence, tell};
use super::people::{has_access, known_agent, known_groups, presence};
use super::record::{Chat, ThreadDocument, UserType};
use crate::lock::Footprint;

/// Whom a chat is given to.
enum Target {
    Groups(BTreeSet<u64>),
    Agents(Vec<String>),
    /// The groups that it is with already: to whoever takes it there.
    SameGroups,
}

impl Target {
    fn read(call: &Call) -> Result<Self, Fault> {
        let Some(target) = call.fields().object("target")? else { return Ok(Self::SameGroups) };
        match target.word("type", &["group", "agent"])? {
            Some("group") => {
                let groups: BTreeSet<u64> = target.groups("ids")?.ok_or_else(|| target.missing("ids"))?.into_iter().collect();
                if groups.is_empty() { Err(target.refuse("ids", "at least one id")) } else { Ok(Self::Groups(groups)) }
            }
            Some(_) => {
                let agents = target.texts("ids")?.ok_or_else(|| target.missing("ids"))?;
                if agents.is_empty() { Err(target.refuse("ids", "at least one id")) } else { Ok(Self::Agents(agents)) }
            }
            None => Err(target.missing("type")),
        }
    }
}

/// `transfer_chat`. The chat changes hands: its agents leave it (bots stay), those that it is given to are in it. Given to groups, it
/// waits there for somebody to take it: Hallpass routes nothing.
///
/// # Errors
/// The refusal; `chat_inactive`; `group_not_found`; `agent_offline`; `missing_access` of an agent that it is given to.
pub(in crate::faces::livechat) async fn transfer(call: Call) -> Result<Answer, Fault> {
    let id = call.fields().required_text("id")?.to_owned();
    let target = Target::read(&call)?;
    let ignore_availability = call.fields().flag("ignore_agents_availability")?.unwrap_or(false);
    let edit = call.edit(Footprint::facts().channel(format!("chat:{id}"))).await?;
    let mut chat = Chat::find(&call, &id).await?;
    call.permit("transfer_chat", chat.resource())?;
    presence(&call, &chat)?;
    let mut thread = chat.active_thread(&call).await?;

    let mut changes = Vec::new();
    let (agents, groups) = match target {
        Target::Groups(groups) => {
            known_groups(&call, &groups).await?;
            changes.push(chat.open_to(&groups));
            thread.groups.clone_from(&groups);
            (Vec::new(), groups)
        }
        Target::SameGroups => (Vec::new(), thread.groups.clone()),
        Target::Agents(agents) => {
            for agent in &agents {
                receives(&call, &chat, agent, ignore_availability).await?;
            }
            (agents, BTreeSet::new())
        }
    };
    let leaving: Vec<String> = chat.present_agents().map(|user| user.id.clone()).filter(|user| !agents.contains(user)).collect();
    for user in leaving.iter().filter(|user| !is_bot(&call, user)) {
        changes.extend(chat.remove(user));
    }
    for agent in &agents {
        changes.extend(chat.add(agent, UserType::Agent, "all"));
        if !thread.user_ids.contains(agent) {
            thread.user_ids.push(agent.clone());
        }
    }
    let documents = vec![chat.write()?, chat.write_thread(&thread)?];
    call.commit(edit, changes, documents).await?;

    let mut to = serde_json::Map::new();
    if !agents.is_empty() {
        to.insert("agent_ids".to_owned(), json!(agents));
    }
    if !groups.is_empty() {
        to.insert("group_ids".to_owned(), json!(groups));
    }
    let told = json!({"chat_id": id, "thread_id": thread.id, "requester_id": call.account, "reason": "manual", "transferred_to": to});
    tell(&call, Occurrence::in_chat("chat_transferred", &chat, told)).await;
    Ok(json!({}))
}

/// Refuses agents who cannot be given this chat.
async fn receives(call: &Call, chat: &Chat, agent: &str, ignore_availability: bool) -> Result<(), Fault> {
    known_agent(call, agent)?;
    if !has_access(call, agent, chat.resource())? {
        return Err(Fault::new(FaultType::MissingAccess, format!("agent '{agent}' has no access to the chat")));
    }
    let status = super::super::agent::find(call, agent).await?.routing_status;
    if status == "offline" && !ignore_availability {
        return Err(Fault::new(
            FaultType::AgentOffline,
            format!("agent '{agent}' is offline; ignore_agents_availability says that this does not matter"),
        ));
    }
    Ok(())
}

fn is_bot(call: &Call, id: &str) -> bool {
    call.tenant.engine().user(id).is_some_and(|user| user.roles.iter().any(|role| role == "bot"))
}

/// `update_chat_scopes` (2018): adds groups to those with access, and takes groups away. The last one stays, unless group 0
/// (everybody) is named in its place: a chat does not become everybody's by taking a right away.
///
/// # Errors
/// The refusal; `group_not_found`; `validation` for `agents`, whose access follows from their groups since, and where no group would be left.
pub(in crate::faces::livechat) async fn update_scopes(call: Call) -> Result<Answer, Fault> {
    let body = call.fields();
    let id = body.required_text("chat_id")?.to_owned();
    let read = |name: &str| -> Result<BTreeSet<u64>, Fault> {
        let scopes = body.object_or_empty(name)?;
        if scopes.list("agents")?.is_some_and(|agents| !agents.is_empty()) {
            return Err(Fault::validation(format!("{name}.agents: access is given to groups; add the agents to the chat instead")));
        }
        Ok(scopes.groups("groups")?.unwrap_or_default().into_iter().collect())
    };
    let (added, removed) = (read("add_scopes")?, read("remove_scopes")?);
    known_groups(&call, &added).await?;
    let edit = call.edit(Footprint::facts().channel(format!("chat:{id}"))).await?;
    let mut chat = Chat::find(&call, &id).await?;
    if !added.is_empty() || removed.is_empty() {
        call.permit("grant_chat_access", chat.resource())?;
    }
    if !removed.is_empty() {
        call.permit("revoke_chat_access", chat.resource())?;
    }
    let mut groups: BTreeSet<u64> = chat.fact.access.iter().filter_map(|group| group.parse().ok()).collect();
    if !added.is_empty() {
        groups.remove(&EVERYBODY);
    }
    groups.extend(&added);
    groups.retain(|group| !removed.contains(group));
    if groups.is_empty() {
        let text = "remove_scopes: would leave the chat with no group; group 0 in add_scopes opens it to everybody";
        return Err(Fault::validation(text));
    }
    let change: Change = chat.open_to(&groups);
    let mut documents = Vec::new();
    if let Some(thread) = chat.last_thread(&call).await? {
        documents.push(chat.write_thread(&ThreadDocument { groups: groups.clone(), ..thread })?);
    }
    call.commit(edit, vec![change], documents).await?;
    tell(&call, Occurrence::in_chat("chat_access_updated", &chat, json!({"id": id, "access": {"group_ids": groups}}))).await;
    Ok(json!({}))
}

/// The groups of a thread, to ask about it instead of the chat's latest: access is per thread (enforced since December 2022).
pub(in crate::faces::livechat) fn of_thread<'a>(chat: &'a Chat, thread: &'a str, access: &'a [&'a str]) -> Resource<'a> {
    Resource { access: Some(access), ..chat.within("thread", thread) }
}

/// A thread that the caller may do this in, asked about with its own groups. `event`: something in it that is meant. Where there is no such
/// thread the chat is asked about all the same, so that a missing scope is told first.
///
/// # Errors
/// The refusal; `not_found`.
pub(in crate::faces::livechat) async fn permit_in_thread(
    call: &Call,
    chat: &Chat,
    action: &'static str,
    thread: &str,
    event: Option<&str>,
) -> Result<ThreadDocument, Fault> {
    let resource = event.map_or_else(|| chat.within("thread", thread), |event| chat.within("event", event));
    match chat.thread(call, thread).await {
        Ok(found) => {
            let access = found.access();
            let access: Vec<&str> = access.iter().map(String::as_str).collect();
            call.permit(action, Resource { access: Some(&access), ..resource })?;
            Ok(found)
        }
        Err(missing) => {
            call.permit(action, resource)?;
            Err(missing)
        }
    }
}
