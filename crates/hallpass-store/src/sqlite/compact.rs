//! Takes old commits out of the log, and writes the file anew without the room that they took.
//!
//! Nobody has the directory open meanwhile, so nobody who follows the log finds it shorter from one moment to the next.

use std::fs;
use std::path::Path;

use hallpass::Timestamp;
use rusqlite::{Connection, TransactionBehavior, params};

use super::checkup::Checkup;
use super::connection::Trouble;
use super::directory::{self, DataDirectory};
use super::{SqliteStore, backup, schema};
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
    /// The new file takes the place of the old one once it is whole and durable; until then the old one is there.
    ///
    /// # Errors
    /// Those of [`SqliteStore::open`], and [`StoreError::Directory`] when there is no store in the directory.
    pub fn compact(data_dir: &Path, keep: KeepLog) -> Result<Compacted, StoreError> {
        let database = directory::database_in(data_dir);
        let bytes = || fs::metadata(&database).map(|file| file.len()).map_err(StoreError::directory("read", &database));
        bytes()?;
        let _alone = DataDirectory::open(data_dir)?.prepared()?;
        let checkup = Checkup::start(database.clone())?;
        let writing = checkup.outcome()?;
        let bytes_before = bytes()?;
        let unfinished = database.with_extension("db.compact");
        backup::remove_if_there(&unfinished)?;
        let made = (|| {
            let mut connection = writing.connection.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let commits = trim(&mut connection, keep).map_err(|trouble| trouble.at(&database, "trim the log"))?;
            backup::copy(&connection, &database, &unfinished)?;
            Ok(commits)
        })();
        // Closed, the database has its write-ahead log in itself; one that is still there would be played into the new file.
        drop(checkup);
        let placed = made.and_then(|commits| {
            closed(&database)?;
            fs::rename(&unfinished, &database).map_err(StoreError::directory("rename", &unfinished))?;
            schema::sync_parent(&database)?;
            Ok(commits)
        });
        if placed.is_err() {
            // The failure itself is what the operator must hear of.
            let _ = fs::remove_file(&unfinished);
        }
        Ok(Compacted { commits: placed?, bytes_before, bytes_after: bytes()? })
    }
}

fn closed(database: &Path) -> Result<(), StoreError> {
    if !database.with_extension("db-wal").exists() {
        return Ok(());
    }
    let source = "another program has it open, such as a sqlite3 shell or a backup; close that one and compact again".into();
    Err(StoreError::Database { doing: "take in its write-ahead log", path: database.to_owned(), source })
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
