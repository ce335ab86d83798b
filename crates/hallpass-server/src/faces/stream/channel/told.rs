//! Channels and members, as events show them: to many at once, so without what is one person's.

use hallpass::ChannelId;
use serde_json::Value;

use super::super::call::Call;
use super::super::error::StreamError;
use super::super::user::render::Users;
use super::render::Types;
use super::{live, members, state};

/// A channel that is there.
pub(in super::super) async fn channel(voice: &Call, id: &ChannelId) -> Result<Value, StreamError> {
    let shown = state::shown(voice, live(voice, id)?).await?;
    let users = Users::of(voice, shown.fact.owner.clone()).await?;
    let mut value = shown.render(voice, &Types::of(voice).await?, &users, None);
    if let Some(object) = value.as_object_mut() {
        object.remove("own_capabilities");
    }
    Ok(value)
}

/// A member of a channel, if there is one.
pub(in super::super) async fn member(voice: &Call, id: &ChannelId, user: &str) -> Result<Option<Value>, StreamError> {
    let Some(member) = members::some(voice, id, &[user.to_owned()]).await?.pop() else { return Ok(None) };
    let users = Users::of(voice, [user.to_owned()]).await?;
    Ok(Some(member.render(voice, &users)))
}
