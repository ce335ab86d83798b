//! `PATCH /threads/{message_id}`: title and custom fields of a thread.

use hallpass::Resource;
use serde_json::Value;

use super::super::call::{Answer, Call};
use super::super::dialect::Dialect;
use super::super::error::StreamError;
use super::super::event::{self, Event};
use super::super::message::{self, document::MESSAGE, find_undeleted, sight::Sight};
use super::super::patch;
use super::super::user::good_custom;
use super::render::{Extent, alone};
use crate::lock::Footprint;

/// Longest title, in characters.
const TITLE_CHARS: usize = 255;
/// Fields that are only shown.
const RESERVED: &[&str] = &[
    "channel",
    "channel_cid",
    "created_at",
    "created_by",
    "id",
    "last_message_at",
    "parent_message",
    "parent_message_id",
    "participants",
    "reply_count",
    "type",
    "updated_at",
    "user",
];

/// `PATCH /threads/{message_id}` with `set` and `unset`. A thread belongs to who wrote the message that it hangs on.
pub(in super::super) async fn update(call: Call) -> Result<Answer, StreamError> {
    let id = call.path("message_id")?;
    let set = call.body.object("set")?.unwrap_or_default();
    let unset = call.body.texts("unset")?.unwrap_or_default();
    let acting = call.acting_user()?;
    let edit = call.edit(Footprint::facts().entity(MESSAGE, id)).await?;
    let found = find_undeleted(&call, id).await?;
    Sight::of(&call, &found.message.cid, acting.as_deref()).admit(&call, &found.message)?;
    call.permit("UpdateThread", Resource::within("thread", id, &found.message.cid).owned_by(&found.message.user))?;
    let mut parent = found.message.clone();
    if parent.reply_count == 0 {
        return Err(StreamError::not_found(format!("message '{id}' has no replies, so there is no thread")));
    }
    if let Some(title) = set.text("title")? {
        if title.chars().count() > TITLE_CHARS {
            return Err(StreamError::field("set.title", format!("has at most {TITLE_CHARS} characters")));
        }
        title.clone_into(&mut parent.thread.title);
    }
    let mut custom = parent.thread.custom.clone();
    if let Some(under) = set.object("custom")?.filter(|_| call.dialect == Dialect::Prefixed) {
        custom.extend(under.raw().clone());
    }
    for (name, value) in set.raw().iter().filter(|(name, _)| !matches!(name.as_str(), "title" | "custom")) {
        free(name)?;
        patch::set(&mut custom, name, value.clone())?;
    }
    for name in &unset {
        free(name)?;
        if name == "title" {
            parent.thread.title.clear();
        } else {
            patch::unset(&mut custom, name);
        }
    }
    good_custom("set", &custom)?;
    parent.thread.custom = custom;
    parent.thread.updated_at = Some(call.now);
    call.commit(edit, Vec::new(), vec![parent.write()?]).await?;

    let extent = Extent::read(&super::super::fields::Fields::default())?;
    event::told(async {
        for voice in call.voices() {
            let thread = alone(&voice, &parent, extent, None).await?;
            let event = message::told::seen(Event::in_channel("thread.updated", &found.channel.id), &parent);
            voice.announce(event.with("thread", Value::Object(thread)));
        }
        Ok(())
    })
    .await;
    let thread = alone(&call, &parent, extent, acting.as_deref()).await?;
    Ok(Answer::from_iter([("thread".to_owned(), Value::Object(thread))]))
}

fn free(name: &str) -> Result<(), StreamError> {
    if RESERVED.contains(&name) { Err(StreamError::field(name, "is only shown, and does not change")) } else { Ok(()) }
}
