//! Conversations as each of their people sees them, and calls as records.

use axum::http::Method;
use serde_json::{Value, json};

use super::client::{Comet, From, NOON_S, Reply, code};

async fn club() -> Comet {
    let comet = Comet::with_users(&["olga", "paul", "pia", "nora"]).await;
    let members = json!({"participants": ["paul", "pia"]});
    comet.post("/groups", json!({"guid": "club", "name": "Club", "type": "public", "owner": "olga", "members": members})).await.data();
    comet
}

async fn by(comet: &Comet, uid: &str, method: Method, path: &str, body: Option<Value>) -> Reply {
    comet.call(From::OnBehalf(uid), method, path, body).await
}

async fn say(comet: &Comet, sender: &str, receiver: &str, words: &str) -> String {
    let kind = if receiver == "club" { "group" } else { "user" };
    let message = json!({"receiver": receiver, "receiverType": kind, "type": "text", "data": {"text": words}});
    by(comet, sender, Method::POST, "/messages", Some(message)).await.data()["id"].as_str().unwrap().to_owned()
}

/// `(conversationId, last words, unread)` of all, in their order.
async fn all(comet: &Comet, uid: &str, query: &str) -> Vec<(String, String, u64)> {
    let listed = by(comet, uid, Method::GET, &format!("/conversations{query}"), None).await.data();
    let told = listed.as_array().unwrap().iter().map(|one| {
        let words = one["lastMessage"]["data"]["text"].as_str().unwrap_or("-").to_owned();
        (one["conversationId"].as_str().unwrap().to_owned(), words, one["unreadMessageCount"].as_u64().unwrap())
    });
    told.collect()
}

fn told(rows: &[(&str, &str, u64)]) -> Vec<(String, String, u64)> {
    rows.iter().map(|(id, words, unread)| ((*id).to_owned(), (*words).to_owned(), *unread)).collect()
}

#[tokio::test]
async fn each_sees_their_own_with_the_newest_first() {
    let comet = club().await;
    assert_eq!(all(&comet, "paul", "").await, []);
    say(&comet, "paul", "pia", "Psst").await;
    say(&comet, "pia", "paul", "Yes?").await;
    say(&comet, "olga", "club", "Hi all").await;
    let of_paul = told(&[("group_club", "Hi all", 1), ("paul_user_pia", "Yes?", 1)]);
    assert_eq!(all(&comet, "paul", "").await, of_paul);
    assert_eq!(all(&comet, "olga", "").await, told(&[("group_club", "Hi all", 0)]));
    assert_eq!(all(&comet, "nora", "").await, []);
    assert_eq!(all(&comet, "paul", "?conversationType=user").await, of_paul[1..]);
    assert_eq!(all(&comet, "paul", "?searchKey=CLUB").await, of_paul[..1]);
    assert_eq!(all(&comet, "paul", "?per_page=1&page=2").await, of_paul[1..]);
    let one = by(&comet, "paul", Method::GET, "/users/pia/conversation", None).await.data();
    assert_eq!(
        (&one["conversationWith"]["uid"], &one["conversationType"], &one["updatedAt"]),
        (&json!("pia"), &json!("user"), &json!(NOON_S))
    );
    assert_eq!(by(&comet, "paul", Method::GET, "/users/nora/conversation", None).await.code(), code(404, "ERR_CONVERSATION_NOT_FOUND"));
    assert_eq!(
        by(&comet, "nora", Method::GET, "/groups/club/conversation", None).await.code(),
        code(403, "ERR_CONVERSATION_NOT_ACCESSIBLE")
    );
    // They are users' own: the app names one.
    assert_eq!(comet.get("/conversations").await.code(), code(401, "AUTH_ERR_EMPTY_AUTH_TOKEN"));
}

#[tokio::test]
async fn reading_marks_tags_and_deleting_change_ones_own_view_only() {
    let comet = club().await;
    say(&comet, "paul", "pia", "One").await;
    let second = say(&comet, "paul", "pia", "Two").await;
    let change = async |method: Method, path: &str, body: Value| {
        by(&comet, "pia", method, &format!("/users/paul/conversation{path}"), Some(body)).await
    };
    assert_eq!(all(&comet, "pia", "").await, told(&[("paul_user_pia", "Two", 2)]));
    let unread = by(&comet, "pia", Method::GET, "/messages?unread=1&count=1", None).await.data();
    assert_eq!(unread, json!([{"entityType": "user", "entityId": "paul", "count": 2}]));
    change(Method::POST, "/delivered", json!({})).await.data();
    change(Method::POST, "/read", json!({})).await.data();
    assert_eq!(all(&comet, "pia", "").await, told(&[("paul_user_pia", "Two", 0)]));
    let unread = change(Method::DELETE, "/read", json!({"messageId": second})).await.data();
    assert_eq!(unread["conversation"]["unreadMessageCount"], 1);
    let tagged = change(Method::PUT, "", json!({"tags": ["dear"]})).await.data();
    assert_eq!(tagged["tags"], json!(["dear"]));
    assert_eq!(all(&comet, "pia", "?tags=dear").await.len(), 1);
    assert_eq!(all(&comet, "paul", "?tags=dear").await, []);
    change(Method::DELETE, "", json!({})).await.data();
    assert_eq!(all(&comet, "pia", "").await, []);
    assert_eq!(by(&comet, "pia", Method::GET, "/users/paul/messages", None).await.data(), json!([]));
    assert_eq!(all(&comet, "paul", "").await, told(&[("paul_user_pia", "Two", 0)]));
    // It is there again with the next message, and with nothing from before.
    say(&comet, "paul", "pia", "Three").await;
    assert_eq!(all(&comet, "pia", "").await, told(&[("paul_user_pia", "Three", 1)]));
}

