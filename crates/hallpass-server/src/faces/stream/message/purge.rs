//! What it takes to forget messages for good.

use std::collections::{BTreeMap, BTreeSet};

use hallpass::Timestamp;
use hallpass_store::DocumentWrite;

use super::super::call::Call;
use super::super::error::StreamError;
use super::document::{ACTIVITY, MESSAGE, MessageDocument, REACTION};
use super::line;

/// Forgets a message, with its reactions and replies.
pub(in super::super) async fn of_message(call: &Call, message: &MessageDocument) -> Result<Vec<DocumentWrite>, StreamError> {
    let mut written = alone(call, message).await?;
    let replies = line::all(call, line::THREAD, &message.id).await?;
    for chunk in replies.chunks(line::PAGE) {
        for reply in super::document::messages(call, chunk.iter().map(|(_, id)| id.clone()).collect()).await?.values() {
            written.extend(alone(call, reply).await?);
        }
    }
    Ok(written)
}

async fn alone(call: &Call, message: &MessageDocument) -> Result<Vec<DocumentWrite>, StreamError> {
    let mut written = vec![DocumentWrite::delete(MESSAGE, &message.id), line::remove(line::TIMELINE, &message.cid, &message.order)];
    if message.pinned_at.is_some() {
        written.push(line::remove(line::PINNED, &message.cid, &message.order));
    }
    if let Some(parent) = &message.parent {
        written.push(line::remove(line::THREAD, parent, &message.order));
    }
    if !message.reactions.is_empty() {
        let prefix = format!("{}\n", message.id);
        let read = call.tenant.read(move |store, app| store.scan_documents(app, REACTION, &prefix, None, usize::MAX));
        written.extend(read.await.map_err(StreamError::internal)?.into_iter().map(|(id, _)| DocumentWrite::delete(REACTION, id)));
    }
    Ok(written)
}

/// Forgets all messages of a channel that are not younger than `until`.
pub(in super::super) async fn of_channel(call: &Call, cid: &str, until: Timestamp) -> Result<Vec<DocumentWrite>, StreamError> {
    let oldest = line::of_time(until);
    let entries = line::all(call, line::TIMELINE, cid).await?;
    let mut written = Vec::new();
    if entries.first().is_none_or(|(order, _)| *order >= oldest) {
        written.push(DocumentWrite::delete(ACTIVITY, cid));
    }
    let entries: Vec<_> = entries.into_iter().filter(|(order, _)| *order >= oldest).collect();
    for chunk in entries.chunks(line::PAGE) {
        for message in super::document::messages(call, chunk.iter().map(|(_, id)| id.clone()).collect()).await?.values() {
            written.extend(of_message(call, message).await?);
        }
    }
    Ok(written)
}

/// The messages of a user, in one channel or all: looks at every message, so it takes as long as there are messages.
pub(in super::super) async fn messages_of(call: &Call, user: &str, cid: Option<&str>) -> Result<Vec<MessageDocument>, StreamError> {
    let (mut found, mut after) = (Vec::new(), None::<String>);
    loop {
        let from = after.take();
        let read = call.tenant.read(move |store, app| store.scan_documents(app, MESSAGE, "", from.as_deref(), line::PAGE));
        let page = read.await.map_err(StreamError::internal)?;
        let Some((last, _)) = page.last() else { return Ok(found) };
        after = Some(last.clone());
        for (_, body) in page {
            let message: MessageDocument = serde_json::from_value(body).map_err(StreamError::internal)?;
            if message.user == user && cid.is_none_or(|cid| message.cid == cid) {
                found.push(message);
            }
        }
    }
}

/// What deleting these messages writes on those that they were counted on as replies; to be written after the deletions themselves.
pub(in super::super) async fn uncounted(call: &Call, gone: &[MessageDocument], hard: bool) -> Result<Vec<DocumentWrite>, StreamError> {
    let going: BTreeSet<&str> = gone.iter().map(|message| message.id.as_str()).collect();
    let mut parents: BTreeMap<String, MessageDocument> = BTreeMap::new();
    for reply in gone.iter().filter(|message| message.is_told()) {
        let Some(id) = reply.parent.as_ref().filter(|id| !(hard && going.contains(id.as_str()))) else { continue };
        let mut parent = match parents.remove(id) {
            Some(parent) => parent,
            None => {
                let Some(mut parent) = super::document::message(call, id).await? else { continue };
                if going.contains(id.as_str()) {
                    parent.deleted_at = Some(call.now);
                    parent.updated_at = call.now;
                }
                parent
            }
        };
        super::delete::uncount(&mut parent, reply, hard);
        parents.insert(id.clone(), parent);
    }
    parents.values().map(MessageDocument::write).collect()
}

/// Deletes a message in a way that can be taken back.
pub(in super::super) fn softly(call: &Call, message: &MessageDocument) -> Result<(MessageDocument, Vec<DocumentWrite>), StreamError> {
    let gone = MessageDocument { deleted_at: Some(call.now), updated_at: call.now, ..message.clone() };
    let mut written = vec![gone.write()?];
    if gone.pinned_at.is_some() {
        written.push(line::remove(line::PINNED, &gone.cid, &gone.order));
    }
    Ok((gone, written))
}
