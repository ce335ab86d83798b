//! Action messages: what somebody did, as the answers of joining, adding, editing and deleting tell it. They are not kept.

use serde_json::{Value, json};

use super::call::Call;
use super::documents::seconds;
use super::entity;
use super::error::CometError;
use super::group::Group;

/// Something that happened to a member of a group: `joined`, `added`.
pub(super) async fn of_member(call: &Call, group: &Group, done: &str, uid: &str) -> Result<Value, CometError> {
    let by = entity::actor(call);
    let entities = json!({
        "by": entity::of_user(call, by).await?,
        "on": entity::of_user(call, uid).await?,
        "for": entity::of_group(call, group).await?,
    });
    Ok(json!({
        "conversationId": format!("group_{}", group.guid()), "sender": by, "receiverType": "group", "receiver": group.guid(),
        "category": "action", "type": "groupMember", "data": {"action": done, "entities": entities},
        "sentAt": seconds(call.now), "updatedAt": seconds(call.now),
    }))
}

/// Something that happened to a message: `edited`, `deleted`. `message` is the message as shown, after it happened.
pub(super) async fn of_message(call: &Call, done: &str, message: Value) -> Result<Value, CometError> {
    let by = entity::actor(call);
    let same = |name: &str| message.get(name).cloned().unwrap_or_default();
    let receiver = message.pointer("/data/entities/receiver").cloned().unwrap_or_default();
    Ok(json!({
        "conversationId": same("conversationId"), "sender": by, "receiverType": same("receiverType"), "receiver": same("receiver"),
        "category": "action", "type": "message",
        "data": {
            "action": done,
            "entities": {"by": entity::of_user(call, by).await?, "for": receiver, "on": {"entity": message, "entityType": "message"}},
        },
        "sentAt": seconds(call.now), "updatedAt": seconds(call.now),
    }))
}
