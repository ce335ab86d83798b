//! `PATCH /channels/{type}/{id}/member`: some fields of one member.

use hallpass::{Change, Resource};
use hallpass_store::{kind, member_document_id};

use super::super::call::{Answer, Call};
use super::super::dialect::Dialect;
use super::super::error::StreamError;
use super::super::event;
use super::super::fields::Fields;
use super::super::user::good_custom;
use super::super::user::render::Users;
use super::super::{documents, patch};
use super::member::Membership;
use super::members::{self, KNOWN};
use super::told::{self, Fate};
use super::{id_of, live};
use crate::lock::Footprint;

/// `PATCH /channels/{type}/{id}/member?user_id=` and `PATCH …/member/{user_id}`
pub(in super::super) async fn update(call: Call) -> Result<Answer, StreamError> {
    let id = id_of(&call)?;
    let target = target(&call)?;
    let set = call.body.object("set")?.unwrap_or_default();
    let unset = call.body.texts("unset")?.unwrap_or_default();
    let edit = call.edit(Footprint::facts().channel(id.as_str())).await?;
    live(&call, &id)?;
    // What one notes about one's own membership (pinned, archived, custom fields) takes no permission.
    if call.caller.user() != Some(target.as_str()) {
        call.permit("UpdateChannelMembers", Resource::channel(id.as_str()))?;
    }
    let missing = || StreamError::not_found(format!("user '{target}' is not a member of channel '{id}'"));
    let mut member = members::some(&call, &id, std::slice::from_ref(&target)).await?.pop().ok_or_else(missing)?;
    let before = member.fact.clone();
    apply(&call, &mut member, &set, &unset)?;
    member.document.updated_at = call.now;

    let change = (member.fact != before).then(|| Change::MemberPut(member.fact.clone()));
    let written = documents::put(kind::MEMBER, &member_document_id(&id, &target), &member.document)?;
    call.commit(edit, change.into_iter().collect(), vec![written]).await?;
    let fates = [(target.clone(), Fate::Updated)];
    event::told(told::joined(&call, &id, call.caller.user(), &fates)).await;
    let users = Users::of(&call, [target]).await?;
    Ok(Answer::from_iter([("channel_member".to_owned(), member.render(&call, &users))]))
}

/// Whose membership. Where a client's SDK adds its own `user_id` to every call, the other one is meant.
fn target(call: &Call) -> Result<String, StreamError> {
    if let Some(user) = call.path.get("user_id") {
        return Ok(user.clone());
    }
    let own = call.caller.user();
    let mut named = call.query.all("user_id").filter(|id| !id.is_empty());
    let other = named.find(|id| Some(*id) != own);
    match (other, own) {
        (Some(other), _) => Ok(other.to_owned()),
        (None, Some(own)) => Ok(own.to_owned()),
        (None, None) => Err(StreamError::field("user_id", "is required")),
    }
}

fn apply(call: &Call, member: &mut Membership, set: &Fields, unset: &[String]) -> Result<(), StreamError> {
    if let Some(role) = set.text("channel_role")? {
        call.server_only("changing channel roles")?;
        member.fact.roles = vec![role.to_owned()];
    }
    for (name, slot) in [("pinned", &mut member.document.pinned_at), ("archived", &mut member.document.archived_at)] {
        let wanted = if unset.iter().any(|unset| unset == name) { Some(false) } else { set.flag(name)? };
        match wanted {
            Some(true) => *slot = Some(call.now),
            Some(false) => *slot = None,
            None => {}
        }
    }
    let custom = &mut member.document.custom;
    for (name, value) in set.raw() {
        match custom_path(call.dialect, name)? {
            None => {}
            Some("") => *custom = set.object(name)?.map(|all| all.raw().clone()).unwrap_or_default(),
            Some(path) => patch::set(custom, path, value.clone())?,
        }
    }
    for name in unset {
        match custom_path(call.dialect, name)? {
            None => {}
            Some("") => custom.clear(),
            Some(path) => patch::unset(custom, path),
        }
    }
    good_custom("set", custom)
}

/// The path of a custom field; `""` is all of them, `None` a field of the API's own.
fn custom_path(dialect: Dialect, name: &str) -> Result<Option<&str>, StreamError> {
    let head = name.split('.').next().unwrap_or(name);
    if matches!(name, "channel_role" | "pinned" | "archived") {
        return Ok(None);
    }
    if KNOWN.contains(&head) {
        return Err(StreamError::field(name, "cannot be changed by a partial update"));
    }
    Ok(Some(match (dialect, name.strip_prefix("custom.")) {
        (Dialect::Prefixed, _) if name == "custom" => "",
        (Dialect::Prefixed, Some(path)) => path,
        _ => name,
    }))
}
