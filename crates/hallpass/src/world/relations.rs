//! Relations between a user and another user or a channel: bans, blocks, mutes, friends.

use std::hash::BuildHasher;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU32, Ordering};

use foldhash::fast::RandomState;

use super::lines::{Lines, Numbered};
use super::slots::Slots;
use crate::id::Timestamp;

/// Whom a relation is towards, as a number: 0 the app, an even one a user, an odd one a channel.
pub(crate) const fn towards_app() -> u64 {
    0
}
pub(crate) const fn towards_user(index: u32) -> u64 {
    (index as u64 + 1) << 1
}
pub(crate) const fn towards_channel(index: u32) -> u64 {
    (index as u64 + 1) << 1 | 1
}

/// Expiry of relations of one kind, by (user, target). The table that finds them is [`Lines`], which the world swaps when it grows.
#[derive(Debug)]
pub(crate) struct Relations {
    /// User, target, expiry (milliseconds; `u64::MAX` for never).
    slots: Slots<3>,
    count: AtomicU32,
    /// Only the writer takes this lock.
    free: Mutex<Vec<u32>>,
    hasher: RandomState,
}

impl Relations {
    pub(crate) fn new(hasher: RandomState) -> Self {
        Self { slots: Slots::new(), count: AtomicU32::new(0), free: Mutex::default(), hasher }
    }

    fn hash(&self, user: u32, target: u64) -> u64 {
        self.hasher.hash_one((user, target))
    }

    fn slot(&self, table: &Lines, user: u32, target: u64) -> Option<u32> {
        Numbered::of(self.hash(user, target)).find(table, |slot| self.is(slot, user, target))
    }

    fn is(&self, slot: u32, user: u32, target: u64) -> bool {
        let [held_user, held_target, _] = self.slots.read(slot);
        held_user == u64::from(user) && held_target == target
    }

    /// When the relation ends, if there is one. `Some(None)`: never.
    pub(crate) fn get(&self, table: &Lines, user: u32, target: u64) -> Option<Option<Timestamp>> {
        let [_, _, expires_at] = self.slots.read(self.slot(table, user, target)?);
        Some((expires_at != u64::MAX).then_some(Timestamp(expires_at)))
    }

    /// Whether the relation holds at a time.
    pub(crate) fn holds(&self, table: &Lines, user: u32, target: u64, now: Timestamp) -> bool {
        self.get(table, user, target).is_some_and(|ends| ends.is_none_or(|ends| now < ends))
    }

    /// For the writer, where the table has room.
    pub(crate) fn put(&self, table: &Lines, user: u32, target: u64, expires_at: Option<Timestamp>) {
        let words = [u64::from(user), target, expires_at.map_or(u64::MAX, Timestamp::as_ms)];
        if let Some(slot) = self.slot(table, user, target) {
            self.slots.write(slot, words);
            return;
        }
        let freed = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let slot = freed.unwrap_or_else(|| self.count.fetch_add(1, Ordering::Relaxed));
        self.slots.write(slot, words);
        Numbered::of(self.hash(user, target)).insert(table, slot);
    }

    /// For the writer.
    pub(crate) fn remove(&self, table: &Lines, user: u32, target: u64) {
        if let Some(slot) = self.slot(table, user, target) {
            Numbered::of(self.hash(user, target)).remove(table, |held| held == slot);
            self.free.lock().unwrap_or_else(PoisonError::into_inner).push(slot);
        }
    }
}
