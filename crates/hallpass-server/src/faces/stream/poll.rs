//! Polls: made by users of the app, sent in messages, voted on by whoever may in the channel that they were sent to.
//!
//! A poll belongs to who made it, and to no channel: making, changing, closing, deleting and listing polls are actions of the app.
//! Once it is sent, it can be seen and voted on in that channel, by whoever may read it and cast votes there.

pub(super) mod change;
pub(super) mod create;
pub(super) mod document;
mod draft;
pub(super) mod option;
pub(super) mod query;
pub(super) mod render;
mod told;
pub(super) mod vote;

use hallpass::Resource;

use self::document::PollDocument;
use super::call::Call;
use super::error::StreamError;

fn missing(id: &str) -> StreamError {
    StreamError::not_found(format!("poll '{id}' does not exist"))
}

/// The poll of this id.
///
/// # Errors
/// Code 16 when there is none.
pub(super) async fn find(call: &Call, id: &str) -> Result<PollDocument, StreamError> {
    document::polls(call, vec![id.to_owned()]).await?.remove(id).ok_or_else(|| missing(id))
}

/// A poll, as the engine knows it: it belongs to who made it, and where teams count, to their team. Of several teams it is the one that
/// the caller shares.
fn resource<'a>(call: &Call, poll: &'a PollDocument) -> Resource<'a> {
    let own = call.caller.user().and_then(|id| call.tenant.engine().user(id)).map(|user| user.teams).unwrap_or_default();
    let shared = poll.teams.iter().find(|team| own.contains(*team)).or(poll.teams.first());
    Resource::other("poll", &poll.id).owned_by(&poll.created_by).of_team(shared.map_or("", String::as_str))
}

/// Whether the caller may see the poll: one's own and those that one may list are seen, and those in channels that one may read.
///
/// # Errors
/// The refusal, as Stream words it.
fn permit_seeing(call: &Call, poll: &PollDocument) -> Result<(), StreamError> {
    let refusal = match call.permit("QueryPolls", resource(call, poll)) {
        Ok(()) => return Ok(()),
        Err(refusal) => refusal,
    };
    let seen = poll.channels.iter().any(|cid| call.may("ReadChannel", Resource::channel(cid)));
    if seen { Ok(()) } else { Err(refusal) }
}
