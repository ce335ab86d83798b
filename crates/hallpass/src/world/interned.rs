//! Values that many facts share (a set of teams, a set of modifiers), kept once each and named by a number.

use std::hash::{BuildHasher, Hash};
use std::sync::{Mutex, PoisonError};

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::append::AppendArray;

/// Distinct values, numbered from 0 in the order of their first use. They are never forgotten: what an app uses is few, and used again.
#[derive(Debug)]
pub(crate) struct Interned<T> {
    values: AppendArray<T>,
    /// Finds the number of a value. Only the writer takes this lock.
    numbers: Mutex<HashTable<u32>>,
    hasher: RandomState,
}

impl<T: Hash + Eq> Interned<T> {
    /// With `first` as number 0.
    pub(crate) fn starting_with(first: T) -> Self {
        let interned = Self { values: AppendArray::new(), numbers: Mutex::default(), hasher: RandomState::default() };
        interned.number(first);
        interned
    }

    #[inline]
    pub(crate) fn get(&self, number: u32) -> Option<&T> {
        self.values.get(number)
    }

    /// The number of a value. For the writer.
    pub(crate) fn number(&self, value: T) -> u32 {
        let mut numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        let hash = self.hasher.hash_one(&value);
        if let Some(number) = numbers.find(hash, |number| self.get(*number) == Some(&value)) {
            return *number;
        }
        let number = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        self.values.fill(number, value);
        numbers.insert_unique(hash, number, |number| self.get(*number).map_or(0, |value| self.hasher.hash_one(value)));
        number
    }
}
