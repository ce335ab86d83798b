//! What a success looks like: `{"data": …}`, with `meta` beside it where the answer is a page of a list.

use serde_json::{Map, Value, json};

/// A success.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answer {
    data: Value,
    meta: Option<Value>,
}

impl Answer {
    /// With this data.
    pub(super) fn of(data: impl Into<Value>) -> Self {
        Self { data: data.into(), meta: None }
    }

    /// `{success: true, message}`
    pub(super) fn success(message: impl Into<String>) -> Self {
        Self::of(success(message))
    }

    /// Adds `meta`.
    #[must_use]
    pub(super) fn with_meta(mut self, meta: Value) -> Self {
        self.meta = Some(meta);
        self
    }

    /// The body.
    pub(super) fn body(self) -> Value {
        let mut body = Map::from_iter([("data".to_owned(), self.data)]);
        body.extend(self.meta.map(|meta| ("meta".to_owned(), meta)));
        Value::Object(body)
    }
}

/// `{success: true, message}`, for one item or for all.
pub(super) fn success(message: impl Into<String>) -> Value {
    json!({"success": true, "message": message.into()})
}
