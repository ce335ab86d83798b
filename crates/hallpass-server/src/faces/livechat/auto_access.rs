//! Auto access: rules that say which groups see a new chat. In 2018 `auto_chat_scopes`.

use std::collections::BTreeSet;

use hallpass::Resource;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::call::{Answer, Call};
use super::chat::filter::PropertyFilter;
use super::chat::people::known_groups;
use super::chat::record::Properties;
use super::chat::render::is_of_2018;
use super::fault::Fault;
use super::fields::Fields;
use super::group::EVERYBODY;
use super::keep;
use super::webhook::{Occurrence, tell};
use crate::lock::Footprint;

/// The document with all rules, in the order in which they are looked at.
const RULES: (&str, &str) = ("auto_access", "rules");
/// Most rules of a license.
const MOST: usize = 500;

/// A rule. The first whose conditions all hold decides.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
struct Rule {
    id: String,
    groups: BTreeSet<u64>,
    /// As given: `url`, `domain`, `geolocation`; and `chat_properties`, `customer_url` of 2018.
    conditions: Map<String, Value>,
    description: Option<String>,
}

impl Rule {
    fn show(&self, call: &Call, next: Option<&Self>) -> Value {
        let mut shown = Map::from_iter([("id".to_owned(), json!(self.id))]);
        if let Some(description) = &self.description {
            shown.insert("description".to_owned(), json!(description));
        }
        if is_of_2018(call) {
            shown.insert("scopes".to_owned(), json!({"groups": self.groups}));
            shown.insert("rules".to_owned(), json!(self.conditions));
        } else {
            shown.insert("access".to_owned(), json!({"group_ids": self.groups}));
            shown.insert("conditions".to_owned(), json!(self.conditions));
            if let Some(next) = next {
                shown.insert("next_id".to_owned(), json!(next.id));
            }
        }
        Value::Object(shown)
    }

    /// Whether all conditions hold. What is not known (where in the world a customer is) does not.
    fn holds(&self, chat: &Properties, thread: &Properties) -> bool {
        let url = thread.get("routing").and_then(|routing| routing.get("start_url")).and_then(Value::as_str);
        let domain = url.and_then(|url| url.split("://").nth(1).unwrap_or(url).split(['/', '?', ':']).next());
        self.conditions.iter().all(|(name, condition)| match name.as_str() {
            "url" | "customer_url" => matches(condition, url),
            "domain" => matches(condition, domain),
            "chat_properties" => {
                let filter = Map::from_iter([("properties".to_owned(), condition.clone())]);
                PropertyFilter::read(&Fields::body(filter)).is_ok_and(|filter| filter.holds(chat))
            }
            _ => false,
        })
    }
}

fn matches(condition: &Value, text: Option<&str>) -> bool {
    let any = |list: &str| {
        let values = condition.get(list).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        values.iter().any(|one| {
            let value = one.get("value").and_then(Value::as_str).unwrap_or_default();
            let exact = one.get("exact_match").and_then(Value::as_bool).unwrap_or(false);
            text.is_some_and(|text| if exact { text == value } else { text.contains(value) })
        })
    };
    (condition.get("values").is_none() || any("values")) && !any("exclude_values")
}

async fn rules(call: &Call) -> Result<Vec<Rule>, Fault> {
    Ok(keep::find(call, RULES.0, RULES.1).await?.unwrap_or_default())
}

/// The groups of a new chat that names none: those of the first rule that holds, else everybody.
///
/// # Errors
/// When the store fails.
pub(super) async fn groups_for(call: &Call, chat: &Properties, thread: &Properties) -> Result<BTreeSet<u64>, Fault> {
    let rule = rules(call).await?.into_iter().find(|rule| rule.holds(chat, thread));
    Ok(rule.map_or_else(|| [EVERYBODY].into(), |rule| rule.groups))
}

fn asked(id: &str) -> Resource<'_> {
    Resource::other("auto_access", id)
}

async fn read_groups(call: &Call, body: &Fields) -> Result<Option<BTreeSet<u64>>, Fault> {
    let (access, names) = if is_of_2018(call) { ("scopes", &["groups"][..]) } else { ("access", &["group_ids", "groups"][..]) };
    let Some(access) = body.object(access)? else { return Ok(None) };
    for name in names {
        if let Some(groups) = access.groups(name)? {
            let groups: BTreeSet<u64> = groups.into_iter().collect();
            if groups.is_empty() {
                return Err(access.refuse(name, "at least one group"));
            }
            known_groups(call, &groups).await?;
            return Ok(Some(groups));
        }
    }
    Err(access.missing(names.first().copied().unwrap_or_default()))
}

fn read_conditions(call: &Call, body: &Fields) -> Result<Option<Map<String, Value>>, Fault> {
    let (name, known) = if is_of_2018(call) {
        ("rules", &["chat_properties", "customer_url"][..])
    } else {
        ("conditions", &["url", "domain", "geolocation"][..])
    };
    let Some(conditions) = body.object(name)? else { return Ok(None) };
    if conditions.raw().is_empty() {
        return Err(body.refuse(name, &format!("at least one of {}", known.join(", "))));
    }
    for key in conditions.raw().keys() {
        if !known.contains(&key.as_str()) {
            return Err(Fault::validation(format!("{}: expected one of {}", conditions.path(key), known.join(", "))));
        }
        let condition = conditions.required_object(key)?;
        if key == "chat_properties" {
            PropertyFilter::read(&Fields::body(Map::from_iter([("properties".to_owned(), Value::Object(condition.raw().clone()))])))?;
        } else if condition.list("values")?.is_none() && condition.list("exclude_values")?.is_none() {
            return Err(conditions.refuse(key, "an object with values or exclude_values"));
        }
    }
    Ok(Some(conditions.raw().clone()))
}

