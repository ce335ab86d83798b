//! Many at once: what is counted is counted right, what is there once is there once.

use axum::http::Method;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::client::Dialect;
use super::messages::{call, general, ids, say, send};

const GENERAL: &str = "/channels/messaging/general";

#[tokio::test(flavor = "multi_thread")]
async fn replies_and_reactions_at_once_are_all_counted() {
    let stream = general(Dialect::Flat).await;
    say(&stream, "ben", "m", "lunch?").await;
    let replies = (0..20).map(|at| {
        let stream = &stream;
        async move { send(stream, "cleo", json!({"id": format!("r-{at}"), "text": "yes", "parent_id": "m"})).await.created() }
    });
    let reactions = (0..20).map(|at| {
        let stream = &stream;
        let kind = format!("kind-{at}");
        async move { call(stream, "ben", Method::POST, "/messages/m/reaction", json!({"reaction": {"type": kind}})).await.created() }
    });
    tokio::join!(join_all(replies), join_all(reactions));
    let message = stream.get("/messages/m").await.ok()["message"].take();
    assert_eq!((&message["reply_count"], message["reaction_counts"].as_object().unwrap().len()), (&json!(20), 20));
    let replies = stream.get("/messages/m/replies?limit=100").await.ok();
    assert_eq!(replies["messages"].as_array().unwrap().len(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_messages_with_one_id_one_is_sent() {
    let stream = general(Dialect::Flat).await;
    let sent =
        join_all((0..10).map(|at| {
            let stream = &stream;
            async move {
                send(stream, if at % 2 == 0 { "ben" } else { "cleo" }, json!({"id": "m", "text": at.to_string()})).await.0.status.as_u16()
            }
        }))
        .await;
    assert_eq!((sent.iter().filter(|status| **status == 201).count(), sent.iter().filter(|status| **status == 400).count()), (1, 9));
    let state = stream.post(&format!("{GENERAL}/query"), json!({})).await.created();
    assert_eq!(ids(&state["messages"]), ["m"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_mode_lets_one_through() {
    let stream = general(Dialect::Flat).await;
    stream.patch(GENERAL, json!({"set": {"cooldown": 30}})).await.ok();
    let sent = join_all((0..10).map(|_| {
        let stream = &stream;
        async move { send(stream, "ben", json!({"text": "hi"})).await.0.status.as_u16() }
    }))
    .await;
    assert_eq!((sent.iter().filter(|status| **status == 201).count(), sent.iter().filter(|status| **status == 403).count()), (1, 9));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poll_with_one_vote_of_each_has_one_vote_of_each() {
    let stream = general(Dialect::Flat).await;
    stream.put("/channeltypes/messaging", json!({"polls": true})).await.created();
    let options: Vec<Value> = (0..10).map(|at| json!({"id": format!("o-{at}"), "text": "x"})).collect();
    let poll = json!({"id": "p", "name": "x", "enforce_unique_vote": true, "options": options});
    call(&stream, "ben", Method::POST, "/polls", poll).await.created();
    send(&stream, "ben", json!({"id": "m", "poll_id": "p"})).await.created();
    join_all((0..20).map(|at| {
        let stream = &stream;
        let vote = json!({"vote": {"option_id": format!("o-{}", at % 10)}});
        async move { call(stream, if at < 10 { "ben" } else { "cleo" }, Method::POST, "/messages/m/polls/p/vote", vote).await.created() }
    }))
    .await;
    assert_eq!(stream.get("/polls/p").await.ok()["poll"]["vote_count"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_mode_lets_one_command_through() {
    let stream = general(Dialect::Flat).await;
    for at in 0..10 {
        send(&stream, "ben", json!({"id": format!("g-{at}"), "text": "/giphy cats"})).await.created();
    }
    stream.patch(GENERAL, json!({"set": {"cooldown": 30}})).await.ok();
    let press = json!({"form_data": {"image_action": "send"}});
    let sent = join_all((0..10).map(|at| {
        let (stream, press) = (&stream, press.clone());
        async move { call(stream, "ben", Method::POST, &format!("/messages/g-{at}/action"), press).await.0.status.as_u16() }
    }))
    .await;
    assert_eq!((sent.iter().filter(|status| **status == 201).count(), sent.iter().filter(|status| **status == 403).count()), (1, 9));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_truncated_meanwhile_does_not_come_back() {
    let stream = general(Dialect::Flat).await;
    for at in 0..20 {
        say(&stream, "ben", &format!("m-{at}"), "hi").await;
    }
    let edits = (0..20).map(|at| {
        let stream = &stream;
        async move { call(stream, "ben", Method::PUT, &format!("/messages/m-{at}"), json!({"set": {"text": "ho"}})).await.0.status.as_u16() }
    });
    let truncated = async { stream.post(&format!("{GENERAL}/truncate"), json!({})).await.created() };
    tokio::join!(join_all(edits), truncated);
    for at in 0..20 {
        assert_eq!(stream.get(&format!("/messages/m-{at}")).await.error().1, 16);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poll_that_edits_bring_to_many_channels_is_in_all() {
    let stream = general(Dialect::Flat).await;
    stream.put("/channeltypes/messaging", json!({"polls": true})).await.created();
    stream.post("/polls", json!({"id": "p", "name": "x", "user_id": "ben"})).await.created();
    let users = ["cleo", "dan", "mo"];
    for user in users {
        stream.channel("messaging", user, "ana", &[user]).await;
        let message = json!({"message": {"id": user, "text": "hi", "user_id": "ben"}});
        stream.post(&format!("/channels/messaging/{user}/message"), message).await.created();
    }
    let edits = users.map(|user| {
        let stream = &stream;
        async move { stream.put(&format!("/messages/{user}"), json!({"set": {"poll_id": "p"}})).await.ok() }
    });
    join_all(edits).await;
    for user in users {
        call(&stream, user, Method::GET, "/polls/p", Value::Null).await.ok();
    }
}
