//! Messages, as answers show them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::super::call::Call;
use super::super::conversation;
use super::super::documents::seconds;
use super::super::entity;
use super::super::error::CometError;
use super::super::group;
use super::super::reaction;
use super::MessageDocument;
use super::receiver::ReceiverType;

/// A message, as the caller sees it.
pub(in super::super) async fn one(call: &Call, message: &MessageDocument) -> Result<Value, CometError> {
    let mut shown = several(call, std::slice::from_ref(message)).await?;
    shown.pop().ok_or_else(|| CometError::internal("a message was not rendered"))
}

/// Messages, as the caller sees them: with who sent them to whom, and the reactions that the caller may see.
pub(in super::super) async fn several(call: &Call, messages: &[MessageDocument]) -> Result<Vec<Value>, CometError> {
    let to_users = messages.iter().filter(|message| message.receiver_type == ReceiverType::User);
    let people = messages.iter().map(|message| message.sender.as_str()).chain(to_users.map(|message| message.receiver.as_str()));
    let users = entity::users(call, people).await?;
    let to_groups = messages.iter().filter(|message| message.receiver_type == ReceiverType::Group);
    let mut groups = BTreeMap::new();
    for guid in to_groups.map(|message| message.receiver.as_str()).collect::<BTreeSet<_>>() {
        if let Ok(group) = group::find(call, guid).await {
            groups.insert(guid, group::render::one(call, &group).await?);
        }
    }
    let mut reactions = reaction::counts(call, messages).await?;
    let shown = messages.iter().map(|message| {
        let receiver = match message.receiver_type {
            ReceiverType::User => users.get(&message.receiver).cloned(),
            ReceiverType::Group => groups.get(message.receiver.as_str()).cloned(),
        };
        let entities = json!({
            "sender": {"entity": users.get(&message.sender), "entityType": "user"},
            "receiver": {"entity": receiver, "entityType": message.receiver_type.name()},
        });
        Value::Object(object(message, &entities, reactions.remove(&message.id)))
    });
    Ok(shown.collect())
}

fn object(message: &MessageDocument, entities: &Value, reactions: Option<Value>) -> Map<String, Value> {
    let mut data = if message.deleted_at.is_none() { message.data.clone() } else { Map::new() };
    data.insert("entities".to_owned(), entities.clone());
    if let Some(reactions) = reactions.filter(|_| message.deleted_at.is_none()) {
        data.insert("reactions".to_owned(), reactions);
    }
    let updated = message.edited_at.max(message.deleted_at).unwrap_or(message.sent_at);
    let mut object = Map::from_iter([
        ("id".to_owned(), json!(message.id.to_string())),
        ("conversationId".to_owned(), json!(conversation::shown_id(&message.conversation))),
        ("sender".to_owned(), json!(message.sender)),
        ("receiverType".to_owned(), json!(message.receiver_type.name())),
        ("receiver".to_owned(), json!(message.receiver)),
        ("category".to_owned(), json!(message.category)),
        ("type".to_owned(), json!(message.message_type)),
        ("data".to_owned(), Value::Object(data)),
        ("sentAt".to_owned(), json!(seconds(message.sent_at))),
        ("updatedAt".to_owned(), json!(seconds(updated))),
    ]);
    let given = [
        ("muid", message.muid.as_ref().map(|muid| json!(muid))),
        ("parentId", message.parent.map(|parent| json!(parent.to_string()))),
        ("replyCount", Some(message.replies).filter(|replies| *replies > 0).map(|replies| json!(replies))),
        ("tags", Some(&message.tags).filter(|tags| !tags.is_empty()).map(|tags| json!(tags))),
        ("editedAt", message.edited_at.map(|at| json!(seconds(at)))),
        ("editedBy", message.edited_by.as_ref().map(|by| json!(by))),
        ("deletedAt", message.deleted_at.map(|at| json!(seconds(at)))),
        ("deletedBy", message.deleted_by.as_ref().map(|by| json!(by))),
    ];
    object.extend(given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    object
}
