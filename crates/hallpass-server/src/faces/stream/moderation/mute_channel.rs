//! Mutes of channels: a note of one's own too. A muted channel counts nothing as unread.

use std::collections::BTreeMap;

use hallpass::{Change, ChannelId, Relation, RelationKind, Resource, Timestamp};
use hallpass_store::DocumentWrite;
use serde_json::{Map, Value};

use super::super::call::{Answer, Call};
use super::super::error::StreamError;
use super::super::event;
use super::super::user::own;
use super::super::user::render::Users;
use super::super::{channel, documents};
use super::mute::{MUTE, MuteDocument};
use super::{acting, pair};
use crate::lock::Footprint;

/// Most channels in one request.
const BATCH: usize = 100;
/// Longest mute with an end, in milliseconds: ten years.
const EXPIRATION_MS: u64 = 10 * 366 * 24 * 60 * 60 * 1000;

/// `POST /moderation/mute/channel`
pub(in super::super) async fn mute(call: Call) -> Result<Answer, StreamError> {
    let user = acting(&call)?;
    let cids = cids(&call)?;
    let expiration_ms = call.body.number("expiration", 0..=EXPIRATION_MS)?.filter(|ms| *ms > 0);
    let expires_at = expiration_ms.map(|ms| Timestamp::from_ms(call.now.as_ms() + ms));
    let edit = call.edit(footprint(&user, &cids)).await?;
    permit(&call, &cids)?;
    channel::members::must_exist(edit.engine(), [user.as_str()])?;
    let document = MuteDocument { created_at: call.now, updated_at: call.now };
    let mutes: Vec<Relation> = cids.iter().map(|id| Relation { expires_at, ..relation(&user, id) }).collect();
    let changes = mutes.iter().cloned().map(Change::RelationPut).collect();
    let written = cids.iter().map(|id| documents::put(MUTE, &pair(&user, id.as_str()), &document)).collect::<Result<_, _>>()?;
    call.commit(edit, changes, written).await?;
    event::told(super::mute::tell(&call, "notification.channel_mutes_updated", &user)).await;

    let users = Users::of(&call, [user.clone()]).await?;
    let channels = channel::embed::several(&call, &cids).await?;
    let rendered: Vec<Value> = mutes.iter().map(|mute| render(&call, mute, document, &users, &channels)).collect();
    let mut answer = Answer::from_iter([("own_user".to_owned(), own::own_user(&call, &user).await?)]);
    if let [one] = rendered.as_slice() {
        answer.insert("channel_mute".to_owned(), one.clone());
    }
    answer.insert("channel_mutes".to_owned(), Value::Array(rendered));
    Ok(answer)
}

/// `POST /moderation/unmute/channel`
pub(in super::super) async fn unmute(call: Call) -> Result<Answer, StreamError> {
    let user = acting(&call)?;
    let cids = cids(&call)?;
    let edit = call.edit(footprint(&user, &cids)).await?;
    permit(&call, &cids)?;
    let held = cids.iter().filter_map(|id| call.tenant.engine().relation(&relation(&user, id)));
    let changes = held.map(Change::RelationRemoved).collect();
    let written = cids.iter().map(|id| DocumentWrite::delete(MUTE, pair(&user, id.as_str()))).collect();
    call.commit(edit, changes, written).await?;
    event::told(super::mute::tell(&call, "notification.channel_mutes_updated", &user)).await;
    Ok(Answer::new())
}

/// `channel_cid`, or `channel_cids`.
fn cids(call: &Call) -> Result<Vec<ChannelId>, StreamError> {
    let mut named = call.body.texts("channel_cids")?.unwrap_or_default();
    named.extend(call.body.text("channel_cid")?.map(str::to_owned));
    named.retain(|cid| !cid.is_empty());
    named.sort();
    named.dedup();
    if named.is_empty() || named.len() > BATCH {
        return Err(StreamError::field("channel_cids", format!("expected 1 to {BATCH} channels, got {}", named.len())));
    }
    let parse = |cid: &String| cid.parse().map_err(|error: hallpass::ChannelIdError| StreamError::field("channel_cid", error.to_string()));
    named.iter().map(parse).collect()
}

fn footprint(user: &str, cids: &[ChannelId]) -> Footprint {
    cids.iter().fold(Footprint::facts().user(user), |footprint, id| footprint.channel(id.as_str()))
}

fn permit(call: &Call, cids: &[ChannelId]) -> Result<(), StreamError> {
    for id in cids {
        channel::live(call, id)?;
        call.permit("MuteChannel", Resource::channel(id.as_str()))?;
    }
    Ok(())
}

fn relation(user: &str, id: &ChannelId) -> Relation {
    Relation { kind: RelationKind::Mute, user: user.to_owned(), other: None, channel: Some(id.clone()), expires_at: None }
}

/// Until when a user has muted a channel: `Some(None)` is for ever.
pub(in super::super) fn muted(call: &Call, user: &str, id: &ChannelId) -> Option<Option<Timestamp>> {
    let mute = call.tenant.engine().relation(&relation(user, id))?;
    super::mute::holds(&mute, call.now).then_some(mute.expires_at)
}

/// A mute of a channel, as answers show it.
pub(in super::super) fn render(
    call: &Call,
    mute: &Relation,
    document: MuteDocument,
    users: &Users,
    channels: &BTreeMap<ChannelId, Value>,
) -> Value {
    let time = |at: Timestamp| call.dialect.time(at);
    let mut shown =
        Map::from_iter([("created_at".to_owned(), time(document.created_at)), ("updated_at".to_owned(), time(document.updated_at))]);
    let optional = [
        ("user", users.get(&mute.user)),
        ("channel", mute.channel.as_ref().and_then(|id| channels.get(id).cloned())),
        ("expires", mute.expires_at.map(time)),
    ];
    shown.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    Value::Object(shown)
}
