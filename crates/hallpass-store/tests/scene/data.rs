//! A data directory on the disk.

use std::fs;
use std::path::{Path, PathBuf};

use hallpass_store::{SqliteStore, Store, StoreError};
use rusqlite::Connection;
use tempfile::TempDir;

use super::{commit, everything, user_put};

/// A data directory with some commits in it, closed.
pub(crate) struct Data {
    directory: TempDir,
}

impl Data {
    pub(crate) fn with_commits() -> Self {
        let data = Self { directory: tempfile::tempdir().unwrap() };
        let store = data.open().unwrap();
        store.commit(&[commit("red", everything())]).unwrap();
        // Enough that the file has more than a handful of pages.
        store.commit(&[commit("red", (0..2000).map(|n| user_put(&format!("user-{n:05}"))).collect::<Vec<_>>())]).unwrap();
        data
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.path().join("hallpass.db")
    }

    pub(crate) fn open(&self) -> Result<SqliteStore, StoreError> {
        SqliteStore::open(self.path())
    }

    /// A store with a commit that is only in its write-ahead log: a reader of an older state keeps it there.
    pub(crate) fn open_and_commit_without_copying(&self) -> (SqliteStore, Connection) {
        let store = self.open().unwrap();
        let reader = Connection::open(self.file()).unwrap();
        reader.execute_batch("BEGIN; SELECT count(*) FROM meta;").unwrap();
        store.commit(&[commit("blue", [user_put("zoe")])]).unwrap();
        (store, reader)
    }

    pub(crate) fn sql(&self, sql: &str) {
        Connection::open(self.file()).unwrap().execute_batch(sql).unwrap();
    }

    /// Opening is refused, as damaged, with the file's name and what to do; and the file is as it was.
    pub(crate) fn assert_damaged(&self, problem: &str) {
        let before = fs::read(self.file()).ok();
        let error = self.open().unwrap_err();
        assert_eq!(error.code(), "damaged", "{error}");
        let file = self.file();
        let expected = format!(
            "the data file {} is damaged: {problem}. Nothing was changed. Keep a copy of the file for analysis, then restore the last \
             backup in its place (docs/store.md, \"Restore\")",
            file.display()
        );
        assert_eq!(error.to_string(), expected);
        assert_eq!(fs::read(self.file()).ok(), before);
    }
}
