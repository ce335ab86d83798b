//! The options of a poll. Whoever may change the poll may change them; where it lets people suggest options, whoever may vote on it may
//! add some.

use hallpass::Resource;

use super::super::call::{Answer, Call};
use super::super::error::StreamError;
use super::document::{POLL, PollDocument, PollOption};
use super::{change, draft, find, permit_seeing, render, resource, told};
use crate::lock::Footprint;

/// `POST /polls/{id}/options`
pub(in super::super) async fn create(call: Call) -> Result<Answer, StreamError> {
    let id = call.path("poll_id")?;
    let option = draft::option(&call, &call.body)?;
    let edit = call.edit(Footprint::facts().entity(POLL, id)).await?;
    let mut poll = find(&call, id).await?;
    permit_suggesting(&call, &poll)?;
    poll.options.push(option.clone());
    draft::good_options(&poll)?;
    poll.updated_at = call.now;
    call.commit(edit, Vec::new(), vec![poll.write()?]).await?;
    told::poll(&call, "poll.updated", &poll).await;
    Ok(answer(&call, &option))
}

fn permit_suggesting(call: &Call, poll: &PollDocument) -> Result<(), StreamError> {
    let refusal = match call.permit("UpdatePoll", resource(call, poll)) {
        Ok(()) => return Ok(()),
        Err(refusal) => refusal,
    };
    let may = poll.channels.iter().any(|cid| call.may("CastVote", Resource::channel(cid)));
    if poll.allow_user_suggested_options && !poll.is_closed && may { Ok(()) } else { Err(refusal) }
}

/// `PUT /polls/{id}/options`
pub(in super::super) async fn update(call: Call) -> Result<Answer, StreamError> {
    let id = call.path("poll_id")?;
    call.body.required_text("id")?;
    let option = draft::option(&call, &call.body)?;
    let edit = call.edit(Footprint::facts().entity(POLL, id)).await?;
    let mut poll = find(&call, id).await?;
    call.permit("UpdatePoll", resource(&call, &poll))?;
    let kept = poll.options.iter_mut().find(|kept| kept.id == option.id).ok_or_else(|| missing(id, &option.id))?;
    kept.clone_from(&option);
    poll.updated_at = call.now;
    call.commit(edit, Vec::new(), vec![poll.write()?]).await?;
    told::poll(&call, "poll.updated", &poll).await;
    Ok(answer(&call, &option))
}

/// `GET /polls/{id}/options/{option_id}`
pub(in super::super) async fn get(call: Call) -> Result<Answer, StreamError> {
    let (id, wanted) = (call.path("poll_id")?, call.path("option_id")?);
    let poll = find(&call, id).await?;
    permit_seeing(&call, &poll)?;
    let option = poll.options.iter().find(|option| option.id == wanted).ok_or_else(|| missing(id, wanted))?;
    Ok(answer(&call, option))
}

/// `DELETE /polls/{id}/options/{option_id}`: with the votes for it.
pub(in super::super) async fn delete(call: Call) -> Result<Answer, StreamError> {
    let (id, wanted) = (call.path("poll_id")?, call.path("option_id")?);
    let edit = call.edit(Footprint::facts().entity(POLL, id)).await?;
    let before = find(&call, id).await?;
    call.permit("UpdatePoll", resource(&call, &before))?;
    let mut after = before.clone();
    after.options.retain(|option| option.id != wanted);
    if after.options.len() == before.options.len() {
        return Err(missing(id, wanted));
    }
    after.updated_at = call.now;
    let mut written = vec![after.write()?];
    written.extend(change::orphaned(&call, &before, &after).await?);
    call.commit(edit, Vec::new(), written).await?;
    told::poll(&call, "poll.updated", &after).await;
    Ok(Answer::new())
}

fn missing(poll: &str, option: &str) -> StreamError {
    StreamError::not_found(format!("poll '{poll}' has no option '{option}'"))
}

fn answer(call: &Call, option: &PollOption) -> Answer {
    Answer::from_iter([("poll_option".to_owned(), render::option(call, option))])
}
