//! Flags, reports and the review queue; block lists and what they keep back. docs/stream.md, Which action gates what.

use axum::http::Method;
use serde_json::{Value, json};

use super::client::{BOTH, Dialect, From, Reply, Stream};

const MESSAGES: &str = "/channels/messaging/general/message";

/// Ana owns `general`, Ben and Dan are members, Cleo moderates it; Ada is an admin.
async fn general(dialect: Dialect) -> Stream {
    let stream = Stream::with_users(dialect, &["ana", "ben", "cleo", "dan"]).await;
    stream.post("/users", json!({"users": {"ada": {"id": "ada", "role": "admin"}}})).await.created();
    stream.channel("messaging", "general", "ana", &["ben", "dan"]).await;
    stream.post("/channels/messaging/general", json!({"add_moderators": ["cleo"]})).await.created();
    stream
}

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

async fn say(stream: &Stream, user: &str, text: &str) -> String {
    let sent = post(stream, user, MESSAGES, json!({"message": {"text": text}})).await.created();
    sent["message"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_flag_goes_through_all_three_windows_until_it_is_reviewed() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        let message = say(&stream, "ben", "rude").await;
        let body = match dialect {
            Dialect::Flat => json!({"target_message_id": message, "reason": "rude"}),
            Dialect::Prefixed => json!({"entity_type": "stream:chat:v1:message", "entity_id": message, "reason": "rude"}),
        };
        let flagged = post(&stream, "dan", "/moderation/flag", body.clone()).await.created();
        let item = flagged["item_id"].as_str().unwrap().to_owned();
        assert_eq!(flagged["flag"]["user"]["id"], "dan");
        assert_eq!(flagged["flag"]["target_message_id"], json!(message));
        post(&stream, "ana", "/moderation/flag", body).await.created();

        let here = json!({"filter_conditions": {"channel_cid": "messaging:general"}});
        let flags = stream.query(From::User("cleo"), "/moderation/flags/message", here.clone()).await.ok();
        let flaggers: Vec<_> = flags["flags"].as_array().unwrap().iter().map(|flag| flag["user"]["id"].clone()).collect();
        assert_eq!(flaggers.len(), 2, "{flags}");
        assert_eq!(flags["flags"][0]["message"]["text"], "rude");
        assert_eq!(refused_for(stream.query(From::User("dan"), "/moderation/flags/message", here).await), "ReadMessageFlags");
        let unseen = stream.query(From::User("dan"), "/moderation/flags/message", json!({})).await.ok();
        assert_eq!(unseen["flags"], json!([]));

        let reports = post(&stream, "ada", "/moderation/reports", json!({})).await.created();
        assert_eq!(reports["flag_reports"][0]["id"], json!(item));
        assert_eq!(reports["flag_reports"][0]["flags_count"], 2);
        assert_eq!(reports["flag_reports"][0]["first_reporter"]["id"], "dan");
        assert_eq!(refused_for(post(&stream, "dan", "/moderation/reports", json!({})).await), "ReadFlagReports");
        let queue =
            post(&stream, "ada", "/moderation/review_queue", json!({"filter": {"entity_type": "stream:chat:v1:message"}})).await.created();
        assert_eq!(queue["items"][0]["id"], json!(item));
        assert_eq!(queue["items"][0]["flags"].as_array().unwrap().len(), 2);
        assert_eq!(refused_for(post(&stream, "cleo", "/moderation/review_queue", json!({})).await), "QueryModerationReviewQueue");

        let review = json!({"review_result": "reviewed"});
        let path = format!("/moderation/reports/{item}");
        assert_eq!(refused_for(call(&stream, "dan", Method::PATCH, &path, review.clone()).await), "UpdateFlagReport");
        let reviewed = call(&stream, "ada", Method::PATCH, &path, review).await.ok();
        assert_eq!(reviewed["flag_report"]["reviewed_by"]["id"], "ada");
        let open = post(&stream, "ada", "/moderation/review_queue", json!({"filter": {"reviewed": false}})).await.created();
        assert_eq!(open["items"], json!([]));
    }
}

