//! `PATCH /groups/{guid}/owner`: ownership of a group passes on.

use hallpass::{Change, Member, Resource};
use hallpass_store::{DocumentWrite, kind, member_document_id};

use super::super::call::Call;
use super::super::documents;
use super::super::envelope::Answer;
use super::super::error::{Code, CometError};
use super::super::member::{MemberDocument, rank};
use super::{Group, OWNER_SCOPE, of_path};
use crate::lock::Footprint;

/// `PATCH /groups/{guid}/owner`
pub(in super::super) async fn transfer(call: Call) -> Result<Answer, CometError> {
    let named = call.body.required_text("owner")?;
    let group = of_path(&call).await?;
    let asked = call.permit("TransferOwnership", Resource::channel(group.cid()), &group.attributes());
    asked.map_err(rank::of_transfer)?;
    let owner = call.user(named).filter(|user| !user.deactivated).ok_or_else(|| CometError::no_user(named))?.id;

    let edit = call.edit(Footprint::facts().channel(group.cid()).user(&owner)).await?;
    let mut group = of_path(&call).await?;
    // Asked again: ownership may have passed on while this waited.
    let asked = call.permit("TransferOwnership", Resource::channel(group.cid()), &group.attributes());
    asked.map_err(rank::of_transfer)?;
    if group.is_owned_by(&owner) {
        return Err(CometError::new(Code::GroupNoSelfAction, format!("The user {owner} owns the group already.")));
    }
    if edit.engine().member(group.cid(), &owner).is_none() {
        let text = format!("The user {owner} is not a member of the group {}: add them first.", group.guid());
        return Err(CometError::new(Code::NotAMember, text));
    }
    let (mut changes, mut written) = (Vec::new(), Vec::new());
    to(&call, &mut group, &owner, &mut changes, &mut written)?;
    call.commit(edit, changes, written).await?;
    Ok(Answer::success(format!("Ownership transferred to user {owner} for the group with guid {}.", group.guid())))
}

/// What makes somebody the owner: the fact, and the scope that owners have. Whoever was the owner stays an admin.
pub(super) fn to(
    call: &Call,
    group: &mut Group,
    owner: &str,
    changes: &mut Vec<Change>,
    written: &mut Vec<DocumentWrite>,
) -> Result<(), CometError> {
    group.fact.owner = Some(owner.to_owned());
    changes.push(Change::ChannelPut(group.fact.clone()));
    let id = group.fact.id.clone();
    if call.tenant.engine().member(id.as_str(), owner).is_none() {
        written.push(documents::put(kind::MEMBER, &member_document_id(&id, owner), &MemberDocument { joined_at: call.now })?);
    }
    changes.push(Change::MemberPut(Member { channel: id, user: owner.to_owned(), roles: vec![OWNER_SCOPE.to_owned()], invited: false }));
    Ok(())
}
