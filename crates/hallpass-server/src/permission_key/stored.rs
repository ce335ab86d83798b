//! Where the values that were set are kept: one document for each role, for each scope of the app, for each scope of a group.

use std::collections::BTreeSet;

use hallpass::Timestamp;
use hallpass_store::{Store, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::setting::Settings;
use crate::tenant::Tenant;

/// Kind of the documents of roles; the id is the role.
pub(super) const ROLE_PERMISSIONS: &str = "role_permissions";
/// Kind of the documents of scopes in the whole app; the id is the scope.
pub(super) const SCOPE_DEFAULTS: &str = "scope_defaults";
/// Kind of the documents of scopes in a group; the id is the group and the scope.
pub(super) const SCOPE_PERMISSIONS: &str = "scope_permissions";

/// What was set, and when.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Stored {
    /// By key.
    pub(crate) settings: Settings,
    /// Keys that a role's `settings` narrow to friends besides.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) friends_only: BTreeSet<String>,
    /// When it was last changed.
    pub(crate) updated_at: Option<Timestamp>,
}

impl Stored {
    /// Whether nothing is set.
    pub(super) fn is_empty(&self) -> bool {
        self.settings.is_empty() && self.friends_only.is_empty()
    }
}

/// What the ids of all documents of a group's scopes start with.
pub(super) fn group_prefix(guid: &str) -> String {
    format!("{guid}\u{1f}")
}

/// What is set for a role.
pub(crate) async fn of_role(tenant: &Tenant, role: &str) -> Result<Stored, StoreError> {
    one(tenant, ROLE_PERMISSIONS, role.to_owned()).await
}

/// What is set for a scope in the whole app.
pub(crate) async fn of_scope(tenant: &Tenant, scope: &str) -> Result<Stored, StoreError> {
    one(tenant, SCOPE_DEFAULTS, scope.to_owned()).await
}

/// What is set for a scope in a group.
pub(crate) async fn of_group(tenant: &Tenant, guid: &str, scope: &str) -> Result<Stored, StoreError> {
    one(tenant, SCOPE_PERMISSIONS, format!("{}{scope}", group_prefix(guid))).await
}

async fn one(tenant: &Tenant, kind: &'static str, id: String) -> Result<Stored, StoreError> {
    Ok(tenant.document(kind, id).await?.map(read).unwrap_or_default())
}

/// All documents of a kind, by id.
pub(super) async fn all(tenant: &Tenant, kind: &'static str) -> Result<Vec<(String, Stored)>, StoreError> {
    let found = tenant.read(move |store, app| scan(store, app, kind)).await?;
    Ok(found.into_iter().map(|(id, body)| (id, read(body))).collect())
}

fn scan(store: &dyn Store, app: &str, kind: &str) -> Result<Vec<(String, Value)>, StoreError> {
    const AT_ONCE: usize = 1_000;
    let mut all: Vec<(String, Value)> = Vec::new();
    loop {
        let after = all.last().map(|(id, _)| id.clone());
        let page = store.scan_documents(app, kind, "", after.as_deref(), AT_ONCE)?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

/// What cannot be read as values sets nothing; the grants that were made of it stay.
fn read(body: Value) -> Stored {
    serde_json::from_value(body).unwrap_or_else(|error| {
        tracing::error!(%error, "a document of permissions cannot be read");
        Stored::default()
    })
}
