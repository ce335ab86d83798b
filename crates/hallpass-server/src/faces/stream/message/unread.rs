//! What somebody has not read of a channel.

use hallpass::Timestamp;

use super::super::call::Call;
use super::super::error::StreamError;
use super::document::{self, MessageDocument, Sort};
use super::line::{self, TIMELINE};
use super::sight::Sight;
use super::window::{LIMIT, Window};

/// How many messages of a channel are newer than `since` and not the user's own, as far as the user sees them; at most [`LIMIT`].
pub(in super::super) async fn count(call: &Call, cid: &str, user: &str, since: Timestamp) -> Result<u64, StreamError> {
    Ok(count_in(&seen_since(call, cid, since, &Sight::of_user(call, cid, user)).await?, user, since))
}

/// The newest messages of a channel that are newer than `since`, as far as the caller sees them; at most [`LIMIT`].
pub(in super::super) async fn since(call: &Call, cid: &str, since: Timestamp) -> Result<Vec<MessageDocument>, StreamError> {
    let acting = call.acting_user()?;
    seen_since(call, cid, since, &Sight::of(call, cid, acting.as_deref())).await
}

async fn seen_since(call: &Call, cid: &str, since: Timestamp, sight: &Sight) -> Result<Vec<MessageDocument>, StreamError> {
    let active = document::activity(call, vec![cid.to_owned()]).await?;
    if active.get(cid).is_none_or(|active| active.at <= since) {
        return Ok(Vec::new());
    }
    let limit = usize::try_from(LIMIT).unwrap_or(usize::MAX);
    let newest = Window::newest(limit).of(call, TIMELINE, cid, sight).await?;
    Ok(newest.into_iter().filter(|message| message.created_at > since).collect())
}

/// How many of these messages are unread for a user who last read at `since`.
pub(in super::super) fn count_in(messages: &[MessageDocument], user: &str, since: Timestamp) -> u64 {
    let counts = |message: &&MessageDocument| {
        let is_said = !message.silent && message.sort == Sort::Regular && message.deleted_at.is_none();
        is_said && message.user != user && message.created_at > since
    };
    u64::try_from(messages.iter().filter(counts).count()).unwrap_or(LIMIT)
}

/// The id of the newest message of a channel.
pub(in super::super) async fn newest(call: &Call, cid: &str) -> Result<Option<String>, StreamError> {
    Ok(line::read(call, TIMELINE, cid, None, 1).await?.pop().map(|(_, id)| id))
}
