//! Messages, replies and threads, reactions, search, truncation.

use super::super::operation::{Gate, Operation};
use super::super::{channel, message, thread};

use Gate::{Asks, Server};

/// Reading messages: of a channel that one may read, those that one may see.
const READ: Gate = Asks(&["ReadChannel", "ReadRestrictedVisibilityMessage"]);
/// Pressing a button of a message that one may see; the one that posts it asks for posting, too.
const RUN: Gate = Asks(&["RunMessageAction", "ReadRestrictedVisibilityMessage", "CreateMessage", "CreateReply"]);
/// Deleting, for everybody or (which takes reading alone) for oneself.
const DELETE: Gate = Asks(&["DeleteMessage", "ReadChannel", "ReadRestrictedVisibilityMessage"]);

/// Operations of this family.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Operation] = &[
    operation!("SendMessage", POST, Chat "/channels/{type}/{id}/message", Asks(message::SEND), CREATED, message::send::send),
    operation!("GetManyMessages", GET, Chat "/channels/{type}/{id}/messages", READ, OK, message::get::get_many),
    operation!("GetPinnedMessages", GET, Chat "/channels/{type}/{id}/pinned_messages", READ, OK, message::pinned::list),
    operation!("TruncateChannel", POST, Chat "/channels/{type}/{id}/truncate", Asks(&["TruncateChannel", "AddLinks", "SkipMessageModeration"]), CREATED, channel::truncate::truncate),
    operation!("GetMessage", GET, Chat "/messages/{id}", READ, OK, message::get::get),
    operation!("UpdateMessage", POST, Chat "/messages/{id}", Asks(message::UPDATE), CREATED, message::update::update),
    operation!("UpdateMessagePartial", PUT, Chat "/messages/{id}", Asks(message::UPDATE), OK, message::update::partial),
    operation!("DeleteMessage", DELETE, Chat "/messages/{id}", DELETE, OK, message::delete::delete),
    operation!("UndeleteMessage", POST, Chat "/messages/{id}/undelete", Server, CREATED, message::delete::undelete),
    operation!("RunMessageAction", POST, Chat "/messages/{id}/action", RUN, CREATED, message::action::run),
    operation!("SendReaction", POST, Chat "/messages/{id}/reaction", Asks(&["CreateReaction", "ReadRestrictedVisibilityMessage"]), CREATED, message::reaction::send),
    operation!("DeleteReaction", DELETE, Chat "/messages/{id}/reaction/{type}", Asks(&["DeleteReaction", "ReadRestrictedVisibilityMessage"]), OK, message::reaction::delete),
    operation!("GetReactions", GET, Chat "/messages/{id}/reactions", READ, OK, message::reaction::list),
    operation!("QueryReactions", POST, Chat "/messages/{id}/reactions", READ, CREATED, message::reaction::query),
    operation!("GetReplies", GET, Chat "/messages/{parent_id}/replies", READ, OK, message::replies::list),
    operation!("Search", GET, Chat "/search", READ, OK, message::search::search),
    operation!("QueryThreads", POST, Chat "/threads", READ, CREATED, thread::query::query),
    operation!("GetThread", GET, Chat "/threads/{message_id}", READ, OK, thread::get::get),
    operation!("UpdateThreadPartial", PATCH, Chat "/threads/{message_id}", Asks(&["UpdateThread", "ReadRestrictedVisibilityMessage"]), OK, thread::partial::update),
];
