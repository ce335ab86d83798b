//! Who is connected: a hub for each app that somebody was connected to.

pub(super) mod follow;
pub(super) mod hub;
pub(super) mod outbox;
pub(super) mod watch;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use self::hub::Hub;
use crate::service::Service;
use crate::tenant::Tenant;

/// What requests of this face need: the apps, and who is connected to them.
#[derive(Clone)]
pub(super) struct Face {
    /// The apps.
    pub(super) service: Service,
    /// Who is connected.
    pub(super) live: Live,
}

/// The hubs of all apps. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct Live(Arc<RwLock<HashMap<String, Arc<Hub>>>>);

impl Live {
    /// The hub of an app, if anybody was ever connected to it.
    pub(super) fn hub(&self, tenant: &Arc<Tenant>) -> Option<Arc<Hub>> {
        let hubs = self.0.read().unwrap_or_else(PoisonError::into_inner);
        // An app that was deleted and made again under its id is another.
        hubs.get(tenant.id()).filter(|hub| Arc::ptr_eq(hub.tenant(), tenant)).cloned()
    }

    /// The hub of an app, made now if there is none; then somebody starts to follow the app's changes.
    pub(super) fn open(&self, service: &Service, tenant: &Arc<Tenant>) -> Arc<Hub> {
        if let Some(hub) = self.hub(tenant) {
            return hub;
        }
        let mut hubs = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(hub) = hubs.get(tenant.id()).filter(|hub| Arc::ptr_eq(hub.tenant(), tenant)) {
            return Arc::clone(hub);
        }
        let changes = tenant.changes();
        let hub = Arc::new(Hub::new(Arc::clone(tenant)));
        hubs.insert(tenant.id().to_owned(), Arc::clone(&hub));
        tokio::spawn(follow::follow(self.clone(), Arc::clone(&hub), changes, service.stopping()));
        hub
    }

    /// Forgets the hub of an app that is deleted.
    pub(super) fn forget(&self, hub: &Arc<Hub>) {
        let mut hubs = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if hubs.get(hub.tenant().id()).is_some_and(|known| Arc::ptr_eq(known, hub)) {
            hubs.remove(hub.tenant().id());
        }
    }
}
