//! Groups: docs/cometchat.md, Groups and members.

use axum::http::Method;
use serde_json::{Value, json};

use super::client::{Comet, From, NOON_S, code, each, success};

const GROUPS: &str = "/groups";

#[tokio::test]
async fn whoever_creates_a_group_owns_it_and_is_its_admin() {
    let comet = Comet::with_users(&["ana", "ben"]).await;
    let token = comet.token("ana").await;
    let wanted =
        json!({"guid": "Project-X", "name": "Project", "type": "public", "tags": ["work"], "metadata": {"color": "red"}, "owner": "ben"});
    let made = comet.call(From::Token(&token), Method::POST, GROUPS, Some(wanted)).await.ok();
    let expected = json!({
        "guid": "project-x", "name": "Project", "type": "public", "owner": "ana", "conversationId": "group_project-x",
        "tags": ["work"], "metadata": {"color": "red"}, "membersCount": 1, "hasJoined": true, "scope": "admin",
        "createdAt": NOON_S, "joinedAt": NOON_S,
    });
    assert_eq!(made, json!({ "data": expected }));
    assert_eq!(comet.call(From::Token(&token), Method::GET, "/groups/PROJECT-X", None).await.data(), expected);
    // To the app it is the same group, without a membership of its own.
    let mut of_app = expected.clone();
    of_app["hasJoined"] = json!(false);
    let object = of_app.as_object_mut().unwrap();
    object.remove("scope");
    object.remove("joinedAt");
    assert_eq!(comet.get("/groups/project-x").await.data(), of_app);
    let again = json!({"guid": "project-x", "name": "Again", "type": "public"});
    assert_eq!(comet.post(GROUPS, again).await.code(), code(409, "ERR_GUID_ALREADY_EXISTS"));
}

#[tokio::test]
async fn a_group_without_an_owner_is_the_apps() {
    let comet = Comet::with_users(&["ana"]).await;
    let made = comet.post(GROUPS, json!({"guid": "lobby", "name": "Lobby", "type": "public"})).await.data();
    assert_eq!((&made["owner"], &made["membersCount"], &made["hasJoined"]), (&json!("app_system"), &json!(0), &json!(false)));
    let nobody = json!({"guid": "club", "name": "Club", "type": "public", "owner": "nobody"});
    assert_eq!(comet.post(GROUPS, nobody).await.code(), code(404, "ERR_UID_NOT_FOUND"));
    // The app may give it to somebody later, who becomes a member by it.
    let given = comet.put("/groups/lobby", json!({"owner": "ana"})).await.data();
    assert_eq!((&given["owner"], &given["membersCount"], &given["updatedAt"]), (&json!("ana"), &json!(1), &json!(NOON_S)));
    // From a user `owner` means nothing.
    let named = comet.call(From::OnBehalf("ana"), Method::PUT, "/groups/lobby", Some(json!({"owner": "nobody", "name": "Hall"}))).await;
    let named = named.data();
    assert_eq!((&named["owner"], &named["name"], &named["scope"]), (&json!("ana"), &json!("Hall"), &json!("admin")));
}

#[tokio::test]
async fn fields_are_checked_by_name() {
    let comet = Comet::new().await;
    let refused = async |body: Value| comet.post(GROUPS, body).await.details();
    let problem = |field: &str, text: &str| (400, json!({ field: [text] }));
    assert_eq!(refused(json!({"name": "x", "type": "public"})).await, problem("guid", "The guid field is required."));
    assert_eq!(refused(json!({"guid": "x", "type": "public"})).await, problem("name", "The name field is required."));
    assert_eq!(refused(json!({"guid": "x", "name": "x"})).await, problem("type", "The type field is required."));
    assert_eq!(
        refused(json!({"guid": "x", "name": "x", "type": "secret"})).await,
        problem("type", "The type must be one of public, password, private, got \"secret\".")
    );
    assert_eq!(
        refused(json!({"guid": "a b", "name": "x", "type": "public"})).await,
        problem("guid", "The guid must be at most 100 letters, digits, hyphens and underscores, got \"a b\".")
    );
    assert_eq!(
        refused(json!({"guid": "x", "name": "x", "type": "public", "members": {"admins": "ana"}})).await,
        problem("members.admins", "The members.admins must be a list, got \"ana\".")
    );
    let without = json!({"guid": "x", "name": "x", "type": "password"});
    assert_eq!(comet.post(GROUPS, without).await.code(), code(400, "ERR_EMPTY_GROUP_PASS"));
    assert_eq!(comet.get(GROUPS).await.data(), json!([]), "what is refused is not made");
}

