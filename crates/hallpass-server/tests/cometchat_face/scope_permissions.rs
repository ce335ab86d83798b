//! SBAC: docs/cometchat.md, Permissions of roles and scopes, and the page "Set Scope Permissions" of CometChat's REST reference.

use axum::http::Method;
use serde_json::{Value, json};

use super::client::{Comet, From, NOON_S, code, error, success};

const PARTICIPANT: &str = "/groups/club/scopes/participant/permissions";

fn mapped(key: &str, scope: &str) -> Value {
    success(&format!("Permission with id {key} have been mapped successfully to scope {scope} on group club."))
}

/// "Set Scope Permissions", with the request's example as it stands: `initiateCall: friends` is none of that key's values, so it fails
/// alone.
#[tokio::test]
async fn the_request_of_the_brief_is_answered_key_by_key() {
    let comet = Comet::with_club().await;
    let request = json!({"permissions": {"sendMessage": "deny", "initiateCall": "friends"}});
    let answer = comet.put("/groups/club/scopes/admin/permissions", request).await.ok();
    let problem = "The initiateCall must be one of allow, deny, got \"friends\".";
    let text = "Failed to validate the data sent with the request.";
    assert_eq!(
        answer,
        json!({"data": {
            "sendMessage": mapped("sendMessage", "admin"),
            "initiateCall": {"success": false, "error": {
                "code": "ERR_BAD_REQUEST", "message": text, "devMessage": text, "source": "chat-api", "details": {"initiateCall": [problem]},
            }},
            "permissions": {"sendMessage": "deny"},
        }})
    );
}

/// "Set Scope Permissions", the answer's map: eleven keys, three of them lists that were written as one text.
#[tokio::test]
async fn the_answer_of_the_brief_is_reached_by_its_keys() {
    let comet = Comet::with_club().await;
    let set = json!({
        "sendMessage": "allow", "listMembers": "allow", "listMembers.allowedScopes": "participant", "addReaction": "deny",
        "listReactions.allowedScopes": "moderator", "listReactions": "deny", "sendThreadedMessage": "allow", "initiateCall": "deny",
        "initiateCall.allowedScopes": "participant", "initiateCall.allowedType": "audio", "editMessage": "allow",
    });
    let answer = comet.put("/groups/club/scopes/admin/permissions", json!({ "permissions": set })).await.data();
    let mut expected = set.clone();
    for (key, value) in set.as_object().unwrap() {
        assert_eq!(answer[key], mapped(key, "admin"));
        if key.contains('.') {
            expected[key] = json!([value]);
        }
    }
    assert_eq!(answer["permissions"], expected);
    assert_eq!(answer.as_object().unwrap().len(), 12);
}

#[tokio::test]
async fn denying_participants_to_send_leaves_moderators_alone_until_it_is_unset() {
    let comet = Comet::with_club().await;
    assert_eq!(comet.may_in_club("paul", "SendMessage").await, "granted");
    comet.put(PARTICIPANT, json!({"permissions": {"sendMessage": "deny"}})).await.data();
    assert_eq!(comet.may_in_club("paul", "SendMessage").await, "scope_layer_denied");
    for other in ["mona", "adam", "olga"] {
        assert_eq!(comet.may_in_club(other, "SendMessage").await, "granted", "{other}");
    }
    let send = async |from: From<'_>| {
        let message =
            json!({"receiver": "club", "receiverType": "group", "category": "message", "type": "text", "data": {"text": "hello"}});
        comet.call(from, Method::POST, "/messages", Some(message)).await
    };
    let token = comet.token("paul").await;
    for paul in [From::OnBehalf("paul"), From::Token(&token)] {
        let refused = send(paul).await;
        let hallpass = refused.hallpass();
        assert_eq!((&hallpass["reason"], &hallpass["action"]), (&json!("scope_layer_denied"), &json!("SendMessage")));
        assert_eq!(refused.code(), code(403, "ERR_PERMISSION_DENIED"));
    }
    assert_eq!(send(From::OnBehalf("mona")).await.data()["sender"], "mona");
    assert_eq!(send(From::App).await.data()["sender"], "app_system");

    let answer = comet.delete(&format!("{PARTICIPANT}/sendMessage"), None).await.ok();
    assert_eq!(answer, json!({"data": {"permissions": {}}}));
    assert_eq!(comet.may_in_club("paul", "SendMessage").await, "granted");
    assert_eq!(send(From::Token(&token)).await.data()["sender"], "paul");
}

#[tokio::test]
async fn another_group_and_another_scope_are_not_touched() {
    let comet = Comet::with_club().await;
    let lines = "{\"channel\":{\"id\":\"group:other\"}}\n{\"member\":{\"channel\":\"group:other\",\"user\":\"paul\"}}";
    comet.server.facts("/v1/apps/test/facts", &comet.server_key, lines).await;
    comet.put(PARTICIPANT, json!({"permissions": {"sendMessage": "deny", "listMessages.historyBeforeJoin": "deny"}})).await.data();
    let elsewhere = json!({"type": "channel", "id": "group:other"});
    assert_eq!(comet.may("paul", "SendMessage", elsewhere).await, "granted");
    let set = comet.put("/groups/club/scopes/moderator/permissions", json!({"permissions": {}})).await.data();
    assert_eq!(set, json!({"permissions": {}}));
}

