//! Whoever is connected is told when what they may do in a channel changes. Stream tells nobody; its users ask for it.
//!
//! Ben has `general` open. His role gets a grant less, or he is banned for a minute, or somebody freezes the channel: within moments his
//! client hears what he may do now, and shows no button that would be refused. When the minute is over it hears again.
//!
//! One task for each app that somebody is connected to follows the app's changes, whichever face they come through, off the path of
//! whoever makes them. It gathers what has come in since it last looked, finds the (connection, channel) pairs that it can concern, asks
//! the engine for each, and tells those for whom the answer is another than before. Its work is bounded by who is connected and what
//! they have open; when it falls behind, it looks at everything once and has caught up.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use hallpass::{Change, ChannelId, Question, Relation, RelationKind, Resource, Timestamp};
use serde_json::{Value, json};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use super::super::caller::Caller;
use super::super::capabilities::Own;
use super::super::channel::told;
use super::super::dialect::Dialect;
use super::super::error::StreamError;
use super::super::event::{Event, Voice};
use super::Live;
use super::hub::{ConnectionId, Hub};
use crate::authorize::authorize;
use crate::tenant::{Changed, Tenant};

/// Memberships of a user that its connection is told about without watching them: the first so many, by id.
const MEMBERSHIPS: usize = 1_000;
/// Pairs that are looked at before others get a turn on this thread.
const AT_ONCE: usize = 64;

/// What somebody may do in a channel, and until when if that ends by itself.
pub(super) fn own_of(tenant: &Tenant, caller: &Caller, channel: &ChannelId, now: Timestamp) -> (Own, Option<Timestamp>) {
    let own = Own::of(tenant, &caller.subject(), channel, now);
    let Some(user) = caller.user() else { return (own, None) };
    let end = |channel: Option<&ChannelId>| {
        let ban = Relation { kind: RelationKind::Ban, user: user.to_owned(), other: None, channel: channel.cloned(), expires_at: None };
        tenant.engine().relation(&ban)?.expires_at.filter(|end| *end > now)
    };
    (own, [end(None), end(Some(channel))].into_iter().flatten().min())
}

/// Whether a user is a member of a channel, and not only invited.
pub(super) fn is_joined(tenant: &Tenant, channel: &ChannelId, user: &str) -> bool {
    tenant.engine().member(channel.as_str(), user).is_some_and(|member| !member.invited)
}

/// Notes the channels that a user who has just connected is a member of.
///
/// # Errors
/// When the store fails.
pub(in super::super) async fn note_memberships(hub: &Hub, id: &ConnectionId, caller: &Caller, now: Timestamp) -> Result<(), StreamError> {
    let Some(user) = caller.user() else { return Ok(()) };
    let of = user.to_owned();
    let read = hub.tenant().read(move |store, app| store.memberships(app, &of, None, MEMBERSHIPS));
    for member in read.await.map_err(StreamError::internal)? {
        // It may have ended since it was read, and then nobody would come back to it.
        if is_joined(hub.tenant(), &member.channel, user) {
            let (own, until) = own_of(hub.tenant(), caller, &member.channel, now);
            let mut all = hub.lock();
            if all.note(id, &member.channel).is_some() {
                all.set_own(id, &member.channel, own, until);
            }
        }
    }
    hub.sooner.notify_one();
    Ok(())
}

