//! Who may change what at the same time, inside one app.
//!
//! Ana changes her name while Ben adds Zoe to a channel: neither should wait for the other, and both should end up in the same disk
//! write. Meanwhile nobody may delete the role that Ben is about to give to Zoe. So changes of policy come alone, changes of facts come
//! together, and two changes of the same user or channel come one after the other.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

/// Entities share this many locks; two that fall on the same one wait for each other needlessly, which is rare and harmless.
const SHARDS: usize = 256;

/// What a command is about to touch. Name every entity whose facts or documents it reads to decide what to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Footprint {
    alone: bool,
    entities: BTreeSet<(&'static str, String)>,
}

impl Footprint {
    /// The policy (roles, permissions, grants, channel types, settings), or facts without bound (removing a user from every channel):
    /// nothing else changes meanwhile.
    pub fn policy() -> Self {
        Self { alone: true, entities: BTreeSet::new() }
    }

    /// Facts: of the entities that are named next.
    pub fn facts() -> Self {
        Self { alone: false, entities: BTreeSet::new() }
    }

    /// And this user: its facts, relations and document.
    #[must_use]
    pub fn user(self, id: impl Into<String>) -> Self {
        self.entity("user", id)
    }

    /// And this channel (`type:id`): its facts, members and documents.
    #[must_use]
    pub fn channel(self, id: impl Into<String>) -> Self {
        self.entity("channel", id)
    }

    /// And this document, of any other kind.
    #[must_use]
    pub fn entity(mut self, kind: &'static str, id: impl Into<String>) -> Self {
        self.entities.insert((kind, id.into()));
        self
    }
}

/// The locks of one app.
#[derive(Debug)]
pub(crate) struct Locks {
    app: Arc<RwLock<()>>,
    shards: Vec<Arc<Mutex<()>>>,
    hasher: RandomState,
}

/// Locks held until dropped.
#[derive(Debug)]
pub(crate) struct Held {
    _alone: Option<OwnedRwLockWriteGuard<()>>,
    _together: Option<OwnedRwLockReadGuard<()>>,
    _entities: Vec<OwnedMutexGuard<()>>,
}

impl Locks {
    pub(crate) fn new() -> Self {
        Self { app: Arc::default(), shards: (0..SHARDS).map(|_| Arc::default()).collect(), hasher: RandomState::new() }
    }

    /// Waits until nobody else changes what the footprint names. Shards are taken in order, so two commands never wait for each other.
    pub(crate) async fn hold(&self, footprint: &Footprint) -> Held {
        if footprint.alone {
            return Held { _alone: Some(self.app.clone().write_owned().await), _together: None, _entities: Vec::new() };
        }
        let together = self.app.clone().read_owned().await;
        let wanted: BTreeSet<usize> = footprint
            .entities
            .iter()
            .map(|entity| usize::try_from(self.hasher.hash_one(entity) % SHARDS as u64).unwrap_or_default())
            .collect();
        let mut entities = Vec::with_capacity(wanted.len());
        for shard in wanted.into_iter().filter_map(|index| self.shards.get(index)) {
            entities.push(shard.clone().lock_owned().await);
        }
        Held { _alone: None, _together: Some(together), _entities: entities }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    #[tokio::test]
    async fn same_entity_waits_others_do_not() {
        let locks = Locks::new();
        let ana = locks.hold(&Footprint::facts().user("ana")).await;
        assert!(locks.hold(&Footprint::facts().user("ana").channel("messaging:general")).now_or_never().is_none());
        assert!(locks.hold(&Footprint::facts()).now_or_never().is_some());
        assert!(locks.hold(&Footprint::policy()).now_or_never().is_none());
        drop(ana);
        let policy = locks.hold(&Footprint::policy()).await;
        assert!(locks.hold(&Footprint::facts().user("zoe")).now_or_never().is_none());
        drop(policy);
        assert!(locks.hold(&Footprint::facts().user("ana")).now_or_never().is_some());
    }
}
