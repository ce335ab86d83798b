//! Which of its scopes a token used in the last thirty days.

use serde_json::{Value, json};

use super::desk::{APP, Desk};

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

async fn used(desk: &Desk, pat: &str) -> Value {
    desk.get("/v2/usage", &format!("Bearer {pat}")).await.json()
}

#[tokio::test]
async fn what_was_not_used_can_be_left_out() {
    let desk = Desk::new().await;
    let made = desk.ask_token("ada", &["agents--all:rw", "customers:rw", "multicast:rw"], None).await.json();
    let (pat, id) = (made["pat"].as_str().unwrap(), made["token_id"].as_str().unwrap());
    assert_eq!(used(&desk, pat).await["unused"], json!(["agents--all:rw", "customers:rw", "multicast:rw"]));

    // A refused call uses nothing; an allowed one uses the scope that opened it, and says what would have been enough.
    assert_eq!(desk.server.post("/v3.6/configuration/action/list_bots", pat, &json!({})).await.status, 403);
    assert_eq!(desk.server.post("/v3.6/configuration/action/list_agents", pat, &json!({})).await.status, 200);
    let now = used(&desk, pat).await;
    assert_eq!(now["unused"], json!(["customers:rw", "multicast:rw"]));
    assert_eq!(
        now["scopes"][0],
        json!({"scope": "agents--all:rw", "used": true, "last_used_at": "2026-11-22T12:00:00Z", "enough": ["agents--all:ro"]})
    );

    // The app's own server sees the same.
    let by_server = desk.server.get(&format!("/v1/apps/{APP}/tokens/{id}/usage"), desk.key()).await.json();
    assert_eq!((&by_server["unused"], &by_server["days"]), (&json!(["customers:rw", "multicast:rw"]), &json!(30)));

    desk.after_ms(30 * DAY_MS);
    assert_eq!(used(&desk, pat).await["unused"], json!(["customers:rw", "multicast:rw"]));
    desk.after_ms(30 * DAY_MS + 1);
    assert_eq!(used(&desk, pat).await["unused"], json!(["agents--all:rw", "customers:rw", "multicast:rw"]));
    assert_eq!(desk.server.post("/v3.6/configuration/action/list_agents", pat, &json!({})).await.status, 200);
    assert_eq!(used(&desk, pat).await["unused"], json!(["customers:rw", "multicast:rw"]));
}

/// A dry run is no use.
#[tokio::test]
async fn trying_is_not_using() {
    let desk = Desk::new().await;
    let pat = desk.pat("nick", &["agents--all:ro"]).await;
    assert_eq!(desk.trial(&pat, "list_agents", &[]).await["allowed"], true);
    assert_eq!(used(&desk, &pat).await["unused"], json!(["agents--all:ro"]));
}

/// Access tokens live for hours: what counts is what the client did for the account, by whichever of them.
#[tokio::test]
async fn tokens_of_a_client_are_counted_together() {
    let desk = Desk::new().await;
    let client = desk.client("server_side_app", &["agents--all:ro", "groups--all:ro"]).await;
    let id = client["client_id"].as_str();
    let first = desk.ask_token("nick", &["agents--all:ro", "groups--all:ro"], id).await.json()["pat"].as_str().unwrap().to_owned();
    let second = desk.ask_token("nick", &["agents--all:ro", "groups--all:ro"], id).await.json()["pat"].as_str().unwrap().to_owned();
    assert_eq!(desk.server.post("/v3.6/configuration/action/list_agents", &first, &json!({})).await.status, 200);
    assert_eq!(used(&desk, &second).await["unused"], json!(["groups--all:ro"]));
}

/// Uses are written in batches, some seconds later, and the last batch when the server stops.
#[tokio::test]
async fn a_stop_forgets_no_use() {
    let desk = Desk::new().await;
    let pat = desk.pat("ada", &["agents--all:ro", "customers:rw"]).await;
    assert_eq!(desk.server.post("/v3.6/configuration/action/list_agents", &pat, &json!({})).await.status, 200);
    let desk = desk.restarted().await;
    assert_eq!(used(&desk, &pat).await["unused"], json!(["customers:rw"]));
}
