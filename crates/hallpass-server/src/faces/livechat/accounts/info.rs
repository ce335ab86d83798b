//! `GET /v2/info`: what a token is. `GET /v2/usage`: which of its scopes it used.

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use serde_json::json;

use super::fault::AccountsFault;
use super::form::Form;
use super::token::{not_stored, seconds_until};
use crate::faces::livechat::caller;
use crate::oauth::{scope, usage};
use crate::service::Service;

/// The token that a request is about: in `?code=` (the vendor's name for it), or in the header.
fn shown(headers: &HeaderMap, uri: &Uri) -> Result<String, AccountsFault> {
    match Form::of_query(uri.query().unwrap_or_default())?.get("code") {
        Some(code) => Ok(code.to_owned()),
        None => Ok(caller::read(headers)?.secret),
    }
}

/// The vendor's introspection (docs/livechat.md, The OAuth dance). Personal access tokens have neither an end nor a client: both are null.
pub(super) async fn info(State(service): State<Service>, headers: HeaderMap, uri: Uri) -> Result<Response, AccountsFault> {
    let secret = shown(&headers, &uri)?;
    let (tenant, token) = caller::resolve(&service, &secret)?;
    Ok(not_stored(&json!({
        "access_token": secret,
        "account_id": token.user,
        "client_id": token.client,
        "expires_in": token.expires_at.map(|end| seconds_until(end, tenant.now())),
        "organization_id": tenant.organization(),
        "scope": scope::with_commas(&token.scopes),
        "token_type": "Bearer",
    })))
}

/// Which of its scopes the token used in the last thirty days; times are RFC 3339.
pub(super) async fn usage(State(service): State<Service>, headers: HeaderMap, uri: Uri) -> Result<Response, AccountsFault> {
    let (tenant, token) = caller::resolve(&service, &shown(&headers, &uri)?)?;
    let uses = usage::of_token(&tenant, &token).await?;
    let unused: Vec<&str> = uses.iter().filter(|one| one.last_used.is_none()).map(|one| one.scope.as_str()).collect();
    let time = |at: hallpass::Timestamp| {
        i64::try_from(at.as_ms()).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok()).map(|at| at.to_string())
    };
    let scopes: Vec<_> = uses
        .iter()
        .map(|one| json!({"scope": one.scope, "used": one.last_used.is_some(), "last_used_at": one.last_used.and_then(time), "enough": one.enough}))
        .collect();
    Ok(not_stored(&json!({"days": usage::DAYS, "scopes": scopes, "unused": unused})))
}
