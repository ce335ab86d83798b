//! What a refusal says: the vendor's code, status and text, and beside them a stable reason and what is missing. docs/stream.md, Errors.

use axum::http::Method;
use hallpass::Timestamp;
use serde_json::{Value, json};

use super::client::{BOTH, Dialect, From, Stream};
use crate::support::NOON;

const GENERAL: &str = "/channels/messaging/general";

/// Ana owns `general`, Ben is a member.
async fn general(dialect: Dialect) -> Stream {
    let stream = Stream::with_users(dialect, &["ana", "ben", "dan"]).await;
    stream.channel("messaging", "general", "ana", &["ben"]).await;
    stream
}

/// `(status, code, what Hallpass tells besides)` of a message that a user tries to send.
async fn sending(stream: &Stream, from: From<'_>, message: Value) -> (u16, i64, Value) {
    told(stream, from, Method::POST, &format!("{GENERAL}/message"), Some(json!({ "message": message }))).await
}

async fn told(stream: &Stream, from: From<'_>, method: Method, path: &str, body: Option<Value>) -> (u16, i64, Value) {
    let reply = stream.call(from, method, path, body).await;
    let hallpass = reply.hallpass();
    let (status, code, message) = reply.error();
    assert!(message.contains(" failed with error: "), "{message}");
    (status, code, hallpass)
}

fn all_of(id: &str) -> Value {
    json!([id, format!("{id}-any-team"), format!("{id}-owner"), format!("{id}-owner-any-team")])
}

#[tokio::test]
async fn a_missing_grant_is_named_with_the_smallest_remedy() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        let (status, code, hallpass) = sending(&stream, From::User("dan"), json!({"text": "hello"})).await;
        assert_eq!((status, code), (403, 17));
        assert_eq!(hallpass["reason"], "condition_failed");
        assert_eq!(hallpass["action"], "CreateMessage");
        assert_eq!(hallpass["missing"], all_of("create-message"));
        assert_eq!(hallpass["remedy"], "grant 'create-message' to role 'user' in channel 'messaging:general'");
        stream.put("/channeltypes/messaging", json!({"grants": {"channel_member": ["create-message"]}})).await.created();
        let (_, _, hallpass) = sending(&stream, From::User("ben"), json!({"text": "see https://example.org"})).await;
        assert_eq!((&hallpass["action"], &hallpass["missing"]), (&json!("AddLinks"), &all_of("add-links")));
    }
}

#[tokio::test]
async fn what_stands_before_all_grants_names_the_exemption() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        let ben = From::User("ben");
        stream.patch(GENERAL, json!({"set": {"frozen": true}})).await.ok();
        let (status, code, hallpass) = sending(&stream, ben, json!({"text": "hello"})).await;
        assert_eq!((status, code, &hallpass["reason"]), (403, 17, &json!("frozen")));
        assert_eq!((&hallpass["exemption"], &hallpass["missing"]), (&json!("UseFrozenChannel"), &all_of("use-frozen-channel")));

        stream.patch(GENERAL, json!({"set": {"frozen": false, "cooldown": 60}})).await.ok();
        stream.call(ben, Method::POST, &format!("{GENERAL}/message"), Some(json!({"message": {"text": "one"}}))).await.created();
        let (status, code, hallpass) = sending(&stream, ben, json!({"text": "two"})).await;
        assert_eq!((status, code, &hallpass["reason"]), (403, 60, &json!("slow_mode")));
        assert_eq!((&hallpass["exemption"], &hallpass["missing"]), (&json!("SkipChannelCooldown"), &all_of("skip-channel-cooldown")));

        stream.patch(GENERAL, json!({"set": {"cooldown": 0, "disabled": true}})).await.ok();
        let (status, code, hallpass) = told(&stream, ben, Method::GET, GENERAL, None).await;
        assert_eq!((status, code, &hallpass["reason"]), (403, 17, &json!("disabled")));
        assert_eq!((&hallpass["exemption"], &hallpass["missing"]), (&json!("ReadDisabledChannel"), &all_of("read-disabled-channel")));
        // Nothing lifts that for whoever writes.
        let (_, _, hallpass) = sending(&stream, ben, json!({"text": "three"})).await;
        assert_eq!((&hallpass["reason"], hallpass.get("missing")), (&json!("disabled"), None));
    }
}

#[tokio::test]
async fn a_ban_says_when_it_ends() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        let ben = From::User("ben");
        stream.post("/moderation/ban", json!({"target_user_id": "ben", "channel_cid": "messaging:general", "timeout": 10})).await.created();
        let (status, code, hallpass) = sending(&stream, ben, json!({"text": "hello"})).await;
        assert_eq!((status, code, &hallpass["reason"]), (403, 17, &json!("channel_banned")));
        let end = match dialect {
            Dialect::Flat => json!("2026-11-22T12:10:00.000Z"),
            Dialect::Prefixed => json!((NOON.as_ms() + 600_000) * 1_000_000),
        };
        assert_eq!(hallpass["until"], end);
        stream.server.clock.set(Timestamp::from_ms(NOON.as_ms() + 600_000));
        stream.post("/moderation/ban", json!({"target_user_id": "ben"})).await.created();
        let (_, _, hallpass) = sending(&stream, ben, json!({"text": "hello"})).await;
        assert_eq!((&hallpass["reason"], hallpass.get("until")), (&json!("banned"), None));
    }
}

#[tokio::test]
async fn other_refusals_have_their_reasons_too() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        stream.put("/channeltypes/messaging", json!({"mutes": false, "grants": {"anonymous": ["create-message"]}})).await.created();
        let mute = Some(json!({"channel_cid": "messaging:general"}));
        let (status, code, hallpass) = told(&stream, From::User("ben"), Method::POST, "/moderation/mute/channel", mute).await;
        assert_eq!((status, code, &hallpass["reason"]), (400, 19, &json!("feature_off")));
        let (status, code, hallpass) = sending(&stream, From::Anonymous, json!({"text": "hello"})).await;
        assert_eq!((status, code, &hallpass["reason"]), (403, 17, &json!("anonymous_write")));
        let (status, code, hallpass) =
            told(&stream, From::User("ben"), Method::PATCH, GENERAL, Some(json!({"set": {"disabled": true}}))).await;
        assert_eq!((status, code, &hallpass["reason"]), (403, 17, &json!("server_only")));
        let (status, code, hallpass) = sending(&stream, From::User("nobody"), json!({"text": "hello"})).await;
        assert_eq!((status, code, &hallpass["reason"]), (403, 17, &json!("unknown_subject")));
        stream.patch("/app", json!({"multi_tenant_enabled": true})).await.ok();
        stream.patch("/users", json!({"users": [{"id": "ben", "set": {"teams": ["red"]}}]})).await.ok();
        let (status, code, hallpass) = sending(&stream, From::User("ben"), json!({"text": "hello"})).await;
        assert_eq!((status, code, &hallpass["reason"]), (403, 17, &json!("team_mismatch")));
        assert_eq!(hallpass["missing"], all_of("create-message"));
    }
}
