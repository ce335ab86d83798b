//! To whom a message or call goes: a user, or a group.

use hallpass::Resource;
use serde::{Deserialize, Serialize};

use super::super::call::Call;
use super::super::conversation;
use super::super::error::{Code, CometError};
use super::super::group::{self, Group};

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in super::super) enum ReceiverType {
    /// One-to-one.
    #[default]
    User,
    /// All members of a group.
    Group,
}

impl ReceiverType {
    /// The vendor's word, which is also the attribute `receiver_type` of questions.
    pub(in super::super) const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
        }
    }
}

/// A receiver who exists.
pub(in super::super) enum Receiver {
    /// This user.
    User(String),
    /// This group.
    Group(Box<Group>),
}

impl Receiver {
    /// Reads `receiver` and `receiverType` of the body.
    ///
    /// # Errors
    /// `ERR_EMPTY_RECEIVER`, `ERR_INVALID_RECEIVER_TYPE`, `ERR_UID_NOT_FOUND`, `ERR_GUID_NOT_FOUND`
    pub(in super::super) async fn of_body(call: &Call) -> Result<Self, CometError> {
        let Some(receiver) = call.body.text("receiver")?.filter(|receiver| !receiver.is_empty()) else {
            return Err(CometError::new(Code::EmptyReceiver, "The receiver field is required."));
        };
        match call.body.text("receiverType")? {
            Some("user") => Self::user(call, receiver),
            Some("group") => Ok(Self::Group(Box::new(group::find(call, receiver).await?))),
            other => {
                let text = format!(
                    "The receiverType must be user or group, got {}.",
                    other.map_or("nothing".to_owned(), |other| format!("\"{other}\""))
                );
                Err(CometError::new(Code::InvalidReceiverType, text))
            }
        }
    }

    /// The user of this id.
    ///
    /// # Errors
    /// `ERR_UID_NOT_FOUND`
    pub(in super::super) fn user(call: &Call, uid: &str) -> Result<Self, CometError> {
        let user = call.user(uid).filter(|user| !user.deactivated);
        user.map(|user| Self::User(user.id)).ok_or_else(|| CometError::no_user(uid))
    }

    /// Id of the user or group.
    pub(in super::super) fn id(&self) -> &str {
        match self {
            Self::User(uid) => uid,
            Self::Group(group) => group.guid(),
        }
    }

    /// Which of the two.
    pub(in super::super) const fn kind(&self) -> ReceiverType {
        match self {
            Self::User(_) => ReceiverType::User,
            Self::Group(_) => ReceiverType::Group,
        }
    }

    /// As the resource of a question.
    pub(in super::super) fn resource(&self) -> Resource<'_> {
        match self {
            Self::User(uid) => Resource::user(uid),
            Self::Group(group) => Resource::channel(group.cid()),
        }
    }

    /// The conversation of this sender with the receiver.
    pub(in super::super) fn conversation(&self, sender: &str) -> String {
        match self {
            Self::User(uid) => conversation::of_users(sender, uid),
            Self::Group(group) => conversation::of_group(group.guid()),
        }
    }
}
