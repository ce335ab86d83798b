//! Conversations with the native face: apps, keys, policy, explanations.

use serde_json::{Value, json};

use crate::support::{NOON, Server, question};

const CHANGES: &str = "/v1/apps/demo-stream/changes";

fn key(server: &Server) -> &str {
    server.server_key("demo-stream")
}

#[tokio::test]
async fn an_app_lives_from_its_making_to_its_end() {
    let server = Server::new();
    let root = server.root_key();
    let made = server.post("/v1/apps", root, &json!({"id": "shop", "profile": "stream"})).await;
    assert_eq!(made.status, 201);
    let keys = made.json();
    let names: Vec<_> = keys.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["api_key", "api_secret", "id", "profile", "server_key"]);
    assert!(keys["api_secret"].as_str().unwrap().len() >= 32);

    let shop = keys["server_key"].as_str().unwrap();
    let shown = server.get("/v1/apps/shop", shop).await.json();
    assert_eq!(shown, json!({"id": "shop", "profile": "stream", "created_at": NOON.as_ms(), "revision": 0}));
    let listed = server.get("/v1/apps", root).await.json();
    let ids: Vec<_> = listed["apps"].as_array().unwrap().iter().map(|app| app["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["demo-cometchat", "demo-livechat", "demo-stream", "shop"]);

    let again = server.post("/v1/apps", root, &json!({"id": "shop", "profile": "stream"})).await;
    assert_eq!((again.status.as_u16(), &again.json()["error"]["code"]), (409, &json!("app_exists")));

    assert_eq!(server.facts("/v1/apps/shop/facts", shop, r#"{"user":{"id":"ana"}}"#).await.json()["revision"], 1);
    assert_eq!(server.delete("/v1/apps/shop", root).await.json(), json!({"deleted": "shop"}));
    assert_eq!(server.get("/v1/apps/shop", shop).await.status, 401);
    assert_eq!(server.get("/v1/apps/shop", root).await.status, 404);

    // Somebody else takes the name: nothing of the old app is left.
    let made = server.post("/v1/apps", root, &json!({"id": "shop", "profile": "stream"})).await.json();
    let shop = made["server_key"].as_str().unwrap();
    assert_eq!(server.get("/v1/apps/shop", shop).await.json()["revision"], 0);
    let answer = server.evaluate(shop, &question("ana", "CreateMessage", "messaging:general")).await.json();
    assert_eq!(answer["context"]["reason"], "unknown_subject");
}

#[tokio::test]
async fn an_app_that_cannot_be_made_is_explained() {
    let server = Server::new();
    let refusal = async |body: Value| {
        let answer = server.post("/v1/apps", server.root_key(), &body).await;
        assert_eq!(answer.status, 400, "{body}");
        answer.json()["error"].clone()
    };
    let error = refusal(json!({"id": "shop", "profile": "strem"})).await;
    assert_eq!((&error["code"], &error["field"], &error["nearest"]), (&json!("unknown_profile"), &json!("profile"), &json!("stream")));
    assert_eq!(refusal(json!({"id": "_system", "profile": "stream"})).await["code"], "invalid_app_id");
    assert_eq!(refusal(json!({"id": "a/b", "profile": "stream"})).await["code"], "invalid_app_id");
    assert_eq!(refusal(json!({"id": "shop"})).await["field"], "profile");
    assert_eq!(refusal(json!({"id": "shop", "profile": "irc"})).await.get("nearest"), None, "nothing is like it");
    let without = refusal(json!({"id": "shop", "profile": "custom"})).await;
    assert_eq!((&without["code"], without.get("nearest")), (&json!("unknown_profile"), None), "the name is right");
    assert_eq!(refusal(json!({"id": "shop", "profile": "custom", "catalogue": {}})).await["code"], "invalid_catalogue");
    assert_eq!(refusal(json!({"id": "shop", "profile": "stream", "colour": "red"})).await["field"], "colour");
}

#[tokio::test]
async fn a_new_server_key_takes_over_at_once_or_after_a_grace() {
    let server = Server::new();
    let root = server.root_key();
    let old = key(&server).to_owned();
    let opens = async |key: &str| server.get("/v1/apps/demo-stream", key).await.status == 200;

    let rotated = server.post("/v1/apps/demo-stream/keys", root, &json!({"grace_s": 60})).await.json();
    let second = rotated["server_key"].as_str().unwrap().to_owned();
    assert_eq!(rotated["id"], "demo-stream");
    assert!(opens(&old).await && opens(&second).await);
    server.clock.set(hallpass::Timestamp(NOON.as_ms() + 60_000));
    assert!(!opens(&old).await && opens(&second).await);

    let rotated = server.post("/v1/apps/demo-stream/keys", root, &json!({"key": "server_key"})).await.json();
    let third = rotated["server_key"].as_str().unwrap().to_owned();
    assert!(!opens(&second).await && opens(&third).await);

    // The file that scripts read keeps up.
    let file = std::fs::read_to_string(server.data().join("credentials.json")).unwrap();
    assert!(file.contains(&third) && !file.contains(&old) && !file.contains(&second));

    let wrong = server.post("/v1/apps/demo-stream/keys", root, &json!({"key": "pat"})).await.json();
    assert_eq!(wrong["error"]["message"], "an app of the profile 'stream' has no key 'pat'; it has server_key and api_secret");
    let long = server.post("/v1/apps/demo-stream/keys", root, &json!({"grace_s": 604_801})).await;
    assert_eq!((long.status.as_u16(), &long.json()["error"]["field"]), (400, &json!("grace_s")));
}

#[tokio::test]
async fn policy_is_written_as_changes_and_seen_by_the_next_question() {
    let server = Server::new();
    let key = key(&server);
    let asked = question("zoe", "CreateMessage", "messaging:general");
    assert_eq!(server.evaluate(key, &asked).await.json()["decision"], false);

    let changes = json!({"changes": [
        {"change": "role_put", "role": "guide"},
        {"change": "grants_put", "level": "messaging", "role": "guide", "grants": ["create-message"]},
        {"change": "user_put", "id": "zoe", "roles": ["guide"]},
    ]});
    assert_eq!(server.post(CHANGES, key, &changes).await.json(), json!({"revision": 2}));
    let answer = server.evaluate(key, &asked).await.json();
    assert_eq!((&answer["decision"], &answer["context"]["revision"]), (&json!(true), &json!(2)));
}

#[tokio::test]
async fn a_change_that_is_wrong_is_named_and_takes_the_others_with_it() {
    let server = Server::new();
    let key = key(&server);
    let refusal = async |changes: Value| {
        let answer = server.post(CHANGES, key, &json!({"changes": changes})).await;
        assert_eq!(answer.status, 400, "{changes}");
        answer.json()["error"].clone()
    };
    let error = refusal(json!([
        {"change": "role_put", "role": "guide"},
        {"change": "grants_put", "level": "messaging", "role": "guide", "grants": ["create-message"]},
        {"change": "grants_put", "level": "messaging", "role": "guide", "grants": ["create-mesage"]},
        {"change": "role_put", "role": "later"},
    ]))
    .await;
    assert_eq!(error["code"], "unknown_permission");
    assert!(error["field"].as_str().unwrap().starts_with("changes[2]"), "{error}");
    assert_eq!(error["nearest"], "create-message");
    let error = refusal(json!([{"change": "role_putt", "role": "guide"}])).await;
    assert_eq!((&error["code"], &error["field"]), (&json!("invalid_change"), &json!("changes[0]")));
    assert_eq!(refusal(json!("role_put")).await["field"], "changes");
    assert_eq!(server.get("/v1/apps/demo-stream", key).await.json()["revision"], 1, "nothing has changed");
}

#[tokio::test]
async fn explain_agrees_with_check_and_says_what_would_help() {
    let server = Server::new();
    let key = key(&server);
    let asked = question("zoe", "CreateMessage", "messaging:general");
    let checked = server.post("/v1/apps/demo-stream/check", key, &asked).await.json();
    let explained = server.post("/v1/apps/demo-stream/explain", key, &asked).await.json();
    for field in ["allowed", "reason", "text", "revision"] {
        assert_eq!(explained[field], checked[field]);
    }
    assert_eq!(explained["question"]["subject"], "zoe");
    assert_eq!(explained["layers"][0]["layer"], "grants");

    // The remedy is a change that can be sent as it is, and it helps.
    let remedy = explained["remedies"][0]["changes"].clone();
    assert_eq!(server.post(CHANGES, key, &json!({"changes": remedy})).await.status, 200);
    assert_eq!(server.post("/v1/apps/demo-stream/check", key, &asked).await.json()["allowed"], true);
}

#[tokio::test]
async fn capabilities_are_all_that_one_may_do() {
    let server = Server::new();
    let body = json!({"subject": {"type": "user", "id": "ben"}, "resource": {"type": "channel", "id": "messaging:general"}});
    let answer = server.post("/v1/apps/demo-stream/capabilities", key(&server), &body).await.json();
    let capabilities = &answer["capabilities"];
    assert_eq!((&capabilities["CreateMessage"], &capabilities["UpdateMessage"]), (&json!("any"), &json!("own")));
    assert_eq!((&capabilities["BanChannelMember"], &answer["revision"]), (&json!("none"), &json!(1)));
    let wrong = json!({"subject": {"type": "user", "id": "ben"}, "resource": {"type": "user", "id": "ana"}});
    let answer = server.post("/v1/apps/demo-stream/capabilities", key(&server), &wrong).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["error"]["field"]), (400, &json!("resource.type")));
}

#[tokio::test]
async fn several_questions_are_answered_in_order() {
    let server = Server::new();
    let questions = json!({"questions": [question("ben", "CreateMessage", "messaging:general"), {}, question("zoe", "CreateMessage", "messaging:general")]});
    let answer = server.post("/v1/apps/demo-stream/check", server.root_key(), &questions).await.json();
    assert_eq!(answer["decisions"][0]["allowed"], true);
    assert_eq!(
        answer["decisions"][1]["error"],
        json!({"code": "missing_field", "message": "questions[1].subject: missing; expected an object", "field": "questions[1].subject", "expected": "an object"})
    );
    assert_eq!(answer["decisions"][2]["allowed"], false);
}

#[tokio::test]
async fn livechat_apps_know_what_their_keys_stand_for() {
    let server = Server::new();
    let entry = server.keys.apps.iter().find(|app| app.id == "demo-livechat").unwrap();
    let hallpass_server::record::VendorCredentials::Livechat { account_id, client_id, pat, .. } = &entry.vendor else { panic!() };
    let engine = server.service.tenant("demo-livechat").unwrap();
    let engine = engine.engine();
    assert_eq!(engine.user(account_id).unwrap().roles, ["owner"]);
    assert!(!engine.client(client_id).unwrap().scopes.is_empty());
    // The personal access token is a fact under another name: its secret is nowhere.
    assert!(engine.token(pat.expose()).is_none());
    let record = serde_json::to_string(&*server.service.tenant("demo-livechat").unwrap().record()).unwrap();
    assert!(!record.contains(pat.expose()));
}

#[tokio::test]
async fn vendors_keys_are_replaced_one_by_one() {
    let server = Server::new();
    let root = server.root_key();
    let secret = |app: &str| serde_json::to_value(&server.service.tenant(app).unwrap().record().vendor).unwrap();
    for (app, keys) in
        [("demo-stream", &["api_secret"][..]), ("demo-cometchat", &["api_key", "auth_key"]), ("demo-livechat", &["client_secret", "pat"])]
    {
        for key in keys {
            let before = secret(app);
            let answer = server.post(&format!("/v1/apps/{app}/keys"), root, &json!({"key": key})).await;
            assert_eq!(answer.status, 200, "{app} {key}: {}", answer.text());
            let made = answer.json()[*key].as_str().unwrap().to_owned();
            let after = secret(app);
            for (name, value) in before.as_object().unwrap() {
                assert_eq!(after[name] == *value, name != key, "{app}: {key} changes {name}");
            }
            // Kept as a digest, but for the secret that signs tokens.
            assert_eq!(after[*key] == made, *key == "api_secret");
            let file = std::fs::read_to_string(server.data().join("credentials.json")).unwrap();
            assert!(file.contains(&made), "{app} {key}");
        }
        assert_eq!(server.get(&format!("/v1/apps/{app}"), server.server_key(app)).await.status, 200, "the server_key is as it was");
    }
}

#[tokio::test]
async fn an_unknown_action_is_answered_with_the_nearest_known_one() {
    let server = Server::new();
    let key = server.server_key("demo-stream");
    let asked = question("ben", "create-message", "messaging:general");
    let refused =
        json!({"allowed": false, "reason": "unknown_action", "text": "no such action", "nearest": "CreateMessage", "revision": 1});
    assert_eq!(server.post("/v1/apps/demo-stream/check", key, &asked).await.json(), refused);
    let strange = question("ben", "MakeCoffee", "messaging:general");
    let both = server.post("/v1/apps/demo-stream/check", key, &json!({"questions": [asked, strange]})).await.json();
    let unlike = json!({"allowed": false, "reason": "unknown_action", "text": "no such action", "revision": 1});
    assert_eq!(both, json!({"decisions": [refused, unlike]}));

    let explained = server.post("/v1/apps/demo-stream/explain", key, &asked).await.json();
    assert_eq!((&explained["reason"], &explained["nearest"]), (&json!("unknown_action"), &json!("CreateMessage")));
    let known = question("ben", "CreateMessage", "messaging:general");
    assert_eq!(server.post("/v1/apps/demo-stream/explain", key, &known).await.json().get("nearest"), None);
}

#[tokio::test]
async fn the_first_sixteen_unknown_actions_of_a_batch_are_answered_with_the_nearest() {
    let server = Server::new();
    // Twenty ways to misspell it, each asked about twice.
    let names = (0..20).flat_map(|number| vec![format!("CreateMessage{number:02}"); 2]);
    let questions: Vec<Value> = names.map(|name| question("ben", &name, "messaging:general")).collect();
    let answer = server.post("/v1/apps/demo-stream/check", server.server_key("demo-stream"), &json!({"questions": questions})).await.json();
    let nearest: Vec<Option<&str>> =
        answer["decisions"].as_array().unwrap().iter().map(|decision| decision.get("nearest").and_then(Value::as_str)).collect();
    assert_eq!(nearest, [vec![Some("CreateMessage"); 32], vec![None; 8]].concat());
}
