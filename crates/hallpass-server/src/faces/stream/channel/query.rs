//! `POST /channels`: channels by a filter.

use std::collections::BTreeSet;

use hallpass::{Channel, ChannelId, Resource};
use hallpass_store::kind;
use serde_json::{Value, json};

use super::super::call::{Answer, Call};
use super::super::documents::{self, ChannelDocument};
use super::super::error::{Code, StreamError};
use super::super::filter::{Filter, Row};
use super::super::live::watch;
use super::super::message::document::activity;
use super::super::message::window::{self, Window};
use super::super::moderation::mute_channel;
use super::super::sort::{Page, Sort};
use super::draft::unwritten;
use super::render::{Shown, Types};
use super::{members, state, visit};

/// Most channels in an answer; Stream's limit.
const LIMIT: u64 = 30;
/// Channels in an answer to a request that does not say.
const DEFAULT: u64 = 10;
/// Most members of each.
const MEMBERS: u64 = 300;
/// Channels and memberships read from the store at a time.
const PAGE: usize = 1000;

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
    let asked = format!("{conditions}{}", call.body.value("sort").unwrap_or(&Value::Null));
    let about = About { members: asked.contains("\"members\""), member_count: asked.contains("\"member_count\"") };

    let mut rows: Vec<(Row, Shown)> = Vec::new();
    for batch in candidates(&call, &filter).await?.chunks(PAGE) {
        let ids: Vec<String> = batch.iter().map(|channel| channel.id.as_str().to_owned()).collect();
        let activity = activity(&call, Vec::clone(&ids)).await?;
        let mut documents = documents::several::<ChannelDocument>(&call.tenant, kind::CHANNEL, ids).await?;
        for channel in batch {
            let mut document = documents.remove(channel.id.as_str()).unwrap_or_else(|| unwritten(&call));
            document.last_message_at = activity.get(channel.id.as_str()).map(|activity| activity.at);
            let (row, shown) = row(&call, channel.clone(), document, &filter, about, acting.as_deref()).await?;
            if filter.accepts(&row) {
                rows.push((row, shown));
            }
        }
    }
    let found = page.of(rows, &sort);
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
    let asked = conditions.to_string();
    let about = About { members: asked.contains("\"members\""), member_count: asked.contains("\"member_count\"") };
    let mut found = Vec::new();
    for batch in candidates(call, &filter).await?.chunks(PAGE) {
        let ids = batch.iter().map(|channel| channel.id.as_str().to_owned()).collect();
        let mut documents = documents::several::<ChannelDocument>(&call.tenant, kind::CHANNEL, ids).await?;
        for channel in batch {
            let document = documents.remove(channel.id.as_str()).unwrap_or_else(|| unwritten(call));
            let (row, shown) = row(call, channel.clone(), document, &filter, about, acting).await?;
            if filter.accepts(&row) {
                found.push(shown.fact);
            }
        }
    }
    Ok(found)
}

/// What a filter or sort looks at that has to be read for each channel.
#[derive(Clone, Copy)]
struct About {
    members: bool,
    member_count: bool,
}

/// A channel as the filter sees it.
async fn row(
    call: &Call,
    fact: Channel,
    document: ChannelDocument,
    filter: &Filter,
    about: About,
    acting: Option<&str>,
) -> Result<(Row, Shown), StreamError> {
    let member_count = if about.member_count { state::member_count(call, &fact.id).await? } else { 0 };
    let named = if about.members { members_of(call, &fact.id, filter).await? } else { Vec::new() };
    let shown = Shown { fact, document, member_count };
    let mut row = joined(call, shown.row(named), &shown.fact.id, acting);
    if let Some(user) = acting {
        row.insert("hidden".to_owned(), json!(visit::is_hidden(call, user, &shown.fact.id).await?));
    }
    Ok((row, shown))
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

/// The channels that can fit at all, by what the filter pins down; deleted ones never do.
async fn candidates(call: &Call, filter: &Filter) -> Result<Vec<Channel>, StreamError> {
    let engine = call.tenant.engine();
    let by_ids = |ids: BTreeSet<ChannelId>| -> Vec<Channel> {
        ids.iter().filter_map(|id| engine.channel(id.as_str())).filter(|channel| !channel.deleted).collect()
    };
    if let Some(cids) = filter.pinned("cid") {
        return Ok(by_ids(cids.into_iter().filter_map(|cid| cid.parse().ok()).collect()));
    }
    let types = filter.pinned("type");
    if let (Some(types), Some(ids)) = (&types, filter.pinned("id")) {
        let pairs = types.iter().flat_map(|of| ids.iter().filter_map(|id| ChannelId::new(of, id).ok()));
        return Ok(by_ids(pairs.collect()));
    }
    if let Some(users) = filter.pinned("members") {
        let mut ids = BTreeSet::new();
        for user in users {
            ids.extend(channels_of(call, user).await?);
        }
        return Ok(by_ids(ids));
    }
    let mut found = Vec::new();
    let types = types.map_or_else(|| vec![None], |types| types.into_iter().map(|name| Some(name.to_owned())).collect());
    for channel_type in types {
        let mut after: Option<ChannelId> = None;
        loop {
            let (of, from) = (channel_type.clone(), after.take());
            let read = call.tenant.read(move |store, app| store.channels(app, of.as_deref(), from.as_ref(), PAGE));
            let page = read.await.map_err(StreamError::internal)?;
            let Some(last) = page.last() else { break };
            after = Some(last.id.clone());
            found.extend(page.into_iter().filter(|channel| !channel.deleted));
        }
    }
    Ok(found)
}

async fn channels_of(call: &Call, user: &str) -> Result<Vec<ChannelId>, StreamError> {
    let (mut ids, mut after) = (Vec::new(), None::<ChannelId>);
    loop {
        let (user, from) = (user.to_owned(), after.take());
        let read = call.tenant.read(move |store, app| store.memberships(app, &user, from.as_ref(), PAGE));
        let page = read.await.map_err(StreamError::internal)?;
        let Some(last) = page.last() else { return Ok(ids) };
        after = Some(last.channel.clone());
        ids.extend(page.into_iter().map(|member| member.channel));
    }
}

/// The members that a filter can ask about: a page of them, and those that it names.
async fn members_of(call: &Call, id: &ChannelId, filter: &Filter) -> Result<Vec<String>, StreamError> {
    let engine = call.tenant.engine();
    let of = id.clone();
    let read = call.tenant.read(move |store, app| store.members(app, &of, None, PAGE));
    let mut ids: BTreeSet<String> = read.await.map_err(StreamError::internal)?.into_iter().map(|member| member.user).collect();
    let named = filter.pinned("members").unwrap_or_default();
    ids.extend(named.into_iter().filter(|user| engine.member(id.as_str(), user).is_some()).map(str::to_owned));
    Ok(ids.into_iter().collect())
}

/// Adds what filters may say about the acting user's own membership.
fn joined(call: &Call, mut row: Row, id: &ChannelId, acting: Option<&str>) -> Row {
    let member = acting.and_then(|user| call.tenant.engine().member(id.as_str(), user));
    row.insert("joined".to_owned(), json!(member.as_ref().is_some_and(|member| !member.invited)));
    let invite = match &member {
        Some(member) if member.invited => json!("pending"),
        Some(_) => json!("accepted"),
        None => Value::Null,
    };
    row.insert("invite".to_owned(), invite);
    let muted = acting.is_some_and(|user| mute_channel::muted(call, user, id).is_some());
    row.insert("muted".to_owned(), json!(muted));
    row
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
