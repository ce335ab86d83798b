//! Connections, and what their errors mean.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hallpass::Revision;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::schema::damaged;
use crate::error::StoreError;

/// How long to wait for another connection, such as an operator's `sqlite3` shell, before a statement fails.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

/// The write-ahead log is cut back to this size when it starts anew.
const WAL_KEPT_BYTES: i64 = 64 << 20;

/// Prepared statements kept per connection: more than there are in this crate.
const STATEMENTS_KEPT: usize = 64;

/// Reading connections kept for the next question.
const READERS_KEPT: usize = 8;

/// A failure inside the database, not yet with the file's name.
#[derive(Debug)]
pub(super) enum Trouble {
    Sqlite(rusqlite::Error),
    /// A row that cannot be understood.
    Row(String),
    /// The log does not go back so far.
    LogTrimmed {
        app: String,
        after: Revision,
        first: Revision,
    },
    /// The file system has no shared memory, which the write-ahead log needs.
    NoWriteAheadLog,
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<rusqlite::types::FromSqlError> for Trouble {
    fn from(error: rusqlite::types::FromSqlError) -> Self {
        Self::Sqlite(error.into())
    }
}

impl Trouble {
    /// The error for users: `doing` as in "failed to {doing}".
    pub(super) fn at(self, path: &Path, doing: &'static str) -> StoreError {
        let error = match self {
            Self::Row(problem) => return damaged(path, &problem),
            Self::LogTrimmed { app, after, first } => return StoreError::LogTrimmed { app, after, first },
            Self::NoWriteAheadLog => {
                let source = "its file system does not support a write-ahead log; use a local disk".into();
                return StoreError::Database { doing, path: path.to_owned(), source };
            }
            Self::Sqlite(error) => error,
        };
        match (error.sqlite_error_code(), &error) {
            (Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase), _)
            | (
                _,
                rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::Utf8Error(..),
            ) => damaged(path, &error.to_string()),
            (Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked), _) => {
                let source = "another program holds a lock on it, such as a sqlite3 shell inside a transaction; close that one".into();
                StoreError::Database { doing, path: path.to_owned(), source }
            }
            (Some(ErrorCode::DiskFull), _) => StoreError::DiskFull { path: path.to_owned() },
            (Some(ErrorCode::TooBig), _) => StoreError::Refused {
                field: "commit",
                value: "(all of its changes, or one document)".to_owned(),
                expected: "less than 1 GB as JSON; split it".to_owned(),
            },
            _ => StoreError::Database { doing, path: path.to_owned(), source: Box::new(error) },
        }
    }
}

/// A connection that writes, or moves the write-ahead log into the file.
pub(super) fn open_writer(path: &Path) -> Result<Connection, StoreError> {
    open(path, OpenFlags::SQLITE_OPEN_READ_WRITE, |connection| {
        let mode: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
        if mode != "wal" {
            return Err(Trouble::NoWriteAheadLog);
        }
        // Every commit is on the medium before it returns, not only in the system's memory.
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "fullfsync", true)?;
        connection.pragma_update(None, "checkpoint_fullfsync", true)?;
        // Checkpoints inside a commit made one in ten commits wait 12 to 16 ms; see checkpoint.rs.
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        connection.pragma_update(None, "journal_size_limit", WAL_KEPT_BYTES)?;
        Ok(())
    })
}

/// Whether the database is kept with a write-ahead log. It is not when it was just made, or copied by `VACUUM INTO`.
pub(super) fn has_write_ahead_log(connection: &Connection) -> Result<bool, Trouble> {
    let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
    Ok(mode == "wal")
}

/// A connection to a file that is thrown away afterwards: nothing is synced, and a statement that fails leaves it in ruins.
pub(super) fn open_scratch(path: &Path) -> Result<Connection, StoreError> {
    open(path, OpenFlags::SQLITE_OPEN_READ_WRITE, |connection| {
        let _mode: String = connection.pragma_update_and_check(None, "journal_mode", "OFF", |row| row.get(0))?;
        connection.pragma_update(None, "synchronous", "OFF")?;
        Ok(())
    })
}

/// Undoes a transaction that a process left half done when it died while the file had no write-ahead log yet: at its very first
/// opening. Whoever only reads cannot, and would find the file unreadable.
pub(super) fn roll_back_journal(path: &Path) -> Result<(), StoreError> {
    open(path, OpenFlags::SQLITE_OPEN_READ_WRITE, |connection| {
        // The first read does it.
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok(())
    })
    .map(drop)
}

/// A connection that only reads.
pub(super) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    open(path, OpenFlags::SQLITE_OPEN_READ_ONLY, |_| Ok(()))
}

fn open(path: &Path, access: OpenFlags, prepare: impl FnOnce(&Connection) -> Result<(), Trouble>) -> Result<Connection, StoreError> {
    let opened = (|| {
        let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.pragma_update(None, "cell_size_check", true)?;
        prepare(&connection)?;
        Ok(connection)
    })();
    opened.map_err(|trouble: Trouble| trouble.at(path, "open"))
}

/// Reading connections, opened as needed. Readers see the last commit and never wait for the writer.
#[derive(Debug)]
pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, idle: Mutex::default() }
    }

    /// Reads one consistent snapshot.
    pub(super) fn read<T>(&self, doing: &'static str, question: impl FnOnce(&Connection) -> Result<T, Trouble>) -> Result<T, StoreError> {
        let idle = self.idle().pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => open_reader(&self.path)?,
        };
        let answer = (|| {
            let snapshot = connection.transaction()?;
            let answer = question(&snapshot)?;
            snapshot.finish()?;
            Ok(answer)
        })();
        let answer = answer.map_err(|trouble: Trouble| trouble.at(&self.path, doing))?;
        let mut idle = self.idle();
        if idle.len() < READERS_KEPT {
            idle.push(connection);
        }
        Ok(answer)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durability_settings() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("hallpass.db");
        crate::sqlite::schema::create(&path).unwrap();
        let connection = open_writer(&path).unwrap();
        let setting = |name: &str| -> String {
            let read = |row: &rusqlite::Row<'_>| row.get::<_, rusqlite::types::Value>(0);
            match connection.pragma_query_value(None, name, read).unwrap() {
                rusqlite::types::Value::Text(text) => text,
                rusqlite::types::Value::Integer(number) => number.to_string(),
                other => panic!("{name} is {other:?}"),
            }
        };
        assert_eq!(setting("journal_mode"), "wal");
        // FULL: the write-ahead log is synced at each commit.
        assert_eq!(setting("synchronous"), "2");
        assert_eq!([setting("fullfsync"), setting("checkpoint_fullfsync")], ["1", "1"]);
        assert_eq!(setting("wal_autocheckpoint"), "0");
    }

    #[test]
    fn readers_cannot_write() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("hallpass.db");
        crate::sqlite::schema::create(&path).unwrap();
        let _writer = open_writer(&path).unwrap();
        let readers = Readers::new(path);
        let error = readers.read("try", |connection| Ok(connection.execute("DELETE FROM meta", [])?)).unwrap_err();
        assert!(error.to_string().contains("failed to try: attempt to write a readonly database"), "{error}");
    }
}
