//! Stream's face, in process: whole conversations in both dialects.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

mod stream_face {
    pub(crate) mod app;
    pub(crate) mod at_once;
    pub(crate) mod authentication;
    pub(crate) mod bans;
    pub(crate) mod capability_events;
    pub(crate) mod channel_types;
    pub(crate) mod channels;
    pub(crate) mod client;
    pub(crate) mod connection;
    pub(crate) mod doors;
    pub(crate) mod enforcement;
    pub(crate) mod events;
    pub(crate) mod flags;
    pub(crate) mod members;
    pub(crate) mod message_changes;
    pub(crate) mod message_events;
    pub(crate) mod messages;
    pub(crate) mod moderation_reach;
    pub(crate) mod mutes;
    pub(crate) mod own_capabilities;
    pub(crate) mod permissions;
    pub(crate) mod polls;
    pub(crate) mod queries;
    pub(crate) mod query_agreement;
    pub(crate) mod query_reads;
    pub(crate) mod reactions;
    pub(crate) mod refusals;
    pub(crate) mod roles;
    pub(crate) mod socket;
    pub(crate) mod teams;
    pub(crate) mod uploads;
    pub(crate) mod users;
    pub(crate) mod visits;
}
