//! A store that forgets everything when it is dropped. For tests.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::Path;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use hallpass::{Change, Channel, ChannelId, Member, Relation, RelationKind, Revision, User};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::commit::{Commit, Committed, DocumentKey};
use crate::error::StoreError;
use crate::store::{PAGE_BYTES, Store};

mod state;

use state::MemoryState;

/// Keeps everything in memory, with the semantics of the durable stores.
#[derive(Debug, Default)]
pub struct MemoryStore {
    apps: RwLock<BTreeMap<String, MemoryApp>>,
}

#[derive(Debug, Default)]
struct MemoryApp {
    log: Vec<Committed>,
    state: MemoryState,
}

impl MemoryApp {
    fn revision(&self) -> Revision {
        self.log.last().map(|last| last.revision).unwrap_or_default()
    }

    fn commit(&mut self, commit: &Commit) -> Revision {
        let committed = commit.clone().into_committed(self.revision().next());
        self.state.fold_all(&committed.changes);
        for write in &commit.documents {
            match &write.body {
                Some(body) => self.state.put_document(&write.kind, &write.id, body.clone()),
                None => self.state.delete_document(&write.kind, &write.id),
            }
        }
        let revision = committed.revision;
        self.log.push(committed);
        revision
    }
}

/// What a backup of a memory store holds: the log, and what is not in the log.
#[derive(Serialize, Deserialize)]
struct Backup {
    log: Vec<Committed>,
    documents: Vec<(String, DocumentKey, Value)>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// A store with what a backup of a memory store holds.
    ///
    /// # Errors
    /// When the file cannot be read or is not such a backup.
    pub fn from_backup(path: &Path) -> Result<Self, StoreError> {
        let file = File::open(path).map_err(StoreError::directory("open", path))?;
        let backup: Backup = serde_json::from_reader(BufReader::new(file))
            .map_err(|error| StoreError::Damaged { path: path.to_owned(), problem: error.to_string() })?;
        let store = Self::new();
        {
            let mut apps = store.write();
            for committed in backup.log {
                let app = apps.entry(committed.app.clone()).or_default();
                app.state.fold_all(&committed.changes);
                app.log.push(committed);
            }
            for (app, DocumentKey { kind, id }, document) in backup.documents {
                apps.entry(app).or_default().state.put_document(&kind, &id, document);
            }
        }
        Ok(store)
    }

