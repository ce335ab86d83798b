//! Lets readers see the facts as they stood at one moment, without a lock: a sequence lock.
//!
//! The number is even while nothing is half done. A reader notes it, reads, and reads again when the number has moved meanwhile. A
//! writer makes it odd for the moment of its stores, and everything slow (validating, compiling, growing tables) happens outside that
//! moment.

use super::atomic::{AtomicU64, Ordering, fence};

/// Rounds of waiting for a writer before a reader lets others run.
const SPINS: u32 = 2_000;

#[derive(Debug, Default)]
pub(crate) struct Sequence(AtomicU64);

impl Sequence {
    /// Runs `read` until no writer interfered. For short reads: they fit between two writes.
    pub(crate) fn read<T>(&self, mut read: impl FnMut() -> T) -> T {
        let mut rounds = 0u32;
        loop {
            if let Some(value) = self.attempt(&mut read) {
                return value;
            }
            rounds = rounds.saturating_add(1);
            pause(rounds);
        }
    }

    /// Runs `read` until no writer interfered, at most so many times. For long reads, which a busy writer could overtake for ever.
    pub(crate) fn read_at_most<T>(&self, attempts: u32, mut read: impl FnMut() -> T) -> Option<T> {
        for rounds in 1..=attempts {
            if let Some(value) = self.attempt(&mut read) {
                return Some(value);
            }
            pause(rounds);
        }
        None
    }

    /// Runs `read` once; `None` where a writer interfered.
    #[inline(always)]
    pub(crate) fn attempt<T>(&self, read: impl FnOnce() -> T) -> Option<T> {
        let before = self.0.load(Ordering::Acquire);
        if before & 1 == 1 {
            return None;
        }
        let value = read();
        fence(Ordering::Acquire);
        (self.0.load(Ordering::Relaxed) == before).then_some(value)
    }

    /// Runs `write` while readers hold off. Only for the one writer.
    pub(crate) fn write<T>(&self, write: impl FnOnce() -> T) -> T {
        let before = self.0.load(Ordering::Relaxed);
        self.0.store(before.wrapping_add(1), Ordering::Relaxed);
        fence(Ordering::Release);
        let value = write();
        self.0.store(before.wrapping_add(2), Ordering::Release);
        value
    }
}

fn pause(rounds: u32) {
    if rounds > SPINS {
        std::thread::yield_now();
    } else {
        std::hint::spin_loop();
    }
}
