//! Deleting a message: in a way that can be taken back, for good, or for oneself alone; and taking it back.

use hallpass_store::DocumentWrite;

use super::super::call::{Answer, Call};
use super::super::error::StreamError;
use super::document::{self, MESSAGE, MessageDocument};
use super::sight::Sight;
use super::{find, find_undeleted, missing, purge, render, told, touched};
use crate::lock::Footprint;

/// `DELETE /messages/{id}?hard=&delete_for_me=&deleted_by=`
pub(in super::super) async fn delete(call: Call) -> Result<Answer, StreamError> {
    let query = call.query.fields()?;
    let hard = query.flag("hard")?.unwrap_or(false);
    let for_me = query.flag("delete_for_me")?.unwrap_or(false);
    if hard && for_me {
        return Err(StreamError::input("hard and delete_for_me exclude each other"));
    }
    let named = query.text("deleted_by")?.filter(|id| !id.is_empty()).map(str::to_owned);
    let acting = match call.acting_user()? {
        None if call.caller.is_server() => named,
        acting => acting,
    };
    if for_me {
        return delete_for_me(&call, acting.as_deref()).await;
    }
    let id = call.path("id")?;
    // Its replies go with it for good, and nobody may change them meanwhile; replies have none.
    let footprint = match find(&call, id).await?.message.parent {
        None if hard => Footprint::policy(),
        _ => touched(&call, Footprint::facts(), id).await?,
    };
    let edit = call.edit(footprint).await?;
    let found = if hard { find(&call, id).await? } else { find_undeleted(&call, id).await? };
    Sight::of(&call, &found.message.cid, acting.as_deref()).admit(&call, &found.message)?;
    call.permit("DeleteMessage", found.resource())?;

    let (gone, mut written) = if hard {
        let gone = MessageDocument { deleted_at: found.message.deleted_at.or(Some(call.now)), ..found.message.clone() };
        (gone, purge::of_message(&call, &found.message).await?)
    } else {
        purge::softly(&call, &found.message)?
    };
    written.extend(uncounted(&call, &found.message, hard).await?);
    call.commit(edit, Vec::new(), written).await?;
    told::deleted(&call, &gone, hard).await;
    Ok(Answer::from_iter([("message".to_owned(), render::one(&call, &gone, acting.as_deref()).await?)]))
}

/// What deleting a reply writes on the message that it was counted on. `gone` is the reply before that.
pub(in super::super) async fn uncounted(call: &Call, gone: &MessageDocument, hard: bool) -> Result<Option<DocumentWrite>, StreamError> {
    let Some(parent) = gone.parent.as_ref().filter(|_| gone.is_told()) else { return Ok(None) };
    let Some(mut parent) = document::message(call, parent).await? else { return Ok(None) };
    uncount(&mut parent, gone, hard);
    parent.write().map(Some)
}

/// Takes a deleted reply off the message that it was counted on.
pub(super) fn uncount(parent: &mut MessageDocument, gone: &MessageDocument, hard: bool) {
    match (gone.deleted_at.is_some(), hard) {
        (false, true) => parent.reply_count = parent.reply_count.saturating_sub(1),
        (false, false) => {
            parent.reply_count = parent.reply_count.saturating_sub(1);
            parent.deleted_reply_count += 1;
        }
        (true, _) => parent.deleted_reply_count = parent.deleted_reply_count.saturating_sub(1),
    }
}

/// Deletes a message for one user: nobody else notices. Whoever may read it may do that.
async fn delete_for_me(call: &Call, acting: Option<&str>) -> Result<Answer, StreamError> {
    let id = call.path("id")?;
    let edit = call.edit(Footprint::facts().entity(MESSAGE, id)).await?;
    let found = find_undeleted(call, id).await?;
    call.permit("ReadChannel", found.channel_resource())?;
    let user = acting.ok_or_else(|| StreamError::field("deleted_by", "is required: for whom is it deleted?"))?;
    Sight::of(call, &found.message.cid, acting).admit(call, &found.message)?;
    let mut message = found.message;
    message.deleted_for.insert(user.to_owned());
    call.commit(edit, Vec::new(), vec![message.write()?]).await?;
    told::deleted_for(call, &message, user).await;
    Ok(Answer::from_iter([("message".to_owned(), render::one(call, &message, acting).await?)]))
}

/// `POST /messages/{id}/undelete`
pub(in super::super) async fn undelete(call: Call) -> Result<Answer, StreamError> {
    let id = call.path("id")?;
    let by = call.body.text("undeleted_by")?.filter(|id| !id.is_empty());
    let edit = call.edit(touched(&call, Footprint::facts(), id).await?).await?;
    let mut message = find(&call, id).await?.message;
    if message.deleted_at.take().is_none() {
        return Err(StreamError::input(format!("message '{id}' is not deleted")));
    }
    message.updated_at = call.now;
    let mut written = vec![message.write()?];
    if message.is_pinned(call.now) {
        written.push(message.pin_line(call.now));
    }
    if let Some(parent) = message.parent.as_ref().filter(|_| message.is_told()) {
        let mut parent = document::message(&call, parent).await?.ok_or_else(|| missing(parent))?;
        parent.deleted_reply_count = parent.deleted_reply_count.saturating_sub(1);
        parent.reply_count += 1;
        written.push(parent.write()?);
    }
    call.commit(edit, Vec::new(), written).await?;
    told::updated(&call, &message).await;
    Ok(Answer::from_iter([("message".to_owned(), render::one(&call, &message, by).await?)]))
}
