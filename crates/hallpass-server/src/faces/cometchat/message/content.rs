//! What a message says: its category, its type and its data, and what of them conditions look at.

use serde_json::{Map, Value};

use super::super::call::Call;
use super::super::error::{Code, CometError};
use super::super::fields::Fields;

/// Categories that can be sent. The others (`action`, `call`) tell what was done by other means.
const CATEGORIES: &[&str] = &["message", "custom", "interactive", "card"];
/// Types of the category `message`.
const TYPES: &[&str] = &["text", "image", "audio", "video", "file"];
/// Longest custom type, in characters.
const MAX_TYPE_CHARS: usize = 100;
/// Most attachments, as the SDK has it.
const MAX_ATTACHMENTS: usize = 10;
/// The type of what says nothing of its type, and whose name tells nothing: no list that names types lets it through.
const UNKNOWN_MIME_TYPE: &str = "application/octet-stream";

/// What a message says.
#[derive(Debug, Clone)]
pub(super) struct Content {
    pub(super) category: String,
    pub(super) message_type: String,
    pub(super) data: Map<String, Value>,
    /// Of each attachment.
    pub(super) mime_types: Vec<String>,
}

impl Content {
    /// Reads `category`, `type` and `data` of the body.
    ///
    /// # Errors
    /// With the vendor's codes.
    pub(super) fn read(call: &Call) -> Result<Self, CometError> {
        let body = &call.body;
        let category = body.text("category")?.unwrap_or("message").to_owned();
        if !CATEGORIES.contains(&category.as_str()) {
            let text = format!("The category must be one of {}, got \"{category}\".", CATEGORIES.join(", "));
            return Err(CometError::new(Code::InvalidMessageCategory, text));
        }
        let message_type = body.text("type")?.unwrap_or_default().to_owned();
        let is_known = if category == "message" { TYPES.contains(&message_type.as_str()) } else { !message_type.is_empty() };
        if !is_known || message_type.chars().count() > MAX_TYPE_CHARS {
            let expected = if category == "message" { TYPES.join(", ") } else { format!("1 to {MAX_TYPE_CHARS} characters") };
            let text = format!("The type of a message of the category {category} must be: {expected}; got \"{message_type}\".");
            return Err(CometError::new(Code::InvalidMessageType, text));
        }
        let data = body.object("data")?.unwrap_or_default();
        let mime_types = match (category.as_str(), message_type.as_str()) {
            ("message", "text") => {
                if data.text("text")?.is_none_or(str::is_empty) {
                    return Err(CometError::new(Code::EmptyMessageText, "The field data.text is required for a message of the type text."));
                }
                Vec::new()
            }
            ("message", _) => media(&data)?,
            ("custom", _) if data.object("customData")?.is_none() => {
                return Err(CometError::new(Code::EmptyCustomData, "The field data.customData is required for a custom message."));
            }
            // Other categories may have attachments, too.
            _ => attachments(&data)?,
        };
        let mut data = data.raw().clone();
        for ours in ["entities", "reactions", "moderation"] {
            data.remove(ours);
        }
        if category == "message" && message_type == "text" {
            // Words bring no files: who may send the one need not be one who may send the other.
            data.remove("attachments");
            data.remove("url");
        }
        Ok(Self { category, message_type, data, mime_types })
    }

    /// What conditions look at, once for each attachment: all of them have to be allowed, not one of them.
    pub(super) fn attributes(&self, receiver_type: &'static str) -> Vec<Vec<(&str, &str)>> {
        let mut common = vec![("receiver_type", receiver_type), ("message_category", self.category.as_str())];
        match self.category.as_str() {
            "message" => common.push(("message_type", &self.message_type)),
            "custom" => common.push(("custom_type", &self.message_type)),
            _ => {}
        }
        if self.mime_types.is_empty() {
            return vec![common];
        }
        self.mime_types
            .iter()
            .map(|mime_type| {
                let mut attributes = common.clone();
                attributes.push(("mime_type", mime_type));
                attributes.extend(FAMILIES.iter().filter(|(start, _)| mime_type.starts_with(start)).map(|(_, all)| ("mime_type", *all)));
                attributes
            })
            .collect()
    }
}

