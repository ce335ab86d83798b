//! `send_event` and what is like it: words, and signs that words are coming.

use serde_json::{Map, Value, json};

use super::super::call::{Answer, Call};
use super::super::fault::{Fault, FaultType};
use super::super::keep;
use super::super::webhook::{Occurrence, tell};
use super::event::{self, Draft};
use super::record::{Chat, EVENT, ThreadDocument};
use super::render;
use super::transfer::permit_in_thread;
use crate::lock::Footprint;

/// `send_event`.
///
/// # Errors
/// The refusal; `chat_inactive`; `not_allowed` for whoever is not in the chat.
pub(in crate::faces::livechat) async fn event(call: Call) -> Result<Answer, Fault> {
    let id = call.fields().required_text("chat_id")?.to_owned();
    let draft = Draft::read(&call.fields().required_object("event")?, &call.account)?;
    let to_last = call.fields().flag("attach_to_last_thread")?.unwrap_or(false);
    if draft.author != call.account {
        return Err(Fault::validation("event.author_id: may only be the requester's own id"));
    }

    let edit = call.edit(Footprint::facts().channel(format!("chat:{id}"))).await?;
    let chat = Chat::find(&call, &id).await?;
    call.permit("send_event", chat.within("event", ""))?;
    event::present(&call, &chat)?;
    event::heard_by(&chat, &draft.author, &draft.visibility)?;
    let mut thread = thread_for(&call, &chat, to_last).await?;
    let sent = draft.append(&call, &chat, &mut thread)?;
    let documents = vec![sent.document, chat.write_thread(&thread)?];
    call.commit(edit, Vec::new(), documents).await?;

    tell(&call, Occurrence::in_chat("incoming_event", &chat, json!({"chat_id": id, "thread_id": thread.id, "event": sent.body}))).await;
    let shown = render::event(&call, &sent.body);
    if render::is_of_2018(&call) {
        return Ok(json!({"thread_id": thread.id, "event": shown}));
    }
    Ok(json!({"event_id": sent.id}))
}

/// The thread that an event goes to: the open one, or the last one where that is asked for.
async fn thread_for(call: &Call, chat: &Chat, to_last: bool) -> Result<ThreadDocument, Fault> {
    if !to_last {
        return chat.active_thread(call).await;
    }
    let last = chat.last_thread(call).await?;
    last.ok_or_else(|| Fault::new(FaultType::ChatInactive, "the chat has no thread to attach to"))
}

/// `send_event_preview`: checked like the event that it announces; nobody is connected who would see it, and nothing is kept.
///
/// # Errors
/// Those of [`event`].
pub(in crate::faces::livechat) async fn preview(call: Call) -> Result<Answer, Fault> {
    let draft = Draft::read(&call.fields().required_object("event")?, &call.account)?;
    let chat = sign(&call, "send_event_preview").await?;
    event::heard_by(&chat, &draft.author, &draft.visibility)?;
    Ok(json!({}))
}

/// `send_typing_indicator`.
///
/// # Errors
/// The refusal; `chat_inactive`; `not_allowed`.
pub(in crate::faces::livechat) async fn typing(call: Call) -> Result<Answer, Fault> {
    call.fields().flag("is_typing")?.ok_or_else(|| call.fields().missing("is_typing"))?;
    visible_sign(&call, "send_typing_indicator").await
}

/// `send_thinking_indicator`.
///
/// # Errors
/// The refusal; `chat_inactive`; `not_allowed`.
pub(in crate::faces::livechat) async fn thinking(call: Call) -> Result<Answer, Fault> {
    call.fields().text("title")?;
    call.fields().text("description")?;
    visible_sign(&call, "send_thinking_indicator").await
}

async fn visible_sign(call: &Call, action: &'static str) -> Result<Answer, Fault> {
    let word = if call.fields().value("visibility").is_some() { "visibility" } else { "recipients" };
    let visibility = call.fields().word(word, &["all", "agents"])?.unwrap_or("all").to_owned();
    let chat = sign(call, action).await?;
    event::heard_by(&chat, &call.account, &visibility)?;
    Ok(json!({}))
}

