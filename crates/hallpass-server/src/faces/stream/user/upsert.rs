//! `POST /users`: users as they are to be.
//!
//! What a request does not say about names and custom fields is gone afterwards; a role and teams that it does not mention stay, so
//! that nobody loses (or gains) rights by an upsert that was about a picture.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::super::call::{Answer, Call};
use super::super::documents;
use super::super::error::StreamError;
use super::super::event;
use super::super::fields::{Fields, Patch};
use super::draft::Draft;
use super::render::render_full;
use super::{BATCH, good_id, told};
use crate::lock::Footprint;

/// Names the time before which tokens of a user are worth nothing.
pub(super) const REVOKED: &str = "revoke_tokens_issued_before";

/// Fields of a user that are not custom fields, whether they can be set or are only shown.
pub(super) const KNOWN: &[&str] = &[
    "id",
    "role",
    "teams",
    "teams_role",
    "name",
    "image",
    "language",
    "invisible",
    "privacy_settings",
    "revoke_tokens_issued_before",
    "created_at",
    "updated_at",
    "deleted_at",
    "deactivated_at",
    "last_active",
    "online",
    "banned",
    "ban_expires",
    "shadow_banned",
    "blocked_user_ids",
    "devices",
    "mutes",
    "channel_mutes",
    "total_unread_count",
    "unread_count",
    "unread_channels",
    "unread_threads",
    "push_notifications",
    "avg_response_time",
    "anon",
];

/// `POST /users`
pub(in super::super) async fn upsert(call: Call) -> Result<Answer, StreamError> {
    let users = requested(&call.body)?;
    let ids: Vec<String> = users.iter().map(|user| user.required_text("id").map(str::to_owned)).collect::<Result<_, _>>()?;
    let footprint = ids.iter().fold(Footprint::facts(), |footprint, id| footprint.user(id.clone()));
    let edit = call.edit(footprint).await?;
    let mut before = documents::users(&call.tenant, ids.clone()).await?;

    let (mut changes, mut written) = (Vec::new(), Vec::new());
    for (user, id) in users.iter().zip(&ids) {
        let mut draft = Draft::open(&call, edit.engine(), id, before.remove(id));
        if !draft.exists() {
            good_id(&user.path("id"), id)?;
        }
        fill(&call, &mut draft, user)?;
        draft.permit(&call)?;
        let (change, document) = draft.write(&call)?;
        changes.extend(change);
        written.push(document);
    }
    call.commit(edit, changes, written).await?;
    for (_, id) in users.iter().zip(&ids).filter(|(user, _)| user.has(REVOKED)) {
        call.hang_up(Some(id));
    }
    event::told(told::updated(&call, &ids)).await;
    answer(&call, &ids).await
}

/// The users of a request: a map by id, or a list.
fn requested(body: &Fields) -> Result<Vec<Fields>, StreamError> {
    let users = match body.value("users") {
        Some(Value::Object(map)) => {
            let one = |(id, user): (&String, &Value)| {
                let user = Fields::of(&format!("users.{id}"), user.clone())?;
                match user.text("id")? {
                    Some(named) if named == id => Ok(user),
                    Some(named) => {
                        Err(StreamError::field(&user.path("id"), format!("expected '{id}', the key of the entry, got '{named}'")))
                    }
                    None => Err(StreamError::field(&user.path("id"), "is required")),
                }
            };
            map.iter().map(one).collect::<Result<Vec<_>, _>>()?
        }
        _ => body.objects("users")?.unwrap_or_default(),
    };
    let distinct: BTreeSet<_> = users.iter().filter_map(|user| user.text("id").ok().flatten()).collect();
    if users.is_empty() || users.len() > BATCH {
        return Err(StreamError::field("users", format!("expected 1 to {BATCH} users, got {}", users.len())));
    }
    if distinct.len() < users.len() {
        return Err(StreamError::field("users", "each user needs an id, and may come once"));
    }
    Ok(users)
}

/// Makes a draft what a request says of it.
///
/// # Errors
/// When a field holds what it cannot, or may only be set by the back end.
pub(super) fn fill(call: &Call, draft: &mut Draft, user: &Fields) -> Result<(), StreamError> {
    if draft.fact.deleted {
        let text = format!("user '{}' was deleted; restore it first", draft.fact.id);
        return Err(StreamError::field(&user.path("id"), text).with("reason", "deleted_user"));
    }
    set_facts(draft, user)?;
    draft.document.name = user.text("name")?.map(str::to_owned);
    draft.document.image = user.text("image")?.map(str::to_owned);
    draft.document.language = user.text("language")?.map(str::to_owned);
    draft.document.invisible = user.flag("invisible")?.unwrap_or(false);
    draft.document.privacy_settings = user.value("privacy_settings").cloned();
    revoke(call, draft, user)?;
    draft.set_custom(&user.path("custom"), call.dialect.custom_of(user, KNOWN)?)
}

/// Role and teams, where they are mentioned.
pub(super) fn set_facts(draft: &mut Draft, user: &Fields) -> Result<(), StreamError> {
    if let Some(role) = user.text("role")?.filter(|role| !role.is_empty()) {
        draft.fact.roles = vec![role.to_owned()];
    }
    if let Some(teams) = user.texts("teams")? {
        draft.fact.teams = teams.into_iter().collect();
    }
    if let Some(roles) = user.object("teams_role")? {
        let role = |team: &String| Ok((team.clone(), roles.required_text(team)?.to_owned()));
        draft.fact.teams_role = roles.raw().keys().map(role).collect::<Result<_, StreamError>>()?;
    }
    Ok(())
}

/// `revoke_tokens_issued_before`, which only the back end sets.
pub(super) fn revoke(call: &Call, draft: &mut Draft, user: &Fields) -> Result<(), StreamError> {
    let before = match super::super::app::patch_time(user, REVOKED)? {
        Patch::Absent => return Ok(()),
        Patch::Cleared => None,
        Patch::Set(at) => Some(at),
    };
    call.server_only("changing revoke_tokens_issued_before")?;
    draft.document.revoke_tokens_issued_before = before;
    Ok(())
}

/// The answer to upserts and partial updates: the users as they are now.
pub(super) async fn answer(call: &Call, ids: &[String]) -> Result<Answer, StreamError> {
    let engine = call.tenant.engine();
    let documents = documents::users(&call.tenant, ids.to_vec()).await?;
    let users: Map<String, Value> =
        ids.iter().filter_map(|id| Some((id.clone(), render_full(call, &engine.user(id)?, documents.get(id))))).collect();
    Ok(Answer::from_iter([
        ("users".to_owned(), Value::Object(users)),
        // Leaving a team takes nobody out of a channel here, so there is no task to wait for.
        ("membership_deletion_task_id".to_owned(), Value::from("")),
    ]))
}
