//! The endpoints that give out tokens, take them back and tell of them: `/v2/authorize`, `/v2/token`, `/v2/info` and their like.
//!
//! One server has many organizations, and these paths name none: a code, a token and a client's id each carry their organization's mark.

mod authorize;
mod client_proof;
mod customer;
mod fault;
mod form;
mod info;
mod introspect;
mod metadata;
mod page;
mod request;
mod revoke;
mod ticket;
mod token;
mod trial;

use axum::Router;
use axum::routing::{get, post};

use crate::service::Service;

pub(super) use metadata::PATH as METADATA_PATH;

/// The routes.
pub(super) fn router() -> Router<Service> {
    Router::new()
        .route(authorize::PATH, get(authorize::ask).post(authorize::answer))
        .route("/v2/token", post(token::trade).delete(revoke::take_back))
        .route("/v2/revoke", post(revoke::revoke))
        .route("/v2/info", get(info::info))
        .route("/v2/usage", get(info::usage))
        .route("/v2/introspect", post(introspect::introspect))
        .route("/v2/try", post(trial::try_out))
        .route("/v2/scopes", get(metadata::scopes))
        .route("/v2/customer/token", post(customer::issue))
        .route("/v2/customer/info", get(customer::info))
        .route(metadata::PATH, get(metadata::metadata))
}
