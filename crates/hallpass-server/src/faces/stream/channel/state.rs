//! The state of a channel, as get-or-create, get and query answer it.

use hallpass::{Channel, ChannelId};
use serde_json::{Map, Value, json};

use super::super::call::{Answer, Call};
use super::super::error::StreamError;
use super::super::user::render::Users;
use super::draft::document_of;
use super::member::Membership;
use super::members;
use super::render::{Shown, Types};

/// Reads what an answer shows of a channel.
pub(super) async fn shown(call: &Call, fact: Channel) -> Result<Shown, StreamError> {
    let document = document_of(call, &fact.id).await?;
    let member_count = member_count(call, &fact.id).await?;
    Ok(Shown { fact, document, member_count })
}

/// How many members a channel has, invited ones included.
pub(super) async fn member_count(call: &Call, id: &ChannelId) -> Result<u64, StreamError> {
    let id = id.clone();
    call.tenant.read(move |store, app| store.member_count(app, &id)).await.map_err(StreamError::internal)
}

/// The whole state of a channel: the channel, some of its members, and the lists of what Hallpass does not keep.
pub(super) async fn render(
    call: &Call,
    shown: &Shown,
    types: &Types,
    acting: Option<&str>,
    member_limit: usize,
) -> Result<Map<String, Value>, StreamError> {
    let id = &shown.fact.id;
    let members = members::page(call, id, None, member_limit).await?;
    let own = match acting {
        Some(user) => members::some(call, id, &[user.to_owned()]).await?.pop(),
        None => None,
    };
    let users = users_of(call, &shown.fact, members.iter().chain(&own)).await?;
    let mut state = Map::from_iter([
        ("channel".to_owned(), shown.render(call, types, &users, acting)),
        ("members".to_owned(), members::render(call, &members, &users)),
        ("messages".to_owned(), json!([])),
        ("pinned_messages".to_owned(), json!([])),
        ("threads".to_owned(), json!([])),
        ("pending_messages".to_owned(), json!([])),
        ("read".to_owned(), json!([])),
        ("watchers".to_owned(), json!([])),
        ("watcher_count".to_owned(), json!(0)),
    ]);
    if let Some(own) = own {
        state.insert("membership".to_owned(), own.render(call, &users));
    }
    Ok(state)
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
