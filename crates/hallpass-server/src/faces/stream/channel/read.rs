//! Read and unread: up to where a user has read a channel. Takes no permission but to read it, and the channel's `read_events`.

use std::collections::BTreeMap;

use hallpass::{ChannelId, Resource, Timestamp};
use serde_json::{Map, Value, json};

use super::super::call::{Answer, Call};
use super::super::error::{Code, StreamError};
use super::super::event::{self, Event};
use super::super::message;
use super::super::message::document::MessageDocument;
use super::super::message::sight::Sight;
use super::super::user::render::Users;
use super::render::Types;
use super::visit::{self, Unread};
use super::{id_of, live};
use crate::lock::Footprint;

/// `POST /channels/{type}/{id}/read`
pub(in super::super) async fn mark_read(call: Call) -> Result<Answer, StreamError> {
    let id = id_of(&call)?;
    let message = call.body.text("message_id")?.filter(|id| !id.is_empty()).map(str::to_owned);
    let edit = call.edit(Footprint::facts().channel(id.as_str())).await?;
    live(&call, &id)?;
    call.permit("ReadChannel", Resource::channel(id.as_str()))?;
    let user = acting(&call)?;
    read_events(&call, &id).await?;
    let mut visit = visit::one(&call, &user, &id).await?;
    visit.last_read = Some(call.now);
    visit.last_read_message = match &message {
        Some(message) => Some(seen(&call, message, &id, &user).await?.id),
        None => message::unread::newest(&call, id.as_str()).await?,
    };
    let last = visit.last_read_message.clone();
    let written = visit.write(&user, &id)?;
    call.commit(edit, Vec::new(), vec![written]).await?;
    event::told(tell(&call, &id, &user, last.as_deref())).await;
    let users = Users::of(&call, [user.clone()]).await?;
    Ok(Answer::from_iter([("event".to_owned(), render(&call, &id, users.get(&user), last.as_deref()))]))
}

/// `POST /channels/{type}/{id}/unread`: this message, and all after it, are unread again.
pub(in super::super) async fn mark_unread(call: Call) -> Result<Answer, StreamError> {
    let id = id_of(&call)?;
    let message = call.body.text("message_id")?.filter(|id| !id.is_empty()).map(str::to_owned);
    let time = call.body.time("message_timestamp")?;
    let edit = call.edit(Footprint::facts().channel(id.as_str())).await?;
    live(&call, &id)?;
    call.permit("ReadChannel", Resource::channel(id.as_str()))?;
    let user = acting(&call)?;
    read_events(&call, &id).await?;
    let first = match (&message, time) {
        (Some(named), _) => seen(&call, named, &id, &user).await?.created_at,
        (None, Some(time)) => time,
        (None, None) => return Err(StreamError::field("message_id", "is required, or message_timestamp")),
    };
    let mut visit = visit::one(&call, &user, &id).await?;
    visit.last_read = Some(Timestamp::from_ms(first.as_ms().saturating_sub(1)));
    visit.last_read_message = None;
    let written = visit.write(&user, &id)?;
    call.commit(edit, Vec::new(), vec![written]).await?;
    Ok(Answer::new())
}

/// `POST /channels/read`: the channels that are named, or all that one is a member of.
pub(in super::super) async fn mark_channels_read(call: Call) -> Result<Answer, StreamError> {
    let user = acting(&call)?;
    let named = call.body.object("read_by_channel")?.unwrap_or_default();
    let mut ids: Vec<ChannelId> = Vec::new();
    for cid in named.raw().keys() {
        ids.push(cid.parse().map_err(|error: hallpass::ChannelIdError| StreamError::field("read_by_channel", error.to_string()))?);
    }
    let asked = !ids.is_empty();
    if !asked {
        ids = visit::unread_of(&call, &user).await?.into_iter().map(|unread| unread.id).collect();
    }
    let footprint = ids.iter().fold(Footprint::facts().user(user.as_str()), |footprint, id| footprint.channel(id.as_str()));
    let edit = call.edit(footprint).await?;
    let mut written = Vec::new();
    for id in &ids {
        let may = live(&call, id).and_then(|_| call.permit("ReadChannel", Resource::channel(id.as_str())));
        match may {
            Err(refusal) if asked => return Err(refusal),
            Err(_) => continue,
            Ok(()) => {}
        }
        let mut visit = visit::one(&call, &user, id).await?;
        visit.last_read = Some(call.now);
        visit.last_read_message = message::unread::newest(&call, id.as_str()).await?;
        written.push(visit.write(&user, id)?);
    }
    call.commit(edit, Vec::new(), written).await?;
    Ok(Answer::from_iter([("event".to_owned(), Value::Null)]))
}

