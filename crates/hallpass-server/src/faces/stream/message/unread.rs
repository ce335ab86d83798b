//! What somebody has not read of a channel.

use hallpass::Timestamp;

use super::super::call::Call;
use super::super::error::StreamError;
use super::super::fields::Fields;
use super::document::Sort;
use super::line::{self, TIMELINE};
use super::sight::Sight;
use super::window::{LIMIT, Window};

const NS_PER_MS: u64 = 1_000_000;

/// How many messages of a channel are newer than `since` and not the user's own, as far as they see them; at most [`LIMIT`].
pub(in super::super) async fn count(call: &Call, cid: &str, user: &str, since: Timestamp) -> Result<u64, StreamError> {
    let asked = serde_json::json!({"limit": LIMIT, "created_at_after": since.as_ms().saturating_mul(NS_PER_MS)});
    let window = Window::read(call, &Fields::of("", asked)?, 0).await?;
    let found = window.of(call, TIMELINE, cid, &Sight::of(call, cid, Some(user))).await?;
    let counts = |silent: bool, sort: Sort, author: &str| !silent && sort == Sort::Regular && author != user;
    let unread = found.iter().filter(|message| counts(message.silent, message.sort, &message.user) && message.deleted_at.is_none());
    Ok(u64::try_from(unread.count()).unwrap_or(LIMIT))
}

/// The id of the newest message of a channel.
pub(in super::super) async fn newest(call: &Call, cid: &str) -> Result<Option<String>, StreamError> {
    Ok(line::read(call, TIMELINE, cid, None, 1).await?.pop().map(|(_, id)| id))
}
