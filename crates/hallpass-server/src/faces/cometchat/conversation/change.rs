//! What somebody does to their own view of a conversation: tags, reading marks, deleting it.

use hallpass::Resource;
use serde_json::json;

use super::super::call::Call;
use super::super::documents;
use super::super::envelope::Answer;
use super::super::error::CometError;
use super::super::group::MAX_TAGS;
use super::super::message::store::{self, Direction};
use super::{Conversation, VIEW, ViewDocument, of_path, render, view, view_id};
use crate::lock::Footprint;

/// `PUT …/conversation`: tags.
pub(in super::super) async fn update(call: Call) -> Result<Answer, CometError> {
    let tags = call.body.texts("tags")?.unwrap_or_default();
    if tags.len() > MAX_TAGS {
        return Err(CometError::field("tags", format!("There may be at most {MAX_TAGS} tags, got {}.", tags.len())));
    }
    let conversation = change(&call, "UpdateConversation", |view, _| view.tags = tags).await?;
    Ok(Answer::of(render::one(&call, &conversation).await?.value))
}

/// `POST …/conversation/read`
pub(in super::super) async fn read(call: Call) -> Result<Answer, CometError> {
    let conversation = change(&call, "UpdateConversation", |view, newest| {
        view.read_to = newest;
        view.delivered_to = newest;
    });
    conversation.await?;
    Ok(Answer::success("The conversation has been marked as read."))
}

/// `POST …/conversation/delivered`
pub(in super::super) async fn delivered(call: Call) -> Result<Answer, CometError> {
    change(&call, "UpdateConversation", |view, newest| view.delivered_to = newest).await?;
    Ok(Answer::success("The conversation has been marked as delivered."))
}

/// `DELETE …/conversation/read`: unread from a message on.
pub(in super::super) async fn unread(call: Call) -> Result<Answer, CometError> {
    let from = call.body.number("messageId", 1..=u64::MAX)?;
    let Some(from) = from else { return Err(CometError::field("messageId", "The messageId field is required.")) };
    let conversation = change(&call, "UpdateConversation", |view, _| view.read_to = from.saturating_sub(1)).await?;
    Ok(Answer::of(json!({"conversation": render::one(&call, &conversation).await?.value})))
}

/// `DELETE …/conversation`: what was said so far is gone from the caller's own view, and from nobody else's.
pub(in super::super) async fn delete(call: Call) -> Result<Answer, CometError> {
    let conversation = change(&call, "DeleteConversation", |view, newest| view.deleted_to = newest).await?;
    Ok(Answer::success(format!("The conversation with {} has been deleted.", conversation.with.id())))
}

/// Changes the caller's view; `how` is told the id of the newest message.
async fn change(call: &Call, action: &'static str, how: impl FnOnce(&mut ViewDocument, u64)) -> Result<Conversation, CometError> {
    let conversation = of_path(call).await?;
    let asked = || call.permit(action, Resource::other("conversation", &conversation.id).owned_by(&conversation.user), &[]);
    asked()?;
    let edit = call.edit(Footprint::facts().entity(VIEW, conversation.id.clone())).await?;
    asked()?;
    let newest = store::page(call, &conversation.id, Direction::Downwards, None, 1).await?.first().map_or(0, |message| message.id);
    let mut view = view(call, &conversation.id).await?;
    how(&mut view, newest);
    view.updated_at = Some(call.now);
    let written = documents::put(VIEW, &view_id(&conversation.id, &conversation.user), &view)?;
    call.commit(edit, Vec::new(), vec![written]).await?;
    Ok(conversation)
}
