//! Takes old commits out of the log, and writes the file anew without the room that they took.
//!
//! Nobody has the directory open meanwhile, so nobody who follows the log finds it shorter from one moment to the next.

use std::fs;
use std::path::{Path, PathBuf};

use hallpass::Timestamp;
use rusqlite::{Connection, TransactionBehavior, params};

use super::checkup::Checkup;
use super::connection::{self, Trouble};
use super::directory::{self, DataDirectory};
use super::{SqliteStore, backup, owner, schema};
use crate::error::StoreError;

/// Which commits stay in the log of each app: those that either of the two asks for, and the last one. All of them, where neither does.
#[derive(Debug, Clone, Copy, Default)]
pub struct KeepLog {
    /// Those from this time on.
    pub since: Option<Timestamp>,
    /// So many of the newest.
    pub commits: Option<u64>,
}

/// What a compaction did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compacted {
    /// Commits that were taken out of the logs of all apps.
    pub commits: u64,
    /// Length of the file before.
    pub bytes_before: u64,
    /// Length of the file now.
    pub bytes_after: u64,
}

impl SqliteStore {
    /// Takes old commits out of the logs of all apps, and writes the file anew. Facts, documents and revisions stay as they are; what
    /// those commits were cannot be read any more ([`StoreError::LogTrimmed`]).
    ///
    /// Everything is done to a copy, which takes the place of the old file, with its owner and its mode, once it is whole and durable. Until
    /// then the old one is there, and when this fails, it still is, with its whole log.
    ///
    /// # Errors
    /// Those of [`SqliteStore::open`], and [`StoreError::Directory`] when there is no store in the directory.
    pub fn compact(data_dir: &Path, keep: KeepLog) -> Result<Compacted, StoreError> {
        let database = directory::database_in(data_dir);
        // Where the file itself lies: a link would be replaced by the new file, and its write-ahead log looked for in the wrong place.
        let database = database.canonicalize().map_err(StoreError::directory("read", &database))?;
        let metadata = || fs::metadata(&database).map_err(StoreError::directory("read", &database));
        let alone = DataDirectory::open(data_dir)?;
        alone.prepare()?;
        Checkup::start(database.clone())?.outcome()?;
        // Before anything that takes long.
        closed(&database)?;
        let old = metadata()?;
        let new = NewFile::beside(&database);
        new.clear()?;
        let placed = new.write(&database, keep).and_then(|commits| {
            owner::give_owner_and_mode(&old, &new.path).map_err(StoreError::directory("give its owner and mode to", &new.path))?;
            schema::inspect(&new.path)?;
            // Every start would give it a write-ahead log, but this one has time for it. Whoever has only looked leaves an empty one behind.
            drop(connection::open_writer(&new.path)?);
            backup::sync(&new.path)?;
            closed(&database)?;
            fs::rename(&new.path, &database).map_err(StoreError::directory("rename", &new.path))?;
            schema::sync_parent(&database)?;
            Ok(commits)
        });
        if placed.is_err() {
            // The failure itself is what the operator must hear of.
            let _ = new.clear();
        }
        Ok(Compacted { commits: placed?, bytes_before: old.len(), bytes_after: metadata()?.len() })
    }
}

/// Closed, the database has its write-ahead log in itself; one that is still there would be played into the new file.
fn closed(database: &Path) -> Result<(), StoreError> {
    if !database.with_extension("db-wal").exists() {
        return Ok(());
    }
    let source =
        "another program has it open, such as a sqlite3 shell or a backup; nothing was changed. Close that one and compact again".into();
    Err(StoreError::Database { doing: "take in its write-ahead log", path: database.to_owned(), source })
}

/// The file that takes the place of the old one, while it is made.
struct NewFile {
    /// The old file, whole, to be trimmed. It cannot be the new one: SQLite leaves the room of what was taken out in it.
    copy: PathBuf,
    path: PathBuf,
}

impl NewFile {
    fn beside(database: &Path) -> Self {
        Self { copy: database.with_extension("db.copy"), path: database.with_extension("db.compact") }
    }

    /// Removes what a compaction that died may have left.
    fn clear(&self) -> Result<(), StoreError> {
        for file in [&self.copy, &self.path] {
            for beside in ["", "-journal", "-wal", "-shm"] {
                let mut name = file.clone().into_os_string();
                name.push(beside);
                backup::remove_if_there(Path::new(&name))?;
            }
        }
        Ok(())
    }

    /// Makes it, without changing the old one; says how many commits it has less.
    fn write(&self, database: &Path, keep: KeepLog) -> Result<u64, StoreError> {
        // Opened for writing though nothing is written: who only reads leaves a write-ahead log behind at times.
        let whole = connection::open_writer(database)?;
        backup::vacuum_into(&whole, database, &self.copy, "copy itself into a new file")?;
        drop(whole);
        let mut copy = connection::open_scratch(&self.copy)?;
        let commits = trim(&mut copy, keep).map_err(|trouble| trouble.at(&self.copy, "trim the log"))?;
        if commits > 0 {
            backup::vacuum_into(&copy, &self.copy, &self.path, "copy itself into a new file")?;
            drop(copy);
            backup::remove_if_there(&self.copy)?;
        } else {
            drop(copy);
            fs::rename(&self.copy, &self.path).map_err(StoreError::directory("rename", &self.copy))?;
        }
        Ok(commits)
    }
}

/// Takes commits out of the log; says how many.
fn trim(connection: &mut Connection, keep: KeepLog) -> Result<u64, Trouble> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let apps: Vec<(i64, i64)> = {
        let mut query = transaction.prepare("SELECT id, revision FROM apps")?;
        query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?
    };
    let mut taken = 0;
    for (app, last) in apps {
        if let Some(first) = first_kept(&transaction, app, last, keep)? {
            taken += transaction.execute("DELETE FROM log WHERE app = ?1 AND revision < ?2", params![app, first])?;
        }
    }
    transaction.commit()?;
    Ok(taken as u64)
}

/// Revision of the first commit of an app that stays; nothing where all do.
fn first_kept(connection: &Connection, app: i64, last: i64, keep: KeepLog) -> Result<Option<i64>, Trouble> {
    let newest = keep.commits.map(|commits| last.saturating_sub_unsigned(commits.saturating_sub(1)));
    let since = match keep.since {
        None => None,
        Some(at) => {
            // Clocks go back at times: what came after the first that stays does so too.
            let found: Option<i64> = connection.query_row(
                "SELECT min(revision) FROM log WHERE app = ?1 AND at >= ?2",
                params![app, at.as_ms().cast_signed()],
                |row| row.get(0),
            )?;
            Some(found.unwrap_or(last))
        }
    };
    // The last one always stays: it says that the log ends where the facts are.
    Ok([newest, since].into_iter().flatten().min().map(|first| first.min(last)))
}
