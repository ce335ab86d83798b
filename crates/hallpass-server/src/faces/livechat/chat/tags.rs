//! `tag_thread` and `untag_thread`.

use serde_json::json;

use super::super::call::{Answer, Call};
use super::super::fault::{Fault, FaultType};
use super::super::keep;
use super::super::tag::{TAG, TagDocument};
use super::super::webhook::{Occurrence, tell};
use super::record::Chat;
use super::transfer::permit_in_thread;
use crate::lock::Footprint;

/// `tag_thread`. Tag and thread must share a group (docs/livechat.md, Rules beside the scopes).
///
/// # Errors
/// The refusal; `not_found`; `not_allowed` for a tag of other groups.
pub(in crate::faces::livechat) async fn put(call: Call) -> Result<Answer, Fault> {
    change(call, "tag_thread", true, "thread_tagged").await
}

/// `untag_thread`.
///
/// # Errors
/// The refusal; `not_found`.
pub(in crate::faces::livechat) async fn remove(call: Call) -> Result<Answer, Fault> {
    change(call, "untag_thread", false, "thread_untagged").await
}

async fn change(call: Call, action: &'static str, is_put: bool, told: &'static str) -> Result<Answer, Fault> {
    let body = call.fields();
    let id = body.required_text("chat_id")?.to_owned();
    let thread_id = body.required_text("thread_id")?.to_owned();
    let name = body.required_text("tag")?.to_owned();
    let edit = call.edit(Footprint::facts().channel(format!("chat:{id}"))).await?;
    let chat = Chat::find(&call, &id).await?;
    let mut thread = permit_in_thread(&call, &chat, action, &thread_id, None).await?;
    if is_put {
        let tag: TagDocument = keep::find(&call, TAG, &name).await?.ok_or_else(|| keep::missing("tag", &name))?;
        if !tag.is_for(&thread.groups) {
            let text = format!("tag '{name}' is for other groups than those of the thread");
            return Err(Fault::new(FaultType::NotAllowed, text));
        }
        thread.tags.insert(name.clone());
    } else if !thread.tags.remove(&name) {
        return Err(keep::missing("tag on the thread", &name));
    }
    let documents = vec![chat.write_thread(&thread)?];
    call.commit(edit, Vec::new(), documents).await?;
    tell(&call, Occurrence::in_chat(told, &chat, json!({"chat_id": id, "thread_id": thread_id, "tag": name}))).await;
    Ok(json!({}))
}
