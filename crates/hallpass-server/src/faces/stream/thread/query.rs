//! `POST /threads`: the threads that a user takes part in.

use hallpass::Resource;
use serde_json::{Value, json};

use super::super::call::{Answer, Call};
use super::super::error::StreamError;
use super::super::filter::{Filter, Row};
use super::super::message::document::{self, MessageDocument};
use super::super::message::send::TAKES_PART;
use super::super::message::sight::Sight;
use super::super::sort::{Page, Sort, next, next_of};
use super::render::{Extent, with_replies};

/// Threads in an answer that does not ask for a number, and most.
const SHOWN: u64 = 10;
const LIMIT: u64 = 25;
/// Threads read from the store at a time.
const PAGE: usize = 1000;

/// `POST /threads`: those in channels that the caller may read; the others are left out.
pub(in super::super) async fn query(call: Call) -> Result<Answer, StreamError> {
    let user = call.acting_user()?.ok_or_else(|| StreamError::field("user_id", "is required: whose threads?"))?;
    let filter = Filter::read("filter", &call.body.value("filter").cloned().unwrap_or_else(|| json!({})))?;
    let sort = Sort::read(&call.body, &[("last_message_at", true), ("created_at", true)])?;
    let mut page = Page::read(&call.body, SHOWN, LIMIT)?;
    page.offset = next_of(&call.body)?.unwrap_or(page.offset);
    let extent = Extent::read(&call.body)?;

    let prefix = format!("{user}\n");
    let start = prefix.len();
    let mut rows: Vec<(Row, MessageDocument)> = Vec::new();
    let mut after = None::<String>;
    loop {
        let (from, of) = (after.take(), prefix.clone());
        let read = call.tenant.read(move |store, app| store.scan_documents(app, TAKES_PART, &of, from.as_deref(), PAGE));
        let found = read.await.map_err(StreamError::internal)?;
        let Some((last, _)) = found.last() else { break };
        after = Some(last.clone());
        let ids = found.iter().filter_map(|(key, _)| key.get(start..).map(str::to_owned)).collect();
        let parents = document::messages(&call, ids).await?.into_values();
        let live = parents.filter(|parent| parent.reply_count > 0 && parent.deleted_at.is_none());
        rows.extend(live.map(|parent| (row(&parent), parent)).filter(|(row, _)| filter.accepts(row)));
    }
    rows.retain(|(_, parent)| readable(&call, parent, &user));
    let more = rows.len() > page.offset + page.limit;
    let mut shown = Vec::new();
    for parent in page.of(rows, &sort) {
        let sight = Sight::of(&call, &parent.cid, Some(&user));
        shown.push(Value::Object(with_replies(&call, &parent, extent, &sight, Some(&user)).await?));
    }
    let mut answer = Answer::from_iter([("threads".to_owned(), Value::Array(shown))]);
    if more {
        answer.insert("next".to_owned(), json!(next(page.offset + page.limit)));
    }
    Ok(answer)
}

fn readable(call: &Call, parent: &MessageDocument, user: &str) -> bool {
    let channel = call.tenant.engine().channel(&parent.cid).filter(|channel| !channel.deleted);
    channel.is_some() && call.may("ReadChannel", Resource::channel(&parent.cid)) && Sight::of(call, &parent.cid, Some(user)).shows(parent)
}

fn row(parent: &MessageDocument) -> Row {
    let mut row = parent.thread.custom.clone();
    let more = json!({
        "channel_cid": parent.cid,
        "parent_message_id": parent.id,
        "title": parent.thread.title,
        "created_by_user_id": parent.user,
        "reply_count": parent.reply_count,
        "created_at": parent.created_at,
        "updated_at": parent.thread.updated_at.unwrap_or(parent.created_at),
        "last_message_at": parent.last_reply_at.unwrap_or(parent.created_at),
    });
    if let Value::Object(more) = more {
        row.extend(more);
    }
    row
}
