//! Groups, members, bans, messages, reactions, conversations, calls.

use crate::faces::cometchat::operation::Gate::{self, Asks, User};
use crate::faces::cometchat::operation::Operation;
use crate::faces::cometchat::{conversation, group, member, message, reaction, session, telemetry};

/// Adding and banning several users at once.
const MANY: Gate = Asks(&["AddMembers", "BanMember", "ManageManyMembers"]);
/// Besides, creating the group that they come into.
const CREATE_GROUP: Gate = Asks(&["CreateGroup", "AddMembers", "BanMember", "ManageManyMembers"]);
/// Joining with a user's token; adding others with a key.
const JOIN_OR_ADD: Gate = Asks(&["JoinGroup", "AddMembers", "BanMember", "ManageManyMembers"]);
/// Messages are shown with the reactions that the caller may see.
const SEND: Gate = Asks(&["SendMessage", "ListReactions"]);
const REPLY: Gate = Asks(&["SendThreadedMessage", "ListReactions"]);
const GET_MESSAGE: Gate = Asks(&["GetMessageDetails", "ListReactions"]);
const EDIT: Gate = Asks(&["EditMessage", "EditThreadedMessage", "ListReactions"]);
const DELETE: Gate = Asks(&["DeleteMessage", "DeleteThreadedMessage", "ListReactions"]);
const DELETE_IN_GROUP: Gate = Asks(&["DeleteGroupMessages", "DeleteThreadedMessage", "ListReactions"]);
const LIST_ALL: Gate = Asks(&["ListMessages", "ListThreadedMessages", "ListReactions"]);
const LIST_OF_USER: Gate = Asks(&["ListUserMessages", "ListThreadedMessages", "ListReactions"]);
const LIST_OF_GROUP: Gate = Asks(&["ListGroupMessages", "ListThreadedMessages", "ListReactions"]);
const LIST_THREAD: Gate = Asks(&["ListThreadedMessages", "ListReactions"]);
/// Conversations are shown with the newest message that the caller may see.
const CONVERSATIONS: Gate = User(&["ListConversations", "ListUserMessages", "ListGroupMessages", "ListThreadedMessages", "ListReactions"]);
const CONVERSATION: Gate = User(&["GetConversation", "ListUserMessages", "ListGroupMessages", "ListThreadedMessages", "ListReactions"]);
const UPDATE_CONVERSATION: Gate =
    User(&["UpdateConversation", "ListUserMessages", "ListGroupMessages", "ListThreadedMessages", "ListReactions"]);

