//! Reactions: sent, taken back, listed.

use serde_json::{Value, json};

use hallpass::{Resource, Timestamp};
use hallpass_store::DocumentWrite;

use super::super::call::{Answer, Call};
use super::super::caller::{Caller, named_user};
use super::super::documents;
use super::super::error::StreamError;
use super::super::fields::Fields;
use super::super::filter::{Filter, Row};
use super::super::sort::{Page, Sort};
use super::super::user::good_custom;
use super::super::user::render::Users;
use super::document::{LATEST, MESSAGE, MessageDocument, REACTION, ReactionDocument, ReactionGroup};
use super::sight::Sight;
use super::{find, find_undeleted, render, told};
use crate::lock::Footprint;

/// Fields of a reaction that are not custom fields.
const KNOWN: &[&str] = &["type", "score", "user", "user_id", "message_id", "created_at", "updated_at", "custom", "emoji_code"];
/// Longest type, in characters.
const TYPE_CHARS: usize = 30;
/// Most reactions of one user to one message.
const OF_ONE: usize = 50;
/// Reactions in an answer that does not ask for a number, and most.
const SHOWN: u64 = 10;
const LIMIT: u64 = 300;

/// `POST /messages/{id}/reaction`
pub(in super::super) async fn send(call: Call) -> Result<Answer, StreamError> {
    let id = call.path("id")?;
    let fields = call.body.object("reaction")?.ok_or_else(|| StreamError::field("reaction", "is required"))?;
    let unique = call.body.flag("enforce_unique")?.unwrap_or(false);
    let user = author(&call, &fields)?;
    let kind = good_type(&fields)?;
    let score = fields.number("score", 1..=u64::from(u32::MAX))?.and_then(|score| i64::try_from(score).ok()).unwrap_or(1);
    let custom = call.dialect.custom_of(&fields, KNOWN)?;
    good_custom(&fields.path("custom"), &custom)?;

    let edit = call.edit(Footprint::facts().entity(MESSAGE, id)).await?;
    let found = find_undeleted(&call, id).await?;
    call.permit("CreateReaction", found.channel_resource())?;
    Sight::of(&call, &found.message.cid, Some(&user)).admit(&call, &found.message)?;
    let mut message = found.message;
    let mut of_message = all(&call, id).await?;
    let before = of_message.iter().find(|one| one.kind == kind && one.user == user).cloned();
    let reaction = ReactionDocument {
        message: message.id.clone(),
        kind,
        user,
        score,
        custom,
        created_at: before.as_ref().map_or(call.now, |before| before.created_at),
        updated_at: call.now,
    };
    let replaced = |one: &ReactionDocument| one.user == reaction.user && (unique || one.kind == reaction.kind);
    let mut written: Vec<DocumentWrite> =
        of_message.iter().filter(|one| replaced(one)).map(|one| DocumentWrite::delete(REACTION, one.key())).collect();
    if before.is_none() && !unique && of_message.iter().filter(|one| one.user == reaction.user).count() >= OF_ONE {
        return Err(StreamError::field("reaction.type", format!("at most {OF_ONE} reactions of one user to a message")));
    }
    let replaces = written.len() > usize::from(before.is_some());
    of_message.retain(|one| !replaced(one));
    of_message.push(reaction.clone());
    count(&mut message, of_message);
    written.push(documents::put(REACTION, &reaction.key(), &reaction)?);
    written.push(message.write()?);
    call.commit(edit, Vec::new(), written).await?;
    let event = if before.is_some() || replaces { "reaction.updated" } else { "reaction.new" };
    told::reaction(&call, event, &message, &reaction).await;
    answer(&call, &message, &reaction).await
}

/// `DELETE /messages/{id}/reaction/{type}?user_id=`: one's own, or that of the user who is named.
pub(in super::super) async fn delete(call: Call) -> Result<Answer, StreamError> {
    let (id, kind) = (call.path("id")?, call.path("type")?);
    let edit = call.edit(Footprint::facts().entity(MESSAGE, id)).await?;
    let found = find_undeleted(&call, id).await?;
    let named = call.query.get("user_id").filter(|id| !id.is_empty());
    let user = match (named, &call.caller) {
        (_, Caller::Anonymous(_)) => "",
        (Some(named), _) => named,
        (None, Caller::User(id)) => id,
        (None, Caller::Server) => return Err(StreamError::field("user_id", "is required: whose reaction is it?")),
    };
    let mut of_message = all(&call, id).await?;
    let at = of_message.iter().position(|one| one.kind == kind && one.user == user);
    call.permit("DeleteReaction", Resource::within("reaction", kind, &found.message.cid).owned_by(user))?;
    Sight::of(&call, &found.message.cid, call.caller.user()).admit(&call, &found.message)?;
    let none = || StreamError::not_found(format!("user '{user}' has no reaction '{kind}' to message '{id}'"));
    let reaction = of_message.remove(at.ok_or_else(none)?);
    let mut message = found.message.clone();
    count(&mut message, of_message);
    let written = vec![DocumentWrite::delete(REACTION, reaction.key()), message.write()?];
    call.commit(edit, Vec::new(), written).await?;
    told::reaction(&call, "reaction.deleted", &message, &reaction).await;
    answer(&call, &message, &reaction).await
}

async fn answer(call: &Call, message: &MessageDocument, reaction: &ReactionDocument) -> Result<Answer, StreamError> {
    let acting = call.caller.user().unwrap_or(&reaction.user);
    let users = Users::of(call, [reaction.user.clone()]).await?;
    Ok(Answer::from_iter([
        ("message".to_owned(), render::one(call, message, Some(acting)).await?),
        ("reaction".to_owned(), render::render_reaction(call, reaction, &users)),
    ]))
}

