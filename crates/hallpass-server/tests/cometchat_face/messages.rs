//! Messages, threads, reactions: what is sent arrives, for those whom it is for. docs/cometchat.md, Messages, threads, reactions.

use axum::http::Method;
use hallpass::Timestamp;
use serde_json::{Value, json};

use super::client::{Comet, From, NOON_S, code};
use crate::support::NOON;

async fn club() -> Comet {
    let comet = Comet::with_users(&["olga", "mona", "paul", "pia", "nora"]).await;
    let members = json!({"moderators": ["mona"], "participants": ["paul", "pia"]});
    comet.post("/groups", json!({"guid": "club", "name": "Club", "type": "public", "owner": "olga", "members": members})).await.data();
    comet
}

fn text(receiver: &str, text: &str) -> Value {
    let kind = if receiver == "club" { "group" } else { "user" };
    json!({"receiver": receiver, "receiverType": kind, "category": "message", "type": "text", "data": {"text": text}})
}

impl Comet {
    async fn by(&self, uid: &str, method: Method, path: &str, body: Option<Value>) -> super::client::Reply {
        self.call(From::OnBehalf(uid), method, path, body).await
    }

    async fn send(&self, uid: &str, message: Value) -> Value {
        self.by(uid, Method::POST, "/messages", Some(message)).await.data()
    }

    async fn texts(&self, uid: &str, path: &str) -> Vec<String> {
        let listed = self.by(uid, Method::GET, path, None).await.data();
        listed.as_array().unwrap().iter().map(|message| message["data"]["text"].as_str().unwrap_or("-").to_owned()).collect()
    }

    fn at_second(&self, second: u64) {
        self.server.clock.set(Timestamp(NOON.as_ms() + second * 1_000));
    }
}

fn id(message: &Value) -> &str {
    message["id"].as_str().unwrap()
}

#[tokio::test]
async fn a_message_is_answered_with_who_sent_it_to_whom() {
    let comet = club().await;
    let message = json!({
        "receiver": "paul", "receiverType": "user", "category": "message", "type": "text", "muid": "m-1", "tags": ["work"],
        "data": {"text": "Hi", "metadata": {"a": 1}, "entities": {"sender": "somebody else"}},
    });
    let sent = comet.send("pia", message).await;
    let user = |uid: &str| json!({"entity": {"uid": uid, "name": uid, "role": "default", "status": "offline", "createdAt": NOON_S}, "entityType": "user"});
    let mut receiver = user("paul");
    receiver["entity"]["conversationId"] = json!("paul_user_pia");
    let expected = json!({
        "id": sent["id"], "muid": "m-1", "conversationId": "paul_user_pia", "sender": "pia", "receiverType": "user", "receiver": "paul",
        "category": "message", "type": "text", "tags": ["work"], "sentAt": NOON_S, "updatedAt": NOON_S,
        "data": {"text": "Hi", "metadata": {"a": 1}, "entities": {"sender": user("pia"), "receiver": receiver}},
    });
    assert_eq!(sent, expected);
    assert!(id(&sent).parse::<u64>().unwrap() < 1 << 53, "a number that JavaScript counts exactly");
    assert_eq!(comet.by("pia", Method::GET, &format!("/messages/{}", id(&sent)), None).await.data(), expected);
    // The app sends as itself.
    let from_app = comet.post("/messages", text("club", "Welcome")).await.data();
    assert_eq!((&from_app["sender"], &from_app["data"]["entities"]["sender"]["entity"]["name"]), (&json!("app_system"), &json!("System")));
    assert_eq!(from_app["data"]["entities"]["receiver"]["entity"]["guid"], "club");
}