#[rustfmt::skip]
pub(super) static OPERATIONS: &[Operation] = &[
    operation!("create-group", POST "/groups", CREATE_GROUP, group::create::create),
    operation!("list-groups", GET "/groups", Asks(&["ListGroups"]), group::list::list),
    operation!("get-group", GET "/groups/{guid}", Asks(&["GetGroupDetails"]), group::get::get),
    operation!("update-group", PUT "/groups/{guid}", Asks(&["EditGroup", "CreateGroup"]), group::update::update),
    operation!("delete-group", DELETE "/groups/{guid}", Asks(&["DeleteGroup"]), group::delete::delete),
    operation!("transfer-ownership", PATCH "/groups/{guid}/owner", Asks(&["TransferOwnership"]), group::transfer::transfer),

    operation!("add-group-members", POST "/groups/{guid}/members", JOIN_OR_ADD, group::join::join_or_add),
    operation!("add-group-members", PUT "/groups/{guid}/members", MANY, member::add::add),
    operation!("leave-group", DELETE "/groups/{guid}/members", User(&["LeaveGroup"]), group::leave::leave),
    operation!("list-group-members", GET "/groups/{guid}/members", Asks(&["ListMembers"]), member::list::list),
    operation!("get-group-member", GET "/groups/{guid}/members/{uid}", Asks(&["GetMember"]), member::list::get),
    operation!("change-group-member-scope", PUT "/groups/{guid}/members/{uid}", Asks(&["ChangeMemberScope"]), member::scope::change),
    operation!("kick-group-member", DELETE "/groups/{guid}/members/{uid}", Asks(&["KickMembers"]), member::kick::kick),
    operation!("list-banned-group-users", GET "/groups/{guid}/bannedusers", Asks(&["ListBannedUsers"]), member::ban::list),
    operation!("ban-group-user", POST "/groups/{guid}/bannedusers/{uid}", Asks(&["BanMember"]), member::ban::ban),
    operation!("unban-group-user", DELETE "/groups/{guid}/bannedusers/{uid}", Asks(&["UnbanMember"]), member::ban::unban),
    operation!("list-banned-group-users", GET "/groups/{guid}/banned_members", Asks(&["ListBannedUsers"]), member::ban::list),
    operation!("ban-group-user", POST "/groups/{guid}/banned_members/{uid}", Asks(&["BanMember"]), member::ban::ban),
    operation!("unban-group-user", DELETE "/groups/{guid}/banned_members/{uid}", Asks(&["UnbanMember"]), member::ban::unban),

    operation!("send-message", POST "/messages", SEND, message::send::send),
    operation!("list-messages", GET "/messages", LIST_ALL, message::list::all),
    operation!("list-user-messages", GET "/users/{uid}/messages", LIST_OF_USER, message::list::with_user),
    operation!("list-group-messages", GET "/groups/{guid}/messages", LIST_OF_GROUP, message::list::in_group),
    operation!("delete-group-message", DELETE "/groups/{guid}/messages/{id}", DELETE_IN_GROUP, message::delete::delete_in_group),
    operation!("get-message", GET "/messages/{id}", GET_MESSAGE, message::get::get),
    operation!("update-message", PUT "/messages/{id}", EDIT, message::edit::edit),
    operation!("delete-message", DELETE "/messages/{id}", DELETE, message::delete::delete),
    operation!("send-threaded-message", POST "/messages/{id}/thread", REPLY, message::send::reply),
    operation!("list-threaded-messages", GET "/messages/{id}/thread", LIST_THREAD, message::list::in_thread),

    operation!("list-reactions", GET "/messages/{id}/reactions", Asks(&["ListReactions"]), reaction::list),
    operation!("list-reactions", GET "/messages/{id}/reactions/{reaction}", Asks(&["ListReactions"]), reaction::list),
    operation!("add-reaction", POST "/messages/{id}/reactions/{reaction}", Asks(&["AddReaction", "ListReactions"]), reaction::add),
    operation!("remove-reaction", DELETE "/messages/{id}/reactions/{reaction}", Asks(&["RemoveReaction", "ListReactions"]), reaction::remove),

    operation!("list-conversations", GET "/conversations", CONVERSATIONS, conversation::list::list),
    operation!("get-conversation", GET "/users/{uid}/conversation", CONVERSATION, conversation::list::get),
    operation!("get-conversation", GET "/groups/{guid}/conversation", CONVERSATION, conversation::list::get),
    operation!("update-conversation", PUT "/users/{uid}/conversation", UPDATE_CONVERSATION, conversation::change::update),
    operation!("update-conversation", PUT "/groups/{guid}/conversation", UPDATE_CONVERSATION, conversation::change::update),
    operation!("delete-conversation", DELETE "/users/{uid}/conversation", User(&["DeleteConversation"]), conversation::change::delete),
    operation!("delete-conversation", DELETE "/groups/{guid}/conversation", User(&["DeleteConversation"]), conversation::change::delete),
    operation!("mark-as-read", POST "/users/{uid}/conversation/read", UPDATE_CONVERSATION, conversation::change::read),
    operation!("mark-as-read", POST "/groups/{guid}/conversation/read", UPDATE_CONVERSATION, conversation::change::read),
    operation!("mark-as-unread", DELETE "/users/{uid}/conversation/read", UPDATE_CONVERSATION, conversation::change::unread),
    operation!("mark-as-unread", DELETE "/groups/{guid}/conversation/read", UPDATE_CONVERSATION, conversation::change::unread),
    operation!("mark-as-delivered", POST "/users/{uid}/conversation/delivered", UPDATE_CONVERSATION, conversation::change::delivered),
    operation!("mark-as-delivered", POST "/groups/{guid}/conversation/delivered", UPDATE_CONVERSATION, conversation::change::delivered),

    operation!("initiate-call", POST "/calls", Asks(&["InitiateCall"]), session::initiate),
    operation!("list-calls", GET "/calls", Asks(&["ListCalls"]), session::list),
    operation!("get-call", GET "/calls/{session}", Asks(&["GetCall"]), session::get),
    operation!("update-call", PUT "/calls/{session}", Asks(&["JoinCall", "UpdateCall"]), session::update),
    operation!("note-session", POST "/user_sessions", User(&[]), telemetry::note),
    operation!("delete-call", DELETE "/calls/{session}", Asks(&["DeleteCall"]), session::delete),
];
