//! Agents: the people who answer. Role, groups and whether they are suspended are facts; the document has what is shown.

pub(in crate::faces::livechat) mod manage;
pub(in crate::faces::livechat) mod routing;

use std::collections::BTreeSet;

use hallpass::{Change, User};
use hallpass_store::{DocumentWrite, kind};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::call::Call;
use super::fault::Fault;
use super::fields::Fields;
use super::group::{EVERYBODY, PRIORITIES};
use super::keep;
use crate::key::KeyDigest;

/// The attribute of those who are deactivated because nobody approved them yet.
pub(in crate::faces::livechat) const AWAITING_APPROVAL: &str = "awaiting_approval";

/// Chats at a time.
pub(in crate::faces::livechat) const CHATS: std::ops::RangeInclusive<u64> = 1..=100;

/// An agent's place in a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::faces::livechat) struct GroupPriority {
    pub(in crate::faces::livechat) id: u64,
    pub(in crate::faces::livechat) priority: String,
}

/// What bots have besides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::faces::livechat) struct BotDocument {
    /// The client that owns it.
    pub(in crate::faces::livechat) owner_client_id: String,
    /// SHA-256 of the secret that its tokens are issued for.
    pub(in crate::faces::livechat) secret: Option<KeyDigest>,
    pub(in crate::faces::livechat) default_group_priority: Option<String>,
    /// `ai_agent`, or nothing.
    pub(in crate::faces::livechat) bot_type: Option<String>,
    pub(in crate::faces::livechat) timezone: Option<String>,
}

/// An agent or a bot, besides its facts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::faces::livechat) struct AgentDocument {
    pub(in crate::faces::livechat) name: Option<String>,
    /// What callers said of it, and nothing here reads: avatar, job title, notifications, …
    pub(in crate::faces::livechat) shown: Map<String, Value>,
    pub(in crate::faces::livechat) groups: Vec<GroupPriority>,
    /// `accepting_chats`, `not_accepting_chats` or `offline`.
    pub(in crate::faces::livechat) routing_status: String,
    pub(in crate::faces::livechat) awaiting_approval: bool,
    pub(in crate::faces::livechat) suspended: bool,
    pub(in crate::faces::livechat) bot: Option<BotDocument>,
}

impl Default for AgentDocument {
    fn default() -> Self {
        Self {
            name: None,
            shown: Map::new(),
            groups: Vec::new(),
            routing_status: "not_accepting_chats".to_owned(),
            awaiting_approval: false,
            suspended: false,
            bot: None,
        }
    }
}

impl AgentDocument {
    /// The agent as a user of a chat.
    pub(in crate::faces::livechat) fn as_chat_user(&self, id: &str) -> Map<String, Value> {
        let mut user = Map::from_iter([
            ("id".to_owned(), json!(id)),
            ("type".to_owned(), json!("agent")),
            ("name".to_owned(), json!(self.name.as_deref().unwrap_or(id))),
            ("email".to_owned(), json!(if self.bot.is_some() { "" } else { id })),
            ("routing_status".to_owned(), json!(self.routing_status)),
        ]);
        if let Some(avatar) = self.shown.get("avatar") {
            user.insert("avatar".to_owned(), avatar.clone());
        }
        user
    }
}

/// Takes over what a request says of an agent or a bot: name, chats at a time, groups, and `kept` as it was given; which fields it named.
///
/// # Errors
/// `validation`.
pub(in crate::faces::livechat) fn read(document: &mut AgentDocument, body: &Fields, kept: &[&str]) -> Result<Map<String, Value>, Fault> {
    let mut named = Map::new();
    if let Some(name) = body.text("name")? {
        document.name = Some(name.to_owned());
        named.insert("name".to_owned(), json!(name));
    }
    let count = body.number("max_chats_count", CHATS)?.map(|count| ("max_chats_count", json!(count)));
    let given = kept.iter().filter_map(|name| Some((*name, body.value(name)?.clone())));
    for (name, value) in count.into_iter().chain(given) {
        document.shown.insert(name.to_owned(), value.clone());
        named.insert(name.to_owned(), value);
    }
    if let Some(groups) = read_groups(body)? {
        named.insert("groups".to_owned(), json!(groups));
        document.groups = groups;
    }
    Ok(named)
}

