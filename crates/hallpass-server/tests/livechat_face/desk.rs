//! A help desk to test with: an app with an account of each role, and the steps of the OAuth dance.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hallpass::Timestamp;
use hallpass_server::record::VendorCredentials;
use hallpass_store::MemoryStore;
use serde_json::{Value, json};

use crate::support::{Answer, NOON, Server, request, with_header};

/// The app.
pub(crate) const APP: &str = "demo-livechat";
/// Where clients of the tests live.
pub(crate) const BACK: &str = "https://app.example.com/back";
/// A verifier of RFC 7636, appendix B, and its challenge.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A help desk: Nick (normal), Ada (administrator), Vic (viceowner), Olivia (owner).
pub(crate) struct Desk {
    pub(crate) server: Server,
    pub(crate) store: Arc<MemoryStore>,
}

/// The account of each role.
pub(crate) const PEOPLE: [(&str, &str); 4] = [("nick", "normal"), ("ada", "administrator"), ("vic", "viceowner"), ("olivia", "owner")];

impl Desk {
    pub(crate) async fn new() -> Self {
        let store = Arc::new(MemoryStore::new());
        let desk = Self { server: Server::on(store.clone(), tempfile::tempdir().unwrap()), store };
        for (account, role) in PEOPLE {
            desk.role(account, role).await;
        }
        desk
    }

    /// The same desk after a restart of its server.
    pub(crate) async fn restarted(self) -> Self {
        let Server { service, front, directory, .. } = self.server;
        drop(front);
        service.close().await;
        Self { server: Server::on(self.store.clone(), directory), store: self.store }
    }

    pub(crate) fn key(&self) -> &str {
        self.server.server_key(APP)
    }

    /// `(client_id, client_secret, organization_id, account_id, pat)` as `credentials.json` shows them.
    pub(crate) fn first_keys(&self) -> (&str, &str, &str, &str, &str) {
        match &self.server.keys.apps.iter().find(|entry| entry.id == APP).unwrap().vendor {
            VendorCredentials::Livechat { client_id, client_secret, organization_id, account_id, pat } => {
                (client_id, client_secret.expose(), organization_id, account_id, pat.expose())
            }
            _ => panic!("{APP} is not a LiveChat app"),
        }
    }

    /// Gives an account a role; makes it if need be. Everybody is in group 1.
    pub(crate) async fn role(&self, account: &str, role: &str) {
        self.change(json!({"change": "user_put", "id": account, "roles": [role], "teams": ["1"]})).await;
    }

