//! `/v2/authorize`: somebody lets a client act for them.
//!
//! Three steps on one address: log in, agree, go back with a code. Each step's form carries a ticket that only this server can have
//! sealed, bound to a cookie of the browser that asked (`SameSite=Strict`): a form on a foreign page has neither. There is no session:
//! the login is for this one consent, with the account's id and one of its personal access tokens. Such a token cannot give away more
//! than it holds itself.

use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use hallpass::{Timestamp, Token};
use serde::{Deserialize, Serialize};

use super::form::Form;
use super::page::{self, About};
use super::request::{CodeRequest, Unfit};
use super::ticket;
use crate::faces::livechat::caller;
use crate::key::{KeyDigest, random_text};
use crate::limits;
use crate::oauth::client::Visibility;
use crate::oauth::code::{self, CodeRecord};
use crate::oauth::grantable::{self, ScopeRefusal};
use crate::oauth::{redirect, secret};
use crate::service::Service;

/// Where.
pub(super) const PATH: &str = "/v2/authorize";
/// Name of the cookie that a ticket is bound to.
const COOKIE: &str = "hallpass_consent";
/// Steps, as the forms name them.
const LOGIN: &str = "login";
const CONSENT: &str = "consent";

/// What the consent page's ticket holds.
#[derive(Serialize, Deserialize)]
struct LoggedIn {
    request: String,
    account: String,
    /// Digest of the token that showed who it is: what becomes of it becomes of this login.
    token: String,
}

/// `GET`: the login page.
pub(super) async fn ask(State(service): State<Service>, uri: Uri) -> Response {
    let query = uri.query().unwrap_or_default();
    let request = match CodeRequest::read(&service, query).await {
        Ok(request) => request,
        Err(unfit) => return tell(unfit),
    };
    show_login(&service, &request, query, "", None, StatusCode::OK)
}

/// `POST`: the next step.
pub(super) async fn answer(State(service): State<Service>, headers: HeaderMap, request: Request) -> Response {
    let bytes = to_bytes(request.into_body(), limits::BODY_BYTES).await.unwrap_or_default();
    let read = std::str::from_utf8(&bytes).ok().and_then(|text| Form::of_query(text).ok());
    let Some(form) = read else { return problem(StatusCode::BAD_REQUEST, "invalid_request", "the form cannot be read") };
    let (browser, now) = (cookie(&headers).unwrap_or_default(), service.now());
    let ticket = form.get("ticket").unwrap_or_default();
    let outcome = match form.get("step") {
        Some(LOGIN) => match ticket::open::<String>(ticket, &browser, LOGIN, now) {
            Some(query) => log_in(&service, &query, &form, &browser).await,
            None => Err(stale()),
        },
        Some(CONSENT) => match ticket::open::<LoggedIn>(ticket, &browser, CONSENT, now) {
            Some(logged_in) => decide(&service, logged_in, &form).await,
            None => Err(stale()),
        },
        _ => Err(problem(StatusCode::BAD_REQUEST, "invalid_request", "step: expected login or consent")),
    };
    outcome.unwrap_or_else(|response| response)
}

fn stale() -> Response {
    let text = "This page was open for too long, or was not opened in this browser. Go back to the app and begin again.";
    problem(StatusCode::FORBIDDEN, "invalid_ticket", text)
}

/// The second step. `Err` is as good an answer as `Ok`: it ends the step early.
async fn log_in(service: &Service, query: &str, form: &Form, browser: &str) -> Result<Response, Response> {
    let request = CodeRequest::read(service, query).await.map_err(tell)?;
    let account = form.get("account_id").unwrap_or_default();
    let wrong = || {
        let text = "There is no such account, or the token is not one of its personal access tokens.";
        show_login(service, &request, query, account, Some(text), StatusCode::UNAUTHORIZED)
    };
    let (tenant, token) = caller::resolve(service, form.get("secret").unwrap_or_default()).map_err(|_| wrong())?;
    if tenant.id() != request.tenant.id() || token.user != account || !is_personal(&token) {
        return Err(wrong());
    }
    if let Err(refusal) = may_give(&request, &token) {
        return Err(refuse(&request, account, &refusal));
    }
    if request.client.visibility == Visibility::Private && !request.wants_consent {
        return send_back(&request, account).await;
    }
    let token = secret::id_of(form.get("secret").unwrap_or_default());
    let logged_in = LoggedIn { request: query.to_owned(), account: account.to_owned(), token };
    let Some(ticket) = ticket::seal(logged_in, browser, CONSENT, service.now()) else { return Err(stale()) };
    let roles = grantable::roles(&tenant, account).join(", ");
    let page = page::consent(&about(&request), &ticket, account, &roles);
    Ok(page::respond(StatusCode::OK, page, None, redirect::origin(&request.back.uri).as_deref()))
}

