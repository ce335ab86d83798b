//! Polls and votes.

use super::super::operation::{Gate, Operation};
use super::super::poll;

use Gate::Asks;

/// Seeing a poll: one's own and those that one may list, and those in channels that one may read.
const SEE: Gate = Asks(&["QueryPolls", "ReadChannel"]);
/// Changing a poll; closing is an action of its own.
const CHANGE: Gate = Asks(&["UpdatePoll", "ClosePoll"]);
/// Voting, on a message that one may see.
const VOTE: Gate = Asks(&["CastVote", "ReadRestrictedVisibilityMessage"]);

/// Operations of this family.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Operation] = &[
    operation!("CreatePoll", POST, Common "/polls", Asks(&["CreatePoll"]), CREATED, poll::create::create),
    operation!("UpdatePoll", PUT, Common "/polls", CHANGE, CREATED, poll::change::replace),
    operation!("QueryPolls", POST, Common "/polls/query", Asks(&["QueryPolls"]), CREATED, poll::query::polls),
    operation!("GetPoll", GET, Common "/polls/{poll_id}", SEE, OK, poll::create::get),
    operation!("UpdatePollPartial", PATCH, Common "/polls/{poll_id}", CHANGE, OK, poll::change::partial),
    operation!("DeletePoll", DELETE, Common "/polls/{poll_id}", Asks(&["DeletePoll"]), OK, poll::change::delete),
    operation!("CreatePollOption", POST, Common "/polls/{poll_id}/options", Asks(&["UpdatePoll", "CastVote"]), CREATED, poll::option::create),
    operation!("UpdatePollOption", PUT, Common "/polls/{poll_id}/options", Asks(&["UpdatePoll"]), CREATED, poll::option::update),
    operation!("GetPollOption", GET, Common "/polls/{poll_id}/options/{option_id}", SEE, OK, poll::option::get),
    operation!("DeletePollOption", DELETE, Common "/polls/{poll_id}/options/{option_id}", Asks(&["UpdatePoll"]), OK, poll::option::delete),
    operation!("QueryPollVotes", POST, Common "/polls/{poll_id}/votes", Asks(&["QueryVotes", "ReadChannel", "QueryPolls"]), CREATED, poll::query::votes),
    operation!("CastPollVote", POST, Chat "/messages/{message_id}/polls/{poll_id}/vote", VOTE, CREATED, poll::vote::cast),
    operation!("RemovePollVote", DELETE, Chat "/messages/{message_id}/polls/{poll_id}/vote/{vote_id}", VOTE, OK, poll::vote::remove),
];
