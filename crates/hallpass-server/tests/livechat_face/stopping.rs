//! What a server that stops still writes.

use std::time::{Duration, Instant};

use hallpass_server::{Footprint, limits};
use hallpass_store::Store as _;
use serde_json::json;

use super::desk::{APP, Desk};

/// Waits until something holds.
async fn until(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(10), "{what}");
        tokio::task::yield_now().await;
    }
}

/// As after a request that never ends.
#[tokio::test]
async fn an_app_that_is_held_up_holds_up_neither_the_others_nor_the_stop() {
    let desk = Desk::new().await;
    let server = &desk.server;
    // Its id comes after that of the other.
    let made = server.post("/v1/apps", server.root_key(), &json!({"id": "shop", "profile": "livechat"})).await.json();
    let key = made["server_key"].as_str().unwrap();
    let nick = json!({"changes": [{"change": "user_put", "id": "nick", "roles": ["normal"], "teams": ["1"]}]});
    assert_eq!(server.post("/v1/apps/shop/changes", key, &nick).await.status, 200);
    let token = json!({"account_id": "nick", "scopes": ["agents--all:ro"]});
    let shop = server.post("/v1/apps/shop/tokens", key, &token).await.json()["pat"].as_str().unwrap().to_owned();
    for pat in [shop, desk.pat("nick", &["agents--all:ro"]).await] {
        assert_eq!(server.post("/v3.6/configuration/action/list_agents", &pat, &json!({})).await.status, 200);
    }
    let Desk { server, store } = desk;
    let service = server.service.clone();
    let edit = service.tenant(APP).unwrap().edit(Footprint::policy()).await.unwrap();
    let written = |app: &str| !store.scan_documents(app, "scope_use", "", None, 1).unwrap().is_empty();

    // Whoever waits for a condition here is never idle, so time stands still until it is moved.
    tokio::time::pause();
    let closing = tokio::spawn(server.service.close());
    drop(server.front);
    until("what the other app used is written", || written("shop")).await;
    assert!(!written(APP));
    // The one that is held up is waited for, but not for long; then nothing is found any more, so that the last one who lets go closes the store.
    assert!(!service.tenants().is_empty());
    // Timers are as fine as a millisecond.
    tokio::time::advance(limits::FLUSH_TIME + Duration::from_millis(1)).await;
    until("all apps are let go", || service.tenants().is_empty()).await;
    assert!(!closing.is_finished());
    drop((edit, service));
    closing.await.unwrap();
    assert!(!written(APP));
}
