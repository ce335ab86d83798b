//! The methods of the Agent Chat API since 2021.

use crate::faces::livechat::method::Method;

/// The table.
pub(super) const METHODS: &[Method] = &[];
