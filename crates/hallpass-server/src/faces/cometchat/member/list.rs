//! `GET /groups/{guid}/members`, and one of them.

use hallpass::{Member, Resource};
use hallpass_store::{kind, member_document_id};
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::documents::{self, seconds};
use super::super::entity;
use super::super::envelope::Answer;
use super::super::error::CometError;
use super::super::group::{self, Group};
use super::super::page::Page;
use super::{MemberDocument, SCOPES, not_a_member, scope_of, within};

/// Members read from the store at a time.
const AT_ONCE: usize = 1_000;

/// `GET /groups/{guid}/members`
pub(in super::super) async fn list(call: Call) -> Result<Answer, CometError> {
    let page = Page::of(&call.query)?;
    let scopes = call.query.list("scopes");
    if let Some(unknown) = scopes.iter().find(|scope| !SCOPES.contains(&scope.as_str())) {
        let text = format!("The scopes must be some of {}, got \"{unknown}\".", SCOPES.join(", "));
        return Err(CometError::field("scopes", text));
    }
    let search = call.query.get("searchKey").map(str::to_lowercase);
    let status = call.query.get("status").map(str::to_owned);
    let group = group::of_path(&call).await?;
    call.permit_listing("ListMembers", Resource::channel(group.cid()))?;

    let mut visible = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let (of, from) = (group.fact.id.clone(), after.take());
        let read = call.tenant.read(move |store, app| store.members(app, &of, from.as_deref(), AT_ONCE));
        let found = read.await.map_err(CometError::internal)?;
        let Some(last) = found.last() else { break };
        after = Some(last.user.clone());
        for member in found.into_iter().filter(|member| !member.invited) {
            let is_sought = scopes.is_empty() || scopes.iter().any(|scope| scope == scope_of(&member));
            if is_sought && call.permits_row("ListMembers", within(&member.user, &group), &[])? {
                visible.push(member);
            }
        }
    }
    if search.is_none() && status.is_none() {
        let (members, total) = page.cut(visible);
        let shown = render(&call, &group, &members).await?;
        let pagination = page.pagination(total, shown.len());
        return Ok(Answer::of(shown).with_meta(json!({ "pagination": pagination })));
    }
    let is_sought = |user: &Value| {
        let text = |field: &str| user.get(field).and_then(Value::as_str).unwrap_or_default().to_lowercase();
        search.as_deref().is_none_or(|key| text("name").contains(key) || text("uid").contains(key))
            && status.as_deref().is_none_or(|status| text("status") == status)
    };
    Ok(page.answer(render(&call, &group, &visible).await?.into_iter().filter(is_sought).collect()))
}

/// `GET /groups/{guid}/members/{uid}`
pub(in super::super) async fn get(call: Call) -> Result<Answer, CometError> {
    let group = group::of_path(&call).await?;
    let uid = call.user_of_path()?.id;
    call.permit("GetMember", within(&uid, &group), &[])?;
    let Some(member) = call.tenant.engine().member(group.cid(), &uid) else { return Err(not_a_member(&group, &uid)) };
    Ok(Answer::of(render(&call, &group, &[member]).await?.pop().unwrap_or_default()))
}

/// Members, as answers show them: the user, with scope and when they joined.
async fn render(call: &Call, group: &Group, members: &[Member]) -> Result<Vec<Value>, CometError> {
    let mut users = entity::users(call, members.iter().map(|member| member.user.as_str())).await?;
    let key = |member: &Member| member_document_id(&group.fact.id, &member.user);
    let joined = documents::several::<MemberDocument>(&call.tenant, kind::MEMBER, members.iter().map(key).collect()).await?;
    let shown = members.iter().map(|member| {
        let mut user = users.remove(&member.user).unwrap_or_default();
        let at = joined.get(&key(member)).map_or_else(|| documents::unknown_time(&call.tenant), |document| document.joined_at);
        if let Some(object) = user.as_object_mut() {
            object.insert("scope".to_owned(), json!(scope_of(member)));
            object.insert("joinedAt".to_owned(), json!(seconds(at)));
        }
        user
    });
    Ok(shown.collect())
}
