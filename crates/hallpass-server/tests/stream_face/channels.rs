//! Channels: get-or-create, get, update, partial update, delete.

use axum::http::Method;
use serde_json::{Value, json};

use super::client::{BOTH, Dialect, From, Stream, error};

fn path(id: &str) -> String {
    format!("/channels/messaging/{id}")
}

async fn open(stream: &Stream, from: From<'_>, id: &str, data: Value) -> super::client::Reply {
    stream.call(from, Method::POST, &format!("{}/query", path(id)), Some(json!({"data": data, "state": true}))).await
}

#[tokio::test]
async fn a_channel_is_made_once_and_found_afterwards() {
    for dialect in BOTH {
        let stream = Stream::with_users(dialect, &["ana", "ben"]).await;
        let data = stream.custom(json!({"created_by_id": "ana", "members": [{"user_id": "ben"}]}), json!({"name": "General"}));
        let made = open(&stream, From::Server, "general", data).await.created();
        let mut lists: Vec<_> = made.as_object().unwrap().keys().map(String::as_str).collect();
        lists.sort_unstable();
        assert_eq!(
            lists,
            ["channel", "members", "messages", "pending_messages", "pinned_messages", "read", "threads", "watcher_count", "watchers"]
        );
        let channel = &made["channel"];
        for (field, value) in [
            ("id", json!("general")),
            ("type", json!("messaging")),
            ("cid", json!("messaging:general")),
            ("created_at", stream.noon()),
            ("frozen", json!(false)),
            ("disabled", json!(false)),
            ("member_count", json!(1)),
        ] {
            assert_eq!(channel[field], value, "{field}");
        }
        assert_eq!(channel["created_by"]["id"], "ana");
        assert_eq!(channel["config"]["commands"][0]["name"], "giphy");
        assert_eq!(channel["config"].get("grants"), None);
        let name = if dialect == Dialect::Flat { &channel["name"] } else { &channel["custom"]["name"] };
        assert_eq!(name, "General");
        let member = &made["members"][0];
        assert_eq!((&member["user_id"], &member["channel_role"]), (&json!("ben"), &json!("channel_member")));
        assert_eq!(member["user"]["id"], "ben");

        // The second time, data means nothing.
        let again =
            open(&stream, From::Server, "general", stream.custom(json!({"frozen": true}), json!({"name": "Other"}))).await.created();
        assert_eq!(again["channel"], without_capabilities(made["channel"].clone()));
        let got = stream.get(&path("general")).await.ok();
        assert_eq!(got["channel"], again["channel"]);
        assert_eq!(stream.get(&path("nothing")).await.error(), error(404, 16, "GetChannel", "channel 'messaging:nothing' does not exist"));
        assert_eq!(stream.get("/channels/nothing/x").await.error(), error(404, 16, "GetChannel", "channel type 'nothing' does not exist"));
    }
}

/// As the back end sees a channel when it acts for nobody.
fn without_capabilities(mut channel: Value) -> Value {
    channel["own_capabilities"] = json!([]);
    channel
}

#[tokio::test]
async fn what_cannot_be_made_is_named() {
    for dialect in BOTH {
        let stream = Stream::with_users(dialect, &["ana"]).await;
        let refused = async |id: &str, data: Value| open(&stream, From::Server, id, data).await.error();
        assert_eq!(
            refused("general", json!({})).await,
            error(
                400,
                4,
                "GetOrCreateChannel",
                "either data.created_by or data.created_by_id must be provided when using server side auth."
            )
        );
        assert_eq!(
            refused("general", json!({"created_by_id": "ana", "members": ["ben", "cleo"]})).await,
            error(400, 4, "GetOrCreateChannel", "these users are named and do not exist: [ben, cleo]; create them first")
        );
        assert_eq!(refused("general", json!({"created_by": {"id": "nobody"}})).await.1, 4);
        assert_eq!(refused("a%20b", json!({"created_by_id": "ana"})).await.1, 4);
        assert_eq!(refused(&"x".repeat(65), json!({"created_by_id": "ana"})).await.1, 4);
        assert_eq!(refused("!members-x", json!({"created_by_id": "ana"})).await.1, 4);
        let role = json!({"created_by_id": "ana", "members": [{"user_id": "ana", "channel_role": "admin"}]});
        assert_eq!(refused("general", role).await.1, 4);
        assert_eq!(refused("general", json!({"created_by_id": "ana", "cooldown": 121})).await.1, 4);
        assert_eq!(stream.get(&path("general")).await.error().1, 16);
    }
}

