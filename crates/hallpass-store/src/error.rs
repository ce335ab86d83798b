//! What can go wrong with a store, each with what to do about it.

use std::path::{Path, PathBuf};

use hallpass::Revision;

/// A failure of the store. The text is a whole sentence for the operator and says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process has the data directory open.
    #[error("the data directory {} is in use by {}; stop that one first, or choose another directory with --data", .directory.display(), holder(*.pid))]
    InUse {
        /// The data directory.
        directory: PathBuf,
        /// Process id of the holder, where it could be read.
        pid: Option<u32>,
    },
    /// The data cannot be trusted. Nothing was changed.
    #[error("the data file {} is damaged: {problem}. Nothing was changed. Keep a copy of the file for analysis, then restore the last backup in its place (docs/store.md, \"Restore\")", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        problem: String,
    },
    /// The data were written by a newer Hallpass. Nothing was changed.
    #[error("the data file {} has format {found}, and this hallpass knows formats up to {known}. Nothing was changed. Start the newer hallpass that wrote it, or restore a backup from before the upgrade", .path.display())]
    NewerFormat {
        /// The file.
        path: PathBuf,
        /// Format of the file.
        found: u64,
        /// Newest format that this build knows.
        known: u64,
    },
    /// A file or directory cannot be created, read or written.
    #[error("cannot {doing} {}: {source}; check that the path exists and that this user may read and write there", .path.display())]
    Directory {
        /// What was tried, as in "cannot {doing} PATH".
        doing: &'static str,
        /// Where.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// No room on the disk. Whatever was to be written, a commit or a copy, did not happen.
    #[error("no room left on the disk that holds {}; free some space, then try again (everything is as it was before)", .path.display())]
    DiskFull {
        /// The file that was to be written.
        path: PathBuf,
    },
    /// The database failed otherwise. The commit, if it was one, did not happen.
    #[error("the database {} failed to {doing}: {source}. If this persists, look at the disk's health and restart hallpass", .path.display())]
    Database {
        /// What was tried, as in "failed to {doing}".
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The commit cannot be stored as it is; nothing of it was.
    #[error("{field} '{value}' cannot be stored: expected {expected}")]
    Refused {
        /// Which field of the commit.
        field: &'static str,
        /// Its value, shortened where long.
        value: String,
        /// What would be accepted.
        expected: String,
    },
    /// The log does not go back so far any more.
    #[error(
        "the log of app '{app}' begins at revision {first}, and what came after revision {after} is not all there: `hallpass compact` has taken it out. Read the state anew, and follow the log from there"
    )]
    LogTrimmed {
        /// The app.
        app: String,
        /// After which revision was asked.
        after: Revision,
        /// The first revision that is there.
        first: Revision,
    },
    /// The backup would overwrite something.
    #[error("the backup file {} exists already; choose a new name, backups never overwrite", .path.display())]
    BackupExists {
        /// The file.
        path: PathBuf,
    },
    /// The writer has stopped: it was closed, or something that it called panicked.
    #[error("the writer has stopped and takes no more commits; restart hallpass (whether this commit was kept is known after the restart)")]
    Stopped,
}

impl StoreError {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InUse { .. } => "in_use",
            Self::Damaged { .. } => "damaged",
            Self::NewerFormat { .. } => "newer_format",
            Self::Directory { .. } => "directory",
            Self::DiskFull { .. } => "disk_full",
            Self::Database { .. } => "database",
            Self::Refused { .. } => "refused",
            Self::LogTrimmed { .. } => "log_trimmed",
            Self::BackupExists { .. } => "backup_exists",
            Self::Stopped => "stopped",
        }
    }

    /// The same failure, for the next one who asks.
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::InUse { directory, pid } => Self::InUse { directory: directory.clone(), pid: *pid },
            Self::Damaged { path, problem } => Self::Damaged { path: path.clone(), problem: problem.clone() },
            Self::NewerFormat { path, found, known } => Self::NewerFormat { path: path.clone(), found: *found, known: *known },
            Self::Directory { doing, path, source } => {
                Self::Directory { doing, path: path.clone(), source: std::io::Error::new(source.kind(), source.to_string()) }
            }
            Self::DiskFull { path } => Self::DiskFull { path: path.clone() },
            Self::Database { doing, path, source } => Self::Database { doing, path: path.clone(), source: source.to_string().into() },
            Self::Refused { field, value, expected } => Self::Refused { field, value: value.clone(), expected: expected.clone() },
            Self::LogTrimmed { app, after, first } => Self::LogTrimmed { app: app.clone(), after: *after, first: *first },
            Self::BackupExists { path } => Self::BackupExists { path: path.clone() },
            Self::Stopped => Self::Stopped,
        }
    }

    pub(crate) fn directory(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Directory { doing, path: path.to_owned(), source }
    }
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".to_owned(), |pid| format!("another process (pid {pid})"))
}
