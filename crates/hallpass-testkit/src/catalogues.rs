//! The catalogues that tests run on: those built in, read from the same files as the engine's, and those beside a decision file.

use std::path::{Path, PathBuf};

use hallpass::Catalogue;

/// The built-in profiles.
pub const BUILT_IN: [&str; 3] = ["stream", "cometchat", "livechat"];

/// The catalogue of a built-in profile; `None` if there is none of this name.
///
/// # Panics
/// When the file of a built-in profile is missing or is not a catalogue.
#[expect(clippy::expect_used, reason = "a broken checkout is a failed test")]
pub fn built_in(profile: &str) -> Option<Catalogue> {
    BUILT_IN.contains(&profile).then(|| read(&built_in_path(profile)).expect("a built-in profile is a catalogue"))
}

fn built_in_path(profile: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../hallpass/profiles").join(format!("{profile}.json"))
}

/// The catalogue of a built-in profile, or of a path relative to `beside`.
pub(crate) fn find(profile: &str, beside: Option<&Path>) -> Result<Catalogue, String> {
    if BUILT_IN.contains(&profile) {
        return read(&built_in_path(profile));
    }
    if !profile.ends_with(".json") {
        return Err(format!("expected one of {}, or the path of a catalogue (*.json)", BUILT_IN.join(", ")));
    }
    read(&beside.unwrap_or(Path::new(".")).join(profile))
}

fn read(path: &Path) -> Result<Catalogue, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}
