//! RFC 8693: a token for one that can less.

use serde_json::json;

use super::desk::Desk;

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

fn fields<'a>(subject: &'a str, scope: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("grant_type", EXCHANGE), ("subject_token", subject), ("subject_token_type", ACCESS_TOKEN), ("scope", scope)]
}

/// RFC 8693, and docs/livechat.md, The OAuth dance: `chats--all:rw` → `chats--my:ro` is allowed, because it is contained.
#[tokio::test]
async fn what_is_contained_can_be_had() {
    let desk = Desk::new().await;
    desk.chat("ours", &["1"], &[]).await;
    desk.chat("adas", &["2"], &["ada"]).await;
    let wide = desk.pat("ada", &["chats--all:rw"]).await;
    let answer = desk.form("/v2/token", &fields(&wide, "chats--my:ro"), &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let body = answer.json();
    let narrow = body["access_token"].as_str().unwrap();
    assert_eq!(
        body,
        json!({
            "access_token": narrow, "issued_token_type": ACCESS_TOKEN, "token_type": "Bearer", "expires_in": 28_800, "scope": "chats--my:ro",
        })
    );
    for (token, chat, method, allowed) in [
        (wide.as_str(), "ours", "list_threads", true),
        (narrow, "ours", "list_threads", false),
        (narrow, "adas", "list_threads", true),
        (narrow, "adas", "send_event", false),
    ] {
        assert_eq!(desk.trial(token, method, &[("chat_id", chat)]).await["allowed"], allowed, "{chat} {method}");
    }
    // It ends by itself, and independently.
    assert_eq!(desk.delete("/v2/token", &format!("Bearer {narrow}")).await.status, 200);
    assert_eq!(desk.get("/v2/info", &format!("Bearer {wide}")).await.status, 200);
}

#[tokio::test]
async fn nothing_wider_can_be_had_and_nothing_longer() {
    let desk = Desk::new().await;
    let pat = desk.pat("ada", &["chats--access:rw"]).await;
    for (scope, code) in
        [("chats--all:ro", "scope_outside"), ("chats--access:rw customers:ro", "scope_outside"), ("chats--acces:ro", "unknown_scope")]
    {
        let answer = desk.form("/v2/token", &fields(&pat, scope), &[]).await;
        let body = answer.json();
        assert_eq!((answer.status.as_u16(), &body["error"], &body["sub_error"]), (400, &json!("invalid_scope"), &json!(code)), "{scope}");
    }
    let first = desk.form("/v2/token", &fields(&pat, "chats--access:ro"), &[]).await.json();
    desk.after_ms(28_000_000);
    let second = desk.form("/v2/token", &fields(first["access_token"].as_str().unwrap(), "chats--my:ro"), &[]).await.json();
    assert_eq!(second["expires_in"], 800);
    let wrong = desk.form("/v2/token", &[("grant_type", EXCHANGE), ("subject_token", &pat)], &[]).await.json();
    assert_eq!(wrong["error_description"], format!("subject_token_type: expected {ACCESS_TOKEN}"));
    let none = desk.form("/v2/token", &fields("dal:nothing", "chats--my:ro"), &[]).await.json();
    assert_eq!(
        (&none["error"], &none["error_description"]),
        (&json!("invalid_request"), &json!("subject_token: no such token, or it was revoked"))
    );
}
