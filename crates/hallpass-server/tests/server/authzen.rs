//! Conversations with the AuthZEN face.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};

use crate::support::{Server, question, request, with_header};

const EVALUATION: &str = "/access/v1/evaluation";
const EVALUATIONS: &str = "/access/v1/evaluations";

fn key(server: &Server) -> &str {
    server.server_key("demo-stream")
}

#[tokio::test]
async fn a_decision_says_why_and_at_which_revision() {
    let server = Server::new();
    let answer = server.evaluate(key(&server), &question("ben", "CreateMessage", "messaging:general")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.json(),
        json!({"decision": true, "context": {"reason": "granted", "text": "a grant in every layer allows it", "revision": 1}})
    );
    let answer = server.evaluate(key(&server), &question("ben", "BanUser", "messaging:general")).await;
    assert_eq!(answer.status, 200, "a refusal is an answer");
    assert_eq!(answer.json()["decision"], false);
    assert_eq!(answer.json()["context"]["reason"], "no_grant");
}

#[tokio::test]
async fn unknown_names_are_refused_with_their_own_reasons() {
    let server = Server::new();
    for (user, action, channel, reason) in [
        ("nobody", "CreateMessage", "messaging:general", "unknown_subject"),
        ("ben", "CreateMesage", "messaging:general", "unknown_action"),
        ("ben", "CreateMessage", "messaging:nowhere", "unknown_channel"),
    ] {
        let answer = server.evaluate(key(&server), &question(user, action, channel)).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["decision"]), (200, &json!(false)));
        assert_eq!(answer.json()["context"]["reason"], reason);
    }
    let mut alien = question("ben", "CreateMessage", "messaging:general");
    alien["subject"]["type"] = json!("spaceship");
    assert_eq!(server.evaluate(key(&server), &alien).await.json()["context"]["reason"], "unknown_subject");
}

#[tokio::test]
async fn an_unknown_action_is_answered_with_the_nearest_known_one() {
    let server = Server::new();
    let key = key(&server);
    let asked = question("ben", "CreateMesage", "messaging:general");
    let refused = json!({"reason": "unknown_action", "text": "no such action", "nearest": "CreateMessage", "revision": 1});
    let expected = json!({"decision": false, "context": refused});
    assert_eq!(server.evaluate(key, &asked).await.json(), expected);
    let strange = question("ben", "MakeCoffee", "messaging:general");
    let both = server.post(EVALUATIONS, key, &json!({"evaluations": [asked, strange]})).await.json();
    let context = json!({"reason": "unknown_action", "text": "no such action", "revision": 1});
    assert_eq!(both, json!({"evaluations": [expected, {"decision": false, "context": context}]}));
    // A name that is like none costs no search for one, however long it is.
    let endless = question("ben", &"CreateMessage".repeat(10_000), "messaging:general");
    assert_eq!(server.evaluate(key, &endless).await.json()["context"], context);
}

#[tokio::test]
async fn facts_that_come_with_a_question_count_for_it_alone() {
    let server = Server::new();
    let key = key(&server);
    let plain = question("zoe", "CreateMessage", "messaging:general");
    let mut as_member = plain.clone();
    as_member["subject"]["properties"] = json!({"channel_roles": ["channel_member"]});
    let mut as_admin = plain.clone();
    as_admin["subject"]["properties"] = json!({"role": "admin"});
    let decision = async |question: &Value| server.evaluate(key, question).await.json()["decision"].clone();
    assert_eq!(decision(&plain).await, false);
    assert_eq!(decision(&as_member).await, true);
    assert_eq!(decision(&as_admin).await, true);
    assert_eq!(decision(&plain).await, false, "nothing was remembered");

    let message = |owner: &str| {
        let mut question = question("ben", "UpdateMessage", "messaging:general");
        question["resource"] = json!({"type": "message", "id": "m-1", "properties": {"channel": "messaging:general", "owner": owner}});
        question
    };
    assert_eq!(decision(&message("ben")).await, true);
    assert_eq!(decision(&message("ana")).await, false);
}

