//! `POST /v1/apps/{app}/capabilities`: everything that a subject may do in a channel, in one answer.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::Request;
use hallpass::Extent;
use serde::Serialize;
use utoipa::ToSchema;

use super::check::wait;
use super::{ApiError, Caller};
use crate::body;
use crate::question_form::{Parts, QuestionForm};
use crate::question_schema::QuestionBody;

/// What a subject may do in a channel.
#[derive(Serialize, ToSchema)]
pub(crate) struct CapabilitiesView {
    /// Every action of the channel: `any` (with anybody's things), `own` (with one's own things only) or `none`.
    capabilities: BTreeMap<String, &'static str>,
    /// The world that was asked had seen every change up to this revision.
    revision: u64,
}

/// Lists what a subject may do in a channel.
///
/// The body is `{subject, resource}` (and maybe `context.time`, `context.at_least`), the resource a channel.
#[utoipa::path(
    post, path = "/v1/apps/{app}/capabilities", tag = "decisions", params(("app" = String, Path)),
    request_body = QuestionBody, security(("server_key" = []), ("root_key" = [])),
    responses(
        (status = 200, description = "Every action of the channel", body = CapabilitiesView),
        (status = "4XX", description = "What is wrong", body = ApiError)
    )
)]
pub(crate) async fn capabilities(caller: Caller, request: Request) -> Result<Json<CapabilitiesView>, ApiError> {
    let body = body::whole(request).await?;
    let body = body::question(&body)?;
    let form = QuestionForm::read_without_action(Parts::of(&body))?;
    if form.resource().kind != "channel" {
        return Err(ApiError::bad("resource.type", "channel").value(form.resource().kind));
    }
    wait(&caller.tenant, form.at_least).await?;
    let engine = caller.tenant.engine();
    let found = engine.capabilities(&form.subject(), &form.resource(), form.now().unwrap_or(caller.tenant.now()));
    let capabilities = found.iter().map(|(action, extent)| (action.to_owned(), word(extent))).collect();
    Ok(Json(CapabilitiesView { capabilities, revision: engine.revision().0 }))
}

fn word(extent: Extent) -> &'static str {
    match extent {
        Extent::Any => "any",
        Extent::Own => "own",
        Extent::None => "none",
    }
}
