//! Changing, pinning and deleting messages: whose, by whom, and what stays.

use axum::http::Method;
use serde_json::{Value, json};

use super::client::{BOTH, Dialect, From, error};
use super::messages::{call, general, grant, ids, refused_for, say, send};

const GENERAL: &str = "/channels/messaging/general";

#[tokio::test]
async fn a_whole_update_replaces_and_a_partial_one_patches() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        let sent = stream
            .custom(json!({"id": "m", "text": "Hello", "mentioned_users": ["cleo"]}), json!({"mood": "good", "at": {"city": "Lima"}}));
        send(&stream, "ben", sent).await.created();
        let patched =
            call(&stream, "ben", Method::PUT, "/messages/m", json!({"set": {"text": "Bye", "at.zip": "15"}, "unset": ["mood"]})).await.ok();
        let message = &patched["message"];
        assert_eq!((&message["text"], &message["mentioned_users"][0]["id"]), (&json!("Bye"), &json!("cleo")));
        let custom = |message: &Value| match dialect {
            Dialect::Flat => json!({"at": message["at"], "mood": message["mood"]}),
            Dialect::Prefixed => json!({"at": message["custom"]["at"], "mood": message["custom"]["mood"]}),
        };
        assert_eq!(custom(message), json!({"at": {"city": "Lima", "zip": "15"}, "mood": null}));
        assert_eq!(message["message_text_updated_at"], stream.noon());
        let whole = call(
            &stream,
            "ben",
            Method::POST,
            "/messages/m",
            json!({"message": stream.custom(json!({"text": "Hi"}), json!({"mood": "ok"}))}),
        )
        .await;
        let whole = whole.created();
        assert_eq!((&whole["message"]["text"], &whole["message"]["mentioned_users"]), (&json!("Hi"), &json!([])));
        assert_eq!(custom(&whole["message"]), json!({"at": null, "mood": "ok"}));
        // What a message says of itself when it is sent does not change.
        for name in ["parent_id", "show_in_channel", "id"] {
            let refused = call(&stream, "ben", Method::PUT, "/messages/m", json!({"set": {name: "x"}})).await;
            let text = format!("{name}: is set when a message is sent, and does not change");
            assert_eq!(refused.error(), error(400, 4, "UpdateMessagePartial", &text));
        }
    }
}

#[tokio::test]
async fn messages_belong_to_their_authors() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        say(&stream, "ben", "m", "hi").await;
        let set = json!({"set": {"text": "mine"}});
        assert_eq!(refused_for(call(&stream, "cleo", Method::PUT, "/messages/m", set.clone()).await), "UpdateMessage");
        assert_eq!(refused_for(call(&stream, "cleo", Method::DELETE, "/messages/m", Value::Null).await), "DeleteMessage");
        // Not even the owner of the channel (Stream's permissions reference: a message's owner is its sender).
        assert_eq!(refused_for(call(&stream, "ana", Method::PUT, "/messages/m", set.clone()).await), "UpdateMessage");
        call(&stream, "mo", Method::PUT, "/messages/m", set.clone()).await.ok();
        call(&stream, "ben", Method::PUT, "/messages/m", set.clone()).await.ok();
        grant(&stream, "user", &["delete-message-owner"]).await;
        assert_eq!(refused_for(call(&stream, "ben", Method::PUT, "/messages/m", set).await), "UpdateMessage");
        call(&stream, "ben", Method::DELETE, "/messages/m", Value::Null).await.ok();
        assert_eq!(
            call(&stream, "ben", Method::DELETE, "/messages/m", Value::Null).await.error(),
            error(404, 16, "DeleteMessage", "message 'm' does not exist")
        );
    }
}

#[tokio::test]
async fn an_update_needs_what_it_adds() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        send(&stream, "ben", json!({"id": "m", "text": "see example.com", "mentioned_users": ["cleo"]})).await.created();
        grant(&stream, "channel_member", &["create-message", "read-channel"]).await;
        let set = async |set: Value| call(&stream, "ben", Method::PUT, "/messages/m", json!({ "set": set })).await;
        set(json!({"text": "Look at example.com", "mentioned_users": ["cleo"]})).await.ok();
        assert_eq!(refused_for(set(json!({"text": "example.com, example.org"})).await), "AddLinks");
        assert_eq!(refused_for(set(json!({"mentioned_users": ["cleo", "ana"]})).await), "CreateMention");
        assert_eq!(refused_for(set(json!({"attachments": [{"type": "file"}]})).await), "CreateAttachment");
        assert_eq!(refused_for(set(json!({"type": "system"})).await), "CreateSystemMessage");
        assert_eq!(refused_for(set(json!({"mentioned_here": true})).await), "NotifyHere");
        assert_eq!(refused_for(set(json!({"restricted_visibility": ["cleo"]})).await), "CreateRestrictedVisibilityMessage");
        assert_eq!(refused_for(set(json!({"pinned": true})).await), "PinMessage");
        let read = stream.get("/messages/m").await.ok();
        assert_eq!((&read["message"]["text"], &read["message"]["pinned"]), (&json!("Look at example.com"), &json!(false)));
    }
}

