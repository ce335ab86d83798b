//! All decision files of the repository.

use std::path::{Path, PathBuf};

use crate::decision_file::{DecisionFile, DecisionFileError};

/// The decision files of a directory, by name.
#[derive(Debug, Clone)]
pub struct Corpus {
    /// The files, ordered by path.
    pub files: Vec<DecisionFile>,
}

impl Corpus {
    /// Reads `corpus/decisions` of this repository.
    ///
    /// # Errors
    /// When a file cannot be read or is not of the format.
    pub fn load_all() -> Result<Self, DecisionFileError> {
        Self::load(&directory().join("decisions"))
    }

    /// Reads every `*.yaml` of a directory.
    ///
    /// # Errors
    /// When a file cannot be read or is not of the format.
    pub fn load(directory: &Path) -> Result<Self, DecisionFileError> {
        let unreadable = |source| DecisionFileError::Unreadable { path: directory.to_owned(), source };
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(directory).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.extension().is_some_and(|ending| ending == "yaml") {
                paths.push(path);
            }
        }
        paths.sort();
        let files = paths.iter().map(|path| DecisionFile::load(path)).collect::<Result<_, _>>()?;
        Ok(Self { files })
    }
}

/// The directory `corpus` of this repository.
pub fn directory() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).join("corpus")
}
