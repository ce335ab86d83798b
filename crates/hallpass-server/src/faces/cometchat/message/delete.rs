//! `DELETE /messages/{id}`, and through the group that it was sent to.

use super::super::action;
use super::super::call::Call;
use super::super::conversation;
use super::super::entity;
use super::super::envelope::Answer;
use super::super::error::{Code, CometError};
use super::super::group;
use super::super::reaction;
use super::receiver::ReceiverType;
use super::{MessageDocument, not_deleted, of_path, permit, refused_of_others, render, store};
use crate::lock::Footprint;

/// `DELETE /messages/{id}`: what it said is gone; that it was there stays, unless the app asks for `permanent`.
pub(in super::super) async fn delete(call: Call) -> Result<Answer, CometError> {
    let message = of_path(&call).await?;
    let action = if message.parent.is_some() { "DeleteThreadedMessage" } else { "DeleteMessage" };
    take_away(&call, message, &[action]).await
}

/// `DELETE /groups/{guid}/messages/{id}`
pub(in super::super) async fn delete_in_group(call: Call) -> Result<Answer, CometError> {
    let group = group::of_path(&call).await?;
    let message = of_path(&call).await?;
    if message.receiver_type != ReceiverType::Group || message.receiver != group.guid() {
        let text = format!("The message with id {} does not exist in the group {}.", message.id, group.guid());
        return Err(CometError::new(Code::MessageIdNotFound, text));
    }
    // Through its group no reply is easier to delete than by itself.
    let actions: &[_] = if message.parent.is_some() { &["DeleteGroupMessages", "DeleteThreadedMessage"] } else { &["DeleteGroupMessages"] };
    take_away(&call, message, actions).await
}

async fn take_away(call: &Call, message: MessageDocument, actions: &[&'static str]) -> Result<Answer, CometError> {
    let may = |message: &MessageDocument| {
        let asked = actions.iter().try_for_each(|action| permit(call, action, message));
        asked.map_err(|refusal| refused_of_others(call, message, refusal))
    };
    may(&message)?;
    let permanent = call.body.flag("permanent")?.unwrap_or(false) && call.caller.user().is_none();
    let edit = call.edit(Footprint::facts().entity(conversation::VIEW, message.conversation.clone())).await?;
    let mut message = of_path(call).await?;
    may(&message)?;
    if !permanent {
        not_deleted(&message)?;
    }
    message.deleted_at = Some(call.now);
    message.deleted_by = Some(entity::actor(call).to_owned());
    message.data.clear();
    let mut written = if permanent { store::forget(&message) } else { vec![store::put(&message)?] };
    written.extend(reaction::forget(call, message.id).await?);
    call.commit(edit, Vec::new(), written).await?;
    let shown = render::one(call, &message).await?;
    Ok(Answer::of(action::of_message(call, "deleted", shown).await?))
}
