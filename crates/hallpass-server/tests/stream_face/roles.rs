//! Roles: list, search, create, delete.

use serde_json::{Value, json};

use super::client::{BOTH, Stream, error};

fn names(roles: &Value) -> Vec<&str> {
    roles["roles"].as_array().unwrap().iter().map(|role| role["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_role_is_made_used_and_deleted() {
    for dialect in BOTH {
        let stream = Stream::new(dialect).await;
        let made = stream.post("/roles", json!({"name": "special_agent"})).await.created();
        let role = json!({"name": "special_agent", "custom": true, "scopes": [], "created_at": stream.noon(), "updated_at": stream.noon()});
        assert_eq!(made, json!({ "role": role }));

        let grants = json!({"grants": {"special_agent": ["read-channel"]}});
        stream.put("/channeltypes/messaging", grants).await.created();
        stream.patch("/app", json!({"grants": {"special_agent": ["ban-user"]}})).await.ok();
        let listed = stream.get("/roles").await.ok();
        let agent = listed["roles"].as_array().unwrap().iter().find(|role| role["name"] == "special_agent").unwrap().clone();
        assert_eq!(agent["scopes"], json!([".app", "messaging"]));

        // Grants first, then users, then it can go.
        let (status, code, message) = stream.delete("/roles/special_agent").await.error();
        assert_eq!((status, code), (400, 4));
        assert!(message.contains("'special_agent' is still in use"), "{message}");
        stream.put("/channeltypes/messaging", json!({"grants": {"special_agent": []}})).await.created();
        stream.patch("/app", json!({"grants": {"special_agent": []}})).await.ok();
        stream.post("/users", json!({"users": {"jb": {"id": "jb", "role": "special_agent"}}})).await.created();
        assert_eq!(stream.delete("/roles/special_agent").await.error().1, 4);
        stream.patch("/users", json!({"users": [{"id": "jb", "set": {"role": "user"}}]})).await.ok();
        assert_eq!(stream.delete("/roles/special_agent").await.ok(), json!({}));
        assert!(!names(&stream.get("/roles").await.ok()).contains(&"special_agent"));
    }
}

#[tokio::test]
async fn built_in_roles_are_listed_and_stay() {
    for dialect in BOTH {
        let stream = Stream::new(dialect).await;
        let listed = stream.get("/roles").await.ok();
        let expected =
            ["user", "guest", "anonymous", "admin", "moderator", "global_admin", "global_moderator", "channel_member", "channel_moderator"];
        let mut found = names(&listed);
        let mut wanted = expected.to_vec();
        found.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(found, wanted);
        let (status, code, message) = stream.delete("/roles/admin").await.error();
        assert_eq!((status, code), (400, 4));
        assert_eq!(message, "DeleteRole failed with error: \"role 'admin' is built in and cannot be deleted\"");
    }
}

#[tokio::test]
async fn what_cannot_be_made_or_deleted_is_named() {
    for dialect in BOTH {
        let stream = Stream::new(dialect).await;
        assert_eq!(stream.delete("/roles/nobody").await.error(), error(404, 16, "DeleteRole", "role 'nobody' does not exist"));
        assert_eq!(stream.post("/roles", json!({})).await.error(), error(400, 4, "CreateRole", "name: is required"));
        assert_eq!(stream.post("/roles", json!({"name": ""})).await.error(), error(400, 4, "CreateRole", "name: must not be empty"));
        assert_eq!(stream.post("/roles", json!({"name": 7})).await.error(), error(400, 4, "CreateRole", "name: expected a string, got 7"));
        assert_eq!(stream.post("/roles", json!({"name": "a".repeat(65)})).await.error().1, 4);
        for taken in ["admin", "channel_member"] {
            let (status, code, message) = stream.post("/roles", json!({ "name": taken })).await.error();
            assert_eq!((status, code), (400, 4));
            assert!(message.contains(taken), "{message}");
        }
        for at in 0..25 {
            stream.post("/roles", json!({"name": format!("agent_{at}")})).await.created();
        }
        assert_eq!(stream.post("/roles", json!({"name": "agent_0"})).await.error().1, 4);
        let (status, code, message) = stream.post("/roles", json!({"name": "one_too_many"})).await.error();
        assert_eq!((status, code), (400, 4));
        assert!(message.contains("26 is more than the limit of 25"), "{message}");
        assert_eq!(names(&stream.get("/roles").await.ok()).len(), 9 + 25);
    }
}

#[tokio::test]
async fn a_search_goes_by_name_kind_and_page() {
    for dialect in BOTH {
        let stream = Stream::new(dialect).await;
        stream.post("/roles", json!({"name": "mod_squad"})).await.created();
        let search = async |query: &str| -> Vec<String> {
            let found = stream.get(&format!("/roles/search?{query}")).await.ok();
            names(&found).into_iter().map(str::to_owned).collect()
        };
        assert_eq!(search("query=MOD").await, ["channel_moderator", "mod_squad", "moderator"]);
        assert_eq!(
            search("query=mod&include_global_roles=true").await,
            ["channel_moderator", "global_moderator", "mod_squad", "moderator"]
        );
        assert_eq!(search("query=mod&role_type=channel").await, ["channel_moderator", "mod_squad"]);
        assert_eq!(search("query=mod&role_type=user").await, ["mod_squad", "moderator"]);
        assert_eq!(search("query=mod&name_gt=channel_moderator&limit=1").await, ["mod_squad"]);
        assert_eq!(stream.get("/roles/search").await.error(), error(400, 4, "SearchRoles", "query: is required"));
        assert_eq!(stream.get("/roles/search?query=a&limit=26").await.error().1, 4);
        assert_eq!(stream.get("/roles/search?query=a&role_type=x").await.error().1, 4);
    }
}

/// A name may be what another operation's path says: `GET /roles/search`, `POST /users/delete`, `POST /channels/{type}/query`.
#[tokio::test]
async fn nothing_is_out_of_reach_for_its_name() {
    for dialect in BOTH {
        let stream = Stream::new(dialect).await;
        stream.post("/roles", json!({"name": "search"})).await.created();
        assert_eq!(names(&stream.get("/roles/search?query=sear").await.ok()), ["search"]);
        assert_eq!(stream.delete("/roles/search").await.ok(), json!({}));
        let (status, code, message) = stream.delete("/roles/search").await.error();
        assert_eq!((status, code, message.as_str()), (404, 16, "DeleteRole failed with error: \"role 'search' does not exist\""));

        stream.post("/users", json!({"users": {"block": {"id": "block"}}})).await.created();
        assert_eq!(stream.delete("/users/block?hard_delete=true").await.ok()["user"]["id"], "block");
        // What no operation has stays as it was.
        let text = "this path is not served with this method";
        assert_eq!(stream.put("/roles/search", json!({})).await.error(), error(404, 16, "Request", text));
    }
}
