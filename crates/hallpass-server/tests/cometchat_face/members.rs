//! Members of groups: docs/cometchat.md, Groups and members.

use axum::http::Method;
use serde_json::{Value, json};

use super::client::{Comet, From, NOON_S, code, each};

const MEMBERS: &str = "/groups/club/members";

async fn club() -> Comet {
    let comet = Comet::with_users(&["olga", "adam", "mona", "paul", "nora"]).await;
    let members = json!({"admins": ["adam"], "moderators": ["mona"], "participants": ["paul"]});
    comet.post("/groups", json!({"guid": "club", "name": "Club", "type": "public", "owner": "olga", "members": members})).await.data();
    comet
}

#[tokio::test]
async fn members_are_listed_with_their_scope() {
    let comet = club().await;
    let listed = comet.get(MEMBERS).await.ok();
    assert_eq!(listed["meta"]["pagination"], json!({"total": 4, "count": 4, "per_page": 100, "current_page": 1, "total_pages": 1}));
    assert_eq!(
        listed["data"][1],
        json!({"uid": "mona", "name": "mona", "role": "default", "status": "offline", "createdAt": NOON_S, "scope": "moderator", "joinedAt": NOON_S})
    );
    assert_eq!(each(&listed["data"], "scope"), ["admin", "admin", "moderator", "participant"]);
    assert_eq!(each(&comet.get("/groups/club/members?scopes=admin,moderator").await.data(), "uid"), ["adam", "mona", "olga"]);
    assert_eq!(each(&comet.get("/groups/club/members?searchKey=PAU").await.data(), "uid"), ["paul"]);
    assert_eq!(each(&comet.get("/groups/club/members?perPage=2&page=2").await.data(), "uid"), ["olga", "paul"]);
    let wrong = comet.get("/groups/club/members?scopes=boss").await.details();
    assert_eq!(wrong, (400, json!({"scopes": ["The scopes must be some of admin, moderator, participant, got \"boss\"."]})));
    assert_eq!(comet.get("/groups/club/members/mona").await.data()["scope"], "moderator");
    assert_eq!(comet.get("/groups/club/members/nora").await.code(), code(403, "ERR_NOT_A_MEMBER"));
    // Who is not in it does not see who is.
    let outside = comet.call(From::OnBehalf("nora"), Method::GET, MEMBERS, None).await;
    assert_eq!(outside.code(), code(403, "ERR_GROUP_NOT_JOINED"));
}

/// 5.1: one result for each, whatever becomes of the others; who is in several lists counts in the highest.
#[tokio::test]
async fn many_are_added_at_once_and_each_is_told_apart() {
    let comet = club().await;
    comet.post("/users", json!({"uid": "zoe", "name": "Zoe"})).await.data();
    comet.post("/users", json!({"uid": "ben", "name": "Ben"})).await.data();
    let wanted =
        json!({"admins": ["nora"], "moderators": ["nora", "nobody"], "participants": ["paul", "zoe"], "usersToBan": ["ben", "olga"]});
    let results = comet.post(MEMBERS, wanted).await.data();
    let codes = |list: &str| -> Value {
        let results = results[list].as_object().unwrap().iter();
        let told = results.map(|(uid, one)| {
            assert_eq!(one["success"] == true, one["error"].is_null(), "{one}");
            (uid.clone(), if one["success"] == true { json!(true) } else { one["error"]["code"].clone() })
        });
        Value::Object(told.collect())
    };
    assert_eq!(codes("admins"), json!({"nora": true}));
    assert_eq!(codes("moderators"), json!({"nobody": "ERR_UID_NOT_FOUND"}));
    assert_eq!(codes("participants"), json!({"paul": "ERR_ALREADY_JOINED", "zoe": true}));
    assert_eq!(codes("usersToBan"), json!({"ben": true, "olga": "ERR_GROUP_NO_CLEARANCE"}));
    let added = &results["admins"]["nora"]["data"];
    assert_eq!((&added["sender"], &added["data"]["action"]), (&json!("app_system"), &json!("added")));
    assert_eq!(added["data"]["entities"]["by"]["entity"]["name"], "System");
    assert_eq!(comet.get("/groups/club/members/nora").await.data()["scope"], "admin");
    assert_eq!(each(&comet.get("/groups/club/bannedusers").await.data(), "uid"), ["ben"]);
    assert_eq!(each(&comet.get("/groups/club/banned_members").await.data(), "uid"), ["ben"]);
    // Banned users are not added before the ban is lifted.
    let banned = comet.post(MEMBERS, json!({"participants": ["ben"]})).await.data();
    assert_eq!(banned["participants"]["ben"]["error"]["code"], "ERR_BANNED_GROUPMEMBER");
    let names: Vec<String> = (0..26).map(|number| format!("u{number}")).collect();
    let many = comet.post(MEMBERS, json!({ "participants": names })).await.error();
    assert_eq!((many.0, many.2.as_str()), (400, "At most 25 users can be named in one call, got 26."));
}

