//! A server without sockets, for tests: all faces on a store in memory, with a clock that stands still.
#![allow(dead_code, reason = "each test uses a part of it")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

pub(crate) mod counted;

use std::path::Path;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use hallpass::Timestamp;
use hallpass_server::credentials::{Credentials, FILE_NAME};
use hallpass_server::record::VendorCredentials;
use hallpass_server::{Clock, Front, Service, ServiceOptions, first_run, front, limits};
use hallpass_store::{MemoryStore, Store};
use serde_json::Value;

/// When the clock of a test server stands: 2026-11-22T12:00:00Z.
pub(crate) const NOON: Timestamp = Timestamp(1_795_348_800_000);

/// What metadata says that the server is called.
pub(crate) const PUBLIC_URL: &str = "https://pdp.example.com";

/// A server, and its keys.
pub(crate) struct Server {
    pub(crate) service: Service,
    pub(crate) front: Front,
    pub(crate) clock: Clock,
    pub(crate) keys: Credentials,
    /// Holds `credentials.json`.
    pub(crate) directory: tempfile::TempDir,
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    /// The body as JSON; null if it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap()
    }
}

impl Server {
    /// With the demo apps of a first run.
    pub(crate) fn new() -> Self {
        Self::on(Arc::new(MemoryStore::new()), tempfile::tempdir().unwrap())
    }

    /// On a store that may hold something already; `directory` is where `credentials.json` lies.
    pub(crate) fn on(store: Arc<dyn Store>, directory: tempfile::TempDir) -> Self {
        let clock = Clock::standing_at(NOON);
        let credentials = directory.path().join(FILE_NAME);
        first_run::prepare(&*store, &credentials, clock.now()).unwrap();
        let options = ServiceOptions {
            store,
            clock: clock.clone(),
            public_url: PUBLIC_URL.to_owned(),
            credentials: Some(credentials.clone()),
            idle: limits::IDLE_TIME,
        };
        let service = Service::start(options).unwrap();
        let keys = Credentials::read(&credentials).unwrap().unwrap();
        Self { front: front(service.clone()), service, clock, keys, directory }
    }

    pub(crate) fn root_key(&self) -> &str {
        self.keys.root_key.expose()
    }

    pub(crate) fn server_key(&self, app: &str) -> &str {
        self.keys.apps.iter().find(|entry| entry.id == app).unwrap().server_key.expose()
    }

    /// `(api_key, api_secret)` of a Stream app.
    pub(crate) fn stream_keys(&self, app: &str) -> (&str, &str) {
        match &self.keys.apps.iter().find(|entry| entry.id == app).unwrap().vendor {
            VendorCredentials::Stream { api_key, api_secret } => (api_key, api_secret.expose()),
            _ => panic!("{app} is not a Stream app"),
        }
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.front.answer(request).await;
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, bytes }
    }

    /// Sends JSON (nothing if null) with a bearer key (none if empty).
    pub(crate) async fn call(&self, method: Method, path: &str, key: &str, body: &Value) -> Answer {
        self.send(request(method, path, key, body)).await
    }

    pub(crate) async fn get(&self, path: &str, key: &str) -> Answer {
        self.call(Method::GET, path, key, &Value::Null).await
    }

    pub(crate) async fn post(&self, path: &str, key: &str, body: &Value) -> Answer {
        self.call(Method::POST, path, key, body).await
    }

    pub(crate) async fn delete(&self, path: &str, key: &str) -> Answer {
        self.call(Method::DELETE, path, key, &Value::Null).await
    }

    /// Sends lines of bulk facts.
    pub(crate) async fn facts(&self, path: &str, key: &str, lines: &str) -> Answer {
        let mut request = request(Method::POST, path, key, &Value::Null);
        request.headers_mut().insert("content-type", HeaderValue::from_static("application/x-ndjson"));
        *request.body_mut() = Body::from(lines.to_owned());
        self.send(request).await
    }

    /// Asks the AuthZEN face of the app that a key opens.
    pub(crate) async fn evaluate(&self, key: &str, question: &Value) -> Answer {
        self.post("/access/v1/evaluation", key, question).await
    }

    pub(crate) fn data(&self) -> &Path {
        self.directory.path()
    }
}

/// A request with JSON (nothing if null) and a bearer key (none if empty).
pub(crate) fn request(method: Method, path: &str, key: &str, body: &Value) -> Request<Body> {
    let mut builder = Request::builder().method(method).uri(path);
    if !key.is_empty() {
        builder = builder.header("authorization", format!("Bearer {key}"));
    }
    if body.is_null() {
        return builder.body(Body::empty()).unwrap();
    }
    builder.header("content-type", "application/json").body(Body::from(body.to_string())).unwrap()
}

/// Adds a header to a request.
pub(crate) fn with_header(mut request: Request<Body>, name: &'static str, value: &str) -> Request<Body> {
    request.headers_mut().insert(HeaderName::from_static(name), value.parse().unwrap());
    request
}

/// `{subject, action, resource}` about a channel.
pub(crate) fn question(user: &str, action: &str, channel: &str) -> Value {
    serde_json::json!({
        "subject": {"type": "user", "id": user},
        "action": {"name": action},
        "resource": {"type": "channel", "id": channel},
    })
}
