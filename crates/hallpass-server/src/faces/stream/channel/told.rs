//! What is told of channels and members: to many at once, so without what is one person's.

use hallpass::{App, ChannelId, Member};
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::StreamError;
use super::super::event::{Event, Witness};
use super::super::user::render::Users;
use super::member::Membership;
use super::render::{Shown, Types};
use super::{live, members, state};

/// A channel that is there, as events show it.
pub(in super::super) async fn channel(voice: &Call, id: &ChannelId) -> Result<Value, StreamError> {
    let shown = state::shown(voice, live(voice, id)?).await?;
    let users = Users::of(voice, shown.fact.owner.clone()).await?;
    let mut value = shown.render(voice, &Types::of(voice).await?, &users, None);
    if let Some(object) = value.as_object_mut() {
        object.remove("own_capabilities");
    }
    Ok(value)
}

/// Tells that a channel is there, and those who are in it from the start.
pub(super) async fn created(call: &Call, id: &ChannelId, acting: Option<&str>, fates: &[(String, Fate)]) -> Result<(), StreamError> {
    for voice in call.voices() {
        let users = Users::of(&voice, acting.map(str::to_owned)).await?;
        let event = Event::in_channel("channel.created", id).with("channel", channel(&voice, id).await?);
        voice.announce(with_user(event, acting, &users));
    }
    joined(call, id, acting, fates).await
}

/// Tells that a channel is other than before.
pub(super) async fn updated(call: &Call, id: &ChannelId, acting: Option<&str>) -> Result<(), StreamError> {
    for voice in call.voices() {
        let users = Users::of(&voice, acting.map(str::to_owned)).await?;
        let event = Event::in_channel("channel.updated", id).with("channel", channel(&voice, id).await?);
        voice.announce(with_user(event, acting, &users));
    }
    Ok(())
}

/// What is about to be told of a channel that goes: to those who can see it now.
pub(super) fn going(call: &Call, id: &ChannelId) -> Vec<Witness> {
    call.witnesses(&gone(id))
}

fn gone(id: &ChannelId) -> Event {
    Event::in_channel("channel.deleted", id).members_get("notification.channel_deleted")
}

/// Tells that a channel is gone. `shown` is the channel as it was.
pub(super) async fn deleted(call: &Call, shown: &Shown, witnesses: &[Witness]) -> Result<(), StreamError> {
    for voice in call.voices().iter().filter(|_| !witnesses.is_empty()) {
        let owner = shown.fact.owner.clone();
        let users = Users::of(voice, owner.into_iter().chain(call.caller.user().map(str::to_owned))).await?;
        let event = gone(&shown.fact.id).with("channel", shown.render(voice, &Types::of(voice).await?, &users, None));
        let event = with_user(event, call.caller.user(), &users);
        voice.announce(event.heard_by(witnesses));
    }
    Ok(())
}

/// Says who did it, where it was a user.
fn with_user(event: Event, user: Option<&str>, users: &Users) -> Event {
    match user.and_then(|user| users.get(user)) {
        Some(user) => event.with("user", user),
        None => event,
    }
}

/// What became of somebody in a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Added,
    Invited,
    Accepted,
    Rejected,
    Updated,
    Removed,
}

impl Fate {
    /// What becomes of a user, by what they are now and what they will be.
    pub(super) fn of(engine: &App, id: &ChannelId, user: &str, after: Option<&Membership>, rejects: bool) -> Option<Self> {
        let before: Option<Member> = engine.member(id.as_str(), user);
        Some(match (before, after) {
            (None, None) => return None,
            (None, Some(after)) if after.fact.invited => Self::Invited,
            (None, Some(_)) => Self::Added,
            (Some(_), None) => Self::Removed,
            (Some(before), Some(after)) if before.invited && !after.fact.invited => Self::Accepted,
            (Some(before), Some(_)) if before.invited && rejects => Self::Rejected,
            (Some(_), Some(_)) => Self::Updated,
        })
    }

    /// What those who watch are told.
    const fn in_channel(self) -> Option<&'static str> {
        match self {
            Self::Added | Self::Accepted => Some("member.added"),
            Self::Updated | Self::Rejected => Some("member.updated"),
            Self::Removed => Some("member.removed"),
            Self::Invited => None,
        }
    }

    /// What they are told themselves.
    const fn to_user(self) -> Option<&'static str> {
        match self {
            Self::Added => Some("notification.added_to_channel"),
            Self::Invited => Some("notification.invited"),
            Self::Accepted => Some("notification.invite_accepted"),
            Self::Rejected => Some("notification.invite_rejected"),
            Self::Removed => Some("notification.removed_from_channel"),
            Self::Updated => None,
        }
    }
}

/// Tells what became of members: those who watch, and themselves.
pub(super) async fn joined(call: &Call, id: &ChannelId, acting: Option<&str>, fates: &[(String, Fate)]) -> Result<(), StreamError> {
    if fates.is_empty() {
        return Ok(());
    }
    for voice in call.voices() {
        let shown = channel(&voice, id).await?;
        let ids: Vec<String> = fates.iter().map(|(user, _)| user.clone()).collect();
        let users = Users::of(&voice, ids.iter().cloned().chain(acting.map(str::to_owned))).await?;
        let memberships = members::some(&voice, id, &ids).await?;
        for (user, fate) in fates {
            let member = memberships.iter().find(|member| member.fact.user == *user).map(|member| member.render(&voice, &users));
            // Who is gone is still named.
            let member = member.unwrap_or_else(|| json!({"user_id": user, "user": users.get(user)}));
            if let Some(kind) = fate.in_channel() {
                voice.announce(Event::in_channel(kind, id).with("member", member.clone()).with("user", users.get(user)));
            }
            if let Some(kind) = fate.to_user() {
                let by = acting.and_then(|acting| users.get(acting)).or_else(|| users.get(user));
                let event = Event::to_user(kind, user.clone()).about(id).with("channel", shown.clone());
                voice.announce(event.with("member", member).with("user", by));
            }
        }
    }
    Ok(())
}
