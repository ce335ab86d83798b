//! A poll as a request wants it.

use serde_json::{Map, Value};

use super::super::call::Call;
use super::super::error::StreamError;
use super::super::fields::{Fields, wrong};
use super::super::user::good_custom;
use super::document::{PollDocument, PollOption};

/// Fields of a poll that are not custom fields.
pub(super) const KNOWN: &[&str] = &[
    "allow_answers",
    "allow_user_suggested_options",
    "answers_count",
    "created_at",
    "created_by",
    "created_by_id",
    "custom",
    "Custom",
    "description",
    "enforce_unique_vote",
    "id",
    "is_closed",
    "latest_answers",
    "latest_votes_by_option",
    "max_votes_allowed",
    "name",
    "options",
    "own_votes",
    "updated_at",
    "user",
    "user_id",
    "vote_count",
    "vote_counts_by_option",
    "votes",
    "voting_visibility",
];
/// Fields of an option that are not custom fields.
const OPTION_KNOWN: &[&str] =
    &["id", "text", "custom", "Custom", "position", "poll_id", "vote_count", "votes", "created_at", "updated_at", "user", "user_id"];
/// Longest name, description, text of an option, in characters.
const CHARS: usize = 1000;
/// Most options.
const OPTIONS: usize = 100;
/// Most votes of one user that a poll may allow; Stream's limit.
const VOTES: u64 = 10;

/// Makes a poll what `fields` say of it, as far as they mention it, but for custom fields.
///
/// # Errors
/// When a field holds what it cannot.
pub(super) fn apply(call: &Call, poll: &mut PollDocument, fields: &Fields) -> Result<(), StreamError> {
    if fields.has("name") {
        poll.name = short(fields, "name")?;
    }
    if fields.has("description") {
        poll.description = fields.text("description")?.unwrap_or_default().chars().take(CHARS).collect();
    }
    poll.allow_answers = fields.flag("allow_answers")?.unwrap_or(poll.allow_answers);
    poll.allow_user_suggested_options = fields.flag("allow_user_suggested_options")?.unwrap_or(poll.allow_user_suggested_options);
    poll.enforce_unique_vote = fields.flag("enforce_unique_vote")?.unwrap_or(poll.enforce_unique_vote);
    poll.is_closed = fields.flag("is_closed")?.unwrap_or(poll.is_closed);
    if fields.has("max_votes_allowed") {
        poll.max_votes_allowed = fields.number("max_votes_allowed", 1..=VOTES)?;
    }
    match fields.text("voting_visibility")? {
        None | Some("") => {}
        Some("anonymous") => poll.anonymous = true,
        Some("public") => poll.anonymous = false,
        Some(other) => return Err(wrong(&fields.path("voting_visibility"), "public or anonymous", &Value::from(other))),
    }
    if let Some(options) = fields.objects("options")? {
        poll.options = options.iter().map(|one| option(call, one)).collect::<Result<_, _>>()?;
        good_options(poll)?;
    }
    Ok(())
}

/// Takes over the custom fields, whole.
///
/// # Errors
/// When they are too large.
pub(super) fn apply_custom(poll: &mut PollDocument, custom: Map<String, Value>) -> Result<(), StreamError> {
    good_custom("custom", &custom)?;
    poll.custom = custom;
    Ok(())
}

/// Reads an option; one without an id gets one.
///
/// # Errors
/// When it has no text.
pub(super) fn option(call: &Call, fields: &Fields) -> Result<PollOption, StreamError> {
    let id = fields.text("id")?.filter(|id| !id.is_empty()).map_or_else(|| uuid::Uuid::new_v4().to_string(), str::to_owned);
    let custom = call.dialect.custom_of(fields, OPTION_KNOWN)?;
    good_custom(&fields.path("custom"), &custom)?;
    Ok(PollOption { id, text: short(fields, "text")?, custom })
}

/// Refuses too many options, and two of one id.
///
/// # Errors
/// Naming what is wrong.
pub(super) fn good_options(poll: &PollDocument) -> Result<(), StreamError> {
    if poll.options.len() > OPTIONS {
        return Err(StreamError::field("options", format!("at most {OPTIONS}, got {}", poll.options.len())));
    }
    let twice = poll.options.iter().enumerate().find(|(at, option)| poll.options.iter().take(*at).any(|before| before.id == option.id));
    match twice {
        Some((_, option)) => Err(StreamError::field("options", format!("two have the id '{}'", option.id))),
        None => Ok(()),
    }
}

fn short(fields: &Fields, name: &str) -> Result<String, StreamError> {
    let text = fields.required_text(name)?;
    if text.chars().count() <= CHARS {
        return Ok(text.to_owned());
    }
    Err(StreamError::field(&fields.path(name), format!("has at most {CHARS} characters")))
}
