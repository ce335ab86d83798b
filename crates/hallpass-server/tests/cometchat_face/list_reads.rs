//! What lists cost: rows that are read from the store.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::http::Method;
use hallpass_store::Store;
use serde_json::{Value, json};

use super::client::{Comet, From};
use crate::support::Server;
use crate::support::counted::Counted;

/// An app with so many users, each with a group of their own, where Mia is in three groups and invited to a fourth.
async fn app(groups: usize) -> (Comet, Arc<Counted>) {
    let store = Counted::new();
    let server = Server::on(Arc::clone(&store) as Arc<dyn Store>, tempfile::tempdir().unwrap());
    let comet = Comet::on(server).await;
    let mut lines = String::new();
    let mut line = |fact: Value| writeln!(lines, "{fact}").unwrap();
    line(json!({"user": {"id": "mia"}}));
    for at in 0..groups {
        line(json!({"user": {"id": format!("u{at:04}")}}));
        line(json!({"channel": {"id": format!("group:g{at:04}"), "owner": format!("u{at:04}")}}));
        line(json!({"member": {"channel": format!("group:g{at:04}"), "user": format!("u{at:04}"), "roles": ["admin"]}}));
    }
    for (at, invited) in [(3, false), (20, false), (21, true), (40, false)] {
        line(json!({"member": {"channel": format!("group:g{at:04}"), "user": "mia", "roles": ["participant"], "invited": invited}}));
    }
    let report = comet.server.facts("/v1/apps/test/facts", &comet.server_key, &lines).await;
    assert_eq!(report.json()["refused"], 0, "{}", report.text());
    store.taken();
    (comet, store)
}

#[tokio::test]
async fn what_one_joined_is_what_the_list_of_it_costs() {
    let mut costs = Vec::new();
    for groups in [60, 1_500] {
        let (comet, store) = app(groups).await;
        let path = "/groups?hasJoined=true&sortBy=guid&sortOrder=desc";
        let answer = comet.call(From::OnBehalf("mia"), Method::GET, path, None).await.ok();
        let guids: Vec<&str> = answer["data"].as_array().unwrap().iter().map(|group| group["guid"].as_str().unwrap()).collect();
        assert_eq!((guids, &answer["meta"]["pagination"]["total"]), (vec!["g0040", "g0020", "g0003"], &json!(3)));
        let of_groups = store.taken();
        assert_eq!(comet.get("/groups?hasJoined=true").await.ok()["data"], json!([]));
        store.taken();
        let users = comet.get("/users?uids=u0003,mia,nobody").await.ok();
        assert_eq!(users["meta"]["pagination"]["total"], 2);
        costs.push((of_groups, store.taken()));
    }
    assert_eq!(costs[0], costs[1]);
    assert!(costs[0].0.0 < 60, "{costs:?}");
}
