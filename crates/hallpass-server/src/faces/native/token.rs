//! `/v1/apps/{app}/tokens`: tokens with scopes, for automation, by the same rules as on the consent page.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Path, Query, Request};
use axum::http::{StatusCode, Uri};
use hallpass::Token;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::oauth_fault::has_tokens;
use super::{ApiError, Caller};
use crate::body;
use crate::key::Secret;
use crate::oauth::token::{TokenKind, TokenRecord};
use crate::oauth::trial::{self, Target};
use crate::oauth::{client, grantable, revocation, scope, secret, token, usage};
use crate::tenant::Tenant;

/// A token to make.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, which is read as JSON so that every error can name its field")]
pub(crate) struct TokenForm {
    /// Whose.
    account_id: String,
    /// What it may carry; all of it must be grantable, or nothing is made.
    scopes: Vec<String>,
    /// Through which client. Left out: a personal access token, which has none.
    client_id: Option<String>,
}

/// A token that was made. The only time that its secret is shown.
#[derive(Serialize, ToSchema)]
pub(crate) struct MadeToken {
    /// Whose.
    account_id: String,
    /// The secret: `Basic base64(account_id:pat)`, or `Bearer pat`.
    #[schema(value_type = String)]
    pat: Secret,
    /// Names the token, without opening anything.
    token_id: String,
    /// What it carries.
    scopes: BTreeSet<String>,
    /// Through which client.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
}

/// A token, without its secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenView {
    token_id: String,
    account_id: String,
    kind: &'static str,
    scopes: BTreeSet<String>,
    /// Milliseconds since 1970.
    created_at: u64,
    created_by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    /// Milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<u64>,
}

impl TokenView {
    fn of(record: TokenRecord, token: Token) -> Self {
        let kind = match record.kind {
            TokenKind::Personal => "personal",
            TokenKind::Client => "client",
            TokenKind::Bot => "bot",
        };
        Self {
            token_id: record.id,
            account_id: record.account,
            kind,
            scopes: token.scopes,
            created_at: record.created_at.as_ms(),
            created_by: record.created_by,
            client_id: token.client,
            expires_at: token.expires_at.map(hallpass::Timestamp::as_ms),
        }
    }
}

/// The tokens of an account.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenList {
    tokens: Vec<TokenView>,
}

/// Makes a token for an account. Refused whole where a scope is unknown, outside of what the client is configured for, or not for the
/// account's role.
#[utoipa::path(
    post, path = "/v1/apps/{app}/tokens", tag = "tokens", params(("app" = String, Path)), request_body = TokenForm,
    security(("server_key" = []), ("root_key" = [])),
    responses((status = 201, description = "The token", body = MadeToken), (status = "4XX", description = "What is wrong", body = ApiError))
)]
pub(crate) async fn create(caller: Caller, request: Request) -> Result<(StatusCode, Json<MadeToken>), ApiError> {
    let tenant = &caller.tenant;
    has_tokens(tenant)?;
    let mut body = body::object(request).await?;
    let account = text(&mut body, "account_id")?.ok_or_else(|| ApiError::bad("account_id", "the id of an account"))?;
    let scopes = scopes(&mut body, "scopes")?.ok_or_else(|| ApiError::bad("scopes", "a list of scopes"))?;
    let client_id = text(&mut body, "client_id")?;
    nothing_else(&body, "account_id, scopes and client_id")?;
    if tenant.engine().user(&account).is_none_or(|user| user.deleted) {
        let text = format!("account_id: there is no account '{account}'");
        return Err(ApiError::new(StatusCode::NOT_FOUND, "unknown_account", text).at("account_id").value(account));
    }
    let configured = match &client_id {
        Some(id) => match client::find(tenant, id).await? {
            Some(client) => Some(client.scopes),
            None => {
                let text = format!("client_id: there is no client '{id}'");
                return Err(ApiError::new(StatusCode::NOT_FOUND, "unknown_client", text).at("client_id").value(id.as_str()));
            }
        },
        None => None,
    };
    grantable::all(tenant, &account, configured.as_ref(), &scopes)?;
    let made = token::give(tenant, &account, client_id.as_deref(), scopes, &caller.author()).await?;
    let Token { id, user, client, scopes, .. } = made.token;
    let view = MadeToken { account_id: user, pat: made.secret, token_id: id, scopes, client_id: client };
    Ok((StatusCode::CREATED, Json(view)))
}

