//! `POST /v1/apps/{app}/explain`: a decision, and everything that led to it.

use axum::Json;
use axum::extract::Request;
use hallpass::Explanation;
use serde::Serialize;

use super::check::wait;
use super::{ApiError, Caller};
use crate::authorize::nearest_action;
use crate::body;
use crate::question_form::{Parts, QuestionForm};
use crate::question_schema::QuestionBody;

/// An explanation.
#[derive(Serialize)]
pub(crate) struct Explained {
    #[serde(flatten)]
    explanation: Explanation,
    /// The action most like the one that was asked about, where there is none of that name.
    #[serde(skip_serializing_if = "Option::is_none")]
    nearest: Option<String>,
}

/// Explains a decision: standing, layers, the grants that were looked at, and the smallest changes that would allow it.
///
/// The body is a question (`{subject, action, resource, context}`, as in AuthZEN).
#[utoipa::path(
    post, path = "/v1/apps/{app}/explain", tag = "decisions", params(("app" = String, Path)),
    request_body = QuestionBody, security(("server_key" = []), ("root_key" = [])),
    responses(
        (status = 200, description = "The explanation", body = Object),
        (status = "4XX", description = "What is wrong", body = ApiError)
    )
)]
pub(crate) async fn explain(caller: Caller, request: Request) -> Result<Json<Explained>, ApiError> {
    let body = body::whole(request).await?;
    let body = body::question(&body)?;
    let form = QuestionForm::read(Parts::of(&body))?;
    wait(&caller.tenant, form.at_least).await?;
    let attributes = form.attribute_pairs();
    let explanation = caller.tenant.engine().explain(&form.question(caller.tenant.now(), &attributes));
    let nearest = nearest_action(&caller.tenant, form.action, explanation.decision.reason);
    Ok(Json(Explained { explanation, nearest }))
}
