//! `/v1/apps/{app}/scopes/{scope}/permissions`: what CometChat lacks, permissions of a scope for all groups of an app at once.
//!
//! CometChat knows the vendor's defaults and what is set for one group; these values stand between the two.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Request};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{ApiError, Caller};
use crate::body;
use crate::edit::Edit;
use crate::lock::Footprint;
use crate::permission_key::{self as keys, KeyFault, Layer, SCOPES, Settings, Stored};

/// The profile that has scopes and keys.
const PROFILE: &str = "cometchat";

/// The permissions of a scope in all groups of an app.
#[derive(Serialize, ToSchema)]
pub(crate) struct ScopePermissions {
    /// `admin`, `moderator` or `participant`.
    scope: String,
    /// What is set for the app, by key: a text, or a list of texts.
    #[schema(value_type = Object)]
    permissions: BTreeMap<String, Value>,
    /// What holds where neither the app nor the group sets anything, by key.
    #[schema(value_type = Object)]
    defaults: BTreeMap<String, Value>,
    /// The world has seen every change up to this revision.
    revision: u64,
}

/// Permissions to set.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, which is read as JSON so that every error can name its field")]
pub(crate) struct ScopePermissionsForm {
    /// By key; keys that are not named stay as they are.
    #[schema(value_type = Object)]
    permissions: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
pub(crate) struct ScopePath {
    scope: String,
}

#[derive(Deserialize)]
pub(crate) struct KeyPath {
    scope: String,
    permission: String,
}

/// Shows the permissions of a scope in all groups of an app.
#[utoipa::path(
    get, path = "/v1/apps/{app}/scopes/{scope}/permissions", tag = "policy",
    params(("app" = String, Path), ("scope" = String, Path)), security(("server_key" = []), ("root_key" = [])),
    responses((status = 200, description = "What is set, and the defaults", body = ScopePermissions), (status = "4XX", description = "What is wrong", body = ApiError))
)]
pub(crate) async fn show(caller: Caller, Path(path): Path<ScopePath>) -> Result<Json<ScopePermissions>, ApiError> {
    let scope = scope(&caller, path.scope)?;
    let stored = keys::of_scope(&caller.tenant, &scope).await?;
    Ok(Json(view(&caller, scope, &stored)))
}

/// Sets permissions of a scope in all groups of an app: all that are named, or none. What a group sets itself goes before them.
#[utoipa::path(
    put, path = "/v1/apps/{app}/scopes/{scope}/permissions", tag = "policy",
    params(("app" = String, Path), ("scope" = String, Path), ("author" = Option<String>, Query, description = "For whom; goes into the log")),
    request_body = ScopePermissionsForm, security(("server_key" = []), ("root_key" = [])),
    responses((status = 200, description = "What is set now", body = ScopePermissions), (status = "4XX", description = "What is wrong; nothing has changed", body = ApiError))
)]
pub(crate) async fn set(caller: Caller, Path(path): Path<ScopePath>, request: Request) -> Result<Json<ScopePermissions>, ApiError> {
    let scope = scope(&caller, path.scope)?;
    let mut body = body::object(request).await?;
    let Some(Value::Object(wanted)) = body.remove("permissions") else {
        return Err(ApiError::bad("permissions", "an object with values by key"));
    };
    let mut wanted_settings = Settings::new();
    for (key, value) in &wanted {
        let setting = keys::read_value(Layer::Scope, key, value, &[]).map_err(|fault| of_fault(key, value, fault))?;
        wanted_settings.insert(key.clone(), setting);
    }
    let edit = caller.tenant.edit(Footprint::policy()).await?;
    let old = keys::of_scope(&caller.tenant, &scope).await?;
    let mut new = old.clone();
    new.settings.extend(wanted_settings);
    write(&caller, edit, scope, &old, new).await
}

/// Takes back what is set of one permission of a scope for all groups of an app.
#[utoipa::path(
    delete, path = "/v1/apps/{app}/scopes/{scope}/permissions/{permission}", tag = "policy",
    params(
        ("app" = String, Path), ("scope" = String, Path), ("permission" = String, Path),
        ("author" = Option<String>, Query, description = "For whom; goes into the log")
    ),
    security(("server_key" = []), ("root_key" = [])),
    responses((status = 200, description = "What is set now", body = ScopePermissions), (status = "4XX", description = "What is wrong", body = ApiError))
)]
pub(crate) async fn unset(caller: Caller, Path(path): Path<KeyPath>) -> Result<Json<ScopePermissions>, ApiError> {
    let scope = scope(&caller, path.scope)?;
    if let Err(fault @ KeyFault::Unknown { .. }) = keys::read_value(Layer::Scope, &path.permission, &Value::Null, &[]) {
        let error = of_fault(&path.permission, &Value::Null, fault);
        return Err(ApiError { status: StatusCode::NOT_FOUND.as_u16(), ..error });
    }
    let edit = caller.tenant.edit(Footprint::policy()).await?;
    let old = keys::of_scope(&caller.tenant, &scope).await?;
    let mut new = old.clone();
    new.settings.remove(&path.permission);
    write(&caller, edit, scope, &old, new).await
}

async fn write(caller: &Caller, edit: Edit, scope: String, old: &Stored, mut new: Stored) -> Result<Json<ScopePermissions>, ApiError> {
    if new.settings != old.settings {
        new.updated_at = Some(caller.tenant.now());
        let effect = keys::set_of_scope(&caller.tenant, &scope, old, &new).await?;
        edit.commit(caller.author(), effect.changes, effect.documents).await?;
    }
    Ok(Json(view(caller, scope, &new)))
}

fn scope(caller: &Caller, scope: String) -> Result<String, ApiError> {
    let profile = caller.tenant.record().profile.clone();
    if profile != PROFILE {
        return Err(ApiError::bad("app", "an app of the profile cometchat").value(profile));
    }
    if SCOPES.contains(&scope.as_str()) {
        return Ok(scope);
    }
    let error = ApiError::bad("scope", "admin, moderator or participant").value(scope.clone());
    Err(match hallpass::nearest(&scope, SCOPES) {
        Some(nearest) => error.nearest(nearest),
        None => error,
    })
}

fn of_fault(key: &str, value: &Value, fault: KeyFault) -> ApiError {
    let field = format!("permissions.{key}");
    match fault {
        KeyFault::Value(problem) => ApiError::new(StatusCode::BAD_REQUEST, "invalid_value", problem).at(field).value(value.to_string()),
        KeyFault::Unknown { nearest, .. } => {
            let text = format!("there is no permission '{key}' of scopes");
            let error = ApiError::new(StatusCode::BAD_REQUEST, "unknown_permission", text).at(field).value(key);
            match nearest {
                Some(nearest) => error.nearest(nearest),
                None => error,
            }
        }
    }
}

fn view(caller: &Caller, scope: String, stored: &Stored) -> ScopePermissions {
    let default = |in_layer: &keys::InLayer| in_layer.default_of(Some(&scope)).map_or_else(|| Value::Array(Vec::new()), Value::from);
    ScopePermissions {
        permissions: stored.settings.iter().map(|(key, setting)| (key.clone(), setting.json())).collect(),
        defaults: keys::catalogue(Layer::Scope).map(|(spec, in_layer)| (spec.key.clone(), default(in_layer))).collect(),
        revision: caller.tenant.engine().revision().0,
        scope,
    }
}
