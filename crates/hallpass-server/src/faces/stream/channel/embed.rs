//! A channel inside another answer: in a ban, a mute, a flag.

use std::collections::{BTreeMap, BTreeSet};

use hallpass::ChannelId;
use serde_json::Value;

use super::super::call::Call;
use super::super::error::StreamError;
use super::super::user::render::Users;
use super::render::Types;
use super::state;

/// Those of the channels that are there, as answers show them to the caller.
pub(in super::super) async fn several<'a>(
    call: &Call,
    ids: impl IntoIterator<Item = &'a ChannelId>,
) -> Result<BTreeMap<ChannelId, Value>, StreamError> {
    let ids: BTreeSet<&ChannelId> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let types = Types::of(call).await?;
    let acting = call.acting_user()?;
    let mut rendered = BTreeMap::new();
    for id in ids {
        let Some(fact) = call.tenant.engine().channel(id.as_str()).filter(|channel| !channel.deleted) else { continue };
        let shown = state::shown(call, fact).await?;
        let users = Users::of(call, shown.fact.owner.clone()).await?;
        rendered.insert(id.clone(), shown.render(call, &types, &users, acting.as_deref()));
    }
    Ok(rendered)
}

/// One of them.
pub(in super::super) async fn one(call: &Call, id: &ChannelId) -> Result<Option<Value>, StreamError> {
    Ok(several(call, [id]).await?.remove(id))
}
