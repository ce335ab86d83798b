//! Hidden channels, read and unread. docs/stream.md, Which action gates what: they take no permission but to read the channel.

use axum::http::Method;
use hallpass::Timestamp;
use serde_json::{Value, json};

use super::client::{BOTH, Dialect, From, Reply, Stream};
use crate::support::NOON;

const GENERAL: &str = "/channels/messaging/general";

async fn general(dialect: Dialect) -> Stream {
    let stream = Stream::with_users(dialect, &["ana", "ben", "dan"]).await;
    stream.channel("messaging", "general", "ana", &["ana", "ben"]).await;
    stream
}

async fn post(stream: &Stream, user: &str, path: &str, body: Value) -> Reply {
    stream.call(From::User(user), Method::POST, path, Some(body)).await
}

/// A minute later each time, so that messages come one after the other.
async fn say(stream: &Stream, minute: u64, user: &str) -> String {
    stream.server.clock.set(Timestamp::from_ms(NOON.as_ms() + minute * 60_000));
    let sent = post(stream, user, &format!("{GENERAL}/message"), json!({"message": {"text": "hello"}})).await.created();
    sent["message"]["id"].as_str().unwrap().to_owned()
}

async fn mine(stream: &Stream, more: Value) -> usize {
    let mut filter = json!({"members": {"$in": ["ben"]}});
    filter.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    let found = post(stream, "ben", "/channels", json!({"filter_conditions": filter})).await.created();
    found["channels"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_hidden_channel_comes_back_with_the_next_message() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        say(&stream, 1, "ana").await;
        stream.server.clock.set(Timestamp::from_ms(NOON.as_ms() + 2 * 60_000));
        post(&stream, "ben", &format!("{GENERAL}/hide"), json!({"clear_history": true})).await.created();
        assert_eq!((mine(&stream, json!({})).await, mine(&stream, json!({"hidden": true})).await), (0, 1));
        let state = post(&stream, "ben", &format!("{GENERAL}/query"), json!({"state": true})).await.created();
        assert_eq!((&state["channel"]["hidden"], &state["messages"]), (&json!(true), &json!([])));
        // For Ana it never was.
        let state = post(&stream, "ana", &format!("{GENERAL}/query"), json!({"state": true})).await.created();
        assert_eq!((&state["channel"]["hidden"], state["messages"].as_array().unwrap().len()), (&json!(false), 1));
        say(&stream, 3, "ana").await;
        assert_eq!(mine(&stream, json!({})).await, 1);
        let state = post(&stream, "ben", &format!("{GENERAL}/query"), json!({"state": true})).await.created();
        assert_eq!((&state["channel"]["hidden"], state["messages"].as_array().unwrap().len()), (&json!(false), 1));

        post(&stream, "ben", &format!("{GENERAL}/hide"), json!({})).await.created();
        post(&stream, "ben", &format!("{GENERAL}/show"), json!({})).await.created();
        assert_eq!(mine(&stream, json!({})).await, 1);
        let refused = post(&stream, "dan", &format!("{GENERAL}/hide"), json!({})).await;
        assert_eq!(refused.hallpass()["action"], "ReadChannel");
    }
}

#[tokio::test]
async fn unread_messages_are_counted_until_they_are_read() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        say(&stream, 1, "ana").await;
        let second = say(&stream, 2, "ana").await;
        say(&stream, 3, "ben").await;
        let unread = async |user| {
            let counts = stream.call(From::User(user), Method::GET, "/unread", None).await.ok();
            counts["total_unread_count"].as_u64().unwrap()
        };
        assert_eq!((unread("ben").await, unread("ana").await), (2, 1));
        let read = post(&stream, "ben", &format!("{GENERAL}/read"), json!({})).await.created();
        assert_eq!(read["event"]["type"], "message.read");
        assert_eq!(read["event"]["cid"], "messaging:general");
        assert_eq!(read["event"]["user"]["id"], "ben");
        assert_eq!(unread("ben").await, 0);
        post(&stream, "ben", &format!("{GENERAL}/unread"), json!({"message_id": second})).await.created();
        assert_eq!(unread("ben").await, 1);
        let state = post(&stream, "ben", &format!("{GENERAL}/query"), json!({"state": true})).await.created();
        let of_ben = state["read"].as_array().unwrap().iter().find(|read| read["user"]["id"] == "ben").cloned().unwrap();
        assert_eq!(of_ben["unread_messages"], 1);
        post(&stream, "ben", "/channels/read", json!({})).await.created();
        assert_eq!(unread("ben").await, 0);

        assert_eq!(post(&stream, "dan", &format!("{GENERAL}/read"), json!({})).await.hallpass()["action"], "ReadChannel");
        stream.put("/channeltypes/messaging", json!({"read_events": false})).await.created();
        assert_eq!(post(&stream, "ben", &format!("{GENERAL}/read"), json!({})).await.error().1, 19);
    }
}
