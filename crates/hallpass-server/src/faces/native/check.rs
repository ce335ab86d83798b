//! `POST /v1/apps/{app}/check`: decisions, for programs that do not speak AuthZEN and for the root key, which has no app of its own.

use axum::Json;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use hallpass::{Decision, Question, Revision};
use serde::Serialize;
use utoipa::ToSchema;

use super::{ApiError, Caller};
use crate::authorize::{NearestActions, authorize_all};
use crate::body;
use crate::json::Node;
use crate::limits::{AT_LEAST_WAIT, BATCH_QUESTIONS};
use crate::question_form::{FormError, Parts, QuestionForm};
use crate::question_schema::QuestionBody;
use crate::tenant::Tenant;

/// A decision.
#[derive(Serialize, ToSchema)]
pub(crate) struct DecisionView {
    allowed: bool,
    /// Stable code, such as `no_grant`.
    reason: &'static str,
    /// The same for people.
    text: &'static str,
    /// The action most like the one that was asked about, where there is none of that name.
    #[serde(skip_serializing_if = "Option::is_none")]
    nearest: Option<String>,
    /// The world that was asked had seen every change up to this revision.
    revision: u64,
}

impl DecisionView {
    fn new(decision: Decision, nearest: Option<String>) -> Self {
        let Decision { allowed, reason, revision } = decision;
        Self { allowed, reason: reason.code(), text: reason.text(), nearest, revision: revision.0 }
    }
}

/// An answer to one of several questions.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Answer {
    /// A decision.
    Decided(DecisionView),
    /// The question cannot be understood.
    Failed(ApiError),
}

/// The answers, in the order of the questions.
#[derive(Serialize, ToSchema)]
pub(crate) struct Answers {
    decisions: Vec<Answer>,
}

/// Decides one question (`{subject, action, resource, context}`, as in AuthZEN), or several (`{"questions": [...]}`) at one revision.
#[utoipa::path(
    post, path = "/v1/apps/{app}/check", tag = "decisions", params(("app" = String, Path)),
    request_body = QuestionBody, security(("server_key" = []), ("root_key" = [])),
    responses(
        (status = 200, description = "One decision, or `{\"decisions\": [...]}`; a refusal is an answer", body = DecisionView),
        (status = "4XX", description = "What is wrong", body = ApiError)
    )
)]
pub(crate) async fn check(caller: Caller, request: Request) -> Result<Response, ApiError> {
    let body = body::whole(request).await?;
    let body = body::question(&body)?;
    let tenant = &*caller.tenant;
    match body.get("questions") {
        None => {
            let mut answers = decide(tenant, vec![QuestionForm::read(Parts::of(&body))]).await?;
            match answers.pop() {
                Some(Answer::Decided(decision)) => Ok(Json(decision).into_response()),
                Some(Answer::Failed(error)) => Err(error),
                None => Err(ApiError::internal()),
            }
        }
        Some(Node::List(items)) if items.len() > BATCH_QUESTIONS => {
            Err(ApiError::bad("questions", "at most 1000 questions").value(items.len().to_string()))
        }
        Some(Node::List(items)) => {
            let forms = items.iter().enumerate().map(|(index, item)| read_item(index, item)).collect();
            Ok(Json(Answers { decisions: decide(tenant, forms).await? }).into_response())
        }
        Some(_) => Err(ApiError::bad("questions", "a list of questions")),
    }
}

fn read_item<'v>(index: usize, item: &'v Node<'v>) -> Result<QuestionForm<'v>, FormError> {
    let Some(object) = item.as_object() else { return Err(FormError::found(format!("questions[{index}]"), "an object", item)) };
    QuestionForm::read(Parts::of(object)).map_err(|error| FormError { field: format!("questions[{index}].{}", error.field), ..error })
}

async fn decide(tenant: &Tenant, forms: Vec<Result<QuestionForm<'_>, FormError>>) -> Result<Vec<Answer>, ApiError> {
    wait(tenant, forms.iter().flatten().filter_map(|form| form.at_least).max()).await?;
    let now = tenant.now();
    let attributes: Vec<_> = forms.iter().flatten().map(QuestionForm::attribute_pairs).collect();
    let questions: Vec<Question<'_>> =
        forms.iter().flatten().zip(&attributes).map(|(form, attributes)| form.question(now, attributes)).collect();
    let mut decisions = authorize_all(tenant, &questions).into_iter();
    drop(questions);
    let mut nearest = NearestActions::of(tenant);
    let answers = forms.iter().map(|form| match form {
        Ok(form) => match decisions.next() {
            Some(decision) => {
                let nearest = nearest.nearest(form.action, decision.reason);
                Answer::Decided(DecisionView::new(decision, nearest))
            }
            None => Answer::Failed(ApiError::internal()),
        },
        Err(error) => Answer::Failed(error.clone().into()),
    });
    Ok(answers.collect())
}

/// Waits for the revision that a caller asks for with `context.at_least`.
pub(super) async fn wait(tenant: &Tenant, at_least: Option<Revision>) -> Result<(), ApiError> {
    match at_least {
        Some(revision) if !tenant.reaches(revision, AT_LEAST_WAIT).await => {
            Err(ApiError::behind("context.at_least", revision, tenant.engine().revision()))
        }
        _ => Ok(()),
    }
}
