//! Threads, as answers show them.

use std::collections::BTreeSet;

use hallpass::Timestamp;
use serde_json::{Map, Value, json};

use super::super::call::Call;
use super::super::channel::embed;
use super::super::error::StreamError;
use super::super::fields::Fields;
use super::super::message::document::MessageDocument;
use super::super::message::render::Scene;
use super::super::message::sight::Sight;
use super::super::message::window::{self, Window};
use super::super::user::render::Users;

/// How much of a thread is shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    replies: usize,
    participants: usize,
}

impl Extent {
    /// Reads `reply_limit` and `participant_limit`.
    ///
    /// # Errors
    /// When one is out of bounds.
    pub(super) fn read(request: &Fields) -> Result<Self, StreamError> {
        let number = |name: &str, default: usize| {
            Ok::<_, StreamError>(request.number(name, 0..=100)?.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(default))
        };
        Ok(Self { replies: number("reply_limit", 2)?, participants: number("participant_limit", 100)? })
    }
}

/// A thread without its replies.
pub(super) async fn alone(
    call: &Call,
    parent: &MessageDocument,
    extent: Extent,
    acting: Option<&str>,
) -> Result<Map<String, Value>, StreamError> {
    let ids: BTreeSet<String> = parent.participants.iter().cloned().chain([parent.user.clone()]).collect();
    let count = ids.len();
    let users = Users::of(call, ids.iter().cloned()).await?;
    let time = |at: Timestamp| call.dialect.time(at);
    let participants = ids.iter().take(extent.participants).map(|id| {
        json!({
            "channel_cid": parent.cid,
            "thread_id": parent.id,
            "user_id": id,
            "user": users.get(id),
            "created_at": time(parent.created_at),
            "last_read_at": time(parent.created_at),
            "custom": {},
        })
    });
    let scene = Scene::of(call, &[parent], acting).await?;
    let mut shown = Map::from_iter([
        ("parent_message_id".to_owned(), json!(parent.id)),
        ("parent_message".to_owned(), scene.render(call, parent)),
        ("channel_cid".to_owned(), json!(parent.cid)),
        ("title".to_owned(), json!(parent.thread.title)),
        ("created_by_user_id".to_owned(), json!(parent.user)),
        ("created_by".to_owned(), users.get(&parent.user).unwrap_or_default()),
        ("reply_count".to_owned(), json!(parent.reply_count)),
        ("participant_count".to_owned(), json!(count)),
        ("active_participant_count".to_owned(), json!(count)),
        ("thread_participants".to_owned(), participants.collect()),
        ("created_at".to_owned(), time(parent.created_at)),
        ("updated_at".to_owned(), time(parent.thread.updated_at.unwrap_or(parent.created_at))),
        ("last_message_at".to_owned(), time(parent.last_reply_at.unwrap_or(parent.created_at))),
    ]);
    let channel = parent.cid.parse().map_err(StreamError::internal)?;
    if let Some(channel) = embed::one(call, &channel).await? {
        shown.insert("channel".to_owned(), channel);
    }
    call.dialect.put_custom(&mut shown, Some(&parent.thread.custom));
    Ok(shown)
}

/// A thread with the latest of its replies.
pub(super) async fn with_replies(
    call: &Call,
    parent: &MessageDocument,
    extent: Extent,
    sight: &Sight,
    acting: Option<&str>,
) -> Result<Map<String, Value>, StreamError> {
    let mut shown = alone(call, parent, extent, acting).await?;
    let replies = Window::newest(extent.replies).of(call, window::REPLIES, &parent.id, sight).await?;
    let scene = Scene::of(call, &replies.iter().collect::<Vec<_>>(), acting).await?;
    shown.insert("latest_replies".to_owned(), scene.render_all(call, &replies));
    shown.insert("read".to_owned(), json!([]));
    Ok(shown)
}
