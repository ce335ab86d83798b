//! Rules beside the scopes (docs/livechat.md), and what methods answer.

use serde_json::{Value, json};

use super::office::{Object, Office};

fn told(answer: &crate::support::Answer) -> (u16, String, String) {
    let error = &answer.json()["error"];
    (
        answer.status.as_u16(),
        error["type"].as_str().unwrap_or_default().to_owned(),
        error["message"].as_str().unwrap_or_default().to_owned(),
    )
}

fn refused(status: u16, kind: &str, message: &str) -> (u16, String, String) {
    (status, kind.to_owned(), message.to_owned())
}

/// Presence: from outside nobody closes, hands over, adds or removes, unless they say that it does not matter; nobody ever speaks.
#[tokio::test]
async fn who_is_not_in_the_chat_says_so_or_stays_out() {
    let mut office = Office::new().await;
    let token = office.token(&["chats--all:rw"]).await.unwrap();
    let spot = office.spot("chat", Object::Shared).await;
    let chat = &spot["chat"];
    let outside = "Requester is not user of the chat; ignore_requester_presence says that this does not matter";
    for (method, body) in [
        ("deactivate_chat", json!({"id": chat})),
        ("transfer_chat", json!({"id": chat, "target": {"type": "group", "ids": [1]}})),
        ("add_user_to_chat", json!({"chat_id": chat, "user_id": "olivia", "user_type": "agent"})),
        ("remove_user_from_chat", json!({"chat_id": chat, "user_id": "mia", "user_type": "agent"})),
    ] {
        let answer = office.call(&token, "v3.6", "agent", method, &body).await;
        assert_eq!(told(&answer), refused(403, "not_allowed", outside), "{method}");
    }
    let word = json!({"chat_id": chat, "event": {"type": "message", "text": "hello"}, "ignore_requester_presence": true});
    let answer = office.call(&token, "v3.6", "agent", "send_event", &word).await;
    assert_eq!(told(&answer), refused(403, "not_allowed", "Requester is not user of the chat"));

    let join = json!({"chat_id": chat, "user_id": "olivia", "user_type": "agent", "ignore_requester_presence": true});
    assert_eq!(office.call(&token, "v3.6", "agent", "add_user_to_chat", &join).await.json(), json!({}));
    assert_eq!(office.call(&token, "v3.6", "agent", "send_event", &word).await.status, 200);
}

/// An added agent must have access of their own: `chats--all:rw` frees the requester only.
#[tokio::test]
async fn an_added_agent_must_have_access_of_their_own() {
    let mut office = Office::new().await;
    let token = office.token(&["chats--all:rw"]).await.unwrap();
    let spot = office.spot("chat", Object::Own).await;
    let chat = &spot["chat"];
    let add = json!({"chat_id": chat, "user_id": "nick", "user_type": "agent"});
    let none = "agent 'nick' has no access to the chat: none of their groups is among those of the chat";
    assert_eq!(told(&office.call(&token, "v3.6", "agent", "add_user_to_chat", &add).await), refused(403, "missing_access", none));
    let give = json!({"id": chat, "target": {"type": "agent", "ids": ["nick"]}});
    let answer = office.call(&token, "v3.6", "agent", "transfer_chat", &give).await;
    assert_eq!(told(&answer), refused(403, "missing_access", "agent 'nick' has no access to the chat"));
    office.desk.change(json!({"change": "user_put", "id": "nick", "roles": ["normal"], "teams": ["2"]})).await;
    assert_eq!(office.call(&token, "v3.6", "agent", "add_user_to_chat", &add).await.json(), json!({}));
}

