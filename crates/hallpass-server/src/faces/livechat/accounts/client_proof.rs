//! Which client calls: a confidential one shows its secret (in the body, or by Basic), a public one names itself.

use std::sync::Arc;

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::fault::AccountsFault;
use super::form::Form;
use crate::oauth::client::{self, ClientRecord};
use crate::service::Service;
use crate::tenant::Tenant;

/// What a client shows.
struct Shown {
    id: String,
    secret: Option<String>,
}

fn read(headers: &HeaderMap, form: &Form) -> Result<Shown, AccountsFault> {
    let basic = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|text| text.trim().split_once(' '));
    if let Some((_, pair)) = basic.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic")) {
        let decoded = STANDARD.decode(pair.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        // RFC 6749, 2.3.1: both parts are form-encoded before they are joined.
        let decode =
            |part: &str| serde_urlencoded::from_str::<Vec<(String, String)>>(&format!("x={part}")).ok()?.pop().map(|(_, text)| text);
        let parts = decoded.as_deref().and_then(|pair| pair.split_once(':'));
        let (Some(id), Some(secret)) = (parts.and_then(|(id, _)| decode(id)), parts.and_then(|(_, secret)| decode(secret))) else {
            return Err(AccountsFault::client("Basic: expected base64(client_id:client_secret)"));
        };
        if form.get("client_id").is_some_and(|other| other != id) {
            return Err(AccountsFault::client("client_id: the header names another client than the body"));
        }
        return Ok(Shown { id, secret: Some(secret) });
    }
    let id = form.get("client_id").ok_or_else(|| AccountsFault::client("client_id: is required"))?;
    Ok(Shown { id: id.to_owned(), secret: form.get("client_secret").map(str::to_owned) })
}

/// The client that calls, proven as well as it can be.
///
/// # Errors
/// `invalid_client`: the same for an unknown client and for a wrong secret.
pub(super) async fn client(service: &Service, headers: &HeaderMap, form: &Form) -> Result<(Arc<Tenant>, ClientRecord), AccountsFault> {
    let shown = read(headers, form)?;
    let wrong = || AccountsFault::client("there is no such client, or its secret is another");
    let tenant = service.tenant_by_client(&shown.id).ok_or_else(wrong)?;
    let client = client::find(&tenant, &shown.id).await?.ok_or_else(wrong)?;
    let proven = match &shown.secret {
        Some(secret) => client.knows(secret),
        None => client.is_public(),
    };
    if proven { Ok((tenant, client)) } else { Err(wrong()) }
}

/// Like [`client`], where the endpoint needs none: `None` if nothing is shown.
///
/// # Errors
/// `invalid_client`, where something wrong is shown.
pub(super) async fn maybe(
    service: &Service,
    headers: &HeaderMap,
    form: &Form,
) -> Result<Option<(Arc<Tenant>, ClientRecord)>, AccountsFault> {
    if form.get("client_id").is_none() && headers.get(header::AUTHORIZATION).is_none() {
        return Ok(None);
    }
    client(service, headers, form).await.map(Some)
}
