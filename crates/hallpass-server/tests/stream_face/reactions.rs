//! Reactions and threads.

use axum::http::Method;
use serde_json::{Value, json};

use super::client::{BOTH, error};
use super::messages::{call, general, grant, ids, refused_for, say, send};

#[tokio::test]
async fn reactions_are_counted_by_type_and_belong_to_who_reacts() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        say(&stream, "ben", "m", "cake").await;
        let react = async |user: &str, body: Value| call(&stream, user, Method::POST, "/messages/m/reaction", body).await;
        let first =
            react("cleo", json!({"reaction": stream.custom(json!({"type": "like", "score": 3}), json!({"via": "phone"}))})).await.created();
        let mut reaction = first["reaction"].clone();
        assert_eq!(reaction["user"].take()["id"], "cleo");
        let expected = json!({"message_id": "m", "type": "like", "user_id": "cleo", "user": null, "score": 3, "created_at": stream.noon(), "updated_at": stream.noon()});
        assert_eq!(reaction, stream.custom(expected, json!({"via": "phone"})));
        let message = &first["message"];
        assert_eq!((&message["reaction_counts"], &message["reaction_scores"]), (&json!({"like": 1}), &json!({"like": 3})));
        assert_eq!(message["own_reactions"], message["latest_reactions"]);
        let groups = &message["reaction_groups"]["like"];
        assert_eq!((&groups["count"], &groups["sum_scores"], &groups["first_reaction_at"]), (&json!(1), &json!(3), &stream.noon()));

        react("ben", json!({"reaction": {"type": "like"}})).await.created();
        react("ben", json!({"reaction": {"type": "like", "score": 2}})).await.created();
        let unique = react("ben", json!({"reaction": {"type": "love"}, "enforce_unique": true})).await.created();
        assert_eq!(
            (&unique["message"]["reaction_counts"], &unique["message"]["reaction_scores"]),
            (&json!({"like": 1, "love": 1}), &json!({"like": 3, "love": 1}))
        );
        let listed = call(&stream, "ben", Method::GET, "/messages/m/reactions?limit=1", Value::Null).await.ok();
        assert_eq!(listed["reactions"].as_array().unwrap().len(), 1);
        let query = json!({"filter": {"user_id": "cleo"}, "limit": 5});
        let found = call(&stream, "ben", Method::POST, "/messages/m/reactions", query).await.created();
        assert_eq!(found["reactions"], json!([first["reaction"]]));
        assert_eq!(found.get("next"), None);

        assert_eq!(refused_for(react("dan", json!({"reaction": {"type": "like"}})).await), "CreateReaction");
        let delete =
            async |user: &str, path: &str| call(&stream, user, Method::DELETE, &format!("/messages/m/reaction/{path}"), Value::Null).await;
        // docs/stream.md, Reactions: a reaction belongs to its author.
        assert_eq!(refused_for(delete("ben", "like?user_id=cleo").await), "DeleteReaction");
        assert_eq!(
            delete("ben", "like").await.error(),
            error(404, 16, "DeleteReaction", "user 'ben' has no reaction 'like' to message 'm'")
        );
        assert_eq!(delete("mo", "like?user_id=cleo").await.ok()["message"]["reaction_counts"], json!({"love": 1}));
        let last = delete("ben", "love").await.ok();
        assert_eq!((&last["message"]["reaction_counts"], &last["message"]["latest_reactions"]), (&json!({}), &json!([])));

        stream.patch("/channels/messaging/general", json!({"set": {"frozen": true}})).await.ok();
        let frozen = react("ben", json!({"reaction": {"type": "like"}})).await;
        assert_eq!(frozen.hallpass()["reason"], "frozen");
        stream.patch("/channels/messaging/general", json!({"set": {"frozen": false}})).await.ok();
        stream.put("/channeltypes/messaging", json!({"reactions": false})).await.created();
        let off = react("ben", json!({"reaction": {"type": "like"}})).await;
        assert_eq!(off.error(), error(400, 19, "SendReaction", "reactions is switched off for this channel"));
    }
}

