//! Moves the write-ahead log into the file, beside the commits instead of inside them.
//!
//! SQLite would do this within every so many commits, and these commits then take 12 to 16 ms. On a connection of its own it costs the
//! committer nothing: commits append to the log while the older part of it is copied.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;

use super::connection::open_writer;
use crate::error::StoreError;

/// How often the log is copied.
const INTERVAL: Duration = Duration::from_millis(250);

/// From this many pages (64 MiB) on, the next commit copies the rest. The log starts anew only when all of it is copied at a moment
/// without a commit, which under an endless stream of commits would never come.
const PAGES_AT_MOST: i64 = 16 * 1024;

/// The thread that copies. Stops, after a last copy, when dropped.
#[derive(Debug)]
pub(super) struct Checkpointer {
    stop: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    shared: Arc<Shared>,
}

/// What the thread tells the others.
#[derive(Debug, Default)]
struct Shared {
    /// The log is too long; a commit has to help.
    overdue: AtomicBool,
    /// Why the last copy failed.
    problem: Mutex<Option<String>>,
}

impl Checkpointer {
    pub(super) fn start(path: &Path) -> Result<Self, StoreError> {
        let connection = open_writer(path)?;
        let (stop, stopped) = mpsc::channel();
        let shared = Arc::new(Shared::default());
        let told = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("hallpass-checkpoint".to_owned())
            .spawn(move || {
                while stopped.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                    told.copy(&connection, PAGES_AT_MOST);
                }
                // What cannot be copied now is copied after the next start.
                told.copy(&connection, PAGES_AT_MOST);
            })
            .map_err(StoreError::directory("start a thread for", path))?;
        Ok(Self { stop: Some(stop), thread: Some(thread), shared })
    }

    /// To be called between two commits, with the connection that makes them.
    pub(super) fn help(&self, connection: &Connection) {
        self.shared.help(connection);
    }

    /// Why the last copy failed, if it did. Commits are safe in the log meanwhile, but the log grows.
    pub(super) fn problem(&self) -> Option<String> {
        self.shared.problem().clone()
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing more to say.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn copy(&self, connection: &Connection, pages_at_most: i64) {
        let pages = checkpoint(connection);
        self.overdue.store(pages.as_ref().is_ok_and(|pages| *pages > pages_at_most), Ordering::Relaxed);
        *self.problem() = pages.err().map(|error| error.to_string());
    }

    fn help(&self, connection: &Connection) {
        if self.overdue.swap(false, Ordering::Relaxed) {
            // If it fails here it fails in the thread as well, which reports it.
            let _ = checkpoint(connection);
        }
    }

    fn problem(&self) -> MutexGuard<'_, Option<String>> {
        self.problem.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Copies what no reader of an older state holds back; says how many pages the log has.
fn checkpoint(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Commits without a pause, each of a few pages; says how long the log was at most.
    fn commit_many(path: &Path, help: impl Fn(&Connection)) -> i64 {
        let writer = open_writer(path).unwrap();
        // What is tested does not depend on it, and takes seconds with it.
        writer.pragma_update(None, "synchronous", "OFF").unwrap();
        let wal = path.with_extension("db-wal");
        let mut longest = 0;
        for n in 0..5000 {
            let text = format!("{n}-{}", "x".repeat(3000));
            writer.execute("INSERT INTO meta (key, value) VALUES (?1, ?2)", (&text, &text)).unwrap();
            help(&writer);
            longest = longest.max(std::fs::metadata(&wal).unwrap().len());
        }
        i64::try_from(longest / 4096).unwrap()
    }

    #[test]
    fn the_log_stays_small_under_an_endless_stream_of_commits() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("hallpass.db");
        crate::sqlite::schema::create(&path).unwrap();
        let shared = Shared::default();
        let done = AtomicBool::new(false);
        let longest = std::thread::scope(|scope| {
            let writer = scope.spawn(|| {
                let longest = commit_many(&path, |connection| shared.help(connection));
                done.store(true, Ordering::Relaxed);
                longest
            });
            let connection = open_writer(&path).unwrap();
            connection.pragma_update(None, "synchronous", "OFF").unwrap();
            while !done.load(Ordering::Relaxed) {
                shared.copy(&connection, 200);
            }
            writer.join().unwrap()
        });
        // Without help it grows to over 20,000 pages. The bound leaves much room for what the commits write while the copying thread is
        // not run.
        assert!(longest < 14_000, "the log grew to {longest} pages");
    }
}
