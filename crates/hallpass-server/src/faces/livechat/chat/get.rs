//! `get_chat`, `list_threads`, and the `get_chat_threads` of 2018: one chat, as far as each thread is open to the caller.

use hallpass::Timestamp;
use serde_json::{Map, Value, json};

use super::super::call::{Answer, Call};
use super::super::fault::Fault;
use super::super::page::Page;
use super::super::property::value::without_private;
use super::record::{Chat, ThreadDocument};
use super::render::{self, People};
use super::{event, transfer};

/// `get_chat`: the latest thread, or the one that is asked for.
///
/// # Errors
/// The refusal, by the groups of the thread; `not_found`.
pub(in crate::faces::livechat) async fn get(call: Call) -> Result<Answer, Fault> {
    let body = call.fields();
    let chat = Chat::find(&call, body.required_text("chat_id")?).await?;
    let thread = match body.text("thread_id")? {
        Some(id) => Some(chat.thread(&call, id).await?),
        None => chat.last_thread(&call).await?,
    };
    let Some(thread) = thread else {
        call.permit("get_chat", chat.resource())?;
        let people = People::of(&call, &[&chat]).await?;
        return without_private(&call, Value::Object(render::chat(&call, &chat, &people))).await;
    };
    let access = thread.access();
    let access: Vec<&str> = access.iter().map(String::as_str).collect();
    call.permit("get_chat", transfer::of_thread(&chat, &thread.id, &access))?;
    let events = event::of_thread(&call, &chat.id, &thread.id).await?;
    let people = People::of(&call, &[&chat]).await?;
    let mut shown = render::chat(&call, &chat, &people);
    shown.insert("thread".to_owned(), render::thread(&call, &chat, &thread, &events));
    without_private(&call, Value::Object(shown)).await
}

/// A thread that is listed, and whether the caller may read it.
struct Listed {
    thread: ThreadDocument,
    is_open: bool,
}

/// All threads of a chat, oldest first. Refused where none is open to the caller.
async fn listed(call: &Call, chat: &Chat) -> Result<Vec<Listed>, Fault> {
    let mut found = Vec::new();
    for id in &chat.document.threads {
        let thread = chat.thread(call, id).await?;
        let access = thread.access();
        let access: Vec<&str> = access.iter().map(String::as_str).collect();
        let is_open = call.may("list_threads", transfer::of_thread(chat, &thread.id, &access))?;
        found.push(Listed { thread, is_open });
    }
    if !found.iter().any(|listed| listed.is_open) {
        call.permit("list_threads", chat.resource())?;
    }
    Ok(found)
}

/// `list_threads`. Threads that are closed to the caller are listed without what was said in them.
///
/// # Errors
/// The refusal where no thread is open to the caller; `not_found`; `validation`.
pub(in crate::faces::livechat) async fn threads(call: Call) -> Result<Answer, Fault> {
    let body = call.fields();
    let chat = Chat::find(&call, body.required_text("chat_id")?).await?;
    let page = Page::read(&body, 3)?;
    let filters = page.request.object_or_empty("filters")?;
    let (from, to) = (filters.time("from")?, filters.time("to")?);
    let least_events = page.request.number("min_events_count", 1..=100)?;
    let mut found = listed(&call, &chat).await?;
    let within = |at: Timestamp| from.is_none_or(|from| at >= from) && to.is_none_or(|to| at <= to);
    found.retain(|listed| within(listed.thread.created_at));
    if page.newest_first {
        found.reverse();
    }
    let total = found.len();
    let start = page.after.as_ref().and_then(|after| found.iter().position(|listed| listed.thread.id == *after).map(|at| at + 1));

    let (mut shown, mut events_shown, mut last) = (Vec::new(), 0, None);
    let mut rest = found.iter().skip(start.unwrap_or(0)).peekable();
    while let Some(listed) = rest.peek() {
        let is_enough = match least_events {
            Some(least) => events_shown >= least,
            None => shown.len() >= page.limit,
        };
        if is_enough {
            break;
        }
        last = Some(listed.thread.id.clone());
        shown.push(if listed.is_open {
            let events = event::of_thread(&call, &chat.id, &listed.thread.id).await?;
            events_shown += listed.thread.events;
            render::thread(&call, &chat, &listed.thread, &events)
        } else {
            render::restricted_thread(&call, &chat, &listed.thread)
        });
        rest.next();
    }
    let mut answer = Map::from_iter([("threads".to_owned(), json!(shown)), ("found_threads".to_owned(), json!(total))]);
    if let (Some(last), Some(_)) = (last, rest.peek()) {
        answer.insert("next_page_id".to_owned(), json!(page.next(&last)));
    }
    without_private(&call, Value::Object(answer)).await
}

/// `get_chat_threads` (2018): the threads that are asked for, and the ids of all.
///
/// # Errors
/// The refusal; `not_found`.
pub(in crate::faces::livechat) async fn chat_threads(call: Call) -> Result<Answer, Fault> {
    let body = call.fields();
    let chat = Chat::find(&call, body.required_text("chat_id")?).await?;
    let wanted = body.texts("thread_ids")?.unwrap_or_default();
    let found = listed(&call, &chat).await?;
    let people = People::of(&call, &[&chat]).await?;
    let mut shown = render::chat(&call, &chat, &people);
    let summary = |listed: &Listed| json!({"thread_id": listed.thread.id, "order": listed.thread.created_at.as_ms()});
    shown.insert("threads_summary".to_owned(), found.iter().map(summary).collect());
    let mut threads = Vec::new();
    for listed in found.iter().filter(|listed| listed.is_open && wanted.contains(&listed.thread.id)) {
        let events = event::of_thread(&call, &chat.id, &listed.thread.id).await?;
        threads.push(render::thread(&call, &chat, &listed.thread, &events));
    }
    if !wanted.is_empty() {
        shown.insert("threads".to_owned(), json!(threads));
    }
    without_private(&call, json!({"chat": shown})).await
}
