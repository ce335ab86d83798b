//! Polls and votes, as answers show them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::super::call::Call;
use super::super::error::StreamError;
use super::super::user::render::Users;
use super::document::{self, PollDocument, PollOption, VoteDocument};

/// Votes and answers that a poll shows without being asked for all.
const LATEST: usize = 10;

/// Some polls with their votes, as one user looks at them.
pub(in super::super) struct Polls {
    polls: BTreeMap<String, (PollDocument, Vec<VoteDocument>)>,
    acting: Option<String>,
}

impl Polls {
    /// Reads them. Polls that are not there any more are left out.
    pub(in super::super) async fn of(call: &Call, ids: BTreeSet<String>, acting: Option<&str>) -> Result<Self, StreamError> {
        let mut polls = BTreeMap::new();
        for (id, poll) in document::polls(call, ids.into_iter().collect()).await? {
            let votes = document::votes(call, &id).await?;
            polls.insert(id, (poll, votes));
        }
        Ok(Self { polls, acting: acting.map(str::to_owned) })
    }

    /// Everybody whom they name.
    pub(in super::super) fn people(&self) -> impl Iterator<Item = String> {
        let people = |(poll, votes): &(PollDocument, Vec<VoteDocument>)| {
            let voters: Vec<String> = votes.iter().map(|vote| vote.user.clone()).collect();
            std::iter::once(poll.created_by.clone()).chain(voters)
        };
        self.polls.values().flat_map(people)
    }

    /// One of them.
    pub(in super::super) fn render(&self, call: &Call, id: &str, users: &Users) -> Option<Value> {
        let (poll, votes) = self.polls.get(id)?;
        Some(render(call, poll, votes, users, self.acting.as_deref()))
    }
}

/// One poll, with all that it shows.
pub(super) async fn one(call: &Call, poll: &PollDocument, acting: Option<&str>) -> Result<Value, StreamError> {
    let votes = document::votes(call, &poll.id).await?;
    let named = votes.iter().map(|vote| vote.user.clone()).chain([poll.created_by.clone()]).collect::<BTreeSet<_>>();
    Ok(render(call, poll, &votes, &Users::of(call, named).await?, acting))
}

fn render(call: &Call, poll: &PollDocument, votes: &[VoteDocument], users: &Users, acting: Option<&str>) -> Value {
    let shown_vote = |one: &VoteDocument| vote(call, poll, one, users, acting);
    let latest = |of: &dyn Fn(&&VoteDocument) -> bool| votes.iter().rev().filter(of).take(LATEST).map(shown_vote).collect::<Value>();
    let of_option = |id: &str| votes.iter().filter(|vote| vote.option.as_deref() == Some(id)).count();
    let counts =
        poll.options.iter().map(|option| (option.id.clone(), json!(of_option(&option.id)))).filter(|(_, count)| *count != json!(0));
    let by_option = poll.options.iter().filter(|option| of_option(&option.id) > 0);
    let by_option = by_option.map(|option| (option.id.clone(), latest(&|vote| vote.option.as_deref() == Some(&option.id))));
    let own = votes.iter().filter(|vote| acting == Some(vote.user.as_str())).map(shown_vote);
    let mut shown = Map::from_iter([
        ("id".to_owned(), json!(poll.id)),
        ("name".to_owned(), json!(poll.name)),
        ("description".to_owned(), json!(poll.description)),
        ("voting_visibility".to_owned(), json!(if poll.anonymous { "anonymous" } else { "public" })),
        ("enforce_unique_vote".to_owned(), json!(poll.enforce_unique_vote)),
        ("max_votes_allowed".to_owned(), json!(poll.max_votes_allowed)),
        ("allow_user_suggested_options".to_owned(), json!(poll.allow_user_suggested_options)),
        ("allow_answers".to_owned(), json!(poll.allow_answers)),
        ("is_closed".to_owned(), json!(poll.is_closed)),
        ("options".to_owned(), poll.options.iter().map(|one| option(call, one)).collect()),
        ("vote_count".to_owned(), json!(votes.iter().filter(|vote| vote.option.is_some()).count())),
        ("answers_count".to_owned(), json!(votes.iter().filter(|vote| vote.answer.is_some()).count())),
        ("vote_counts_by_option".to_owned(), Value::Object(counts.collect())),
        ("latest_votes_by_option".to_owned(), Value::Object(by_option.collect())),
        ("latest_answers".to_owned(), latest(&|vote| vote.answer.is_some())),
        ("own_votes".to_owned(), own.collect()),
        ("created_by_id".to_owned(), json!(poll.created_by)),
        ("created_by".to_owned(), users.get(&poll.created_by).unwrap_or_default()),
        ("created_at".to_owned(), call.dialect.time(poll.created_at)),
        ("updated_at".to_owned(), call.dialect.time(poll.updated_at)),
    ]);
    call.dialect.put_custom(&mut shown, Some(&poll.custom));
    Value::Object(shown)
}

/// An option.
pub(super) fn option(call: &Call, option: &PollOption) -> Value {
    let mut shown = Map::from_iter([("id".to_owned(), json!(option.id)), ("text".to_owned(), json!(option.text))]);
    call.dialect.put_custom(&mut shown, Some(&option.custom));
    Value::Object(shown)
}

/// A vote. Whose it is, is not shown in an anonymous poll, but to themselves.
pub(super) fn vote(call: &Call, poll: &PollDocument, vote: &VoteDocument, users: &Users, acting: Option<&str>) -> Value {
    let mut shown = Map::from_iter([
        ("id".to_owned(), json!(vote.id)),
        ("poll_id".to_owned(), json!(vote.poll)),
        ("option_id".to_owned(), json!(vote.option.as_deref().unwrap_or_default())),
        ("created_at".to_owned(), call.dialect.time(vote.created_at)),
        ("updated_at".to_owned(), call.dialect.time(vote.updated_at)),
    ]);
    if let Some(answer) = &vote.answer {
        shown.insert("answer_text".to_owned(), json!(answer));
        shown.insert("is_answer".to_owned(), json!(true));
    }
    if !poll.anonymous || acting == Some(vote.user.as_str()) {
        shown.insert("user_id".to_owned(), json!(vote.user));
        shown.insert("user".to_owned(), users.get(&vote.user).unwrap_or_else(|| json!({"id": vote.user})));
    }
    Value::Object(shown)
}
