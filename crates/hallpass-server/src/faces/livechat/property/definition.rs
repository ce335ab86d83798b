//! Definitions: `register_property`, `unregister_property`, `publish_property`, `list_properties`, and those of 2018.

use std::collections::BTreeMap;

use hallpass::Resource;
use hallpass_store::DocumentWrite;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::super::call::{Answer, Call};
use super::super::chat::render::is_of_2018;
use super::super::fault::{Fault, FaultType};
use super::super::fields::Fields;
use super::super::keep;
use super::Location;
use crate::lock::Footprint;

/// Kind of definitions; the id is namespace and name.
pub(in crate::faces::livechat) const PROPERTY: &str = "property";

/// What is defined of a property.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::faces::livechat) struct Definition {
    #[serde(rename = "type")]
    pub(in crate::faces::livechat) value_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::faces::livechat) description: Option<String>,
    /// location → who → `read` and `write`.
    pub(in crate::faces::livechat) access: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::faces::livechat) domain: Option<Vec<Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::faces::livechat) range: Option<(i64, i64)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::faces::livechat) default_value: Option<Value>,
    /// What other clients may: `read`, `write`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::faces::livechat) public_access: Vec<String>,
}

impl Definition {
    /// Whether agents may do this (`read`, `write`) with it here.
    pub(in crate::faces::livechat) fn opens(&self, location: Location, deed: &str) -> bool {
        let held = self.access.get(location.name()).and_then(|users| users.get("agent"));
        held.is_some_and(|deeds| deeds.iter().any(|held| held == deed))
    }

    /// What is wrong with a value, if anything.
    pub(in crate::faces::livechat) fn refuses(&self, value: &Value) -> Option<String> {
        let fits = match self.value_type.as_str() {
            "int" => value.is_i64() || value.is_u64(),
            "bool" => value.is_boolean(),
            _ => value.is_string(),
        };
        if !fits {
            return Some(format!("expected a value of the type {}", self.value_type));
        }
        if self.domain.as_ref().is_some_and(|domain| !domain.contains(value)) {
            return Some("is not among the values of its domain".to_owned());
        }
        let number = value.as_i64();
        match (self.range, number) {
            (Some((from, to)), Some(number)) if number < from || number > to => Some(format!("expected a number from {from} to {to}")),
            _ => None,
        }
    }

    /// Reads one: the form since 2019 (`access.chat.agent: ["read"]`), or that of 2018 (`locations.chat.access.agent.read: true`).
    fn read(fields: &Fields) -> Result<Self, Fault> {
        let value_type = fields.word("type", &["int", "string", "bool", "tokenized_string"])?.ok_or_else(|| fields.missing("type"))?;
        let domain = fields.list("domain")?.map(<[Value]>::to_vec);
        let range = match fields.object("range")? {
            Some(range) => Some((bound(&range, "from", i64::MIN)?, bound(&range, "to", i64::MAX)?)),
            None => None,
        };
        if domain.is_some() && range.is_some() {
            return Err(Fault::validation(format!("{}: cannot stand beside domain", fields.path("range"))));
        }
        let definition = Self {
            value_type: value_type.to_owned(),
            description: fields.text("description")?.map(str::to_owned),
            access: if fields.value("locations").is_some() { access_of_2018(fields)? } else { access(fields)? },
            domain,
            range,
            default_value: fields.value("default_value").cloned(),
            public_access: Vec::new(),
        };
        match definition.default_value.as_ref().and_then(|value| definition.refuses(value)) {
            Some(wrong) => Err(Fault::validation(format!("{}: {wrong}", fields.path("default_value")))),
            None => Ok(definition),
        }
    }

    fn show(&self, call: &Call, name: &str, namespace: &str) -> Value {
        let mut shown = json!(self).as_object().cloned().unwrap_or_default();
        if let Some((from, to)) = self.range {
            shown.insert("range".to_owned(), json!({"from": from, "to": to}));
        }
        if is_of_2018(call) {
            let may = |deeds: &Vec<String>, deed: &str| deeds.iter().any(|held| held == deed);
            let users = |users: &BTreeMap<String, Vec<String>>| -> Map<String, Value> {
                users.iter().map(|(who, deeds)| (who.clone(), json!({"read": may(deeds, "read"), "write": may(deeds, "write")}))).collect()
            };
            let locations: Map<String, Value> =
                self.access.iter().map(|(location, held)| (location.clone(), json!({"access": users(held)}))).collect();
            shown.remove("access");
            shown.insert("locations".to_owned(), Value::Object(locations));
        } else {
            shown.insert("name".to_owned(), json!(name));
            shown.insert("owner_client_id".to_owned(), json!(namespace));
        }
        Value::Object(shown)
    }
}