/// Whether it is one that an account made for itself.
fn is_personal(token: &Token) -> bool {
    token.client.is_none() && token.expires_at.is_none()
}

/// Whether an account may give what is asked for, by its role and by the token that it logs in with.
fn may_give(request: &CodeRequest, token: &Token) -> Result<(), ScopeRefusal> {
    grantable::by_role(&request.tenant, &token.user, &request.scopes)?;
    grantable::within(&request.tenant, &request.scopes, "personal access token", &token.scopes)
}

/// The third step.
async fn decide(service: &Service, logged_in: LoggedIn, form: &Form) -> Result<Response, Response> {
    let request = CodeRequest::read(service, &logged_in.request).await.map_err(tell)?;
    match form.get("decision") {
        Some("allow") => {}
        Some("deny") => return Ok(go(&request.back.with_error("access_denied", "the account's owner did not agree"))),
        _ => return Err(problem(StatusCode::BAD_REQUEST, "invalid_request", "decision: expected allow or deny")),
    }
    // The role may have changed while the page was open; the token may have been revoked, and the account suspended.
    let ended = || {
        let text = "The token that you logged in with was revoked, or the account was suspended. Go back to the app and begin again.";
        problem(StatusCode::FORBIDDEN, "login_ended", text)
    };
    let digest = KeyDigest::try_from(logged_in.token).map_err(|_| stale())?;
    let token = secret::find_by_digest(&request.tenant, digest).ok_or_else(ended)?;
    if token.user != logged_in.account || !is_personal(&token) || caller::stands(&request.tenant, &token).is_err() {
        return Err(ended());
    }
    if let Err(refusal) = may_give(&request, &token) {
        return Err(refuse(&request, &logged_in.account, &refusal));
    }
    send_back(&request, &logged_in.account).await
}

async fn send_back(request: &CodeRequest, account: &str) -> Result<Response, Response> {
    let record = CodeRecord {
        account: account.to_owned(),
        client: request.client.id.clone(),
        redirect_uri: request.back.uri.clone(),
        scopes: request.scopes.clone(),
        challenge: request.challenge.clone(),
        expires_at: Timestamp(0),
        traded_for: None,
    };
    match code::hand_out(&request.tenant, record).await {
        Ok(Some(code)) => Ok(go(&request.back.with_code(code.expose()))),
        Ok(None) => {
            let text = "The app sent you here again and again. Wait half a minute, then try once more.";
            Err(problem(StatusCode::TOO_MANY_REQUESTS, "too_many_redirects", text))
        }
        Err(error) => {
            tracing::error!(%error, "no code was handed out");
            Err(go(&request.back.with_error("server_error", "internal error")))
        }
    }
}

fn about(request: &CodeRequest) -> About<'_> {
    let host = request.back.uri.split_once("://").map_or("", |(_, rest)| rest.split('/').next().unwrap_or_default());
    About {
        catalogue: request.tenant.engine().profile().catalogue(),
        client: &request.client.name,
        host,
        scopes: request.scopes.iter().map(String::as_str).collect(),
    }
}

fn show_login(service: &Service, request: &CodeRequest, query: &str, account: &str, wrong: Option<&str>, status: StatusCode) -> Response {
    let browser = random_text(40);
    let Some(ticket) = ticket::seal(query, &browser, LOGIN, service.now()) else { return stale() };
    let secure = if service.public_url().starts_with("https:") { "; Secure" } else { "" };
    let cookie = format!("{COOKIE}={browser}; Path={PATH}; HttpOnly; SameSite=Strict; Max-Age=1800{secure}");
    let page = page::login(&about(request), &ticket, account, wrong);
    page::respond(status, page, Some(&cookie), redirect::origin(&request.back.uri).as_deref())
}

/// The refusal by role or by the token that was shown: told to the person, who then takes `invalid_scope` back to the client.
fn refuse(request: &CodeRequest, account: &str, refusal: &ScopeRefusal) -> Response {
    let back = request.back.with_error("invalid_scope", &refusal.to_string());
    page::respond(StatusCode::FORBIDDEN, page::refused(&about(request), account, refusal, &back), None, None)
}

fn tell(unfit: Unfit) -> Response {
    match unfit {
        Unfit::Here(code, text) => problem(StatusCode::BAD_REQUEST, code, &text),
        Unfit::There(back, error, text) => go(&back.with_error(error, &text)),
    }
}

fn problem(status: StatusCode, code: &str, text: &str) -> Response {
    page::respond(status, page::problem(code, text), None, None)
}

/// 303: what follows is a GET, whatever this was.
fn go(location: &str) -> Response {
    let headers = [
        (header::LOCATION, location.to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::REFERRER_POLICY, "no-referrer".to_owned()),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| value.to_owned())
}
