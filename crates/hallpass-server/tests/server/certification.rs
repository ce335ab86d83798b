//! The public certification scenario of AuthZEN 1.0, on an app of a profile of its own.
//!
//! Its records, people and rules are a catalogue here (`records.json`): nothing in the server knows of them. Searches are not
//! offered, so the search levels of the scenario are not run, and the metadata does not name their endpoints.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};

use crate::support::{PUBLIC_URL, Server};

/// Makes the app of the scenario, and answers with its server key.
async fn records_app(server: &Server) -> String {
    let catalogue: Value = serde_json::from_str(include_str!("records.json")).unwrap();
    let made = server.post("/v1/apps", server.root_key(), &json!({"id": "records", "profile": "custom", "catalogue": catalogue})).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let key = made.json()["server_key"].as_str().unwrap().to_owned();
    let facts = r#"{"user":{"id":"alice","roles":["writer"]}}
{"user":{"id":"bob","roles":["reader"]}}"#;
    assert_eq!(server.facts("/v1/apps/records/facts", &key, facts).await.status, 200);
    key
}

fn request(case: &Value, key: &str) -> Request<Body> {
    let mut builder = Request::builder()
        .method(case["method"].as_str().unwrap().parse::<Method>().unwrap())
        .uri(case["path"].as_str().unwrap())
        .header("authorization", format!("Bearer {key}"));
    let headers = case["headers"].as_object();
    if !headers.is_some_and(|headers| headers.contains_key("Content-Type")) {
        builder = builder.header("content-type", "application/json");
    }
    for (name, value) in headers.into_iter().flatten() {
        builder = builder.header(name, value.as_str().unwrap());
    }
    let body = match (&case["raw_body"], &case["body"]) {
        (Value::String(raw), _) => raw.clone(),
        (_, Value::Null) => String::new(),
        (_, body) => body.to_string(),
    };
    builder.body(Body::from(body)).unwrap()
}

#[tokio::test]
async fn every_case_of_the_offered_levels_passes() {
    let server = Server::new();
    let key = records_app(&server).await;
    let file: Value = serde_json::from_str(include_str!("certification_cases.json")).unwrap();
    let cases = file["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 38);
    for case in cases {
        let id = case["id"].as_str().unwrap();
        for _ in 0..case["repeat"].as_u64().unwrap_or(1) {
            let answer = server.send(request(case, &key)).await;
            let expect = &case["expect"];
            assert_eq!(Value::from(answer.status.as_u16()), expect["status"], "{id}: {}", answer.text());
            let json = answer.json();
            if answer.status == 400 {
                assert!(json.as_str().is_some_and(|message| !message.is_empty()), "{id}: an error is a string, not {json}");
            }
            if let Some(content_type) = expect["content_type"].as_str() {
                assert_eq!(answer.header("content-type"), Some(content_type), "{id}");
            }
            if !expect["decision"].is_null() {
                assert_eq!(json["decision"], expect["decision"], "{id}: {json}");
            }
            if let Some(wanted) = expect["evaluations"].as_array() {
                let found = json["evaluations"].as_array().unwrap();
                assert_eq!(found.len(), wanted.len(), "{id}: {json}");
                assert!(json.get("decision").is_none(), "{id}: {json}");
                for (found, wanted) in found.iter().zip(wanted) {
                    assert!(found["decision"].is_boolean(), "{id}: {json}");
                    assert!(wanted.is_null() || found["decision"] == *wanted, "{id}: {json}");
                }
            }
            for (name, value) in expect["response_headers"].as_object().into_iter().flatten() {
                assert_eq!(answer.header(name), value.as_str(), "{id}");
            }
            if id == "c-6-2" {
                assert_eq!(
                    json,
                    json!({
                        "policy_decision_point": PUBLIC_URL,
                        "access_evaluation_endpoint": format!("{PUBLIC_URL}/access/v1/evaluation"),
                        "access_evaluations_endpoint": format!("{PUBLIC_URL}/access/v1/evaluations"),
                    })
                );
            }
        }
    }
}

#[tokio::test]
async fn the_metadata_does_not_follow_the_host_header() {
    let server = Server::new();
    let request = Request::builder().uri("/.well-known/authzen-configuration").header("host", "evil.example").body(Body::empty()).unwrap();
    let answer = server.send(request).await;
    assert_eq!(answer.json()["policy_decision_point"], PUBLIC_URL);
}