#[derive(Deserialize)]
pub(crate) struct ListQuery {
    account_id: Option<String>,
}

/// Lists the personal access tokens, those made here for a client, and those of bots, of one account.
#[utoipa::path(
    get, path = "/v1/apps/{app}/tokens", tag = "tokens", params(("app" = String, Path), ("account_id" = String, Query)),
    security(("server_key" = []), ("root_key" = [])),
    responses((status = 200, description = "The tokens", body = TokenList), (status = "4XX", description = "What is wrong", body = ApiError))
)]
pub(crate) async fn list(caller: Caller, uri: Uri) -> Result<Json<TokenList>, ApiError> {
    has_tokens(&caller.tenant)?;
    let account = Query::<ListQuery>::try_from_uri(&uri).ok().and_then(|Query(query)| query.account_id);
    let account = account.ok_or_else(|| ApiError::bad("account_id", "the id of an account, once, in the query"))?;
    let records = token::of_account(&caller.tenant, &account).await?;
    let tokens =
        records.into_iter().filter_map(|record| caller.tenant.engine().token(&record.id).map(|token| TokenView::of(record, token)));
    Ok(Json(TokenList { tokens: tokens.collect() }))
}

#[derive(Deserialize)]
pub(crate) struct TokenPath {
    token: String,
}

/// What was revoked.
#[derive(Serialize, ToSchema)]
pub(crate) struct Revoked {
    revoked: String,
}

/// Revokes a token, by its id. Whoever calls with it next is answered 401.
#[utoipa::path(
    delete, path = "/v1/apps/{app}/tokens/{token}", tag = "tokens", params(("app" = String, Path), ("token" = String, Path)),
    security(("server_key" = []), ("root_key" = [])),
    responses((status = 200, description = "It is gone", body = Revoked), (status = "4XX", description = "What is wrong", body = ApiError))
)]
pub(crate) async fn revoke(caller: Caller, Path(TokenPath { token }): Path<TokenPath>) -> Result<Json<Revoked>, ApiError> {
    let found = find(&caller.tenant, &token)?;
    if !revocation::of_token(&caller.tenant, &found, &caller.author()).await? {
        let text = "token: tokens of bots cannot be revoked; they end after a day";
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "not_revocable", text).at("token"));
    }
    Ok(Json(Revoked { revoked: token }))
}

/// A scope of a token, and what became of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct ScopeUseView {
    scope: String,
    used: bool,
    /// Milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<u64>,
    /// Narrower scopes that would have been enough.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    enough: Vec<String>,
}

/// Which scopes a token used.
#[derive(Serialize, ToSchema)]
pub(crate) struct Usage {
    token_id: String,
    /// How far back this looks, in days.
    days: u64,
    scopes: Vec<ScopeUseView>,
    /// Those that could be taken away.
    unused: Vec<String>,
}

/// Which of its scopes a token used in the last thirty days.
#[utoipa::path(
    get, path = "/v1/apps/{app}/tokens/{token}/usage", tag = "tokens", params(("app" = String, Path), ("token" = String, Path)),
    security(("server_key" = []), ("root_key" = [])),
    responses((status = 200, description = "Its scopes", body = Usage), (status = "4XX", description = "What is wrong", body = ApiError))
)]
pub(crate) async fn used(caller: Caller, Path(TokenPath { token }): Path<TokenPath>) -> Result<Json<Usage>, ApiError> {
    let found = find(&caller.tenant, &token)?;
    let uses = usage::of_token(&caller.tenant, &found).await?;
    let unused = uses.iter().filter(|one| one.last_used.is_none()).map(|one| one.scope.clone()).collect();
    let view = |one: usage::ScopeUse| ScopeUseView {
        scope: one.scope,
        used: one.last_used.is_some(),
        last_used_at: one.last_used.map(hallpass::Timestamp::as_ms),
        enough: one.enough,
    };
    Ok(Json(Usage { token_id: token, days: usage::DAYS, scopes: uses.into_iter().map(view).collect(), unused }))
}

