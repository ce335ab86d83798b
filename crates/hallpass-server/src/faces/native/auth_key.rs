//! `/v1/apps/{app}/auth_key`: what CometChat's auth-only key may do.

use axum::Json;
use axum::extract::Request;
use serde_json::Value;

use super::{ApiError, Caller};
use crate::auth_key::AuthKeySettings;
use crate::body;
use crate::lock::Footprint;

/// The profile that has such a key.
const PROFILE: &str = "cometchat";

/// Shows what the auth-only key of an app may do.
#[utoipa::path(
    get, path = "/v1/apps/{app}/auth_key", tag = "apps", params(("app" = String, Path)), security(("server_key" = []), ("root_key" = [])),
    responses((status = 200, description = "What it may do besides making tokens", body = AuthKeySettings), (status = "4XX", description = "What is wrong", body = ApiError))
)]
pub(crate) async fn show(caller: Caller) -> Result<Json<AuthKeySettings>, ApiError> {
    of_profile(&caller)?;
    Ok(Json(AuthKeySettings::of(&caller.tenant).await?))
}

/// Says what the auth-only key of an app may do.
#[utoipa::path(
    put, path = "/v1/apps/{app}/auth_key", tag = "apps",
    params(("app" = String, Path), ("author" = Option<String>, Query, description = "For whom; goes into the log")),
    request_body = AuthKeySettings, security(("server_key" = []), ("root_key" = [])),
    responses((status = 200, description = "What it may do from now on", body = AuthKeySettings), (status = "4XX", description = "What is wrong; nothing has changed", body = ApiError))
)]
pub(crate) async fn set(caller: Caller, request: Request) -> Result<Json<AuthKeySettings>, ApiError> {
    of_profile(&caller)?;
    let body = body::object(request).await?;
    if let Some(other) = body.keys().find(|key| *key != "creates_users") {
        return Err(ApiError::bad(other.as_str(), "no other field than creates_users"));
    }
    let Some(Value::Bool(creates_users)) = body.get("creates_users") else { return Err(ApiError::bad("creates_users", "true or false")) };
    let settings = AuthKeySettings { creates_users: *creates_users };
    let edit = caller.tenant.edit(Footprint::facts().entity("auth_key", "settings")).await?;
    edit.commit(caller.author(), Vec::new(), vec![settings.document()]).await?;
    Ok(Json(settings))
}

fn of_profile(caller: &Caller) -> Result<(), ApiError> {
    let profile = caller.tenant.record().profile.clone();
    if profile == PROFILE { Ok(()) } else { Err(ApiError::bad("app", "an app of the profile cometchat").value(profile)) }
}
