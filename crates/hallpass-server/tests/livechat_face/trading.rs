//! Codes for tokens, and all the ways in which that fails.

use serde_json::{Value, json};

use super::desk::{BACK, Desk, VERIFIER, basic, query};
use crate::support::Answer;

const SCOPE: &str = "chats--access:ro";

/// What a public client sends.
fn fields<'a>(client: &'a Value, code: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", BACK),
        ("client_id", client["client_id"].as_str().unwrap()),
        ("code_verifier", VERIFIER),
    ]
}

fn but<'a>(mut fields: Vec<(&'a str, &'a str)>, name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    fields.retain(|(known, _)| *known != name);
    if !value.is_empty() {
        fields.push((name, value));
    }
    fields
}

fn error(answer: &Answer) -> (u16, String, String) {
    let body = answer.json();
    assert!(body["request_id"].is_string(), "{body}");
    (answer.status.as_u16(), body["error"].as_str().unwrap().to_owned(), body["error_description"].as_str().unwrap().to_owned())
}

/// docs/livechat.md, The OAuth dance: the vendor's answer, field by field.
#[tokio::test]
async fn a_code_is_traded_for_tokens_that_work() {
    let desk = Desk::new().await;
    let client = desk.client("javascript_app", &[SCOPE, "customers:ro"]).await;
    let pat = desk.pat("nick", &[SCOPE, "customers:ro"]).await;
    let code = desk.code(&query(&client, "customers:ro chats--access:ro"), "nick", &pat).await;
    let answer = desk.form("/v2/token", &fields(&client, &code), &[]).await;
    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, Some("no-store")));
    let body = answer.json();
    assert_eq!(
        body,
        json!({
            "access_token": body["access_token"], "refresh_token": body["refresh_token"], "account_id": "nick", "expires_in": 28_800,
            "organization_id": desk.first_keys().2, "scope": "chats--access:ro,customers:ro", "token_type": "Bearer",
        })
    );
    let access = body["access_token"].as_str().unwrap();
    let info = desk.get("/v2/info", &format!("Bearer {access}")).await.json();
    assert_eq!(
        info,
        json!({
            "access_token": access, "account_id": "nick", "client_id": client["client_id"], "expires_in": 28_800,
            "organization_id": desk.first_keys().2, "scope": "chats--access:ro,customers:ro", "token_type": "Bearer",
        })
    );
    assert_eq!(desk.trial(access, "get_customer", &[]).await["allowed"], true);
    // A refresh token opens nothing else.
    let refresh = body["refresh_token"].as_str().unwrap();
    assert_eq!(desk.get("/v2/info", &format!("Bearer {refresh}")).await.status, 401);

    desk.after_ms(28_800_000 - 1);
    assert_eq!(desk.get("/v2/info", &format!("Bearer {access}")).await.json()["expires_in"], 1);
    desk.after_ms(28_800_000);
    let expired = desk.server.post("/v3.6/agent/action/list_chats", access, &json!({})).await;
    assert_eq!(
        (expired.status.as_u16(), expired.json()),
        (401, json!({"error": {"type": "authentication", "message": "the token has expired"}}))
    );
}

#[tokio::test]
async fn a_code_is_good_for_its_client_its_address_its_verifier_and_five_minutes() {
    let desk = Desk::new().await;
    let client = desk.client("javascript_app", &[SCOPE]).await;
    let other = desk.client("javascript_app", &[SCOPE]).await;
    let pat = desk.pat("nick", &[SCOPE]).await;
    let code = desk.code(&query(&client, SCOPE), "nick", &pat).await;
    let other_id = other["client_id"].as_str().unwrap();
    let wrong_verifier = VERIFIER.replace('d', "e");
    for (name, value, text) in [
        ("client_id", other_id, "code: there is no such code of this client"),
        ("redirect_uri", "https://app.example.com/back/", "redirect_uri: it is not the one that the code was asked for with"),
        ("redirect_uri", "", "redirect_uri: it is not the one that the code was asked for with"),
        ("code_verifier", wrong_verifier.as_str(), "code_verifier: it does not fit the code_challenge"),
        ("code_verifier", "", "code_verifier: it does not fit the code_challenge"),
        ("code", "dal:nothing", "code: there is no such code of this client"),
    ] {
        let answer = desk.form("/v2/token", &but(fields(&client, &code), name, value), &[]).await;
        assert_eq!(error(&answer), (400, "invalid_grant".to_owned(), text.to_owned()), "{name}={value}");
    }
    // None of these has used it up.
    desk.after_ms(5 * 60 * 1_000 - 1);
    assert_eq!(desk.form("/v2/token", &fields(&client, &code), &[]).await.status, 200);

    let late = desk.code(&query(&client, SCOPE), "nick", &pat).await;
    desk.after_ms(10 * 60 * 1_000 - 1);
    let answer = desk.form("/v2/token", &fields(&client, &late), &[]).await;
    assert_eq!(error(&answer), (400, "invalid_grant".to_owned(), "code: it has expired".to_owned()));
}

