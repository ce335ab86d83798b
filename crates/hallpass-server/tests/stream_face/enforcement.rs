//! Calls with a user's token: which action each is checked for, and what a refusal says.

use axum::http::Method;
use serde_json::{Value, json};

use super::client::{BOTH, From, Reply, Stream, error};

const GENERAL: &str = "/channels/messaging/general";

/// Ana owns `general`, Ben is a member, Cleo moderates, Dan is a stranger.
async fn general(dialect: super::client::Dialect) -> Stream {
    let stream = Stream::with_users(dialect, &["ana", "ben", "cleo", "dan"]).await;
    stream.channel("messaging", "general", "ana", &["ben"]).await;
    stream.post(GENERAL, json!({"add_moderators": ["cleo"]})).await.created();
    stream
}

/// The action that a call is refused for.
fn refused_for(reply: Reply) -> Value {
    let action = reply.hallpass()["action"].clone();
    let (status, code, message) = reply.error();
    assert_eq!((status, code), (403, 17), "{message}");
    action
}

#[tokio::test]
async fn a_refusal_says_who_what_where_and_what_would_help() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        let refused = stream.call(From::User("ben"), Method::DELETE, GENERAL, None).await;
        let hallpass = refused.hallpass();
        assert_eq!(hallpass["reason"], "condition_failed");
        assert_eq!(hallpass["text"], "a permission is held, but its condition does not hold");
        assert_eq!(hallpass["action"], "DeleteChannel");
        assert_eq!(
            hallpass["missing"],
            json!(["delete-channel", "delete-channel-any-team", "delete-channel-owner", "delete-channel-owner-any-team"])
        );
        assert!(hallpass["revision"].as_u64().unwrap() > 0);
        assert!(hallpass["remedy"].as_str().unwrap().starts_with("grant 'delete-channel' to role "), "{hallpass}");
        assert_eq!(
            refused.error(),
            error(
                403,
                17,
                "DeleteChannel",
                "User 'ben' with roles ['user', 'channel_member'] is not allowed to perform action DeleteChannel in scope 'messaging'"
            )
        );
    }
}

#[tokio::test]
async fn updates_of_a_channel_ask_for_what_they_change() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        let post = async |user, body: Value| stream.call(From::User(user), Method::POST, GENERAL, Some(body)).await;
        let patch = async |user, body: Value| stream.call(From::User(user), Method::PATCH, GENERAL, Some(body)).await;
        assert_eq!(refused_for(post("ben", json!({"data": {}})).await), "UpdateChannel");
        assert_eq!(refused_for(patch("ben", json!({"set": {"name": "x"}})).await), "UpdateChannel");
        assert_eq!(refused_for(patch("ben", json!({"set": {"frozen": true}})).await), "UpdateChannelFrozen");
        assert_eq!(refused_for(patch("ben", json!({"set": {"cooldown": 5}})).await), "UpdateChannelCooldown");
        assert_eq!(refused_for(post("ben", json!({"cooldown": 5})).await), "UpdateChannelCooldown");
        // Freezing is its own right: the moderator has it, and the owner of the channel does not.
        patch("cleo", json!({"set": {"frozen": true, "cooldown": 5}})).await.ok();
        assert_eq!(refused_for(patch("ana", json!({"set": {"frozen": false}})).await), "UpdateChannelFrozen");
        patch("ana", json!({"set": {"name": "Ours", "frozen": true}})).await.ok();

        let only_server = async |reply: Reply| {
            assert_eq!(reply.hallpass()["reason"], "server_only");
            assert_eq!(reply.error().1, 17);
        };
        only_server(patch("cleo", json!({"set": {"disabled": true}})).await).await;
        only_server(patch("cleo", json!({"set": {"config_overrides": {}}})).await).await;
        only_server(patch("cleo", json!({"unset": ["config_overrides"]})).await).await;
        only_server(post("cleo", json!({"data": {"config_overrides": {"grants": {"user": ["delete-channel"]}}}})).await).await;
        only_server(post("ana", json!({"data": {"created_by_id": "ben"}})).await).await;
        post("ana", json!({"data": {"created_by_id": "ana", "disabled": false}})).await.created();
    }
}

#[tokio::test]
async fn joining_leaving_and_changing_members_are_three_things() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        let post = async |user, body: Value| stream.call(From::User(user), Method::POST, GENERAL, Some(body)).await;
        assert_eq!(refused_for(post("dan", json!({"add_members": ["dan"]})).await), "AddOwnChannelMembership");
        assert_eq!(refused_for(post("ben", json!({"add_members": ["dan"]})).await), "UpdateChannelMembers");
        assert_eq!(refused_for(post("ben", json!({"invites": ["dan"]})).await), "UpdateChannelMembers");
        assert_eq!(refused_for(post("ben", json!({"remove_members": ["cleo"]})).await), "UpdateChannelMembers");
        assert_eq!(refused_for(post("ben", json!({"remove_members": ["ben", "cleo"]})).await), "UpdateChannelMembers");
        post("ben", json!({"remove_members": ["ben"]})).await.created();
        post("ana", json!({"add_members": ["ben"]})).await.created();
        // Who may change all members may join without more.
        post("ana", json!({"add_members": ["ana"]})).await.created();
        stream.put("/channeltypes/messaging", json!({"grants": {"user": ["add-own-channel-membership"]}})).await.created();
        post("dan", json!({"add_members": [{"user_id": "dan", "channel_role": "channel_member"}]})).await.created();

        for body in [
            json!({"add_members": [{"user_id": "dan", "channel_role": "channel_moderator"}]}),
            json!({"assign_roles": [{"user_id": "cleo", "channel_role": "channel_moderator"}]}),
            json!({"add_moderators": ["cleo"]}),
            json!({"demote_moderators": ["cleo"]}),
        ] {
            let reply = post("cleo", body.clone()).await;
            assert_eq!(reply.hallpass()["reason"], "server_only", "{body}");
            assert_eq!(reply.error().1, 17);
        }
    }
}

