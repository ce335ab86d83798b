//! A permission system as data: its actions, permissions, built-in roles, default grants, limits and layers.
//!
//! The format is the one of `profiles/*.json`. A new vendor is a new catalogue, not a new engine.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::change::{Grant, Level, Settings};
use crate::decision::Reason;

/// Stands for every role without an entry of its own in [`Catalogue::default_grants`].
pub const ANY_ROLE: &str = "*";

/// A permission system, as data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// Name: `stream`, `cometchat`, `livechat`, or one's own.
    pub profile: String,
    /// What is at most possible.
    #[serde(default)]
    pub limits: Limits,
    /// Switches of a new app.
    #[serde(default)]
    pub settings: Settings,
    /// Built-in roles.
    pub roles: Vec<RoleSpec>,
    /// The user role whose holders write nothing, whatever is granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anonymous_role: Option<String>,
    /// The role that the owner of a channel holds in layers with the holder `channel_owner`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_role: Option<String>,
    /// The access group that everybody is in (LiveChat: `0`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub everybody_group: Option<String>,
    /// Features that can be switched off per channel type and channel. At most 64.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<String>,
    /// Built-in channel types.
    pub channel_types: Vec<ChannelTypeSpec>,
    /// The built-in type whose grants and features a new type starts with.
    pub channel_type_template: String,
    /// The layers. All that apply to an action must allow it.
    pub layers: Vec<LayerSpec>,
    /// Permissions.
    pub permissions: Vec<PermissionSpec>,
    /// Actions.
    pub actions: Vec<ActionSpec>,
    /// Actions whose grant lifts a standing.
    #[serde(default)]
    pub exemptions: Exemptions,
    /// What roles hold in a new app: layer → level → role → grants. The role `*` stands for all roles not named at that level.
    pub default_grants: BTreeMap<String, BTreeMap<Level, BTreeMap<String, Vec<Grant>>>>,
}

/// What is at most possible. Absent: no limit of the profile's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Custom roles.
    pub custom_roles: Option<u32>,
    /// Length of a role's name, in characters.
    pub role_name_chars: Option<u32>,
    /// Channel types, built-in ones included.
    pub channel_types: Option<u32>,
    /// Teams of a user.
    pub teams: Option<u32>,
    /// Length of a team's name, in bytes.
    pub team_name_bytes: Option<u32>,
    /// Length of a channel's id, in characters.
    pub channel_id_chars: Option<u32>,
}

/// Whom a built-in role may be given to. Custom roles may be given to both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleLevel {
    /// Users.
    User,
    /// Members of a channel.
    Channel,
    /// Nobody; the engine derives it (the owner of a channel).
    Derived,
}

/// A built-in role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleSpec {
    /// Name.
    pub id: String,
    /// Whom it may be given to.
    pub level: RoleLevel,
    /// Users (members) without a role have this one. One per level.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub default: bool,
}

/// A built-in channel type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelTypeSpec {
    /// Name.
    pub name: String,
    /// Features that are off.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub features_off: BTreeSet<String>,
}

/// Who holds grants in a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// The subject's user roles.
    UserRole,
    /// The subject's role in the team of the channel, where teams count and it has one; else its user roles.
    TeamRole,
    /// The subject's roles as a member of the channel.
    ChannelRole,
    /// [`Catalogue::owner_role`], where the subject owns the channel.
    ChannelOwner,
    /// The subject's token. A layer with this holder does not apply to a subject without a token.
    Token,
    /// The client of the subject's token. A layer with this holder does not apply to a token without a client.
    Client,
}

/// Where the grants of a layer are looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LayerLevel {
    /// At the level of the action: `.app`, or the channel's type patched by the channel's modifiers.
    Action,
    /// At `.app`, always.
    App,
    /// At the channel's type, patched by the channel's modifiers. The layer applies to questions with a channel only.
    Channel,
}

/// A set of holders whose grants add up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerSpec {
    /// Name.
    pub name: String,
    /// Who holds grants.
    pub holders: Vec<Holder>,
    /// Where they are looked up.
    pub level: LayerLevel,
    /// The reason of a refusal by this layer, where nothing more exact is known.
    pub refusal: Reason,
}

/// Where a permission may be granted; for an action, what it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionLevel {
    /// The app.
    App,
    /// A channel.
    Channel,
    /// A channel where the question names one, else the app.
    Either,
}

/// A permission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PermissionSpec {
    /// Id.
    pub id: String,
    /// Layers that it exists in; empty means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<String>,
    /// Where it may be granted; absent means anywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<ActionLevel>,
    /// Permissions that whoever holds this one holds too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contains: Vec<String>,
    /// Whether the vendor's list of permissions shows it. Unlisted ones may be granted all the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unlisted: bool,
    /// What it opens, in a sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
}

/// A condition of a permission, besides `one_of`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// The subject owns the resource.
    Owner,
    /// The resource is in a team of the subject (or neither has one). Holds where teams do not count.
    SameTeam,
    /// The subject is a member of the channel (LiveChat's *my*).
    Member,
    /// A group of the subject has access to the channel.
    Access,
    /// The resource belongs to the client that the subject's token came through.
    OwnNamespace,
    /// The subject and the resource's user are friends.
    Friends,
}

/// One way to be allowed: all the permissions, if all the conditions hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alternative {
    /// Permissions, all needed.
    pub all: Vec<String>,
    /// Conditions, all needed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<Condition>,
}

/// Whose ownership counts for an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnerOf {
    /// The channel's owner.
    Channel,
    /// The owner of the resource itself: a message's sender, an attachment's uploader; a user owns itself.
    #[default]
    Resource,
}

/// What can stand before all grants and refuse an action. Being unknown, deactivated or deleted always does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// A ban from the app or from the channel.
    Banned,
    /// A block by the user who receives.
    Blocked,
    /// The channel is frozen.
    Frozen,
    /// The channel is disabled.
    Disabled,
    /// Slow mode.
    SlowMode,
}

/// What becomes of the channel that an action is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelState {
    /// It must exist, and not be deleted.
    #[default]
    Live,
    /// It need not exist (creating it).
    Any,
}

/// An action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionSpec {
    /// Name.
    pub name: String,
    /// What it is about.
    pub level: ActionLevel,
    /// The vendor's word for the kind of resource, such as `Channel` or `Message`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub resource: String,
    /// Whose ownership counts.
    #[serde(default)]
    pub owner: OwnerOf,
    /// Changes something: refused to anonymous subjects, and not lifted by the exemption for disabled channels.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub write: bool,
    /// What the channel must be.
    #[serde(default, skip_serializing_if = "is_default")]
    pub channel: ChannelState,
    /// What refuses it before grants are looked at.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub refused_when: BTreeSet<Standing>,
    /// The feature that must be on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feature: Option<String>,
    /// Ways to be allowed. Empty: needs no permission. A layer in which none of these permissions exists does not apply.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub any_of: Vec<Alternative>,
    /// What it lets one do, in a sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Actions whose grant lifts a standing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Exemptions {
    /// Lifts `frozen`.
    pub frozen: Option<String>,
    /// Lifts `disabled` for actions that do not write.
    pub disabled: Option<String>,
    /// Lifts slow mode.
    pub slow_mode: Option<String>,
}
