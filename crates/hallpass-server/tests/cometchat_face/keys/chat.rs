//! Keys of groups, members, messages, threads, reactions, calls and conversations.

use axum::http::Method;
use hallpass::Timestamp;
use serde_json::{Value, json};

use super::super::client::{Comet, From};
use super::{MODE, Row, WORD};
use crate::support::NOON;

/// What the rows are about: the group `lab` of olga, in which tess is a participant who came later than some of what was said; groups of the
/// other types; conversations with fay and rob; a call of each kind.
pub(super) async fn set_up(comet: &Comet) {
    for uid in ["zed", "bea"] {
        comet.post("/users", json!({"uid": uid, "name": uid})).await.data();
    }
    let members = json!({"admins": ["adam"], "moderators": ["mona"], "participants": ["fay", "rob"], "usersToBan": ["bea"]});
    comet.post("/groups", json!({"guid": "lab", "name": "lab", "type": "public", "owner": "olga", "members": members})).await.data();
    for (guid, group_type, owner) in [("open", "public", "olga"), ("locked", "password", "olga"), ("secret", "private", "tess")] {
        comet.post("/groups", json!({"guid": guid, "name": guid, "type": group_type, "password": "p", "owner": owner})).await.data();
    }
    say(comet, "olga", "early", "group", "lab").await;
    comet.server.clock.set(Timestamp(NOON.as_ms() + 60_000));
    comet.post("/groups/lab/members", json!({"participants": ["tess"]})).await.data();

    let note = say(comet, "olga", "note", "group", "lab").await;
    for (sender, muid, kind, receiver) in [
        ("tess", "own", "group", "lab"),
        ("rob", "beep", "group", "lab"),
        ("fay", "hello", "user", "tess"),
        ("rob", "boop", "user", "tess"),
        ("tess", "dear", "user", "fay"),
    ] {
        say(comet, sender, muid, kind, receiver).await;
    }
    let picture = json!({"attachments": [{"url": "https://x/a.png", "mimeType": "image/png"}]});
    post(
        comet,
        "olga",
        "/messages",
        json!({"muid": "picture", "receiver": "lab", "receiverType": "group", "type": "image", "data": picture}),
    )
    .await;
    let poll = json!({"muid": "poll", "receiver": "lab", "receiverType": "group", "category": "custom", "type": "poll", "data": {"customData": {}}});
    post(comet, "olga", "/messages", poll).await;
    for (sender, muid) in [("olga", "answer"), ("tess", "own-answer")] {
        post(comet, sender, &format!("/messages/{note}/thread"), json!({"muid": muid, "type": "text", "data": {"text": muid}})).await;
    }
    for uid in ["olga", "fay"] {
        post(comet, uid, &format!("/messages/{note}/reactions/plus"), json!({})).await;
    }
    post(comet, "fay", "/calls", json!({"receiver": "tess", "receiverType": "user", "type": "audio"})).await;
    post(comet, "olga", "/calls", json!({"receiver": "lab", "receiverType": "group", "type": "video"})).await;
}

async fn post(comet: &Comet, uid: &str, path: &str, body: Value) -> Value {
    comet.call(From::OnBehalf(uid), Method::POST, path, Some(body)).await.data()
}

async fn say(comet: &Comet, sender: &str, muid: &str, kind: &str, receiver: &str) -> String {
    let message = json!({"muid": muid, "receiver": receiver, "receiverType": kind, "type": "text", "data": {"text": muid}});
    post(comet, sender, "/messages", message).await["id"].as_str().unwrap().to_owned()
}

/// Gives tess another scope in the lab than that of a participant.
pub(super) async fn give_scope(comet: &Comet, scope: &str) {
    if scope != "participant" {
        comet.put("/groups/lab/members/tess", json!({ "scope": scope })).await.data();
    }
}