/// The refusal of a permission that the caller has not at all is one of the whole call.
#[tokio::test]
async fn adding_is_for_admins_and_for_whom_scope_permissions_say() {
    let comet = club().await;
    let add = async |actor: &'static str, list: &str| {
        comet.call(From::OnBehalf(actor), Method::POST, MEMBERS, Some(json!({ list: ["nora"] }))).await
    };
    assert_eq!(add("paul", "participants").await.code(), code(403, "ERR_PERMISSION_DENIED"));
    assert_eq!(add("mona", "participants").await.code(), code(403, "ERR_PERMISSION_DENIED"));
    comet
        .put(
            "/groups/club/scopes/moderator/permissions",
            json!({"permissions": {"addMembers": "allow", "addMembers.allowedScopes": "participant"}}),
        )
        .await
        .data();
    let above = add("mona", "moderators").await.data();
    assert_eq!(above["moderators"]["nora"]["error"]["code"], "ERR_PERMISSION_DENIED");
    assert_eq!(add("mona", "participants").await.data()["participants"]["nora"]["success"], true);
    assert_eq!(comet.get("/groups/club/members/nora").await.data()["scope"], "participant");
}

/// Section 4: a restricted feature goes before all permissions, also that of naming several at once.
#[tokio::test]
async fn restricted_features_close_operations_of_a_role() {
    let comet = club().await;
    comet.post("/roles/default/restrictedfeatures", json!({"featuresToRestrict": ["massMemberOperate", "changeScope"]})).await.data();
    let adam = From::OnBehalf("adam");
    let two = comet.call(adam, Method::POST, MEMBERS, Some(json!({"participants": ["nora", "nobody"]}))).await;
    assert_eq!(two.hallpass()["reason"], "feature_restricted");
    assert_eq!(two.code(), code(403, "ERR_PERMISSION_DENIED"));
    assert_eq!(
        comet.call(adam, Method::POST, MEMBERS, Some(json!({"participants": ["nora"]}))).await.data()["participants"]["nora"]["success"],
        true
    );
    // A group that would come with several is not made without them.
    let group = json!({"guid": "tea", "name": "Tea", "type": "public", "members": {"participants": ["nora", "paul"]}});
    let made = comet.call(adam, Method::POST, "/groups", Some(group)).await;
    assert_eq!(made.hallpass()["action"], "ManageManyMembers");
    assert_eq!(made.code(), code(403, "ERR_PERMISSION_DENIED"));
    assert_eq!(comet.get("/groups/tea").await.code(), code(404, "ERR_GUID_NOT_FOUND"));
    let scope = comet.call(adam, Method::PUT, "/groups/club/members/paul", Some(json!({"scope": "moderator"}))).await;
    assert_eq!(scope.hallpass()["reason"], "feature_restricted");
    assert_eq!(scope.code(), code(403, "ERR_PERMISSION_DENIED"));
}

#[tokio::test]
async fn nobody_acts_on_those_who_are_not_there() {
    let comet = club().await;
    let adam = From::OnBehalf("adam");
    assert_eq!(comet.call(adam, Method::DELETE, "/groups/club/members/nora", None).await.code(), code(403, "ERR_NOT_A_MEMBER"));
    assert_eq!(comet.call(adam, Method::DELETE, "/groups/club/members/nobody", None).await.code(), code(404, "ERR_UID_NOT_FOUND"));
    assert_eq!(comet.call(adam, Method::DELETE, "/groups/nix/members/paul", None).await.code(), code(404, "ERR_GUID_NOT_FOUND"));
    let wrong = comet.call(adam, Method::PUT, "/groups/club/members/paul", Some(json!({"scope": "boss"}))).await.details();
    assert_eq!(wrong, (400, json!({"scope": ["The scope must be one of admin, moderator, participant, got \"boss\"."]})));
    // Whoever is no member can be banned, and then not join.
    assert_eq!(comet.call(adam, Method::POST, "/groups/club/bannedusers/nora", None).await.data()["success"], true);
    assert_eq!(comet.call(adam, Method::POST, "/groups/club/bannedusers/nora", None).await.code(), code(409, "ERR_ALREADY_BANNED"));
    // Bans of members: read, written, and no word in it any more.
    comet.call(adam, Method::POST, "/groups/club/banned_members/paul", None).await.data();
    let message = json!({"receiver": "club", "receiverType": "group", "type": "text", "data": {"text": "Hi"}});
    let refused = comet.call(From::OnBehalf("paul"), Method::POST, "/messages", Some(message)).await;
    assert_eq!(refused.code(), code(403, "ERR_BANNED_GROUPMEMBER"));
}
