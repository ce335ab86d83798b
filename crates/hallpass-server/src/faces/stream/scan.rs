//! Looking through all rows of some kind: what is left where a filter names nothing that could be looked up.
//!
//! A scan holds nobody up. It reads in steps of [`SCAN_ROWS`] rows, each on a thread that serves no requests, and lets others go on in
//! between; [`SCANS_AT_ONCE`](crate::limits::SCANS_AT_ONCE) scans of an app go on at a time, and the others wait for their turn.

use std::sync::Arc;

use hallpass_store::{Store, StoreError};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::OwnedSemaphorePermit;

use super::error::StreamError;
use crate::limits::SCAN_ROWS;
use crate::tenant::Tenant;

/// How rows are read: of an app, those after a row, at most so many.
type Read<T> = dyn Fn(&dyn Store, &str, Option<&T>, usize) -> Result<Vec<T>, StoreError> + Send + Sync;

/// A scan that goes on.
pub(super) struct Scan<T> {
    tenant: Arc<Tenant>,
    read: Arc<Read<T>>,
    after: Option<T>,
    is_over: bool,
    _turn: Option<OwnedSemaphorePermit>,
}

impl<T: Clone + Send + 'static> Scan<T> {
    /// Waits for its turn, and starts.
    pub(super) async fn start(
        tenant: &Arc<Tenant>,
        read: impl Fn(&dyn Store, &str, Option<&T>, usize) -> Result<Vec<T>, StoreError> + Send + Sync + 'static,
    ) -> Self {
        let turn = tenant.scan_turn().await;
        Self { tenant: Arc::clone(tenant), read: Arc::new(read), after: None, is_over: false, _turn: turn }
    }

    /// The next rows; `None` when it is over.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) async fn step(&mut self) -> Result<Option<Vec<T>>, StreamError> {
        if self.is_over {
            return Ok(None);
        }
        let (read, after) = (Arc::clone(&self.read), self.after.take());
        let rows = self.tenant.read(move |store, app| read(store, app, after.as_ref(), SCAN_ROWS)).await.map_err(StreamError::internal)?;
        self.is_over = rows.len() < SCAN_ROWS;
        self.after = rows.last().cloned();
        Ok(Some(rows))
    }
}

/// A scan of documents whose ids start with `prefix`, by id.
pub(super) struct Documents(Scan<(String, Value)>);

impl Documents {
    /// Waits for its turn, and starts.
    pub(super) async fn start(tenant: &Arc<Tenant>, kind: &'static str, prefix: &str) -> Self {
        let prefix = prefix.to_owned();
        let read = move |store: &dyn Store, app: &str, after: Option<&(String, Value)>, limit: usize| {
            store.scan_documents(app, kind, &prefix, after.map(|(id, _)| id.as_str()), limit)
        };
        Self(Scan::start(tenant, read).await)
    }

    /// The next documents, with their ids; `None` when it is over.
    ///
    /// # Errors
    /// When the store fails or holds what this version does not understand.
    pub(super) async fn step<T: DeserializeOwned>(&mut self) -> Result<Option<Vec<(String, T)>>, StreamError> {
        let Some(rows) = self.0.step().await? else { return Ok(None) };
        let read = |(id, body)| Ok((id, serde_json::from_value(body).map_err(StreamError::internal)?));
        rows.into_iter().map(read).collect::<Result<_, StreamError>>().map(Some)
    }
}
