//! Channel types: their settings, commands and grants.

use serde_json::{Value, json};

use super::client::{BOTH, Dialect, Stream, error};

#[tokio::test]
async fn a_new_type_starts_as_messaging_does() {
    for dialect in BOTH {
        let stream = Stream::new(dialect).await;
        let messaging = stream.get("/channeltypes/messaging").await.ok();
        let made = stream.post("/channeltypes", json!({"name": "support", "commands": ["all"], "polls": true})).await.created();
        assert_eq!(made["commands"], json!(["giphy", "ban", "unban", "mute", "unmute"]));
        assert_eq!(made["created_at"], stream.noon());
        let got = stream.get("/channeltypes/support").await.ok();
        assert_eq!(got["grants"], messaging["grants"]);
        assert_eq!(
            got["commands"][1],
            json!({"name": "ban", "description": "Ban a user from the channel", "args": "[@username] [text]", "set": "moderation_set"})
        );
        let mut expected = messaging.clone();
        for field in ["name", "polls", "commands", "created_at", "updated_at"] {
            expected[field] = got[field].clone();
        }
        assert_eq!(got, expected);
        assert_eq!((&got["polls"], &messaging["polls"]), (&json!(true), &json!(false)));
        for (field, value) in [
            ("automod", json!("disabled")),
            ("automod_behavior", json!("flag")),
            ("max_message_length", json!(5000)),
            ("message_retention", json!("infinite")),
            ("reactions", json!(true)),
            ("permissions", json!([])),
        ] {
            assert_eq!(got[field], value, "{field}");
        }
        let listed = stream.get("/channeltypes").await.ok();
        let mut names: Vec<_> = listed["channel_types"].as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["commerce", "gaming", "livestream", "messaging", "support", "team"]);
        assert_eq!(listed["channel_types"]["support"], got);
    }
}

#[tokio::test]
async fn an_update_changes_what_it_names() {
    for dialect in BOTH {
        let stream = Stream::new(dialect).await;
        let before = stream.get("/channeltypes/messaging").await.ok();
        let update = json!({
            "automod": "simple", "automod_behavior": "block", "max_message_length": 100, "replies": false, "unknown_setting": 1,
            "commands": [], "blocklist": null, "push_level": "mentions",
        });
        let after = stream.put("/channeltypes/messaging", update).await.created();
        let mut expected = before.clone();
        for (field, value) in [
            ("automod", json!("simple")),
            ("automod_behavior", json!("block")),
            ("max_message_length", json!(100)),
            ("replies", json!(false)),
            ("commands", json!([])),
            ("push_level", json!("mentions")),
            ("updated_at", stream.noon()),
        ] {
            expected[field] = value;
        }
        assert_eq!(after, expected);
        for wrong in [
            json!({"replies": "off"}),
            json!({"automod": "full"}),
            json!({"max_message_length": 20_001}),
            json!({"max_message_length": -1}),
            json!({"commands": "all"}),
        ] {
            assert_eq!(stream.put("/channeltypes/messaging", wrong.clone()).await.error().1, 4, "{wrong}");
        }
        let text = "automod: expected one of disabled, simple, AI, got \\\"full\\\"".replace('\\', "");
        assert_eq!(
            stream.put("/channeltypes/messaging", json!({"automod": "full"})).await.error(),
            error(400, 4, "UpdateChannelType", &text)
        );
        let mut unchanged = stream.get("/channeltypes/messaging").await.ok();
        unchanged["commands"] = json!([]);
        assert_eq!(unchanged, expected);
    }
}

async fn grants(stream: &Stream, name: &str) -> Value {
    stream.get(&format!("/channeltypes/{name}")).await.ok()["grants"].clone()
}

#[tokio::test]
async fn grants_of_a_type_decide_and_can_be_put_back() {
    for dialect in BOTH {
        let stream = Stream::with_users(dialect, &["ana", "ben"]).await;
        stream.channel("messaging", "general", "ana", &["ben"]).await;
        let defaults = grants(&stream, "messaging").await;
        assert_eq!(stream.may_in("ben", "CreateMessage", "messaging:general").await, "granted");

        let narrowed =
            stream.put("/channeltypes/messaging", json!({"grants": {"channel_member": ["read-channel", "join-call"]}})).await.created();
        assert_eq!(narrowed["grants"]["channel_member"], json!(["read-channel", "join-call"]));
        assert_eq!(narrowed["grants"]["user"], defaults["user"]);
        assert_eq!(stream.may_in("ben", "CreateMessage", "messaging:general").await, "condition_failed");
        assert_eq!(stream.may_in("ben", "ReadChannel", "messaging:general").await, "granted");

        stream.put("/channeltypes/messaging", json!({"grants": {"channel_member": [], "user": []}})).await.created();
        assert_eq!(stream.may_in("ben", "ReadChannel", "messaging:general").await, "no_grant");
        let empty = stream.put("/channeltypes/messaging", json!({"grants": {}})).await.created();
        assert_eq!(empty["grants"] == defaults, dialect == Dialect::Prefixed);
        let reset = stream.put("/channeltypes/messaging", json!({"grants": null})).await.created();
        assert_eq!(reset["grants"], defaults);
        assert_eq!(stream.may_in("ben", "CreateMessage", "messaging:general").await, "granted");
    }
}

#[tokio::test]
async fn a_role_of_ones_own_goes_with_a_reset() {
    for dialect in BOTH {
        let stream = Stream::new(dialect).await;
        let defaults = grants(&stream, "team").await;
        stream.post("/roles", json!({"name": "agent"})).await.created();
        stream.put("/channeltypes/team", json!({"grants": {"agent": ["read-channel", "read-channel"]}})).await.created();
        assert_eq!(grants(&stream, "team").await["agent"], json!(["read-channel"]));
        stream.put("/channeltypes/team", json!({"grants": null})).await.created();
        assert_eq!(grants(&stream, "team").await, defaults);
        stream.delete("/roles/agent").await.ok();
    }
}

#[tokio::test]
async fn types_come_and_go_with_their_channels() {
    for dialect in BOTH {
        let stream = Stream::with_users(dialect, &["ana"]).await;
        stream.post("/channeltypes", json!({"name": "support"})).await.created();
        assert_eq!(
            stream.post("/channeltypes", json!({"name": "support"})).await.error(),
            error(400, 4, "CreateChannelType", "name: channel type 'support' already exists")
        );
        for name in ["", "a b", ".app", "a:b"] {
            assert_eq!(stream.post("/channeltypes", json!({ "name": name })).await.error().1, 4, "{name}");
        }
        for path in ["/channeltypes/nothing"] {
            let missing = |operation| error(404, 16, operation, "channel type 'nothing' does not exist");
            assert_eq!(stream.get(path).await.error(), missing("GetChannelType"));
            assert_eq!(stream.put(path, json!({})).await.error(), missing("UpdateChannelType"));
            assert_eq!(stream.delete(path).await.error(), missing("DeleteChannelType"));
        }
        stream.channel("support", "one", "ana", &[]).await;
        assert_eq!(
            stream.delete("/channeltypes/support").await.error(),
            error(400, 4, "DeleteChannelType", "name: channel type 'support' has channels, such as 'support:one'; delete them first")
        );
        stream.delete("/channels/support/one").await.ok();
        assert_eq!(stream.delete("/channeltypes/support").await.ok(), json!({}));
        assert_eq!(stream.get("/channeltypes/support").await.error().1, 16);
    }
}
