//! A request for a code, as the browser brings it.
//!
//! What is wrong is told in one of two places. While it is not certain where the client lives, only on a page of ours, and the browser
//! goes nowhere: sending it on would make of this server a signpost for anybody (RFC 6749, 4.1.2.1). After that, at the client, as the
//! standard has it, with the vendor's name for the same (`oauth_exception`) beside.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::form::Form;
use crate::oauth::client::{self, ClientRecord};
use crate::oauth::pkce::Challenge;
use crate::oauth::{grantable, redirect, scope};
use crate::service::Service;
use crate::tenant::Tenant;

/// Longest `state`, in bytes.
const STATE_BYTES: usize = 2_000;

/// A request that can be put before somebody.
pub(super) struct CodeRequest {
    /// The app.
    pub(super) tenant: Arc<Tenant>,
    /// Who asks.
    pub(super) client: ClientRecord,
    /// Where the answer goes.
    pub(super) back: Back,
    /// What for.
    pub(super) scopes: BTreeSet<String>,
    /// How the client will prove that it asked.
    pub(super) challenge: Option<Challenge>,
    /// The client wants the account to be asked in any case.
    pub(super) wants_consent: bool,
}

/// Where an answer goes.
#[derive(Debug, Clone)]
pub(super) struct Back {
    /// The address.
    pub(super) uri: String,
    /// What the client said to itself.
    state: Option<String>,
    /// Who we are.
    issuer: String,
}

impl Back {
    /// The address with an answer.
    fn with(&self, answer: &[(&str, &str)]) -> String {
        let mut pairs = answer.to_vec();
        pairs.extend(self.state.as_deref().map(|state| ("state", state)));
        pairs.push(("iss", &self.issuer));
        let query = serde_urlencoded::to_string(pairs).unwrap_or_default();
        format!("{}?{query}", self.uri)
    }

    /// With a code.
    pub(super) fn with_code(&self, code: &str) -> String {
        self.with(&[("code", code)])
    }

    /// With an error.
    pub(super) fn with_error(&self, error: &str, description: &str) -> String {
        self.with(&[("error", error), ("error_description", description), ("oauth_exception", error)])
    }
}

/// Why a request is not put before anybody.
pub(super) enum Unfit {
    /// To be told on a page of ours: the vendor's code, and a sentence.
    Here(&'static str, String),
    /// To be told at the client.
    There(Back, &'static str, String),
}

impl CodeRequest {
    /// Reads a request.
    ///
    /// # Errors
    /// Why it cannot be put before anybody, and where to tell.
    pub(super) async fn read(service: &Service, query: &str) -> Result<Self, Unfit> {
        let here = |code: &'static str, text: String| Unfit::Here(code, text);
        let form = Form::of_query(query).map_err(|fault| here("invalid_request", fault.description))?;
        let id = form.get("client_id").ok_or_else(|| here("client_id_not_found", "client_id: is required".to_owned()))?;
        let unknown = || here("client_id_not_found", "client_id: there is no such client".to_owned());
        let tenant = service.tenant_by_client(id).ok_or_else(unknown)?;
        if form.get("organization_id").is_some_and(|named| Some(named.to_owned()) != tenant.organization()) {
            return Err(unknown());
        }
        let found = client::find(&tenant, id).await;
        let client = found.map_err(|error| here("server_error", log(&error)))?.ok_or_else(unknown)?;
        let uri = form.get("redirect_uri").ok_or_else(|| here("redirect_uri_not_set", "redirect_uri: is required".to_owned()))?;
        if !redirect::covered(&client.redirect_uris, uri) {
            let text = "redirect_uri: it is not one that the client has registered, nor below one".to_owned();
            return Err(here("invalid_redirect_uri", text));
        }
        let state = form.get("state").map(str::to_owned);
        if state.as_ref().is_some_and(|state| state.len() > STATE_BYTES) {
            return Err(here("invalid_request", format!("state: expected at most {STATE_BYTES} bytes")));
        }
        let back = Back { uri: uri.to_owned(), state, issuer: service.public_url().to_owned() };
        Self::read_rest(tenant, client, back, &form)
    }

    fn read_rest(tenant: Arc<Tenant>, client: ClientRecord, back: Back, form: &Form) -> Result<Self, Unfit> {
        let there = |error: &'static str, text: String| Unfit::There(back.clone(), error, text);
        match form.get("response_type") {
            Some("code") => {}
            None => return Err(there("invalid_request", "response_type: is required".to_owned())),
            Some(_) => {
                // Tokens in the address bar leak (OAuth 2.1, 10.1).
                return Err(there("unsupported_response_type", "response_type: expected code".to_owned()));
            }
        }
        let challenge = match form.get("code_challenge") {
            Some(value) => {
                let read = Challenge::read(value, form.get("code_challenge_method"));
                Some(read.map_err(|text| there("invalid_request", text.to_owned()))?)
            }
            None if client.is_public() => {
                let text = "code_challenge: is required of a client that cannot keep a secret (PKCE)";
                return Err(there("invalid_request", text.to_owned()));
            }
            None => None,
        };
        let scopes = form.get("scope").map_or_else(|| client.scopes.clone(), scope::split);
        let checked = grantable::known(&tenant, &scopes).and_then(|()| grantable::within(&tenant, &scopes, "client", &client.scopes));
        checked.map_err(|refusal| there("invalid_scope", refusal.to_string()))?;
        let wants_consent = form.get("prompt") == Some("consent");
        Ok(Self { tenant, client, back, scopes, challenge, wants_consent })
    }
}

fn log(error: &crate::oauth::OauthError) -> String {
    tracing::error!(%error, "a client cannot be read");
    "internal error".to_owned()
}
