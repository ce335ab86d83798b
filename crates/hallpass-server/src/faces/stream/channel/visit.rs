//! What a user has seen of a channel, and whether they hid it. It is noted by user and channel, member or not.
//!
//! A hidden channel comes back with the next message, so what is noted is *when* it was hidden; nothing has to be undone for a thousand
//! users when somebody posts. Unread messages are counted when they are asked for, for the same reason.

use std::collections::BTreeMap;

use hallpass::{ChannelId, Timestamp};
use hallpass_store::DocumentWrite;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::super::call::Call;
use super::super::error::StreamError;
use super::super::message::{document, unread};
use super::super::user::render::Users;
use super::super::{documents, moderation};
use super::member::Membership;

/// Kind of documents about visits.
const VISIT: &str = "visit";
/// Channels whose unread messages are counted in one answer; the rest of a very long list counts as read.
const COUNTED: usize = 100;
/// Memberships read from the store at a time.
const PAGE: usize = 1000;

/// What is noted about one user in one channel.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(in super::super) struct Visit {
    /// When they read it last; before that they had read nothing since they joined.
    pub(in super::super) last_read: Option<Timestamp>,
    pub(in super::super) last_read_message: Option<String>,
    /// When they hid it.
    pub(in super::super) hidden_at: Option<Timestamp>,
    /// Messages of this time and before are gone for them.
    pub(in super::super) cleared_at: Option<Timestamp>,
}

impl Visit {
    /// Whether the channel is hidden: until somebody posts in it.
    pub(in super::super) async fn hides(&self, call: &Call, id: &ChannelId) -> Result<bool, StreamError> {
        if self.hidden_at.is_none() {
            return Ok(false);
        }
        let made = documents::channel(&call.tenant, id).await?.map(|channel| channel.created_at);
        let active = document::activity(call, vec![id.to_string()]).await?;
        Ok(self.hides_since(made, active.get(id.as_str()).map(|active| active.at)))
    }

    /// Whether a channel is hidden that was made, and last posted in, at these times.
    pub(super) fn hides_since(&self, made: Option<Timestamp>, active: Option<Timestamp>) -> bool {
        // What was hidden may have been another channel, of this id.
        self.hidden_at.is_some_and(|hidden| made.is_none_or(|made| made <= hidden) && active.is_none_or(|active| active <= hidden))
    }

    /// The document to write.
    pub(super) fn write(&self, user: &str, id: &ChannelId) -> Result<DocumentWrite, StreamError> {
        documents::put(VISIT, &key(user, id.as_str()), self)
    }
}

fn key(user: &str, cid: &str) -> String {
    format!("{user}\u{1f}{cid}")
}

/// What is noted about a user in a channel.
pub(in super::super) async fn one(call: &Call, user: &str, id: &ChannelId) -> Result<Visit, StreamError> {
    Ok(of_users(call, id, [user]).await?.remove(user).unwrap_or_default())
}

/// What members have read of a channel, as its state shows it.
pub(super) async fn read_state(call: &Call, id: &ChannelId, members: &[Membership], users: &Users) -> Result<Value, StreamError> {
    let visits = of_users(call, id, members.iter().map(|member| member.fact.user.as_str())).await?;
    let joined: Vec<&Membership> = members.iter().filter(|member| !member.fact.invited).collect();
    let since = |member: &Membership| {
        let visit = visits.get(&member.fact.user);
        visit.and_then(|visit| visit.last_read).unwrap_or(member.document.created_at)
    };
    let oldest = joined.iter().map(|member| since(member)).min().unwrap_or(call.now);
    let messages = unread::since(call, id.as_str(), oldest).await?;
    let mut read = Vec::with_capacity(joined.len());
    for member in joined {
        let user = member.fact.user.as_str();
        let visit = visits.get(user).cloned().unwrap_or_default();
        let since = since(member);
        let mut shown = Map::from_iter([
            ("last_read".to_owned(), call.dialect.time(since)),
            ("unread_messages".to_owned(), json!(unread::count_in(&messages, user, since))),
            ("user".to_owned(), users.get(user).unwrap_or_else(|| json!({ "id": user }))),
        ]);
        if let Some(last) = visit.last_read_message {
            shown.insert("last_read_message_id".to_owned(), json!(last));
        }
        read.push(Value::Object(shown));
    }
    Ok(Value::Array(read))
}

/// What is noted about users in a channel, by user.
pub(super) async fn of_users<'a>(
    call: &Call,
    id: &ChannelId,
    users: impl IntoIterator<Item = &'a str>,
) -> Result<BTreeMap<String, Visit>, StreamError> {
    let keys = users.into_iter().map(|user| key(user, id.as_str())).collect();
    let found = documents::several::<Visit>(&call.tenant, VISIT, keys).await?;
    Ok(found.into_iter().filter_map(|(key, visit)| Some((key.split('\u{1f}').next()?.to_owned(), visit))).collect())
}

/// What is noted about a user in channels, by channel.
pub(super) async fn of_channels(call: &Call, user: &str, cids: &[String]) -> Result<BTreeMap<String, Visit>, StreamError> {
    let found = documents::several::<Visit>(&call.tenant, VISIT, cids.iter().map(|cid| key(user, cid)).collect()).await?;
    Ok(found.into_iter().filter_map(|(key, visit)| Some((key.split('\u{1f}').nth(1)?.to_owned(), visit))).collect())
}

/// The unread messages of one channel.
pub(in super::super) struct Unread {
    pub(in super::super) id: ChannelId,
    pub(in super::super) last_read: Timestamp,
    pub(in super::super) count: u64,
}

/// The channels in which a user, as a member, has unread messages. Muted channels have none.
pub(in super::super) async fn unread_of(call: &Call, user: &str) -> Result<Vec<Unread>, StreamError> {
    let (mut found, mut after) = (Vec::new(), None::<ChannelId>);
    loop {
        let (of, from) = (user.to_owned(), after.take());
        let read = call.tenant.read(move |store, app| store.memberships(app, &of, from.as_ref(), PAGE));
        let page = read.await.map_err(StreamError::internal)?;
        let Some(last) = page.last() else { return Ok(found) };
        after = Some(last.channel.clone());
        let page: Vec<ChannelId> = page.into_iter().filter(|member| !member.invited).map(|member| member.channel).collect();
        let cids: Vec<String> = page.iter().map(ToString::to_string).collect();
        let active = document::activity(call, cids.clone()).await?;
        let visits = of_channels(call, user, &cids).await?;
        for id in page {
            let Some(active) = active.get(id.as_str()) else { continue };
            let visit = visits.get(id.as_str()).cloned().unwrap_or_default();
            let since = since(call, user, &id, &visit).await?;
            let is_muted = || moderation::mute_channel::muted(call, user, &id).is_some();
            if active.at <= since || super::live(call, &id).is_err() || is_muted() {
                continue;
            }
            let count = unread::count(call, id.as_str(), user, since).await?;
            if count > 0 {
                found.push(Unread { id, last_read: since, count });
            }
            if found.len() == COUNTED {
                return Ok(found);
            }
        }
    }
}

/// From when on messages are unread: since the user last read, or joined.
pub(super) async fn since(call: &Call, user: &str, id: &ChannelId, visit: &Visit) -> Result<Timestamp, StreamError> {
    match visit.last_read {
        Some(at) => Ok(at),
        None => {
            let member = super::members::some(call, id, &[user.to_owned()]).await?.pop();
            Ok(member.map_or(call.now, |member| member.document.created_at))
        }
    }
}
