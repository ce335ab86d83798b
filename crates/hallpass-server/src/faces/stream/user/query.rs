//! `GET /users`: users by a filter.

use hallpass::{Resource, User};
use hallpass_store::Store;
use serde_json::{Value, json};

use super::super::call::{Answer, Call};
use super::super::documents::{self, UserDocument};
use super::super::error::StreamError;
use super::super::filter::Filter;
use super::super::sort::{Best, Page, Sort};
use super::render::{render_full, row};
use crate::limits::SCAN_ROWS;
use crate::scan::{Scan, Turn};

/// Most users in an answer; Stream's limit.
const LIMIT: u64 = 100;
/// Users in an answer to a request that does not say.
const DEFAULT: u64 = 30;

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
    let facts_decide = FACTS.iter().any(|field| filter.asks(field));
    let asked = Asked { call: &call, filter: &filter, facts_decide, deactivated };
    let mut best = Best::new(page, &sort);
    if let Some(ids) = filter.within("id") {
        for step in ids.into_iter().collect::<Vec<_>>().chunks(SCAN_ROWS) {
            let users: Vec<User> = step.iter().filter_map(|id| call.tenant.engine().user(id)).collect();
            asked.about(users, &mut best).await?;
            tokio::task::yield_now().await;
        }
    } else {
        let above = filter.above("id").map(str::to_owned);
        let read = move |store: &dyn Store, app: &str, after: Option<&User>, limit: usize| {
            store.users(app, after.map(|user| user.id.as_str()).or(above.as_deref()), limit)
        };
        let (mut turn, mut scan) = (Turn::of_scan(&call.tenant), Scan::new(read));
        while let Some(step) = scan.step(&mut turn).await.map_err(StreamError::internal)? {
            asked.about(step, &mut best).await?;
            if sort.ascends_by("id") && best.is_full() {
                break;
            }
        }
    }
    let users: Vec<Value> = best.into_page().iter().map(|(user, document)| render_full(&call, user, document.as_ref())).collect();
    Ok(Answer::from_iter([("users".to_owned(), Value::Array(users))]))
}

/// Fields that facts decide, whatever custom fields a user has.
const FACTS: &[&str] = &["id", "role", "teams", "banned"];

/// A user, with what is noted about them.
type Found = (User, Option<UserDocument>);

/// What users are asked for.
struct Asked<'a> {
    call: &'a Call,
    filter: &'a Filter,
    /// Facts alone may tell that somebody does not fit.
    facts_decide: bool,
    /// Those who are deactivated, too.
    deactivated: bool,
}

impl Asked<'_> {
    /// Adds those of some users who fit, and whom the caller sees. Documents are read only of those who may fit.
    async fn about(&self, users: Vec<User>, best: &mut Best<'_, Found>) -> Result<(), StreamError> {
        let fits_by_facts = |user: &User| self.filter.verdict(&row(self.call, user, None), &|field| FACTS.contains(&field)) != Some(false);
        let may_fit = |user: &User| {
            let is_there = !user.deleted && (self.deactivated || !user.deactivated);
            is_there && (!self.facts_decide || fits_by_facts(user))
        };
        let users: Vec<User> = users.into_iter().filter(may_fit).collect();
        let mut documents = documents::users(&self.call.tenant, users.iter().map(|user| user.id.clone()).collect()).await?;
        for user in users {
            let document = documents.remove(&user.id);
            let row = row(self.call, &user, document.as_ref());
            if self.filter.accepts(&row) && self.call.may("SearchUser", Resource::user(&user.id)) {
                best.push(row, (user, document));
            }
        }
        Ok(())
    }
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
