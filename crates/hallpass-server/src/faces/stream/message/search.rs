//! `GET /search`: messages by words or a filter, in channels by a filter.

use hallpass::Resource;
use serde_json::{Value, json};

use super::super::call::{Answer, Call};
use super::super::channel;
use super::super::error::StreamError;
use super::super::fields::Fields;
use super::super::filter::{Filter, Row};
use super::super::sort::{Page, Sort, next, next_of};
use super::document::MessageDocument;
use super::render::Scene;
use super::sight::Sight;
use super::{line, settings, window::Window};

/// Messages in an answer that does not ask for a number, and most.
const SHOWN: u64 = 10;
const LIMIT: u64 = 100;
/// Most messages of one channel that are looked at, the newest: there is no index of words.
const LOOKED_AT: usize = 10_000;

/// `GET /search?payload=`
pub(in super::super) async fn search(call: Call) -> Result<Answer, StreamError> {
    let request = call.query.payload()?;
    let acting = call.acting_user()?;
    let wanted = wanted(&request)?;
    let conditions = request.value("filter_conditions").cloned().unwrap_or_else(|| json!({}));
    let sort = Sort::read(&request, &[("created_at", true)])?;
    let mut page = Page::read(&request, SHOWN, LIMIT)?;
    page.offset = next_of(&request)?.unwrap_or(page.offset);

    let channels = channel::query::matching(&call, &conditions, acting.as_deref()).await?;
    let mut rows: Vec<(Row, MessageDocument)> = Vec::new();
    for channel in &channels {
        call.permit("ReadChannel", Resource::channel(channel.id.as_str()))?;
        settings::feature(&call, channel, "search")?;
        let sight = Sight::of(&call, channel.id.as_str(), acting.as_deref());
        let messages = Window::newest(LOOKED_AT).of(&call, line::TIMELINE, channel.id.as_str(), &sight).await?;
        let live = messages.into_iter().filter(|message| message.deleted_at.is_none());
        rows.extend(live.map(|message| (row(&message), message)).filter(|(row, _)| wanted.accepts(row)));
    }
    let more = rows.len() > page.offset + page.limit;
    let found = page.of(rows, &sort);
    let scene = Scene::of(&call, &found.iter().collect::<Vec<_>>(), acting.as_deref()).await?;
    let shown: Value = found.iter().map(|message| json!({"message": scene.render(&call, message)})).collect();
    let mut answer = Answer::from_iter([("results".to_owned(), shown)]);
    if more {
        answer.insert("next".to_owned(), json!(next(page.offset + page.limit)));
    }
    Ok(answer)
}

/// Either words, or a filter.
fn wanted(request: &Fields) -> Result<Filter, StreamError> {
    match (request.text("query")?.filter(|words| !words.is_empty()), request.value("message_filter_conditions")) {
        (Some(_), Some(_)) => Err(StreamError::input("query and message_filter_conditions exclude each other")),
        (Some(words), None) => Filter::read("query", &json!({"text": {"$q": words}})),
        (None, Some(conditions)) => Filter::read("message_filter_conditions", conditions),
        (None, None) => Err(StreamError::input("one of query and message_filter_conditions is required")),
    }
}

/// A message as filters and sorts see it.
fn row(message: &MessageDocument) -> Row {
    let mut row = message.custom.clone();
    let more = json!({
        "id": message.id,
        "cid": message.cid,
        "text": message.text,
        "user": {"id": message.user},
        "user_id": message.user,
        "parent_id": message.parent,
        "type": if message.parent.is_some() { "reply" } else if message.sort == super::document::Sort::System { "system" } else { "regular" },
        "pinned": message.pinned_at.is_some(),
        "attachments": message.attachments.first().map(|first| json!({"type": first.get("type")})),
        "mentioned_users": {"id": message.mentioned_users},
        "reply_count": message.reply_count,
        "created_at": message.created_at,
        "updated_at": message.updated_at,
    });
    if let Value::Object(more) = more {
        row.extend(more);
    }
    row
}
