//! Nobody reaches further than their scopes: not by naming another's client, nor by changing what scopes are about.

use serde_json::{Value, json};

use super::office::{Object, Office};
use crate::desk::APP;
use crate::support::Answer;

/// Type, and reason or, where there is none, message.
fn why(answer: &Answer) -> (u16, String, String) {
    let error = &answer.json()["error"];
    let reason = error["data"]["reason"].as_str().or(error["message"].as_str()).unwrap_or_default();
    (answer.status.as_u16(), error["type"].as_str().unwrap_or_default().to_owned(), reason.to_owned())
}

fn refused(status: u16, kind: &str, why: &str) -> (u16, String, String) {
    (status, kind.to_owned(), why.to_owned())
}

/// docs/livechat.md, Decisions and differences: *my bots* of a bot are those of the client that owns it, whatever client it names.
#[tokio::test]
async fn a_bot_acts_for_its_owner_and_no_other_client() {
    let mut office = Office::new().await;
    let made = office.must("configuration", "create_bot", json!({"name": "Bot", "owner_client_id": office.client})).await;
    let asked = json!({"bot_id": made["id"], "bot_secret": made["secret"]});
    let token = office.must("configuration", "issue_bot_token", asked).await["token"].as_str().unwrap().to_owned();
    let (own, foreign) = (office.spot("bot", Object::Own).await, office.spot("bot", Object::Foreign).await);
    let none = refused(403, "authorization", "condition_failed");
    for (method, name) in [
        ("get_bot", "v3.6"),
        ("update_bot", "v3.6"),
        ("reset_bot_secret", "v3.6"),
        ("delete_bot", "v3.6"),
        ("get_bot_agent_details", "v0.6"),
        ("remove_bot_agent", "v0.6"),
    ] {
        let body = json!({"id": foreign["bot"], "bot_agent_id": foreign["bot"], "owner_client_id": foreign["owner"]});
        assert_eq!(why(&office.call(&token, name, "configuration", method, &body).await), none, "{method}");
    }
    let batch = json!({"requests": [{"id": foreign["bot"], "owner_client_id": foreign["owner"]}]});
    let batch = office.call(&token, "v3.6", "configuration", "batch_delete_bots", &batch).await.json();
    assert_eq!(batch["responses"][0]["error"]["type"], "authorization");

    assert_eq!(office.call(&token, "v3.6", "configuration", "get_bot", &json!({"id": own["bot"]})).await.status, 200);
    // A dry run says the same, whatever client is named as the one that it is about.
    let tried = async |method: &str, owner: &Value| {
        let desk = &office.desk;
        let own = desk.trial(&token, method, &[("owner_client_id", owner.as_str().unwrap())]).await;
        let body = json!({"token": token, "method": method, "owner_client_id": owner});
        let automation = desk.server.post(&format!("/v1/apps/{APP}/tokens/try"), desk.key(), &body).await.json();
        assert_eq!(own, automation);
        own["reason"].clone()
    };
    for method in ["get_bot", "update_bot", "reset_bot_secret", "delete_bot"] {
        assert_eq!(tried(method, &foreign["owner"]).await, "condition_failed", "{method}");
        assert_eq!(tried(method, &json!(office.client)).await, "granted", "{method}");
    }
    // What it makes is its owner's, too.
    let create = json!({"name": "Child", "owner_client_id": foreign["owner"]});
    let child = office.call(&token, "v3.6", "configuration", "create_bot", &create).await.json()["id"].clone();
    let child = office.must("configuration", "get_bot", json!({"id": child})).await;
    assert_eq!(child["owner_client_id"], json!(office.client));
    let listed = office.call(&token, "v3.6", "configuration", "list_bots", &json!({"owner_client_id": foreign["owner"]})).await.json();
    assert!(listed.as_array().unwrap().iter().all(|bot| bot["owner_client_id"] == json!(office.client)), "{listed}");
}

/// Defines a property of the other client's and publishes it for these deeds.
async fn property_of_another(office: &mut Office, published: &[&str]) -> (String, String) {
    let owner = office.spot("bot", Object::Foreign).await["owner"].as_str().unwrap().to_owned();
    let access = json!({"chat": {"agent": ["read", "write"]}, "thread": {"agent": ["read", "write"]}});
    let body = json!({"name": "secret", "type": "int", "access": access, "owner_client_id": owner});
    office.must("configuration", "register_property", body).await;
    if !published.is_empty() {
        let publish = json!({"name": "secret", "access_type": published, "owner_client_id": owner});
        office.must("configuration", "publish_property", publish).await;
    }
    (owner, "secret".to_owned())
}