/// One customer per chat, visible to all, never removed; a banned one starts nothing.
#[tokio::test]
async fn a_chat_has_one_customer_who_stays() {
    let mut office = Office::new().await;
    let token = office.token(&["chats--all:rw"]).await.unwrap();
    let carl = office.spot("customer", Object::Own).await["customer"].clone();
    let dora = office.spot("customer", Object::Own).await["customer"].clone();
    let start = json!({"chat": {"users": [{"id": carl, "type": "customer"}]}});
    let chat = office.call(&token, "v3.6", "agent", "start_chat", &start).await.json()["chat_id"].clone();
    let add = |who: &Value, visibility: &str| json!({"chat_id": chat, "user_id": who, "user_type": "customer", "visibility": visibility});
    let answer = office.call(&token, "v3.6", "agent", "add_user_to_chat", &add(&dora, "all")).await;
    assert_eq!(told(&answer), refused(403, "not_allowed", "there is a customer in the chat already, and one is the most"));
    let answer = office.call(&token, "v3.6", "agent", "add_user_to_chat", &add(&dora, "agents")).await;
    assert_eq!(told(&answer), refused(400, "validation", "visibility: expected all for a customer, got agents"));
    let remove = json!({"chat_id": chat, "user_id": carl, "user_type": "customer"});
    let answer = office.call(&token, "v3.6", "agent", "remove_user_from_chat", &remove).await;
    assert_eq!(told(&answer), refused(403, "not_allowed", "the customer cannot be removed from the chat"));
    let two = json!({"chat": {"users": [{"id": carl, "type": "customer"}, {"id": dora, "type": "customer"}]}});
    let answer = office.call(&token, "v3.6", "agent", "start_chat", &two).await;
    assert_eq!(told(&answer), refused(400, "validation", "chat.users: at most one customer"));

    office.must("agent", "ban_customer", json!({"id": carl, "ban": {"days": 3}})).await;
    let answer = office.call(&token, "v3.6", "agent", "start_chat", &start).await;
    assert_eq!(answer.json()["error"]["type"], "customer_banned");
    office.desk.after_ms(4 * 24 * 60 * 60 * 1_000);
    assert_eq!(office.call(&token, "v3.6", "agent", "start_chat", &start).await.status, 200);
}

/// Whom only agents see speaks to agents only.
#[tokio::test]
async fn a_supervisor_speaks_to_agents_only() {
    let mut office = Office::new().await;
    let token = office.token(&["chats--all:rw"]).await.unwrap();
    let spot = office.spot("chat", Object::Shared).await;
    let chat = &spot["chat"];
    let join =
        json!({"chat_id": chat, "user_id": "olivia", "user_type": "agent", "visibility": "agents", "ignore_requester_presence": true});
    office.call(&token, "v3.6", "agent", "add_user_to_chat", &join).await;
    let say = |visibility: &str| json!({"chat_id": chat, "event": {"type": "message", "text": "hm", "visibility": visibility}});
    let answer = office.call(&token, "v3.6", "agent", "send_event", &say("all")).await;
    let text = "a chat user with the visibility 'agents' cannot send with the visibility 'all'";
    assert_eq!(told(&answer), refused(403, "not_allowed", text));
    assert_eq!(office.call(&token, "v3.6", "agent", "send_event", &say("agents")).await.status, 200);
}

/// Access is per thread: an old thread of other groups stays closed, and is listed without what was said in it.
#[tokio::test]
async fn an_old_thread_of_other_groups_stays_closed() {
    let mut office = Office::new().await;
    let all = office.token(&["chats--all:rw"]).await.unwrap();
    let token = office.token(&["chats--access:ro"]).await.unwrap();
    let spot = office.spot("idle chat", Object::Foreign).await;
    let (chat, old) = (&spot["chat"], &spot["thread"]);
    let resume = json!({"chat": {"id": chat, "access": {"group_ids": [1]}}});
    let new = office.call(&all, "v3.6", "agent", "resume_chat", &resume).await.json()["thread_id"].clone();
    let leave = json!({"chat_id": chat, "user_id": "olivia", "user_type": "agent"});
    assert_eq!(office.call(&all, "v3.6", "agent", "remove_user_from_chat", &leave).await.status, 200);

    let latest = office.call(&token, "v3.6", "agent", "get_chat", &json!({"chat_id": chat})).await.json();
    assert_eq!(latest["thread"]["id"], new);
    let answer = office.call(&token, "v3.6", "agent", "get_chat", &json!({"chat_id": chat, "thread_id": old})).await;
    assert_eq!(answer.json()["error"]["type"], "missing_access");
    let threads = office.call(&token, "v3.6", "agent", "list_threads", &json!({"chat_id": chat})).await.json();
    assert_eq!(threads["threads"][0]["id"], new);
    assert_eq!(threads["threads"][1]["restricted_access"], "no_group_access");
    assert_eq!(threads["threads"][1].get("events"), None);
    let archives = office.call(&token, "v3.6", "agent", "list_archives", &json!({})).await.json();
    assert_eq!(archives["found_chats"], 1);
    assert_eq!(archives["chats"][0]["thread"]["id"], new);
}

