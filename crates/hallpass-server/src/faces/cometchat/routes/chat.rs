//! Groups, members, bans, messages, reactions, conversations, calls.

use crate::faces::cometchat::operation::Operation;

#[rustfmt::skip]
pub(super) static OPERATIONS: &[Operation] = &[
];
