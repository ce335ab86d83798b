//! The members that a request names, and those of a channel as answers show them.

use std::collections::{BTreeMap, BTreeSet};

use hallpass::{App, ChannelId, Member};
use hallpass_store::{kind, member_document_id};
use serde_json::{Map, Value};

use super::super::call::Call;
use super::super::documents::{self, MemberDocument};
use super::super::error::StreamError;
use super::super::fields::Fields;
use super::super::moderation::ban;
use super::super::user::good_custom;
use super::super::user::render::Users;
use super::member::Membership;

/// Most members in one request; Stream's limit.
pub(super) const BATCH: usize = 100;
/// Members in an answer that does not ask for a number.
pub(super) const SHOWN: usize = 100;

/// A member as a request wants it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wanted {
    pub(super) user: String,
    pub(super) role: Option<String>,
    pub(super) custom: Map<String, Value>,
}

/// Fields of a member that are not custom fields.
pub(super) const KNOWN: &[&str] = &[
    "user_id",
    "user",
    "channel_role",
    "role",
    "is_moderator",
    "banned",
    "ban_expires",
    "shadow_banned",
    "invited",
    "invite_accepted_at",
    "invite_rejected_at",
    "notifications_muted",
    "pinned_at",
    "archived_at",
    "created_at",
    "updated_at",
    "deleted_at",
    "deleted_messages",
    "status",
];

/// Reads a list of members: ids, or objects with `user_id` (or `user.id`), `channel_role` and custom fields. Each counts once.
///
/// # Errors
/// When one is neither, or there are too many.
pub(super) fn read(call: &Call, request: &Fields, name: &str) -> Result<Vec<Wanted>, StreamError> {
    let place = request.path(name);
    let items = request.list(name)?.unwrap_or_default();
    if items.len() > BATCH {
        return Err(StreamError::field(&place, format!("at most {BATCH} members at a time, got {}", items.len())));
    }
    let mut wanted: Vec<Wanted> = Vec::with_capacity(items.len());
    for (at, item) in items.iter().enumerate() {
        let place = format!("{place}[{at}]");
        let one = match item {
            Value::String(id) if !id.is_empty() => Wanted { user: id.clone(), role: None, custom: Map::new() },
            Value::Object(_) => read_one(call, &Fields::of(&place, item.clone())?)?,
            other => return Err(super::super::fields::wrong(&place, "a user id, or an object with user_id", other)),
        };
        if !wanted.iter().any(|before| before.user == one.user) {
            wanted.push(one);
        }
    }
    Ok(wanted)
}

fn read_one(call: &Call, item: &Fields) -> Result<Wanted, StreamError> {
    let user = match (item.text("user_id")?, item.object("user")?) {
        (Some(id), _) if !id.is_empty() => id.to_owned(),
        (_, Some(user)) => user.required_text("id")?.to_owned(),
        _ => return Err(StreamError::field(&item.path("user_id"), "is required")),
    };
    let custom = call.dialect.custom_of(item, KNOWN)?;
    good_custom(&item.path("custom"), &custom)?;
    Ok(Wanted { user, role: item.text("channel_role")?.filter(|role| !role.is_empty()).map(str::to_owned), custom })
}

/// Refuses ids that are nobody's.
///
/// # Errors
/// Naming them all.
pub(in super::super) fn must_exist<'a>(engine: &App, ids: impl IntoIterator<Item = &'a str>) -> Result<(), StreamError> {
    let unknown: BTreeSet<&str> = ids.into_iter().filter(|id| engine.user(id).is_none_or(|user| user.deleted)).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let ids: Vec<&str> = unknown.into_iter().collect();
    Err(StreamError::input(format!("these users are named and do not exist: [{}]; create them first", ids.join(", ")))
        .with("reason", "unknown_user")
        .with("unknown", ids))
}

/// A page of the members of a channel, by user id.
pub(super) async fn page(call: &Call, channel: &ChannelId, after: Option<String>, limit: usize) -> Result<Vec<Membership>, StreamError> {
    let of = channel.clone();
    let read = call.tenant.read(move |store, app| {
        let facts = store.members(app, &of, after.as_deref(), limit)?;
        let ids: Vec<String> = facts.iter().map(|member| member_document_id(&of, &member.user)).collect();
        let documents = store.documents(app, kind::MEMBER, &ids.iter().map(String::as_str).collect::<Vec<_>>())?;
        Ok((facts, documents))
    });
    let (facts, documents) = read.await.map_err(StreamError::internal)?;
    let mut documents: BTreeMap<String, MemberDocument> = documents
        .into_iter()
        .map(|(id, body)| Ok((id, serde_json::from_value(body).map_err(StreamError::internal)?)))
        .collect::<Result<_, StreamError>>()?;
    let with_document = |fact: Member| {
        let document = documents.remove(&member_document_id(channel, &fact.user));
        Membership::of(call, fact, document)
    };
    in_shadow(call, channel, facts.into_iter().map(with_document).collect()).await
}

/// Members, with which of them are banned in the shadow.
pub(super) async fn in_shadow(call: &Call, channel: &ChannelId, mut members: Vec<Membership>) -> Result<Vec<Membership>, StreamError> {
    let shadowed = ban::in_shadow(call, members.iter().map(|member| member.fact.user.as_str()), Some(channel)).await?;
    for member in &mut members {
        member.shadow_banned = shadowed.contains(&member.fact.user);
    }
    Ok(members)
}

/// Some members of a channel, in the order of `ids`; those who are none are left out.
pub(super) async fn some(call: &Call, channel: &ChannelId, ids: &[String]) -> Result<Vec<Membership>, StreamError> {
    let engine = call.tenant.engine();
    let facts = ids.iter().filter_map(|id| engine.member(channel.as_str(), id)).collect();
    in_shadow(call, channel, of_facts(call, channel, facts).await?).await
}

/// Members with what is noted about them, but for bans in the shadow.
pub(super) async fn of_facts(call: &Call, channel: &ChannelId, facts: Vec<Member>) -> Result<Vec<Membership>, StreamError> {
    let keys = facts.iter().map(|member| member_document_id(channel, &member.user)).collect();
    let mut documents = documents::several::<MemberDocument>(&call.tenant, kind::MEMBER, keys).await?;
    let with_document = |fact: Member| {
        let document = documents.remove(&member_document_id(channel, &fact.user));
        Membership::of(call, fact, document)
    };
    Ok(facts.into_iter().map(with_document).collect())
}

/// Members for an answer: `first` (those that a request changed) in their order, then others until there are `limit`.
pub(super) async fn shown(call: &Call, channel: &ChannelId, first: &[String], limit: usize) -> Result<Vec<Membership>, StreamError> {
    let mut members = some(call, channel, first).await?;
    members.truncate(limit);
    let seen: BTreeSet<String> = members.iter().map(|member| member.fact.user.clone()).collect();
    let others = page(call, channel, None, limit).await?;
    let room = limit - members.len();
    members.extend(others.into_iter().filter(|member| !seen.contains(&member.fact.user)).take(room));
    Ok(members)
}

/// Members, as answers show them.
pub(super) fn render(call: &Call, members: &[Membership], users: &Users) -> Value {
    members.iter().map(|member| member.render(call, users)).collect()
}
