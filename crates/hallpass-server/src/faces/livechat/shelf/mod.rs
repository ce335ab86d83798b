//! Things that are kept and shown, and that nothing else here reads: greetings, canned responses, allowed domains, translations, company details.
//! Each operation is gated like any other; what the things mean is up to those who show them to customers.

pub(in crate::faces::livechat) mod canned_response;
pub(in crate::faces::livechat) mod company;
pub(in crate::faces::livechat) mod domain;
pub(in crate::faces::livechat) mod greeting;
pub(in crate::faces::livechat) mod translation;

use hallpass_store::DocumentWrite;
use serde_json::{Map, Value, json};

use super::call::Call;
use super::fault::Fault;
use super::fields::Fields;
use super::keep;
use super::page::Page;

/// Numbers things of a kind.
pub(in crate::faces::livechat::shelf) async fn number(call: &Call, kind: &'static str) -> Result<(u64, DocumentWrite), Fault> {
    let id = keep::find::<u64>(call, "counter", kind).await?.unwrap_or(0) + 1;
    Ok((id, keep::put("counter", kind, &id)?))
}

pub(in crate::faces::livechat::shelf) fn key(id: u64) -> String {
    format!("{id:012}")
}

pub(in crate::faces::livechat::shelf) async fn thing(
    call: &Call,
    kind: &'static str,
    id: u64,
    name: &str,
) -> Result<Map<String, Value>, Fault> {
    keep::find(call, kind, &key(id)).await?.ok_or_else(|| keep::missing(name, &id.to_string()))
}

pub(in crate::faces::livechat::shelf) fn id_of(body: &Fields) -> Result<u64, Fault> {
    body.number("id", 1..=u64::MAX)?.ok_or_else(|| body.missing("id"))
}

/// Takes over fields as they were given.
pub(in crate::faces::livechat::shelf) fn take(held: &mut Map<String, Value>, body: &Fields, names: &[&str]) {
    for name in names {
        if let Some(value) = body.value(name) {
            held.insert((*name).to_owned(), value.clone());
        }
    }
}

/// One page of things by id.
pub(in crate::faces::livechat::shelf) fn paged(name: &str, page: &Page, all: Vec<(String, Map<String, Value>)>) -> Value {
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
