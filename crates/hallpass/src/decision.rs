//! The answer: allowed or not, why, and at which revision.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::Revision;

/// Why a decision came out as it did. The codes are stable: programs may match on them, and none changes its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// A grant in every layer allows it.
    Granted,
    /// The app itself asked, with its server key; nothing is checked.
    ServerKey,
    /// The app has its permission checks switched off.
    ChecksDisabled,
    /// The catalogue asks for no permission, and nothing stands against it.
    NoPermissionNeeded,

    /// No role of the subject holds a permission for the action.
    NoGrant,
    /// A permission is held, but its condition does not hold (not the owner, an attribute not among the values, …).
    ConditionFailed,
    /// A permission is held, but the resource is not in a team of the subject.
    TeamMismatch,
    /// The token lacks a scope for the action.
    ScopeMissing,
    /// The client that the token came through lacks a scope for the action.
    ClientScopeMissing,
    /// The subject's role may not hold what the action needs.
    RoleLayerDenied,
    /// The subject's scope in the group does not allow it.
    ScopeLayerDenied,
    /// The feature is restricted for the subject's role.
    FeatureRestricted,
    /// The subject is not a member of the channel, and only members hold grants for this.
    NotMember,

    /// Banned from the app.
    Banned,
    /// Banned from the channel.
    ChannelBanned,
    /// Blocked by the receiver.
    Blocked,
    /// The subject is deactivated.
    Deactivated,
    /// Anonymous subjects write nothing.
    AnonymousWrite,
    /// The channel is frozen.
    Frozen,
    /// The channel is disabled.
    Disabled,
    /// The feature is switched off for the channel or its type.
    FeatureOff,
    /// Slow mode: too soon after the last message.
    SlowMode,
    /// The channel is deleted.
    ChannelDeleted,

    /// No such user, or a deleted one.
    UnknownSubject,
    /// No such action in the catalogue.
    UnknownAction,
    /// No such channel, or no such channel type.
    UnknownChannel,
    /// The action is about a channel, and the question names none.
    ChannelMissing,
    /// The question gives a role that the app does not have.
    UnknownRole,
    /// No such token, or it has expired, or belongs to somebody else.
    UnknownToken,
}

impl Reason {
    /// All reasons, in the order of the docs.
    pub const ALL: &'static [Self] = &[
        Self::Granted,
        Self::ServerKey,
        Self::ChecksDisabled,
        Self::NoPermissionNeeded,
        Self::NoGrant,
        Self::ConditionFailed,
        Self::TeamMismatch,
        Self::ScopeMissing,
        Self::ClientScopeMissing,
        Self::RoleLayerDenied,
        Self::ScopeLayerDenied,
        Self::FeatureRestricted,
        Self::NotMember,
        Self::Banned,
        Self::ChannelBanned,
        Self::Blocked,
        Self::Deactivated,
        Self::AnonymousWrite,
        Self::Frozen,
        Self::Disabled,
        Self::FeatureOff,
        Self::SlowMode,
        Self::ChannelDeleted,
        Self::UnknownSubject,
        Self::UnknownAction,
        Self::UnknownChannel,
        Self::ChannelMissing,
        Self::UnknownRole,
        Self::UnknownToken,
    ];

    /// The stable code, such as `no_grant`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::ServerKey => "server_key",
            Self::ChecksDisabled => "checks_disabled",
            Self::NoPermissionNeeded => "no_permission_needed",
            Self::NoGrant => "no_grant",
            Self::ConditionFailed => "condition_failed",
            Self::TeamMismatch => "team_mismatch",
            Self::ScopeMissing => "scope_missing",
            Self::ClientScopeMissing => "client_scope_missing",
            Self::RoleLayerDenied => "role_layer_denied",
            Self::ScopeLayerDenied => "scope_layer_denied",
            Self::FeatureRestricted => "feature_restricted",
            Self::NotMember => "not_member",
            Self::Banned => "banned",
            Self::ChannelBanned => "channel_banned",
            Self::Blocked => "blocked",
            Self::Deactivated => "deactivated",
            Self::AnonymousWrite => "anonymous_write",
            Self::Frozen => "frozen",
            Self::Disabled => "disabled",
            Self::FeatureOff => "feature_off",
            Self::SlowMode => "slow_mode",
            Self::ChannelDeleted => "channel_deleted",
            Self::UnknownSubject => "unknown_subject",
            Self::UnknownAction => "unknown_action",
            Self::UnknownChannel => "unknown_channel",
            Self::ChannelMissing => "channel_missing",
            Self::UnknownRole => "unknown_role",
            Self::UnknownToken => "unknown_token",
        }
    }

    /// One sentence for people.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Granted => "a grant in every layer allows it",
            Self::ServerKey => "asked with the app's server key, which nothing restricts",
            Self::ChecksDisabled => "the app has its permission checks switched off",
            Self::NoPermissionNeeded => "the action needs no permission",
            Self::NoGrant => "no role of the subject holds a permission for this action here",
            Self::ConditionFailed => "a permission is held, but its condition does not hold",
            Self::TeamMismatch => "a permission is held, but the resource is in none of the subject's teams",
            Self::ScopeMissing => "the token lacks a scope for this action",
            Self::ClientScopeMissing => "the client of the token lacks a scope for this action",
            Self::RoleLayerDenied => "the subject's role does not allow it",
            Self::ScopeLayerDenied => "the subject's scope in the group does not allow it",
            Self::FeatureRestricted => "the feature is restricted for the subject's role",
            Self::NotMember => "the subject is not a member of the channel",
            Self::Banned => "the subject is banned from the app",
            Self::ChannelBanned => "the subject is banned from the channel",
            Self::Blocked => "the receiver has blocked the subject",
            Self::Deactivated => "the subject is deactivated",
            Self::AnonymousWrite => "anonymous subjects may not write",
            Self::Frozen => "the channel is frozen",
            Self::Disabled => "the channel is disabled",
            Self::FeatureOff => "the feature is switched off for this channel",
            Self::SlowMode => "the channel is in slow mode and the subject has just posted",
            Self::ChannelDeleted => "the channel is deleted",
            Self::UnknownSubject => "no such user",
            Self::UnknownAction => "no such action",
            Self::UnknownChannel => "no such channel",
            Self::ChannelMissing => "the action is about a channel, and none was named",
            Self::UnknownRole => "no such role",
            Self::UnknownToken => "no such token, or it has expired",
        }
    }

    /// The reason with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.code() == code)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An answer. Copying it is cheap, and making one allocates nothing; [`Explanation`](crate::Explanation) has the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Whether the action may be performed.
    pub allowed: bool,
    /// Why.
    pub reason: Reason,
    /// The world that was asked had seen every change up to this revision.
    pub revision: Revision,
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}) at revision {}", if self.allowed { "allowed" } else { "refused" }, self.reason, self.revision)
    }
}
