//! Who calls: tokens in both forms, and what is answered to those that open nothing.

use serde_json::{Value, json};

use super::desk::{APP, Desk, basic};
use crate::support::{request, with_header};

/// Every path of this face that needs a token: without one, with a wrong one, with one of another app.
#[tokio::test]
async fn nothing_opens_without_a_token() {
    let desk = Desk::new().await;
    let other = desk.server.post("/v1/apps", desk.server.root_key(), &json!({"id": "other", "profile": "livechat"})).await.json();
    let foreign = other["pat"].as_str().unwrap();
    for path in ["/v3.6/agent/action/list_chats", "/v3.4/configuration/action/list_agents", "/v0.6/agent/action/get_archives"] {
        for (shown, problem, challenge) in [
            ("", "no token; expected Authorization: Bearer TOKEN, or Basic with base64(ACCOUNT_ID:PERSONAL_ACCESS_TOKEN)", ""),
            ("Bearer dal:nothing", "no such token, or it was revoked", ", error=\"invalid_token\""),
            ("Bearer dal%3Anothing", "no such token; its colon is percent-encoded (%3A): decode it", ", error=\"invalid_token\""),
            ("Basic eA==", "Basic: expected base64(ACCOUNT_ID:PERSONAL_ACCESS_TOKEN)", ", error=\"invalid_token\""),
            (&basic("nick", foreign), "the token is not of the account that the request names", ", error=\"invalid_token\""),
        ] {
            let mut call = request(axum::http::Method::POST, path, "", &json!({}));
            if !shown.is_empty() {
                call = with_header(call, "authorization", shown);
            }
            let answer = desk.server.send(call).await;
            assert_eq!(answer.status, 401, "{path} {shown}");
            assert_eq!(answer.json(), json!({"error": {"type": "authentication", "message": problem}}), "{path} {shown}");
            assert_eq!(answer.header("www-authenticate"), Some(format!("Bearer realm=\"hallpass\"{challenge}").as_str()));
        }
    }
}

/// docs/livechat.md, Tokens: the keys of `credentials.json` work: the owner's personal access token by Basic, and as a bearer.
#[tokio::test]
async fn the_demo_apps_keys_stand_for_its_owner() {
    let desk = Desk::new().await;
    let (_, _, organization, account, pat) = desk.first_keys();
    for authorization in [basic(account, pat), format!("Bearer {pat}")] {
        let info = desk.get("/v2/info", &authorization).await;
        assert_eq!(info.status, 200, "{}", info.text());
        let info = info.json();
        assert_eq!(
            (&info["account_id"], &info["organization_id"], &info["client_id"], &info["expires_in"], &info["token_type"]),
            (&json!(account), &json!(organization), &Value::Null, &Value::Null, &json!("Bearer"))
        );
        assert_eq!(info["scope"].as_str().unwrap().split(',').count(), 111);
    }
    assert_eq!(desk.trial(pat, "delete_bot", &[]).await["allowed"], true);
}

/// docs/livechat.md, Tokens: of an app, the owner's token can be replaced; the old one opens nothing then, and the new one carries the same
/// mark.
#[tokio::test]
async fn a_rotated_personal_access_token_takes_the_place_of_the_old_one() {
    let desk = Desk::new().await;
    let (_, _, _, account, old) = desk.first_keys();
    let (account, old) = (account.to_owned(), old.to_owned());
    let made = desk.server.post(&format!("/v1/apps/{APP}/keys"), desk.server.root_key(), &json!({"key": "pat"})).await.json();
    let new = made["pat"].as_str().unwrap();
    assert_eq!(new[..20], old[..20]);
    assert_eq!(desk.get("/v2/info", &basic(&account, new)).await.status, 200);
    assert_eq!(desk.get("/v2/info", &basic(&account, &old)).await.status, 401);
}

#[tokio::test]
async fn a_token_ends_with_its_account() {
    let desk = Desk::new().await;
    let pat = desk.pat("nick", &["chats--access:ro"]).await;
    desk.change(json!({"change": "user_put", "id": "nick", "roles": ["normal"], "deactivated": true})).await;
    let suspended = desk.server.post("/v3.6/agent/action/list_chats", &pat, &json!({})).await;
    assert_eq!((suspended.status.as_u16(), &suspended.json()["error"]["type"]), (403, &json!("requester_suspended")));
    desk.role("nick", "normal").await;
    assert_eq!(desk.trial(&pat, "list_agents_for_transfer", &[("chat_id", "welcome")]).await["allowed"], true);
    desk.change(json!({"change": "user_removed", "id": "nick"})).await;
    assert_eq!(desk.server.post("/v3.6/agent/action/list_chats", &pat, &json!({})).await.status, 401);
    // Whoever takes the id is somebody else.
    desk.role("nick", "owner").await;
    assert_eq!(desk.server.post("/v3.6/agent/action/list_chats", &pat, &json!({})).await.status, 401);
}

#[tokio::test]
async fn unknown_methods_and_versions_are_named_with_the_nearest() {
    let desk = Desk::new().await;
    let pat = desk.pat("nick", &["chats--access:ro"]).await;
    let answer = desk.server.post("/v3.1/agent/action/list_chats", &pat, &json!({})).await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.json(),
        json!({"error": {"type": "unsupported_version", "message": "version v3.1 is not served; expected v0.6, v3.4, v3.5, v3.6, v3.7"}})
    );
    let answer = desk.server.post("/v3.6/agent/action/lst_chats", &pat, &json!({})).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["error"]["type"]), (404, &json!("not_found")));
    let answer = desk.get("/v3.6/agent/nonsense", "").await;
    assert_eq!((answer.status.as_u16(), &answer.json()["error"]["type"]), (404, &json!("not_found")));
    let other = desk.server.post("/v3.6/agent/action/list_chats?organization_id=other", &pat, &json!({})).await;
    assert_eq!((other.status.as_u16(), &other.json()["error"]["type"]), (403, &json!("authorization")));
}
