//! Bans: from a channel or from the whole app, for a while or for good, openly or in the shadow.

use std::collections::BTreeSet;

use hallpass::{Change, ChannelId, Relation, RelationKind, Resource, Timestamp};
use hallpass_store::DocumentWrite;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::call::{Answer, Call};
use super::super::error::StreamError;
use super::super::event::{self, Event};
use super::super::fields::wrong;
use super::super::message::document::MessageDocument;
use super::super::message::purge;
use super::super::user::render::Users;
use super::super::{channel, documents};
use super::{channel_named, end, pair};
use crate::lock::Footprint;

/// Kind of documents about bans.
pub(super) const BAN: &str = "ban";

/// A ban, as shown; a shadow ban is nothing else.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct BanDocument {
    pub(super) user: String,
    pub(super) channel: Option<ChannelId>,
    pub(super) banned_by: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) shadow: bool,
    pub(super) ip_ban: bool,
    pub(super) created_at: Timestamp,
    pub(super) expires_at: Option<Timestamp>,
}

impl BanDocument {
    /// Whether it still holds.
    pub(super) fn holds(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}

/// Id of the document about a ban.
pub(super) fn key(user: &str, channel: Option<&ChannelId>) -> String {
    pair(user, channel.map_or("", ChannelId::as_str))
}

/// The fact of a ban.
pub(super) fn relation(user: &str, channel: Option<&ChannelId>, expires_at: Option<Timestamp>) -> Relation {
    Relation { kind: RelationKind::Ban, user: user.to_owned(), other: None, channel: channel.cloned(), expires_at }
}

/// `POST /moderation/ban`
pub(in super::super) async fn ban(call: Call) -> Result<Answer, StreamError> {
    let body = &call.body;
    let target = body.required_text("target_user_id")?.to_owned();
    let place = channel_named(body)?;
    let document = BanDocument {
        user: target.clone(),
        channel: place.clone(),
        banned_by: banned_by(&call)?,
        reason: body.text("reason")?.filter(|reason| !reason.is_empty()).map(str::to_owned),
        shadow: body.flag("shadow")?.unwrap_or(false),
        ip_ban: body.flag("ip_ban")?.unwrap_or(false),
        created_at: call.now,
        expires_at: end(&call, body)?,
    };
    let deletion = Deletion::read(&call)?;
    // Messages of every channel, perhaps: nothing else changes meanwhile.
    let footprint = if deletion.is_some() { Footprint::policy() } else { footprint(&target, place.as_ref()) };
    let edit = call.edit(footprint).await?;
    permit(&call, &target, place.as_ref())?;
    channel::members::must_exist(edit.engine(), std::iter::once(target.as_str()).chain(document.banned_by.as_deref()))?;
    let (change, written) = placed(&call, &document)?;
    let mut written = vec![written];
    if let Some(deletion) = deletion {
        written.extend(deletion.of_messages(&call, &target, place.as_ref()).await?);
    }
    call.commit(edit, change.into_iter().collect(), written).await?;
    event::told(tell_banned(&call, &document)).await;
    Ok(Answer::new())
}

/// What becomes of the messages of whoever is banned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deletion {
    Soft,
    Hard,
}

impl Deletion {
    fn read(call: &Call) -> Result<Option<Self>, StreamError> {
        match call.body.value("delete_messages") {
            None | Some(Value::Bool(false)) => Ok(None),
            Some(Value::Bool(true)) => Ok(Some(Self::Soft)),
            Some(Value::String(how)) => match how.as_str() {
                "" => Ok(None),
                "soft" | "pruning" => Ok(Some(Self::Soft)),
                "hard" => Ok(Some(Self::Hard)),
                other => Err(StreamError::field("delete_messages", format!("expected 'soft', 'pruning' or 'hard', got '{other}'"))),
            },
            Some(other) => Err(wrong("delete_messages", "'soft', 'pruning' or 'hard'", other)),
        }
    }

