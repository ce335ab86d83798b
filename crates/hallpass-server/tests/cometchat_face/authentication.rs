//! Keys, tokens, hosts: docs/cometchat.md, Who calls.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};

use super::client::{Comet, From, Reply, code, error};

async fn send(comet: &Comet, uri: &str, headers: &[(&str, &str)]) -> Reply {
    let mut request = Request::builder().method(Method::GET).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Reply(comet.server.send(request.body(Body::empty()).unwrap()).await)
}

#[tokio::test]
async fn both_prefixes_and_every_spelling_of_the_key_are_served() {
    let comet = Comet::new().await;
    for (uri, name) in [("/v3/roles", "apikey"), ("/v3.0/roles", "apiKey"), ("/v3/roles", "APIKEY")] {
        assert_eq!(send(&comet, uri, &[(name, &comet.api_key)]).await.ok()["data"][0]["role"], "default");
    }
}

#[tokio::test]
async fn the_app_is_named_by_header_or_host_or_by_its_key() {
    let comet = Comet::with_users(&["ana"]).await;
    let token = comet.token("ana").await;
    let key = comet.api_key.as_str();
    for host in ["test.api-eu.cometchat.io", "test.apiclient-us.example.com:8443"] {
        assert_eq!(send(&comet, "/v3/roles", &[("apikey", key), ("host", host)]).await.ok()["data"][0]["role"], "default");
        assert_eq!(send(&comet, "/v3/me", &[("authtoken", &token), ("host", host)]).await.data()["uid"], "ana");
    }
    assert_eq!(send(&comet, "/v3/me", &[("authtoken", &token), ("appid", "test")]).await.data()["uid"], "ana");
    assert_eq!(send(&comet, "/v3/me", &[("authtoken", &token)]).await.code(), code(400, "AUTH_ERR_EMPTY_APPID"));
    let unknown = send(&comet, "/v3/me", &[("authtoken", &token), ("appid", "nix")]).await.error();
    assert_eq!(unknown, error(404, "AUTH_ERR_INVALID_APPID", "There is no CometChat app nix here."));
    // The demo app of another profile is none of this face.
    let other = send(&comet, "/v3/roles", &[("apikey", key), ("appid", "demo-stream")]).await.code();
    assert_eq!(other, code(404, "AUTH_ERR_INVALID_APPID"));
}