#[tokio::test]
async fn a_definition_carries_the_value_that_holds() {
    let comet = Comet::with_club().await;
    comet.put(PARTICIPANT, json!({"permissions": {"sendMessage": "deny", "sendMessage.allowedMessageTypes": "text"}})).await.data();
    let list = comet.get(PARTICIPANT).await.ok();
    assert_eq!(list["meta"]["pagination"], json!({"total": 42, "count": 42, "per_page": 100, "current_page": 1, "total_pages": 1}));
    let row = |key: &str| list["data"].as_array().unwrap().iter().find(|row| row["id"] == key).unwrap().clone();
    assert_eq!(
        row("sendMessage"),
        json!({
            "id": "sendMessage", "type": "scope", "title": "Send message", "description": "Gate on sending messages in the group.",
            "dataType": "string", "availableValues": ["allow", "deny"], "defaultValue": "allow", "value": "deny",
            "createdAt": NOON_S, "updatedAt": NOON_S,
        })
    );
    assert_eq!(
        (&row("sendMessage.allowedMessageTypes")["value"], &row("sendMessage.allowedMessageTypes")["defaultValue"]),
        (&json!(["text"]), &json!([]))
    );
    assert_eq!((&row("kickMembers")["value"], &row("kickMembers")["defaultValue"]), (&json!("deny"), &json!("deny")));
}

/// Names, types, values and defaults per scope: corpus/facts/cometchat_permissions.json.
#[tokio::test]
async fn the_definitions_are_those_of_the_facts() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/facts/cometchat_permissions.json")).unwrap();
    let facts: Value = serde_json::from_str(&text).unwrap();
    let comet = Comet::with_club().await;
    let places = [
        ("rbac", "/roles/default/permissions".to_owned(), ""),
        ("sbac", "/groups/club/scopes/admin/permissions".to_owned(), "admin"),
        ("sbac", "/groups/club/scopes/moderator/permissions".to_owned(), "moderator"),
        ("sbac", "/groups/club/scopes/participant/permissions".to_owned(), "participant"),
    ];
    for (layer, path, scope) in places {
        let list = comet.get(&path).await.data();
        let known: Vec<&Value> = facts["permissions"].as_array().unwrap().iter().filter(|row| row[layer].is_object()).collect();
        assert_eq!(list.as_array().unwrap().len(), known.len(), "{path}");
        for (row, fact) in list.as_array().unwrap().iter().zip(known) {
            let spec = &fact[layer];
            assert_eq!(row["id"], fact["name"]);
            assert_eq!(row["dataType"], spec["data_type"], "{}", row["id"]);
            assert_eq!(row["availableValues"], if spec["allowed_values"].is_null() { json!([]) } else { spec["allowed_values"].clone() });
            let default = if spec["default"].is_object() { &spec["default"][scope] } else { &spec["default"] };
            assert_eq!(row["defaultValue"], if default.is_null() { json!([]) } else { default.clone() }, "{scope} {}", row["id"]);
            assert_eq!(row["value"], row["defaultValue"]);
        }
    }
}

/// Rank is not configurable: a grant that is written anew carries it (section 5.4).
#[tokio::test]
async fn a_gate_that_is_opened_keeps_the_rank() {
    let comet = Comet::with_club().await;
    let on = |user: &str| json!({"type": "member", "id": user, "properties": {"channel": "group:club", "owner": user}});
    assert_eq!(comet.may("paul", "KickMembers", on("pia")).await, "scope_layer_denied");
    comet.put(PARTICIPANT, json!({"permissions": {"kickMembers": "allow", "ban": "allow"}})).await.data();
    for action in ["KickMembers", "BanMember"] {
        assert_eq!(comet.may("paul", action, on("pia")).await, "granted", "{action}");
        for above in ["mona", "adam", "olga"] {
            assert_eq!(comet.may("paul", action, on(above)).await, "condition_failed", "{action} {above}");
        }
    }
    comet.put("/groups/club/scopes/moderator/permissions", json!({"permissions": {"kickMembers.allowedScopes": ["admin"]}})).await.data();
    for user in ["pia", "adam"] {
        assert_eq!(comet.may("mona", "KickMembers", on(user)).await, "condition_failed", "{user}: rank and list must both hold");
    }
}

/// No scope of a group reaches its owner's rights (docs: owner and SBAC).
#[tokio::test]
async fn a_group_does_not_lock_its_owner_out() {
    let comet = Comet::with_club().await;
    for scope in ["admin", "moderator", "participant"] {
        let path = format!("/groups/club/scopes/{scope}/permissions");
        comet.put(&path, json!({"permissions": {"sendMessage": "deny", "editGroup": "deny"}})).await.data();
    }
    for (user, reason) in [("olga", "granted"), ("adam", "scope_layer_denied"), ("paul", "scope_layer_denied")] {
        assert_eq!(comet.may_in_club(user, "SendMessage").await, reason, "{user}");
    }
}

