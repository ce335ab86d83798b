//! A hash table of 64-bit entries in lines of one cache line each: one writer, any number of readers, no locks.
//!
//! A line holds seven entries and a word of seven tags. A reader compares all tags at once and then only the entries whose tag fits, so
//! a miss touches one cache line and the processor can work on several look-ups at a time. A full line sets its spill bit, and the
//! search goes on in the next one. Entries are opaque: the caller says which one it means, and must check the whole key.

use std::sync::Arc;

use super::atomic::{AtomicU64, Ordering};

const ENTRIES: usize = 7;
const SPILLED: u64 = 0x80 << 56;
const OCCUPIED: u64 = 0x80;
const TOMBSTONE: u64 = 0x01;
const EACH_TAG: u64 = 0x0001_0101_0101_0101;
/// Filled (and dead) places per hundred at which the table is to be made anew.
const FULL_PERCENT: usize = 80;

#[derive(Debug)]
#[repr(align(64))]
struct Line {
    tags: AtomicU64,
    entries: [AtomicU64; ENTRIES],
}

impl Line {
    fn new() -> Self {
        Self { tags: AtomicU64::new(0), entries: std::array::from_fn(|_| AtomicU64::new(0)) }
    }

    /// The wanted entry with its place, and whether the search goes on where there is none.
    #[inline(always)]
    fn look(&self, tag: u64, wanted: &impl Fn(u64) -> bool) -> (Option<(usize, u64)>, bool) {
        let tags = self.tags.load(Ordering::Acquire);
        let differing = tags ^ (EACH_TAG * tag);
        // Marks each byte that is 0, and now and then one after it; the caller's full comparison sorts those out.
        let mut hits = differing.wrapping_sub(EACH_TAG) & !differing & (EACH_TAG * OCCUPIED);
        while hits != 0 {
            let at = (hits.trailing_zeros() / 8) as usize;
            if let Some(cell) = self.entries.get(at) {
                let entry = cell.load(Ordering::Acquire);
                if wanted(entry) {
                    return (Some((at, entry)), false);
                }
            }
            hits &= hits - 1;
        }
        (None, tags & SPILLED != 0)
    }
}

/// The table. See the module's text.
#[derive(Debug)]
pub(crate) struct Lines {
    lines: Box<[Line]>,
    /// Places taken, tombstones included. Only the writer reads and changes it.
    taken: AtomicU64,
}

/// Where an entry stands.
#[derive(Debug, Clone, Copy)]
struct Place {
    line: usize,
    at: usize,
}

/// The low bits; the line is chosen by the high ones.
fn tag_of(hash: u64) -> u64 {
    OCCUPIED | (hash & 0x7f)
}

impl Lines {
    /// A table with room for this many entries.
    pub(crate) fn with_room(entries: usize) -> Self {
        let lines = entries * 100 / (FULL_PERCENT * ENTRIES) + 1;
        Self { lines: (0..lines).map(|_| Line::new()).collect(), taken: AtomicU64::new(0) }
    }

    /// Whether so many more entries fit.
    pub(crate) fn has_room_for(&self, entries: usize) -> bool {
        (self.taken.load(Ordering::Relaxed) as usize + entries) * 100 <= self.lines.len() * ENTRIES * FULL_PERCENT
    }

    /// The line where the search for a hash begins. Any number of lines is fine, so that a table grows by half and not to double.
    #[inline]
    fn first_line(&self, hash: u64) -> usize {
        ((u128::from(hash) * self.lines.len() as u128) >> 64) as usize
    }

    fn line_after(&self, line: usize) -> usize {
        if line + 1 < self.lines.len() { line + 1 } else { 0 }
    }

    #[inline(always)]
    fn locate(&self, hash: u64, wanted: impl Fn(u64) -> bool) -> Option<(Place, u64)> {
        let first = self.first_line(hash);
        let (found, spilled) = self.lines.get(first)?.look(tag_of(hash), &wanted);
        match found {
            Some((at, entry)) => Some((Place { line: first, at }, entry)),
            None if spilled => self.locate_further(first, tag_of(hash), &wanted),
            None => None,
        }
    }

    /// The search behind a full line, out of the way of those that end in their first one.
    #[cold]
    #[inline(never)]
    fn locate_further(&self, first: usize, tag: u64, wanted: &impl Fn(u64) -> bool) -> Option<(Place, u64)> {
        let mut line = self.line_after(first);
        while line != first {
            match self.lines.get(line)?.look(tag, wanted) {
                (Some((at, entry)), _) => return Some((Place { line, at }, entry)),
                (None, true) => line = self.line_after(line),
                (None, false) => return None,
            }
        }
        None
    }

    /// Reads a word of the line where the search for a hash begins, to have it at hand.
    #[inline]
    pub(crate) fn touch(&self, hash: u64) -> u64 {
        self.lines.get(self.first_line(hash)).map_or(0, |line| line.tags.load(Ordering::Relaxed))
    }

    /// The entry with this hash that the caller wants.
    #[inline]
    pub(crate) fn find(&self, hash: u64, wanted: impl Fn(u64) -> bool) -> Option<u64> {
        self.locate(hash, wanted).map(|(_, entry)| entry)
    }

