//! Customers: those who write in. They are no subjects of the engine: authority as a customer is being that customer.

use std::collections::BTreeSet;

use hallpass::{Resource, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::call::{Answer, Call};
use super::chat::order::CUSTOMERS;
use super::chat::render::is_of_2018;
use super::fault::Fault;
use super::fields::Fields;
use super::page::Page;
use super::webhook::{Occurrence, tell};
use super::{keep, moment};
use crate::lock::Footprint;

/// Kind of customers.
pub(super) const CUSTOMER: &str = "customer";
/// Longest ban: a hundred years, beyond which times cannot be written any more.
const BAN_DAYS: u64 = 36_500;
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// A customer.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct CustomerDocument {
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) avatar: Option<String>,
    /// Names and values, in order.
    pub(super) session_fields: Vec<Map<String, Value>>,
    pub(super) created_at: Timestamp,
    pub(super) banned_until: Option<Timestamp>,
    pub(super) banned_by: Option<String>,
    pub(super) followers: BTreeSet<String>,
}

impl CustomerDocument {
    /// Whether a ban stands.
    pub(super) fn is_banned(&self, now: Timestamp) -> bool {
        self.banned_until.is_some_and(|end| now < end)
    }

    fn read(&mut self, body: &Fields, call: &Call) -> Result<(), Fault> {
        for (name, held) in [("name", &mut self.name), ("email", &mut self.email), ("avatar", &mut self.avatar)] {
            if let Some(text) = body.text(name)? {
                *held = Some(text.to_owned());
            }
        }
        let fields = if is_of_2018(call) { "fields" } else { "session_fields" };
        match body.value(fields) {
            None => {}
            Some(Value::Object(object)) if is_of_2018(call) => {
                self.session_fields = object.iter().map(|(name, value)| Map::from_iter([(name.clone(), value.clone())])).collect();
            }
            Some(_) => {
                let mut read = Vec::new();
                for one in body.objects(fields)?.unwrap_or_default() {
                    if one.raw().len() != 1 || !one.raw().values().all(Value::is_string) {
                        return Err(body.refuse(fields, "a list of objects with one name and one text each"));
                    }
                    read.push(one.raw().clone());
                }
                self.session_fields = read;
            }
        }
        Ok(())
    }
}

/// A customer, as shown.
pub(super) fn show(call: &Call, id: &str, customer: &CustomerDocument) -> Map<String, Value> {
    let mut shown = Map::from_iter([("id".to_owned(), json!(id)), ("type".to_owned(), json!("customer"))]);
    for (name, value) in [("name", &customer.name), ("email", &customer.email), ("avatar", &customer.avatar)] {
        if let Some(value) = value {
            shown.insert(name.to_owned(), json!(value));
        }
    }
    shown.insert("banned".to_owned(), json!(customer.is_banned(call.now)));
    if is_of_2018(call) {
        let fields: Map<String, Value> =
            customer.session_fields.iter().flatten().map(|(name, value)| (name.clone(), value.clone())).collect();
        shown.insert("fields".to_owned(), Value::Object(fields));
    } else {
        shown.insert("session_fields".to_owned(), json!(customer.session_fields));
        shown.insert("created_at".to_owned(), json!(moment::text(customer.created_at)));
        shown.insert("email_verified".to_owned(), json!(false));
        shown.insert("followed".to_owned(), json!(customer.followers.contains(&call.account)));
    }
    shown
}

fn asked(id: &str) -> Resource<'_> {
    Resource::other("customer", id)
}

async fn find(call: &Call, id: &str) -> Result<CustomerDocument, Fault> {
    keep::find(call, CUSTOMER, id).await?.ok_or_else(|| keep::missing("customer", id))
}

/// `create_customer`.
///
/// # Errors
/// The refusal; `validation`.
pub(super) async fn create(call: Call) -> Result<Answer, Fault> {
    call.permit("create_customer", asked(""))?;
    let mut customer = CustomerDocument { created_at: call.now, ..CustomerDocument::default() };
    customer.read(&call.fields(), &call)?;
    let id = uuid::Uuid::new_v4().to_string();
    let edit = call.edit(Footprint::facts().entity(CUSTOMER, id.clone())).await?;
    let mut documents = vec![keep::put(CUSTOMER, id.clone(), &customer)?];
    documents.extend(CUSTOMERS.put(call.now, &id));
    call.commit(edit, Vec::new(), documents).await?;
    tell(&call, Occurrence::of("incoming_customer", json!({"customer": show(&call, &id, &customer)}))).await;
    if is_of_2018(&call) { Ok(json!({"customer": show(&call, &id, &customer)})) } else { Ok(json!({"customer_id": id})) }
}

