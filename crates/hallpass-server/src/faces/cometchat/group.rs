//! Groups: channels of the type `group`, with an owner who is an admin always, and of one of three types that say who may come in.

pub(super) mod create;
pub(super) mod delete;
pub(super) mod get;
pub(super) mod join;
pub(super) mod leave;
pub(super) mod list;
pub(super) mod password;
pub(super) mod render;
pub(super) mod transfer;
pub(super) mod update;

use hallpass::{Channel, ChannelId, Timestamp};
use hallpass_store::kind;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use self::password::Password;
use super::call::Call;
use super::documents;
use super::error::CometError;

/// The channel type of groups.
pub(super) const CHANNEL_TYPE: &str = "group";
/// The scope that owners have, whatever happens.
pub(super) const OWNER_SCOPE: &str = "admin";
/// Longest id and name, in characters; CometChat's limit.
pub(super) const MAX_CHARS: usize = 100;
/// Longest description, in characters; CometChat's limit.
pub(super) const MAX_DESCRIPTION_CHARS: usize = 255;
/// Most tags; CometChat's limit.
pub(super) const MAX_TAGS: usize = 25;

/// Who may come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum GroupType {
    /// Everybody.
    Public,
    /// Who knows the password.
    Password,
    /// Who is added. Groups that nothing is known of, such as imported ones, are the most closed.
    #[default]
    Private,
}

impl GroupType {
    /// All, by name.
    const ALL: &'static [&'static str] = &["public", "password", "private"];

    /// The vendor's word, which is also the attribute `group_type` of questions.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Password => "password",
            Self::Private => "private",
        }
    }

    /// Reads the field `type`.
    ///
    /// # Errors
    /// When it is none of the three.
    pub(super) fn read(call: &Call) -> Result<Option<Self>, CometError> {
        match call.body.text("type")? {
            None => Ok(None),
            Some("public") => Ok(Some(Self::Public)),
            Some("password") => Ok(Some(Self::Password)),
            Some("private") => Ok(Some(Self::Private)),
            Some(other) => Err(CometError::field("type", format!("The type must be one of {}, got \"{other}\".", Self::ALL.join(", ")))),
        }
    }
}

/// A group, as shown.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct GroupDocument {
    pub(super) name: String,
    pub(super) group_type: GroupType,
    pub(super) password: Option<Password>,
    pub(super) icon: Option<String>,
    pub(super) description: Option<String>,
    pub(super) metadata: Option<Map<String, Value>>,
    pub(super) tags: Vec<String>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Option<Timestamp>,
}

/// A group.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) fact: Channel,
    pub(super) document: GroupDocument,
}

impl Group {
    /// Its id.
    pub(super) fn guid(&self) -> &str {
        self.fact.id.id()
    }

    /// `group:{guid}`
    pub(super) fn cid(&self) -> &str {
        self.fact.id.as_str()
    }

    /// What the conditions of questions about it look at.
    pub(super) fn attributes(&self) -> [(&'static str, &'static str); 1] {
        [("group_type", self.document.group_type.name())]
    }

    /// Whether this user owns it.
    pub(super) fn is_owned_by(&self, uid: &str) -> bool {
        self.fact.owner.as_deref() == Some(uid)
    }
}

/// `group:{guid}`
///
/// # Errors
/// When there can be no group of this id.
pub(super) fn channel_id(guid: &str) -> Result<ChannelId, CometError> {
    ChannelId::new(CHANNEL_TYPE, guid).map_err(|_| CometError::no_group(guid))
}

/// The fact of a group, however its id is written.
fn fact(call: &Call, guid: &str) -> Option<Channel> {
    let engine = call.tenant.engine();
    let found = |guid: &str| engine.channel(&format!("{CHANNEL_TYPE}:{guid}")).filter(|channel| !channel.deleted);
    found(guid).or_else(|| found(&guid.to_lowercase()))
}

/// The group of this id, however it is written.
///
/// # Errors
/// `ERR_GUID_NOT_FOUND`
pub(super) async fn find(call: &Call, guid: &str) -> Result<Group, CometError> {
    let fact = fact(call, guid).ok_or_else(|| CometError::no_group(guid))?;
    let document = documents::one(&call.tenant, kind::CHANNEL, fact.id.as_str()).await?;
    let document = document.unwrap_or_else(|| unwritten(call, fact.id.id()));
    Ok(Group { fact, document })
}

/// The group that the path names as `guid`.
///
/// # Errors
/// `ERR_GUID_NOT_FOUND`
pub(super) async fn of_path(call: &Call) -> Result<Group, CometError> {
    find(call, call.path("guid")?).await
}

/// Like [`find`], for a group whose existence the answer tells: as if it were not there, unless the caller may know of it.
///
/// # Errors
/// `ERR_GUID_NOT_FOUND`
pub(super) async fn find_known(call: &Call, guid: &str) -> Result<Group, CometError> {
    let group = find(call, guid).await?;
    if is_known(call, &group) { Ok(group) } else { Err(CometError::no_group(guid)) }
}

/// Whether the caller may know of this group: everybody of those that are open, members and the owner of a private one, the app of all.
///
/// The engine says who is a member. The rule as such is not in the catalogue, whose permissions and conditions have no way to say "of this
/// type, members only"; so it stands here once, for the directory, the details and `/me/permissions`. It only narrows what the engine grants.
pub(super) fn is_known(call: &Call, group: &Group) -> bool {
    let Some(user) = call.caller.user() else { return true };
    group.document.group_type != GroupType::Private || group.is_owned_by(user) || is_member(call, group, user)
}

/// Whether a user is in a group; who is only invited is not yet.
pub(super) fn is_member(call: &Call, group: &Group, uid: &str) -> bool {
    call.tenant.engine().member(group.cid(), uid).is_some_and(|member| !member.invited)
}

/// What is shown of a group that only facts are known of.
fn unwritten(call: &Call, guid: &str) -> GroupDocument {
    GroupDocument { name: guid.to_owned(), created_at: documents::unknown_time(&call.tenant), ..GroupDocument::default() }
}
