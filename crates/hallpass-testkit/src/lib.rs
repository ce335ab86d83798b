//! What Hallpass is tested with: decision files, an oracle, and generators of small adversarial apps.
//!
//! Three people wrote down what they think the rule of Hallpass is. One wrote an engine, with bit sets and handles. One wrote the
//! [oracle], with maps and loops, slowly and from the same page of the design. One wrote tables of what users of the chat
//! vendors observe, as [decision files](crate::DecisionFile). This crate sets them beside each other, over the files and over thousands of
//! generated worlds; wherever two of them disagree, somebody has misread the rule.
//!
//! Development only: nothing here is published, and nothing here is used by the engine or the server outside their tests.

#![forbid(unsafe_code)]

mod authzen;
pub mod catalogues;
mod corpus;
mod decision_file;
pub mod generate;
pub mod oracle;
mod owned_question;

pub use corpus::{Corpus, directory as corpus_directory};
pub use decision_file::{DecisionFile, DecisionFileError, Expectation, Expected};
pub use oracle::Oracle;
pub use owned_question::{OwnedQuestion, OwnedResource, OwnedSubject};
