//! LiveChat's methods, in process: which scopes open which, and the rules beside the scopes.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "the help desk is shared with the tests of the tokens")]

#[path = "livechat_face/desk.rs"]
mod desk;
mod support;

mod livechat_methods {
    pub(crate) mod cases;
    pub(crate) mod expected;
    pub(crate) mod golden;
    pub(crate) mod office;
    pub(crate) mod reach;
    pub(crate) mod rules;
    pub(crate) mod sturdy;
    pub(crate) mod webhooks;
}
