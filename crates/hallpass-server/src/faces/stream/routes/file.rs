//! Uploads.

use super::super::operation::Operation;

/// Operations of this family.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Operation] = &[
];