#[tokio::test]
async fn what_there_is_not_is_named() {
    let comet = Comet::with_club().await;
    let body = json!({"permissions": {"sendMesage": "deny", "listUsers": "deny", "changeScope": "deny", "sendMessage": "deny"}});
    let answer = comet.put(PARTICIPANT, body).await.data();
    let item = |key: &str| (answer[key]["success"].clone(), answer[key]["error"]["code"].clone(), answer[key]["error"]["message"].clone());
    let missing = |text: &str| (json!(false), json!("ERR_PERMISSION_NOT_FOUND"), json!(text));
    assert_eq!(item("sendMesage"), missing("There is no permission with id sendMesage."));
    assert_eq!(answer["sendMesage"]["error"]["hallpass"], json!({"nearest": "sendMessage"}));
    assert_eq!(item("listUsers"), missing("The permission with id listUsers is one of roles, not of scopes."));
    assert_eq!(item("changeScope"), missing("There is no permission with id changeScope."));
    assert_eq!(answer["permissions"], json!({"sendMessage": "deny"}), "what is right was set");

    assert_eq!(comet.put(PARTICIPANT, json!({})).await.details(), (400, json!({"permissions": ["The permissions field is required."]})));
    let wrong = comet.put(PARTICIPANT, json!({"permissions": ["sendMessage"]})).await.details();
    assert_eq!(wrong, (400, json!({"permissions": ["The permissions must be an object, got [\"sendMessage\"]."]})));
    let unknown = comet.put("/groups/none/scopes/admin/permissions", json!({"permissions": {}})).await.error();
    assert_eq!(unknown, error(404, "ERR_GUID_NOT_FOUND", "The GUID none does not exist."));
    let scope = comet.put("/groups/club/scopes/moderators/permissions", json!({"permissions": {}})).await;
    assert_eq!(scope.hallpass(), json!({"nearest": "moderator"}));
    assert_eq!(scope.details(), (400, json!({"scope": ["The scope must be one of admin, moderator, participant, got moderators."]})));
    assert_eq!(comet.delete(&format!("{PARTICIPANT}/membership"), None).await.code(), code(404, "ERR_PERMISSION_NOT_FOUND"));
}

/// What other faces gave or took, and what groups change of themselves, is left as it is.
#[tokio::test]
async fn values_touch_the_gates_that_they_are_about_and_no_others() {
    let comet = Comet::with_club().await;
    let club = json!({
        "change": "channel_put", "id": "group:club", "owner": "olga",
        "modifiers": {"participant": ["!addReaction"], "moderator": ["!leaveGroup"]},
    });
    let role = json!({"change": "grants_put", "layer": "role", "level": ".app", "role": "default", "grants": ["sendMessage", "addReaction", "listMessages"]});
    let written = comet.server.post("/v1/apps/test/changes", &comet.server_key, &json!({"changes": [club, role]})).await;
    assert_eq!(written.status, 200, "{}", written.text());
    comet.put(PARTICIPANT, json!({"permissions": {"sendMessage": "deny"}})).await.data();
    comet.put("/roles/default/permissions", json!({"permissions": {"listMessages": "deny"}})).await.data();
    for (user, action, reason) in [
        ("paul", "AddReaction", "scope_layer_denied"),
        ("paul", "SendMessage", "scope_layer_denied"),
        ("mona", "LeaveGroup", "scope_layer_denied"),
        ("mona", "AddReaction", "granted"),
        ("mona", "InitiateCall", "role_layer_denied"),
        ("mona", "ListGroupMessages", "role_layer_denied"),
    ] {
        assert_eq!(comet.may_in_club(user, action).await, reason, "{user} {action}");
    }
    comet.put("/groups/club", json!({"name": "The club"})).await.data();
    assert_eq!(comet.may_in_club("paul", "SendMessage").await, "scope_layer_denied");
    comet.delete(&format!("{PARTICIPANT}/sendMessage"), None).await.data();
    comet.delete("/roles/default/permissions/listMessages", None).await.data();
    for (user, action, reason) in [
        ("paul", "AddReaction", "scope_layer_denied"),
        ("paul", "SendMessage", "granted"),
        ("mona", "InitiateCall", "role_layer_denied"),
        ("mona", "ListGroupMessages", "granted"),
    ] {
        assert_eq!(comet.may_in_club(user, action).await, reason, "{user} {action}");
    }
}

/// A group of the same id starts anew.
#[tokio::test]
async fn a_groups_values_go_with_it() {
    let comet = Comet::with_club().await;
    comet.put(PARTICIPANT, json!({"permissions": {"sendMessage": "deny"}})).await.data();
    comet.delete("/groups/club", None).await.data();
    let body = json!({"guid": "club", "name": "Club", "type": "public", "owner": "olga", "members": {"participants": ["paul"]}});
    comet.post("/groups", body).await.data();
    assert_eq!(comet.put(PARTICIPANT, json!({"permissions": {}})).await.data(), json!({"permissions": {}}));
    assert_eq!(comet.may_in_club("paul", "SendMessage").await, "granted");
}
