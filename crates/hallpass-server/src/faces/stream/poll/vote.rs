//! Voting on a poll that was sent in a message, and taking votes back.

use hallpass::Resource;
use hallpass_store::DocumentWrite;

use super::super::call::{Answer, Call};
use super::super::error::StreamError;
use super::super::fields::Fields;
use super::super::message::{self, sight::Sight};
use super::super::user::render::Users;
use super::document::{POLL, PollDocument, VOTE, VoteDocument};
use super::{document, find, render, told};
use crate::lock::Footprint;

/// Longest answer, in characters.
const ANSWER_CHARS: usize = 1000;

/// `POST /messages/{message_id}/polls/{poll_id}/vote`
pub(in super::super) async fn cast(call: Call) -> Result<Answer, StreamError> {
    let id = call.path("poll_id")?;
    let wanted = call.body.object("vote")?.ok_or_else(|| StreamError::field("vote", "is required"))?;
    let edit = call.edit(Footprint::facts().entity(POLL, id)).await?;
    let (poll, user) = on(&call).await?;
    if poll.is_closed {
        return Err(StreamError::input(format!("poll '{id}' is closed")).with("reason", "poll_closed"));
    }
    let votes: Vec<VoteDocument> = document::votes(&call, id).await?.into_iter().filter(|vote| vote.user == user).collect();
    let fresh = |before: Option<&VoteDocument>| VoteDocument {
        id: before.map_or_else(|| uuid::Uuid::new_v4().to_string(), |before| before.id.clone()),
        poll: id.to_owned(),
        user: user.clone(),
        created_at: before.map_or(call.now, |before| before.created_at),
        updated_at: call.now,
        ..VoteDocument::default()
    };
    let mut replaced: Vec<&VoteDocument> = Vec::new();
    let vote = if let Some(answer) = answer_text(&poll, &wanted)? {
        let before = votes.iter().find(|vote| vote.answer.is_some());
        replaced.extend(before);
        VoteDocument { answer: Some(answer), ..fresh(before) }
    } else {
        let option = option_id(&poll, &wanted)?;
        let before = votes.iter().find(|vote| vote.option.as_ref() == Some(&option));
        let chosen: Vec<&VoteDocument> = votes.iter().filter(|vote| vote.option.is_some()).collect();
        if poll.enforce_unique_vote {
            replaced.extend(chosen);
        } else {
            replaced.extend(before);
            let most = poll.max_votes_allowed.and_then(|most| usize::try_from(most).ok());
            if before.is_none() && most.is_some_and(|most| chosen.len() >= most) {
                let text = format!("poll '{id}' allows {} votes of each", chosen.len());
                return Err(StreamError::input(text).with("reason", "too_many_votes"));
            }
        }
        VoteDocument { option: Some(option), ..fresh(before) }
    };
    let event = if replaced.is_empty() { "poll.vote_casted" } else { "poll.vote_changed" };
    let mut written: Vec<DocumentWrite> = replaced.iter().map(|vote| DocumentWrite::delete(VOTE, vote.key())).collect();
    written.push(vote.write()?);
    call.commit(edit, Vec::new(), written).await?;
    told::vote(&call, event, &poll, &vote).await;
    answer(&call, &poll, &vote).await
}

/// `DELETE /messages/{message_id}/polls/{poll_id}/vote/{vote_id}`: one's own.
pub(in super::super) async fn remove(call: Call) -> Result<Answer, StreamError> {
    let (id, vote_id) = (call.path("poll_id")?, call.path("vote_id")?);
    let edit = call.edit(Footprint::facts().entity(POLL, id)).await?;
    let (poll, user) = on(&call).await?;
    let votes = document::votes(&call, id).await?;
    let own = votes.into_iter().find(|vote| vote.id == vote_id && vote.user == user);
    let vote = own.ok_or_else(|| StreamError::not_found(format!("user '{user}' has no vote '{vote_id}' on poll '{id}'")))?;
    if poll.is_closed {
        return Err(StreamError::input(format!("poll '{id}' is closed")).with("reason", "poll_closed"));
    }
    call.commit(edit, Vec::new(), vec![DocumentWrite::delete(VOTE, vote.key())]).await?;
    told::vote(&call, "poll.vote_removed", &poll, &vote).await;
    answer(&call, &poll, &vote).await
}

/// The poll of a message, and who votes on it; refuses whoever may not.
async fn on(call: &Call) -> Result<(PollDocument, String), StreamError> {
    let found = message::find_undeleted(call, call.path("message_id")?).await?;
    call.permit("CastVote", Resource::channel(&found.message.cid))?;
    let acting = call.acting_user()?;
    Sight::of(call, &found.message.cid, acting.as_deref()).admit(call, &found.message)?;
    let id = call.path("poll_id")?;
    if found.message.poll.as_deref() != Some(id) {
        return Err(super::missing(id));
    }
    let user = acting.ok_or_else(|| StreamError::field("user_id", "is required: who votes?"))?;
    super::super::channel::must_exist(call.tenant.engine(), [user.as_str()])?;
    Ok((find(call, id).await?, user))
}

fn answer_text(poll: &PollDocument, wanted: &Fields) -> Result<Option<String>, StreamError> {
    let Some(text) = wanted.text("answer_text")?.filter(|text| !text.is_empty()) else { return Ok(None) };
    if !poll.allow_answers {
        return Err(StreamError::field(&wanted.path("answer_text"), "the poll takes no answers in words"));
    }
    if text.chars().count() > ANSWER_CHARS {
        return Err(StreamError::field(&wanted.path("answer_text"), format!("has at most {ANSWER_CHARS} characters")));
    }
    Ok(Some(text.to_owned()))
}

fn option_id(poll: &PollDocument, wanted: &Fields) -> Result<String, StreamError> {
    let id = wanted.required_text("option_id")?;
    if poll.options.iter().any(|option| option.id == id) {
        return Ok(id.to_owned());
    }
    Err(StreamError::field(&wanted.path("option_id"), format!("the poll has no option '{id}'")))
}

async fn answer(call: &Call, poll: &PollDocument, vote: &VoteDocument) -> Result<Answer, StreamError> {
    let users = Users::of(call, [vote.user.clone()]).await?;
    Ok(Answer::from_iter([
        ("vote".to_owned(), render::vote(call, poll, vote, &users, Some(&vote.user))),
        ("poll".to_owned(), render::one(call, poll, Some(&vote.user)).await?),
    ]))
}