#[tokio::test]
async fn a_pinned_message_stays_editable_by_its_author_and_stays_pinned() {
    // At Stream (GetStream/stream-chat-react#2604) the edit is refused for PinMessage.
    for dialect in BOTH {
        let stream = general(dialect).await;
        grant(&stream, "channel_member", &["create-message", "read-channel"]).await;
        say(&stream, "ben", "m", "hi").await;
        let pinned = call(&stream, "cleo", Method::PUT, "/messages/m", json!({"set": {"pinned": true}})).await;
        assert_eq!(refused_for(pinned), "PinMessage");
        let pinned =
            call(&stream, "mo", Method::PUT, "/messages/m", json!({"set": {"pinned": true, "pin_expires": "2026-11-22T13:00:00Z"}}))
                .await
                .ok();
        assert_eq!((&pinned["message"]["pinned_by"]["id"], &pinned["message"]["pinned_at"]), (&json!("mo"), &stream.noon()));
        for edit in [json!({"text": "ho", "pinned": true}), json!({"text": "hu", "pinned": false}), json!({"text": "hy"})] {
            let edited = call(&stream, "ben", Method::POST, "/messages/m", json!({"message": edit})).await.created();
            assert_eq!((&edited["message"]["text"], &edited["message"]["pinned"]), (&edit["text"], &json!(true)));
        }
        let unpin = call(&stream, "ben", Method::POST, "/messages/m", json!({"message": {"text": "hy", "pinned": false}})).await;
        assert_eq!(refused_for(unpin), "PinMessage");
        let list = call(&stream, "cleo", Method::GET, &format!("{GENERAL}/pinned_messages"), Value::Null).await.ok();
        assert_eq!(ids(&list["messages"]), ["m"]);
        // An hour later the pin has run out.
        stream.server.clock.set(hallpass::Timestamp(crate::support::NOON.as_ms() + 3_600_000));
        let list = call(&stream, "cleo", Method::GET, &format!("{GENERAL}/pinned_messages"), Value::Null).await.ok();
        assert_eq!(list["messages"], json!([]));
        assert_eq!(stream.get("/messages/m").await.ok()["message"]["pinned"], false);
    }
}

#[tokio::test]
async fn deleted_softly_for_good_or_for_oneself() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        for id in ["soft", "hard", "mine"] {
            send(&stream, "ben", json!({"id": id, "text": id, "attachments": [{"type": "file"}]})).await.created();
        }
        let shown = async |user: &str| {
            let state = call(&stream, user, Method::POST, &format!("{GENERAL}/query"), json!({})).await.created();
            let messages = state["messages"].as_array().unwrap().clone();
            messages.iter().map(|one| format!("{} {}", one["id"].as_str().unwrap(), one["type"].as_str().unwrap())).collect::<Vec<_>>()
        };
        let gone = call(&stream, "ben", Method::DELETE, "/messages/soft", Value::Null).await.ok();
        assert_eq!((&gone["message"]["text"], &gone["message"]["attachments"]), (&json!(""), &json!([])));
        call(&stream, "ben", Method::DELETE, "/messages/hard?hard=true", Value::Null).await.ok();
        let for_me = call(&stream, "cleo", Method::DELETE, "/messages/mine?delete_for_me=true", Value::Null).await.ok();
        assert_eq!((&for_me["message"]["type"], &for_me["message"]["deleted_for_me"]), (&json!("deleted"), &json!(true)));
        assert_eq!(shown("ben").await, ["soft deleted", "mine regular"]);
        assert_eq!(shown("cleo").await, ["soft deleted"]);
        assert_eq!(call(&stream, "cleo", Method::GET, "/messages/mine", Value::Null).await.error().1, 16);
        let stranger = call(&stream, "dan", Method::DELETE, "/messages/mine?delete_for_me=true", Value::Null).await;
        assert_eq!(refused_for(stranger), "ReadChannel");
        let both = call(&stream, "ben", Method::DELETE, "/messages/mine?delete_for_me=true&hard=true", Value::Null).await;
        assert_eq!(both.error(), error(400, 4, "DeleteMessage", "hard and delete_for_me exclude each other"));

        // The back end sees what was deleted softly, and takes it back.
        assert_eq!(stream.get("/messages/soft").await.ok()["message"]["text"], "soft");
        let refused = call(&stream, "mo", Method::POST, "/messages/soft/undelete", json!({"undeleted_by": "mo"})).await;
        assert_eq!(refused.hallpass()["reason"], "server_only");
        stream.post("/messages/soft/undelete", json!({"undeleted_by": "mo"})).await.created();
        assert_eq!(shown("cleo").await, ["soft regular"]);
        let twice = stream.post("/messages/soft/undelete", json!({"undeleted_by": "mo"})).await;
        assert_eq!(twice.error(), error(400, 4, "UndeleteMessage", "message 'soft' is not deleted"));
    }
}

