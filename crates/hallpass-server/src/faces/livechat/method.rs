//! A method of LiveChat's APIs, and how a request for one is served.

use std::collections::HashMap;
use std::future::Future;
use std::ops::RangeInclusive;
use std::pin::Pin;
use std::sync::OnceLock;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{Method as HttpMethod, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use super::call::{Answer, Call};
use super::caller::authenticate;
use super::fault::{Fault, FaultType};
use super::methods;
use super::version::Version;
use crate::oauth::acting::Actor;
use crate::service::Service;
use crate::{json, limits};

/// Which of the two APIs with methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Api {
    /// Chats, customers, routing.
    Agent,
    /// Agents, bots, groups, properties, webhooks, tags.
    Configuration,
}

impl Api {
    /// As it stands in paths.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Configuration => "configuration",
        }
    }
}

/// A handler at work.
pub(super) type Running = Pin<Box<dyn Future<Output = Result<Answer, Fault>> + Send>>;

/// A method, as data.
pub(super) struct Method {
    /// Which API.
    pub(super) api: Api,
    /// The vendor's name for it.
    pub(super) name: &'static str,
    /// Versions that have it.
    pub(super) versions: RangeInclusive<Version>,
    /// The actions that its handler asks the engine for, and no others. The first is what the method stands for.
    pub(super) asks: &'static [&'static str],
    /// What does it.
    pub(super) run: fn(Call) -> Running,
}

/// A row of a table of methods: `method!(Agent "get_chat", V3_4..=V3_7, Asks(&["get_chat"]), chat::get)`.
macro_rules! method {
    ($api:ident $name:literal, $from:ident ..= $to:ident, Asks($asks:expr), $handler:path) => {
        $crate::faces::livechat::method::Method {
            api: $crate::faces::livechat::method::Api::$api,
            name: $name,
            versions: $crate::faces::livechat::version::Version::$from..=$crate::faces::livechat::version::Version::$to,
            asks: $asks,
            run: |call: $crate::faces::livechat::call::Call| -> $crate::faces::livechat::method::Running { Box::pin($handler(call)) },
        }
    };
}
pub(super) use method;

impl Method {
    /// All methods that are served.
    pub(super) fn all() -> impl Iterator<Item = &'static Self> {
        methods::TABLES.iter().copied().flatten()
    }

    /// The method of this name.
    pub(super) fn find(api: Api, version: Version, name: &str) -> Option<&'static Self> {
        static BY_NAME: OnceLock<HashMap<(Api, &'static str), Vec<&'static Method>>> = OnceLock::new();
        let by_name = BY_NAME.get_or_init(|| {
            let mut index: HashMap<_, Vec<_>> = HashMap::new();
            for method in Self::all() {
                index.entry((method.api, method.name)).or_default().push(method);
            }
            index
        });
        by_name.get(&(api, name))?.iter().copied().find(|method| method.versions.contains(&version))
    }
}

/// Serves `/v3.6/agent/action/get_chat`.
pub(super) async fn serve(service: Service, version: Version, api: Api, name: String, request: Request) -> Response {
    let outcome = tokio::time::timeout(limits::REQUEST_TIME, answer(service, version, api, &name, request)).await;
    let outcome = outcome.unwrap_or_else(|_| Err(Fault::new(FaultType::RequestTimeout, "the request took too long")));
    match outcome {
        Ok(answer) => (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], answer.to_string()).into_response(),
        Err(fault) => fault.into_response(),
    }
}

async fn answer(service: Service, version: Version, api: Api, name: &str, request: Request) -> Result<Answer, Fault> {
    let (tenant, token) = authenticate(&service, request.headers(), request.uri().query())?;
    let method = Method::find(api, version, name).ok_or_else(|| unknown(api, version, name))?;
    let body = read_body(request).await?;
    let actor = Actor::of(&tenant, &token.user).await.map_err(Fault::internal)?;
    let call = Call { now: tenant.now(), account: token.user.clone(), tenant, token, actor, body, version, method, service };
    (method.run)(call).await
}

/// There is no such method in this version; the nearest of those that there are, and of the other API if it has this one.
fn unknown(api: Api, version: Version, name: &str) -> Fault {
    let shown: String = name.chars().take(60).collect();
    let fault = Fault::not_found(format!("{} API {version} has no method '{shown}'", api.name()));
    let other = match api {
        Api::Agent => Api::Configuration,
        Api::Configuration => Api::Agent,
    };
    if Method::find(other, version, name).is_some() {
        return fault.with("nearest", format!("/{version}/{}/action/{name}", other.name()));
    }
    let known = Method::all().filter(|method| method.api == api && method.versions.contains(&version));
    match hallpass::nearest(name, known.map(|method| method.name)) {
        Some(nearest) => fault.with("nearest", nearest),
        None => fault,
    }
}

/// The parameters: the body, or the query of a GET (which a few methods of newer clients come with). `payload` may wrap them, as it does
/// in the generation of 2018.
async fn read_body(request: Request) -> Result<Map<String, Value>, Fault> {
    if request.method() == HttpMethod::GET {
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(request.uri().query().unwrap_or_default())
            .map_err(|error| Fault::validation(format!("the query cannot be read: {error}")))?;
        return Ok(pairs.into_iter().map(|(name, value)| (name, Value::String(value))).collect());
    }
    let multipart = request.headers().get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"multipart/form-data"));
    let value = if multipart { super::upload::read(request).await? } else { read_json(request.into_body()).await? };
    let mut object = match value {
        Value::Object(object) => object,
        Value::Null => Map::new(),
        _ => return Err(Fault::validation("the body: expected a JSON object")),
    };
    match object.remove("payload") {
        Some(Value::Object(inner)) if object.is_empty() => Ok(inner),
        Some(other) => {
            object.insert("payload".to_owned(), other);
            Ok(object)
        }
        None => Ok(object),
    }
}

async fn read_json(body: Body) -> Result<Value, Fault> {
    let bytes = to_bytes(body, limits::BODY_BYTES)
        .await
        .map_err(|_| Fault::new(FaultType::EntityTooLarge, format!("the body has more than {} bytes", limits::BODY_BYTES)))?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Null);
    }
    json::parse(&bytes).map_err(|error| Fault::validation(error.to_string()))
}
