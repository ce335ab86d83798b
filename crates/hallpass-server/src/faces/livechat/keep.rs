//! Documents of this face: what is shown, and never decides.
//!
//! A person or chat may have facts and no document (bulk import knows facts only). It is then shown with defaults.

use hallpass_store::DocumentWrite;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::call::Call;
use super::fault::Fault;
use crate::key::random_text;
use crate::tenant::Tenant;

/// Between the parts of a composed id. No id that callers choose holds it.
pub(super) const SEPARATOR: char = '\u{1f}';

/// Documents read at a time.
const PAGE: usize = 1_000;

/// Parts, as one id.
pub(super) fn composed(parts: &[&str]) -> String {
    parts.join("\u{1f}")
}

/// A new id in the vendor's form, such as `PJ0MRSHTDG`.
pub(super) fn fresh_id() -> String {
    random_text(10).to_ascii_uppercase()
}

/// There is no such thing.
pub(super) fn missing(what: &str, id: &str) -> Fault {
    let shown: String = id.chars().take(60).collect();
    Fault::not_found(format!("there is no {what} '{shown}'"))
}

/// One document; `None` if it is not there.
///
/// # Errors
/// When the store fails or holds what this version does not understand.
pub(super) async fn find<T: DeserializeOwned>(call: &Call, kind: &'static str, id: &str) -> Result<Option<T>, Fault> {
    let found = call.tenant.document(kind, id).await.map_err(Fault::internal)?;
    found.map(parse).transpose()
}

/// Documents by id, in the order of the ids; those that are not there are left out.
///
/// # Errors
/// When the store fails or holds what this version does not understand.
pub(super) async fn several<T: DeserializeOwned>(call: &Call, kind: &'static str, ids: Vec<String>) -> Result<Vec<(String, T)>, Fault> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let read = move |store: &dyn hallpass_store::Store, app: &str| {
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        store.documents(app, kind, &ids)
    };
    let found = call.tenant.read(read).await.map_err(Fault::internal)?;
    found.into_iter().map(|(id, body)| Ok((id, parse(body)?))).collect()
}

/// All documents whose id starts with `prefix`, by id.
///
/// # Errors
/// When the store fails or holds what this version does not understand.
pub(super) async fn all<T: DeserializeOwned>(call: &Call, kind: &'static str, prefix: String) -> Result<Vec<(String, T)>, Fault> {
    all_of(&call.tenant, kind, prefix).await
}

/// The same, outside of a request.
///
/// # Errors
/// When the store fails or holds what this version does not understand.
pub(super) async fn all_of<T: DeserializeOwned>(tenant: &Tenant, kind: &'static str, prefix: String) -> Result<Vec<(String, T)>, Fault> {
    let read = move |store: &dyn hallpass_store::Store, app: &str| {
        let mut found: Vec<(String, Value)> = Vec::new();
        loop {
            let after = found.last().map(|(id, _)| id.clone());
            let page = store.scan_documents(app, kind, &prefix, after.as_deref(), PAGE)?;
            let is_last = page.len() < PAGE;
            found.extend(page);
            if is_last {
                return Ok(found);
            }
        }
    };
    let found = tenant.read(read).await.map_err(Fault::internal)?;
    found.into_iter().map(|(id, body)| Ok((id, parse(body)?))).collect()
}

/// A document to write.
///
/// # Errors
/// Never, with the types of this face.
pub(super) fn put<T: Serialize>(kind: &'static str, id: impl Into<String>, document: &T) -> Result<DocumentWrite, Fault> {
    Ok(DocumentWrite::put(kind, id, serde_json::to_value(document).map_err(Fault::internal)?))
}

fn parse<T: DeserializeOwned>(body: Value) -> Result<T, Fault> {
    serde_json::from_value(body).map_err(Fault::internal)
}
