//! `GET /conversations`, and one of them.

use hallpass::Resource;
use serde_json::Value;

use super::super::call::Call;
use super::super::envelope::Answer;
use super::super::error::{Code, CometError};
use super::super::group;
use super::super::message::receiver::{Receiver, ReceiverType};
use super::super::page::Page;
use super::{Conversation, all_of, of_path, partner_of, render, view};

/// `GET /conversations`: those of the caller, the one with the newest message first.
pub(in super::super) async fn list(call: Call) -> Result<Answer, CometError> {
    let page = Page::of(&call.query)?;
    let only = match call.query.get("conversationType") {
        None => None,
        Some("user" | "users") => Some(ReceiverType::User),
        Some("group" | "groups") => Some(ReceiverType::Group),
        Some(other) => {
            return Err(CometError::field("conversationType", format!("The conversationType must be user or group, got \"{other}\".")));
        }
    };
    let search = call.query.get("searchKey").map(str::to_lowercase);
    let tags = call.query.list("tags");
    let user = call.caller.user().unwrap_or_default().to_owned();
    call.permit_listing("ListConversations", Resource::app())?;

    let mut found: Vec<(u64, Value)> = Vec::new();
    for id in all_of(&call, &user).await? {
        let Some((kind, with)) = partner_of(&id, &user).filter(|(kind, _)| only.is_none_or(|only| only == *kind)) else { continue };
        let own_view = view(&call, &id).await?;
        if !tags.is_empty() && !tags.iter().any(|tag| own_view.tags.contains(tag)) {
            continue;
        }
        if !call.permits_row("ListConversations", Resource::other("conversation", &id).owned_by(&user), &[])? {
            continue;
        }
        let with = match kind {
            ReceiverType::User => Receiver::User(with),
            ReceiverType::Group => match group::find(&call, &with).await {
                Ok(group) => Receiver::Group(Box::new(group)),
                Err(_) => continue,
            },
        };
        let shown = render::one(&call, &Conversation { id, with, user: user.clone() }).await?;
        // A conversation that was deleted, or never had a message, is in no list.
        if shown.newest > 0 && is_sought(&shown.value, search.as_deref()) {
            found.push((shown.newest, shown.value));
        }
    }
    found.sort_by_key(|(newest, _)| std::cmp::Reverse(*newest));
    Ok(page.answer(found.into_iter().map(|(_, value)| value).collect()))
}

fn is_sought(conversation: &Value, search: Option<&str>) -> bool {
    let name = conversation.pointer("/conversationWith/name").and_then(Value::as_str).unwrap_or_default().to_lowercase();
    search.is_none_or(|key| name.contains(key))
}

/// `GET /users/{uid}/conversation`, `GET /groups/{guid}/conversation`
pub(in super::super) async fn get(call: Call) -> Result<Answer, CometError> {
    let conversation = of_path(&call).await?;
    call.permit("GetConversation", Resource::other("conversation", &conversation.id).owned_by(&conversation.user), &[])?;
    let shown = render::one(&call, &conversation).await?;
    if shown.newest == 0 {
        let text = format!("There is no conversation with {} yet.", conversation.with.id());
        return Err(CometError::new(Code::ConversationNotFound, text));
    }
    Ok(Answer::of(shown.value))
}
