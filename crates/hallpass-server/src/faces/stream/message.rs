//! Messages: sent, read, changed, pinned, reacted to and deleted, each by whoever may.
//!
//! Ben posts in `messaging:general`. His request becomes a [`draft::Draft`], which says what it needs (`gate`): `CreateMessage`, and
//! `AddLinks` for the address in its text. Every need is one question to the engine. Then it is a document under its id, and a line of
//! the channel's `timeline`, whose ids sort from the newest to the oldest. A reply is on the line of its thread instead.

pub(super) mod action;
mod attachment;
pub(super) mod delete;
pub(super) mod document;
mod draft;
mod gate;
pub(super) mod get;
mod line;
mod link;
pub(super) mod pinned;
pub(super) mod purge;
pub(super) mod reaction;
pub(super) mod remark;
pub(super) mod render;
pub(super) mod replies;
pub(super) mod search;
pub(super) mod send;
mod settings;
pub(super) mod sight;
pub(super) mod told;
pub(super) mod unread;
pub(super) mod update;
pub(super) mod window;

use hallpass::{Channel, ChannelId, Resource};

pub(super) use self::gate::{SEND, UPDATE};

use self::document::MessageDocument;
use self::sight::Sight;
use super::call::Call;
use super::channel;
use super::error::StreamError;
use super::poll::document::POLL;
use crate::lock::Footprint;

/// Longest id, in characters.
const ID_CHARS: usize = 255;
/// Most mentioned users; Stream's limit.
const MENTIONS: usize = 25;
/// Most attachments; Stream's limit.
const ATTACHMENTS: usize = 30;

/// Checks an id that a client chose.
///
/// # Errors
/// When it is empty, too long, or has characters that separate ids in keys.
fn good_id(place: &str, id: &str) -> Result<(), StreamError> {
    if (1..=ID_CHARS).contains(&id.chars().count()) && !id.chars().any(char::is_control) {
        return Ok(());
    }
    Err(StreamError::field(
        place,
        format!("expected 1 to {ID_CHARS} characters, none of them control characters, got '{}'", id.escape_debug()),
    ))
}

fn missing(id: &str) -> StreamError {
    StreamError::not_found(format!("message '{id}' does not exist"))
}

/// A message, with the channel that it lies in.
pub(super) struct Found {
    pub(super) message: MessageDocument,
    pub(super) channel: Channel,
}

impl Found {
    /// The message, as the engine knows it: it belongs to its author and lies in its channel.
    pub(super) fn resource(&self) -> Resource<'_> {
        Resource::message(&self.message.id, self.message.cid.as_str()).owned_by(&self.message.user)
    }

    /// The channel.
    pub(super) fn channel_resource(&self) -> Resource<'_> {
        Resource::channel(self.message.cid.as_str())
    }
}

/// The message of this id, in a channel that is there.
///
/// # Errors
/// Code 16 when there is none, or its channel is deleted.
pub(super) async fn find(call: &Call, id: &str) -> Result<Found, StreamError> {
    let message = document::message(call, id).await?.ok_or_else(|| missing(id))?;
    let channel: ChannelId = message.cid.parse().map_err(StreamError::internal)?;
    let channel = channel::live(call, &channel).map_err(|_| missing(id))?;
    Ok(Found { message, channel })
}

/// A message that is named as one of this channel. One of another channel, or that is not shown, is not there.
///
/// # Errors
/// Code 16 when there is none.
pub(super) async fn seen_in(call: &Call, id: &str, cid: &str, sight: &Sight) -> Result<MessageDocument, StreamError> {
    document::message(call, id).await?.filter(|message| message.cid == cid && sight.shows(message)).ok_or_else(|| missing(id))
}

/// What changes along with a message: the one that it replies to, which counts it, and the poll that it carries, which knows where it
/// is seen. To be named before the message is read again under its lock; a message that is not there is left to that.
pub(super) async fn touched(call: &Call, footprint: Footprint, id: &str) -> Result<Footprint, StreamError> {
    let footprint = footprint.entity(document::MESSAGE, id);
    let Some(message) = document::message(call, id).await? else { return Ok(footprint) };
    let footprint = message.parent.iter().fold(footprint, |footprint, parent| footprint.entity(document::MESSAGE, parent.as_str()));
    Ok(message.poll.iter().fold(footprint, |footprint, poll| footprint.entity(POLL, poll.as_str())))
}

/// Like [`find`], for whoever changes it: what was deleted is not there.
///
/// # Errors
/// Code 16 when there is none, or it is deleted.
pub(super) async fn find_undeleted(call: &Call, id: &str) -> Result<Found, StreamError> {
    let found = find(call, id).await?;
    if found.message.deleted_at.is_some() { Err(missing(id)) } else { Ok(found) }
}