/// A call to try.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, which is read as JSON so that every error can name its field")]
pub(crate) struct TrialForm {
    /// The token's id, or the token itself.
    token: String,
    /// Name of the method.
    method: String,
    /// The chat that it is called on.
    chat_id: Option<String>,
    /// The account that it is about.
    account_id: Option<String>,
    /// The client that owns what it is about.
    owner_client_id: Option<String>,
    /// The group of what it is about.
    group_id: Option<String>,
}

/// Says what a call would answer, without calling: allowed or not, why, layer by layer, and what would allow it.
#[utoipa::path(
    post, path = "/v1/apps/{app}/tokens/try", tag = "tokens", params(("app" = String, Path)), request_body = TrialForm,
    security(("server_key" = []), ("root_key" = [])),
    responses((status = 200, description = "What would become of it", body = Object), (status = "4XX", description = "What is wrong", body = ApiError))
)]
pub(crate) async fn try_out(caller: Caller, request: Request) -> Result<Json<Value>, ApiError> {
    let tenant = &caller.tenant;
    has_tokens(tenant)?;
    let mut body = body::object(request).await?;
    let shown = text(&mut body, "token")?.ok_or_else(|| ApiError::bad("token", "a token, or its id"))?;
    let method = text(&mut body, "method")?.ok_or_else(|| ApiError::bad("method", "the name of a method"))?;
    let target = Target {
        chat: text(&mut body, "chat_id")?,
        account: text(&mut body, "account_id")?,
        owner_client: text(&mut body, "owner_client_id")?,
        group: text(&mut body, "group_id")?,
    };
    nothing_else(&body, "token, method, chat_id, account_id, owner_client_id and group_id")?;
    let found = match secret::find(tenant, &shown) {
        Some(found) => found,
        None => find(tenant, &shown)?,
    };
    let Some(action) = trial::action(tenant, &method) else {
        let error = ApiError::new(StatusCode::BAD_REQUEST, "unknown_method", format!("method: there is no method '{method}'")).at("method");
        return Err(match tenant.engine().nearest_action(&method) {
            Some(nearest) => error.nearest(nearest),
            None => error,
        });
    };
    let verdict = trial::run(tenant, &found, &method, action, &target).await?;
    serde_json::to_value(verdict).map(Json).map_err(|_| ApiError::internal())
}

fn find(tenant: &Tenant, id: &str) -> Result<Token, ApiError> {
    has_tokens(tenant)?;
    tenant.engine().token(id).ok_or_else(|| {
        let shown: String = id.chars().take(12).collect();
        ApiError::new(StatusCode::NOT_FOUND, "unknown_token", format!("token: there is no token '{shown}…'")).at("token")
    })
}

/// A text that may be left out.
pub(super) fn text(body: &mut Map<String, Value>, name: &str) -> Result<Option<String>, ApiError> {
    match body.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
        Some(_) => Err(ApiError::bad(name, "a string that is not empty")),
    }
}

/// Scopes: a list, or a text with spaces or commas.
pub(super) fn scopes(body: &mut Map<String, Value>, name: &str) -> Result<Option<BTreeSet<String>>, ApiError> {
    let wrong = || ApiError::bad(name, "a list of scopes, or a text with spaces between them");
    match body.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(list)) => Ok(Some(scope::split(&list))),
        Some(Value::Array(items)) => {
            let names = items.into_iter().map(|item| match item {
                Value::String(name) => Ok(name),
                _ => Err(wrong()),
            });
            names.collect::<Result<_, _>>().map(Some)
        }
        Some(_) => Err(wrong()),
    }
}

/// Refuses fields that mean nothing here.
pub(super) fn nothing_else(body: &Map<String, Value>, known: &str) -> Result<(), ApiError> {
    match body.keys().next() {
        Some(unknown) => Err(ApiError::bad(unknown.clone(), &format!("no such field; {known} are known"))),
        None => Ok(()),
    }
}