#[tokio::test]
async fn what_cannot_be_sent_is_told_by_its_own_code() {
    let comet = club().await;
    let refused = async |message: Value| comet.by("paul", Method::POST, "/messages", Some(message)).await.code();
    let with = |field: &str, value: Value| {
        let mut message = text("club", "Hi");
        message[field] = value;
        message
    };
    assert_eq!(refused(with("receiver", json!(null))).await, code(400, "ERR_EMPTY_RECEIVER"));
    assert_eq!(refused(with("receiverType", json!("team"))).await, code(400, "ERR_INVALID_RECEIVER_TYPE"));
    assert_eq!(refused(with("receiver", json!("nix"))).await, code(404, "ERR_GUID_NOT_FOUND"));
    assert_eq!(refused(text("nobody", "Hi")).await, code(404, "ERR_UID_NOT_FOUND"));
    assert_eq!(refused(with("category", json!("action"))).await, code(400, "ERR_INVALID_MESSAGE_CATEGORY"));
    assert_eq!(refused(with("type", json!("song"))).await, code(400, "ERR_INVALID_MESSAGE_TYPE"));
    assert_eq!(refused(with("data", json!({"text": ""}))).await, code(400, "ERR_EMPTY_MESSAGE_TEXT"));
    assert_eq!(refused(with("type", json!("image"))).await, code(400, "ERR_EMPTY_MESSAGE_FILE"));
    let custom = json!({"receiver": "club", "receiverType": "group", "category": "custom", "type": "poll", "data": {}});
    assert_eq!(refused(custom).await, code(400, "ERR_EMPTY_CUSTOM_DATA"));
    // Deactivated users get no message, and those who are not in a group send none to it.
    comet.delete("/users", Some(json!({"uidsToDeactivate": ["pia"]}))).await.data();
    assert_eq!(refused(text("pia", "Hi")).await, code(404, "ERR_UID_NOT_FOUND"));
    let outside = comet.by("nora", Method::POST, "/messages", Some(text("club", "Hi"))).await;
    assert_eq!(outside.code(), code(403, "ERR_GROUP_NOT_JOINED"));
    assert_eq!(comet.get("/messages").await.data(), json!([]), "what is refused is not kept");
}

/// 6.5: ERR_BLOCKED_RECEIVER. The receiver's block counts, whatever is granted.
#[tokio::test]
async fn who_is_blocked_reaches_nobody_who_blocks_them() {
    let comet = club().await;
    comet.post("/users/pia/blockedusers", json!({"blockedUids": ["paul"]})).await.data();
    let refused = comet.by("paul", Method::POST, "/messages", Some(text("pia", "Hi"))).await;
    assert_eq!(refused.code(), code(403, "ERR_BLOCKED_RECEIVER"));
    let call = json!({"receiver": "pia", "receiverType": "user", "type": "audio"});
    assert_eq!(comet.by("paul", Method::POST, "/calls", Some(call)).await.code(), code(403, "ERR_BLOCKED_RECEIVER"));
    comet.send("pia", text("paul", "Hi")).await;
    comet.send("paul", text("club", "Hi all")).await;
}

