//! The methods of the generation of 2018, under the names of that time.

use crate::faces::livechat::method::Method;

/// The table.
pub(super) const METHODS: &[Method] = &[];
