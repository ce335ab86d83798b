//! Every endpoint with no key, a wrong key, another app's key, and keys that clients can see.

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{Server, request};

/// Who may use an endpoint.
#[derive(Clone, Copy, PartialEq)]
enum Opens {
    /// The server key of any app: the key chooses the app.
    AnyApp,
    /// The server key of the app in the path, and the root key.
    ThisApp,
    /// The root key.
    Root,
}

/// Every documented endpoint: method, path, who may use it.
const ENDPOINTS: [(&str, &str, Opens); 29] = [
    ("post", "/access/v1/evaluation", Opens::AnyApp),
    ("post", "/access/v1/evaluations", Opens::AnyApp),
    ("get", "/v1/apps", Opens::Root),
    ("post", "/v1/apps", Opens::Root),
    ("get", "/v1/apps/{app}", Opens::ThisApp),
    ("delete", "/v1/apps/{app}", Opens::Root),
    ("post", "/v1/apps/{app}/keys", Opens::Root),
    ("get", "/v1/apps/{app}/changes", Opens::ThisApp),
    ("post", "/v1/apps/{app}/changes", Opens::ThisApp),
    ("post", "/v1/apps/{app}/facts", Opens::ThisApp),
    ("post", "/v1/apps/{app}/check", Opens::ThisApp),
    ("post", "/v1/apps/{app}/explain", Opens::ThisApp),
    ("post", "/v1/apps/{app}/capabilities", Opens::ThisApp),
    ("get", "/v1/apps/{app}/auth_key", Opens::ThisApp),
    ("put", "/v1/apps/{app}/auth_key", Opens::ThisApp),
    ("get", "/v1/apps/{app}/scopes/{scope}/permissions", Opens::ThisApp),
    ("put", "/v1/apps/{app}/scopes/{scope}/permissions", Opens::ThisApp),
    ("delete", "/v1/apps/{app}/scopes/{scope}/permissions/{permission}", Opens::ThisApp),
    ("get", "/v1/apps/{app}/scopes", Opens::ThisApp),
    ("get", "/v1/apps/{app}/clients", Opens::ThisApp),
    ("post", "/v1/apps/{app}/clients", Opens::ThisApp),
    ("get", "/v1/apps/{app}/clients/{client}", Opens::ThisApp),
    ("put", "/v1/apps/{app}/clients/{client}", Opens::ThisApp),
    ("delete", "/v1/apps/{app}/clients/{client}", Opens::ThisApp),
    ("get", "/v1/apps/{app}/tokens", Opens::ThisApp),
    ("post", "/v1/apps/{app}/tokens", Opens::ThisApp),
    ("post", "/v1/apps/{app}/tokens/try", Opens::ThisApp),
    ("delete", "/v1/apps/{app}/tokens/{token}", Opens::ThisApp),
    ("get", "/v1/apps/{app}/tokens/{token}/usage", Opens::ThisApp),
];

/// Documented endpoints that need no key.
const OPEN_TO_ALL: [(&str, &str); 1] = [("get", "/.well-known/authzen-configuration")];

/// A token that a Stream client carries: signed with the app's secret, for the user "ben".
fn user_token(secret: &str) -> String {
    let key = jsonwebtoken::EncodingKey::from_secret(secret.as_bytes());
    jsonwebtoken::encode(&jsonwebtoken::Header::default(), &json!({"user_id": "ben"}), &key).unwrap()
}

#[tokio::test]
async fn the_table_above_names_every_documented_endpoint() {
    let server = Server::new();
    let document = server.get("/openapi.json", "").await.json();
    let mut documented = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            documented.push((method.clone(), path.clone()));
        }
    }
    let mut known: Vec<_> = ENDPOINTS.iter().map(|(method, path, _)| (*method, *path)).chain(OPEN_TO_ALL).collect();
    known.sort_by_key(|(method, path)| (*path, *method));
    documented.sort_by(|a, b| (&a.1, &a.0).cmp(&(&b.1, &b.0)));
    assert_eq!(documented, known.iter().map(|(method, path)| ((*method).to_owned(), (*path).to_owned())).collect::<Vec<_>>());
}

#[tokio::test]
async fn no_endpoint_opens_to_a_key_that_is_not_its_own() {
    let server = Server::new();
    let (api_key, api_secret) = server.stream_keys("demo-stream");
    let token = user_token(api_secret);
    let strangers = [
        ("no key", ""),
        ("a wrong key", "hps_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        ("a public api_key", api_key),
        ("a signing secret", api_secret),
        ("a client's token", &token),
        ("a key cut short", &server.server_key("demo-stream")[..43]),
        ("a root key cut short", &server.root_key()[..43]),
    ];
    for (method, path, opens) in ENDPOINTS {
        let path = path.replace("{app}", "demo-stream");
        let method: Method = method.to_uppercase().parse().unwrap();
        let call = async |key: &str| {
            let answer = server.send(request(method.clone(), &path, key, &Value::Null)).await;
            (answer.status.as_u16(), answer)
        };
        for (who, key) in strangers {
            let (status, answer) = call(key).await;
            assert_eq!(status, 401, "{method} {path} with {who}");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"hallpass\""));
            assert!(key.is_empty() || !answer.text().contains(key), "{method} {path}: the answer repeats the key");
        }
        let (other_app, _) = call(server.server_key("demo-cometchat")).await;
        let expected = match opens {
            // Opened: what is missing is the body.
            Opens::AnyApp => 400,
            // What you may not see is not found.
            Opens::ThisApp => 404,
            Opens::Root => 403,
        };
        assert_eq!(other_app, expected, "{method} {path} with another app's key");
        let (root, _) = call("").await;
        assert_eq!(root, 401);
    }
    let (still_there, _) = (server.get("/v1/apps/demo-stream", server.root_key()).await.status, ());
    assert_eq!(still_there, 200, "nothing of the above deleted the app");
}

#[tokio::test]
async fn the_root_key_is_no_app() {
    let server = Server::new();
    let answer = server.post("/access/v1/evaluation", server.root_key(), &json!({})).await;
    assert_eq!(answer.status, 401);
}

#[tokio::test]
async fn an_app_that_is_another_s_looks_like_one_that_is_not_there() {
    let server = Server::new();
    let key = server.server_key("demo-stream");
    let another = server.get("/v1/apps/demo-cometchat", key).await;
    let missing = server.get("/v1/apps/demo-nothing", key).await;
    assert_eq!((another.status.as_u16(), missing.status.as_u16()), (404, 404));
    assert_eq!(another.text().replace("cometchat", "nothing"), missing.text());
}

#[tokio::test]
async fn operators_pages_need_no_key_and_tell_nothing_of_apps() {
    let server = Server::new();
    assert_eq!(server.get("/healthz", "").await.text(), "ok\n");
    assert_eq!(server.get("/readyz", "").await.status, 200);
    let (_, api_secret) = server.stream_keys("demo-stream");
    let metrics = server.get("/metrics", "").await;
    assert!(metrics.text().contains("hallpass_apps 3"), "{}", metrics.text());
    for secret in ["demo-stream", api_secret, server.root_key()] {
        assert!(!metrics.text().contains(secret));
    }
    server.service.stop();
    assert_eq!(server.get("/readyz", "").await.status, 503);
    assert_eq!(server.get("/healthz", "").await.status, 200);
}
