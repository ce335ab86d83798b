//! Reading and writing what this face keeps beside the facts. Facts decide; documents are only shown.
//!
//! A user, group or member may have facts and no document (bulk import knows facts only). It is then shown with defaults.

use std::collections::BTreeMap;

use hallpass::Timestamp;
use hallpass_store::DocumentWrite;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::CometError;
use crate::tenant::Tenant;

/// Between the parts of a document's id; no id of anything holds it.
pub(super) const SEPARATOR: char = '\u{1f}';

/// A document to write.
///
/// # Errors
/// When it cannot be written as JSON, which no document of this face gives cause for.
pub(super) fn put(kind: &str, id: &str, body: &impl Serialize) -> Result<DocumentWrite, CometError> {
    serde_json::to_value(body).map(|body| DocumentWrite::put(kind, id, body)).map_err(CometError::internal)
}

fn read<T: DeserializeOwned>(body: Value) -> Result<T, CometError> {
    serde_json::from_value(body).map_err(CometError::internal)
}

/// One document.
pub(super) async fn one<T: DeserializeOwned>(tenant: &Tenant, kind: &'static str, id: &str) -> Result<Option<T>, CometError> {
    tenant.document(kind, id).await.map_err(CometError::internal)?.map(read).transpose()
}

/// Several documents of one kind, by id; those that are not there are left out.
pub(super) async fn several<T: DeserializeOwned>(
    tenant: &Tenant,
    kind: &'static str,
    ids: Vec<String>,
) -> Result<BTreeMap<String, T>, CometError> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found = tenant
        .read(move |store, app| store.documents(app, kind, &ids.iter().map(String::as_str).collect::<Vec<_>>()))
        .await
        .map_err(CometError::internal)?;
    found.into_iter().map(|(id, body)| Ok((id, read(body)?))).collect()
}

/// All documents of a kind whose ids start with `prefix`, ordered by id.
pub(super) async fn all<T: DeserializeOwned>(tenant: &Tenant, kind: &'static str, prefix: &str) -> Result<Vec<(String, T)>, CometError> {
    const AT_ONCE: usize = 1_000;
    let prefix = prefix.to_owned();
    let found = tenant
        .read(move |store, app| {
            let mut all = Vec::new();
            loop {
                let after = all.last().map(|(id, _): &(String, Value)| id.clone());
                let page = store.scan_documents(app, kind, &prefix, after.as_deref(), AT_ONCE)?;
                if page.is_empty() {
                    return Ok(all);
                }
                all.extend(page);
            }
        })
        .await
        .map_err(CometError::internal)?;
    found.into_iter().map(|(id, body)| Ok((id, read(body)?))).collect()
}

/// A time as this API writes it: seconds since 1970.
pub(super) fn seconds(at: Timestamp) -> u64 {
    at.as_ms() / 1_000
}

/// When things that nobody noted the time of are said to have been made: when the app was.
pub(super) fn unknown_time(tenant: &Tenant) -> Timestamp {
    tenant.record().created_at
}
