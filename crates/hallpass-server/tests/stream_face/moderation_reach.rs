//! How far moderation reaches: not into other teams, not past what one sees, not around by an edit. docs/stream.md, Which action gates
//! what.

use axum::http::Method;
use serde_json::{Value, json};

use super::client::{BOTH, Dialect, From, Reply, Stream};

const MESSAGES: &str = "/channels/messaging/general/message";

async fn call(stream: &Stream, user: &str, method: Method, path: &str, body: Value) -> Reply {
    stream.call(From::User(user), method, path, Some(body)).await
}

async fn post(stream: &Stream, user: &str, path: &str, body: Value) -> Reply {
    call(stream, user, Method::POST, path, body).await
}

fn refused_for(reply: Reply) -> Value {
    let action = reply.hallpass()["action"].clone();
    assert_eq!(reply.error().0, 403);
    action
}

/// The values of one field in a list of an answer.
fn each(answer: &Value, list: &str, field: &str) -> Vec<String> {
    answer[list].as_array().unwrap().iter().map(|item| item[field].as_str().unwrap_or_default().to_owned()).collect()
}

/// Teams count. Rae administers red, Rob is red's, Tim moderates without a team, Tom administers without one. A red and a teamless user
/// are flagged.
async fn teams(dialect: Dialect) -> Stream {
    let stream = Stream::new(dialect).await;
    stream.patch("/app", json!({"multi_tenant_enabled": true})).await.ok();
    let users = json!({"users": {
        "rae": {"id": "rae", "role": "admin", "teams": ["red"]}, "rob": {"id": "rob", "teams": ["red"]},
        "tim": {"id": "tim", "role": "moderator"}, "tom": {"id": "tom", "role": "admin"}, "una": {"id": "una"},
    }});
    stream.post("/users", users).await.created();
    for user in ["rob", "una"] {
        stream.post("/moderation/flag", json!({"target_user_id": user, "user_id": "rae"})).await.created();
    }
    stream
}

#[tokio::test]
async fn a_moderator_without_a_team_sees_what_is_of_no_team() {
    for dialect in BOTH {
        let stream = teams(dialect).await;
        let flags = post(&stream, "tim", "/moderation/flags", json!({})).await.created();
        assert_eq!(each(&flags, "flags", "entity_id"), ["una"]);
        let queue = async |user| each(&post(&stream, user, "/moderation/review_queue", json!({})).await.created(), "items", "entity_id");
        assert_eq!(queue("tom").await, ["una"]);
        assert_eq!(queue("rae").await, ["rob"]);

        for (name, team) in [("reds", json!("red")), ("all", json!(""))] {
            stream.post("/blocklists", json!({"name": name, "words": ["darn"], "team": team})).await.created();
            stream.post("/moderation/config", json!({"key": name, "team": team})).await.created();
        }
        let lists = async |user| each(&stream.call(From::User(user), Method::GET, "/blocklists", None).await.ok(), "blocklists", "name");
        assert_eq!(lists("tom").await, ["all"]);
        // What is of no team counts in all: the teams' own moderators read it, too.
        assert_eq!(lists("rae").await, ["all", "reds"]);
        let configs = async |user| each(&post(&stream, user, "/moderation/configs", json!({})).await.created(), "configs", "key");
        assert_eq!(configs("tom").await, ["all"]);
        assert_eq!(configs("rae").await, ["all", "reds"]);
    }
}

