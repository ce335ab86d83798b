//! Conversations: one-to-one or of a group, as each of its people sees it.

pub(super) mod change;
pub(super) mod list;
pub(super) mod render;

use hallpass::{ChannelId, Timestamp};
use hallpass_store::DocumentWrite;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::call::Call;
use super::documents::{self, SEPARATOR};
use super::error::{Code, CometError};
use super::group;
use super::message::receiver::{Receiver, ReceiverType};

/// What somebody made of a conversation: read to here, deleted to here, tags. Ids: the conversation, then the user.
pub(super) const VIEW: &str = "conversation_view";
/// The one-to-one conversations of each user. Ids: the user, then the conversation.
const OF_USER: &str = "conversation_of_user";

/// A conversation, as one of its people sees it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ViewDocument {
    /// Id of the last message that was read.
    pub(super) read_to: u64,
    /// Id of the last message that was delivered.
    pub(super) delivered_to: u64,
    /// Messages up to this one are gone from this view.
    pub(super) deleted_to: u64,
    pub(super) tags: Vec<String>,
    pub(super) updated_at: Option<Timestamp>,
}

/// The conversation of two users. What is kept under is not what is shown: shown ids of different people can look the same
/// (`a_user_b_user_c`).
pub(super) fn of_users(one: &str, other: &str) -> String {
    let (first, second) = if one <= other { (one, other) } else { (other, one) };
    format!("user{SEPARATOR}{first}{SEPARATOR}{second}")
}

/// The conversation of a group.
pub(super) fn of_group(guid: &str) -> String {
    format!("group{SEPARATOR}{guid}")
}

/// `conversationId`: `a_user_b`, or `group_{guid}`.
pub(super) fn shown_id(conversation: &str) -> String {
    let parts: Vec<&str> = conversation.split(SEPARATOR).collect();
    match parts.as_slice() {
        [_, one, other] => format!("{one}_user_{other}"),
        [_, guid] => format!("group_{guid}"),
        _ => conversation.to_owned(),
    }
}

/// The other of a one-to-one conversation, or the group.
fn partner_of(conversation: &str, user: &str) -> Option<(ReceiverType, String)> {
    let parts: Vec<&str> = conversation.split(SEPARATOR).collect();
    match parts.as_slice() {
        [_, one, other] => Some((ReceiverType::User, (if *one == user { other } else { one }).to_string())),
        [_, guid] => Some((ReceiverType::Group, (*guid).to_owned())),
        _ => None,
    }
}

/// What the first message between two users writes: both have this conversation from then on.
pub(super) fn between(conversation: &str, one: &str, other: &str) -> Vec<DocumentWrite> {
    let of = |uid: &str| DocumentWrite::put(OF_USER, format!("{uid}{SEPARATOR}{conversation}"), json!(true));
    vec![of(one), of(other)]
}

/// All conversations of a user: the one-to-one ones, and those of the groups that they are in.
pub(super) async fn all_of(call: &Call, user: &str) -> Result<Vec<String>, CometError> {
    const AT_ONCE: usize = 1_000;
    let prefix = format!("{user}{SEPARATOR}");
    let found = documents::all::<Value>(&call.tenant, OF_USER, &prefix).await?;
    let mut all: Vec<String> = found.iter().filter_map(|(id, _)| id.strip_prefix(&prefix)).map(str::to_owned).collect();
    let mut after: Option<ChannelId> = None;
    loop {
        let (user, from) = (user.to_owned(), after.take());
        let read = call.tenant.read(move |store, app| store.memberships(app, &user, from.as_ref(), AT_ONCE));
        let page = read.await.map_err(CometError::internal)?;
        let Some(last) = page.last() else { return Ok(all) };
        after = Some(last.channel.clone());
        let groups = page.iter().filter(|member| member.channel.channel_type() == group::CHANNEL_TYPE && !member.invited);
        all.extend(groups.map(|member| of_group(member.channel.id())));
    }
}

/// The group that a conversation is of.
pub(super) fn guid_of(conversation: &str) -> Option<&str> {
    conversation.strip_prefix("group")?.strip_prefix(SEPARATOR)
}

/// What both people of a one-to-one conversation keep of it, to be deleted.
pub(super) async fn forget(call: &Call, conversation: &str, uid: &str) -> Result<Vec<DocumentWrite>, CometError> {
    let Some((ReceiverType::User, other)) = partner_of(conversation, uid) else { return Ok(Vec::new()) };
    let views = documents::all::<Value>(&call.tenant, VIEW, &format!("{conversation}{SEPARATOR}")).await?;
    let mut gone: Vec<_> = views.into_iter().map(|(id, _)| DocumentWrite::delete(VIEW, id)).collect();
    gone.extend([uid, &other].map(|uid| DocumentWrite::delete(OF_USER, format!("{uid}{SEPARATOR}{conversation}"))));
    Ok(gone)
}

/// What the caller made of a conversation.
pub(super) async fn view(call: &Call, conversation: &str) -> Result<ViewDocument, CometError> {
    match call.caller.user() {
        Some(user) => Ok(documents::one(&call.tenant, VIEW, &view_id(conversation, user)).await?.unwrap_or_default()),
        None => Ok(ViewDocument::default()),
    }
}

fn view_id(conversation: &str, user: &str) -> String {
    format!("{conversation}{SEPARATOR}{user}")
}

/// A conversation of the caller's.
pub(super) struct Conversation {
    /// What it is kept under.
    pub(super) id: String,
    /// With whom.
    pub(super) with: Receiver,
    /// Whose view this is.
    pub(super) user: String,
}

/// The caller's conversation with the user or group that the path names.
///
/// # Errors
/// `ERR_CONVERSATION_NOT_ACCESSIBLE` for a group that the caller is not in; `ERR_UID_NOT_FOUND`, `ERR_GUID_NOT_FOUND`
pub(super) async fn of_path(call: &Call) -> Result<Conversation, CometError> {
    let user = call.caller.user().unwrap_or_default().to_owned();
    let with = match call.path.get("guid") {
        Some(guid) => Receiver::Group(Box::new(group::find(call, guid).await?)),
        None => Receiver::User(call.user_of_path()?.id),
    };
    if let Receiver::Group(group) = &with
        && call.tenant.engine().member(group.cid(), &user).is_none_or(|member| member.invited)
    {
        let text = format!("The user {user} is not in the group {}.", group.guid());
        return Err(CometError::new(Code::ConversationNotAccessible, text));
    }
    Ok(Conversation { id: with.conversation(&user), with, user })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_pairs_never_share_a_conversation_though_shown_ids_may_look_alike() {
        let (one, other) = (of_users("a_user_b", "c"), of_users("a", "b_user_c"));
        assert_eq!(shown_id(&one), shown_id(&other));
        assert_ne!(one, other);
        assert_ne!(of_users("group", "x"), of_group("user_x"));
        assert_eq!(of_users("ben", "ana"), of_users("ana", "ben"));
    }
}
