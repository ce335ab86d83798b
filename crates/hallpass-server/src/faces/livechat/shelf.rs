//! Things that are kept and shown, and that nothing else here reads: greetings, canned responses, allowed domains, translations, company details.
//! Each operation is gated like any other; what the things mean is up to those who show them to customers.

use hallpass::Resource;
use hallpass_store::DocumentWrite;
use serde_json::{Map, Value, json};

use super::call::{Answer, Call};
use super::chat::people::known_groups;
use super::fault::{Fault, FaultType};
use super::fields::Fields;
use super::page::Page;
use super::{keep, moment};
use crate::lock::Footprint;

/// Numbers things of a kind.
async fn number(call: &Call, kind: &'static str) -> Result<(u64, DocumentWrite), Fault> {
    let id = keep::find::<u64>(call, "counter", kind).await?.unwrap_or(0) + 1;
    Ok((id, keep::put("counter", kind, &id)?))
}

fn key(id: u64) -> String {
    format!("{id:012}")
}

async fn thing(call: &Call, kind: &'static str, id: u64, name: &str) -> Result<Map<String, Value>, Fault> {
    keep::find(call, kind, &key(id)).await?.ok_or_else(|| keep::missing(name, &id.to_string()))
}

fn id_of(body: &Fields) -> Result<u64, Fault> {
    body.number("id", 1..=u64::MAX)?.ok_or_else(|| body.missing("id"))
}

