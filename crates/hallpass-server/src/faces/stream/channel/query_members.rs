//! `GET /members`: the members of one channel, by a filter.

use std::collections::BTreeSet;

use hallpass::{ChannelId, Member, Resource};
use hallpass_store::Store;
use serde_json::json;

use super::super::call::{Answer, Call};
use super::super::documents;
use super::super::error::StreamError;
use super::super::filter::Filter;
use super::super::sort::{Best, Page, Sort};
use super::super::user::render::Users;
use super::member::Membership;
use super::{live, members, open};
use crate::limits::SCAN_ROWS;
use crate::scan::{Scan, Turn};

/// Most members in an answer; Stream's limit.
const LIMIT: u64 = 300;
/// Members in an answer to a request that does not say.
const DEFAULT: u64 = 100;

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
    let asks = |field| filter.asks(field) || sort.asks(field);
    let asked = Asked {
        call: &call,
        filter: &filter,
        facts_decide: FACTS.iter().any(|field| filter.asks(field)),
        names: asks("name") || asks("user"),
    };
    let mut best = Best::new(page, &sort);
    if let Some(users) = filter.within("user_id").or_else(|| filter.within("id")) {
        let engine = call.tenant.engine();
        for step in users.into_iter().collect::<Vec<_>>().chunks(SCAN_ROWS) {
            asked.about(&id, step.iter().filter_map(|user| engine.member(id.as_str(), user)).collect(), &mut best).await?;
            tokio::task::yield_now().await;
        }
    } else {
        let (of, above) = (id.clone(), filter.above("user_id").or_else(|| filter.above("id")).map(str::to_owned));
        let read = move |store: &dyn Store, app: &str, after: Option<&Member>, limit: usize| {
            store.members(app, &of, after.map(|member| member.user.as_str()).or(above.as_deref()), limit)
        };
        let (mut turn, mut scan) = (Turn::of_scan(&call.tenant), Scan::new(read));
        while let Some(step) = scan.step(&mut turn).await.map_err(StreamError::internal)? {
            asked.about(&id, step, &mut best).await?;
            if (sort.ascends_by("user_id") || sort.ascends_by("id")) && best.is_full() {
                break;
            }
        }
    }
    let found = members::in_shadow(&call, &id, best.into_page()).await?;
    let users = Users::of(&call, found.iter().map(|member| member.fact.user.clone())).await?;
    Ok(Answer::from_iter([("members".to_owned(), members::render(&call, &found, &users))]))
}

/// Fields that facts decide, whatever custom fields a member has.
const FACTS: &[&str] = &["id", "user_id", "cid", "channel_role", "is_moderator", "joined", "banned"];

/// What members are asked for.
struct Asked<'a> {
    call: &'a Call,
    filter: &'a Filter,
    /// Facts alone may tell that somebody does not fit.
    facts_decide: bool,
    /// Names of users decide.
    names: bool,
}

impl Asked<'_> {
    /// Adds those of some members who fit. Documents are read only of those who may fit.
    async fn about(&self, channel: &ChannelId, facts: Vec<Member>, best: &mut Best<'_, Membership>) -> Result<(), StreamError> {
        let may_fit = |fact: &Member| {
            let row = Membership::of(self.call, fact.clone(), None).row(self.call, None);
            self.filter.verdict(&row, &|field| FACTS.contains(&field)) != Some(false)
        };
        let found =
            members::of_facts(self.call, channel, facts.into_iter().filter(|fact| !self.facts_decide || may_fit(fact)).collect()).await?;
        let users = if self.names { found.iter().map(|member| member.fact.user.clone()).collect() } else { Vec::new() };
        let users = documents::users(&self.call.tenant, users).await?;
        for member in found {
            let row = member.row(self.call, users.get(&member.fact.user).and_then(|user| user.name.as_deref()));
            if self.filter.accepts(&row) {
                best.push(row, member);
            }
        }
        Ok(())
    }
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
