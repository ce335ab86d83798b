//! The store in a SQLite file: the default.

use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use hallpass::{Change, Channel, ChannelId, Member, Relation, RelationKind, Revision, User};
use rusqlite::Connection;
use serde_json::Value;

use crate::commit::{Commit, Committed};
use crate::error::StoreError;
use crate::store::Store;

mod backup;
mod checkpoint;
mod checkup;
mod compact;
mod connection;
mod directory;
mod item;
mod load;
mod owner;
mod read;
mod rows;
mod schema;
mod write;

use checkup::Checkup;
pub use compact::{Compacted, KeepLog};
use connection::{Readers, Trouble};
use directory::DataDirectory;
use load::Parts;

/// Keeps everything in `hallpass.db` in a data directory that one process has open at a time.
///
/// A commit is on the medium when it returns (write-ahead log, `synchronous=FULL`). What is answered survives the death of the
/// process and of the machine; what was cut off is not there at all.
#[derive(Debug)]
pub struct SqliteStore {
    // Dropped in this order: what writes last of the connections, since it tidies up; the lock on the directory at the end.
    readers: Readers,
    checkup: Checkup,
    path: PathBuf,
    _directory: DataDirectory,
}

impl SqliteStore {
    /// Opens the store in a data directory; makes both if they are not there yet.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another process has the directory open, [`StoreError::Damaged`] and [`StoreError::NewerFormat`] when
    /// the data cannot be trusted or understood (nothing is changed then), [`StoreError::Directory`] when the path cannot be used.
    pub fn open(data_dir: &Path) -> Result<Self, StoreError> {
        let store = Self::open_ahead(data_dir)?;
        store.checked()?;
        Ok(store)
    }

    /// Like [`open`](Self::open), but does not wait for the look at the whole file: what takes no time has been looked at, the rest goes
    /// on beside whatever is read meanwhile, such as a whole app by [`fill`](crate::fill()).
    ///
    /// A file that has no write-ahead log yet, such as a restored backup, is looked at before this returns: it gets one then, which nobody
    /// may do while somebody reads.
    ///
    /// Nothing that was read may be acted on, or shown to anybody, before [`Store::checked`] says that the file is whole. Everything that
    /// writes waits for that by itself, and a damaged file is not written to.
    ///
    /// # Errors
    /// Those of [`open`](Self::open), as far as they show at once; the others come from [`Store::checked`].
    pub fn open_ahead(data_dir: &Path) -> Result<Self, StoreError> {
        let directory = DataDirectory::open(data_dir)?;
        directory.prepare()?;
        let path = directory.database();
        let checkup = Checkup::start(path.clone())?;
        Ok(Self { readers: Readers::new(path.clone()), checkup, path, _directory: directory })
    }

    /// Backs up the store in a data directory, also while another process has it open.
    ///
    /// # Errors
    /// Those of [`Store::backup`], and [`StoreError::Directory`] when there is no store in the directory.
    pub fn backup_of(data_dir: &Path, to: &Path) -> Result<(), StoreError> {
        let database = directory::database_in(data_dir);
        std::fs::metadata(&database).map_err(StoreError::directory("read", &database))?;
        backup::backup(&database, to)
    }

    /// Why the last copy of the write-ahead log into the file failed, if it did. Nothing is lost by it, but the log grows until a copy
    /// succeeds: something for an operator to see.
    pub fn checkpoint_problem(&self) -> Option<String> {
        self.checkup.done()?.checkpointer.problem()
    }

    /// Runs a transaction; there is one at a time.
    fn write<T>(&self, doing: &'static str, transaction: impl FnOnce(&mut Connection) -> Result<T, Trouble>) -> Result<T, StoreError> {
        let writing = self.checkup.outcome()?;
        // A panic inside a transaction rolled it back when the transaction was dropped.
        let mut connection = writing.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = transaction(&mut connection).map_err(|trouble| trouble.at(&self.path, doing))?;
        writing.checkpointer.help(&connection);
        Ok(answer)
    }
}

impl Store for SqliteStore {
    fn checked(&self) -> Result<(), StoreError> {
        self.checkup.outcome().map(drop)
    }

    fn commit(&self, commits: &[Commit]) -> Result<Vec<Revision>, StoreError> {
        commits.iter().try_for_each(Commit::check)?;
        self.write("commit", |connection| write::commit_all(connection, commits))
    }

    fn revision(&self, app: &str) -> Result<Revision, StoreError> {
        self.readers.read("read the revision", |rows| read::revision(rows, app))
    }

    fn apps(&self) -> Result<Vec<String>, StoreError> {
        self.readers.read("list the apps", read::apps)
    }

    fn load(&self, app: &str, each: &mut dyn FnMut(Change)) -> Result<Revision, StoreError> {
        self.load_parts(app, 1, &mut |mut part| {
            part.drain(..).for_each(&mut *each);
            part
        })
    }

