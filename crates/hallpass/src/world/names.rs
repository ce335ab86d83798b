//! Interned names of what is few: teams, tokens, clients. A number for each, found again without a lock.

use foldhash::fast::RandomState;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU32, Ordering};

use super::append::AppendArray;
use super::lines::{Lines, Numbered};

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

    pub(crate) fn get(&self, index: u32) -> Option<&str> {
        self.strings.get(index).map(|name| &**name)
    }

    /// The number of a name.
    pub(crate) fn find(&self, table: &Lines, name: &str) -> Option<u32> {
        Numbered::of(self.hasher.hash_one(name)).find(table, |number| self.get(number) == Some(name))
    }

    /// Gives the next number to a name that has none, where the table has room. For the writer.
    pub(crate) fn append(&self, table: &Lines, name: &str) -> u32 {
        let index = self.count.fetch_add(1, Ordering::Relaxed);
        self.strings.fill(index, name.into());
        Numbered::of(self.hasher.hash_one(name)).insert(table, index);
        index
    }
}
