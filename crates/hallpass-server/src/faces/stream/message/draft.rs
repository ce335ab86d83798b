//! A message as a request wants it.

use serde_json::{Map, Value};

use super::super::call::Call;
use super::super::error::StreamError;
use super::super::fields::{Fields, wrong};
use super::super::user::good_custom;
use super::document::{MessageDocument, Sort};
use super::{MENTIONS, attachment};

/// Fields of a message that are not custom fields, whether they can be set or are only shown.
pub(super) const KNOWN: &[&str] = &[
    "__html",
    "args",
    "attachments",
    "before_message_send_failed",
    "channel",
    "cid",
    "command",
    "command_info",
    "created_at",
    "custom",
    "deleted_at",
    "deleted_for_me",
    "deleted_reply_count",
    "draft",
    "error",
    "html",
    "i18n",
    "id",
    "image_labels",
    "latest_reactions",
    "member",
    "mentioned_channel",
    "mentioned_channel_members",
    "mentioned_group_ids",
    "mentioned_groups",
    "mentioned_here",
    "mentioned_roles",
    "mentioned_users",
    "message_text_updated_at",
    "mml",
    "moderation",
    "moderation_details",
    "own_reactions",
    "parent_id",
    "pin_expires",
    "pinned",
    "pinned_at",
    "pinned_by",
    "poll",
    "poll_id",
    "quoted_message",
    "quoted_message_id",
    "reaction_counts",
    "reaction_groups",
    "reaction_scores",
    "reminder",
    "reply_count",
    "restricted_visibility",
    "shadowed",
    "shared_location",
    "show_in_channel",
    "silent",
    "status",
    "text",
    "thread_participants",
    "type",
    "updated_at",
    "user",
    "user_id",
];

/// Most users that a restricted message is for.
const RESTRICTED: usize = 100;

/// Fields that say where a message belongs: set once, when it is sent.
const FIXED: &[&str] = &["parent_id", "show_in_channel", "silent", "created_at"];

/// Makes a message what `fields` say of it, as far as they mention it, but for custom fields. `by` is who does it.
///
/// # Errors
/// When a field holds what it cannot.
pub(super) fn apply(call: &Call, message: &mut MessageDocument, fields: &Fields, by: &str) -> Result<(), StreamError> {
    if fields.has("text") {
        message.text = fields.text("text")?.unwrap_or_default().to_owned();
    }
    if let Some(attachments) = attachment::read(call, fields, "attachments")? {
        message.attachments = attachments;
    }
    if let Some(users) = mentioned_users(fields)? {
        message.mentioned_users = users;
    }
    message.mentioned_here = fields.flag("mentioned_here")?.unwrap_or(message.mentioned_here);
    message.mentioned_channel = fields.flag("mentioned_channel")?.unwrap_or(message.mentioned_channel);
    if let Some(roles) = few(fields, "mentioned_roles", MENTIONS)? {
        message.mentioned_roles = roles;
    }
    if let Some(groups) = few(fields, "mentioned_group_ids", MENTIONS)? {
        message.mentioned_groups = groups;
    }
    if let Some(users) = few(fields, "restricted_visibility", RESTRICTED)? {
        message.restricted_to = users;
    }
    if fields.has("quoted_message_id") {
        message.quoted = text_of(fields, "quoted_message_id")?;
    }
    if fields.has("poll_id") {
        message.poll = text_of(fields, "poll_id")?;
    }
    if fields.has("shared_location") {
        message.location = location(fields)?;
    }
    if fields.text("type")? == Some("system") {
        message.sort = Sort::System;
    }
    pin(call, message, fields, by)
}

/// Takes over what says where a message belongs.
///
/// # Errors
/// When a field holds what it cannot.
pub(super) fn place(message: &mut MessageDocument, fields: &Fields) -> Result<(), StreamError> {
    message.parent = text_of(fields, "parent_id")?;
    message.show_in_channel = fields.flag("show_in_channel")?.unwrap_or(false);
    message.silent = fields.flag("silent")?.unwrap_or(false);
    match fields.text("type")?.unwrap_or_default() {
        "" | "regular" | "reply" | "system" => Ok(()),
        _ => Err(wrong(&fields.path("type"), "regular or system", fields.value("type").unwrap_or(&Value::Null))),
    }
}

/// Whether a partial update may set a field of this name. Those that are only shown are left alone, because clients send back what they
/// were sent.
pub(super) fn is_set_once(name: &str) -> bool {
    FIXED.contains(&name)
}