#[tokio::test]
async fn every_wrong_way_in_has_its_own_code() {
    let comet = Comet::with_users(&["ana"]).await;
    assert_eq!(send(&comet, "/v3/roles", &[]).await.code(), code(401, "AUTH_ERR_EMPTY_APIKEY"));
    assert_eq!(send(&comet, "/v3/roles", &[("apikey", "x")]).await.code(), code(401, "AUTH_ERR_APIKEY_NOT_FOUND"));
    assert_eq!(comet.call(From::Nobody, Method::GET, "/users", None).await.code(), code(401, "AUTH_ERR_EMPTY_APIKEY"));
    let empty = send(&comet, "/v3/users", &[("appid", "test"), ("authtoken", "")]).await.code();
    assert_eq!(empty, code(401, "AUTH_ERR_EMPTY_AUTH_TOKEN"));
    let wrong = comet.call(From::Token("ana_1234"), Method::GET, "/users", None).await.code();
    assert_eq!(wrong, code(401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND"));
    let token = comet.token("ana").await;
    assert_eq!(comet.call(From::Token(&token), Method::GET, "/roles", None).await.code(), code(401, "AUTH_ERR_EMPTY_APIKEY"));
    assert_eq!(comet.get("/nothing").await.code(), code(404, "ERR_API_NOT_FOUND"));
    assert_eq!(comet.call(From::App, Method::PATCH, "/roles", None).await.code(), code(404, "ERR_API_NOT_FOUND"));
    assert_eq!(send(&comet, "/v2/roles", &[("apikey", &comet.api_key)]).await.code(), code(404, "ERR_INVALID_API_VERSION"));
}

#[tokio::test]
async fn nothing_of_one_app_opens_another() {
    let comet = Comet::with_users(&["ana"]).await;
    let token = comet.token("ana").await;
    let other = comet.server.post("/v1/apps", comet.server.root_key(), &json!({"id": "other", "profile": "cometchat"})).await.json();
    let key = other["api_key"].as_str().unwrap();
    let wrong = send(&comet, "/v3/roles", &[("apikey", &comet.api_key), ("appid", "other")]).await.code();
    assert_eq!(wrong, code(401, "AUTH_ERR_APIKEY_NOT_FOUND"));
    assert_eq!(
        send(&comet, "/v3/me", &[("authtoken", &token), ("appid", "other")]).await.code(),
        code(401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND")
    );
    assert_eq!(send(&comet, "/v3/users/ana", &[("apikey", key)]).await.code(), code(404, "ERR_UID_NOT_FOUND"));
}

/// Section 6.3, as decided: tokens, and users of the default role.
#[tokio::test]
async fn the_auth_only_key_makes_users_and_tokens_and_nothing_else() {
    let comet = Comet::new().await;
    comet.post("/roles", json!({"role": "boss", "name": "boss"})).await.data();
    let made = comet.call(From::AuthKey, Method::POST, "/users", Some(json!({"uid": "ana", "name": "Ana"}))).await.data();
    assert_eq!(made["role"], "default");
    let token = comet.call(From::AuthKey, Method::POST, "/users/ana/auth_tokens", Some(json!({}))).await.data();
    assert_eq!(token["uid"], "ana");
    let boss = comet.call(From::AuthKey, Method::POST, "/users", Some(json!({"uid": "bob", "name": "Bob", "role": "boss"}))).await;
    assert_eq!(boss.code(), code(403, "AUTH_ERR_NO_ACCESS"));
    for (method, path) in
        [(Method::GET, "/users"), (Method::GET, "/roles"), (Method::PUT, "/users/ana"), (Method::GET, "/users/ana/auth_tokens")]
    {
        assert_eq!(comet.call(From::AuthKey, method, path, None).await.code(), code(403, "AUTH_ERR_NO_ACCESS"), "{path}");
    }
}

/// Section 6.3: its sources disagree, so that an app says.
#[tokio::test]
async fn an_app_says_whether_the_auth_only_key_creates_users() {
    let comet = Comet::new().await;
    let path = "/v1/apps/test/auth_key";
    assert_eq!(comet.server.get(path, &comet.server_key).await.json(), json!({"creates_users": true}));
    let set = comet.server.call(Method::PUT, path, &comet.server_key, &json!({"creates_users": false})).await;
    assert_eq!((set.status.as_u16(), set.json()), (200, json!({"creates_users": false})));
    let body = json!({"uid": "ana", "name": "Ana"});
    let refused = comet.call(From::AuthKey, Method::POST, "/users", Some(body.clone())).await;
    assert_eq!(refused.code(), code(403, "AUTH_ERR_NO_ACCESS"));
    comet.post("/users", body).await.data();
    assert_eq!(comet.call(From::AuthKey, Method::POST, "/users/ana/auth_tokens", None).await.data()["uid"], "ana");

    for (wrong, field) in [(json!({}), "creates_users"), (json!({"creates_users": 1}), "creates_users"), (json!({"other": true}), "other")]
    {
        let answer = comet.server.call(Method::PUT, path, &comet.server_key, &wrong).await;
        assert_eq!((answer.status.as_u16(), answer.json()["error"]["field"].clone()), (400, json!(field)));
    }
    let stream = comet.server.get("/v1/apps/demo-stream/auth_key", comet.server.server_key("demo-stream")).await;
    assert_eq!(stream.json()["error"]["value"], "stream");
}

/// Section 2.2, point 5, as decided.
#[tokio::test]
async fn on_behalf_of_a_user_their_rights_count() {
    let comet = Comet::with_users(&["ana", "ben"]).await;
    comet.put("/roles/default/permissions", json!({"permissions": {"getUserDetails": "deny"}})).await.data();
    assert_eq!(comet.get("/users/ben").await.data()["uid"], "ben");
    let refused = comet.call(From::OnBehalf("ana"), Method::GET, "/users/ben", None).await;
    let hallpass = refused.hallpass();
    assert_eq!((&hallpass["reason"], &hallpass["action"]), (&json!("role_layer_denied"), &json!("GetUserDetails")));
    assert!(hallpass["remedy"].as_str().unwrap().contains("getUserDetails"), "{hallpass}");
    assert_eq!(refused.code(), code(403, "ERR_PERMISSION_DENIED"));
    assert_eq!(comet.call(From::OnBehalf("ANA"), Method::GET, "/users/ana", None).await.data()["uid"], "ana");
    assert_eq!(comet.call(From::OnBehalf("nobody"), Method::GET, "/users", None).await.code(), code(404, "ERR_UID_NOT_FOUND"));
}

#[tokio::test]
async fn a_session_is_a_token_and_ends_with_it() {
    let comet = Comet::with_users(&["ana"]).await;
    let token = comet.token("ana").await;
    let me = comet.call(From::Token(&token), Method::PUT, "/me", Some(json!({"platform": "javascript", "deviceId": "d-1"}))).await.data();
    assert_eq!((&me["uid"], &me["authToken"], &me["settings"]["CHAT_API_VERSION"]), (&json!("ana"), &json!(token), &json!("v3.0")));
    assert_eq!(me["settings"]["extensions"], json!([]));
    assert_eq!(comet.call(From::Token(&token), Method::GET, "/me", None).await.data()["uid"], "ana");
    assert_eq!(comet.call(From::Token(&token), Method::DELETE, "/me", None).await.data()["success"], true);
    assert_eq!(comet.call(From::Token(&token), Method::GET, "/me", None).await.code(), code(401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND"));
}

/// What is kept of a token opens nothing.
#[tokio::test]
async fn tokens_are_shown_once_and_deleted_by_themselves_or_by_their_id() {
    let comet = Comet::with_users(&["ana"]).await;
    let (one, two, three) = (comet.token("ana").await, comet.token("ana").await, comet.token("ana").await);
    assert!(one.starts_with("ana_1795348800"));
    let list = comet.get("/users/ana/auth_tokens").await.data();
    assert_eq!(list.as_array().unwrap().len(), 3);
    assert!(!list.to_string().contains(&one));
    let id = list[0]["authToken"].as_str().unwrap().to_owned();
    assert_eq!(comet.call(From::Token(&id), Method::GET, "/me", None).await.code(), code(401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND"));
    assert_eq!(comet.get(&format!("/users/ana/auth_tokens/{id}")).await.data()["uid"], "ana");
    comet.delete(&format!("/users/ana/auth_tokens/{one}"), None).await.data();
    assert_eq!(comet.delete(&format!("/users/ana/auth_tokens/{one}"), None).await.code(), code(404, "ERR_AUTH_TOKEN_NOT_FOUND"));
    assert_eq!(comet.call(From::Token(&one), Method::GET, "/me", None).await.code(), code(401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND"));
    assert_eq!(comet.call(From::Token(&two), Method::GET, "/me", None).await.data()["uid"], "ana");
    let cleared = comet.delete("/users/ana/auth_tokens", None).await.data();
    assert_eq!(cleared, super::client::success("Cleared Auth Tokens successfully for uid ana."));
    for token in [&two, &three] {
        assert_eq!(comet.call(From::Token(token), Method::GET, "/me", None).await.code(), code(401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND"));
    }
    assert_eq!(comet.get("/users/ana/auth_tokens").await.data(), json!([]));
}

/// Section 6.7: a hundred tokens; the oldest makes room.
#[tokio::test]
async fn a_user_has_a_hundred_tokens() {
    let comet = Comet::with_users(&["ana"]).await;
    let first = comet.token("ana").await;
    comet.server.clock.set(hallpass::Timestamp(crate::support::NOON.as_ms() + 1_000));
    for _ in 0..100 {
        comet.token("ana").await;
    }
    assert_eq!(comet.get("/users/ana/auth_tokens").await.ok()["meta"]["pagination"]["total"], 100);
    let gone: (u16, Value) = (401, json!("AUTH_ERR_AUTH_TOKEN_NOT_FOUND"));
    let answer = comet.call(From::Token(&first), Method::GET, "/me", None).await;
    assert_eq!((answer.0.status.as_u16(), answer.0.json()["error"]["code"].clone()), gone);
}

/// Every operation of the vendor's document: without a key, with a wrong one, with another app's, and with one that is auth-only.
#[tokio::test]
async fn no_operation_opens_without_the_key_to_it() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/facts/cometchat_openapi_excerpt.json")).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let comet = Comet::with_club().await;
    let other = comet.server.post("/v1/apps", comet.server.root_key(), &json!({"id": "other", "profile": "cometchat"})).await.json();
    let others = other["api_key"].as_str().unwrap();
    let knocks: [(&[(&str, &str)], _); 4] = [
        (&[("appid", "test")], code(401, "AUTH_ERR_EMPTY_APIKEY")),
        (&[("appid", "test"), ("apikey", "0000000000000000000000000000000000000000")], code(401, "AUTH_ERR_APIKEY_NOT_FOUND")),
        (&[("appid", "test"), ("apikey", others)], code(401, "AUTH_ERR_APIKEY_NOT_FOUND")),
        (&[("apikey", &comet.auth_key)], code(403, "AUTH_ERR_NO_ACCESS")),
    ];
    let mut operations = 0;
    for (template, methods) in document["paths"].as_object().unwrap() {
        let known = [("{uid}", "paul"), ("{guid}", "club"), ("{role}", "default"), ("{scope}", "admin"), ("{permission}", "sendMessage")];
        let path = known.iter().fold(format!("/v3{template}"), |path, (part, name)| path.replace(part, name));
        for method in ["get", "put", "post", "delete"].iter().filter(|method| methods[**method].is_object()) {
            operations += 1;
            for (headers, expected) in &knocks {
                let open = *method == "post" && ["/users", "/users/{uid}/auth_tokens"].contains(&template.as_str());
                if open && expected.0 == 403 {
                    continue;
                }
                let mut request = Request::builder().method(method.to_uppercase().as_str()).uri(&path);
                for (name, value) in *headers {
                    request = request.header(*name, *value);
                }
                let answer = Reply(comet.server.send(request.body(Body::from("{}")).unwrap()).await);
                assert_eq!(answer.code(), *expected, "{method} {path} {headers:?}");
            }
        }
    }
    assert_eq!(operations, 42);
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_an_error_of_this_face() {
    let comet = Comet::new().await;
    let send = async |body: String| {
        let request = Request::builder().method(Method::POST).uri("/v3/roles").header("apikey", &comet.api_key);
        Reply(comet.server.send(request.body(Body::from(body)).unwrap()).await)
    };
    assert_eq!(send("{\"role\": ".to_owned()).await.code(), code(400, "ERR_BAD_REQUEST"));
    assert_eq!(send("[1]".to_owned()).await.details().1, json!({"body": ["The body must be an object, got [1]."]}));
    let twice = send("{\"role\": \"a\", \"role\": \"b\", \"name\": \"x\"}".to_owned()).await;
    assert_eq!(twice.code(), code(400, "ERR_BAD_REQUEST"));
    let large = send(format!("{{\"role\": \"{}\"}}", "x".repeat(3 * 1024 * 1024))).await;
    assert_eq!(large.code(), code(413, "ERR_REQUEST_TOO_LARGE"));
    assert_eq!(comet.get("/roles").await.ok()["meta"]["pagination"]["total"], 1);
    let metrics = comet.server.get("/metrics", "").await;
    assert!(metrics.text().contains("hallpass_requests_total{face=\"cometchat\",status=\"413\"} 1"), "{}", metrics.text());
}

/// Browsers ask first, for headers that only this API has.
#[tokio::test]
async fn browsers_may_call_from_anywhere() {
    let comet = Comet::new().await;
    let request = Request::builder()
        .method(Method::OPTIONS)
        .uri("/v3.0/me")
        .header("origin", "https://chat.example.com")
        .header("access-control-request-method", "PUT")
        .header("access-control-request-headers", "appid,authtoken,sdk,resource");
    let answer = comet.server.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("access-control-allow-headers"), Some("appid,authtoken,sdk,resource"));
}
