//! Canned responses (v3.7): answers that agents keep ready, for their group or for themselves.

use hallpass::Resource;
use hallpass_store::DocumentWrite;
use serde_json::{Map, Value, json};

use super::super::call::{Answer, Call};
use super::super::chat::people::known_groups;
use super::super::fault::Fault;
use super::super::page::Page;
use super::super::{keep, moment};
use super::{id_of, key, number, paged, thing};
use crate::lock::Footprint;

/// Kind of canned responses.
const CANNED: &str = "canned_response";

fn of_group(team: &str) -> Resource<'_> {
    Resource { team: Some(team), ..Resource::other(CANNED, "") }
}

fn group_of(held: &Map<String, Value>) -> String {
    held.get("group_id").and_then(Value::as_u64).unwrap_or(0).to_string()
}

/// `create_canned_response`.
///
/// # Errors
/// The refusal; `validation`; `group_not_found`.
pub(in crate::faces::livechat) async fn create_canned(call: Call) -> Result<Answer, Fault> {
    let body = call.fields();
    let group = body.number("group_id", 0..=u64::from(u32::MAX))?.unwrap_or(0);
    call.permit("create_canned_response", of_group(&group.to_string()))?;
    known_groups(&call, &[group].into()).await?;
    let text = body.required_text("text")?.to_owned();
    let tags = body.texts("tags")?.ok_or_else(|| body.missing("tags"))?;
    if tags.is_empty() {
        return Err(body.refuse("tags", "at least one shortcut"));
    }
    let edit = call.edit(Footprint::facts().entity("counter", CANNED)).await?;
    let (id, counted) = number(&call, CANNED).await?;
    let held = json!({
        "id": id, "text": text, "tags": tags, "group_id": group, "is_private": body.flag("is_private")?.unwrap_or(false),
        "author_id": call.account, "created_at": moment::text(call.now), "modified_at": moment::text(call.now),
    });
    call.commit(edit, Vec::new(), vec![counted, keep::put(CANNED, key(id), &held)?]).await?;
    Ok(json!({"id": id}))
}

/// A canned response, asked about by its group. Private ones are there for their author only, and whoever reads all private ones.
async fn canned(call: &Call, action: &'static str) -> Result<(u64, Map<String, Value>), Fault> {
    let id = id_of(&call.fields())?;
    match thing(call, CANNED, id, "canned response").await {
        Ok(held) => {
            call.permit(action, of_group(&group_of(&held)))?;
            if is_hidden(call, &held) {
                return Err(keep::missing("canned response", &id.to_string()));
            }
            Ok((id, held))
        }
        Err(missing) => {
            call.permit(action, of_group("0"))?;
            Err(missing)
        }
    }
}

fn is_hidden(call: &Call, held: &Map<String, Value>) -> bool {
    held.get("is_private") == Some(&json!(true)) && held.get("author_id") != Some(&json!(call.account))
}

/// `update_canned_response`. Moving it to another group is asked for that group, too.
///
/// # Errors
/// The refusal; `not_found`; `validation`; `group_not_found`.
pub(in crate::faces::livechat) async fn update_canned(call: Call) -> Result<Answer, Fault> {
    let body = call.fields();
    let edit = call.edit(Footprint::facts().entity(CANNED, key(id_of(&body)?))).await?;
    let (id, mut held) = canned(&call, "update_canned_response").await?;
    if let Some(group) = body.number("group_id", 0..=u64::from(u32::MAX))? {
        call.permit("update_canned_response", of_group(&group.to_string()))?;
        known_groups(&call, &[group].into()).await?;
        held.insert("group_id".to_owned(), json!(group));
    }
    if let Some(text) = body.text("text")? {
        held.insert("text".to_owned(), json!(text));
    }
    if let Some(tags) = body.texts("tags")? {
        held.insert("tags".to_owned(), json!(tags));
    }
    if let Some(private) = body.flag("is_private")? {
        held.insert("is_private".to_owned(), json!(private));
    }
    held.insert("modified_at".to_owned(), json!(moment::text(call.now)));
    call.commit(edit, Vec::new(), vec![keep::put(CANNED, key(id), &held)?]).await?;
    Ok(json!({}))
}

/// `delete_canned_response`.
///
/// # Errors
/// The refusal; `not_found`.
pub(in crate::faces::livechat) async fn delete_canned(call: Call) -> Result<Answer, Fault> {
    let edit = call.edit(Footprint::facts().entity(CANNED, key(id_of(&call.fields())?))).await?;
    let (id, _) = canned(&call, "delete_canned_response").await?;
    call.commit(edit, Vec::new(), vec![DocumentWrite::delete(CANNED, key(id))]).await?;
    Ok(json!({}))
}

/// `list_canned_responses`: those of the groups that the scopes reach.
///
/// # Errors
/// The refusal; `validation`.
pub(in crate::faces::livechat) async fn list_canned(call: Call) -> Result<Answer, Fault> {
    let body = call.fields();
    let page = Page::read(&body, 100)?;
    let user = call.tenant.engine().user(&call.account);
    let own = user.and_then(|user| user.teams.into_iter().next()).unwrap_or_else(|| "0".to_owned());
    call.permit("list_canned_responses", of_group(&own))?;
    let everybodys = body.flag("include_all_private")?.unwrap_or(false);
    if everybodys {
        call.permit("list_private_canned_responses", of_group(&own))?;
    }
    let own_private = body.flag("include_private")?.unwrap_or(false);
    let groups = body.groups("group_ids")?;
    let mut found = Vec::new();
    for (id, held) in keep::all::<Map<String, Value>>(&call, CANNED, String::new()).await? {
        let group = group_of(&held);
        let is_private = held.get("is_private") == Some(&json!(true));
        let is_shown = !is_private || everybodys || (own_private && !is_hidden(&call, &held));
        let is_meant = groups.as_ref().is_none_or(|groups| groups.iter().any(|wanted| wanted.to_string() == group));
        if is_shown && is_meant && call.may("list_canned_responses", of_group(&group))? {
            found.push((id, held));
        }
    }
    Ok(paged("canned_responses", &page, found))
}
