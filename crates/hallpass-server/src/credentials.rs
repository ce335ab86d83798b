//! `credentials.json`: the keys of a new data directory, for its owner's eyes (mode 0600).
//!
//! The server itself needs none of it: it keeps digests. The file is what scripts, the command line and the first `curl` read.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::key::Secret;
use crate::record::AppCredentials;

/// Name of the file in the data directory.
pub const FILE_NAME: &str = "credentials.json";

/// The keys in the clear.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Credentials {
    /// Manages apps.
    pub root_key: Secret,
    /// The demo apps.
    pub apps: Vec<AppCredentials>,
}

/// The file cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("cannot {doing} {}: {problem}", .path.display())]
pub struct CredentialsError {
    doing: &'static str,
    path: PathBuf,
    problem: String,
}

impl CredentialsError {
    fn of(doing: &'static str, path: &Path, problem: impl ToString) -> Self {
        Self { doing, path: path.to_owned(), problem: problem.to_string() }
    }
}

impl Credentials {
    /// Reads the file; `None` if there is none.
    ///
    /// # Errors
    /// When it cannot be read, or is not what it should be.
    pub fn read(path: &Path) -> Result<Option<Self>, CredentialsError> {
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(CredentialsError::of("read", path, error)),
        };
        serde_json::from_slice(&text).map(Some).map_err(|error| CredentialsError::of("understand", path, error))
    }

    /// Writes the file, readable by its owner alone. A crash leaves the old file or the new one, never a half.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), CredentialsError> {
        write_privately(path, self)
    }

    /// Replaces one key of one app, if the file names that app.
    pub(crate) fn update(path: &Path, app: &str, key: &str, made: &Secret) -> Result<(), CredentialsError> {
        edit(path, |apps| {
            for entry in apps.iter_mut().filter(|entry| entry.get("id").and_then(Value::as_str) == Some(app)) {
                if let Some(slot) = entry.get_mut(key) {
                    *slot = json!(made.expose());
                }
            }
        })
    }

    /// Forgets an app.
    pub(crate) fn forget(path: &Path, app: &str) -> Result<(), CredentialsError> {
        edit(path, |apps| apps.retain(|entry| entry.get("id").and_then(Value::as_str) != Some(app)))
    }
}

/// Changes the file's apps; writes only if that changed something. A file that is gone stays gone.
fn edit(path: &Path, change: impl FnOnce(&mut Vec<Value>)) -> Result<(), CredentialsError> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(CredentialsError::of("read", path, error)),
    };
    let mut value: Value = serde_json::from_slice(&text).map_err(|error| CredentialsError::of("understand", path, error))?;
    let before = value.clone();
    if let Some(apps) = value.get_mut("apps").and_then(Value::as_array_mut) {
        change(apps);
    }
    if value == before { Ok(()) } else { write_privately(path, &value) }
}

fn write_privately(path: &Path, value: &impl Serialize) -> Result<(), CredentialsError> {
    let failed = |error: std::io::Error| CredentialsError::of("write", path, error);
    let text = serde_json::to_string_pretty(value).map_err(|error| CredentialsError::of("write", path, error))?;
    let beside = path.with_extension("json.new");
    let _ = fs::remove_file(&beside);
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.write_all(b"\n")).and_then(|()| file.sync_all()).map_err(failed)?;
    fs::rename(&beside, path).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::AppRecord;
    use hallpass::Timestamp;

    #[test]
    fn the_file_has_the_agreed_shape_and_only_its_owner_reads_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(FILE_NAME);
        let apps = ["stream", "cometchat", "livechat"]
            .map(|profile| AppRecord::generate(&format!("demo-{profile}"), profile, None, Timestamp(0)).1)
            .to_vec();
        Credentials { root_key: Secret::new("hpr_x"), apps }.write(&path).unwrap();

        let value: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert_eq!(value["root_key"], "hpr_x");
        let keys = |index: usize| value["apps"][index].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(0), ["api_key", "api_secret", "id", "profile", "server_key"]);
        assert_eq!(keys(1), ["api_key", "auth_key", "id", "profile", "server_key"]);
        assert_eq!(keys(2), ["account_id", "client_id", "client_secret", "id", "organization_id", "pat", "profile", "server_key"]);
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions()) & 0o777, 0o600);

        Credentials::update(&path, "demo-stream", "server_key", &Secret::new("hps_new")).unwrap();
        Credentials::forget(&path, "demo-livechat").unwrap();
        let read = Credentials::read(&path).unwrap().unwrap();
        assert_eq!(read.apps.iter().map(|app| app.id.as_str()).collect::<Vec<_>>(), ["demo-stream", "demo-cometchat"]);
        assert_eq!(read.apps[0].server_key.expose(), "hps_new");
    }
}