/// A sign in a chat: asked, from within, while it is active.
async fn sign(call: &Call, action: &'static str) -> Result<Chat, Fault> {
    let id = call.fields().required_text("chat_id")?.to_owned();
    let chat = Chat::find(call, &id).await?;
    call.permit(action, chat.resource())?;
    event::present(call, &chat)?;
    chat.active_thread(call).await?;
    Ok(chat)
}

/// `send_rich_message_postback`: presses a button of a rich message, or lets it go.
///
/// # Errors
/// The refusal; `not_found`; `validation` where no button has that id.
pub(in crate::faces::livechat) async fn postback(call: Call) -> Result<Answer, Fault> {
    let id = call.fields().required_text("chat_id")?.to_owned();
    let thread = call.fields().required_text("thread_id")?.to_owned();
    let event_id = call.fields().required_text("event_id")?.to_owned();
    let postback = call.fields().required_object("postback")?;
    let button = postback.required_text("id")?.to_owned();
    let toggled = postback.flag("toggled")?.ok_or_else(|| postback.missing("toggled"))?;

    let edit = call.edit(Footprint::facts().channel(format!("chat:{id}"))).await?;
    let chat = Chat::find(&call, &id).await?;
    permit_in_thread(&call, &chat, "send_rich_message_postback", &thread, Some(&event_id)).await?;
    event::present(&call, &chat)?;
    let (key, mut body) = event::find(&call, &id, &thread, &event_id).await?;
    if !press(&mut body, &button, &call.account, toggled) {
        return Err(Fault::validation(format!("postback.id: '{button}' is no button of event '{event_id}'")));
    }
    call.commit(edit, Vec::new(), vec![keep::put(EVENT, key, &body)?]).await?;

    let told = json!({
        "user_id": call.account, "chat_id": id, "thread_id": thread, "event_id": event_id,
        "postback": {"id": button, "toggled": toggled},
    });
    tell(&call, Occurrence::in_chat("incoming_rich_message_postback", &chat, told)).await;
    Ok(json!({}))
}

/// Adds the user to all buttons with this id, or takes them away. Whether there is one.
fn press(body: &mut Map<String, Value>, button: &str, user: &str, toggled: bool) -> bool {
    let mut found = false;
    let elements = body.get_mut("elements").and_then(Value::as_array_mut);
    let buttons = elements.into_iter().flatten().filter_map(|element| element.get_mut("buttons")?.as_array_mut()).flatten();
    for held in buttons.filter_map(Value::as_object_mut).filter(|held| held.get("postback_id") == Some(&json!(button))) {
        found = true;
        let users = held.entry("user_ids").or_insert_with(|| json!([]));
        if let Some(users) = users.as_array_mut() {
            users.retain(|listed| listed != user);
            if toggled {
                users.push(json!(user));
            }
        }
    }
    found
}

/// `request_thread_summary`: counts who said how much, with the first and the last word, as the thread's property `summary.text`.
///
/// # Errors
/// The refusal; `not_found`.
pub(in crate::faces::livechat) async fn summary(call: Call) -> Result<Answer, Fault> {
    let id = call.fields().required_text("chat_id")?.to_owned();
    let thread_id = call.fields().required_text("thread_id")?.to_owned();
    let edit = call.edit(Footprint::facts().channel(format!("chat:{id}"))).await?;
    let chat = Chat::find(&call, &id).await?;
    let mut thread = permit_in_thread(&call, &chat, "request_thread_summary", &thread_id, None).await?;
    let events = event::of_thread(&call, &id, &thread_id).await?;
    let words: Vec<&str> = events.iter().filter_map(|event| event.get("text")?.as_str()).collect();
    let text = match (words.first(), words.last()) {
        (Some(first), Some(last)) => {
            format!("{} events by {} users. First: {first} Last: {last}", events.len(), thread.user_ids.len())
        }
        _ => format!("{} events by {} users.", events.len(), thread.user_ids.len()),
    };
    thread.properties.insert("summary".to_owned(), json!({"text": text}));
    let documents = vec![chat.write_thread(&thread)?];
    call.commit(edit, Vec::new(), documents).await?;
    Ok(json!({}))
}
