//! Events: what is said in a thread.

use hallpass_store::DocumentWrite;
use serde_json::{Map, Value, json};

use super::super::call::Call;
use super::super::fault::{Fault, FaultType};
use super::super::fields::Fields;
use super::super::{keep, moment};
use super::record::{Chat, EVENT, ThreadDocument};

/// The types that callers may send, each with a field that it cannot do without.
const TYPES: &[(&str, Option<&str>)] = &[
    ("message", Some("text")),
    ("file", Some("url")),
    ("custom", None),
    ("rich_message", Some("template_id")),
    ("filled_form", Some("fields")),
    ("form", Some("fields")),
    ("system_message", Some("text")),
    ("annotation", Some("annotation_type")),
];

/// Most text of one message, in characters.
const TEXT_CHARS: usize = 16_384;

/// What the server itself writes into an event.
const OURS: &[&str] = &["id", "created_at", "timestamp", "order", "author_id", "recipients", "visibility"];

/// An event that is to be sent, checked.
#[derive(Debug, Clone)]
pub(in crate::faces::livechat) struct Draft {
    pub(in crate::faces::livechat) author: String,
    pub(in crate::faces::livechat) visibility: String,
    body: Map<String, Value>,
}

impl Draft {
    /// Reads an event. `recipients` is what `visibility` was called up to v3.4.
    ///
    /// # Errors
    /// `validation`.
    pub(in crate::faces::livechat) fn read(fields: &Fields, requester: &str) -> Result<Self, Fault> {
        let name = fields.required_text("type")?;
        let Some((_, needed)) = TYPES.iter().find(|(known, _)| *known == name) else {
            let known: Vec<&str> = TYPES.iter().map(|(known, _)| *known).collect();
            return Err(fields.refuse("type", &format!("one of {}", known.join(", "))));
        };
        match needed {
            Some("text") => {
                let text = fields.required_text("text")?;
                if text.chars().count() > TEXT_CHARS {
                    return Err(Fault::validation(format!("{}: may have {TEXT_CHARS} characters at most", fields.path("text"))));
                }
            }
            Some(needed) if fields.value(needed).is_none() => return Err(fields.missing(needed)),
            _ => {}
        }
        let word = if fields.value("visibility").is_some() { "visibility" } else { "recipients" };
        let visibility = fields.word(word, &["all", "agents"])?.unwrap_or("all").to_owned();
        let author = fields.text("author_id")?.unwrap_or(requester).to_owned();
        let mut body = fields.raw().clone();
        body.retain(|key, value| !OURS.contains(&key.as_str()) && !value.is_null());
        Ok(Self { author, visibility, body })
    }

    /// Puts the event at the end of a thread.
    ///
    /// # Errors
    /// Never.
    pub(in crate::faces::livechat) fn append(self, call: &Call, chat: &Chat, thread: &mut ThreadDocument) -> Result<Sent, Fault> {
        thread.events += 1;
        let id = format!("{}_{}", thread.id, thread.events);
        let mut body = self.body;
        body.insert("id".to_owned(), json!(id));
        body.insert("created_at".to_owned(), json!(moment::text(call.now)));
        body.insert("visibility".to_owned(), json!(self.visibility));
        if body.get("type") != Some(&json!("system_message")) {
            body.insert("author_id".to_owned(), json!(self.author));
            if !thread.user_ids.contains(&self.author) {
                thread.user_ids.push(self.author);
            }
        }
        let body = Value::Object(body);
        let document = keep::put(EVENT, key(&chat.id, &thread.id, thread.events), &body)?;
        Ok(Sent { id, body, document })
    }
}

/// An event that was written down.
pub(in crate::faces::livechat) struct Sent {
    pub(in crate::faces::livechat) id: String,
    pub(in crate::faces::livechat) body: Value,
    pub(in crate::faces::livechat) document: DocumentWrite,
}

fn key(chat: &str, thread: &str, number: u64) -> String {
    keep::composed(&[chat, thread, &format!("{number:08}")])
}

/// All events of a thread, oldest first.
///
/// # Errors
/// When the store fails.
pub(in crate::faces::livechat) async fn of_thread(call: &Call, chat: &str, thread: &str) -> Result<Vec<Value>, Fault> {
    let prefix = format!("{}{}", keep::composed(&[chat, thread]), keep::SEPARATOR);
    Ok(keep::all(call, EVENT, prefix).await?.into_iter().map(|(_, body)| body).collect())
}

/// One event, with the id of its document.
///
/// # Errors
/// `not_found`.
pub(in crate::faces::livechat) async fn find(
    call: &Call,
    chat: &str,
    thread: &str,
    id: &str,
) -> Result<(String, Map<String, Value>), Fault> {
    let missing = || keep::missing("event", id);
    let number: u64 = id.strip_prefix(thread).and_then(|rest| rest.strip_prefix('_')?.parse().ok()).ok_or_else(missing)?;
    let key = key(chat, thread, number);
    Ok((key.clone(), keep::find(call, EVENT, &key).await?.ok_or_else(missing)?))
}

/// Refuses whoever is not on the chat's user list: nobody writes into a chat from outside (v3.4), whatever their scopes.
///
/// # Errors
/// `not_allowed`.
pub(in crate::faces::livechat) fn present(call: &Call, chat: &Chat) -> Result<(), Fault> {
    if chat.has(&call.account) {
        return Ok(());
    }
    Err(Fault::new(FaultType::NotAllowed, "Requester is not user of the chat"))
}

/// Refuses a word to all from somebody whom only agents see.
///
/// # Errors
/// `not_allowed`.
pub(in crate::faces::livechat) fn heard_by(chat: &Chat, author: &str, visibility: &str) -> Result<(), Fault> {
    let hidden = chat.user(author).is_some_and(|user| user.visibility == "agents");
    if hidden && visibility == "all" {
        let text = "a chat user with the visibility 'agents' cannot send with the visibility 'all'";
        return Err(Fault::new(FaultType::NotAllowed, text));
    }
    Ok(())
}
