//! Watching: a client says, with the id of its connection, that it has a channel open.

use std::sync::Arc;

use hallpass::ChannelId;
use serde_json::{Value, json};

use super::super::call::{Answer, Call};
use super::super::caller::Caller;
use super::super::channel::id_of;
use super::super::error::{Code, StreamError};
use super::super::event::{self, Event};
use super::super::user::render::Users;
use super::follow;
use super::hub::{CHANNELS, ConnectionId, Hub};

/// Most watchers that the state of a channel names.
const WATCHERS: usize = 30;

/// Lets the caller's connection watch these channels, if the request says so. The caller may read them: that was asked.
///
/// Called before the state is read: what changes in between reaches the client as an event.
///
/// # Errors
/// Code 4 without a connection, 46 where it is not there (any more).
pub(in super::super) async fn start(call: &Call, channels: &[ChannelId]) -> Result<(), StreamError> {
    let (watches, presence) = (call.body.flag("watch")?.unwrap_or(false), call.body.flag("presence")?.unwrap_or(false));
    if !watches && !presence {
        return Ok(());
    }
    let (hub, id) = connection(call)?;
    let mut begun = Vec::new();
    for channel in channels {
        let (own, until) = follow::own_of(hub.tenant(), &call.caller, channel, call.now);
        let mut all = hub.lock();
        let full = || StreamError::input(format!("a connection watches at most {CHANNELS} channels"));
        let seen = all.note(&id, channel).ok_or_else(full)?;
        if watches && !seen.watches {
            begun.push(channel.clone());
        }
        seen.watches |= watches;
        seen.presence |= presence;
        all.set_own(&id, channel, own, until);
        if until.is_some() {
            hub.sooner.notify_one();
        }
    }
    for channel in begun {
        event::told(tell(call, &hub, "user.watching.start", &channel)).await;
    }
    Ok(())
}

/// `POST /channels/{type}/{id}/stop-watching`
pub(in super::super) async fn stop(call: Call) -> Result<Answer, StreamError> {
    let channel = id_of(&call)?;
    let (hub, id) = connection(&call)?;
    let watched = {
        let mut all = hub.lock();
        let seen = all.by_id.get_mut(&id).and_then(|connection| connection.channels.get_mut(&channel));
        seen.is_some_and(|seen| {
            seen.presence = false;
            std::mem::take(&mut seen.watches)
        })
    };
    if watched {
        let joined = call.caller.user().is_some_and(|user| follow::is_joined(hub.tenant(), &channel, user));
        if !joined {
            hub.lock().drop_channel(&id, &channel);
        }
        event::told(tell(&call, &hub, "user.watching.stop", &channel)).await;
    }
    Ok(Answer::new())
}

/// Who watches a channel, as its state shows it: some of them, and how many.
pub(in super::super) async fn watchers(call: &Call, channel: &ChannelId) -> Result<(Value, Value), StreamError> {
    let Some(hub) = call.live.hub(&call.tenant) else { return Ok((json!([]), json!(0))) };
    let (mut watching, count) = hub.watchers(channel);
    watching.truncate(WATCHERS);
    let users = Users::of(call, watching.iter().cloned()).await?;
    Ok((watching.iter().filter_map(|user| users.get(user)).collect(), json!(count)))
}

/// Tells those who watch a channel that somebody else does so too, or no longer.
pub(in super::super) async fn tell(call: &Call, hub: &Hub, kind: &'static str, channel: &ChannelId) -> Result<(), StreamError> {
    let (others, count) = hub.watchers(channel);
    let Some(user) = call.caller.user().filter(|_| count > 0) else { return Ok(()) };
    // One who watches on another device goes on watching.
    if kind.ends_with("stop") && others.iter().any(|other| other == user) {
        return Ok(());
    }
    for voice in call.voices() {
        let users = Users::of(&voice, [user.to_owned()]).await?;
        let event = Event::in_channel(kind, channel).with("user", users.get(user)).with("watcher_count", json!(count));
        voice.announce(event.except(user));
    }
    Ok(())
}

/// The connection that a request names, which must be the caller's.
fn connection(call: &Call) -> Result<(Arc<Hub>, ConnectionId), StreamError> {
    let Some(named) = call.query.get("connection_id").filter(|id| !id.is_empty()) else {
        return Err(StreamError::input(
            "Watch or Presence requires an active websocket connection, please make sure to include your websocket connection_id",
        ));
    };
    let missing = || StreamError::new(Code::ConnectionNotFound, format!("connection with id '{named}' not found"));
    let hub = call.live.hub(&call.tenant).ok_or_else(missing)?;
    let found = {
        let all = hub.lock();
        let connection = all.by_id.get_key_value(named).filter(|(_, connection)| match (&connection.caller, &call.caller) {
            (Caller::Anonymous(_), Caller::Anonymous(_)) => true,
            (of, by) => of == by,
        });
        connection.map(|(id, _)| Arc::clone(id))
    };
    found.map(|id| (Arc::clone(&hub), id)).ok_or_else(missing)
}
