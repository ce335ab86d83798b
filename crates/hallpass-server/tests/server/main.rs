//! Conversations with a server: one binary, so that it is linked once.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "../support/mod.rs"]
mod support;

mod authzen;
mod certification;
mod command_line;
mod corpus;
mod damage;
mod door;
mod facts;
mod feed;
mod garbage;
mod native;
mod openapi;
mod process;
mod restart;
mod serving;
