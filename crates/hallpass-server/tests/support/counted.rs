//! A store that counts what is read from it: rows of facts and documents, and how often it was asked.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use hallpass::{Change, Channel, ChannelId, Member, Relation, RelationKind, Revision, User};
use hallpass_store::{Commit, Committed, MemoryStore, Store, StoreError};
use serde_json::Value;

/// The channel beyond which memberships wait at the gate.
const FAR: &str = "messaging:c05800";

/// A store in memory, and what was read from it.
#[derive(Default)]
pub(crate) struct Counted {
    store: MemoryStore,
    rows: AtomicUsize,
    asked: AtomicUsize,
    gate: Gate,
}

/// Where whoever lists users waits while it is shut, or memberships far down a long list.
#[derive(Default)]
struct Gate {
    is_shut: Mutex<bool>,
    opened: Condvar,
    waiting: AtomicUsize,
    most: AtomicUsize,
}

impl Counted {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// `(rows, questions)` since this was last called.
    pub(crate) fn taken(&self) -> (usize, usize) {
        (self.rows.swap(0, Ordering::SeqCst), self.asked.swap(0, Ordering::SeqCst))
    }

    /// From now on, whoever lists users waits, and whoever lists memberships beyond [`FAR`]; or no longer.
    pub(crate) fn shut(&self, is_shut: bool) {
        *self.gate.is_shut.lock().unwrap() = is_shut;
        self.gate.opened.notify_all();
    }

    /// How many wait at the gate, and how many ever did at once.
    pub(crate) fn waiting(&self) -> (usize, usize) {
        (self.gate.waiting.load(Ordering::SeqCst), self.gate.most.load(Ordering::SeqCst))
    }

    fn pass(&self) {
        let mut is_shut = self.gate.is_shut.lock().unwrap();
        if *is_shut {
            let waiting = self.gate.waiting.fetch_add(1, Ordering::SeqCst) + 1;
            self.gate.most.fetch_max(waiting, Ordering::SeqCst);
            while *is_shut {
                is_shut = self.gate.opened.wait(is_shut).unwrap();
            }
            self.gate.waiting.fetch_sub(1, Ordering::SeqCst);
        }
    }

    fn many<T>(&self, read: Result<Vec<T>, StoreError>) -> Result<Vec<T>, StoreError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.rows.fetch_add(read.as_ref().map_or(0, Vec::len), Ordering::SeqCst);
        read
    }
}

impl Store for Counted {
    fn commit(&self, commits: &[Commit]) -> Result<Vec<Revision>, StoreError> {
        self.store.commit(commits)
    }

    fn revision(&self, app: &str) -> Result<Revision, StoreError> {
        self.store.revision(app)
    }

    fn apps(&self) -> Result<Vec<String>, StoreError> {
        self.store.apps()
    }

    fn load(&self, app: &str, each: &mut dyn FnMut(Change)) -> Result<Revision, StoreError> {
        self.store.load(app, each)
    }

    fn changes_after(&self, app: &str, after: Revision, limit: usize) -> Result<Vec<Committed>, StoreError> {
        self.many(self.store.changes_after(app, after, limit))
    }

    fn document(&self, app: &str, kind: &str, id: &str) -> Result<Option<Value>, StoreError> {
        let found = self.store.document(app, kind, id)?;
        self.many(Ok(found.iter().collect()))?;
        Ok(found)
    }

    fn documents(&self, app: &str, kind: &str, ids: &[&str]) -> Result<Vec<(String, Value)>, StoreError> {
        self.many(self.store.documents(app, kind, ids))
    }

    fn scan_documents(
        &self,
        app: &str,
        kind: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Value)>, StoreError> {
        self.many(self.store.scan_documents(app, kind, prefix, after, limit))
    }

    fn members(&self, app: &str, channel: &ChannelId, after: Option<&str>, limit: usize) -> Result<Vec<Member>, StoreError> {
        self.many(self.store.members(app, channel, after, limit))
    }

    fn member_count(&self, app: &str, channel: &ChannelId) -> Result<u64, StoreError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.store.member_count(app, channel)
    }

    fn memberships(&self, app: &str, user: &str, after: Option<&ChannelId>, limit: usize) -> Result<Vec<Member>, StoreError> {
        if after.is_some_and(|after| after.as_str() >= FAR) {
            self.pass();
        }
        self.many(self.store.memberships(app, user, after, limit))
    }

    fn users(&self, app: &str, after: Option<&str>, limit: usize) -> Result<Vec<User>, StoreError> {
        self.pass();
        self.many(self.store.users(app, after, limit))
    }

    fn channels(&self, app: &str, channel_type: Option<&str>, after: Option<&ChannelId>, limit: usize) -> Result<Vec<Channel>, StoreError> {
        self.many(self.store.channels(app, channel_type, after, limit))
    }

    fn relations(
        &self,
        app: &str,
        kind: RelationKind,
        user: Option<&str>,
        after: Option<&Relation>,
        limit: usize,
    ) -> Result<Vec<Relation>, StoreError> {
        self.many(self.store.relations(app, kind, user, after, limit))
    }

    fn remove_app(&self, app: &str) -> Result<(), StoreError> {
        self.store.remove_app(app)
    }

    fn backup(&self, to: &Path) -> Result<(), StoreError> {
        self.store.backup(to)
    }
}
