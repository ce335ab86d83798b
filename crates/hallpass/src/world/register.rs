//! Things that have a name and a record of atomic words: users, channels.
//!
//! Name and record lie side by side, so whoever finds a name has the record at hand, in the same cache line. The number of a thing is the
//! place of its first word; there is no table of places beside it.

use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use foldhash::fast::RandomState;

use super::append::{CAPACITY_BITS, Chunks};
use super::lines::{Lines, Numbered};

/// Bytes of a name at most: a few cache lines. No vendor's ids are half as long.
pub(crate) const MAX_NAME_BYTES: usize = 1_024;
/// Bytes of a name in its first word, after the length.
const HEAD: usize = 6;
/// Numbers that a register can give out.
pub(crate) const MAX_WORDS: u32 = 1 << CAPACITY_BITS;

/// Records of `N` words, each followed by its name. Reading several words of a record is consistent only inside a read section of the
/// world's sequence. The table that finds names is [`Lines`], which the world swaps when it grows.
#[derive(Debug)]
pub(crate) struct Register<const N: usize> {
    words: Chunks<AtomicU64>,
    /// The first word that was never used.
    end: AtomicU32,
    hasher: RandomState,
}

/// The words of a name: its length in bytes and its first bytes, then the others.
fn words_of(name: &str) -> impl Iterator<Item = u64> + '_ {
    let bytes = name.as_bytes();
    let (head, rest) = bytes.split_at_checked(HEAD).unwrap_or((bytes, &[]));
    std::iter::once(bytes.len() as u64 | word(head) << 16).chain(rest.chunks(8).map(word))
}

#[inline]
fn word(bytes: &[u8]) -> u64 {
    match bytes.try_into() {
        Ok(eight) => u64::from_le_bytes(eight),
        Err(_) => bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    }
}

/// Words that a name takes.
pub(crate) const fn words_for(name_bytes: usize) -> usize {
    1 + name_bytes.saturating_sub(HEAD).div_ceil(8)
}

impl<const N: usize> Register<N> {
    /// `hasher` is seeded at random: names come from outside.
    pub(crate) fn new(hasher: RandomState) -> Self {
        Self { words: Chunks::new(), end: AtomicU32::new(0), hasher }
    }

    /// Words used, of [`MAX_WORDS`].
    pub(crate) fn words_used(&self) -> u32 {
        self.end.load(Ordering::Relaxed)
    }

    /// The record's words; all 0 where none was ever written.
    #[inline]
    pub(crate) fn read(&self, index: u32) -> [u64; N] {
        match self.words.tail(index).and_then(<[AtomicU64]>::first_chunk::<N>) {
            Some(words) => std::array::from_fn(|at| words.get(at).map_or(0, |word| word.load(Ordering::Acquire))),
            None => [0; N],
        }
    }

    /// For the writer.
    pub(crate) fn write(&self, index: u32, words: [u64; N]) {
        for (cell, word) in self.words.tail(index).unwrap_or_default().iter().zip(words) {
            cell.store(word, Ordering::Release);
        }
    }

    #[inline]
    fn is_named(&self, index: u32, name: &str) -> bool {
        let Some(held) = self.words.tail(index).and_then(|words| words.get(N..)) else { return false };
        let mut held = held.iter();
        words_of(name).all(|word| held.next().is_some_and(|cell| cell.load(Ordering::Relaxed) == word))
    }

    /// The name of a number that was given out; of any other, nothing that means anything.
    pub(crate) fn name(&self, index: u32) -> String {
        let mut held = self.words.tail(index).and_then(|words| words.get(N..)).unwrap_or_default().iter();
        let mut next = || held.next().map_or(0, |cell| cell.load(Ordering::Relaxed));
        let first = next();
        let length = (first & 0xffff) as usize;
        let mut bytes = first.to_le_bytes().get(2..).unwrap_or_default().to_vec();
        while bytes.len() < length {
            bytes.extend(next().to_le_bytes());
        }
        bytes.truncate(length);
        String::from_utf8(bytes).unwrap_or_default()
    }

    /// The number of a name.
    #[inline]
    pub(crate) fn find(&self, table: &Lines, name: &str) -> Option<u32> {
        Numbered::of(self.hasher.hash_one(name)).find(table, |number| self.is_named(number, name))
    }

    /// The number of a name, which gets one if it has none. For the writer. `None` where no number is left, or for a name that is too long;
    /// validation refuses both.
    pub(crate) fn intern(&self, table: &mut Arc<Lines>, name: &str) -> Option<u32> {
        if let Some(index) = self.find(table, name) {
            return Some(index);
        }
        let index = self.append(name)?;
        Numbered::make_room(table, 1);
        Numbered::of(self.hasher.hash_one(name)).insert(table, index);
        Some(index)
    }

    fn append(&self, name: &str) -> Option<u32> {
        if name.len() > MAX_NAME_BYTES {
            return None;
        }
        let needed = N + words_for(name.len());
        let mut index = self.end.load(Ordering::Relaxed);
        let mut tail = self.words.tail_or_make(index, AtomicU64::default)?;
        while tail.len() < needed {
            // A record lies in one chunk.
            index = index.checked_add(tail.len() as u32)?;
            tail = self.words.tail_or_make(index, AtomicU64::default)?;
        }
        for (cell, word) in tail.iter().skip(N).zip(words_of(name)) {
            cell.store(word, Ordering::Relaxed);
        }
        self.end.store(index + needed as u32, Ordering::Relaxed);
        Some(index)
    }

    /// Frees a name: the next [`Self::intern`] of it gets a new number. For the writer.
    pub(crate) fn unbind(&self, table: &Lines, name: &str) {
        Numbered::of(self.hasher.hash_one(name)).remove(table, |number| self.is_named(number, name));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Against a plain map, with names of every length around the ends of words.
        #[test]
        fn behaves_as_a_map(names in prop::collection::vec("[a-zé]{0,40}", 1..300)) {
            let register = Register::<2>::new(RandomState::default());
            let mut table = Arc::new(Lines::with_room(1));
            let mut numbers = HashMap::new();
            for (at, name) in names.iter().enumerate() {
                prop_assert_eq!(register.find(&table, name), numbers.get(name).copied());
                let index = register.intern(&mut table, name).unwrap();
                prop_assert_eq!(*numbers.entry(name.clone()).or_insert(index), index);
                register.write(index, [at as u64, 1]);
            }
            for (name, index) in &numbers {
                prop_assert_eq!(&register.name(*index), name);
                let last = names.iter().rposition(|other| other == name).unwrap();
                prop_assert_eq!(register.read(*index), [last as u64, 1]);
            }
        }
    }

    #[test]
    fn a_freed_name_gets_a_new_number() {
        let register = Register::<2>::new(RandomState::default());
        let mut table = Arc::new(Lines::with_room(1));
        let before = register.intern(&mut table, "ann").unwrap();
        register.unbind(&table, "ann");
        assert_eq!(register.find(&table, "ann"), None);
        assert_ne!(register.intern(&mut table, "ann"), Some(before));
        assert_eq!(register.name(before), "ann");
    }

    #[test]
    fn a_name_may_be_long_but_not_endless() {
        let register = Register::<2>::new(RandomState::default());
        let mut table = Arc::new(Lines::with_room(1));
        let longest = "x".repeat(MAX_NAME_BYTES);
        for _ in 0..2 {
            let index = register.intern(&mut table, &longest).unwrap();
            assert_eq!(register.name(index), longest);
        }
        assert_eq!(register.intern(&mut table, &format!("{longest}x")), None);
    }
}