#[tokio::test]
async fn replies_hang_on_their_message_and_are_counted() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        say(&stream, "ben", "m", "lunch?").await;
        for (user, id, shown) in [("cleo", "r-1", false), ("mo", "r-2", true), ("cleo", "r-3", false)] {
            let reply = send(&stream, user, json!({"id": id, "text": "yes", "parent_id": "m", "show_in_channel": shown})).await.created();
            assert_eq!((&reply["message"]["type"], &reply["message"]["parent_id"]), (&json!("reply"), &json!("m")));
        }
        let replies = async |query: &str| {
            let answer = call(&stream, "ben", Method::GET, &format!("/messages/m/replies{query}"), Value::Null).await.ok();
            ids(&answer["messages"]).join(" ")
        };
        assert_eq!(replies("").await, "r-1 r-2 r-3");
        assert_eq!(replies("?limit=1").await, "r-3");
        assert_eq!(replies("?limit=1&id_lt=r-3").await, "r-2");
        let state = stream.post("/channels/messaging/general/query", json!({})).await.created();
        assert_eq!(ids(&state["messages"]), ["m", "r-2"]);
        let people =
            state["messages"][0]["thread_participants"].as_array().unwrap().iter().map(|user| user["id"].clone()).collect::<Vec<_>>();
        assert_eq!((&state["messages"][0]["reply_count"], people), (&json!(3), vec![json!("cleo"), json!("mo")]));
        let deeper = send(&stream, "cleo", json!({"text": "hm", "parent_id": "r-1"})).await;
        assert_eq!(deeper.error(), error(400, 21, "SendMessage", "message 'r-1' is a reply itself: replies do not nest"));

        call(&stream, "cleo", Method::DELETE, "/messages/r-1", Value::Null).await.ok();
        call(&stream, "cleo", Method::DELETE, "/messages/r-3?hard=true", Value::Null).await.ok();
        let read = stream.get("/messages/m").await.ok();
        assert_eq!((&read["message"]["reply_count"], &read["message"]["deleted_reply_count"]), (&json!(1), &json!(1)));
        // A command in a thread counts once it is sent.
        send(&stream, "cleo", json!({"id": "g", "text": "/giphy cats", "parent_id": "m"})).await.created();
        assert_eq!(stream.get("/messages/m").await.ok()["message"]["reply_count"], 1);
        call(&stream, "cleo", Method::POST, "/messages/g/action", json!({"form_data": {"image_action": "send"}})).await.created();
        assert_eq!(stream.get("/messages/m").await.ok()["message"]["reply_count"], 2);
        call(&stream, "mo", Method::DELETE, "/messages/m?hard=true", Value::Null).await.ok();
        assert_eq!(stream.get("/messages/r-2").await.error().1, 16);
        stream.put("/channeltypes/messaging", json!({"replies": false})).await.created();
        say(&stream, "ben", "n", "dinner?").await;
        let off = send(&stream, "cleo", json!({"text": "yes", "parent_id": "n"})).await;
        assert_eq!(off.error(), error(400, 19, "SendMessage", "replies is switched off for this channel"));
    }
}

