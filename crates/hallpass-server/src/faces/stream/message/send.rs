//! `POST /channels/{type}/{id}/message`

use hallpass::{Channel, Resource};
use hallpass_store::DocumentWrite;
use serde_json::json;

use super::super::call::{Answer, Call};
use super::super::caller::{Caller, named_user};
use super::super::documents;
use super::super::error::{Code, StreamError};
use super::super::fields::Fields;
use super::super::moderation::{report, screen};
use super::super::{channel, poll};
use super::document::{self, ACTIVITY, Activity, LAST_POST, MESSAGE, MessageDocument, Sort, last_post_key};
use super::settings::{self, Settings};
use super::sight::Sight;
use super::{draft, gate, good_id, line, render, told};
use crate::lock::Footprint;

/// Most participants that a message names; more are counted as replies and not named.
const PARTICIPANTS: usize = 100;
/// Kind of the documents that say in which threads somebody takes part, by user and thread.
pub(in super::super) const TAKES_PART: &str = "takes_part";

/// `POST /channels/{type}/{id}/message`
pub(in super::super) async fn send(call: Call) -> Result<Answer, StreamError> {
    let cid = channel::id_of(&call)?;
    let fields = call.body.object("message")?.ok_or_else(|| StreamError::field("message", "is required"))?;
    let author = author(&call, &fields)?;
    let mut message = read(&call, &fields, cid.as_str(), &author)?;
    let footprint =
        [&message.parent, &message.poll].into_iter().flatten().fold(
            Footprint::facts().entity(MESSAGE, &message.id).entity(LAST_POST, last_post_key(cid.as_str(), &author)),
            |footprint, id| footprint.entity(MESSAGE, id.as_str()).entity(poll::document::POLL, id.as_str()),
        );
    let edit = call.edit(footprint).await?;
    let channel = channel::live(&call, &cid)?;
    let sight = Sight::of(&call, cid.as_str(), Some(&author));
    permit(&call, &message, &author).await?;
    draft::mentioned_exist(&call, &[], &message)?;
    if call.caller.is_server() {
        channel::must_exist(call.tenant.engine(), [author.as_str()])?;
    }
    if document::message(&call, &message.id).await?.is_some() {
        return Err(StreamError::field("message.id", format!("a message with id '{}' already exists", message.id)).with("reason", "in_use"));
    }
    check(&call, &channel, &message, &sight).await?;
    let settings = Settings::of(&call, &channel).await?;
    settings.good_text(&message.text)?;
    run_command(&settings, &mut message);
    message.shadowed |= super::super::moderation::ban::is_shadow_banned(&call, &author, &cid).await?;
    let (mut written, kept_back) = screened(&call, &channel, &mut message).await?;

    written.extend(posted(&call, &settings, &message)?);
    if let Some(parent) = &message.parent {
        written.extend(reply(&call, parent, &message, &sight).await?);
    }
    written.extend(poll::document::sent(&call, &message).await?);
    written.push(message.write()?);
    call.commit(edit, Vec::new(), written).await?;
    if let Some(error) = kept_back {
        return Err(error);
    }
    told::new(&call, &message).await;
    Ok(Answer::from_iter([("message".to_owned(), render::one(&call, &message, Some(&author)).await?)]))
}

/// Who writes: the caller, or the user whom the back end names.
pub(super) fn author(call: &Call, fields: &Fields) -> Result<String, StreamError> {
    match (&call.caller, named_user(fields)?) {
        (Caller::Server, Some(id)) => Ok(id),
        (Caller::Server, None) => {
            Err(StreamError::input("either message.user or message.user_id must be provided when using server side auth."))
        }
        (Caller::User(id), Some(named)) if named != *id => {
            let text = format!("the token is for user '{id}', the message of user '{named}'");
            Err(StreamError::not_allowed(text).with("reason", "user_mismatch"))
        }
        (Caller::User(id), _) => Ok(id.clone()),
        // Refused before anything is written.
        (Caller::Anonymous(_), _) => Ok(String::new()),
    }
}

pub(super) fn read(call: &Call, fields: &Fields, cid: &str, author: &str) -> Result<MessageDocument, StreamError> {
    let id = match fields.text("id")?.filter(|id| !id.is_empty()) {
        Some(id) => id.to_owned(),
        None => uuid::Uuid::new_v4().to_string(),
    };
    good_id(&fields.path("id"), &id)?;
    let mut message = MessageDocument {
        id,
        cid: cid.to_owned(),
        user: author.to_owned(),
        order: line::key(call.now),
        created_at: call.now,
        updated_at: call.now,
        ..MessageDocument::default()
    };
    draft::place(&mut message, fields)?;
    draft::apply(call, &mut message, fields, author)?;
    draft::apply_custom(&mut message, &fields.path("custom"), call.dialect.custom_of(fields, draft::KNOWN)?)?;
    not_empty(&message)?;
    Ok(message)
}

/// Refuses a message that says nothing.
///
/// # Errors
/// Code 4.
pub(super) fn not_empty(message: &MessageDocument) -> Result<(), StreamError> {
    let is_empty = message.text.trim().is_empty() && message.attachments.is_empty() && message.custom.is_empty();
    if is_empty && message.poll.is_none() && message.location.is_none() && message.quoted.is_none() {
        return Err(StreamError::field("message.text", "a message has a text, attachments, a poll, a location or custom fields"));
    }
    Ok(())
}

async fn permit(call: &Call, message: &MessageDocument, author: &str) -> Result<(), StreamError> {
    let resource = Resource::channel(&message.cid);
    let last_posted_at = document::last_post(call, &message.cid, author).await?;
    for need in gate::of_sending(message, call.now) {
        call.permit_posting(need, resource, last_posted_at)?;
    }
    Ok(())
}

