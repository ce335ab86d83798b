//! `GET /.well-known/authzen-configuration`: what is offered, and where.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::service::Service;

/// The endpoints that are offered. Searches are not, so their endpoints are absent.
#[derive(Serialize, ToSchema)]
pub(crate) struct Metadata {
    policy_decision_point: String,
    access_evaluation_endpoint: String,
    access_evaluations_endpoint: String,
}

/// The endpoints that are offered.
///
/// The URLs start with the configured `--public-url`, never with the request's `Host`, which the caller chooses.
#[utoipa::path(get, path = super::METADATA, tag = "authzen", responses((status = 200, description = "The endpoints", body = Metadata)))]
pub(crate) async fn metadata(State(service): State<Service>) -> Json<Metadata> {
    let base = service.public_url();
    Json(Metadata {
        policy_decision_point: base.to_owned(),
        access_evaluation_endpoint: format!("{base}{}", super::EVALUATION),
        access_evaluations_endpoint: format!("{base}{}", super::EVALUATIONS),
    })
}
