//! OAuth clients: apps that act for accounts, each with the scopes that it is configured for and where it may be sent back to.

use std::collections::BTreeSet;

use hallpass::{Change, Client, Timestamp};
use serde::{Deserialize, Serialize};

use super::{OauthError, book, read, secret, write};
use crate::key::{KeyDigest, Secret, random_hex};
use crate::lock::Footprint;
use crate::record::VendorKeys;
use crate::tenant::Tenant;

/// Kind of the documents.
pub(crate) const KIND: &str = "oauth_client";
/// Most addresses to be sent back to.
pub(crate) const REDIRECTS_MAX: usize = 50;
/// Most clients of an app: one listing shows them all.
pub(crate) const CLIENTS_MAX: usize = 1_000;

/// Where a client runs, which decides whether it can keep a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ClientType {
    /// On a server: keeps its secret.
    ServerSideApp,
    /// In a browser.
    JavascriptApp,
    /// On a phone or desktop.
    Mobile,
}

/// Who may use it, and whether they are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Visibility {
    /// Of the organization's own making: nobody is asked for consent unless the client wants it (`prompt=consent`).
    Private,
    /// Consent is asked for.
    Public,
}

/// A client, as stored beside its fact.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ClientRecord {
    /// Id; public.
    pub(crate) id: String,
    /// Name, for the consent page.
    pub(crate) name: String,
    /// Where it runs.
    #[serde(rename = "type")]
    pub(crate) kind: ClientType,
    /// Whether consent is asked for.
    pub(crate) visibility: Visibility,
    /// Where it may be sent back to.
    pub(crate) redirect_uris: Vec<String>,
    /// Digest of its secret; public clients have none, and the app's first one has its in the app's record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) secret: Option<KeyDigest>,
    /// When it was made.
    pub(crate) created_at: Timestamp,
    /// Scopes that it is configured for. Those of the fact; not stored here.
    #[serde(skip)]
    pub(crate) scopes: BTreeSet<String>,
}

impl ClientRecord {
    /// Whether it cannot keep a secret: it must use PKCE, and its refresh tokens rotate.
    pub(crate) fn is_public(&self) -> bool {
        self.kind != ClientType::ServerSideApp
    }

    /// Whether this is its secret. A public client has none, and shows none.
    pub(crate) fn knows(&self, secret: &str) -> bool {
        self.secret.as_ref().is_some_and(|digest| digest.matches(&KeyDigest::of(secret)))
    }
}

/// The client that came with the app, before anything was said of it.
fn first(tenant: &Tenant, id: &str) -> Option<ClientRecord> {
    let record = tenant.record();
    match &record.vendor {
        VendorKeys::Livechat { client_id, client_secret, .. } if client_id == id => Some(ClientRecord {
            id: id.to_owned(),
            name: format!("First client of {}", record.id),
            kind: ClientType::ServerSideApp,
            visibility: Visibility::Public,
            redirect_uris: Vec::new(),
            secret: Some(*client_secret),
            created_at: record.created_at,
            scopes: BTreeSet::new(),
        }),
        _ => None,
    }
}

/// A client of the app.
///
/// # Errors
/// When the store fails.
pub(crate) async fn find(tenant: &Tenant, id: &str) -> Result<Option<ClientRecord>, OauthError> {
    let Some(Client { scopes, .. }) = tenant.engine().client(id) else { return Ok(None) };
    let first = first(tenant, id);
    let stored = read::<ClientRecord>(tenant, KIND, id).await?;
    Ok(match (stored, first) {
        // The secret of the first client is rotated with the app's keys.
        (Some(stored), Some(first)) => Some(ClientRecord { secret: first.secret.filter(|_| !stored.is_public()), scopes, ..stored }),
        (Some(stored), None) => Some(ClientRecord { scopes, ..stored }),
        (None, Some(first)) => Some(ClientRecord { scopes, ..first }),
        // A fact alone (imported in bulk): it may be named as an owner, but nobody is sent back to it.
        (None, None) => None,
    })
}

