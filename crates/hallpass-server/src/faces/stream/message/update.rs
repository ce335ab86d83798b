//! Changing a message: whole, or in parts.

use serde_json::{Map, Value};

use super::super::call::{Answer, Call};
use super::super::caller::{Caller, named_user};
use super::super::error::StreamError;
use super::super::fields::{Fields, wrong};
use super::super::moderation::{report, screen};
use super::super::patch;
use super::super::poll::document::POLL;
use super::document::MessageDocument;
use super::settings::Settings;
use super::sight::Sight;
use super::{Found, draft, find_undeleted, gate, render, send, told, touched};
use crate::lock::Footprint;

/// `POST /messages/{id}`: text, attachments, mentions and custom fields become what the request says; the rest stays where it is not
/// mentioned.
///
/// Clients send along whether they believe the message to be pinned, which may have changed since. An edit of something else by somebody
/// who may not pin therefore leaves the pin as it is; only where nothing else changes, the pin is what they mean.
pub(in super::super) async fn update(call: Call) -> Result<Answer, StreamError> {
    let fields = call.body.object("message")?.ok_or_else(|| StreamError::field("message", "is required"))?;
    let by = by(&call, named_user(&fields)?)?;
    change(&call, &by, Pin::AlongsideOrAlone, |message| {
        message.text.clear();
        message.attachments.clear();
        message.custom.clear();
        draft::apply(&call, message, &fields, &by)?;
        if !fields.has("mentioned_users") {
            message.mentioned_users.clear();
        }
        draft::apply_custom(message, &fields.path("custom"), call.dialect.custom_of(&fields, draft::KNOWN)?)
    })
    .await
}

/// `PUT /messages/{id}` with `set` and `unset`.
pub(in super::super) async fn partial(call: Call) -> Result<Answer, StreamError> {
    let by = by(&call, named_user(&call.body)?)?;
    let set = call.body.object("set")?.unwrap_or_default();
    let unset = call.body.texts("unset")?.unwrap_or_default();
    if set.raw().is_empty() && unset.is_empty() {
        return Err(StreamError::input("one of set and unset is required"));
    }
    for name in set.raw().keys().chain(&unset) {
        if draft::is_set_once(name) || name == "id" || name == "type" && set.text("type")? != Some("system") {
            return Err(StreamError::field(name, "is set when a message is sent, and does not change"));
        }
    }
    change(&call, &by, Pin::Meant, |message| {
        draft::apply(&call, message, &set, &by)?;
        let mut custom = message.custom.clone();
        for (name, value) in custom_changes(&call, &set)? {
            patch::set(&mut custom, &name, value)?;
        }
        for name in &unset {
            if draft::KNOWN.contains(&name.as_str()) {
                draft::unset(message, name);
            } else {
                patch::unset(&mut custom, name);
            }
        }
        draft::apply_custom(message, "set", custom)
    })
    .await
}

/// The custom fields that `set` names: beside the others in both dialects, and under `custom` in the one that has it.
fn custom_changes(call: &Call, set: &Fields) -> Result<Map<String, Value>, StreamError> {
    let mut changes = match call.dialect {
        super::super::dialect::Dialect::Prefixed => set.object("custom")?.map(|custom| custom.raw().clone()).unwrap_or_default(),
        super::super::dialect::Dialect::Flat => Map::new(),
    };
    let beside = set.raw().iter().filter(|(name, _)| !draft::KNOWN.contains(&name.as_str()));
    changes.extend(beside.map(|(name, value)| (name.clone(), value.clone())));
    Ok(changes)
}

/// Who changes it: the caller, or the user whom the back end names, if it names one.
fn by(call: &Call, named: Option<String>) -> Result<String, StreamError> {
    match (&call.caller, named) {
        (Caller::Server, named) => Ok(named.unwrap_or_default()),
        (Caller::User(id), Some(named)) if named != *id => {
            Err(StreamError::not_allowed(format!("the token is for user '{id}', the request for user '{named}'"))
                .with("reason", "user_mismatch"))
        }
        (Caller::User(id), _) => Ok(id.clone()),
        (Caller::Anonymous(_), _) => Ok(String::new()),
    }
}

/// The poll that a request adds, if it names one: whole updates do so in the message, partial ones in `set`.
fn poll_named(call: &Call) -> Result<Option<String>, StreamError> {
    let named = |part: &Fields| part.text("poll_id").map(|id| id.filter(|id| !id.is_empty()).map(str::to_owned));
    let parts = [call.body.object("message")?, call.body.object("set")?];
    parts.iter().flatten().find_map(|part| named(part).transpose()).transpose()
}

/// What a request that says whether a message is pinned means by it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pin {
    /// That it be so.
    Meant,
    /// That it be so, if nothing else is asked for.
    AlongsideOrAlone,
}

async fn change(
    call: &Call,
    by: &str,
    pin: Pin,
    apply: impl FnOnce(&mut MessageDocument) -> Result<(), StreamError>,
) -> Result<Answer, StreamError> {
    let id = call.path("id")?;
    let named = poll_named(call)?;
    let footprint = touched(call, report::touched(Footprint::facts(), id), id).await?;
    let edit = call.edit(named.iter().fold(footprint, |footprint, poll| footprint.entity(POLL, poll.as_str()))).await?;
    let Found { message: before, channel } = find_undeleted(call, id).await?;
    let acting = if by.is_empty() { None } else { Some(by) };
    let sight = Sight::of(call, &before.cid, acting);
    sight.admit(call, &before)?;
    let mut after = before.clone();
    apply(&mut after)?;
    send::not_empty(&after)?;
    let found = Found { message: before, channel };
    let (before, channel) = (&found.message, &found.channel);
    if pin == Pin::AlongsideOrAlone && gate::changes_more_than_pin(before, &after) {
        let needs_pin = gate::of_updating(before, &after, call.now).contains(&"PinMessage");
        if needs_pin && !call.may("PinMessage", found.channel_resource()) {
            after = MessageDocument {
                pinned_at: before.pinned_at,
                pinned_by: before.pinned_by.clone(),
                pin_expires: before.pin_expires,
                ..after
            };
        }
    }
    for need in gate::of_updating(before, &after, call.now) {
        let resource = if need == "UpdateMessage" { found.resource() } else { found.channel_resource() };
        call.permit(need, resource)?;
    }
    draft::mentioned_exist(call, &before.mentioned_users, &after)?;
    if after.quoted != before.quoted || after.poll != before.poll {
        if before.poll.is_some() && after.poll != before.poll {
            return Err(wrong("poll_id", "the poll that the message has", &Value::from(after.poll)));
        }
        send::check(call, channel, &after, &sight).await?;
    }
    let mut written = Vec::new();
    if after.text != before.text {
        Settings::of(call, channel).await?.good_text(&after.text)?;
        written.extend(screen::let_through(call, channel, &after.id, &after.user, &after.text).await?);
        after.text_updated_at = Some(call.now);
    }
    after.updated_at = call.now;
    written.push(after.write()?);
    if after.is_pinned(call.now) || before.pinned_at.is_some() {
        written.push(after.pin_line(call.now));
    }
    if after.poll != before.poll || after.is_for_everybody() && !before.is_for_everybody() {
        written.extend(super::super::poll::document::sent(call, &after).await?);
    }
    call.commit(edit, Vec::new(), written).await?;
    told::updated(call, &after).await;
    Ok(Answer::from_iter([("message".to_owned(), render::one(call, &after, acting).await?)]))
}
