//! Users: upsert, partial update, guests, ends and returns.

use axum::http::Method;
use serde_json::{Value, json};

use super::client::{BOTH, Dialect, From, Stream, error};

/// A user with nothing set, as answers about users show it.
fn bare(stream: &Stream, id: &str) -> Value {
    let mut user = json!({
        "id": id, "role": "user", "teams": [], "created_at": stream.noon(), "updated_at": stream.noon(), "banned": false, "online": false,
        "invisible": false, "language": "", "shadow_banned": false, "blocked_user_ids": [],
    });
    if stream.dialect == Dialect::Prefixed {
        user["custom"] = json!({});
        for (field, value) in [
            ("devices", json!([])),
            ("mutes", json!([])),
            ("channel_mutes", json!([])),
            ("total_unread_count", json!(0)),
            ("unread_count", json!(0)),
            ("unread_channels", json!(0)),
            ("unread_threads", json!(0)),
        ] {
            user[field] = value;
        }
    }
    user
}

#[tokio::test]
async fn an_upsert_makes_users_and_replaces_what_is_shown_of_them() {
    for dialect in BOTH {
        let stream = Stream::new(dialect).await;
        let james = stream.custom(json!({"id": "jb", "name": "James", "role": "admin"}), json!({"hat": "blue", "age": 40}));
        let made = stream.post("/users", json!({"users": {"jb": james, "m": {"id": "m"}}})).await.created();
        let mut expected = bare(&stream, "jb");
        expected["name"] = json!("James");
        expected["role"] = json!("admin");
        let expected = stream.custom(expected, json!({"hat": "blue", "age": 40}));
        assert_eq!(made, json!({"users": {"jb": expected, "m": bare(&stream, "m")}, "membership_deletion_task_id": ""}));

        // Name and custom fields go; the role stays. What was only shown may come back.
        let again = json!({"id": "jb", "image": "https://example.com/jb.png", "created_at": "2020-01-01T00:00:00Z", "online": true});
        let again = stream.post("/users", json!({"users": {"jb": again}})).await.created();
        let mut expected = bare(&stream, "jb");
        expected["role"] = json!("admin");
        expected["image"] = json!("https://example.com/jb.png");
        assert_eq!(again["users"]["jb"], expected);
    }
}

#[tokio::test]
async fn one_bad_entry_fails_the_batch() {
    for dialect in BOTH {
        let stream = Stream::new(dialect).await;
        let refused = async |users: Value| stream.post("/users", json!({ "users": users })).await.error();
        let good = json!({"id": "ana"});
        let (status, code, message) = refused(json!({"ana": good, "ben": {"id": "ben", "role": "admn"}})).await;
        assert_eq!((status, code), (400, 4));
        assert!(message.contains("no such role 'admn' (did you mean 'admin'?)"), "{message}");
        let (_, code, message) = refused(json!({"ana": good, "ben": {"id": "ben", "role": "channel_member"}})).await;
        assert_eq!(code, 4);
        assert!(message.contains("'channel_member' is a channel-level role"), "{message}");
        assert_eq!(
            refused(json!({"ana": good, "b n": {"id": "b n"}})).await,
            error(400, 4, "UpdateUsers", "users.b n.id: expected 1 to 255 letters, digits, @, _, - and ., got 'b n'")
        );
        assert_eq!(refused(json!({"ana": {"id": "ben"}})).await.1, 4);
        assert_eq!(refused(json!({"ana": {}})).await, error(400, 4, "UpdateUsers", "users.ana.id: is required"));
        assert_eq!(refused(json!({"ana": {"id": "ana", "teams": "red"}})).await.1, 4);
        assert_eq!(refused(json!({"ana": stream.custom(json!({"id": "ana"}), json!({"bio": "x".repeat(6000)}))})).await.1, 4);
        assert_eq!(refused(json!({})).await, error(400, 4, "UpdateUsers", "users: expected 1 to 100 users, got 0"));
        let many: serde_json::Map<String, Value> = (0..101).map(|at| (format!("u{at}"), json!({"id": format!("u{at}")}))).collect();
        assert_eq!(refused(json!(many)).await, error(400, 4, "UpdateUsers", "users: expected 1 to 100 users, got 101"));
        assert_eq!(stream.query(From::Server, "/users", json!({"filter_conditions": {}})).await.ok(), json!({"users": []}));
    }
}

