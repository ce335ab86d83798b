//! Channels and their members.

mod belonging;
mod candidates;
mod data;
pub(super) mod delete;
mod draft;
pub(super) mod embed;
mod fitting;
pub(super) mod get;
pub(super) mod hide;
mod member;
pub(super) mod member_partial;
pub(super) mod members;
pub(super) mod open;
pub(super) mod partial;
mod pins;
pub(super) mod query;
pub(super) mod query_members;
pub(super) mod read;
mod render;
pub(super) mod state;
pub(super) mod told;
pub(super) mod truncate;
pub(super) mod update;
pub(super) mod visit;

use hallpass::{Channel, ChannelId};

pub(super) use self::member::role_of;
pub(super) use self::members::must_exist;

use super::call::Call;
use super::error::StreamError;

/// Channels named by their members have ids that start with this.
pub(super) const DISTINCT: &str = "!members-";
/// Longest id, in characters; Stream's limit.
const ID_CHARS: usize = 64;

/// The channel that a path names, by `type` and `id`.
///
/// # Errors
/// When there is no such type, or the two make no channel id.
pub(super) fn id_of(call: &Call) -> Result<ChannelId, StreamError> {
    let channel_type = type_of(call)?;
    ChannelId::new(&channel_type, call.path("id")?).map_err(|error| StreamError::field("id", error.to_string()))
}

/// The channel type that a path names.
///
/// # Errors
/// When there is none.
fn type_of(call: &Call) -> Result<String, StreamError> {
    let name = call.path("type")?;
    match call.tenant.engine().channel_type(name) {
        Some(_) => Ok(name.to_owned()),
        None => Err(super::channel_type::missing(name)),
    }
}

/// The channel of this id, unless it is deleted.
///
/// # Errors
/// When there is none.
pub(super) fn live(call: &Call, id: &ChannelId) -> Result<Channel, StreamError> {
    match call.tenant.engine().channel(id.as_str()) {
        Some(channel) if !channel.deleted => Ok(channel),
        _ => Err(missing(id)),
    }
}

fn missing(id: &ChannelId) -> StreamError {
    StreamError::not_found(format!("channel '{id}' does not exist"))
}

/// Checks the id of a channel about to be made.
///
/// # Errors
/// When it is not what Stream takes for an id.
fn good_id(id: &str) -> Result<(), StreamError> {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '!');
    if (1..=ID_CHARS).contains(&id.chars().count()) && id.chars().all(good) {
        return Ok(());
    }
    Err(StreamError::field("id", format!("expected 1 to {ID_CHARS} letters, digits, _, - and !, got '{id}'")))
}