/// All clients, by id.
///
/// # Errors
/// When the store fails.
pub(crate) async fn list(tenant: &Tenant) -> Result<Vec<ClientRecord>, OauthError> {
    let documents = tenant.read(|store, app| store.scan_documents(app, KIND, "", None, CLIENTS_MAX)).await?;
    let mut ids: BTreeSet<String> = documents.into_iter().map(|(id, _)| id).collect();
    if let VendorKeys::Livechat { client_id, .. } = &tenant.record().vendor {
        ids.insert(client_id.clone());
    }
    let mut found = Vec::new();
    for id in ids {
        found.extend(find(tenant, &id).await?);
    }
    Ok(found)
}

/// An id for a new client: it begins with the organization's mark, so that a browser that comes with nothing else finds its app, and no app
/// can make a client by the id of another's.
fn new_id(tenant: &Tenant) -> String {
    let mark = tenant.organization().map(|id| secret::mark_of(&id)).unwrap_or_default();
    format!("{mark}{}", random_hex(16))
}

/// What a client is to be. What is left out stays as it is, or as new ones are.
#[derive(Debug, Clone, Default)]
pub(crate) struct ClientForm {
    /// Name.
    pub(crate) name: Option<String>,
    /// Where it runs.
    pub(crate) kind: Option<ClientType>,
    /// Whether consent is asked for.
    pub(crate) visibility: Option<Visibility>,
    /// Where it may be sent back to.
    pub(crate) redirect_uris: Option<Vec<String>>,
    /// Scopes, checked before.
    pub(crate) scopes: Option<BTreeSet<String>>,
}

/// Makes a client, or changes one (all of it but its secret). Answers with the secret of a new one that can keep it; with nothing where
/// there is no such client (any more). What it was before is read once nobody else can change it.
///
/// The secret of the app's first client is one of the app's keys: it gets no other here, and it is rotated there.
///
/// What a client is not configured for any more, its tokens cannot use from the next call on: the second layer has it no more.
///
/// # Errors
/// When the store fails.
pub(crate) async fn put(
    tenant: &std::sync::Arc<Tenant>,
    author: &str,
    id: Option<&str>,
    form: ClientForm,
) -> Result<Option<(ClientRecord, Option<Secret>)>, OauthError> {
    let (id, is_new) = id.map_or_else(|| (new_id(tenant), true), |id| (id.to_owned(), false));
    let edit = tenant.edit(Footprint::facts().entity("client", id.clone())).await?;
    let before = match find(tenant, &id).await? {
        Some(before) => before,
        None if is_new => ClientRecord {
            id: id.clone(),
            name: String::new(),
            kind: ClientType::ServerSideApp,
            visibility: Visibility::Public,
            redirect_uris: Vec::new(),
            secret: None,
            created_at: tenant.now(),
            scopes: BTreeSet::new(),
        },
        None => return Ok(None),
    };
    let kind = form.kind.unwrap_or(before.kind);
    let keeps_secret = kind == ClientType::ServerSideApp;
    let needs_secret = keeps_secret && before.secret.is_none() && first(tenant, &id).is_none();
    let made = needs_secret.then(|| Secret::new(random_hex(32)));
    let scopes = form.scopes.unwrap_or(before.scopes);
    let record = ClientRecord {
        name: form.name.unwrap_or(before.name),
        kind,
        visibility: form.visibility.unwrap_or(before.visibility),
        redirect_uris: form.redirect_uris.unwrap_or(before.redirect_uris),
        secret: made.as_ref().map(|made| KeyDigest::of(made.expose())).or(before.secret).filter(|_| keeps_secret),
        scopes: scopes.clone(),
        ..before
    };
    let documents = vec![write(KIND, id.clone(), &record)?];
    edit.commit(author, vec![Change::ClientPut(Client { id, scopes })], documents).await?;
    Ok(Some((record, made)))
}

/// Removes a client. Its tokens hold nothing from the next call on, and are removed with it.
///
/// # Errors
/// When the store fails.
pub(crate) async fn remove(tenant: &std::sync::Arc<Tenant>, author: &str, id: &str) -> Result<bool, OauthError> {
    // Every account may have tokens of it.
    let edit = tenant.edit(Footprint::policy()).await?;
    if tenant.engine().client(id).is_none() {
        return Ok(false);
    }
    let (mut changes, mut documents) = book::all_of_client(tenant, id).await?;
    changes.push(Change::ClientRemoved { id: id.to_owned() });
    documents.push(hallpass_store::DocumentWrite::delete(KIND, id));
    edit.commit(author, changes, documents).await?;
    Ok(true)
}
