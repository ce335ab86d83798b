//! `POST /polls`, `GET /polls/{id}`

use super::super::call::{Answer, Call};
use super::super::channel::must_exist;
use super::super::error::StreamError;
use super::document::{POLL, PollDocument};
use super::{draft, find, permit_seeing, render, resource};
use crate::lock::Footprint;

/// Longest id, in characters.
const ID_CHARS: usize = 255;

/// `POST /polls`
pub(in super::super) async fn create(call: Call) -> Result<Answer, StreamError> {
    let body = &call.body;
    let acting = call.acting_user()?;
    if acting.is_none() && call.caller.is_server() {
        return Err(StreamError::input("either user or user_id must be provided when using server side auth."));
    }
    let creator = acting.unwrap_or_default();
    let id = body.text("id")?.filter(|id| !id.is_empty()).map_or_else(|| uuid::Uuid::new_v4().to_string(), str::to_owned);
    if id.chars().count() > ID_CHARS || id.chars().any(char::is_control) {
        return Err(StreamError::field("id", format!("expected 1 to {ID_CHARS} characters, none of them control characters")));
    }
    let teams = call.tenant.engine().user(&creator).map(|user| user.teams).unwrap_or_default();
    let mut poll = PollDocument {
        id,
        created_by: creator,
        teams: teams.into_iter().collect(),
        created_at: call.now,
        updated_at: call.now,
        ..PollDocument::default()
    };
    body.required_text("name")?;
    draft::apply(&call, &mut poll, body)?;
    draft::apply_custom(&mut poll, call.dialect.custom_of(body, draft::KNOWN)?)?;
    let edit = call.edit(Footprint::facts().entity(POLL, &poll.id)).await?;
    call.permit("CreatePoll", resource(&call, &poll))?;
    must_exist(call.tenant.engine(), [poll.created_by.as_str()])?;
    if super::document::polls(&call, vec![poll.id.clone()]).await?.contains_key(&poll.id) {
        return Err(StreamError::field("id", format!("a poll with id '{}' already exists", poll.id)).with("reason", "in_use"));
    }
    call.commit(edit, Vec::new(), vec![poll.write()?]).await?;
    answer(&call, &poll).await
}

/// `GET /polls/{id}`
pub(in super::super) async fn get(call: Call) -> Result<Answer, StreamError> {
    let poll = find(&call, call.path("poll_id")?).await?;
    permit_seeing(&call, &poll)?;
    answer(&call, &poll).await
}

/// The poll, as the caller looks at it.
pub(super) async fn answer(call: &Call, poll: &PollDocument) -> Result<Answer, StreamError> {
    let acting = call.acting_user()?;
    Ok(Answer::from_iter([("poll".to_owned(), render::one(call, poll, acting.as_deref()).await?)]))
}
