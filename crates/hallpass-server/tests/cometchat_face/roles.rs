//! Roles: docs/cometchat.md, Roles.

use serde_json::{Value, json};

use super::client::{Comet, NOON_S, code, each, error};

#[tokio::test]
async fn a_role_is_made_read_changed_and_deleted() {
    let comet = Comet::new().await;
    let body = json!({"role": "Manager", "name": "Manager", "description": "Keeps order", "metadata": {"floor": 2}, "settings": {"listUsers": "all"}});
    let made = comet.post("/roles", body).await.data();
    let mut expected = json!({
        "role": "manager", "name": "Manager", "description": "Keeps order", "metadata": {"floor": 2}, "settings": {"listUsers": "all"},
        "createdAt": NOON_S,
    });
    assert_eq!(made, expected);
    assert_eq!(comet.get("/roles/manager").await.data(), expected);
    assert_eq!(comet.get("/roles/MANAGER").await.data(), expected);

    let changed = comet.put("/roles/manager", json!({"name": "Boss", "unset": ["description", "metadata", "settings"]})).await.data();
    expected = json!({"role": "manager", "name": "Boss", "createdAt": NOON_S, "updatedAt": NOON_S});
    assert_eq!(changed, expected);

    // What is unset goes first; what is set besides stays.
    let both = comet.put("/roles/manager", json!({"description": "New", "unset": ["description"]})).await.data();
    assert_eq!(both["description"], "New");
    comet.put("/roles/manager", json!({"unset": ["description"]})).await.data();

    let list = comet.get("/roles").await.ok();
    assert_eq!(list["data"][0], json!({"role": "default", "name": "Default Role", "createdAt": NOON_S}));
    assert_eq!(list["data"][1], expected);
    assert_eq!(list["meta"], json!({"pagination": {"total": 2, "count": 2, "per_page": 100, "current_page": 1, "total_pages": 1}}));

    let gone = comet.delete("/roles/manager", None).await.data();
    assert_eq!(gone, json!({"success": true, "message": "Role manager has been deleted successfully.", "usersMovedToDefault": 0}));
    assert_eq!(comet.get("/roles/manager").await.error(), error(404, "ERR_ROLE_NOT_FOUND", "The role manager does not exist."));
}

#[tokio::test]
async fn both_spellings_of_a_page_are_read() {
    let comet = Comet::new().await;
    for role in ["a", "b", "c"] {
        comet.post("/roles", json!({"role": role, "name": role})).await.data();
    }
    for query in ["perPage=3&page=2", "per_page=3&page=2"] {
        let page = comet.get(&format!("/roles?{query}")).await.ok();
        assert_eq!(each(&page["data"], "role"), ["c"]);
        assert_eq!(page["meta"]["pagination"], json!({"total": 4, "count": 1, "per_page": 3, "current_page": 2, "total_pages": 2}));
    }
    let (status, details) = comet.get("/roles?perPage=1001").await.details();
    assert_eq!((status, details), (400, json!({"perPage": ["The perPage must be a whole number from 0 to 1000, got \"1001\"."]})));
}

#[tokio::test]
async fn the_default_role_is_there_and_stays() {
    let comet = Comet::with_users(&["ben"]).await;
    assert_eq!(comet.get("/users/ben").await.data()["role"], "default");
    let refused = comet.delete("/roles/default", None).await.error();
    assert_eq!(refused, error(403, "ERR_ROLE_DELETE_DENIED", "The role default is built in and cannot be deleted."));
    assert_eq!(comet.post("/roles", json!({"role": "default", "name": "x"})).await.code(), code(409, "ERR_ROLE_ALREADY_EXISTS"));
    assert_eq!(comet.put("/roles/default", json!({"name": "Everybody"})).await.data()["name"], "Everybody");
}

#[tokio::test]
async fn what_is_wrong_is_said_field_by_field() {
    let comet = Comet::new().await;
    let refused = comet.post("/roles", json!({})).await.details();
    let required = |name: &str| json!([format!("The {name} field is required.")]);
    assert_eq!(refused, (400, json!({"role": required("role"), "name": required("name")})));

    let details = |answer: (u16, Value)| answer.1;
    let long = "x".repeat(101);
    let answer = details(comet.post("/roles", json!({"role": long, "name": long, "description": "x".repeat(256)})).await.details());
    assert_eq!(answer["role"], json!(["The role may have at most 100 characters, got 101."]));
    assert_eq!(answer["name"], json!(["The name may have at most 100 characters, got 101."]));
    assert_eq!(answer["description"], json!(["The description may have at most 255 characters, got 256."]));

    let answer =
        details(comet.post("/roles", json!({"role": "the boss", "name": "Boss", "settings": {"listUsers": "friends"}})).await.details());
    assert_eq!(
        answer["role"],
        json!(["The role must consist of letters, digits, - and _, starting with a letter or digit; got the boss."])
    );
    assert_eq!(answer["settings.listUsers"], json!(["The settings.listUsers must be one of all, friendsOnly, got friends."]));
    let answer = details(comet.put("/roles/default", json!({"name": ""})).await.details());
    assert_eq!(answer["name"], json!(["The name field must not be empty."]));
    let answer = details(comet.put("/roles/default", json!({"unset": ["name"]})).await.details());
    assert_eq!(answer["unset"], json!(["The unset must name settings, description, metadata, got name."]));
    assert_eq!(comet.get("/roles").await.ok()["meta"]["pagination"]["total"], 1, "nothing was made");
}

