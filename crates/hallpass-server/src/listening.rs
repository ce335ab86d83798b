//! `listening.json` in the data directory: where a running server is, for scripts that let it choose its port.

use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::{Deserialize, Serialize};

/// Name of the file in the data directory.
pub const FILE_NAME: &str = "listening.json";

/// Where a server is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listening {
    /// Its base URL.
    pub url: String,
    /// Its process.
    pub pid: u32,
}

fn path(data: &Path) -> PathBuf {
    data.join(FILE_NAME)
}

/// Writes the file, whole or not at all. Called when the server is about to answer.
///
/// # Errors
/// When it cannot be written.
pub fn write(data: &Path, url: &str) -> io::Result<()> {
    let listening = Listening { url: url.to_owned(), pid: std::process::id() };
    let beside = data.join("listening.json.new");
    fs::write(&beside, serde_json::to_vec(&listening)?)?;
    fs::rename(&beside, path(data))
}

/// Reads the file; `None` if no server says that it is there.
pub fn read(data: &Path) -> Option<Listening> {
    serde_json::from_slice(&fs::read(path(data)).ok()?).ok()
}

/// Takes the file away: at the start, before the port is known, and at the end.
pub fn forget(data: &Path) {
    // Most often there is none.
    let _ = fs::remove_file(path(data));
}
