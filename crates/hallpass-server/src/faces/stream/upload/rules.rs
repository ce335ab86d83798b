//! What may be uploaded: size, names and types, as the app's settings say.

use serde_json::Value;

use super::super::call::Call;
use super::super::error::{Code, StreamError};
use crate::limits::UPLOAD_BYTES;

/// Longest name of a file, in bytes.
const NAME_BYTES: usize = 200;

/// What is uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Image,
}

impl Kind {
    const fn settings(self) -> &'static str {
        match self {
            Self::File => "file_upload_config",
            Self::Image => "image_upload_config",
        }
    }
}

/// The rules of an app for one kind.
pub(super) struct Rules<'a> {
    kind: Kind,
    settings: Option<&'a Value>,
}

impl<'a> Rules<'a> {
    /// Those of the caller's app.
    pub(super) fn of(call: &'a Call, kind: Kind) -> Self {
        Self { kind, settings: call.settings.shown.get(kind.settings()) }
    }

    /// Most bytes.
    pub(super) fn most_bytes(&self) -> u64 {
        let own = self.settings.and_then(|settings| settings.get("size_limit")).and_then(Value::as_u64);
        own.filter(|bytes| *bytes > 0).unwrap_or(UPLOAD_BYTES).min(UPLOAD_BYTES)
    }

    /// Refuses a file that is too big.
    ///
    /// # Errors
    /// Code 22.
    pub(super) fn good_size(&self, bytes: u64) -> Result<(), StreamError> {
        let most = self.most_bytes();
        if bytes <= most { Ok(()) } else { Err(StreamError::new(Code::TooBig, format!("the file has more than {most} bytes"))) }
    }

    /// Refuses names and types that the app does not take.
    ///
    /// # Errors
    /// Naming what was wrong.
    pub(super) fn good_type(&self, name: &str, mime: &str) -> Result<(), StreamError> {
        let extension = extension(name);
        if self.kind == Kind::Image && !mime.starts_with("image/") && !content_type(name).starts_with("image/") {
            return Err(StreamError::field("file", format!("expected an image, got '{name}' of type '{mime}'")));
        }
        let lists = [("file_extensions", extension.as_str()), ("mime_types", mime)];
        for (what, value) in lists {
            let blocked = self.list(&format!("blocked_{what}"));
            let allowed = self.list(&format!("allowed_{what}"));
            if blocked.iter().any(|one| same(one, value)) || !allowed.is_empty() && !allowed.iter().any(|one| same(one, value)) {
                return Err(StreamError::field("file", format!("this app does not take files like '{name}' of type '{mime}'")));
            }
        }
        Ok(())
    }

    fn list(&self, name: &str) -> Vec<&str> {
        let list = self.settings.and_then(|settings| settings.get(name)).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).collect()
    }
}

fn same(rule: &str, value: &str) -> bool {
    rule.trim_start_matches('.').eq_ignore_ascii_case(value)
}

/// The extension of a name, without its dot, in lower case.
fn extension(name: &str) -> String {
    name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default()
}

/// A name that is safe in paths and headers: its last part, without control characters.
pub(super) fn clean(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut clean: String = last.chars().filter(|letter| !letter.is_control()).collect();
    while clean.len() > NAME_BYTES {
        clean.remove(0);
    }
    if clean.trim_matches(['.', ' ']).is_empty() { "file".to_owned() } else { clean }
}

/// As what a file is served: by its name, and never as anything that a browser would run.
pub(super) fn content_type(name: &str) -> &'static str {
    match extension(name).as_str() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "bmp" => "image/bmp",
        "heic" => "image/heic",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        "mov" => "video/quicktime",
        "mp3" => "audio/mpeg",
        "m4a" => "audio/mp4",
        "ogg" => "audio/ogg",
        "wav" => "audio/wav",
        "pdf" => "application/pdf",
        "txt" | "md" | "csv" | "log" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_else() {
        for (name, expected) in [
            ("a.png", "a.png"),
            ("../../etc/passwd", "passwd"),
            ("C:\\temp\\a b.txt", "a b.txt"),
            ("a\r\nb.txt", "ab.txt"),
            ("..", "file"),
            ("", "file"),
        ] {
            assert_eq!(clean(name), expected, "{name}");
        }
        assert!(clean(&format!("{}.png", "ü".repeat(300))).ends_with(".png"));
    }

    #[test]
    fn what_browsers_run_is_bytes() {
        for name in ["a.html", "a.svg", "a.js", "a.xml", "a"] {
            assert_eq!(content_type(name), "application/octet-stream");
        }
        assert_eq!(content_type("A.PNG"), "image/png");
    }
}
