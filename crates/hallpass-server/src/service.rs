//! All apps of a server, found by what a caller shows: an id, a server key, a vendor's key.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use futures_util::{StreamExt as _, stream};
use hallpass::Timestamp;
use hallpass_store::{Committed, Committer, Store, StoreError};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::clock::Clock;
use crate::faces::livechat::webhook::deliver::Webhooks;
use crate::key::KeyDigest;
use crate::limits::FLUSH_TIME;
use crate::metrics::Metrics;
use crate::oauth::secret::{MARK_CHARS, mark_in, mark_of};
use crate::oauth::usage;
use crate::record::{APP_KIND, AppRecord, SYSTEM_APP, VendorKeys};
use crate::tenant::{LoadError, Shared, Tenant};

/// Kind and id of the document that holds the root key's digest. It is the last thing that a first run writes.
pub(crate) const ROOT_KIND: &str = "root";
pub(crate) const ROOT_ID: &str = "key";

/// Apps per page while starting.
const APPS_PAGE: usize = 1_000;

/// Apps whose uses of scopes are written at the same time when the server stops: they share transactions, and a few files.
const FLUSHED_AT_ONCE: usize = 64;

/// The root key, as stored.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RootRecord {
    pub(crate) digest: KeyDigest,
    pub(crate) created_at: Timestamp,
}

/// The apps, by everything that finds one.
#[derive(Default, Clone)]
struct Directory {
    by_id: HashMap<String, Arc<Tenant>>,
    /// By the first 8 bytes of the key's digest; the whole digest is then compared in constant time.
    by_server_key: HashMap<u64, Arc<Tenant>>,
    by_stream_key: HashMap<String, Arc<Tenant>>,
    /// Like `by_server_key`.
    by_cometchat_key: HashMap<u64, Arc<Tenant>>,
    /// By [`crate::oauth::secret::mark_of`] the organization: every token of LiveChat's face carries it.
    by_token_mark: HashMap<String, Arc<Tenant>>,
    /// By the first 8 bytes of the digest of the owner's personal access token, which an app made earlier shows without a mark.
    by_owner_pat: HashMap<u64, Arc<Tenant>>,
    /// By the client that an app was made with; those made later begin with the mark.
    by_first_client: HashMap<String, Arc<Tenant>>,
}

impl Directory {
    fn of(tenants: impl IntoIterator<Item = Arc<Tenant>>) -> Self {
        let mut directory = Self::default();
        for tenant in tenants {
            let record = tenant.record();
            for key in &record.server_keys {
                directory.by_server_key.insert(key.digest.index(), Arc::clone(&tenant));
            }
            if let VendorKeys::Stream { api_key, .. } = &record.vendor {
                directory.by_stream_key.insert(api_key.clone(), Arc::clone(&tenant));
            }
            if let VendorKeys::Cometchat { api_key, auth_key } = &record.vendor {
                for key in [api_key, auth_key] {
                    directory.by_cometchat_key.insert(key.index(), Arc::clone(&tenant));
                }
            }
            if let VendorKeys::Livechat { organization_id, pat, client_id, .. } = &record.vendor {
                directory.by_token_mark.insert(mark_of(organization_id), Arc::clone(&tenant));
                directory.by_first_client.insert(client_id.clone(), Arc::clone(&tenant));
                directory.by_owner_pat.insert(pat.index(), Arc::clone(&tenant));
            }
            directory.by_id.insert(record.id.clone(), tenant);
        }
        directory
    }
}

/// What a service is made of.
pub struct ServiceOptions {
    /// Where it remembers.
    pub store: Arc<dyn Store>,
    /// What time it is.
    pub clock: Clock,
    /// The base of the URLs in metadata, without a trailing slash. Never taken from a request: its `Host` is the caller's to choose.
    pub public_url: String,
    /// The file that shows the keys of the demo apps; it is kept up to date when one of their keys changes.
    pub credentials: Option<PathBuf>,
    /// Longest silence of a caller in calls without an end of their own; [`IDLE_TIME`](crate::limits::IDLE_TIME) unless told otherwise.
    pub idle: Duration,
}

/// A server without its sockets: all apps, the store, the clock, the counters. Clones are the same service.
#[derive(Clone)]
pub struct Service(Arc<Inner>);

struct Inner {
    directory: Arc<ArcSwap<Directory>>,
    shared: Arc<Shared>,
    root: ArcSwap<KeyDigest>,
    /// Apps are made, re-keyed and deleted one at a time.
    administration: tokio::sync::Mutex<()>,
    public_url: String,
    credentials: Option<PathBuf>,
    idle: Duration,
    stopping: watch::Sender<bool>,
}