#[tokio::test]
async fn an_app_has_twenty_five_roles_at_most() {
    let comet = Comet::new().await;
    for number in 1..25 {
        comet.post("/roles", json!({"role": format!("r{number}"), "name": "x"})).await.data();
    }
    assert_eq!(comet.post("/roles", json!({"role": "r25", "name": "x"})).await.code(), code(400, "ERR_BAD_REQUEST"));
    assert_eq!(comet.get("/roles").await.ok()["meta"]["pagination"]["total"], 25);
}

#[tokio::test]
async fn deleting_a_held_role_moves_its_holders_and_takes_it_out_of_lists() {
    let comet = Comet::new().await;
    for role in ["staff", "guest"] {
        comet.post("/roles", json!({"role": role, "name": role})).await.data();
    }
    for (uid, role) in [("ana", "staff"), ("ben", "staff"), ("gil", "guest")] {
        comet.post("/users", json!({"uid": uid, "name": uid, "role": role})).await.data();
    }
    comet.put("/roles/staff/permissions", json!({"permissions": {"createGroup": "deny"}})).await.data();
    comet.post("/roles/staff/restrictedfeatures", json!({"featuresToRestrict": ["listUsers"]})).await.data();
    let lists = json!({"permissions": {"blockUser.allowedRoles": ["staff", "default"], "getUserDetails.allowedRoles": ["staff"]}});
    comet.put("/roles/guest/permissions", lists).await.data();

    let gone = comet.delete("/roles/staff", None).await.data();
    assert_eq!(gone, json!({"success": true, "message": "Role staff has been deleted successfully.", "usersMovedToDefault": 2}));
    assert_eq!(comet.get("/users/ana").await.data()["role"], "default");
    assert_eq!(comet.may("ana", "CreateGroup", json!({"type": "app", "id": "app"})).await, "granted");

    // A list that would become empty, and so restrict nothing, keeps the role.
    let left = comet.put("/roles/guest/permissions", json!({"permissions": {}})).await.data()["permissions"].clone();
    assert_eq!(left, json!({"blockUser.allowedRoles": ["default"], "getUserDetails.allowedRoles": ["staff"]}));
    assert_eq!(comet.may("gil", "GetUserDetails", json!({"type": "user", "id": "ana"})).await, "condition_failed");

    // Whoever makes the role again does not find the old one's rights.
    comet.post("/roles", json!({"role": "staff", "name": "staff"})).await.data();
    assert_eq!(comet.put("/roles/staff/permissions", json!({"permissions": {}})).await.data()["permissions"], json!({}));
    assert_eq!(comet.get("/roles/staff/restrictedfeatures").await.data(), json!([]));
}

#[tokio::test]
async fn settings_narrow_to_friends_and_the_stricter_of_the_two_wins() {
    let comet = Comet::new().await;
    comet
        .post("/roles", json!({"role": "shy", "name": "shy", "settings": {"listUsers": "friendsOnly", "sendMessagesTo": "friendsOnly"}}))
        .await
        .data();
    comet.post("/users", json!({"uid": "sue", "name": "sue", "role": "shy"})).await.data();
    comet.post("/users", json!({"uid": "ben", "name": "ben"})).await.data();
    let ben = json!({"type": "user", "id": "ben"});
    assert_eq!(comet.may("sue", "ListUsers", ben.clone()).await, "condition_failed");
    assert_eq!(comet.may("sue", "SendMessage", ben.clone()).await, "condition_failed");
    comet.put("/roles/shy/permissions", json!({"permissions": {"listUsers.mode": "all"}})).await.data();
    assert_eq!(comet.may("sue", "ListUsers", ben.clone()).await, "condition_failed");

    comet.post("/users/sue/friends", json!({"accepted": ["ben"]})).await.data();
    assert_eq!(comet.may("sue", "ListUsers", ben.clone()).await, "granted");
    assert_eq!(comet.may("sue", "SendMessage", ben.clone()).await, "granted");
    comet.delete("/users/ben/friends", Some(json!({"friends": ["sue"]}))).await.data();
    assert_eq!(comet.may("sue", "SendMessage", ben.clone()).await, "condition_failed");

    comet.put("/roles/shy", json!({"unset": ["settings"]})).await.data();
    assert_eq!(comet.may("sue", "ListUsers", ben.clone()).await, "granted");
    assert_eq!(comet.may("sue", "SendMessage", ben).await, "granted");
}
