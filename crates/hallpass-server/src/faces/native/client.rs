//! `/v1/apps/{app}/clients`: OAuth clients, with the scopes that they are configured for and where they may be sent back to.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Path, Request};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::oauth_fault::has_tokens;
use super::token::{nothing_else, scopes, text};
use super::{ApiError, Caller};
use crate::body;
use crate::key::Secret;
use crate::oauth::client::{self, CLIENTS_MAX, ClientForm, ClientRecord, ClientType, REDIRECTS_MAX, Visibility};
use crate::oauth::{grantable, redirect};
use crate::tenant::Tenant;

/// Longest name, in characters.
const NAME_CHARS: usize = 100;

/// A client, without its secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct ClientView {
    client_id: String,
    name: String,
    /// `server_side_app`, `javascript_app` or `mobile`.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    kind: ClientType,
    /// `private` (consent is skipped) or `public`.
    #[schema(value_type = String)]
    visibility: Visibility,
    redirect_uris: Vec<String>,
    scopes: BTreeSet<String>,
    /// Milliseconds since 1970.
    created_at: u64,
    /// The secret: shown once, of a client that can keep it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    client_secret: Option<Secret>,
}

impl ClientView {
    fn of(record: ClientRecord, client_secret: Option<Secret>) -> Self {
        let ClientRecord { id, name, kind, visibility, redirect_uris, created_at, scopes, .. } = record;
        Self { client_id: id, name, kind, visibility, redirect_uris, scopes, created_at: created_at.as_ms(), client_secret }
    }
}

/// All clients.
#[derive(Serialize, ToSchema)]
pub(crate) struct ClientList {
    clients: Vec<ClientView>,
}

/// A client to make or change.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, which is read as JSON so that every error can name its field")]
pub(crate) struct ClientBody {
    name: Option<String>,
    /// `server_side_app` (default), `javascript_app` or `mobile`. The latter two cannot keep a secret: they must use PKCE, and their
    /// refresh tokens rotate.
    r#type: Option<String>,
    /// `public` (default): consent is asked for; `private`: it is skipped.
    visibility: Option<String>,
    redirect_uris: Option<Vec<String>>,
    scopes: Option<Vec<String>>,
}

/// Lists the clients.
#[utoipa::path(
    get, path = "/v1/apps/{app}/clients", tag = "clients", params(("app" = String, Path)),
    security(("server_key" = []), ("root_key" = [])),
    responses((status = 200, description = "All clients", body = ClientList), (status = "4XX", description = "What is wrong", body = ApiError))
)]
pub(crate) async fn list(caller: Caller) -> Result<Json<ClientList>, ApiError> {
    has_tokens(&caller.tenant)?;
    let clients = client::list(&caller.tenant).await?;
    Ok(Json(ClientList { clients: clients.into_iter().map(|record| ClientView::of(record, None)).collect() }))
}

/// Makes a client. The answer is the only time that its secret is shown.
#[utoipa::path(
    post, path = "/v1/apps/{app}/clients", tag = "clients", params(("app" = String, Path)), request_body = ClientBody,
    security(("server_key" = []), ("root_key" = [])),
    responses((status = 201, description = "The client", body = ClientView), (status = "4XX", description = "What is wrong", body = ApiError))
)]
pub(crate) async fn create(caller: Caller, request: Request) -> Result<(StatusCode, Json<ClientView>), ApiError> {
    has_tokens(&caller.tenant)?;
    let form = read(&caller.tenant, body::object(request).await?)?;
    if form.name.is_none() {
        return Err(ApiError::bad("name", "a name, for the consent page"));
    }
    if client::list(&caller.tenant).await?.len() >= CLIENTS_MAX {
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "too_many_clients", format!("an app has at most {CLIENTS_MAX} clients")));
    }
    let (record, secret) = client::put(&caller.tenant, &caller.author(), None, form).await?.ok_or_else(|| unknown(""))?;
    Ok((StatusCode::CREATED, Json(ClientView::of(record, secret))))
}

#[derive(Deserialize)]
pub(crate) struct ClientPath {
    client: String,
}

/// Shows a client.
#[utoipa::path(
    get, path = "/v1/apps/{app}/clients/{client}", tag = "clients", params(("app" = String, Path), ("client" = String, Path)),
    security(("server_key" = []), ("root_key" = [])),
    responses((status = 200, description = "The client", body = ClientView), (status = "4XX", description = "What is wrong", body = ApiError))
)]
pub(crate) async fn show(caller: Caller, Path(ClientPath { client: id }): Path<ClientPath>) -> Result<Json<ClientView>, ApiError> {
    Ok(Json(ClientView::of(find(&caller.tenant, &id).await?, None)))
}

