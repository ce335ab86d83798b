//! Every operation of the table in the documentation, called by those who are nobody here.

use axum::http::Method;
use serde_json::{Value, json};

use super::client::{BOTH, Dialect, From, Stream};

/// `(name, method, path, who)` of the operations that `docs/stream.md` lists, which a test of the routes holds to them.
fn documented(dialect: Dialect) -> Vec<(&'static str, Method, String, &'static str)> {
    let page = include_str!("../../../../docs/stream.md");
    let (_, table) = page.split_once("<!-- operations: from the routes -->").unwrap();
    let rows = table.trim_start().lines().take_while(|line| line.starts_with('|')).skip(2);
    let row = |line: &'static str| {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [name, call, prefix, who, _] = cells.as_slice() else { panic!("five cells: {line}") };
        let (method, path) = call.trim_matches('`').split_once(' ').unwrap();
        let prefix = if dialect == Dialect::Prefixed { prefix.trim_matches('`') } else { "" };
        let path = path.replace("{type}", "messaging").replace("{id}", "general").replace(['{', '}'], "");
        (*name, method.parse().unwrap(), format!("{prefix}{path}"), *who)
    };
    rows.map(row).collect()
}

async fn call(stream: &Stream, from: From<'_>, method: &Method, path: &str) -> super::client::Reply {
    let body = (method != Method::GET && method != Method::DELETE).then(|| json!({}));
    stream.send(from, method.clone(), &format!("{path}?api_key={}", stream.api_key), body).await
}

#[tokio::test]
async fn no_operation_of_the_table_opens_to_a_stranger() {
    for dialect in BOTH {
        let stream = Stream::with_users(dialect, &["ana"]).await;
        stream.channel("messaging", "general", "ana", &["ana"]).await;
        let made = stream.server.post("/v1/apps", stream.server.root_key(), &json!({"id": "other", "profile": "stream"})).await.json();
        let key = jsonwebtoken::EncodingKey::from_secret(made["api_secret"].as_str().unwrap().as_bytes());
        let of_other =
            |claims: Value| jsonwebtoken::encode(&jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256), &claims, &key).unwrap();
        let operations = documented(dialect);
        assert!(operations.len() > 100, "{}", operations.len());
        // Connecting is a handshake of its own, with tests of its own; guests have no token yet.
        for (name, method, path, _) in operations.iter().filter(|(name, ..)| !matches!(*name, "Connect" | "CreateGuest")) {
            let refused = async |from: From<'_>| {
                let (status, code, _) = call(&stream, from, method, path).await.error();
                (status, code)
            };
            assert_eq!(refused(From::Nobody).await, (401, 5), "{name} {path}");
            assert_eq!(refused(From::Token("a.b.c")).await, (401, 5), "{name} {path}");
            for claims in [json!({"server": true}), json!({"user_id": "ana"})] {
                assert_eq!(refused(From::Token(&of_other(claims))).await, (401, 43), "{name} {path}");
            }
            assert_eq!(refused(From::User("nobody")).await.0, if name.starts_with("UpdateUsers") { 400 } else { 403 }, "{name} {path}");
        }
    }
}

#[tokio::test]
async fn what_is_for_the_back_end_opens_to_no_user() {
    for dialect in BOTH {
        let stream = Stream::with_users(dialect, &["ana"]).await;
        stream.post("/users", json!({"users": {"root": {"id": "root", "role": "admin"}}})).await.created();
        for (name, method, path, _) in documented(dialect).iter().filter(|(.., who)| *who == "back end") {
            for user in ["ana", "root"] {
                let reply = call(&stream, From::User(user), method, path).await;
                assert_eq!(reply.hallpass()["reason"], "server_only", "{name} {path}");
                assert_eq!(reply.error().1, 17);
            }
        }
    }
}