/// Puts a rule before the one that `next_id` names, else at the end.
fn place(rules: &mut Vec<Rule>, rule: Rule, next: Option<&str>) -> Result<(), Fault> {
    let at = match next {
        None => rules.len(),
        Some(next) => {
            let at = rules.iter().position(|other| other.id == next);
            at.ok_or_else(|| Fault::validation(format!("next_id: there is no rule '{next}'")))?
        }
    };
    rules.insert(at, rule);
    Ok(())
}

/// `add_auto_access`.
///
/// # Errors
/// The refusal; `validation`; `group_not_found`; `limit_reached`.
pub(super) async fn add(call: Call) -> Result<Answer, Fault> {
    call.permit("add_auto_access", asked(""))?;
    let body = call.fields();
    let access = if is_of_2018(&call) { "scopes" } else { "access" };
    let groups = read_groups(&call, &body).await?.ok_or_else(|| body.missing(access))?;
    let name = if is_of_2018(&call) { "rules" } else { "conditions" };
    let conditions = read_conditions(&call, &body)?.ok_or_else(|| body.missing(name))?;
    let description = body.text("description")?.map(str::to_owned);
    let edit = call.edit(Footprint::facts().entity(RULES.0, RULES.1)).await?;
    let mut held = rules(&call).await?;
    if held.len() >= MOST {
        return Err(Fault::new(super::fault::FaultType::LimitReached, format!("there are {MOST} rules, and this is the most")));
    }
    let rule = Rule { id: keep::fresh_id(), groups, conditions, description };
    place(&mut held, rule.clone(), body.text("next_id")?)?;
    call.commit(edit, Vec::new(), vec![keep::put(RULES.0, RULES.1, &held)?]).await?;
    tell(&call, Occurrence::of("auto_access_added", rule.show(&call, None))).await;
    if is_of_2018(&call) { Ok(json!({"auto_chat_scopes_id": rule.id})) } else { Ok(json!({"id": rule.id})) }
}

/// `update_auto_access`.
///
/// # Errors
/// The refusal; `not_found`; `validation`; `group_not_found`.
pub(super) async fn update(call: Call) -> Result<Answer, Fault> {
    let body = call.fields();
    let id = body.required_text("id")?.to_owned();
    call.permit("update_auto_access", asked(&id))?;
    let groups = read_groups(&call, &body).await?;
    let conditions = read_conditions(&call, &body)?;
    let edit = call.edit(Footprint::facts().entity(RULES.0, RULES.1)).await?;
    let mut held = rules(&call).await?;
    let at = held.iter().position(|rule| rule.id == id).ok_or_else(|| keep::missing("rule", &id))?;
    let mut rule = held.remove(at);
    rule.groups = groups.unwrap_or(rule.groups);
    rule.conditions = conditions.unwrap_or(rule.conditions);
    if let Some(description) = body.text("description")? {
        rule.description = Some(description.to_owned());
    }
    match body.text("next_id")? {
        Some(next) => place(&mut held, rule.clone(), Some(next))?,
        None => held.insert(at, rule.clone()),
    }
    call.commit(edit, Vec::new(), vec![keep::put(RULES.0, RULES.1, &held)?]).await?;
    tell(&call, Occurrence::of("auto_access_updated", rule.show(&call, None))).await;
    Ok(json!({}))
}

/// `delete_auto_access`.
///
/// # Errors
/// The refusal; `not_found`.
pub(super) async fn delete(call: Call) -> Result<Answer, Fault> {
    let id = call.fields().required_text("id")?.to_owned();
    call.permit("delete_auto_access", asked(&id))?;
    let edit = call.edit(Footprint::facts().entity(RULES.0, RULES.1)).await?;
    let mut held = rules(&call).await?;
    let before = held.len();
    held.retain(|rule| rule.id != id);
    if held.len() == before {
        return Err(keep::missing("rule", &id));
    }
    call.commit(edit, Vec::new(), vec![keep::put(RULES.0, RULES.1, &held)?]).await?;
    tell(&call, Occurrence::of("auto_access_deleted", json!({"id": id}))).await;
    Ok(json!({}))
}

/// `list_auto_accesses`, in the order in which they are looked at.
///
/// # Errors
/// The refusal.
pub(super) async fn list(call: Call) -> Result<Answer, Fault> {
    call.permit("list_auto_accesses", asked(""))?;
    let held = rules(&call).await?;
    let shown: Vec<Value> = held.iter().enumerate().map(|(at, rule)| rule.show(&call, held.get(at + 1))).collect();
    if is_of_2018(&call) { Ok(json!({"auto_chat_scopes_config": shown})) } else { Ok(json!(shown)) }
}
