//! Groups of agents. That an agent is in one is a fact of theirs (the engine's teams); the document has the name.

use std::collections::BTreeMap;

use hallpass::{Change, Resource};
use hallpass_store::DocumentWrite;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::agent::{self, AgentDocument, GroupPriority};
use super::call::{Answer, Call};
use super::fault::{Fault, FaultType};
use super::fields::Fields;
use super::keep;
use super::webhook::{Occurrence, tell};
use crate::lock::Footprint;

/// Kind of groups.
pub(super) const GROUP: &str = "group";
/// The group that everybody is in, which is always there.
pub(super) const EVERYBODY: u64 = 0;
/// The document that counts groups.
const COUNTER: (&str, &str) = ("counter", "group");
/// What an agent's chats in a group come after; the last of the vendor's words is for those who only look on.
pub(super) const PRIORITIES: &[&str] = &["first", "normal", "last", "supervisor"];

/// A group.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct GroupDocument {
    pub(super) name: String,
    pub(super) language_code: String,
}

fn asked(team: &str) -> Resource<'_> {
    Resource { team: Some(team), ..Resource::other("group", team) }
}

/// A group by its id.
///
/// # Errors
/// `group_not_found`.
async fn find(call: &Call, id: u64) -> Result<GroupDocument, Fault> {
    if id == EVERYBODY {
        let held = keep::find(call, GROUP, "0").await?;
        return Ok(held.unwrap_or_else(|| GroupDocument { name: "General".to_owned(), language_code: "en".to_owned() }));
    }
    let held = keep::find(call, GROUP, &id.to_string()).await?;
    held.ok_or_else(|| Fault::new(FaultType::GroupNotFound, format!("there is no group {id}")))
}

fn priorities(fields: &Fields) -> Result<Option<BTreeMap<String, String>>, Fault> {
    let Some(given) = fields.object("agent_priorities")? else { return Ok(None) };
    let mut read = BTreeMap::new();
    for agent in given.raw().keys() {
        let priority = given.word(agent, PRIORITIES)?.ok_or_else(|| given.missing(agent))?;
        read.insert(agent.clone(), priority.to_owned());
    }
    Ok(Some(read))
}

/// What makes exactly these agents the group's.
async fn populate(call: &Call, id: u64, wanted: &BTreeMap<String, String>) -> Result<(Vec<Change>, Vec<DocumentWrite>), Fault> {
    let (mut changes, mut documents) = (Vec::new(), Vec::new());
    for agent in wanted.keys() {
        if call.tenant.engine().user(agent).is_none_or(|user| user.deleted) {
            return Err(keep::missing("agent", agent));
        }
    }
    for (agent, mut document) in agent::everybody(call).await? {
        let priority = wanted.get(&agent);
        let before = document.clone();
        document.groups.retain(|group| group.id != id);
        document.groups.extend(priority.map(|priority| GroupPriority { id, priority: priority.clone() }));
        document.groups.sort_unstable_by_key(|group| group.id);
        if document != before {
            changes.extend(agent::in_groups(call, &agent, &document));
            documents.push(agent::write(&agent, &document)?);
        }
    }
    Ok((changes, documents))
}

fn show(id: u64, group: &GroupDocument, agents: &[(String, AgentDocument)], fields: &[String]) -> Value {
    let mut shown = Map::from_iter([
        ("id".to_owned(), json!(id)),
        ("name".to_owned(), json!(group.name)),
        ("language_code".to_owned(), json!(group.language_code)),
    ]);
    let members =
        || agents.iter().filter_map(|(agent, document)| Some((agent, document.groups.iter().find(|held| held.id == id)?, document)));
    if fields.iter().any(|field| field == "agent_priorities") {
        let priorities: Map<String, Value> = members().map(|(agent, held, _)| (agent.clone(), json!(held.priority))).collect();
        shown.insert("agent_priorities".to_owned(), Value::Object(priorities));
    }
    if fields.iter().any(|field| field == "routing_status") {
        let accepts = members().any(|(_, _, document)| document.routing_status == "accepting_chats");
        shown.insert("routing_status".to_owned(), json!(if accepts { "online" } else { "offline" }));
    }
    Value::Object(shown)
}

