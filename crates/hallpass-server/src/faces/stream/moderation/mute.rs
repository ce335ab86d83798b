//! Mutes of users: a note of one's own, which refuses nobody anything.

use hallpass::{Change, Relation, RelationKind, Resource, Timestamp};
use hallpass_store::DocumentWrite;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::super::call::{Answer, Call};
use super::super::channel::members::must_exist;
use super::super::documents;
use super::super::error::StreamError;
use super::super::event::{self, Event};
use super::super::user::own;
use super::super::user::render::Users;
use super::{acting, end, pair};
use crate::lock::Footprint;

/// Kind of documents about mutes, of users and of channels.
pub(super) const MUTE: &str = "mute";
/// Most users in one request.
const BATCH: usize = 100;

/// When a mute was made, and made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(in super::super) struct MuteDocument {
    pub(in super::super) created_at: Timestamp,
    pub(in super::super) updated_at: Timestamp,
}

/// `POST /moderation/mute`
pub(in super::super) async fn mute(call: Call) -> Result<Answer, StreamError> {
    let user = acting(&call)?;
    let targets = targets(&call)?;
    let expires_at = end(&call, &call.body)?;
    let edit = call.edit(Footprint::facts().user(user.as_str())).await?;
    let (known, unknown) = permitted(&call, &user, targets)?;
    let (mut changes, mut written) = (Vec::new(), Vec::new());
    let before = documents::several::<MuteDocument>(&call.tenant, MUTE, known.iter().map(|target| pair(&user, target)).collect()).await?;
    for target in &known {
        let created_at = before.get(&pair(&user, target)).map_or(call.now, |mute| mute.created_at);
        changes.push(Change::RelationPut(Relation { expires_at, ..relation(&user, target) }));
        written.push(documents::put(MUTE, &pair(&user, target), &MuteDocument { created_at, updated_at: call.now })?);
    }
    call.commit(edit, changes, written).await?;
    event::told(tell(&call, "notification.mutes_updated", &user)).await;

    let users = Users::of(&call, known.iter().cloned().chain([user.clone()])).await?;
    let render_one = |target: &String| {
        let mute = Relation { expires_at, ..relation(&user, target) };
        let created_at = before.get(&pair(&user, target)).map_or(call.now, |mute| mute.created_at);
        render(&call, &mute, MuteDocument { created_at, updated_at: call.now }, &users)
    };
    let mutes: Vec<Value> = known.iter().map(render_one).collect();
    let mut answer = Answer::from_iter([("own_user".to_owned(), own::own_user(&call, &user).await?)]);
    if let [one] = mutes.as_slice() {
        answer.insert("mute".to_owned(), one.clone());
    }
    answer.insert("mutes".to_owned(), Value::Array(mutes));
    Ok(with_unknown(answer, unknown))
}

/// `POST /moderation/unmute`
pub(in super::super) async fn unmute(call: Call) -> Result<Answer, StreamError> {
    let user = acting(&call)?;
    let targets = targets(&call)?;
    let edit = call.edit(Footprint::facts().user(user.as_str())).await?;
    let (known, unknown) = permitted(&call, &user, targets)?;
    let changes = known.iter().filter_map(|target| call.tenant.engine().relation(&relation(&user, target)));
    let changes = changes.map(Change::RelationRemoved).collect();
    let written = known.iter().map(|target| DocumentWrite::delete(MUTE, pair(&user, target))).collect();
    call.commit(edit, changes, written).await?;
    event::told(tell(&call, "notification.mutes_updated", &user)).await;
    Ok(with_unknown(Answer::new(), unknown))
}

/// Tells the user's other devices what they have muted now.
pub(super) async fn tell(call: &Call, kind: &'static str, user: &str) -> Result<(), StreamError> {
    for voice in call.voices() {
        voice.announce(Event::to_user(kind, user).with("me", own::own_user(&voice, user).await?));
    }
    Ok(())
}

/// `target_id`, or `target_ids`.
fn targets(call: &Call) -> Result<Vec<String>, StreamError> {
    let mut targets = call.body.texts("target_ids")?.unwrap_or_default();
    targets.extend(call.body.text("target_id")?.map(str::to_owned));
    targets.retain(|target| !target.is_empty());
    targets.sort();
    targets.dedup();
    if targets.is_empty() || targets.len() > BATCH {
        return Err(StreamError::field("target_ids", format!("expected 1 to {BATCH} users, got {}", targets.len())));
    }
    Ok(targets)
}

/// Asks for each target, and tells those who are there from those who are not. Where nobody is, that is an error.
fn permitted(call: &Call, user: &str, targets: Vec<String>) -> Result<(Vec<String>, Vec<String>), StreamError> {
    let engine = call.tenant.engine();
    let mut known = Vec::new();
    let mut unknown = Vec::new();
    for target in targets {
        call.permit("MuteUser", Resource::user(&target))?;
        if target == user {
            return Err(StreamError::field("target_id", "one cannot mute oneself"));
        }
        let there = engine.user(&target).is_some_and(|user| !user.deleted);
        if there { known.push(target) } else { unknown.push(target) }
    }
    let named = if known.is_empty() { unknown.as_slice() } else { &[] };
    must_exist(engine, named.iter().map(String::as_str).chain([user]))?;
    Ok((known, unknown))
}

fn relation(user: &str, target: &str) -> Relation {
    Relation { kind: RelationKind::Mute, user: user.to_owned(), other: Some(target.to_owned()), channel: None, expires_at: None }
}

fn with_unknown(mut answer: Answer, unknown: Vec<String>) -> Answer {
    if !unknown.is_empty() {
        answer.insert("non_existing_users".to_owned(), json!(unknown));
    }
    answer
}

/// A mute of a user, as answers show it.
pub(in super::super) fn render(call: &Call, mute: &Relation, document: MuteDocument, users: &Users) -> Value {
    let time = |at: Timestamp| call.dialect.time(at);
    let mut shown =
        Map::from_iter([("created_at".to_owned(), time(document.created_at)), ("updated_at".to_owned(), time(document.updated_at))]);
    let optional = [
        ("user", users.get(&mute.user)),
        ("target", mute.other.as_deref().and_then(|target| users.get(target))),
        ("expires", mute.expires_at.map(time)),
    ];
    shown.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    Value::Object(shown)
}

/// Whether a mute still holds.
pub(in super::super) fn holds(mute: &Relation, now: Timestamp) -> bool {
    mute.expires_at.is_none_or(|end| now < end)
}

/// What is noted about mutes; one that came in bulk is as old as the app.
pub(in super::super) async fn documents_of(call: &Call, mutes: &[Relation]) -> Result<Vec<MuteDocument>, StreamError> {
    let id = |mute: &Relation| match (&mute.other, &mute.channel) {
        (Some(target), _) => pair(&mute.user, target),
        (None, channel) => pair(&mute.user, channel.as_ref().map_or("", hallpass::ChannelId::as_str)),
    };
    let found = documents::several::<MuteDocument>(&call.tenant, MUTE, mutes.iter().map(id).collect()).await?;
    let made = documents::unknown_time(&call.tenant);
    let unwritten = MuteDocument { created_at: made, updated_at: made };
    Ok(mutes.iter().map(|mute| found.get(&id(mute)).copied().unwrap_or(unwritten)).collect())
}
