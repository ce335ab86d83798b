//! Teams: who reaches whose channels and users.

use axum::http::Method;
use serde_json::{Value, json};

use super::client::{BOTH, From, Stream, error};

/// Red Ana, blue Ben, red and blue Rob, teamless Tim; teams count.
async fn teams(dialect: super::client::Dialect) -> Stream {
    let stream = Stream::new(dialect).await;
    stream.patch("/app", json!({"multi_tenant_enabled": true})).await.ok();
    let users = json!({"users": {
        "ana": {"id": "ana", "teams": ["red"]}, "ben": {"id": "ben", "teams": ["blue"]},
        "rob": {"id": "rob", "teams": ["red", "blue"]}, "tim": {"id": "tim"},
    }});
    stream.post("/users", users).await.created();
    stream
}

async fn open(stream: &Stream, user: &str, id: &str, team: Option<&str>) -> super::client::Reply {
    let mut data = json!({ "members": [user] });
    if let Some(team) = team {
        data["team"] = json!(team);
    }
    stream.call(From::User(user), Method::POST, &format!("/channels/messaging/{id}/query"), Some(json!({ "data": data }))).await
}

#[tokio::test]
async fn a_channel_belongs_to_a_team_of_its_maker() {
    for dialect in BOTH {
        let stream = teams(dialect).await;
        let made = open(&stream, "ana", "reds", Some("red")).await.created();
        assert_eq!(made["channel"]["team"], "red");
        open(&stream, "tim", "all", None).await.created();
        let refused = open(&stream, "ana", "other", None).await;
        assert_eq!(refused.hallpass()["reason"], "team_mismatch");
        assert_eq!(
            refused.error(),
            error(
                403,
                17,
                "GetOrCreateChannel",
                "User 'ana' with roles ['user', 'channel_member'] from team 'red' cannot access resource in scope 'messaging' because requested resource does not belong to any team"
            )
        );
        assert_eq!(
            open(&stream, "rob", "greens", Some("green")).await.error(),
            error(
                403,
                17,
                "GetOrCreateChannel",
                "User 'rob' with roles ['user', 'channel_member'] from teams ['blue', 'red'] is not allowed to perform action CreateChannel in scope 'messaging'"
            )
        );
        // Being a member does not make a team.
        stream.post("/channels/messaging/reds", json!({"add_members": ["ben"]})).await.created();
        assert_eq!(open(&stream, "ben", "reds", None).await.hallpass()["reason"], "team_mismatch");
        stream.patch("/app", json!({"multi_tenant_enabled": false})).await.ok();
        open(&stream, "ben", "reds", None).await.created();
    }
}

#[tokio::test]
async fn a_channel_does_not_go_where_its_owner_may_not() {
    for dialect in BOTH {
        let stream = teams(dialect).await;
        open(&stream, "ana", "reds", Some("red")).await.created();
        let give = async |team: &str| {
            let set = json!({"set": {"team": team}});
            stream.call(From::User("ana"), Method::PATCH, "/channels/messaging/reds", Some(set)).await
        };
        assert_eq!(give("blue").await.hallpass()["reason"], "team_mismatch");
        stream.post("/users", json!({"users": {"ana": {"id": "ana", "teams": ["red", "blue"]}}})).await.created();
        assert_eq!(give("blue").await.ok()["channel"]["team"], "blue");
        assert_eq!(stream.may_in("ben", "CreateChannel", "messaging:reds").await, "granted");
    }
}

#[tokio::test]
async fn a_role_in_a_team_counts_there_only() {
    for dialect in BOTH {
        let stream = teams(dialect).await;
        for (id, team) in [("reds", "red"), ("blues", "blue")] {
            let data = json!({"created_by_id": "tim", "team": team});
            stream.post(&format!("/channels/messaging/{id}/query"), json!({ "data": data })).await.created();
        }
        let patched = stream.patch("/users", json!({"users": [{"id": "rob", "set": {"teams_role": {"red": "admin"}}}]})).await.ok();
        assert_eq!(patched["users"]["rob"]["teams_role"], json!({"red": "admin"}));
        assert_eq!(stream.may_in("rob", "DeleteChannel", "messaging:reds").await, "granted");
        assert_eq!(stream.may_in("rob", "DeleteChannel", "messaging:blues").await, "condition_failed");
        let refused = stream.call(From::User("rob"), Method::DELETE, "/channels/messaging/blues", None).await.error();
        assert!(refused.2.contains("with roles ['user'] from teams ['blue', 'red']"), "{}", refused.2);
        let wrong = json!({"users": [{"id": "rob", "set": {"teams_role": {"red": "channel_member"}}}]});
        assert_eq!(stream.patch("/users", wrong).await.error().1, 4);
    }
}

#[tokio::test]
async fn queries_are_about_ones_own_teams() {
    for dialect in BOTH {
        let stream = teams(dialect).await;
        let users = async |user: &str, filter: Value| -> Vec<String> {
            let sort = json!([{"field": "id", "direction": 1}]);
            let found = stream.query(From::User(user), "/users", json!({"filter_conditions": filter, "sort": sort})).await.ok();
            found["users"].as_array().unwrap().iter().map(|user| user["id"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(users("ana", json!({})).await, ["ana", "rob"]);
        assert_eq!(users("ana", json!({"teams": {}})).await, ["ana", "rob"]);
        assert_eq!(users("ana", json!({"teams": {"$in": ["blue"]}})).await, ["rob"]);
        assert_eq!(users("rob", json!({})).await, ["ana", "ben", "rob"]);
        assert_eq!(users("tim", json!({})).await, ["tim"]);
        stream.patch("/app", json!({"grants": {"user": ["search-user-any-team"]}})).await.ok();
        assert_eq!(users("ana", json!({})).await, ["ana", "rob"]);
        assert_eq!(users("ana", json!({"teams": {}})).await, ["ana", "ben", "rob", "tim"]);

        stream.put("/channeltypes/messaging", json!({"grants": {"user": ["read-channel", "create-channel"]}})).await.created();
        open(&stream, "ana", "reds", Some("red")).await.created();
        open(&stream, "ben", "blues", Some("blue")).await.created();
        open(&stream, "tim", "all", None).await.created();
        let channels = async |user: &str, filter: Value| {
            let body = json!({"filter_conditions": filter, "sort": [{"field": "cid", "direction": 1}]});
            stream.call(From::User(user), Method::POST, "/channels", Some(body)).await
        };
        let ids = |found: Value| -> Vec<String> {
            found["channels"].as_array().unwrap().iter().map(|state| state["channel"]["id"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(ids(channels("ana", json!({"type": "messaging"})).await.created()), ["reds"]);
        assert_eq!(ids(channels("rob", json!({})).await.created()), ["blues", "reds"]);
        assert_eq!(ids(channels("tim", json!({})).await.created()), ["all"]);
        assert_eq!(channels("ana", json!({"team": {"$in": ["red", "blue"]}})).await.error().1, 70);
    }
}

#[tokio::test]
async fn there_are_no_guests_among_teams() {
    for dialect in BOTH {
        let stream = teams(dialect).await;
        let refused = stream.post("/guest", json!({"user": {"id": "x"}})).await.error();
        assert_eq!(refused, error(403, 17, "CreateGuest", "there are no guest users in an app with teams"));
    }
}
