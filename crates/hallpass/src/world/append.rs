//! An array that only grows, read without locks.
//!
//! Elements never move: the array is a list of chunks, each twice as long as the one before, so an index names its chunk by its
//! highest bit. A `Vec` behind a lock would make readers wait for a writer; a `Vec` behind a swap would be copied on each push.

use std::sync::OnceLock;

/// Elements of the first chunk.
const FIRST_CHUNK: usize = 64;
/// Chunks; with [`FIRST_CHUNK`] room for more than 2³² elements.
const CHUNKS: usize = 27;

/// The chunk that holds an index, the chunk's length, and the place in it.
pub(super) fn place(index: u32) -> (usize, usize, usize) {
    let shifted = index as usize + FIRST_CHUNK;
    let chunk = shifted.ilog2() as usize - FIRST_CHUNK.ilog2() as usize;
    let length = FIRST_CHUNK << chunk;
    (chunk, length, shifted - length)
}

/// Chunks of elements that are made when first touched.
#[derive(Debug)]
pub(super) struct Chunks<T> {
    chunks: [OnceLock<Box<[T]>>; CHUNKS],
}

impl<T> Chunks<T> {
    pub(super) fn new() -> Self {
        Self { chunks: [const { OnceLock::new() }; CHUNKS] }
    }

    pub(super) fn get(&self, index: u32) -> Option<&T> {
        let (chunk, _, offset) = place(index);
        self.chunks.get(chunk)?.get()?.get(offset)
    }

    pub(super) fn get_or_make(&self, index: u32, make: impl Fn() -> T) -> Option<&T> {
        let (chunk, length, offset) = place(index);
        self.chunks.get(chunk)?.get_or_init(|| (0..length).map(|_| make()).collect()).get(offset)
    }
}

/// An array that only grows. One writer pushes; any number of readers read what was pushed.
#[derive(Debug)]
pub(crate) struct AppendArray<T> {
    chunks: Chunks<OnceLock<T>>,
}

impl<T> AppendArray<T> {
    pub(crate) fn new() -> Self {
        Self { chunks: Chunks::new() }
    }

    pub(crate) fn get(&self, index: u32) -> Option<&T> {
        self.chunks.get(index)?.get()
    }

    /// Fills a place that was never filled before; a second filling is ignored.
    pub(crate) fn fill(&self, index: u32, value: T) {
        if let Some(cell) = self.chunks.get_or_make(index, OnceLock::new) {
            let _already_filled = cell.set(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_index_has_its_own_place() {
        let mut seen = std::collections::HashSet::new();
        for index in 0..10_000 {
            let (chunk, length, offset) = place(index);
            assert!(offset < length);
            assert!(seen.insert((chunk, offset)));
        }
        assert!(place(u32::MAX).0 < CHUNKS);
    }

    #[test]
    fn what_was_filled_is_read() {
        let array = AppendArray::new();
        assert_eq!(array.get(70), None);
        array.fill(70, "seventy");
        assert_eq!(array.get(70), Some(&"seventy"));
        assert_eq!(array.get(71), None);
    }
}
