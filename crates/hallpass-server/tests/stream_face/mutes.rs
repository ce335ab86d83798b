//! Mutes of users and channels, and blocks. docs/stream.md, Which action gates what.

use axum::http::Method;
use serde_json::{Value, json};

use super::client::{BOTH, Dialect, From, Reply, Stream};

async fn general(dialect: Dialect) -> Stream {
    let stream = Stream::with_users(dialect, &["ana", "ben", "dan"]).await;
    stream.channel("messaging", "general", "ana", &["ben"]).await;
    stream
}

async fn post(stream: &Stream, from: From<'_>, path: &str, body: Value) -> Reply {
    stream.call(from, Method::POST, path, Some(body)).await
}

fn refused_for(reply: Reply) -> Value {
    let action = reply.hallpass()["action"].clone();
    assert_eq!(reply.error().0, 403);
    action
}

#[tokio::test]
async fn a_mute_of_a_user_is_a_note_that_one_may_make_and_take_back() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        let muted = post(&stream, From::User("ben"), "/moderation/mute", json!({"target_ids": ["ana"], "timeout": 30})).await.created();
        assert_eq!(muted["mute"]["user"]["id"], "ben");
        assert_eq!(muted["mutes"][0]["target"]["id"], "ana");
        assert!(!muted["mute"]["expires"].is_null());
        assert_eq!(muted["own_user"]["id"], "ben");
        assert_eq!(muted["own_user"]["mutes"][0]["target"]["id"], "ana");
        let more = post(&stream, From::User("ben"), "/moderation/mute", json!({"target_ids": ["dan", "nobody"]})).await.created();
        assert_eq!(more["own_user"]["mutes"].as_array().unwrap().len(), 2);
        assert_eq!(more["non_existing_users"], json!(["nobody"]));
        post(&stream, From::User("ben"), "/moderation/unmute", json!({"target_id": "ana"})).await.created();
        let again = post(&stream, From::User("ben"), "/moderation/mute", json!({"target_id": "dan"})).await.created();
        assert_eq!(again["own_user"]["mutes"].as_array().unwrap().len(), 1);

        stream.patch("/app", json!({"grants": {"user": []}})).await.ok();
        assert_eq!(refused_for(post(&stream, From::User("ben"), "/moderation/mute", json!({"target_id": "ana"})).await), "MuteUser");
        assert_eq!(refused_for(post(&stream, From::User("ben"), "/moderation/unmute", json!({"target_id": "ana"})).await), "MuteUser");
        assert_eq!(refused_for(post(&stream, From::Anonymous, "/moderation/mute", json!({"target_id": "ana"})).await), "MuteUser");
        let by_server = post(&stream, From::Server, "/moderation/mute", json!({"target_id": "ana", "user_id": "dan"})).await.created();
        assert_eq!(by_server["mute"]["user"]["id"], "dan");
        let nobody = post(&stream, From::Server, "/moderation/mute", json!({"target_id": "ana"})).await.error();
        assert!(nobody.2.contains("user_id: is required"));
    }
}

#[tokio::test]
async fn a_mute_of_a_channel_takes_its_permission_and_the_feature() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        let cid = json!({"channel_cid": "messaging:general", "expiration": 60_000});
        let muted = post(&stream, From::User("ben"), "/moderation/mute/channel", cid.clone()).await.created();
        assert_eq!(muted["channel_mute"]["channel"]["cid"], "messaging:general");
        assert_eq!(muted["own_user"]["channel_mutes"][0]["channel"]["cid"], "messaging:general");
        let of_mine = async |muted: bool| {
            let filter = json!({"filter_conditions": {"members": {"$in": ["ben"]}, "muted": muted}});
            let found = post(&stream, From::User("ben"), "/channels", filter).await.created();
            found["channels"].as_array().unwrap().len()
        };
        assert_eq!((of_mine(true).await, of_mine(false).await), (1, 0));
        assert_eq!(refused_for(post(&stream, From::User("dan"), "/moderation/mute/channel", cid.clone()).await), "MuteChannel");
        post(&stream, From::User("ben"), "/moderation/unmute/channel", json!({"channel_cids": ["messaging:general"]})).await.created();
        assert_eq!((of_mine(true).await, of_mine(false).await), (0, 1));
        stream.put("/channeltypes/messaging", json!({"mutes": false})).await.created();
        let off = post(&stream, From::User("ben"), "/moderation/mute/channel", cid).await;
        assert_eq!(off.error().1, 19);
    }
}

#[tokio::test]
async fn blocking_takes_no_permission() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        stream.patch("/app", json!({"grants": {"user": []}})).await.ok();
        let blocked = post(&stream, From::User("ben"), "/users/block", json!({"blocked_user_id": "ana"})).await.created();
        assert_eq!((&blocked["blocked_by_user_id"], &blocked["blocked_user_id"]), (&json!("ben"), &json!("ana")));
        let listed = stream.call(From::User("ben"), Method::GET, "/users/block", None).await.ok();
        assert_eq!(listed["blocks"][0]["blocked_user"]["id"], "ana");
        assert_eq!(listed["blocks"][0]["created_at"], stream.noon());
        assert_eq!(stream.call(From::User("ana"), Method::GET, "/users/block", None).await.ok()["blocks"], json!([]));
        assert_eq!(post(&stream, From::User("ben"), "/users/block", json!({"blocked_user_id": "ben"})).await.error().1, 4);
        assert_eq!(post(&stream, From::Anonymous, "/users/block", json!({"blocked_user_id": "ana"})).await.error().1, 17);
        post(&stream, From::User("ben"), "/users/unblock", json!({"blocked_user_id": "ana"})).await.created();
        assert_eq!(stream.call(From::User("ben"), Method::GET, "/users/block", None).await.ok()["blocks"], json!([]));
    }
}
