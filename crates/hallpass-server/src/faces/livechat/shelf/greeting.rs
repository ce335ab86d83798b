//! Greetings.

use hallpass::Resource;
use hallpass_store::DocumentWrite;
use serde_json::{Map, Value, json};

use super::super::call::{Answer, Call};
use super::super::chat::people::known_groups;
use super::super::fault::Fault;
use super::super::fields::Fields;
use super::super::keep;
use super::super::page::Page;
use super::{id_of, key, number, paged, take, thing};
use crate::lock::Footprint;

/// Kind of greetings.
const GREETING: &str = "greeting";
const GREETING_FIELDS: &[&str] = &["active_from", "active_until", "rules", "properties", "rich_message"];

fn read_greeting(held: &mut Map<String, Value>, body: &Fields) -> Result<(), Fault> {
    if let Some(name) = body.text("name")? {
        held.insert("name".to_owned(), json!(name));
    }
    if let Some(active) = body.flag("active")? {
        held.insert("active".to_owned(), json!(active));
    }
    body.objects("rules")?;
    body.object("rich_message")?;
    take(held, body, GREETING_FIELDS);
    Ok(())
}

/// `create_greeting`.
///
/// # Errors
/// The refusal; `validation`; `group_not_found`.
pub(in crate::faces::livechat) async fn create_greeting(call: Call) -> Result<Answer, Fault> {
    call.permit("create_greeting", Resource::other(GREETING, ""))?;
    let body = call.fields();
    let name = body.word("type", &["normal", "exit_intent"])?.ok_or_else(|| body.missing("type"))?;
    body.required_text("name")?;
    let group = body.required_group("group")?;
    known_groups(&call, &[group].into()).await?;
    let mut held = Map::from_iter([
        ("type".to_owned(), json!(name)),
        ("group".to_owned(), json!(group)),
        ("active".to_owned(), json!(true)),
        ("rules".to_owned(), json!([])),
    ]);
    read_greeting(&mut held, &body)?;
    let edit = call.edit(Footprint::facts().entity("counter", GREETING)).await?;
    let (id, counted) = number(&call, GREETING).await?;
    held.insert("id".to_owned(), json!(id));
    call.commit(edit, Vec::new(), vec![counted, keep::put(GREETING, key(id), &held)?]).await?;
    Ok(json!({"id": id}))
}

/// `update_greeting`.
///
/// # Errors
/// The refusal; `not_found`; `validation`.
pub(in crate::faces::livechat) async fn update_greeting(call: Call) -> Result<Answer, Fault> {
    call.permit("update_greeting", Resource::other(GREETING, ""))?;
    let body = call.fields();
    let id = id_of(&body)?;
    let edit = call.edit(Footprint::facts().entity(GREETING, key(id))).await?;
    let mut held = thing(&call, GREETING, id, "greeting").await?;
    read_greeting(&mut held, &body)?;
    call.commit(edit, Vec::new(), vec![keep::put(GREETING, key(id), &held)?]).await?;
    Ok(json!({"id": id}))
}

/// `delete_greeting`.
///
/// # Errors
/// The refusal; `not_found`.
pub(in crate::faces::livechat) async fn delete_greeting(call: Call) -> Result<Answer, Fault> {
    call.permit("delete_greeting", Resource::other(GREETING, ""))?;
    let id = id_of(&call.fields())?;
    let edit = call.edit(Footprint::facts().entity(GREETING, key(id))).await?;
    thing(&call, GREETING, id, "greeting").await?;
    call.commit(edit, Vec::new(), vec![DocumentWrite::delete(GREETING, key(id))]).await?;
    Ok(json!({}))
}

/// `get_greeting`.
///
/// # Errors
/// The refusal; `not_found`.
pub(in crate::faces::livechat) async fn get_greeting(call: Call) -> Result<Answer, Fault> {
    call.permit("get_greeting", Resource::other(GREETING, ""))?;
    Ok(Value::Object(thing(&call, GREETING, id_of(&call.fields())?, "greeting").await?))
}

/// `list_greetings`.
///
/// # Errors
/// The refusal; `validation`.
pub(in crate::faces::livechat) async fn list_greetings(call: Call) -> Result<Answer, Fault> {
    call.permit("list_greetings", Resource::other(GREETING, ""))?;
    let body = call.fields();
    let page = Page::read(&body, 25)?;
    let groups = body.groups("groups")?;
    let all: Vec<(String, Map<String, Value>)> = keep::all(&call, GREETING, String::new()).await?;
    let meant = |held: &Map<String, Value>| {
        groups.as_ref().is_none_or(|groups| held.get("group").and_then(Value::as_u64).is_some_and(|group| groups.contains(&group)))
    };
    Ok(paged("greetings", &page, all.into_iter().filter(|(_, held)| meant(held)).collect()))
}
