//! `GET /threads/{message_id}`

use serde_json::Value;

use super::super::call::{Answer, Call};
use super::super::error::StreamError;
use super::super::message::{find, sight::Sight};
use super::render::{Extent, with_replies};

/// `GET /threads/{message_id}`
pub(in super::super) async fn get(call: Call) -> Result<Answer, StreamError> {
    let found = find(&call, call.path("message_id")?).await?;
    call.permit("ReadChannel", found.channel_resource())?;
    let acting = call.acting_user()?;
    let sight = Sight::of(&call, &found.message.cid, acting.as_deref());
    sight.admit(&call, &found.message)?;
    if found.message.reply_count == 0 {
        return Err(StreamError::not_found(format!("message '{}' has no replies, so there is no thread", found.message.id)));
    }
    let extent = Extent::read(&call.query.fields()?)?;
    let thread = with_replies(&call, &found.message, extent, &sight, acting.as_deref()).await?;
    Ok(Answer::from_iter([("thread".to_owned(), Value::Object(thread))]))
}
