//! RFC 7662, and the metadata of RFC 8414.

use serde_json::json;

use super::desk::{Desk, basic};

#[tokio::test]
async fn a_client_learns_of_its_own_tokens_and_the_server_of_all() {
    let desk = Desk::new().await;
    let client = desk.client("server_side_app", &["chats--all:rw"]).await;
    let other = desk.client("server_side_app", &["chats--all:rw"]).await;
    let public = desk.client("javascript_app", &["chats--all:rw"]).await;
    let proof =
        |client: &serde_json::Value| basic(client["client_id"].as_str().unwrap(), client["client_secret"].as_str().unwrap_or_default());
    let token = desk.ask_token("ada", &["chats--all:rw"], client["client_id"].as_str()).await.json()["pat"].as_str().unwrap().to_owned();
    let ask = |authorization: String, token: &str| {
        let (desk, token) = (&desk, token.to_owned());
        async move { desk.form("/v2/introspect", &[("token", &token)], &[("authorization", &authorization)]).await }
    };
    let expected = json!({
        "active": true, "scope": "chats--all:rw", "client_id": client["client_id"], "sub": "ada", "token_type": "Bearer",
        "iss": "https://pdp.example.com", "organization_id": desk.first_keys().2, "roles": ["administrator"], "groups": ["1"],
        "effective_scope": "chats--access:ro chats--access:rw chats--all:ro chats--all:rw chats--my:ro chats--my:rw",
    });
    assert_eq!(ask(proof(&client), &token).await.json(), expected);
    assert_eq!(ask(format!("Bearer {}", desk.key()), &token).await.json(), expected);
    for authorization in [proof(&other), format!("Bearer {}", desk.server.server_key("demo-stream"))] {
        assert_eq!(ask(authorization, &token).await.json(), json!({"active": false}));
    }
    assert_eq!(ask(proof(&client), "dal:nothing").await.json(), json!({"active": false}));
    for authorization in [proof(&public), basic("nobody", "x"), "Bearer wrong".to_owned()] {
        let answer = ask(authorization, &token).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (401, &json!("invalid_client")));
    }
    // A role that drops shows at once.
    desk.role("ada", "normal").await;
    let after = ask(proof(&client), &token).await.json();
    assert_eq!(after["effective_scope"], "chats--access:ro chats--access:rw chats--my:ro chats--my:rw");
}

#[tokio::test]
async fn the_metadata_names_what_is_served() {
    let desk = Desk::new().await;
    let metadata = desk.get("/.well-known/oauth-authorization-server", "").await.json();
    assert_eq!(metadata["issuer"], "https://pdp.example.com");
    for (name, path) in [
        ("authorization_endpoint", "/v2/authorize"),
        ("token_endpoint", "/v2/token"),
        ("revocation_endpoint", "/v2/revoke"),
        ("introspection_endpoint", "/v2/introspect"),
    ] {
        assert_eq!(metadata[name], format!("https://pdp.example.com{path}"));
    }
    assert_eq!(metadata["scopes_supported"].as_array().unwrap().len(), 111);
}
