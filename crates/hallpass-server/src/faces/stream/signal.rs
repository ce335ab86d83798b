//! `POST /channels/{type}/{id}/event`: what a client has the others told. Nothing of it is kept.

use hallpass::{Channel, ChannelId, Resource};
use serde_json::{Map, Value};

use super::call::{Answer, Call};
use super::channel::{id_of, live};
use super::error::{Code, StreamError};
use super::event::{self, Event};
use super::fields::Fields;
use super::user::good_custom;
use super::user::render::Users;

/// Longest name of a custom event, in characters.
const NAME_CHARS: usize = 255;
/// Events that clients may send besides custom ones.
const TYPING: &[&str] = &["typing.start", "typing.stop"];
/// What the names of the server's own events start with: a client that could send them could tell lies.
const RESERVED: &[&str] = &[
    "ai_indicator.",
    "app.",
    "call.",
    "capabilities.",
    "channel.",
    "connection.",
    "draft.",
    "health.",
    "member.",
    "message.",
    "notification.",
    "poll.",
    "reaction.",
    "reminder.",
    "thread.",
    "typing.",
    "user.",
];
/// Fields of an event that are not custom ones.
const KNOWN: &[&str] =
    &["type", "user", "user_id", "cid", "channel_id", "channel_type", "created_at", "parent_id", "custom", "received_at"];

/// `POST /channels/{type}/{id}/event`
pub(super) async fn send(call: Call) -> Result<Answer, StreamError> {
    let id = id_of(&call)?;
    let event = call.body.object("event")?.ok_or_else(|| StreamError::field("event", "is required"))?;
    let kind = event.required_text("type")?.to_owned();
    let acting = acting(&call, &event)?;
    let channel = live(&call, &id)?;
    let is_typing = TYPING.contains(&kind.as_str());
    if is_typing {
        call.permit("ReadChannel", Resource::channel(id.as_str()))?;
        if !types(&call, &channel) {
            return Err(StreamError::new(Code::EventOff, "typing_events is switched off for this channel"));
        }
    } else {
        good_name(&event, &kind)?;
        call.permit("SendCustomEvent", Resource::channel(id.as_str()))?;
    }
    let custom = call.dialect.custom_of(&event, KNOWN)?;
    good_custom("event", &custom)?;

    let said = Said { id, kind, acting, parent: event.text("parent_id")?.map(str::to_owned), custom };
    let mut answer = said.event(&call).await?.value(None, call.dialect, call.now);
    answer.insert("user_id".to_owned(), Value::from(said.acting.as_deref()));
    event::told(tell(&call, &said)).await;
    Ok(Answer::from_iter([("event".to_owned(), Value::Object(answer))]))
}

/// What a client has told.
struct Said {
    id: ChannelId,
    kind: String,
    acting: Option<String>,
    parent: Option<String>,
    custom: Map<String, Value>,
}

impl Said {
    async fn event(&self, call: &Call) -> Result<Event, StreamError> {
        let users = Users::of(call, self.acting.clone()).await?;
        let mut event = Event::in_channel(self.kind.clone(), &self.id);
        if let Some(user) = self.acting.as_deref().and_then(|user| users.get(user)) {
            event = event.with("user", user);
        }
        if let Some(parent) = self.parent.as_deref() {
            event = event.with("parent_id", parent);
        }
        let mut custom = Map::new();
        call.dialect.put_custom(&mut custom, Some(&self.custom));
        Ok(custom.into_iter().fold(event, |event, (name, value)| event.with(&name, value)))
    }
}

async fn tell(call: &Call, said: &Said) -> Result<(), StreamError> {
    for voice in call.voices() {
        voice.announce(said.event(&voice).await?);
    }
    Ok(())
}

/// Whose event it is.
fn acting(call: &Call, event: &Fields) -> Result<Option<String>, StreamError> {
    match (call.acting_user()?, super::caller::named_user(event)?) {
        (None, named) if call.caller.is_server() => Ok(named),
        (acting, Some(named)) if acting.as_deref() != Some(named.as_str()) => {
            call.server_only("sending an event for somebody else")?;
            Ok(Some(named))
        }
        (acting, _) => Ok(acting),
    }
}

fn good_name(event: &Fields, kind: &str) -> Result<(), StreamError> {
    let problem = if kind.chars().count() > NAME_CHARS {
        format!("has at most {NAME_CHARS} characters")
    } else if RESERVED.iter().any(|start| kind.starts_with(start)) {
        format!("'{kind}' is an event of the server's own; give custom events another name")
    } else {
        return Ok(());
    };
    Err(StreamError::field(&event.path("type"), problem))
}

/// Whether clients of a channel tell each other that somebody types.
fn types(call: &Call, channel: &Channel) -> bool {
    const FEATURE: &str = "typing_events";
    let of_type = call.tenant.engine().channel_type(channel.id.channel_type());
    let off_in_type = of_type.is_some_and(|channel_type| channel_type.features_off.contains(FEATURE));
    !channel.features_off.contains(FEATURE) && (channel.features_on.contains(FEATURE) || !off_in_type)
}
