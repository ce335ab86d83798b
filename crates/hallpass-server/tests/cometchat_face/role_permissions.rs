//! RBAC: docs/cometchat.md, Permissions of roles and scopes.

use serde_json::{Value, json};

use super::client::{Comet, code, error, success};

async fn set(comet: &Comet, role: &str, permissions: Value) -> Value {
    comet.put(&format!("/roles/{role}/permissions"), json!({ "permissions": permissions })).await.data()
}

fn user(id: &str) -> Value {
    json!({"type": "user", "id": id})
}

#[tokio::test]
async fn what_is_set_holds_for_the_role_everywhere_and_for_no_other() {
    let comet = Comet::with_club().await;
    comet.post("/roles", json!({"role": "muted", "name": "Muted"})).await.data();
    comet.put("/users/paul", json!({"role": "muted"})).await.data();
    let answer = set(&comet, "muted", json!({"sendMessage": "deny", "createGroup.allowedGroupTypes": ["public", "private"]})).await;
    assert_eq!(
        answer,
        json!({
            "sendMessage": success("Permission with id sendMessage have been mapped successfully to role muted."),
            "createGroup.allowedGroupTypes":
                success("Permission with id createGroup.allowedGroupTypes have been mapped successfully to role muted."),
            "permissions": {"createGroup.allowedGroupTypes": ["public", "private"], "sendMessage": "deny"},
        })
    );
    assert_eq!(comet.may_in_club("paul", "SendMessage").await, "role_layer_denied");
    assert_eq!(comet.may("paul", "SendMessage", user("pia")).await, "role_layer_denied");
    assert_eq!(comet.may_in_club("pia", "SendMessage").await, "granted");

    let answer = comet.delete("/roles/muted/permissions/sendMessage", None).await.ok();
    assert_eq!(answer, json!({"data": {"permissions": {"createGroup.allowedGroupTypes": ["public", "private"]}}}));
    assert_eq!(comet.may_in_club("paul", "SendMessage").await, "granted");
    assert_eq!(comet.delete("/roles/muted/permissions/sendMessage", None).await.ok(), answer, "unsetting twice is unsetting once");
}

/// Section 2.2: both layers must allow; the role is asked first.
#[tokio::test]
async fn role_and_scope_must_both_allow() {
    let comet = Comet::with_club().await;
    let scope = "/groups/club/scopes/participant/permissions";
    for (role, of_scope, expected) in [
        ("allow", "allow", "granted"),
        ("allow", "deny", "scope_layer_denied"),
        ("deny", "allow", "role_layer_denied"),
        ("deny", "deny", "role_layer_denied"),
    ] {
        set(&comet, "default", json!({ "addReaction": role })).await;
        comet.put(scope, json!({"permissions": {"addReaction": of_scope}})).await.data();
        assert_eq!(comet.may_in_club("paul", "AddReaction").await, expected, "{role} {of_scope}");
    }
}

/// Section 1.2: unset, `null` and `[]` are no restriction, never "nothing allowed".
#[tokio::test]
async fn an_empty_list_restricts_nothing() {
    let comet = Comet::with_club().await;
    for nothing in [json!([]), Value::Null] {
        set(&comet, "default", json!({"blockUser.allowedRoles": ["default"]})).await;
        let answer = set(&comet, "default", json!({ "blockUser.allowedRoles": nothing })).await;
        assert_eq!(answer["permissions"], json!({"blockUser.allowedRoles": []}));
        assert_eq!(comet.may("paul", "BlockUser", user("pia")).await, "granted");
    }
}

/// Section 1.3: both variants of the MIME keys.
#[tokio::test]
async fn mime_types_are_listed_in_either_way() {
    let comet = Comet::with_club().await;
    let may = async |mime: &str| {
        let resource = json!({"type": "user", "id": "pia"});
        let question = json!({
            "subject": {"type": "user", "id": "paul"}, "action": {"name": "SendMessage"}, "resource": resource,
            "context": {"attributes": {"receiver_type": "user", "message_category": "message", "message_type": "file", "mime_type": mime}},
        });
        comet.server.evaluate(&comet.server_key, &question).await.json()["decision"].as_bool().unwrap()
    };
    set(&comet, "default", json!({"sendMessage.allowedMimeTypes": ["image/png"]})).await;
    assert_eq!((may("image/png").await, may("text/html").await), (true, false));
    set(&comet, "default", json!({"sendMessage.allowedMimeTypes": [], "sendMessage.mimeTypes": "text/html"})).await;
    assert_eq!((may("image/png").await, may("text/html").await), (false, true));
    set(&comet, "default", json!({"sendMessage.mimeTypeAccessControl": "deny"})).await;
    assert_eq!((may("image/png").await, may("text/html").await), (true, false));
}

#[tokio::test]
async fn what_there_is_not_is_named() {
    let comet = Comet::new().await;
    let answer = set(&comet, "default", json!({"kickMembers": "deny", "moderateMessages": "deny", "joinGroup.allowedGroupTypes": "private", "blockUser.allowedRoles": ["nobody"]})).await;
    assert_eq!(answer["kickMembers"]["error"]["message"], "The permission with id kickMembers is one of scopes, not of roles.");
    assert_eq!(answer["moderateMessages"]["error"]["code"], "ERR_PERMISSION_NOT_FOUND");
    let problem = &answer["joinGroup.allowedGroupTypes"]["error"]["details"]["joinGroup.allowedGroupTypes"];
    assert_eq!(problem, &json!(["The joinGroup.allowedGroupTypes must be some of public, password, got \"private\"."]));
    let problem = &answer["blockUser.allowedRoles"]["error"]["details"]["blockUser.allowedRoles"];
    assert_eq!(problem, &json!(["The blockUser.allowedRoles must be ids of roles of this app (default), got \"nobody\"."]));
    assert_eq!(answer["permissions"], json!({}));

    let unknown = comet.put("/roles/defualt/permissions", json!({"permissions": {}})).await;
    assert_eq!(unknown.hallpass(), json!({"nearest": "default"}));
    assert_eq!(unknown.error(), error(404, "ERR_ROLE_NOT_FOUND", "The role defualt does not exist."));
    assert_eq!(comet.delete("/roles/default/permissions/nothing", None).await.code(), code(404, "ERR_PERMISSION_NOT_FOUND"));
}