fn bound(range: &Fields, name: &str, default: i64) -> Result<i64, Fault> {
    match range.value(name) {
        None => Ok(default),
        Some(value) => value.as_i64().ok_or_else(|| range.refuse(name, "a whole number")),
    }
}

type Access = BTreeMap<String, BTreeMap<String, Vec<String>>>;

fn access(fields: &Fields) -> Result<Access, Fault> {
    let access = fields.required_object("access")?;
    let mut read = Access::new();
    for location in access.raw().keys() {
        known_location(&access, location)?;
        let users = access.required_object(location)?;
        for who in users.raw().keys() {
            known_user(&users, who)?;
            let deeds = users.texts(who)?.unwrap_or_default();
            if let Some(other) = deeds.iter().find(|deed| !matches!(deed.as_str(), "read" | "write")) {
                return Err(Fault::validation(format!("{}: expected read and write, got {other}", users.path(who))));
            }
            read.entry(location.clone()).or_default().insert(who.clone(), deeds);
        }
    }
    if read.is_empty() { Err(fields.refuse("access", "at least one location")) } else { Ok(read) }
}

fn access_of_2018(fields: &Fields) -> Result<Access, Fault> {
    let locations = fields.required_object("locations")?;
    let mut read = Access::new();
    for location in locations.raw().keys() {
        known_location(&locations, location)?;
        let users = locations.required_object(location)?.required_object("access")?;
        for who in users.raw().keys() {
            known_user(&users, who)?;
            let held = users.required_object(who)?;
            let mut deeds = Vec::new();
            for deed in ["read", "write"] {
                if held.flag(deed)?.unwrap_or(false) {
                    deeds.push(deed.to_owned());
                }
            }
            read.entry(location.clone()).or_default().insert(who.clone(), deeds);
        }
    }
    if read.is_empty() { Err(fields.refuse("locations", "at least one location")) } else { Ok(read) }
}

fn known_location(fields: &Fields, name: &str) -> Result<(), Fault> {
    if Location::NAMES.contains(&name) {
        return Ok(());
    }
    Err(Fault::validation(format!("{}: expected one of {}", fields.path(name), Location::NAMES.join(", "))))
}

fn known_user(fields: &Fields, name: &str) -> Result<(), Fault> {
    if matches!(name, "agent" | "customer") {
        Ok(())
    } else {
        Err(Fault::validation(format!("{}: expected agent or customer", fields.path(name))))
    }
}

fn owned(namespace: &str) -> Resource<'_> {
    Resource { namespace: Some(namespace), ..Resource::other("property", "") }
}

fn key(namespace: &str, name: &str) -> String {
    keep::composed(&[namespace, name])
}

/// A definition, if there is one.
///
/// # Errors
/// When the store fails.
pub(in crate::faces::livechat) async fn find(call: &Call, namespace: &str, name: &str) -> Result<Option<Definition>, Fault> {
    keep::find(call, PROPERTY, &key(namespace, name)).await
}

/// `register_property`.
///
/// # Errors
/// The refusal; `validation`; `already_exists`.
pub(in crate::faces::livechat) async fn register(call: Call) -> Result<Answer, Fault> {
    let body = call.fields();
    let name = body.required_text("name")?.to_owned();
    let definition = Definition::read(&body)?;
    put(&call, vec![(name, definition)]).await
}

/// `create_properties` (2018): any number of them, each under its name.
///
/// # Errors
/// Those of [`register`].
pub(in crate::faces::livechat) async fn create(call: Call) -> Result<Answer, Fault> {
    let body = call.fields();
    let names: Vec<&String> = body.raw().keys().filter(|name| *name != "owner_client_id").collect();
    if names.is_empty() {
        return Err(Fault::validation("expected at least one property, by its name"));
    }
    let mut read = Vec::new();
    for name in names {
        read.push((name.clone(), Definition::read(&body.required_object(name)?)?));
    }
    put(&call, read).await
}

async fn put(call: &Call, definitions: Vec<(String, Definition)>) -> Result<Answer, Fault> {
    call.permit("register_property", Resource { namespace: call.client(), ..Resource::other("property", "") })?;
    let namespace = call.owner_client()?.to_owned();
    let edit = call.edit(Footprint::facts().entity(PROPERTY, namespace.clone())).await?;
    let mut documents: Vec<DocumentWrite> = Vec::new();
    for (name, definition) in definitions {
        if let Some(held) = find(call, &namespace, &name).await? {
            // The same again says nothing new. Anything else would change what values mean that exist already.
            if (Definition { public_access: Vec::new(), ..held }) != definition {
                return Err(Fault::new(FaultType::AlreadyExists, format!("property '{name}' exists, and is defined otherwise")));
            }
            continue;
        }
        documents.push(keep::put(PROPERTY, key(&namespace, &name), &definition)?);
    }
    call.commit(edit, Vec::new(), documents).await?;
    Ok(json!({}))
}

