//! The look at the whole file that every opening begins, in a thread of its own.
//!
//! It reads every page, and takes seconds where there are gigabytes. Whoever opened the store may read meanwhile, to bring engines up;
//! nothing is written before the verdict, neither by commits nor by copies of the write-ahead log, so that a damaged file stays as it is.
//!
//! Only a file that has no write-ahead log yet is looked at before anybody reads: to give it one takes a moment in which nobody does, and
//! who loads millions of memberships reads for longer than anybody waits.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;

use super::checkpoint::Checkpointer;
use super::{connection, schema};
use crate::error::StoreError;

/// Virtual instructions of SQLite between two looks at whether the check is still wanted: some milliseconds.
const STEPS: i32 = 100_000;

/// What writes; there is none before the file was found whole.
#[derive(Debug)]
pub(super) struct Writing {
    // Dropped first: it copies the log a last time.
    pub(super) checkpointer: Checkpointer,
    pub(super) connection: Mutex<Connection>,
}

/// A look at a file, under way or done. Ends with its thread gone when dropped.
#[derive(Debug)]
pub(super) struct Checkup {
    thread: Mutex<Option<JoinHandle<Result<Writing, StoreError>>>>,
    outcome: OnceLock<Result<Writing, StoreError>>,
    unwanted: Arc<AtomicBool>,
}

impl Checkup {
    /// Looks at what takes no time, and refuses what that shows; then begins with the rest, or does all of it where there is no
    /// write-ahead log.
    pub(super) fn start(path: PathBuf) -> Result<Self, StoreError> {
        let reader = schema::glance(&path)?;
        let unwanted = Arc::new(AtomicBool::new(false));
        if !connection::has_write_ahead_log(&reader).map_err(|trouble| trouble.at(&path, "open"))? {
            let writing = examine(&path, reader)?;
            return Ok(Self { thread: Mutex::default(), outcome: OnceLock::from(Ok(writing)), unwanted });
        }
        let stop = Arc::clone(&unwanted);
        let progress = reader.progress_handler(STEPS, Some(move || stop.load(Ordering::Relaxed)));
        progress.map_err(|error| connection::Trouble::from(error).at(&path, "open"))?;
        let thread = {
            let path = path.clone();
            std::thread::Builder::new().name("hallpass-check".to_owned()).spawn(move || examine(&path, reader))
        };
        let thread = thread.map_err(StoreError::directory("start a thread for", &path))?;
        Ok(Self { thread: Mutex::new(Some(thread)), outcome: OnceLock::new(), unwanted })
    }

    /// Waits for the verdict.
    pub(super) fn outcome(&self) -> Result<&Writing, StoreError> {
        let outcome = self.outcome.get_or_init(|| match self.take() {
            Some(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            // Somebody waited for it, and it panicked.
            None => Err(StoreError::Stopped),
        });
        outcome.as_ref().map_err(StoreError::again)
    }

    /// What writes, if the file has been found whole by now.
    pub(super) fn done(&self) -> Option<&Writing> {
        self.outcome.get()?.as_ref().ok()
    }

    fn take(&self) -> Option<JoinHandle<Result<Writing, StoreError>>> {
        self.thread.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for Checkup {
    fn drop(&mut self) {
        self.unwanted.store(true, Ordering::Relaxed);
        if let Some(thread) = self.take() {
            // Nobody asked for its verdict, and nobody is left to hear it.
            let _ = thread.join();
        }
    }
}

fn examine(path: &Path, reader: Connection) -> Result<Writing, StoreError> {
    schema::quick_check(path, &reader)?;
    let connection = Mutex::new(connection::open_writer(path)?);
    let checkpointer = Checkpointer::start(path)?;
    drop(reader);
    Ok(Writing { checkpointer, connection })
}