#[tokio::test]
async fn creating_asks_for_creating_and_opening_for_reading() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        let open =
            async |user, path: &str, data: Value| stream.call(From::User(user), Method::POST, path, Some(json!({ "data": data }))).await;
        assert_eq!(refused_for(open("dan", "/channels/messaging/general/query", json!({})).await), "ReadChannel");
        let made = open("dan", "/channels/messaging/dans/query", json!({"members": ["dan"]})).await.created();
        assert_eq!(made["channel"]["created_by"]["id"], "dan");
        assert_eq!(made["membership"]["channel_role"], "channel_member");
        assert!(made["channel"]["own_capabilities"].as_array().unwrap().contains(&json!("delete-channel")));
        assert_eq!(refused_for(open("dan", "/channels/gaming/dans/query", json!({})).await), "CreateChannel");
        assert_eq!(
            open("dan", "/channels/gaming/dans/query", json!({"members": ["dan"]})).await.error(),
            error(
                403,
                17,
                "GetOrCreateChannel",
                "User 'dan' with roles ['user', 'channel_member'] is not allowed to perform action CreateChannel in scope 'gaming'"
            )
        );
        let others = open("dan", "/channels/messaging/query", json!({"members": ["ana", "ben"]})).await;
        assert_eq!(refused_for(others), "CreateDistinctChannelForOthers");
        open("dan", "/channels/messaging/query", json!({"members": ["ana", "dan"]})).await.created();
        assert_eq!(refused_for(open("dan", "/channels/messaging/cold/query", json!({"frozen": true})).await), "UpdateChannelFrozen");
        for data in [
            json!({"disabled": true}),
            json!({"config_overrides": {"grants": {"user": ["delete-channel"]}}}),
            json!({"created_by_id": "ana"}),
            json!({"members": [{"user_id": "dan", "channel_role": "channel_moderator"}]}),
        ] {
            let reply = open("dan", "/channels/messaging/mine/query", data.clone()).await;
            assert_eq!(reply.hallpass()["reason"], "server_only", "{data}");
        }
        assert_eq!(stream.get("/channels/messaging/mine").await.error().1, 16);
    }
}

#[tokio::test]
async fn anonymous_callers_read_where_anonymous_may_and_write_nowhere() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        stream.channel("livestream", "show", "ana", &[]).await;
        let open = async |path: &str, query: &str| {
            stream.call(From::Anonymous, Method::POST, &format!("{path}/query{query}"), Some(json!({"data": {}}))).await
        };
        open("/channels/livestream/show", "").await.created();
        assert_eq!(refused_for(open("/channels/messaging/general", "").await), "ReadChannel");
        // A name that one gives oneself means nothing: not a member's, not the owner's.
        for id in ["ben", "ana"] {
            assert_eq!(refused_for(open("/channels/messaging/general", &format!("?user_id={id}")).await), "ReadChannel");
        }
        stream
            .put("/channeltypes/livestream", json!({"grants": {"anonymous": ["create-channel", "read-channel", "update-channel"]}}))
            .await
            .created();
        let refused = open("/channels/livestream/new", "").await;
        assert_eq!(refused.hallpass()["reason"], "anonymous_write");
        assert_eq!(refused_for(refused), "CreateChannel");
        let update = stream.call(From::Anonymous, Method::PATCH, "/channels/livestream/show", Some(json!({"set": {"name": "x"}}))).await;
        assert_eq!(refused_for(update), "UpdateChannel");
        let user = json!({"users": {"ben": {"id": "ben"}}});
        assert_eq!(refused_for(stream.call(From::Anonymous, Method::POST, "/users", Some(user)).await), "UpdateUser");
    }
}

#[tokio::test]
async fn users_change_themselves_but_for_role_and_teams() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        let patch = async |user, id: &str, set: Value| {
            stream.call(From::User(user), Method::PATCH, "/users", Some(json!({"users": [{"id": id, "set": set}]}))).await
        };
        patch("ben", "ben", json!({"name": "Benny", "role": "user", "teams": []})).await.ok();
        assert_eq!(
            patch("ben", "ben", json!({"role": "admin"})).await.error(),
            error(403, 17, "UpdateUsersPartial", "User 'ben' with role 'user' is not allowed to perform action UpdateUserRole")
        );
        assert_eq!(refused_for(patch("ben", "ben", json!({"teams": ["red"]})).await), "UpdateUserTeams");
        assert_eq!(refused_for(patch("ben", "ben", json!({"teams_role": {"red": "admin"}})).await), "UpdateUserTeams");
        assert_eq!(refused_for(patch("ben", "ana", json!({"name": "x"})).await), "UpdateUser");
        let clean = json!({"users": [{"id": "ben", "unset": ["role"]}]});
        stream.patch("/users", json!({"users": [{"id": "ben", "set": {"role": "guest"}}]})).await.ok();
        assert_eq!(refused_for(stream.call(From::User("ben"), Method::PATCH, "/users", Some(clean)).await), "UpdateUserRole");

        stream.patch("/app", json!({"grants": {"guest": ["update-user", "update-user-role"]}})).await.ok();
        patch("ben", "ana", json!({"role": "moderator"})).await.ok();
        assert_eq!(refused_for(patch("ben", "ana", json!({"teams": ["red"]})).await), "UpdateUserTeams");
        stream.patch("/app", json!({"disable_permissions_checks": true})).await.ok();
        patch("ben", "ana", json!({"teams": ["red"]})).await.ok();
    }
}
