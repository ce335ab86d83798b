//! What waits to be sent to one connection: so much and no more.
//!
//! A client that does not read (a laptop that was closed, a process that was stopped) must not make the server remember everything that
//! happens. When its queue is full it is dropped; it comes back, asks for the state of its channels, and has missed nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::ws::Utf8Bytes;
use tokio::sync::{mpsc, watch};

/// Most events that wait for one connection: some seconds of a busy channel.
pub(in super::super) const QUEUE_EVENTS: usize = 1024;
/// Most bytes that wait for one connection. An event that is larger may wait alone.
pub(in super::super) const QUEUE_BYTES: usize = 1024 * 1024;

/// Why the server ends a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Ending {
    /// It does not read.
    Slow,
    /// Its user may not be here any more, or the app is gone.
    NoLongerWelcome,
}

/// Where events for one connection are put. Clones are the same.
#[derive(Clone)]
pub(in super::super) struct Outbox {
    events: mpsc::Sender<Utf8Bytes>,
    bytes: Arc<AtomicUsize>,
    ending: Arc<watch::Sender<Option<Ending>>>,
}

/// Where the connection takes them from.
pub(in super::super) struct Inbox {
    events: mpsc::Receiver<Utf8Bytes>,
    bytes: Arc<AtomicUsize>,
    /// Says when it is over.
    pub(in super::super) ending: watch::Receiver<Option<Ending>>,
}

/// An empty queue.
pub(in super::super) fn queue() -> (Outbox, Inbox) {
    let (events, receiver) = mpsc::channel(QUEUE_EVENTS);
    let bytes = Arc::new(AtomicUsize::new(0));
    let (ending, ended) = watch::channel(None);
    let outbox = Outbox { events, bytes: Arc::clone(&bytes), ending: Arc::new(ending) };
    (outbox, Inbox { events: receiver, bytes, ending: ended })
}

impl Outbox {
    /// Puts an event; `false` if there is no room, which ends the connection.
    pub(in super::super) fn put(&self, text: Utf8Bytes) -> bool {
        let size = text.len();
        let before = self.bytes.fetch_add(size, Ordering::Relaxed);
        if (before > 0 && before + size > QUEUE_BYTES) || self.events.try_send(text).is_err() {
            self.bytes.fetch_sub(size, Ordering::Relaxed);
            self.end(Ending::Slow);
            return false;
        }
        true
    }

    /// Ends the connection, whatever waits. The first reason stands.
    pub(in super::super) fn end(&self, why: Ending) {
        self.ending.send_if_modified(|ending| {
            let is_first = ending.is_none();
            ending.get_or_insert(why);
            is_first
        });
    }
}

impl Inbox {
    /// The next event; `None` when no outbox is left.
    pub(in super::super) async fn next(&mut self) -> Option<Utf8Bytes> {
        let text = self.events.recv().await?;
        self.bytes.fetch_sub(text.len(), Ordering::Relaxed);
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_queue_ends_the_connection() {
        let (outbox, inbox) = queue();
        let event = Utf8Bytes::from("x".repeat(QUEUE_BYTES / 4));
        assert!((0..4).all(|_| outbox.put(event.clone())), "as much as it holds");
        assert_eq!(*inbox.ending.borrow(), None);
        assert!(!outbox.put(Utf8Bytes::from_static("y")));
        assert_eq!(*inbox.ending.borrow(), Some(Ending::Slow));
        outbox.end(Ending::NoLongerWelcome);
        assert_eq!(*inbox.ending.borrow(), Some(Ending::Slow), "the first reason stands");

        let (outbox, _inbox) = queue();
        assert_eq!((0..=QUEUE_EVENTS).filter(|_| outbox.put(Utf8Bytes::from_static("{}"))).count(), QUEUE_EVENTS);
    }

    #[tokio::test]
    async fn what_is_taken_makes_room_and_one_large_event_fits() {
        let (outbox, mut inbox) = queue();
        let large = Utf8Bytes::from("x".repeat(QUEUE_BYTES + 1));
        assert!(outbox.put(large.clone()));
        assert_eq!(inbox.next().await, Some(large.clone()));
        assert!(outbox.put(large));
    }
}
