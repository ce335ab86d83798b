//! What is heard of messages, polls and threads, and by whom it is not.

use axum::http::Method;
use serde_json::{Value, json};

use super::client::{BOTH, Dialect, From, Stream};
use super::messages::{call, general, grant, say, send};
use super::socket::{Client, Listening};

const GENERAL: &str = "/channels/messaging/general";

/// Ben and Cleo, both members, are connected and watch.
async fn watched(dialect: Dialect) -> (Stream, Listening, Client, Client) {
    let stream = general(dialect).await;
    stream.put("/channeltypes/messaging", json!({"polls": true})).await.created();
    let at = stream.listen().await;
    let mut clients = Vec::new();
    for user in ["ben", "cleo"] {
        let client = stream.connect(&at, user).await;
        let path = format!("{GENERAL}/query?connection_id={}", client.connection_id);
        call(&stream, user, Method::POST, &path, json!({"watch": true, "state": true})).await.created();
        clients.push(client);
    }
    let cleo = clients.pop().unwrap();
    let mut ben = clients.pop().unwrap();
    // Ben hears that Cleo came to watch.
    ben.so_far().await;
    (stream, at, ben, cleo)
}

fn kinds(list: &[&str]) -> Vec<String> {
    list.iter().map(|kind| (*kind).to_owned()).collect()
}

#[tokio::test]
async fn what_is_not_for_everybody_is_heard_by_those_whom_it_is_for() {
    for dialect in BOTH {
        let (stream, _at, mut ben, mut cleo) = watched(dialect).await;
        let to_cleo = json!({"message": {"id": "r", "text": "psst", "user_id": "mo", "restricted_visibility": ["cleo"]}});
        stream.post(&format!("{GENERAL}/message"), to_cleo).await.created();
        assert_eq!(cleo.until("message.new").await["message"]["text"], "psst");
        assert_eq!(ben.types_so_far().await, kinds(&[]));

        // A command is its author's until they send it.
        send(&stream, "ben", json!({"id": "g", "text": "/giphy cats"})).await.created();
        assert_eq!(ben.until("message.new").await["message"]["type"], "ephemeral");
        assert_eq!(cleo.types_so_far().await, kinds(&[]));
        call(&stream, "ben", Method::POST, "/messages/g/action", json!({"form_data": {"image_action": "send"}})).await.created();
        assert_eq!(cleo.until("message.new").await["message"]["id"], "g");
        ben.so_far().await;

        // Deleting for oneself is heard by oneself.
        call(&stream, "cleo", Method::DELETE, "/messages/g?delete_for_me=true", Value::Null).await.ok();
        let gone = cleo.until("message.deleted").await;
        assert_eq!((&gone["deleted_for_me"], &gone["message"]["type"]), (&json!(true), &json!("deleted")));
        assert_eq!(ben.types_so_far().await, kinds(&[]));

        // The permission is asked when it is told.
        grant(&stream, "user", &["read-restricted-visibility-message", "read-channel"]).await;
        stream.call(From::Server, Method::PUT, "/messages/r", Some(json!({"set": {"text": "hush"}}))).await.ok();
        assert_eq!(ben.until("message.updated").await["message"]["text"], "hush");
        assert_eq!(cleo.until("message.updated").await["message"]["text"], "hush");
    }
}

#[tokio::test]
async fn what_was_refused_is_not_heard() {
    for dialect in BOTH {
        let (stream, _at, mut ben, mut cleo) = watched(dialect).await;
        say(&stream, "ben", "m", "hi").await;
        cleo.until("message.new").await;
        ben.so_far().await;
        send(&stream, "dan", json!({"text": "hi"})).await.error();
        call(&stream, "cleo", Method::DELETE, "/messages/m", Value::Null).await.error();
        call(&stream, "cleo", Method::PUT, "/messages/m", json!({"set": {"text": "x"}})).await.error();
        call(&stream, "dan", Method::POST, "/messages/m/reaction", json!({"reaction": {"type": "like"}})).await.error();
        call(&stream, "ben", Method::POST, &format!("{GENERAL}/truncate"), json!({})).await.error();
        assert_eq!((ben.types_so_far().await, cleo.types_so_far().await), (kinds(&[]), kinds(&[])));
    }
}

#[tokio::test]
async fn polls_threads_and_truncation_are_heard() {
    for dialect in BOTH {
        let (stream, _at, mut ben, mut cleo) = watched(dialect).await;
        let poll = json!({"id": "p", "name": "x", "options": [{"id": "o", "text": "y"}], "voting_visibility": "anonymous"});
        call(&stream, "ben", Method::POST, "/polls", poll).await.created();
        send(&stream, "ben", json!({"id": "m", "poll_id": "p"})).await.created();
        assert_eq!(cleo.until("message.new").await["message"]["poll"]["id"], "p");
        let vote = call(&stream, "cleo", Method::POST, "/messages/m/polls/p/vote", json!({"vote": {"option_id": "o"}})).await.created();
        let heard = ben.until("poll.vote_casted").await;
        // Nobody is told who voted, for nobody may know.
        assert_eq!((&heard["poll_vote"]["option_id"], heard["poll_vote"].get("user_id")), (&json!("o"), None));
        assert_eq!((&heard["poll"]["vote_counts_by_option"], &heard["poll"]["own_votes"]), (&json!({"o": 1}), &json!([])));
        let id = vote["vote"]["id"].as_str().unwrap();
        call(&stream, "cleo", Method::DELETE, &format!("/messages/m/polls/p/vote/{id}"), Value::Null).await.ok();
        assert_eq!(ben.until("poll.vote_removed").await["poll"]["vote_count"], 0);
        call(&stream, "ben", Method::PATCH, "/polls/p", json!({"set": {"name": "z"}})).await.ok();
        assert_eq!(cleo.until("poll.updated").await["poll"]["name"], "z");
        call(&stream, "ben", Method::PATCH, "/polls/p", json!({"set": {"is_closed": true}})).await.ok();
        assert_eq!(cleo.until("poll.closed").await["poll"]["is_closed"], true);
        call(&stream, "ben", Method::DELETE, "/polls/p", Value::Null).await.ok();
        assert_eq!(cleo.until("poll.deleted").await["poll"]["id"], "p");

        send(&stream, "cleo", json!({"id": "r", "text": "hm", "parent_id": "m"})).await.created();
        assert_eq!(ben.until("message.new").await["message"]["parent_id"], "m");
        call(&stream, "ben", Method::PATCH, "/threads/m", json!({"set": {"title": "Polls"}})).await.ok();
        assert_eq!(cleo.until("thread.updated").await["thread"]["title"], "Polls");
        call(&stream, "ana", Method::POST, &format!("{GENERAL}/truncate"), json!({"message": {"text": "gone"}})).await.created();
        let truncated = ben.until("channel.truncated").await;
        assert_eq!((&truncated["message"]["text"], &truncated["user"]["id"]), (&json!("gone"), &json!("ana")));
        assert!(truncated["channel"]["truncated_at"] == stream.noon() && truncated["channel"].get("own_capabilities").is_none());
    }
}
