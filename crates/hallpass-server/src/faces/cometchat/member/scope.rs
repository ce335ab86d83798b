//! `PUT /groups/{guid}/members/{uid}`: another scope for a member.

use hallpass::{Change, Member, Resource};
use hallpass_store::{kind, member_document_id};
use serde_json::json;

use super::super::call::Call;
use super::super::documents::{self, seconds};
use super::super::envelope::Answer;
use super::super::error::{Code, CometError};
use super::super::fields::Fields;
use super::super::group::{self, OWNER_SCOPE};
use super::{MemberDocument, PARTICIPANT, SCOPES, not_a_member, not_the_owner, rank, scope_of, target, within};
use crate::lock::Footprint;

/// `PUT /groups/{guid}/members/{uid}`
pub(in super::super) async fn change(call: Call) -> Result<Answer, CometError> {
    let scope = read(&call.body)?;
    let group = group::of_path(&call).await?;
    let uid = target(&call, "change the scope of")?;
    let asked = call.permit_listing("ChangeMemberScope", Resource::channel(group.cid()));
    asked.map_err(|refusal| rank::of_scope(&group, &uid, scope, refusal))?;
    let edit = call.edit(Footprint::facts().channel(group.cid()).user(&uid)).await?;
    let group = group::of_path(&call).await?;
    let Some(member) = edit.engine().member(group.cid(), &uid) else { return Err(not_a_member(&group, &uid)) };
    let asked = call.permit("ChangeMemberScope", within(&uid, &group), &[("given_scope", scope)]);
    asked.map_err(|refusal| rank::of_scope(&group, &uid, scope, refusal))?;
    if scope != OWNER_SCOPE {
        not_the_owner(&group, &uid)?;
    }
    if scope_of(&member) == scope {
        let text = format!("The user {uid} has the scope {scope} in the group {} already.", group.guid());
        return Err(CometError::new(Code::SameScope, text));
    }
    let document: Option<MemberDocument> = documents::one(&call.tenant, kind::MEMBER, &member_document_id(&group.fact.id, &uid)).await?;
    let joined = document.map_or_else(|| documents::unknown_time(&call.tenant), |document| document.joined_at);
    let fact = Member { channel: group.fact.id.clone(), user: uid.clone(), roles: vec![scope.to_owned()], invited: false };
    call.commit(edit, vec![Change::MemberPut(fact)], Vec::new()).await?;
    Ok(Answer::of(json!({"guid": group.guid(), "uid": uid, "scope": scope, "joinedAt": seconds(joined)})))
}

/// The field `scope`; participant where it is not said.
fn read(body: &Fields) -> Result<&'static str, CometError> {
    let given = body.text("scope")?.unwrap_or(PARTICIPANT);
    let known = SCOPES.iter().find(|scope| **scope == given);
    known.copied().ok_or_else(|| CometError::field("scope", format!("The scope must be one of {}, got \"{given}\".", SCOPES.join(", "))))
}
