//! Restrict Features: `rest-api/restrict-features` of CometChat's docs.

use axum::http::Method;
use serde_json::json;

use super::client::{Comet, From, NOON_S, code, success};

const FEATURES: &str = "/roles/default/restrictedfeatures";

#[tokio::test]
async fn a_restricted_feature_is_refused_before_rbac_is_asked() {
    let comet = Comet::with_users(&["ana", "ben"]).await;
    comet.put("/roles/default/permissions", json!({"permissions": {"listUsers": "deny"}})).await.data();
    let answer = comet.post(FEATURES, json!({"featuresToRestrict": ["listUsers", "u.deleteGroup", "u.fly"]})).await.data();
    assert_eq!(answer["u.listUsers"], success("The feature u.listUsers has been restricted successfully."));
    assert_eq!(answer["u.deleteGroup"], success("The feature u.deleteGroup has been restricted successfully."));
    assert_eq!((&answer["u.fly"]["success"], &answer["u.fly"]["error"]["code"]), (&json!(false), &json!("ERR_BAD_REQUEST")));

    let refused = comet.call(From::OnBehalf("ana"), Method::GET, "/users", None).await;
    assert_eq!(refused.hallpass()["reason"], "feature_restricted");
    assert_eq!(refused.code(), code(403, "ERR_PERMISSION_DENIED"));
    assert_eq!(comet.get("/users").await.ok()["meta"]["pagination"]["total"], 2, "the app itself is not restricted");

    let list = comet.get(FEATURES).await.ok();
    assert_eq!(
        list["data"],
        json!([
            {"title": "Delete Group", "description": "Lets users of the role use /v3/groups/{guid}.", "key": "u.deleteGroup", "path": "/v3/groups/{{guid}}", "createdAt": NOON_S},
            {"title": "List Users", "description": "Lets users of the role use /v3/users.", "key": "u.listUsers", "path": "/v3/users", "createdAt": NOON_S},
        ])
    );
    assert_eq!(list["meta"]["pagination"]["total"], 2);
}

#[tokio::test]
async fn features_are_allowed_again_one_by_one_or_all() {
    let comet = Comet::with_users(&["ana", "ben"]).await;
    comet.post(FEATURES, json!({"featuresToRestrict": ["listUsers", "getUser", "blockUser"]})).await.data();
    let allowed = comet.delete(FEATURES, Some(json!({"featuresToAllow": ["u.listUsers"]}))).await.data();
    assert_eq!(allowed, success("The feature has been allowed successfully."));
    let keys = |list: serde_json::Value| super::client::each(&list, "key");
    assert_eq!(keys(comet.get(FEATURES).await.data()), ["u.blockUser", "u.getUser"]);
    assert_eq!(comet.delete(FEATURES, Some(json!({"allowAll": true}))).await.data()["success"], true);
    assert_eq!(comet.get(FEATURES).await.data(), json!([]));

    assert_eq!(comet.delete(FEATURES, Some(json!({}))).await.details().0, 400);
    assert_eq!(
        comet.post(FEATURES, json!({})).await.details().1,
        json!({"featuresToRestrict": ["The featuresToRestrict field is required."]})
    );
    let unknown = comet.delete(FEATURES, Some(json!({"featuresToAllow": ["listUser"]}))).await;
    assert_eq!(unknown.hallpass(), json!({"nearest": "u.listUsers"}));
    assert_eq!(unknown.code(), code(400, "ERR_BAD_REQUEST"));
}

/// All 44 of corpus/facts/cometchat_permissions.json can be restricted, and are then listed.
#[tokio::test]
async fn all_features_of_the_facts_can_be_restricted() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/facts/cometchat_permissions.json")).unwrap();
    let facts: serde_json::Value = serde_json::from_str(&text).unwrap();
    let keys: Vec<String> = serde_json::from_value(facts["restrict_features"]["keys"].clone()).unwrap();
    let comet = Comet::new().await;
    comet.post(FEATURES, json!({ "featuresToRestrict": keys })).await.data();
    let listed = super::client::each(&comet.get(FEATURES).await.data(), "key");
    assert_eq!(listed, keys.iter().map(|key| format!("u.{key}")).collect::<Vec<_>>());
    assert_eq!(listed.len(), 44);
}