/// Puts ids for `{muid}` of a message and `{call:receiver}` of a call.
pub(super) async fn resolve(comet: &Comet, path: &str) -> String {
    let Some((before, rest)) = path.split_once('{') else { return path.to_owned() };
    let (name, after) = rest.split_once('}').unwrap();
    let (list, field, value, id) = match name.strip_prefix("call:") {
        Some(receiver) => ("/calls", "receiver", receiver, "sessionid"),
        None => ("/messages", "muid", name, "id"),
    };
    let rows = comet.get(list).await.data();
    let found = rows.as_array().unwrap().iter().find(|row| row[field] == value).unwrap_or_else(|| panic!("no {name}"));
    format!("{before}{}{after}", found[id].as_str().unwrap())
}

const TEXT_TO_FAY: &str = r#"{"receiver": "fay", "receiverType": "user", "type": "text", "data": {"text": "x"}}"#;
const TEXT_TO_ROB: &str = r#"{"receiver": "rob", "receiverType": "user", "type": "text", "data": {"text": "x"}}"#;
const TEXT_TO_LAB: &str = r#"{"receiver": "lab", "receiverType": "group", "type": "text", "data": {"text": "x"}}"#;
const POLL_TO_FAY: &str =
    r#"{"receiver": "fay", "receiverType": "user", "category": "custom", "type": "poll", "data": {"customData": {}}}"#;
const POLL_TO_LAB: &str =
    r#"{"receiver": "lab", "receiverType": "group", "category": "custom", "type": "poll", "data": {"customData": {}}}"#;
const PNG_TO_FAY: &str = r#"{"receiver": "fay", "receiverType": "user", "type": "image", "data": {"attachments": [{"url": "https://x/a.png", "mimeType": "image/png"}]}}"#;
const PNG_TO_LAB: &str = r#"{"receiver": "lab", "receiverType": "group", "type": "image", "data": {"attachments": [{"url": "https://x/a.png", "mimeType": "image/png"}]}}"#;
const TEXT: &str = r#"{"type": "text", "data": {"text": "x"}}"#;
const POLL: &str = r#"{"category": "custom", "type": "poll", "data": {"customData": {}}}"#;
const PNG: &str = r#"{"type": "image", "data": {"attachments": [{"url": "https://x/a.png", "mimeType": "image/png"}]}}"#;
const NEW_TEXT: &str = r#"{"data": {"text": "y"}}"#;
const CALL_FAY: &str = r#"{"receiver": "fay", "receiverType": "user", "type": "audio"}"#;
const CALL_ROB: &str = r#"{"receiver": "rob", "receiverType": "user", "type": "audio"}"#;
const CALL_LAB: &str = r#"{"receiver": "lab", "receiverType": "group", "type": "audio"}"#;
const JOIN_CALL: &str = r#"{"status": "ongoing"}"#;

