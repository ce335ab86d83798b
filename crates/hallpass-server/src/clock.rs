//! The one place that reads the time. Everything else is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use hallpass::Timestamp;

/// Says what time it is: the system's, or one that a test sets.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    set: Option<Arc<AtomicU64>>,
}

impl Clock {
    /// The system's time.
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands still at `now` until [`Clock::set`] moves it. Its clones move with it.
    pub fn standing_at(now: Timestamp) -> Self {
        Self { set: Some(Arc::new(AtomicU64::new(now.as_ms()))) }
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        match &self.set {
            Some(ms) => Timestamp::from_ms(ms.load(Ordering::Relaxed)),
            None => Timestamp::from_ms(
                SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX)),
            ),
        }
    }

    /// Moves a clock made with [`Clock::standing_at`]; a system clock stays as it is.
    pub fn set(&self, now: Timestamp) {
        if let Some(ms) = &self.set {
            ms.store(now.as_ms(), Ordering::Relaxed);
        }
    }
}
