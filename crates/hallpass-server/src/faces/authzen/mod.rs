//! AuthZEN 1.0: any OpenID AuthZEN client asks here.
//!
//! A gateway holds the `server_key` of the app "shop". For each message that Ana sends it asks `POST /access/v1/evaluation`, and passes the
//! message on or not. The key says which app is meant; there is no app in the path, because AuthZEN has no place for one.
//!
//! The standard's sharp edges, kept here: whatever is wrong with a request is 400 (never 415 or 422), with one string that says what; a
//! refusal is 200; unknown members are ignored; in a batch, a bad item refuses itself and not the others.

pub(crate) mod direct;
mod error;
mod evaluation;
mod evaluations;
mod metadata;

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) use error::AuthzenError;

use crate::bearer;
use crate::service::Service;
use crate::tenant::Tenant;

/// Path of single questions.
pub const EVALUATION: &str = "/access/v1/evaluation";
/// Path of batches.
pub const EVALUATIONS: &str = "/access/v1/evaluations";
/// Path of the metadata.
pub const METADATA: &str = "/.well-known/authzen-configuration";

/// The routes of this face.
pub fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(evaluation::evaluation))
        .routes(routes!(evaluations::evaluations))
        .routes(routes!(metadata::metadata))
}

/// Whether a request that matches no route was meant for this face.
pub fn is_meant(path: &str) -> bool {
    path.starts_with("/access/") || path.starts_with(METADATA)
}

/// The app that asks, known by its server key. Handlers of this face take it, so none runs without.
pub(crate) struct Caller(pub(crate) Arc<Tenant>);

impl FromRequestParts<Service> for Caller {
    type Rejection = AuthzenError;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, AuthzenError> {
        let key = bearer::key(&parts.headers).ok_or_else(AuthzenError::no_key)?;
        service.tenant_by_server_key(key).map(Self).ok_or_else(AuthzenError::wrong_key)
    }
}
