//! Messages: what is answered, who may, and what each thing in a message needs.

use axum::http::Method;
use serde_json::{Value, json};

use super::client::{BOTH, Dialect, From, Reply, Stream, error};

const GENERAL: &str = "/channels/messaging/general";
const CID: &str = "messaging:general";

/// Ana owns `general` and is no member, Ben and Cleo are members, Mo moderates it, Dan is a stranger.
pub(crate) async fn general(dialect: Dialect) -> Stream {
    let stream = Stream::with_users(dialect, &["ana", "ben", "cleo", "dan", "mo"]).await;
    stream.channel("messaging", "general", "ana", &["ben", "cleo"]).await;
    stream.post(GENERAL, json!({"add_moderators": ["mo"]})).await.created();
    stream
}

pub(crate) async fn send(stream: &Stream, user: &str, message: Value) -> Reply {
    stream.call(From::User(user), Method::POST, &format!("{GENERAL}/message"), Some(json!({ "message": message }))).await
}

/// Sends a message of this id and text.
pub(crate) async fn say(stream: &Stream, user: &str, id: &str, text: &str) -> Value {
    send(stream, user, json!({"id": id, "text": text})).await.created()["message"].take()
}

pub(crate) async fn call(stream: &Stream, user: &str, method: Method, path: &str, body: Value) -> Reply {
    let body = (!body.is_null()).then_some(body);
    stream.call(From::User(user), method, path, body).await
}

/// The action that a call is refused for.
pub(crate) fn refused_for(reply: Reply) -> Value {
    let action = reply.hallpass()["action"].clone();
    let (status, code, message) = reply.error();
    assert_eq!((status, code), (403, 17), "{message}");
    action
}

/// Replaces grants on messaging.
pub(crate) async fn grant(stream: &Stream, role: &str, permissions: &[&str]) {
    stream.put("/channeltypes/messaging", json!({"grants": {role: permissions}})).await.created();
}

/// The ids of messages.
pub(crate) fn ids(messages: &Value) -> Vec<&str> {
    messages.as_array().unwrap().iter().map(|message| message["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_message_is_answered_with_all_that_sdks_read() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        let sent = stream
            .custom(json!({"id": "m-1", "text": "Hello <all>", "mentioned_users": ["cleo"], "silent": true}), json!({"mood": "good"}));
        let shown = send(&stream, "ben", sent).await.created()["message"].take();
        let user = stream.query(From::Server, "/users", json!({"filter_conditions": {"id": "ben"}})).await.ok()["users"][0]["id"].clone();
        assert_eq!(user, "ben");
        let mut rest = shown.clone();
        let (ben, mentioned) = (rest["user"].take(), rest["mentioned_users"].take());
        assert_eq!((&ben["id"], &ben["role"]), (&json!("ben"), &json!("user")));
        assert_eq!(mentioned.as_array().unwrap().iter().map(|user| user["id"].clone()).collect::<Vec<_>>(), ["cleo"]);
        let expected = json!({
            "id": "m-1", "cid": CID, "type": "regular", "text": "Hello <all>", "html": "<p>Hello &lt;all&gt;</p>\n", "user": null,
            "attachments": [], "mentioned_users": null, "mentioned_here": false, "mentioned_channel": false, "restricted_visibility": [],
            "silent": true, "shadowed": false, "pinned": false, "pinned_at": null, "pin_expires": null, "pinned_by": null, "reply_count": 0,
            "deleted_reply_count": 0, "own_reactions": [], "latest_reactions": [], "reaction_counts": {}, "reaction_scores": {},
            "reaction_groups": {}, "member": {"channel_role": "channel_member", "notifications_muted": false}, "created_at": stream.noon(), "updated_at": stream.noon(),
        });
        assert_eq!(rest, stream.custom(expected, json!({"mood": "good"})));

        let read = call(&stream, "cleo", Method::GET, "/messages/m-1", Value::Null).await.ok()["message"].take();
        assert_eq!(read["channel"]["cid"], CID);
        let mut read = read;
        read.as_object_mut().unwrap().remove("channel");
        assert_eq!(read, shown);
        let state = call(&stream, "cleo", Method::POST, &format!("{GENERAL}/query"), json!({})).await.created();
        assert_eq!(state["messages"], json!([shown]));
        assert_eq!(state["channel"]["last_message_at"], stream.noon());
        let many = call(&stream, "cleo", Method::GET, &format!("{GENERAL}/messages?ids=m-1"), Value::Null).await.ok();
        assert_eq!(many, json!({"messages": [shown]}));
    }
}

#[tokio::test]
async fn who_may_not_post_or_read_is_refused_and_nothing_is_kept() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        assert_eq!(
            send(&stream, "dan", json!({"id": "m-1", "text": "hi"})).await.error(),
            error(
                403,
                17,
                "SendMessage",
                "User 'dan' with roles ['user'] is not allowed to perform action CreateMessage in scope 'messaging'"
            )
        );
        assert_eq!(stream.get("/messages/m-1").await.error(), error(404, 16, "GetMessage", "message 'm-1' does not exist"));
        say(&stream, "ben", "m-2", "hi").await;
        for (path, operation) in [("/messages/m-2", "GetMessage"), ("/channels/messaging/general/messages?ids=m-2", "GetManyMessages")] {
            let text = "User 'dan' with roles ['user'] is not allowed to perform action ReadChannel in scope 'messaging'";
            assert_eq!(call(&stream, "dan", Method::GET, path, Value::Null).await.error(), error(403, 17, operation, text));
        }
        // Who created the channel posts in it, member or not (Stream's permissions reference).
        assert_eq!(say(&stream, "ana", "m-3", "hi").await.get("member"), None);
        let anonymous =
            stream.call(From::Anonymous, Method::POST, &format!("{GENERAL}/message"), Some(json!({"message": {"text": "hi"}}))).await;
        assert_eq!(refused_for(anonymous), "CreateMessage");
        // Nobody writes as somebody else, nor over what somebody wrote.
        let forged = send(&stream, "ben", json!({"text": "hi", "user_id": "ana"})).await;
        assert_eq!(forged.hallpass()["reason"], "user_mismatch");
        assert_eq!(forged.error().1, 17);
        let again = send(&stream, "cleo", json!({"id": "m-2", "text": "mine"})).await;
        assert_eq!(again.error(), error(400, 4, "SendMessage", "message.id: a message with id 'm-2' already exists"));
    }
}