/// `GET /unread`
pub(in super::super) async fn unread_counts(call: Call) -> Result<Answer, StreamError> {
    let user = acting(&call)?;
    let unread = visit::unread_of(&call, &user).await?;
    let readable = |one: &&Unread| call.may("ReadChannel", Resource::channel(one.id.as_str()));
    let unread: Vec<&Unread> = unread.iter().filter(readable).collect();
    let mut by_type: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for one in &unread {
        let of_type = by_type.entry(one.id.channel_type()).or_default();
        *of_type = (of_type.0 + 1, of_type.1 + one.count);
    }
    let channel = |one: &&Unread| json!({"channel_id": one.id, "last_read": call.dialect.time(one.last_read), "unread_count": one.count});
    let of_type =
        |(name, (channels, count)): (&str, (u64, u64))| json!({"channel_type": name, "channel_count": channels, "unread_count": count});
    Ok(Answer::from_iter([
        ("total_unread_count".to_owned(), json!(unread.iter().map(|one| one.count).sum::<u64>())),
        ("total_unread_threads_count".to_owned(), json!(0)),
        ("channels".to_owned(), unread.iter().map(channel).collect()),
        ("channel_type".to_owned(), by_type.into_iter().map(of_type).collect()),
        ("threads".to_owned(), json!([])),
    ]))
}

/// Who reads. Callers without a token are nobody.
pub(super) fn acting(call: &Call) -> Result<String, StreamError> {
    match (call.acting_user()?, call.caller.is_server()) {
        (Some(user), _) => Ok(user),
        (None, true) => Err(StreamError::field("user_id", "is required: who does this?")),
        (None, false) => Err(StreamError::not_allowed("what one has read is kept for users only").with("reason", "anonymous_write")),
    }
}

/// A message of this channel that the caller sees; another one is not there.
async fn seen(call: &Call, message: &str, id: &ChannelId, user: &str) -> Result<MessageDocument, StreamError> {
    message::seen_in(call, message, id.as_str(), &Sight::of(call, id.as_str(), Some(user))).await
}

async fn read_events(call: &Call, id: &ChannelId) -> Result<(), StreamError> {
    if Types::of(call).await?.is_on(&live(call, id)?, "read_events") {
        return Ok(());
    }
    Err(StreamError::new(Code::FeatureOff, "read_events is switched off for this channel").with("reason", "feature_off"))
}

fn render(call: &Call, id: &ChannelId, user: Option<Value>, last: Option<&str>) -> Value {
    let mut event = Map::from_iter([
        ("type".to_owned(), json!("message.read")),
        ("cid".to_owned(), json!(id)),
        ("channel_id".to_owned(), json!(id.id())),
        ("channel_type".to_owned(), json!(id.channel_type())),
        ("created_at".to_owned(), call.dialect.time(call.now)),
    ]);
    let optional = [("user", user), ("last_read_message_id", last.map(Value::from))];
    event.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    Value::Object(event)
}

/// Tells everybody in the channel, and the user's other devices.
async fn tell(call: &Call, id: &ChannelId, user: &str, last: Option<&str>) -> Result<(), StreamError> {
    let voices = call.voices();
    if voices.is_empty() {
        return Ok(());
    }
    let unread = visit::unread_of(call, user).await?;
    let messages: u64 = unread.iter().map(|one| one.count).sum();
    for voice in voices {
        let shown = Users::of(&voice, [user.to_owned()]).await?.get(user).unwrap_or_default();
        let read = Event::in_channel("message.read", id).with("user", shown.clone());
        let noted = Event::to_user("notification.mark_read", user).about(id).with("user", shown);
        let noted = noted.with("unread_channels", unread.len()).with("total_unread_count", messages).with("unread_count", messages);
        for event in [read, noted] {
            voice.announce(match last {
                Some(last) => event.with("last_read_message_id", last),
                None => event,
            });
        }
    }
    Ok(())
}
