//! What connected clients are told of messages.

use std::collections::BTreeSet;

use hallpass::ChannelId;

use super::super::call::Call;
use super::super::error::StreamError;
use super::super::event::{self, Event, Voice};
use super::super::user::render::Users;
use super::document::{MessageDocument, ReactionDocument, Sort};
use super::render::{self, Scene};

/// Tells of a new message: members who do not watch the channel get a notification.
pub(in super::super) async fn new(call: &Call, message: &MessageDocument) {
    event::told(async {
        for voice in call.voices() {
            let event = of(&voice, "message.new", message).await?.members_get("notification.message_new");
            voice.announce(event);
        }
        Ok(())
    })
    .await;
}

/// Tells that a message was changed.
pub(in super::super) async fn updated(call: &Call, message: &MessageDocument) {
    event::told(async {
        for voice in call.voices() {
            voice.announce(of(&voice, "message.updated", message).await?);
        }
        Ok(())
    })
    .await;
}

/// Tells that a message was deleted, for good or not. It is shown as it was, but for what is gone.
pub(in super::super) async fn deleted(call: &Call, message: &MessageDocument, hard: bool) {
    event::told(async {
        for voice in call.voices() {
            voice.announce(of(&voice, "message.deleted", message).await?.with("hard_delete", hard));
        }
        Ok(())
    })
    .await;
}

/// Tells one user's other clients that they deleted a message for themselves.
pub(super) async fn deleted_for(call: &Call, message: &MessageDocument, user: &str) {
    event::told(async {
        for voice in call.voices() {
            let shown = render::one(&voice, message, Some(user)).await?;
            let channel = channel_of(message)?;
            let event = Event::to_user("message.deleted", user).about(&channel).with("message", shown);
            voice.announce(event.with("deleted_for_me", true).with("hard_delete", false));
        }
        Ok(())
    })
    .await;
}

/// Tells of a reaction that came, changed or went.
pub(super) async fn reaction(call: &Call, kind: &'static str, message: &MessageDocument, reaction: &ReactionDocument) {
    event::told(async {
        for voice in call.voices() {
            let users = Users::of(&voice, [reaction.user.clone()]).await?;
            let user = users.get(&reaction.user).unwrap_or_default();
            let shown = render::render_reaction(&voice, reaction, &users);
            voice.announce(of(&voice, kind, message).await?.with("reaction", shown).with("user", user));
        }
        Ok(())
    })
    .await;
}

/// An event about a message, for those who may see it.
pub(in super::super) async fn of(voice: &Voice, kind: &'static str, message: &MessageDocument) -> Result<Event, StreamError> {
    let scene = Scene::of(voice, &[message], None).await?;
    let shown = scene.render(voice, message);
    let user = shown.get("user").cloned().unwrap_or_default();
    let channel = channel_of(message)?;
    let mut event = Event::in_channel(kind, &channel).with("message", shown).with("user", user);
    if let Some(parent) = &message.parent {
        event = event.with("parent_id", parent.as_str());
    }
    Ok(seen(event, message))
}

/// Leaves out those who do not see the message.
pub(in super::super) fn seen(event: Event, message: &MessageDocument) -> Event {
    if message.shadowed || message.sort == Sort::Ephemeral {
        return event.only([message.user.clone()]);
    }
    if message.restricted_to.is_empty() {
        return event;
    }
    let named: BTreeSet<&String> = message.restricted_to.iter().chain([&message.user]).collect();
    event.restricted_to(named.into_iter().cloned())
}

fn channel_of(message: &MessageDocument) -> Result<ChannelId, StreamError> {
    message.cid.parse().map_err(StreamError::internal)
}
