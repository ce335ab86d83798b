//! Attachments of messages, in the two dialects.

use serde_json::{Map, Value};

use super::super::call::Call;
use super::super::error::StreamError;
use super::super::fields::Fields;
use super::ATTACHMENTS;

/// Largest description of all attachments of a message, in bytes of JSON: a page of messages has to fit into an answer.
const ATTACHMENT_BYTES: usize = 64 * 1024;

/// Fields of an attachment that are not custom fields.
const KNOWN: &[&str] = &[
    "actions",
    "asset_url",
    "author_icon",
    "author_link",
    "author_name",
    "color",
    "custom",
    "fallback",
    "fields",
    "footer",
    "footer_icon",
    "giphy",
    "image_url",
    "og_scrape_url",
    "original_height",
    "original_width",
    "pretext",
    "text",
    "thumb_url",
    "title",
    "title_link",
    "type",
];

/// Reads a list of attachments; custom fields are kept under `custom`.
///
/// # Errors
/// When one is no object, or there are too many.
pub(super) fn read(call: &Call, fields: &Fields, name: &str) -> Result<Option<Vec<Value>>, StreamError> {
    let Some(items) = fields.objects(name)? else { return Ok(None) };
    if items.len() > ATTACHMENTS {
        return Err(StreamError::field(&fields.path(name), format!("at most {ATTACHMENTS} attachments, got {}", items.len())));
    }
    let read = |item: Fields| {
        let custom = call.dialect.custom_of(&item, KNOWN)?;
        let known = item.raw().iter().filter(|(name, value)| *name != "custom" && KNOWN.contains(&name.as_str()) && !value.is_null());
        let mut kept: Map<String, Value> = known.map(|(name, value)| (name.clone(), value.clone())).collect();
        kept.insert("custom".to_owned(), Value::Object(custom));
        Ok(Value::Object(kept))
    };
    let read = items.into_iter().map(read).collect::<Result<Vec<Value>, StreamError>>()?;
    let bytes: usize = read.iter().map(|one| one.to_string().len()).sum();
    if bytes > ATTACHMENT_BYTES {
        return Err(StreamError::field(
            &fields.path(name),
            format!("attachments have at most {ATTACHMENT_BYTES} bytes together, got {bytes}"),
        ));
    }
    Ok(Some(read))
}

/// Shows attachments.
pub(super) fn render(call: &Call, attachments: &[Value]) -> Value {
    let render = |kept: &Value| {
        let mut shown = kept.as_object().cloned().unwrap_or_default();
        let custom = match shown.remove("custom") {
            Some(Value::Object(custom)) => custom,
            _ => Map::new(),
        };
        call.dialect.put_custom(&mut shown, Some(&custom));
        Value::Object(shown)
    };
    attachments.iter().map(render).collect()
}
