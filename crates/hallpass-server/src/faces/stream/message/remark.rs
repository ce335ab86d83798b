//! The system message that comes with a change of a channel, and says what was done: "Ben joined".
//!
//! It carries a text and custom fields: what else a message can carry has permissions of its own, and is left out.

use hallpass::{Channel, ChannelId, Resource};
use hallpass_store::DocumentWrite;

use super::super::call::Call;
use super::super::caller::{Caller, named_user};
use super::super::documents;
use super::super::error::StreamError;
use super::super::moderation::{report, screen};
use super::document::{self, ACTIVITY, Activity, MESSAGE, MessageDocument, Sort};
use super::settings::Settings;
use super::{link, send, told};
use crate::lock::Footprint;

/// What a remark asks for beside the change that it comes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Asks {
    /// Nothing: who may do this may say so.
    Nothing,
    /// What posting asks for, because the change itself may ask for nothing.
    Posting,
}

/// Reads `message`, where the request brings one.
///
/// # Errors
/// When it is not a message, or names no author.
pub(in super::super) fn read(call: &Call, cid: &ChannelId, acting: Option<&str>) -> Result<Option<MessageDocument>, StreamError> {
    let Some(fields) = call.body.object("message")? else { return Ok(None) };
    let author = match (&call.caller, named_user(&fields)?, acting) {
        (Caller::Server, None, Some(acting)) => acting.to_owned(),
        _ => send::author(call, &fields)?,
    };
    let said = send::read(call, &fields, cid.as_str(), &author)?;
    Ok(Some(MessageDocument {
        id: said.id,
        cid: said.cid,
        user: said.user,
        order: said.order,
        sort: Sort::System,
        text: said.text,
        custom: said.custom,
        silent: said.silent,
        created_at: said.created_at,
        updated_at: said.updated_at,
        ..MessageDocument::default()
    }))
}

/// Adds the remark to what a command is about to touch.
pub(in super::super) fn touched(footprint: Footprint, said: Option<&MessageDocument>) -> Footprint {
    said.into_iter().fold(footprint, |footprint, said| report::touched(footprint.entity(MESSAGE, &said.id), &said.id))
}

/// Refuses a remark that the caller may not make, and what is none; answers what moderation writes of one that is made.
///
/// # Errors
/// The refusal, or what is wrong.
pub(in super::super) async fn permit(
    call: &Call,
    channel: &Channel,
    said: &MessageDocument,
    asks: Asks,
) -> Result<Vec<DocumentWrite>, StreamError> {
    let resource = Resource::channel(&said.cid);
    if asks == Asks::Posting {
        let last_posted_at = document::last_post(call, &said.cid, &said.user).await?;
        call.permit_posting("CreateMessage", resource, last_posted_at)?;
    }
    if !link::links(&said.text, &[]).is_empty() {
        call.permit("AddLinks", resource)?;
    }
    super::super::channel::must_exist(call.tenant.engine(), [said.user.as_str()])?;
    Settings::of(call, channel).await?.good_text(&said.text)?;
    let reported = screen::let_through(call, channel, &said.id, &said.user, &said.text).await?;
    if document::message(call, &said.id).await?.is_some() {
        return Err(StreamError::field("message.id", format!("a message with id '{}' already exists", said.id)).with("reason", "in_use"));
    }
    Ok(reported)
}

/// What it takes to write it.
///
/// # Errors
/// When it cannot be written.
pub(in super::super) fn write(call: &Call, said: &MessageDocument) -> Result<Vec<DocumentWrite>, StreamError> {
    let mut written = said.lines(call.now);
    written.push(said.write()?);
    written.push(documents::put(ACTIVITY, &said.cid, &Activity { at: call.now })?);
    Ok(written)
}

/// Tells of it, once it is written.
pub(in super::super) async fn tell(call: &Call, said: Option<&MessageDocument>) {
    if let Some(said) = said {
        told::new(call, said).await;
    }
}
