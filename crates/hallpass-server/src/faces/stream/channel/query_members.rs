//! `GET /members`: the members of one channel, by a filter.

use std::collections::{BTreeMap, BTreeSet};

use hallpass::{ChannelId, Resource};
use serde_json::json;

use super::super::call::{Answer, Call};
use super::super::documents;
use super::super::error::StreamError;
use super::super::filter::{Filter, Row};
use super::super::sort::{Page, Sort};
use super::super::user::render::Users;
use super::member::Membership;
use super::{live, members, open};

/// Most members in an answer; Stream's limit.
const LIMIT: u64 = 300;
/// Members in an answer to a request that does not say.
const DEFAULT: u64 = 100;
/// Members read from the store at a time.
const PAGE: usize = 1000;

/// `GET /members?payload=…`
pub(in super::super) async fn query(call: Call) -> Result<Answer, StreamError> {
    let request = call.query.payload()?;
    let channel_type = request.required_text("type")?;
    let channel_id = match request.text("id")?.filter(|id| !id.is_empty()) {
        Some(id) => id.to_owned(),
        None => {
            let members: BTreeSet<String> = members::read(&call, &request, "members")?.into_iter().map(|member| member.user).collect();
            if members.is_empty() {
                return Err(StreamError::field("id", "is required, or members of a channel without an id"));
            }
            open::distinct_id(&members)
        }
    };
    let id = ChannelId::new(channel_type, &channel_id).map_err(|error| StreamError::field("id", error.to_string()))?;
    let conditions = request.value("filter_conditions").cloned().unwrap_or_else(|| json!({}));
    let filter = Filter::All(vec![Filter::read("filter_conditions", &conditions)?, Filter::read("user_id", &bounds(&request)?)?]);
    let sort = Sort::read(&request, &[("created_at", false), ("user_id", false)])?;
    let page = Page::read(&request, DEFAULT, LIMIT)?;

    live(&call, &id)?;
    call.permit("ReadChannelMembers", Resource::channel(id.as_str()))?;
    let pinned = filter.pinned("user_id").or_else(|| filter.pinned("id"));
    let mut rows: Vec<(Row, Membership)> = Vec::new();
    match pinned {
        Some(users) => {
            let users: BTreeSet<String> = users.into_iter().map(str::to_owned).collect();
            let found = members::some(&call, &id, &users.into_iter().collect::<Vec<_>>()).await?;
            accept(&call, &filter, found, &mut rows).await?;
        }
        None => {
            let mut after: Option<String> = None;
            loop {
                let found = members::page(&call, &id, after.take(), PAGE).await?;
                let Some(last) = found.last() else { break };
                after = Some(last.fact.user.clone());
                accept(&call, &filter, found, &mut rows).await?;
            }
        }
    }
    let found = page.of(rows, &sort);
    let users = Users::of(&call, found.iter().map(|member| member.fact.user.clone())).await?;
    Ok(Answer::from_iter([("members".to_owned(), members::render(&call, &found, &users))]))
}

async fn accept(call: &Call, filter: &Filter, found: Vec<Membership>, rows: &mut Vec<(Row, Membership)>) -> Result<(), StreamError> {
    let ids = found.iter().map(|member| member.fact.user.clone()).collect();
    let names: BTreeMap<String, Option<String>> =
        documents::users(&call.tenant, ids).await?.into_iter().map(|(id, document)| (id, document.name)).collect();
    for member in found {
        let name = names.get(&member.fact.user).and_then(Option::as_deref);
        let row = member.row(call, name);
        if filter.accepts(&row) {
            rows.push((row, member));
        }
    }
    Ok(())
}

/// `user_id_gt`, `created_at_after` and their kin, by which old SDKs turn pages, as a filter.
fn bounds(request: &super::super::fields::Fields) -> Result<serde_json::Value, StreamError> {
    let mut by_id = serde_json::Map::new();
    for (name, operator) in [("user_id_gt", "$gt"), ("user_id_gte", "$gte"), ("user_id_lt", "$lt"), ("user_id_lte", "$lte")] {
        if let Some(id) = request.text(name)?.filter(|id| !id.is_empty()) {
            by_id.insert(operator.to_owned(), id.into());
        }
    }
    let mut by_time = serde_json::Map::new();
    for (name, operator) in [
        ("created_at_after", "$gt"),
        ("created_at_after_or_equal", "$gte"),
        ("created_at_before", "$lt"),
        ("created_at_before_or_equal", "$lte"),
    ] {
        if let Some(at) = request.value(name) {
            by_time.insert(operator.to_owned(), at.clone());
        }
    }
    Ok(json!({ "user_id": by_id, "created_at": by_time }))
}