    // Nothing panics between the first and the last write of a commit, so a poisoned lock guards whole commits all the same.
    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<String, MemoryApp>> {
        self.apps.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<String, MemoryApp>> {
        self.apps.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn commit(&self, commits: &[Commit]) -> Result<Vec<Revision>, StoreError> {
        commits.iter().try_for_each(Commit::check)?;
        let mut apps = self.write();
        Ok(commits.iter().map(|commit| apps.entry(commit.app.clone()).or_default().commit(commit)).collect())
    }

    fn revision(&self, app: &str) -> Result<Revision, StoreError> {
        Ok(self.read().get(app).map(MemoryApp::revision).unwrap_or_default())
    }

    fn apps(&self) -> Result<Vec<String>, StoreError> {
        Ok(self.read().keys().cloned().collect())
    }

    fn load(&self, app: &str, each: &mut dyn FnMut(Change)) -> Result<Revision, StoreError> {
        let apps = self.read();
        let Some(app) = apps.get(app) else {
            return Ok(Revision::default());
        };
        app.state.load(each);
        Ok(app.revision())
    }

    fn changes_after(&self, app: &str, after: Revision, limit: usize) -> Result<Vec<Committed>, StoreError> {
        let apps = self.read();
        let Some(app) = apps.get(app) else {
            return Ok(Vec::new());
        };
        let mut page = Vec::new();
        let mut bytes = 0;
        for committed in app.log.iter().skip_while(|committed| committed.revision <= after).take(limit) {
            bytes += serde_json::to_vec(&committed.changes).map_or(0, |json| json.len());
            if bytes > PAGE_BYTES && !page.is_empty() {
                break;
            }
            page.push(committed.clone());
        }
        Ok(page)
    }

    fn document(&self, app: &str, kind: &str, id: &str) -> Result<Option<Value>, StoreError> {
        Ok(self.read().get(app).and_then(|app| app.state.document(kind, id).cloned()))
    }

    fn documents(&self, app: &str, kind: &str, ids: &[&str]) -> Result<Vec<(String, Value)>, StoreError> {
        let apps = self.read();
        let Some(app) = apps.get(app) else {
            return Ok(Vec::new());
        };
        let found = ids.iter().filter_map(|id| Some(((*id).to_owned(), app.state.document(kind, id)?.clone())));
        Ok(found.collect())
    }

    fn scan_documents(
        &self,
        app: &str,
        kind: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Value)>, StoreError> {
        let apps = self.read();
        let Some(app) = apps.get(app) else {
            return Ok(Vec::new());
        };
        Ok(app.state.scan_documents(kind, prefix, after).take(limit).collect())
    }

    fn members(&self, app: &str, channel: &ChannelId, after: Option<&str>, limit: usize) -> Result<Vec<Member>, StoreError> {
        let apps = self.read();
        let Some(app) = apps.get(app) else {
            return Ok(Vec::new());
        };
        Ok(app.state.members(channel, after).take(limit).collect())
    }

    fn member_count(&self, app: &str, channel: &ChannelId) -> Result<u64, StoreError> {
        Ok(self.read().get(app).map_or(0, |app| app.state.member_count(channel) as u64))
    }

    fn memberships(&self, app: &str, user: &str, after: Option<&ChannelId>, limit: usize) -> Result<Vec<Member>, StoreError> {
        let apps = self.read();
        let Some(app) = apps.get(app) else {
            return Ok(Vec::new());
        };
        Ok(app.state.memberships(user, after).take(limit).collect())
    }

    fn users(&self, app: &str, after: Option<&str>, limit: usize) -> Result<Vec<User>, StoreError> {
        let apps = self.read();
        let Some(app) = apps.get(app) else {
            return Ok(Vec::new());
        };
        Ok(app.state.users(after).take(limit).collect())
    }

    fn channels(&self, app: &str, channel_type: Option<&str>, after: Option<&ChannelId>, limit: usize) -> Result<Vec<Channel>, StoreError> {
        let apps = self.read();
        let Some(app) = apps.get(app) else {
            return Ok(Vec::new());
        };
        Ok(app.state.channels(channel_type, after).take(limit).collect())
    }

    fn relations(
        &self,
        app: &str,
        kind: RelationKind,
        user: Option<&str>,
        after: Option<&Relation>,
        limit: usize,
    ) -> Result<Vec<Relation>, StoreError> {
        let apps = self.read();
        let Some(app) = apps.get(app) else {
            return Ok(Vec::new());
        };
        Ok(app.state.relations(kind, user, after).take(limit).collect())
    }

    fn remove_app(&self, app: &str) -> Result<(), StoreError> {
        self.write().remove(app);
        Ok(())
    }

    fn backup(&self, to: &Path) -> Result<(), StoreError> {
        let backup = {
            let apps = self.read();
            Backup {
                log: apps.values().flat_map(|app| app.log.iter().cloned()).collect(),
                documents: apps
                    .iter()
                    .flat_map(|(name, app)| app.state.all_documents().map(|(key, body)| (name.clone(), key, body)))
                    .collect(),
            }
        };
        let file = File::create_new(to).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => StoreError::BackupExists { path: to.to_owned() },
            _ => StoreError::directory("create", to)(error),
        })?;
        let mut file = BufWriter::new(file);
        serde_json::to_writer(&mut file, &backup).map_err(|error| StoreError::directory("write", to)(error.into()))?;
        file.flush().map_err(StoreError::directory("write", to))
    }
}
