//! Messages, as moderation sees them.

use std::collections::BTreeMap;

use hallpass::{Change, ChannelId, Resource};
use hallpass_store::DocumentWrite;
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::StreamError;
use super::super::message::sight::Sight;
use super::super::message::{self, Found, document};

/// A message that is flagged.
pub(super) struct Flagged {
    pub(super) channel: ChannelId,
    pub(super) author: String,
    pub(super) text: String,
}

/// The message of this id, for whoever may flag messages there: one flags what one sees.
///
/// # Errors
/// When it is not there, the caller may not flag, or does not see it.
pub(super) async fn to_flag(call: &Call, id: &str) -> Result<Flagged, StreamError> {
    let Found { message, channel } = message::find_undeleted(call, id).await?;
    call.permit("FlagMessage", Resource::channel(channel.id.as_str()))?;
    Sight::of(call, &message.cid, call.acting_user()?.as_deref()).admit(call, &message)?;
    Ok(Flagged { channel: channel.id, author: message.user, text: message.text })
}

/// Messages by id, as answers show them; those that are not there are left out.
pub(super) async fn rendered<'a>(call: &Call, ids: impl IntoIterator<Item = &'a str>) -> Result<BTreeMap<String, Value>, StreamError> {
    let mut ids: Vec<String> = ids.into_iter().map(str::to_owned).collect();
    ids.sort();
    ids.dedup();
    let found: Vec<_> = document::messages(call, ids).await?.into_values().collect();
    let acting = call.acting_user()?;
    let scene = message::render::Scene::of(call, &found.iter().collect::<Vec<_>>(), acting.as_deref()).await?;
    Ok(found.iter().map(|message| (message.id.clone(), scene.render(call, message))).collect())
}

/// What to write for a message that moderators let through: from now on it counts as a reply, and its poll is seen in its channel.
pub(super) async fn released(call: &Call, mut message: document::MessageDocument) -> Result<Vec<DocumentWrite>, StreamError> {
    message.shadowed = false;
    message.moderation = Some(json!({"action": "unblocked"}));
    let mut written = vec![message.write()?];
    written.extend(message::send::shown(call, &message).await?);
    Ok(written)
}

/// Whether moderation keeps a message back.
pub(super) fn is_kept_back(message: &document::MessageDocument) -> bool {
    let action = message.moderation.as_ref().and_then(|moderation| moderation.get("action")).and_then(Value::as_str);
    matches!(action, Some("block" | "shadow"))
}

/// What a moderator's decision changes.
pub(super) type Effect = (Vec<Change>, Vec<DocumentWrite>);