const SEND: &str = "POST /messages";
const REPLY: &str = "POST /messages/{note}/thread";
const IN_LAB: &str = "GET /groups/lab/messages";
const USER_OR_GROUP: [&str; 2] = [r#"["user"]"#, r#"["group"]"#];
const ROBOT_OR_DEFAULT: [&str; 2] = [r#"["robot"]"#, r#"["default"]"#];
const MESSAGE_OR_CUSTOM: [&str; 2] = [r#"["message"]"#, r#"["custom"]"#];
const TEXT_OR_IMAGE: [&str; 2] = [r#"["text"]"#, r#"["image"]"#];
const POLL_OR_MAP: [&str; 2] = [r#"["poll"]"#, r#"["map"]"#];
const PNG_OR_PDF: [&str; 2] = [r#"["image/png"]"#, r#"["application/pdf"]"#];
const NONE_OR_PARTICIPANT: [&str; 2] = ["[]", r#"["participant"]"#];
const ADMIN_OR_PARTICIPANT: [&str; 2] = [r#"["admin"]"#, r#"["participant"]"#];
const PARTICIPANT_OR_MODERATOR: [&str; 2] = [r#"["participant"]"#, r#"["moderator"]"#];
const PUBLIC_OR_PRIVATE: [&str; 2] = [r#"["public"]"#, r#"["private"]"#];
const PUBLIC_OR_PASSWORD: [&str; 2] = [r#"["public"]"#, r#"["password"]"#];

/// Rows of keys that decide about what one user does in a chat.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    Row::of("role", "listMessages", WORD, "GET /users/fay/messages", ""),
    Row::of("role", "listMessages.mode", MODE, "GET /messages", ""),
    Row::of("role", "listMessages.allowedReceiverTypes", USER_OR_GROUP, "GET /messages", ""),
    Row::of("role", "listMessages.allowedSenderRoles", ROBOT_OR_DEFAULT, IN_LAB, ""),
    Row::of("role", "listMessages.allowedMessageCategories", MESSAGE_OR_CUSTOM, IN_LAB, ""),
    Row::of("role", "listMessages.allowedMessageTypes", TEXT_OR_IMAGE, IN_LAB, ""),
    Row::of("role", "getMessageDetails", WORD, "GET /messages/{note}", ""),
    Row::of("role", "getMessageDetails.mode", MODE, "GET /messages/{note}", ""),
    Row::of("role", "sendMessage", WORD, SEND, TEXT_TO_FAY),
    Row::of("role", "sendMessage.mode", MODE, SEND, TEXT_TO_ROB),
    Row::of("role", "sendMessage.allowedReceiverTypes", USER_OR_GROUP, SEND, TEXT_TO_FAY),
    Row::of("role", "sendMessage.allowedReceiverRoles", ROBOT_OR_DEFAULT, SEND, TEXT_TO_ROB),
    Row::of("role", "sendMessage.allowedMessageCategories", MESSAGE_OR_CUSTOM, SEND, TEXT_TO_FAY),
    Row::of("role", "sendMessage.allowedMessageTypes", TEXT_OR_IMAGE, SEND, TEXT_TO_FAY),
    Row::of("role", "sendMessage.allowedCustomTypes", POLL_OR_MAP, SEND, POLL_TO_FAY),
    Row::of("role", "sendMessage.allowedMimeTypes", PNG_OR_PDF, SEND, PNG_TO_FAY),
    Row::of("role", "sendMessage.mimeTypeAccessControl", WORD, SEND, PNG_TO_FAY).with(r#"{"sendMessage.mimeTypes": ["image/png"]}"#),
    Row::of("role", "sendMessage.mimeTypes", PNG_OR_PDF, SEND, PNG_TO_FAY),
    Row::of("role", "editMessage", WORD, "PUT /messages/{own}", NEW_TEXT),
    Row::of("role", "editMessage.denyForScopes", NONE_OR_PARTICIPANT, "PUT /messages/{own}", NEW_TEXT),
    Row::of("role", "deleteMessage", WORD, "DELETE /messages/{own}", ""),
    Row::of("role", "deleteMessage.denyForScopes", NONE_OR_PARTICIPANT, "DELETE /messages/{own}", ""),
    Row::of("role", "listThreadedMessages", WORD, "GET /messages/{note}/thread", ""),
    Row::of("role", "sendThreadedMessage", WORD, REPLY, TEXT),
    Row::of("role", "sendThreadedMessage.allowedReceiverTypes", USER_OR_GROUP, REPLY, TEXT),
    Row::of("role", "sendThreadedMessage.allowedReceiverRoles", ROBOT_OR_DEFAULT, "POST /messages/{boop}/thread", TEXT),
    Row::of("role", "sendThreadedMessage.allowedMessageCategories", MESSAGE_OR_CUSTOM, REPLY, TEXT),
    Row::of("role", "sendThreadedMessage.allowedMessageTypes", TEXT_OR_IMAGE, REPLY, TEXT),
    Row::of("role", "sendThreadedMessage.allowedCustomTypes", POLL_OR_MAP, REPLY, POLL),
    Row::of("role", "sendThreadedMessage.allowedMimeTypes", PNG_OR_PDF, REPLY, PNG),
    Row::of("role", "sendThreadedMessage.mimeTypeAccessControl", WORD, REPLY, PNG).with(r#"{"sendThreadedMessage.mimeTypes": ["image/png"]}"#),
    Row::of("role", "sendThreadedMessage.mimeTypes", PNG_OR_PDF, REPLY, PNG),
    Row::of("role", "editThreadedMessage", WORD, "PUT /messages/{own-answer}", NEW_TEXT),
    Row::of("role", "deleteThreadedMessage", WORD, "DELETE /messages/{own-answer}", ""),
    Row::of("role", "listReactions", WORD, "GET /messages/{note}/reactions", ""),
    Row::of("role", "addReaction", WORD, "POST /messages/{note}/reactions/heart", ""),
    Row::of("role", "initiateCall", WORD, "POST /calls", CALL_FAY),
    Row::of("role", "initiateCall.mode", MODE, "POST /calls", CALL_ROB),
    Row::of("role", "initiateCall.allowedReceiverTypes", USER_OR_GROUP, "POST /calls", CALL_FAY),
    Row::of("role", "initiateCall.allowedReceiverRoles", ROBOT_OR_DEFAULT, "POST /calls", CALL_ROB),
    Row::of("role", "joinCall", WORD, "PUT /calls/{call:tess}", JOIN_CALL),
    Row::of("role", "listConversations", WORD, "GET /conversations", ""),
    Row::of("role", "updateConversation", WORD, "PUT /users/fay/conversation", r#"{"tags": ["dear"]}"#),
    Row::of("role", "deleteConversation", WORD, "DELETE /users/fay/conversation", ""),
    Row::of("role", "listGroups", WORD, "GET /groups", ""),
    Row::of("role", "listGroups.allowedGroupTypes", PUBLIC_OR_PRIVATE, "GET /groups", ""),
    Row::of("role", "getGroupDetails", WORD, "GET /groups/open", ""),
    Row::of("role", "getGroupDetails.allowedGroupTypes", PUBLIC_OR_PRIVATE, "GET /groups/open", ""),
    Row::of("role", "createGroup", WORD, "POST /groups", r#"{"guid": "new", "name": "new", "type": "public"}"#),
    Row::of("role", "createGroup.allowedGroupTypes", PUBLIC_OR_PRIVATE, "POST /groups", r#"{"guid": "new", "name": "new", "type": "public"}"#),
    Row::of("role", "joinGroup", WORD, "JOIN /groups/open/members", "{}"),
    Row::of("role", "joinGroup.allowedGroupTypes", PUBLIC_OR_PASSWORD, "JOIN /groups/open/members", "{}"),

    Row::of("participant", "editGroup", WORD, "PUT /groups/lab", r#"{"name": "Lab"}"#),
    Row::of("participant", "deleteGroup", WORD, "DELETE /groups/lab", ""),
    Row::of("participant", "leaveGroup", WORD, "DELETE /groups/lab/members", ""),
    Row::of("participant", "listMembers", WORD, "GET /groups/lab/members", ""),
    Row::of("participant", "listMembers.allowedScopes", ADMIN_OR_PARTICIPANT, "GET /groups/lab/members", ""),
    Row::of("participant", "addMembers", WORD, "POST /groups/lab/members", r#"{"participants": ["zed"]}"#),
    Row::of("admin", "addMembers.allowedScopes", PARTICIPANT_OR_MODERATOR, "POST /groups/lab/members", r#"{"participants": ["zed"]}"#),
    Row::of("participant", "kickMembers", WORD, "DELETE /groups/lab/members/fay", ""),
    Row::of("admin", "kickMembers.allowedScopes", PARTICIPANT_OR_MODERATOR, "DELETE /groups/lab/members/fay", ""),
    Row::of("moderator", "listBannedUsers", WORD, "GET /groups/lab/bannedusers", ""),
    Row::of("participant", "ban", WORD, "POST /groups/lab/bannedusers/fay", ""),
    Row::of("admin", "ban.allowedScopes", PARTICIPANT_OR_MODERATOR, "POST /groups/lab/bannedusers/fay", ""),
    Row::of("participant", "unban", WORD, "DELETE /groups/lab/bannedusers/bea", ""),
    Row::of("participant", "listMessages.allowedMessageCategories", MESSAGE_OR_CUSTOM, IN_LAB, ""),
    Row::of("participant", "listMessages.allowedMessageTypes", TEXT_OR_IMAGE, IN_LAB, ""),
    Row::of("participant", "listMessages.historyBeforeJoin", WORD, IN_LAB, ""),
    Row::of("participant", "sendMessage", WORD, SEND, TEXT_TO_LAB),
    Row::of("participant", "sendMessage.allowedMessageCategories", MESSAGE_OR_CUSTOM, SEND, TEXT_TO_LAB),
    Row::of("participant", "sendMessage.allowedMessageTypes", TEXT_OR_IMAGE, SEND, TEXT_TO_LAB),
    Row::of("participant", "sendMessage.allowedCustomTypes", POLL_OR_MAP, SEND, POLL_TO_LAB),
    Row::of("participant", "sendMessage.allowedMimeTypes", PNG_OR_PDF, SEND, PNG_TO_LAB),
    Row::of("participant", "sendMessage.mimeTypeAccessControl", WORD, SEND, PNG_TO_LAB).with(r#"{"sendMessage.mimeTypes": ["image/png"]}"#),
    Row::of("participant", "sendMessage.mimeTypes", PNG_OR_PDF, SEND, PNG_TO_LAB),
    Row::of("participant", "editMessage", WORD, "PUT /messages/{own}", NEW_TEXT),
    Row::of("participant", "deleteMessage", WORD, "DELETE /messages/{own}", ""),
    Row::of("participant", "listThreadedMessages", WORD, "GET /messages/{note}/thread", ""),
    Row::of("participant", "sendThreadedMessage", WORD, REPLY, TEXT),
    Row::of("participant", "sendThreadedMessage.allowedMessageCategories", MESSAGE_OR_CUSTOM, REPLY, TEXT),
    Row::of("participant", "sendThreadedMessage.allowedMessageTypes", TEXT_OR_IMAGE, REPLY, TEXT),
    Row::of("participant", "sendThreadedMessage.allowedCustomTypes", POLL_OR_MAP, REPLY, POLL),
    Row::of("participant", "sendThreadedMessage.allowedMimeTypes", PNG_OR_PDF, REPLY, PNG),
    Row::of("participant", "sendThreadedMessage.mimeTypeAccessControl", WORD, REPLY, PNG).with(r#"{"sendThreadedMessage.mimeTypes": ["image/png"]}"#),
    Row::of("participant", "sendThreadedMessage.mimeTypes", PNG_OR_PDF, REPLY, PNG),
    Row::of("participant", "editThreadedMessage", WORD, "PUT /messages/{own-answer}", NEW_TEXT),
    Row::of("participant", "deleteThreadedMessage", WORD, "DELETE /messages/{own-answer}", ""),
    Row::of("participant", "listReactions", WORD, "GET /messages/{note}/reactions", ""),
    Row::of("participant", "listReactions.allowedScopes", ADMIN_OR_PARTICIPANT, "GET /messages/{note}/reactions", ""),
    Row::of("participant", "addReaction", WORD, "POST /messages/{note}/reactions/heart", ""),
    Row::of("participant", "initiateCall", WORD, "POST /calls", CALL_LAB),
    Row::of("participant", "initiateCall.allowedType", [r#"["audio"]"#, r#"["video"]"#], "POST /calls", CALL_LAB),
    Row::of("participant", "joinCall", WORD, "PUT /calls/{call:lab}", JOIN_CALL),
];
