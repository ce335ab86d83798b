//! `POST /messages`, and into a thread.

use hallpass_store::DocumentWrite;

use super::super::call::Call;
use super::super::conversation;
use super::super::documents;
use super::super::entity;
use super::super::envelope::Answer;
use super::super::error::{Code, CometError};
use super::super::group::{self, MAX_TAGS};
use super::content::Content;
use super::receiver::{Receiver, ReceiverType};
use super::{MessageDocument, id, not_deleted, of_path, render, store};
use crate::lock::Footprint;

/// Longest id of the sender's own, in characters.
const MAX_MUID_CHARS: usize = 100;

/// `POST /messages`
pub(in super::super) async fn send(call: Call) -> Result<Answer, CometError> {
    let parent = call.body.value("parentId").or_else(|| call.body.value("parentMessageId"));
    if let Some(parent) = parent {
        let text = format!("Replies are sent to /messages/{}/thread.", parent.to_string().trim_matches('"'));
        return Err(CometError::field("parentId", text));
    }
    let receiver = Receiver::of_body(&call).await?;
    let content = Content::read(&call)?;
    permit(&call, "SendMessage", &receiver, &content)?;
    post(&call, &receiver, content, None).await
}

/// `POST /messages/{id}/thread`
pub(in super::super) async fn reply(call: Call) -> Result<Answer, CometError> {
    let parent = of_path(&call).await?;
    let content = Content::read(&call)?;
    let user = call.caller.user().unwrap_or(entity::APP);
    let receiver = match parent.receiver_type {
        ReceiverType::Group => Receiver::Group(Box::new(group::find(&call, &parent.receiver).await?)),
        // A reply goes to the other of the two; from the app, to where the message went.
        ReceiverType::User => Receiver::user(&call, if parent.receiver == user { &parent.sender } else { &parent.receiver })?,
    };
    permit(&call, "SendThreadedMessage", &receiver, &content)?;
    not_deleted(&parent)?;
    if parent.parent.is_some() {
        let text = format!("The message with id {} is itself in a thread.", parent.id);
        return Err(CometError::new(Code::MessageThreadNesting, text));
    }
    post(&call, &receiver, content, Some(parent)).await
}

/// Asks once for each attachment.
fn permit(call: &Call, action: &'static str, receiver: &Receiver, content: &Content) -> Result<(), CometError> {
    let attributes = content.attributes(receiver.kind().name());
    attributes.iter().try_for_each(|attributes| call.permit(action, receiver.resource(), attributes))
}

async fn post(call: &Call, receiver: &Receiver, content: Content, parent: Option<MessageDocument>) -> Result<Answer, CometError> {
    let sender = entity::actor(call).to_owned();
    let conversation = parent.as_ref().map_or_else(|| receiver.conversation(&sender), |parent| parent.conversation.clone());
    let tags = call.body.texts("tags")?.unwrap_or_default();
    if tags.len() > MAX_TAGS {
        return Err(CometError::field("tags", format!("There may be at most {MAX_TAGS} tags, got {}.", tags.len())));
    }
    let muid = call.body.text("muid")?.filter(|muid| !muid.is_empty()).map(str::to_owned);
    if muid.as_ref().is_some_and(|muid| muid.chars().count() > MAX_MUID_CHARS) {
        return Err(CometError::field("muid", format!("The muid may have at most {MAX_MUID_CHARS} characters.")));
    }
    let mut footprint = Footprint::facts().entity(conversation::VIEW, conversation.clone());
    if let Receiver::Group(group) = receiver {
        footprint = footprint.channel(group.cid());
    }
    let edit = call.edit(footprint).await?;
    if let Receiver::User(uid) = receiver {
        Receiver::user(call, uid)?;
    }
    let action = if parent.is_some() { "SendThreadedMessage" } else { "SendMessage" };
    permit(call, action, receiver, &content)?;
    let Content { category, message_type, data, .. } = content;
    let message = MessageDocument {
        id: free_id(call).await?,
        conversation,
        sender: sender.clone(),
        receiver_type: receiver.kind(),
        receiver: receiver.id().to_owned(),
        category,
        message_type,
        data,
        tags,
        muid,
        parent: parent.as_ref().map(|parent| parent.id),
        sent_at: call.now,
        ..MessageDocument::default()
    };
    let mut written = store::put_new(&message)?;
    if let Some(parent) = parent {
        written.push(answered(call, parent.id).await?);
    }
    if let Receiver::User(uid) = receiver {
        written.extend(conversation::between(&message.conversation, &sender, uid));
    }
    call.commit(edit, Vec::new(), written).await?;
    Ok(Answer::of(render::one(call, &message).await?))
}

/// The message that was replied to, as it is now and with one reply more.
async fn answered(call: &Call, id: u64) -> Result<DocumentWrite, CometError> {
    let found: Option<MessageDocument> = documents::one(&call.tenant, store::MESSAGE, &store::padded(id)).await?;
    let unknown = || CometError::new(Code::MessageIdNotFound, format!("The message with id {id} does not exist."));
    let mut parent = found.ok_or_else(unknown)?;
    parent.replies += 1;
    store::put(&parent)
}

/// An id that no message of this app has.
async fn free_id(call: &Call) -> Result<u64, CometError> {
    loop {
        let id = id::next(call.now);
        if documents::one::<serde_json::Value>(&call.tenant, store::MESSAGE, &store::padded(id)).await?.is_none() {
            return Ok(id);
        }
    }
}
