//! Who connects writes down who they are, as far as they say something new and may say it.

use serde_json::Value;

use super::super::call::Call;
use super::super::documents::{self, UserDocument};
use super::super::error::StreamError;
use super::super::event;
use super::super::fields::Fields;
use super::draft::Draft;
use super::upsert::{KNOWN, set_facts};
use super::{good_id, told};
use crate::lock::Footprint;

/// Makes a user who is new, and changes one who says something else about themselves than before. What they do not mention stays.
///
/// # Errors
/// The refusal, for a user who is gone or deactivated, or who may not change what they want to change.
pub(in super::super) async fn arrive(call: &Call, details: &Fields) -> Result<(), StreamError> {
    let Some(id) = call.caller.user() else { return Ok(()) };
    let engine = call.tenant.engine();
    let is_there = engine.user(id).is_some();
    if is_there {
        call.known_user(id)?;
        let document = documents::user(&call.tenant, id).await?;
        if !says_something_new(call, id, document, details)? {
            return Ok(());
        }
    }
    let edit = call.edit(Footprint::facts().user(id)).await?;
    // The document is read again: only now does it stand still.
    let mut draft = Draft::open(call, edit.engine(), id, documents::user(&call.tenant, id).await?);
    if !draft.exists() {
        good_id("user_details.id", id)?;
    }
    merge(call, &mut draft, details)?;
    draft.permit(call)?;
    let (change, document) = draft.write(call)?;
    call.commit(edit, change.into_iter().collect(), vec![document]).await?;
    event::told(told::updated(call, &[id.to_owned()])).await;
    Ok(())
}

fn says_something_new(call: &Call, id: &str, document: Option<UserDocument>, details: &Fields) -> Result<bool, StreamError> {
    let engine = call.tenant.engine();
    let mut draft = Draft::open(call, engine, id, document);
    let (fact, before) = (draft.fact.clone(), draft.document.clone());
    merge(call, &mut draft, details)?;
    Ok(draft.fact != fact || draft.document != before)
}

fn merge(call: &Call, draft: &mut Draft, details: &Fields) -> Result<(), StreamError> {
    set_facts(draft, details)?;
    let shown = &mut draft.document;
    for (name, slot) in [("name", &mut shown.name), ("image", &mut shown.image), ("language", &mut shown.language)] {
        if let Some(text) = details.text(name)? {
            // Clients send back what they were sent, and are sent "" for no language.
            *slot = Some(text.to_owned()).filter(|text| !text.is_empty());
        }
    }
    shown.invisible = details.flag("invisible")?.unwrap_or(shown.invisible);
    if let Some(settings) = details.value("privacy_settings") {
        shown.privacy_settings = Some(settings.clone());
    }
    let said = call.dialect.custom_of(details, KNOWN)?;
    if said.is_empty() {
        return Ok(());
    }
    let mut custom = draft.document.custom.clone();
    for (name, value) in said {
        match value {
            Value::Null => _ = custom.remove(&name),
            value => _ = custom.insert(name, value),
        }
    }
    draft.set_custom(&details.path("custom"), custom)
}
