//! Chats: who is in them, which groups see them, and what is said.

pub(in crate::faces::livechat) mod attend;
pub(in crate::faces::livechat) mod event;
pub(in crate::faces::livechat) mod filter;
pub(in crate::faces::livechat) mod get;
pub(in crate::faces::livechat) mod list;
pub(in crate::faces::livechat) mod order;
pub(in crate::faces::livechat) mod people;
pub(in crate::faces::livechat) mod properties;
pub(in crate::faces::livechat) mod record;
pub(in crate::faces::livechat) mod render;
pub(in crate::faces::livechat) mod send;
pub(in crate::faces::livechat) mod start;
pub(in crate::faces::livechat) mod tags;
pub(in crate::faces::livechat) mod transfer;
