//! Interned names: a number for each, found again without a lock.

use foldhash::fast::RandomState;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::append::AppendArray;
use super::lines::Lines;

/// The strings and how they are hashed. The table that finds them is [`Lines`], which the world swaps when it grows.
#[derive(Debug)]
pub(crate) struct Names {
    strings: AppendArray<Box<str>>,
    count: AtomicU32,
    hasher: RandomState,
}

impl Names {
    /// `hasher` is seeded at random: names come from outside.
    pub(crate) fn new(hasher: RandomState) -> Self {
        Self { strings: AppendArray::new(), count: AtomicU32::new(0), hasher }
    }

    /// How many names were ever given a number.
    pub(crate) fn count(&self) -> u32 {
        self.count.load(Ordering::Relaxed)
    }

    pub(crate) fn get(&self, index: u32) -> Option<&str> {
        self.strings.get(index).map(|name| &**name)
    }

    /// The number of a name.
    pub(crate) fn find(&self, table: &Lines, name: &str) -> Option<u32> {
        let hash = self.hasher.hash_one(name);
        let high = hash >> 32;
        table.find(hash, |entry| entry >> 32 == high && self.get(entry as u32) == Some(name)).map(|entry| entry as u32)
    }

    /// The number of a name, which gets the next one if it has none. For the writer.
    pub(crate) fn intern(&self, table: &mut Arc<Lines>, name: &str) -> u32 {
        if let Some(index) = self.find(table, name) {
            return index;
        }
        let index = self.count.fetch_add(1, Ordering::Relaxed);
        self.strings.fill(index, name.into());
        self.make_room(table, 1);
        let hash = self.hasher.hash_one(name);
        table.insert(hash, hash >> 32 << 32 | u64::from(index));
        index
    }

    /// Makes the table larger where so many more names would not fit. For the writer.
    pub(crate) fn make_room(&self, table: &mut Arc<Lines>, extra: usize) {
        if !table.has_room_for(extra) {
            *table = Arc::new(table.rebuilt(extra, |entry| self.get(entry as u32).map(|name| self.hasher.hash_one(name))));
        }
    }

    /// Frees a name: the next [`Self::intern`] of it gets a new number. For the writer.
    pub(crate) fn unbind(&self, table: &Lines, name: &str) {
        let hash = self.hasher.hash_one(name);
        let high = hash >> 32;
        table.remove(hash, |entry| entry >> 32 == high && self.get(entry as u32) == Some(name));
    }
}
