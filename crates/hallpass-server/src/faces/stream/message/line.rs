//! Lines of messages: those of a channel, of a thread, the pinned ones. A line is read from the newest message to the oldest.
//!
//! The store lists documents by ascending id, so the id of an entry counts down: what is left of the largest time, and of the largest
//! number within one millisecond.

use std::sync::atomic::{AtomicU32, Ordering};

use hallpass::Timestamp;
use hallpass_store::DocumentWrite;
use serde_json::Value;

use super::super::call::Call;
use super::super::error::StreamError;

/// Messages of a channel: all but replies that are not shown in it.
pub(super) const TIMELINE: &str = "timeline";
/// Replies to a message.
pub(super) const THREAD: &str = "thread";
/// Pinned messages of a channel.
pub(super) const PINNED: &str = "pinned";

/// Entries read at a time.
pub(super) const PAGE: usize = 500;

/// Tells messages of the same millisecond apart. A restart begins anew, in another millisecond.
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// The place of a message that is sent now.
pub(super) fn key(at: Timestamp) -> String {
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("{}{:08x}", of_time(at), u32::MAX - number)
}

/// What the places of all messages of one millisecond start with.
pub(super) fn of_time(at: Timestamp) -> String {
    format!("{:016x}", u64::MAX - at.as_ms())
}

/// The id of an entry.
pub(super) fn key_on(of: &str, order: &str) -> String {
    format!("{of}\n{order}")
}

/// A part of a line, newest first: `(place, message id)`.
pub(super) async fn read(
    call: &Call,
    kind: &'static str,
    of: &str,
    after: Option<String>,
    limit: usize,
) -> Result<Vec<(String, String)>, StreamError> {
    let prefix = format!("{of}\n");
    let start = prefix.len();
    let from = after.map(|after| key_on(of, &after));
    let read = call.tenant.read(move |store, app| store.scan_documents(app, kind, &prefix, from.as_deref(), limit));
    let found = read.await.map_err(StreamError::internal)?;
    let entry = |(key, id): (String, Value)| Some((key.get(start..)?.to_owned(), id.as_str()?.to_owned()));
    Ok(found.into_iter().filter_map(entry).collect())
}

/// A whole line, newest first.
pub(super) async fn all(call: &Call, kind: &'static str, of: &str) -> Result<Vec<(String, String)>, StreamError> {
    let mut found: Vec<(String, String)> = Vec::new();
    loop {
        let page = read(call, kind, of, found.last().map(|(key, _)| key.clone()), PAGE).await?;
        let is_last = page.len() < PAGE;
        found.extend(page);
        if is_last {
            return Ok(found);
        }
    }
}

/// Takes entries off a line.
pub(super) fn remove(kind: &str, of: &str, order: &str) -> DocumentWrite {
    DocumentWrite::delete(kind, key_on(of, order))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_comes_first() {
        let (first, second, later) = (key(Timestamp(1)), key(Timestamp(1)), key(Timestamp(2)));
        assert!(later < second && second < first, "{later} {second} {first}");
        assert!(first.starts_with(&of_time(Timestamp(1))));
    }
}
