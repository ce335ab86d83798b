//! A user as shown to themselves: with their mutes, blocks and counts.

use hallpass::{Relation, RelationKind};
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::channel::visit;
use super::super::error::StreamError;
use super::super::moderation::query_bans::relations;
use super::super::moderation::{mute, mute_channel};
use super::super::{channel, documents};
use super::render::{Users, render as render_user};

/// The user of this id, who must be there.
///
/// # Errors
/// When there is no such user.
pub(in super::super) async fn own_user(call: &Call, id: &str) -> Result<Value, StreamError> {
    let fact = call.tenant.engine().user(id).ok_or_else(|| StreamError::not_found(format!("user '{id}' does not exist")))?;
    let document = documents::user(&call.tenant, id).await?;
    let mut shown = render_user(call, &fact, document.as_ref());
    let (of_users, of_channels) = mutes(call, id).await?;
    let blocked: Vec<String> = relations(call, RelationKind::Block, Some(id)).await?.into_iter().filter_map(|block| block.other).collect();
    let unread = visit::unread_of(call, id).await?;
    let messages: u64 = unread.iter().map(|one| one.count).sum();
    let more = [
        ("devices", json!([])),
        ("mutes", of_users),
        ("channel_mutes", of_channels),
        ("blocked_user_ids", json!(blocked)),
        ("total_unread_count", json!(messages)),
        ("unread_count", json!(messages)),
        ("unread_channels", json!(unread.len())),
        ("unread_threads", json!(0)),
    ];
    shown.extend(more.into_iter().map(|(name, value)| (name.to_owned(), value)));
    Ok(Value::Object(shown))
}

/// The mutes of a user that hold: of users, and of channels.
async fn mutes(call: &Call, id: &str) -> Result<(Value, Value), StreamError> {
    let held = relations(call, RelationKind::Mute, Some(id)).await?;
    let held: Vec<Relation> = held.into_iter().filter(|one| mute::holds(one, call.now)).collect();
    let documents = mute::documents_of(call, &held).await?;
    let users = Users::of(call, held.iter().filter_map(|one| one.other.clone()).chain([id.to_owned()])).await?;
    let channels = channel::embed::several(call, held.iter().filter_map(|one| one.channel.as_ref())).await?;
    let (mut of_users, mut of_channels) = (Vec::new(), Vec::new());
    for (one, document) in held.iter().zip(documents) {
        if one.other.is_some() {
            of_users.push(mute::render(call, one, document, &users));
        } else {
            of_channels.push(mute_channel::render(call, one, document, &users, &channels));
        }
    }
    Ok((Value::Array(of_users), Value::Array(of_channels)))
}