/// `create_group`.
///
/// # Errors
/// The refusal; `validation`; `not_found` of an agent.
pub(super) async fn create(call: Call) -> Result<Answer, Fault> {
    let body = call.fields();
    call.permit("create_group", Resource::other("group", ""))?;
    let name = body.required_text("name")?.to_owned();
    let language_code = body.text("language_code")?.unwrap_or("en").to_owned();
    let wanted = priorities(&body)?.ok_or_else(|| body.missing("agent_priorities"))?;
    // Alone: it numbers the group, and touches whoever is named.
    let edit = call.edit(Footprint::policy()).await?;
    let id = keep::find::<u64>(&call, COUNTER.0, COUNTER.1).await?.unwrap_or(0) + 1;
    let (changes, mut documents) = populate(&call, id, &wanted).await?;
    let group = GroupDocument { name, language_code };
    documents.push(keep::put(GROUP, id.to_string(), &group)?);
    documents.push(keep::put(COUNTER.0, COUNTER.1, &id)?);
    call.commit(edit, changes, documents).await?;
    let told = json!({"id": id, "name": group.name, "language_code": group.language_code, "agent_priorities": wanted});
    tell(&call, Occurrence::of("group_created", told)).await;
    Ok(json!({"id": id}))
}

/// `update_group`.
///
/// # Errors
/// The refusal; `group_not_found`; `validation`.
pub(super) async fn update(call: Call) -> Result<Answer, Fault> {
    let body = call.fields();
    let id = body.required_group("id")?;
    call.permit("update_group", asked(&id.to_string()))?;
    let wanted = priorities(&body)?;
    let edit = call.edit(Footprint::policy()).await?;
    let mut group = find(&call, id).await?;
    if let Some(name) = body.text("name")? {
        name.clone_into(&mut group.name);
    }
    if let Some(code) = body.text("language_code")? {
        code.clone_into(&mut group.language_code);
    }
    let (changes, mut documents) = match &wanted {
        Some(wanted) => populate(&call, id, wanted).await?,
        None => (Vec::new(), Vec::new()),
    };
    documents.push(keep::put(GROUP, id.to_string(), &group)?);
    call.commit(edit, changes, documents).await?;
    let mut told = json!({"id": id, "name": group.name, "language_code": group.language_code});
    if let (Some(told), Some(wanted)) = (told.as_object_mut(), wanted) {
        told.insert("agent_priorities".to_owned(), json!(wanted));
    }
    tell(&call, Occurrence::of("group_updated", told)).await;
    Ok(json!({}))
}

/// `delete_group`. Its agents are in it no longer; chats that only it could see are seen by nobody new.
///
/// # Errors
/// The refusal; `group_not_found`; `not_allowed` for group 0.
pub(super) async fn delete(call: Call) -> Result<Answer, Fault> {
    let id = call.fields().required_group("id")?;
    call.permit("delete_group", asked(&id.to_string()))?;
    if id == EVERYBODY {
        return Err(Fault::new(FaultType::NotAllowed, "group 0 is everybody, and cannot be deleted"));
    }
    let edit = call.edit(Footprint::policy()).await?;
    find(&call, id).await?;
    let (changes, mut documents) = populate(&call, id, &BTreeMap::new()).await?;
    documents.push(DocumentWrite::delete(GROUP, id.to_string()));
    call.commit(edit, changes, documents).await?;
    tell(&call, Occurrence::of("group_deleted", json!({"id": id}))).await;
    Ok(json!({}))
}

/// `get_group`.
///
/// # Errors
/// The refusal; `group_not_found`.
pub(super) async fn get(call: Call) -> Result<Answer, Fault> {
    let body = call.fields();
    let id = body.required_group("id")?;
    call.permit("get_group", asked(&id.to_string()))?;
    let group = find(&call, id).await?;
    let agents = agent::everybody(&call).await?;
    Ok(show(id, &group, &agents, &body.texts("fields")?.unwrap_or_default()))
}

/// `list_groups`.
///
/// # Errors
/// The refusal.
pub(super) async fn list(call: Call) -> Result<Answer, Fault> {
    call.permit("list_groups", Resource::other("group", ""))?;
    let fields = call.fields().texts("fields")?.unwrap_or_default();
    let agents = agent::everybody(&call).await?;
    let held: Vec<(String, GroupDocument)> = keep::all(&call, GROUP, String::new()).await?;
    let mut ids: Vec<u64> = held.iter().filter_map(|(id, _)| id.parse().ok()).collect();
    ids.push(EVERYBODY);
    ids.sort_unstable();
    ids.dedup();
    let mut shown = Vec::new();
    for id in ids {
        shown.push(show(id, &find(&call, id).await?, &agents, &fields));
    }
    Ok(json!(shown))
}
