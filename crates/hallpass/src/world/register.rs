//! Things that have a name and a record of atomic words: users, channels.
//!
//! Name and record lie side by side, so whoever finds a name has the record at hand, in the same cache line. The number of a thing is the
//! place of its first word; there is no table of places beside it.

use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use foldhash::fast::RandomState;

use super::atomic::{AtomicU64, Ordering};
use super::lines::{Lines, Numbered};
use super::record::MEMBER_BITS;

/// Bytes of a name at most: a few cache lines. No vendor's ids are half as long.
pub(crate) const MAX_NAME_BYTES: usize = 1_024;
/// Bytes of a name in its first word, after the length.
const HEAD: usize = 6;
/// Numbers that a register can give out: those that a membership has room for.
pub(crate) const MAX_WORDS: u32 = 1 << MEMBER_BITS;
/// Words of a register that nobody is in.
const FIRST_WORDS: usize = 64;

/// Records of `N` words, each followed by its name. Reading several words of a record is consistent only inside a read section of the
/// world's sequence. Clones share what they hold, until one of them has to grow.
#[derive(Debug, Clone)]
pub(crate) struct Register<const N: usize> {
    table: Arc<Lines>,
    words: Arc<[AtomicU64]>,
    /// The first word that was never used.
    end: Arc<AtomicU32>,
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
        let words = std::iter::repeat_with(AtomicU64::default).take(FIRST_WORDS).collect();
        Self { table: Arc::new(Lines::with_room(FIRST_WORDS / N)), words, end: Arc::default(), hasher }
    }

    /// Words used, of [`MAX_WORDS`].
    pub(crate) fn words_used(&self) -> u32 {
        self.end.load(Ordering::Relaxed)
    }

    fn tail(&self, index: u32) -> &[AtomicU64] {
        self.words.get(index as usize..).unwrap_or_default()
    }

    /// Reads a word of the record and one of its name, to have them at hand.
    #[inline]
    pub(crate) fn touch(&self, index: u32) -> u64 {
        let word = |at: usize| self.words.get(at).map_or(0, |word| word.load(Ordering::Relaxed));
        // As far behind as most names reach, which may be in the next cache line.
        word(index as usize) ^ word(index as usize + N + 2)
    }

    /// Where a name is listed.
    #[inline]
    pub(crate) fn place(&self, name: &str) -> Numbered {
        Numbered::of(self.hasher.hash_one(name))
    }

    /// Reads a word of where a name is listed, to have it at hand.
    #[inline]
    pub(crate) fn touch_place(&self, place: Numbered) -> u64 {
        place.touch(&self.table)
    }

    /// The number that most likely belongs to the name; the name itself is not looked at.
    #[inline]
    pub(crate) fn likely(&self, place: Numbered) -> Option<u32> {
        place.find(&self.table, |_| true)
    }

    /// The record's first words, `N` at most; all 0 where none was ever written.
    #[inline]
    pub(crate) fn read<const FIRST: usize>(&self, index: u32) -> [u64; FIRST] {
        let start = index as usize;
        match self.words.get(start..start + FIRST).and_then(<[_]>::first_chunk::<FIRST>) {
            Some(words) => std::array::from_fn(|at| words.get(at).map_or(0, |word| word.load(Ordering::Acquire))),
            None => [0; FIRST],
        }
    }

    /// For the writer.
    pub(crate) fn write(&self, index: u32, words: [u64; N]) {
        for (cell, word) in self.tail(index).iter().zip(words) {
            cell.store(word, Ordering::Release);
        }
    }

    #[inline]
    fn is_named(&self, index: u32, name: &str) -> bool {
        let bytes = name.as_bytes();
        let (head, rest) = bytes.split_at_checked(HEAD).unwrap_or((bytes, &[]));
        let (eights, last) = rest.as_chunks::<8>();
        let is = |cell: &AtomicU64, word| cell.load(Ordering::Relaxed) == word;
        let Some((first, others)) = self.tail(index).get(N..).and_then(<[_]>::split_first) else { return false };
        let Some((whole, after)) = others.split_at_checked(eights.len()) else { return false };
        is(first, bytes.len() as u64 | word(head) << 16)
            && whole.iter().zip(eights).all(|(cell, eight)| is(cell, u64::from_le_bytes(*eight)))
            && (last.is_empty() || after.first().is_some_and(|cell| is(cell, word(last))))
    }

    /// The name of a number that was given out; of any other, nothing that means anything.
    pub(crate) fn name(&self, index: u32) -> String {
        let mut held = self.tail(index).iter().skip(N);
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
    pub(crate) fn find(&self, name: &str) -> Option<u32> {
        self.place(name).find(&self.table, |number| self.is_named(number, name))
    }

    /// Whether one more name fits. For the writer.
    pub(crate) fn has_room_for(&self, name: &str) -> bool {
        self.table.has_room_for(1) && self.tail(self.words_used()).len() >= N + words_for(name.len())
    }

    /// Makes what is too small for one more name larger by half. For the writer.
    pub(crate) fn make_room_for(&mut self, name: &str) {
        Numbered::make_room(&mut self.table, 1);
        let used = self.words_used() as usize;
        let needed = used + N + words_for(name.len());
        if self.words.len() < needed {
            let length = needed.max(self.words.len() + self.words.len() / 2);
            let held = self.words.iter().map(|word| AtomicU64::new(word.load(Ordering::Relaxed)));
            self.words = held.chain(std::iter::repeat_with(AtomicU64::default)).take(length).collect();
        }
    }

    /// Gives a number to a name that has none, where there is room for it. `None` where no number is left, or for a name that is too long;
    /// validation refuses both. For the writer.
    pub(crate) fn append(&self, name: &str) -> Option<u32> {
        let index = self.words_used();
        let end = index + u32::try_from(N + words_for(name.len())).ok()?;
        if name.len() > MAX_NAME_BYTES || end > MAX_WORDS {
            return None;
        }
        for (cell, word) in self.tail(index).iter().skip(N).zip(words_of(name)) {
            cell.store(word, Ordering::Relaxed);
        }
        self.end.store(end, Ordering::Relaxed);
        self.place(name).insert(&self.table, index);
        Some(index)
    }

    /// Frees a name: the next [`Self::append`] of it gets a new number. For the writer.
    pub(crate) fn unbind(&self, name: &str) {
        self.place(name).remove(&self.table, |number| self.is_named(number, name));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    fn intern(register: &mut Register<2>, name: &str) -> Option<u32> {
        register.find(name).or_else(|| {
            if !register.has_room_for(name) {
                register.make_room_for(name);
            }
            register.append(name)
        })
    }

    proptest! {
        /// Against a plain map, with names of every length around the ends of words.
        #[test]
        fn behaves_as_a_map(names in prop::collection::vec("[a-zé]{0,40}", 1..300)) {
            let mut register = Register::<2>::new(RandomState::default());
            let mut numbers = HashMap::new();
            for (at, name) in names.iter().enumerate() {
                prop_assert_eq!(register.find(name), numbers.get(name).copied());
                let index = intern(&mut register, name).unwrap();
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
        let mut register = Register::<2>::new(RandomState::default());
        let before = intern(&mut register, "ann").unwrap();
        register.unbind("ann");
        assert_eq!(register.find("ann"), None);
        assert_ne!(intern(&mut register, "ann"), Some(before));
        assert_eq!(register.name(before), "ann");
    }

    #[test]
    fn a_name_may_be_long_but_not_endless() {
        let mut register = Register::<2>::new(RandomState::default());
        let longest = "x".repeat(MAX_NAME_BYTES);
        let index = intern(&mut register, &longest).unwrap();
        assert_eq!(register.name(index), longest);
        assert_eq!(intern(&mut register, &format!("{longest}x")), None);
    }

    #[test]
    fn one_that_grew_leaves_its_clones_as_they_were() {
        let mut register = Register::<2>::new(RandomState::default());
        let clone = register.clone();
        let names: Vec<String> = (0..100).map(|number| format!("user-{number}")).collect();
        for name in &names {
            let index = intern(&mut register, name).unwrap();
            register.write(index, [7, 7]);
        }
        assert_eq!((clone.find("user-0").is_some(), clone.find("user-99")), (true, None));
        assert!(names.iter().all(|name| register.find(name).map(|index| register.read(index)) == Some([7, 7])));
    }
}