/// 5.1: `unset`; a type that needs a password, and one that needs none.
#[tokio::test]
async fn a_group_is_changed_field_by_field() {
    let comet = Comet::with_users(&["ana"]).await;
    let group = json!({"guid": "club", "name": "Club", "type": "public", "icon": "https://x/i.png", "description": "Old", "owner": "ana"});
    comet.post(GROUPS, group).await.data();
    let changed = comet.put("/groups/club", json!({"description": "New", "unset": ["icon"]})).await.data();
    assert_eq!((&changed["description"], &changed["icon"], &changed["name"]), (&json!("New"), &Value::Null, &json!("Club")));
    let unknown = comet.put("/groups/club", json!({"unset": ["name"]})).await.details();
    assert_eq!(unknown, (400, json!({"unset": ["The unset field takes icon, description, metadata, got \"name\"."]})));
    assert_eq!(comet.put("/groups/club", json!({"type": "password"})).await.code(), code(400, "ERR_EMPTY_GROUP_PASS"));
    assert_eq!(comet.put("/groups/club", json!({"type": "password", "password": "sesame"})).await.data()["type"], "password");
    // It keeps its password when something else changes.
    let kept = comet.put("/groups/club", json!({"name": "Klub"})).await.0.text().to_owned();
    assert!(!kept.contains("sesame") && kept.contains("Klub"), "{kept}");
    assert_eq!(comet.put("/groups/nix", json!({})).await.code(), code(404, "ERR_GUID_NOT_FOUND"));
}

/// 5.1: public, password, private.
#[tokio::test]
async fn the_type_says_who_comes_in() {
    let comet = Comet::with_users(&["ana", "ben"]).await;
    for (guid, group_type) in [("open", "public"), ("locked", "password"), ("closed", "private")] {
        comet.post(GROUPS, json!({"guid": guid, "name": guid, "type": group_type, "password": "sesame", "owner": "ana"})).await.data();
    }
    let token = comet.token("ben").await;
    let join =
        async |guid: &str, body: Value| comet.call(From::Token(&token), Method::POST, &format!("/groups/{guid}/members"), Some(body)).await;
    let joined = join("open", json!({})).await.data();
    assert_eq!(
        (&joined["category"], &joined["type"], &joined["data"]["action"]),
        (&json!("action"), &json!("groupMember"), &json!("joined"))
    );
    let group = &joined["data"]["entities"]["for"];
    assert_eq!(
        (&group["entityType"], &group["entity"]["guid"], &group["entity"]["scope"]),
        (&json!("group"), &json!("open"), &json!("participant"))
    );
    assert_eq!(joined["data"]["entities"]["on"]["entity"]["uid"], "ben");
    assert_eq!(join("open", json!({})).await.code(), code(409, "ERR_ALREADY_JOINED"));
    assert_eq!(join("locked", json!({})).await.code(), code(400, "ERR_EMPTY_GROUP_PASS"));
    assert_eq!(join("locked", json!({"password": "Sesame"})).await.code(), code(403, "ERR_WRONG_GROUP_PASS"));
    assert_eq!(join("locked", json!({"password": "sesame"})).await.data()["data"]["action"], "joined");
    assert_eq!(join("closed", json!({})).await.code(), code(403, "ERR_GROUP_JOIN_NOT_ALLOWED"));
    assert_eq!(join("nix", json!({})).await.code(), code(404, "ERR_GUID_NOT_FOUND"));
    // Leaving, and coming again.
    let leave = async || comet.call(From::Token(&token), Method::DELETE, "/groups/open/members", None).await;
    assert_eq!(leave().await.data(), success("The user ben has left the group open."));
    assert_eq!(leave().await.code(), code(403, "ERR_GROUP_NOT_JOINED"));
    join("open", json!({})).await.data();
    // Banned: no way in until the ban is lifted.
    comet.post("/groups/open/bannedusers/ben", json!({})).await.data();
    assert_eq!(join("open", json!({})).await.code(), code(403, "ERR_BANNED_GROUPMEMBER"));
    comet.delete("/groups/open/bannedusers/ben", None).await.data();
    join("open", json!({})).await.data();
}