    fn load_parts(&self, app: &str, size: usize, exchange: &mut dyn FnMut(Vec<Change>) -> Vec<Change>) -> Result<Revision, StoreError> {
        self.readers.read("load an app", |rows| read::load(rows, app, Parts::new(size, exchange)))
    }

    fn changes_after(&self, app: &str, after: Revision, limit: usize) -> Result<Vec<Committed>, StoreError> {
        self.readers.read("read the log", |rows| read::changes_after(rows, app, after, limit))
    }

    fn log_reaches(&self, app: &str, after: Revision) -> Result<(), StoreError> {
        self.readers.read("read the log", |rows| read::log_reaches(rows, app, after))
    }

    fn document(&self, app: &str, kind: &str, id: &str) -> Result<Option<Value>, StoreError> {
        Ok(self.documents(app, kind, &[id])?.pop().map(|(_, body)| body))
    }

    fn documents(&self, app: &str, kind: &str, ids: &[&str]) -> Result<Vec<(String, Value)>, StoreError> {
        self.readers.read("read documents", |rows| read::documents(rows, app, kind, ids))
    }

    fn scan_documents(
        &self,
        app: &str,
        kind: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Value)>, StoreError> {
        self.readers.read("list documents", |rows| read::scan_documents(rows, app, kind, prefix, after, limit))
    }

    fn members(&self, app: &str, channel: &ChannelId, after: Option<&str>, limit: usize) -> Result<Vec<Member>, StoreError> {
        self.readers.read("list members", |rows| read::members(rows, app, channel, after, limit))
    }

    fn member_count(&self, app: &str, channel: &ChannelId) -> Result<u64, StoreError> {
        self.readers.read("count members", |rows| read::member_count(rows, app, channel))
    }

    fn memberships(&self, app: &str, user: &str, after: Option<&ChannelId>, limit: usize) -> Result<Vec<Member>, StoreError> {
        self.readers.read("list memberships", |rows| read::memberships(rows, app, user, after, limit))
    }

    fn users(&self, app: &str, after: Option<&str>, limit: usize) -> Result<Vec<User>, StoreError> {
        self.readers.read("list users", |rows| read::users(rows, app, after, limit))
    }

    fn channels(&self, app: &str, channel_type: Option<&str>, after: Option<&ChannelId>, limit: usize) -> Result<Vec<Channel>, StoreError> {
        self.readers.read("list channels", |rows| read::channels(rows, app, channel_type, after, limit))
    }

    fn relations(
        &self,
        app: &str,
        kind: RelationKind,
        user: Option<&str>,
        after: Option<&Relation>,
        limit: usize,
    ) -> Result<Vec<Relation>, StoreError> {
        self.readers.read("list relations", |rows| read::relations(rows, app, kind, user, after, limit))
    }

    fn remove_app(&self, app: &str) -> Result<(), StoreError> {
        self.write("remove an app", |connection| write::remove_app(connection, app))
    }

    fn backup(&self, to: &Path) -> Result<(), StoreError> {
        backup::backup(&self.path, to)
    }
}

#[cfg(test)]
mod tests {
    use hallpass::Timestamp;

    use super::*;

    fn commit(users: std::ops::Range<u32>) -> Commit {
        let user = |n| Change::UserPut(User { id: format!("user-{n}"), ..User::default() });
        let changes = users.map(user).collect();
        Commit { app: "red".into(), author: "server".into(), at: Timestamp(0), changes, documents: vec![] }
    }

    #[test]
    fn a_full_disk_is_named_and_keeps_nothing_of_the_commit() {
        let directory = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(directory.path()).unwrap();
        store.commit(&[commit(0..10)]).unwrap();
        let pages = |most: u32| {
            let set = |connection: &mut Connection| {
                Ok(connection.pragma_update_and_check(None, "max_page_count", most, |row| row.get::<_, u32>(0))?)
            };
            store.write("set a limit", set).unwrap()
        };
        // SQLite takes the limit no lower than the file is long already, and then fails as it does on a full disk.
        let length = pages(1);
        let error = store.commit(&[commit(10..20), commit(20..10_000)]).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "no room left on the disk that holds {}; free some space, then try again (everything is as it was before)",
                directory.path().join("hallpass.db").display()
            )
        );
        assert_eq!(error.code(), "disk_full");
        assert_eq!(store.users("red", None, 100).unwrap().len(), 10);
        assert_eq!(store.revision("red").unwrap(), Revision(1));
        assert!(pages(length + 10_000) > length);
        assert_eq!(store.commit(&[commit(10..20), commit(20..10_000)]).unwrap(), [Revision(2), Revision(3)]);
        assert_eq!(store.users("red", None, 20_000).unwrap().len(), 10_000);
    }
}