    async fn of_messages(self, call: &Call, user: &str, place: Option<&ChannelId>) -> Result<Vec<DocumentWrite>, StreamError> {
        let mut written = Vec::new();
        let mut gone = purge::messages_of(call, user, place.map(ChannelId::as_str)).await?;
        gone.retain(|message| {
            (self == Self::Hard || message.deleted_at.is_none()) && (call.caller.is_server() || is_in_live_channel(call, message))
        });
        for message in &gone {
            if is_in_live_channel(call, message) {
                call.permit("DeleteMessage", Resource::message(&message.id, message.cid.as_str()).owned_by(&message.user))?;
            }
            match self {
                Self::Hard => written.extend(purge::of_message(call, message).await?),
                Self::Soft => written.extend(purge::softly(call, message)?.1),
            }
        }
        written.extend(purge::uncounted(call, &gone, self == Self::Hard).await?);
        Ok(written)
    }
}

/// Whether a message lies in a channel that is there. In a deleted one, it is there for the back end alone.
fn is_in_live_channel(call: &Call, message: &MessageDocument) -> bool {
    message.cid.parse().is_ok_and(|id: ChannelId| channel::live(call, &id).is_ok())
}

/// `DELETE /moderation/ban` and `POST /moderation/unban`, both with `target_user_id` and the channel in the query string.
pub(in super::super) async fn unban(call: Call) -> Result<Answer, StreamError> {
    let query = call.query.fields()?;
    let fields = if query.has("target_user_id") { &query } else { &call.body };
    let target = fields.required_text("target_user_id")?.to_owned();
    let place = channel_named(fields)?;
    let shadow_only = fields.flag("shadow")?.unwrap_or(false);
    let edit = call.edit(footprint(&target, place.as_ref())).await?;
    permit(&call, &target, place.as_ref())?;
    channel::members::must_exist(edit.engine(), [target.as_str()])?;
    let (change, written) = lifted(&call, &target, place.as_ref(), shadow_only);
    call.commit(edit, change.into_iter().collect(), written.into_iter().collect()).await?;
    event::told(tell_unbanned(&call, &target, place.as_ref(), shadow_only)).await;
    Ok(Answer::new())
}

/// What to write for a ban. A shadow ban takes the place of an open one, and the other way round.
pub(super) fn placed(call: &Call, document: &BanDocument) -> Result<(Option<Change>, DocumentWrite), StreamError> {
    let fact = relation(&document.user, document.channel.as_ref(), document.expires_at);
    let held = call.tenant.engine().relation(&fact);
    let change = match (document.shadow, held) {
        (true, None) => None,
        (true, Some(open)) => Some(Change::RelationRemoved(open)),
        (false, _) => Some(Change::RelationPut(fact)),
    };
    Ok((change, documents::put(BAN, &key(&document.user, document.channel.as_ref()), document)?))
}

/// What to write where a ban is lifted. With `shadow_only`, an open ban stays.
pub(super) fn lifted(call: &Call, target: &str, place: Option<&ChannelId>, shadow_only: bool) -> (Option<Change>, Option<DocumentWrite>) {
    let open = call.tenant.engine().relation(&relation(target, place, None));
    if shadow_only && open.is_some() {
        return (None, None);
    }
    (open.map(Change::RelationRemoved), Some(DocumentWrite::delete(BAN, key(target, place))))
}

/// Tells the channel, or everybody who shares one with the user. Of a ban in the shadow, nobody hears.
pub(super) async fn tell_banned(call: &Call, ban: &BanDocument) -> Result<(), StreamError> {
    for voice in call.voices() {
        let users = Users::of(&voice, std::iter::once(ban.user.clone()).chain(ban.banned_by.clone())).await?;
        let mut event = about("user.banned", &ban.user, ban.channel.as_ref()).with("user", users.get(&ban.user)).with("shadow", ban.shadow);
        if let Some(by) = ban.banned_by.as_deref() {
            event = event.with("created_by", users.get(by));
        }
        if let Some(reason) = &ban.reason {
            event = event.with("reason", reason.as_str());
        }
        if let Some(end) = ban.expires_at {
            event = event.with("expiration", voice.dialect.time(end));
        }
        if !ban.shadow {
            voice.announce(event);
        }
    }
    Ok(())
}

