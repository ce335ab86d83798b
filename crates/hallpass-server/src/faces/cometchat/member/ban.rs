//! `/groups/{guid}/bannedusers`: who may not be in a group.

use std::collections::BTreeSet;

use hallpass::{Change, Relation, RelationKind, Resource};
use hallpass_store::{DocumentWrite, kind, member_document_id};

use super::super::call::Call;
use super::super::entity;
use super::super::envelope::Answer;
use super::super::error::{Code, CometError};
use super::super::group::{self, Group};
use super::super::page::Page;
use super::{ban_of, is_banned, not_the_owner, rank, target, within};
use crate::lock::Footprint;

/// Bans read from the store at a time.
const AT_ONCE: usize = 1_000;

/// `POST /groups/{guid}/bannedusers/{uid}`: whoever is banned is no member, and cannot become one.
pub(in super::super) async fn ban(call: Call) -> Result<Answer, CometError> {
    let group = group::of_path(&call).await?;
    let uid = target(&call, "ban")?;
    call.permit_listing("BanMember", Resource::channel(group.cid()))?;
    let edit = call.edit(Footprint::facts().channel(group.cid()).user(&uid)).await?;
    let group = group::of_path(&call).await?;
    permit(&call, &group, &uid)?;
    let (mut changes, mut gone) = (Vec::new(), Vec::new());
    apply(&call, &group, &uid, &mut changes, &mut gone)?;
    call.commit(edit, changes, gone).await?;
    Ok(Answer::success(format!("The user with uid {uid} has been banned from the Group with {}.", group.guid())))
}

/// Asks whether the caller may ban this user.
pub(super) fn permit(call: &Call, group: &Group, uid: &str) -> Result<(), CometError> {
    let asked = call.permit("BanMember", within(uid, group), &[]);
    asked.map_err(|refusal| rank::of_target(call, group, "ban", uid, refusal))
}

/// What banning a user changes.
///
/// # Errors
/// `ERR_GROUP_NO_CLEARANCE` for the owner, `ERR_ALREADY_BANNED`
pub(super) fn apply(
    call: &Call,
    group: &Group,
    uid: &str,
    changes: &mut Vec<Change>,
    gone: &mut Vec<DocumentWrite>,
) -> Result<(), CometError> {
    not_the_owner(group, uid)?;
    let ban = ban_of(&group.fact.id, uid);
    let engine = call.tenant.engine();
    if is_banned(call, group, uid) {
        let text = format!("The user {uid} is banned from the group {} already.", group.guid());
        return Err(CometError::new(Code::AlreadyBanned, text));
    }
    if engine.member(group.cid(), uid).is_some() {
        changes.push(Change::MemberRemoved { channel: group.fact.id.clone(), user: uid.to_owned() });
        gone.push(DocumentWrite::delete(kind::MEMBER, member_document_id(&group.fact.id, uid)));
    }
    changes.push(Change::RelationPut(ban));
    Ok(())
}

/// `DELETE /groups/{guid}/bannedusers/{uid}`
pub(in super::super) async fn unban(call: Call) -> Result<Answer, CometError> {
    let group = group::of_path(&call).await?;
    let uid = target(&call, "unban")?;
    call.permit("UnbanMember", within(&uid, &group), &[])?;
    let edit = call.edit(Footprint::facts().channel(group.cid()).user(&uid)).await?;
    let group = group::of_path(&call).await?;
    // Asked again: the caller may have been kicked while this waited.
    call.permit("UnbanMember", within(&uid, &group), &[])?;
    let ban = ban_of(&group.fact.id, &uid);
    if !is_banned(&call, &group, &uid) {
        let text = format!("The user {uid} is not banned from the group {}.", group.guid());
        return Err(CometError::new(Code::NotABannedUser, text));
    }
    call.commit(edit, vec![Change::RelationRemoved(ban)], Vec::new()).await?;
    Ok(Answer::success(format!("The user with uid {uid} has been unbanned from the Group with {}.", group.guid())))
}

/// `GET /groups/{guid}/bannedusers`
pub(in super::super) async fn list(call: Call) -> Result<Answer, CometError> {
    let page = Page::of(&call.query)?;
    let search = call.query.get("searchKey").map(str::to_lowercase);
    let group = group::of_path(&call).await?;
    call.permit_listing("ListBannedUsers", Resource::channel(group.cid()))?;
    let mut banned = BTreeSet::new();
    let mut after: Option<Relation> = None;
    loop {
        let from = after.take();
        let read = call.tenant.read(move |store, app| store.relations(app, RelationKind::Ban, None, from.as_ref(), AT_ONCE));
        let found = read.await.map_err(CometError::internal)?;
        let Some(last) = found.last() else { break };
        after = Some(last.clone());
        for ban in found.into_iter().filter(|ban| ban.channel.as_ref() == Some(&group.fact.id)) {
            if ban.expires_at.is_none_or(|end| call.now < end) && call.permits_row("ListBannedUsers", within(&ban.user, &group), &[])? {
                banned.insert(ban.user);
            }
        }
    }
    let shown = entity::users(&call, banned.iter().map(String::as_str)).await?;
    let is_sought = |user: &serde_json::Value| {
        let holds =
            |field: &str, key: &str| user.get(field).and_then(|text| text.as_str()).is_some_and(|text| text.to_lowercase().contains(key));
        search.as_deref().is_none_or(|key| holds("name", key) || holds("uid", key))
    };
    Ok(page.answer(shown.into_values().filter(is_sought).collect()))
}