/// Changes a client; what is left out stays. Scopes that are taken away, its tokens cannot use from the next call on.
#[utoipa::path(
    put, path = "/v1/apps/{app}/clients/{client}", tag = "clients", params(("app" = String, Path), ("client" = String, Path)),
    request_body = ClientBody, security(("server_key" = []), ("root_key" = [])),
    responses((status = 200, description = "The client", body = ClientView), (status = "4XX", description = "What is wrong", body = ApiError))
)]
pub(crate) async fn update(
    caller: Caller,
    Path(ClientPath { client: id }): Path<ClientPath>,
    request: Request,
) -> Result<Json<ClientView>, ApiError> {
    find(&caller.tenant, &id).await?;
    let form = read(&caller.tenant, body::object(request).await?)?;
    let (record, secret) = client::put(&caller.tenant, &caller.author(), Some(&id), form).await?.ok_or_else(|| unknown(&id))?;
    Ok(Json(ClientView::of(record, secret)))
}

/// What was removed.
#[derive(Serialize, ToSchema)]
pub(crate) struct Removed {
    removed: String,
}

/// Removes a client, with its tokens.
#[utoipa::path(
    delete, path = "/v1/apps/{app}/clients/{client}", tag = "clients", params(("app" = String, Path), ("client" = String, Path)),
    security(("server_key" = []), ("root_key" = [])),
    responses((status = 200, description = "It is gone", body = Removed), (status = "4XX", description = "What is wrong", body = ApiError))
)]
pub(crate) async fn delete(caller: Caller, Path(ClientPath { client: id }): Path<ClientPath>) -> Result<Json<Removed>, ApiError> {
    find(&caller.tenant, &id).await?;
    if client::remove(&caller.tenant, &caller.author(), &id).await? { Ok(Json(Removed { removed: id })) } else { Err(unknown(&id)) }
}

async fn find(tenant: &Tenant, id: &str) -> Result<ClientRecord, ApiError> {
    has_tokens(tenant)?;
    client::find(tenant, id).await?.ok_or_else(|| unknown(id))
}

fn unknown(id: &str) -> ApiError {
    let shown: String = id.chars().take(60).collect();
    ApiError::new(StatusCode::NOT_FOUND, "unknown_client", format!("client: there is no client '{shown}'")).at("client")
}

fn read(tenant: &Tenant, mut body: Map<String, Value>) -> Result<ClientForm, ApiError> {
    let name = text(&mut body, "name")?;
    if name.as_ref().is_some_and(|name| name.chars().count() > NAME_CHARS) {
        return Err(ApiError::bad("name", "at most 100 characters"));
    }
    let kind = match text(&mut body, "type")?.as_deref() {
        None => None,
        Some("server_side_app") => Some(ClientType::ServerSideApp),
        Some("javascript_app") => Some(ClientType::JavascriptApp),
        Some("mobile") => Some(ClientType::Mobile),
        Some(other) => return Err(ApiError::bad("type", "server_side_app, javascript_app or mobile").value(other)),
    };
    let visibility = match text(&mut body, "visibility")?.as_deref() {
        None => None,
        Some("public") => Some(Visibility::Public),
        Some("private") => Some(Visibility::Private),
        Some(other) => return Err(ApiError::bad("visibility", "public or private").value(other)),
    };
    let redirect_uris = redirects(&mut body)?;
    let scopes = scopes(&mut body, "scopes")?;
    nothing_else(&body, "name, type, visibility, redirect_uris and scopes")?;
    if let Some(scopes) = scopes.as_ref().filter(|scopes| !scopes.is_empty()) {
        grantable::known(tenant, scopes)?;
    }
    Ok(ClientForm { name, kind, visibility, redirect_uris, scopes })
}

fn redirects(body: &mut Map<String, Value>) -> Result<Option<Vec<String>>, ApiError> {
    let items = match body.remove("redirect_uris") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Array(items)) if items.len() <= REDIRECTS_MAX => items,
        Some(_) => return Err(ApiError::bad("redirect_uris", "a list of at most 50 URLs")),
    };
    let each = items.into_iter().enumerate().map(|(at, item)| match item {
        Value::String(uri) if redirect::is_valid(&uri) => Ok(uri),
        other => Err(ApiError::bad(format!("redirect_uris[{at}]"), redirect::EXPECTED).value(other.to_string())),
    });
    each.collect::<Result<_, _>>().map(Some)
}
