//! Lets readers see the facts as they stood at one moment, without a lock: a sequence lock.
//!
//! The number is even while nothing is half done. A reader notes it, reads, and reads again when the number has moved meanwhile. A
//! writer that changes one word stores it and then moves the number on by two, so it never makes readers wait, not even when it is
//! suspended in between: at most that one change is visible early, and a decision therefore promises *at least* its revision. A writer
//! that changes several words makes the number odd for that moment.

use std::sync::atomic::{AtomicU64, Ordering, fence};

/// Rounds of waiting for a writer before a reader lets others run.
const SPINS: u32 = 64;

#[derive(Debug, Default)]
pub(crate) struct Sequence(AtomicU64);

impl Sequence {
    /// Runs `read` until no writer interfered.
    pub(crate) fn read<T>(&self, mut read: impl FnMut() -> T) -> T {
        let mut rounds = 0u32;
        loop {
            let before = self.0.load(Ordering::Acquire);
            if before & 1 == 0 {
                let value = read();
                fence(Ordering::Acquire);
                if self.0.load(Ordering::Relaxed) == before {
                    return value;
                }
            }
            rounds = rounds.saturating_add(1);
            if rounds > SPINS {
                std::thread::yield_now();
            } else {
                std::hint::spin_loop();
            }
        }
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

    /// Says that one word has changed. Only for the one writer, after its store.
    pub(crate) fn step(&self) {
        let before = self.0.load(Ordering::Relaxed);
        self.0.store(before.wrapping_add(2), Ordering::Release);
    }
}