/// Checks what a message refers to.
pub(super) async fn check(call: &Call, channel: &Channel, message: &MessageDocument, sight: &Sight) -> Result<(), StreamError> {
    if let Some(quoted) = &message.quoted {
        settings::feature(call, channel, "quotes")?;
        let found = document::message(call, quoted).await?;
        if !found.is_some_and(|found| found.cid == message.cid && found.deleted_at.is_none() && sight.shows(&found)) {
            return Err(StreamError::field("message.quoted_message_id", format!("there is no message '{quoted}' in this channel")));
        }
    }
    match &message.poll {
        Some(poll) => poll::document::sendable(call, poll).await,
        None => Ok(()),
    }
}

/// What a text that moderation watches for leads to. Who may skip moderation is not asked.
async fn screened(
    call: &Call,
    channel: &Channel,
    message: &mut MessageDocument,
) -> Result<(Vec<DocumentWrite>, Option<StreamError>), StreamError> {
    let (action, words) = match screen::screen(call, channel, &message.text).await? {
        screen::Verdict::Passes => return Ok((Vec::new(), None)),
        screen::Verdict::Flagged(words) => (None, words),
        screen::Verdict::Shadowed(words) => (Some("shadow"), words),
        screen::Verdict::Blocked(words) => (Some("block"), words),
    };
    let written = report::automod(call, &message.id, &channel.id, &message.user, &message.text, &words).await?;
    let mut kept_back = None;
    if let Some(action) = action {
        message.shadowed = true;
        message.moderation = Some(json!({"action": action, "words": words, "original_text": message.text}));
        kept_back = (action == "block").then(|| screen::kept_back(&words, &message.id));
    }
    Ok((written, kept_back))
}

/// A command becomes a message that its author alone sees, until they press one of its buttons.
fn run_command(settings: &Settings, message: &mut MessageDocument) {
    let Some((name, rest)) = message.text.strip_prefix('/').map(|text| text.split_once(' ').unwrap_or((text, ""))) else { return };
    if name != "giphy" || message.sort != Sort::Regular || !settings.has_command(name) {
        return;
    }
    let button = |text: &str, value: &str, style: &str| json!({"name": "image_action", "text": text, "type": "button", "value": value, "style": style});
    let actions = [button("Send", "send", "primary"), button("Shuffle", "shuffle", "default"), button("Cancel", "cancel", "default")];
    message.attachments.push(json!({"type": "giphy", "title": rest.trim(), "actions": actions, "custom": {}}));
    message.command = Some(name.to_owned());
    message.sort = Sort::Ephemeral;
}

/// What posting writes beside the message: its lines, and when its author and anybody last posted.
pub(super) fn posted(call: &Call, settings: &Settings, message: &MessageDocument) -> Result<Vec<DocumentWrite>, StreamError> {
    if message.sort == Sort::Ephemeral {
        return Ok(Vec::new());
    }
    let now = Activity { at: call.now };
    let mut written = message.lines(call.now);
    written.push(documents::put(LAST_POST, &last_post_key(&message.cid, &message.user), &now)?);
    let quiet = message.shadowed || message.sort == Sort::System && settings.skips_system_messages();
    if !quiet && (message.parent.is_none() || message.show_in_channel) {
        written.push(documents::put(ACTIVITY, &message.cid, &now)?);
    }
    Ok(written)
}

/// What a reply changes of the message that it replies to.
pub(super) async fn reply(call: &Call, parent: &str, message: &MessageDocument, sight: &Sight) -> Result<Vec<DocumentWrite>, StreamError> {
    let found = document::message(call, parent).await?;
    let found = found.filter(|found| found.cid == message.cid && found.deleted_at.is_none() && sight.shows(found));
    let mut found =
        found.ok_or_else(|| StreamError::field("message.parent_id", format!("there is no message '{parent}' in this channel")))?;
    if found.parent.is_some() {
        return Err(StreamError::new(Code::TooDeep, format!("message '{parent}' is a reply itself: replies do not nest")));
    }
    if !message.is_told() {
        return Ok(Vec::new());
    }
    count_reply(call, &mut found, message);
    Ok([found.write()?].into_iter().chain(taking_part(&found, message)).collect())
}

/// What a message that was kept back writes on others once it is shown: it is counted as a reply, and its poll is seen in its channel.
pub(in super::super) async fn shown(call: &Call, message: &MessageDocument) -> Result<Vec<DocumentWrite>, StreamError> {
    let mut written: Vec<DocumentWrite> = poll::document::sent(call, message).await?.into_iter().collect();
    let Some(parent) = message.parent.as_ref().filter(|_| message.is_told()) else { return Ok(written) };
    let Some(mut found) = document::message(call, parent).await? else { return Ok(written) };
    count_reply(call, &mut found, message);
    written.push(found.write()?);
    written.extend(taking_part(&found, message));
    Ok(written)
}

/// Who takes part in a thread now.
fn taking_part(parent: &MessageDocument, reply: &MessageDocument) -> [DocumentWrite; 2] {
    [&parent.user, &reply.user].map(|user| DocumentWrite::put(TAKES_PART, format!("{user}\n{}", parent.id), json!(parent.cid)))
}

/// Counts a reply on the message that it replies to.
pub(super) fn count_reply(call: &Call, parent: &mut MessageDocument, reply: &MessageDocument) {
    parent.reply_count += 1;
    parent.last_reply_at = Some(call.now);
    if parent.participants.len() < PARTICIPANTS && !parent.participants.contains(&reply.user) {
        parent.participants.push(reply.user.clone());
    }
}
