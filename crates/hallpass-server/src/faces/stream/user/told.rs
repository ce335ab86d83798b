//! Users, as events tell of them.

use hallpass::User;
use serde_json::Value;

use super::super::call::Call;
use super::super::documents::UserDocument;
use super::super::error::StreamError;
use super::super::event::{Event, Witness};
use super::render::{Users, render};

/// Tells that users are other than before.
///
/// # Errors
/// When they cannot be read.
pub(in super::super) async fn updated(call: &Call, ids: &[String]) -> Result<(), StreamError> {
    for voice in call.voices() {
        let users = Users::of(&voice, ids.iter().cloned()).await?;
        for id in ids {
            if let Some(user) = users.get(id) {
                voice.announce(Event::about_user("user.updated", id.clone()).with("user", user));
            }
        }
    }
    Ok(())
}

/// Who is to be told, when users are about to go, for each of them.
pub(super) fn going(call: &Call, ids: &[String]) -> Vec<Vec<Witness>> {
    ids.iter().map(|id| call.witnesses(&gone(id))).collect()
}

fn gone(id: &str) -> Event {
    Event::about_user("user.deleted", id)
}

/// Tells that users are gone.
///
/// # Errors
/// When they cannot be read.
pub(super) async fn deleted(
    call: &Call,
    users: &[(User, UserDocument)],
    witnesses: &[Vec<Witness>],
    for_good: bool,
) -> Result<(), StreamError> {
    for voice in call.voices() {
        for ((fact, document), witnesses) in users.iter().zip(witnesses) {
            let shown = Value::Object(render(&voice, fact, Some(document)));
            voice.announce(gone(&fact.id).with("user", shown).with("hard_delete", for_good).heard_by(witnesses));
        }
    }
    Ok(())
}
