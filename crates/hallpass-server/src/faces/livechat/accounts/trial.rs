//! `POST /v2/try`: may my token call that method on that chat? Asked with the token itself; nothing is done.

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::fault::AccountsFault;
use super::form::Form;
use super::token::not_stored;
use crate::faces::livechat::caller;
use crate::faces::livechat::method::Method;
use crate::oauth::trial::{self, Target};
use crate::service::Service;

/// Tries. `method` is any name that a version has or had, or an action of the catalogue.
pub(super) async fn try_out(State(service): State<Service>, headers: HeaderMap, request: Request) -> Result<Response, AccountsFault> {
    let (tenant, token) = caller::authenticate(&service, &headers, None)?;
    let form = Form::of_body(request).await?;
    let name = form.required("method")?;
    let earlier = || Method::all().find(|method| method.name == name).and_then(|method| method.asks.first()).copied();
    let found = trial::action(&tenant, name).or_else(|| earlier().and_then(|action| trial::action(&tenant, action)));
    let Some(action) = found else {
        let shown: String = name.chars().take(60).collect();
        let hint = tenant.engine().nearest_action(name).map(|nearest| format!("; did you mean '{nearest}'?")).unwrap_or_default();
        return Err(AccountsFault::request(format!("method: there is no method '{shown}'{hint}")));
    };
    let text = |name: &str| form.get(name).map(str::to_owned);
    let target = Target {
        chat: text("chat_id"),
        account: text("account_id").or_else(|| text("agent_id")),
        owner_client: text("owner_client_id"),
        group: text("group_id"),
    };
    let verdict = trial::run(&tenant, &token, name, action, &target).await.map_err(AccountsFault::internal)?;
    serde_json::to_value(verdict).map(|body| not_stored(&body)).map_err(AccountsFault::internal)
}