/// docs/livechat.md, The OAuth dance: a property of a client is its own on chats; a personal access token does not become the client by
/// naming it.
#[tokio::test]
async fn a_personal_access_token_reaches_no_private_property_of_a_chat() {
    let mut office = Office::new().await;
    let (owner, name) = property_of_another(&mut office, &[]).await;
    let pat = office.desk.first_keys().4.to_owned();
    let writer = office.desk.ask_token("olivia", &["chats--all:rw"], Some(&owner)).await.json()["pat"].as_str().unwrap().to_owned();
    let spot = office.spot("chat", Object::Shared).await;
    let values = json!({"id": spot["chat"], "properties": {&owner: {&name: 7}}, "owner_client_id": owner});
    assert_eq!(
        why(&office.call(&pat, "v3.6", "agent", "update_chat_properties", &values).await),
        refused(403, "authorization", "property_private")
    );
    assert_eq!(office.call(&writer, "v3.6", "agent", "update_chat_properties", &values).await.json(), json!({}));
    let get = json!({"chat_id": spot["chat"], "owner_client_id": owner});
    let seen = office.call(&pat, "v3.6", "agent", "get_chat", &get).await.json();
    assert_eq!(seen["properties"].get(&owner), None);
    let seen = office.call(&writer, "v3.6", "agent", "get_chat", &get).await.json();
    assert_eq!(seen["properties"][&owner], json!({"secret": 7}));

    // Nor is it found out by looking for it.
    for method in ["list_chats", "list_archives"] {
        let filters = json!({"filters": {"properties": {&owner: {&name: {"values": [7]}}}}});
        let answer = office.call(&pat, "v3.6", "agent", method, &filters).await;
        assert_eq!(why(&answer), refused(403, "authorization", "property_private"), "{method}");
        let found = office.call(&writer, "v3.6", "agent", method, &filters).await.json();
        assert_eq!(found["found_chats"], 1, "{method}");
    }
}

/// What may be written and not read is not in the answer of 2018 either, which shows the whole chat.
#[tokio::test]
async fn a_chat_that_starts_is_shown_without_what_is_private() {
    let mut office = Office::new().await;
    let (owner, name) = property_of_another(&mut office, &["write"]).await;
    let token = office.token(&["chats--all:rw"]).await.unwrap();
    let start = json!({"chat": {"properties": {&owner: {&name: 7}, "rating": {"score": 1}}}});
    let answer = office.call(&token, "v0.6", "agent", "start_chat", &start).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let properties = answer.json()["chat"]["properties"].clone();
    assert!(properties["rating"].is_object() && properties.get(&owner).is_none(), "{properties}");
}

/// Groups decide which chats are open: they take a right to all agents, also one's own.
#[tokio::test]
async fn nobody_gives_groups_to_themselves() {
    let mut office = Office::new().await;
    let token = office.token(&["agents--my:rw"]).await.unwrap();
    let groups = json!({"id": "olivia", "groups": [{"id": 1}, {"id": 2}]});
    let none = refused(403, "authorization", "condition_failed");
    assert_eq!(why(&office.call(&token, "v3.6", "configuration", "update_agent", &groups).await), none);
    let batch = office.call(&token, "v3.6", "configuration", "batch_update_agents", &json!({"requests": [groups]})).await.json();
    assert_eq!(batch["responses"][0]["error"]["data"]["reason"], "condition_failed");
    let ids = |agent: &Value| agent["groups"].as_array().unwrap().iter().map(|group| group["id"].clone()).collect::<Vec<_>>();
    let held = office.must("configuration", "get_agent", json!({"id": "olivia"})).await;
    assert_eq!(ids(&held), [json!(1)]);

    let same = json!({"id": "olivia", "name": "Liv", "groups": held["groups"]});
    assert_eq!(office.call(&token, "v3.6", "configuration", "update_agent", &same).await.json(), json!({}));
    let all = office.token(&["agents--all:rw"]).await.unwrap();
    assert_eq!(office.call(&all, "v3.6", "configuration", "update_agent", &groups).await.json(), json!({}));
    assert_eq!(ids(&office.must("configuration", "get_agent", json!({"id": "olivia"})).await), [json!(1), json!(2)]);
}

