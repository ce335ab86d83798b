//! What a restart keeps: everything.

use std::path::Path;
use std::sync::Arc;

use hallpass_store::SqliteStore;
use serde_json::json;

use crate::support::{Server, question};

/// A server on the SQLite store of a directory; `None` for the keys' directory makes a new one.
fn open(data: &Path, keys: tempfile::TempDir) -> Server {
    Server::on(Arc::new(SqliteStore::open(data).unwrap()), keys)
}

#[tokio::test]
async fn a_restart_keeps_apps_keys_facts_policy_and_the_log() {
    let data = tempfile::tempdir().unwrap();
    let server = open(data.path(), tempfile::tempdir().unwrap());
    let root = server.root_key().to_owned();
    let made = server.post("/v1/apps", &root, &json!({"id": "shop", "profile": "stream"})).await.json();
    let shop = made["server_key"].as_str().unwrap().to_owned();
    let facts = r#"{"user":{"id":"ana"}}
{"user":{"id":"eve"}}
{"channel":{"id":"messaging:general"}}
{"member":{"channel":"messaging:general","user":"ana"}}
{"member":{"channel":"messaging:general","user":"eve"}}
{"relation":{"kind":"ban","user":"eve","channel":"messaging:general"}}"#;
    assert_eq!(server.facts("/v1/apps/shop/facts", &shop, facts).await.json()["written"], 6);
    let grants = json!({"changes": [{"change": "grants_put", "level": "messaging", "role": "channel_member", "grants": ["read-channel"]}]});
    assert_eq!(server.post("/v1/apps/shop/changes", &shop, &grants).await.json()["revision"], 2);
    let rotated = server.post("/v1/apps/demo-stream/keys", &root, &json!({})).await.json();
    let demo = rotated["server_key"].as_str().unwrap().to_owned();

    let questions = [
        question("ana", "ReadChannel", "messaging:general"),
        question("ana", "CreateMessage", "messaging:general"),
        question("eve", "ReadChannel", "messaging:general"),
        question("eve", "CreateMessage", "messaging:general"),
    ];
    let ask = async |server: &Server| {
        let mut answers = Vec::new();
        for question in &questions {
            answers.push(server.evaluate(&shop, question).await.json());
        }
        answers.push(server.get("/v1/apps/shop/changes", &shop).await.json());
        answers.push(server.get("/v1/apps/shop", &shop).await.json());
        answers
    };
    let before = ask(&server).await;
    let Server { service, front, directory, .. } = server;
    drop(front);
    service.close().await;

    let server = open(data.path(), directory);
    assert_eq!(server.root_key(), root);
    assert_eq!(ask(&server).await, before);
    assert_eq!(server.get("/v1/apps/demo-stream", &demo).await.status, 200);
    assert_eq!(server.post("/v1/apps/shop/changes", &shop, &grants).await.json()["revision"], 3, "revisions go on where they were");
}