/// Tag and thread must share a group.
#[tokio::test]
async fn a_tag_of_other_groups_is_not_put_on_a_thread() {
    let mut office = Office::new().await;
    let token = office.token(&["chats--all:rw"]).await.unwrap();
    let spot = office.spot("chat", Object::Own).await;
    office.must("configuration", "create_tag", json!({"name": "sales only", "group_ids": [1]})).await;
    let tag = json!({"chat_id": spot["chat"], "thread_id": spot["thread"], "tag": "sales only"});
    let answer = office.call(&token, "v3.6", "agent", "tag_thread", &tag).await;
    assert_eq!(told(&answer), refused(403, "not_allowed", "tag 'sales only' is for other groups than those of the thread"));
    office.must("configuration", "update_tag", json!({"name": "sales only", "group_ids": [1, 2]})).await;
    assert_eq!(office.call(&token, "v3.6", "agent", "tag_thread", &tag).await.json(), json!({}));
}

/// With a conversation scope of 2018 one joins and leaves oneself, because one must be in a chat to write; nobody else.
#[tokio::test]
async fn a_conversation_scope_of_2018_lets_its_holder_in() {
    let mut office = Office::new().await;
    let token = office.token(&["chats.conversation--all:write"]).await.unwrap();
    let spot = office.spot("chat", Object::Foreign).await;
    let chat = &spot["chat"];
    let word = json!({"payload": {"chat_id": chat, "event": {"type": "message", "text": "hello", "recipients": "all"}}});
    assert_eq!(office.call(&token, "v0.6", "agent", "send_event", &word).await.json()["error"]["type"], "not_allowed");
    let other = office.call(&token, "v0.6", "agent", "join_chat", &json!({"chat_id": chat, "agent_ids": ["mia"]})).await;
    assert_eq!(other.json()["error"]["data"]["reason"], "condition_failed");
    let join = office.call(&token, "v0.6", "agent", "join_chat", &json!({"chat_id": chat, "agent_ids": ["olivia"]})).await;
    assert_eq!(join.json(), json!({}));
    let sent = office.call(&token, "v0.6", "agent", "send_event", &word).await.json();
    let event = &sent["event"];
    assert_eq!(
        (&event["text"], &event["recipients"], &event["author_id"], &event["order"], &event["timestamp"]),
        (&json!("hello"), &json!("all"), &json!("olivia"), &json!(2), &json!(1_795_348_800))
    );
    let leave = office.call(&token, "v0.6", "agent", "remove_from_chat", &json!({"chat_id": chat})).await;
    assert_eq!(leave.json(), json!({}));
}

/// docs/livechat.md, Decisions and differences: a token that was made through a client does not reach another's bots by naming it.
#[tokio::test]
async fn naming_another_client_opens_none_of_its_bots() {
    let mut office = Office::new().await;
    let token = office.token(&["agents-bot--my:rw"]).await.unwrap();
    let spot = office.spot("bot", Object::Foreign).await;
    for method in ["get_bot", "update_bot", "delete_bot", "reset_bot_secret"] {
        let body = json!({"id": spot["bot"], "owner_client_id": spot["owner"], "name": "Mine"});
        let answer = office.call(&token, "v3.6", "configuration", method, &body).await;
        let error = answer.json()["error"].clone();
        assert_eq!((&error["type"], &error["data"]["reason"]), (&json!("authorization"), &json!("condition_failed")), "{method}");
    }
}

