//! Translations of what customers read.

use hallpass::Resource;
use serde_json::{Map, Value, json};

use super::super::call::{Answer, Call};
use super::super::chat::people::known_groups;
use super::super::fault::Fault;
use super::super::keep;
use crate::lock::Footprint;

/// Kind of translations; the id is group and language.
const TRANSLATION: &str = "translation";

async fn language(call: &Call) -> Result<String, Fault> {
    let body = call.fields();
    let group = body.number("group_id", 0..=u64::from(u32::MAX))?.unwrap_or(0);
    known_groups(call, &[group].into()).await?;
    Ok(keep::composed(&[&group.to_string(), body.text("language")?.unwrap_or("en")]))
}

/// `update_translations`.
///
/// # Errors
/// The refusal; `validation`; `group_not_found`.
pub(in crate::faces::livechat) async fn update_translations(call: Call) -> Result<Answer, Fault> {
    call.permit("update_translations", Resource::other(TRANSLATION, ""))?;
    let given = call.fields().required_object("translations")?;
    if let Some(name) = given.raw().iter().find(|(_, text)| !text.is_string()).map(|(name, _)| name) {
        return Err(given.refuse(name, "a string"));
    }
    let at = language(&call).await?;
    let edit = call.edit(Footprint::facts().entity(TRANSLATION, at.clone())).await?;
    let mut held: Map<String, Value> = keep::find(&call, TRANSLATION, &at).await?.unwrap_or_default();
    held.extend(given.raw().clone());
    call.commit(edit, Vec::new(), vec![keep::put(TRANSLATION, at, &held)?]).await?;
    Ok(json!({}))
}

/// `list_translations`.
///
/// # Errors
/// The refusal; `group_not_found`.
pub(in crate::faces::livechat) async fn list_translations(call: Call) -> Result<Answer, Fault> {
    call.permit("list_translations", Resource::other(TRANSLATION, ""))?;
    let held: Map<String, Value> = keep::find(&call, TRANSLATION, &language(&call).await?).await?.unwrap_or_default();
    Ok(json!({"translations": held}))
}
