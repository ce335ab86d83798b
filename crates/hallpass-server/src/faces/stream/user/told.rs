//! Users, as events tell of them.

use super::super::call::Call;
use super::super::error::StreamError;
use super::super::event::Event;
use super::render::Users;

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
