//! Refusals between members, in the vendor's codes. The engine has decided already; here it is only said why.
//!
//! Rank and scope permissions are demands of the same grants, so a refusal is of rank where the default grants would have refused too,
//! and of a permission that was set (`kickMembers.allowedScopes`) where they would not.

use hallpass::{Grant, Level, OneOf, Reason};

use super::super::call::Call;
use super::super::error::{Code, CometError};
use super::super::group::{CHANNEL_TYPE, Group};
use super::{PARTICIPANT, scope_of};

/// Layer of the scopes.
const SCOPE_LAYER: &str = "scope";

/// A refusal to kick or ban somebody.
pub(super) fn of_target(call: &Call, group: &Group, permission: &str, uid: &str, refusal: CometError) -> CometError {
    if !is(&refusal, Reason::ConditionFailed) || rank_reaches(call, group, permission, uid) {
        return refusal;
    }
    let text = format!("The user {uid} is not below you in the group {}.", group.guid());
    refusal.recoded(Code::GroupNoClearance, text)
}

/// A refusal to give somebody another scope.
pub(super) fn of_scope(group: &Group, uid: &str, given: &str, refusal: CometError) -> CometError {
    let guid = group.guid();
    if is(&refusal, Reason::ScopeLayerDenied) && refusal.code == Code::PermissionDenied {
        return refusal.recoded(Code::GroupNoModeratorScope, format!("Only moderators and admins of the group {guid} give scopes."));
    }
    if !is(&refusal, Reason::ConditionFailed) {
        return refusal;
    }
    if group.is_owned_by(uid) {
        return refusal.recoded(Code::GroupNoClearance, format!("The user {uid} owns the group {guid}, and stays an admin."));
    }
    if given == SCOPE_OF_ADMINS {
        return refusal.recoded(Code::GroupNoAdminScope, format!("Only admins of the group {guid} make others admins."));
    }
    refusal.recoded(Code::GroupNoScopeClearance, format!("The scope of the user {uid} is not below yours in the group {guid}."))
}

/// A refusal to pass a group on.
pub(in super::super) fn of_transfer(refusal: CometError) -> CometError {
    if is(&refusal, Reason::ScopeLayerDenied) && refusal.code == Code::PermissionDenied {
        return refusal.recoded(Code::GroupNoClearance, "Only the owner passes a group on.");
    }
    refusal
}

const SCOPE_OF_ADMINS: &str = "admin";

fn is(refusal: &CometError, reason: Reason) -> bool {
    refusal.reason() == Some(reason.code())
}

/// Whether the rank of the caller's scope reaches this user, by the default grants.
fn rank_reaches(call: &Call, group: &Group, permission: &str, uid: &str) -> bool {
    let engine = call.tenant.engine();
    let scope = |uid: &str| engine.member(group.cid(), uid).map(|member| scope_of(&member));
    let target = scope(uid);
    if group.is_owned_by(uid) {
        return false;
    }
    let own = call.caller.user().and_then(scope).unwrap_or(PARTICIPANT);
    let defaults = engine.grants(Some(SCOPE_LAYER), &Level::ChannelType(CHANNEL_TYPE.to_owned())).unwrap_or_default();
    let held: Option<&Grant> = defaults.get(own).and_then(|grants| grants.iter().find(|grant| grant.permission == permission));
    match (held, target) {
        (Some(grant), target) => grant.one_of.iter().filter(|one| one.attribute == "resource.scope").all(|one| accepts(one, target)),
        (None, target) => target == Some(PARTICIPANT),
    }
}

fn accepts(demand: &OneOf, value: Option<&str>) -> bool {
    match value {
        Some(value) => demand.values.iter().any(|accepted| accepted == value) != demand.except,
        None => demand.except || demand.if_present,
    }
}
