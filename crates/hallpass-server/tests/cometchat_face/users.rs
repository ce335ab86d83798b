//! Users, friends, blocked users: docs/cometchat.md, Users.

use axum::http::Method;
use serde_json::json;

use super::client::{Comet, From, NOON_S, code, each, error, success};

#[tokio::test]
async fn a_user_is_made_read_changed_and_deleted() {
    let comet = Comet::new().await;
    comet.post("/roles", json!({"role": "manager", "name": "Manager"})).await.data();
    let body = json!({
        "uid": "Ana", "name": "Ana", "avatar": "https://a.example/1.png", "link": "https://a.example", "role": "manager",
        "statusMessage": "busy", "metadata": {"@private": {"email": "a@example.com"}, "hat": "red"}, "tags": ["red"], "withAuthToken": true,
    });
    let mut made = comet.post("/users", body).await.data();
    let token = made.as_object_mut().unwrap().remove("authToken").unwrap();
    let mut expected = json!({
        "uid": "ana", "name": "Ana", "avatar": "https://a.example/1.png", "link": "https://a.example", "role": "manager",
        "statusMessage": "busy", "metadata": {"@private": {"email": "a@example.com"}, "hat": "red"}, "tags": ["red"], "status": "offline",
        "createdAt": NOON_S,
    });
    assert_eq!(made, expected);
    assert_eq!(comet.call(From::Token(token.as_str().unwrap()), Method::GET, "/me", None).await.data()["uid"], "ana");
    assert_eq!(comet.get("/users/ANA?withTags=true").await.data(), expected);

    let changed = comet.put("/users/ana", json!({"name": "Anna", "role": "default", "unset": ["avatar", "metadata"]})).await.data();
    expected = json!({
        "uid": "ana", "name": "Anna", "link": "https://a.example", "role": "default", "statusMessage": "busy", "tags": ["red"],
        "status": "offline", "createdAt": NOON_S, "updatedAt": NOON_S,
    });
    assert_eq!(changed, expected);

    let gone = comet.delete("/users/ana", Some(json!({"permanent": true}))).await.data();
    assert_eq!(gone, success("User with ana has been deleted successfully."));
    assert_eq!(comet.get("/users/ana").await.error(), error(404, "ERR_UID_NOT_FOUND", "The UID ana does not exist."));
    assert_eq!(
        comet.call(From::Token(token.as_str().unwrap()), Method::GET, "/me", None).await.code(),
        code(401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND")
    );
    comet.post("/users", json!({"uid": "ana", "name": "Another"})).await.data();
    assert_eq!(comet.get("/users/ana/auth_tokens").await.data(), json!([]), "the id is somebody else's now");
}

#[tokio::test]
async fn what_is_wrong_is_said_field_by_field() {
    let comet = Comet::with_users(&["ana"]).await;
    let required = |name: &str| json!([format!("The {name} field is required.")]);
    assert_eq!(comet.post("/users", json!({})).await.details(), (400, json!({"uid": required("uid"), "name": required("name")})));
    let (_, details) = comet.post("/users", json!({"uid": "a b", "name": 7, "metadata": [1], "tags": vec!["x"; 26]})).await.details();
    assert_eq!(
        details,
        json!({
            "uid": ["The uid must consist of letters, digits and - _ . @ : +; got a b."],
            "name": ["The name must be a string, got 7.", "The name must be a string, got 7."],
            "metadata": ["The metadata must be an object, got [1]."],
            "tags": ["The tags may be at most 25, got 26."],
        })
    );
    let (_, details) =
        comet.post("/users", json!({"uid": "x".repeat(101), "name": "x", "metadata": {"m": "x".repeat(5120)}})).await.details();
    assert_eq!(details["uid"], json!(["The uid may have at most 100 characters, got 101."]));
    assert_eq!(details["metadata"], json!(["The metadata may have at most 5120 bytes, got 5128."]));
    let taken = comet.post("/users", json!({"uid": "ANA", "name": "x"})).await.error();
    assert_eq!(taken, error(409, "ERR_UID_ALREADY_EXISTS", "The UID ana already exists."));
    assert_eq!(comet.post("/users", json!({"uid": "app_system", "name": "x"})).await.code(), code(400, "ERR_BAD_REQUEST"));
    let role = comet.post("/users", json!({"uid": "ben", "name": "x", "role": "boss"})).await.error();
    assert_eq!(role, error(404, "ERR_ROLE_NOT_FOUND", "The role boss does not exist."));
    assert_eq!(comet.get("/users/ben").await.code(), code(404, "ERR_UID_NOT_FOUND"));
}

#[tokio::test]
async fn a_deactivated_user_is_as_good_as_gone_until_activated() {
    let comet = Comet::with_users(&["ana", "ben", "mia"]).await;
    let token = comet.token("ana").await;
    let off = comet.delete("/users", Some(json!({"uidsToDeactivate": ["ana", "ghost", "ben"]}))).await.ok();
    assert_eq!(off, json!({"data": {"deactivatedUids": ["ana", "ben"]}}));
    assert_eq!(comet.get("/users/ana").await.code(), code(404, "ERR_UID_NOT_FOUND"));
    assert_eq!(comet.call(From::Token(&token), Method::GET, "/me", None).await.code(), code(401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND"));
    assert_eq!(comet.call(From::OnBehalf("ana"), Method::GET, "/users", None).await.code(), code(404, "ERR_UID_NOT_FOUND"));
    assert_eq!(each(&comet.get("/users").await.data(), "uid"), ["mia"]);
    let only = comet.get("/users?onlyDeactivated=true").await.data();
    assert_eq!((each(&only, "uid"), &only[0]["deactivatedAt"]), (vec!["ana".to_owned(), "ben".to_owned()], &json!(NOON_S)));
    assert_eq!(each(&comet.get("/users?withDeactivated=true").await.data(), "uid"), ["ana", "ben", "mia"]);

    let on = comet.put("/users", json!({"uidsToActivate": ["ana"]})).await.ok();
    assert_eq!(on, json!({"data": {"nonDeactivatedUids": ["ana"]}}));
    assert_eq!(comet.call(From::Token(&token), Method::GET, "/me", None).await.data()["uid"], "ana");

    comet.delete("/users/ana", None).await.data();
    assert_eq!(each(&comet.get("/users?onlyDeactivated=true").await.data(), "uid"), ["ana", "ben"], "not permanent: a deactivation");
}

#[tokio::test]
async fn users_are_listed_by_filter_and_page() {
    let comet = Comet::new().await;
    comet.post("/roles", json!({"role": "staff", "name": "Staff"})).await.data();
    for (uid, name, role, tag) in [("u1", "Ana", "staff", "red"), ("u2", "Ben", "default", "red"), ("u3", "Zoe", "staff", "blue")] {
        comet.post("/users", json!({"uid": uid, "name": name, "role": role, "tags": [tag]})).await.data();
    }
    for (query, expected) in [
        ("role=staff", vec!["u1", "u3"]),
        ("roles=staff,default", vec!["u1", "u2", "u3"]),
        ("searchKey=an", vec!["u1"]),
        ("searchKey=an&searchIn=uid", vec![]),
        ("searchKey=U2&searchIn=uid,name", vec!["u2"]),
        ("tags=red&roles=staff", vec!["u1"]),
        ("status=available", vec![]),
        ("perPage=2&page=2", vec!["u3"]),
    ] {
        assert_eq!(each(&comet.get(&format!("/users?{query}")).await.data(), "uid"), expected, "{query}");
    }
    assert_eq!(comet.get("/users?withTags=true&searchKey=zoe").await.data()[0]["tags"], json!(["blue"]));
    assert_eq!(
        comet.get("/users?searchIn=role&searchKey=x").await.details().1,
        json!({"searchIn": ["The searchIn must be uid or name, got role."]})
    );
    let page = comet.get("/users?perPage=2").await.ok();
    assert_eq!(page["meta"]["pagination"], json!({"total": 3, "count": 2, "per_page": 2, "current_page": 1, "total_pages": 2}));
}

/// A list filters rows; an operation refuses (section 1.2).
#[tokio::test]
async fn a_list_leaves_out_whom_the_caller_may_not_see() {
    let comet = Comet::new().await;
    comet.post("/roles", json!({"role": "staff", "name": "Staff"})).await.data();
    for (uid, role) in [("ana", "default"), ("ben", "default"), ("sue", "staff")] {
        comet
            .post("/users", json!({"uid": uid, "name": uid, "role": role, "metadata": {"@private": {"pin": 1}, "hat": "red"}}))
            .await
            .data();
    }
    let seen = async || {
        let list = comet.call(From::OnBehalf("ana"), Method::GET, "/users", None).await.ok();
        assert_eq!(list["meta"]["pagination"]["total"], list["data"].as_array().unwrap().len());
        each(&list["data"], "uid")
    };
    assert_eq!(seen().await, ["ben", "sue"]);
    comet.put("/roles/default/permissions", json!({"permissions": {"listUsers.allowedRoles": ["staff"]}})).await.data();
    assert_eq!(seen().await, ["sue"]);
    comet
        .put("/roles/default/permissions", json!({"permissions": {"listUsers.allowedRoles": [], "listUsers.mode": "friends"}}))
        .await
        .data();
    assert!(seen().await.is_empty());
    comet.post("/users/ben/friends", json!({"accepted": ["ana"]})).await.data();
    assert_eq!(seen().await, ["ben"]);
    comet.put("/roles/default/permissions", json!({"permissions": {"listUsers": "deny"}})).await.data();
    assert_eq!(comet.call(From::OnBehalf("ana"), Method::GET, "/users", None).await.code(), code(403, "ERR_PERMISSION_DENIED"));

    let sue = comet.call(From::OnBehalf("ana"), Method::GET, "/users/sue", None).await.data();
    assert_eq!((&sue["metadata"], &sue["conversationId"]), (&json!({"hat": "red"}), &json!("ana_user_sue")));
    assert_eq!(comet.call(From::OnBehalf("sue"), Method::GET, "/users/sue", None).await.data()["metadata"]["@private"], json!({"pin": 1}));
}

#[tokio::test]
async fn a_user_changes_their_own_record_but_not_their_role() {
    let comet = Comet::with_users(&["ana", "ben"]).await;
    comet.post("/roles", json!({"role": "boss", "name": "Boss"})).await.data();
    let token = comet.token("ana").await;
    let changed = comet.call(From::Token(&token), Method::PUT, "/me", Some(json!({"name": "Anna", "role": "default"}))).await.data();
    assert_eq!((&changed["name"], &changed["role"]), (&json!("Anna"), &json!("default")));
    let role = comet.call(From::Token(&token), Method::PUT, "/me", Some(json!({"role": "boss"}))).await;
    assert_eq!(role.code(), code(403, "ERR_PERMISSION_DENIED"));
    let other = comet.call(From::OnBehalf("ana"), Method::PUT, "/users/ben", Some(json!({"name": "Bob"}))).await;
    assert_eq!(other.code(), code(403, "ERR_PERMISSION_DENIED"));
    comet.put("/roles/default/permissions", json!({"permissions": {"editProfile": "deny"}})).await.data();
    let own = comet.call(From::Token(&token), Method::PUT, "/me", Some(json!({"name": "Annie"}))).await;
    assert_eq!(own.code(), code(403, "ERR_PERMISSION_DENIED"));
    assert_eq!(comet.get("/users/ana").await.data()["name"], "Anna");
}

#[tokio::test]
async fn friends_are_mutual() {
    let comet = Comet::with_users(&["ana", "ben", "zoe"]).await;
    let made = comet.post("/users/ana/friends", json!({"accepted": ["ben", "ghost", "ana"]})).await.data();
    assert_eq!(made["accepted"]["ben"], success("Created relationship with status accepted."));
    assert_eq!(made["accepted"]["ghost"]["error"]["code"], "ERR_UID_NOT_FOUND");
    assert_eq!(made["accepted"]["ana"]["error"]["code"], "ERR_CANNOT_FORM_SELF_RELATION");
    assert_eq!(each(&comet.get("/users/ana/friends").await.data(), "uid"), ["ben"]);
    assert_eq!(each(&comet.get("/users/ben/friends").await.data(), "uid"), ["ana"]);
    assert_eq!(comet.get("/users/ben/friends?searchKey=zoe").await.data(), json!([]));
    let again = comet.post("/users/ben/friends", json!({"accepted": ["ana"]})).await.data();
    assert_eq!(again["accepted"]["ana"]["error"]["code"], "ERR_ALREADY_FRIEND");
    assert_eq!(comet.delete("/users/ana/friends", Some(json!({"friends": ["zoe"]}))).await.code(), code(400, "ERR_NOT_A_FRIEND"));
    comet.delete("/users/ben/friends", Some(json!({"friends": ["ana"]}))).await.data();
    assert_eq!(comet.get("/users/ana/friends").await.data(), json!([]));
    assert_eq!(comet.post("/users/ana/friends", json!({})).await.details().1, json!({"accepted": ["The accepted field is required."]}));
}

#[tokio::test]
async fn a_block_is_its_makers() {
    let comet = Comet::with_users(&["ana", "ben", "zoe"]).await;
    let token = comet.token("ana").await;
    let ana = From::Token(&token);
    let made = comet.call(ana, Method::POST, "/blockedusers", Some(json!({"blockedUids": ["ben", "ana", "ghost"]}))).await.data();
    assert_eq!(made["ben"], success("The user with UID ana has blocked user with UID ben successfully."));
    assert_eq!(made["ana"]["error"]["code"], "ERR_CANNOT_BLOCK_SELF");
    assert_eq!(made["ghost"]["error"]["code"], "ERR_UID_NOT_FOUND");
    let list = comet.call(ana, Method::GET, "/blockedusers", None).await.ok();
    let row = &list["data"][0];
    assert_eq!((&row["uid"], &row["blockedByMe"], &row["blockedAt"]), (&json!("ben"), &json!(true), &json!(NOON_S)));
    assert_eq!(comet.get("/users/ana/blockedusers").await.data()[0]["uid"], "ben");
    let others = comet.call(ana, Method::GET, "/users/ben/blockedusers", None).await;
    assert_eq!(others.code(), code(403, "ERR_PERMISSION_DENIED"));
    assert_eq!(comet.may("ben", "SendMessage", json!({"type": "user", "id": "ana"})).await, "blocked");

    let lifted = comet.delete("/users/ana/blockedusers", Some(json!({"blockedUids": ["ben"]}))).await.data();
    assert_eq!(lifted["ben"], success("The user with UID ana has unblocked user with UID ben successfully."));
    assert_eq!(comet.get("/users/ana/blockedusers").await.data(), json!([]));
    assert_eq!(comet.may("ben", "SendMessage", json!({"type": "user", "id": "ana"})).await, "granted");
    assert_eq!(comet.post("/users/ana/blockedusers", json!({})).await.details().0, 400);
}
