//! LiveChat's face, in process: whole conversations.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

mod livechat_face {
    pub(crate) mod authentication;
    pub(crate) mod automation;
    pub(crate) mod clients;
    pub(crate) mod consent;
    pub(crate) mod customers;
    pub(crate) mod desk;
    pub(crate) mod exchange;
    pub(crate) mod grantability;
    pub(crate) mod introspection;
    pub(crate) mod narrowing;
    pub(crate) mod refreshing;
    pub(crate) mod scope_table;
    pub(crate) mod stopping;
    pub(crate) mod trading;
    pub(crate) mod usage;
}
