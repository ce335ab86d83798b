//! What CometChat lacks: values between its defaults and a group's, and the answer to "what may I do here?".

use axum::http::Method;
use serde_json::{Value, json};

use super::client::{Comet, From, code};

const WIDE: &str = "/v1/apps/test/scopes/participant/permissions";
const GROUP: &str = "/groups/club/scopes/participant/permissions";

async fn set_wide(comet: &Comet, permissions: Value) -> Value {
    let answer = comet.server.call(Method::PUT, WIDE, &comet.server_key, &json!({ "permissions": permissions })).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

#[tokio::test]
async fn a_value_for_all_groups_stands_between_the_default_and_the_group() {
    let comet = Comet::with_club().await;
    let lines = "{\"channel\":{\"id\":\"group:other\"}}\n{\"member\":{\"channel\":\"group:other\",\"user\":\"paul\"}}";
    comet.server.facts("/v1/apps/test/facts", &comet.server_key, lines).await;
    let other = async || comet.may("paul", "SendMessage", json!({"type": "channel", "id": "group:other"})).await;

    let set = set_wide(&comet, json!({"sendMessage": "deny", "listMembers.allowedScopes": "admin"})).await;
    assert_eq!(set["permissions"], json!({"listMembers.allowedScopes": ["admin"], "sendMessage": "deny"}));
    assert_eq!(
        (&set["scope"], &set["defaults"]["sendMessage"], &set["defaults"]["kickMembers"]),
        (&json!("participant"), &json!("allow"), &json!("deny"))
    );
    assert_eq!(
        (comet.may_in_club("paul", "SendMessage").await, other().await),
        ("scope_layer_denied".to_owned(), "scope_layer_denied".to_owned())
    );
    assert_eq!(comet.may_in_club("mona", "SendMessage").await, "granted");
    let row =
        async |key: &str| comet.get(GROUP).await.data().as_array().unwrap().iter().find(|row| row["id"] == key).unwrap()["value"].clone();
    assert_eq!(row("sendMessage").await, "deny");

    // The group's own value goes before it, and what else is set for all groups stays in force there.
    comet.put(GROUP, json!({"permissions": {"sendMessage": "allow"}})).await.data();
    assert_eq!((comet.may_in_club("paul", "SendMessage").await, other().await), ("granted".to_owned(), "scope_layer_denied".to_owned()));
    assert_eq!(row("sendMessage").await, "allow");

    // A list that is set for all groups narrows the group's gate too, though the group was there first.
    set_wide(&comet, json!({"sendMessage.allowedMessageCategories": ["message"]})).await;
    assert_eq!(comet.may_in_club("paul", "SendMessage").await, "condition_failed");
    let unset = comet.server.delete(&format!("{WIDE}/sendMessage.allowedMessageCategories"), &comet.server_key).await;
    assert_eq!(unset.status, 200);
    assert_eq!(comet.may_in_club("paul", "SendMessage").await, "granted");

    comet.delete(&format!("{GROUP}/sendMessage"), None).await.data();
    assert_eq!(comet.may_in_club("paul", "SendMessage").await, "scope_layer_denied");
    comet.server.delete(&format!("{WIDE}/sendMessage"), &comet.server_key).await;
    assert_eq!((comet.may_in_club("paul", "SendMessage").await, other().await), ("granted".to_owned(), "granted".to_owned()));
}

/// Rank stays where a gate is opened for all groups (section 5.4).
#[tokio::test]
async fn a_gate_that_is_opened_for_all_groups_keeps_the_rank() {
    let comet = Comet::with_club().await;
    set_wide(&comet, json!({"kickMembers": "allow"})).await;
    let on = |user: &str| json!({"type": "member", "id": user, "properties": {"channel": "group:club", "owner": user}});
    assert_eq!(comet.may("paul", "KickMembers", on("pia")).await, "granted");
    assert_eq!(comet.may("paul", "KickMembers", on("mona")).await, "condition_failed");
}

#[tokio::test]
async fn what_is_wrong_changes_nothing() {
    let comet = Comet::with_club().await;
    let send = async |path: &str, body: Value| {
        let answer = comet.server.call(Method::PUT, path, &comet.server_key, &body).await;
        (answer.status.as_u16(), answer.json()["error"].clone())
    };
    let (status, fault) = send(WIDE, json!({"permissions": {"addReaction": "deny", "sendMesage": "deny"}})).await;
    assert_eq!(
        (status, fault),
        (
            400,
            json!({
                "code": "unknown_permission", "message": "there is no permission 'sendMesage' of scopes", "field": "permissions.sendMesage",
                "value": "sendMesage", "nearest": "sendMessage",
            })
        )
    );
    let (status, fault) = send(WIDE, json!({"permissions": {"sendMessage": "maybe"}})).await;
    assert_eq!((status, &fault["field"]), (400, &json!("permissions.sendMessage")));
    let (status, fault) = send("/v1/apps/test/scopes/moderators/permissions", json!({"permissions": {}})).await;
    assert_eq!((status, &fault["nearest"]), (400, &json!("moderator")));
    assert_eq!(comet.server.delete(&format!("{WIDE}/nothing"), &comet.server_key).await.status, 404);
    assert_eq!(comet.server.get(WIDE, &comet.server_key).await.json()["permissions"], json!({}));

    let stream = comet.server.server_key("demo-stream");
    let other = comet.server.get("/v1/apps/demo-stream/scopes/admin/permissions", stream).await;
    assert_eq!((other.status.as_u16(), other.json()["error"]["value"].clone()), (400, json!("stream")));
    assert_eq!(comet.server.get(WIDE, stream).await.status, 404, "another app's key");
    assert_eq!(comet.server.get(WIDE, "").await.status, 401);
}

#[tokio::test]
async fn a_client_asks_what_it_may_do() {
    let comet = Comet::with_club().await;
    let token = comet.token("paul").await;
    let mine = async |query: &str| comet.call(From::Token(&token), Method::GET, &format!("/me/permissions{query}"), None).await;
    let actions = async |query: &str, names: &[&str]| {
        let data = mine(query).await.data();
        names.iter().map(|name| data["actions"][*name].as_str().unwrap_or("-").to_owned()).collect::<Vec<_>>()
    };
    let app = ["ListUsers", "SendMessage", "EditProfile", "CreateGroup", "EditGroup"];
    assert_eq!(actions("", &app).await, ["any", "any", "own", "any", "-"]);
    let group = ["SendMessage", "EditMessage", "KickMembers", "EditGroup", "LeaveGroup", "ListUsers"];
    assert_eq!(actions("?guid=club", &group).await, ["any", "own", "none", "none", "any", "-"]);

    comet.put("/roles/default/permissions", json!({"permissions": {"listUsers.mode": "friends", "createGroup": "deny"}})).await.data();
    comet.put(GROUP, json!({"permissions": {"sendMessage.allowedMessageTypes": ["text"], "kickMembers": "allow"}})).await.data();
    assert_eq!(actions("", &app).await, ["some", "any", "own", "none", "-"]);
    assert_eq!(actions("?guid=CLUB", &group).await, ["some", "own", "some", "none", "any", "-"]);

    let data = mine("?guid=club").await.data();
    assert_eq!(
        (&data["uid"], &data["role"], &data["guid"], &data["scope"], &data["isOwner"]),
        (&json!("paul"), &json!("default"), &json!("club"), &json!("participant"), &json!(false))
    );
    assert_eq!((&data["rolePermissions"]["listUsers.mode"], &data["rolePermissions"]["sendMessage"]), (&json!("friends"), &json!("allow")));
    assert_eq!(
        (&data["scopePermissions"]["kickMembers"], &data["scopePermissions"]["sendMessage.allowedMessageTypes"]),
        (&json!("allow"), &json!(["text"]))
    );
    assert_eq!(mine("?guid=none").await.code(), code(404, "ERR_GUID_NOT_FOUND"));

    // The app asks for somebody by naming them; it has no rights of its own to list.
    let olga = comet.call(From::OnBehalf("olga"), Method::GET, "/me/permissions?guid=club", None).await.data();
    assert_eq!(
        (&olga["isOwner"], &olga["actions"]["DeleteGroup"], &olga["actions"]["KickMembers"]),
        (&json!(true), &json!("any"), &json!("any"))
    );
    assert_eq!(comet.get("/me/permissions").await.code(), code(401, "AUTH_ERR_EMPTY_AUTH_TOKEN"));
}

/// The same, for the app's server and any member of a group.
#[tokio::test]
async fn capabilities_are_known_for_this_profile_too() {
    let comet = Comet::with_club().await;
    let ask = async |user: &str| {
        let body = json!({"subject": {"type": "user", "id": user}, "resource": {"type": "channel", "id": "group:club"}});
        comet.server.post("/v1/apps/test/capabilities", &comet.server_key, &body).await.json()["capabilities"].clone()
    };
    let (paul, olga) = (ask("paul").await, ask("olga").await);
    assert_eq!((&paul["EditMessage"], &paul["EditGroup"], &paul["LeaveGroup"]), (&json!("own"), &json!("none"), &json!("any")));
    assert_eq!((&olga["EditMessage"], &olga["EditGroup"], &olga["TransferOwnership"]), (&json!("any"), &json!("any"), &json!("any")));
}