#[tokio::test]
async fn a_channel_without_an_id_is_named_by_its_members() {
    for dialect in BOTH {
        let stream = Stream::with_users(dialect, &["ana", "ben", "cleo"]).await;
        let open = async |members: &[&str]| {
            let members: Vec<Value> = members.iter().map(|id| json!({"user_id": id})).collect();
            let body = json!({"data": {"created_by_id": "ana", "members": members}});
            stream.post("/channels/messaging/query", body).await.created()
        };
        let made = open(&["ana", "ben"]).await;
        let id = made["channel"]["id"].as_str().unwrap();
        assert!(id.starts_with("!members-"));
        assert_eq!(open(&["ben", "ana"]).await["channel"]["id"], id);
        assert_ne!(open(&["ana", "ben", "cleo"]).await["channel"]["id"], id);

        // Found under its id, however that is written.
        for written in [id.to_owned(), id.replace('!', "%21")] {
            assert_eq!(stream.get(&path(&written)).await.ok()["channel"]["id"], id);
        }
        // Nobody new comes in; who left may come back.
        let text = "cannot add members to the distinct channel they don't belong to, please create a new distinct channel with the desired members";
        let add = |id: &str| json!({"add_members": [{"user_id": id}]});
        assert_eq!(stream.post(&path(id), add("cleo")).await.error(), error(403, 17, "UpdateChannel", text));
        stream.post(&path(id), json!({"remove_members": ["ben"]})).await.created();
        stream.post(&path(id), add("ben")).await.created();
        let members = stream.post("/channels/messaging/query", json!({"data": {"created_by_id": "ana"}})).await.error();
        assert_eq!(members, error(400, 4, "GetOrCreateChannel", "data.members: is required for a channel without an id"));
    }
}

#[tokio::test]
async fn many_who_open_the_same_channel_at_once_find_the_same_one() {
    for dialect in BOTH {
        let stream = Stream::with_users(dialect, &["ana", "ben"]).await;
        let body = json!({"data": {"members": [{"user_id": "ana"}, {"user_id": "ben"}]}});
        let open =
            async |user| stream.call(From::User(user), Method::POST, "/channels/messaging/query", Some(body.clone())).await.created();
        let all = futures_util::future::join_all((0..20).map(|at| open(if at % 2 == 0 { "ana" } else { "ben" }))).await;
        let makers: std::collections::BTreeSet<String> = all.iter().map(|state| state["channel"]["created_by"].to_string()).collect();
        assert_eq!(makers.len(), 1);
        assert!(all.iter().all(|state| state["channel"]["cid"] == all[0]["channel"]["cid"] && state["channel"]["member_count"] == 2));
    }
}

#[tokio::test]
async fn an_update_replaces_the_data() {
    for dialect in BOTH {
        let stream = Stream::with_users(dialect, &["ana"]).await;
        stream.channel("messaging", "general", "ana", &["ana"]).await;
        let data = stream.custom(json!({"frozen": true, "cooldown": 5}), json!({"name": "Named", "color": "red"}));
        let updated = stream.post(&path("general"), json!({"data": data, "message": null})).await.created();
        assert_eq!((&updated["channel"]["frozen"], &updated["channel"]["cooldown"]), (&json!(true), &json!(5)));
        assert_eq!(updated["members"][0]["user_id"], "ana");
        let data = stream.custom(json!({"frozen": false}), json!({"color": "blue"}));
        let updated = stream.post(&path("general"), json!({ "data": data })).await.created()["channel"].clone();
        let custom = if dialect == Dialect::Flat { &updated } else { &updated["custom"] };
        assert_eq!((&custom["color"], &custom["name"]), (&json!("blue"), &Value::Null));
        assert_eq!((&updated["frozen"], &updated["cooldown"]), (&json!(false), &json!(5)));
        assert_eq!(stream.post(&path("general"), json!({"cooldown": 0})).await.created()["channel"].get("cooldown"), None);
        assert_eq!(stream.post(&path("nothing"), json!({})).await.error().1, 16);
    }
}

