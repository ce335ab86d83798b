//! Refresh tokens: rotation, reuse, narrowing, and taking them back.

use serde_json::{Value, json};

use super::desk::{BACK, Desk, VERIFIER, query};
use crate::support::Answer;

const SCOPE: &str = "chats--access:rw customers:ro";

struct Dance {
    desk: Desk,
    client: Value,
    first: Value,
}

impl Dance {
    async fn of(kind: &str) -> Self {
        let desk = Desk::new().await;
        let client = desk.client(kind, &["chats--access:rw", "customers:ro"]).await;
        let pat = desk.pat("nick", &["chats--access:rw", "customers:ro"]).await;
        let code = desk.code(&query(&client, SCOPE), "nick", &pat).await;
        let mut fields = vec![("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", BACK), ("code_verifier", VERIFIER)];
        fields.push(("client_id", client["client_id"].as_str().unwrap()));
        if let Some(secret) = client["client_secret"].as_str() {
            fields.push(("client_secret", secret));
        }
        let first = desk.form("/v2/token", &fields, &[]).await.json();
        assert!(first["refresh_token"].is_string(), "{first}");
        Self { desk, client, first }
    }

    async fn refresh(&self, token: &Value, scope: &str) -> Answer {
        let mut fields = vec![("grant_type", "refresh_token"), ("refresh_token", token.as_str().unwrap())];
        fields.push(("client_id", self.client["client_id"].as_str().unwrap()));
        if let Some(secret) = self.client["client_secret"].as_str() {
            fields.push(("client_secret", secret));
        }
        if !scope.is_empty() {
            fields.push(("scope", scope));
        }
        self.desk.form("/v2/token", &fields, &[]).await
    }

    async fn opens(&self, set: &Value) -> bool {
        self.desk.get("/v2/info", &format!("Bearer {}", set["access_token"].as_str().unwrap())).await.status == 200
    }
}

/// docs/livechat.md, The OAuth dance: public clients rotate; a refresh token that comes back ends all that came of the consent.
#[tokio::test]
async fn refresh_tokens_of_public_clients_are_good_once() {
    let dance = Dance::of("javascript_app").await;
    let second = dance.refresh(&dance.first["refresh_token"], "").await;
    assert_eq!(second.status, 200, "{}", second.text());
    let second = second.json();
    assert_ne!(second["refresh_token"], dance.first["refresh_token"]);
    assert_eq!(second["scope"], "chats--access:rw,customers:ro");
    assert!(dance.opens(&dance.first).await && dance.opens(&second).await);

    let reused = dance.refresh(&dance.first["refresh_token"], "").await;
    let body = reused.json();
    assert_eq!((reused.status.as_u16(), &body["error"]), (400, &json!("invalid_grant")));
    assert_eq!(body["error_description"], "refresh_token: it was used before; all that came of it is revoked now");
    assert!(!dance.opens(&dance.first).await && !dance.opens(&second).await);
    assert_eq!(dance.refresh(&second["refresh_token"], "").await.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn those_of_confidential_clients_stay() {
    let dance = Dance::of("server_side_app").await;
    for _ in 0..3 {
        let next = dance.refresh(&dance.first["refresh_token"], "").await.json();
        assert_eq!(next["refresh_token"], dance.first["refresh_token"]);
        assert!(dance.opens(&next).await);
    }
}

/// Less than was agreed to may be asked for, and what it contains; more may not.
#[tokio::test]
async fn a_refresh_narrows_and_never_widens() {
    let dance = Dance::of("server_side_app").await;
    let narrow = dance.refresh(&dance.first["refresh_token"], "chats--my:ro").await.json();
    assert_eq!(narrow["scope"], "chats--my:ro");
    let wide = dance.refresh(&dance.first["refresh_token"], "chats--all:rw customers:ro").await;
    let body = wide.json();
    assert_eq!((wide.status.as_u16(), &body["error"], &body["sub_error"]), (400, &json!("invalid_scope"), &json!("scope_outside")));
    assert_eq!(body["error_description"], "the refresh_token does not hold chats--all:rw");
    // The consent is as it was.
    assert_eq!(dance.refresh(&dance.first["refresh_token"], "").await.json()["scope"], "chats--access:rw,customers:ro");
}

/// docs/livechat.md, The OAuth dance: a pair is revoked together, by either of the two, by the header or by `?code=`.
#[tokio::test]
async fn a_pair_is_revoked_together() {
    for by in ["header", "code", "refresh"] {
        let dance = Dance::of("server_side_app").await;
        let access = dance.first["access_token"].as_str().unwrap();
        let refresh = dance.first["refresh_token"].as_str().unwrap();
        let answer = match by {
            "header" => dance.desk.delete("/v2/token", &format!("Bearer {access}")).await,
            "code" => dance.desk.delete(&format!("/v2/token?code={access}"), "").await,
            _ => dance.desk.delete(&format!("/v2/token?code={refresh}"), "").await,
        };
        assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({})), "{by}");
        assert!(!dance.opens(&dance.first).await, "{by}");
        assert_eq!(dance.refresh(&dance.first["refresh_token"], "").await.json()["error"], "invalid_grant", "{by}");
        let again = dance.desk.delete(&format!("/v2/token?code={access}"), "").await;
        assert_eq!((again.status.as_u16(), &again.json()["error"]), (401, &json!("unauthorized")), "{by}");
    }
}

/// RFC 7009: nobody learns whether there was such a token, and a client revokes its own only.
#[tokio::test]
async fn the_standards_revocation_tells_nothing() {
    let dance = Dance::of("server_side_app").await;
    let other = dance.desk.client("server_side_app", &["customers:ro"]).await;
    let access = dance.first["access_token"].as_str().unwrap();
    for (client, token, opens) in [(&other, access, true), (&dance.client, "dal:nothing", true), (&dance.client, access, false)] {
        let fields = [
            ("token", token),
            ("client_id", client["client_id"].as_str().unwrap()),
            ("client_secret", client["client_secret"].as_str().unwrap()),
        ];
        let answer = dance.desk.form("/v2/revoke", &fields, &[]).await;
        assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({})));
        assert_eq!(dance.opens(&dance.first).await, opens);
    }
}

#[tokio::test]
async fn nothing_is_refreshed_for_an_account_that_is_gone() {
    let dance = Dance::of("server_side_app").await;
    dance.desk.change(json!({"change": "user_removed", "id": "nick"})).await;
    let answer = dance.refresh(&dance.first["refresh_token"], "").await.json();
    assert_eq!(answer["error_description"], "refresh_token: its account is gone or suspended");
    // Whoever takes the id is somebody else.
    dance.desk.role("nick", "owner").await;
    let answer = dance.refresh(&dance.first["refresh_token"], "").await.json();
    assert_eq!(answer["error_description"], "refresh_token: its account is gone or suspended");
}

/// Tokens, clients, codes and lines are durable: a restart keeps them.
#[tokio::test]
async fn a_restart_keeps_tokens() {
    let dance = Dance::of("javascript_app").await;
    let second = dance.refresh(&dance.first["refresh_token"], "").await.json();
    let Dance { desk, client, first } = dance;
    let dance = Dance { desk: desk.restarted().await, client, first };
    assert!(dance.opens(&dance.first).await && dance.opens(&second).await);
    let third = dance.refresh(&second["refresh_token"], "").await;
    assert_eq!(third.status, 200, "{}", third.text());
    assert_eq!(dance.refresh(&second["refresh_token"], "").await.json()["error"], "invalid_grant", "it was used before");
}