/// What may not be listed is no last message, either.
#[tokio::test]
async fn the_last_message_is_one_that_may_be_listed() {
    let comet = club().await;
    say(&comet, "olga", "club", "Words").await;
    let poll = json!({"receiver": "club", "receiverType": "group", "category": "custom", "type": "poll", "data": {"customData": {"q": 1}}});
    by(&comet, "olga", Method::POST, "/messages", Some(poll)).await.data();
    let set = json!({"permissions": {"listMessages.allowedMessageCategories": ["message"]}});
    comet.put("/groups/club/scopes/participant/permissions", set).await.data();
    assert_eq!(all(&comet, "paul", "").await, told(&[("group_club", "Words", 1)]));
    comet.put("/roles/default/permissions", json!({"permissions": {"listMessages": "deny"}})).await.data();
    assert_eq!(all(&comet, "paul", "").await, []);
}

fn call_to(receiver: &str, kind: &str) -> Option<Value> {
    Some(json!({"receiver": receiver, "receiverType": kind, "type": "audio", "status": "initiated", "category": "call"}))
}

#[tokio::test]
async fn a_call_rings_is_joined_and_ends() {
    let comet = club().await;
    let rung = by(&comet, "paul", Method::POST, "/calls", call_to("pia", "user")).await.data();
    let record = &rung["data"]["entities"]["on"]["entity"];
    assert_eq!((&rung["category"], &rung["status"], &record["status"]), (&json!("call"), &json!("initiated"), &json!("initiated")));
    let path = format!("/calls/{}", record["sessionid"].as_str().unwrap());
    let put = async |uid: &str, status: &str| by(&comet, uid, Method::PUT, &path, Some(json!({ "status": status }))).await;
    // Calls between others are not there.
    assert_eq!(put("nora", "ongoing").await.code(), code(404, "ERR_CALL_SESSION_NOT_FOUND"));
    assert_eq!(by(&comet, "nora", Method::GET, &path, None).await.code(), code(404, "ERR_CALL_SESSION_NOT_FOUND"));
    assert_eq!(put("pia", "asleep").await.code(), code(400, "ERR_BAD_REQUEST"));
    let joined = put("pia", "ongoing").await.data();
    let record = &joined["data"]["entities"]["on"]["entity"];
    assert_eq!((&record["participants"], &record["joinedAt"]), (&json!(["paul", "pia"]), &json!(NOON_S)));
    assert_eq!(put("paul", "ended").await.data()["data"]["action"], "ended");
    assert_eq!(put("pia", "ongoing").await.code(), code(409, "ERR_CALL_TERMINATED"));
    let of = async |uid: &str| by(&comet, uid, Method::GET, "/calls", None).await.data().as_array().unwrap().len();
    assert_eq!((of("paul").await, of("pia").await, of("nora").await), (1, 1, 0));
    assert_eq!(by(&comet, "pia", Method::GET, &path, None).await.data()["endedAt"], NOON_S);
    // The record is deleted by who made it.
    assert_eq!(by(&comet, "pia", Method::DELETE, &path, None).await.code(), code(403, "ERR_PERMISSION_DENIED"));
    by(&comet, "paul", Method::DELETE, &path, None).await.data();
    assert_eq!(of("pia").await, 0);
    assert_eq!(by(&comet, "paul", Method::POST, "/calls", call_to("paul", "user")).await.code(), code(400, "ERR_CALLING_SELF"));
}

/// Role and scope, both: RBAC's joinCall closes it everywhere, SBAC's in this group.
#[tokio::test]
async fn a_call_of_a_group_is_for_its_members() {
    let comet = club().await;
    let rung = by(&comet, "paul", Method::POST, "/calls", call_to("club", "group")).await.data();
    let path = format!("/calls/{}", rung["data"]["entities"]["on"]["entity"]["sessionid"].as_str().unwrap());
    let join = async |uid: &str| by(&comet, uid, Method::PUT, &path, Some(json!({"status": "ongoing"}))).await;
    assert_eq!(join("nora").await.code(), code(403, "ERR_GROUP_NOT_JOINED"));
    comet.put("/groups/club/scopes/participant/permissions", json!({"permissions": {"joinCall": "deny"}})).await.data();
    assert_eq!(join("pia").await.code(), code(403, "ERR_PERMISSION_DENIED"));
    assert_eq!(join("olga").await.data()["status"], "ongoing");
    comet.put("/roles/default/permissions", json!({"permissions": {"joinCall": "deny"}})).await.data();
    assert_eq!(join("olga").await.code(), code(403, "ERR_PERMISSION_DENIED"));
    assert_eq!(by(&comet, "nora", Method::POST, "/calls", call_to("club", "group")).await.code(), code(403, "ERR_GROUP_NOT_JOINED"));
}
