//! Properties of chats, threads and events.

use serde_json::{Value, json};

use super::super::call::{Answer, Call};
use super::super::fault::Fault;
use super::super::keep;
use super::super::property::{self, Location, value};
use super::super::webhook::{Occurrence, tell};
use super::event;
use super::record::{Chat, EVENT, Properties};
use super::transfer::permit_in_thread;
use crate::lock::Footprint;

/// Sets or deletes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Deed {
    Update,
    Delete,
}

impl Deed {
    async fn read(self, call: &Call, location: Location) -> Result<Properties, Fault> {
        let body = call.fields();
        let properties = match self {
            Self::Update => value::read(&body, "properties")?,
            Self::Delete => value::names(&body, "properties")?,
        };
        if properties.is_empty() {
            return Err(body.missing("properties"));
        }
        match self {
            Self::Update => value::writable(call, location, &properties).await?,
            Self::Delete => property::value::removable(call, location, &properties).await?,
        }
        Ok(properties)
    }

    fn apply(self, held: &mut Properties, properties: &Properties) {
        match self {
            Self::Update => value::merge(held, properties),
            Self::Delete => value::remove(held, properties),
        }
    }
}

/// `update_chat_properties`.
///
/// # Errors
/// The refusal; `not_found`; `validation` and `authorization` by the property's definition.
pub(in crate::faces::livechat) async fn update_chat(call: Call) -> Result<Answer, Fault> {
    chat(call, "update_chat_properties", Deed::Update, "chat_properties_updated").await
}

/// `delete_chat_properties`.
///
/// # Errors
/// Those of [`update_chat`].
pub(in crate::faces::livechat) async fn delete_chat(call: Call) -> Result<Answer, Fault> {
    chat(call, "delete_chat_properties", Deed::Delete, "chat_properties_deleted").await
}

async fn chat(call: Call, action: &'static str, deed: Deed, told: &'static str) -> Result<Answer, Fault> {
    let id = call.fields().required_text("id")?.to_owned();
    let edit = call.edit(Footprint::facts().channel(format!("chat:{id}"))).await?;
    let mut chat = Chat::find(&call, &id).await?;
    call.permit(action, chat.resource())?;
    let properties = deed.read(&call, Location::Chat).await?;
    deed.apply(&mut chat.document.properties, &properties);
    let documents = vec![chat.write()?];
    call.commit(edit, Vec::new(), documents).await?;
    tell(&call, Occurrence::in_chat(told, &chat, json!({"chat_id": id, "properties": as_told(&call)}))).await;
    Ok(json!({}))
}

/// `update_thread_properties`.
///
/// # Errors
/// Those of [`update_chat`].
pub(in crate::faces::livechat) async fn update_thread(call: Call) -> Result<Answer, Fault> {
    thread(call, "update_thread_properties", Deed::Update, "thread_properties_updated").await
}

/// `delete_thread_properties`.
///
/// # Errors
/// Those of [`update_chat`].
pub(in crate::faces::livechat) async fn delete_thread(call: Call) -> Result<Answer, Fault> {
    thread(call, "delete_thread_properties", Deed::Delete, "thread_properties_deleted").await
}

async fn thread(call: Call, action: &'static str, deed: Deed, told: &'static str) -> Result<Answer, Fault> {
    let id = call.fields().required_text("chat_id")?.to_owned();
    let thread_id = call.fields().required_text("thread_id")?.to_owned();
    let edit = call.edit(Footprint::facts().channel(format!("chat:{id}"))).await?;
    let chat = Chat::find(&call, &id).await?;
    let mut thread = permit_in_thread(&call, &chat, action, &thread_id, None).await?;
    let properties = deed.read(&call, Location::Thread).await?;
    deed.apply(&mut thread.properties, &properties);
    let documents = vec![chat.write_thread(&thread)?];
    call.commit(edit, Vec::new(), documents).await?;
    let payload = json!({"chat_id": id, "thread_id": thread_id, "properties": as_told(&call)});
    tell(&call, Occurrence::in_chat(told, &chat, payload)).await;
    Ok(json!({}))
}

/// `update_event_properties`.
///
/// # Errors
/// Those of [`update_chat`].
pub(in crate::faces::livechat) async fn update_event(call: Call) -> Result<Answer, Fault> {
    of_event(call, "update_event_properties", Deed::Update, "event_properties_updated").await
}

/// `delete_event_properties`.
///
/// # Errors
/// Those of [`update_chat`].
pub(in crate::faces::livechat) async fn delete_event(call: Call) -> Result<Answer, Fault> {
    of_event(call, "delete_event_properties", Deed::Delete, "event_properties_deleted").await
}

async fn of_event(call: Call, action: &'static str, deed: Deed, told: &'static str) -> Result<Answer, Fault> {
    let id = call.fields().required_text("chat_id")?.to_owned();
    let thread_id = call.fields().required_text("thread_id")?.to_owned();
    let event_id = call.fields().required_text("event_id")?.to_owned();
    let edit = call.edit(Footprint::facts().channel(format!("chat:{id}"))).await?;
    let chat = Chat::find(&call, &id).await?;
    permit_in_thread(&call, &chat, action, &thread_id, Some(&event_id)).await?;
    let (key, mut body) = event::find(&call, &id, &thread_id, &event_id).await?;
    let properties = deed.read(&call, Location::Event).await?;
    let mut held = body.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    deed.apply(&mut held, &properties);
    body.insert("properties".to_owned(), Value::Object(held));
    call.commit(edit, Vec::new(), vec![keep::put(EVENT, key, &body)?]).await?;
    let payload = json!({"chat_id": id, "thread_id": thread_id, "event_id": event_id, "properties": as_told(&call)});
    tell(&call, Occurrence::in_chat(told, &chat, payload)).await;
    Ok(json!({}))
}

/// What changed, as it was asked for.
fn as_told(call: &Call) -> Value {
    call.body.get("properties").cloned().unwrap_or_default()
}
