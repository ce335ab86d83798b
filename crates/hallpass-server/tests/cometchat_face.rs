//! CometChat's face, in process: whole conversations over REST and with users' tokens.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

mod cometchat_face {
    pub(crate) mod app_wide;
    pub(crate) mod authentication;
    pub(crate) mod client;
    pub(crate) mod conversations;
    pub(crate) mod durability;
    pub(crate) mod generated_values;
    pub(crate) mod groups;
    pub(crate) mod keys;
    pub(crate) mod list_reads;
    pub(crate) mod members;
    pub(crate) mod messages;
    pub(crate) mod overtaken;
    pub(crate) mod rank;
    pub(crate) mod restricted_features;
    pub(crate) mod role_permissions;
    pub(crate) mod roles;
    pub(crate) mod scope_permissions;
    pub(crate) mod users;
}
