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
    let made = open_reader(database).and_then(|connection| copy(&connection, database, &unfinished)).and_then(|()| {
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

/// Writes what a connection sees into a new file, makes it durable, and looks at it as a start would.
pub(super) fn copy(connection: &Connection, database: &Path, to: &Path) -> Result<(), StoreError> {
    let name = to.to_str().ok_or_else(|| StoreError::directory("write", to)(std::io::Error::other("the path is not valid UTF-8")))?;
    schema::create_private(to)?;
    connection
        .execute("VACUUM INTO ?1", params![name])
        .map_err(|error| Trouble::from(error).at(database, "copy itself into the backup"))?;
    File::options().write(true).open(to).and_then(|file| file.sync_all()).map_err(StoreError::directory("sync", to))?;
    schema::inspect(to)
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
