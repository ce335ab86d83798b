//! `POST /messages/{id}/action`: a button of a message is pressed.
//!
//! The buttons that Hallpass knows are those of an ephemeral message: send, shuffle, cancel. Other buttons belong to the app; pressing
//! them is allowed or refused, and changes nothing here.

use hallpass_store::DocumentWrite;
use serde_json::{Value, json};

use super::super::call::{Answer, Call};
use super::super::error::StreamError;
use super::super::poll;
use super::document::{self, LAST_POST, MESSAGE, MessageDocument, Sort, last_post_key};
use super::settings::Settings;
use super::sight::Sight;
use super::{find, find_undeleted, line, render, send, told, touched};
use crate::lock::Footprint;

/// `POST /messages/{id}/action`
pub(in super::super) async fn run(call: Call) -> Result<Answer, StreamError> {
    let id = call.path("id")?;
    let form = call.body.object("form_data")?.ok_or_else(|| StreamError::field("form_data", "is required"))?;
    // Once it is sent, it counts: on the message that it replies to, and for when its author last posted.
    let before = find(&call, id).await?.message;
    let footprint = Footprint::facts().entity(LAST_POST, last_post_key(&before.cid, &before.user));
    let edit = call.edit(touched(&call, footprint, id).await?).await?;
    let found = find_undeleted(&call, id).await?;
    let acting = call.acting_user()?;
    let sight = Sight::of(&call, &found.message.cid, acting.as_deref());
    sight.admit(&call, &found.message)?;
    call.permit("RunMessageAction", found.resource())?;
    let mut message = found.message.clone();
    match form.raw().get("image_action").and_then(Value::as_str) {
        Some("send") if message.sort == Sort::Ephemeral => {
            // It is posted only now: the channel may be frozen by now, its author too quick.
            let last_posted_at = document::last_post(&call, &message.cid, &message.user).await?;
            let need = if message.parent.is_some() { "CreateReply" } else { "CreateMessage" };
            call.permit_posting(need, found.channel_resource(), last_posted_at)?;
            message.sort = Sort::Regular;
            without_buttons(&mut message);
            message.order = line::key(call.now);
            message.created_at = call.now;
            message.updated_at = call.now;
            let settings = Settings::of(&call, &found.channel).await?;
            let mut written = send::posted(&call, &settings, &message)?;
            if let Some(parent) = &message.parent {
                written.extend(send::reply(&call, parent, &message, &sight).await?);
            }
            written.extend(poll::document::sent(&call, &message).await?);
            written.push(message.write()?);
            call.commit(edit, Vec::new(), written).await?;
            told::new(&call, &message).await;
        }
        Some("cancel") if message.sort == Sort::Ephemeral => {
            call.commit(edit, Vec::new(), vec![DocumentWrite::delete(MESSAGE, id)]).await?;
            return Ok(Answer::new());
        }
        _ => drop(edit),
    }
    Ok(Answer::from_iter([("message".to_owned(), render::one(&call, &message, acting.as_deref()).await?)]))
}

fn without_buttons(message: &mut MessageDocument) {
    for attachment in message.attachments.iter_mut().filter_map(Value::as_object_mut) {
        if attachment.get("type") == Some(&json!("giphy")) {
            attachment.remove("actions");
        }
    }
}