/// Messages of others are not there, as far as anybody can tell; groups are closed to those who are not in them.
#[tokio::test]
async fn nobody_reads_what_is_not_for_them() {
    let comet = club().await;
    let private = comet.send("paul", text("pia", "Psst")).await;
    let public = comet.send("paul", text("club", "Hi all")).await;
    let reaction = |message: &Value| format!("/messages/{}/reactions/x", id(message));
    for (method, path, body) in [
        (Method::GET, format!("/messages/{}", id(&private)), None),
        (Method::GET, format!("/messages/{}/thread", id(&private)), None),
        (Method::GET, format!("/messages/{}/reactions", id(&private)), None),
        (Method::POST, reaction(&private), Some(json!({}))),
        (Method::DELETE, reaction(&private), None),
        (Method::PUT, format!("/messages/{}", id(&private)), Some(json!({"data": {"text": "x"}}))),
        (Method::DELETE, format!("/messages/{}", id(&private)), None),
        (Method::POST, format!("/messages/{}/thread", id(&private)), Some(json!({"type": "text", "data": {"text": "x"}}))),
    ] {
        let refused = comet.by("mona", method.clone(), &path, body.clone()).await;
        assert_eq!(refused.code(), code(404, "ERR_MESSAGE_ID_NOT_FOUND"), "{method} {path}");
        let outside = path.replace(id(&private), id(&public));
        let refused = comet.by("nora", method.clone(), &outside, body).await;
        assert_eq!(refused.code(), code(403, "ERR_GROUP_NOT_JOINED"), "{method} {outside}");
    }
    assert_eq!(comet.by("nora", Method::GET, "/groups/club/messages", None).await.code(), code(403, "ERR_GROUP_NOT_JOINED"));
    assert_eq!(comet.texts("nora", "/messages").await, Vec::<String>::new());
    assert_eq!(comet.texts("nora", "/users/paul/messages").await, Vec::<String>::new());
    assert_eq!(comet.texts("mona", "/messages").await, ["Hi all"]);
    assert_eq!(comet.texts("pia", "/messages").await, ["Psst", "Hi all"]);
    assert_eq!(comet.texts("pia", "/users/paul/messages").await, ["Psst"]);
    // Whoever left reads no more.
    comet.delete("/groups/club/members/pia", None).await.data();
    assert_eq!(comet.texts("pia", "/messages").await, ["Psst"]);
    assert_eq!(comet.by("pia", Method::GET, "/groups/club/messages", None).await.code(), code(403, "ERR_GROUP_NOT_JOINED"));
}

/// Catalogue: one's own everywhere; in groups those of others, too, from moderator on.
#[tokio::test]
async fn authors_edit_and_delete_and_moderators_do_so_in_their_group() {
    let comet = club().await;
    let message = comet.send("paul", text("club", "Hello")).await;
    let path = format!("/messages/{}", id(&message));
    let edit =
        async |uid: &str, words: &str| comet.by(uid, Method::PUT, &path, Some(json!({"data": {"text": words}, "tags": ["t"]}))).await;
    assert_eq!(edit("pia", "Mine").await.code(), code(403, "ERR_MESSAGE_NOT_A_SENDER"));
    comet.at_second(5);
    let edited = edit("paul", "Hello!").await.data();
    assert_eq!((&edited["category"], &edited["type"], &edited["data"]["action"]), (&json!("action"), &json!("message"), &json!("edited")));
    let on = &edited["data"]["entities"]["on"];
    assert_eq!(on["entityType"], "message");
    let shown = &on["entity"];
    assert_eq!(
        (&shown["data"]["text"], &shown["editedBy"], &shown["editedAt"], &shown["tags"]),
        (&json!("Hello!"), &json!("paul"), &json!(NOON_S + 5), &json!(["t"]))
    );
    assert_eq!(edit("mona", "Moderated").await.data()["data"]["entities"]["on"]["entity"]["editedBy"], "mona");
    let empty = comet.by("paul", Method::PUT, &path, Some(json!({"data": {"text": ""}}))).await;
    assert_eq!(empty.code(), code(400, "ERR_EMPTY_MESSAGE_TEXT"));
    let delete = async |uid: &str| comet.by(uid, Method::DELETE, &path, None).await;
    assert_eq!(delete("pia").await.code(), code(403, "ERR_MESSAGE_NOT_A_SENDER"));
    let deleted = delete("paul").await.data();
    let shown = &deleted["data"]["entities"]["on"]["entity"];
    assert_eq!(
        (&deleted["data"]["action"], &shown["deletedBy"], &shown["data"]["text"]),
        (&json!("deleted"), &json!("paul"), &Value::Null)
    );
    assert_eq!(delete("paul").await.code(), code(403, "ERR_MESSAGE_ACTION_NOT_ALLOWED"));
    assert_eq!(edit("paul", "Again").await.code(), code(403, "ERR_MESSAGE_ACTION_NOT_ALLOWED"));
    let listed = comet.by("paul", Method::GET, "/groups/club/messages", None).await.data();
    assert_eq!((&listed[0]["deletedAt"], listed.to_string().contains("Moderated")), (&json!(NOON_S + 5), false));
    assert_eq!(comet.texts("paul", "/groups/club/messages?hideDeleted=1").await, Vec::<String>::new());
    // One-to-one there is no moderator.
    let private = comet.send("paul", text("mona", "Hi")).await;
    let other = comet.by("mona", Method::PUT, &format!("/messages/{}", id(&private)), Some(json!({"data": {"text": "x"}}))).await;
    assert_eq!(other.code(), code(403, "ERR_MESSAGE_NOT_A_SENDER"));
    // The app may take it away altogether; a user who asks so only deletes it.
    let second = comet.send("paul", text("club", "Two")).await;
    comet.by("paul", Method::DELETE, &format!("/messages/{}", id(&second)), Some(json!({"permanent": true}))).await.data();
    assert_eq!(comet.get(&format!("/messages/{}", id(&second))).await.data()["deletedBy"], "paul");
    comet.delete(&format!("/groups/club/messages/{}", id(&second)), Some(json!({"permanent": true}))).await.data();
    assert_eq!(comet.get(&format!("/messages/{}", id(&second))).await.code(), code(404, "ERR_MESSAGE_ID_NOT_FOUND"));
}