#[tokio::test]
async fn what_is_ill_typed_is_named() {
    let server = Server::new();
    let mut question = question("ben", "CreateMessage", "messaging:general");
    question["subject"]["properties"] = json!({"roles": {"admin": true}});
    let answer = server.evaluate(key(&server), &question).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json(), "subject.properties.roles: expected a string or a list of strings, found {\"admin\":true}");
}

#[tokio::test]
async fn the_request_id_comes_back_whatever_happens() {
    let server = Server::new();
    let body = question("ben", "CreateMessage", "messaging:general");
    let cases = [
        (request(Method::POST, EVALUATION, key(&server), &body), 200),
        (request(Method::POST, EVALUATION, key(&server), &json!({})), 400),
        (request(Method::POST, EVALUATION, "", &body), 401),
        (request(Method::POST, EVALUATION, "hps_wrong", &body), 401),
        (request(Method::POST, "/access/v1/search/subject", key(&server), &body), 404),
        (request(Method::GET, EVALUATION, key(&server), &Value::Null), 405),
        (request(Method::GET, "/v1/nothing", "", &Value::Null), 404),
    ];
    for (request, status) in cases {
        let answer = server.send(with_header(request, "x-request-id", "r-17 / é")).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.headers["x-request-id"].as_bytes(), "r-17 / é".as_bytes());
    }
}

#[tokio::test]
async fn bodies_are_bounded() {
    let server = Server::new();
    let deep = format!(r#"{{"context":{}{}}}"#, "[".repeat(100), "]".repeat(100));
    let send = async |body: String| {
        let request = Request::post(EVALUATION)
            .header("authorization", format!("Bearer {}", key(&server)))
            .header("content-type", "application/json; charset=utf-8")
            .body(Body::from(body))
            .unwrap();
        server.send(request).await
    };
    let answer = send(deep).await;
    assert_eq!(answer.status, 400);
    assert!(answer.json().as_str().unwrap().contains("nested deeper than 64 levels"));
    let twice = r#"{"subject":{"type":"user","id":"ben","id":"ana"},"action":{"name":"x"},"resource":{"type":"channel","id":"a:b"}}"#;
    assert!(send(twice.to_owned()).await.json().as_str().unwrap().contains("the key \"id\" comes twice"));
    let answer = send(" ".repeat(2 * 1024 * 1024 + 1)).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (413, json!("the body is larger than 2097152 bytes")));
    let questions = vec![json!({}); 1001];
    let answer = server.post(EVALUATIONS, key(&server), &json!({"evaluations": questions})).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (400, json!("evaluations: expected at most 1000 items, found 1001")));
}

fn decisions(answer: &Value) -> Vec<bool> {
    answer["evaluations"].as_array().unwrap().iter().map(|item| item["decision"].as_bool().unwrap()).collect()
}

#[tokio::test]
async fn a_batch_stops_where_its_semantic_says() {
    let server = Server::new();
    let ask = async |semantic: &str| {
        let body = json!({
            "subject": {"type": "user", "id": "ben"},
            "resource": {"type": "channel", "id": "messaging:general"},
            "options": {"evaluations_semantic": semantic, "another_option": 1},
            "evaluations": [
                {"action": {"name": "ReadChannel"}},
                {"action": {"name": "BanUser"}},
                {"action": {"name": "CreateMessage"}},
            ],
        });
        server.post(EVALUATIONS, key(&server), &body).await
    };
    assert_eq!(decisions(&ask("execute_all").await.json()), [true, false, true]);
    assert_eq!(decisions(&ask("deny_on_first_deny").await.json()), [true, false]);
    assert_eq!(decisions(&ask("permit_on_first_permit").await.json()), [true]);
    let answer = ask("whatever").await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.json(),
        "options.evaluations_semantic: expected execute_all, deny_on_first_deny or permit_on_first_permit, found \"whatever\""
    );
}