#[tokio::test]
async fn an_admin_of_a_team_changes_nothing_of_the_whole_app() {
    for dialect in BOTH {
        let stream = teams(dialect).await;
        let all = stream.post("/moderation/review_queue", json!({"filter": {"entity_id": "una"}})).await.created();
        let item = all["items"][0]["id"].as_str().unwrap();
        let act = json!({"item_id": item, "action_type": "mark_reviewed"});
        assert_eq!(refused_for(post(&stream, "rae", "/moderation/submit_action", act.clone()).await), "SubmitModerationAction");
        let review = json!({"review_result": "fine"});
        let report = format!("/moderation/reports/{item}");
        assert_eq!(refused_for(call(&stream, "rae", Method::PATCH, &report, review).await), "UpdateFlagReport");
        post(&stream, "tom", "/moderation/submit_action", act).await.created();
        // Of what is not there, an admin of a team is told so.
        let none = json!({"item_id": "none", "action_type": "mark_reviewed"});
        assert_eq!(post(&stream, "rae", "/moderation/submit_action", none).await.error().1, 16);

        let list = json!({"name": "all", "words": ["darn"]});
        assert_eq!(refused_for(post(&stream, "rae", "/blocklists", list.clone()).await), "CreateBlockList");
        post(&stream, "tom", "/blocklists", list).await.created();
        let words = json!({"words": ["drat"]});
        assert_eq!(refused_for(call(&stream, "rae", Method::PUT, "/blocklists/all", words).await), "UpdateBlockList");
        assert_eq!(refused_for(call(&stream, "rae", Method::DELETE, "/blocklists/all", json!({})).await), "DeleteBlockList");
        stream.call(From::User("rae"), Method::GET, "/blocklists/all", None).await.ok();
        post(&stream, "rae", "/blocklists", json!({"name": "reds", "words": ["darn"], "team": "red"})).await.created();

        let config = json!({"key": "chat"});
        assert_eq!(refused_for(post(&stream, "rae", "/moderation/config", config.clone()).await), "UpsertModerationConfig");
        post(&stream, "tom", "/moderation/config", config).await.created();
        assert_eq!(refused_for(call(&stream, "rae", Method::DELETE, "/moderation/config/chat", json!({})).await), "DeleteModerationConfig");
        post(&stream, "rae", "/moderation/config", json!({"key": "chat", "team": "red"})).await.created();
        call(&stream, "rae", Method::DELETE, "/moderation/config/chat?team=red", json!({})).await.ok();
    }
}

#[tokio::test]
async fn a_config_of_the_channels_team_goes_before_that_of_the_app() {
    for dialect in BOTH {
        let stream = teams(dialect).await;
        for (id, team) in [("reds", Some("red")), ("all", None)] {
            let data = json!({"created_by_id": "tom", "team": team, "members": [if team.is_some() { "rob" } else { "una" }]});
            stream.post(&format!("/channels/messaging/{id}/query"), json!({ "data": data })).await.created();
        }
        stream.post("/blocklists", json!({"name": "rude", "words": ["darn"]})).await.created();
        let config = |team: &str, action: &str| json!({"key": "chat", "team": team, "block_list_config": {"enabled": true, "rules": [{"name": "rude", "action": action}]}});
        stream.post("/moderation/config", config("red", "block")).await.created();
        let says = async |user, id: &str| {
            let sent = post(&stream, user, &format!("/channels/messaging/{id}/message"), json!({"message": {"text": "darn"}})).await;
            sent.0.status.as_u16()
        };
        assert_eq!((says("rob", "reds").await, says("una", "all").await), (400, 201));
        stream.post("/moderation/config", config("red", "flag")).await.created();
        stream.post("/moderation/config", config("", "block")).await.created();
        assert_eq!((says("rob", "reds").await, says("una", "all").await), (201, 400));
        // Where the team has none, the app's counts.
        stream.delete("/moderation/config/chat?team=red").await.ok();
        assert_eq!(says("rob", "reds").await, 400);
    }
}

/// Ana owns `general`, Ben and Dan are members, Cleo moderates it; Ada is an admin.
async fn general(dialect: Dialect) -> Stream {
    let stream = Stream::with_users(dialect, &["ana", "ben", "cleo", "dan"]).await;
    stream.post("/users", json!({"users": {"ada": {"id": "ada", "role": "admin"}}})).await.created();
    stream.channel("messaging", "general", "ana", &["ben", "dan"]).await;
    stream.post("/channels/messaging/general", json!({"add_moderators": ["cleo"]})).await.created();
    stream
}

#[tokio::test]
async fn a_ban_that_deletes_messages_asks_for_deleting_them() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        post(&stream, "ben", MESSAGES, json!({"message": {"id": "m-1", "text": "rude"}})).await.created();
        let kept = async || stream.get("/messages/m-1").await.ok()["message"]["type"].clone();
        stream.put("/channeltypes/messaging", json!({"grants": {"channel_moderator": ["ban-channel-member"]}})).await.created();
        for how in ["soft", "hard"] {
            let ban = json!({"target_user_id": "ben", "channel_cid": "messaging:general", "delete_messages": how});
            assert_eq!(refused_for(post(&stream, "cleo", "/moderation/ban", ban).await), "DeleteMessage");
        }
        assert_eq!(kept().await, "regular");
        assert_eq!(stream.may_in("ben", "ReadChannel", "messaging:general").await, "granted");
        let grants = json!({"grants": {"channel_moderator": ["ban-channel-member", "delete-message"]}});
        stream.put("/channeltypes/messaging", grants).await.created();
        let ban = json!({"target_user_id": "ben", "channel_cid": "messaging:general", "delete_messages": "soft"});
        post(&stream, "cleo", "/moderation/ban", ban).await.created();
        assert_eq!(kept().await, "deleted");
    }
}

