//! What was allowed when it was asked, and is not any more when its turn comes.

use axum::http::Method;
use hallpass::{Change, Channel, ChannelId};
use hallpass_server::Footprint;
use serde_json::{Value, json};

use super::client::{Comet, From, Reply, code};

/// How many questions have been answered with yes.
fn granted(comet: &Comet) -> u64 {
    let text = comet.server.service.metrics().render();
    let lines = text.lines().filter(|line| line.starts_with("hallpass_decisions_total{profile=\"cometchat\",allowed=\"true\""));
    lines.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
}

/// Sends a request while nobody else can change anything, waits until it has been allowed, and makes other changes before it.
async fn overtaken(comet: &Comet, (uid, method, path, body): (&str, Method, &str, Option<Value>), changes: Vec<Change>) -> Reply {
    let tenant = comet.server.service.tenant("test").unwrap();
    let edit = tenant.edit(Footprint::policy()).await.unwrap();
    let before = granted(comet);
    let mut request = Box::pin(comet.call(From::OnBehalf(uid), method, path, body));
    while granted(comet) == before {
        tokio::select! {
            biased;
            reply = &mut request => panic!("it did not wait: {}", reply.0.text()),
            () = tokio::task::yield_now() => {}
        }
    }
    edit.commit("server", changes, Vec::new()).await.unwrap();
    request.await
}

fn club() -> ChannelId {
    ChannelId::new("group", "club").unwrap()
}

fn kicked(uid: &str) -> Change {
    Change::MemberRemoved { channel: club(), user: uid.to_owned() }
}

fn not_joined() -> (u16, String) {
    code(403, "ERR_GROUP_NOT_JOINED")
}

#[tokio::test]
async fn who_is_kicked_while_waiting_changes_no_group() {
    let comet = Comet::with_club().await;
    let rename = ("adam", Method::PUT, "/groups/club", Some(json!({"name": "Mine"})));
    assert_eq!(overtaken(&comet, rename, vec![kicked("adam")]).await.code(), not_joined());
    assert_eq!(comet.get("/groups/club").await.data()["name"], "club");
}

#[tokio::test]
async fn who_owns_it_no_more_deletes_no_group() {
    let comet = Comet::with_club().await;
    let passed_on = Change::ChannelPut(Channel { owner: Some("adam".to_owned()), ..Channel::new(club()) });
    let delete = ("olga", Method::DELETE, "/groups/club", None);
    assert_eq!(overtaken(&comet, delete, vec![passed_on, kicked("olga")]).await.code(), not_joined());
    assert_eq!(comet.get("/groups/club").await.data()["owner"], "adam");
}

#[tokio::test]
async fn who_is_kicked_while_waiting_lifts_no_ban() {
    let comet = Comet::with_club().await;
    comet.post("/groups/club/bannedusers/pia", json!({})).await.data();
    let unban = ("adam", Method::DELETE, "/groups/club/bannedusers/pia", None);
    assert_eq!(overtaken(&comet, unban, vec![kicked("adam")]).await.code(), not_joined());
    assert_eq!(comet.get("/groups/club/bannedusers").await.data()[0]["uid"], "pia");
}

#[tokio::test]
async fn who_is_kicked_while_waiting_deletes_no_call() {
    let comet = Comet::with_club().await;
    let call = json!({"receiver": "club", "receiverType": "group", "type": "audio"});
    let made = comet.call(From::OnBehalf("adam"), Method::POST, "/calls", Some(call)).await.data();
    let path = format!("/calls/{}", made["data"]["entities"]["on"]["entity"]["sessionid"].as_str().unwrap());
    assert_eq!(overtaken(&comet, ("adam", Method::DELETE, &path, None), vec![kicked("adam")]).await.code(), not_joined());
    assert_eq!(comet.get(&path).await.data()["status"], "initiated");
}
