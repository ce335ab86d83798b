//! Polls by a filter, and the votes of one.

use hallpass::Resource;
use serde_json::{Value, json};

use super::super::call::{Answer, Call};
use super::super::error::StreamError;
use super::super::filter::{Filter, Row};
use super::super::sort::{Page, Sort, next, next_of};
use super::super::user::render::Users;
use super::document::{PAGE, POLL, PollDocument, VoteDocument};
use super::{document, find, render, resource};

/// Polls or votes in an answer that does not ask for a number, and most.
const SHOWN: u64 = 10;
const LIMIT: u64 = 100;

/// `POST /polls/query`: those that the caller may list. Whoever may not even list their own is refused.
pub(in super::super) async fn polls(call: Call) -> Result<Answer, StreamError> {
    let acting = call.acting_user()?;
    let filter = filter(&call)?;
    let sort = Sort::read(&call.body, &[("created_at", true)])?;
    let mut page = Page::read(&call.body, SHOWN, LIMIT)?;
    page.offset = next_of(&call.body)?.unwrap_or(page.offset);
    let user = call.caller.user().unwrap_or_default();
    let teams = call.tenant.engine().user(user).map(|user| user.teams).unwrap_or_default();
    let team = teams.first().map(String::as_str).unwrap_or_default();
    call.permit("QueryPolls", Resource::other("poll", "").owned_by(user).of_team(team))?;

    let (mut rows, mut after): (Vec<(Row, PollDocument)>, _) = (Vec::new(), None::<String>);
    loop {
        let from = after.take();
        let read = call.tenant.read(move |store, app| store.scan_documents(app, POLL, "", from.as_deref(), PAGE));
        let found = read.await.map_err(StreamError::internal)?;
        let Some((last, _)) = found.last() else { break };
        after = Some(last.clone());
        for (_, body) in found {
            let poll: PollDocument = serde_json::from_value(body).map_err(StreamError::internal)?;
            let row = row(&poll);
            if filter.accepts(&row) && call.may("QueryPolls", resource(&call, &poll)) {
                rows.push((row, poll));
            }
        }
    }
    let more = rows.len() > page.offset + page.limit;
    let mut shown = Vec::new();
    for poll in page.of(rows, &sort) {
        shown.push(render::one(&call, &poll, acting.as_deref()).await?);
    }
    Ok(answer("polls", shown, more.then_some(page.offset + page.limit)))
}

/// `POST /polls/{id}/votes`: in a channel that it was sent to, and that one may read; of one that was not sent, whoever may list it.
pub(in super::super) async fn votes(call: Call) -> Result<Answer, StreamError> {
    let poll = find(&call, call.path("poll_id")?).await?;
    permit_votes(&call, &poll)?;
    let acting = call.acting_user()?;
    let filter = filter(&call)?;
    let sort = Sort::read(&call.body, &[("created_at", true)])?;
    let mut page = Page::read(&call.body, SHOWN, LIMIT)?;
    page.offset = next_of(&call.body)?.unwrap_or(page.offset);
    let votes = document::votes(&call, &poll.id).await?;
    let shows_user = |vote: &VoteDocument| !poll.anonymous || acting.as_deref() == Some(&vote.user);
    let rows = votes.into_iter().map(|vote| (vote_row(&vote, shows_user(&vote)), vote));
    let rows: Vec<(Row, VoteDocument)> = rows.filter(|(row, _)| filter.accepts(row)).collect();
    let more = rows.len() > page.offset + page.limit;
    let found = page.of(rows, &sort);
    let users = Users::of(&call, found.iter().map(|vote| vote.user.clone())).await?;
    let shown = found.iter().map(|vote| render::vote(&call, &poll, vote, &users, acting.as_deref())).collect();
    Ok(answer("votes", shown, more.then_some(page.offset + page.limit)))
}

fn permit_votes(call: &Call, poll: &PollDocument) -> Result<(), StreamError> {
    let mut refusal = None;
    for cid in &poll.channels {
        let channel = || Resource::channel(cid);
        match call.permit("ReadChannel", channel()).and_then(|()| call.permit("QueryVotes", channel())) {
            Ok(()) => return Ok(()),
            Err(error) => refusal = Some(error),
        }
    }
    refusal.map_or_else(|| call.permit("QueryPolls", resource(call, poll)), Err)
}

fn filter(call: &Call) -> Result<Filter, StreamError> {
    Filter::read("filter", &call.body.value("filter").cloned().unwrap_or_else(|| json!({})))
}

fn answer(name: &str, shown: Vec<Value>, after: Option<usize>) -> Answer {
    let mut answer = Answer::from_iter([(name.to_owned(), Value::Array(shown))]);
    if let Some(after) = after {
        answer.insert("next".to_owned(), json!(next(after)));
    }
    answer
}

fn row(poll: &PollDocument) -> Row {
    let mut row = poll.custom.clone();
    let more = json!({
        "id": poll.id,
        "name": poll.name,
        "is_closed": poll.is_closed,
        "max_votes_allowed": poll.max_votes_allowed,
        "allow_answers": poll.allow_answers,
        "allow_user_suggested_options": poll.allow_user_suggested_options,
        "voting_visibility": if poll.anonymous { "anonymous" } else { "public" },
        "created_by_id": poll.created_by,
        "created_at": poll.created_at,
        "updated_at": poll.updated_at,
    });
    if let Value::Object(more) = more {
        row.extend(more);
    }
    row
}

fn vote_row(vote: &VoteDocument, shows_user: bool) -> Row {
    let row = json!({
        "id": vote.id,
        "user_id": shows_user.then_some(&vote.user),
        "poll_id": vote.poll,
        "option_id": vote.option,
        "is_answer": vote.answer.is_some(),
        "answer_text": vote.answer,
        "created_at": vote.created_at,
        "updated_at": vote.updated_at,
    });
    match row {
        Value::Object(row) => row,
        _ => Row::new(),
    }
}
