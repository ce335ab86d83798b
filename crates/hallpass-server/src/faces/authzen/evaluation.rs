//! `POST /access/v1/evaluation`: one question.

use std::io::Write as _;

use axum::body::Body;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use hallpass::Decision;
use serde::Serialize;
use utoipa::ToSchema;

use super::{AuthzenError, Caller};
use crate::authorize::{authorize, nearest_action};
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
        /// The action most like the one that was asked about, where there is none of that name.
        #[serde(skip_serializing_if = "Option::is_none")]
        nearest: Option<String>,
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

impl EvaluationResponse {
    /// The answer to a question about `action`.
    pub(super) fn of(tenant: &Tenant, action: &str, decision: Decision) -> Self {
        Self::new(decision, nearest_action(tenant, action, decision.reason))
    }

    pub(super) fn new(decision: Decision, nearest: Option<String>) -> Self {
        let Decision { allowed, reason, revision } = decision;
        Self {
            decision: allowed,
            context: DecisionContext::Decided { reason: reason.code(), text: reason.text(), nearest, revision: revision.0 },
        }
    }

    /// As JSON. What the engine decided is nearly always made of fixed words and a number, and is put together without looking at each
    /// letter.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(if self.decision { b"{\"decision\":true,\"context\":" } else { b"{\"decision\":false,\"context\":" });
        // Writing to a list of bytes does not fail.
        let _ = match &self.context {
            DecisionContext::Decided { reason, text, nearest: None, revision } => {
                for part in ["{\"reason\":\"", reason, "\",\"text\":\"", text, "\",\"revision\":"] {
                    out.extend_from_slice(part.as_bytes());
                }
                write!(out, "{revision}}}")
            }
            unusual => serde_json::to_writer(&mut *out, unusual).map_err(Into::into),
        };
        out.push(b'}');
    }
}

/// Room for an answer: the longest text of a reason, and all around it.
pub(super) const ANSWER_BYTES: usize = 256;

impl IntoResponse for EvaluationResponse {
    fn into_response(self) -> Response {
        let mut out = Vec::with_capacity(ANSWER_BYTES);
        self.write(&mut out);
        json(out)
    }
}

/// An answer that is JSON already.
pub(super) fn json(bytes: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(bytes));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
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
pub(crate) async fn evaluation(Caller(tenant): Caller, request: Request) -> Result<EvaluationResponse, AuthzenError> {
    let body = body::whole(request).await?;
    let question = body::question(&body)?;
    single(&tenant, Parts::of(&question)).await
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
    let decision = authorize(tenant, &form.question(tenant.now(), &attributes));
    Ok(EvaluationResponse::of(tenant, form.action, decision))
}

#[cfg(test)]
mod tests {
    use hallpass::{Reason, Revision};

    use super::*;

    #[test]
    fn the_answer_is_what_its_description_says() {
        let decided = Reason::ALL.iter().flat_map(|reason| {
            let decision = |allowed, revision| Decision { allowed, reason: *reason, revision: Revision(revision) };
            [(decision(true, 0), None), (decision(false, u64::MAX), Some("an \"odd\" name".to_owned()))]
                .map(|(decision, nearest)| EvaluationResponse::new(decision, nearest))
        });
        let error = ItemError { status: 400, message: "a \"quoted\" name\n".to_owned() };
        let failed = EvaluationResponse { decision: false, context: DecisionContext::Failed { error } };
        for answer in decided.chain([failed]) {
            let mut written = Vec::new();
            answer.write(&mut written);
            assert_eq!(String::from_utf8(written).unwrap(), serde_json::to_string(&answer).unwrap());
        }
    }
}