#[tokio::test]
async fn modifiers_give_and_revoke_in_one_channel() {
    for dialect in BOTH {
        let stream = Stream::with_users(dialect, &["ana", "ben"]).await;
        stream.channel("livestream", "example", "ana", &[]).await;
        stream.channel("livestream", "other", "ana", &[]).await;
        let channel = "/channels/livestream/example";
        assert_eq!(stream.may_in("ben", "AddLinks", "livestream:example").await, "granted");
        let grants = json!({"user": ["!add-links", "pin-message"]});
        let set = json!({"set": {"config_overrides": {"grants": grants, "replies": false, "max_message_length": 10}}, "unset": []});
        let updated = stream.patch(channel, set).await.ok()["channel"].clone();
        assert_eq!(updated["config"]["grants"], grants);
        assert_eq!((&updated["config"]["replies"], &updated["config"]["max_message_length"]), (&json!(false), &json!(10)));
        assert_eq!(stream.get(channel).await.ok()["channel"]["config"], updated["config"]);
        assert_eq!(stream.may_in("ben", "AddLinks", "livestream:example").await, "no_grant");
        assert_eq!(stream.may_in("ben", "PinMessage", "livestream:example").await, "granted");
        assert_eq!(stream.may_in("ben", "CreateReply", "livestream:example").await, "feature_off");
        assert_eq!(stream.may_in("ben", "AddLinks", "livestream:other").await, "granted");

        // Setting replaces; {} takes all away.
        let set = json!({"set": {"config_overrides": {"replies": true}}});
        let replaced = stream.patch(channel, set).await.ok()["channel"]["config"].clone();
        assert_eq!((replaced.get("grants"), &replaced["max_message_length"]), (None, &json!(5000)));
        assert_eq!(stream.may_in("ben", "AddLinks", "livestream:example").await, "granted");
        stream.patch(channel, json!({"set": {"config_overrides": {"grants": {"user": ["!add-links"]}}}})).await.ok();
        for none in [json!({"set": {"config_overrides": {}}}), json!({"unset": ["config_overrides"]})] {
            assert_eq!(stream.patch(channel, none).await.ok()["channel"]["config"].get("grants"), None);
        }
    }
}

#[tokio::test]
async fn modifiers_that_make_no_sense_change_nothing() {
    for dialect in BOTH {
        let stream = Stream::with_users(dialect, &["ana"]).await;
        stream.channel("messaging", "general", "ana", &[]).await;
        let refused = async |overrides: Value| stream.patch(&path("general"), json!({"set": {"config_overrides": overrides}})).await;
        let typo = refused(json!({"grants": {"user": ["!add-link"]}})).await;
        assert_eq!(typo.hallpass(), json!({"reason": "unknown_permission", "nearest": "add-links"}));
        assert_eq!(
            typo.0.json()["exception_fields"],
            json!({"set.config_overrides.grants.user": "no such permission 'add-link' (did you mean 'add-links'?)"})
        );
        let text = "set.config_overrides.grants.user: no such permission 'add-link' (did you mean 'add-links'?)";
        assert_eq!(typo.error(), error(400, 4, "UpdateChannelPartial", text));
        assert_eq!(refused(json!({"grants": {"usr": ["!add-links"]}})).await.hallpass()["nearest"], "user");
        assert_eq!(
            refused(json!({"automod": "AI"})).await.error(),
            error(400, 4, "UpdateChannelPartial", "set.config_overrides.automod: is no setting that a channel can have of its own")
        );
        assert_eq!(refused(json!({"max_message_length": 20_001})).await.error().1, 4);
        assert_eq!(refused(json!("none")).await.error().1, 4);
        assert_eq!(stream.get(&path("general")).await.ok()["channel"]["config"].get("grants"), None);
    }
}

#[tokio::test]
async fn a_partial_update_sets_and_unsets() {
    for dialect in BOTH {
        let stream = Stream::with_users(dialect, &["ana"]).await;
        stream.channel("messaging", "general", "ana", &[]).await;
        let set = json!({"set": {"name": "Named", "style.color": "red", "frozen": true, "cooldown": 7}});
        let set = stream.patch(&path("general"), set).await.ok()["channel"].clone();
        let custom = if dialect == Dialect::Flat { &set } else { &set["custom"] };
        assert_eq!((&custom["name"], &custom["style"]), (&json!("Named"), &json!({"color": "red"})));
        assert_eq!((&set["frozen"], &set["cooldown"]), (&json!(true), &json!(7)));
        let unset =
            stream.patch(&path("general"), json!({"set": {}, "unset": ["name", "frozen", "cooldown"]})).await.ok()["channel"].clone();
        let custom = if dialect == Dialect::Flat { &unset } else { &unset["custom"] };
        assert_eq!((&custom["name"], &custom["style"]), (&Value::Null, &json!({"color": "red"})));
        assert_eq!((&unset["frozen"], unset.get("cooldown")), (&json!(false), None));
        for reserved in ["cid", "created_at", "member_count", "own_capabilities", "members"] {
            let text = format!("{reserved}: cannot be changed by a partial update");
            assert_eq!(
                stream.patch(&path("general"), json!({"set": {reserved: 1}})).await.error(),
                error(400, 4, "UpdateChannelPartial", &text)
            );
        }
    }
}

