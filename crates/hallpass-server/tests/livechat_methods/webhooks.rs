//! Webhooks: registered, enabled, and really called.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::office::{Object, Office};

/// What came.
#[derive(Clone, Default)]
struct Inbox {
    received: Arc<Mutex<Vec<(HeaderMap, String)>>>,
    came: Arc<Notify>,
    failures: usize,
}

impl Inbox {
    /// A receiver on loopback, and its address.
    async fn open(failures: usize) -> (Self, String) {
        let inbox = Self { failures, ..Self::default() };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let take = |State(inbox): State<Self>, headers: HeaderMap, body: String| async move {
            let mut received = inbox.received.lock().unwrap();
            received.push((headers, body));
            let status = if received.len() <= inbox.failures { StatusCode::BAD_GATEWAY } else { StatusCode::NO_CONTENT };
            inbox.came.notify_one();
            status
        };
        let router = Router::new().route("/hook", post(take)).with_state(inbox.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (inbox, url)
    }

    /// Waits for so many deliveries.
    async fn until(&self, count: usize) -> Vec<(HeaderMap, Value)> {
        loop {
            let came = self.came.notified();
            let received = self.received.lock().unwrap().clone();
            if received.len() >= count {
                return received.into_iter().map(|(headers, body)| (headers, serde_json::from_str(&body).unwrap())).collect();
            }
            came.await;
        }
    }
}

fn registration(action: &str, url: &str) -> Value {
    json!({"action": action, "url": url, "secret_key": "hush", "type": "license", "additional_data": ["chat_properties"]})
}

async fn office() -> Office {
    let office = Office::new().await;
    office.desk.server.service.allow_webhooks_to_private();
    office
}

#[tokio::test]
async fn a_webhook_is_called_once_it_is_enabled() {
    let mut office = office().await;
    let (inbox, url) = Inbox::open(0).await;
    let token = office.token(&["webhooks.configuration:rw", "webhooks.state:rw", "chats--all:rw"]).await.unwrap();
    let id =
        office.call(&token, "v3.6", "configuration", "register_webhook", &registration("thread_tagged", &url)).await.json()["id"].clone();
    let spot = office.spot("chat", Object::Own).await;
    office.must("configuration", "create_tag", json!({"name": "vip", "group_ids": [0]})).await;
    let tag = |name: &str| json!({"chat_id": spot["chat"], "thread_id": spot["thread"], "tag": name});
    // Not enabled yet: this one is told to nobody.
    assert_eq!(office.call(&token, "v3.6", "agent", "tag_thread", &tag("tag-all")).await.status, 200);
    assert_eq!(office.call(&token, "v3.6", "configuration", "enable_license_webhooks", &json!({})).await.json(), json!({}));
    let state = office.call(&token, "v3.6", "configuration", "get_license_webhooks_state", &json!({})).await.json();
    assert_eq!(state, json!({"license_webhooks_enabled": true}));
    assert_eq!(office.call(&token, "v3.6", "agent", "tag_thread", &tag("vip")).await.status, 200);

    let received = inbox.until(1).await;
    let (headers, body) = &received[0];
    assert_eq!(
        *body,
        json!({
            "webhook_id": id, "secret_key": "hush", "action": "thread_tagged",
            "organization_id": office.desk.first_keys().2,
            "payload": {"chat_id": spot["chat"], "thread_id": spot["thread"], "tag": "vip"},
            "additional_data": {"chat_properties": {"rating": {"score": 1}}},
        })
    );
    assert!(headers["x-hallpass-signature"].to_str().unwrap().starts_with("sha256="));
}

/// In 2018 webhooks needed no enabling, had other names for what happens, and `data` for what happened.
#[tokio::test]
async fn a_webhook_of_2018_is_told_in_the_words_of_2018() {
    let mut office = office().await;
    let (inbox, url) = Inbox::open(0).await;
    let token = office.token(&["webhooks--my:write", "chats.meta--all:write"]).await.unwrap();
    let body = json!({"action": "thread_closed", "url": url, "secret_key": "hush"});
    let id = office.call(&token, "v0.6", "configuration", "register_webhook", &body).await.json()["webhook_id"].clone();
    let spot = office.spot("chat", Object::Foreign).await;
    assert_eq!(office.call(&token, "v0.6", "agent", "close_thread", &json!({"chat_id": spot["chat"]})).await.json(), json!({}));
    let received = inbox.until(1).await;
    assert_eq!(
        received[0].1,
        json!({
            "webhook_id": id, "secret_key": "hush", "action": "thread_closed", "additional_data": {},
            "data": {"chat_id": spot["chat"], "thread_id": spot["thread"], "user_id": "olivia"},
        })
    );
}

#[tokio::test]
async fn a_delivery_that_fails_is_tried_again() {
    let mut office = office().await;
    let (inbox, url) = Inbox::open(1).await;
    let token = office.token(&["webhooks.configuration:rw", "webhooks.state:rw"]).await.unwrap();
    let body = json!({"action": "group_created", "url": url, "secret_key": "hush", "type": "license"});
    assert_eq!(office.call(&token, "v3.6", "configuration", "register_webhook", &body).await.status, 200);
    office.call(&token, "v3.6", "configuration", "enable_license_webhooks", &json!({})).await;
    office.must("configuration", "create_group", json!({"name": "Night", "agent_priorities": {}})).await;
    let received = inbox.until(2).await;
    assert_eq!(received[0].1, received[1].1);
    assert_eq!(received[0].0["x-hallpass-delivery"], received[1].0["x-hallpass-delivery"]);
    assert_eq!(received[1].1["payload"]["name"], "Night");
}

#[tokio::test]
async fn only_urls_that_may_be_called_are_registered() {
    let mut office = Office::new().await;
    let token = office.token(&["webhooks.configuration:rw"]).await.unwrap();
    for (url, expected) in [
        ("ftp://example.com/", "url: expected an http or https URL, got \"ftp://example.com/\""),
        ("example.com", "url: expected an http or https URL, got \"example.com\""),
        (
            "https://user:pass@example.com/",
            "url: expected a URL without user and password, which would be stored in the clear, got \"https://user:pass@example.com/\"",
        ),
        (
            "http://127.0.0.1:9/",
            "url: expected a public address; `hallpass serve --webhooks-to-private` allows others, got \"http://127.0.0.1:9/\"",
        ),
        ("http://[::1]/", "url: expected a public address; `hallpass serve --webhooks-to-private` allows others, got \"http://[::1]/\""),
    ] {
        let answer = office.call(&token, "v3.6", "configuration", "register_webhook", &registration("incoming_event", url)).await;
        assert_eq!(answer.json(), json!({"error": {"type": "validation", "message": expected}}), "{url}");
    }
    for _ in 0..3 {
        let answer =
            office.call(&token, "v3.6", "configuration", "register_webhook", &registration("incoming_event", "https://example.com/")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let answer =
        office.call(&token, "v3.6", "configuration", "register_webhook", &registration("incoming_event", "https://example.com/")).await;
    assert_eq!(answer.json()["error"]["type"], "limit_reached");
}
