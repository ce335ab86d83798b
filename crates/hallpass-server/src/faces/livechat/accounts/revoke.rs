//! `DELETE /v2/token`, the vendor's way of taking a token back, and `POST /v2/revoke`, the standard's (RFC 7009). A pair goes together.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::client_proof;
use super::fault::AccountsFault;
use super::form::Form;
use crate::faces::livechat::caller;
use crate::oauth::{refresh, revocation, secret};
use crate::service::Service;

/// `DELETE /v2/token`: the token in the header, or in `?code=` (in older texts `?token=`); an access token or a refresh token.
pub(super) async fn take_back(State(service): State<Service>, headers: HeaderMap, uri: Uri) -> Result<Response, AccountsFault> {
    let query = Form::of_query(uri.query().unwrap_or_default())?;
    let shown = match query.get("code").or(query.get("token")) {
        Some(shown) => shown.to_owned(),
        None => caller::read(&headers)?.secret,
    };
    if revoked(&service, &shown, None).await? {
        return Ok(nothing());
    }
    Err(AccountsFault::unauthorized("no such token, or it was revoked, or it is a bot's, which ends after a day"))
}

/// `POST /v2/revoke`: 200 whether there was such a token or not.
pub(super) async fn revoke(State(service): State<Service>, headers: HeaderMap, request: Request) -> Result<Response, AccountsFault> {
    let form = Form::of_body(request).await?;
    let (_, client) = client_proof::client(&service, &headers, &form).await?;
    revoked(&service, form.required("token")?, Some(&client.id)).await?;
    Ok(nothing())
}

/// Takes a token back, if there is one (of this client).
async fn revoked(service: &Service, shown: &str, client: Option<&str>) -> Result<bool, AccountsFault> {
    let Some(tenant) = service.tenant_by_livechat_token(shown) else { return Ok(false) };
    let is_of = |of: Option<&str>| client.is_none() || client == of;
    if let Some(token) = secret::find(&tenant, shown).filter(|token| is_of(token.client.as_deref())) {
        return Ok(revocation::of_token(&tenant, &token, &format!("user:{}", token.user)).await?);
    }
    match refresh::find(&tenant, shown).await?.filter(|record| is_of(Some(&record.client))) {
        Some(record) => {
            revocation::of_refresh(&tenant, &record, &format!("user:{}", record.account)).await?;
            Ok(true)
        }
        None => Ok(false),
    }
}

fn nothing() -> Response {
    (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], "{}").into_response()
}