#[tokio::test]
async fn each_thing_in_a_message_needs_its_permission() {
    // docs/stream.md, Which action gates what: what SendMessage checks besides CreateMessage.
    let things = [
        (json!({"text": "see https://example.com"}), "add-links", "AddLinks"),
        (json!({"text": "see example.com"}), "add-links", "AddLinks"),
        (
            json!({"text": "hi", "attachments": [{"type": "image", "image_url": "https://example.com/a.png"}]}),
            "create-attachment",
            "CreateAttachment",
        ),
        (json!({"text": "hi", "mentioned_users": ["cleo"]}), "create-mention", "CreateMention"),
        (json!({"text": "hi", "mentioned_here": true}), "notify-here", "NotifyHere"),
        (json!({"text": "hi", "mentioned_channel": true}), "notify-channel", "NotifyChannel"),
        (json!({"text": "hi", "mentioned_roles": ["admin"]}), "notify-role", "NotifyRole"),
        (json!({"text": "hi", "mentioned_group_ids": ["g"]}), "notify-group", "NotifyGroup"),
        (json!({"text": "hi", "type": "system"}), "create-system-message", "CreateSystemMessage"),
        (
            json!({"text": "hi", "restricted_visibility": ["cleo"]}),
            "create-restricted-visibility-message",
            "CreateRestrictedVisibilityMessage",
        ),
        (json!({"text": "hi", "pinned": true}), "pin-message", "PinMessage"),
        (json!({"shared_location": {"latitude": 1.5, "longitude": 2, "created_by_device_id": "d"}}), "share-location", "ShareLocation"),
    ];
    for dialect in BOTH {
        let stream = general(dialect).await;
        stream.put("/channeltypes/messaging", json!({"shared_locations": true})).await.created();
        for (message, permission, action) in &things {
            grant(&stream, "channel_member", &["create-message"]).await;
            assert_eq!(refused_for(send(&stream, "ben", message.clone()).await), *action, "{message}");
            grant(&stream, "channel_member", &["create-message", permission]).await;
            send(&stream, "ben", message.clone()).await.created();
            grant(&stream, "channel_member", &[permission]).await;
            assert_eq!(refused_for(send(&stream, "ben", message.clone()).await), "CreateMessage", "{message}");
        }
    }
}