    pub(crate) async fn change(&self, change: Value) {
        let answer = self.server.post(&format!("/v1/apps/{APP}/changes"), self.key(), &json!({"changes": [change]})).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// A chat, open to groups, with people in it.
    pub(crate) async fn chat(&self, id: &str, groups: &[&str], people: &[&str]) {
        self.change(json!({"change": "channel_put", "id": format!("chat:{id}"), "access": groups})).await;
        for user in people {
            self.change(json!({"change": "member_put", "channel": format!("chat:{id}"), "user": user})).await;
        }
    }

    /// Asks for a token by the native face.
    pub(crate) async fn ask_token(&self, account: &str, scopes: &[&str], client: Option<&str>) -> Answer {
        let mut body = json!({"account_id": account, "scopes": scopes});
        if let Some(client) = client {
            body["client_id"] = json!(client);
        }
        self.server.post(&format!("/v1/apps/{APP}/tokens"), self.key(), &body).await
    }

    /// A personal access token.
    pub(crate) async fn pat(&self, account: &str, scopes: &[&str]) -> String {
        let answer = self.ask_token(account, scopes, None).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["pat"].as_str().unwrap().to_owned()
    }

    /// Makes a client: `{client_id, client_secret, …}`.
    pub(crate) async fn client(&self, kind: &str, scopes: &[&str]) -> Value {
        let body = json!({"name": "Night shift", "type": kind, "redirect_uris": [BACK], "scopes": scopes});
        let answer = self.server.post(&format!("/v1/apps/{APP}/clients"), self.key(), &body).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()
    }

    /// The verdict on a call that is not made.
    pub(crate) async fn trial(&self, token: &str, method: &str, more: &[(&str, &str)]) -> Value {
        let mut form = vec![("method", method)];
        form.extend(more);
        let answer = self.form("/v2/try", &form, &[("authorization", &format!("Bearer {token}"))]).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    /// Posts a form.
    pub(crate) async fn form(&self, path: &str, fields: &[(&str, &str)], headers: &[(&'static str, &str)]) -> Answer {
        let body = encode(fields);
        let mut request = Request::post(path).header("content-type", "application/x-www-form-urlencoded").body(Body::from(body)).unwrap();
        for (name, value) in headers {
            request = with_header(request, name, value);
        }
        self.server.send(request).await
    }

    pub(crate) async fn get(&self, path: &str, authorization: &str) -> Answer {
        let mut request = request(Method::GET, path, "", &Value::Null);
        if !authorization.is_empty() {
            request = with_header(request, "authorization", authorization);
        }
        self.server.send(request).await
    }

    pub(crate) async fn delete(&self, path: &str, authorization: &str) -> Answer {
        let mut request = request(Method::DELETE, path, "", &Value::Null);
        if !authorization.is_empty() {
            request = with_header(request, "authorization", authorization);
        }
        self.server.send(request).await
    }

    /// Lets time pass.
    pub(crate) fn after_ms(&self, ms: u64) {
        self.server.clock.set(Timestamp(NOON.as_ms() + ms));
    }

    /// The whole dance, up to the code.
    pub(crate) async fn code(&self, query: &[(&str, &str)], account: &str, pat: &str) -> String {
        let answer = self.dance(query, account, pat, "allow").await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        sent_back(&answer)["code"].clone()
    }

    /// Log in and decide, in one browser; whatever ends it early is the answer.
    pub(crate) async fn dance(&self, query: &[(&str, &str)], account: &str, pat: &str, decision: &str) -> Answer {
        let login = self.get(&format!("/v2/authorize?{}", encode(query)), "").await;
        if login.status != 200 {
            return login;
        }
        let cookie = cookie(&login);
        let ticket = hidden(login.text(), "ticket");
        let fields = [("step", "login"), ("ticket", ticket.as_str()), ("account_id", account), ("secret", pat)];
        let consent = self.form("/v2/authorize", &fields, &[("cookie", &cookie)]).await;
        if consent.status != 200 {
            return consent;
        }
        let ticket = hidden(consent.text(), "ticket");
        self.form("/v2/authorize", &[("step", "consent"), ("ticket", &ticket), ("decision", decision)], &[("cookie", &cookie)]).await
    }
}

/// A query of the code flow, with PKCE.
pub(crate) fn query<'a>(client: &'a Value, scope: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("response_type", "code"),
        ("client_id", client["client_id"].as_str().unwrap()),
        ("redirect_uri", BACK),
        ("scope", scope),
        ("state", "s-1"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
}

pub(crate) fn encode(fields: &[(&str, &str)]) -> String {
    let escape = |text: &str| -> String {
        text.bytes().map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
    };
    fields.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect::<Vec<_>>().join("&")
}

pub(crate) fn basic(user: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{secret}")))
}

/// `name=value` of the cookie that an answer sets.
pub(crate) fn cookie(answer: &Answer) -> String {
    answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
}

/// The value of a hidden field.
pub(crate) fn hidden(page: &str, name: &str) -> String {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("no field {name} in\n{page}"));
    rest.split('"').next().unwrap().to_owned()
}

/// The query of the address that an answer sends the browser to.
pub(crate) fn sent_back(answer: &Answer) -> BTreeMap<String, String> {
    let location = answer.header("location").unwrap();
    let (place, query) = location.split_once('?').unwrap();
    assert_eq!(place, BACK);
    decode(query)
}

pub(crate) fn decode(query: &str) -> BTreeMap<String, String> {
    let plain = |text: &str| {
        let bytes = text.replace('+', " ").into_bytes();
        let mut out = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            if bytes[at] == b'%' {
                out.push(u8::from_str_radix(std::str::from_utf8(&bytes[at + 1..at + 3]).unwrap(), 16).unwrap());
                at += 3;
            } else {
                out.push(bytes[at]);
                at += 1;
            }
        }
        String::from_utf8(out).unwrap()
    };
    query.split('&').filter_map(|pair| pair.split_once('=')).map(|(name, value)| (plain(name), plain(value))).collect()
}
