//! What connected clients are told.
//!
//! Ben posts in `general`. His own client gets the answer to its request; Ana's, which watches the channel, gets an event; Mia's, which
//! is a member and looks elsewhere, gets a notification. A handler says once what happened and whom it concerns, after its commit; who
//! of them may see it is asked at the delivery, of the engine, and the same for every event.
//!
//! ```text
//! for voice in call.voices() {                       // none where nobody is connected: then nothing is rendered either
//!     let message = render(&voice, …).await?;        // a voice is a `Call` in the dialect of those who listen
//!     voice.announce(Event::in_channel("message.new", &cid).members_get("notification.message_new").with("message", message));
//! }
//! ```

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::ops::Deref;
use std::sync::Arc;

use axum::http::{Method, StatusCode};
use hallpass::{ChannelId, Timestamp};
use serde_json::{Map, Value, json};

use super::call::Call;
use super::caller::Caller;
use super::dialect::Dialect;
use super::documents::AppSettings;
use super::error::StreamError;
use super::fields::Fields;
use super::live::Live;
use super::live::hub::{ConnectionId, Hub};
use super::operation::{Gate, Operation, Product};
use super::query::Query;
use super::upload::form::Upload;

/// Whom an event concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Audience {
    /// Whoever watches the channel and may read it.
    Channel(ChannelId),
    /// All connections of a user.
    User(String),
    /// A user, and whoever has a channel open that the user is a member of.
    Acquaintances(String),
    /// Whoever asked for the presence of somebody in a channel of this user.
    Presence(String),
    /// Those who could see it before it happened.
    Witnesses(Vec<Witness>),
}

/// A connection that an event concerned, and could see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Witness {
    /// Which.
    pub(super) connection: ConnectionId,
    /// Under the type that members get who do not watch.
    pub(super) as_member: bool,
}

/// Something that happened.
#[derive(Debug, Clone)]
pub(super) struct Event {
    kind: Cow<'static, str>,
    /// Whom it concerns.
    pub(super) audience: Audience,
    /// Under which type members get it who do not watch the channel.
    pub(super) to_members: Option<&'static str>,
    /// Nobody else gets it.
    pub(super) only: Option<BTreeSet<String>>,
    /// Everybody but this user gets it.
    pub(super) except: Option<String>,
    /// Besides these, only those get it who may read messages that are restricted to others.
    pub(super) restricted: Option<BTreeSet<String>>,
    fields: Map<String, Value>,
}

impl Event {
    /// In a channel: for those who watch it.
    pub(super) fn in_channel(kind: impl Into<Cow<'static, str>>, channel: &ChannelId) -> Self {
        Self::of(kind.into(), Audience::Channel(channel.clone())).about(channel)
    }

    /// For one user, wherever they are connected.
    pub(super) fn to_user(kind: impl Into<Cow<'static, str>>, user: impl Into<String>) -> Self {
        Self::of(kind.into(), Audience::User(user.into()))
    }

    /// About a user: for themselves, and for those who share a channel with them.
    pub(super) fn about_user(kind: impl Into<Cow<'static, str>>, user: impl Into<String>) -> Self {
        Self::of(kind.into(), Audience::Acquaintances(user.into()))
    }

    /// About a user's coming and going: for those who asked for presence.
    pub(super) fn of_presence(user: impl Into<String>) -> Self {
        Self::of(Cow::Borrowed("user.presence.changed"), Audience::Presence(user.into()))
    }

    fn of(kind: Cow<'static, str>, audience: Audience) -> Self {
        Self { kind, audience, to_members: None, only: None, except: None, restricted: None, fields: Map::new() }
    }

    /// Names the channel that it is about.
    #[must_use]
    pub(super) fn about(self, channel: &ChannelId) -> Self {
        self.with("cid", channel.as_str()).with("channel_id", channel.id()).with("channel_type", channel.channel_type())
    }

    /// Connected members who do not watch the channel get it under this type.
    #[must_use]
    pub(super) fn members_get(mut self, kind: &'static str) -> Self {
        self.to_members = Some(kind);
        self
    }

    /// Only these users get it.
    #[must_use]
    pub(super) fn only<S: Into<String>>(mut self, users: impl IntoIterator<Item = S>) -> Self {
        self.only = Some(users.into_iter().map(Into::into).collect());
        self
    }

    /// This user does not get it.
    #[must_use]
    pub(super) fn except(mut self, user: &str) -> Self {
        self.except = Some(user.to_owned());
        self
    }

    /// These users get it, and those who may read messages that are restricted to others.
    #[must_use]
    pub(super) fn restricted_to<S: Into<String>>(mut self, users: impl IntoIterator<Item = S>) -> Self {
        self.restricted = Some(users.into_iter().map(Into::into).collect());
        self
    }

