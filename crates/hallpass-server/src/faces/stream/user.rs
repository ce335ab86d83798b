//! Users: upsert, partial update, query, guests, and their ends (deactivated, deleted) and returns.

pub(super) mod arrival;
pub(super) mod block;
mod draft;
pub(super) mod guest;
pub(super) mod lifecycle;
pub(super) mod own;
pub(super) mod partial;
pub(super) mod query;
pub(super) mod render;
pub(super) mod told;
pub(super) mod upsert;

use super::error::StreamError;
use super::fields::Fields;

/// Most users in one upsert, partial update, deletion; Stream's limit.
pub(super) const BATCH: usize = 100;
/// Longest id, in characters.
const ID_CHARS: usize = 255;
/// Largest custom data of one user, channel or member, in bytes of JSON; Stream's limit.
const CUSTOM_BYTES: usize = 5 * 1024;

/// Checks an id that is about to be used for the first time.
///
/// # Errors
/// When it is not what Stream takes for an id.
pub(super) fn good_id(place: &str, id: &str) -> Result<(), StreamError> {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '@' | '_' | '-' | '.');
    if (1..=ID_CHARS).contains(&id.chars().count()) && id.chars().all(good) {
        return Ok(());
    }
    Err(StreamError::field(place, format!("expected 1 to {ID_CHARS} letters, digits, @, _, - and ., got '{id}'")))
}

/// Checks the size of custom data.
///
/// # Errors
/// When it is too large.
pub(super) fn good_custom(place: &str, custom: &serde_json::Map<String, serde_json::Value>) -> Result<(), StreamError> {
    let bytes = serde_json::to_string(custom).map_or(0, |text| text.len());
    if bytes <= CUSTOM_BYTES {
        return Ok(());
    }
    Err(StreamError::field(place, format!("custom data has at most {CUSTOM_BYTES} bytes, got {bytes}")))
}

/// Reads `user_ids`.
///
/// # Errors
/// When there are none, or too many.
pub(super) fn user_ids(body: &Fields) -> Result<Vec<String>, StreamError> {
    let mut ids = body.texts("user_ids")?.unwrap_or_default();
    ids.sort();
    ids.dedup();
    if ids.is_empty() || ids.len() > BATCH {
        return Err(StreamError::field("user_ids", format!("expected 1 to {BATCH} ids, got {}", ids.len())));
    }
    Ok(ids)
}
