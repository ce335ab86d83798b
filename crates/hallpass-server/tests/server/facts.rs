//! Facts in bulk.

use std::fmt::Write as _;

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{Server, question, request, with_header};

const FACTS: &str = "/v1/apps/demo-stream/facts";

fn key(server: &Server) -> &str {
    server.server_key("demo-stream")
}

/// `people` users, and all of them members of one new channel.
fn lines(people: usize) -> String {
    let mut lines = String::from("{\"channel\":{\"id\":\"messaging:stadium\"}}\n");
    for number in 0..people {
        writeln!(lines, r#"{{"user":{{"id":"u-{number}"}}}}"#).unwrap();
        writeln!(lines, r#"{{"member":{{"channel":"messaging:stadium","user":"u-{number}"}}}}"#).unwrap();
    }
    lines
}

#[tokio::test]
async fn a_hundred_thousand_lines_go_through_in_one_call() {
    let server = Server::new();
    let answer = server.facts(FACTS, key(&server), &lines(55_000)).await;
    assert_eq!(answer.status, 200);
    let report = answer.json();
    assert_eq!((&report["lines"], &report["written"], &report["refused"]), (&json!(110_001), &json!(110_001), &json!(0)));
    assert_eq!(report["done"], true);
    let asked = question("u-54999", "CreateMessage", "messaging:stadium");
    let answer = server.evaluate(key(&server), &asked).await.json();
    assert_eq!(answer["decision"], true);
    assert_eq!(answer["context"]["revision"], report["revision"]);
}

#[tokio::test]
async fn bad_lines_are_named_and_the_others_written() {
    let server = Server::new();
    let lines = r#"{"user":{"id":"yan"}}

{"user":{"id":"yan","roles":["kng"]}}
{"usr":{"id":"x"}}
not json
{"user":{"id":"xia","roles":["admin"]}}
{"remove":{"user":"zoe"}}
"#;
    let report = server.facts(FACTS, key(&server), lines).await.json();
    assert_eq!((&report["lines"], &report["written"], &report["refused"]), (&json!(6), &json!(3), &json!(3)));
    let mut errors: Vec<_> = report["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (error["line"].as_u64().unwrap(), error["code"].as_str().unwrap()))
        .collect();
    errors.sort_unstable();
    assert_eq!(errors, [(3, "unknown_role"), (4, "unknown_fact"), (5, "invalid_json")]);
    let app = server.service.tenant("demo-stream").unwrap();
    assert!(app.engine().user("yan").is_some() && app.engine().user("xia").is_some() && app.engine().user("zoe").is_none());
}

#[tokio::test]
async fn all_or_nothing_means_it() {
    let server = Server::new();
    let path = format!("{FACTS}?mode=all_or_nothing");
    let answer = server.facts(&path, key(&server), "{\"user\":{\"id\":\"yan\"}}\n{\"user\":{\"id\":\"xia\",\"roles\":[\"kng\"]}}").await;
    assert_eq!(answer.status, 400);
    let report = answer.json();
    assert_eq!((&report["written"], &report["errors"][0]["line"], &report["revision"]), (&json!(0), &json!(2), &json!(1)));
    let app = server.service.tenant("demo-stream").unwrap();
    assert!(app.engine().user("yan").is_none());

    let answer = server.facts(&path, key(&server), &lines(3_000)).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["revision"]), (200, &json!(2)), "one revision for all");
}

#[tokio::test]
async fn progress_is_told_line_by_line_to_those_who_ask() {
    let server = Server::new();
    let mut request = with_header(request(Method::POST, FACTS, key(&server), &Value::Null), "accept", "application/x-ndjson");
    *request.body_mut() = lines(5_000).into();
    let answer = server.send(request).await;
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    let reports: Vec<Value> = answer.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(reports.len() >= 2, "{} reports", reports.len());
    let (last, earlier) = reports.split_last().unwrap();
    assert_eq!((&last["done"], &last["written"]), (&json!(true), &json!(10_001)));
    assert!(earlier.iter().all(|report| report["done"] == false));
}

#[tokio::test]
async fn reports_on_the_way_stay_small_and_the_last_one_has_the_errors() {
    let server = Server::new();
    let mut request = with_header(request(Method::POST, FACTS, key(&server), &Value::Null), "accept", "application/x-ndjson");
    *request.body_mut() = format!("{}{}", "{\"usr\":1}\n".repeat(1_500), lines(5_000)).into();
    let answer = server.send(request).await;
    let reports: Vec<&str> = answer.text().lines().collect();
    let (last, earlier) = reports.split_last().unwrap();
    let last: Value = serde_json::from_str(last).unwrap();
    assert_eq!((&last["refused"], last["errors"].as_array().unwrap().len()), (&json!(1_500), 1_000));
    for report in earlier {
        let read: Value = serde_json::from_str(report).unwrap();
        assert_eq!((&read["done"], &read["refused"], &read["errors"]), (&json!(false), &json!(1_500), &json!([])));
        assert!(report.len() < 200, "{report}");
    }
}

#[tokio::test]
async fn a_line_without_end_stops_the_call() {
    let server = Server::new();
    let body = format!("{{\"user\":{{\"id\":\"yan\"}}}}\n{}\n{{\"user\":{{\"id\":\"xia\"}}}}", "x".repeat(300_000));
    let answer = server.facts(FACTS, key(&server), &body).await;
    assert_eq!(answer.status, 400);
    let report = answer.json();
    assert_eq!((&report["written"], &report["stopped"]["code"]), (&json!(1), &json!("line_too_long")));
    assert!(report["stopped"]["message"].as_str().unwrap().starts_with("line 2 is longer than"));
}

#[tokio::test]
async fn an_unknown_mode_is_refused() {
    let server = Server::new();
    let answer = server.facts(&format!("{FACTS}?mode=maybe"), key(&server), "").await;
    assert_eq!((answer.status.as_u16(), &answer.json()["error"]["field"]), (400, &json!("mode")));
}
