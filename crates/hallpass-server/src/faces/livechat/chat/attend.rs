//! Attending to a chat: `follow_chat`, `unfollow_chat`, `mark_events_as_seen`.

use serde_json::json;

use super::super::call::{Answer, Call};
use super::super::fault::Fault;
use super::super::moment;
use super::super::webhook::{Occurrence, tell};
use super::record::Chat;
use super::render;
use crate::lock::Footprint;

/// `follow_chat`. Whoever is in the chat, or follows it, goes on as before.
///
/// # Errors
/// The refusal; `not_found`.
pub(in crate::faces::livechat) async fn follow(call: Call) -> Result<Answer, Fault> {
    let id = call.fields().required_text("id")?.to_owned();
    let edit = call.edit(Footprint::facts().channel(format!("chat:{id}"))).await?;
    let mut chat = Chat::find(&call, &id).await?;
    call.permit("follow_chat", chat.resource())?;
    if !chat.has(&call.account) && chat.document.followers.insert(call.account.clone()) {
        let documents = vec![chat.write()?];
        call.commit(edit, Vec::new(), documents).await?;
    }
    Ok(json!({}))
}

/// `unfollow_chat`.
///
/// # Errors
/// `not_found`.
pub(in crate::faces::livechat) async fn unfollow(call: Call) -> Result<Answer, Fault> {
    let id = call.fields().required_text("id")?.to_owned();
    let edit = call.edit(Footprint::facts().channel(format!("chat:{id}"))).await?;
    let mut chat = Chat::find(&call, &id).await?;
    call.permit("unfollow_chat", chat.resource())?;
    if chat.document.followers.remove(&call.account) {
        let documents = vec![chat.write()?];
        call.commit(edit, Vec::new(), documents).await?;
    }
    Ok(json!({}))
}

/// `mark_events_as_seen`. A read scope is enough. Time does not go back, and nobody has seen the future.
///
/// # Errors
/// The refusal; `not_found`.
pub(in crate::faces::livechat) async fn seen(call: Call) -> Result<Answer, Fault> {
    let id = call.fields().required_text("chat_id")?.to_owned();
    let up_to = call.fields().time("seen_up_to")?;
    let edit = call.edit(Footprint::facts().channel(format!("chat:{id}"))).await?;
    let mut chat = Chat::find(&call, &id).await?;
    call.permit("mark_events_as_seen", chat.resource())?;
    let up_to = match up_to {
        Some(at) => at.min(call.now),
        None if render::is_of_2018(&call) => call.now,
        None => return Err(call.fields().missing("seen_up_to")),
    };
    if let Some(user) = chat.document.users.iter_mut().find(|user| user.id == call.account) {
        user.seen_up_to = Some(user.seen_up_to.map_or(up_to, |before| before.max(up_to)));
        let documents = vec![chat.write()?];
        call.commit(edit, Vec::new(), documents).await?;
        let told = json!({"user_id": call.account, "chat_id": id, "seen_up_to": moment::text(up_to)});
        tell(&call, Occurrence::in_chat("events_marked_as_seen", &chat, told)).await;
    }
    if render::is_of_2018(&call) { Ok(json!({"timestamp": up_to.as_ms() / 1_000})) } else { Ok(json!({})) }
}
