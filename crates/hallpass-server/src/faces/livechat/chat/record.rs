//! A chat as stored: the channel fact says who is in it and which groups have access; documents hold the rest.
//!
//! | document | id | holds |
//! |---|---|---|
//! | `channel` | `chat:CHAT` | users, properties, followers, ids of threads |
//! | `thread` | `CHAT` `THREAD` | access, properties, tags, how many events |
//! | `event` | `CHAT` `THREAD` number | the event |

use std::collections::BTreeSet;

use hallpass::{Change, Channel, ChannelId, Member, Resource, Timestamp};
use hallpass_store::{DocumentWrite, kind};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::call::Call;
use super::super::fault::{Fault, FaultType};
use super::super::keep;

/// Kind of threads.
pub(in crate::faces::livechat) const THREAD: &str = "thread";
/// Most agents of one chat that are looked at. The vendor has five at most.
const MEMBERS: usize = 1_000;
/// Kind of events.
pub(in crate::faces::livechat) const EVENT: &str = "event";

/// namespace → name → value.
pub(in crate::faces::livechat) type Properties = Map<String, Value>;

/// What a user of a chat is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::faces::livechat) enum UserType {
    /// An agent or a bot: a subject of the engine.
    Agent,
    /// A customer: a document only.
    Customer,
}

/// A user of a chat. Who left stays listed, with `present: false`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::faces::livechat) struct ChatUser {
    pub(in crate::faces::livechat) id: String,
    #[serde(rename = "type")]
    pub(in crate::faces::livechat) user_type: UserType,
    /// `all` or `agents`.
    pub(in crate::faces::livechat) visibility: String,
    pub(in crate::faces::livechat) present: bool,
    #[serde(default)]
    pub(in crate::faces::livechat) seen_up_to: Option<Timestamp>,
}

/// A chat, besides its facts.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::faces::livechat) struct ChatDocument {
    pub(in crate::faces::livechat) created_at: Timestamp,
    pub(in crate::faces::livechat) users: Vec<ChatUser>,
    pub(in crate::faces::livechat) properties: Properties,
    pub(in crate::faces::livechat) followers: BTreeSet<String>,
    /// Oldest first.
    pub(in crate::faces::livechat) threads: Vec<String>,
    /// When the last thread began, which lists are sorted by.
    pub(in crate::faces::livechat) last_thread_at: Timestamp,
    /// The client that started it.
    pub(in crate::faces::livechat) client: Option<String>,
}

impl ChatDocument {
    /// Who is a member is in the chat, whatever way they came; who is none is not. Facts decide, so they are what is shown.
    fn follow_facts(&mut self, members: BTreeSet<String>) {
        for user in self.users.iter_mut().filter(|user| user.user_type == UserType::Agent) {
            user.present = members.contains(&user.id);
        }
        for id in members {
            if !self.users.iter().any(|user| user.id == id) {
                let visibility = "all".to_owned();
                self.users.push(ChatUser { id, user_type: UserType::Agent, visibility, present: true, seen_up_to: None });
            }
        }
    }
}

/// The agents and bots in a chat.
async fn members(call: &Call, channel: &ChannelId) -> Result<BTreeSet<String>, Fault> {
    let id = channel.clone();
    let read = move |store: &dyn hallpass_store::Store, app: &str| store.members(app, &id, None, MEMBERS);
    let members = call.tenant.read(read).await.map_err(Fault::internal)?;
    Ok(members.into_iter().map(|member| member.user).collect())
}

/// A thread.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::faces::livechat) struct ThreadDocument {
    pub(in crate::faces::livechat) id: String,
    pub(in crate::faces::livechat) active: bool,
    pub(in crate::faces::livechat) created_at: Timestamp,
    pub(in crate::faces::livechat) user_ids: Vec<String>,
    pub(in crate::faces::livechat) groups: BTreeSet<u64>,
    pub(in crate::faces::livechat) properties: Properties,
    pub(in crate::faces::livechat) tags: BTreeSet<String>,
    pub(in crate::faces::livechat) events: u64,
}

impl ThreadDocument {
    /// The groups, as the engine names them.
    pub(in crate::faces::livechat) fn access(&self) -> Vec<String> {
        self.groups.iter().map(u64::to_string).collect()
    }
}

/// A chat that was found.
#[derive(Debug, Clone)]
pub(in crate::faces::livechat) struct Chat {
    pub(in crate::faces::livechat) id: String,
    /// `chat:ID`.
    pub(in crate::faces::livechat) channel: ChannelId,
    pub(in crate::faces::livechat) fact: Channel,
    pub(in crate::faces::livechat) document: ChatDocument,
}

/// The engine's name of a chat.
pub(in crate::faces::livechat) fn channel_of(id: &str) -> Result<ChannelId, Fault> {
    format!("chat:{id}").parse().map_err(|_| keep::missing("chat", id))
}

