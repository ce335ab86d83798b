//! Fixed-size records of atomic words, one per relation or token, found by index and changed in place.

use std::sync::atomic::{AtomicU64, Ordering};

use super::append::Chunks;

/// Records of `N` words. Reading several words of one record is consistent only inside a read section of the world's sequence.
#[derive(Debug)]
pub(crate) struct Slots<const N: usize> {
    chunks: Chunks<[AtomicU64; N]>,
}

impl<const N: usize> Slots<N> {
    pub(crate) fn new() -> Self {
        Self { chunks: Chunks::new() }
    }

    /// The record's words; all 0 where none was ever written.
    pub(crate) fn read(&self, index: u32) -> [u64; N] {
        match self.chunks.get(index) {
            Some(words) => std::array::from_fn(|i| words.get(i).map_or(0, |word| word.load(Ordering::Acquire))),
            None => [0; N],
        }
    }

    pub(crate) fn write(&self, index: u32, words: [u64; N]) {
        if let Some(slot) = self.chunks.get_or_make(index, || [const { AtomicU64::new(0) }; N]) {
            for (cell, word) in slot.iter().zip(words) {
                cell.store(word, Ordering::Release);
            }
        }
    }
}
