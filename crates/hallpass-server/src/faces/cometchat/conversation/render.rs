//! Conversations, as answers show them.

use serde_json::{Value, json};

use super::super::call::Call;
use super::super::documents::seconds;
use super::super::entity;
use super::super::error::CometError;
use super::super::group;
use super::super::message::receiver::Receiver;
use super::super::message::row::Rows;
use super::super::message::store::{self, Direction};
use super::super::message::{MessageDocument, render};
use super::{Conversation, shown_id, view};

/// Messages read from the store at a time.
const AT_ONCE: usize = 100;
/// More unread messages than this are not counted.
const MOST_UNREAD: u64 = 999;

/// The state of a conversation, for its owner.
pub(super) struct Shown {
    /// The answer.
    pub(super) value: Value,
    /// Id of the newest visible message; 0 where there is none.
    pub(super) newest: u64,
}

/// A conversation, with its newest message that the caller may see and the number of unread ones.
pub(super) async fn one(call: &Call, conversation: &Conversation) -> Result<Shown, CometError> {
    let view = view(call, &conversation.id).await?;
    let action = match conversation.with {
        Receiver::User(_) => "ListUserMessages",
        Receiver::Group(_) => "ListGroupMessages",
    };
    let (mut rows, mut newest, mut unread, mut from): (_, Option<MessageDocument>, u64, _) = (Rows::default(), None, 0, None);
    'pages: loop {
        let page = store::page(call, &conversation.id, Direction::Downwards, from, AT_ONCE).await?;
        let Some(last) = page.last() else { break };
        from = Some(last.id);
        for message in page {
            let is_done = newest.is_some() && (message.id <= view.read_to || unread >= MOST_UNREAD);
            if message.id <= view.deleted_to || is_done {
                break 'pages;
            }
            if rows.shows(call, action, &message).await? {
                unread += u64::from(message.id > view.read_to && message.sender != conversation.user);
                newest.get_or_insert(message);
            }
        }
    }
    let with = match &conversation.with {
        Receiver::User(uid) => entity::one(call, uid).await?,
        Receiver::Group(group) => group::render::one(call, group).await?,
    };
    let id = newest.as_ref().map_or(0, |message| message.id);
    let updated = newest.as_ref().map(|message| message.sent_at).max(view.updated_at);
    let mut value = json!({
        "conversationId": shown_id(&conversation.id),
        "conversationType": conversation.with.kind().name(),
        "unreadMessageCount": unread,
        "unreadMentionsCount": 0,
        "lastReadMessageId": view.read_to.to_string(),
        "latestMessageId": id.to_string(),
        "conversationWith": with,
    });
    if let Some(object) = value.as_object_mut() {
        if let Some(message) = &newest {
            object.insert("lastMessage".to_owned(), render::one(call, message).await?);
        }
        if let Some(at) = updated {
            object.insert("updatedAt".to_owned(), json!(seconds(at)));
        }
        if !view.tags.is_empty() {
            object.insert("tags".to_owned(), json!(view.tags));
        }
    }
    Ok(Shown { value, newest: id })
}