#[tokio::test]
async fn frozen_disabled_and_slow_channels_refuse() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        stream.patch(GENERAL, json!({"set": {"frozen": true}})).await.ok();
        let refused = send(&stream, "ben", json!({"text": "hi"})).await;
        assert_eq!(refused.hallpass()["reason"], "frozen");
        assert_eq!(refused_for(refused), "CreateMessage");
        grant(&stream, "channel_member", &["create-message", "use-frozen-channel", "read-channel"]).await;
        send(&stream, "ben", json!({"text": "hi"})).await.created();
        stream.patch(GENERAL, json!({"set": {"frozen": false, "cooldown": 30}})).await.ok();
        let slow = send(&stream, "ben", json!({"text": "hi"})).await;
        assert_eq!(slow.hallpass()["reason"], "slow_mode");
        assert_eq!((slow.error().0, 60), (403, 60));
        // Each waits for themselves, and whoever may skip it does.
        send(&stream, "cleo", json!({"text": "hi"})).await.created();
        send(&stream, "mo", json!({"text": "hi"})).await.created();
        send(&stream, "mo", json!({"text": "hi"})).await.created();
        stream.server.clock.set(hallpass::Timestamp(crate::support::NOON.as_ms() + 30_000));
        send(&stream, "ben", json!({"text": "hi"})).await.created();

        stream.patch(GENERAL, json!({"set": {"disabled": true}})).await.ok();
        let refused = send(&stream, "ana", json!({"text": "hi"})).await;
        assert_eq!(refused.hallpass()["reason"], "disabled");
        assert_eq!(refused_for(refused), "CreateMessage");
        // A disabled channel is listed; its messages are not shown.
        let listed = call(&stream, "ben", Method::POST, "/channels", json!({"filter_conditions": {"cid": CID}})).await.created();
        assert_eq!(listed["channels"][0]["messages"], json!([]));
        grant(&stream, "channel_member", &["read-channel", "read-disabled-channel"]).await;
        let listed = call(&stream, "ben", Method::POST, "/channels", json!({"filter_conditions": {"cid": CID}})).await.created();
        assert_eq!(listed["channels"][0]["messages"].as_array().unwrap().len(), 5);
    }
}

#[tokio::test]
async fn a_window_of_messages_is_before_after_or_around_one() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        for at in 1..=7 {
            stream.server.clock.set(hallpass::Timestamp(crate::support::NOON.as_ms() + at / 3));
            say(&stream, "ben", &format!("m-{at}"), "hi").await;
        }
        let page = async |window: Value| {
            let state = call(&stream, "cleo", Method::POST, &format!("{GENERAL}/query"), json!({ "messages": window })).await.created();
            ids(&state["messages"]).join(" ")
        };
        assert_eq!(page(json!({"limit": 3})).await, "m-5 m-6 m-7");
        assert_eq!(page(json!({"limit": 0})).await, "");
        assert_eq!(page(json!({"limit": 3, "id_lt": "m-5"})).await, "m-2 m-3 m-4");
        assert_eq!(page(json!({"limit": 3, "id_lte": "m-5"})).await, "m-3 m-4 m-5");
        assert_eq!(page(json!({"limit": 2, "id_gt": "m-2"})).await, "m-3 m-4");
        assert_eq!(page(json!({"limit": 2, "id_gte": "m-2"})).await, "m-2 m-3");
        assert_eq!(page(json!({"limit": 5, "id_around": "m-4"})).await, "m-2 m-3 m-4 m-5 m-6");
        // 1 and 2 were sent at noon, 3 to 5 a millisecond later, 6 and 7 another one.
        let at = |ms: u64| format!("2026-11-22T12:00:00.{ms:03}Z");
        assert_eq!(page(json!({"created_at_before": at(1)})).await, "m-1 m-2");
        assert_eq!(page(json!({"created_at_before_or_equal": at(1)})).await, "m-1 m-2 m-3 m-4 m-5");
        assert_eq!(page(json!({"created_at_after": at(1)})).await, "m-6 m-7");
        assert_eq!(page(json!({"created_at_after_or_equal": at(1)})).await, "m-3 m-4 m-5 m-6 m-7");
        let none = call(&stream, "cleo", Method::POST, &format!("{GENERAL}/query"), json!({"messages": {"id_lt": "no"}})).await;
        assert_eq!(none.error(), error(404, 16, "GetOrCreateChannel", "message 'no' does not exist"));
    }
}

