//! What is kept of a message.

use std::collections::{BTreeMap, BTreeSet};

use hallpass::Timestamp;
use hallpass_store::DocumentWrite;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::call::Call;
use super::super::documents;
use super::super::error::StreamError;
use super::line;

/// Kind of the documents of messages, by their id.
pub(in super::super) const MESSAGE: &str = "message";
/// Kind of the documents of reactions, by message, type and user.
pub(super) const REACTION: &str = "reaction";
/// Kind of the documents that say when somebody last posted in a channel, by channel and user.
pub(super) const LAST_POST: &str = "last_post";
/// Kind of the documents that say when anybody last posted in a channel, by channel.
pub(in super::super) const ACTIVITY: &str = "activity";
/// Reactions that a message shows without being asked for all.
pub(super) const LATEST: usize = 10;

/// What sort of message it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in super::super) enum Sort {
    /// What people write.
    #[default]
    Regular,
    /// What the app says.
    System,
    /// The answer to a command, that its author alone sees until they send it.
    Ephemeral,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(in super::super) struct MessageDocument {
    pub(in super::super) id: String,
    /// The channel, `type:id`.
    pub(in super::super) cid: String,
    /// The author.
    pub(in super::super) user: String,
    /// Where it stands in its line: see [`line::key`].
    pub(in super::super) order: String,
    pub(in super::super) sort: Sort,
    pub(in super::super) text: String,
    pub(in super::super) attachments: Vec<Value>,
    pub(in super::super) mentioned_users: Vec<String>,
    pub(in super::super) mentioned_here: bool,
    pub(in super::super) mentioned_channel: bool,
    pub(in super::super) mentioned_roles: Vec<String>,
    pub(in super::super) mentioned_groups: Vec<String>,
    /// The message that this one replies to.
    pub(in super::super) parent: Option<String>,
    pub(in super::super) show_in_channel: bool,
    pub(in super::super) quoted: Option<String>,
    /// Those who may see it, where not everybody may.
    pub(in super::super) restricted_to: Vec<String>,
    pub(in super::super) silent: bool,
    pub(in super::super) poll: Option<String>,
    pub(in super::super) location: Option<Value>,
    pub(in super::super) command: Option<String>,
    pub(in super::super) custom: Map<String, Value>,
    pub(in super::super) pinned_at: Option<Timestamp>,
    pub(in super::super) pinned_by: Option<String>,
    pub(in super::super) pin_expires: Option<Timestamp>,
    pub(in super::super) created_at: Timestamp,
    pub(in super::super) updated_at: Timestamp,
    pub(in super::super) text_updated_at: Option<Timestamp>,
    pub(in super::super) deleted_at: Option<Timestamp>,
    /// Those who deleted it for themselves.
    pub(in super::super) deleted_for: BTreeSet<String>,
    /// What moderation did to it: kept by the files of moderation.
    pub(in super::super) moderation: Option<Value>,
    /// Its author was banned without their knowledge when they sent it: nobody else sees it.
    pub(in super::super) shadowed: bool,
    pub(in super::super) reply_count: u64,
    pub(in super::super) deleted_reply_count: u64,
    pub(in super::super) last_reply_at: Option<Timestamp>,
    /// Authors of replies, each once, in the order of their first.
    pub(in super::super) participants: Vec<String>,
    pub(in super::super) thread: ThreadNote,
    pub(in super::super) reactions: BTreeMap<String, ReactionGroup>,
    /// The latest reactions, newest first.
    pub(in super::super) latest_reactions: Vec<ReactionDocument>,
}

/// What is noted about a thread, on the message that started it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(in super::super) struct ThreadNote {
    pub(in super::super) title: String,
    pub(in super::super) custom: Map<String, Value>,
    pub(in super::super) updated_at: Option<Timestamp>,
}

/// The reactions of one type to a message.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(in super::super) struct ReactionGroup {
    pub(in super::super) count: u64,
    pub(in super::super) sum_scores: i64,
    pub(in super::super) first_at: Timestamp,
    pub(in super::super) last_at: Timestamp,
}