/// 1.2: `allowedMimeTypes` names what is accepted, so every file has to be, whatever it comes with.
#[tokio::test]
async fn every_file_of_a_message_is_held_against_the_list() {
    let comet = club().await;
    let set = json!({"permissions": {"sendMessage.allowedMimeTypes": ["image/png", "video/*"]}});
    comet.put("/groups/club/scopes/participant/permissions", set).await.data();
    let send = async |uid: &str, data: Value| {
        let message = json!({"receiver": "club", "receiverType": "group", "type": "file", "data": data});
        comet.by(uid, Method::POST, "/messages", Some(message)).await
    };
    let files = |types: &[&str]| {
        let listed: Vec<Value> = types.iter().map(|mime_type| json!({"url": "https://x/f", "mimeType": mime_type})).collect();
        json!({ "attachments": listed })
    };
    send("paul", files(&["image/png", "video/mp4"])).await.data();
    send("paul", files(&["IMAGE/PNG; q=1"])).await.data();
    send("paul", json!({"url": "https://x/photo.png?size=1"})).await.data();
    let denied = code(403, "ERR_PERMISSION_DENIED");
    assert_eq!(send("paul", files(&["image/png", "application/pdf"])).await.code(), denied);
    assert_eq!(send("paul", files(&["application/pdf", "image/png"])).await.code(), denied);
    // What does not say what it is, is nothing that the list names.
    assert_eq!(send("paul", json!({"url": "https://x/photo"})).await.code(), denied);
    assert_eq!(send("paul", json!({"attachments": [{"url": "https://x/run.exe"}]})).await.code(), denied);
    send("mona", files(&["application/pdf"])).await.data();
    // A file beside the list is one more; one that is in the list, too, is the same.
    let beside = |url: &str| json!({"url": url, "attachments": [{"url": "https://x/a.png", "mimeType": "image/png"}]});
    assert_eq!(send("paul", beside("https://x/run.exe")).await.code(), denied);
    send("paul", beside("https://x/a.png")).await.data();
    // Words bring no files along.
    let mut smuggled = text("club", "Look");
    smuggled["data"]["attachments"] = json!([{"url": "https://x/run.exe"}]);
    smuggled["data"]["url"] = json!("https://x/run.exe");
    let sent = comet.send("paul", smuggled).await;
    assert!(!sent.to_string().contains("run.exe"), "{sent}");
    // Words need no type; and no edit brings in files that could not be sent.
    let words = comet.send("paul", text("club", "Hi")).await;
    let data = json!({"text": "Hi!", "attachments": [{"url": "https://x/run.exe"}], "url": "https://x/run.exe"});
    let edited = comet.by("paul", Method::PUT, &format!("/messages/{}", id(&words)), Some(json!({ "data": data }))).await.data();
    assert!(!edited.to_string().contains("run.exe"), "{edited}");
}