/// Takes over the custom fields, whole.
///
/// # Errors
/// When they are too large.
pub(super) fn apply_custom(message: &mut MessageDocument, place: &str, custom: Map<String, Value>) -> Result<(), StreamError> {
    good_custom(place, &custom)?;
    message.custom = custom;
    Ok(())
}

/// Takes away what `unset` names.
pub(super) fn unset(message: &mut MessageDocument, name: &str) {
    match name {
        "text" => message.text.clear(),
        "attachments" => message.attachments.clear(),
        "mentioned_users" => message.mentioned_users.clear(),
        "mentioned_here" => message.mentioned_here = false,
        "mentioned_channel" => message.mentioned_channel = false,
        "mentioned_roles" => message.mentioned_roles.clear(),
        "mentioned_group_ids" => message.mentioned_groups.clear(),
        "quoted_message_id" => message.quoted = None,
        "shared_location" => message.location = None,
        "pinned" | "pinned_at" => unpin(message),
        "pin_expires" => message.pin_expires = None,
        _ => {}
    }
}

fn unpin(message: &mut MessageDocument) {
    message.pinned_at = None;
    message.pinned_by = None;
    message.pin_expires = None;
}

fn pin(call: &Call, message: &mut MessageDocument, fields: &Fields, by: &str) -> Result<(), StreamError> {
    let expires = fields.time("pin_expires")?;
    match fields.flag("pinned")? {
        Some(false) => unpin(message),
        Some(true) if message.is_pinned(call.now) => {}
        Some(true) => {
            message.pinned_at = Some(call.now);
            message.pinned_by = Some(by.to_owned());
            message.pin_expires = None;
        }
        None => {}
    }
    if message.pinned_at.is_some() && fields.has("pin_expires") {
        message.pin_expires = expires;
    }
    Ok(())
}

fn text_of(fields: &Fields, name: &str) -> Result<Option<String>, StreamError> {
    Ok(fields.text(name)?.filter(|text| !text.is_empty()).map(str::to_owned))
}

fn few(fields: &Fields, name: &str, most: usize) -> Result<Option<Vec<String>>, StreamError> {
    let Some(mut texts) = fields.texts(name)? else { return Ok(None) };
    texts.sort();
    texts.dedup();
    if texts.len() > most {
        return Err(StreamError::field(&fields.path(name), format!("at most {most}, got {}", texts.len())));
    }
    Ok(Some(texts))
}

/// Refuses mentions of users who do not exist, but for those who were mentioned before. To be asked after whether the caller may: else
/// anybody could try which users there are.
///
/// # Errors
/// Naming them.
pub(super) fn mentioned_exist(call: &Call, before: &[String], message: &MessageDocument) -> Result<(), StreamError> {
    let newcomers = message.mentioned_users.iter().filter(|id| !before.contains(id)).map(String::as_str);
    super::super::channel::must_exist(call.tenant.engine(), newcomers)
}

/// Mentioned users: ids, or objects with one.
fn mentioned_users(fields: &Fields) -> Result<Option<Vec<String>>, StreamError> {
    let Some(items) = fields.list("mentioned_users")? else { return Ok(None) };
    let mut ids: Vec<String> = Vec::with_capacity(items.len());
    for (at, item) in items.iter().enumerate() {
        let id = item.as_str().or_else(|| item.get("id")?.as_str()).filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| wrong(&format!("{}[{at}]", fields.path("mentioned_users")), "a user id", item))?;
        if !ids.iter().any(|before| before == id) {
            ids.push(id.to_owned());
        }
    }
    if ids.len() > MENTIONS {
        return Err(StreamError::field(&fields.path("mentioned_users"), format!("at most {MENTIONS}, got {}", ids.len())));
    }
    Ok(Some(ids))
}

fn location(fields: &Fields) -> Result<Option<Value>, StreamError> {
    let Some(location) = fields.object("shared_location")? else { return Ok(None) };
    let mut kept = Map::new();
    for (name, most) in [("latitude", 90.0), ("longitude", 180.0)] {
        let value = location.value(name).unwrap_or(&Value::Null);
        let good = value.as_f64().filter(|degrees| degrees.abs() <= most);
        kept.insert(name.to_owned(), good.map(Value::from).ok_or_else(|| wrong(&location.path(name), "degrees", value))?);
    }
    kept.insert("created_by_device_id".to_owned(), Value::from(location.text("created_by_device_id")?.unwrap_or_default()));
    if let Some(end) = location.time("end_at")? {
        kept.insert("end_at".to_owned(), Value::from(end.as_ms()));
    }
    Ok(Some(Value::Object(kept)))
}
