//! `POST /v2/token`: a code, a refresh token, or a token that can more, for a token.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use hallpass::Timestamp;
use serde_json::{Map, Value, json};

use super::client_proof;
use super::fault::AccountsFault;
use super::form::Form;
use crate::faces::livechat::caller;
use crate::oauth::refresh::RefreshRefusal;
use crate::oauth::token::TokenSet;
use crate::oauth::{code, exchange, refresh, scope};
use crate::service::Service;
use crate::tenant::Tenant;

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// Trades.
pub(super) async fn trade(State(service): State<Service>, headers: HeaderMap, request: Request) -> Result<Response, AccountsFault> {
    let form = Form::of_body(request).await?;
    match form.required("grant_type")? {
        // The vendor's specification says `code` where its texts say `authorization_code`.
        "authorization_code" | "code" => by_code(&service, &headers, &form).await,
        "refresh_token" => by_refresh(&service, &headers, &form).await,
        EXCHANGE => by_exchange(&service, &headers, &form).await,
        other => Err(AccountsFault::grant_type(format!(
            "grant_type: expected authorization_code, refresh_token or {EXCHANGE}, got '{}'",
            other.chars().take(60).collect::<String>()
        ))),
    }
}

async fn by_code(service: &Service, headers: &HeaderMap, form: &Form) -> Result<Response, AccountsFault> {
    let (tenant, client) = client_proof::client(service, headers, form).await?;
    let traded = code::trade(&tenant, &client, form.required("code")?, form.get("redirect_uri"), form.get("code_verifier")).await?;
    let set = traded.map_err(|refusal| AccountsFault::grant(refusal.text()))?;
    Ok(answer(&tenant, &set))
}

async fn by_refresh(service: &Service, headers: &HeaderMap, form: &Form) -> Result<Response, AccountsFault> {
    let (tenant, client) = client_proof::client(service, headers, form).await?;
    let narrower = form.get("scope").map(scope::split);
    let traded = refresh::trade(&tenant, &client, form.required("refresh_token")?, narrower).await?;
    let set = traded.map_err(|refusal| match refusal {
        RefreshRefusal::Unknown => AccountsFault::grant("refresh_token: there is no such token of this client, or it was revoked"),
        RefreshRefusal::Spent => AccountsFault::grant("refresh_token: it was used before; all that came of it is revoked now"),
        RefreshRefusal::Account => AccountsFault::grant("refresh_token: its account is gone or suspended"),
        RefreshRefusal::Scope(refusal) => refusal.into(),
    })?;
    Ok(answer(&tenant, &set))
}

/// The vendor's answer: its `scope` has commas.
fn answer(tenant: &Tenant, set: &TokenSet) -> Response {
    let mut body = common(tenant, set, scope::with_commas(&set.scopes));
    body.insert("account_id".to_owned(), set.account.as_str().into());
    body.insert("organization_id".to_owned(), tenant.organization().into());
    if let Some(refresh) = &set.refresh {
        body.insert("refresh_token".to_owned(), refresh.expose().into());
    }
    not_stored(&Value::Object(body))
}

fn common(tenant: &Tenant, set: &TokenSet, scope: String) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("access_token".to_owned(), set.access.expose().into());
    body.insert("token_type".to_owned(), "Bearer".into());
    body.insert("expires_in".to_owned(), seconds_until(set.expires_at, tenant.now()).into());
    body.insert("scope".to_owned(), scope.into());
    body
}

/// Seconds from one time to another, begun ones included: a token that was just made says its whole time.
pub(super) fn seconds_until(end: Timestamp, now: Timestamp) -> u64 {
    end.as_ms().saturating_sub(now.as_ms()).div_ceil(1_000)
}

/// An answer that holds a secret.
pub(super) fn not_stored(body: &Value) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")];
    (headers, body.to_string()).into_response()
}

/// RFC 8693: the token that is shown is proof enough; a client that names itself has to be the one that it was made through.
async fn by_exchange(service: &Service, headers: &HeaderMap, form: &Form) -> Result<Response, AccountsFault> {
    for (name, optional) in [("subject_token_type", false), ("requested_token_type", true)] {
        match form.get(name) {
            None if optional => {}
            Some(ACCESS_TOKEN) => {}
            _ => return Err(AccountsFault::request(format!("{name}: expected {ACCESS_TOKEN}"))),
        }
    }
    if form.get("actor_token").is_some() {
        return Err(AccountsFault::request("actor_token: nobody acts for somebody else here; leave it out"));
    }
    let client = client_proof::maybe(service, headers, form).await?;
    let (tenant, subject) = caller::resolve(service, form.required("subject_token")?)
        .map_err(|fault| AccountsFault::request(format!("subject_token: {}", fault.message)))?;
    let is_foreign = client.is_some_and(|(of, client)| of.id() != tenant.id() || subject.client.as_deref() != Some(client.id.as_str()));
    if is_foreign {
        return Err(AccountsFault::request("subject_token: it was not made through this client"));
    }
    let set = exchange::narrow(&tenant, &subject, form.get("scope").map(scope::split)).await??;
    let mut body = common(&tenant, &set, scope::with_spaces(&set.scopes));
    body.insert("issued_token_type".to_owned(), json!(ACCESS_TOKEN));
    Ok(not_stored(&Value::Object(body)))
}