/// Who reacts: the caller, or the user whom the back end names.
fn author(call: &Call, fields: &Fields) -> Result<String, StreamError> {
    let named = match named_user(fields)? {
        Some(id) => Some(id),
        None => named_user(&call.body)?,
    };
    match (&call.caller, named) {
        (Caller::Server, Some(id)) => {
            super::super::channel::must_exist(call.tenant.engine(), [id.as_str()])?;
            Ok(id)
        }
        (Caller::Server, None) => {
            Err(StreamError::input("either reaction.user or reaction.user_id must be provided when using server side auth."))
        }
        (Caller::User(id), Some(named)) if named != *id => {
            let text = format!("the token is for user '{id}', the reaction of user '{named}'");
            Err(StreamError::not_allowed(text).with("reason", "user_mismatch"))
        }
        (Caller::User(id), _) => Ok(id.clone()),
        (Caller::Anonymous(_), _) => Ok(String::new()),
    }
}

fn good_type(fields: &Fields) -> Result<String, StreamError> {
    let kind = fields.required_text("type")?;
    if kind.chars().count() <= TYPE_CHARS && !kind.chars().any(char::is_control) {
        return Ok(kind.to_owned());
    }
    Err(StreamError::field(&fields.path("type"), format!("expected at most {TYPE_CHARS} characters, got '{}'", kind.escape_debug())))
}

/// All reactions to a message.
async fn all(call: &Call, message: &str) -> Result<Vec<ReactionDocument>, StreamError> {
    let prefix = format!("{message}\n");
    let read = call.tenant.read(move |store, app| store.scan_documents(app, REACTION, &prefix, None, usize::MAX));
    let found = read.await.map_err(StreamError::internal)?;
    found.into_iter().map(|(_, body)| serde_json::from_value(body).map_err(StreamError::internal)).collect()
}

/// Notes the reactions on their message.
fn count(message: &mut MessageDocument, mut reactions: Vec<ReactionDocument>) {
    message.reactions.clear();
    for reaction in &reactions {
        let at = reaction.created_at;
        let fresh = || ReactionGroup { count: 0, sum_scores: 0, first_at: at, last_at: at };
        let group = message.reactions.entry(reaction.kind.clone()).or_insert_with(fresh);
        group.count += 1;
        group.sum_scores += reaction.score;
        group.first_at = group.first_at.min(at);
        group.last_at = group.last_at.max(at);
    }
    newest_first(&mut reactions);
    reactions.truncate(LATEST);
    message.latest_reactions = reactions;
}

/// The newest first; those of one moment as they were, which is by type and user.
fn newest_first(reactions: &mut [ReactionDocument]) {
    reactions.sort_by_key(|reaction| std::cmp::Reverse((reaction.created_at, reaction.updated_at)));
}

/// `GET /messages/{id}/reactions?limit=&offset=`
pub(in super::super) async fn list(call: Call) -> Result<Answer, StreamError> {
    let page = Page::read(&call.query.fields()?, SHOWN, LIMIT)?;
    let mut found = readable(&call).await?;
    newest_first(&mut found);
    let found: Vec<ReactionDocument> = found.into_iter().skip(page.offset).take(page.limit).collect();
    shown(&call, &found).await
}

/// `POST /messages/{id}/reactions` with `filter`, `sort`, `limit` and `next`.
pub(in super::super) async fn query(call: Call) -> Result<Answer, StreamError> {
    let conditions = call.body.value("filter").cloned().unwrap_or_else(|| json!({}));
    let filter = Filter::read("filter", &conditions)?;
    let sort = Sort::read(&call.body, &[("created_at", true)])?;
    let mut page = Page::read(&call.body, SHOWN, LIMIT)?;
    page.offset = super::super::sort::next_of(&call.body)?.unwrap_or(page.offset);
    let rows: Vec<(Row, ReactionDocument)> = readable(&call).await?.into_iter().map(|one| (row(&one), one)).collect();
    let rows: Vec<_> = rows.into_iter().filter(|(row, _)| filter.accepts(row)).collect();
    let more = rows.len() > page.offset + page.limit;
    let found = page.of(rows, &sort);
    let mut answer = shown(&call, &found).await?;
    if more {
        answer.insert("next".to_owned(), json!(super::super::sort::next(page.offset + page.limit)));
    }
    Ok(answer)
}

fn row(reaction: &ReactionDocument) -> Row {
    let mut row = reaction.custom.clone();
    row.insert("type".to_owned(), json!(reaction.kind));
    row.insert("reaction_type".to_owned(), json!(reaction.kind));
    row.insert("user_id".to_owned(), json!(reaction.user));
    row.insert("score".to_owned(), json!(reaction.score));
    row.insert("created_at".to_owned(), json!(time(reaction.created_at)));
    row.insert("updated_at".to_owned(), json!(time(reaction.updated_at)));
    row
}

fn time(at: Timestamp) -> u64 {
    at.as_ms()
}

async fn readable(call: &Call) -> Result<Vec<ReactionDocument>, StreamError> {
    let id = call.path("id")?;
    let found = find(call, id).await?;
    call.permit("ReadChannel", found.channel_resource())?;
    Sight::of(call, &found.message.cid, call.acting_user()?.as_deref()).admit(call, &found.message)?;
    all(call, id).await
}

async fn shown(call: &Call, reactions: &[ReactionDocument]) -> Result<Answer, StreamError> {
    let users = Users::of(call, reactions.iter().map(|one| one.user.clone())).await?;
    let shown: Value = reactions.iter().map(|one| render::render_reaction(call, one, &users)).collect();
    Ok(Answer::from_iter([("reactions".to_owned(), shown)]))
}
