//! Bans: who may ban whom where, what a ban refuses and for how long, and who may see bans. docs/stream.md, Which action gates what, and
//! the decisions there.

use axum::http::Method;
use hallpass::Timestamp;
use serde_json::{Value, json};

use super::client::{BOTH, Dialect, From, Reply, Stream};
use crate::support::NOON;

const GENERAL: &str = "messaging:general";

/// Ana owns `general`, Ben is a member, Cleo moderates it; Max moderates the app.
async fn general(dialect: Dialect) -> Stream {
    let stream = Stream::with_users(dialect, &["ana", "ben", "cleo", "dan"]).await;
    stream.post("/users", json!({"users": {"max": {"id": "max", "role": "moderator"}}})).await.created();
    stream.channel("messaging", "general", "ana", &["ben"]).await;
    stream.post("/channels/messaging/general", json!({"add_moderators": ["cleo"]})).await.created();
    stream
}

async fn post(stream: &Stream, from: From<'_>, path: &str, body: Value) -> Reply {
    stream.call(from, Method::POST, path, Some(body)).await
}

async fn ban(stream: &Stream, from: From<'_>, body: Value) -> Reply {
    post(stream, from, "/moderation/ban", body).await
}

async fn unban(stream: &Stream, from: From<'_>, query: &str) -> Reply {
    match stream.dialect {
        Dialect::Flat => stream.call(from, Method::DELETE, &format!("/moderation/ban?{query}"), None).await,
        Dialect::Prefixed => stream.call(from, Method::POST, &format!("/moderation/unban?{query}"), Some(json!({}))).await,
    }
}

async fn send(stream: &Stream, user: &str) -> Reply {
    post(stream, From::User(user), "/channels/messaging/general/message", json!({"message": {"text": "hello"}})).await
}

fn refused_for(reply: Reply) -> (Value, Value) {
    let hallpass = reply.hallpass();
    assert_eq!(reply.error().0, 403);
    (hallpass["action"].clone(), hallpass["reason"].clone())
}

async fn bans(stream: &Stream, filter: Value) -> Vec<Value> {
    let found = stream.query(From::Server, "/query_banned_users", json!({"filter_conditions": filter})).await.ok();
    found["bans"].as_array().cloned().unwrap()
}

#[tokio::test]
async fn a_channel_ban_takes_one_of_two_permissions_and_an_app_ban_a_third() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        let in_channel = json!({"target_user_id": "ben", "channel_cid": GENERAL});
        // Ana owns the channel, and its owner may not ban.
        assert_eq!(refused_for(ban(&stream, From::User("ana"), in_channel.clone()).await), (json!("BanChannelMember"), json!("no_grant")));
        assert_eq!(refused_for(ban(&stream, From::Anonymous, in_channel.clone()).await).0, "BanChannelMember");
        for moderator in ["cleo", "max"] {
            ban(&stream, From::User(moderator), in_channel.clone()).await.created();
        }
        // Without ban-channel-member, ban-user in the channel type is enough.
        stream.put("/channeltypes/messaging", json!({"grants": {"moderator": ["ban-user"], "channel_moderator": []}})).await.created();
        ban(&stream, From::User("max"), in_channel.clone()).await.created();
        assert_eq!(refused_for(ban(&stream, From::User("cleo"), in_channel).await).0, "BanChannelMember");

        let everywhere = json!({"target_user_id": "ben"});
        assert_eq!(refused_for(ban(&stream, From::User("max"), everywhere.clone()).await), (json!("BanUser"), json!("no_grant")));
        stream.patch("/app", json!({"grants": {"moderator": ["ban-user"]}})).await.ok();
        ban(&stream, From::User("max"), everywhere).await.created();
        assert_eq!(bans(&stream, json!({})).await.len(), 2);
    }
}

#[tokio::test]
async fn who_is_banned_may_not_post_until_the_ban_ends_or_is_lifted() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        let hour = json!({"target_user_id": "ben", "type": "messaging", "id": "general", "timeout": 60, "reason": "rude"});
        ban(&stream, From::User("cleo"), hour).await.created();
        assert_eq!(refused_for(send(&stream, "ben").await), (json!("CreateMessage"), json!("channel_banned")));

        let shown = bans(&stream, json!({"channel_cid": GENERAL})).await;
        assert_eq!(shown.len(), 1);
        assert_eq!(shown[0]["user"]["id"], "ben");
        assert_eq!(shown[0]["banned_by"]["id"], "cleo");
        assert_eq!(shown[0]["reason"], "rude");
        assert_eq!(shown[0]["channel"]["cid"], GENERAL);
        assert_eq!(shown[0]["created_at"], stream.noon());
        assert!(!shown[0]["expires"].is_null());

        stream.server.clock.set(Timestamp::from_ms(NOON.as_ms() + 60 * 60 * 1000));
        send(&stream, "ben").await.created();
        let current = json!({"filter_conditions": {}, "exclude_expired_bans": true});
        assert_eq!(stream.query(From::Server, "/query_banned_users", current).await.ok()["bans"], json!([]));

        ban(&stream, From::Server, json!({"target_user_id": "ben", "banned_by_id": "ana"})).await.created();
        assert_eq!(refused_for(send(&stream, "ben").await), (json!("CreateMessage"), json!("banned")));
        assert_eq!(refused_for(unban(&stream, From::User("cleo"), "target_user_id=ben").await).0, "BanUser");
        let lifted = unban(&stream, From::Server, "target_user_id=ben").await;
        assert!(lifted.0.status.is_success(), "{}", lifted.0.text());
        send(&stream, "ben").await.created();
    }
}

