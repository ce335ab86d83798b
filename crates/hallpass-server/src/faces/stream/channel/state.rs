//! The state of a channel, as get-or-create, get and query answer it.

use hallpass::{Channel, ChannelId, Resource};
use serde_json::{Map, Value, json};

use super::super::call::{Answer, Call};
use super::super::error::StreamError;
use super::super::live::watch;
use super::super::message::document::activity;
use super::super::message::pinned;
use super::super::message::render::Scene;
use super::super::message::sight::Sight;
use super::super::message::window::{self, Window};
use super::super::user::render::Users;
use super::draft::document_of;
use super::member::Membership;
use super::members;
use super::render::{Shown, Types};
use super::visit;

/// Reads what an answer shows of a channel.
pub(super) async fn shown(call: &Call, fact: Channel) -> Result<Shown, StreamError> {
    let mut document = document_of(call, &fact.id).await?;
    let cid = fact.id.to_string();
    document.last_message_at = activity(call, vec![cid.clone()]).await?.get(&cid).map(|activity| activity.at);
    let member_count = member_count(call, &fact.id).await?;
    Ok(Shown { fact, document, member_count })
}

/// How many members a channel has, invited ones included.
pub(super) async fn member_count(call: &Call, id: &ChannelId) -> Result<u64, StreamError> {
    let id = id.clone();
    call.tenant.read(move |store, app| store.member_count(app, &id)).await.map_err(StreamError::internal)
}

/// The whole state of a channel: the channel, some of its members and messages, and the lists of what Hallpass does not keep.
pub(super) async fn render(
    call: &Call,
    shown: &Shown,
    types: &Types,
    acting: Option<&str>,
    member_limit: usize,
    window: &Window,
) -> Result<Map<String, Value>, StreamError> {
    let id = &shown.fact.id;
    let members = members::page(call, id, None, member_limit).await?;
    let own = match acting {
        Some(user) => members::some(call, id, &[user.to_owned()]).await?.pop(),
        None => None,
    };
    let users = users_of(call, &shown.fact, members.iter().chain(&own)).await?;
    let (messages, pinned) = messages(call, id, acting, window).await?;
    let may_read = call.may("ReadChannel", Resource::channel(id.as_str()));
    let read = match may_read && types.is_on(&shown.fact, "read_events") {
        true => visit::read_state(call, id, &members, &users).await?,
        false => json!([]),
    };
    let (watchers, watcher_count) = if may_read { watch::watchers(call, id).await? } else { (json!([]), json!(0)) };
    let mut state = Map::from_iter([
        ("channel".to_owned(), visited(call, shown.render(call, types, &users, acting), id, acting).await?),
        ("members".to_owned(), members::render(call, &members, &users)),
        ("messages".to_owned(), messages),
        ("pinned_messages".to_owned(), pinned),
        ("threads".to_owned(), json!([])),
        ("pending_messages".to_owned(), json!([])),
        ("read".to_owned(), read),
        ("watchers".to_owned(), watchers),
        ("watcher_count".to_owned(), watcher_count),
    ]);
    if let Some(own) = own {
        state.insert("membership".to_owned(), own.render(call, &users));
    }
    Ok(state)
}

/// Messages and pinned messages, as far as the caller sees them. A disabled channel is listed to some who may not read it.
async fn messages(call: &Call, id: &ChannelId, acting: Option<&str>, window: &Window) -> Result<(Value, Value), StreamError> {
    if !call.may("ReadChannel", Resource::channel(id.as_str())) {
        return Ok((json!([]), json!([])));
    }
    let sight = Sight::of(call, id.as_str(), acting);
    let mut messages = window.of(call, window::MESSAGES, id.as_str(), &sight).await?;
    if let Some(user) = acting {
        let cleared = visit::one(call, user, id).await?.cleared_at;
        messages.retain(|message| cleared.is_none_or(|cleared| message.created_at > cleared));
    }
    let pinned = pinned::shown(call, id, &sight).await?;
    let scene = Scene::of(call, &messages.iter().chain(&pinned).collect::<Vec<_>>(), acting).await?;
    Ok((scene.render_all(call, &messages), scene.render_all(call, &pinned)))
}

/// A channel with what the acting user made of it: whether they hid it, and cleared it.
async fn visited(call: &Call, mut channel: Value, id: &ChannelId, acting: Option<&str>) -> Result<Value, StreamError> {
    if let (Some(user), Value::Object(object)) = (acting, &mut channel) {
        let visit = visit::one(call, user, id).await?;
        object.insert("hidden".to_owned(), json!(visit.hides(call, id).await?));
        object.extend(visit.cleared_at.map(|at| ("hide_messages_before".to_owned(), call.dialect.time(at))));
    }
    Ok(channel)
}

/// The answer to updates: the channel, and its members, those first that the request changed.
pub(super) async fn updated(call: &Call, id: &ChannelId, changed: &[String], acting: Option<&str>) -> Result<Answer, StreamError> {
    let fact = call.tenant.engine().channel(id.as_str()).ok_or_else(|| super::missing(id))?;
    let shown = shown(call, fact).await?;
    let members = members::shown(call, id, changed, members::SHOWN).await?;
    let users = users_of(call, &shown.fact, &members).await?;
    Ok(Answer::from_iter([
        ("channel".to_owned(), shown.render(call, &Types::of(call).await?, &users, acting)),
        ("members".to_owned(), members::render(call, &members, &users)),
    ]))
}

async fn users_of<'a>(call: &Call, channel: &Channel, members: impl IntoIterator<Item = &'a Membership>) -> Result<Users, StreamError> {
    let mut ids: Vec<String> = members.into_iter().map(|member| member.fact.user.clone()).chain(channel.owner.clone()).collect();
    ids.sort();
    ids.dedup();
    Users::of(call, ids).await
}