#[tokio::test]
async fn input_that_makes_no_message_is_refused_by_name() {
    let stream = general(Dialect::Flat).await;
    let long = "x".repeat(5001);
    for (message, code, text) in [
        (json!({}), 4, "message.text: a message has a text, attachments, a poll, a location or custom fields"),
        (json!({"text": 7}), 4, "message.text: expected a string, got 7"),
        (json!({"text": "hi", "id": "a\nb"}), 4, "message.id: expected 1 to 255 characters, none of them control characters, got 'a\\nb'"),
        (json!({"text": "hi", "type": "ephemeral"}), 4, "message.type: expected regular or system, got \"ephemeral\""),
        (json!({"text": "hi", "mentioned_users": ["nobody"]}), 4, "these users are named and do not exist: [nobody]; create them first"),
        (json!({"text": "hi", "attachments": ["a"]}), 4, "message.attachments[0]: expected an object, got \"a\""),
        (json!({"text": "hi", "parent_id": "no"}), 4, "message.parent_id: there is no message 'no' in this channel"),
        (json!({"text": "hi", "quoted_message_id": "no"}), 4, "message.quoted_message_id: there is no message 'no' in this channel"),
        (json!({"text": "hi", "poll_id": "no"}), 16, "poll 'no' does not exist"),
        (json!({"text": long}), 20, "message text is too long: 5001 characters, at most 5000"),
    ] {
        let (status, found, said) = send(&stream, "ben", message.clone()).await.error();
        let expected = if code == 16 { 404 } else { 400 };
        // Polls are off in `messaging`: the refusal of the feature comes first.
        if message.get("poll_id").is_some() {
            assert_eq!((status, found), (400, 19), "{said}");
        } else {
            assert_eq!((status, found, said), error(expected, code, "SendMessage", text), "{message}");
        }
    }
    let state = stream.post(&format!("{GENERAL}/query"), json!({})).await.created();
    assert_eq!(state["messages"], json!([]));
}

#[tokio::test]
async fn who_may_not_write_does_not_learn_who_exists() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        say(&stream, "ben", "m", "hi").await;
        for mentioned in ["ana", "nobody"] {
            let refused = send(&stream, "dan", json!({"text": "hi", "mentioned_users": [mentioned]})).await;
            assert_eq!(refused_for(refused), "CreateMessage");
            let set = json!({"set": {"mentioned_users": [mentioned]}});
            assert_eq!(refused_for(call(&stream, "cleo", Method::PUT, "/messages/m", set).await), "UpdateMessage");
        }
        assert_eq!(send(&stream, "ben", json!({"text": "hi", "mentioned_users": ["nobody"]})).await.error().0, 400);
    }
}

#[tokio::test]
async fn a_message_of_another_channel_is_not_there() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        stream.channel("messaging", "dans", "ana", &["dan"]).await;
        stream.post("/channels/messaging/dans/message", json!({"message": {"id": "far", "text": "hi", "user_id": "dan"}})).await.created();
        say(&stream, "ben", "m", "hi").await;
        let hidden = json!({"message": {"id": "hidden", "text": "psst", "user_id": "mo", "restricted_visibility": ["mo"]}});
        stream.post(&format!("{GENERAL}/message"), hidden).await.created();
        let post = async |path: &str, body: Value| call(&stream, "ben", Method::POST, &format!("{GENERAL}/{path}"), body).await;
        for id in ["far", "hidden"] {
            let missing = |operation: &str| error(404, 16, operation, &format!("message '{id}' does not exist"));
            for name in ["id_lt", "id_lte", "id_gt", "id_gte", "id_around"] {
                let window = json!({"state": true, "messages": {"limit": 5, name: id}});
                assert_eq!(post("query", window).await.error(), missing("GetOrCreateChannel"));
                let replies = call(&stream, "ben", Method::GET, &format!("/messages/m/replies?{name}={id}"), Value::Null).await;
                assert_eq!(replies.error(), missing("GetReplies"));
            }
            assert_eq!(post("read", json!({"message_id": id})).await.error(), missing("MarkRead"));
            assert_eq!(post("unread", json!({"message_id": id})).await.error(), missing("MarkUnread"));
        }
        post("read", json!({"message_id": "m"})).await.created();
    }
}
