//! Being connected: the WebSocket, watching, and events that clients send.

use super::super::operation::Gate::{self, Asks};
use super::super::operation::Operation;
use super::super::{connect, live, signal};
use super::KNOWN;

/// Connecting writes down who one is, as far as that is new.
const CONNECT: Gate = Asks(&["UpdateUser", "UpdateUserRole", "UpdateUserTeams"]);

/// Operations of this family.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Operation] = &[
    operation!("Connect", GET, Common "/connect", CONNECT, SWITCHING_PROTOCOLS, connect::without_upgrade),
    operation!("StopWatchingChannel", POST, Chat "/channels/{type}/{id}/stop-watching", KNOWN, CREATED, live::watch::stop),
    operation!("SendEvent", POST, Chat "/channels/{type}/{id}/event", Asks(&["ReadChannel", "SendCustomEvent"]), CREATED, signal::send),
];
