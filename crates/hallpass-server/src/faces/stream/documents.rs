//! What Stream's face keeps beside the facts: names, images, custom fields, times. Facts decide; documents are only shown.
//!
//! A user, channel or member may have facts and no document (bulk import knows facts only). It is then shown with defaults.

use std::collections::BTreeMap;

use hallpass::{ChannelId, Timestamp};
use hallpass_store::{DocumentWrite, kind};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::error::StreamError;
use crate::tenant::Tenant;

/// Kind of the one document with the app's settings, and its id.
pub(super) const SETTINGS: (&str, &str) = ("app", "settings");
/// Kind of documents about custom roles.
pub(super) const ROLE: &str = "role";
/// Kind of documents about custom permissions.
pub(super) const PERMISSION: &str = "permission";
/// Kind of documents about channel types.
pub(super) const CHANNEL_TYPE: &str = "channel_type";

/// Settings of an app that only this face knows. Those that decide are [`hallpass::Settings`].
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct AppSettings {
    /// Tokens need no signature.
    pub(super) disable_auth_checks: bool,
    /// `POST /guest` is switched off.
    pub(super) guest_user_creation_disabled: bool,
    /// User tokens made before are worth nothing.
    pub(super) revoke_tokens_issued_before: Option<Timestamp>,
    /// Settings that are kept and shown, and change nothing here.
    pub(super) shown: Map<String, Value>,
    /// When they last changed.
    pub(super) updated_at: Option<Timestamp>,
}

/// A user, as shown.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct UserDocument {
    pub(super) name: Option<String>,
    pub(super) image: Option<String>,
    pub(super) language: Option<String>,
    pub(super) invisible: bool,
    pub(super) privacy_settings: Option<Value>,
    pub(super) custom: Map<String, Value>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) deactivated_at: Option<Timestamp>,
    pub(super) deleted_at: Option<Timestamp>,
    /// Tokens of this user made before are worth nothing.
    pub(super) revoke_tokens_issued_before: Option<Timestamp>,
}

/// A channel, as shown.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ChannelDocument {
    pub(super) custom: Map<String, Value>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) deleted_at: Option<Timestamp>,
    pub(super) last_message_at: Option<Timestamp>,
    pub(super) truncated_at: Option<Timestamp>,
    /// The members that it is named by, where it is named by its members.
    pub(super) distinct_members: Vec<String>,
    /// `config_overrides` as they were set, but for `grants`, which are facts.
    pub(super) overrides: Map<String, Value>,
    pub(super) filter_tags: Vec<String>,
    /// Settings that are kept and shown, and change nothing here.
    pub(super) shown: Map<String, Value>,
}

impl ChannelDocument {
    /// Whether the channel is named by its members instead of an id.
    pub(super) fn is_distinct(&self) -> bool {
        !self.distinct_members.is_empty()
    }
}

/// A membership, as shown.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct MemberDocument {
    pub(super) custom: Map<String, Value>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) invite_accepted_at: Option<Timestamp>,
    pub(super) invite_rejected_at: Option<Timestamp>,
    pub(super) pinned_at: Option<Timestamp>,
    pub(super) archived_at: Option<Timestamp>,
}

/// A channel type, as shown.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ChannelTypeDocument {
    /// Settings that differ from the defaults, but for features, which are facts.
    pub(super) config: Map<String, Value>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

/// A custom role, as shown.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct RoleDocument {
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

/// A custom permission, as shown.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct PermissionDocument {
    pub(super) name: String,
    pub(super) description: String,
    /// The condition as it was sent.
    pub(super) condition: Value,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

/// A document to write.
///
/// # Errors
/// When it cannot be written as JSON, which no document of this file gives cause for.
pub(super) fn put(kind: &str, id: &str, body: &impl Serialize) -> Result<DocumentWrite, StreamError> {
    serde_json::to_value(body).map(|body| DocumentWrite::put(kind, id, body)).map_err(StreamError::internal)
}

fn read_body<T: DeserializeOwned>(body: Value) -> Result<T, StreamError> {
    serde_json::from_value(body).map_err(StreamError::internal)
}

async fn one<T: DeserializeOwned>(tenant: &Tenant, kind: &'static str, id: &str) -> Result<Option<T>, StreamError> {
    tenant.document(kind, id).await.map_err(StreamError::internal)?.map(read_body).transpose()
}

/// Several documents of one kind, by id; those that are not there are left out.
pub(super) async fn several<T: DeserializeOwned>(
    tenant: &Tenant,
    kind: &'static str,
    ids: Vec<String>,
) -> Result<BTreeMap<String, T>, StreamError> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found = tenant
        .read(move |store, app| store.documents(app, kind, &ids.iter().map(String::as_str).collect::<Vec<_>>()))
        .await
        .map_err(StreamError::internal)?;
    found.into_iter().map(|(id, body)| Ok((id, read_body(body)?))).collect()
}

/// All documents of a kind of which there are few: roles, permissions, channel types.
pub(super) async fn all<T: DeserializeOwned>(tenant: &Tenant, kind: &'static str) -> Result<BTreeMap<String, T>, StreamError> {
    /// More than the catalogue lets an app have of any of them.
    const MOST: usize = 10_000;
    let found = tenant.read(move |store, app| store.scan_documents(app, kind, "", None, MOST)).await.map_err(StreamError::internal)?;
    found.into_iter().map(|(id, body)| Ok((id, read_body(body)?))).collect()
}

/// All documents of a kind whose ids start with `prefix`, however many.
pub(super) async fn scan<T: DeserializeOwned>(
    tenant: &Tenant,
    kind: &'static str,
    prefix: &str,
) -> Result<BTreeMap<String, T>, StreamError> {
    /// Read from the store at a time.
    const PAGE: usize = 1000;
    let (mut all, mut after) = (BTreeMap::new(), None::<String>);
    loop {
        let (prefix, from) = (prefix.to_owned(), after.take());
        let read = tenant.read(move |store, app| store.scan_documents(app, kind, &prefix, from.as_deref(), PAGE));
        let page = read.await.map_err(StreamError::internal)?;
        let Some((last, _)) = page.last() else { return Ok(all) };
        after = Some(last.clone());
        for (id, body) in page {
            all.insert(id, read_body(body)?);
        }
    }
}

pub(super) async fn app_settings(tenant: &Tenant) -> Result<AppSettings, StreamError> {
    Ok(one(tenant, SETTINGS.0, SETTINGS.1).await?.unwrap_or_default())
}

pub(super) async fn user(tenant: &Tenant, id: &str) -> Result<Option<UserDocument>, StreamError> {
    one(tenant, kind::USER, id).await
}

pub(super) async fn users(tenant: &Tenant, ids: Vec<String>) -> Result<BTreeMap<String, UserDocument>, StreamError> {
    several(tenant, kind::USER, ids).await
}

pub(super) async fn channel(tenant: &Tenant, id: &ChannelId) -> Result<Option<ChannelDocument>, StreamError> {
    one(tenant, kind::CHANNEL, id.as_str()).await
}

pub(super) async fn channel_type(tenant: &Tenant, name: &str) -> Result<Option<ChannelTypeDocument>, StreamError> {
    one(tenant, CHANNEL_TYPE, name).await
}

/// When things that nobody noted the time of are said to have been made: when the app was.
pub(super) fn unknown_time(tenant: &Tenant) -> Timestamp {
    tenant.record().created_at
}
