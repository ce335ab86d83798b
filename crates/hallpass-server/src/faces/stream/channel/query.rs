//! `POST /channels`: channels by a filter.

use hallpass::{Channel, Resource};
use serde_json::{Value, json};

use super::super::call::{Answer, Call};
use super::super::error::{Code, StreamError};
use super::super::filter::Filter;
use super::super::live::watch;
use super::super::message::window::{self, Window};
use super::super::sort::{Best, Page, Sort};
use super::candidates::Candidates;
use super::fitting::Fitting;
use super::render::{Shown, Types};
use super::{members, state};

/// Most channels in an answer; Stream's limit.
const LIMIT: u64 = 30;
/// Channels in an answer to a request that does not say.
const DEFAULT: u64 = 10;
/// Most members of each.
const MEMBERS: u64 = 300;

/// `POST /channels`
pub(in super::super) async fn query(call: Call) -> Result<Answer, StreamError> {
    let acting = call.acting_user()?;
    let conditions = call.body.value("filter_conditions").cloned().unwrap_or_else(|| json!({}));
    let mut filters = vec![Filter::read("filter_conditions", &conditions)?, team_filter(&call, &conditions)?];
    if acting.is_some() && conditions.get("hidden").is_none() {
        filters.push(Filter::read("hidden", &json!({"hidden": false}))?);
    }
    let filter = Filter::All(filters);
    let sort = Sort::read(&call.body, &[("last_updated", true), ("cid", false)])?;
    let page = Page::read(&call.body, DEFAULT, LIMIT)?;
    let member_limit = call.body.number("member_limit", 0..=MEMBERS)?.filter(|limit| *limit > 0);
    let member_limit = member_limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(members::SHOWN);
    let mut best = Best::new(page, &sort);
    let fitting = Fitting::new(&call, &filter, Some(&sort), acting.as_deref());
    let mut candidates = Candidates::of(&call, &filter, acting.as_deref());
    while let Some(step) = candidates.step().await? {
        for (row, shown) in fitting.of(step).await? {
            best.push(row, shown);
        }
    }
    // Whoever waits to scan need not wait for the answer to be written.
    drop(candidates);
    let found = best.into_page();
    readable(&call, &found, &filter)?;
    watch::start(&call, &found.iter().map(|shown| shown.fact.id.clone()).collect::<Vec<_>>()).await?;
    let types = Types::of(&call).await?;
    let message_limit = call.body.number("message_limit", 0..=window::LIMIT)?.and_then(|limit| usize::try_from(limit).ok());
    let window = Window::newest(message_limit.unwrap_or(window::DEFAULT));
    let mut channels = Vec::with_capacity(found.len());
    for mut shown in found {
        shown.member_count = state::member_count(&call, &shown.fact.id).await?;
        channels.push(Value::Object(state::render(&call, &shown, &types, acting.as_deref(), member_limit, &window).await?));
    }
    Ok(Answer::from_iter([("channels".to_owned(), Value::Array(channels))]))
}

/// The channels that a filter finds, whether the caller may read them or not.
pub(in super::super) async fn matching(call: &Call, conditions: &Value, acting: Option<&str>) -> Result<Vec<Channel>, StreamError> {
    let filter = Filter::All(vec![Filter::read("filter_conditions", conditions)?, team_filter(call, conditions)?]);
    let fitting = Fitting::new(call, &filter, None, acting);
    let mut candidates = Candidates::of(call, &filter, acting);
    let mut found = Vec::new();
    while let Some(step) = candidates.step().await? {
        found.extend(fitting.of(step).await?.into_iter().map(|(_, shown)| shown.fact));
    }
    Ok(found)
}

/// Whoever queries channels that they may not read gets none at all, as at Stream: a filter has to ask for the right ones.
fn readable(call: &Call, found: &[Shown], filter: &Filter) -> Result<(), StreamError> {
    let mut refused = Vec::new();
    for Shown { fact, .. } in found {
        if let Err(error) = call.permit_listing("ReadChannel", Resource::channel(fact.id.as_str())) {
            refused.push((fact.id.to_string(), error));
        }
    }
    let Some((_, first)) = refused.first() else { return Ok(()) };
    let mut error = StreamError::new(Code::ChannelsNotReadable, first.message.clone());
    if filter.pinned("cid").is_none() && filter.pinned("id").is_none() {
        // The caller did not know that there are such channels, and is not told which.
        return Err(error.with("reason", first.reason().unwrap_or_default()).with("action", "ReadChannel"));
    }
    error.hallpass.clone_from(&first.hallpass);
    let cids: Vec<Value> = refused.into_iter().map(|(cid, _)| Value::from(cid)).collect();
    Err(error.with("channels", cids))
}

/// Where teams count and a user's filter does not mention them, it is about channels of the user's own teams.
fn team_filter(call: &Call, conditions: &Value) -> Result<Filter, StreamError> {
    let engine = call.tenant.engine();
    let own = match call.caller.user().and_then(|id| engine.user(id)) {
        Some(user) if engine.settings().teams && conditions.get("team").is_none() => user.teams,
        _ => return Ok(Filter::All(Vec::new())),
    };
    let wanted = if own.is_empty() { json!({"team": null}) } else { json!({"team": {"$in": own}}) };
    Filter::read("team", &wanted)
}
