//! One app as the server holds it: its engine, its record, its place in the store.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use hallpass::{App, Change, Revision, Timestamp};
use hallpass_store::{Committer, Store, StoreError};
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, watch};

use crate::clock::Clock;
use crate::edit::{Edit, EditError};
use crate::faces::livechat::webhook::deliver::Webhooks;
use crate::key::KeyDigest;
use crate::limits::SCANS_AT_ONCE;
use crate::lock::{Footprint, Locks};
use crate::metrics::{DecisionCounters, Metrics};
use crate::oauth::usage::Recorder;
use crate::record::{AppRecord, VendorKeys};

/// What all apps of a server share.
pub(crate) struct Shared {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) committer: Committer,
    pub(crate) clock: Clock,
    pub(crate) metrics: Metrics,
    pub(crate) webhooks: Webhooks,
    /// Gone when the store is closed; the last field, so that it is dropped after the others.
    pub(crate) open: Arc<watch::Sender<()>>,
}

/// An app. Handlers get it from their face's extractor, as `Arc<Tenant>`.
pub struct Tenant {
    id: String,
    engine: App,
    record: ArcSwap<AppRecord>,
    locks: Locks,
    visible: watch::Sender<Revision>,
    changed: AtomicU64,
    changes: broadcast::Sender<Changed>,
    closed: watch::Sender<bool>,
    decisions: DecisionCounters,
    usage: Recorder,
    scans: Arc<Semaphore>,
    shared: Arc<Shared>,
}

/// A commit that changed what decisions rest on: its revision, and what it changed.
pub type Changed = (Revision, Arc<[Change]>);

/// Commits that wait for a follower. One that falls further behind has to look at everything again, and is told so.
const FOLLOWED: usize = 1024;

