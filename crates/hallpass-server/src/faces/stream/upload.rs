//! Uploads: files and images, kept on disk beside the database, served back under an address that nobody guesses.
//!
//! Ben sends a picture to `messaging:general`: whether he may is asked before its first byte is read. It streams to a file of its own,
//! is made durable, and only then gets its document, without which nothing is served. Who has the address may read the file, as browsers
//! show pictures without a token; who uploaded it, or may delete any, can delete it.

pub(super) mod delete;
mod document;
pub(super) mod form;
mod meter;
mod place;
mod rules;
pub(super) mod send;
pub(super) mod serve;
pub(super) mod shelf;
