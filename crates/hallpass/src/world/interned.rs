//! Values that many facts share (a set of teams, a set of modifiers), kept once each and named by a number.

use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use hashbrown::HashMap;

use super::append::AppendArray;

/// Distinct values, numbered from 0 in the order of their first use. They are never forgotten: what an app uses is few, and used again.
#[derive(Debug)]
pub(crate) struct Interned<T> {
    values: AppendArray<T>,
    /// Only the writer takes this lock.
    numbers: Mutex<HashMap<T, u32>>,
}

impl<T: Hash + Eq + Clone> Interned<T> {
    /// With `first` as number 0.
    pub(crate) fn starting_with(first: T) -> Self {
        let interned = Self { values: AppendArray::new(), numbers: Mutex::default() };
        interned.number(first);
        interned
    }

    pub(crate) fn get(&self, number: u32) -> Option<&T> {
        self.values.get(number)
    }

    /// The number of a value. For the writer.
    pub(crate) fn number(&self, value: T) -> u32 {
        let mut numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = numbers.get(&value) {
            return *number;
        }
        let number = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        self.values.fill(number, value.clone());
        numbers.insert(value, number);
        number
    }
}
