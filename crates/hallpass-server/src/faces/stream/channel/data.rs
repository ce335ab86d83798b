//! `data` of a new or updated channel, and `set` of a partial update: what they may say, and who may say it.

use hallpass::{Channel, Resource};
use serde_json::{Map, Value};

use super::super::call::Call;
use super::super::channel_type::config;
use super::super::error::StreamError;
use super::super::fields::Fields;
use super::super::grants;
use super::super::user::good_custom;
use super::draft::Draft;

/// Longest slow mode, in seconds; Stream's limit.
const COOLDOWN_S: u64 = 120;

/// Fields of a channel that are not custom fields, whether they can be set or are only shown.
pub(super) const KNOWN: &[&str] = &[
    "id",
    "type",
    "cid",
    "created_by",
    "created_by_id",
    "created_at",
    "updated_at",
    "deleted_at",
    "last_message_at",
    "truncated_at",
    "truncated_by",
    "truncated_by_id",
    "member_count",
    "message_count",
    "frozen",
    "disabled",
    "team",
    "cooldown",
    "hidden",
    "hide_messages_before",
    "config",
    "config_overrides",
    "own_capabilities",
    "members",
    "invites",
    "auto_translation_enabled",
    "auto_translation_language",
    "filter_tags",
    "muted",
    "mute_expires_at",
    "blocked",
];

/// Those of them that a partial update can set.
pub(super) const SETTABLE: &[&str] =
    &["frozen", "disabled", "team", "cooldown", "config_overrides", "auto_translation_enabled", "auto_translation_language", "filter_tags"];

/// Makes a draft what `fields` say of it, but for custom fields.
///
/// # Errors
/// When a field holds what it cannot.
pub(super) fn apply(call: &Call, draft: &mut Draft, fields: &Fields) -> Result<(), StreamError> {
    let fact = &mut draft.fact;
    fact.frozen = fields.flag("frozen")?.unwrap_or(fact.frozen);
    fact.disabled = fields.flag("disabled")?.unwrap_or(fact.disabled);
    if let Some(team) = fields.text("team")? {
        fact.team = Some(team.to_owned()).filter(|team| !team.is_empty());
    }
    apply_cooldown(draft, fields)?;
    if let Some(tags) = fields.texts("filter_tags")? {
        draft.document.filter_tags = tags;
    }
    if let Some(enabled) = fields.flag("auto_translation_enabled")? {
        draft.document.shown.insert("auto_translation_enabled".to_owned(), Value::Bool(enabled));
    }
    if let Some(language) = fields.text("auto_translation_language")? {
        draft.document.shown.insert("auto_translation_language".to_owned(), Value::from(language));
    }
    if fields.has("config_overrides") {
        let overrides = fields.object("config_overrides")?.unwrap_or_default();
        set_overrides(call, draft, &overrides)?;
    }
    Ok(())
}

/// `cooldown`, which an update may hold beside `data` as well as in it.
///
/// # Errors
/// When it is out of bounds.
pub(super) fn apply_cooldown(draft: &mut Draft, fields: &Fields) -> Result<(), StreamError> {
    if let Some(cooldown) = fields.number("cooldown", 0..=COOLDOWN_S)? {
        draft.fact.cooldown_s = u16::try_from(cooldown).unwrap_or(u16::MAX);
    }
    Ok(())
}

/// `config_overrides`, whole: what is not in it any more is not overridden any more.
pub(super) fn set_overrides(call: &Call, draft: &mut Draft, overrides: &Fields) -> Result<(), StreamError> {
    let read = config::read_overrides(overrides, call.tenant.engine().profile().catalogue())?;
    draft.fact.modifiers = grants::read_modifiers(overrides)?;
    draft.fact.features_on = read.features_on;
    draft.fact.features_off = read.features_off;
    draft.document.overrides = read.settings;
    Ok(())
}

/// Replaces the custom fields.
///
/// # Errors
/// When they are too large.
pub(super) fn set_custom(draft: &mut Draft, place: &str, custom: Map<String, Value>) -> Result<(), StreamError> {
    good_custom(place, &custom)?;
    draft.document.custom = custom;
    Ok(())
}

/// Asks whether the caller may make these changes to a channel's settings. What stays as it is needs nothing: clients send back what
/// they were sent.
///
/// # Errors
/// The refusal.
pub(super) fn permit_settings(call: &Call, draft: &Draft, resource: Resource<'_>) -> Result<(), StreamError> {
    let (before, after): (Channel, &Channel) = (draft.before(), &draft.fact);
    if before.disabled != after.disabled {
        call.server_only("changing disabled")?;
    }
    if before.frozen != after.frozen {
        call.permit("UpdateChannelFrozen", resource)?;
    }
    if before.cooldown_s != after.cooldown_s {
        call.permit("UpdateChannelCooldown", resource)?;
    }
    Ok(())
}

/// Asks, where a channel goes to another team, whether the caller may change channels there too.
///
/// # Errors
/// The refusal.
pub(super) fn permit_team(call: &Call, draft: &Draft, resource: Resource<'_>) -> Result<(), StreamError> {
    if draft.before().team == draft.fact.team {
        return Ok(());
    }
    call.permit("UpdateChannel", resource.of_team(draft.fact.team.as_deref().unwrap_or_default()))
}

/// Fields that only the back end sends.
///
/// # Errors
/// Naming the first that somebody else sent.
pub(super) fn server_fields(call: &Call, fields: &Fields) -> Result<(), StreamError> {
    if fields.has("config_overrides") {
        call.server_only("changing config_overrides")?;
    }
    Ok(())
}
