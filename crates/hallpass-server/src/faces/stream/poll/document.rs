//! What is kept of polls and votes.

use std::collections::{BTreeMap, BTreeSet};

use hallpass::{Resource, Timestamp};
use hallpass_store::DocumentWrite;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::call::Call;
use super::super::documents;
use super::super::error::StreamError;
use super::super::message::document::MessageDocument;

/// Kind of the documents of polls, by their id.
pub(in super::super) const POLL: &str = "poll";
/// Kind of the documents of votes, by poll, user and vote.
pub(in super::super) const VOTE: &str = "vote";
/// Polls read from the store at a time.
pub(super) const PAGE: usize = 1000;

/// A poll.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(in super::super) struct PollDocument {
    pub(in super::super) id: String,
    pub(in super::super) name: String,
    pub(in super::super) description: String,
    pub(in super::super) options: Vec<PollOption>,
    pub(in super::super) allow_answers: bool,
    pub(in super::super) allow_user_suggested_options: bool,
    pub(in super::super) enforce_unique_vote: bool,
    pub(in super::super) max_votes_allowed: Option<u64>,
    /// Nobody is told who voted for what.
    pub(in super::super) anonymous: bool,
    pub(in super::super) is_closed: bool,
    pub(in super::super) custom: Map<String, Value>,
    pub(in super::super) created_by: String,
    /// Teams of who made it.
    pub(in super::super) teams: BTreeSet<String>,
    /// Channels that it was sent to, where everybody sees it.
    pub(in super::super) channels: BTreeSet<String>,
    pub(in super::super) created_at: Timestamp,
    pub(in super::super) updated_at: Timestamp,
}

/// What can be voted for.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(in super::super) struct PollOption {
    pub(in super::super) id: String,
    pub(in super::super) text: String,
    pub(in super::super) custom: Map<String, Value>,
}

/// A vote for an option, or an answer in words.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(in super::super) struct VoteDocument {
    pub(in super::super) id: String,
    pub(in super::super) poll: String,
    pub(in super::super) user: String,
    pub(in super::super) option: Option<String>,
    pub(in super::super) answer: Option<String>,
    pub(in super::super) created_at: Timestamp,
    pub(in super::super) updated_at: Timestamp,
}

impl PollDocument {
    /// The document to write.
    pub(super) fn write(&self) -> Result<DocumentWrite, StreamError> {
        documents::put(POLL, &self.id, self)
    }
}

impl VoteDocument {
    /// Its key: votes of one poll lie together, and those of one user.
    pub(super) fn key(&self) -> String {
        format!("{}\n{}\n{}", self.poll, self.user, self.id)
    }

    /// The document to write.
    pub(super) fn write(&self) -> Result<DocumentWrite, StreamError> {
        documents::put(VOTE, &self.key(), self)
    }
}

/// Polls by id; those that are not there are left out.
pub(super) async fn polls(call: &Call, ids: Vec<String>) -> Result<BTreeMap<String, PollDocument>, StreamError> {
    documents::several(&call.tenant, POLL, ids).await
}

/// All votes of a poll, the oldest first.
pub(super) async fn votes(call: &Call, poll: &str) -> Result<Vec<VoteDocument>, StreamError> {
    let prefix = format!("{poll}\n");
    let read = call.tenant.read(move |store, app| store.scan_documents(app, VOTE, &prefix, None, usize::MAX));
    let found = read.await.map_err(StreamError::internal)?;
    let read = |(_, body)| serde_json::from_value(body).map_err(StreamError::internal);
    let mut votes: Vec<VoteDocument> = found.into_iter().map(read).collect::<Result<_, _>>()?;
    votes.sort_by_key(|vote| vote.created_at);
    Ok(votes)
}

/// Refuses a poll that the caller cannot send: one that is not there, is closed, or that they neither made nor see in a channel.
///
/// # Errors
/// Code 16 or 4.
pub(in super::super) async fn sendable(call: &Call, id: &str) -> Result<(), StreamError> {
    let poll = super::find(call, id).await?;
    let is_own = call.caller.is_server() || call.caller.user() == Some(&poll.created_by);
    if !is_own && !poll.channels.iter().any(|cid| call.may("ReadChannel", Resource::channel(cid))) {
        return Err(super::missing(id));
    }
    if poll.is_closed { Err(StreamError::field("message.poll_id", format!("poll '{id}' is closed"))) } else { Ok(()) }
}

/// What a message that carries a poll writes on the poll: its channel, once everybody there sees the message. Those for whom a message is
/// that others do not see see the poll with the message, and nowhere else. The caller holds the poll's lock.
pub(in super::super) async fn sent(call: &Call, message: &MessageDocument) -> Result<Option<DocumentWrite>, StreamError> {
    let Some(id) = message.poll.as_ref().filter(|_| message.is_for_everybody()) else { return Ok(None) };
    let Some(mut poll) = polls(call, vec![id.clone()]).await?.remove(id) else { return Ok(None) };
    if poll.channels.insert(message.cid.clone()) { poll.write().map(Some) } else { Ok(None) }
}

/// What to write where channels are gone for good: no poll is in them any more. Looks at every poll; nobody else may change any.
pub(in super::super) async fn left(call: &Call, channels: &BTreeSet<&str>) -> Result<Vec<DocumentWrite>, StreamError> {
    let (mut written, mut after) = (Vec::new(), None::<String>);
    loop {
        let from = after.take();
        let read = call.tenant.read(move |store, app| store.scan_documents(app, POLL, "", from.as_deref(), PAGE));
        let found = read.await.map_err(StreamError::internal)?;
        let Some((last, _)) = found.last() else { return Ok(written) };
        after = Some(last.clone());
        for (_, body) in found {
            let mut poll: PollDocument = serde_json::from_value(body).map_err(StreamError::internal)?;
            let before = poll.channels.len();
            poll.channels.retain(|cid| !channels.contains(cid.as_str()));
            if poll.channels.len() < before {
                written.push(poll.write()?);
            }
        }
    }
}
