//! The one place that reads the time, and waits for it. Everything else is told.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hallpass::Timestamp;
use tokio::sync::watch;

/// The system's time may be set while somebody waits for it, so it is looked at again at least this often.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// Says what time it is: the system's, or one that a test sets.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    set: Option<Arc<watch::Sender<Timestamp>>>,
}

impl Clock {
    /// The system's time.
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands still at `now` until [`Clock::set`] moves it. Its clones move with it.
    pub fn standing_at(now: Timestamp) -> Self {
        Self { set: Some(Arc::new(watch::Sender::new(now))) }
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        match &self.set {
            Some(set) => *set.borrow(),
            None => Timestamp::from_ms(
                SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX)),
            ),
        }
    }

    /// Moves a clock made with [`Clock::standing_at`]; a system clock stays as it is.
    pub fn set(&self, now: Timestamp) {
        if let Some(set) = &self.set {
            set.send_replace(now);
        }
    }

    /// Waits until it is `at`, or later.
    pub async fn until(&self, at: Timestamp) {
        if let Some(set) = &self.set {
            // The sender is this clock's, so the wait ends only with what it waits for.
            let _ = set.subscribe().wait_for(|now| *now >= at).await;
            return;
        }
        loop {
            let now = self.now();
            if now >= at {
                return;
            }
            tokio::time::sleep(Duration::from_millis(at.as_ms() - now.as_ms()).min(LOOK_AGAIN)).await;
        }
    }
}