impl Chat {
    /// A chat by its id.
    ///
    /// # Errors
    /// `not_found`.
    pub(in crate::faces::livechat) async fn find(call: &Call, id: &str) -> Result<Self, Fault> {
        let channel = channel_of(id)?;
        let fact = call.tenant.engine().channel(channel.as_str()).filter(|fact| !fact.deleted);
        let fact = fact.ok_or_else(|| keep::missing("chat", id))?;
        let mut document: ChatDocument = keep::find(call, kind::CHANNEL, channel.as_str()).await?.unwrap_or_default();
        document.follow_facts(members(call, &channel).await?);
        Ok(Self { id: id.to_owned(), channel, fact, document })
    }

    /// The chat, to ask about.
    pub(in crate::faces::livechat) fn resource(&self) -> Resource<'_> {
        Resource::channel(self.channel.as_str())
    }

    /// Something in the chat, to ask about.
    pub(in crate::faces::livechat) fn within<'a>(&'a self, kind: &'a str, id: &'a str) -> Resource<'a> {
        Resource::within(kind, id, self.channel.as_str())
    }

    /// Whether this agent or customer is on the chat's user list.
    pub(in crate::faces::livechat) fn has(&self, user: &str) -> bool {
        self.document.users.iter().any(|listed| listed.id == user && listed.present)
    }

    /// A user of the chat, present or not.
    pub(in crate::faces::livechat) fn user(&self, id: &str) -> Option<&ChatUser> {
        self.document.users.iter().find(|listed| listed.id == id)
    }

    /// Agents and bots on the chat's user list.
    pub(in crate::faces::livechat) fn present_agents(&self) -> impl Iterator<Item = &ChatUser> {
        self.document.users.iter().filter(|listed| listed.present && listed.user_type == UserType::Agent)
    }

    /// The customer on the chat's user list.
    pub(in crate::faces::livechat) fn customer(&self) -> Option<&ChatUser> {
        self.document.users.iter().find(|listed| listed.present && listed.user_type == UserType::Customer)
    }

    /// A thread of this chat.
    ///
    /// # Errors
    /// `not_found`.
    pub(in crate::faces::livechat) async fn thread(&self, call: &Call, id: &str) -> Result<ThreadDocument, Fault> {
        let found = keep::find(call, THREAD, &keep::composed(&[&self.id, id])).await?;
        found.ok_or_else(|| keep::missing("thread", id))
    }

    /// The latest thread, if there is any.
    ///
    /// # Errors
    /// When the store fails.
    pub(in crate::faces::livechat) async fn last_thread(&self, call: &Call) -> Result<Option<ThreadDocument>, Fault> {
        match self.document.threads.last() {
            Some(id) => self.thread(call, id).await.map(Some),
            None => Ok(None),
        }
    }

    /// The thread that is open.
    ///
    /// # Errors
    /// `chat_inactive`.
    pub(in crate::faces::livechat) async fn active_thread(&self, call: &Call) -> Result<ThreadDocument, Fault> {
        let last = self.last_thread(call).await?.filter(|thread| thread.active);
        last.ok_or_else(|| Fault::new(FaultType::ChatInactive, "Chat is inactive"))
    }

    /// Puts somebody on the user list; the changes that make it a fact.
    pub(in crate::faces::livechat) fn add(&mut self, id: &str, user_type: UserType, visibility: &str) -> Vec<Change> {
        match self.document.users.iter_mut().find(|listed| listed.id == id) {
            Some(listed) => {
                listed.present = true;
                visibility.clone_into(&mut listed.visibility);
            }
            None => self.document.users.push(ChatUser {
                id: id.to_owned(),
                user_type,
                visibility: visibility.to_owned(),
                present: true,
                seen_up_to: None,
            }),
        }
        let member = Member { channel: self.channel.clone(), user: id.to_owned(), roles: Vec::new(), invited: false };
        if user_type == UserType::Agent { vec![Change::MemberPut(member)] } else { Vec::new() }
    }

    /// Takes somebody off the user list; the changes that make it a fact.
    pub(in crate::faces::livechat) fn remove(&mut self, id: &str) -> Vec<Change> {
        let Some(listed) = self.document.users.iter_mut().find(|listed| listed.id == id && listed.present) else { return Vec::new() };
        listed.present = false;
        let gone = Change::MemberRemoved { channel: self.channel.clone(), user: id.to_owned() };
        if listed.user_type == UserType::Agent { vec![gone] } else { Vec::new() }
    }

    /// The chat's document, to write.
    ///
    /// # Errors
    /// Never.
    pub(in crate::faces::livechat) fn write(&self) -> Result<DocumentWrite, Fault> {
        keep::put(kind::CHANNEL, self.channel.as_str(), &self.document)
    }

    /// A thread's document, to write.
    ///
    /// # Errors
    /// Never.
    pub(in crate::faces::livechat) fn write_thread(&self, thread: &ThreadDocument) -> Result<DocumentWrite, Fault> {
        keep::put(THREAD, keep::composed(&[&self.id, &thread.id]), thread)
    }

    /// Makes these the groups with access, from the latest thread on.
    pub(in crate::faces::livechat) fn open_to(&mut self, groups: &BTreeSet<u64>) -> Change {
        self.fact.access = groups.iter().map(u64::to_string).collect();
        Change::ChannelPut(self.fact.clone())
    }
}
