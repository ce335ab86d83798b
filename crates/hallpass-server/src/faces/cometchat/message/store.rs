//! Where messages lie: each once, by id; and the ids of each conversation and of each thread, in both orders.
//!
//! Stores scan upwards only. So that the newest page of a long conversation costs no more than the oldest one, a list is kept twice: under
//! ids as they are, and under ids counted down from the largest number.

use hallpass_store::{DocumentWrite, Store, StoreError};
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::documents::{self, SEPARATOR};
use super::super::error::CometError;
use super::super::reaction;
use super::MessageDocument;

/// Messages, by id.
pub(in super::super) const MESSAGE: &str = "message";
/// Ids of the messages of a list, oldest first.
const UPWARDS: &str = "message_upwards";
/// Ids of the messages of a list, newest first.
const DOWNWARDS: &str = "message_downwards";

/// An id so written that ids sort as numbers do.
pub(in super::super) fn padded(id: u64) -> String {
    format!("{id:020}")
}

/// The list of a thread.
pub(in super::super) fn thread(parent: u64) -> String {
    format!("thread_{}", padded(parent))
}

/// The lists that a message is in.
fn lists(message: &MessageDocument) -> Vec<String> {
    std::iter::once(message.conversation.clone()).chain(message.parent.map(thread)).collect()
}

/// A new message.
///
/// # Errors
/// When it cannot be written as JSON.
pub(super) fn put_new(message: &MessageDocument) -> Result<Vec<DocumentWrite>, CometError> {
    let mut written = vec![put(message)?];
    for list in lists(message) {
        written.push(DocumentWrite::put(UPWARDS, format!("{list}{SEPARATOR}{}", padded(message.id)), json!(message.id)));
        written.push(DocumentWrite::put(DOWNWARDS, format!("{list}{SEPARATOR}{}", padded(u64::MAX - message.id)), json!(message.id)));
    }
    Ok(written)
}

/// A message that changed.
///
/// # Errors
/// When it cannot be written as JSON.
pub(in super::super) fn put(message: &MessageDocument) -> Result<DocumentWrite, CometError> {
    documents::put(MESSAGE, &padded(message.id), message)
}

/// A message is gone, as if it had never been.
pub(in super::super) fn forget(message: &MessageDocument) -> Vec<DocumentWrite> {
    let mut gone = vec![DocumentWrite::delete(MESSAGE, padded(message.id))];
    for list in lists(message) {
        gone.push(DocumentWrite::delete(UPWARDS, format!("{list}{SEPARATOR}{}", padded(message.id))));
        gone.push(DocumentWrite::delete(DOWNWARDS, format!("{list}{SEPARATOR}{}", padded(u64::MAX - message.id))));
    }
    gone
}

/// Which way a list is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Direction {
    /// Oldest first.
    Upwards,
    /// Newest first.
    Downwards,
}

/// Some messages of a list, after (or, downwards, before) an id. Fewer than `limit` only at the end of the list.
///
/// # Errors
/// When the store fails, or holds what cannot be read.
pub(in super::super) fn scan(
    store: &dyn Store,
    app: &str,
    list: &str,
    direction: Direction,
    from: Option<u64>,
    limit: usize,
) -> Result<Vec<Value>, StoreError> {
    let prefix = format!("{list}{SEPARATOR}");
    let (kind, after) = match direction {
        Direction::Upwards => (UPWARDS, from.map(|id| format!("{prefix}{}", padded(id)))),
        Direction::Downwards => (DOWNWARDS, from.map(|id| format!("{prefix}{}", padded(u64::MAX - id)))),
    };
    let found = store.scan_documents(app, kind, &prefix, after.as_deref(), limit)?;
    let ids: Vec<String> = found.into_iter().filter_map(|(_, id)| id.as_u64()).map(padded).collect();
    let bodies = store.documents(app, MESSAGE, &ids.iter().map(String::as_str).collect::<Vec<_>>())?;
    Ok(bodies.into_iter().map(|(_, body)| body).collect())
}

/// Some messages of the whole app, upwards.
///
/// # Errors
/// When the store fails.
pub(in super::super) fn scan_all(store: &dyn Store, app: &str, from: Option<u64>, limit: usize) -> Result<Vec<Value>, StoreError> {
    let found = store.scan_documents(app, MESSAGE, "", from.map(padded).as_deref(), limit)?;
    Ok(found.into_iter().map(|(_, body)| body).collect())
}

/// A page of a list, as messages.
///
/// # Errors
/// When the store fails, or holds what cannot be read.
pub(in super::super) async fn page(
    call: &Call,
    list: &str,
    direction: Direction,
    from: Option<u64>,
    limit: usize,
) -> Result<Vec<MessageDocument>, CometError> {
    let list = list.to_owned();
    let found = call.tenant.read(move |store, app| scan(store, app, &list, direction, from, limit)).await.map_err(CometError::internal)?;
    found.into_iter().map(|body| serde_json::from_value(body).map_err(CometError::internal)).collect()
}

/// Everything of a conversation: its messages, their threads and reactions, to be deleted.
///
/// # Errors
/// When the store fails.
pub(in super::super) async fn purge(call: &Call, conversation: &str) -> Result<Vec<DocumentWrite>, CometError> {
    const AT_ONCE: usize = 1_000;
    let (mut gone, mut from) = (Vec::new(), None);
    loop {
        let messages = page(call, conversation, Direction::Upwards, from, AT_ONCE).await?;
        let Some(last) = messages.last() else { return Ok(gone) };
        from = Some(last.id);
        for message in &messages {
            gone.extend(forget(message));
            gone.extend(reaction::forget(call, message.id).await?);
        }
    }
}