/// `unregister_property`. Published ones stay.
///
/// # Errors
/// The refusal; `not_found`; `not_allowed`.
pub(in crate::faces::livechat) async fn unregister(call: Call) -> Result<Answer, Fault> {
    let name = call.fields().required_text("name")?.to_owned();
    call.permit("unregister_property", Resource { namespace: call.client(), ..Resource::other("property", "") })?;
    let namespace = call.owner_client()?.to_owned();
    let edit = call.edit(Footprint::facts().entity(PROPERTY, namespace.clone())).await?;
    let held = find(&call, &namespace, &name).await?.ok_or_else(|| keep::missing("property", &name))?;
    if !held.public_access.is_empty() {
        return Err(Fault::new(FaultType::NotAllowed, format!("property '{name}' is published; others count on it")));
    }
    call.commit(edit, Vec::new(), vec![DocumentWrite::delete(PROPERTY, key(&namespace, &name))]).await?;
    Ok(json!({}))
}

/// `publish_property`: from now on other clients may read or write it. What was published stays so.
///
/// # Errors
/// The refusal; `not_found`; `validation`.
pub(in crate::faces::livechat) async fn publish(call: Call) -> Result<Answer, Fault> {
    let body = call.fields();
    let name = body.required_text("name")?.to_owned();
    let deeds = body.texts("access_type")?.ok_or_else(|| body.missing("access_type"))?;
    if deeds.is_empty() || deeds.iter().any(|deed| !matches!(deed.as_str(), "read" | "write")) {
        return Err(body.refuse("access_type", "some of read, write"));
    }
    call.permit("publish_property", Resource { namespace: call.client(), ..Resource::other("property", "") })?;
    let namespace = call.owner_client()?.to_owned();
    let edit = call.edit(Footprint::facts().entity(PROPERTY, namespace.clone())).await?;
    let mut held = find(&call, &namespace, &name).await?.ok_or_else(|| keep::missing("property", &name))?;
    for deed in deeds {
        if !held.public_access.contains(&deed) {
            held.public_access.push(deed);
        }
    }
    held.public_access.sort_unstable();
    call.commit(edit, Vec::new(), vec![keep::put(PROPERTY, key(&namespace, &name), &held)?]).await?;
    Ok(json!({}))
}

/// `list_properties`: those of one client, by name.
///
/// # Errors
/// The refusal; `validation`.
pub(in crate::faces::livechat) async fn list(call: Call) -> Result<Answer, Fault> {
    call.permit("list_properties", Resource { namespace: call.client(), ..Resource::other("property", "") })?;
    let namespace = call.owner_client()?.to_owned();
    let found = of(&call, format!("{namespace}{}", keep::SEPARATOR)).await?;
    let shown: Map<String, Value> =
        found.iter().map(|(namespace, name, definition)| (name.clone(), definition.show(&call, name, namespace))).collect();
    Ok(Value::Object(shown))
}

/// `get_property_configs` (2018): by namespace; `all` for those of all clients, as far as the scopes reach.
///
/// # Errors
/// The refusal.
pub(in crate::faces::livechat) async fn configs(call: Call) -> Result<Answer, Fault> {
    let all = call.fields().flag("all")?.unwrap_or(false);
    let own = call.client().unwrap_or_default().to_owned();
    call.permit("list_properties", if all { owned("") } else { owned(&own) })?;
    let mut shown: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for (namespace, name, definition) in of(&call, String::new()).await? {
        if (all || namespace == own) && call.may("list_properties", owned(&namespace))? {
            let value = definition.show(&call, &name, &namespace);
            shown.entry(namespace).or_default().insert(name, value);
        }
    }
    Ok(json!(shown))
}

async fn of(call: &Call, prefix: String) -> Result<Vec<(String, String, Definition)>, Fault> {
    let found: Vec<(String, Definition)> = keep::all(call, PROPERTY, prefix).await?;
    let split = |(id, definition): (String, Definition)| {
        let (namespace, name) = id.split_once(keep::SEPARATOR)?;
        Some((namespace.to_owned(), name.to_owned(), definition))
    };
    Ok(found.into_iter().filter_map(split).collect())
}

/// Namespace and name of those that the caller's client may not read: other clients', not published for reading.
///
/// # Errors
/// When the store fails.
pub(in crate::faces::livechat) async fn private_to_others(call: &Call) -> Result<Vec<(String, String)>, Fault> {
    let found = of(call, String::new()).await?;
    let is_private = |namespace: &str, definition: &Definition| {
        call.client() != Some(namespace) && !definition.public_access.iter().any(|deed| deed == "read")
    };
    let private = found.into_iter().filter(|(namespace, _, definition)| is_private(namespace, definition));
    Ok(private.map(|(namespace, name, _)| (namespace, name)).collect())
}
