//! `GET /users`: users by a filter.

use std::collections::BTreeMap;

use hallpass::{Resource, User};
use hallpass_store::kind;
use serde_json::{Value, json};

use super::super::call::{Answer, Call};
use super::super::documents::{self, UserDocument};
use super::super::error::StreamError;
use super::super::filter::{Filter, Row};
use super::super::sort::{Page, Sort};
use super::render::{render_full, row};

/// Most users in an answer; Stream's limit.
const LIMIT: u64 = 100;
/// Users in an answer to a request that does not say.
const DEFAULT: u64 = 30;
/// Users read from the store at a time.
const PAGE: usize = 1000;

/// `GET /users?payload=…`
pub(in super::super) async fn query(call: Call) -> Result<Answer, StreamError> {
    let request = call.query.payload()?;
    let conditions = request.value("filter_conditions").cloned().unwrap_or_else(|| json!({}));
    let filter = Filter::read("filter_conditions", &conditions)?;
    let bounds = bounds(&request)?;
    let filter = Filter::All(vec![filter, Filter::read("id", &bounds)?, team_filter(&call, &conditions)?]);
    let sort = Sort::read(&request, &[("created_at", true), ("id", false)])?;
    let page = Page::read(&request, DEFAULT, LIMIT)?;
    let deactivated = request.flag("include_deactivated_users")?.unwrap_or(false);

    // Whether one may query at all shows on oneself, who is always in one's own teams; whom one sees is asked one by one below.
    let own_id = call.caller.user().unwrap_or_default();
    if let Err(refusal) = call.permit("SearchUser", Resource::user(own_id)) {
        // What would help is to see others, not oneself.
        return Err(call.permit("SearchUser", Resource::app()).err().unwrap_or(refusal));
    }
    let mut rows: Vec<(Row, (User, Option<UserDocument>))> = Vec::new();
    let mut accept = |users: Vec<User>, mut documents: BTreeMap<String, UserDocument>| {
        for user in users {
            if user.deleted || (user.deactivated && !deactivated) {
                continue;
            }
            let document = documents.remove(&user.id);
            let row = row(&call, &user, document.as_ref());
            if filter.accepts(&row) && call.may("SearchUser", Resource::user(&user.id)) {
                rows.push((row, (user, document)));
            }
        }
    };
    match filter.pinned("id") {
        Some(ids) => {
            let engine = call.tenant.engine();
            let mut ids = ids;
            ids.sort_unstable();
            ids.dedup();
            let users: Vec<User> = ids.into_iter().filter_map(|id| engine.user(id)).collect();
            let documents = documents::users(&call.tenant, users.iter().map(|user| user.id.clone()).collect()).await?;
            accept(users, documents);
        }
        None => {
            let mut after: Option<String> = None;
            loop {
                let (users, documents) = read_page(&call, after.take()).await?;
                let Some(last) = users.last() else { break };
                after = Some(last.id.clone());
                accept(users, documents);
            }
        }
    }
    let users: Vec<Value> = page.of(rows, &sort).iter().map(|(user, document)| render_full(&call, user, document.as_ref())).collect();
    Ok(Answer::from_iter([("users".to_owned(), Value::Array(users))]))
}

async fn read_page(call: &Call, after: Option<String>) -> Result<(Vec<User>, BTreeMap<String, UserDocument>), StreamError> {
    let read = call.tenant.read(move |store, app| {
        let users = store.users(app, after.as_deref(), PAGE)?;
        let ids: Vec<&str> = users.iter().map(|user| user.id.as_str()).collect();
        let documents = store.documents(app, kind::USER, &ids)?;
        Ok((users, documents))
    });
    let (users, documents) = read.await.map_err(StreamError::internal)?;
    let documents = documents.into_iter().map(|(id, body)| Ok((id, serde_json::from_value(body).map_err(StreamError::internal)?)));
    Ok((users, documents.collect::<Result<_, StreamError>>()?))
}

/// `id_gt` and its kin, by which old SDKs turn pages, as a filter.
fn bounds(request: &super::super::fields::Fields) -> Result<Value, StreamError> {
    let mut tests = serde_json::Map::new();
    for (name, operator) in [("id_gt", "$gt"), ("id_gte", "$gte"), ("id_lt", "$lt"), ("id_lte", "$lte")] {
        if let Some(id) = request.text(name)?.filter(|id| !id.is_empty()) {
            tests.insert(operator.to_owned(), Value::from(id));
        }
    }
    Ok(json!({ "id": tests }))
}

/// Where teams count and a user's filter does not mention them, it is about the user's own teams.
fn team_filter(call: &Call, conditions: &Value) -> Result<Filter, StreamError> {
    let engine = call.tenant.engine();
    let own = match call.caller.user().and_then(|id| engine.user(id)) {
        Some(user) if engine.settings().teams && conditions.get("teams").is_none() => user.teams,
        _ => return Ok(Filter::All(Vec::new())),
    };
    if own.is_empty() { Ok(Filter::All(Vec::new())) } else { Filter::read("teams", &json!({"teams": {"$in": own}})) }
}
