//! Files on disk: written whole or not at all, one directory for each app.

use std::path::{Path, PathBuf};

use tokio::fs::{self, File, OpenOptions};
use tokio::io::AsyncWriteExt as _;

/// Extension of files that are being written.
const PART: &str = "part";

/// The directory of an app's uploads.
pub(super) fn of_app(directory: &Path, app: &str) -> PathBuf {
    directory.join(app)
}

/// Removes what a server left that stopped while files arrived. To be called before the first does.
pub(in super::super) fn sweep(directory: &Path) {
    let listed = |directory: &Path| std::fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path());
    let parts = listed(directory).flat_map(|shelf| listed(&shelf).collect::<Vec<_>>());
    for path in parts.filter(|path| path.extension().is_some_and(|extension| extension == PART)) {
        if let Err(error) = std::fs::remove_file(&path) {
            tracing::warn!(%error, path = %path.display(), "a part of an upload stays");
        }
    }
}

/// A file that is being written. Dropped before [`Incoming::keep`], it is gone.
pub(super) struct Incoming {
    file: File,
    path: PathBuf,
    kept: bool,
}

impl Incoming {
    /// Starts a file in the app's directory, which is made where it is missing.
    pub(super) async fn start(shelf: &Path, id: &str) -> std::io::Result<Self> {
        fs::create_dir_all(shelf).await?;
        let path = shelf.join(format!("{id}.{PART}"));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        options.mode(0o600);
        Ok(Self { file: options.open(&path).await?, path, kept: false })
    }

    /// Writes the next bytes.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.file.write_all(bytes).await
    }

    /// Makes it durable under its name.
    pub(super) async fn keep(mut self, shelf: &Path, id: &str) -> std::io::Result<()> {
        self.file.flush().await?;
        self.file.sync_all().await?;
        fs::rename(&self.path, shelf.join(id)).await?;
        self.kept = true;
        // The name is durable once its directory is, and that once its own is.
        for directory in std::iter::once(shelf).chain(shelf.parent()) {
            File::open(directory).await?.sync_all().await?;
        }
        Ok(())
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if !self.kept {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Removes a file. One that is not there is no error.
pub(super) async fn remove(shelf: &Path, id: &str) {
    if let Err(error) = fs::remove_file(shelf.join(id)).await
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(%error, id, "the file of a deleted upload stays");
    }
}
