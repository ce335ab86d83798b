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

    /// From so many pages on, a commit of this test has to help.
    const AT_MOST: i64 = 200;

    /// Commits that all meet the copying thread at the worst moment: it copies while the next one is under way, so never all of the log,
    /// and the log cannot start anew. Says how many pages it has at the end, and in how many one commit fits.
    fn commit_at_the_worst_moment(help: bool) -> (i64, i64) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("hallpass.db");
        crate::sqlite::schema::create(&path).unwrap();
        let (shared, writer, copier) = (Shared::default(), open_writer(&path).unwrap(), open_writer(&path).unwrap());
        for connection in [&writer, &copier] {
            // What is tested does not depend on it, and takes seconds with it.
            connection.pragma_update(None, "synchronous", "OFF").unwrap();
        }
        // A log that starts anew is written over; its file stays as long as it ever was. It has 24 bytes before each page.
        let pages = || i64::try_from(std::fs::metadata(path.with_extension("db-wal")).unwrap().len() / (24 + 4096)).unwrap();
        let mut widest = 0;
        for n in 0..1000 {
            let before = pages();
            let text = format!("{n}-{}", "x".repeat(3000));
            writer.execute_batch("BEGIN IMMEDIATE").unwrap();
            writer.execute("INSERT INTO meta (key, value) VALUES (?1, ?2)", (&text, &text)).unwrap();
            shared.copy(&copier, AT_MOST);
            assert_eq!(shared.problem().as_deref(), None);
            writer.execute_batch("COMMIT").unwrap();
            widest = widest.max(pages() - before);
            if help {
                shared.help(&writer);
            }
        }
        (pages(), widest)
    }

    #[test]
    fn the_log_stays_small_under_an_endless_stream_of_commits() {
        let (pages, commit) = commit_at_the_worst_moment(true);
        // The copy that finds the log too long runs inside a commit; the one after it is the last that this log takes.
        assert!((AT_MOST..=AT_MOST + 2 * commit).contains(&pages), "{pages} pages, and {commit} for a commit");
    }

    #[test]
    fn without_help_the_log_would_never_start_anew() {
        let (pages, _) = commit_at_the_worst_moment(false);
        assert!(pages > 10 * AT_MOST, "{pages} pages");
    }
}
