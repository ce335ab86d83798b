//! Looking through all documents of some kind.

use hallpass_store::Store;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::StreamError;
use crate::scan::{Scan, Turn};

/// A scan of documents whose ids start with `prefix`, by id.
pub(super) struct Documents(Scan<(String, Value)>);

impl Documents {
    /// A scan of these.
    pub(super) fn new(kind: &'static str, prefix: &str) -> Self {
        let prefix = prefix.to_owned();
        Self(Scan::new(move |store: &dyn Store, app: &str, after: Option<&(String, Value)>, limit: usize| {
            store.scan_documents(app, kind, &prefix, after.map(|(id, _)| id.as_str()), limit)
        }))
    }

    /// The next documents, with their ids; `None` when it is over.
    ///
    /// # Errors
    /// When the store fails or holds what this version does not understand.
    pub(super) async fn step<T: DeserializeOwned>(&mut self, turn: &mut Turn) -> Result<Option<Vec<(String, T)>>, StreamError> {
        let Some(rows) = self.0.step(turn).await.map_err(StreamError::internal)? else { return Ok(None) };
        let read = |(id, body)| Ok((id, serde_json::from_value(body).map_err(StreamError::internal)?));
        rows.into_iter().map(read).collect::<Result<_, StreamError>>().map(Some)
    }
}
