//! Permissions: those of the catalogue, and the app's own.

use serde_json::json;

use super::client::{BOTH, Stream, error};

#[tokio::test]
async fn the_catalogue_is_listed_with_every_field_that_sdks_ask_for() {
    for dialect in BOTH {
        let stream = Stream::new(dialect).await;
        let listed = stream.get("/permissions").await.ok();
        let permissions = listed["permissions"].as_array().unwrap();
        assert_eq!(permissions.len(), 206);
        let found = permissions.iter().find(|permission| permission["id"] == "create-message-owner").unwrap();
        assert_eq!(
            *found,
            json!({
                "id": "create-message-owner", "name": "Create Message (owner)",
                "description": "Opens CreateMessage: post a message, in channels that one created",
                "action": "CreateMessage", "owner": true, "same_team": true, "custom": false, "level": "channel",
                "owner_resource": "Channel", "tags": [],
            })
        );
        for variant in ["pin-message", "pin-message-owner", "pin-message-any-team", "pin-message-owner-any-team"] {
            let one = stream.get(&format!("/permissions/{variant}")).await.ok()["permission"].clone();
            assert_eq!(one["owner"], json!(variant.contains("-owner")), "{variant}");
            assert_eq!(one["same_team"], json!(!variant.ends_with("-any-team")), "{variant}");
        }
        // Known, but not listed: no source has seen it.
        assert!(!permissions.iter().any(|permission| permission["id"] == "create-channel-owner-any-team"));
        assert_eq!(stream.get("/permissions/create-channel-owner-any-team").await.ok()["permission"]["action"], "CreateChannel");
        assert_eq!(
            stream.get("/permissions/read-chanel").await.error(),
            error(404, 16, "GetPermission", "permission 'read-chanel' does not exist")
        );
    }
}

#[tokio::test]
async fn a_permission_with_a_condition_opens_what_it_says_and_to_whom() {
    for dialect in BOTH {
        let stream = Stream::with_users(dialect, &["ana"]).await;
        stream.channel("messaging", "general", "ana", &[]).await;
        let body = json!({
            "id": "delete-if-gold", "name": "Delete for gold members", "action": "DeleteChannel", "owner": false, "same_team": false,
            "description": "Gold members may delete", "condition": {"$subject.level": {"$in": ["gold", "platinum"]}},
        });
        assert_eq!(stream.post("/permissions", body.clone()).await.created(), json!({}));
        let expected = json!({
            "id": "delete-if-gold", "name": "Delete for gold members", "description": "Gold members may delete", "action": "DeleteChannel",
            "owner": false, "same_team": false, "custom": true, "level": "channel", "owner_resource": "Channel", "tags": [],
            "condition": {"$subject.level": {"$in": ["gold", "platinum"]}},
        });
        assert_eq!(stream.get("/permissions/delete-if-gold").await.ok()["permission"], expected);
        assert_eq!(stream.get("/permissions").await.ok()["permissions"][0], expected);

        stream.put("/channeltypes/messaging", json!({"grants": {"user": ["delete-if-gold"]}})).await.created();
        let gold = stream.custom(json!({"id": "ben"}), json!({"level": "gold"}));
        let tin = stream.custom(json!({"id": "cleo"}), json!({"level": "tin"}));
        stream.post("/users", json!({"users": {"ben": gold, "cleo": tin}})).await.created();
        assert_eq!(stream.may_in("ben", "DeleteChannel", "messaging:general").await, "granted");
        assert_eq!(stream.may_in("cleo", "DeleteChannel", "messaging:general").await, "condition_failed");

        let mut changed = body.clone();
        changed["condition"] = json!({"$subject.level": "tin"});
        assert_eq!(stream.put("/permissions/delete-if-gold", changed).await.created(), json!({}));
        assert_eq!(stream.may_in("ben", "DeleteChannel", "messaging:general").await, "condition_failed");
        assert_eq!(stream.may_in("cleo", "DeleteChannel", "messaging:general").await, "granted");
        // The condition reads the user as they are now.
        stream.patch("/users", json!({"users": [{"id": "cleo", "set": {"level": "gold"}}]})).await.ok();
        assert_eq!(stream.may_in("cleo", "DeleteChannel", "messaging:general").await, "condition_failed");

        assert_eq!(stream.post("/permissions", body).await.error().1, 4);
        assert_eq!(stream.delete("/permissions/delete-if-gold").await.ok(), json!({}));
        assert_eq!(stream.get("/permissions/delete-if-gold").await.error().1, 16);
    }
}

#[tokio::test]
async fn what_is_no_permission_is_refused_by_name() {
    for dialect in BOTH {
        let stream = Stream::new(dialect).await;
        let body = |field: &str, value: serde_json::Value| {
            let mut body = json!({"id": "mine", "name": "Mine", "action": "DeleteChannel", "condition": {"$subject.a": "b"}});
            body[field] = value;
            body
        };
        let refused = async |field: &str, value: serde_json::Value| stream.post("/permissions", body(field, value)).await.error();
        assert_eq!(refused("name", json!("")).await, error(400, 4, "CreatePermission", "name: must not be empty"));
        assert_eq!(
            refused("condition", json!({"$resource.team": "red"})).await,
            error(
                400,
                4,
                "CreatePermission",
                "condition.$resource.team: only custom fields of the acting user are compared, written $subject.FIELD"
            )
        );
        let (status, code, message) = refused("action", json!("DeleteChanel")).await;
        assert_eq!((status, code), (400, 4));
        assert!(message.contains("DeleteChanel") && message.contains("DeleteChannel"), "{message}");
        assert_eq!(
            refused("id", json!("read-channel")).await,
            error(400, 4, "CreatePermission", "id: permission 'read-channel' already exists")
        );
        assert_eq!(refused("id", json!("x".repeat(256))).await, error(400, 4, "CreatePermission", "id: at most 255 characters, got 256"));
        let built_in = "id: permission 'read-channel' is built in; only custom permissions can be changed or deleted";
        assert_eq!(stream.delete("/permissions/read-channel").await.error(), error(400, 4, "DeletePermission", built_in));
        assert_eq!(
            stream.put("/permissions/read-channel", body("name", json!("x"))).await.error(),
            error(400, 4, "UpdatePermission", built_in)
        );
        assert_eq!(stream.delete("/permissions/nothing").await.error().1, 16);
    }
}