/// One reaction.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(in super::super) struct ReactionDocument {
    pub(in super::super) message: String,
    pub(in super::super) kind: String,
    pub(in super::super) user: String,
    pub(in super::super) score: i64,
    pub(in super::super) custom: Map<String, Value>,
    pub(in super::super) created_at: Timestamp,
    pub(in super::super) updated_at: Timestamp,
}

impl ReactionDocument {
    /// Its key: reactions of one message lie together, and those of one type.
    pub(super) fn key(&self) -> String {
        reaction_key(&self.message, &self.kind, &self.user)
    }
}

/// The key of a reaction.
pub(super) fn reaction_key(message: &str, kind: &str, user: &str) -> String {
    format!("{message}\n{kind}\n{user}")
}

impl MessageDocument {
    /// Whether it is pinned now.
    pub(in super::super) fn is_pinned(&self, now: Timestamp) -> bool {
        self.pinned_at.is_some() && self.pin_expires.is_none_or(|end| now < end)
    }

    /// Whether everybody sees it who may read the channel.
    pub(in super::super) fn is_for_everybody(&self) -> bool {
        self.restricted_to.is_empty() && self.is_told()
    }

    /// Whether others than its author are told of it. Only such replies are counted.
    pub(in super::super) fn is_told(&self) -> bool {
        !self.shadowed && self.sort != Sort::Ephemeral
    }

    /// The document to write.
    pub(in super::super) fn write(&self) -> Result<DocumentWrite, StreamError> {
        documents::put(MESSAGE, &self.id, self)
    }

    /// What to write where it was pinned or unpinned.
    pub(super) fn pin_line(&self, now: Timestamp) -> DocumentWrite {
        let key = line::key_on(&self.cid, &self.order);
        if self.is_pinned(now) {
            DocumentWrite::put(line::PINNED, key, Value::from(self.id.as_str()))
        } else {
            DocumentWrite::delete(line::PINNED, key)
        }
    }

    /// What to write for it to be found: lines of its channel and thread, and among the pinned.
    pub(super) fn lines(&self, now: Timestamp) -> Vec<DocumentWrite> {
        let mut written = Vec::new();
        if self.sort == Sort::Ephemeral {
            return written;
        }
        let mut on = |kind: &str, of: &str| {
            written.push(DocumentWrite::put(kind, line::key_on(of, &self.order), Value::from(self.id.as_str())));
        };
        if self.parent.is_none() || self.show_in_channel {
            on(line::TIMELINE, &self.cid);
        }
        if let Some(parent) = &self.parent {
            on(line::THREAD, parent);
        }
        if self.pinned_at.is_some() {
            written.push(self.pin_line(now));
        }
        written
    }
}

/// The message of this id.
pub(super) async fn message(call: &Call, id: &str) -> Result<Option<MessageDocument>, StreamError> {
    Ok(messages(call, vec![id.to_owned()]).await?.remove(id))
}

/// Messages by id; those that are not there are left out.
pub(in super::super) async fn messages(call: &Call, ids: Vec<String>) -> Result<BTreeMap<String, MessageDocument>, StreamError> {
    documents::several(&call.tenant, MESSAGE, ids).await
}

/// When anybody last posted in a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(in super::super) struct Activity {
    pub(in super::super) at: Timestamp,
}

/// When anybody last posted in these channels.
pub(in super::super) async fn activity(call: &Call, cids: Vec<String>) -> Result<BTreeMap<String, Activity>, StreamError> {
    documents::several(&call.tenant, ACTIVITY, cids).await
}

/// The key of when a user last posted in a channel.
pub(super) fn last_post_key(cid: &str, user: &str) -> String {
    format!("{cid}\n{user}")
}

/// When a user last posted in a channel.
pub(in super::super) async fn last_post(call: &Call, cid: &str, user: &str) -> Result<Option<Timestamp>, StreamError> {
    let key = last_post_key(cid, user);
    let mut found = documents::several::<Activity>(&call.tenant, LAST_POST, vec![key.clone()]).await?;
    Ok(found.remove(&key).map(|activity| activity.at))
}