/// `get_customer`.
///
/// # Errors
/// The refusal; `not_found`.
pub(super) async fn get(call: Call) -> Result<Answer, Fault> {
    let body = call.fields();
    let id = body.required_text("id")?;
    call.permit("get_customer", asked(id))?;
    let customer = find(&call, id).await?;
    Ok(Value::Object(show(&call, id, &customer)))
}

/// `list_customers`.
///
/// # Errors
/// The refusal; `validation`.
pub(super) async fn list(call: Call) -> Result<Answer, Fault> {
    let page = Page::read(&call.fields(), 10)?;
    call.permit("list_customers", asked(""))?;
    let filters = page.request.object_or_empty("filters")?;
    let mut wanted: Vec<(&str, Vec<String>)> = Vec::new();
    for name in filters.raw().keys() {
        let known = ["customer_id", "name", "email"].into_iter().find(|known| known == name);
        let known =
            known.ok_or_else(|| Fault::validation(format!("filters.{name}: is not served; expected some of customer_id, name, email")))?;
        let values = filters.required_object(name)?;
        wanted.push((known, values.texts("values")?.ok_or_else(|| values.missing("values"))?));
    }
    let is_wanted = |id: &str, customer: &CustomerDocument| {
        wanted.iter().all(|(name, values)| {
            let value = match *name {
                "customer_id" => Some(id),
                "name" => customer.name.as_deref(),
                _ => customer.email.as_deref(),
            };
            value.is_some_and(|value| values.iter().any(|wanted| wanted == value))
        })
    };
    let (mut rows, mut total, mut next, mut last) = (Vec::new(), 0_usize, None, None);
    let mut after = page.after.clone();
    loop {
        let places = CUSTOMERS.after(&call, page.newest_first, after.clone()).await?;
        let Some((end, _)) = places.last() else { break };
        after = Some(end.clone());
        let ids = places.iter().map(|(_, id)| id.clone()).collect();
        let found: Vec<(String, CustomerDocument)> = keep::several(&call, CUSTOMER, ids).await?;
        for ((id, customer), (place, _)) in found.iter().zip(&places) {
            if !is_wanted(id, customer) {
                continue;
            }
            total += 1;
            if rows.len() < page.limit {
                rows.push(Value::Object(show(&call, id, customer)));
                last = Some(place.clone());
            } else if next.is_none() {
                next = last.as_deref().map(|place| page.next(place));
            }
        }
    }
    let mut answer = Map::from_iter([("customers".to_owned(), json!(rows)), ("total_customers".to_owned(), json!(total))]);
    if let Some(next) = next {
        answer.insert("next_page_id".to_owned(), json!(next));
    }
    Ok(Value::Object(answer))
}

/// `update_customer`.
///
/// # Errors
/// The refusal; `not_found`; `validation`.
pub(super) async fn update(call: Call) -> Result<Answer, Fault> {
    let body = call.fields();
    let id = body.required_text("id")?.to_owned();
    call.permit("update_customer", asked(&id))?;
    let edit = call.edit(Footprint::facts().entity(CUSTOMER, id.clone())).await?;
    let mut customer = find(&call, &id).await?;
    let before = customer.session_fields.clone();
    customer.read(&body, &call)?;
    call.commit(edit, Vec::new(), vec![keep::put(CUSTOMER, id.clone(), &customer)?]).await?;
    if customer.session_fields != before {
        let told = json!({"id": id, "session_fields": customer.session_fields});
        tell(&call, Occurrence::of("customer_session_fields_updated", told)).await;
    }
    Ok(json!({}))
}

