//! Looking through all rows of some kind of an app: what is left for a list whose filter names nothing that could be looked up.
//!
//! A scan holds nobody up. It reads in steps of [`SCAN_ROWS`] rows, each on a thread that serves no requests, and lets others go on in
//! between; [`SCANS_AT_ONCE`](crate::limits::SCANS_AT_ONCE) scans of an app go on at a time, and the others wait for their turn.

use std::sync::Arc;

use hallpass_store::{Store, StoreError};
use tokio::sync::OwnedSemaphorePermit;

use crate::limits::SCAN_ROWS;
use crate::tenant::Tenant;

/// How rows are read: of an app, those after a row, at most so many.
type Read<T> = dyn Fn(&dyn Store, &str, Option<&T>, usize) -> Result<Vec<T>, StoreError> + Send + Sync;

/// A scan that goes on.
pub(crate) struct Scan<T> {
    tenant: Arc<Tenant>,
    read: Arc<Read<T>>,
    after: Option<T>,
    is_over: bool,
    _turn: Option<OwnedSemaphorePermit>,
}

impl<T: Clone + Send + 'static> Scan<T> {
    /// Waits for its turn, and starts.
    pub(crate) async fn start(
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
    pub(crate) async fn step(&mut self) -> Result<Option<Vec<T>>, StoreError> {
        if self.is_over {
            return Ok(None);
        }
        let (read, after) = (Arc::clone(&self.read), self.after.take());
        let rows = self.tenant.read(move |store, app| read(store, app, after.as_ref(), SCAN_ROWS)).await?;
        self.is_over = rows.len() < SCAN_ROWS;
        self.after = rows.last().cloned();
        Ok(Some(rows))
    }
}
