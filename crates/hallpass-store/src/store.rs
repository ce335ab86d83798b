//! What every store can do.

use std::path::Path;

use hallpass::{Change, Channel, ChannelId, Member, Relation, RelationKind, Revision, User};
use serde_json::Value;

use crate::commit::{Commit, Committed};
use crate::error::StoreError;

/// About how many bytes of changes one page of [`Store::changes_after`] holds at most, so that a page of bulk imports fits into memory.
/// A single commit that is larger comes alone.
pub const PAGE_BYTES: usize = 8 << 20;

/// Durable change log, the facts folded from it, and documents beside them; many apps, none of which sees another.
///
/// The methods block. All listings are ordered by the bytes of the ids and paged by the last id of the page before (`after`).
/// An app without commits is an empty app at revision 0.
///
/// # Errors
/// Every method fails with [`StoreError`] when the medium does; [`Store::commit`] also refuses what could not be read back.
pub trait Store: Send + Sync + 'static {
    /// Waits until it is known whether what the store holds is whole, where that is still being looked at
    /// (see [`SqliteStore::open_ahead`](crate::SqliteStore::open_ahead)). Nothing that was read is to be acted on before.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when it is not.
    fn checked(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Makes all of these durable in one transaction, each at the next revision of its app, and answers with the revisions in the
    /// order of the commits. When it fails, nothing of any of them was kept.
    ///
    /// Nothing is checked against a catalogue: that is the engine's part, before.
    fn commit(&self, commits: &[Commit]) -> Result<Vec<Revision>, StoreError>;

    /// Revision of the app's last commit; 0 where there is none.
    fn revision(&self, app: &str) -> Result<Revision, StoreError>;

    /// Ids of the apps that have commits, ordered.
    fn apps(&self) -> Result<Vec<String>, StoreError>;

    /// Gives the state that all commits of the app add up to, as changes in an order in which an empty engine can apply them
    /// (policy, users, channels, members, relations, clients, tokens), and answers with its revision. One consistent snapshot.
    fn load(&self, app: &str, each: &mut dyn FnMut(Change)) -> Result<Revision, StoreError>;

    /// Like [`load`](Self::load), in parts of so many changes (the last has fewer). `exchange` takes a part and gives back one that has
    /// served, or an empty one; its storage is used for the next. See [`fill`](crate::fill), which reads and applies at the same time.
    fn load_parts(&self, app: &str, size: usize, exchange: &mut dyn FnMut(Vec<Change>) -> Vec<Change>) -> Result<Revision, StoreError> {
        let mut part = Vec::new();
        let revision = self.load(app, &mut |change| {
            part.push(change);
            if part.len() >= size {
                part = exchange(std::mem::take(&mut part));
                part.clear();
            }
        })?;
        if !part.is_empty() {
            exchange(part);
        }
        Ok(revision)
    }

    /// The commits after a revision, oldest first, at most `limit`. A page ends early at about [`PAGE_BYTES`]; only an empty page
    /// says that there is nothing newer.
    ///
    /// # Errors
    /// [`StoreError::LogTrimmed`] when some of these commits were taken out of the log; see
    /// [`SqliteStore::compact`](crate::SqliteStore::compact).
    fn changes_after(&self, app: &str, after: Revision, limit: usize) -> Result<Vec<Committed>, StoreError>;

    /// Whether the log has all that came after a revision, without reading it.
    ///
    /// # Errors
    /// [`StoreError::LogTrimmed`], as [`changes_after`](Self::changes_after) would answer.
    fn log_reaches(&self, app: &str, after: Revision) -> Result<(), StoreError> {
        self.changes_after(app, after, 1).map(drop)
    }

    /// One document.
    fn document(&self, app: &str, kind: &str, id: &str) -> Result<Option<Value>, StoreError>;

    /// Several documents, in the order of the ids; missing ones are left out.
    fn documents(&self, app: &str, kind: &str, ids: &[&str]) -> Result<Vec<(String, Value)>, StoreError>;

    /// Documents whose id starts with `prefix` and comes after `after`, by id.
    fn scan_documents(
        &self,
        app: &str,
        kind: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Value)>, StoreError>;

    /// Members of a channel, by user id.
    fn members(&self, app: &str, channel: &ChannelId, after: Option<&str>, limit: usize) -> Result<Vec<Member>, StoreError>;

    /// How many members a channel has, invited ones included. Counts them: takes longer, the more there are.
    fn member_count(&self, app: &str, channel: &ChannelId) -> Result<u64, StoreError>;

    /// Memberships of a user, by channel id.
    fn memberships(&self, app: &str, user: &str, after: Option<&ChannelId>, limit: usize) -> Result<Vec<Member>, StoreError>;

    /// Users, by id.
    fn users(&self, app: &str, after: Option<&str>, limit: usize) -> Result<Vec<User>, StoreError>;

    /// Channels, of one type or all, by id.
    fn channels(&self, app: &str, channel_type: Option<&str>, after: Option<&ChannelId>, limit: usize) -> Result<Vec<Channel>, StoreError>;

    /// Relations of one kind, of one user (as `user`) or all, by user, other and channel. Expired ones are listed too.
    fn relations(
        &self,
        app: &str,
        kind: RelationKind,
        user: Option<&str>,
        after: Option<&Relation>,
        limit: usize,
    ) -> Result<Vec<Relation>, StoreError>;

    /// Forgets an app: log, facts, documents. An unknown app is no error. The id may be used again and starts at revision 0.
    /// A commit of the app that is made later, such as one that waits in a [`Committer`](crate::Committer), begins it anew: stop these first.
    fn remove_app(&self, app: &str) -> Result<(), StoreError>;

    /// Writes a consistent copy of everything to a new file, while commits go on. Durable when it returns.
    fn backup(&self, to: &Path) -> Result<(), StoreError>;
}
