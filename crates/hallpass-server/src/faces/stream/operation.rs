//! An operation of Stream's API, and how a request for one is served.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

use axum::RequestExt as _;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, Request};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hallpass::Timestamp;
use serde_json::Value;

use super::call::{Answer, Call};
use super::caller::{Authenticated, Caller, Credentials, authenticate};
use super::dialect::Dialect;
use super::error::{Code, StreamError};
use super::fields::Fields;
use super::live::Face;
use super::query::Query;
use super::routes::Named;
use super::upload::form::{self, Upload};
use crate::{json, limits};

/// Who gets through to the handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gate {
    /// The app's own back end.
    Server,
    /// Everybody with credentials; the handler asks the engine for these actions and no others.
    Asks(&'static [&'static str]),
    /// Everybody who knows the `api_key`.
    Public,
}

/// Under which prefix the second dialect has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Product {
    /// `/api/v2`
    Common,
    /// `/api/v2/chat`
    Chat,
}

/// A handler at work.
pub(super) type Running = Pin<Box<dyn Future<Output = Result<Answer, StreamError>> + Send>>;

/// An operation, as data.
pub(super) struct Operation {
    /// Stream's name for it, which error texts start with.
    pub(super) name: &'static str,
    /// How it is called.
    pub(super) method: Method,
    /// Under which prefix.
    pub(super) product: Product,
    /// Where, after the prefix.
    pub(super) path: &'static str,
    /// Who gets through, and what is asked.
    pub(super) gate: Gate,
    /// Status of a success.
    pub(super) success: StatusCode,
    /// What does it.
    pub(super) run: fn(Call) -> Running,
}

impl Operation {
    /// The path in a dialect.
    pub(super) fn path_in(&self, dialect: Dialect) -> String {
        match (dialect, self.product) {
            (Dialect::Flat, _) => self.path.to_owned(),
            (Dialect::Prefixed, Product::Common) => format!("/api/v2{}", self.path),
            (Dialect::Prefixed, Product::Chat) => format!("/api/v2/chat{}", self.path),
        }
    }

    /// Serves a request. `named` has the parts of the path that the router does not know.
    pub(super) async fn serve(&'static self, dialect: Dialect, face: Face, request: Request, named: Named) -> Response {
        let started = Instant::now();
        let now = face.service.now();
        let patience = if form::is_form(request.headers()) { limits::UPLOAD_TIME } else { limits::REQUEST_TIME };
        let outcome = tokio::time::timeout(patience, self.answer(dialect, face, request, named)).await;
        let outcome = outcome.unwrap_or_else(|_| Err(StreamError::new(Code::Timeout, "the request took too long")));
        let mut response = match outcome {
            Ok(mut answer) => {
                answer.insert("duration".to_owned(), Value::String(text_of(started.elapsed())));
                respond(self.success, &Value::Object(answer))
            }
            Err(error) => refuse(self.name, &error, started.elapsed()),
        };
        put_rate_limit(response.headers_mut(), now);
        response
    }

    async fn answer(&'static self, dialect: Dialect, face: Face, mut request: Request, named: Named) -> Result<Answer, StreamError> {
        let query = Query::read(request.uri().query())?;
        let shown = Credentials::of_headers(request.headers());
        let Authenticated { tenant, caller, settings, .. } = authenticate(&face.service, shown, &query).await?;
        let Path(mut path) = request
            .extract_parts::<Path<HashMap<String, String>>>()
            .await
            .map_err(|error| StreamError::input(format!("the path cannot be read: {error}")))?;
        path.extend(named);
        let (head, body) = request.into_parts();
        let is_form = form::is_form(&head.headers);
        let (body, form) = match self.method {
            Method::GET | Method::DELETE => (Fields::default(), None),
            _ if is_form => (Fields::default(), Some(body)),
            _ => (Fields::of("", read_json(body).await?)?, None),
        };
        let upload = Upload::new(&head.headers, form, face.service.uploads(), face.service.public_url().to_owned());
        let now = tenant.now();
        let call = Call { tenant, caller, settings, dialect, now, body, query, path, operation: self, live: face.live, upload };
        self.admit(&call)?;
        (self.run)(call).await
    }

    fn admit(&self, call: &Call) -> Result<(), StreamError> {
        if self.gate == Gate::Server {
            call.server_only("this operation")?;
        }
        let (Caller::User(id), Gate::Asks(actions)) = (&call.caller, self.gate) else { return Ok(()) };
        // One id for the whole request. Where `user_id` names the one that is changed, the operation looks at it itself.
        let other = call.query.all("user_id").find(|named| *named != id && !named.is_empty());
        if let Some(named) = other.filter(|_| !OTHERS.iter().any(|part| self.path.contains(part))) {
            let text = format!("the token is for user '{id}', the request for user '{named}'");
            return Err(StreamError::new(Code::Authentication, text).with("reason", "user_mismatch"));
        }
        // Who comes for the first time begins by writing down who they are.
        if actions.contains(&"UpdateUser") { Ok(()) } else { call.known_user(id) }
    }
}

/// Parts of the paths whose `user_id` names the one that is acted on: a member, the author of a reaction.
const OTHERS: [&str; 2] = ["/member", "/reaction/"];

async fn read_json(body: Body) -> Result<Value, StreamError> {
    let bytes = to_bytes(body, limits::BODY_BYTES)
        .await
        .map_err(|_| StreamError::new(Code::TooBig, format!("the body has more than {} bytes", limits::BODY_BYTES)))?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Null);
    }
    json::parse(&bytes).map_err(|error| StreamError::input(error.to_string()))
}

fn text_of(elapsed: Duration) -> String {
    format!("{:.2}ms", elapsed.as_secs_f64() * 1000.0)
}

/// An error, as an answer.
pub(super) fn refuse(operation: &str, error: &StreamError, elapsed: Duration) -> Response {
    respond(error.code.status(), &error.body(operation, &text_of(elapsed)))
}

fn respond(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

/// Requests per minute, as the headers say that SDKs read on every answer. There is no rate limit, so nobody gets near the end.
const RATE_LIMIT: u32 = 100_000;

fn put_rate_limit(headers: &mut HeaderMap, now: Timestamp) {
    headers.insert("x-ratelimit-limit", HeaderValue::from(RATE_LIMIT));
    headers.insert("x-ratelimit-remaining", HeaderValue::from(RATE_LIMIT - 1));
    headers.insert("x-ratelimit-reset", HeaderValue::from((now.as_ms() / 60_000 + 1) * 60));
}
