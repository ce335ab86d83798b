//! OAuth clients, managed by the app's own server.

use serde_json::{Value, json};

use super::desk::{APP, BACK, Desk, query};

fn path(id: &str) -> String {
    format!("/v1/apps/{APP}/clients/{id}")
}

#[tokio::test]
async fn a_client_is_made_shown_changed_and_removed() {
    let desk = Desk::new().await;
    let made = desk.client("server_side_app", &["chats--access:ro"]).await;
    let (id, secret) = (made["client_id"].as_str().unwrap(), made["client_secret"].as_str().unwrap());
    assert_eq!((secret.len(), &made["visibility"], &made["redirect_uris"]), (32, &json!("public"), &json!([BACK])));

    let shown = desk.server.get(&path(id), desk.key()).await.json();
    let mut expected = made.clone();
    expected.as_object_mut().unwrap().remove("client_secret");
    assert_eq!(shown, expected);

    let change = json!({"scopes": ["customers:ro"], "visibility": "private"});
    let changed = desk.server.call(axum::http::Method::PUT, &path(id), desk.key(), &change).await.json();
    assert_eq!(
        (&changed["scopes"], &changed["name"], &changed["visibility"]),
        (&json!(["customers:ro"]), &json!("Night shift"), &json!("private"))
    );
    assert_eq!(changed.get("client_secret"), None);

    let listed = desk.server.get(&format!("/v1/apps/{APP}/clients"), desk.key()).await.json();
    assert_eq!(listed["clients"].as_array().unwrap().len(), 2, "this one, and the one that came with the app");

    let token = desk.ask_token("nick", &["customers:ro"], Some(id)).await.json()["pat"].as_str().unwrap().to_owned();
    assert_eq!(desk.server.delete(&path(id), desk.key()).await.json(), json!({"removed": id}));
    assert_eq!(desk.server.get(&path(id), desk.key()).await.status, 404);
    assert_eq!(desk.trial(&token, "get_customer", &[]).await["reason"], "client_scope_missing");
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let desk = Desk::new().await;
    let create = |body: Value| {
        let desk = &desk;
        async move { desk.server.post(&format!("/v1/apps/{APP}/clients"), desk.key(), &body).await.json()["error"].clone() }
    };
    assert_eq!(create(json!({"scopes": []})).await["field"], "name");
    assert_eq!(create(json!({"name": "x", "type": "robot"})).await["expected"], "server_side_app, javascript_app or mobile");
    assert_eq!(create(json!({"name": "x", "redirect_uris": ["https://a.example/#x"]})).await["field"], "redirect_uris[0]");
    assert_eq!(create(json!({"name": "x", "redirect_uris": ["javascript:alert(1)"]})).await["field"], "redirect_uris[0]");
    assert_eq!(create(json!({"name": "x", "scopes": ["chats--al:ro"]})).await["nearest"], "chats--all:ro");
    assert_eq!(create(json!({"name": "x", "redirects": []})).await["field"], "redirects");
}

/// The client of `credentials.json` needs only to be told where it lives.
#[tokio::test]
async fn the_first_client_dances_once_it_has_an_address() {
    let desk = Desk::new().await;
    let (id, secret, organization, account, pat) = desk.first_keys();
    let client = json!({"client_id": id});
    let before = desk.get(&format!("/v2/authorize?{}", super::desk::encode(&query(&client, "chats--all:rw"))), "").await;
    assert_eq!(before.status, 400);
    let change = json!({"redirect_uris": [BACK]});
    assert_eq!(desk.server.call(axum::http::Method::PUT, &path(id), desk.key(), &change).await.status, 200);
    let code = desk.code(&query(&client, "chats--all:rw,agents--all:rw"), account, pat).await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", BACK),
        ("client_id", id),
        ("client_secret", secret),
        ("code_verifier", super::desk::VERIFIER),
    ];
    let tokens = desk.form("/v2/token", &fields, &[]).await;
    assert_eq!(tokens.status, 200, "{}", tokens.text());
    let tokens = tokens.json();
    assert_eq!((&tokens["scope"], &tokens["organization_id"]), (&json!("agents--all:rw,chats--all:rw"), &json!(organization)));
}

/// What two change at once is changed twice, and who is removed meanwhile does not come back.
#[tokio::test]
async fn changes_at_once_are_all_kept_and_revive_nobody() {
    let desk = Desk::new().await;
    let put = |id: &str, body: Value| {
        let (desk, path) = (&desk, path(id));
        async move { desk.server.call(axum::http::Method::PUT, &path, desk.key(), &body).await }
    };
    let made = desk.client("server_side_app", &["chats--access:ro"]).await;
    let id = made["client_id"].as_str().unwrap();
    for turn in 0..10 {
        let (name, scopes) = (format!("Name {turn}"), if turn % 2 == 0 { ["customers:ro"] } else { ["chats--access:ro"] });
        let (one, other) = tokio::join!(put(id, json!({"name": name})), put(id, json!({"scopes": scopes})));
        assert_eq!((one.status.as_u16(), other.status.as_u16()), (200, 200));
        let shown = desk.server.get(&path(id), desk.key()).await.json();
        assert_eq!((&shown["name"], &shown["scopes"]), (&json!(name), &json!(scopes)));
    }
    let gone = path(id);
    let (removed, changed) = tokio::join!(desk.server.delete(&gone, desk.key()), put(id, json!({"name": "Back again"})));
    assert_eq!(removed.status, 200);
    assert!([200, 404].contains(&changed.status.as_u16()), "{}", changed.text());
    assert_eq!(desk.server.get(&gone, desk.key()).await.status, 404);
    assert_eq!(put(id, json!({"name": "x"})).await.json()["error"]["code"], "unknown_client");
}

/// The first client's secret is one of the app's keys: it has no other, whatever becomes of its type meanwhile.
#[tokio::test]
async fn the_first_client_keeps_the_secret_of_the_keys() {
    let desk = Desk::new().await;
    let (id, secret, ..) = desk.first_keys();
    for kind in ["javascript_app", "server_side_app"] {
        let changed = desk.server.call(axum::http::Method::PUT, &path(id), desk.key(), &json!({"type": kind})).await;
        assert_eq!((changed.status.as_u16(), changed.json().get("client_secret")), (200, None), "{kind}");
    }
    let pat = desk.pat("nick", &["chats--access:ro"]).await;
    let asked = desk.form("/v2/introspect", &[("token", &pat)], &[("authorization", &super::desk::basic(id, secret))]).await;
    assert_eq!(asked.json()["active"], false, "{}", asked.text());
}