#[tokio::test]
async fn an_item_replaces_whole_entities() {
    let server = Server::new();
    // The default resource says who owns the message; an item's resource does not inherit that.
    let body = json!({
        "subject": {"type": "user", "id": "ben"},
        "action": {"name": "UpdateMessage"},
        "resource": {"type": "message", "id": "m-1", "properties": {"channel": "messaging:general", "owner": "ben"}},
        "evaluations": [
            {},
            {"resource": {"type": "message", "id": "m-1", "properties": {"channel": "messaging:general"}}},
            {"resource": {"type": "message", "id": "m-1"}},
        ],
    });
    let answer = server.post(EVALUATIONS, key(&server), &body).await.json();
    let reasons: Vec<_> =
        answer["evaluations"].as_array().unwrap().iter().map(|item| item["context"]["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons, ["granted", "condition_failed", "channel_missing"]);
}

#[tokio::test]
async fn a_bad_item_refuses_itself() {
    let server = Server::new();
    let body = json!({
        "subject": {"type": "user", "id": "ben"},
        "action": {"name": "CreateMessage"},
        "evaluations": [{}, {"resource": {"type": "channel", "id": "messaging:general"}}, 7],
    });
    let answer = server.post(EVALUATIONS, key(&server), &body).await;
    assert_eq!(answer.status, 200);
    let items = answer.json()["evaluations"].clone();
    assert_eq!(
        items[0],
        json!({"decision": false, "context": {"error": {"status": 400, "message": "evaluations[0].resource: missing; expected an object"}}})
    );
    assert_eq!(items[1]["decision"], true);
    assert_eq!(items[2]["context"]["error"]["message"], "evaluations[2]: expected an object, found 7");
    let answer = server.post(EVALUATIONS, key(&server), &json!({"evaluations": {"a": 1}})).await;
    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn at_least_waits_for_its_revision_and_says_when_it_did_not_come() {
    let server = Server::new();
    let app = server.service.tenant("demo-stream").unwrap();
    let mut body = question("ben", "CreateMessage", "messaging:general");
    body["context"] = json!({"at_least": 1});
    assert_eq!(server.evaluate(key(&server), &body).await.status, 200);

    body["context"] = json!({"at_least": 9});
    let answer = server.evaluate(key(&server), &body).await;
    assert_eq!(answer.status, 412);
    assert_eq!(answer.json(), "context.at_least: this app is at revision 1 and did not reach 9 in time");

    // It comes while the question waits.
    body["context"] = json!({"at_least": 2});
    let write = async {
        let edit = app.edit(hallpass_server::Footprint::facts().user("yan")).await.unwrap();
        let yan = hallpass::User { id: "yan".into(), ..hallpass::User::default() };
        edit.commit("server", vec![hallpass::Change::UserPut(yan)], vec![]).await.unwrap();
    };
    let (answer, ()) = tokio::join!(server.evaluate(key(&server), &body), write);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["context"]["revision"], 2);
}

#[tokio::test]
async fn the_app_itself_may_do_everything() {
    let server = Server::new();
    let mut body = question("demo-stream", "BanUser", "messaging:general");
    body["subject"]["type"] = json!("app");
    assert_eq!(server.evaluate(key(&server), &body).await.json()["context"]["reason"], "server_key");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_ends_is_given_up() {
    let server = Server::new();
    for path in [EVALUATION, "/v1/apps/demo-stream/check"] {
        let request = Request::post(path)
            .header("authorization", format!("Bearer {}", key(&server)))
            .header("content-type", "application/json")
            .body(Body::from_stream(futures_util::stream::pending::<Result<axum::body::Bytes, std::io::Error>>()))
            .unwrap();
        let answer = server.send(request).await;
        assert_eq!(answer.status, 408);
        assert!(answer.text().contains("the request took longer than 30 seconds"), "{}", answer.text());
    }
}

#[tokio::test]
async fn the_first_sixteen_unknown_actions_of_a_batch_are_answered_with_the_nearest() {
    let server = Server::new();
    // Twenty ways to misspell it, each asked about twice.
    let names = (0..20).flat_map(|number| vec![format!("CreateMessage{number:02}"); 2]);
    let questions: Vec<Value> = names.map(|name| question("ben", &name, "messaging:general")).collect();
    let answer = server.post("/access/v1/evaluations", server.server_key("demo-stream"), &json!({"evaluations": questions})).await.json();
    let nearest: Vec<Option<&str>> =
        answer["evaluations"].as_array().unwrap().iter().map(|answer| answer["context"].get("nearest").and_then(Value::as_str)).collect();
    assert_eq!(nearest, [vec![Some("CreateMessage"); 32], vec![None; 8]].concat());
}
