//! Looking through all rows of some kind of an app: what is left for a list whose filter names nothing that could be looked up.
//!
//! A scan holds nobody up. It reads in steps of [`SCAN_ROWS`] rows, each on a thread that serves no requests, and lets others go on in
//! between; [`SCANS_AT_ONCE`](crate::limits::SCANS_AT_ONCE) scans of an app go on at a time, and the others wait for their turn. A lookup
//! takes no turn until it has read [`LOOKUPS`] rows; what is longer than that is a scan, too.

use std::sync::Arc;

use hallpass_store::{Store, StoreError};
use tokio::sync::OwnedSemaphorePermit;

use crate::limits::{LOOKUPS, SCAN_ROWS};
use crate::tenant::Tenant;

/// How rows are read: of an app, those after a row, at most so many.
type Read<T> = dyn Fn(&dyn Store, &str, Option<&T>, usize) -> Result<Vec<T>, StoreError> + Send + Sync;

/// The right to read on; one for all that a request reads, however many scans that takes. It ends when this is dropped.
pub(crate) struct Turn {
    tenant: Arc<Tenant>,
    /// Rows that may still be read before a turn has to be waited for.
    free: usize,
    taken: Option<OwnedSemaphorePermit>,
}

impl Turn {
    /// For a scan: waits from its first row on.
    pub(crate) fn of_scan(tenant: &Arc<Tenant>) -> Self {
        Self { tenant: Arc::clone(tenant), free: 0, taken: None }
    }

    /// For a lookup: waits only once it turns out to be long.
    pub(crate) fn of_lookup(tenant: &Arc<Tenant>) -> Self {
        Self { free: LOOKUPS, ..Self::of_scan(tenant) }
    }

    /// Reads rows, when it is time to.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn read<T: Send + 'static>(
        &mut self,
        read: impl FnOnce(&dyn Store, &str) -> Result<Vec<T>, StoreError> + Send + 'static,
    ) -> Result<Vec<T>, StoreError> {
        if self.free == 0 && self.taken.is_none() {
            self.taken = self.tenant.scan_turn().await;
        }
        let rows = self.tenant.read(read).await?;
        self.free = self.free.saturating_sub(rows.len());
        Ok(rows)
    }
}

/// A scan that goes on.
pub(crate) struct Scan<T> {
    read: Arc<Read<T>>,
    after: Option<T>,
    is_over: bool,
}

impl<T: Clone + Send + 'static> Scan<T> {
    /// A scan that reads like this.
    pub(crate) fn new(read: impl Fn(&dyn Store, &str, Option<&T>, usize) -> Result<Vec<T>, StoreError> + Send + Sync + 'static) -> Self {
        Self { read: Arc::new(read), after: None, is_over: false }
    }

    /// The next rows; `None` when it is over.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn step(&mut self, turn: &mut Turn) -> Result<Option<Vec<T>>, StoreError> {
        if self.is_over {
            return Ok(None);
        }
        let (read, after) = (Arc::clone(&self.read), self.after.take());
        let rows = turn.read(move |store, app| read(store, app, after.as_ref(), SCAN_ROWS)).await?;
        self.is_over = rows.len() < SCAN_ROWS;
        self.after = rows.last().cloned();
        Ok(Some(rows))
    }
}
