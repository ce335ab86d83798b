//! `POST /access/v1/evaluations`: many questions, all answered from one and the same world.

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hallpass::{Question, Revision};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::evaluation::{ANSWER_BYTES, DecisionContext, EvaluationResponse, ItemError, json, single};
use super::{AuthzenError, Caller};
use crate::authorize::{NearestActions, authorize_all};
use crate::body;
use crate::json::Node;
use crate::limits::{AT_LEAST_WAIT, BATCH_QUESTIONS};
use crate::question_form::{FormError, Parts, QuestionForm};
use crate::question_schema::{ActionBody, ContextBody, EntityBody};
use crate::tenant::Tenant;

/// A batch. What an item leaves out is taken, whole, from the top level.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, which is read as JSON so that every error can name its field")]
pub(crate) struct EvaluationsRequest {
    subject: Option<EntityBody>,
    action: Option<ActionBody>,
    resource: Option<EntityBody>,
    context: Option<ContextBody>,
    /// Objects with any of `subject`, `action`, `resource`, `context`. Absent or empty: the top level is the one question.
    #[schema(value_type = Option<Vec<Object>>)]
    evaluations: Option<Vec<Value>>,
    options: Option<EvaluationsOptions>,
}

/// How a batch is gone through.
#[derive(ToSchema)]
#[expect(dead_code, reason = "see EvaluationsRequest")]
pub(crate) struct EvaluationsOptions {
    /// `execute_all` (default), `deny_on_first_deny`, `permit_on_first_permit`.
    evaluations_semantic: Option<String>,
}

/// The answers, in the order of the questions.
#[derive(Serialize, ToSchema)]
pub(crate) struct EvaluationsResponse {
    evaluations: Vec<EvaluationResponse>,
}

impl IntoResponse for EvaluationsResponse {
    fn into_response(self) -> Response {
        let mut out = Vec::with_capacity(ANSWER_BYTES * (1 + self.evaluations.len()));
        out.extend_from_slice(b"{\"evaluations\":");
        for (index, evaluation) in self.evaluations.iter().enumerate() {
            out.push(if index == 0 { b'[' } else { b',' });
            evaluation.write(&mut out);
        }
        out.extend_from_slice(if self.evaluations.is_empty() { b"[]}" } else { b"]}" });
        json(out)
    }
}

/// When a batch stops.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Semantic {
    ExecuteAll,
    DenyOnFirstDeny,
    PermitOnFirstPermit,
}

impl Semantic {
    fn read(options: Option<&Node<'_>>) -> Result<Self, FormError> {
        const EXPECTED: &str = "execute_all, deny_on_first_deny or permit_on_first_permit";
        let Some(options) = options else { return Ok(Self::ExecuteAll) };
        let Some(object) = options.as_object() else { return Err(FormError::found("options", "an object", options)) };
        match object.get("evaluations_semantic").filter(|value| !value.is_null()) {
            None => Ok(Self::ExecuteAll),
            Some(value) => match value.as_str() {
                Some("execute_all") => Ok(Self::ExecuteAll),
                Some("deny_on_first_deny") => Ok(Self::DenyOnFirstDeny),
                Some("permit_on_first_permit") => Ok(Self::PermitOnFirstPermit),
                _ => Err(FormError::found("options.evaluations_semantic", EXPECTED, value)),
            },
        }
    }

    fn stops_at(self, decision: bool) -> bool {
        match self {
            Self::ExecuteAll => false,
            Self::DenyOnFirstDeny => !decision,
            Self::PermitOnFirstPermit => decision,
        }
    }
}

/// May these subjects perform these actions on these resources?
///
/// All are decided at one revision. An item that cannot be understood refuses itself, with `context.error`; the others are answered.
#[utoipa::path(
    post,
    path = super::EVALUATIONS,
    tag = "authzen",
    request_body = EvaluationsRequest,
    security(("server_key" = [])),
    responses(
        (status = 200, description = "The decisions; without `evaluations`, a single one", body = EvaluationsResponse),
        (status = 400, description = "What is wrong with the request as a whole", body = String),
        (status = 401, description = "No server_key, or one that opens no app", body = String),
        (status = 412, description = "`context.at_least` names a revision that the app has not reached", body = String),
        (status = 413, description = "The body is too large", body = String),
    )
)]
pub(crate) async fn evaluations(Caller(tenant): Caller, request: Request) -> Result<Response, AuthzenError> {
    let body = body::whole(request).await?;
    let body = body::question(&body)?;
    let defaults = Parts::of(&body);
    let semantic = Semantic::read(body.get("options").filter(|value| !value.is_null()))?;
    let items = match body.get("evaluations") {
        None | Some(Node::Null) => &[],
        Some(Node::List(items)) => items.as_slice(),
        Some(other) => return Err(FormError::found("evaluations", "a list of objects", other).into()),
    };
    if items.is_empty() {
        return Ok(single(&tenant, defaults).await?.into_response());
    }
    if items.len() > BATCH_QUESTIONS {
        return Err(AuthzenError::batch_too_large(items.len()));
    }
    let forms: Vec<_> = items.iter().enumerate().map(|(index, item)| read_item(index, item, defaults)).collect();
    wait(&tenant, &forms).await?;
    Ok(EvaluationsResponse { evaluations: answer(&tenant, &forms, semantic) }.into_response())
}

fn read_item<'v>(index: usize, item: &'v Node<'v>, defaults: Parts<'v>) -> Result<QuestionForm<'v>, FormError> {
    let read = match item.as_object() {
        Some(object) => QuestionForm::read(Parts::of(object).or(defaults)),
        None => return Err(FormError::found(format!("evaluations[{index}]"), "an object", item)),
    };
    read.map_err(|error| FormError { field: format!("evaluations[{index}].{}", error.field), ..error })
}

/// Waits for the newest revision that any item asks for.
async fn wait(tenant: &Tenant, forms: &[Result<QuestionForm<'_>, FormError>]) -> Result<(), AuthzenError> {
    let wanted: Option<Revision> = forms.iter().flatten().filter_map(|form| form.at_least).max();
    match wanted {
        Some(revision) if !tenant.reaches(revision, AT_LEAST_WAIT).await => Err(AuthzenError::behind(revision, tenant.engine().revision())),
        _ => Ok(()),
    }
}

fn answer(tenant: &Tenant, forms: &[Result<QuestionForm<'_>, FormError>], semantic: Semantic) -> Vec<EvaluationResponse> {
    let now = tenant.now();
    let attributes: Vec<_> = forms.iter().flatten().map(QuestionForm::attribute_pairs).collect();
    let questions: Vec<Question<'_>> =
        forms.iter().flatten().zip(&attributes).map(|(form, attributes)| form.question(now, attributes)).collect();
    let mut decisions = authorize_all(tenant, &questions).into_iter();
    let mut nearest = NearestActions::of(tenant);
    let mut answers = Vec::with_capacity(forms.len());
    for form in forms {
        let answer = match form {
            Ok(form) => match decisions.next() {
                Some(decision) => EvaluationResponse::new(decision, nearest.nearest(form.action, decision.reason)),
                None => break,
            },
            Err(error) => refused_item(error),
        };
        let stop = semantic.stops_at(answer.decision);
        answers.push(answer);
        if stop {
            break;
        }
    }
    answers
}

fn refused_item(error: &FormError) -> EvaluationResponse {
    let error = ItemError { status: StatusCode::BAD_REQUEST.as_u16(), message: error.to_string() };
    EvaluationResponse { decision: false, context: DecisionContext::Failed { error } }
}
