//! `POST /v2/introspect` (RFC 7662): what a token is, for clients (of their own tokens) and for the app's own server (of all).

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use hallpass::Token;
use serde_json::{Value, json};

use super::client_proof;
use super::fault::AccountsFault;
use super::form::Form;
use super::token::not_stored;
use crate::bearer;
use crate::faces::livechat::caller;
use crate::oauth::grantable::{self, ByRole};
use crate::oauth::scope::{self, Scopes};
use crate::service::Service;
use crate::tenant::Tenant;

/// Tells. A token that is none, has ended, or is another's is `{"active": false}`, and nothing more is said.
pub(super) async fn introspect(State(service): State<Service>, headers: HeaderMap, request: Request) -> Result<Response, AccountsFault> {
    let server = bearer::key(&headers)
        .map(|key| service.tenant_by_server_key(key).ok_or_else(|| AccountsFault::client("this key opens nothing here")));
    let form = Form::of_body(request).await?;
    let (tenant, client) = match server {
        Some(tenant) => (tenant?, None),
        None => {
            let (tenant, client) = client_proof::client(&service, &headers, &form).await?;
            if client.is_public() {
                return Err(AccountsFault::client("a client without a secret may not ask; GET /v2/info tells a token about itself"));
            }
            (tenant, Some(client.id))
        }
    };
    let found = caller::resolve(&service, form.required("token")?).ok();
    let token =
        found.filter(|(of, token)| of.id() == tenant.id() && client.as_ref().is_none_or(|client| token.client.as_ref() == Some(client)));
    Ok(not_stored(&token.map_or_else(|| json!({"active": false}), |(_, token)| describe(&tenant, &token, service.public_url()))))
}

/// The token with what the standard asks for, and with what is left of its scopes once client and role have had their say.
fn describe(tenant: &Tenant, token: &Token, issuer: &str) -> Value {
    let engine = tenant.engine();
    let user = engine.user(&token.user);
    let roles = grantable::roles(tenant, &token.user);
    let by_role = ByRole::of(tenant);
    let known = Scopes::of(engine.profile().catalogue());
    let client = token.client.as_ref().map(|id| engine.client(id).map(|client| client.scopes).unwrap_or_default());
    let client_holds =
        client.map(|scopes| known.closure(scopes.iter().map(String::as_str)).into_iter().map(str::to_owned).collect::<Vec<_>>());
    let effective = known
        .closure(token.scopes.iter().map(String::as_str))
        .into_iter()
        .map(str::to_owned)
        .filter(|scope| by_role.may_use(&roles, scope) && client_holds.as_ref().is_none_or(|held| held.contains(scope)));
    let mut body = json!({
        "active": true,
        "scope": scope::with_spaces(&token.scopes),
        "sub": token.user,
        "token_type": "Bearer",
        "iss": issuer,
        "organization_id": tenant.organization(),
        "roles": roles,
        "groups": user.map(|user| user.teams).unwrap_or_default(),
        "effective_scope": scope::with_spaces(&effective.collect()),
    });
    if let Some(object) = body.as_object_mut() {
        if let Some(client) = &token.client {
            object.insert("client_id".to_owned(), json!(client));
        }
        if let Some(end) = token.expires_at {
            object.insert("exp".to_owned(), json!(end.as_ms() / 1_000));
        }
    }
    body
}