#[tokio::test]
async fn a_thread_has_its_own_list_and_its_own_permissions() {
    let comet = club().await;
    let note = comet.send("olga", text("club", "Note")).await;
    let path = format!("/messages/{}/thread", id(&note));
    let reply = |words: &str| Some(json!({"type": "text", "data": {"text": words}}));
    let first = comet.by("paul", Method::POST, &path, reply("One")).await.data();
    assert_eq!((&first["parentId"], &first["receiver"], &first["receiverType"]), (&note["id"], &json!("club"), &json!("group")));
    comet.by("pia", Method::POST, &path, reply("Two")).await.data();
    assert_eq!(comet.texts("mona", &path).await, ["One", "Two"]);
    assert_eq!(comet.texts("mona", "/groups/club/messages").await, ["Note", "One", "Two"]);
    assert_eq!(comet.texts("mona", "/groups/club/messages?hideReplies=1").await, ["Note"]);
    assert_eq!(comet.get(&format!("/messages/{}", id(&note))).await.data()["replyCount"], 2);
    let nested = comet.by("paul", Method::POST, &format!("/messages/{}/thread", id(&first)), reply("Three")).await;
    assert_eq!(nested.code(), code(400, "ERR_MESSAGE_THREAD_NESTING"));
    // The gates of threads are their own: who may not reply may send, and replies are hidden from every list.
    let set = json!({"permissions": {"sendThreadedMessage": "deny", "listThreadedMessages": "deny"}});
    comet.put("/groups/club/scopes/participant/permissions", set).await.data();
    assert_eq!(comet.by("paul", Method::POST, &path, reply("Four")).await.code(), code(403, "ERR_PERMISSION_DENIED"));
    assert_eq!(comet.by("paul", Method::GET, &path, None).await.code(), code(403, "ERR_PERMISSION_DENIED"));
    comet.send("paul", text("club", "Four")).await;
    assert_eq!(comet.texts("paul", "/groups/club/messages").await, ["Note", "Four"]);
    assert_eq!(comet.texts("mona", "/groups/club/messages").await, ["Note", "One", "Two", "Four"]);
    // Through its group a reply is as hard to delete as by itself.
    comet.put("/groups/club/scopes/participant/permissions", json!({"permissions": {"deleteThreadedMessage": "deny"}})).await.data();
    for path in [format!("/messages/{}", id(&first)), format!("/groups/club/messages/{}", id(&first))] {
        assert_eq!(comet.by("paul", Method::DELETE, &path, None).await.code(), code(403, "ERR_PERMISSION_DENIED"), "{path}");
    }
    // One-to-one, a reply goes to the other.
    let private = comet.send("paul", text("pia", "Psst")).await;
    let answer = comet.by("pia", Method::POST, &format!("/messages/{}/thread", id(&private)), reply("Yes?")).await.data();
    assert_eq!((&answer["receiver"], &answer["conversationId"]), (&json!("paul"), &json!("paul_user_pia")));
}