/// `ban_customer`. In the Agent Chat API by `customers.ban`, in the Configuration API (v3.7) by `banlist_write`.
///
/// # Errors
/// The refusal; `not_found`; `validation`.
pub(super) async fn ban(call: Call) -> Result<Answer, Fault> {
    set_ban(call, "ban_customer", "id").await
}

/// `ban_customer` of the Configuration API.
///
/// # Errors
/// Those of [`ban`].
pub(super) async fn ban_by_list(call: Call) -> Result<Answer, Fault> {
    let field = if call.fields().value("customer_id").is_some() { "customer_id" } else { "id" };
    set_ban(call, "configuration/ban_customer", field).await
}

async fn set_ban(call: Call, action: &'static str, field: &str) -> Result<Answer, Fault> {
    let body = call.fields();
    let id = body.required_text(field)?.to_owned();
    call.permit(action, asked(&id))?;
    let ban = body.object_or_empty("ban")?;
    let days = match ban.number("days", 1..=BAN_DAYS)? {
        Some(days) => days,
        None => body.number("days", 1..=BAN_DAYS)?.ok_or_else(|| ban.missing("days"))?,
    };
    let edit = call.edit(Footprint::facts().entity(CUSTOMER, id.clone())).await?;
    let mut customer = find(&call, &id).await?;
    customer.banned_until = Some(Timestamp::from_ms(call.now.as_ms() + days * DAY_MS));
    customer.banned_by = Some(call.account.clone());
    call.commit(edit, Vec::new(), vec![keep::put(CUSTOMER, id, &customer)?]).await?;
    Ok(json!({}))
}

/// `unban_customer`.
///
/// # Errors
/// The refusal; `not_found`; `validation` for `ip`: customers are known by their id only.
pub(super) async fn unban(call: Call) -> Result<Answer, Fault> {
    let body = call.fields();
    if body.value("ip").is_some() {
        call.permit("unban_customer", asked(""))?;
        return Err(Fault::validation("ip: customers are banned by customer_id here, not by address"));
    }
    let id = body.required_text("customer_id")?.to_owned();
    call.permit("unban_customer", asked(&id))?;
    let edit = call.edit(Footprint::facts().entity(CUSTOMER, id.clone())).await?;
    let mut customer = find(&call, &id).await?;
    if !customer.is_banned(call.now) {
        return Err(keep::missing("ban of customer", &id));
    }
    (customer.banned_until, customer.banned_by) = (None, None);
    call.commit(edit, Vec::new(), vec![keep::put(CUSTOMER, id, &customer)?]).await?;
    Ok(json!({}))
}

/// `list_customer_bans`.
///
/// # Errors
/// The refusal.
pub(super) async fn bans(call: Call) -> Result<Answer, Fault> {
    call.permit("list_customer_bans", asked(""))?;
    let all: Vec<(String, CustomerDocument)> = keep::all(&call, CUSTOMER, String::new()).await?;
    let banned = all.into_iter().filter(|(_, customer)| customer.is_banned(call.now));
    let shown = banned.map(|(id, customer)| {
        json!({
            "customer_id": id, "customer_name": customer.name, "banned_by": customer.banned_by,
            "expires_at": customer.banned_until.map(moment::text),
        })
    });
    Ok(shown.collect())
}

/// `follow_customer`, `unfollow_customer`.
///
/// # Errors
/// The refusal; `not_found`.
pub(super) async fn follow(call: Call) -> Result<Answer, Fault> {
    set_follow(call, "follow_customer", true).await
}

/// `unfollow_customer`.
///
/// # Errors
/// `not_found`.
pub(super) async fn unfollow(call: Call) -> Result<Answer, Fault> {
    set_follow(call, "unfollow_customer", false).await
}

async fn set_follow(call: Call, action: &'static str, follows: bool) -> Result<Answer, Fault> {
    let id = call.fields().required_text("id")?.to_owned();
    call.permit(action, asked(&id))?;
    let edit = call.edit(Footprint::facts().entity(CUSTOMER, id.clone())).await?;
    let mut customer = find(&call, &id).await?;
    let changed = if follows { customer.followers.insert(call.account.clone()) } else { customer.followers.remove(&call.account) };
    if changed {
        call.commit(edit, Vec::new(), vec![keep::put(CUSTOMER, id, &customer)?]).await?;
    }
    Ok(json!({}))
}
