//! Speaks CometChat's REST API to an app of its own.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};

use crate::support::{Answer, Server};

/// When the clock of the test server stands, as this API writes it.
pub(crate) const NOON_S: u64 = 1_795_348_800;

/// Who a request comes from.
#[derive(Clone, Copy)]
pub(crate) enum From<'a> {
    /// The full-access key.
    App,
    /// The full-access key, on behalf of a user.
    OnBehalf(&'a str),
    /// The auth-only key.
    AuthKey,
    /// A user's token.
    Token(&'a str),
    /// Nobody: the app's id and nothing else.
    Nobody,
}

pub(crate) struct Comet {
    pub(crate) server: Server,
    pub(crate) api_key: String,
    pub(crate) auth_key: String,
    pub(crate) server_key: String,
}

impl Comet {
    /// An app called `test`, with nobody in it.
    pub(crate) async fn new() -> Self {
        Self::on(Server::new()).await
    }

    /// The same, on this server.
    pub(crate) async fn on(server: Server) -> Self {
        let made = server.post("/v1/apps", server.root_key(), &json!({"id": "test", "profile": "cometchat"})).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let keys = made.json();
        let key = |name: &str| keys[name].as_str().unwrap().to_owned();
        Self { api_key: key("api_key"), auth_key: key("auth_key"), server_key: key("server_key"), server }
    }

    /// With these users in it.
    pub(crate) async fn with_users(ids: &[&str]) -> Self {
        let comet = Self::new().await;
        for id in ids {
            comet.post("/users", json!({"uid": id, "name": id})).await.data();
        }
        comet
    }

    /// With the club: Olga owns it, Adam is admin, Mona moderator, Paul and Pia participants; Nora is not in it.
    pub(crate) async fn with_club() -> Self {
        let comet = Self::with_users(&["olga", "adam", "mona", "paul", "pia", "nora"]).await;
        let member = |user: &str, role: &str| json!({"member": {"channel": "group:club", "user": user, "roles": [role]}}).to_string();
        let mut lines = vec![json!({"channel": {"id": "group:club", "owner": "olga"}}).to_string()];
        lines.extend(
            [("olga", "admin"), ("adam", "admin"), ("mona", "moderator"), ("paul", "participant"), ("pia", "participant")]
                .map(|(user, role)| member(user, role)),
        );
        let answer = comet.server.facts("/v1/apps/test/facts", &comet.server_key, &lines.join("\n")).await;
        assert_eq!(answer.json()["refused"], 0, "{}", answer.text());
        comet
    }

    /// A new token of a user.
    pub(crate) async fn token(&self, uid: &str) -> String {
        self.post(&format!("/users/{uid}/auth_tokens"), json!({})).await.data()["authToken"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn call(&self, from: From<'_>, method: Method, path: &str, body: Option<Value>) -> Reply {
        let mut request = Request::builder().method(method).uri(format!("/v3{path}")).header("content-type", "application/json");
        request = match from {
            From::App => request.header("apiKey", &self.api_key),
            From::OnBehalf(uid) => request.header("apiKey", &self.api_key).header("onBehalfOf", uid),
            From::AuthKey => request.header("apiKey", &self.auth_key),
            From::Token(token) => request.header("appId", "test").header("authToken", token),
            From::Nobody => request.header("appId", "test"),
        };
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        Reply(self.server.send(request.body(body).unwrap()).await)
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.call(From::App, Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.call(From::App, Method::POST, path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Reply {
        self.call(From::App, Method::PUT, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str, body: Option<Value>) -> Reply {
        self.call(From::App, Method::DELETE, path, body).await
    }

    /// The reason of the AuthZEN face's answer.
    pub(crate) async fn may(&self, user: &str, action: &str, resource: Value) -> String {
        let question = json!({"subject": {"type": "user", "id": user}, "action": {"name": action}, "resource": resource});
        let answer = self.server.evaluate(&self.server_key, &question).await.json();
        answer["context"]["reason"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) async fn may_in_club(&self, user: &str, action: &str) -> String {
        self.may(user, action, json!({"type": "channel", "id": "group:club"})).await
    }
}

/// An answer of the face.
pub(crate) struct Reply(pub(crate) Answer);

impl Reply {
    /// The body of a success.
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.0.status, 200, "{}", self.0.text());
        assert_eq!((self.0.header("x-rate-limit"), self.0.header("x-rate-limit-remaining")), (Some("20000"), Some("19999")));
        self.0.json()
    }

    /// `data` of a success.
    pub(crate) fn data(self) -> Value {
        self.ok()["data"].clone()
    }

    /// `(status, code, message)` of an error.
    pub(crate) fn error(self) -> (u16, String, String) {
        let error = self.0.json()["error"].clone();
        let text = |name: &str| error[name].as_str().unwrap_or_else(|| panic!("no error: {}", self.0.text())).to_owned();
        assert_eq!((text("source"), text("devMessage")), ("chat-api".to_owned(), text("message")));
        (self.0.status.as_u16(), text("code"), text("message"))
    }

    /// `(status, code)` of an error.
    pub(crate) fn code(self) -> (u16, String) {
        let (status, code, _) = self.error();
        (status, code)
    }

    /// `(status, details)` of an error of validation.
    pub(crate) fn details(self) -> (u16, Value) {
        let error = self.0.json()["error"].clone();
        assert_eq!(error["code"], "ERR_BAD_REQUEST", "{}", self.0.text());
        (self.0.status.as_u16(), error["details"].clone())
    }

    /// What Hallpass tells besides.
    pub(crate) fn hallpass(&self) -> Value {
        self.0.json()["error"]["hallpass"].clone()
    }
}

/// To compare with [`Reply::error`].
pub(crate) fn error(status: u16, code: &str, text: &str) -> (u16, String, String) {
    (status, code.to_owned(), text.to_owned())
}

/// To compare with [`Reply::code`].
pub(crate) fn code(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// `{success: true, message}`
pub(crate) fn success(message: &str) -> Value {
    json!({"success": true, "message": message})
}

/// The sorted values of one field of the rows of a list.
pub(crate) fn each(rows: &Value, field: &str) -> Vec<String> {
    let mut found: Vec<String> = rows.as_array().unwrap().iter().map(|row| row[field].as_str().unwrap().to_owned()).collect();
    found.sort();
    found
}