/// Families of MIME types, and how lists name all of one.
const FAMILIES: &[(&str, &str)] = &[
    ("application/", "application/*"),
    ("audio/", "audio/*"),
    ("font/", "font/*"),
    ("image/", "image/*"),
    ("model/", "model/*"),
    ("text/", "text/*"),
    ("video/", "video/*"),
];

/// The MIME types of a media message, which has a file at least.
fn media(data: &Fields) -> Result<Vec<String>, CometError> {
    let mut found = attachments(data)?;
    let listed = data.objects("attachments")?.unwrap_or_default();
    let is_listed = |url: &str| listed.iter().any(|attachment| attachment.raw().get("url").and_then(Value::as_str) == Some(url));
    if let Some(url) = data.text("url")?.filter(|url| !url.is_empty() && !is_listed(url)) {
        found.push(by_name(url));
    }
    if found.is_empty() {
        return Err(CometError::new(Code::EmptyMessageFile, "A media message needs data.attachments with a url each, or data.url."));
    }
    Ok(found)
}

fn attachments(data: &Fields) -> Result<Vec<String>, CometError> {
    let listed = data.objects("attachments")?.unwrap_or_default();
    if listed.len() > MAX_ATTACHMENTS {
        let text = format!("There may be at most {MAX_ATTACHMENTS} attachments, got {}.", listed.len());
        return Err(CometError::field("data.attachments", text));
    }
    listed
        .iter()
        .map(|attachment| {
            let url = attachment.required_text("url")?;
            let said = attachment.text("mimeType")?.filter(|said| !said.is_empty());
            // Parameters (`; charset=…`) and letter case are not part of the type.
            let plain = |said: &str| said.split(';').next().unwrap_or_default().trim().to_lowercase();
            Ok(said.map_or_else(|| by_name(url), plain))
        })
        .collect()
}

/// By the extension, as far as it is well known.
fn by_name(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let extension = path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map(|(_, extension)| extension.to_lowercase());
    let known = extension.and_then(|extension| EXTENSIONS.iter().find(|(known, _)| *known == extension));
    known.map_or(UNKNOWN_MIME_TYPE, |(_, mime_type)| mime_type).to_owned()
}

const EXTENSIONS: &[(&str, &str)] = &[
    ("aac", "audio/aac"),
    ("csv", "text/csv"),
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("gif", "image/gif"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("json", "application/json"),
    ("m4a", "audio/mp4"),
    ("mov", "video/quicktime"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("ogg", "audio/ogg"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("txt", "text/plain"),
    ("wav", "audio/wav"),
    ("webm", "video/webm"),
    ("webp", "image/webp"),
    ("zip", "application/zip"),
];

/// Takes over what an edit may change: the words, the custom data and the metadata, never the files.
pub(super) fn edited(data: &mut Map<String, Value>, given: &Fields) {
    const KEPT: &[&str] = &["attachments", "url", "entities", "reactions", "moderation"];
    for (name, value) in given.raw().iter().filter(|(name, _)| !KEPT.contains(&name.as_str())) {
        if value.is_null() {
            data.remove(name);
        } else {
            data.insert(name.clone(), value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extension_tells_the_type_of_a_file_and_no_extension_tells_nothing() {
        assert_eq!(by_name("https://cdn.example.com/a/b.PNG?size=2"), "image/png");
        assert_eq!(by_name("https://cdn.example.com/a.b/c"), UNKNOWN_MIME_TYPE);
        assert_eq!(by_name("https://cdn.example.com/x.exe"), UNKNOWN_MIME_TYPE);
    }
}