/// Takes over fields as they were given.
fn take(held: &mut Map<String, Value>, body: &Fields, names: &[&str]) {
    for name in names {
        if let Some(value) = body.value(name) {
            held.insert((*name).to_owned(), value.clone());
        }
    }
}

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
pub(super) async fn create_greeting(call: Call) -> Result<Answer, Fault> {
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
pub(super) async fn update_greeting(call: Call) -> Result<Answer, Fault> {
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
pub(super) async fn delete_greeting(call: Call) -> Result<Answer, Fault> {
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
pub(super) async fn get_greeting(call: Call) -> Result<Answer, Fault> {
    call.permit("get_greeting", Resource::other(GREETING, ""))?;
    Ok(Value::Object(thing(&call, GREETING, id_of(&call.fields())?, "greeting").await?))
}

/// `list_greetings`.
///
/// # Errors
/// The refusal; `validation`.
pub(super) async fn list_greetings(call: Call) -> Result<Answer, Fault> {
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

/// One page of things by id.
fn paged(name: &str, page: &Page, all: Vec<(String, Map<String, Value>)>) -> Value {
    let total = all.len();
    let mut rest = all.into_iter().skip_while(|(id, _)| page.after.as_ref().is_some_and(|after| id <= after)).peekable();
    let (mut rows, mut last) = (Vec::new(), String::new());
    while rows.len() < page.limit
        && let Some((id, held)) = rest.next()
    {
        last = id;
        rows.push(Value::Object(held));
    }
    let mut answer = Map::from_iter([(name.to_owned(), json!(rows)), (format!("total_{name}"), json!(total))]);
    if rest.peek().is_some() {
        answer.insert("next_page_id".to_owned(), json!(page.next(&last)));
    }
    Value::Object(answer)
}

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
pub(super) async fn create_canned(call: Call) -> Result<Answer, Fault> {
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
pub(super) async fn update_canned(call: Call) -> Result<Answer, Fault> {
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
pub(super) async fn delete_canned(call: Call) -> Result<Answer, Fault> {
    let edit = call.edit(Footprint::facts().entity(CANNED, key(id_of(&call.fields())?))).await?;
    let (id, _) = canned(&call, "delete_canned_response").await?;
    call.commit(edit, Vec::new(), vec![DocumentWrite::delete(CANNED, key(id))]).await?;
    Ok(json!({}))
}

/// `list_canned_responses`: those of the groups that the scopes reach.
///
/// # Errors
/// The refusal; `validation`.
pub(super) async fn list_canned(call: Call) -> Result<Answer, Fault> {
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

/// Kind of allowed domains; the id is the domain.
const DOMAIN: &str = "allowed_domain";

fn domain(call: &Call) -> Result<String, Fault> {
    let body = call.fields();
    let text = body.required_text("domain")?.to_ascii_lowercase();
    let is_part = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'*'));
    if text.len() > 253 || !text.split('.').all(is_part) {
        return Err(body.refuse("domain", "the name of a domain"));
    }
    Ok(text)
}

/// `add_allowed_domain`.
///
/// # Errors
/// The refusal; `validation`; `already_exists`.
pub(super) async fn add_domain(call: Call) -> Result<Answer, Fault> {
    call.permit("add_allowed_domain", Resource::other(DOMAIN, ""))?;
    let name = domain(&call)?;
    let edit = call.edit(Footprint::facts().entity(DOMAIN, name.clone())).await?;
    if keep::find::<Value>(&call, DOMAIN, &name).await?.is_some() {
        return Err(Fault::new(FaultType::AlreadyExists, format!("domain '{name}' is allowed already")));
    }
    call.commit(edit, Vec::new(), vec![keep::put(DOMAIN, name, &moment::text(call.now))?]).await?;
    Ok(json!({}))
}

/// `list_allowed_domains`.
///
/// # Errors
/// The refusal.
pub(super) async fn list_domains(call: Call) -> Result<Answer, Fault> {
    call.permit("list_allowed_domains", Resource::other(DOMAIN, ""))?;
    let held: Vec<(String, Value)> = keep::all(&call, DOMAIN, String::new()).await?;
    Ok(held.into_iter().map(|(name, _)| json!({"domain": name})).collect())
}

/// `delete_allowed_domain`.
///
/// # Errors
/// The refusal; `not_found`.
pub(super) async fn delete_domain(call: Call) -> Result<Answer, Fault> {
    call.permit("delete_allowed_domain", Resource::other(DOMAIN, ""))?;
    let name = domain(&call)?;
    let edit = call.edit(Footprint::facts().entity(DOMAIN, name.clone())).await?;
    keep::find::<Value>(&call, DOMAIN, &name).await?.ok_or_else(|| keep::missing("domain", &name))?;
    call.commit(edit, Vec::new(), vec![DocumentWrite::delete(DOMAIN, name)]).await?;
    Ok(json!({}))
}

/// Kind of translations; the id is group and language.
const TRANSLATION: &str = "translation";

async fn language(call: &Call) -> Result<String, Fault> {
    let body = call.fields();
    let group = body.number("group_id", 0..=u64::from(u32::MAX))?.unwrap_or(0);
    known_groups(call, &[group].into()).await?;
    Ok(keep::composed(&[&group.to_string(), body.text("language")?.unwrap_or("en")]))
}

/// `update_translations`.
///
/// # Errors
/// The refusal; `validation`; `group_not_found`.
pub(super) async fn update_translations(call: Call) -> Result<Answer, Fault> {
    call.permit("update_translations", Resource::other(TRANSLATION, ""))?;
    let given = call.fields().required_object("translations")?;
    if let Some(name) = given.raw().iter().find(|(_, text)| !text.is_string()).map(|(name, _)| name) {
        return Err(given.refuse(name, "a string"));
    }
    let at = language(&call).await?;
    let edit = call.edit(Footprint::facts().entity(TRANSLATION, at.clone())).await?;
    let mut held: Map<String, Value> = keep::find(&call, TRANSLATION, &at).await?.unwrap_or_default();
    held.extend(given.raw().clone());
    call.commit(edit, Vec::new(), vec![keep::put(TRANSLATION, at, &held)?]).await?;
    Ok(json!({}))
}

/// `list_translations`.
///
/// # Errors
/// The refusal; `group_not_found`.
pub(super) async fn list_translations(call: Call) -> Result<Answer, Fault> {
    call.permit("list_translations", Resource::other(TRANSLATION, ""))?;
    let held: Map<String, Value> = keep::find(&call, TRANSLATION, &language(&call).await?).await?.unwrap_or_default();
    Ok(json!({"translations": held}))
}

/// What `update_company_details` knows.
const COMPANY: &[&str] = &[
    "audience",
    "chat_purpose",
    "city",
    "company",
    "company_size",
    "country",
    "invoice_email",
    "invoice_name",
    "nip",
    "postal_code",
    "state",
    "street",
    "phone",
    "province",
    "url",
];

/// `update_company_details`.
///
/// # Errors
/// The refusal; `validation`.
pub(super) async fn update_company(call: Call) -> Result<Answer, Fault> {
    call.permit("update_company_details", Resource::app())?;
    let body = call.fields();
    body.flag("enrich")?;
    let edit = call.edit(Footprint::facts().entity("company", "details")).await?;
    let mut held: Map<String, Value> = keep::find(&call, "company", "details").await?.unwrap_or_default();
    for name in COMPANY {
        if let Some(text) = body.text(name)? {
            held.insert((*name).to_owned(), json!(text));
        }
    }
    call.commit(edit, Vec::new(), vec![keep::put("company", "details", &held)?]).await?;
    Ok(json!({}))
}