    /// Goes to those who could see it before it happened; see [`Call::witnesses`].
    #[must_use]
    pub(super) fn heard_by(mut self, witnesses: &[Witness]) -> Self {
        self.audience = Audience::Witnesses(witnesses.to_vec());
        self
    }

    /// Says something of it.
    #[must_use]
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    /// As it is sent, under its own type or another. What belongs to one person alone is left out of what many get.
    pub(super) fn text(&self, kind: Option<&str>, dialect: Dialect, at: Timestamp) -> String {
        Value::Object(self.value(kind, dialect, at)).to_string()
    }

    /// The same, as an object.
    pub(super) fn value(&self, kind: Option<&str>, dialect: Dialect, at: Timestamp) -> Map<String, Value> {
        let mut fields = self.fields.clone();
        if !matches!(self.audience, Audience::User(_)) {
            if let Some(Value::Object(channel)) = fields.get_mut("channel") {
                channel.remove("own_capabilities");
                channel.remove("membership");
            }
            if let Some(Value::Object(message)) = fields.get_mut("message") {
                message.insert("own_reactions".to_owned(), json!([]));
            }
        }
        fields.insert("type".to_owned(), Value::from(kind.unwrap_or(&self.kind)));
        fields.entry("created_at").or_insert_with(|| dialect.time(at));
        if dialect == Dialect::Prefixed {
            fields.entry("custom").or_insert_with(|| json!({}));
        }
        fields
    }
}

/// Tells those who are connected in one dialect. It is a [`Call`] in that dialect, of a caller who sees nothing that is not everybody's.
pub(super) struct Voice {
    call: Call,
    hub: Arc<Hub>,
}

impl Deref for Voice {
    type Target = Call;

    fn deref(&self) -> &Call {
        &self.call
    }
}

/// What a voice is asked for: nothing.
static TELLING: Operation = Operation {
    name: "Event",
    method: Method::GET,
    product: Product::Common,
    path: "",
    gate: Gate::Asks(&[]),
    success: StatusCode::OK,
    run: |_| Box::pin(async { Err(StreamError::internal("an event is not asked for")) }),
};

impl Voice {
    /// The voice that speaks one dialect to the connections of a hub.
    pub(super) fn of(live: &Live, hub: &Arc<Hub>, dialect: Dialect, now: Timestamp) -> Self {
        let call = Call {
            tenant: Arc::clone(hub.tenant()),
            caller: Caller::Anonymous(String::new()),
            settings: AppSettings::default(),
            dialect,
            now,
            body: Fields::default(),
            query: Query::default(),
            path: HashMap::new(),
            operation: &TELLING,
            live: live.clone(),
            upload: Upload::default(),
        };
        Self { call, hub: Arc::clone(hub) }
    }

    /// Sends an event to those whom it concerns and who may see it.
    pub(super) fn announce(&self, event: Event) {
        self.hub.deliver(&event, self.call.dialect, self.call.now);
    }
}

impl Call {
    /// The dialects in which somebody is connected to the app.
    pub(super) fn voices(&self) -> Vec<Voice> {
        let Some(hub) = self.live.hub(&self.tenant) else { return Vec::new() };
        hub.dialects().into_iter().map(|dialect| Voice::of(&self.live, &hub, dialect, self.now)).collect()
    }

    /// Who would get this event now. Asked before a commit after which nobody could see any more what it is about.
    pub(super) fn witnesses(&self, event: &Event) -> Vec<Witness> {
        self.live.hub(&self.tenant).map(|hub| hub.witnesses(event)).unwrap_or_default()
    }
}

/// Ends a telling. What was committed stays committed, and is answered as such, whether or not somebody could be told of it.
pub(super) async fn told(telling: impl Future<Output = Result<(), StreamError>>) {
    if let Err(error) = telling.await {
        tracing::warn!(error = error.message, "an event was not sent");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_one_persons_is_not_told_to_many() {
        let channel: ChannelId = "messaging:general".parse().unwrap();
        let event = Event::in_channel("message.new", &channel)
            .with("message", json!({"id": "m-1", "own_reactions": [{"type": "like"}]}))
            .with("channel", json!({"cid": "messaging:general", "own_capabilities": ["delete-channel"], "membership": {}}));
        let text = event.text(Some("notification.message_new"), Dialect::Flat, Timestamp(1_772_366_400_250));
        assert_eq!(
            serde_json::from_str::<Value>(&text).unwrap(),
            json!({
                "type": "notification.message_new", "cid": "messaging:general", "channel_id": "general", "channel_type": "messaging",
                "created_at": "2026-03-01T12:00:00.250Z", "message": {"id": "m-1", "own_reactions": []}, "channel": {"cid": "messaging:general"},
            })
        );
    }
}
