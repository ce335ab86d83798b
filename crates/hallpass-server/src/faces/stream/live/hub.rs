//! The connections of one app: who they are, which channels they have open, and how an event finds them.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::ws::Utf8Bytes;
use hallpass::{ChannelId, Question, Resource, Revision, Timestamp};
use tokio::sync::Notify;

use super::super::caller::Caller;
use super::super::capabilities::Own;
use super::super::dialect::Dialect;
use super::super::event::{Audience, Event, Witness};
use super::outbox::{Ending, Outbox};
use crate::authorize::authorize_all;
use crate::tenant::Tenant;

/// Most connections of one user at a time: their devices and tabs.
pub(in super::super) const CONNECTIONS_PER_USER: usize = 32;
/// Most connections of one app at a time.
pub(in super::super) const CONNECTIONS: usize = 50_000;
/// Most connections of nobody at a time: they are no user whose connections could be counted, and leave room for those who are.
pub(in super::super) const CONNECTIONS_OF_NOBODY: usize = CONNECTIONS / 10;
/// Most channels that one connection has open.
pub(in super::super) const CHANNELS: usize = 2_000;

/// Names a connection. Random: whoever knows it may let it watch, if they are its user.
pub(in super::super) type ConnectionId = Arc<str>;

/// What a connection knows of a channel.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    /// It watches.
    pub(super) watches: bool,
    /// It wants to know who is there.
    pub(super) presence: bool,
    /// What its user was last told (or would have been shown) that they may do; `None`: nothing yet.
    pub(super) own: Option<Own>,
    /// When that ends by itself: a ban expires.
    pub(super) until: Option<Timestamp>,
}

/// A connection.
pub(super) struct Connection {
    pub(super) caller: Caller,
    pub(super) dialect: Dialect,
    pub(super) outbox: Outbox,
    pub(super) channels: HashMap<ChannelId, Seen>,
}

/// All of them, and how to find some.
#[derive(Default)]
pub(super) struct Connections {
    pub(super) by_id: HashMap<ConnectionId, Connection>,
    pub(super) by_channel: HashMap<ChannelId, HashSet<ConnectionId>>,
    pub(super) by_user: HashMap<String, HashSet<ConnectionId>>,
    /// How many have no user.
    pub(super) of_nobody: usize,
    /// When to look at which again.
    pub(super) expiries: BTreeSet<(Timestamp, ConnectionId, ChannelId)>,
}

/// The connections of one app.
pub(in super::super) struct Hub {
    tenant: Arc<Tenant>,
    connections: Mutex<Connections>,
    /// Up to which change the memberships that connections have are known.
    followed: AtomicU64,
    /// Something may now end sooner than the follower thinks.
    pub(super) sooner: Notify,
}

/// Somebody whom an event concerns.
struct Listener {
    id: ConnectionId,
    caller: Caller,
    outbox: Outbox,
    /// The channel through which it concerns them, where there is one.
    channel: Option<ChannelId>,
    /// Not a watcher: told under another type.
    as_member: bool,
}

impl Hub {
    pub(super) fn new(tenant: Arc<Tenant>) -> Self {
        let followed = AtomicU64::new(tenant.changed().0);
        Self { tenant, connections: Mutex::default(), followed, sooner: Notify::new() }
    }