#[tokio::test]
async fn flags_take_their_permissions() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        let message = say(&stream, "ben", "rude").await;
        stream.post("/users", json!({"users": {"eve": {"id": "eve"}}})).await.created();
        assert_eq!(refused_for(post(&stream, "eve", "/moderation/flag", json!({"target_message_id": message})).await), "FlagMessage");
        let of_user = post(&stream, "eve", "/moderation/flag", json!({"target_user_id": "ben"})).await.created();
        assert_eq!(of_user["flag"]["target_user"]["id"], "ben");
        stream.patch("/app", json!({"grants": {"user": []}})).await.ok();
        assert_eq!(refused_for(post(&stream, "eve", "/moderation/flag", json!({"target_user_id": "ben"})).await), "FlagUser");
        let wrong = post(&stream, "ben", "/moderation/flag", json!({"entity_type": "stream:song", "entity_id": "x"})).await.error();
        assert!(wrong.2.contains("got 'stream:song'"), "{}", wrong.2);
        assert!(post(&stream, "ben", "/moderation/flag", json!({})).await.error().2.contains("is required"));
    }
}

#[tokio::test]
async fn a_moderator_acts_on_an_item() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        let message = say(&stream, "ben", "rude").await;
        let item = post(&stream, "dan", "/moderation/flag", json!({"target_message_id": message})).await.created()["item_id"].clone();
        let act = async |user, action: &str, more: Value| {
            let mut body = json!({"item_id": item, "action_type": action});
            body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
            post(&stream, user, "/moderation/submit_action", body).await
        };
        assert_eq!(refused_for(act("cleo", "ban", json!({})).await), "SubmitModerationAction");
        let done = act("ada", "ban", json!({"ban": {"channel_ban_only": true, "reason": "rude"}})).await.created();
        assert_eq!(done["item"]["latest_moderator_action"], "ban");
        assert_eq!(stream.may_in("ben", "CreateMessage", "messaging:general").await, "channel_banned");
        act("ada", "unban", json!({"unban": {"channel_cid": "messaging:general"}})).await.created();
        assert_eq!(stream.may_in("ben", "CreateMessage", "messaging:general").await, "granted");
        act("ada", "delete_message", json!({})).await.created();
        let gone = stream.get(&format!("/messages/{message}")).await.ok();
        assert_eq!(gone["message"]["type"], "deleted");
        // The item is no licence to ban others, or elsewhere.
        assert!(act("ada", "ban", json!({"ban": {"target_user_id": "ana"}})).await.error().2.contains("the item is about 'ben'"));
        assert!(act("ada", "ban", json!({"ban": {"channel_cid": "messaging:other"}})).await.error().2.contains("not about channel"));
        assert!(act("ada", "dance", json!({})).await.error().2.contains("expected one of mark_reviewed"));
    }
}

#[tokio::test]
async fn a_blocked_word_is_kept_back_until_it_is_let_through() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        stream.post("/blocklists", json!({"name": "rude", "words": ["darn"]})).await.created();
        stream.put("/channeltypes/messaging", json!({"blocklist": "rude", "blocklist_behavior": "block"})).await.created();
        let refused = post(&stream, "ben", MESSAGES, json!({"message": {"id": "m-1", "text": "Darn it"}})).await;
        let hallpass = refused.hallpass();
        assert_eq!(hallpass["words"], json!(["darn"]));
        assert_eq!(hallpass["action"], "SkipMessageModeration");
        let (status, code, _) = refused.error();
        assert_eq!((status, code), (400, 73));
        let sees = async |user: &str| {
            let state = post(&stream, user, "/channels/messaging/general/query", json!({"state": true})).await.created();
            state["messages"].as_array().unwrap().iter().any(|message| message["id"] == "m-1")
        };
        assert!(!sees("dan").await);
        // Moderators skip moderation.
        post(&stream, "cleo", MESSAGES, json!({"message": {"text": "darn"}})).await.created();

        let unblock = json!({"target_message_id": "m-1"});
        assert_eq!(refused_for(post(&stream, "dan", "/moderation/unblock_message", unblock.clone()).await), "UnblockMessage");
        let queue = post(&stream, "ada", "/moderation/review_queue", json!({})).await.created();
        assert_eq!(queue["items"][0]["entity_id"], "m-1");
        post(&stream, "cleo", "/moderation/unblock_message", unblock).await.created();
        assert!(sees("dan").await);

        stream.put("/channeltypes/messaging", json!({"blocklist_behavior": "flag"})).await.created();
        say(&stream, "ben", "darn again").await;
        let open = post(&stream, "ada", "/moderation/review_queue", json!({"filter": {"reviewed": false}})).await.created();
        assert_eq!(open["items"].as_array().unwrap().len(), 1);
        assert_eq!(open["items"][0]["flags"][0]["type"], "blocklist");
    }
}

