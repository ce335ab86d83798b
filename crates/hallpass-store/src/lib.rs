//! Remembers what Hallpass was told: the change log, the facts folded from it, and documents beside them.
//!
//! Ana makes Ben a moderator of `#help`. The server checks that she may, and hands a [`Commit`] to the [`Committer`]. The committer
//! writes it to the [`Store`] together with whatever else is waiting, in one transaction and one `fsync`; only then does the engine
//! learn of it, and only then does Ana get her answer, with the [`Revision`](hallpass::Revision) of the commit. If the machine dies
//! in between, either the whole commit is there when it comes back, or nothing of it, and if Ana has her answer, it is there.
//!
//! The log is the only way that state moves. [`Store::load`] gives the state that all changes so far add up to, as changes that an
//! empty engine applies; [`Store::changes_after`] gives the log itself.
//!
//! ```
//! use std::sync::Arc;
//! use hallpass::{Change, Timestamp, User};
//! use hallpass_store::{Commit, MemoryStore, Store};
//!
//! let store = Arc::new(MemoryStore::new());
//! let ana = User { id: "ana".into(), ..User::default() };
//! store.commit(&[Commit {
//!     app: "demo".into(),
//!     author: "server".into(),
//!     at: Timestamp::from_ms(1_700_000_000_000),
//!     changes: vec![Change::UserPut(ana.clone())],
//!     documents: vec![],
//! }])?;
//!
//! let mut world = Vec::new();
//! let revision = store.load("demo", &mut |change| world.push(change))?;
//! assert_eq!(revision.0, 1);
//! assert_eq!(world, [Change::UserPut(ana)]);
//! # Ok::<(), hallpass_store::StoreError>(())
//! ```
#![forbid(unsafe_code)]

mod commit;
mod committer;
mod error;
mod fill;
mod fold;
mod memory;
mod sqlite;
mod store;

pub use commit::{Commit, Committed, DocumentKey, DocumentWrite, MAX_DOCUMENT_DEPTH, MAX_NAME_BYTES};
pub use committer::{Committer, MAX_GROUP, QUEUE_LEN};
pub use error::StoreError;
pub use fill::fill;
pub use fold::{kind, member_document_id};
pub use memory::MemoryStore;
pub use sqlite::{Compacted, KeepLog, SqliteStore};
pub use store::{PAGE_BYTES, Store};