    /// Replaces the wanted entry in place. The new one must have the same hash. Says whether there was one.
    pub(crate) fn replace(&self, hash: u64, wanted: impl Fn(u64) -> bool, entry: u64) -> bool {
        let Some((place, _)) = self.locate(hash, wanted) else { return false };
        if let Some(cell) = self.lines.get(place.line).and_then(|line| line.entries.get(place.at)) {
            cell.store(entry, Ordering::Release);
        }
        true
    }

    /// Adds an entry that is not there yet. Only when [`Self::has_room_for`] it.
    pub(crate) fn insert(&self, hash: u64, entry: u64) {
        let mut index = self.first_line(hash);
        for _ in 0..self.lines.len() {
            let Some(line) = self.lines.get(index) else { return };
            let tags = line.tags.load(Ordering::Relaxed);
            for (at, cell) in line.entries.iter().enumerate() {
                let shift = at * 8;
                let tag = tags >> shift & 0xff;
                if tag & OCCUPIED == 0 {
                    cell.store(entry, Ordering::Release);
                    line.tags.store(tags & !(0xff << shift) | tag_of(hash) << shift, Ordering::Release);
                    if tag != TOMBSTONE {
                        self.taken.fetch_add(1, Ordering::Relaxed);
                    }
                    return;
                }
            }
            line.tags.store(tags | SPILLED, Ordering::Release);
            index = self.line_after(index);
        }
    }

    /// Takes the wanted entry out. Says whether there was one.
    pub(crate) fn remove(&self, hash: u64, wanted: impl Fn(u64) -> bool) -> bool {
        let Some((place, _)) = self.locate(hash, wanted) else { return false };
        if let Some(line) = self.lines.get(place.line) {
            let shift = place.at * 8;
            let tags = line.tags.load(Ordering::Relaxed);
            line.tags.store(tags & !(0xff << shift) | TOMBSTONE << shift, Ordering::Release);
        }
        true
    }

    /// All entries, for the writer.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        self.lines.iter().flat_map(|line| {
            let tags = line.tags.load(Ordering::Acquire);
            line.entries
                .iter()
                .enumerate()
                .filter(move |(at, _)| tags >> (at * 8) & OCCUPIED != 0)
                .map(|(_, cell)| cell.load(Ordering::Acquire))
        })
    }

    /// A table with the same live entries and room for half as many more, or for `extra` if that is more.
    pub(crate) fn rebuilt(&self, extra: usize, hash_of: impl Fn(u64) -> u64) -> Self {
        let live = self.iter().count();
        let larger = Self::with_room(live + extra.max(live / 2));
        for entry in self.iter() {
            larger.insert(hash_of(entry), entry);
        }
        larger
    }
}

/// An entry that is a number, with half of its hash: all that is needed to find it, and to place it in a larger table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Numbered {
    /// In the high half.
    hash: u64,
}

impl Numbered {
    #[inline]
    pub(crate) const fn of(hash: u64) -> Self {
        Self { hash: hash & !0xffff_ffff }
    }

    /// The line is chosen by the high bits of the half, the tag by its low ones.
    #[inline]
    const fn place(self) -> u64 {
        self.hash | self.hash >> 32
    }

    /// See [`Lines::touch`].
    #[inline]
    pub(crate) fn touch(self, table: &Lines) -> u64 {
        table.touch(self.place())
    }

    /// The number with this hash that the caller wants.
    #[inline]
    pub(crate) fn find(self, table: &Lines, wanted: impl Fn(u32) -> bool) -> Option<u32> {
        table.find(self.place(), |entry| entry & !0xffff_ffff == self.hash && wanted(entry as u32)).map(|entry| entry as u32)
    }

    /// Adds a number that is not there yet. Only where there is room.
    pub(crate) fn insert(self, table: &Lines, number: u32) {
        table.insert(self.place(), self.hash | u64::from(number));
    }

    /// Takes the wanted number out.
    pub(crate) fn remove(self, table: &Lines, wanted: impl Fn(u32) -> bool) {
        table.remove(self.place(), |entry| entry & !0xffff_ffff == self.hash && wanted(entry as u32));
    }

    /// Makes a table of numbers larger where so many more would not fit.
    pub(crate) fn make_room(table: &mut Arc<Lines>, extra: usize) {
        if !table.has_room_for(extra) {
            *table = Arc::new(table.rebuilt(extra, |entry| Self::of(entry).place()));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Against a plain map, with hashes so poor that lines spill all the time.
        #[test]
        fn behaves_as_a_map(operations in prop::collection::vec((0u8..3, 0u64..200, 0u64..1000), 1..600), spread in 1u64..64) {
            let hash = |key: u64| (key % spread).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mut lines = Lines::with_room(1);
            let mut model = HashMap::new();
            for (operation, key, value) in operations {
                let wanted = move |entry: u64| entry >> 32 == key;
                let entry = key << 32 | value;
                match operation {
                    0 => {
                        if !lines.replace(hash(key), wanted, entry) {
                            if !lines.has_room_for(1) {
                                lines = lines.rebuilt(1, |entry| hash(entry >> 32));
                            }
                            lines.insert(hash(key), entry);
                        }
                        model.insert(key, value);
                    }
                    1 => {
                        prop_assert_eq!(lines.remove(hash(key), wanted), model.remove(&key).is_some());
                    }
                    _ => {
                        prop_assert_eq!(lines.find(hash(key), wanted).map(|entry| entry & 0xffff_ffff), model.get(&key).copied());
                    }
                }
            }
            prop_assert_eq!(lines.iter().count(), model.len());
        }
    }
}