#[tokio::test]
async fn the_directory_is_filtered_sorted_and_paged() {
    let comet = Comet::with_users(&["ana", "ben"]).await;
    for (guid, group_type, owner) in
        [("tea", "public", "ben"), ("art", "private", "ben"), ("zoo", "password", "ana"), ("box", "private", "ana")]
    {
        let group =
            json!({"guid": guid, "name": guid.to_uppercase(), "type": group_type, "password": "p", "owner": owner, "tags": [owner]});
        comet.post(GROUPS, group).await.data();
    }
    let of = async |from: From<'_>, query: &str| comet.call(from, Method::GET, &format!("/groups?{query}"), None).await.ok();
    // The app sees all; a user no private group of others.
    let all = of(From::App, "").await;
    assert_eq!(each(&all["data"], "guid"), ["art", "box", "tea", "zoo"]);
    assert_eq!(all["meta"]["pagination"], json!({"total": 4, "count": 4, "per_page": 100, "current_page": 1, "total_pages": 1}));
    let ana = From::OnBehalf("ana");
    let cases = [
        ("", vec!["box", "tea", "zoo"]),
        ("hasJoined=1", vec!["box", "zoo"]),
        ("type=private", vec!["box"]),
        ("types=public,password", vec!["tea", "zoo"]),
        ("type=protected", vec!["zoo"]),
        ("searchKey=TE", vec!["tea"]),
        ("searchKey=tea&searchIn=name", vec!["tea"]),
        ("tags=ben", vec!["tea"]),
    ];
    for (query, expected) in cases {
        assert_eq!(each(&of(ana, query).await["data"], "guid"), expected, "{query}");
    }
    let page = of(ana, "per_page=2&page=2&sortBy=name&sortOrder=desc").await;
    assert_eq!(each(&page["data"], "guid"), ["box"]);
    assert_eq!(page["meta"]["pagination"], json!({"total": 3, "count": 1, "per_page": 2, "current_page": 2, "total_pages": 2}));
    let wrong = comet.get("/groups?sortBy=age").await.details();
    assert_eq!(wrong, (400, json!({"sortBy": ["The sortBy must be one of name, guid, createdAt, got \"age\"."]})));
}

/// 5.1: private groups are by invitation. To others they are not there, however they ask; the answer is that of a group that never was.
#[tokio::test]
async fn a_private_group_is_known_to_its_members_only() {
    let comet = Comet::with_users(&["ana", "ben"]).await;
    comet.post(GROUPS, json!({"guid": "box", "name": "Box", "type": "private", "owner": "ana"})).await.data();
    let tokens = [comet.token("ana").await, comet.token("ben").await];
    let paths = |guid: &str| [format!("/groups/{guid}"), format!("/me/permissions?guid={guid}")];
    let [ana, ben] = tokens.each_ref().map(|token| From::Token(token));
    for from in [ben, From::OnBehalf("ben")] {
        for (path, never) in paths("BOX").into_iter().zip(paths("nix")) {
            let (status, code, text) = comet.call(from, Method::GET, &path, None).await.error();
            let never = comet.call(from, Method::GET, &never, None).await.error();
            assert_eq!((status, code, text.replace("BOX", "nix")), never, "{path}");
            assert_eq!((never.0, never.1.as_str()), (404, "ERR_GUID_NOT_FOUND"));
        }
        assert_eq!(comet.call(from, Method::GET, GROUPS, None).await.data(), json!([]));
    }
    assert_eq!(comet.get("/groups/box").await.data()["type"], "private", "the app sees all");
    comet.post("/groups/box/members", json!({"participants": ["ben"]})).await.data();
    for from in [ana, ben] {
        for path in paths("box") {
            assert_eq!(comet.call(from, Method::GET, &path, None).await.data()["guid"], "box", "{path}");
        }
        assert_eq!(each(&comet.call(from, Method::GET, GROUPS, None).await.data(), "guid"), ["box"]);
    }
    comet.delete("/groups/box/members/ben", None).await.data();
    assert_eq!(comet.call(ben, Method::GET, "/groups/box", None).await.code(), code(404, "ERR_GUID_NOT_FOUND"));
    comet.put("/groups/box", json!({"type": "public"})).await.data();
    assert_eq!(comet.call(ben, Method::GET, "/groups/box", None).await.data()["hasJoined"], false);
}

