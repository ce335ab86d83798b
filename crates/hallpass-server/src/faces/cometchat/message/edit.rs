//! `PUT /messages/{id}`

use super::super::action;
use super::super::call::Call;
use super::super::conversation;
use super::super::entity;
use super::super::envelope::Answer;
use super::super::error::{Code, CometError};
use super::super::fields::Fields;
use super::{MessageDocument, content, not_deleted, of_path, permit, refused_of_others, render, store};
use crate::lock::Footprint;

/// `PUT /messages/{id}`: other words, other custom data, other metadata, other tags. Files stay as they were sent.
pub(in super::super) async fn edit(call: Call) -> Result<Answer, CometError> {
    let message = of_path(&call).await?;
    may(&call, &message)?;
    let edit = call.edit(Footprint::facts().entity(conversation::VIEW, message.conversation.clone())).await?;
    let mut message = of_path(&call).await?;
    may(&call, &message)?;
    not_deleted(&message)?;
    let given = call.body.object("data")?.unwrap_or_default();
    check(&message, &given)?;
    content::edited(&mut message.data, &given);
    if let Some(tags) = call.body.texts("tags")? {
        message.tags = tags;
    }
    message.edited_at = Some(call.now);
    message.edited_by = Some(entity::actor(&call).to_owned());
    let written = vec![store::put(&message)?];
    call.commit(edit, Vec::new(), written).await?;
    let shown = render::one(&call, &message).await?;
    Ok(Answer::of(action::of_message(&call, "edited", shown).await?))
}

fn may(call: &Call, message: &MessageDocument) -> Result<(), CometError> {
    let action = if message.parent.is_some() { "EditThreadedMessage" } else { "EditMessage" };
    permit(call, action, message).map_err(|refusal| refused_of_others(call, message, refusal))
}

fn check(message: &MessageDocument, given: &Fields) -> Result<(), CometError> {
    let is_text = message.category == "message" && message.message_type == "text";
    if is_text && given.has("text") && given.text("text")?.is_none_or(str::is_empty) {
        return Err(CometError::new(Code::EmptyMessageText, "The field data.text must not be empty."));
    }
    if message.category == "custom" && given.has("customData") && given.object("customData")?.is_none() {
        return Err(CometError::new(Code::EmptyCustomData, "The field data.customData must be an object."));
    }
    Ok(())
}