#[tokio::test]
async fn restricted_and_ephemeral_messages_are_seen_by_whom_they_are_for() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        let restricted = json!({"message": {"id": "r", "text": "psst", "user_id": "mo", "restricted_visibility": ["cleo"]}});
        stream.post(&format!("{GENERAL}/message"), restricted).await.created();
        let get = async |user: &str, id: &str| call(&stream, user, Method::GET, &format!("/messages/{id}"), Value::Null).await;
        get("cleo", "r").await.ok();
        get("mo", "r").await.ok();
        assert_eq!(refused_for(get("ben", "r").await), "ReadRestrictedVisibilityMessage");
        let quoted = send(&stream, "cleo", json!({"id": "q", "text": "look", "quoted_message_id": "r"})).await.created();
        assert_eq!((&quoted["message"]["quoted_message_id"], quoted["message"].get("quoted_message")), (&json!("r"), None));
        assert_eq!(send(&stream, "ben", json!({"text": "look", "quoted_message_id": "r"})).await.error().1, 4);
        let react = call(&stream, "ben", Method::POST, "/messages/r/reaction", json!({"reaction": {"type": "like"}})).await;
        assert_eq!(refused_for(react), "ReadRestrictedVisibilityMessage");
        grant(&stream, "user", &["read-restricted-visibility-message", "read-channel"]).await;
        get("ben", "r").await.ok();

        let command = send(&stream, "ben", json!({"id": "g", "text": "/giphy cats"})).await.created();
        assert_eq!((&command["message"]["type"], &command["message"]["command"]), (&json!("ephemeral"), &json!("giphy")));
        assert_eq!(get("cleo", "g").await.error().1, 16);
        let run = async |user: &str, action: &str| {
            call(&stream, user, Method::POST, "/messages/g/action", json!({"form_data": {"image_action": action}})).await
        };
        assert_eq!(run("cleo", "send").await.error().1, 16);
        grant(&stream, "channel_member", &["read-channel"]).await;
        assert_eq!(refused_for(run("ben", "send").await), "RunMessageAction");
        grant(&stream, "channel_member", &["read-channel", "run-message-action"]).await;
        assert_eq!(run("ben", "shuffle").await.created()["message"]["type"], "ephemeral");
        // Sending it is posting, with all that stands against that.
        assert_eq!(refused_for(run("ben", "send").await), "CreateMessage");
        grant(&stream, "channel_member", &["read-channel", "run-message-action", "create-message"]).await;
        stream.patch(GENERAL, json!({"set": {"frozen": true}})).await.ok();
        assert_eq!(run("ben", "send").await.hallpass()["reason"], "frozen");
        stream.patch(GENERAL, json!({"set": {"frozen": false}})).await.ok();
        assert_eq!(run("ben", "send").await.created()["message"]["type"], "regular");
        get("cleo", "g").await.ok();
    }
}