    /// The app.
    pub(in super::super) fn tenant(&self) -> &Arc<Tenant> {
        &self.tenant
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Connections> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn followed_to(&self, revision: Revision) {
        self.followed.store(revision.0, Ordering::Release);
    }

    /// Lets a connection in; `false` if there are too many.
    pub(in super::super) fn enter(&self, id: &ConnectionId, caller: &Caller, dialect: Dialect, outbox: Outbox) -> bool {
        let mut all = self.lock();
        all.add(id, Connection { caller: caller.clone(), dialect, outbox, channels: HashMap::new() })
    }

    /// Forgets a connection, and says which channels it watched; `None` if it was gone already.
    pub(in super::super) fn leave(&self, id: &ConnectionId) -> Option<Vec<ChannelId>> {
        self.lock().remove(id)
    }

    /// Whether a user is connected.
    pub(in super::super) fn is_online(&self, user: &str) -> bool {
        self.lock().by_user.contains_key(user)
    }

    /// The dialects in which somebody is connected.
    pub(in super::super) fn dialects(&self) -> Vec<Dialect> {
        let all = self.lock();
        let spoken = |dialect: &Dialect| all.by_id.values().any(|connection| connection.dialect == *dialect);
        [Dialect::Flat, Dialect::Prefixed].into_iter().filter(spoken).collect()
    }

    /// Who watches a channel: the users (anonymous ones are counted, not named).
    pub(in super::super) fn watchers(&self, channel: &ChannelId) -> (Vec<String>, usize) {
        let all = self.lock();
        let watching = all.watching(channel).filter_map(|id| all.by_id.get(id));
        let (mut users, mut nameless) = (BTreeSet::new(), 0);
        for connection in watching {
            match connection.caller.user() {
                Some(user) => _ = users.insert(user.to_owned()),
                None => nameless += 1,
            }
        }
        let count = users.len() + nameless;
        (users.into_iter().collect(), count)
    }

    /// Puts a text into the queue of a connection.
    pub(in super::super) fn put(&self, id: &ConnectionId, text: Utf8Bytes) {
        let outbox = self.lock().by_id.get(id).map(|connection| connection.outbox.clone());
        outbox.map(|outbox| outbox.put(text));
    }

    /// Ends the connections of a user, or all.
    pub(in super::super) fn dismiss(&self, user: Option<&str>) {
        let all = self.lock();
        let of = |connection: &&Connection| user.is_none() || connection.caller.user() == user;
        all.by_id.values().filter(of).for_each(|connection| connection.outbox.end(Ending::NoLongerWelcome));
    }

    /// Those whom an event concerns, and who may see it.
    pub(in super::super) fn witnesses(&self, event: &Event) -> Vec<Witness> {
        let of = |listener: Listener| Witness { connection: listener.id, as_member: listener.as_member };
        [Dialect::Flat, Dialect::Prefixed].into_iter().flat_map(|dialect| self.entitled(event, dialect)).map(of).collect()
    }

    /// Sends an event to those of one dialect whom it concerns and who may see it.
    pub(in super::super) fn deliver(&self, event: &Event, dialect: Dialect, at: Timestamp) {
        let listeners = self.entitled(event, dialect);
        if listeners.is_empty() {
            return;
        }
        let own: Utf8Bytes = event.text(None, dialect, at).into();
        let to_members = event.to_members.map(|kind| Utf8Bytes::from(event.text(Some(kind), dialect, at)));
        for listener in listeners {
            let text = if listener.as_member { to_members.clone().unwrap_or_default() } else { own.clone() };
            listener.outbox.put(text);
        }
    }

    fn entitled(&self, event: &Event, dialect: Dialect) -> Vec<Listener> {
        let mut listeners = self.listeners(event, dialect);
        if let Some(only) = &event.only {
            listeners.retain(|listener| listener.caller.user().is_some_and(|user| only.contains(user)));
        }
        if let Some(except) = &event.except {
            listeners.retain(|listener| listener.caller.user() != Some(except));
        }
        self.keep_those_who_may("ReadChannel", &mut listeners, |_| true);
        if let Some(named) = &event.restricted {
            let others = |listener: &Listener| listener.caller.user().is_none_or(|user| !named.contains(user));
            self.keep_those_who_may("ReadRestrictedVisibilityMessage", &mut listeners, others);
        }
        listeners
    }

    /// Asks the engine, once for each of `whom` that an event concerns through a channel, and drops those whom it refuses.
    fn keep_those_who_may(&self, action: &str, listeners: &mut Vec<Listener>, whom: impl Fn(&Listener) -> bool) {
        let now = self.tenant.now();
        let asked = |listener: &Listener| listener.channel.is_some() && whom(listener);
        let questions: Vec<Question<'_>> = listeners
            .iter()
            .filter(|listener| asked(listener))
            .map(|listener| {
                let channel = listener.channel.as_ref().map_or("", ChannelId::as_str);
                Question::of(listener.caller.subject(), action, Resource::channel(channel)).at(now)
            })
            .collect();
        if questions.is_empty() {
            return;
        }
        let mut decisions = authorize_all(&self.tenant, &questions).into_iter();
        let verdicts: Vec<bool> =
            listeners.iter().map(|listener| !asked(listener) || decisions.next().is_some_and(|decision| decision.allowed)).collect();
        let mut verdicts = verdicts.into_iter();
        listeners.retain(|_| verdicts.next().unwrap_or(false));
    }

    /// Those whom an event concerns, whether they may see it or not.
    fn listeners(&self, event: &Event, dialect: Dialect) -> Vec<Listener> {
        let all = self.lock();
        let mut found = match &event.audience {
            Audience::Channel(channel) => self.of_channel(&all, channel, event.to_members.is_some()),
            Audience::User(user) => all.of_user(user),
            Audience::Acquaintances(user) => self.acquaintances(&all, user, all.of_user(user), |_| true),
            Audience::Presence(user) => self.acquaintances(&all, user, Vec::new(), |seen| seen.presence),
            Audience::Witnesses(witnesses) => {
                witnesses.iter().filter_map(|witness| all.listener(&witness.connection, None, witness.as_member)).collect()
            }
        };
        drop(all);
        found.retain(|(_, connection_dialect)| *connection_dialect == dialect);
        found.into_iter().map(|(listener, _)| listener).collect()
    }

    fn of_channel(&self, all: &Connections, channel: &ChannelId, with_members: bool) -> Vec<(Listener, Dialect)> {
        let engine = self.tenant.engine();
        let joined = |user: &str| engine.member(channel.as_str(), user).is_some_and(|member| !member.invited);
        let mut found: Vec<_> = all.watching(channel).filter_map(|id| all.listener(id, Some(channel), false)).collect();
        if !with_members {
            return found;
        }
        // Right after a change, who is a member may not be noted yet: then everybody is looked at.
        let is_noted = self.followed.load(Ordering::Acquire) >= self.tenant.changed().0;
        let noted = all.by_channel.get(channel).filter(|_| is_noted);
        let candidates: Box<dyn Iterator<Item = &ConnectionId>> = match noted {
            Some(noted) => Box::new(noted.iter()),
            None if is_noted => Box::new(std::iter::empty()),
            None => Box::new(all.by_id.keys()),
        };
        for id in candidates {
            let Some(connection) = all.by_id.get(id) else { continue };
            let watches = connection.channels.get(channel).is_some_and(|seen| seen.watches);
            if !watches && connection.caller.user().is_some_and(joined) {
                found.extend(all.listener(id, Some(channel), true));
            }
        }
        found
    }

    /// Adds those who have a channel open that a user is a member of.
    fn acquaintances(
        &self,
        all: &Connections,
        user: &str,
        mut found: Vec<(Listener, Dialect)>,
        wants: impl Fn(&Seen) -> bool,
    ) -> Vec<(Listener, Dialect)> {
        let engine = self.tenant.engine();
        let mut told: HashSet<ConnectionId> = found.iter().map(|(listener, _)| Arc::clone(&listener.id)).collect();
        for (channel, ids) in &all.by_channel {
            if engine.member(channel.as_str(), user).is_none() {
                continue;
            }
            for id in ids {
                let seen = all.by_id.get(id).and_then(|connection| connection.channels.get(channel));
                if seen.is_some_and(&wants) && told.insert(Arc::clone(id)) {
                    found.extend(all.listener(id, Some(channel), false));
                }
            }
        }
        found
    }
}

impl Connections {
    fn watching(&self, channel: &ChannelId) -> impl Iterator<Item = &ConnectionId> {
        let watches = |id: &&ConnectionId| {
            let seen = self.by_id.get(*id).and_then(|connection| connection.channels.get(channel));
            seen.is_some_and(|seen| seen.watches)
        };
        self.by_channel.get(channel).into_iter().flatten().filter(watches)
    }