#[tokio::test]
async fn lists_are_filtered_and_read_from_both_ends() {
    let comet = club().await;
    for (second, words) in ["a", "b", "c", "d", "e"].into_iter().enumerate() {
        comet.at_second(second as u64);
        comet.send("paul", text("club", words)).await;
    }
    let page = async |query: &str| {
        let answer = comet.by("pia", Method::GET, &format!("/groups/club/messages?{query}"), None).await.ok();
        let texts: String = answer["data"].as_array().unwrap().iter().map(|message| message["data"]["text"].as_str().unwrap()).collect();
        (texts, answer["meta"].clone())
    };
    // Newest first, in pages; each page oldest first.
    let (texts, meta) = page("per_page=2&affix=prepend").await;
    assert_eq!((texts.as_str(), &meta["pagination"]["total_pages"], &meta["cursor"]["affix"]), ("de", &json!(2), &json!("prepend")));
    let (texts, meta) = page(&format!("perPage=2&id={}", meta["cursor"]["id"])).await;
    assert_eq!(texts, "bc");
    let (texts, meta) = page(&format!("per_page=2&affix=prepend&id={}", meta["cursor"]["id"])).await;
    assert_eq!((texts.as_str(), &meta["pagination"]), ("a", &json!({"count": 1, "per_page": 2, "current_page": 1, "total_pages": 1})));
    // And upwards from there.
    let (texts, meta) = page(&format!("per_page=3&affix=append&id={}", meta["cursor"]["id"])).await;
    assert_eq!((texts.as_str(), &meta["cursor"]["affix"]), ("bcd", &json!("append")));
    assert_eq!(page(&format!("affix=append&sentAt={}", NOON_S + 2)).await.0, "de");
    assert_eq!(page(&format!("affix=prepend&sentAt={}", NOON_S + 2)).await.0, "ab");
    assert_eq!(page("searchKey=C").await.0, "c");
    assert_eq!(page("types=image").await.0, "");
    assert_eq!(page("categories=custom,message&types=text").await.0, "abcde");
    let wrong = comet.by("pia", Method::GET, "/groups/club/messages?affix=both", None).await.details();
    assert_eq!(wrong, (400, json!({"affix": ["The affix must be append or prepend, got \"both\"."]})));
}

/// Reactions: adding covers taking back; counts are of what one may see.
#[tokio::test]
async fn reactions_are_ones_own_and_counted_for_who_may_see_them() {
    let comet = club().await;
    let note = comet.send("olga", text("club", "Note")).await;
    let path = format!("/messages/{}/reactions", id(&note));
    let heart = format!("{path}/%E2%9D%A4");
    comet.by("pia", Method::POST, &heart, None).await.data();
    let reacted = comet.by("paul", Method::POST, &heart, None).await.data();
    assert_eq!(reacted["data"]["reactions"], json!([{"reaction": "❤", "count": 2, "reactedByMe": true}]));
    comet.by("paul", Method::POST, &heart, None).await.data();
    comet.by("mona", Method::POST, &format!("{path}/ok"), None).await.data();
    let listed = comet.by("paul", Method::GET, &path, None).await.data();
    let told: Vec<_> =
        listed.as_array().unwrap().iter().map(|one| (one["uid"].as_str().unwrap(), one["reaction"].as_str().unwrap())).collect();
    assert_eq!(told.len(), 3, "once more is nothing more");
    assert!(told.contains(&("mona", "ok")) && listed[0]["reactedBy"]["uid"] == listed[0]["uid"]);
    assert_eq!(comet.by("paul", Method::GET, &heart, None).await.data().as_array().unwrap().len(), 2);
    // In pages, as the SDK follows them.
    let first = comet.by("paul", Method::GET, &format!("{path}?limit=2"), None).await.ok();
    let next = format!("{path}?limit=2&affix=append&id={}", first["meta"]["next"]["id"].as_str().unwrap());
    let second = comet.by("paul", Method::GET, &next, None).await.ok();
    assert_eq!((second["data"].as_array().unwrap().len(), &second["meta"]["next"]), (1, &Value::Null));
    // Hidden reactions are not counted, either.
    comet
        .put("/groups/club/scopes/participant/permissions", json!({"permissions": {"listReactions.allowedScopes": ["moderator"]}}))
        .await
        .data();
    let seen = comet.by("paul", Method::GET, &format!("/messages/{}", id(&note)), None).await.data();
    assert_eq!(seen["data"]["reactions"], json!([{"reaction": "ok", "count": 1, "reactedByMe": false}]));
    // Nobody takes back what is not theirs.
    let removed = comet.by("pia", Method::DELETE, &heart, None).await.data();
    assert_eq!(removed["id"], note["id"]);
    assert_eq!(comet.by("pia", Method::DELETE, &heart, None).await.code(), code(404, "ERR_REACTION_NOT_FOUND"));
    assert_eq!(comet.by("pia", Method::DELETE, &format!("{path}/ok"), None).await.code(), code(404, "ERR_REACTION_NOT_FOUND"));
}

