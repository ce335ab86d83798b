//! The faces: each parses and authenticates its own way, asks the same engine, and answers in its own words. They do not know each other.

pub mod authzen;
pub mod cometchat;
pub mod livechat;
pub mod native;
pub mod stream;
pub mod system;