    fn of_user(&self, user: &str) -> Vec<(Listener, Dialect)> {
        self.by_user.get(user).into_iter().flatten().filter_map(|id| self.listener(id, None, false)).collect()
    }

    fn listener(&self, id: &ConnectionId, channel: Option<&ChannelId>, as_member: bool) -> Option<(Listener, Dialect)> {
        let connection = self.by_id.get(id)?;
        let listener = Listener {
            id: Arc::clone(id),
            caller: connection.caller.clone(),
            outbox: connection.outbox.clone(),
            channel: channel.cloned(),
            as_member,
        };
        Some((listener, connection.dialect))
    }

    /// Adds a connection; `false` if there are too many of the app, of its user, or of nobody.
    fn add(&mut self, id: &ConnectionId, connection: Connection) -> bool {
        if self.by_id.len() >= CONNECTIONS {
            return false;
        }
        if let Some(user) = connection.caller.user() {
            let own = self.by_user.entry(user.to_owned()).or_default();
            if own.len() >= CONNECTIONS_PER_USER {
                return false;
            }
            own.insert(Arc::clone(id));
        } else {
            if self.of_nobody >= CONNECTIONS_OF_NOBODY {
                return false;
            }
            self.of_nobody += 1;
        }
        self.by_id.insert(Arc::clone(id), connection);
        true
    }

