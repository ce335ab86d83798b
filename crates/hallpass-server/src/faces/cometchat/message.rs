//! Messages: to a user or a group, outside of threads or in one.

pub(super) mod content;
pub(super) mod delete;
pub(super) mod edit;
pub(super) mod get;
pub(super) mod id;
pub(super) mod list;
pub(super) mod receiver;
pub(super) mod render;
pub(super) mod row;
pub(super) mod send;
pub(super) mod store;

use hallpass::{Reason, Resource, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use self::receiver::ReceiverType;
use super::call::Call;
use super::documents;
use super::error::{Code, CometError};
use super::{group, member};

/// A message, as stored.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct MessageDocument {
    pub(super) id: u64,
    pub(super) conversation: String,
    pub(super) sender: String,
    pub(super) receiver_type: ReceiverType,
    /// Id of the user or group.
    pub(super) receiver: String,
    pub(super) category: String,
    #[serde(rename = "type")]
    pub(super) message_type: String,
    pub(super) data: Map<String, Value>,
    pub(super) tags: Vec<String>,
    /// The id that the sender's client gave it.
    pub(super) muid: Option<String>,
    /// The message whose thread it is in.
    pub(super) parent: Option<u64>,
    /// Messages in its thread.
    pub(super) replies: u64,
    pub(super) sent_at: Timestamp,
    pub(super) edited_at: Option<Timestamp>,
    pub(super) edited_by: Option<String>,
    pub(super) deleted_at: Option<Timestamp>,
    pub(super) deleted_by: Option<String>,
}

impl MessageDocument {
    /// `group:{guid}`, where it was sent to a group.
    pub(super) fn channel(&self) -> Option<String> {
        (self.receiver_type == ReceiverType::Group).then(|| format!("{}:{}", group::CHANNEL_TYPE, self.receiver))
    }

    /// Whether this user sent it, or got it one-to-one.
    pub(super) fn is_between(&self, uid: &str) -> bool {
        self.sender == uid || self.receiver_type == ReceiverType::User && self.receiver == uid
    }
}

/// Something of a message's (the message itself, a reaction) that somebody owns, as the resource of a question.
pub(super) fn resource<'a>(kind: &'a str, id: &'a str, channel: Option<&'a str>, owner: &'a str) -> Resource<'a> {
    Resource { channel, ..Resource::other(kind, id) }.owned_by(owner)
}

/// The message that the path names as `id`. One-to-one conversations of others have no messages, as far as anybody can tell.
///
/// # Errors
/// `ERR_MESSAGE_ID_NOT_FOUND`
pub(super) async fn of_path(call: &Call) -> Result<MessageDocument, CometError> {
    let named = call.path("id")?;
    let unknown = || CometError::new(Code::MessageIdNotFound, format!("The message with id {named} does not exist."));
    let id: u64 = named.parse().map_err(|_| unknown())?;
    let found: Option<MessageDocument> = documents::one(&call.tenant, store::MESSAGE, &store::padded(id)).await?;
    let message = found.ok_or_else(unknown)?;
    match call.caller.user() {
        Some(user) if message.receiver_type == ReceiverType::User && !message.is_between(user) => Err(unknown()),
        _ => Ok(message),
    }
}

/// Asks about a message itself.
///
/// # Errors
/// The refusal.
pub(super) fn permit(call: &Call, action: &'static str, message: &MessageDocument) -> Result<(), CometError> {
    let (id, channel) = (message.id.to_string(), message.channel());
    call.permit(action, resource("message", &id, channel.as_deref(), &message.sender), &[])
}

/// Refuses what makes no sense of a message that is deleted.
///
/// # Errors
/// `ERR_MESSAGE_ACTION_NOT_ALLOWED`
pub(super) fn not_deleted(message: &MessageDocument) -> Result<(), CometError> {
    match message.deleted_at {
        None => Ok(()),
        Some(_) => Err(CometError::new(Code::MessageActionNotAllowed, format!("The message with id {} is deleted.", message.id))),
    }
}

/// A refusal to change what somebody else wrote, in the vendor's code: those who moderate nothing are told that they did not send it.
pub(super) fn refused_of_others(call: &Call, message: &MessageDocument, refusal: CometError) -> CometError {
    let Some(user) = call.caller.user().filter(|user| *user != message.sender) else { return refusal };
    if refusal.code != Code::PermissionDenied || refusal.reason() == Some(Reason::FeatureRestricted.code()) {
        return refusal;
    }
    let is_moderator = match message.channel().map(|channel| call.tenant.engine().member(&channel, user)) {
        Some(None) => {
            let text = format!("The user {user} is not a member of the group {}.", message.receiver);
            return refusal.recoded(Code::GroupNotJoined, text);
        }
        Some(Some(member)) => member::scope_of(&member) != member::PARTICIPANT,
        None => false,
    };
    if is_moderator {
        return refusal;
    }
    refusal.recoded(Code::MessageNotASender, format!("You did not send the message with id {}.", message.id))
}