/// Whoever is deleted for good leaves nothing to the next holder of the id.
#[tokio::test]
async fn an_id_that_is_used_again_inherits_no_conversation() {
    let comet = club().await;
    let private = comet.send("paul", text("pia", "Psst")).await;
    let public = comet.send("paul", text("club", "Mine")).await;
    comet
        .by("paul", Method::POST, &format!("/messages/{}/reactions/x", id(&comet.send("olga", text("club", "Note")).await)), None)
        .await
        .data();
    comet.delete("/users/paul", Some(json!({"permanent": true}))).await.data();
    comet.post("/users", json!({"uid": "paul", "name": "Another Paul"})).await.data();
    comet.post("/groups/club/members", json!({"participants": ["paul"]})).await.data();
    for message in [&private, &public] {
        assert_eq!(comet.get(&format!("/messages/{}", id(message))).await.code(), code(404, "ERR_MESSAGE_ID_NOT_FOUND"));
    }
    assert_eq!(comet.texts("paul", "/messages").await, ["Note"]);
    assert_eq!(comet.texts("paul", "/users/pia/messages").await, Vec::<String>::new());
    assert_eq!(comet.by("paul", Method::GET, "/conversations", None).await.data().as_array().unwrap().len(), 1);
    let note = comet.by("paul", Method::GET, "/groups/club/messages", None).await.data();
    assert_eq!(note[0]["data"]["reactions"], Value::Null);
}

/// Ids that look alike when shown are different conversations.
#[tokio::test]
async fn look_alikes_share_nothing() {
    let comet = Comet::with_users(&["a", "b_user_c", "a_user_b", "c", "group", "x"]).await;
    let sent = comet.send("a", json!({"receiver": "b_user_c", "receiverType": "user", "type": "text", "data": {"text": "Secret"}})).await;
    assert_eq!(sent["conversationId"], "a_user_b_user_c");
    for (one, other) in [("c", "a_user_b"), ("a_user_b", "c")] {
        assert_eq!(comet.texts(one, &format!("/users/{other}/messages")).await, Vec::<String>::new());
    }
    comet.post("/groups", json!({"guid": "user_x", "name": "X", "type": "public", "owner": "a"})).await.data();
    comet.send("group", json!({"receiver": "x", "receiverType": "user", "type": "text", "data": {"text": "Psst"}})).await;
    assert_eq!(comet.texts("a", "/groups/user_x/messages").await, Vec::<String>::new());
}

/// The app pages through everything, both ways.
#[tokio::test]
async fn the_app_pages_through_all_messages() {
    let comet = club().await;
    let mut ids = Vec::new();
    for number in 1..=5 {
        let to = if number % 2 == 0 { "club" } else { "pia" };
        ids.push(id(&comet.send("paul", text(to, &number.to_string())).await).to_owned());
    }
    let page = async |query: String| {
        let page = comet.get(&format!("/messages?per_page=2&{query}")).await.ok();
        let texts: Vec<_> =
            page["data"].as_array().unwrap().iter().map(|message| message["data"]["text"].as_str().unwrap().to_owned()).collect();
        (texts.join(" "), page["meta"]["pagination"]["total_pages"].as_u64().unwrap(), page["meta"]["cursor"]["id"].to_string())
    };
    let shown = |texts: &str, pages: u64, cursor: usize| (texts.to_owned(), pages, ids[cursor - 1].clone());
    assert_eq!(page(String::new()).await, shown("4 5", 2, 4));
    assert_eq!(page(format!("id={}", ids[3])).await, shown("2 3", 2, 2));
    assert_eq!(page(format!("id={}", ids[2])).await, shown("1 2", 1, 1));
    assert_eq!(page("affix=append".to_owned()).await, shown("1 2", 2, 2));
    assert_eq!(page(format!("affix=append&id={}", ids[1])).await, shown("3 4", 2, 4));
    assert_eq!(page(format!("affix=append&id={}", ids[2])).await, shown("4 5", 1, 5));
}
