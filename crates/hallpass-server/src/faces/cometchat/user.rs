//! Users: made, read, listed, changed, deactivated, deleted.

pub(super) mod auth_token;
pub(super) mod blocked;
pub(super) mod capability;
pub(super) mod document;
pub(super) mod friend;
pub(super) mod lifecycle;
pub(super) mod list;
pub(super) mod me;
pub(super) mod profile;

pub(super) use document::render;