#[tokio::test]
async fn a_thread_belongs_to_who_started_it() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        say(&stream, "ben", "m", "lunch?").await;
        let get = async |user: &str| call(&stream, user, Method::GET, "/threads/m", Value::Null).await;
        assert_eq!(get("ben").await.error(), error(404, 16, "GetThread", "message 'm' has no replies, so there is no thread"));
        send(&stream, "cleo", json!({"id": "r", "text": "yes", "parent_id": "m"})).await.created();
        let thread = get("ben").await.ok()["thread"].take();
        assert_eq!((&thread["parent_message_id"], &thread["channel_cid"]), (&json!("m"), &json!("messaging:general")));
        assert_eq!(
            (&thread["created_by_user_id"], &thread["reply_count"], &thread["participant_count"]),
            (&json!("ben"), &json!(1), &json!(2))
        );
        assert_eq!(ids(&thread["latest_replies"]), ["r"]);
        assert_eq!(refused_for(get("dan").await), "ReadChannel");

        let set = stream.custom(json!({"title": "Food"}), json!({"kind": "meal"}));
        let patch = async |user: &str| call(&stream, user, Method::PATCH, "/threads/m", json!({ "set": set })).await;
        assert_eq!(refused_for(patch("cleo").await), "UpdateThread");
        assert_eq!(patch("ben").await.ok()["thread"]["title"], "Food");
        patch("mo").await.ok();
        let reserved = call(&stream, "ben", Method::PATCH, "/threads/m", json!({"set": {"reply_count": 9}})).await;
        assert_eq!(reserved.error(), error(400, 4, "UpdateThreadPartial", "reply_count: is only shown, and does not change"));

        let threads = async |user: &str| {
            let answer = call(&stream, user, Method::POST, "/threads", json!({})).await.created();
            answer["threads"]
                .as_array()
                .unwrap()
                .iter()
                .map(|thread| thread["parent_message_id"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            (threads("ben").await, threads("cleo").await, threads("mo").await),
            (vec!["m".to_owned()], vec!["m".to_owned()], vec![])
        );
        grant(&stream, "channel_member", &["create-message"]).await;
        assert_eq!(threads("cleo").await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn search_looks_where_one_may_read() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        stream.channel("messaging", "secret", "ana", &["ana"]).await;
        for (user, id, text) in [("ben", "m-1", "red apples"), ("cleo", "m-2", "green pears"), ("ben", "m-3", "red pears")] {
            say(&stream, user, id, text).await;
        }
        call(&stream, "cleo", Method::DELETE, "/messages/m-2", Value::Null).await.ok();
        let search = async |user: &str, payload: Value| stream.query(super::client::From::User(user), "/search", payload).await;
        let found = async |payload: Value| {
            let answer = search("ben", payload).await.ok();
            answer["results"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["message"]["id"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
                .join(" ")
        };
        let here = json!({"cid": "messaging:general"});
        assert_eq!(found(json!({"filter_conditions": here, "query": "pears"})).await, "m-3");
        assert_eq!(found(json!({"filter_conditions": here, "message_filter_conditions": {"user.id": "ben"}, "sort": [{"field": "id", "direction": 1}]})).await, "m-1 m-3");
        let first = search("ben", json!({"filter_conditions": here, "query": "red", "limit": 1})).await.ok();
        let next = first["next"].as_str().unwrap();
        assert_eq!(
            found(json!({"filter_conditions": here, "query": "red", "limit": 1, "next": next, "sort": []})).await.split(' ').count(),
            1
        );
        let elsewhere = search("ben", json!({"filter_conditions": {"type": "messaging"}, "query": "red"})).await;
        assert_eq!(refused_for(elsewhere), "ReadChannel");
        let neither = search("ben", json!({"filter_conditions": here})).await;
        assert_eq!(neither.error(), error(400, 4, "Search", "one of query and message_filter_conditions is required"));
        stream.put("/channeltypes/messaging", json!({"search": false})).await.created();
        let off = search("ben", json!({"filter_conditions": here, "query": "red"})).await;
        assert_eq!(off.error(), error(400, 19, "Search", "search is switched off for this channel"));
    }
}

#[tokio::test]
async fn replies_that_were_never_counted_are_not_taken_off() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        say(&stream, "ben", "m", "hi").await;
        let reply = async |id: &str, text: &str| send(&stream, "cleo", json!({"id": id, "text": text, "parent_id": "m"})).await;
        let counts = async || {
            let message = stream.get("/messages/m").await.ok()["message"].take();
            (message["reply_count"].as_u64().unwrap(), message["deleted_reply_count"].as_u64().unwrap())
        };
        reply("seen", "hi").await.created();
        reply("command", "/giphy cats").await.created();
        stream.post("/blocklists", json!({"name": "rude", "words": ["darn"]})).await.created();
        stream.put("/channeltypes/messaging", json!({"blocklist": "rude", "blocklist_behavior": "shadow_block"})).await.created();
        for id in ["shadowed", "released"] {
            reply(id, "darn").await.created();
        }
        assert_eq!(counts().await, (1, 0));
        for (id, hard) in [("command", false), ("shadowed", false), ("shadowed", true)] {
            stream.delete(&format!("/messages/{id}?hard={hard}")).await.ok();
            assert_eq!(counts().await, (1, 0), "{id} {hard}");
        }
        // Let through, it is counted, and from then on taken off.
        call(&stream, "mo", Method::POST, "/moderation/unblock_message", json!({"target_message_id": "released"})).await.created();
        assert_eq!(counts().await, (2, 0));
        stream.delete("/messages/released").await.ok();
        assert_eq!(counts().await, (1, 1));
        stream.post("/messages/released/undelete", json!({"undeleted_by": "mo"})).await.created();
        assert_eq!(counts().await, (2, 0));
        // So are those that go with a ban.
        let ban = json!({"target_user_id": "cleo", "banned_by_id": "mo", "delete_messages": "soft"});
        stream.post("/moderation/ban", ban).await.created();
        assert_eq!(counts().await, (0, 2));
    }
}
