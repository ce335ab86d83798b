//! Keys of groups, members, messages, threads, reactions, conversations and calls.

use super::Row;
use crate::cometchat_face::client::Comet;

/// What the rows below find.
pub(crate) async fn set_up(_comet: &Comet) {}

/// Gives Tess a scope in the group `lab`.
pub(crate) async fn give_scope(_comet: &Comet, _scope: &str) {}

#[rustfmt::skip]
pub(crate) const ROWS: &[Row] = &[
];
