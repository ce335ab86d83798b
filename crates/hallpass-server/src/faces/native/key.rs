//! `POST /v1/apps/{app}/keys`: a new key in place of an old one.

use axum::Json;
use axum::extract::{Path, Request, State};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{ApiError, Root};
use crate::body;
use crate::service::Service;

/// Longest grace of an old key, in seconds: a week.
const GRACE_MAX_S: u64 = 7 * 24 * 3600;

/// Which key to replace.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, which is read as JSON so that every error can name its field")]
pub(crate) struct KeyForm {
    /// `server_key` (default); Stream: `api_secret`; CometChat: `api_key`, `auth_key`; LiveChat: `client_secret`, `pat`.
    key: Option<String>,
    /// How long the old `server_key` goes on opening the app, in seconds; at most a week. Vendors' keys change at once.
    grace_s: Option<u64>,
}

/// Replaces a key. The answer, `{"id", "<name of the key>"}`, is the only time that the new one is shown.
#[utoipa::path(
    post, path = "/v1/apps/{app}/keys", tag = "apps", params(("app" = String, Path)), request_body = KeyForm, security(("root_key" = [])),
    responses((status = 200, description = "The new key", body = Object), (status = "4XX", description = "What is wrong", body = ApiError))
)]
pub(crate) async fn rotate(
    _root: Root,
    State(service): State<Service>,
    Path(app): Path<String>,
    request: Request,
) -> Result<Json<Value>, ApiError> {
    let body = body::object(request).await?;
    let key = match body.get("key") {
        None | Some(Value::Null) => "server_key",
        Some(Value::String(key)) => key,
        Some(_) => return Err(ApiError::bad("key", "the name of a key, such as server_key")),
    };
    let grace_s = match body.get("grace_s") {
        None | Some(Value::Null) => 0,
        Some(value) => value
            .as_u64()
            .filter(|seconds| *seconds <= GRACE_MAX_S)
            .ok_or_else(|| ApiError::bad("grace_s", "seconds, at most 604800 (a week)"))?,
    };
    let (name, secret) = service.rotate_key(&app, key, grace_s * 1000).await?;
    Ok(Json(json!({"id": app, name: secret})))
}