    /// Forgets a connection, and says which channels it watched.
    pub(super) fn remove(&mut self, id: &ConnectionId) -> Option<Vec<ChannelId>> {
        let connection = self.by_id.remove(id)?;
        match connection.caller.user() {
            None => self.of_nobody = self.of_nobody.saturating_sub(1),
            Some(user) => {
                if let Some(own) = self.by_user.get_mut(user) {
                    own.remove(id);
                    if own.is_empty() {
                        self.by_user.remove(user);
                    }
                }
            }
        }
        let mut watched = Vec::new();
        for (channel, seen) in connection.channels {
            if let Some(until) = seen.until {
                self.expiries.remove(&(until, Arc::clone(id), channel.clone()));
            }
            self.unlist(&channel, id);
            if seen.watches {
                watched.push(channel);
            }
        }
        Some(watched)
    }

    /// What a connection knows of a channel, noted now if it knew nothing; `None` if the connection is gone or has too many open.
    pub(super) fn note(&mut self, id: &ConnectionId, channel: &ChannelId) -> Option<&mut Seen> {
        let connection = self.by_id.get_mut(id)?;
        if !connection.channels.contains_key(channel) {
            if connection.channels.len() >= CHANNELS {
                return None;
            }
            self.by_channel.entry(channel.clone()).or_default().insert(Arc::clone(id));
        }
        Some(connection.channels.entry(channel.clone()).or_default())
    }

    /// Notes what a user may do in a channel, and until when; answers whether that is news to the connection.
    pub(super) fn set_own(&mut self, id: &ConnectionId, channel: &ChannelId, own: Own, until: Option<Timestamp>) -> bool {
        let Some(seen) = self.by_id.get_mut(id).and_then(|connection| connection.channels.get_mut(channel)) else { return false };
        let is_news = seen.own != Some(own);
        seen.own = Some(own);
        let before = std::mem::replace(&mut seen.until, until);
        if before != until {
            let entry = |at: Timestamp| (at, Arc::clone(id), channel.clone());
            before.map(|at| self.expiries.remove(&entry(at)));
            until.map(|at| self.expiries.insert(entry(at)));
        }
        is_news
    }

    /// Forgets a channel of a connection.
    pub(super) fn drop_channel(&mut self, id: &ConnectionId, channel: &ChannelId) {
        let seen = self.by_id.get_mut(id).and_then(|connection| connection.channels.remove(channel));
        if let Some(until) = seen.and_then(|seen| seen.until) {
            self.expiries.remove(&(until, Arc::clone(id), channel.clone()));
        }
        self.unlist(channel, id);
    }

    fn unlist(&mut self, channel: &ChannelId, id: &ConnectionId) {
        if let Some(ids) = self.by_channel.get_mut(channel) {
            ids.remove(id);
            if ids.is_empty() {
                self.by_channel.remove(channel);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::outbox;
    use super::*;

    fn connection(caller: Caller) -> Connection {
        Connection { caller, dialect: Dialect::Flat, outbox: outbox::queue().0, channels: HashMap::new() }
    }

    #[test]
    fn nobody_leaves_room_for_users() {
        let mut all = Connections::default();
        let nobody = || connection(Caller::Anonymous(String::new()));
        for id in 0..5_000 {
            assert!(all.add(&id.to_string().into(), nobody()));
        }
        assert!(!all.add(&"one more".into(), nobody()));
        assert!(all.add(&"ana".into(), connection(Caller::User("ana".to_owned()))));
        // Who leaves makes room, once.
        for _ in 0..2 {
            all.remove(&"7".into());
        }
        assert!(all.add(&"one more".into(), nobody()));
        assert!(!all.add(&"another".into(), nobody()));
    }
}
