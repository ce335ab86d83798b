//! Restricted features: `rest-api/restrict-features` of CometChat's docs. Each of them closes its operation, whatever roles and scopes
//! allow, and nothing else does so with that reason.

use axum::http::Method;
use serde_json::{Value, json};

use super::super::client::{Comet, From, Reply};
use super::{chat, lab};

/// Every feature, and a call of Tess's that it closes. `TOKEN` before the method: with her own token.
const CALLS: &[(&str, &str, &str)] = &[
    ("addMember", "POST /groups/lab/members", r#"{"participants": ["zed"]}"#),
    ("ban", "POST /groups/lab/bannedusers/fay", ""),
    ("blockUser", "POST /users/tess/blockedusers", r#"{"blockedUids": ["rob"]}"#),
    ("changeScope", "PUT /groups/lab/members/fay", r#"{"scope": "moderator"}"#),
    ("createCall", "POST /calls", r#"{"receiver": "fay", "receiverType": "user", "type": "audio"}"#),
    ("createGroup", "POST /groups", r#"{"guid": "new", "name": "new", "type": "public"}"#),
    ("createMessage", "POST /messages", r#"{"receiver": "fay", "receiverType": "user", "type": "text", "data": {"text": "x"}}"#),
    ("createMessageThread", "POST /messages/{note}/thread", r#"{"type": "text", "data": {"text": "x"}}"#),
    ("deleteCall", "DELETE /calls/{call:rob}", ""),
    ("deleteConversationForUser", "DELETE /users/fay/conversation", ""),
    ("deleteGroup", "DELETE /groups/secret", ""),
    ("deleteGroupMessages", "DELETE /groups/lab/messages/{own}", ""),
    ("deleteMessage", "DELETE /messages/{own}", ""),
    ("getBlockedUsers", "GET /users/tess/blockedusers", ""),
    ("getCall", "GET /calls/{call:tess}", ""),
    ("getConversation", "GET /users/fay/conversation", ""),
    ("getGroup", "GET /groups/open", ""),
    ("getGroupMessages", "GET /groups/lab/messages", ""),
    ("getMember", "GET /groups/lab/members/fay", ""),
    ("getMessage", "GET /messages/{note}", ""),
    ("getMyDetails", "TOKEN GET /me", ""),
    ("getUser", "GET /users/fay", ""),
    ("getUserMessages", "GET /users/fay/messages", ""),
    ("joinGroup", "TOKEN POST /groups/open/members", ""),
    ("kickMember", "DELETE /groups/lab/members/fay", ""),
    ("leaveGroup", "DELETE /groups/lab/members", ""),
    ("listBannedUsers", "GET /groups/lab/bannedusers", ""),
    ("listCalls", "GET /calls", ""),
    ("listConversations", "GET /conversations", ""),
    ("listGroupMembers", "GET /groups/lab/members", ""),
    ("listGroups", "GET /groups", ""),
    ("listMessages", "GET /messages", ""),
    ("listSettings", "TOKEN GET /settings", ""),
    ("listThreadedMessages", "GET /messages/{note}/thread", ""),
    ("listUsers", "GET /users", ""),
    ("logout", "TOKEN DELETE /me", ""),
    ("massMemberOperate", "POST /groups/lab/members", r#"{"participants": ["zed"], "usersToBan": ["rob"]}"#),
    ("patchOwner", "PATCH /groups/secret/owner", r#"{"owner": "fay"}"#),
    ("unban", "DELETE /groups/lab/bannedusers/bea", ""),
    ("unblockUser", "DELETE /users/tess/blockedusers", r#"{"blockedUids": ["mona"]}"#),
    ("updateAuthToken", "TOKEN PUT /me", r#"{"platform": "javascript", "deviceId": "d"}"#),
    ("updateCall", "PUT /calls/{call:tess}", r#"{"status": "rejected"}"#),
    ("updateGroup", "PUT /groups/secret", r#"{"name": "Secret"}"#),
    ("updateMessage", "PUT /messages/{own}", r#"{"data": {"text": "y"}}"#),
];

/// The lab, in which Tess is admin, owns `secret` with Fay in it, and has called Rob.
async fn open_lab() -> Comet {
    let comet = lab().await;
    chat::give_scope(&comet, "admin").await;
    comet.post("/groups/secret/members", json!({"participants": ["fay"]})).await.data();
    let call = json!({"receiver": "rob", "receiverType": "user", "type": "audio"});
    comet.call(From::OnBehalf("tess"), Method::POST, "/calls", Some(call)).await.data();
    comet
}

async fn answer(comet: &Comet, token: &str, call: &str, body: &str) -> Reply {
    let (from, call) = match call.strip_prefix("TOKEN ") {
        Some(call) => (From::Token(token), call),
        None => (From::OnBehalf("tess"), call),
    };
    let (method, path) = call.split_once(' ').unwrap();
    let path = chat::resolve(comet, path).await;
    let body = (!body.is_empty()).then(|| serde_json::from_str(body).unwrap());
    comet.call(from, Method::try_from(method).unwrap(), &path, body).await
}

#[tokio::test]
async fn each_feature_closes_its_operation() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/facts/cometchat_permissions.json")).unwrap();
    let facts: Value = serde_json::from_str(&text).unwrap();
    let known: Vec<&str> = facts["restrict_features"]["keys"].as_array().unwrap().iter().map(|key| key.as_str().unwrap()).collect();
    assert_eq!(CALLS.iter().map(|(feature, ..)| *feature).collect::<Vec<_>>(), known, "all 44, in the order of the facts");
    for (feature, call, body) in CALLS {
        let comet = open_lab().await;
        let token = comet.token("tess").await;
        comet.post("/roles/tester/restrictedfeatures", json!({"featuresToRestrict": [feature]})).await.data();
        let refused = answer(&comet, &token, call, body).await.0;
        assert!(refused.text().contains("feature_restricted"), "{feature}: {call}: {}", refused.text());
        assert!(refused.text().contains("ERR_PERMISSION_DENIED"), "{feature}: {}", refused.text());

        comet.delete("/roles/tester/restrictedfeatures", Some(json!({"featuresToAllow": [feature]}))).await.data();
        let allowed = answer(&comet, &token, call, body).await.0;
        assert_eq!(allowed.status, 200, "{feature}: {call}: {}", allowed.text());
        assert!(!allowed.text().contains("\"error\""), "{feature}: {call}: {}", allowed.text());
    }
}