#[tokio::test]
async fn a_partial_update_sets_and_unsets_by_name_and_path() {
    for dialect in BOTH {
        let stream = Stream::with_users(dialect, &["jb"]).await;
        let set = json!({"users": [{"id": "jb", "set": {"role": "admin", "name": "James", "hat": "blue", "address.city": "Lima"}}]});
        let changed = stream.patch("/users", set).await.ok();
        let mut expected = bare(&stream, "jb");
        expected["role"] = json!("admin");
        expected["name"] = json!("James");
        let expected = stream.custom(expected, json!({"hat": "blue", "address": {"city": "Lima"}}));
        assert_eq!(changed, json!({"users": {"jb": expected}, "membership_deletion_task_id": ""}));

        let unset = json!({"users": [{"id": "jb", "unset": ["role", "name", "hat"], "set": []}]});
        let expected = stream.custom(bare(&stream, "jb"), json!({"address": {"city": "Lima"}}));
        assert_eq!(stream.patch("/users", unset).await.ok()["users"]["jb"], expected);

        let refused = async |user: Value| stream.patch("/users", json!({"users": [user]})).await.error();
        assert_eq!(refused(json!({"id": "nobody", "set": {}})).await, error(404, 16, "UpdateUsersPartial", "user 'nobody' does not exist"));
        assert_eq!(
            refused(json!({"id": "jb", "set": {"created_at": "x"}})).await,
            error(400, 4, "UpdateUsersPartial", "users[0].set.created_at: cannot be changed")
        );
        assert_eq!(refused(json!({"id": "jb", "set": {"role": 7}})).await.1, 4);
        assert_eq!(refused(json!({"id": "jb", "unset": ["id"]})).await.1, 4);
        assert_eq!(stream.patch("/users", json!({"users": [{"id": "jb"}, {"id": "jb"}]})).await.error().1, 4);
        assert_eq!(stream.patch("/users", json!({"users": []})).await.error().1, 4);
    }
}

#[tokio::test]
async fn a_guest_gets_a_token_and_nobody_elses_id() {
    for dialect in BOTH {
        let stream = Stream::with_users(dialect, &["ana"]).await;
        let body = json!({"user": {"id": "ana", "name": "Visitor"}});
        let made = stream.call(From::Anonymous, Method::POST, "/guest", Some(body.clone())).await.created();
        let id = made["user"]["id"].as_str().unwrap();
        assert!(id.starts_with("guest-") && id.ends_with("-ana"), "{id}");
        assert_eq!((&made["user"]["role"], &made["user"]["name"]), (&json!("guest"), &json!("Visitor")));

        // The token is theirs: they may change their name, and send back the role that they have.
        let token = made["access_token"].as_str().unwrap();
        let own = json!({"users": {id: {"id": id, "name": "Vera", "role": "guest"}}});
        let renamed = stream.call(From::Token(token), Method::POST, "/users", Some(own)).await.created();
        assert_eq!(renamed["users"][id]["name"], "Vera");
        let higher = json!({"users": {id: {"id": id, "role": "admin"}}});
        assert_eq!(
            stream.call(From::Token(token), Method::POST, "/users", Some(higher)).await.error(),
            error(403, 17, "UpdateUsers", &format!("User '{id}' with role 'guest' is not allowed to perform action UpdateUserRole"))
        );

        let admin = json!({"user": {"id": "x", "role": "admin"}});
        assert_eq!(stream.call(From::Anonymous, Method::POST, "/guest", Some(admin)).await.error().1, 4);
        assert_eq!(stream.post("/guest", json!({})).await.error(), error(400, 4, "CreateGuest", "user: is required"));
        stream.patch("/app", json!({"guest_user_creation_disabled": true})).await.ok();
        assert_eq!(
            stream.call(From::Anonymous, Method::POST, "/guest", Some(body)).await.error(),
            error(403, 17, "CreateGuest", "guest users are switched off for this app")
        );
    }
}

