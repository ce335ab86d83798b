//! The change feed: pages, and server-sent events.

use std::sync::Arc;

use axum::http::Method;
use futures_util::StreamExt as _;
use hallpass_store::{KeepLog, SqliteStore};
use serde_json::{Value, json};

use crate::support::{NOON, Server, request, with_header};

const CHANGES: &str = "/v1/apps/demo-stream/changes";

fn key(server: &Server) -> &str {
    server.server_key("demo-stream")
}

async fn put_role(server: &Server, role: &str) {
    let changes = json!({"changes": [{"change": "role_put", "role": role}]});
    assert_eq!(server.post(&format!("{CHANGES}?author=ana"), key(server), &changes).await.status, 200);
}

#[tokio::test]
async fn pages_lead_from_one_to_the_next() {
    let server = Server::new();
    for role in ["one", "two", "three"] {
        put_role(&server, role).await;
    }
    let page = server.get(&format!("{CHANGES}?after=1&limit=2"), key(&server)).await.json();
    assert_eq!(
        page,
        json!({
            "changes": [
                {"app": "demo-stream", "revision": 2, "at": NOON.as_ms(), "author": "server:ana", "changes": [{"change": "role_put", "role": "one"}], "documents": []},
                {"app": "demo-stream", "revision": 3, "at": NOON.as_ms(), "author": "server:ana", "changes": [{"change": "role_put", "role": "two"}], "documents": []},
            ],
            "next_after": 3,
            "revision": 4,
        })
    );
    let page = server.get(&format!("{CHANGES}?after=3"), key(&server)).await.json();
    assert_eq!((page["changes"].as_array().unwrap().len(), &page["next_after"]), (1, &json!(4)));
    let page = server.get(&format!("{CHANGES}?after=4"), key(&server)).await.json();
    assert_eq!(page, json!({"changes": [], "next_after": 4, "revision": 4}));
    let first = server.get(CHANGES, key(&server)).await.json();
    assert_eq!(first["changes"][0]["author"], "root", "the demo world");

    let ahead = server.get(&format!("{CHANGES}?after=5"), key(&server)).await;
    assert_eq!((ahead.status.as_u16(), &ahead.json()["error"]["code"]), (412, &json!("revision_not_reached")));
    assert_eq!(server.get(&format!("{CHANGES}?after=x"), key(&server)).await.status, 400);
}

/// An open event stream, read event by event.
struct Events {
    body: axum::body::BodyDataStream,
    text: String,
}

impl Events {
    async fn open(server: &Server, after: &str, last_event: Option<&str>) -> Self {
        let mut request =
            with_header(request(Method::GET, &format!("{CHANGES}{after}"), key(server), &Value::Null), "accept", "text/event-stream");
        if let Some(id) = last_event {
            request = with_header(request, "last-event-id", id);
        }
        let response = server.front.answer(request).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: response.into_body().into_data_stream(), text: String::new() }
    }

    /// The next event: its id and data. `None` at the end.
    async fn next(&mut self) -> Option<(String, Value)> {
        while !self.text.contains("\n\n") {
            let piece = self.body.next().await?.unwrap();
            self.text.push_str(std::str::from_utf8(&piece).unwrap());
        }
        let (event, rest) = self.text.split_once("\n\n").unwrap();
        let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned());
        assert_eq!(field("event:").as_deref(), Some("commit"));
        let found = (field("id:").unwrap(), serde_json::from_str(&field("data:").unwrap()).unwrap());
        self.text = rest.to_owned();
        Some(found)
    }
}

#[tokio::test]
async fn events_tell_what_was_and_then_what_happens() {
    let server = Server::new();
    put_role(&server, "before").await;
    let mut events = Events::open(&server, "?after=1", None).await;
    let (id, commit) = events.next().await.unwrap();
    assert_eq!((id.as_str(), &commit["changes"][0]["role"]), ("2", &json!("before")));

    put_role(&server, "after").await;
    let (id, commit) = events.next().await.unwrap();
    assert_eq!((id.as_str(), &commit["changes"][0]["role"]), ("3", &json!("after")));

    // A reader that comes back says what it had; that goes before the query.
    let mut again = Events::open(&server, "?after=0", Some("2")).await;
    assert_eq!(again.next().await.unwrap().0, "3");
}

#[tokio::test]
async fn an_event_stream_ends_with_its_app_and_with_the_server() {
    let server = Server::new();
    let mut events = Events::open(&server, "?after=1", None).await;
    assert_eq!(server.delete("/v1/apps/demo-stream", server.root_key()).await.status, 200);
    assert!(events.next().await.is_none());

    let server = Server::new();
    let mut events = Events::open(&server, "?after=1", None).await;
    server.service.stop();
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn what_was_taken_out_of_the_log_is_gone_for_pages_and_for_streams() {
    let data = tempfile::tempdir().unwrap();
    let open = || Arc::new(SqliteStore::open(data.path()).unwrap());
    let server = Server::on(open(), tempfile::tempdir().unwrap());
    for role in ["one", "two", "three"] {
        put_role(&server, role).await;
    }
    let Server { service, front, directory, .. } = server;
    drop(front);
    service.close().await;
    SqliteStore::compact(data.path(), KeepLog { since: None, commits: Some(2) }).unwrap();
    let server = Server::on(open(), directory);

    let gone = json!({"error": {
        "code": "log_trimmed",
        "message": "the log of app 'demo-stream' begins at revision 3, and what came after revision 1 is not all there: `hallpass compact` \
                    has taken it out. Read the state anew, and follow the log from there",
        "field": "after", "value": "1", "expected": "at least 2",
    }});
    let page = server.get(&format!("{CHANGES}?after=1"), key(&server)).await;
    assert_eq!((page.status.as_u16(), page.json()), (410, gone.clone()));
    let stream =
        with_header(request(Method::GET, &format!("{CHANGES}?after=2"), key(&server), &Value::Null), "accept", "text/event-stream");
    let stream = server.send(with_header(stream, "last-event-id", "1")).await;
    assert_eq!((stream.status.as_u16(), stream.json()), (410, gone));

    // Whoever had all that was taken out misses nothing.
    let page = server.get(&format!("{CHANGES}?after=2"), key(&server)).await.json();
    assert_eq!((page["changes"].as_array().unwrap().len(), &page["next_after"]), (2, &json!(4)));
    let mut events = Events::open(&server, "?after=2", None).await;
    assert_eq!(events.next().await.unwrap().0, "3");
    put_role(&server, "four").await;
    assert_eq!((events.next().await.unwrap().0, events.next().await.unwrap().0), ("4".to_owned(), "5".to_owned()));
}
