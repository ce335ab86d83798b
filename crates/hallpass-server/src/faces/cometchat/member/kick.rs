//! `DELETE /groups/{guid}/members/{uid}`

use hallpass::{Change, Resource};
use hallpass_store::{DocumentWrite, kind, member_document_id};

use super::super::call::Call;
use super::super::envelope::Answer;
use super::super::error::CometError;
use super::super::group::{self, Group};
use super::{not_a_member, not_the_owner, rank, target, within};
use crate::lock::Footprint;

/// `DELETE /groups/{guid}/members/{uid}`: whoever is kicked may come again.
pub(in super::super) async fn kick(call: Call) -> Result<Answer, CometError> {
    let group = group::of_path(&call).await?;
    let uid = target(&call, "kick")?;
    call.permit_listing("KickMembers", Resource::channel(group.cid()))?;
    let edit = call.edit(Footprint::facts().channel(group.cid()).user(&uid)).await?;
    let group = group::of_path(&call).await?;
    if edit.engine().member(group.cid(), &uid).is_none() {
        return Err(not_a_member(&group, &uid));
    }
    permit(&call, &group, &uid)?;
    not_the_owner(&group, &uid)?;
    let gone = vec![DocumentWrite::delete(kind::MEMBER, member_document_id(&group.fact.id, &uid))];
    call.commit(edit, vec![Change::MemberRemoved { channel: group.fact.id.clone(), user: uid.clone() }], gone).await?;
    Ok(Answer::success(format!("The member with {uid} has been kicked from the Group with {}.", group.guid())))
}

fn permit(call: &Call, group: &Group, uid: &str) -> Result<(), CometError> {
    let asked = call.permit("KickMembers", within(uid, group), &[]);
    asked.map_err(|refusal| rank::of_target(call, group, "kickMembers", uid, refusal))
}