/// Follows an app until it is deleted or the server stops.
pub(super) async fn follow(live: Live, hub: Arc<Hub>, mut changes: broadcast::Receiver<Changed>, stopping: impl Future<Output = ()>) {
    let tenant = Arc::clone(hub.tenant());
    tokio::pin!(stopping);
    loop {
        let next = hub.lock().expiries.first().map(|(at, _, _)| *at);
        let expiry = async {
            match next {
                Some(at) => tenant.clock().until(at).await,
                None => std::future::pending().await,
            }
        };
        let mut touched = Touched::default();
        tokio::select! {
            received = changes.recv() => match received {
                Ok(changed) => touched.take(&hub, &changed),
                Err(RecvError::Lagged(_)) => touched.everything = true,
                Err(RecvError::Closed) => return,
            },
            () = expiry => touched.expired = true,
            () = hub.sooner.notified() => {}
            () = tenant.deleted() => {
                hub.dismiss(None);
                live.forget(&hub);
                return;
            }
            () = &mut stopping => return,
        }
        loop {
            match changes.try_recv() {
                Ok(changed) => touched.take(&hub, &changed),
                Err(TryRecvError::Lagged(_)) => touched.everything = true,
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        let latest = if touched.everything { Some(tenant.changed()) } else { touched.revision };
        review(&live, &hub, &touched).await;
        if let Some(revision) = latest {
            hub.followed_to(revision);
        }
    }
}

/// What changes can concern.
#[derive(Default)]
struct Touched {
    revision: Option<hallpass::Revision>,
    everything: bool,
    expired: bool,
    users: HashSet<String>,
    channels: HashSet<ChannelId>,
    members: HashSet<(ChannelId, String)>,
}

impl Touched {
    fn take(&mut self, hub: &Hub, (revision, changes): &Changed) {
        self.revision = Some(*revision);
        for change in changes.iter() {
            self.add(hub, change);
        }
    }

    fn add(&mut self, hub: &Hub, change: &Change) {
        match change {
            Change::UserPut(user) => {
                if user.deactivated || user.deleted {
                    hub.dismiss(Some(&user.id));
                }
                self.user(hub, &user.id);
            }
            Change::UserRemoved { id } => hub.dismiss(Some(id)),
            Change::ChannelPut(channel) => _ = self.channels.insert(channel.id.clone()),
            Change::ChannelRemoved { id } => _ = self.channels.insert(id.clone()),
            Change::MemberPut(member) => self.member(hub, &member.channel, &member.user),
            Change::MemberRemoved { channel, user } => self.member(hub, channel, user),
            Change::RelationPut(relation) | Change::RelationRemoved(relation) if relation.kind == RelationKind::Ban => {
                match &relation.channel {
                    Some(channel) => self.member(hub, channel, &relation.user),
                    None => self.user(hub, &relation.user),
                }
            }
            Change::RelationPut(_) | Change::RelationRemoved(_) => {}
            Change::ClientPut(_) | Change::ClientRemoved { .. } | Change::TokenPut(_) | Change::TokenRemoved { .. } => {}
            policy => self.everything |= policy.is_policy(),
        }
    }

    fn user(&mut self, hub: &Hub, id: &str) {
        if hub.is_online(id) {
            self.users.insert(id.to_owned());
        }
    }

    fn member(&mut self, hub: &Hub, channel: &ChannelId, user: &str) {
        if hub.is_online(user) {
            self.members.insert((channel.clone(), user.to_owned()));
        }
    }

    /// The pairs to look at; those that nobody had open and that are memberships now are noted.
    fn pairs(&self, hub: &Hub, now: Timestamp) -> BTreeSet<(ConnectionId, ChannelId)> {
        let joined = |(channel, user): &&(ChannelId, String)| is_joined(hub.tenant(), channel, user);
        let new: Vec<&(ChannelId, String)> = self.members.iter().filter(joined).collect();
        let mut all = hub.lock();
        for (channel, user) in new {
            for id in all.by_user.get(user).cloned().unwrap_or_default() {
                all.note(&id, channel);
            }
        }
        let mut pairs = BTreeSet::new();
        if self.expired {
            let due = all.expiries.iter().take_while(|(at, _, _)| *at <= now);
            pairs.extend(due.map(|(_, id, channel)| (Arc::clone(id), channel.clone())));
        }
        let mut of_connection = |id: &ConnectionId| {
            let channels = all.by_id.get(id).map(|connection| connection.channels.keys());
            pairs.extend(channels.into_iter().flatten().map(|channel| (Arc::clone(id), channel.clone())));
        };
        if self.everything {
            all.by_id.keys().for_each(&mut of_connection);
            return pairs;
        }
        self.users.iter().filter_map(|user| all.by_user.get(user)).flatten().for_each(&mut of_connection);
        for channel in &self.channels {
            pairs.extend(all.by_channel.get(channel).into_iter().flatten().map(|id| (Arc::clone(id), channel.clone())));
        }
        for (channel, user) in &self.members {
            let has_open = |id: &&ConnectionId| all.by_id.get(*id).is_some_and(|connection| connection.channels.contains_key(channel));
            pairs.extend(all.by_user.get(user).into_iter().flatten().filter(has_open).map(|id| (Arc::clone(id), channel.clone())));
        }
        pairs
    }
}

/// Looks at what was touched, and tells whoever may now do more or less than before.
async fn review(live: &Live, hub: &Arc<Hub>, touched: &Touched) {
    let now = hub.tenant().now();
    let mut rendered = HashMap::new();
    for (at, (id, channel)) in touched.pairs(hub, now).into_iter().enumerate() {
        if at % AT_ONCE == AT_ONCE - 1 {
            tokio::task::yield_now().await;
        }
        let Some((caller, dialect)) = hub.lock().by_id.get(&id).map(|connection| (connection.caller.clone(), connection.dialect)) else {
            continue;
        };
        let is_there = hub.tenant().engine().channel(channel.as_str()).is_some_and(|fact| !fact.deleted);
        let (own, until) = own_of(hub.tenant(), &caller, &channel, now);
        let is_news = hub.lock().set_own(&id, &channel, own, until);
        if is_there && is_news {
            let voice = Voice::of(live, hub, dialect, now);
            if let Err(error) = tell(&voice, hub, &id, &caller, &channel, own, &mut rendered).await {
                tracing::warn!(error = error.message, "a change of capabilities was not told");
            }
        }
        let mut all = hub.lock();
        let watches = all.by_id.get(&id).and_then(|connection| connection.channels.get(&channel)).is_some_and(|seen| seen.watches);
        let joined = caller.user().is_some_and(|user| is_joined(hub.tenant(), &channel, user));
        if !is_there || (!watches && !joined) {
            all.drop_channel(&id, &channel);
        }
    }
}

/// Tells one connection: first the channel with its `own_capabilities`, which is what SDKs keep, then that they have changed, which is
/// what user interfaces wait for. Who may not read the channel (any more) hears nothing of it but that.
async fn tell(
    voice: &Voice,
    hub: &Hub,
    id: &ConnectionId,
    caller: &Caller,
    channel: &ChannelId,
    own: Own,
    rendered: &mut HashMap<(ChannelId, Dialect), Value>,
) -> Result<(), StreamError> {
    let question = Question::of(caller.subject(), "ReadChannel", Resource::channel(channel.as_str())).at(voice.now);
    let mut shown = if authorize(hub.tenant(), &question).allowed {
        let key = (channel.clone(), voice.dialect);
        if !rendered.contains_key(&key) {
            rendered.insert(key.clone(), told::channel(voice, channel).await?);
        }
        rendered.get(&key).cloned().unwrap_or_default()
    } else {
        json!({"id": channel.id(), "type": channel.channel_type(), "cid": channel.as_str()})
    };
    let words = json!(own.words());
    if let Some(shown) = shown.as_object_mut() {
        shown.insert("own_capabilities".to_owned(), words.clone());
    }
    let to = caller.user().unwrap_or_default();
    let updated = Event::to_user("channel.updated", to).about(channel).with("channel", shown);
    let changed = Event::to_user("capabilities.changed", to).about(channel).with("own_capabilities", words);
    for event in [updated, changed] {
        hub.put(id, event.text(None, voice.dialect, voice.now).into());
    }
    Ok(())
}
