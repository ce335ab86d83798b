//! What was answered is there after a restart, and neighbours do not lose each other's changes.

use std::sync::Arc;

use axum::http::Method;
use hallpass_store::{MemoryStore, Store};
use serde_json::{Value, json};

use super::client::{Comet, From};
use crate::support::Server;

async fn club(server: Server) -> Comet {
    let made = server.post("/v1/apps", server.root_key(), &json!({"id": "test", "profile": "cometchat"})).await.json();
    let key = |name: &str| made[name].as_str().unwrap().to_owned();
    let comet = Comet { api_key: key("api_key"), auth_key: key("auth_key"), server_key: key("server_key"), server };
    for uid in ["ana", "ben", "cid"] {
        comet.post("/users", json!({"uid": uid, "name": uid})).await.data();
    }
    let group = json!({"guid": "club", "name": "Club", "type": "password", "password": "sesame", "owner": "ana", "members": {"moderators": ["ben"]}});
    comet.post("/groups", group).await.data();
    comet
}

async fn by(comet: &Comet, uid: &str, method: Method, path: &str, body: Value) -> Value {
    let body = (!body.is_null()).then_some(body);
    comet.call(From::OnBehalf(uid), method, path, body).await.data()
}

async fn say(comet: &Comet, uid: &str, words: &str) -> String {
    let message = json!({"receiver": "club", "receiverType": "group", "type": "text", "data": {"text": words}});
    by(comet, uid, Method::POST, "/messages", message).await["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let before = club(Server::on(Arc::clone(&store), tempfile::tempdir().unwrap())).await;
    let first = say(&before, "ana", "One").await;
    by(&before, "ben", Method::POST, &format!("/messages/{first}/reactions/x"), Value::Null).await;
    by(&before, "ben", Method::POST, &format!("/messages/{first}/thread"), json!({"type": "text", "data": {"text": "Two"}})).await;
    by(&before, "ben", Method::POST, "/groups/club/conversation/read", json!({})).await;
    by(&before, "ana", Method::POST, "/calls", json!({"receiver": "ben", "receiverType": "user", "type": "audio"})).await;
    before.post("/groups/club/bannedusers/cid", json!({})).await.data();
    let token = before.token("ben").await;
    let views = ["/groups/club", "/groups/club/messages", "/groups/club/members", "/groups/club/bannedusers", "/calls", "/conversations"];
    let all = async |comet: &Comet| {
        let mut told = Vec::new();
        for path in views {
            told.push(comet.call(From::Token(&token), Method::GET, path, None).await.data());
        }
        told
    };
    let told = all(&before).await;

    let Comet { server: Server { service, front, directory, .. }, api_key, auth_key, server_key } = before;
    drop(front);
    service.close().await;
    let after = Comet { server: Server::on(store, directory), api_key, auth_key, server_key };
    assert_eq!(all(&after).await, told);
    // The clock stands still, and yet the next message gets an id of its own.
    let next = say(&after, "ana", "Three").await;
    assert_ne!(next, first);
    assert_eq!(after.get("/groups/club/messages").await.data().as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn people_who_write_at_the_same_time_lose_nothing() {
    let comet = Arc::new(club(Server::new()).await);
    let note = say(&comet, "ana", "Note").await;
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..20 {
        let (comet, note) = (Arc::clone(&comet), note.clone());
        tasks.spawn(async move {
            let uid = if number % 2 == 0 { "ana" } else { "ben" };
            by(&comet, uid, Method::POST, &format!("/messages/{note}/thread"), json!({"type": "text", "data": {"text": "Reply"}})).await;
            by(&comet, uid, Method::POST, &format!("/messages/{note}/reactions/r{number}"), Value::Null).await;
            by(&comet, "ana", Method::PUT, &format!("/messages/{note}"), json!({"data": {"text": format!("Note {number}")}})).await;
        });
    }
    tasks.join_all().await;
    let shown = comet.get(&format!("/messages/{note}")).await.data();
    assert_eq!((&shown["replyCount"], shown["data"]["reactions"].as_array().unwrap().len()), (&json!(20), 20));
    let thread = comet.get(&format!("/messages/{note}/thread")).await.data();
    let ids: std::collections::BTreeSet<&str> = thread.as_array().unwrap().iter().map(|reply| reply["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 20);
}

/// Of two who make the same group, or join with the same seat, one wins.
#[tokio::test]
async fn the_same_change_happens_once() {
    let comet = Arc::new(club(Server::new()).await);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let comet = Arc::clone(&comet);
        tasks.spawn(async move {
            let group = json!({"guid": "tea", "name": "Tea", "type": "public"});
            let made = comet.call(From::OnBehalf("cid"), Method::POST, "/groups", Some(group)).await.0.status;
            let banned = comet.call(From::App, Method::POST, "/groups/club/bannedusers/ben", None).await.0.status;
            (made.as_u16(), banned.as_u16())
        });
    }
    let answers = tasks.join_all().await;
    let count = |wanted: u16, of: fn(&(u16, u16)) -> u16| answers.iter().filter(|answer| of(answer) == wanted).count();
    assert_eq!((count(200, |(made, _)| *made), count(409, |(made, _)| *made)), (1, 7));
    assert_eq!((count(200, |(_, banned)| *banned), count(409, |(_, banned)| *banned)), (1, 7));
}

/// The policy, too: what is set, what it decides, and what is still to be unset.
#[tokio::test]
async fn permissions_are_there_after_a_restart() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let before = club(Server::on(Arc::clone(&store), tempfile::tempdir().unwrap())).await;
    before.post("/groups/club/members", json!({"participants": ["cid"]})).await.data();
    before.post("/roles", json!({"role": "shy", "name": "Shy", "settings": {"listUsers": "friendsOnly"}})).await.data();
    before.put("/users/cid", json!({"role": "shy"})).await.data();
    before.post("/users/cid/friends", json!({"accepted": ["ben"]})).await.data();
    before.post("/users/cid/blockedusers", json!({"blockedUids": ["ana"]})).await.data();
    before.put("/roles/shy/permissions", json!({"permissions": {"createGroup": "deny"}})).await.data();
    before.post("/roles/shy/restrictedfeatures", json!({"featuresToRestrict": ["joinGroup"]})).await.data();
    before.put("/groups/club/scopes/moderator/permissions", json!({"permissions": {"addReaction": "deny"}})).await.data();
    let wide = "/v1/apps/test/scopes/participant/permissions";
    before.server.call(Method::PUT, wide, &before.server_key, &json!({"permissions": {"sendMessage": "deny"}})).await;
    let all = async |comet: &Comet| {
        let mut told = Vec::new();
        for path in [
            "/roles",
            "/roles/shy/permissions",
            "/roles/shy/restrictedfeatures",
            "/groups/club/scopes/moderator/permissions",
            "/groups/club/scopes/participant/permissions",
            "/users",
            "/users/cid/friends",
            "/users/cid/blockedusers",
        ] {
            told.push(comet.get(path).await.data());
        }
        for uid in ["ana", "ben", "cid"] {
            told.push(by(comet, uid, Method::GET, "/me/permissions", Value::Null).await);
            told.push(by(comet, uid, Method::GET, "/me/permissions?guid=club", Value::Null).await);
        }
        told.push(by(comet, "cid", Method::GET, "/users", Value::Null).await);
        told.push(comet.server.get(wide, &comet.server_key).await.json()["permissions"].clone());
        told
    };
    let told = all(&before).await;
    assert_eq!(told.last(), Some(&json!({"sendMessage": "deny"})));

    let Comet { server: Server { service, front, directory, .. }, api_key, auth_key, server_key } = before;
    drop(front);
    service.close().await;
    let after = Comet { server: Server::on(store, directory), api_key, auth_key, server_key };
    assert_eq!(all(&after).await, told);
    after.delete("/groups/club/scopes/moderator/permissions/addReaction", None).await.data();
    after.server.delete(&format!("{wide}/sendMessage"), &after.server_key).await;
    assert_eq!(after.may_in_club("ben", "AddReaction").await, "granted");
    assert_eq!(after.may_in_club("cid", "SendMessage").await, "granted");
}
