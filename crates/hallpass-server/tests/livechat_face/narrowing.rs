//! What a token may do is what it, its client and its account's role all allow, by the same scope; then comes what it is done to.

use axum::http::Method;
use serde_json::json;

use super::desk::{APP, Desk};

/// docs/livechat.md, Tokens: effective rights = token ∩ client ∩ role. What is taken from either counts from the next call on.
#[tokio::test]
async fn a_role_or_a_client_that_shrinks_takes_effect_on_the_next_call() {
    let desk = Desk::new().await;
    desk.chat("theirs", &["2"], &[]).await;
    let client = desk.client("server_side_app", &["chats--all:rw"]).await;
    let id = client["client_id"].as_str().unwrap();
    let token = desk.ask_token("ada", &["chats--all:rw"], Some(id)).await.json()["pat"].as_str().unwrap().to_owned();
    let ask = || desk.trial(&token, "get_chat", &[("chat_id", "theirs")]);
    assert_eq!(ask().await["allowed"], true);

    let path = format!("/v1/apps/{APP}/clients/{id}");
    let put = |scope: &'static str| {
        let (desk, path) = (&desk, path.as_str());
        async move { desk.server.call(Method::PUT, path, desk.key(), &json!({"scopes": [scope]})).await.status }
    };
    assert_eq!(put("customers:ro").await, 200);
    assert_eq!(ask().await["reason"], "client_scope_missing");
    assert_eq!(put("chats--all:rw").await, 200);
    assert_eq!(ask().await["allowed"], true);

    // As an agent with the role normal, she may hold `chats--access:rw` at most: her groups count.
    desk.chat("ours", &["1"], &[]).await;
    desk.role("ada", "normal").await;
    let refused = ask().await;
    assert_eq!((&refused["allowed"], &refused["reason"]), (&json!(false), &json!("role_layer_denied")));
    assert_eq!(desk.trial(&token, "get_chat", &[("chat_id", "ours")]).await["allowed"], true);
    desk.role("ada", "administrator").await;
    assert_eq!(ask().await["allowed"], true);
}

/// docs/catalogues.md, LiveChat, Decisions: the table of reaches that the vendor's page of scopes has.
#[tokio::test]
async fn reach_is_by_group_and_by_presence() {
    let desk = Desk::new().await;
    desk.chat("neither", &["2"], &[]).await;
    desk.chat("group", &["1"], &[]).await;
    desk.chat("inside", &["2"], &["ada"]).await;
    desk.chat("both", &["1"], &["ada"]).await;
    for (scope, reached) in [
        ("chats--all:ro", &["neither", "group", "inside", "both"][..]),
        ("chats--access:ro", &["group", "inside", "both"]),
        ("chats--my:ro", &["inside", "both"]),
        ("chats--all:read", &["neither", "group", "inside", "both"]),
        ("chats--my:read", &["inside", "both"]),
    ] {
        let token = desk.pat("ada", &[scope]).await;
        for chat in ["neither", "group", "inside", "both"] {
            let verdict = desk.trial(&token, "get_chat", &[("chat_id", chat)]).await;
            assert_eq!(verdict["allowed"], reached.contains(&chat), "{scope} {chat}");
        }
    }
}

/// docs/livechat.md, Scopes: the switch. In the vocabulary of 2018 writing is not reading; since 2019 it is.
#[tokio::test]
async fn writing_contains_reading_since_2019_only() {
    let desk = Desk::new().await;
    desk.chat("inside", &["2"], &["ada"]).await;
    for (scope, reads) in [("chats--all:rw", true), ("chats.conversation--all:write", false), ("chats.meta--all:write", false)] {
        let token = desk.pat("ada", &[scope]).await;
        assert_eq!(desk.trial(&token, "get_chat", &[("chat_id", "inside")]).await["allowed"], reads, "{scope}");
    }
}

/// docs/livechat.md, The OAuth dance: for what clients own, *my* means the client of the token; a personal access token names it.
#[tokio::test]
async fn own_means_the_clients_for_bots() {
    let desk = Desk::new().await;
    let client = desk.client("server_side_app", &["agents-bot--my:rw"]).await;
    let id = client["client_id"].as_str().unwrap();
    let token = desk.ask_token("ada", &["agents-bot--my:rw"], Some(id)).await.json()["pat"].as_str().unwrap().to_owned();
    let pat = desk.pat("ada", &["agents-bot--my:rw"]).await;
    for (token, owner, allowed) in [(&token, id, true), (&token, "another", false), (&pat, id, true)] {
        let verdict = desk.trial(token, "delete_bot", &[("owner_client_id", owner)]).await;
        assert_eq!(verdict["allowed"], allowed, "{owner}");
    }
    assert_eq!(desk.trial(&pat, "delete_bot", &[]).await["allowed"], false);
}
