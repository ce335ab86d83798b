//! Speaks one of the two dialects to an app of its own.

use axum::body::Body;
use axum::http::{Method, Request};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::support::{Answer, NOON, Server};

/// When the clock of the test server stands, in the three ways that it is written.
pub(crate) const NOON_TEXT: &str = "2026-11-22T12:00:00.000Z";
pub(crate) const NOON_NS: u64 = 1_795_348_800_000_000_000;
pub(crate) const NOON_S: u64 = 1_795_348_800;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Dialect {
    Flat,
    Prefixed,
}

/// Both, for tests that hold a conversation in each.
pub(crate) const BOTH: [Dialect; 2] = [Dialect::Flat, Dialect::Prefixed];

/// Who a request comes from.
#[derive(Clone, Copy)]
pub(crate) enum From<'a> {
    Server,
    User(&'a str),
    Anonymous,
    Token(&'a str),
    Nobody,
}

pub(crate) struct Stream {
    pub(crate) server: Server,
    pub(crate) dialect: Dialect,
    pub(crate) api_key: String,
    pub(crate) api_secret: String,
    pub(crate) server_key: String,
}

impl Stream {
    pub(crate) async fn new(dialect: Dialect) -> Self {
        Self::on(Server::new(), dialect).await
    }

    /// In an app of its own of this server.
    pub(crate) async fn on(server: Server, dialect: Dialect) -> Self {
        let made = server.post("/v1/apps", server.root_key(), &json!({"id": "test", "profile": "stream"})).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let keys = made.json();
        let key = |name: &str| keys[name].as_str().unwrap().to_owned();
        Self { dialect, api_key: key("api_key"), api_secret: key("api_secret"), server_key: key("server_key"), server }
    }

    /// With these users in the app.
    pub(crate) async fn with_users(dialect: Dialect, ids: &[&str]) -> Self {
        let stream = Self::new(dialect).await;
        let users: serde_json::Map<String, Value> = ids.iter().map(|id| ((*id).to_owned(), json!({"id": id}))).collect();
        stream.post("/users", json!({ "users": users })).await.created();
        stream
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        let key = EncodingKey::from_secret(self.api_secret.as_bytes());
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &key).unwrap()
    }

    /// A path of the table, where this dialect has it.
    pub(crate) fn path(&self, path: &str) -> String {
        const CHAT: &[&str] = &[
            "/channel",
            "/members",
            "/messages",
            "/threads",
            "/search",
            "/unread",
            "/query_banned_users",
            "/moderation/mute/channel",
            "/moderation/unmute/channel",
            "/moderation/flags/message",
        ];
        let chat = CHAT.iter().any(|start| path.starts_with(start));
        match (self.dialect, chat) {
            (Dialect::Flat, _) => path.to_owned(),
            (Dialect::Prefixed, false) => format!("/api/v2{path}"),
            (Dialect::Prefixed, true) => format!("/api/v2/chat{path}"),
        }
    }

    /// Noon, as this dialect writes it.
    pub(crate) fn noon(&self) -> Value {
        match self.dialect {
            Dialect::Flat => json!(NOON_TEXT),
            Dialect::Prefixed => json!(NOON_NS),
        }
    }

    /// An object with custom fields, as this dialect writes them.
    pub(crate) fn custom(&self, mut object: Value, custom: Value) -> Value {
        match self.dialect {
            Dialect::Flat => object.as_object_mut().unwrap().extend(custom.as_object().cloned().unwrap()),
            Dialect::Prefixed => object["custom"] = custom,
        }
        object
    }

    pub(crate) async fn call(&self, from: From<'_>, method: Method, path: &str, body: Option<Value>) -> Reply {
        let separator = if path.contains('?') { '&' } else { '?' };
        let uri = format!("{}{separator}api_key={}", self.path(path), self.api_key);
        self.send(from, method, &uri, body).await
    }

    /// A request to just this address.
    pub(crate) async fn send(&self, from: From<'_>, method: Method, uri: &str, body: Option<Value>) -> Reply {
        let mut request = Request::builder().method(method).uri(uri).header("content-type", "application/json");
        let token = match from {
            From::Server => Some(self.sign(&json!({"server": true}))),
            From::User(id) => Some(self.sign(&json!({ "user_id": id }))),
            From::Token(token) => Some(token.to_owned()),
            From::Anonymous | From::Nobody => None,
        };
        if let Some(token) = token {
            request = request.header("authorization", token).header("stream-auth-type", "jwt");
        } else if matches!(from, From::Anonymous) {
            request = request.header("stream-auth-type", "anonymous");
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        Reply(self.server.send(request.body(body).unwrap()).await)
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.call(From::Server, Method::GET, path, None).await
    }

    /// A query by GET, its payload in the one parameter where SDKs put it.
    pub(crate) async fn query(&self, from: From<'_>, path: &str, payload: Value) -> Reply {
        let payload = serde_urlencoded::to_string([("payload", payload.to_string())]).unwrap();
        self.call(from, Method::GET, &format!("{path}?{payload}"), None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.call(From::Server, Method::POST, path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Reply {
        self.call(From::Server, Method::PUT, path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Reply {
        self.call(From::Server, Method::PATCH, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.call(From::Server, Method::DELETE, path, None).await
    }

    /// Makes a channel that `owner` created, with these members.
    pub(crate) async fn channel(&self, channel_type: &str, id: &str, owner: &str, members: &[&str]) -> Value {
        let data = json!({"created_by_id": owner, "members": members.iter().map(|id| json!({"user_id": id})).collect::<Vec<_>>()});
        self.post(&format!("/channels/{channel_type}/{id}/query"), json!({ "data": data })).await.created()
    }

    /// The reason of the AuthZEN face's answer.
    pub(crate) async fn may(&self, user: &str, action: &str, resource: Value) -> String {
        let question = json!({"subject": {"type": "user", "id": user}, "action": {"name": action}, "resource": resource});
        let answer = self.server.evaluate(&self.server_key, &question).await.json();
        answer["context"]["reason"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) async fn may_in(&self, user: &str, action: &str, channel: &str) -> String {
        self.may(user, action, json!({"type": "channel", "id": channel})).await
    }
}

/// An answer of the face.
pub(crate) struct Reply(pub(crate) Answer);

impl Reply {
    fn success(self, status: u16) -> Value {
        assert_eq!(self.0.status, status, "{}", self.0.text());
        let mut body = self.0.json();
        let duration = body.as_object_mut().unwrap().remove("duration").unwrap();
        assert!(duration.as_str().unwrap().ends_with("ms"), "{duration}");
        body
    }

    /// The body of a 200, without its duration.
    pub(crate) fn ok(self) -> Value {
        self.success(200)
    }

    /// The body of a 201, without its duration.
    pub(crate) fn created(self) -> Value {
        self.success(201)
    }

    /// `(status, code, message)` of an error.
    pub(crate) fn error(self) -> (u16, i64, String) {
        let body = self.0.json();
        let code = body["code"].as_i64().unwrap_or_else(|| panic!("no error: {}", self.0.text()));
        assert_eq!(body["StatusCode"], self.0.status.as_u16());
        assert_eq!(body["details"], json!([]));
        assert!(body["more_info"].as_str().unwrap().starts_with("https://"));
        (self.0.status.as_u16(), code, body["message"].as_str().unwrap().to_owned())
    }

    /// What Hallpass tells besides.
    pub(crate) fn hallpass(&self) -> Value {
        self.0.json()["hallpass"].clone()
    }
}

/// An error's three parts, to compare with [`Reply::error`].
pub(crate) fn error(status: u16, code: i64, operation: &str, text: &str) -> (u16, i64, String) {
    (status, code, format!("{operation} failed with error: \"{text}\""))
}

#[test]
fn noon_is_noon() {
    assert_eq!(NOON.as_ms(), NOON_S * 1000);
    assert_eq!(NOON_NS, NOON_S * 1_000_000_000);
}