/// One of two who trade the same code is not the client: what the first got is revoked.
#[tokio::test]
async fn a_code_that_comes_back_ends_what_came_of_it() {
    let desk = Desk::new().await;
    let client = desk.client("javascript_app", &[SCOPE]).await;
    let pat = desk.pat("nick", &[SCOPE]).await;
    let code = desk.code(&query(&client, SCOPE), "nick", &pat).await;
    let first = desk.form("/v2/token", &fields(&client, &code), &[]).await.json();
    let access = format!("Bearer {}", first["access_token"].as_str().unwrap());
    assert_eq!(desk.get("/v2/info", &access).await.status, 200);
    let second = desk.form("/v2/token", &fields(&client, &code), &[]).await;
    let text = "code: it was traded before; what it was traded for is revoked now";
    assert_eq!(error(&second), (400, "invalid_grant".to_owned(), text.to_owned()));
    assert_eq!(desk.get("/v2/info", &access).await.status, 401);
    let refresh = [
        ("grant_type", "refresh_token"),
        ("refresh_token", first["refresh_token"].as_str().unwrap()),
        ("client_id", client["client_id"].as_str().unwrap()),
    ];
    assert_eq!(error(&desk.form("/v2/token", &refresh, &[]).await).1, "invalid_grant");
}

#[tokio::test]
async fn a_confidential_client_proves_itself() {
    let desk = Desk::new().await;
    let client = desk.client("server_side_app", &[SCOPE]).await;
    let (id, secret) = (client["client_id"].as_str().unwrap(), client["client_secret"].as_str().unwrap());
    let pat = desk.pat("nick", &[SCOPE]).await;
    // PKCE is its choice.
    let mut plain = query(&client, SCOPE);
    plain.retain(|(name, _)| !name.starts_with("code_challenge"));
    let code = desk.code(&plain, "nick", &pat).await;
    let without = but(fields(&client, &code), "code_verifier", "");
    let text = "there is no such client, or its secret is another";
    for (name, value) in [("client_secret", ""), ("client_secret", "wrong"), ("client_id", "nobody")] {
        let answer = desk.form("/v2/token", &but(without.clone(), name, value), &[]).await;
        assert_eq!(error(&answer), (401, "invalid_client".to_owned(), text.to_owned()), "{name}={value}");
        assert_eq!(answer.header("www-authenticate"), Some("Basic realm=\"hallpass\""));
    }
    // A verifier for a code that was asked for without a challenge: somebody mixed up two requests.
    let mixed = but(fields(&client, &code), "client_secret", secret);
    assert_eq!(error(&desk.form("/v2/token", &mixed, &[]).await).1, "invalid_grant");
    let by_header = but(without.clone(), "client_id", "");
    assert_eq!(desk.form("/v2/token", &by_header, &[("authorization", &basic(id, secret))]).await.status, 200);
    // Another client may not trade with its own secret what was given to this one.
    let other = desk.client("server_side_app", &[SCOPE]).await;
    let code = desk.code(&plain, "nick", &pat).await;
    let stolen = but(
        but(but(fields(&client, &code), "code_verifier", ""), "client_id", other["client_id"].as_str().unwrap()),
        "client_secret",
        other["client_secret"].as_str().unwrap(),
    );
    assert_eq!(error(&desk.form("/v2/token", &stolen, &[]).await).1, "invalid_grant");
}

#[tokio::test]
async fn malformed_requests_are_named() {
    let desk = Desk::new().await;
    for (body, code, text) in [
        (vec![], "invalid_request", "grant_type: is required"),
        (
            vec![("grant_type", "password")],
            "unsupported_grant_type",
            "grant_type: expected authorization_code, refresh_token or urn:ietf:params:oauth:grant-type:token-exchange, got 'password'",
        ),
        (vec![("grant_type", "authorization_code")], "invalid_client", "client_id: is required"),
        (vec![("grant_type", "code"), ("grant_type", "code")], "invalid_request", "grant_type: it is there twice"),
    ] {
        let answer = desk.form("/v2/token", &body, &[]).await;
        let (_, found, description) = error(&answer);
        assert_eq!((found.as_str(), description.as_str()), (code, text));
    }
    // The vendor's own clients send JSON.
    let answer = desk.server.post("/v2/token", "", &json!({"grant_type": "refresh_token", "client_id": "x", "refresh_token": "y"})).await;
    assert_eq!(error(&answer).1, "invalid_client");
}

/// docs/livechat.md, The OAuth dance: 25 access tokens of one client for one account; the oldest is revoked.
#[tokio::test]
async fn the_twenty_sixth_token_takes_the_place_of_the_first() {
    let desk = Desk::new().await;
    let client = desk.client("javascript_app", &[SCOPE]).await;
    let pat = desk.pat("nick", &[SCOPE]).await;
    let mut tokens = Vec::new();
    for round in 0..26 {
        desk.after_ms(round * 31_000);
        let code = desk.code(&query(&client, SCOPE), "nick", &pat).await;
        let body = desk.form("/v2/token", &fields(&client, &code), &[]).await.json();
        tokens.push(format!("Bearer {}", body["access_token"].as_str().unwrap()));
    }
    assert_eq!(desk.get("/v2/info", &tokens[0]).await.status, 401);
    for token in &tokens[1..] {
        assert_eq!(desk.get("/v2/info", token).await.status, 200);
    }
}

/// A code is its account's, not its account id's.
#[tokio::test]
async fn a_code_ends_with_its_account() {
    let desk = Desk::new().await;
    let client = desk.client("javascript_app", &[SCOPE]).await;
    let pat = desk.pat("nick", &[SCOPE]).await;
    let code = desk.code(&query(&client, SCOPE), "nick", &pat).await;
    desk.change(json!({"change": "user_removed", "id": "nick"})).await;
    desk.role("nick", "owner").await;
    let answer = desk.form("/v2/token", &fields(&client, &code), &[]).await;
    assert_eq!(error(&answer), (400, "invalid_grant".to_owned(), "code: there is no such code of this client".to_owned()));
}