#[tokio::test]
async fn a_deleted_channel_is_made_again_by_who_may() {
    for dialect in BOTH {
        let stream = Stream::with_users(dialect, &["ana", "ben"]).await;
        let data = |owner: &str| json!({"members": [{"user_id": owner}]});
        open(&stream, From::User("ana"), "general", data("ana")).await.created();
        stream.post(&path("general"), json!({"add_members": [{"user_id": "ben"}]})).await.created();
        let gone = stream.call(From::User("ana"), Method::DELETE, &path("general"), None).await.ok();
        assert_eq!(gone["channel"]["deleted_at"], stream.noon());
        assert_eq!(stream.get(&path("general")).await.error().1, 16);
        assert_eq!(stream.may_in("ben", "ReadChannel", "messaging:general").await, "channel_deleted");

        // recreate-channel-owner: whose it was.
        let refused = open(&stream, From::User("ben"), "general", data("ben")).await;
        assert_eq!(refused.hallpass()["missing"][0], "recreate-channel");
        assert_eq!(
            refused.error(),
            error(
                403,
                17,
                "GetOrCreateChannel",
                "User 'ben' with roles ['user', 'channel_member'] is not allowed to perform action RecreateChannel in scope 'messaging'"
            )
        );
        let again = open(&stream, From::User("ana"), "general", data("ana")).await.created();
        assert_eq!((&again["channel"]["member_count"], again["channel"].get("deleted_at")), (&json!(1), None));
        assert_eq!(stream.may_in("ben", "ReadChannel", "messaging:general").await, "condition_failed");

        // Deleted for good, it is a new channel to everybody. That is for the back end.
        let hard = format!("{}?hard_delete=true", path("general"));
        assert_eq!(stream.call(From::User("ana"), Method::DELETE, &hard, None).await.error().1, 17);
        stream.delete(&hard).await.ok();
        open(&stream, From::User("ben"), "general", data("ben")).await.created();
        let many = stream.post("/channels/delete", json!({"cids": ["messaging:general"], "hard_delete": true})).await.created();
        assert_eq!(many["result"], json!({"messaging:general": {"status": "ok"}}));
        assert_eq!(stream.post("/channels/delete", json!({"cids": ["messaging:general"]})).await.error().1, 16);
        assert_eq!(stream.post("/channels/delete", json!({"cids": ["general"]})).await.error().1, 4);
    }
}

#[tokio::test]
async fn frozen_disabled_and_slow() {
    for dialect in BOTH {
        let stream = Stream::with_users(dialect, &["ana", "ben"]).await;
        stream.channel("messaging", "general", "ana", &["ana", "ben"]).await;
        let capabilities = async |from: From<'_>| -> Vec<String> {
            let got = stream.call(from, Method::GET, &path("general"), None).await.ok();
            serde_json::from_value(got["channel"]["own_capabilities"].clone()).unwrap()
        };
        let has = |words: &[String], word: &str| words.iter().any(|found| found == word);
        let before = capabilities(From::User("ben")).await;
        assert!(
            has(&before, "send-message") && has(&before, "pin-message") && !has(&before, "slow-mode") && !has(&before, "delete-channel")
        );
        assert!(has(&capabilities(From::User("ana")).await, "delete-channel"));
        assert!(capabilities(From::Server).await.is_empty());

        stream.patch(&path("general"), json!({"set": {"frozen": true, "cooldown": 10}})).await.ok();
        let frozen = capabilities(From::User("ben")).await;
        for word in ["send-message", "send-reply", "send-reaction", "send-links", "quote-message", "pin-message"] {
            assert!(!has(&frozen, word), "{word}");
        }
        assert!(has(&frozen, "slow-mode") && has(&frozen, "upload-file") && has(&frozen, "update-own-message"));

        stream.patch(&path("general"), json!({"set": {"frozen": false, "disabled": true}})).await.ok();
        let refused = stream.call(From::User("ben"), Method::GET, &path("general"), None).await;
        assert_eq!(refused.hallpass()["reason"], "disabled");
        assert_eq!(
            refused.error(),
            error(
                403,
                17,
                "GetChannel",
                "User 'ben' with roles ['user', 'channel_member'] is not allowed to perform action ReadChannel in scope 'messaging': the channel is disabled"
            )
        );
        // Still listed, to those who could read it otherwise.
        let mine = json!({"filter_conditions": {"members": {"$in": ["ben"]}}});
        let listed = stream.call(From::User("ben"), Method::POST, "/channels", Some(mine)).await.created();
        assert_eq!(listed["channels"][0]["channel"]["disabled"], true);
        stream.post("/users", json!({"users": {"zoe": {"id": "zoe"}}})).await.created();
        let all = json!({"filter_conditions": {"type": "messaging"}});
        assert_eq!(stream.call(From::User("zoe"), Method::POST, "/channels", Some(all)).await.error().1, 70);
    }
}
