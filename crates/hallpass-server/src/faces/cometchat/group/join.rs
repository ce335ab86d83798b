//! `POST /groups/{guid}/members` with a user's token: joining.

use hallpass::{Change, Member, Resource};
use hallpass_store::{kind, member_document_id};

use super::super::action;
use super::super::call::Call;
use super::super::documents;
use super::super::envelope::Answer;
use super::super::error::{Code, CometError};
use super::super::member::{MemberDocument, PARTICIPANT, add};
use super::{Group, GroupType, OWNER_SCOPE, of_path};
use crate::lock::Footprint;

/// `POST /groups/{guid}/members`: joining, with a user's token; adding others, with a key.
pub(in super::super) async fn join_or_add(call: Call) -> Result<Answer, CometError> {
    if call.caller.is_token() { join(call).await } else { add::add(call).await }
}

async fn join(call: Call) -> Result<Answer, CometError> {
    let group = of_path(&call).await?;
    let user = call.caller.user().unwrap_or_default().to_owned();
    let asked = |group: &Group| call.permit("JoinGroup", Resource::channel(group.cid()), &group.attributes());
    asked(&group)?;
    let edit = call.edit(Footprint::facts().channel(group.cid()).user(&user)).await?;
    let group = of_path(&call).await?;
    asked(&group)?;
    if edit.engine().member(group.cid(), &user).is_some_and(|member| !member.invited) {
        let text = format!("The user {user} has already joined the group {}.", group.guid());
        return Err(CometError::new(Code::AlreadyJoined, text));
    }
    let may_enter = match group.document.group_type {
        _ if group.is_owned_by(&user) => Ok(()),
        GroupType::Public => Ok(()),
        GroupType::Private => {
            let text = format!("The group {} is private: one of its admins has to add you.", group.guid());
            Err(CometError::new(Code::GroupJoinNotAllowed, text))
        }
        GroupType::Password => opened_by(&call, &group),
    };
    may_enter?;
    let scope = if group.is_owned_by(&user) { OWNER_SCOPE } else { PARTICIPANT };
    let id = group.fact.id.clone();
    let written = vec![documents::put(kind::MEMBER, &member_document_id(&id, &user), &MemberDocument { joined_at: call.now })?];
    let fact = Member { channel: id, user: user.clone(), roles: vec![scope.to_owned()], invited: false };
    call.commit(edit, vec![Change::MemberPut(fact)], written).await?;
    Ok(Answer::of(action::of_member(&call, &group, "joined", &user).await?))
}

fn opened_by(call: &Call, group: &Group) -> Result<(), CometError> {
    let Some(given) = call.body.text("password")?.filter(|password| !password.is_empty()) else {
        return Err(CometError::new(Code::EmptyGroupPass, format!("The group {} needs a password.", group.guid())));
    };
    if group.document.password.as_ref().is_some_and(|password| password.matches(given)) {
        return Ok(());
    }
    Err(CometError::new(Code::WrongGroupPass, format!("This is not the password of the group {}.", group.guid())))
}
