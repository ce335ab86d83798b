//! Moderation: what users do about each other, and moderators about them.
//!
//! Ben is rude in `messaging:general`. Zoe mutes him, for herself; Mia flags his message, which puts it before the moderators; Cleo bans
//! him from the channel for an hour. A mute is a note of Zoe's and refuses nothing. A ban is a fact: the engine refuses what Ben says next.
//!
//! Bans, mutes and blocks are relations of the engine with a document beside each (since when, by whom, why). A shadow ban is a document
//! only: nothing is refused, and nobody else sees what the user writes.

pub(super) mod ban;
pub(super) mod block_list;
pub(super) mod config;
pub(super) mod flag;
pub(super) mod flag_report;
mod message;
pub(super) mod message_flags;
pub(super) mod mute;
pub(super) mod mute_channel;
pub(super) mod query_bans;
pub(super) mod report;
mod reports;
pub(super) mod review_queue;
pub(super) mod screen;
pub(super) mod unblock;

use hallpass::{ChannelId, Resource, Timestamp};

use super::call::Call;
use super::error::StreamError;
use super::fields::Fields;

const MS_PER_MINUTE: u64 = 60_000;
/// Longest ban or mute with an end, in minutes: ten years. Longer ones are without end.
const MINUTES: u64 = 10 * 366 * 24 * 60;

/// When something ends that lasts `timeout` minutes from now; without one, never.
///
/// # Errors
/// When it is no number of minutes.
fn end(call: &Call, fields: &Fields) -> Result<Option<Timestamp>, StreamError> {
    let minutes = fields.number("timeout", 0..=MINUTES)?.filter(|minutes| *minutes > 0);
    Ok(minutes.map(|minutes| Timestamp::from_ms(call.now.as_ms() + minutes * MS_PER_MINUTE)))
}

/// The channel that a request names by `channel_cid`, or by `type` and `id`.
///
/// # Errors
/// When that makes no channel id.
fn channel_named(fields: &Fields) -> Result<Option<ChannelId>, StreamError> {
    let named = |name: &str| Ok::<_, StreamError>(fields.text(name)?.filter(|text| !text.is_empty()));
    if let Some(cid) = named("channel_cid")? {
        return cid.parse().map(Some).map_err(|error: hallpass::ChannelIdError| StreamError::field("channel_cid", error.to_string()));
    }
    match (named("type")?, named("id")?) {
        (Some(channel_type), Some(id)) => {
            ChannelId::new(channel_type, id).map(Some).map_err(|error| StreamError::field("id", error.to_string()))
        }
        (None, None) => Ok(None),
        (Some(_), None) => Err(StreamError::field("id", "is required with type")),
        (None, Some(_)) => Err(StreamError::field("type", "is required with id")),
    }
}

/// One document about two things: the ids of both.
fn pair(of: &str, about: &str) -> String {
    format!("{of}\u{1f}{about}")
}

/// For whom a request is made that needs somebody: the caller, or the user that the back end names. Callers without a token are nobody,
/// under the empty id; what they ask for is refused by the question that follows.
///
/// # Errors
/// When the back end names nobody.
fn acting(call: &Call) -> Result<String, StreamError> {
    match call.acting_user()? {
        Some(user) => Ok(user),
        None if call.caller.is_server() => Err(StreamError::field("user_id", "is required: who does this?")),
        None => Ok(String::new()),
    }
}

/// The app, as a resource of a team.
fn app_of(team: Option<&str>) -> Resource<'_> {
    team.map_or_else(Resource::app, |team| Resource::app().of_team(team))
}

/// A team of the caller's, where teams count and they have one: what is asked about for a list, whose entries are asked about one by one.
fn own_team(call: &Call) -> Option<String> {
    let engine = call.tenant.engine();
    let user = engine.user(call.caller.user()?).filter(|_| engine.settings().teams)?;
    user.teams.first().cloned()
}
