//! Bodies that nobody would send on purpose: they are refused, and never a 500.

use axum::body::Body;
use axum::http::Request;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};

use crate::support::{Server, question};

/// A body of each endpoint that reads one, all in order.
fn whole_bodies() -> Vec<(&'static str, Value)> {
    let mut asked = question("ben", "UpdateMessage", "messaging:general");
    asked["subject"]["properties"] = json!({"roles": ["user"], "teams_role": {"red": "user"}});
    asked["context"] = json!({"time": "2026-11-22T12:00:00Z", "attributes": {"tag": ["a", 1, true]}});
    let several = json!({"evaluations": [asked, {}], "options": {"evaluations_semantic": "execute_all"}});
    vec![
        ("/access/v1/evaluation", asked.clone()),
        ("/access/v1/evaluations", several),
        ("/v1/apps/demo-stream/check", json!({"questions": [asked]})),
        ("/v1/apps/demo-stream/explain", asked.clone()),
        ("/v1/apps/demo-stream/capabilities", asked),
        ("/v1/apps/demo-stream/changes", json!({"changes": [{"change": "user_put", "id": "yan", "roles": ["admin"], "teams": ["red"]}]})),
        ("/v1/apps/demo-stream/facts", json!({"member": {"channel": "messaging:general", "user": "zoe"}})),
    ]
}

/// Changes a few bytes, cuts, or doubles a part.
fn spoil(text: &mut Vec<u8>, random: &mut StdRng) {
    for _ in 0..random.random_range(1..4) {
        let at = random.random_range(0..text.len().max(1));
        match random.random_range(0..4) {
            0 => text.truncate(at),
            1 if at < text.len() => text[at] = random.random(),
            2 if at < text.len() => text[at] = *b"{}[]\",:0-n".get(random.random_range(0..10)).unwrap(),
            _ => {
                let part = text[at.min(text.len())..].to_vec();
                text.splice(at.min(text.len())..at.min(text.len()), part);
            }
        }
    }
}

#[tokio::test]
async fn spoiled_bodies_are_refused_or_answered_and_nothing_breaks() {
    let server = Server::new();
    let key = server.server_key("demo-stream");
    let (mut refused, mut answered) = (0, 0);
    for seed in 0..3_000 {
        let mut random = StdRng::seed_from_u64(seed);
        let bodies = whole_bodies();
        let (path, body) = &bodies[random.random_range(0..bodies.len())];
        let mut text = body.to_string().into_bytes();
        spoil(&mut text, &mut random);
        let request = Request::post(*path)
            .header("authorization", format!("Bearer {key}"))
            .header("content-type", "application/json")
            .body(Body::from(text.clone()))
            .unwrap();
        let answer = server.send(request).await;
        match answer.status.as_u16() {
            200 => answered += 1,
            400 => refused += 1,
            status => panic!("seed {seed}: {path} answers {status} to {}", String::from_utf8_lossy(&text)),
        }
    }
    assert!(refused > 500 && answered > 100, "{refused} refused, {answered} answered: the bodies are all spoiled, or none");
}
