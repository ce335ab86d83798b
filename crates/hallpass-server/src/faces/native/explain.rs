//! `POST /v1/apps/{app}/explain`: a decision, and everything that led to it.

use axum::Json;
use axum::extract::Request;
use hallpass::Explanation;

use super::check::wait;
use super::{ApiError, Caller};
use crate::body;
use crate::question_form::{Parts, QuestionForm};
use crate::question_schema::QuestionBody;

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
pub(crate) async fn explain(caller: Caller, request: Request) -> Result<Json<Explanation>, ApiError> {
    let body = body::whole(request).await?;
    let body = body::question(&body)?;
    let form = QuestionForm::read(Parts::of(&body))?;
    wait(&caller.tenant, form.at_least).await?;
    let attributes = form.attribute_pairs();
    Ok(Json(caller.tenant.engine().explain(&form.question(caller.tenant.now(), &attributes))))
}
