//! Input that means nothing, other organizations, and restarts.

use std::sync::Arc;

use hallpass_store::MemoryStore;
use serde_json::{Value, json};

use super::cases::CASES;
use super::office::{Object, Office};
use crate::support::Server;

/// Every method answers nonsense with an error of the caller's, in the vendor's form, and changes nothing that matters.
#[tokio::test]
async fn nonsense_is_answered_and_never_breaks_anything() {
    let office = Office::new().await;
    let token = office.desk.first_keys().4.to_owned();
    let wrong = |value: Value| {
        let names = [
            "id",
            "chat_id",
            "thread_id",
            "event_id",
            "user_id",
            "user_type",
            "name",
            "event",
            "properties",
            "chat",
            "group_ids",
            "filters",
            "requests",
            "access",
            "conditions",
            "agent_priorities",
            "target",
            "postback",
            "recipients",
            "scopes",
            "rules",
            "content",
            "ban",
            "customer_id",
            "agent_id",
            "agent_ids",
            "status",
            "routing_status",
            "type",
            "url",
            "action",
            "secret_key",
            "owner_client_id",
            "groups",
            "text",
            "tags",
            "translations",
            "domain",
            "limit",
            "page_id",
            "sort_order",
            "bot_agent_id",
            "webhook_id",
            "seen_up_to",
        ];
        Value::Object(names.into_iter().map(|name| (name.to_owned(), value.clone())).collect())
    };
    let deep = (0..60).fold(json!(1), |inner, _| json!({"id": inner}));
    let nonsense = [
        json!([1]),
        json!("text"),
        json!({"payload": 7}),
        deep,
        wrong(json!(7)),
        wrong(json!(-1)),
        wrong(json!([])),
        wrong(json!([{"id": {}}])),
        wrong(json!({"a": {"b": "c"}})),
        wrong(json!("\u{1f}")),
        wrong(json!("x".repeat(5_000))),
        wrong(json!(18_446_744_073_709_551_615_u64)),
    ];
    for case in CASES {
        for body in &nonsense {
            let answer = office.call(&token, case.version, case.api, case.name, body).await;
            let status = answer.status.as_u16();
            let error = answer.json()["error"].clone();
            let shown: String = body.to_string().chars().take(80).collect();
            assert!(status == 200 || (400..500).contains(&status), "{} {shown}: {status} {error}", case.name);
            assert!(status == 200 || (error["type"].is_string() && error["message"].is_string()), "{} {shown}: {error}", case.name);
        }
        let text = axum::http::Request::post(format!("/{}/{}/action/{}", case.version, case.api, case.name))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .body(axum::body::Body::from("{not json"))
            .unwrap();
        assert_eq!(office.desk.server.send(text).await.status, 400, "{}", case.name);
    }
}

/// One organization's ids mean nothing in another's.
#[tokio::test]
async fn ids_of_another_organization_are_not_found() {
    let mut office = Office::new().await;
    let body = json!({"id": "other", "profile": "livechat"});
    let other = office.desk.server.post("/v1/apps", office.desk.server.root_key(), &body).await.json();
    let token = other["pat"].as_str().unwrap();
    let chat = office.spot("chat", Object::Own).await;
    let bot = office.spot("bot", Object::Own).await;
    let webhook = office.spot("webhook", Object::Own).await;
    let customer = office.spot("customer", Object::Own).await;
    let client = other["client_id"].clone();
    for (api, method, body) in [
        ("agent", "get_chat", json!({"chat_id": chat["chat"]})),
        ("agent", "send_event", json!({"chat_id": chat["chat"], "event": {"type": "message", "text": "hello"}})),
        ("agent", "get_customer", json!({"id": customer["customer"]})),
        ("configuration", "get_agent", json!({"id": "olivia"})),
        ("configuration", "delete_bot", json!({"id": bot["bot"], "owner_client_id": client})),
        ("configuration", "unregister_webhook", json!({"id": webhook["webhook"], "owner_client_id": client})),
    ] {
        let answer = office.call(token, "v3.6", api, method, &body).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["error"]["type"]), (404, &json!("not_found")), "{method}: {}", answer.text());
    }
    let foreign = json!({"name": "Bot", "owner_client_id": office.client});
    let answer = office.call(token, "v3.6", "configuration", "create_bot", &foreign).await;
    assert_eq!(answer.json()["error"]["type"], "validation");
}

/// What was answered is there after a restart: chats with what was said, bots, webhooks, bans.
#[tokio::test]
async fn what_was_done_survives_a_restart() {
    let store = Arc::new(MemoryStore::new());
    let first = Server::on(store.clone(), tempfile::tempdir().unwrap());
    let body = json!({"id": "desk", "profile": "livechat"});
    let keys = first.post("/v1/apps", first.root_key(), &body).await.json();
    let (token, client) = (keys["pat"].as_str().unwrap().to_owned(), keys["client_id"].clone());
    let post = async |server: &Server, api: &str, method: &str, body: Value| {
        let answer = server.post(&format!("/v3.6/{api}/action/{method}"), &token, &body).await;
        assert_eq!(answer.status, 200, "{method}: {}", answer.text());
        answer.json()
    };
    let message = json!({"type": "message", "text": "still here"});
    let started = post(&first, "agent", "start_chat", json!({"chat": {"thread": {"events": [message]}}})).await;
    let bot = post(&first, "configuration", "create_bot", json!({"name": "Bot", "owner_client_id": client})).await["id"].clone();
    let hook =
        json!({"action": "incoming_event", "url": "https://example.com/", "secret_key": "x", "type": "license", "owner_client_id": client});
    post(&first, "configuration", "register_webhook", hook).await;
    let Server { service, front, directory, .. } = first;
    drop((service, front));

    let second = Server::on(store, directory);
    let chat = post(&second, "agent", "get_chat", json!({"chat_id": started["chat_id"]})).await;
    assert_eq!(chat["thread"]["events"][0]["text"], "still here");
    assert_eq!(chat["users"][0]["present"], true);
    let list = json!({"all": true});
    assert_eq!(post(&second, "configuration", "list_bots", list).await[0]["id"], bot);
    assert_eq!(post(&second, "configuration", "list_webhooks", json!({"owner_client_id": client})).await[0]["url"], "https://example.com/");
}
