//! Blocks: what one user wants to hear no more of another. They take no permission, and refuse nobody anything; clients hide what the
//! blocked user writes.

use hallpass::{Change, Relation, RelationKind, Timestamp};
use hallpass_store::DocumentWrite;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::call::{Answer, Call};
use super::super::channel::members::must_exist;
use super::super::documents;
use super::super::error::StreamError;
use super::super::moderation::query_bans::relations;
use super::render::Users;
use crate::lock::Footprint;

const BLOCK: &str = "block";

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(default)]
struct BlockDocument {
    created_at: Timestamp,
}

/// `POST /users/block`
pub(in super::super) async fn block(call: Call) -> Result<Answer, StreamError> {
    let user = acting(&call)?;
    let target = call.body.required_text("blocked_user_id")?.to_owned();
    let edit = call.edit(Footprint::facts().user(user.as_str())).await?;
    must_exist(edit.engine(), [user.as_str(), target.as_str()])?;
    if user == target {
        return Err(StreamError::field("blocked_user_id", "one cannot block oneself"));
    }
    let document = BlockDocument { created_at: call.now };
    let written = documents::put(BLOCK, &key(&user, &target), &document)?;
    call.commit(edit, vec![Change::RelationPut(relation(&user, &target))], vec![written]).await?;
    Ok(Answer::from_iter([
        ("blocked_by_user_id".to_owned(), json!(user)),
        ("blocked_user_id".to_owned(), json!(target)),
        ("blocked_at".to_owned(), call.dialect.time(call.now)),
        ("created_at".to_owned(), call.dialect.time(call.now)),
    ]))
}

/// `POST /users/unblock`
pub(in super::super) async fn unblock(call: Call) -> Result<Answer, StreamError> {
    let user = acting(&call)?;
    let target = call.body.required_text("blocked_user_id")?.to_owned();
    let edit = call.edit(Footprint::facts().user(user.as_str())).await?;
    let held = edit.engine().relation(&relation(&user, &target));
    let changes = held.map(Change::RelationRemoved).into_iter().collect();
    call.commit(edit, changes, vec![DocumentWrite::delete(BLOCK, key(&user, &target))]).await?;
    Ok(Answer::new())
}

/// `GET /users/block`
pub(in super::super) async fn list(call: Call) -> Result<Answer, StreamError> {
    let user = acting(&call)?;
    let held = relations(&call, RelationKind::Block, Some(&user)).await?;
    let targets: Vec<String> = held.into_iter().filter_map(|block| block.other).collect();
    let documents =
        documents::several::<BlockDocument>(&call.tenant, BLOCK, targets.iter().map(|target| key(&user, target)).collect()).await?;
    let users = Users::of(&call, targets.iter().cloned().chain([user.clone()])).await?;
    let made = documents::unknown_time(&call.tenant);
    let render = |target: &String| {
        let (own, blocked) = (users.get(&user)?, users.get(target)?);
        let at = documents.get(&key(&user, target)).map_or(made, |block| block.created_at);
        Some(json!({
            "user_id": user, "user": own, "blocked_user_id": target, "blocked_user": blocked, "created_at": call.dialect.time(at),
        }))
    };
    let blocks: Vec<Value> = targets.iter().filter_map(render).collect();
    Ok(Answer::from_iter([("blocks".to_owned(), Value::Array(blocks))]))
}

/// Whose blocks: the caller's, or those of the user that the back end names.
fn acting(call: &Call) -> Result<String, StreamError> {
    match (call.acting_user()?, call.caller.is_server()) {
        (Some(user), _) => Ok(user),
        (None, true) => Err(StreamError::field("user_id", "is required: who does this?")),
        (None, false) => Err(StreamError::not_allowed("blocking takes a user").with("reason", "anonymous_write")),
    }
}

fn key(user: &str, target: &str) -> String {
    format!("{user}\u{1f}{target}")
}

fn relation(user: &str, target: &str) -> Relation {
    Relation { kind: RelationKind::Block, user: user.to_owned(), other: Some(target.to_owned()), channel: None, expires_at: None }
}