/// An app that cannot be brought up.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The profile is not one of this version.
    #[error("app '{app}' has the profile '{profile}', which this version does not know; start a newer version")]
    UnknownProfile {
        /// Id of the app.
        app: String,
        /// Name of its profile.
        profile: String,
    },
    /// The stored catalogue is not valid.
    #[error("the catalogue of app '{app}' is not valid: {source}")]
    Catalogue {
        /// Id of the app.
        app: String,
        /// What is wrong.
        source: hallpass::CatalogueError,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Tenant {
    /// Brings an app up from the store.
    pub(crate) fn load(record: AppRecord, shared: Arc<Shared>) -> Result<Self, LoadError> {
        let profile = match record.profile() {
            Ok(Some(profile)) => profile,
            Ok(None) => return Err(LoadError::UnknownProfile { app: record.id, profile: record.profile }),
            Err(source) => return Err(LoadError::Catalogue { app: record.id, source }),
        };
        let engine = App::new(profile);
        let revision = hallpass_store::fill(&engine, &*shared.store, &record.id)?;
        Ok(Self {
            id: record.id.clone(),
            decisions: shared.metrics.decisions(&record.profile),
            usage: Recorder::default(),
            scans: Arc::new(Semaphore::new(SCANS_AT_ONCE)),
            engine,
            record: ArcSwap::from_pointee(record),
            locks: Locks::new(),
            visible: watch::Sender::new(revision),
            changed: AtomicU64::new(revision.0),
            changes: broadcast::Sender::new(FOLLOWED),
            closed: watch::Sender::new(false),
            shared,
        })
    }

    /// Id of the app.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The engine, for reading the world. Decisions that an operation depends on go through [`crate::authorize()`].
    pub fn engine(&self) -> &App {
        &self.engine
    }

    /// Profile, keys and when the app was made.
    pub fn record(&self) -> Arc<AppRecord> {
        self.record.load_full()
    }

    /// Whether a key with this digest opens the app's AuthZEN and native faces now.
    pub(crate) fn is_opened_by(&self, digest: &KeyDigest, now: Timestamp) -> bool {
        self.record.load().server_keys.iter().any(|stored| stored.digest.matches(digest) && stored.is_valid(now))
    }

    /// Id of the LiveChat organization, where the app has one.
    pub fn organization(&self) -> Option<String> {
        match &self.record.load().vendor {
            VendorKeys::Livechat { organization_id, .. } => Some(organization_id.clone()),
            _ => None,
        }
    }

    pub(crate) fn set_record(&self, record: AppRecord) {
        self.record.store(Arc::new(record));
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// What says what time it is, to wait for a time.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    pub(crate) fn decisions(&self) -> &DecisionCounters {
        &self.decisions
    }

    /// Uses of scopes that have not been written yet.
    pub(crate) fn usage(&self) -> &Recorder {
        &self.usage
    }

    /// What tells the webhooks of LiveChat's face.
    pub(crate) fn webhooks(&self) -> &Webhooks {
        &self.shared.webhooks
    }

    pub(crate) fn committer(&self) -> &Committer {
        &self.shared.committer
    }

    /// Starts a command: waits until nobody else changes what `footprint` names. Read the world after this, decide, then
    /// [`Edit::commit`]. Never start a second edit while holding one: it may wait for the first.
    ///
    /// # Errors
    /// When the app was deleted meanwhile.
    pub async fn edit(self: &Arc<Self>, footprint: Footprint) -> Result<Edit, EditError> {
        let held = self.locks.hold(&footprint).await;
        if *self.closed.borrow() {
            return Err(EditError::AppDeleted);
        }
        Ok(Edit::new(Arc::clone(self), held))
    }

    /// No edit starts after this, and all that had started are done.
    pub(crate) async fn close(&self) {
        self.closed.send_replace(true);
        drop(self.locks.hold(&Footprint::policy()).await);
    }

    /// Takes back [`Tenant::close`]: the app could not be deleted after all.
    pub(crate) fn reopen(&self) {
        self.closed.send_replace(false);
    }

    /// Waits until the app is deleted.
    pub async fn deleted(&self) {
        let mut closed = self.closed.subscribe();
        // The sender lives as long as the app, so the wait ends only with what it waits for.
        let _ = closed.wait_for(|closed| *closed).await;
    }

    /// Called by the committer, in order, when a commit has become durable.
    pub(crate) fn committed(&self, revision: Revision, changes: &[Change]) {
        self.engine.apply_committed(revision, changes);
        self.visible.send_replace(revision);
        if changes.is_empty() {
            return;
        }
        self.changed.store(revision.0, Ordering::Release);
        if self.changes.receiver_count() > 0 {
            // Nobody left to tell is no error.
            let _ = self.changes.send((revision, changes.into()));
        }
    }

    /// The commits from now on that change facts or policy, each after questions see it.
    pub fn changes(&self) -> broadcast::Receiver<Changed> {
        self.changes.subscribe()
    }

    /// Revision of the last commit that changed facts or policy.
    pub fn changed(&self) -> Revision {
        Revision(self.changed.load(Ordering::Acquire))
    }

    /// The revision that questions see, and a way to wait for the next.
    pub fn revisions(&self) -> watch::Receiver<Revision> {
        self.visible.subscribe()
    }

    /// Waits until questions see `revision`; `false` if that did not happen within `patience`.
    pub async fn reaches(&self, revision: Revision, patience: Duration) -> bool {
        if self.engine.revision() >= revision {
            return true;
        }
        let mut revisions = self.revisions();
        tokio::time::timeout(patience, revisions.wait_for(|seen| *seen >= revision)).await.is_ok_and(|seen| seen.is_ok())
    }

    /// Reads the store, away from the threads that serve requests.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&dyn Store, &str) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let shared = Arc::clone(&self.shared);
        let app = self.id.clone();
        tokio::task::spawn_blocking(move || read(&*shared.store, &app))
            .await
            .unwrap_or_else(|stopped| std::panic::resume_unwind(stopped.into_panic()))
    }

    /// Waits until one of [`SCANS_AT_ONCE`] scans of this app may start; it ends when this is dropped.
    pub(crate) async fn scan_turn(&self) -> Option<OwnedSemaphorePermit> {
        // Nothing closes the semaphore.
        Arc::clone(&self.scans).acquire_owned().await.ok()
    }

    /// One document of this app.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn document(&self, kind: &'static str, id: impl Into<String>) -> Result<Option<Value>, StoreError> {
        let id = id.into();
        self.read(move |store, app| store.document(app, kind, &id)).await
    }
}
