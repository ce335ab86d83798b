//! Members of groups, and who is banned from them.

pub(super) mod add;
pub(super) mod ban;
pub(super) mod kick;
pub(super) mod list;
pub(super) mod rank;
pub(super) mod scope;

use hallpass::{ChannelId, Member, Relation, RelationKind, Resource, Timestamp};
use serde::{Deserialize, Serialize};

use super::call::Call;
use super::error::{Code, CometError};
use super::group::Group;

/// The scope of those who joined.
pub(super) const PARTICIPANT: &str = "participant";
/// The scopes, highest first.
pub(super) const SCOPES: &[&str] = &["admin", "moderator", PARTICIPANT];

/// A membership, as shown.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct MemberDocument {
    pub(super) joined_at: Timestamp,
}

/// The scope of a member: facts may hold several roles, of which the highest shows.
pub(super) fn scope_of(member: &Member) -> &'static str {
    SCOPES.iter().find(|scope| member.roles.iter().any(|role| role == **scope)).unwrap_or(&PARTICIPANT)
}

/// A user in a group, as the resource of a question.
pub(super) fn within<'a>(uid: &'a str, group: &'a Group) -> Resource<'a> {
    Resource::within("user", uid, group.cid())
}

/// That a user is banned from a group.
pub(super) fn ban_of(group: &ChannelId, uid: &str) -> Relation {
    Relation { kind: RelationKind::Ban, user: uid.to_owned(), other: None, channel: Some(group.clone()), expires_at: None }
}

/// Whether a user is banned from a group; bans that other faces put may run out.
pub(super) fn is_banned(call: &Call, group: &Group, uid: &str) -> bool {
    let ban = call.tenant.engine().relation(&ban_of(&group.fact.id, uid));
    ban.is_some_and(|ban| ban.expires_at.is_none_or(|end| call.now < end))
}

/// The user that the path names, who acts on nobody but others; nobody but the owner acts on the owner.
///
/// # Errors
/// `ERR_UID_NOT_FOUND`, `ERR_GROUP_NO_SELF_ACTION`
pub(super) fn target(call: &Call, what: &str) -> Result<String, CometError> {
    let uid = call.user_of_path()?.id;
    if call.caller.user() == Some(uid.as_str()) {
        return Err(CometError::new(Code::GroupNoSelfAction, format!("Nobody can {what} themselves.")));
    }
    Ok(uid)
}

/// Refuses what would leave the group with an owner who is no admin of it, whoever asks.
///
/// # Errors
/// `ERR_GROUP_NO_CLEARANCE`
pub(super) fn not_the_owner(group: &Group, uid: &str) -> Result<(), CometError> {
    if !group.is_owned_by(uid) {
        return Ok(());
    }
    let text = format!("The user {uid} owns the group {}: pass ownership on before.", group.guid());
    Err(CometError::new(Code::GroupNoClearance, text))
}

/// The error for somebody who is no member.
pub(super) fn not_a_member(group: &Group, uid: &str) -> CometError {
    CometError::new(Code::NotAMember, format!("The user {uid} is not a member of the group {}.", group.guid()))
}
