//! A consistent copy of a database that stays in use.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, params};

use super::connection::{Trouble, open_reader};
use super::schema;
use crate::error::StoreError;

/// Copies the database into a new file, which appears under its name whole, durable and looked at, or not at all.
pub(super) fn backup(database: &Path, to: &Path) -> Result<(), StoreError> {
    refuse_existing(to)?;
    let unfinished = unfinished(to);
    remove_if_there(&unfinished)?;
    let made = open_reader(database).and_then(|connection| {
        vacuum_into(&connection, database, &unfinished, "copy itself into the backup")?;
        sync(&unfinished)?;
        schema::inspect(&unfinished)?;
        refuse_existing(to)?;
        fs::rename(&unfinished, to).map_err(StoreError::directory("rename", &unfinished))?;
        schema::sync_parent(to)
    });
    if made.is_err() {
        // The failure itself is what the operator must hear of.
        let _ = fs::remove_file(&unfinished);
    }
    made
}

/// Writes what a connection sees into a new file, without unused room.
pub(super) fn vacuum_into(connection: &Connection, database: &Path, to: &Path, doing: &'static str) -> Result<(), StoreError> {
    let name = to.to_str().ok_or_else(|| StoreError::directory("write", to)(std::io::Error::other("the path is not valid UTF-8")))?;
    schema::create_private(to)?;
    connection.execute("VACUUM INTO ?1", params![name]).map_err(|error| not_copied(error, database, to, doing))?;
    Ok(())
}

fn not_copied(error: rusqlite::Error, database: &Path, to: &Path, doing: &'static str) -> StoreError {
    match Trouble::from(error).at(database, doing) {
        // It is the copy that found no room, and it may lie on another disk.
        StoreError::DiskFull { .. } => StoreError::DiskFull { path: to.to_owned() },
        other => other,
    }
}

/// Makes a new file durable.
pub(super) fn sync(path: &Path) -> Result<(), StoreError> {
    File::options().write(true).open(path).and_then(|file| file.sync_all()).map_err(StoreError::directory("sync", path))
}

fn refuse_existing(to: &Path) -> Result<(), StoreError> {
    if to.exists() { Err(StoreError::BackupExists { path: to.to_owned() }) } else { Ok(()) }
}

fn unfinished(to: &Path) -> PathBuf {
    let mut name = to.as_os_str().to_owned();
    name.push(".unfinished");
    name.into()
}

pub(super) fn remove_if_there(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(StoreError::directory("remove", path)(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_the_one_that_is_written_to() {
        let (database, to) = (Path::new("/data/hallpass.db"), Path::new("/backups/monday.db"));
        let failure = |code| rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None);
        let error = not_copied(failure(rusqlite::ffi::SQLITE_FULL), database, to, "copy itself");
        assert_eq!(
            error.to_string(),
            "no room left on the disk that holds /backups/monday.db; free some space, then try again (everything is as it was before)"
        );
        let error = not_copied(failure(rusqlite::ffi::SQLITE_IOERR), database, to, "copy itself").to_string();
        assert!(error.starts_with("the database /data/hallpass.db failed to copy itself: "), "{error}");
    }
}
