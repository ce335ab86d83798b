//! What can become different: policy items and facts.
//!
//! A change states the new value of one thing, whole, or that the thing is gone. Applying a change twice is the same as applying it
//! once, so a log of changes can be replayed from any snapshot that lies at or before it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::id::{ChannelId, Timestamp};

/// One fact or policy item that became different.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// The app's switches.
    SettingsPut(Settings),
    /// A custom role exists.
    RolePut {
        /// Name of the role.
        role: String,
    },
    /// A custom role is gone.
    RoleRemoved {
        /// Name of the role.
        role: String,
    },
    /// A custom permission exists, with this meaning.
    PermissionPut(CustomPermission),
    /// A custom permission is gone.
    PermissionRemoved {
        /// Id of the permission.
        id: String,
    },
    /// A channel type exists, with these features off.
    ChannelTypePut(ChannelType),
    /// A channel type is gone, with its grants.
    ChannelTypeRemoved {
        /// Name of the type.
        name: String,
    },
    /// A role holds exactly these grants at this level of this layer.
    GrantsPut(RoleGrants),
    /// A role holds its default grants again at this level of this layer.
    GrantsReset {
        /// Name of the layer; absent means the profile's first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        layer: Option<String>,
        /// Where.
        level: Level,
        /// Who.
        role: String,
    },
    /// A user, whole.
    UserPut(User),
    /// A user is gone, with their memberships and relations. The id may be used again by somebody else.
    UserRemoved {
        /// Id of the user.
        id: String,
    },
    /// A channel, whole, with its modifiers.
    ChannelPut(Channel),
    /// A channel is gone, with its memberships and bans. The id may be used again.
    ChannelRemoved {
        /// `type:id`.
        id: ChannelId,
    },
    /// A user is a member of a channel, with these channel roles.
    MemberPut(Member),
    /// A user is not a member of a channel any more.
    MemberRemoved {
        /// `type:id`.
        channel: ChannelId,
        /// Id of the user.
        user: String,
    },
    /// A relation holds.
    RelationPut(Relation),
    /// A relation holds no longer. `expires_at` is ignored.
    RelationRemoved(Relation),
    /// An OAuth client with the scopes that tokens made through it may carry.
    ClientPut(Client),
    /// A client is gone; tokens made through it hold nothing any more.
    ClientRemoved {
        /// Id of the client.
        id: String,
    },
    /// A token, whole.
    TokenPut(Token),
    /// A token is revoked.
    TokenRemoved {
        /// Id of the token (never its secret).
        id: String,
    },
}

impl Change {
    /// Whether this is about the policy (settings, roles, permissions, channel types, grants) rather than a fact.
    pub const fn is_policy(&self) -> bool {
        matches!(
            self,
            Self::SettingsPut(_)
                | Self::RolePut { .. }
                | Self::RoleRemoved { .. }
                | Self::PermissionPut(_)
                | Self::PermissionRemoved { .. }
                | Self::ChannelTypePut(_)
                | Self::ChannelTypeRemoved { .. }
                | Self::GrantsPut(_)
                | Self::GrantsReset { .. }
        )
    }
}

/// An app's switches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Teams count: `same_team` is tested and `teams_role` applies. (Stream: `multi_tenant_enabled`.)
    pub teams: bool,
    /// Every known user may do everything. (Stream: `disable_permissions_checks`.)
    pub checks_disabled: bool,
}

/// Where a grant is given.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Level {
    /// The whole app; written `.app`.
    App,
    /// All channels of one type; written as the type's name.
    ChannelType(String),
}

impl From<String> for Level {
    fn from(text: String) -> Self {
        if text == ".app" { Self::App } else { Self::ChannelType(text) }
    }
}

impl From<Level> for String {
    fn from(level: Level) -> Self {
        match level {
            Level::App => ".app".to_owned(),
            Level::ChannelType(name) => name,
        }
    }
}

impl std::fmt::Display for Level {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::App => ".app",
            Self::ChannelType(name) => name,
        })
    }
}

/// The grants of one role at one level of one layer; replaces what the role held there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleGrants {
    /// Name of the layer; absent means the profile's first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
    /// Where.
    pub level: Level,
    /// Who.
    pub role: String,
    /// What.
    pub grants: Vec<Grant>,
}

/// A permission given, with what the grant itself demands. Written as the bare id when it demands nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "GrantForm", into = "GrantForm")]
pub struct Grant {
    /// Id of the permission.
    pub permission: String,
    /// Only towards friends (CometChat: `.mode` = `friends`).
    pub friends: bool,
    /// Further demands; all must hold.
    pub one_of: Vec<OneOf>,
}

impl Grant {
    /// A grant that demands nothing of its own.
    pub fn plain(permission: impl Into<String>) -> Self {
        Self { permission: permission.into(), friends: false, one_of: Vec::new() }
    }
}

/// The condition `one_of(attribute, values)`: the question's attribute is among the values (or, with `except`, is not).
///
/// A question that does not carry the attribute fails the condition, except where it says `except` or `if_present`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OneOf {
    /// Name of the attribute, such as `message_type` or `subject.department`.
    pub attribute: String,
    /// Accepted values.
    pub values: Vec<String>,
    /// The attribute must *not* be among the values.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub except: bool,
    /// The condition holds where the question has no such attribute (CometChat: a receiver role exists one-to-one only).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub if_present: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum GrantForm {
    Plain(String),
    Full {
        permission: String,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        friends: bool,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        one_of: Vec<OneOf>,
    },
}