/// An agent who was created awaits approval; a suspended one is told so; requests that mean nothing say what they should be.
#[tokio::test]
async fn agents_wait_for_approval() {
    let mut office = Office::new().await;
    let token = office.token(&["accounts--all:rc", "agents--all:rw"]).await.unwrap();
    let create = json!({"id": "new@example.com", "name": "New", "awaiting_approval": false});
    let answer = office.call(&token, "v3.6", "configuration", "create_agent", &create).await;
    assert_eq!(answer.json()["error"]["data"]["action"], "create_agent_without_approval");
    let answer = office.call(&token, "v3.6", "configuration", "create_agent", &json!({"id": "new@example.com", "name": "New"})).await;
    assert_eq!(answer.json(), json!({"id": "new@example.com"}));
    let pat = office.desk.pat("new@example.com", &["chats--access:ro"]).await;
    let answer = office.call(&pat, "v3.6", "agent", "list_chats", &json!({})).await;
    assert_eq!(told(&answer), refused(403, "requester_awaiting_approval", "the account of the token awaits approval"));
    office.desk.role("new@example.com", "normal").await;
    assert_eq!(office.call(&pat, "v3.6", "agent", "list_chats", &json!({})).await.status, 200);

    let promote = json!({"id": "new@example.com", "role": "administrator"});
    let answer = office.call(&token, "v3.6", "configuration", "update_agent", &promote).await;
    assert_eq!(answer.json()["error"]["data"]["action"], "set_agent_role");
    let batch = json!({"requests": [{"id": "a@example.com", "name": "A"}, {"name": "B"}]});
    let answers = office.call(&token, "v3.6", "configuration", "batch_create_agents", &batch).await.json();
    let missing = json!({"error": {"type": "validation", "message": "id: is required"}});
    assert_eq!(answers, json!({"responses": [{"id": "a@example.com"}, missing]}));
}

/// Pages remember what was asked for.
#[tokio::test]
async fn lists_come_in_pages() {
    let mut office = Office::new().await;
    let token = office.token(&["chats--all:ro"]).await.unwrap();
    let mut chats = Vec::new();
    for at in 0..3 {
        office.desk.after_ms(at * 1_000);
        chats.push(office.spot("chat", Object::Foreign).await["chat"].clone());
    }
    let first = office.call(&token, "v3.6", "agent", "list_chats", &json!({"limit": 2})).await.json();
    let ids = |page: &Value| page["chats_summary"].as_array().unwrap().iter().map(|chat| chat["id"].clone()).collect::<Vec<_>>();
    assert_eq!((ids(&first), &first["found_chats"]), (vec![chats[2].clone(), chats[1].clone()], &json!(3)));
    let next = office.call(&token, "v3.6", "agent", "list_chats", &json!({"page_id": first["next_page_id"]})).await.json();
    assert_eq!((ids(&next), next.get("next_page_id")), (vec![chats[0].clone()], None));
    let oldest = office.call(&token, "v3.6", "agent", "list_chats", &json!({"sort_order": "asc", "limit": 1})).await.json();
    assert_eq!(ids(&oldest), vec![chats[0].clone()]);
}

/// Rules assign groups to chats that name none.
#[tokio::test]
async fn a_rule_says_which_groups_see_a_new_chat() {
    let mut office = Office::new().await;
    let token = office.token(&["chats--all:rw"]).await.unwrap();
    let conditions = json!({"domain": {"values": [{"value": "shop.example.com", "exact_match": true}]}});
    office.must("configuration", "add_auto_access", json!({"access": {"group_ids": [2]}, "conditions": conditions})).await;
    let start = |url: &str| json!({"chat": {"thread": {"properties": {"routing": {"start_url": url}}}}});
    for (url, groups) in [("https://shop.example.com/cart?x=1", json!([2])), ("https://blog.example.com/", json!([0]))] {
        let chat = office.call(&token, "v3.6", "agent", "start_chat", &start(url)).await.json()["chat_id"].clone();
        let shown = office.call(&token, "v3.6", "agent", "get_chat", &json!({"chat_id": chat})).await.json();
        assert_eq!(shown["access"]["group_ids"], groups, "{url}");
    }
}