/// docs/livechat.md, Rules beside the scopes: access is per thread, for whatever is done in one, too.
#[tokio::test]
async fn nothing_is_done_in_an_old_thread_of_other_groups() {
    let mut office = Office::new().await;
    let all = office.token(&["chats--all:rw"]).await.unwrap();
    let token = office.token(&["chats--access:rw"]).await.unwrap();
    let spot = office.spot("idle chat", Object::Foreign).await;
    let (chat, old, said) = (&spot["chat"], &spot["thread"], &spot["event"]);
    let event = json!({"type": "message", "text": "hello"});
    let resume = json!({"chat": {"id": chat, "access": {"group_ids": [1]}, "thread": {"events": [event]}}});
    let new = office.call(&all, "v3.6", "agent", "resume_chat", &resume).await.json();
    let leave = json!({"chat_id": chat, "user_id": "olivia", "user_type": "agent"});
    assert_eq!(office.call(&all, "v3.6", "agent", "remove_user_from_chat", &leave).await.status, 200);
    let score = json!({"rating": {"score": 5}});
    for (method, more) in [
        ("tag_thread", json!({"tag": "tag-all"})),
        ("untag_thread", json!({"tag": "tag-all"})),
        ("update_thread_properties", json!({"properties": score})),
        ("delete_thread_properties", json!({"properties": {"rating": ["score"]}})),
        ("update_event_properties", json!({"properties": score})),
        ("delete_event_properties", json!({"properties": {"rating": ["score"]}})),
        ("send_rich_message_postback", json!({"postback": {"id": "yes", "toggled": true}})),
        ("request_thread_summary", json!({})),
    ] {
        let mut body = json!({"chat_id": chat, "thread_id": old, "event_id": said});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = office.call(&token, "v3.6", "agent", method, &body).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["error"]["type"]), (403, &json!("missing_access")), "{method}");
        (body["thread_id"], body["event_id"]) = (new["thread_id"].clone(), new["event_ids"][0].clone());
        let answer = office.call(&token, "v3.6", "agent", method, &body).await;
        let presence = method == "send_rich_message_postback";
        assert_eq!(answer.status.as_u16(), if presence { 403 } else { 200 }, "{method}: {}", answer.text());
        assert!(!presence || answer.json()["error"]["type"] == "not_allowed", "{method}: {}", answer.text());
    }
}

/// A chat begins with words of the requester's own, or of its customer; nobody speaks for a colleague.
#[tokio::test]
async fn nobody_puts_words_into_a_colleagues_mouth() {
    let mut office = Office::new().await;
    let token = office.token(&["chats--all:rw"]).await.unwrap();
    let customer = office.spot("customer", Object::Own).await["customer"].clone();
    let users = json!([{"id": "mia", "type": "agent"}, {"id": customer, "type": "customer"}]);
    let start = |author: &Value| {
        let event = json!({"type": "message", "text": "I quit", "author_id": author});
        json!({"chat": {"users": users, "access": {"group_ids": [1]}, "thread": {"events": [event]}}})
    };
    let answer = office.call(&token, "v3.6", "agent", "start_chat", &start(&json!("mia"))).await;
    let text = "chat.thread.events: the author 'mia' is neither the requester nor the chat's customer";
    assert_eq!(why(&answer), refused(400, "validation", text));
    for author in [customer.clone(), json!("olivia")] {
        let answer = office.call(&token, "v3.6", "agent", "start_chat", &start(&author)).await;
        assert_eq!(answer.status, 200, "{author}: {}", answer.text());
    }
}

/// Taking the last group away does not open a chat to everybody; naming group 0 does.
#[tokio::test]
async fn a_chat_does_not_lose_its_last_group() {
    let mut office = Office::new().await;
    let token = office.token(&["chats--all:rw"]).await.unwrap();
    let spot = office.spot("chat", Object::Foreign).await;
    let remove = json!({"chat_id": spot["chat"], "remove_scopes": {"groups": [2]}});
    let text = "remove_scopes: would leave the chat with no group; group 0 in add_scopes opens it to everybody";
    assert_eq!(why(&office.call(&token, "v0.6", "agent", "update_chat_scopes", &remove).await), refused(400, "validation", text));
    let groups =
        async |office: &Office| office.must("agent", "get_chat", json!({"chat_id": spot["chat"]})).await["access"]["group_ids"].clone();
    assert_eq!(groups(&office).await, json!([2]));
    let open = json!({"chat_id": spot["chat"], "add_scopes": {"groups": [0]}, "remove_scopes": {"groups": [2]}});
    assert_eq!(office.call(&token, "v0.6", "agent", "update_chat_scopes", &open).await.json(), json!({}));
    assert_eq!(groups(&office).await, json!([0]));
}

