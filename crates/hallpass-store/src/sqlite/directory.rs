//! The data directory: one process at a time.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use super::{connection, owner, schema};
use crate::error::StoreError;

/// The database in the data directory.
const DATABASE: &str = "hallpass.db";

/// Held locked by the process that has the directory open; holds its process id.
const LOCK: &str = "hallpass.lock";

/// A data directory that this process alone has open, until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub(super) struct DataDirectory {
    path: PathBuf,
    lock: File,
}

impl DataDirectory {
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        create_private_directory(path)?;
        let lock = lock(path)?;
        Ok(Self { path: path.to_owned(), lock })
    }

    pub(super) fn database(&self) -> PathBuf {
        database_in(&self.path)
    }

    /// Makes the database if there is none yet. One that is there is still to be looked at.
    pub(super) fn prepare(&self) -> Result<(), StoreError> {
        let database = self.database();
        if database.exists() {
            if database.with_extension("db-journal").exists() {
                connection::roll_back_journal(&database)?;
            }
            return Ok(());
        }
        let wal = database.with_extension("db-wal");
        if wal.exists() {
            // SQLite would take the log of the lost file for garbage and delete it.
            return Err(schema::damaged(&database, &format!("it is missing, but its write-ahead log {} is there", wal.display())));
        }
        schema::create(&database)
    }
}

impl Drop for DataDirectory {
    fn drop(&mut self) {
        // Closing the file would leave the lock with a child process that was forked a moment ago and has a copy of it, until that
        // begins its program: whoever opens the directory now would be told that it is in use. If this fails, closing is left.
        let _ = self.lock.unlock();
    }
}

pub(super) fn database_in(directory: &Path) -> PathBuf {
    directory.join(DATABASE)
}

fn create_private_directory(path: &Path) -> Result<(), StoreError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(StoreError::directory("create the data directory", path))
}

fn lock(directory: &Path) -> Result<File, StoreError> {
    let path = directory.join(LOCK);
    let is_new = !path.exists();
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(StoreError::directory("open the lock file", &path))?;
    if is_new && let Ok(database) = fs::metadata(database_in(directory)) {
        // For the one who serves this directory, if it is not the one who has it open now. Only root can do that, and only root needs to.
        let _ = owner::give_owner(&database, &path);
    }
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            // Another system may not let us read what is locked; then the holder stays unnamed.
            let pid = file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
            return Err(StoreError::InUse { directory: directory.to_owned(), pid });
        }
        Err(TryLockError::Error(error)) => return Err(StoreError::directory("lock", &path)(error)),
    }
    let written =
        file.set_len(0).and_then(|()| file.rewind()).and_then(|()| writeln!(file, "{}", std::process::id())).and_then(|()| file.flush());
    written.map_err(StoreError::directory("write the lock file", &path))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_ends_with_the_directory_though_a_child_process_that_just_starts_has_a_copy() {
        let parent = tempfile::tempdir().unwrap();
        let directory = DataDirectory::open(parent.path()).unwrap();
        // What a fork does to every open file, until the child begins another program.
        let copy = directory.lock.try_clone().unwrap();
        assert_eq!(DataDirectory::open(parent.path()).unwrap_err().code(), "in_use");
        drop(directory);
        drop(DataDirectory::open(parent.path()).unwrap());
        drop(copy);
    }
}