/// A service that cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An app cannot be brought up.
    #[error(transparent)]
    App(#[from] LoadError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A document of the server's own cannot be read.
    #[error("the document {kind}/{id} of the server cannot be read: {source}; restore a backup, or start the version that wrote it")]
    Document {
        /// Kind of the document.
        kind: &'static str,
        /// Its id.
        id: String,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// There is no root key.
    #[error("the data directory holds no root key: its first run was not finished")]
    NoRootKey,
}

impl Service {
    /// Brings all apps up. The store must have been through [`crate::first_run`].
    ///
    /// # Errors
    /// When the store fails, or holds what this version does not understand. That it is damaged goes before whatever else it looks like.
    pub fn start(options: ServiceOptions) -> Result<Self, StartError> {
        let store = Arc::clone(&options.store);
        Self::bring_up(options).map_err(|error| store.checked().err().map_or(error, StartError::Store))
    }

    fn bring_up(options: ServiceOptions) -> Result<Self, StartError> {
        let ServiceOptions { store, clock, public_url, credentials, idle } = options;
        let root = store.document(SYSTEM_APP, ROOT_KIND, ROOT_ID)?.ok_or(StartError::NoRootKey)?;
        let root: RootRecord = parse(ROOT_KIND, ROOT_ID, root)?;

        let metrics = Metrics::new();
        let directory = Arc::new(ArcSwap::from_pointee(Directory::default()));
        let open = Arc::new(watch::Sender::new(()));
        let committer = {
            let (directory, metrics, open) = (Arc::clone(&directory), metrics.clone(), Arc::clone(&open));
            Committer::start(Arc::clone(&store), move |committed: &Committed| {
                // Held for as long as the committer may use the store.
                let _held = &open;
                metrics.commit(committed.changes.len());
                if let Some(tenant) = directory.load().by_id.get(&committed.app) {
                    tenant.committed(committed.revision, &committed.changes);
                }
            })?
        };
        let shared = Arc::new(Shared { store, committer, clock, metrics, webhooks: Webhooks::default(), open });

        let mut tenants = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let page = shared.store.scan_documents(SYSTEM_APP, APP_KIND, "", after.as_deref(), APPS_PAGE)?;
            let Some((last, _)) = page.last() else { break };
            after = Some(last.clone());
            for (id, body) in page {
                let record: AppRecord = parse(APP_KIND, &id, body)?;
                tenants.push(Arc::new(Tenant::load(record, Arc::clone(&shared))?));
            }
        }
        // All of this may have been read beside the look at the whole file; nobody sees anything of it before that is done.
        shared.store.checked()?;
        shared.metrics.apps(tenants.len());
        directory.store(Arc::new(Directory::of(tenants)));
        Ok(Self(Arc::new(Inner {
            directory,
            shared,
            root: ArcSwap::from_pointee(root.digest),
            administration: tokio::sync::Mutex::new(()),
            public_url,
            idle,
            credentials,
            stopping: watch::Sender::new(false),
        })))
    }

    /// The app with this id.
    pub fn tenant(&self, id: &str) -> Option<Arc<Tenant>> {
        self.0.directory.load().by_id.get(id).cloned()
    }

    /// The app that this server key opens.
    pub fn tenant_by_server_key(&self, key: &str) -> Option<Arc<Tenant>> {
        let digest = KeyDigest::of(key);
        let directory = self.0.directory.load();
        let tenant = directory.by_server_key.get(&digest.index())?;
        let opens = tenant.is_opened_by(&digest, self.now());
        opens.then(|| Arc::clone(tenant))
    }

    /// The app that Stream's clients name with this `api_key`. Public: it proves nothing.
    pub fn tenant_by_stream_key(&self, api_key: &str) -> Option<Arc<Tenant>> {
        self.0.directory.load().by_stream_key.get(api_key).cloned()
    }

    /// The app that this API key of CometChat's face, full-access or auth-only, opens.
    pub fn tenant_by_cometchat_key(&self, key: &str) -> Option<Arc<Tenant>> {
        let digest = KeyDigest::of(key);
        let directory = self.0.directory.load();
        let tenant = directory.by_cometchat_key.get(&digest.index())?;
        let record = tenant.record();
        let VendorKeys::Cometchat { api_key, auth_key } = &record.vendor else { return None };
        let opens = api_key.matches(&digest) | auth_key.matches(&digest);
        opens.then(|| Arc::clone(tenant))
    }

    /// The app that a token, code or client id of LiveChat's face belongs to, by what it says of itself. It proves nothing yet.
    pub fn tenant_by_livechat_token(&self, token: &str) -> Option<Arc<Tenant>> {
        let directory = self.0.directory.load();
        let tenant = match mark_in(token) {
            Some(mark) => directory.by_token_mark.get(mark),
            None => None,
        };
        tenant.or_else(|| directory.by_owner_pat.get(&KeyDigest::of(token).index())).cloned()
    }

    /// The app of an OAuth client. It proves nothing.
    pub fn tenant_by_client(&self, id: &str) -> Option<Arc<Tenant>> {
        let directory = self.0.directory.load();
        let by_mark = || id.get(..MARK_CHARS).and_then(|mark| directory.by_token_mark.get(mark));
        let tenant = directory.by_first_client.get(id).or_else(by_mark)?;
        tenant.engine().client(id).is_some().then(|| Arc::clone(tenant))
    }

    /// Whether this is the key that manages apps.
    pub fn is_root_key(&self, key: &str) -> bool {
        self.0.root.load().matches(&KeyDigest::of(key))
    }

    /// All apps, by id.
    pub fn tenants(&self) -> Vec<Arc<Tenant>> {
        let mut tenants: Vec<_> = self.0.directory.load().by_id.values().cloned().collect();
        tenants.sort_by(|a, b| a.id().cmp(b.id()));
        tenants
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        self.0.shared.clock.now()
    }

    /// The counters.
    pub fn metrics(&self) -> &Metrics {
        &self.0.shared.metrics
    }

    /// Allows webhooks of LiveChat apps to call addresses on loopback and in private networks. Not the default: an administrator of one
    /// app could make the server call what only the server can reach.
    pub fn allow_webhooks_to_private(&self) {
        self.0.shared.webhooks.allow_private();
    }

    /// The base of the URLs in metadata.
    pub fn public_url(&self) -> &str {
        &self.0.public_url
    }

    /// Longest silence of a caller in calls without an end of their own.
    pub fn idle_time(&self) -> Duration {
        self.0.idle
    }

    /// Whether the server takes new work.
    pub fn is_ready(&self) -> bool {
        !*self.0.stopping.borrow()
    }

    /// Tells open event streams, and whoever asks `/readyz`, that the server is about to stop.
    pub fn stop(&self) {
        self.0.stopping.send_replace(true);
    }

    /// Writes what waits to be written, for at most [`FLUSH_TIME`], lets go of all apps, and waits until everybody else has: the other
    /// clones of the service, and requests that are still answered. After this the store is closed, and another process may open it.
    pub async fn close(self) {
        self.stop();
        self.write_uses().await;
        let mut open = self.0.shared.open.subscribe();
        self.0.directory.store(Arc::default());
        drop(self);
        // Nothing is ever sent; the error is that nobody could send any more.
        while open.changed().await.is_ok() {}
    }

    /// Writes which scopes were used. Of many apps at once: their commits share transactions, and one that is held up by a request does not
    /// hold up the others.
    async fn write_uses(&self) {
        let tenants = self.tenants();
        let waiting = &AtomicUsize::new(tenants.len());
        let all = stream::iter(tenants).for_each_concurrent(FLUSHED_AT_ONCE, |tenant| async move {
            if let Err(error) = usage::flush(&tenant).await {
                tracing::warn!(%error, app = tenant.id(), "uses of scopes were not written");
            }
            waiting.fetch_sub(1, Ordering::Relaxed);
        });
        if tokio::time::timeout(FLUSH_TIME, all).await.is_err() {
            let apps = waiting.load(Ordering::Relaxed);
            tracing::warn!(apps, "uses of scopes in some apps were not written in time");
        }
    }

    /// Waits for [`Service::stop`].
    pub fn stopping(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut stopping = self.0.stopping.subscribe();
        async move {
            // An error means that the service is gone, which is as good as stopped.
            let _ = stopping.wait_for(|stopping| *stopping).await;
        }
    }

    /// Waits until whoever waits for [`Service::stopping`] has seen it and is gone: event streams and WebSockets have said goodbye.
    pub async fn left(&self) {
        self.0.stopping.closed().await;
    }

    /// The directory of uploads, which lies beside the credentials in the data directory; none where there is no data directory.
    pub(crate) fn uploads(&self) -> Option<PathBuf> {
        Some(self.credentials_path()?.parent()?.join("uploads"))
    }

    pub(crate) fn credentials_path(&self) -> Option<&Path> {
        self.0.credentials.as_deref()
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.0.shared
    }

    pub(crate) fn administration(&self) -> &tokio::sync::Mutex<()> {
        &self.0.administration
    }

    /// Adds, re-indexes (after a change of keys) or removes an app; only while holding [`Service::administration`].
    pub(crate) fn publish(&self, change: impl FnOnce(&mut HashMap<String, Arc<Tenant>>)) {
        let mut tenants = self.0.directory.load().by_id.clone();
        change(&mut tenants);
        self.0.shared.metrics.apps(tenants.len());
        self.0.directory.store(Arc::new(Directory::of(tenants.into_values())));
    }
}

fn parse<T: serde::de::DeserializeOwned>(kind: &'static str, id: &str, body: serde_json::Value) -> Result<T, StartError> {
    serde_json::from_value(body).map_err(|source| StartError::Document { kind, id: id.to_owned(), source })
}
