//! `PATCH /channels/{type}/{id}`: some fields of a channel.

use hallpass::Resource;
use serde_json::Value;

use super::super::call::{Answer, Call};
use super::super::dialect::Dialect;
use super::super::error::StreamError;
use super::super::event;
use super::super::fields::Fields;
use super::super::patch;
use super::draft::Draft;
use super::{data, id_of, live, state, told};
use crate::lock::Footprint;

/// Fields whose change has a permission of its own.
const WITH_OWN_PERMISSION: &[&str] = &["frozen", "cooldown", "disabled", "config_overrides"];

/// `PATCH /channels/{type}/{id}`
pub(in super::super) async fn update(call: Call) -> Result<Answer, StreamError> {
    let id = id_of(&call)?;
    let acting = call.acting_user()?;
    let set = call.body.object("set")?.unwrap_or_default();
    let unset = call.body.texts("unset")?.unwrap_or_default();
    let edit = call.edit(Footprint::facts().channel(id.as_str())).await?;
    let mut draft = Draft::open(&call, live(&call, &id)?).await?;

    let resource = Resource::channel(id.as_str());
    data::server_fields(&call, &set)?;
    if unset.iter().any(|name| name == "config_overrides") {
        call.server_only("changing config_overrides")?;
    }
    let mut named = set.raw().keys().chain(&unset);
    if named.any(|name| !WITH_OWN_PERMISSION.contains(&name.as_str())) || (set.raw().is_empty() && unset.is_empty()) {
        call.permit("UpdateChannel", resource)?;
    }
    apply(&call, &mut draft, &set, &unset)?;
    data::permit_team(&call, &draft, resource)?;
    data::permit_settings(&call, &draft, resource)?;

    let (change, document) = draft.write(&call)?;
    call.commit_from(edit, "set.config_overrides.", change.into_iter().collect(), vec![document]).await?;
    event::told(told::updated(&call, &id, acting.as_deref())).await;
    state::updated(&call, &id, &[], acting.as_deref()).await
}

fn apply(call: &Call, draft: &mut Draft, set: &Fields, unset: &[String]) -> Result<(), StreamError> {
    let mut custom = draft.document.custom.clone();
    data::apply(call, draft, set)?;
    for (name, value) in set.raw() {
        match custom_path(call.dialect, name)? {
            None => {}
            Some("") => custom = set.object(name)?.map(|all| all.raw().clone()).unwrap_or_default(),
            Some(path) => patch::set(&mut custom, path, value.clone())?,
        }
    }
    for name in unset {
        match custom_path(call.dialect, name)? {
            None => clear(call, draft, name)?,
            Some("") => custom.clear(),
            Some(path) => patch::unset(&mut custom, path),
        }
    }
    data::set_custom(draft, "set", custom)
}

/// The path of a custom field; `""` is all of them, `None` a field of the API's own.
///
/// # Errors
/// When it is a field that is only shown.
fn custom_path(dialect: Dialect, name: &str) -> Result<Option<&str>, StreamError> {
    let head = name.split('.').next().unwrap_or(name);
    if data::SETTABLE.contains(&name) {
        return Ok(None);
    }
    if data::KNOWN.contains(&head) {
        return Err(StreamError::field(name, "cannot be changed by a partial update"));
    }
    Ok(Some(match (dialect, name.strip_prefix("custom.")) {
        (Dialect::Prefixed, _) if name == "custom" => "",
        (Dialect::Prefixed, Some(path)) => path,
        _ => name,
    }))
}

fn clear(call: &Call, draft: &mut Draft, name: &str) -> Result<(), StreamError> {
    match name {
        "frozen" => draft.fact.frozen = false,
        "disabled" => draft.fact.disabled = false,
        "team" => draft.fact.team = None,
        "cooldown" => draft.fact.cooldown_s = 0,
        "filter_tags" => draft.document.filter_tags.clear(),
        "config_overrides" => data::set_overrides(call, draft, &Fields::of("config_overrides", Value::Null)?)?,
        other => {
            draft.document.shown.remove(other);
        }
    }
    Ok(())
}
