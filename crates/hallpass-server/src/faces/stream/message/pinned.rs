//! The pinned messages of a channel.

use hallpass::{ChannelId, Resource};

use super::super::call::{Answer, Call};
use super::super::channel;
use super::super::error::StreamError;
use super::super::sort::Page;
use super::document::{self, MessageDocument};
use super::line;
use super::render::Scene;
use super::sight::Sight;

/// Pinned messages in the state of a channel.
const SHOWN: u64 = 10;
/// Most pinned messages in an answer.
const LIMIT: u64 = 300;

/// `GET /channels/{type}/{id}/pinned_messages?payload=`
pub(in super::super) async fn list(call: Call) -> Result<Answer, StreamError> {
    let cid = channel::id_of(&call)?;
    channel::live(&call, &cid)?;
    call.permit("ReadChannel", Resource::channel(cid.as_str()))?;
    let acting = call.acting_user()?;
    let request = call.query.payload()?;
    let page = Page::read(&request, SHOWN, LIMIT)?;
    let sight = Sight::of(&call, cid.as_str(), acting.as_deref());
    let mut messages = latest(&call, &cid, &sight, usize::MAX).await?;
    let sort = request.objects("sort")?.unwrap_or_default();
    if sort.first().and_then(|first| first.value("direction")).and_then(serde_json::Value::as_i64) == Some(1) {
        messages.reverse();
    }
    let messages: Vec<MessageDocument> = messages.into_iter().skip(page.offset).take(page.limit).collect();
    let scene = Scene::of(&call, &messages.iter().collect::<Vec<_>>(), acting.as_deref()).await?;
    Ok(Answer::from_iter([("messages".to_owned(), scene.render_all(&call, &messages))]))
}

/// Those pinned last, which come first.
pub(in super::super) async fn latest(
    call: &Call,
    cid: &ChannelId,
    sight: &Sight,
    limit: usize,
) -> Result<Vec<MessageDocument>, StreamError> {
    let ids = line::all(call, line::PINNED, cid.as_str()).await?.into_iter().map(|(_, id)| id).collect();
    let found = document::messages(call, ids).await?.into_values();
    let mut found: Vec<MessageDocument> = found.filter(|message| message.is_pinned(call.now) && sight.shows(message)).collect();
    found.sort_by(|a, b| b.pinned_at.cmp(&a.pinned_at).then_with(|| a.order.cmp(&b.order)));
    found.truncate(limit);
    Ok(found)
}

/// Pinned messages that the state of a channel shows.
pub(in super::super) async fn shown(call: &Call, cid: &ChannelId, sight: &Sight) -> Result<Vec<MessageDocument>, StreamError> {
    latest(call, cid, sight, usize::try_from(SHOWN).unwrap_or(usize::MAX)).await
}
