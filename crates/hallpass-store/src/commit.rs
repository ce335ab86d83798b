//! What is handed to a store, and what its log holds of it.

use hallpass::{Change, Revision, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::StoreError;

/// Longest app id, document kind or document id, in bytes. Longer ones are refused: they are keys of several indexes.
pub const MAX_NAME_BYTES: usize = 2048;

/// Deepest nesting of a document. The JSON parser stops at 128; what could not be read back is refused when written.
pub const MAX_DOCUMENT_DEPTH: usize = 100;

/// Changes and documents that become durable together, or not at all.
#[derive(Debug, Clone, PartialEq)]
pub struct Commit {
    /// Id of the app.
    pub app: String,
    /// Who did it, for the audit: a user id, `server`, `import`, …
    pub author: String,
    /// When.
    pub at: Timestamp,
    /// What became different, in order.
    pub changes: Vec<Change>,
    /// Documents beside the facts; written after the changes, in order, so the last write of one key wins.
    pub documents: Vec<DocumentWrite>,
}

/// A document that is written or deleted.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentWrite {
    /// Kind of the document, such as `user`.
    pub kind: String,
    /// Id within the kind.
    pub id: String,
    /// The document, whole; `None` deletes it.
    pub body: Option<Value>,
}

impl DocumentWrite {
    /// Writes a document, whole.
    pub fn put(kind: impl Into<String>, id: impl Into<String>, body: Value) -> Self {
        Self { kind: kind.into(), id: id.into(), body: Some(body) }
    }

    /// Deletes a document, if there is one.
    pub fn delete(kind: impl Into<String>, id: impl Into<String>) -> Self {
        Self { kind: kind.into(), id: id.into(), body: None }
    }
}

/// Names a document of an app.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentKey {
    /// Kind of the document.
    pub kind: String,
    /// Id within the kind.
    pub id: String,
}

/// One commit as the log holds it: everything but the bodies of its documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Committed {
    /// Id of the app.
    pub app: String,
    /// Its place in the app's log: 1 for the first commit, growing by one.
    pub revision: Revision,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub author: String,
    /// What became different, in order.
    pub changes: Vec<Change>,
    /// Documents that were written or deleted with it, in order.
    pub documents: Vec<DocumentKey>,
}

impl Commit {
    /// What the log holds of this commit once it is durable at `revision`.
    pub(crate) fn into_committed(self, revision: Revision) -> Committed {
        Committed {
            app: self.app,
            revision,
            at: self.at,
            author: self.author,
            changes: self.changes,
            documents: self.documents.into_iter().map(|write| DocumentKey { kind: write.kind, id: write.id }).collect(),
        }
    }

    /// Refuses what could be written but not found or read again.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        check_name("app", &self.app)?;
        for document in &self.documents {
            check_name("documents.kind", &document.kind)?;
            check_name("documents.id", &document.id)?;
            if document.body.as_ref().is_some_and(|body| deeper_than(body, MAX_DOCUMENT_DEPTH)) {
                return Err(StoreError::Refused {
                    field: "documents.body",
                    value: format!("{}/{}", document.kind, document.id),
                    expected: format!("at most {MAX_DOCUMENT_DEPTH} levels of nesting"),
                });
            }
        }
        Ok(())
    }
}

fn check_name(field: &'static str, name: &str) -> Result<(), StoreError> {
    if (1..=MAX_NAME_BYTES).contains(&name.len()) {
        return Ok(());
    }
    let value = if name.is_empty() { "(empty)".to_owned() } else { format!("{}…", name.chars().take(40).collect::<String>()) };
    Err(StoreError::Refused { field, value, expected: format!("1 to {MAX_NAME_BYTES} bytes") })
}

fn deeper_than(value: &Value, levels: usize) -> bool {
    let Some(below) = levels.checked_sub(1) else {
        return matches!(value, Value::Array(_) | Value::Object(_));
    };
    match value {
        Value::Array(items) => items.iter().any(|item| deeper_than(item, below)),
        Value::Object(fields) => fields.values().any(|field| deeper_than(field, below)),
        _ => false,
    }
}
