//! The native face, `/v1`: apps, facts in bulk, policy, the change feed, explanations.
//!
//! Two keys open it: an app's `server_key` opens that app, the `root_key` opens all and alone manages apps. An app that a key does not
//! open is answered like one that does not exist.

mod app;
mod auth_key;
mod capabilities;
mod change;
mod check;
mod client;
mod error;
mod explain;
mod fact_line;
mod facts;
mod feed;
mod key;
mod lines;
mod oauth_fault;
mod scope;
mod scope_permission;
mod token;

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) use error::ApiError;

use crate::bearer;
use crate::limits::REQUEST_TIME;
use crate::service::Service;
use crate::tenant::Tenant;

/// The routes of this face.
pub fn router() -> OpenApiRouter<Service> {
    let answered_in_time = OpenApiRouter::new()
        .routes(routes!(app::list, app::create))
        .routes(routes!(app::show, app::delete))
        .routes(routes!(key::rotate))
        .routes(routes!(check::check))
        .routes(routes!(explain::explain))
        .routes(routes!(capabilities::capabilities))
        .routes(routes!(scope_permission::show, scope_permission::set))
        .routes(routes!(scope_permission::unset))
        .routes(routes!(auth_key::show, auth_key::set))
        .routes(routes!(scope::scopes))
        .routes(routes!(client::list, client::create))
        .routes(routes!(client::show, client::update, client::delete))
        .routes(routes!(token::list, token::create))
        .routes(routes!(token::try_out))
        .routes(routes!(token::revoke))
        .routes(routes!(token::used))
        .layer(from_fn(in_time));
    // The feed may stay open, and bulk facts take as long as they are long.
    let open_ended = OpenApiRouter::new().routes(routes!(feed::changes, change::apply)).routes(routes!(facts::facts));
    answered_in_time.merge(open_ended)
}

async fn in_time(request: Request, next: Next) -> Response {
    tokio::time::timeout(REQUEST_TIME, next.run(request)).await.unwrap_or_else(|_| ApiError::too_slow().into())
}

/// Whether a request that matches no route was meant for this face.
pub fn is_meant(path: &str) -> bool {
    path == "/v1" || path.starts_with("/v1/")
}

/// Whoever holds the root key. Handlers that manage apps take it, so none runs without.
pub(crate) struct Root;

impl FromRequestParts<Service> for Root {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, ApiError> {
        let key = bearer::key(&parts.headers).ok_or_else(ApiError::no_key)?;
        if service.is_root_key(key) {
            Ok(Self)
        } else if service.tenant_by_server_key(key).is_some() {
            Err(ApiError::root_only())
        } else {
            Err(ApiError::wrong_key())
        }
    }
}

/// The app of the path, for whoever holds its server key or the root key. Handlers that read or write an app take it.
pub(crate) struct Caller {
    pub(crate) tenant: Arc<Tenant>,
    is_root: bool,
    name: Option<String>,
}

#[derive(Deserialize)]
struct AppPath {
    app: String,
}

#[derive(Deserialize)]
struct AuthorQuery {
    author: Option<String>,
}

/// Longest name that a caller may put into the log, in characters.
const AUTHOR_CHARS: usize = 200;

impl Caller {
    /// Who did it, as the log names it: `server` or `root`, and whom the caller says that it acted for (`?author=`).
    pub(crate) fn author(&self) -> String {
        let key = if self.is_root { "root" } else { "server" };
        match &self.name {
            Some(name) => format!("{key}:{name}"),
            None => key.to_owned(),
        }
    }
}

impl FromRequestParts<Service> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, ApiError> {
        let key = bearer::key(&parts.headers).ok_or_else(ApiError::no_key)?.to_owned();
        let Path(AppPath { app }) =
            Path::from_request_parts(parts, service).await.map_err(|_| ApiError::bad("app", "the id of an app, in the path"))?;
        let Query(AuthorQuery { author: name }) =
            Query::try_from_uri(&parts.uri).map_err(|_| ApiError::bad("author", "a name, once, in the query"))?;
        if name.as_ref().is_some_and(|name| name.chars().count() > AUTHOR_CHARS) {
            return Err(ApiError::bad("author", "a name of at most 200 characters"));
        }
        if service.is_root_key(&key) {
            let tenant = service.tenant(&app).ok_or_else(|| ApiError::no_such_app(&app))?;
            return Ok(Self { tenant, is_root: true, name });
        }
        let tenant = service.tenant_by_server_key(&key).ok_or_else(ApiError::wrong_key)?;
        if tenant.id() == app { Ok(Self { tenant, is_root: false, name }) } else { Err(ApiError::no_such_app(&app)) }
    }
}
