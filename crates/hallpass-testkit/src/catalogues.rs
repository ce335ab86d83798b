//! The catalogues that tests run on: those built in, read from the same files as the engine's, and those beside a decision file.

use std::path::Path;
use std::sync::OnceLock;

use hallpass::Catalogue;

/// The built-in profiles.
pub const BUILT_IN: [&str; 3] = ["stream", "cometchat", "livechat"];

const TEXTS: [&str; 3] = [
    include_str!("../../hallpass/profiles/stream.json"),
    include_str!("../../hallpass/profiles/cometchat.json"),
    include_str!("../../hallpass/profiles/livechat.json"),
];

static PARSED: [OnceLock<Catalogue>; 3] = [OnceLock::new(), OnceLock::new(), OnceLock::new()];

/// The catalogue of a built-in profile; `None` if there is none of this name.
///
/// # Panics
/// When the file of a built-in profile is not a catalogue.
#[expect(clippy::expect_used, reason = "a broken checkout is a failed test")]
pub fn built_in(profile: &str) -> Option<Catalogue> {
    let number = BUILT_IN.iter().position(|name| *name == profile)?;
    let (text, parsed) = (TEXTS.get(number)?, PARSED.get(number)?);
    Some(parsed.get_or_init(|| serde_json::from_str(text).expect("a built-in profile is a catalogue")).clone())
}

/// The catalogue of a built-in profile, or of a path relative to `beside`.
pub(crate) fn find(profile: &str, beside: Option<&Path>) -> Result<Catalogue, String> {
    if let Some(catalogue) = built_in(profile) {
        return Ok(catalogue);
    }
    if !profile.ends_with(".json") {
        return Err(format!("expected one of {}, or the path of a catalogue (*.json)", BUILT_IN.join(", ")));
    }
    let path = beside.unwrap_or(Path::new(".")).join(profile);
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}
