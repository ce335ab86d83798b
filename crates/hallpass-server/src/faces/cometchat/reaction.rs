//! Reactions to messages.

use std::collections::BTreeMap;

use hallpass::{Resource, Timestamp};
use hallpass_store::DocumentWrite;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::call::Call;
use super::documents::{self, SEPARATOR, seconds};
use super::entity;
use super::envelope::Answer;
use super::error::{Code, CometError};
use super::forget;
use super::message::{self, MessageDocument, not_deleted, render, store};
use crate::lock::Footprint;

/// Reactions, by message, reaction and user.
const KIND: &str = "reaction";
/// Longest reaction, in characters: emoji are sequences of several.
const MAX_CHARS: usize = 50;
/// Reactions on a page that does not say; the SDK's number.
const PER_PAGE: u64 = 10;
/// Most reactions on a page.
const MOST_PER_PAGE: u64 = 100;

/// A reaction, as stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ReactionDocument {
    reaction: String,
    uid: String,
    reacted_at: Timestamp,
}

fn prefix(message: u64) -> String {
    format!("{}{SEPARATOR}", store::padded(message))
}

fn document_id(message: u64, reaction: &str, uid: &str) -> String {
    format!("{}{reaction}{SEPARATOR}{uid}", prefix(message))
}

/// `POST /messages/{id}/reactions/{reaction}`: the answer is the message with its reactions. Once more changes nothing.
pub(super) async fn add(call: Call) -> Result<Answer, CometError> {
    let (message, reaction) = of_path(&call).await?;
    let actor = entity::actor(&call).to_owned();
    permit(&call, "AddReaction", &message, &reaction, &actor)?;
    let edit = call.edit(Footprint::facts().entity(KIND, store::padded(message.id))).await?;
    permit(&call, "AddReaction", &message, &reaction, &actor)?;
    not_deleted(&message)?;
    let id = document_id(message.id, &reaction, &actor);
    if documents::one::<ReactionDocument>(&call.tenant, KIND, &id).await?.is_none() {
        let document = ReactionDocument { reaction, uid: actor, reacted_at: call.now };
        call.commit(edit, Vec::new(), vec![documents::put(KIND, &id, &document)?]).await?;
    }
    Ok(Answer::of(render::one(&call, &message).await?))
}

/// `DELETE /messages/{id}/reactions/{reaction}`: takes the caller's own back.
pub(super) async fn remove(call: Call) -> Result<Answer, CometError> {
    let (message, reaction) = of_path(&call).await?;
    let actor = entity::actor(&call).to_owned();
    permit(&call, "RemoveReaction", &message, &reaction, &actor)?;
    let edit = call.edit(Footprint::facts().entity(KIND, store::padded(message.id))).await?;
    let id = document_id(message.id, &reaction, &actor);
    if documents::one::<ReactionDocument>(&call.tenant, KIND, &id).await?.is_none() {
        let text = format!("The user {actor} has not reacted to the message with id {} with {reaction}.", message.id);
        return Err(CometError::new(Code::ReactionNotFound, text));
    }
    call.commit(edit, Vec::new(), vec![DocumentWrite::delete(KIND, id)]).await?;
    Ok(Answer::of(render::one(&call, &message).await?))
}