/// `groups: [{id, priority}]`.
fn read_groups(body: &Fields) -> Result<Option<Vec<GroupPriority>>, Fault> {
    if body.value("groups").is_none() {
        return Ok(None);
    }
    let mut read: Vec<GroupPriority> = Vec::new();
    for group in body.objects("groups")?.unwrap_or_default() {
        let id = group.required_group("id")?;
        if read.iter().any(|held| held.id == id) {
            return Err(group.refuse("id", "each group once"));
        }
        read.push(GroupPriority { id, priority: group.word("priority", PRIORITIES)?.unwrap_or("normal").to_owned() });
    }
    if read.is_empty() { Err(body.refuse("groups", "at least one group")) } else { Ok(Some(read)) }
}

/// Refuses groups that are not there.
///
/// # Errors
/// `group_not_found`.
pub(in crate::faces::livechat) async fn known(call: &Call, groups: &[GroupPriority]) -> Result<(), Fault> {
    let ids: BTreeSet<u64> = groups.iter().map(|group| group.id).collect();
    super::chat::people::known_groups(call, &ids).await
}

/// The group of an agent who is in none.
pub(in crate::faces::livechat) fn everybody_group() -> Vec<GroupPriority> {
    vec![GroupPriority { id: EVERYBODY, priority: "normal".to_owned() }]
}

/// The groups, as the engine names them.
pub(in crate::faces::livechat) fn teams(groups: &[GroupPriority]) -> BTreeSet<String> {
    groups.iter().map(|group| group.id.to_string()).collect()
}

/// What makes an agent's groups those of the document.
pub(in crate::faces::livechat) fn in_groups(call: &Call, id: &str, document: &AgentDocument) -> Option<Change> {
    let user = call.tenant.engine().user(id)?;
    Some(Change::UserPut(User { teams: teams(&document.groups), ..user }))
}

/// An agent's document, to write.
///
/// # Errors
/// Never.
pub(in crate::faces::livechat) fn write(id: &str, document: &AgentDocument) -> Result<DocumentWrite, Fault> {
    keep::put(kind::USER, id, document)
}

/// An agent or bot by its id. Who came by bulk import is shown with defaults, and with the groups that are facts.
///
/// # Errors
/// `not_found`.
pub(in crate::faces::livechat) async fn find(call: &Call, id: &str) -> Result<AgentDocument, Fault> {
    let user = call.tenant.engine().user(id).filter(|user| !user.deleted).ok_or_else(|| keep::missing("agent", id))?;
    Ok(with_facts(keep::find(call, kind::USER, id).await?, &user))
}

fn with_facts(document: Option<AgentDocument>, user: &User) -> AgentDocument {
    let mut document = document.unwrap_or_default();
    // Facts may have come by another way since; they are what decides, so they are what is shown.
    document.groups.retain(|group| user.teams.contains(&group.id.to_string()));
    for team in &user.teams {
        if let Ok(id) = team.parse::<u64>()
            && !document.groups.iter().any(|group| group.id == id)
        {
            document.groups.push(GroupPriority { id, priority: "normal".to_owned() });
        }
    }
    document.groups.sort_unstable_by_key(|group| group.id);
    if !user.deactivated {
        (document.suspended, document.awaiting_approval) = (false, false);
    }
    document
}

/// All agents and bots, by id.
///
/// # Errors
/// When the store fails.
pub(in crate::faces::livechat) async fn everybody(call: &Call) -> Result<Vec<(String, AgentDocument)>, Fault> {
    let read = move |store: &dyn hallpass_store::Store, app: &str| {
        let mut users: Vec<User> = Vec::new();
        loop {
            let after = users.last().map(|user| user.id.clone());
            let page = store.users(app, after.as_deref(), 1_000)?;
            let is_last = page.len() < 1_000;
            users.extend(page);
            if is_last {
                break;
            }
        }
        let ids: Vec<&str> = users.iter().map(|user| user.id.as_str()).collect();
        let documents = store.documents(app, kind::USER, &ids)?;
        Ok((users, documents))
    };
    let (users, documents) = call.tenant.read(read).await.map_err(Fault::internal)?;
    let mut documents: std::collections::HashMap<String, Value> = documents.into_iter().collect();
    let mut found = Vec::new();
    for user in users.into_iter().filter(|user| !user.deleted) {
        let document = match documents.remove(&user.id) {
            Some(body) => Some(serde_json::from_value(body).map_err(Fault::internal)?),
            None => None,
        };
        found.push((user.id.clone(), with_facts(document, &user)));
    }
    Ok(found)
}

/// All agents, without bots.
///
/// # Errors
/// When the store fails.
pub(in crate::faces::livechat) async fn all(call: &Call) -> Result<Vec<(String, AgentDocument)>, Fault> {
    let mut found = everybody(call).await?;
    found.retain(|(_, document)| document.bot.is_none());
    Ok(found)
}
