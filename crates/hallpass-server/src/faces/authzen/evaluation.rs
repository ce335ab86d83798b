//! `POST /access/v1/evaluation`: one question.

use axum::Json;
use axum::extract::Request;
use hallpass::Decision;
use serde::Serialize;
use utoipa::ToSchema;

use super::{AuthzenError, Caller};
use crate::authorize::authorize;
use crate::body;
use crate::limits::AT_LEAST_WAIT;
use crate::question_form::{Parts, QuestionForm};
use crate::question_schema::QuestionBody;
use crate::tenant::Tenant;

/// A decision in AuthZEN's words.
#[derive(Serialize, ToSchema)]
pub(crate) struct EvaluationResponse {
    pub(crate) decision: bool,
    pub(crate) context: DecisionContext,
}

/// Why, and at which revision.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum DecisionContext {
    /// A decision of the engine.
    Decided {
        /// Stable code, such as `no_grant`.
        reason: &'static str,
        /// The same for people.
        text: &'static str,
        /// The world that was asked had seen every change up to this revision.
        revision: u64,
    },
    /// A question of a batch that cannot be understood.
    Failed {
        /// What is wrong.
        error: ItemError,
    },
}

/// What is wrong with one question of a batch.
#[derive(Serialize, ToSchema)]
pub(crate) struct ItemError {
    pub(crate) status: u16,
    pub(crate) message: String,
}

impl From<Decision> for EvaluationResponse {
    fn from(decision: Decision) -> Self {
        let Decision { allowed, reason, revision } = decision;
        let context = DecisionContext::Decided { reason: reason.code(), text: reason.text(), revision: revision.0 };
        Self { decision: allowed, context }
    }
}

/// May this subject perform this action on this resource?
///
/// A refusal is an answer (200, `decision: false`). The app is the one whose `server_key` the request carries.
#[utoipa::path(
    post,
    path = super::EVALUATION,
    tag = "authzen",
    request_body = QuestionBody,
    security(("server_key" = [])),
    responses(
        (status = 200, description = "The decision", body = EvaluationResponse),
        (status = 400, description = "What is wrong with the request", body = String),
        (status = 401, description = "No server_key, or one that opens no app", body = String),
        (status = 412, description = "`context.at_least` names a revision that the app has not reached", body = String),
        (status = 413, description = "The body is too large", body = String),
    )
)]
pub(crate) async fn evaluation(Caller(tenant): Caller, request: Request) -> Result<Json<EvaluationResponse>, AuthzenError> {
    let body = body::object(request).await?;
    single(&tenant, Parts::of(&body)).await.map(Json)
}

/// Answers one question.
pub(super) async fn single(tenant: &Tenant, parts: Parts<'_>) -> Result<EvaluationResponse, AuthzenError> {
    let form = QuestionForm::read(parts)?;
    if let Some(revision) = form.at_least
        && !tenant.reaches(revision, AT_LEAST_WAIT).await
    {
        return Err(AuthzenError::behind(revision, tenant.engine().revision()));
    }
    let attributes = form.attribute_pairs();
    Ok(authorize(tenant, &form.question(tenant.now(), &attributes)).into())
}
