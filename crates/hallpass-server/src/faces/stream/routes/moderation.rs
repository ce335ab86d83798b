//! Moderation: bans, mutes, flags, blocks, what one hides and has read.

use super::super::operation::Operation;

/// Operations of this family.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Operation] = &[
];
