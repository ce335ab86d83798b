//! `GET /messages/{id}`, and several messages of one channel.

use hallpass::Resource;
use serde_json::Value;

use super::super::call::{Answer, Call};
use super::super::channel::{self, embed};
use super::super::error::StreamError;
use super::document;
use super::render::{self, Scene};
use super::sight::Sight;
use super::{find, missing};

/// Most messages that one request names.
const BATCH: usize = 100;

/// `GET /messages/{id}`
pub(in super::super) async fn get(call: Call) -> Result<Answer, StreamError> {
    let found = find(&call, call.path("id")?).await?;
    call.permit("ReadChannel", found.channel_resource())?;
    let acting = call.acting_user()?;
    Sight::of(&call, &found.message.cid, acting.as_deref()).admit(&call, &found.message)?;
    let mut shown = render::one(&call, &found.message, acting.as_deref()).await?;
    let of = embed::one(&call, &found.channel.id).await?;
    if let (Value::Object(message), Some(of)) = (&mut shown, of) {
        message.insert("channel".to_owned(), of);
    }
    Ok(Answer::from_iter([("message".to_owned(), shown)]))
}

/// `GET /channels/{type}/{id}/messages?ids=`
pub(in super::super) async fn get_many(call: Call) -> Result<Answer, StreamError> {
    let cid = channel::id_of(&call)?;
    channel::live(&call, &cid)?;
    call.permit("ReadChannel", Resource::channel(cid.as_str()))?;
    let acting = call.acting_user()?;
    let ids: Vec<String> = call.query.all("ids").flat_map(|ids| ids.split(',')).filter(|id| !id.is_empty()).map(str::to_owned).collect();
    if ids.is_empty() || ids.len() > BATCH {
        return Err(StreamError::field("ids", format!("expected 1 to {BATCH} ids, got {}", ids.len())));
    }
    let sight = Sight::of(&call, cid.as_str(), acting.as_deref());
    let mut found = document::messages(&call, ids.clone()).await?;
    let mut messages = Vec::with_capacity(ids.len());
    for id in ids {
        let message = found.remove(&id).filter(|message| message.cid == cid.as_str() && sight.shows(message));
        messages.push(message.ok_or_else(|| missing(&id))?);
    }
    let scene = Scene::of(&call, &messages.iter().collect::<Vec<_>>(), acting.as_deref()).await?;
    Ok(Answer::from_iter([("messages".to_owned(), scene.render_all(&call, &messages))]))
}