/// `createGroup.allowedGroupTypes` holds for what a group is turned into as for what it is made as.
#[tokio::test]
async fn a_group_becomes_no_type_that_its_editor_may_not_create() {
    let comet = Comet::with_users(&["ana"]).await;
    let permissions = json!({"permissions": {"createGroup.allowedGroupTypes": ["public"]}});
    comet.put("/roles/default/permissions", permissions).await.data();
    let token = comet.token("ana").await;
    let ana = From::Token(&token);
    let wanted = |group_type: &str| json!({"guid": "club", "name": "Club", "type": group_type, "password": "sesame"});
    assert_eq!(comet.call(ana, Method::POST, GROUPS, Some(wanted("private"))).await.code(), code(403, "ERR_PERMISSION_DENIED"));
    comet.call(ana, Method::POST, GROUPS, Some(wanted("public"))).await.data();
    for group_type in ["private", "password"] {
        let refused = comet.call(ana, Method::PUT, "/groups/club", Some(wanted(group_type))).await;
        assert_eq!(refused.hallpass()["action"], "CreateGroup", "{group_type}");
        assert_eq!(refused.code(), code(403, "ERR_PERMISSION_DENIED"), "{group_type}");
    }
    assert_eq!(comet.get("/groups/club").await.data()["type"], "public");
    // What stays as it is is not asked about: the app has made it private, and Ana gives it another name.
    comet.put("/groups/club", json!({"type": "private"})).await.data();
    let renamed = comet.call(ana, Method::PUT, "/groups/club", Some(json!({"name": "Klub", "type": "private"}))).await.data();
    assert_eq!((&renamed["name"], &renamed["type"]), (&json!("Klub"), &json!("private")));
}

/// What is gone does not come back with the name.
#[tokio::test]
async fn a_group_is_deleted_with_everything_in_it() {
    let comet = Comet::with_users(&["ana", "ben"]).await;
    let group = json!({"guid": "club", "name": "Club", "type": "public", "owner": "ana", "members": {"participants": ["ben"]}});
    comet.post(GROUPS, group.clone()).await.data();
    comet.put("/groups/club/scopes/participant/permissions", json!({"permissions": {"sendMessage": "deny"}})).await.data();
    let message = json!({"receiver": "club", "receiverType": "group", "type": "text", "data": {"text": "Hi"}});
    let sent = comet.call(From::OnBehalf("ana"), Method::POST, "/messages", Some(message)).await.data();
    let id = sent["id"].as_str().unwrap();
    comet.call(From::OnBehalf("ben"), Method::POST, &format!("/messages/{id}/reactions/x"), None).await.data();
    let deleted = comet.delete("/groups/club", None).await.data();
    assert_eq!(deleted, success("Group with guid club has been deleted successfully."));
    assert_eq!(comet.get(&format!("/messages/{id}")).await.code(), code(404, "ERR_MESSAGE_ID_NOT_FOUND"));
    comet.post(GROUPS, group).await.data();
    assert_eq!(comet.get("/groups/club/messages").await.data(), json!([]));
    let permissions = comet.get("/groups/club/scopes/participant/permissions").await.data();
    let send = permissions.as_array().unwrap().iter().find(|permission| permission["id"] == "sendMessage").unwrap();
    assert_eq!(send["value"], "allow");
}