#[tokio::test]
async fn a_channel_that_is_truncated_deleted_or_made_again_has_no_messages() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        let shown = async || {
            let state = stream.post(&format!("{GENERAL}/query"), json!({"data": {"created_by_id": "ana"}})).await.created();
            (ids(&state["messages"]).join(" "), state["channel"]["last_message_at"].clone())
        };
        let fill = async || {
            say(&stream, "ana", "m-1", "hi").await;
            send(&stream, "ana", json!({"id": "m-2", "text": "ho", "parent_id": "m-1"})).await.created();
            call(&stream, "ana", Method::POST, "/messages/m-2/reaction", json!({"reaction": {"type": "like"}})).await.created();
        };
        fill().await;
        let truncate = async |user: &str, body: Value| call(&stream, user, Method::POST, &format!("{GENERAL}/truncate"), body).await;
        assert_eq!(refused_for(truncate("ben", json!({})).await), "TruncateChannel");
        assert_eq!(shown().await, ("m-1".to_owned(), stream.noon()));
        let done = truncate("ana", json!({})).await.created();
        assert_eq!((&done["channel"]["cid"], &done["channel"]["truncated_at"]), (&json!("messaging:general"), &stream.noon()));
        assert_eq!(shown().await, (String::new(), Value::Null));
        for id in ["m-1", "m-2"] {
            assert_eq!(stream.get(&format!("/messages/{id}")).await.error().1, 16);
        }
        fill().await;
        let said = truncate("ana", json!({"message": {"id": "m-3", "text": "gone"}})).await.created();
        assert_eq!((&said["message"]["type"], &said["message"]["user"]["id"]), (&json!("system"), &json!("ana")));
        assert_eq!(shown().await, ("m-3".to_owned(), stream.noon()));
        let refused = truncate("ana", json!({"message": {"id": "m-3", "text": "again"}})).await;
        assert_eq!(refused.error(), error(400, 4, "TruncateChannel", "message.id: a message with id 'm-3' already exists"));

        fill().await;
        stream.delete(GENERAL).await.ok();
        assert_eq!(stream.get("/messages/m-1").await.error().1, 16);
        assert_eq!(shown().await, (String::new(), Value::Null));
        stream.post(GENERAL, json!({"add_members": ["ana"]})).await.created();
        fill().await;
        stream.delete(&format!("{GENERAL}?hard_delete=true")).await.ok();
        assert_eq!(shown().await, (String::new(), Value::Null));
    }
}

#[tokio::test]
async fn a_change_of_a_channel_can_come_with_a_message() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        let post = async |user: &str, body: Value| call(&stream, user, Method::POST, GENERAL, body).await;
        let leave = json!({"remove_members": ["ben"], "message": {"id": "bye", "text": "Ben left"}});
        let left = post("ben", leave).await.created();
        assert_eq!(
            (&left["message"]["type"], &left["message"]["text"], &left["message"]["user"]["id"]),
            (&json!("system"), &json!("Ben left"), &json!("ben"))
        );
        assert_eq!(ids(&stream.post(&format!("{GENERAL}/query"), json!({})).await.created()["messages"]), ["bye"]);
        // Nothing changes, so nothing but the message is asked for: it takes what posting takes.
        assert_eq!(refused_for(post("dan", json!({"message": {"text": "hi"}})).await), "CreateMessage");
        grant(&stream, "channel_member", &["create-message"]).await;
        assert_eq!(refused_for(post("cleo", json!({"message": {"text": "see example.com"}})).await), "AddLinks");
        // What else a message can carry is left out.
        let smuggled =
            json!({"text": "hi", "attachments": [{"type": "file"}], "mentioned_users": ["ana"], "mentioned_here": true, "pinned": true});
        let said = post("cleo", json!({"message": smuggled})).await.created()["message"].take();
        assert_eq!(
            (&said["attachments"], &said["mentioned_users"], &said["mentioned_here"], &said["pinned"]),
            (&json!([]), &json!([]), &json!(false), &json!(false))
        );
    }
}

#[tokio::test]
async fn ids_of_one_app_mean_nothing_in_another() {
    let stream = general(Dialect::Flat).await;
    say(&stream, "ben", "m", "hi").await;
    let made = stream.server.post("/v1/apps", stream.server.root_key(), &json!({"id": "other", "profile": "stream"})).await.json();
    let keys = |name: &str| made[name].as_str().unwrap().to_owned();
    let key = jsonwebtoken::EncodingKey::from_secret(keys("api_secret").as_bytes());
    let token = jsonwebtoken::encode(&jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256), &json!({"server": true}), &key).unwrap();
    let uri = format!("/messages/m?api_key={}", keys("api_key"));
    assert_eq!(stream.send(From::Token(&token), Method::GET, &uri, None).await.error().1, 16);
}
