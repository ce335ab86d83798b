//! `GET /v1/apps/{app}/scopes`: which scope opens what.

use axum::Json;
use serde_json::Value;

use super::oauth_fault::has_tokens;
use super::{ApiError, Caller};
use crate::oauth::table;

/// The scopes, with what each opens, and the methods, with what each needs: from the catalogue that decides.
#[utoipa::path(
    get, path = "/v1/apps/{app}/scopes", tag = "tokens", params(("app" = String, Path)),
    security(("server_key" = []), ("root_key" = [])),
    responses((status = 200, description = "The table", body = Object), (status = "4XX", description = "What is wrong", body = ApiError))
)]
pub(crate) async fn scopes(caller: Caller) -> Result<Json<Value>, ApiError> {
    has_tokens(&caller.tenant)?;
    Ok(Json(table::whole(caller.tenant.engine().profile().catalogue())))
}
