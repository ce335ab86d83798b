//! How long a connection waits for the head of a request: one timer for all requests that come over it.
//!
//! hyper takes a timer for each head that it waits for and gives it back when the head is there: on a busy connection two visits to the
//! runtime's timers (a lock that all workers share) per request, for something that nearly never happens. Here a head only notes until when
//! it may take, and the connection's one timer, set anew when it rings, looks at the note.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep, Timer};

/// Nobody waits for a head.
const NEVER: u64 = u64::MAX;

/// The note: when the wait for a head ends, in microseconds since the connection began.
#[derive(Debug, Clone)]
pub(crate) struct Patience {
    began: Instant,
    ends_us: Arc<AtomicU64>,
}

impl Patience {
    pub(crate) fn new() -> Self {
        Self { began: now(), ends_us: Arc::new(AtomicU64::new(NEVER)) }
    }

    fn us(&self, instant: Instant) -> u64 {
        u64::try_from(instant.saturating_duration_since(self.began).as_micros()).unwrap_or(NEVER - 1)
    }

    fn is_over(&self) -> bool {
        self.ends_us.load(Ordering::Relaxed) <= self.us(now())
    }

    /// Drives a connection, and looks at the note at the latest when a wait that begins now would end.
    pub(crate) async fn drive<C: Future>(self, longest: Duration, connection: C) -> C::Output {
        let mut connection = std::pin::pin!(connection);
        let mut timer = std::pin::pin!(tokio::time::sleep(longest));
        std::future::poll_fn(move |context| {
            while timer.as_mut().poll(context).is_ready() {
                // A wait that began after the timer was set ends after it rings.
                let ends_us = self.ends_us.load(Ordering::Relaxed);
                let next = if ends_us == NEVER || self.is_over() { now() + longest } else { self.began + Duration::from_micros(ends_us) };
                timer.as_mut().reset(next.into());
            }
            connection.as_mut().poll(context)
        })
        .await
    }
}

/// The runtime's clock, which tests may stop.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

impl Timer for Patience {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        self.ends_us.store(self.us(deadline), Ordering::Relaxed);
        Box::pin(Wait(self.clone()))
    }

    fn now(&self) -> Instant {
        now()
    }
}

/// The wait for one head. There is one at a time: hyper asks for the next when it has dropped the last.
struct Wait(Patience);

impl Future for Wait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        // The connection is woken when the time may be over; until then nothing needs to be registered.
        if self.0.is_over() { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Sleep for Wait {}

impl Drop for Wait {
    fn drop(&mut self) {
        self.0.ends_us.store(NEVER, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONGEST: Duration = Duration::from_secs(15);

    /// A connection that waits for heads: each comes after so long.
    async fn waits(patience: Patience, heads: &[u64]) -> Result<(), Duration> {
        let began = now();
        for after in heads {
            let wait = patience.sleep_until(patience.now() + LONGEST);
            let head = tokio::time::sleep(Duration::from_secs(*after));
            tokio::select! {
                biased;
                () = head => {}
                () = wait => return Err(now() - began),
            }
        }
        Ok(())
    }

    async fn driven(heads: &[u64]) -> Result<(), Duration> {
        let patience = Patience::new();
        patience.clone().drive(LONGEST, waits(patience, heads)).await
    }

    #[tokio::test(start_paused = true)]
    async fn heads_in_time_are_waited_for_and_a_late_one_is_not() {
        assert_eq!(driven(&[1, 14, 14, 14, 3]).await, Ok(()));
        assert_eq!(driven(&[16]).await, Err(Duration::from_secs(15)));
        assert_eq!(driven(&[1, 14, 100]).await.map_err(|after| after.as_secs()), Err(30));
        assert_eq!(driven(&[7, 13, 13, 16]).await.map_err(|after| after.as_secs()), Err(48));
    }
}
