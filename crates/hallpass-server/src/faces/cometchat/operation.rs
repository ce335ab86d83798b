//! An operation of CometChat's API, and how a request for one is served.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;

use axum::RequestExt as _;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, Request};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::call::Call;
use super::caller::{self, Authenticated};
use super::envelope::Answer;
use super::error::{Code, CometError};
use super::fields::Fields;
use super::query::Query;
use crate::key::Secret;
use crate::service::Service;
use crate::{json, limits};

/// Header of the requests per minute that an app has.
pub(super) const RATE_LIMIT: &str = "x-rate-limit";
/// Header of those that are left.
pub(super) const RATE_LIMIT_REMAINING: &str = "x-rate-limit-remaining";
/// The vendor's number for standard operations. There is no rate limit here, so nobody gets near the end.
const REQUESTS_PER_MINUTE: u32 = 20_000;

/// Who gets through to the handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gate {
    /// The full-access key; `onBehalfOf` means nothing.
    FullAccess,
    /// The full-access key, or the auth-only key.
    AnyKey,
    /// The full-access key as the app or on behalf of a user, or a user's token; the handler asks the engine for these actions and no
    /// others.
    Asks(&'static [&'static str]),
    /// Like `Asks`, for operations that only a user can perform: a token, or the full-access key on behalf of somebody.
    User(&'static [&'static str]),
}

impl Gate {
    /// The actions that operations behind this gate may ask for.
    pub(super) const fn actions(self) -> &'static [&'static str] {
        match self {
            Self::Asks(actions) | Self::User(actions) => actions,
            Self::FullAccess | Self::AnyKey => &[],
        }
    }
}

/// A handler at work.
pub(super) type Running = Pin<Box<dyn Future<Output = Result<Answer, CometError>> + Send>>;

/// An operation, as data.
pub(super) struct Operation {
    /// The vendor's id for it.
    pub(super) name: &'static str,
    /// How it is called.
    pub(super) method: Method,
    /// Where, after the prefix.
    pub(super) path: &'static str,
    /// Who gets through, and what is asked.
    pub(super) gate: Gate,
    /// What does it.
    pub(super) run: fn(Call) -> Running,
}

impl Operation {
    /// Serves a request.
    pub(super) async fn serve(&'static self, service: Service, request: Request) -> Response {
        let outcome = tokio::time::timeout(limits::REQUEST_TIME, self.answer(service, request)).await;
        match outcome.unwrap_or_else(|_| Err(CometError::new(Code::Exception, "The request took too long."))) {
            Ok(answer) => respond(StatusCode::OK, &answer.body()),
            Err(error) => refuse(&error),
        }
    }

    async fn answer(&'static self, service: Service, mut request: Request) -> Result<Answer, CometError> {
        let query = Query::read(request.uri().query())?;
        let Authenticated { tenant, caller } = caller::authenticate(&service, request.headers(), self.gate)?;
        let host = host(&service, request.headers());
        let session = caller.is_token().then(|| request.headers().get("authtoken")?.to_str().ok().map(Secret::new)).flatten();
        let Path(path) = request
            .extract_parts::<Path<HashMap<String, String>>>()
            .await
            .map_err(|error| CometError::bad_request(format!("The path cannot be read: {error}.")))?;
        let body = if self.method == Method::GET { Fields::default() } else { Fields::of("", read_json(request.into_body()).await?)? };
        let now = tenant.now();
        (self.run)(Call { tenant, caller, now, body, query, path, host, session, operation: self }).await
    }
}

/// The host and port that the caller knows this server by; else those that the server says it has. It is told to this caller alone.
fn host(service: &Service, headers: &HeaderMap) -> String {
    let named = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let own = service.public_url();
    named.unwrap_or_else(|| own.split_once("://").map_or(own, |(_, host)| host)).to_owned()
}

async fn read_json(body: Body) -> Result<Value, CometError> {
    let bytes = to_bytes(body, limits::BODY_BYTES)
        .await
        .map_err(|_| CometError::new(Code::TooLarge, format!("The body has more than {} bytes.", limits::BODY_BYTES)))?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Null);
    }
    json::parse(&bytes).map_err(|error| CometError::bad_request(format!("{error}.")))
}

/// An error, as an answer.
pub(super) fn refuse(error: &CometError) -> Response {
    respond(error.code.status(), &error.body())
}

fn respond(status: StatusCode, body: &Value) -> Response {
    let mut response = (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response();
    put_rate_limit(response.headers_mut());
    response
}

fn put_rate_limit(headers: &mut HeaderMap) {
    headers.insert(RATE_LIMIT, HeaderValue::from(REQUESTS_PER_MINUTE));
    headers.insert(RATE_LIMIT_REMAINING, HeaderValue::from(REQUESTS_PER_MINUTE - 1));
}
