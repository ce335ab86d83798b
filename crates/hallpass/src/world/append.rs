//! An array that only grows, read without locks.
//!
//! Elements never move: the array is a list of chunks, the first ones each twice as long as the one before, so that a small app is small;
//! the later ones all of one length, so that a large app wastes no more than one of them. A `Vec` behind a lock would make readers wait
//! for a writer; a `Vec` behind a swap would be copied on each push.

use std::sync::OnceLock;

/// Elements of the first chunk, as a power of two.
const FIRST: u32 = 6;
/// Elements of each later chunk, as a power of two.
const LATER: u32 = 16;
/// Chunks that double.
const DOUBLING: usize = (LATER - FIRST) as usize;
/// Elements of all chunks that double.
const DOUBLED: usize = (1 << LATER) - (1 << FIRST);
/// Later chunks.
const LATER_CHUNKS: usize = 1 << (CAPACITY_BITS - LATER);
/// How many elements an array can hold, as a power of two.
const CAPACITY_BITS: u32 = 28;

type Chunk<T> = OnceLock<Box<[T]>>;

/// Chunks of elements that are made when first touched.
#[derive(Debug)]
pub(super) struct Chunks<T> {
    doubling: [Chunk<T>; DOUBLING],
    later: OnceLock<Box<[Chunk<T>]>>,
}

/// Where an element lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Place {
    Doubling { chunk: usize, offset: usize },
    Later { chunk: usize, offset: usize },
}

impl Place {
    #[inline]
    const fn of(index: u32) -> Self {
        let index = index as usize;
        if index < DOUBLED {
            let shifted = index + (1 << FIRST);
            let power = shifted.ilog2();
            Self::Doubling { chunk: (power - FIRST) as usize, offset: shifted - (1 << power) }
        } else {
            let later = index - DOUBLED;
            Self::Later { chunk: later >> LATER, offset: later & ((1 << LATER) - 1) }
        }
    }
}

impl<T> Chunks<T> {
    pub(super) fn new() -> Self {
        Self { doubling: [const { OnceLock::new() }; DOUBLING], later: OnceLock::new() }
    }

    #[inline]
    pub(super) fn get(&self, index: u32) -> Option<&T> {
        match Place::of(index) {
            Place::Doubling { chunk, offset } => self.doubling.get(chunk)?.get()?.get(offset),
            Place::Later { chunk, offset } => self.later.get()?.get(chunk)?.get()?.get(offset),
        }
    }

    /// Makes the chunk where it is not there yet. `None` beyond the array's capacity.
    pub(super) fn get_or_make(&self, index: u32, make: impl Fn() -> T) -> Option<&T> {
        let made = |length: usize| (0..length).map(|_| make()).collect::<Box<[T]>>();
        match Place::of(index) {
            Place::Doubling { chunk, offset } => self.doubling.get(chunk)?.get_or_init(|| made(1 << (FIRST as usize + chunk))).get(offset),
            Place::Later { chunk, offset } => {
                let later = self.later.get_or_init(|| (0..LATER_CHUNKS).map(|_| OnceLock::new()).collect());
                later.get(chunk)?.get_or_init(|| made(1 << LATER)).get(offset)
            }
        }
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

    #[inline]
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
        for index in 0..300_000 {
            let place = Place::of(index);
            match place {
                Place::Doubling { chunk, offset } => assert!(chunk < DOUBLING && offset < 1 << (FIRST as usize + chunk)),
                Place::Later { chunk, offset } => assert!(chunk < LATER_CHUNKS && offset < 1 << LATER),
            }
            assert!(seen.insert(place));
        }
    }

    #[test]
    fn what_was_filled_is_read() {
        let array = AppendArray::new();
        for index in [70, 65_471, 65_472, 1_000_000] {
            assert_eq!(array.get(index), None);
            array.fill(index, index);
            assert_eq!(array.get(index), Some(&index));
            assert_eq!(array.get(index + 1), None);
        }
        array.fill(u32::MAX, 1);
        assert_eq!(array.get(u32::MAX), None);
    }
}