/// docs/livechat.md, Decisions and differences: files of up to 10 MB.
#[tokio::test]
async fn files_of_up_to_ten_megabytes_are_taken() {
    let mut office = Office::new().await;
    let token = office.token(&["chats--all:rw"]).await.unwrap();
    let upload = async |bytes: usize| {
        let head = "--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\ncontent-type: text/plain\r\n\r\n";
        let body = [head.as_bytes(), &vec![b'x'; bytes], b"\r\n--edge--\r\n"].concat();
        let request = axum::http::Request::post("/v3.6/agent/action/upload_file")
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "multipart/form-data; boundary=edge")
            .body(axum::body::Body::from(body))
            .unwrap();
        office.desk.server.send(request).await
    };
    let most = 10 * 1024 * 1024;
    assert_eq!(upload(most).await.status, 200);
    let told = refused(413, "entity_too_large", "the file has more than 10485760 bytes");
    for bytes in [most + 1, most + 1024 * 1024] {
        assert_eq!(why(&upload(bytes).await), told, "{bytes}");
    }
}

/// A dry run asks what the call would: about a bot, its own owner, whatever client is named; and with a bot's token no other client than
/// the bot's owner.
#[tokio::test]
async fn a_dry_run_about_a_bot_says_what_the_call_says() {
    let mut office = Office::new().await;
    let made = office.must("configuration", "create_bot", json!({"name": "Bot", "owner_client_id": office.client})).await;
    let asked = json!({"bot_id": made["id"], "bot_secret": made["secret"]});
    let of_bot = office.must("configuration", "issue_bot_token", asked).await["token"].as_str().unwrap().to_owned();
    let (own, foreign) = (office.spot("bot", Object::Own).await, office.spot("bot", Object::Foreign).await);
    let pat = office.desk.pat("ada", &["agents-bot--my:rw"]).await;
    let client = office.client.clone();
    for (token, method, bot, owner, allowed) in [
        (&pat, "get_bot", &own["bot"], json!(client), true),
        (&pat, "get_bot", &foreign["bot"], json!(client), false),
        (&pat, "get_bot", &own["bot"], foreign["owner"].clone(), false),
        (&pat, "get_bot", &foreign["bot"], foreign["owner"].clone(), true),
        (&of_bot, "get_bot", &own["bot"], foreign["owner"].clone(), true),
        (&of_bot, "get_bot", &foreign["bot"], json!(client), false),
        (&of_bot, "get_bot", &json!("nobody"), json!(client), true),
    ] {
        let (id, owner) = (bot.as_str().unwrap(), owner.as_str().unwrap());
        let body = json!({"id": id, "owner_client_id": owner});
        let called = office.call(token, "v3.6", "configuration", method, &body).await;
        let passes = called.status == 200 || called.json()["error"]["type"] == "not_found";
        let tried = office.desk.trial(token, method, &[("account_id", id), ("owner_client_id", owner)]).await;
        assert_eq!((passes, &tried["allowed"]), (allowed, &json!(allowed)), "{id} {owner} {}", called.text());
    }
    for (token, bot, owner, allowed) in [
        (&pat, &own["bot"], json!(client), true),
        (&pat, &foreign["bot"], json!(client), false),
        (&of_bot, &own["bot"], foreign["owner"].clone(), true),
    ] {
        let (id, owner) = (bot.as_str().unwrap(), owner.as_str().unwrap());
        let body = json!({"agent_id": id, "status": "offline", "owner_client_id": owner});
        let called = office.call(token, "v3.6", "agent", "set_routing_status", &body).await;
        assert_eq!(called.status == 200, allowed, "{id} {owner} {}", called.text());
        for method in ["set_bot_routing_status", "set_routing_status"] {
            let tried = office.desk.trial(token, method, &[("account_id", id), ("owner_client_id", owner)]).await;
            assert_eq!(tried["allowed"], json!(allowed), "{method} {id} {owner}");
        }
    }
    // What is made belongs to the bot's owner, whomever the call names; so the call is allowed, and so says the dry run.
    for method in ["create_bot", "register_webhook", "list_webhooks"] {
        let tried = office.desk.trial(&of_bot, method, &[("owner_client_id", foreign["owner"].as_str().unwrap())]).await;
        let without = office.desk.trial(&of_bot, method, &[]).await;
        assert_eq!(tried["allowed"], without["allowed"], "{method}");
    }
    let create = json!({"name": "Child", "owner_client_id": foreign["owner"]});
    assert_eq!(office.call(&of_bot, "v3.6", "configuration", "create_bot", &create).await.status, 200);
    let tried = office.desk.trial(&of_bot, "create_bot", &[("owner_client_id", foreign["owner"].as_str().unwrap())]).await;
    assert_eq!(tried["allowed"], true);
}