#[tokio::test]
async fn a_shadow_ban_refuses_nothing_and_hides_what_is_written() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        ban(&stream, From::User("cleo"), json!({"target_user_id": "ben", "channel_cid": GENERAL, "shadow": true})).await.created();
        let sent = send(&stream, "ben").await.created();
        let id = sent["message"]["id"].as_str().unwrap();
        let seen_by = async |user| {
            let path = "/channels/messaging/general/query";
            let state = post(&stream, From::User(user), path, json!({"state": true})).await.created();
            state["messages"].as_array().unwrap().iter().any(|message| message["id"] == id)
        };
        assert!(seen_by("ben").await);
        assert!(!seen_by("cleo").await);
        let [shown] = bans(&stream, json!({})).await.try_into().unwrap();
        assert_eq!(shown["shadow"], true);
        let member = async |user| {
            let payload = json!({"type": "messaging", "id": "general", "filter_conditions": {"id": "ben"}});
            let found = stream.query(From::User(user), "/members", payload).await.ok();
            (found["members"][0]["banned"].clone(), found["members"][0]["shadow_banned"].clone())
        };
        assert_eq!(member("cleo").await, (json!(false), json!(true)));
        // He is not to know.
        assert_eq!(member("ben").await, (json!(false), json!(false)));
        // An open ban takes its place.
        ban(&stream, From::User("cleo"), json!({"target_user_id": "ben", "channel_cid": GENERAL})).await.created();
        assert_eq!(refused_for(send(&stream, "ben").await).1, "channel_banned");
        let [shown] = bans(&stream, json!({})).await.try_into().unwrap();
        assert_eq!(shown["shadow"], false);
    }
}

#[tokio::test]
async fn bans_are_shown_to_those_who_may_ban_there() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        ban(&stream, From::Server, json!({"target_user_id": "ben", "channel_cid": GENERAL})).await.created();
        let here = json!({"filter_conditions": {"channel_cid": GENERAL}});
        let query = async |user, payload: &Value| stream.query(From::User(user), "/query_banned_users", payload.clone()).await;
        assert_eq!(query("cleo", &here).await.ok()["bans"].as_array().unwrap().len(), 1);
        assert_eq!(refused_for(query("ben", &here).await).0, "BanChannelMember");
        assert_eq!(refused_for(query("cleo", &json!({"filter_conditions": {}})).await).0, "BanUser");
    }
}

#[tokio::test]
async fn what_makes_no_ban_is_refused_by_name() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        let message = async |body: Value| ban(&stream, From::Server, body).await.error().2;
        assert!(message(json!({})).await.contains("target_user_id: is required"));
        assert!(message(json!({"target_user_id": "nobody"})).await.contains("[nobody]"));
        assert!(message(json!({"target_user_id": "ben", "channel_cid": "general"})).await.contains("channel_cid"));
        assert!(message(json!({"target_user_id": "ben", "type": "messaging"})).await.contains("id: is required with type"));
        assert!(message(json!({"target_user_id": "ben", "timeout": "soon"})).await.contains("timeout: expected a whole number"));
        assert!(message(json!({"target_user_id": "ben", "channel_cid": "messaging:none"})).await.contains("does not exist"));
        assert!(bans(&stream, json!({})).await.is_empty());
    }
}

#[tokio::test]
async fn a_ban_may_delete_what_was_written() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        let id = send(&stream, "ben").await.created()["message"]["id"].as_str().unwrap().to_owned();
        send(&stream, "ana").await.created();
        ban(&stream, From::Server, json!({"target_user_id": "ben", "channel_cid": GENERAL, "delete_messages": "hard"})).await.created();
        assert_eq!(stream.get(&format!("/messages/{id}")).await.error().1, 16);
        let state = stream.post("/channels/messaging/general/query", json!({"state": true})).await.created();
        let authors: Vec<_> = state["messages"].as_array().unwrap().iter().map(|message| message["user"]["id"].clone()).collect();
        assert_eq!(authors, ["ana"]);
    }
}

#[tokio::test]
async fn a_channel_made_again_has_no_bans_of_the_old_one() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        for (user, shadow) in [("ben", true), ("dan", false)] {
            ban(&stream, From::Server, json!({"target_user_id": user, "channel_cid": GENERAL, "shadow": shadow})).await.created();
        }
        stream.delete("/channels/messaging/general").await.ok();
        stream.server.clock.set(Timestamp::from_ms(NOON.as_ms() + 60_000));
        stream.channel("messaging", "general", "ana", &["ben", "dan"]).await;
        assert!(bans(&stream, json!({})).await.is_empty());
        let sent = send(&stream, "ben").await.created();
        assert_eq!(sent["message"]["shadowed"], false);
        send(&stream, "dan").await.created();
    }
}