#[tokio::test]
async fn a_deactivated_user_does_nothing_until_reactivated() {
    for dialect in BOTH {
        let stream = Stream::with_users(dialect, &["ana", "ben"]).await;
        stream.channel("messaging", "general", "ana", &["ben"]).await;
        let read = async || stream.call(From::User("ben"), Method::GET, "/channels/messaging/general", None).await;
        read().await.ok();
        let gone = stream.post("/users/ben/deactivate", json!({})).await.created();
        assert_eq!(gone["user"]["deactivated_at"], stream.noon());
        let refused = read().await;
        assert_eq!(refused.hallpass()["reason"], "deactivated");
        assert_eq!(refused.error(), error(403, 17, "GetChannel", "User 'ben' is deactivated"));
        assert_eq!(stream.may_in("ben", "ReadChannel", "messaging:general").await, "deactivated");
        let all = stream.query(From::Server, "/users", json!({"filter_conditions": {}})).await.ok();
        assert_eq!(all["users"].as_array().unwrap().len(), 1);
        let all = stream.query(From::Server, "/users", json!({"filter_conditions": {}, "include_deactivated_users": true})).await.ok();
        assert_eq!(all["users"].as_array().unwrap().len(), 2);

        let back = stream.post("/users/ben/reactivate", json!({"name": "Benjamin"})).await.created();
        assert_eq!((&back["user"]["name"], &back["user"]["deactivated_at"]), (&json!("Benjamin"), &Value::Null));
        read().await.ok();
        assert_eq!(stream.post("/users/nobody/deactivate", json!({})).await.error().1, 16);

        let task = stream.post("/users/deactivate", json!({"user_ids": ["ana", "ben"]})).await.created();
        let id = task["task_id"].as_str().unwrap();
        let done = stream.get(&format!("/tasks/{id}")).await.ok();
        assert_eq!((&done["status"], &done["result"]["ana"]), (&json!("completed"), &json!({"status": "ok"})));
        assert_eq!(stream.may_in("ana", "ReadChannel", "messaging:general").await, "deactivated");
        stream.post("/users/reactivate", json!({"user_ids": ["ana", "ben"]})).await.created();
        assert_eq!(stream.may_in("ana", "ReadChannel", "messaging:general").await, "granted");
        assert_eq!(stream.get("/tasks/nothing").await.error().1, 16);
    }
}

#[tokio::test]
async fn a_deleted_user_can_be_restored_an_erased_one_cannot() {
    for dialect in BOTH {
        let stream = Stream::with_users(dialect, &["ana", "ben", "cleo"]).await;
        stream.channel("messaging", "general", "ana", &["ben", "cleo"]).await;
        let gone = stream.delete("/users/ben").await.ok();
        assert_eq!(gone["user"]["deleted_at"], stream.noon());
        assert_eq!(stream.may_in("ben", "ReadChannel", "messaging:general").await, "unknown_subject");
        assert_eq!(
            stream.post("/users", json!({"users": {"ben": {"id": "ben"}}})).await.error(),
            error(400, 4, "UpdateUsers", "users.ben.id: user 'ben' was deleted; restore it first")
        );
        assert_eq!(stream.post("/users/restore", json!({"user_ids": ["ben"]})).await.created(), json!({}));
        assert_eq!(stream.may_in("ben", "ReadChannel", "messaging:general").await, "granted");

        stream.post("/users/delete", json!({"user_ids": ["ben"], "user": "hard", "messages": "hard"})).await.created();
        assert_eq!(stream.post("/users/restore", json!({"user_ids": ["ben"]})).await.error().1, 16);
        // The id is free, and whoever gets it is nobody's member.
        stream.post("/users", json!({"users": {"ben": {"id": "ben"}}})).await.created();
        assert_eq!(stream.may_in("ben", "ReadChannel", "messaging:general").await, "condition_failed");
        assert_eq!(stream.delete("/users/cleo?hard_delete=true").await.ok()["user"]["id"], "cleo");
        assert_eq!(stream.delete("/users/cleo").await.error(), error(404, 16, "DeleteUser", "user 'cleo' does not exist"));
        assert_eq!(stream.post("/users/delete", json!({"user_ids": []})).await.error().1, 4);
        assert_eq!(stream.post("/users/delete", json!({"user_ids": ["ana"], "user": "gently"})).await.error().1, 4);
    }
}

#[tokio::test]
async fn who_comes_for_the_first_time_writes_down_who_they_are() {
    for dialect in BOTH {
        let stream = Stream::with_users(dialect, &["ana"]).await;
        let body = |id: &str, role: &str| Some(json!({"users": {id: {"id": id, "role": role}}}));
        let update = async |from, body| stream.call(from, Method::POST, "/users", body).await;
        update(From::User("new"), body("new", "user")).await.created();
        assert_eq!(
            update(From::User("newer"), body("newer", "admin")).await.error(),
            error(403, 17, "UpdateUsers", "User 'newer' with role 'user' is not allowed to perform action UpdateUserRole")
        );
        assert_eq!(
            update(From::User("newer"), body("ana", "user")).await.error(),
            error(403, 17, "UpdateUsers", "User 'newer' does not exist")
        );
        assert_eq!(update(From::Anonymous, body("anon", "user")).await.error().1, 17);
    }
}