#[tokio::test]
async fn an_edit_is_looked_at_like_a_message() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        stream.post("/blocklists", json!({"name": "rude", "words": ["darn"]})).await.created();
        post(&stream, "ben", MESSAGES, json!({"message": {"id": "m-1", "text": "hello"}})).await.created();
        let behave = async |how: &str| {
            let list = json!({"blocklist": "rude", "blocklist_behavior": how});
            stream.put("/channeltypes/messaging", list).await.created();
        };
        let edit = async || post(&stream, "ben", "/messages/m-1", json!({"message": {"text": "darn it"}})).await;
        let remark = async || {
            let body = json!({"message": {"id": "r-1", "text": "darn, Ben was here"}});
            post(&stream, "ana", "/channels/messaging/general", body).await
        };
        let flagged = async || each(&post(&stream, "ada", "/moderation/review_queue", json!({})).await.created(), "items", "entity_id");

        behave("shadow_block").await;
        for reply in [edit().await, remark().await] {
            assert_eq!(reply.hallpass()["words"], json!(["darn"]));
            assert_eq!(reply.error().1, 73);
        }
        assert_eq!(stream.get("/messages/m-1").await.ok()["message"]["text"], "hello");
        assert_eq!(flagged().await, Vec::<String>::new());

        behave("flag").await;
        edit().await.created();
        assert_eq!(flagged().await, ["m-1"]);
        remark().await.created();
        let mut both = flagged().await;
        both.sort();
        assert_eq!(both, ["m-1", "r-1"]);
    }
}

#[tokio::test]
async fn one_flags_what_one_sees() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        let secret = json!({"message": {"id": "secret", "text": "psst", "user_id": "ana", "restricted_visibility": ["ben"]}});
        stream.post(MESSAGES, secret).await.created();
        let ban = json!({"target_user_id": "ana", "channel_cid": "messaging:general", "shadow": true});
        post(&stream, "cleo", "/moderation/ban", ban).await.created();
        post(&stream, "ana", MESSAGES, json!({"message": {"id": "shadow", "text": "boo"}})).await.created();
        for path in ["/moderation/flag", "/moderation/unflag"] {
            let flag = async |user, id: &str| post(&stream, user, path, json!({ "target_message_id": id })).await;
            assert_eq!(refused_for(flag("dan", "secret").await), "ReadRestrictedVisibilityMessage");
            assert_eq!(flag("dan", "shadow").await.error().1, 16);
            flag("ben", "secret").await.created();
            flag("ana", "shadow").await.created();
        }
    }
}

#[tokio::test]
async fn next_is_one_that_an_answer_gave() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        for user in ["ana", "ben", "dan"] {
            stream.post("/moderation/flag", json!({"target_user_id": user, "user_id": "cleo"})).await.created();
        }
        let queue = async |next: &str| {
            let body = json!({"limit": 2, "sort": [{"field": "user_id", "direction": 1}], "next": next});
            post(&stream, "ada", "/moderation/review_queue", body).await
        };
        let first = queue("").await.created();
        assert_eq!(each(&first, "items", "entity_id"), ["ana", "ben"]);
        let second = queue(first["next"].as_str().unwrap()).await.created();
        assert_eq!(each(&second, "items", "entity_id"), ["dan"]);
        assert_eq!(second.get("next"), None);
        for wrong in ["after-18446744073709551615", "18446744073709551615", "after-9223372036854775807", "2"] {
            let (status, code, text) = queue(wrong).await.error();
            assert_eq!((status, code), (400, 4), "{wrong}");
            assert!(text.contains(&format!("next: expected one that an answer gave, got '{wrong}'")), "{text}");
            let polls = stream.post("/polls/query?user_id=ana", json!({ "next": wrong })).await.error();
            assert_eq!((polls.0, polls.1), (400, 4), "{wrong}");
        }
    }
}
