//! `/v1/apps`: which apps there are.

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use hallpass::Catalogue;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{ApiError, Caller, Root};
use crate::administration::NewApp;
use crate::body;
use crate::record::AppCredentials;
use crate::service::Service;
use crate::tenant::Tenant;

/// An app, without its keys.
#[derive(Serialize, ToSchema)]
pub(crate) struct AppView {
    id: String,
    profile: String,
    /// Milliseconds since 1970.
    created_at: u64,
    /// The newest revision that questions see.
    revision: u64,
}

impl AppView {
    fn of(tenant: &Tenant) -> Self {
        let record = tenant.record();
        Self {
            id: record.id.clone(),
            profile: record.profile.clone(),
            created_at: record.created_at.as_ms(),
            revision: tenant.engine().revision().0,
        }
    }
}

/// All apps, by id.
#[derive(Serialize, ToSchema)]
pub(crate) struct AppList {
    apps: Vec<AppView>,
}

/// An app to make.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, which is read as JSON so that every error can name its field")]
pub(crate) struct AppForm {
    /// 1 to 64 of a-z, 0-9, '-' and '_'. Left out: a random one.
    id: Option<String>,
    /// `stream`, `cometchat`, `livechat` or `custom`.
    profile: String,
    /// With `custom`: the permission system, in the format of `profiles/*.json`.
    #[schema(value_type = Option<Object>)]
    catalogue: Option<Value>,
}

/// What was deleted.
#[derive(Serialize, ToSchema)]
pub(crate) struct Deleted {
    deleted: String,
}

/// Lists the apps.
#[utoipa::path(
    get, path = "/v1/apps", tag = "apps", security(("root_key" = [])),
    responses((status = 200, description = "All apps", body = AppList), (status = "4XX", description = "What is wrong", body = ApiError))
)]
pub(crate) async fn list(_root: Root, State(service): State<Service>) -> Json<AppList> {
    Json(AppList { apps: service.tenants().iter().map(|tenant| AppView::of(tenant)).collect() })
}

/// Makes an app. The answer is the only time that its keys are shown.
#[utoipa::path(
    post, path = "/v1/apps", tag = "apps", request_body = AppForm, security(("root_key" = [])),
    responses((status = 201, description = "The app with its keys", body = AppCredentials), (status = "4XX", description = "What is wrong", body = ApiError))
)]
pub(crate) async fn create(
    _root: Root,
    State(service): State<Service>,
    request: Request,
) -> Result<(StatusCode, Json<AppCredentials>), ApiError> {
    let mut body = body::object(request).await?;
    let id = match body.remove("id") {
        None | Some(Value::Null) => None,
        Some(Value::String(id)) => Some(id),
        Some(_) => return Err(ApiError::bad("id", "a string")),
    };
    let Some(Value::String(profile)) = body.remove("profile") else {
        return Err(ApiError::bad("profile", "stream, cometchat, livechat or custom"));
    };
    let catalogue = match body.remove("catalogue") {
        None | Some(Value::Null) => None,
        Some(catalogue) => Some(read_catalogue(catalogue)?),
    };
    if let Some(unknown) = body.keys().next() {
        return Err(ApiError::bad(unknown.clone(), "no such field; id, profile and catalogue are known"));
    }
    let credentials = service.create_app(NewApp { id, profile, catalogue }).await?;
    Ok((StatusCode::CREATED, Json(credentials)))
}

fn read_catalogue(value: Value) -> Result<Catalogue, ApiError> {
    serde_json::from_value(value)
        .map_err(|error| ApiError::new(StatusCode::BAD_REQUEST, "invalid_catalogue", format!("catalogue: {error}")).at("catalogue"))
}

/// Shows an app.
#[utoipa::path(
    get, path = "/v1/apps/{app}", tag = "apps", params(("app" = String, Path)), security(("server_key" = []), ("root_key" = [])),
    responses((status = 200, description = "The app", body = AppView), (status = "4XX", description = "What is wrong", body = ApiError))
)]
pub(crate) async fn show(caller: Caller) -> Json<AppView> {
    Json(AppView::of(&caller.tenant))
}

/// Deletes an app with everything in it: facts, policy, documents, log.
#[utoipa::path(
    delete, path = "/v1/apps/{app}", tag = "apps", params(("app" = String, Path)), security(("root_key" = [])),
    responses((status = 200, description = "It is gone", body = Deleted), (status = "4XX", description = "What is wrong", body = ApiError))
)]
pub(crate) async fn delete(_root: Root, State(service): State<Service>, Path(app): Path<String>) -> Result<Json<Deleted>, ApiError> {
    service.delete_app(&app).await?;
    Ok(Json(Deleted { deleted: app }))
}
