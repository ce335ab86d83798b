//! Queries: users, channels, members.

use axum::http::Method;
use serde_json::{Value, json};

use super::client::{BOTH, From, Stream, error};

async fn crowd(dialect: super::client::Dialect) -> Stream {
    let stream = Stream::new(dialect).await;
    let user = |id: &str, name: &str, age: u64| stream.custom(json!({"id": id, "name": name}), json!({"age": age}));
    let users = json!({"users": {"ana": user("ana", "Ana Maria", 31), "ben": user("ben", "Ben", 25), "cleo": user("cleo", "Cleo", 25)}});
    stream.post("/users", users).await.created();
    stream.patch("/users", json!({"users": [{"id": "ben", "set": {"role": "admin"}}]})).await.ok();
    stream
}

fn ids(answer: &Value, list: &str, pointer: &str) -> Vec<String> {
    let items = answer[list].as_array().unwrap();
    items.iter().map(|item| item.pointer(pointer).unwrap().as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn users_by_filter_sort_and_page() {
    for dialect in BOTH {
        let stream = crowd(dialect).await;
        let query = async |payload: Value| ids(&stream.query(From::Server, "/users", payload).await.ok(), "users", "/id");
        let by_id = json!([{"field": "id", "direction": 1}]);
        for (filter, expected) in [
            (json!({}), vec!["ana", "ben", "cleo"]),
            (json!([]), vec!["ana", "ben", "cleo"]),
            (json!({"id": {"$in": ["cleo", "ana", "nobody"]}}), vec!["ana", "cleo"]),
            (json!({"role": "admin"}), vec!["ben"]),
            (json!({"name": {"$autocomplete": "mar"}}), vec!["ana"]),
            (json!({"age": {"$lt": 30}}), vec!["ben", "cleo"]),
            (json!({"$or": [{"id": "ana"}, {"name": "Cleo"}]}), vec!["ana", "cleo"]),
            (json!({"id": {"$nin": ["ben"]}, "age": {"$gte": 25}}), vec!["ana", "cleo"]),
            (json!({"created_at": {"$gt": "2030-01-01T00:00:00Z"}}), vec![]),
        ] {
            assert_eq!(query(json!({"filter_conditions": filter, "sort": by_id, "presence": false})).await, expected, "{filter}");
        }
        let sort = json!([{"field": "age", "direction": -1}, {"field": "id", "direction": -1}]);
        assert_eq!(query(json!({"filter_conditions": {}, "sort": sort, "limit": 2, "offset": 1})).await, ["cleo", "ben"]);
        assert_eq!(query(json!({"filter_conditions": {}, "sort": by_id, "id_gt": "ana", "limit": null})).await, ["ben", "cleo"]);
        let refused = async |payload: Value| stream.query(From::Server, "/users", payload).await.error();
        assert_eq!(refused(json!({"filter_conditions": {"id": {"$like": "a"}}})).await.1, 4);
        assert_eq!(refused(json!({"filter_conditions": {}, "limit": 101})).await.1, 4);
        let broken = stream.call(From::Server, Method::GET, "/users?payload=%7B", None).await.error();
        assert_eq!((broken.0, broken.1), (400, 4));
    }
}

#[tokio::test]
async fn a_user_queries_users_where_the_role_may() {
    for dialect in BOTH {
        let stream = crowd(dialect).await;
        let query = async |user: &str| stream.query(From::User(user), "/users", json!({"filter_conditions": {}})).await;
        assert_eq!(query("ana").await.ok()["users"].as_array().unwrap().len(), 3);
        stream.patch("/app", json!({"grants": {"user": ["search-user-owner"]}})).await.ok();
        assert_eq!(ids(&query("ana").await.ok(), "users", "/id"), ["ana"]);
        stream.patch("/app", json!({"grants": {"user": []}})).await.ok();
        let refused = query("ana").await;
        assert_eq!(refused.hallpass()["remedy"], "grant 'search-user' to role 'user' at '.app'");
        assert_eq!(
            refused.error(),
            error(403, 17, "QueryUsers", "User 'ana' with role 'user' is not allowed to perform action SearchUser")
        );
        let anonymous = stream.query(From::Anonymous, "/users", json!({"filter_conditions": {}})).await.error();
        assert_eq!((anonymous.0, anonymous.1), (403, 17));
    }
}

#[tokio::test]
async fn channels_by_filter_sort_and_page() {
    for dialect in BOTH {
        let stream = crowd(dialect).await;
        for (channel_type, id, owner, members) in [
            ("messaging", "one", "ana", vec!["ana", "ben"]),
            ("messaging", "two", "ben", vec!["ben"]),
            ("team", "three", "ana", vec!["ana", "ben", "cleo"]),
        ] {
            stream.channel(channel_type, id, owner, &members).await;
        }
        stream.patch("/channels/messaging/two", json!({"set": {"color": "red", "frozen": true}})).await.ok();
        stream.channel("messaging", "gone", "ana", &["ana"]).await;
        stream.delete("/channels/messaging/gone").await.ok();
        let query = async |body: Value| ids(&stream.post("/channels", body).await.created(), "channels", "/channel/cid");
        let by_id = json!([{"field": "cid", "direction": 1}]);
        for (filter, expected) in [
            (json!({}), vec!["messaging:one", "messaging:two", "team:three"]),
            (json!({"type": "messaging"}), vec!["messaging:one", "messaging:two"]),
            (json!({"type": "messaging", "id": {"$in": ["one", "three"]}}), vec!["messaging:one"]),
            (json!({"cid": {"$in": ["team:three", "team:none", "broken"]}}), vec!["team:three"]),
            (json!({"members": {"$in": ["cleo"]}}), vec!["team:three"]),
            (json!({"members": {"$in": ["ana", "cleo"]}, "type": "messaging"}), vec!["messaging:one"]),
            (json!({"members": {"$eq": ["ben", "ana"]}}), vec!["messaging:one"]),
            (json!({"members": {"$nin": ["ana"]}}), vec!["messaging:two"]),
            (json!({"created_by_id": "ana", "member_count": {"$gt": 2}}), vec!["team:three"]),
            (json!({"color": "red"}), vec!["messaging:two"]),
            (json!({"frozen": false}), vec!["messaging:one", "team:three"]),
        ] {
            assert_eq!(query(json!({"filter_conditions": filter, "sort": by_id})).await, expected, "{filter}");
        }
        assert_eq!(query(json!({"filter_conditions": {}, "sort": by_id, "limit": 1, "offset": 1})).await, ["messaging:two"]);
        let joined = json!({"filter_conditions": {"joined": true}, "sort": by_id, "user_id": "ana"});
        assert_eq!(query(joined).await, ["messaging:one", "team:three"]);
        assert_eq!(stream.post("/channels", json!({"limit": 31})).await.error().1, 4);

        let limited = stream.post("/channels", json!({"filter_conditions": {"cid": "team:three"}, "member_limit": 1})).await.created();
        let state = &limited["channels"][0];
        assert_eq!(state["members"].as_array().unwrap().len(), 1);
        for list in ["messages", "pinned_messages", "threads"] {
            assert_eq!(state[list], json!([]));
        }
    }
}

#[tokio::test]
async fn one_unreadable_channel_spoils_the_query() {
    for dialect in BOTH {
        let stream = crowd(dialect).await;
        stream.channel("messaging", "one", "ana", &["ana", "cleo"]).await;
        stream.channel("messaging", "two", "ben", &["ben"]).await;
        let query = async |filter: Value| {
            let body = json!({"filter_conditions": filter});
            stream.call(From::User("cleo"), Method::POST, "/channels", Some(body)).await
        };
        let mine = query(json!({"members": {"$in": ["cleo"]}})).await.created();
        assert_eq!(ids(&mine, "channels", "/channel/cid"), ["messaging:one"]);
        assert_eq!(mine["channels"][0]["membership"]["user_id"], "cleo");
        let refused = query(json!({"type": "messaging"})).await;
        // Which one is told only to who named it.
        assert_eq!(refused.hallpass(), json!({"reason": "condition_failed", "action": "ReadChannel"}));
        let named = query(json!({"cid": {"$in": ["messaging:one", "messaging:two"]}})).await;
        assert_eq!(named.hallpass()["channels"], json!(["messaging:two"]));
        assert_eq!(named.hallpass()["remedy"], "grant 'read-channel' to role 'user' in channel 'messaging:two'");
        assert_eq!(
            refused.error(),
            error(
                403,
                70,
                "QueryChannels",
                "User 'cleo' with roles ['user'] is not allowed to perform action ReadChannel in scope 'messaging'"
            )
        );
    }
}

#[tokio::test]
async fn members_by_filter_sort_and_page() {
    for dialect in BOTH {
        let stream = crowd(dialect).await;
        stream.channel("messaging", "general", "ana", &["ana", "ben"]).await;
        stream.post("/channels/messaging/general", json!({"invites": [{"user_id": "cleo"}], "add_moderators": ["ben"]})).await.created();
        let payload = |filter: Value| json!({"type": "messaging", "id": "general", "filter_conditions": filter, "sort": [{"field": "user_id", "direction": 1}]});
        let query = async |filter: Value| ids(&stream.query(From::Server, "/members", payload(filter)).await.ok(), "members", "/user_id");
        for (filter, expected) in [
            (json!({}), vec!["ana", "ben", "cleo"]),
            (json!({"id": {"$in": ["ben", "nobody"]}}), vec!["ben"]),
            (json!({"user_id": "ana"}), vec!["ana"]),
            (json!({"channel_role": "channel_moderator"}), vec!["ben"]),
            (json!({"is_moderator": false}), vec!["ana", "cleo"]),
            (json!({"invite": "pending"}), vec!["cleo"]),
            (json!({"joined": true}), vec!["ana", "ben"]),
            (json!({"name": {"$q": "ana"}}), vec!["ana"]),
            (json!({"banned": true}), vec![]),
        ] {
            assert_eq!(query(filter.clone()).await, expected, "{filter}");
        }
        let mut page = payload(json!({}));
        page["limit"] = json!(1);
        page["user_id_gt"] = json!("ana");
        assert_eq!(ids(&stream.query(From::Server, "/members", page).await.ok(), "members", "/user_id"), ["ben"]);

        let ask = async |from, payload| stream.query(from, "/members", payload).await;
        ask(From::User("ben"), payload(json!({}))).await.ok();
        assert_eq!(
            ask(From::User("cleo"), payload(json!({}))).await.error(),
            error(
                403,
                17,
                "QueryMembers",
                "User 'cleo' with roles ['user'] is not allowed to perform action ReadChannelMembers in scope 'messaging'"
            )
        );
        assert_eq!(ask(From::Server, json!({"type": "messaging", "filter_conditions": {}})).await.error().1, 4);
        assert_eq!(ask(From::Server, json!({"id": "general", "filter_conditions": {}})).await.error().1, 4);
        assert_eq!(ask(From::Server, json!({"type": "messaging", "id": "nothing", "filter_conditions": {}})).await.error().1, 16);

        let distinct = json!({"data": {"created_by_id": "ana", "members": ["ana", "ben"]}});
        stream.post("/channels/messaging/query", distinct).await.created();
        let named = json!({"type": "messaging", "members": [{"user_id": "ben"}, {"user_id": "ana"}], "filter_conditions": {}});
        assert_eq!(ids(&ask(From::Server, named).await.ok(), "members", "/user_id"), ["ana", "ben"]);
    }
}

#[tokio::test]
async fn a_search_knows_when_somebody_last_posted() {
    for dialect in BOTH {
        let stream = crowd(dialect).await;
        for id in ["quiet", "busy"] {
            stream.channel("messaging", id, "ana", &["ana"]).await;
        }
        let message = json!({"message": {"text": "hello there", "user_id": "ana"}});
        stream.post("/channels/messaging/busy/message", message).await.created();
        for (filter, expected) in [
            (json!({"last_message_at": {"$exists": true}}), 1),
            (json!({"type": "messaging", "last_message_at": {"$gt": "2026-11-01T00:00:00Z"}}), 1),
            (json!({"last_message_at": null}), 0),
        ] {
            let payload = json!({"filter_conditions": filter, "query": "hello"});
            let found = stream.query(From::Server, "/search", payload).await.ok();
            assert_eq!(found["results"].as_array().unwrap().len(), expected, "{filter}");
        }
    }
}

#[tokio::test]
async fn custom_fields_of_different_kinds_have_an_order() {
    let stream = Stream::new(super::client::Dialect::Flat).await;
    let ages = [json!(7), json!("old"), json!(true), json!([1]), json!({"years": 2}), json!(0.5)];
    let user = |at: usize| (format!("u{at:02}"), json!({"id": format!("u{at:02}"), "age": ages[at % ages.len()]}));
    stream.post("/users", json!({"users": (0..90).map(user).collect::<serde_json::Map<_, _>>()})).await.created();
    let sort = json!([{"field": "age", "direction": 1}, {"field": "id", "direction": -1}]);
    let found = stream.query(From::Server, "/users", json!({"filter_conditions": {}, "sort": sort, "limit": 100})).await.ok();
    // By kind, then by value: truths, numbers, texts, lists, objects.
    let order = [2, 5, 0, 1, 3, 4];
    let expected: Vec<String> = order.iter().flat_map(|kind| (0..15).rev().map(move |at| format!("u{:02}", at * 6 + kind))).collect();
    assert_eq!(ids(&found, "users", "/id"), expected);
}
