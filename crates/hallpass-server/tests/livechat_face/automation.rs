//! Tokens for automation: made, listed and revoked by the app's own server, by the same rules as on the consent page.

use serde_json::{Value, json};

use super::desk::{APP, Desk};

#[tokio::test]
async fn a_token_is_shown_once_and_listed_without_its_secret() {
    let desk = Desk::new().await;
    let made = desk.ask_token("nick", &["chats--access:ro", "customers:ro"], None).await.json();
    let (pat, id) = (made["pat"].as_str().unwrap(), made["token_id"].as_str().unwrap());
    assert_eq!(made, json!({"account_id": "nick", "pat": pat, "token_id": id, "scopes": ["chats--access:ro", "customers:ro"]}));
    let listed = desk.server.get(&format!("/v1/apps/{APP}/tokens?account_id=nick"), desk.key()).await;
    assert!(!listed.text().contains(pat));
    let listed = listed.json();
    assert_eq!(listed["tokens"].as_array().unwrap().len(), 1);
    assert_eq!((&listed["tokens"][0]["token_id"], &listed["tokens"][0]["kind"]), (&json!(id), &json!("personal")));

    let revoked = desk.server.delete(&format!("/v1/apps/{APP}/tokens/{id}"), desk.key()).await;
    assert_eq!((revoked.status.as_u16(), revoked.json()), (200, json!({"revoked": id})));
    assert_eq!(desk.get("/v2/info", &format!("Bearer {pat}")).await.status, 401);
    assert_eq!(desk.server.delete(&format!("/v1/apps/{APP}/tokens/{id}"), desk.key()).await.status, 404);
}

/// Nothing that opens something is stored: neither in the log nor in a document.
#[tokio::test]
async fn no_secret_is_stored() {
    let desk = Desk::new().await;
    let client = desk.client("server_side_app", &["chats--access:ro"]).await;
    let pat = desk.pat("nick", &["chats--access:ro"]).await;
    let secret = client["client_secret"].as_str().unwrap();
    let feed = desk.server.get(&format!("/v1/apps/{APP}/changes?limit=1000"), desk.key()).await;
    assert!(feed.text().contains("token_put") && !feed.text().contains(&pat) && !feed.text().contains(secret));
    let tenant = desk.server.service.tenant(APP).unwrap();
    for kind in ["oauth_token", "oauth_client", "oauth_book"] {
        let documents = tenant.read(move |store, app| store.scan_documents(app, kind, "", None, 100)).await.unwrap();
        let text = format!("{documents:?}");
        assert!(!text.contains(&pat) && !text.contains(secret), "{kind}");
    }
}

/// The same rules: what the client is not configured for, and what the role may not hold, is refused whole.
#[tokio::test]
async fn all_of_it_or_none() {
    let desk = Desk::new().await;
    let client = desk.client("server_side_app", &["chats--all:rw", "customers:ro"]).await;
    let id = client["client_id"].as_str().unwrap();
    let refusal =
        |answer: Value| (answer["error"]["code"].as_str().unwrap().to_owned(), answer["error"]["message"].as_str().unwrap().to_owned());

    let outside = desk.ask_token("ada", &["customers:ro", "customers:rw", "chats--my:ro"], Some(id)).await.json();
    assert_eq!(refusal(outside), ("scope_outside".to_owned(), "scopes: the client is not configured for customers:rw".to_owned()));
    let low = desk.ask_token("nick", &["customers:ro", "chats--all:ro"], Some(id)).await.json();
    assert_eq!(
        refusal(low),
        ("role_too_low".to_owned(), "scopes: the role normal may not hold chats--all:ro (at least administrator)".to_owned())
    );
    assert_eq!(desk.ask_token("nick", &[], Some(id)).await.json()["error"]["code"], "no_scope");
    assert_eq!(desk.ask_token("nobody", &["customers:ro"], None).await.json()["error"]["code"], "unknown_account");
    assert_eq!(desk.ask_token("nick", &["customers:ro"], Some("nothing")).await.json()["error"]["code"], "unknown_client");
    let listed = desk.server.get(&format!("/v1/apps/{APP}/tokens?account_id=nick"), desk.key()).await.json();
    assert_eq!(listed, json!({"tokens": []}));

    let given = desk.ask_token("ada", &["chats--my:ro"], Some(id)).await;
    assert_eq!((given.status.as_u16(), &given.json()["client_id"]), (201, &json!(id)));
}

#[tokio::test]
async fn apps_of_other_profiles_know_no_tokens() {
    let desk = Desk::new().await;
    let key = desk.server.server_key("demo-stream");
    for path in ["tokens?account_id=ana", "clients", "scopes"] {
        let answer = desk.server.get(&format!("/v1/apps/demo-stream/{path}"), key).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["error"]["code"]), (400, &json!("no_tokens")), "{path}");
    }
}

/// A dry run: the decision of the call, layer by layer, without the call.
#[tokio::test]
async fn a_call_can_be_tried() {
    let desk = Desk::new().await;
    desk.chat("ours", &["1"], &[]).await;
    desk.chat("theirs", &["2"], &[]).await;
    let made = desk.ask_token("nick", &["chats--access:ro"], None).await.json();
    let ask = |method: &'static str, chat: &'static str| {
        let body = json!({"token": made["token_id"], "method": method, "chat_id": chat});
        let desk = &desk;
        async move { desk.server.post(&format!("/v1/apps/{APP}/tokens/try"), desk.key(), &body).await.json() }
    };
    assert_eq!(ask("get_chat", "ours").await["allowed"], true);
    let refused = ask("get_chat", "theirs").await;
    assert_eq!((&refused["allowed"], &refused["reason"]), (&json!(false), &json!("condition_failed")));
    let refused = ask("send_event", "ours").await;
    assert_eq!((&refused["allowed"], &refused["reason"]), (&json!(false), &json!("scope_missing")));
    assert!(refused["any_of"].as_array().unwrap().contains(&json!(["chats--access:rw"])));
    let unknown = ask("get_chats", "ours").await;
    assert_eq!((&unknown["error"]["code"], &unknown["error"]["nearest"]), (&json!("unknown_method"), &json!("get_chat")));
}