#[tokio::test]
async fn block_lists_and_configs_are_the_admins() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        let list = json!({"name": "rude", "words": ["darn"]});
        assert_eq!(refused_for(post(&stream, "ben", "/blocklists", list.clone()).await), "CreateBlockList");
        let made = post(&stream, "ada", "/blocklists", list.clone()).await.created();
        assert_eq!(made["blocklist"]["words"], json!(["darn"]));
        assert_eq!(post(&stream, "ada", "/blocklists", list).await.error().1, 4);
        let get = async |user, path: &str| stream.call(From::User(user), Method::GET, path, None).await;
        assert_eq!(refused_for(get("ben", "/blocklists").await), "ReadBlockLists");
        // Who may not read them is not told which there are.
        assert_eq!(refused_for(get("ben", "/blocklists/none").await), "ReadBlockLists");
        assert_eq!(get("ada", "/blocklists").await.ok()["blocklists"].as_array().unwrap().len(), 1);
        assert_eq!(get("ada", "/blocklists/none").await.error().1, 16);
        let words = json!({"words": ["drat"]});
        assert_eq!(refused_for(call(&stream, "ben", Method::PUT, "/blocklists/rude", words.clone()).await), "UpdateBlockList");
        call(&stream, "ada", Method::PUT, "/blocklists/rude", words).await.ok();
        assert_eq!(get("ada", "/blocklists/rude").await.ok()["blocklist"]["words"], json!(["drat"]));

        let config =
            json!({"key": "chat:messaging", "block_list_config": {"enabled": true, "rules": [{"name": "rude", "action": "block"}]}});
        assert_eq!(refused_for(post(&stream, "ben", "/moderation/config", config.clone()).await), "UpsertModerationConfig");
        let made = post(&stream, "ada", "/moderation/config", config).await.created();
        assert_eq!(made["config"]["key"], "chat:messaging");
        assert_eq!(post(&stream, "ben", MESSAGES, json!({"message": {"text": "drat"}})).await.error().1, 73);
        assert_eq!(refused_for(get("ben", "/moderation/config/chat:messaging").await), "ReadModerationConfig");
        assert_eq!(get("ada", "/moderation/config/chat:messaging").await.ok()["config"]["key"], "chat:messaging");
        let wrong = json!({"key": "chat", "block_list_config": {"rules": [{"name": "rude", "action": "sing"}]}});
        assert!(post(&stream, "ada", "/moderation/config", wrong).await.error().2.contains("block_list_config.rules[0].action"));
        let delete = async |user, path: &str| stream.call(From::User(user), Method::DELETE, path, None).await;
        assert_eq!(refused_for(delete("ben", "/moderation/config/chat:messaging").await), "DeleteModerationConfig");
        delete("ada", "/moderation/config/chat:messaging").await.ok();
        say(&stream, "ben", "drat").await;
        assert_eq!(refused_for(delete("ben", "/blocklists/rude").await), "DeleteBlockList");
        delete("ada", "/blocklists/rude").await.ok();
    }
}
