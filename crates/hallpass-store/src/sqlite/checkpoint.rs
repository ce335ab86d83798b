//! Moves the write-ahead log into the file, beside the commits instead of inside them.
//!
//! SQLite would do this within every so many commits, and these commits then take 12 to 16 ms. On a connection of its own it costs the
//! committer nothing: commits append to the log while the older part of it is copied.

use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;

use super::connection::open_writer;
use crate::error::StoreError;

/// How often the log is copied.
const INTERVAL: Duration = Duration::from_millis(250);

/// From this many pages (64 MiB) on, commits wait for one copy to catch up. The log starts anew only when all of it is copied at a
/// moment without a commit, which under an endless stream of commits would never come.
const PAGES_AT_MOST: i64 = 16 * 1024;

/// The thread that copies. Stops, after a last copy, when dropped.
#[derive(Debug)]
pub(super) struct Checkpointer {
    stop: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    problem: Arc<Mutex<Option<String>>>,
}

impl Checkpointer {
    pub(super) fn start(path: &Path, writer: Arc<Mutex<Connection>>) -> Result<Self, StoreError> {
        let connection = open_writer(path)?;
        let (stop, stopped) = mpsc::channel();
        let problem = Arc::new(Mutex::new(None));
        let seen = Arc::clone(&problem);
        let thread = std::thread::Builder::new()
            .name("hallpass-checkpoint".to_owned())
            .spawn(move || {
                while stopped.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                    let result = copy(&connection, &writer);
                    *seen.lock().unwrap_or_else(PoisonError::into_inner) = result.err().map(|error| error.to_string());
                }
                // What cannot be copied now is copied after the next start.
                let _ = copy(&connection, &writer);
            })
            .map_err(StoreError::directory("start a thread for", path))?;
        Ok(Self { stop: Some(stop), thread: Some(thread), problem })
    }

    /// Why the last copy failed, if it did. Commits are safe in the log meanwhile, but the log grows.
    pub(super) fn problem(&self) -> Option<String> {
        self.problem.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn copy(connection: &Connection, writer: &Mutex<Connection>) -> rusqlite::Result<()> {
    if checkpoint(connection)? > PAGES_AT_MOST {
        let _no_commit_meanwhile = writer.lock().unwrap_or_else(PoisonError::into_inner);
        checkpoint(connection)?;
    }
    Ok(())
}

/// Copies what no reader of an older state holds back; says how many pages the log has.
fn checkpoint(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get(1))
}