impl From<GrantForm> for Grant {
    fn from(form: GrantForm) -> Self {
        match form {
            GrantForm::Plain(permission) => Self::plain(permission),
            GrantForm::Full { permission, friends, one_of } => Self { permission, friends, one_of },
        }
    }
}

impl From<Grant> for GrantForm {
    fn from(grant: Grant) -> Self {
        if grant.friends || !grant.one_of.is_empty() {
            Self::Full { permission: grant.permission, friends: grant.friends, one_of: grant.one_of }
        } else {
            Self::Plain(grant.permission)
        }
    }
}

/// A change of a channel type's grants for one channel: gives a permission, or takes it away (`!`). Matches by exact id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "GrantForm", into = "GrantForm")]
pub enum Modifier {
    /// Gives; replaces the type's grant of the same permission to the same role.
    Give(Grant),
    /// Takes away the permission of this id; written `!id`.
    Revoke(String),
}

impl Modifier {
    /// Id of the permission that it gives or takes away.
    pub const fn permission(&self) -> &String {
        match self {
            Self::Give(grant) => &grant.permission,
            Self::Revoke(id) => id,
        }
    }
}

impl From<GrantForm> for Modifier {
    fn from(form: GrantForm) -> Self {
        match form {
            GrantForm::Plain(text) => match text.strip_prefix('!') {
                Some(id) => Self::Revoke(id.to_owned()),
                None => Self::Give(Grant::plain(text)),
            },
            full @ GrantForm::Full { .. } => Self::Give(full.into()),
        }
    }
}

impl From<Modifier> for GrantForm {
    fn from(modifier: Modifier) -> Self {
        match modifier {
            Modifier::Give(grant) => grant.into(),
            Modifier::Revoke(id) => Self::Plain(format!("!{id}")),
        }
    }
}

/// A permission of the app's own: an action with conditions (Stream: `POST /permissions`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomPermission {
    /// Id, at most 255 characters.
    pub id: String,
    /// Name of the action.
    pub action: String,
    /// The subject must own the resource.
    #[serde(default)]
    pub owner: bool,
    /// Subject and resource must share a team, where teams count.
    #[serde(default)]
    pub same_team: bool,
    /// Further demands; all must hold.
    #[serde(default)]
    pub one_of: Vec<OneOf>,
}

/// A channel type: what its channels have in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelType {
    /// Name.
    pub name: String,
    /// Features that are switched off, by the catalogue's names.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub features_off: BTreeSet<String>,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// Id.
    pub id: String,
    /// User roles; empty means the profile's default role.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// Teams (LiveChat: groups).
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub teams: BTreeSet<String>,
    /// The role that replaces `roles` in channels of a team.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub teams_role: BTreeMap<String, String>,
    /// Attributes that custom permissions read, as `subject.NAME`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// May do nothing until reactivated.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deactivated: bool,
    /// Deleted, with the record kept (so the id is not free).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
}

/// A channel (a group, a chat).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// `type:id`.
    pub id: ChannelId,
    /// Id of the user who owns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The team that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// Groups whose people have access (LiveChat: `access.group_ids`; `0` is everybody).
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub access: BTreeSet<String>,
    /// No messages and reactions, except for holders of the exemption.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub frozen: bool,
    /// Nothing at all, except for holders of the exemption.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
    /// Slow mode: seconds between two messages of one user; 0 is off.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cooldown_s: u16,
    /// Features switched off here, besides those of the type.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub features_off: BTreeSet<String>,
    /// Features switched on here although the type has them off.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub features_on: BTreeSet<String>,
    /// Modifiers of the type's grants, by role.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub modifiers: BTreeMap<String, Vec<Modifier>>,
    /// Deleted, with the record kept: only recreating it is possible.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
}

impl Channel {
    /// A channel with nothing set.
    pub fn new(id: ChannelId) -> Self {
        Self {
            id,
            owner: None,
            team: None,
            access: BTreeSet::new(),
            frozen: false,
            disabled: false,
            cooldown_s: 0,
            features_off: BTreeSet::new(),
            features_on: BTreeSet::new(),
            modifiers: BTreeMap::new(),
            deleted: false,
        }
    }
}

fn is_zero(number: &u16) -> bool {
    *number == 0
}

/// A membership.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// `type:id`.
    pub channel: ChannelId,
    /// Id of the user.
    pub user: String,
    /// Channel roles; empty means the profile's default channel role.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// Invited and not yet accepted: listed, but holding nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub invited: bool,
}

/// What one user is to another, or to a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelationKind {
    /// `user` is banned: from `channel`, or from the app where there is none.
    Ban,
    /// `user` does not want to hear of `other` (or of `channel`). Never refuses anything.
    Mute,
    /// `user` blocked `other`.
    Block,
    /// `user` and `other` are friends, both ways.
    Friend,
}

/// A relation of a user to another user or to a channel.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relation {
    /// Which.
    pub kind: RelationKind,
    /// Whose.
    pub user: String,
    /// Towards whom (mute, block, friend).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<String>,
    /// In which channel (ban, mute).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<ChannelId>,
    /// From this time on it holds no longer; absent is for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// An OAuth client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// Id.
    pub id: String,
    /// Scopes (permission ids) that its tokens may carry.
    pub scopes: BTreeSet<String>,
}

/// A token with scopes. The secret is never a fact; `id` names the token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// Id of the token.
    pub id: String,
    /// The user that it stands for.
    pub user: String,
    /// The client that it was made through, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// Scopes (permission ids).
    pub scopes: BTreeSet<String>,
    /// From this time on it holds nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}