/// Tells that a ban was lifted, to those who were told of it.
pub(super) async fn tell_unbanned(call: &Call, user: &str, place: Option<&ChannelId>, shadow: bool) -> Result<(), StreamError> {
    for voice in call.voices() {
        let shown = Users::of(&voice, [user.to_owned()]).await?.get(user);
        if !shadow {
            voice.announce(about("user.unbanned", user, place).with("user", shown).with("shadow", false));
        }
    }
    Ok(())
}

fn about(kind: &'static str, user: &str, place: Option<&ChannelId>) -> Event {
    match place {
        Some(channel) => Event::in_channel(kind, channel),
        None => Event::about_user(kind, user),
    }
}

fn footprint(target: &str, place: Option<&ChannelId>) -> Footprint {
    let footprint = Footprint::facts().user(target);
    match place {
        Some(channel) => footprint.channel(channel.as_str()),
        None => footprint,
    }
}

/// Asks whether the caller may ban this user there. In a channel, either of two permissions is enough: the one about its members, or the
/// one about users where it is granted in channels of the type.
fn permit(call: &Call, target: &str, place: Option<&ChannelId>) -> Result<(), StreamError> {
    let Some(id) = place else { return call.permit("BanUser", Resource::user(target)) };
    channel::live(call, id)?;
    let there = Resource::channel(id.as_str());
    call.permit("BanChannelMember", there).or_else(|refusal| call.permit("BanUser", there).map_err(|_| refusal))
}

/// Who bans: the caller, or the user that the back end names.
fn banned_by(call: &Call) -> Result<Option<String>, StreamError> {
    if !call.caller.is_server() {
        return call.acting_user();
    }
    let named = call.body.text("banned_by_id")?.filter(|id| !id.is_empty()).map(str::to_owned);
    match (named, call.body.object("banned_by")?) {
        (Some(id), _) => Ok(Some(id)),
        (None, Some(user)) => Ok(user.text("id")?.map(str::to_owned)),
        (None, None) => call.acting_user(),
    }
}

/// Those of the users who are banned in the shadow, from the app or from the channel: what they write is seen by nobody else.
pub(in super::super) async fn in_shadow(
    call: &Call,
    users: impl IntoIterator<Item = &str>,
    place: Option<&ChannelId>,
) -> Result<BTreeSet<String>, StreamError> {
    let mut ids = Vec::new();
    for user in users {
        ids.push(key(user, None));
        if place.is_some() {
            ids.push(key(user, place));
        }
    }
    let found = documents::several::<BanDocument>(&call.tenant, BAN, ids).await?;
    let mut shadowed = BTreeSet::new();
    for ban in found.into_values().filter(|ban| ban.shadow && ban.holds(call.now)) {
        if !is_of_another(call, &ban).await? {
            shadowed.insert(ban.user);
        }
    }
    Ok(shadowed)
}

/// Whether a ban is older than the user or channel that now has the id: what it was about was deleted for good.
pub(super) async fn is_of_another(call: &Call, ban: &BanDocument) -> Result<bool, StreamError> {
    let user_made = documents::user(&call.tenant, &ban.user).await?.map(|user| user.created_at);
    let channel_made = match &ban.channel {
        Some(channel) => documents::channel(&call.tenant, channel).await?.map(|channel| channel.created_at),
        None => None,
    };
    Ok(user_made.max(channel_made).is_some_and(|made| ban.created_at < made))
}

/// Whether a user is banned in the shadow, from the app or from this channel.
pub(in super::super) async fn is_shadow_banned(call: &Call, user: &str, place: &ChannelId) -> Result<bool, StreamError> {
    Ok(!in_shadow(call, [user], Some(place)).await?.is_empty())
}
