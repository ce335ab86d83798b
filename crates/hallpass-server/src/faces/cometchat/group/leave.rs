//! `DELETE /groups/{guid}/members` with a user's token: leaving.

use hallpass::{Change, Resource};
use hallpass_store::{DocumentWrite, kind, member_document_id};

use super::super::call::Call;
use super::super::envelope::Answer;
use super::super::error::{Code, CometError};
use super::of_path;
use crate::lock::Footprint;

/// `DELETE /groups/{guid}/members`
pub(in super::super) async fn leave(call: Call) -> Result<Answer, CometError> {
    let group = of_path(&call).await?;
    let user = call.caller.user().unwrap_or_default().to_owned();
    call.permit("LeaveGroup", Resource::channel(group.cid()), &group.attributes())?;
    let edit = call.edit(Footprint::facts().channel(group.cid()).user(&user)).await?;
    let group = of_path(&call).await?;
    if group.is_owned_by(&user) {
        let text = format!("The user {user} owns the group {}: pass ownership on before leaving.", group.guid());
        return Err(CometError::new(Code::OwnerExitForbidden, text));
    }
    if edit.engine().member(group.cid(), &user).is_none() {
        return Err(CometError::new(Code::GroupNotJoined, format!("The user {user} is not a member of the group {}.", group.guid())));
    }
    let gone = vec![DocumentWrite::delete(kind::MEMBER, member_document_id(&group.fact.id, &user))];
    call.commit(edit, vec![Change::MemberRemoved { channel: group.fact.id.clone(), user: user.clone() }], gone).await?;
    Ok(Answer::success(format!("The user {user} has left the group {}.", group.guid())))
}
