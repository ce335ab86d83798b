//! An agent's token for a customer's.

use serde_json::{Value, json};

use super::desk::Desk;

async fn ask(desk: &Desk, token: &Value, fields: &[(&str, &str)]) -> crate::support::Answer {
    let authorization = format!("Bearer {}", token["pat"].as_str().unwrap());
    desk.form("/v2/customer/token", fields, &[("authorization", &authorization)]).await
}

/// docs/livechat.md, The OAuth dance: `customers:own`, in 2018 `customers.identity--manage`, gates it; a personal access token does not do.
#[tokio::test]
async fn it_takes_the_scope_and_a_client() {
    let desk = Desk::new().await;
    for scope in ["customers.identity--manage", "customers:own"] {
        let client = desk.client("server_side_app", &[scope, "customers:rw"]).await;
        let id = client["client_id"].as_str().unwrap();
        let token = desk.ask_token("ada", &[scope], Some(id)).await.json();
        let answer = ask(&desk, &token, &[("grant_type", "agent_token"), ("entity_id", "c-1")]).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let body = answer.json();
        let made = body["access_token"].as_str().unwrap();
        assert_eq!(
            body,
            json!({
                "access_token": made, "client_id": id, "entity_id": "c-1", "expires_in": 28_800, "organization_id": desk.first_keys().2,
                "token_type": "Bearer",
            })
        );
        assert_eq!(desk.get("/v2/customer/info", &format!("Bearer {made}")).await.json(), body);
        // It is no agent's token.
        assert_eq!(desk.get("/v2/info", &format!("Bearer {made}")).await.status, 401);

        let without = desk.ask_token("ada", &["customers:rw"], Some(id)).await.json();
        let refused = ask(&desk, &without, &[("grant_type", "agent_token")]).await;
        let body = refused.json();
        assert_eq!(
            (refused.status.as_u16(), &body["error"], &body["sub_error"]),
            (403, &json!("access_denied"), &json!("insufficient_scope"))
        );
        let personal = desk.ask_token("ada", &[scope], None).await.json();
        assert_eq!(ask(&desk, &personal, &[("grant_type", "agent_token")]).await.status, 400);
    }
    let token = desk.ask_token("ada", &["customers:own"], None).await.json();
    assert_eq!(ask(&desk, &token, &[("grant_type", "password")]).await.json()["error"], "unsupported_grant_type");
}