/// `GET /messages/{id}/reactions`, all or of one kind, in the order in which they came.
pub(super) async fn list(call: Call) -> Result<Answer, CometError> {
    let query = call.query.fields()?;
    let limit = query.number("limit", 0..=MOST_PER_PAGE)?.filter(|limit| *limit > 0).unwrap_or(PER_PAGE);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let after = query.text("id")?.map(str::to_owned);
    let is_backwards = query.text("affix")? == Some("prepend");
    let message = message::of_path(&call).await?;
    let channel = message.channel();
    call.permit_listing("ListReactions", channel.as_deref().map_or_else(Resource::app, Resource::channel))?;

    let mut found = visible(&call, &message).await?;
    if let Some(reaction) = call.path.get("reaction") {
        found.retain(|(_, document)| document.reaction == *reaction);
    }
    found.sort_by(|(one, a), (other, b)| (a.reacted_at, one).cmp(&(b.reacted_at, other)));
    if is_backwards {
        found.reverse();
    }
    let start = after.and_then(|after| found.iter().position(|(id, _)| shown_id(id) == after)).map_or(0, |at| at + 1);
    let has_more = found.len() > start + limit;
    let page: Vec<_> = found.into_iter().skip(start).take(limit).collect();
    let users = entity::users(&call, page.iter().map(|(_, document)| document.uid.as_str())).await?;
    let shown: Vec<Value> = page
        .iter()
        .map(|(id, document)| {
            json!({
                "id": shown_id(id), "messageId": message.id.to_string(), "reaction": document.reaction, "uid": document.uid,
                "reactedAt": seconds(document.reacted_at), "reactedBy": users.get(&document.uid),
            })
        })
        .collect();
    let mut meta = json!({"pagination": {"count": shown.len(), "per_page": limit, "current_page": 1}});
    if let (true, Some((last, _)), Some(object)) = (has_more, page.last(), meta.as_object_mut()) {
        let affix = if is_backwards { "prepend" } else { "append" };
        let key = if is_backwards { "previous" } else { "next" };
        object.insert(key.to_owned(), json!({"id": shown_id(last), "affix": affix}));
    }
    Ok(Answer::of(shown).with_meta(meta))
}

/// Ids of documents hold what no query string should.
fn shown_id(id: &str) -> String {
    crate::key::KeyDigest::of(id).into()
}

/// Counts of the reactions that the caller may see: `[{reaction, count, reactedByMe}]` by message, where there are any.
pub(super) async fn counts(call: &Call, messages: &[MessageDocument]) -> Result<BTreeMap<u64, Value>, CometError> {
    let mut counted = BTreeMap::new();
    for message in messages {
        let mut counts: Vec<(String, u64, bool)> = Vec::new();
        for (_, document) in visible(call, message).await? {
            let is_own = call.caller.user() == Some(document.uid.as_str());
            match counts.iter_mut().find(|(reaction, ..)| *reaction == document.reaction) {
                Some((_, count, own)) => (*count, *own) = (*count + 1, *own || is_own),
                None => counts.push((document.reaction, 1, is_own)),
            }
        }
        if !counts.is_empty() {
            let shown = counts.into_iter().map(|(reaction, count, own)| json!({"reaction": reaction, "count": count, "reactedByMe": own}));
            counted.insert(message.id, shown.collect());
        }
    }
    Ok(counted)
}

/// Everything of a message's, to be deleted.
pub(super) async fn forget(call: &Call, message: u64) -> Result<Vec<DocumentWrite>, CometError> {
    let found = documents::all::<Value>(&call.tenant, KIND, &prefix(message)).await?;
    Ok(found.into_iter().map(|(id, _)| DocumentWrite::delete(KIND, id)).collect())
}

/// Everything of a user's, to be deleted.
pub(super) async fn forget_of(call: &Call, uid: &str) -> Result<Vec<DocumentWrite>, CometError> {
    forget::holding(call, KIND, &["uid"], uid).await
}

/// The reactions to a message that the caller may see.
async fn visible(call: &Call, message: &MessageDocument) -> Result<Vec<(String, ReactionDocument)>, CometError> {
    let channel = message.channel();
    let mut seen = Vec::new();
    for (id, document) in documents::all::<ReactionDocument>(&call.tenant, KIND, &prefix(message.id)).await? {
        let row = message::resource("reaction", &document.reaction, channel.as_deref(), &document.uid);
        if call.permits_row("ListReactions", row, &[])? {
            seen.push((id, document));
        }
    }
    Ok(seen)
}

fn permit(call: &Call, action: &'static str, message: &MessageDocument, reaction: &str, owner: &str) -> Result<(), CometError> {
    let channel = message.channel();
    call.permit(action, message::resource("reaction", reaction, channel.as_deref(), owner), &[])
}

async fn of_path(call: &Call) -> Result<(MessageDocument, String), CometError> {
    let reaction = call.path("reaction")?.to_owned();
    if reaction.is_empty() || reaction.chars().count() > MAX_CHARS || reaction.contains(char::is_control) {
        return Err(CometError::field("reaction", format!("The reaction must have 1 to {MAX_CHARS} printable characters.")));
    }
    Ok((message::of_path(call).await?, reaction))
}
