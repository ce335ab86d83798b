//! Changing, closing and deleting a poll.

use hallpass_store::DocumentWrite;
use serde_json::Value;

use super::super::call::{Answer, Call};
use super::super::error::StreamError;
use super::super::patch;
use super::create::answer;
use super::document::{POLL, PollDocument, VOTE};
use super::{document, draft, find, resource, told};
use crate::lock::Footprint;

/// `PUT /polls`: the poll becomes what the request says.
pub(in super::super) async fn replace(call: Call) -> Result<Answer, StreamError> {
    let id = call.body.required_text("id")?.to_owned();
    change(&call, &id, |poll| {
        call.body.required_text("name")?;
        poll.description.clear();
        draft::apply(&call, poll, &call.body)?;
        draft::apply_custom(poll, call.dialect.custom_of(&call.body, draft::KNOWN)?)
    })
    .await
}

/// `PATCH /polls/{id}` with `set` and `unset`. Closing it is `set: {is_closed: true}`.
pub(in super::super) async fn partial(call: Call) -> Result<Answer, StreamError> {
    let id = call.path("poll_id")?.to_owned();
    let set = call.body.object("set")?.unwrap_or_default();
    let unset = call.body.texts("unset")?.unwrap_or_default();
    change(&call, &id, |poll| {
        draft::apply(&call, poll, &set)?;
        let mut custom = poll.custom.clone();
        if let Some(under) = set.object("custom")? {
            custom.extend(under.raw().clone());
        }
        for (name, value) in set.raw().iter().filter(|(name, _)| !draft::KNOWN.contains(&name.as_str())) {
            patch::set(&mut custom, name, value.clone())?;
        }
        for name in &unset {
            match name.as_str() {
                "description" => poll.description.clear(),
                "max_votes_allowed" => poll.max_votes_allowed = None,
                known if draft::KNOWN.contains(&known) => {
                    return Err(StreamError::field(&format!("unset.{name}"), "cannot be unset"));
                }
                _ => patch::unset(&mut custom, name),
            }
        }
        draft::apply_custom(poll, custom)
    })
    .await
}

/// Closing is an action of its own; opening again changes a poll like anything else.
async fn change(call: &Call, id: &str, apply: impl FnOnce(&mut PollDocument) -> Result<(), StreamError>) -> Result<Answer, StreamError> {
    let edit = call.edit(Footprint::facts().entity(POLL, id)).await?;
    let before = find(call, id).await?;
    let mut after = before.clone();
    apply(&mut after)?;
    let closes = after.is_closed && !before.is_closed;
    let rest = PollDocument { is_closed: after.is_closed, ..before.clone() };
    if closes {
        call.permit("ClosePoll", resource(call, &before))?;
    }
    if !closes || rest != after {
        call.permit("UpdatePoll", resource(call, &before))?;
    }
    if before.anonymous && !after.anonymous && !document::votes(call, id).await?.is_empty() {
        return Err(StreamError::field("voting_visibility", "stays anonymous: there are votes, cast by people who were told so"));
    }
    after.updated_at = call.now;
    let mut written = vec![after.write()?];
    written.extend(orphaned(call, &before, &after).await?);
    call.commit(edit, Vec::new(), written).await?;
    told::poll(call, if closes { "poll.closed" } else { "poll.updated" }, &after).await;
    answer(call, &after).await
}

/// Votes for options that are gone go with them.
pub(super) async fn orphaned(call: &Call, before: &PollDocument, after: &PollDocument) -> Result<Vec<DocumentWrite>, StreamError> {
    let gone = |option: &String| !after.options.iter().any(|kept| kept.id == *option);
    if before.options.iter().all(|option| !gone(&option.id)) {
        return Ok(Vec::new());
    }
    let votes = document::votes(call, &before.id).await?;
    Ok(votes.iter().filter(|vote| vote.option.as_ref().is_some_and(gone)).map(|vote| DocumentWrite::delete(VOTE, vote.key())).collect())
}

/// `DELETE /polls/{id}`: with its votes. Messages that carry it stay, without it.
pub(in super::super) async fn delete(call: Call) -> Result<Answer, StreamError> {
    let id = call.path("poll_id")?;
    let edit = call.edit(Footprint::facts().entity(POLL, id)).await?;
    let poll = find(&call, id).await?;
    call.permit("DeletePoll", resource(&call, &poll))?;
    let votes = document::votes(&call, id).await?;
    let mut written: Vec<DocumentWrite> = votes.iter().map(|vote| DocumentWrite::delete(VOTE, vote.key())).collect();
    written.push(DocumentWrite::delete(POLL, id));
    call.commit(edit, Vec::new(), written).await?;
    told::poll(&call, "poll.deleted", &poll).await;
    Ok(Answer::from_iter([("poll_id".to_owned(), Value::from(id))]))
}
