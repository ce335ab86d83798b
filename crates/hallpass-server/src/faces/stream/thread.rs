//! Threads: a message and the replies to it.

pub(super) mod get;
pub(super) mod partial;
pub(super) mod query;
mod render;
