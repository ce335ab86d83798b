//! `POST /v2/customer/token`: an agent's token for a customer's, so that a system of the company's own can act for its customers.
//!
//! What it takes is `customers:own` (in 2018 `customers.identity--manage`), and a token that was made through a client: a personal access
//! token does not do (docs/livechat.md, The OAuth dance). The customer's own API is not served; its tokens can be shown and told about.

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use hallpass::{Question, Resource, Subject, Timestamp};
use hallpass_store::DocumentWrite;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::fault::AccountsFault;
use super::form::Form;
use super::token::{not_stored, seconds_until};
use crate::authorize::authorize;
use crate::faces::livechat::fault::Fault;
use crate::faces::livechat::{caller, refusal};
use crate::lock::Footprint;
use crate::oauth::{secret, usage};
use crate::service::Service;
use crate::tenant::Tenant;

/// Kind of the documents of customers' tokens; the id is the digest.
const KIND: &str = "oauth_customer_token";
/// How long such a token lives (docs/livechat.md, Tokens): 28,800 seconds.
const LIFETIME_MS: u64 = 28_800 * 1_000;
/// Documents that are looked at for expired ones whenever one is written: more than one, so that they do not add up.
const SWEPT: usize = 20;
/// The action that it takes.
const ACTION: &str = "issue_customer_token";

/// A customer's token, as stored.
#[derive(Debug, Serialize, Deserialize)]
struct CustomerToken {
    entity_id: String,
    client_id: String,
    issued_by: String,
    expires_at: Timestamp,
}

/// Gives out a token of a customer: of `entity_id`, or of a new one.
pub(super) async fn issue(State(service): State<Service>, headers: HeaderMap, request: Request) -> Result<Response, AccountsFault> {
    let (tenant, token) = caller::authenticate(&service, &headers, None)?;
    let form = Form::of_body(request).await?;
    if form.required("grant_type")? != "agent_token" {
        return Err(AccountsFault::grant_type("grant_type: expected agent_token"));
    }
    let entity = form.get("entity_id").or(form.get("customer_id")).map_or_else(|| uuid::Uuid::new_v4().to_string(), str::to_owned);
    let subject = Subject { token: Some(&token.id), ..Subject::user(&token.user) };
    let question = Question::of(subject, ACTION, Resource::other("customer", &entity)).at(tenant.now());
    let decision = authorize(&tenant, &question);
    if !decision.allowed {
        return Err(refusal::of(&tenant, &question, &decision).into());
    }
    usage::note(&tenant, &token, &question);
    let Some(client) = token.client.clone() else {
        return Err(AccountsFault::request(
            "a personal access token cannot be traded for a customer's; use one that was made through a client",
        ));
    };
    if form.get("client_id").is_some_and(|named| named != client) {
        return Err(AccountsFault::client("client_id: it is not the client of the token"));
    }
    let made = secret::generate(&tenant.organization().unwrap_or_default());
    let expires_at = Timestamp::from_ms(tenant.now().as_ms().saturating_add(LIFETIME_MS));
    let record = CustomerToken { entity_id: entity.clone(), client_id: client.clone(), issued_by: token.user.clone(), expires_at };
    let body = serde_json::to_value(&record).map_err(AccountsFault::internal)?;
    let edit = tenant.edit(Footprint::facts().entity(KIND, entity.clone())).await?;
    let id = secret::id_of(made.expose());
    let mut documents = expired_after(&tenant, &id).await?;
    documents.push(DocumentWrite::put(KIND, id, body));
    edit.commit(format!("user:{}", token.user), Vec::new(), documents).await.map_err(AccountsFault::internal)?;
    Ok(not_stored(&json!({
        "access_token": made.expose(),
        "client_id": client,
        "entity_id": entity,
        "expires_in": LIFETIME_MS / 1_000,
        "organization_id": tenant.organization(),
        "token_type": "Bearer",
    })))
}

/// Deletes those of the next few tokens, by digest, that have expired. Digests are random, so in the end every one is a next one.
async fn expired_after(tenant: &Tenant, digest: &str) -> Result<Vec<DocumentWrite>, AccountsFault> {
    let from = digest.to_owned();
    let read = tenant.read(move |store, app| store.scan_documents(app, KIND, "", Some(&from), SWEPT)).await;
    let now = tenant.now();
    let ended = |body: &serde_json::Value| serde_json::from_value::<CustomerToken>(body.clone()).is_ok_and(|token| now >= token.expires_at);
    let found = read.map_err(AccountsFault::internal)?;
    Ok(found.into_iter().filter(|(_, body)| ended(body)).map(|(id, _)| DocumentWrite::delete(KIND, id)).collect())
}

/// `GET /v2/customer/info`: what a customer's token is.
pub(super) async fn info(State(service): State<Service>, headers: HeaderMap) -> Result<Response, AccountsFault> {
    let shown = caller::read(&headers)?.secret;
    let unknown = || Fault::authentication("no such token of a customer, or it has expired", Some("invalid_token"));
    let tenant = service.tenant_by_livechat_token(&shown).ok_or_else(unknown)?;
    let found = tenant.document(KIND, secret::id_of(&shown)).await.map_err(AccountsFault::internal)?;
    let record: CustomerToken = serde_json::from_value(found.ok_or_else(unknown)?).map_err(AccountsFault::internal)?;
    if tenant.now() >= record.expires_at {
        return Err(unknown().into());
    }
    Ok(not_stored(&json!({
        "access_token": shown,
        "client_id": record.client_id,
        "entity_id": record.entity_id,
        "expires_in": seconds_until(record.expires_at, tenant.now()),
        "organization_id": tenant.organization(),
        "token_type": "Bearer",
    })))
}
