//! The first start on an empty data directory: keys, and one demo app per profile with a few people in it.

use std::path::Path;

use hallpass::Timestamp;
use hallpass_store::{Commit, DocumentWrite, Store, StoreError};

use crate::administration::{AdministrationError, BUILT_IN_PROFILES, Draft, NewApp, ROOT_AUTHOR};
use crate::credentials::{Credentials, CredentialsError};
use crate::key::{KeyDigest, Secret, root_key};
use crate::record::SYSTEM_APP;
use crate::seed;
use crate::service::{ROOT_ID, ROOT_KIND, RootRecord};

/// A first run that did not come to its end. The next start tries again from the beginning.
#[derive(Debug, thiserror::Error)]
pub enum FirstRunError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A demo app cannot be made.
    #[error(transparent)]
    App(#[from] AdministrationError),
    /// The credentials cannot be written.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
}

/// Prepares an empty store; does nothing to one that was prepared before. Answers whether it was empty.
///
/// The keys are written before they are stored, and everything is stored in one transaction: a crash in between leaves a file with keys
/// that open nothing, and the next start writes new ones.
///
/// # Errors
/// When the store or the file cannot be written.
pub fn prepare(store: &dyn Store, credentials: &Path, now: Timestamp) -> Result<bool, FirstRunError> {
    if store.document(SYSTEM_APP, ROOT_KIND, ROOT_ID)?.is_some() {
        return Ok(false);
    }
    // A damaged store may only look empty, and its credentials are still needed.
    store.checked()?;
    let root_key = Secret::new(root_key());
    let mut commits = Vec::new();
    let mut apps = Vec::new();
    for profile in BUILT_IN_PROFILES {
        let app = NewApp { id: Some(format!("demo-{profile}")), profile: profile.to_owned(), catalogue: None };
        let mut draft = Draft::new(app, now)?;
        draft.facts.extend(seed::demo_facts(profile));
        commits.extend(draft.commits()?);
        apps.push(draft.credentials);
    }
    Credentials { root_key: root_key.clone(), apps }.write(credentials)?;
    commits.push(new_root_key(&root_key, now)?);
    store.commit(&commits)?;
    Ok(true)
}

/// Puts a new root key in place of one that was lost, and writes it into the credentials file.
///
/// # Errors
/// When the store or the file cannot be written.
pub fn replace_root_key(store: &dyn Store, credentials: &Path, now: Timestamp) -> Result<(), FirstRunError> {
    // The file is written first, and should not change where the commit is refused.
    store.checked()?;
    let root_key = Secret::new(root_key());
    let apps = Credentials::read(credentials)?.map(|file| file.apps).unwrap_or_default();
    Credentials { root_key: root_key.clone(), apps }.write(credentials)?;
    store.commit(&[new_root_key(&root_key, now)?])?;
    Ok(())
}

fn new_root_key(key: &Secret, now: Timestamp) -> Result<Commit, FirstRunError> {
    let record = RootRecord { digest: KeyDigest::of(key.expose()), created_at: now };
    let body = serde_json::to_value(record).map_err(AdministrationError::from)?;
    Ok(Commit {
        app: SYSTEM_APP.to_owned(),
        author: ROOT_AUTHOR.to_owned(),
        at: now,
        changes: Vec::new(),
        documents: vec![DocumentWrite::put(ROOT_KIND, ROOT_ID, body)],
    })
}
