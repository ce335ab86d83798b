//! What a query costs: rows that are read from the store. They are as many as the caller has channels, and not as the app has.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::http::Method;
use futures_util::future::join_all;
use hallpass_store::Store;
use serde_json::{Value, json};

use super::client::{Dialect, From, Stream};

use crate::support::Server;
use crate::support::counted::Counted;

/// Channels that `me` is in.
const OWN: usize = 20;

/// An app with so many channels and users, where `me` is in 20 channels, each with so many members besides.
async fn app(channels: usize, members: usize) -> (Stream, Arc<Counted>) {
    let store = Counted::new();
    let server = Server::on(Arc::clone(&store) as Arc<dyn Store>, tempfile::tempdir().unwrap());
    let stream = Stream::on(server, Dialect::Flat).await;
    let mut lines = String::new();
    let mut line = |fact: Value| writeln!(lines, "{fact}").unwrap();
    line(json!({"user": {"id": "me", "roles": ["user"]}}));
    for at in 0..channels {
        line(json!({"user": {"id": format!("u{at:05}"), "roles": [if at % 500 == 7 { "admin" } else { "user" }]}}));
        line(json!({"channel": {"id": format!("messaging:c{at:05}"), "owner": format!("u{at:05}")}}));
        line(json!({"member": {"channel": format!("messaging:c{at:05}"), "user": format!("u{at:05}")}}));
    }
    for at in 0..OWN {
        let cid = format!("messaging:c{:05}", at * channels / OWN);
        line(json!({"member": {"channel": cid, "user": "me"}}));
        for other in 0..members {
            line(json!({"member": {"channel": cid, "user": format!("u{other:05}")}}));
        }
    }
    let report = stream.server.facts("/v1/apps/test/facts", &stream.server_key, &lines).await;
    assert_eq!((report.status.as_u16(), &report.json()["errors"]), (200, &json!([])), "{}", report.text());
    store.taken();
    (stream, store)
}

/// How many channels a query of `me` finds, and how many rows it reads.
async fn channels(stream: &Stream, store: &Counted, filter: &Value) -> (usize, usize) {
    let sort = json!([{"field": "last_message_at", "direction": -1}]);
    let body = json!({"filter_conditions": filter, "sort": sort, "limit": 30, "state": true, "member_limit": 5});
    let answer = stream.call(From::User("me"), Method::POST, "/channels", Some(body)).await.created();
    (answer["channels"].as_array().unwrap().len(), store.taken().0)
}

/// How many users a query finds, and how many rows it reads.
async fn users(stream: &Stream, store: &Counted, payload: Value) -> (usize, usize) {
    let answer = stream.query(From::Server, "/users", payload).await.ok();
    (answer["users"].as_array().unwrap().len(), store.taken().0)
}

#[tokio::test]
async fn what_the_caller_has_is_what_a_query_of_channels_costs() {
    let mine = [
        (json!({"type": "messaging", "members": {"$in": ["me"]}}), OWN),
        (json!({"members": "me"}), OWN),
        (json!({"$and": [{"members": {"$contains": "me"}}, {"frozen": {"$ne": true}}]}), OWN),
        (json!({"joined": true}), OWN),
        (json!({"$or": [{"cid": "messaging:c00000"}, {"members": {"$in": ["me"]}}]}), OWN),
        (json!({"id": {"$in": ["c00000", "none"]}}), 1),
        (json!({"cid": "messaging:c00000"}), 1),
    ];
    let mut costs = Vec::new();
    for (count, members) in [(200, 0), (4_000, 0), (200, 150)] {
        let (stream, store) = app(count, members).await;
        let mut each = Vec::new();
        for (filter, expected) in &mine {
            let (found, rows) = channels(&stream, &store, filter).await;
            assert_eq!(found, *expected, "{filter}");
            each.push(rows);
        }
        costs.push(each);
    }
    assert_eq!(costs[0], costs[1], "twenty times the channels cost the same");
    // Five members of each channel are shown, each with what is noted about them, and one's own membership; nothing is read of the others.
    for (rows, (filter, found)) in costs[2].iter().zip(&mine) {
        assert!(*rows <= OWN + 15 * found, "{filter}: {rows}");
    }
}

#[tokio::test]
async fn what_is_named_is_what_a_query_of_users_costs() {
    let (stream, store) = app(1_000, 0).await;
    let by_id = json!([{"field": "id", "direction": 1}]);
    for (filter, found, most) in [
        (json!({"id": "me"}), 1, 1),
        (json!({"id": {"$in": ["me", "u00001", "nobody"]}, "role": "user"}), 2, 2),
        (json!({"$or": [{"id": "me"}, {"$and": [{"id": "u00001"}]}]}), 2, 2),
        // A page in the order of the scan ends it.
        (json!({"role": "user"}), 30, 500),
        (json!({"id": {"$gt": "u00990"}}), 9, 9),
        // Everybody has to be looked at.
        (json!({"role": "admin"}), 2, 1_001),
    ] {
        let payload = json!({"filter_conditions": filter, "sort": by_id, "limit": 30});
        let (count, rows) = users(&stream, &store, payload).await;
        assert_eq!(count, found, "{filter}");
        assert!(rows <= most, "{filter}: {rows}");
    }
}

#[tokio::test]
async fn documents_are_read_of_those_who_may_fit() {
    let (stream, store) = app(10, 0).await;
    let named = |at: usize, role: &str| (format!("n{at}"), json!({"id": format!("n{at}"), "name": format!("Name {at}"), "role": role}));
    for page in 0..5 {
        let users: serde_json::Map<String, Value> =
            (page * 60..page * 60 + 60).map(|at| named(at, if at < 3 { "admin" } else { "user" })).collect();
        stream.post("/users", json!({ "users": users })).await.created();
    }
    store.taken();
    let everybody = 311;
    let (found, rows) = users(&stream, &store, json!({"filter_conditions": {"role": "admin", "name": {"$autocomplete": "name"}}})).await;
    assert_eq!(found, 3);
    assert!(rows <= everybody + 3 + 1, "{rows}");
}

#[tokio::test]
async fn one_member_of_a_large_channel_is_one_row() {
    let (stream, store) = app(700, 600).await;
    let ask = async |filter: Value, sort: Value| {
        let payload = json!({"type": "messaging", "id": "c00000", "filter_conditions": filter, "sort": sort, "limit": 5});
        let answer = stream.query(From::User("me"), "/members", payload).await.ok();
        (answer["members"].as_array().unwrap().len(), store.taken().0)
    };
    assert_eq!(ask(json!({"user_id": "me"}), json!([])).await, (1, 0));
    assert_eq!(ask(json!({"$or": [{"user_id": "me"}, {"user_id": "u00001"}]}), json!([])).await, (2, 0));
    assert_eq!(ask(json!({}), json!([{"field": "user_id", "direction": 1}])).await, (5, 500));
}

#[tokio::test]
async fn bans_of_a_user_and_named_flags_are_read_alone() {
    let (stream, store) = app(60, 59).await;
    for at in 0..40 {
        let target = format!("u{at:05}");
        let ban = json!({"target_user_id": target, "channel_cid": "messaging:c00000", "shadow": at % 2 == 0, "banned_by_id": "me"});
        stream.post("/moderation/ban", ban).await.created();
        stream.post("/moderation/flag", json!({"target_user_id": target, "user_id": "me"})).await.created();
    }
    let all = stream.post("/moderation/review_queue", json!({"filter": {}, "limit": 100})).await.created();
    assert_eq!(all["items"].as_array().unwrap().len(), 40);
    let id = all["items"][0]["id"].clone();
    store.taken();
    let ban = json!({"filter_conditions": {"user_id": "u00001"}});
    assert_eq!(stream.query(From::Server, "/query_banned_users", ban).await.ok()["bans"].as_array().unwrap().len(), 1);
    assert!(store.taken().0 < 20);
    for filter in [json!({"id": id}), json!({"entity_id": "u00003", "entity_type": "stream:user"})] {
        let queue = stream.post("/moderation/review_queue", json!({ "filter": filter })).await.created();
        assert_eq!(queue["items"].as_array().unwrap().len(), 1, "{filter}");
        assert!(store.taken().0 < 10, "{filter}");
    }
}

#[tokio::test]
async fn scans_wait_for_each_other_and_nobody_waits_for_them() {
    let (stream, store) = app(30, 0).await;
    store.shut(true);
    let everybody = json!({"filter_conditions": {"role": "user"}, "limit": 100});
    let scans = join_all((0..9).map(|_| stream.query(From::Server, "/users", everybody.clone())));
    let others = async {
        // As many as may go on at a time are in the store by then.
        while store.waiting().0 < 4 {
            tokio::task::yield_now().await;
        }
        let named = json!({"filter_conditions": {"id": "u00001"}});
        assert_eq!(stream.query(From::Server, "/users", named).await.ok()["users"][0]["id"], "u00001");
        let (found, _) = channels(&stream, &store, &json!({"members": {"$in": ["me"]}})).await;
        assert_eq!((found, store.waiting()), (OWN, (4, 4)));
        store.shut(false);
    };
    let (answers, ()) = tokio::join!(scans, others);
    for answer in answers {
        assert_eq!(answer.ok()["users"].as_array().unwrap().len(), 30);
    }
}

#[tokio::test]
async fn who_is_in_thousands_of_channels_waits_for_a_turn_like_a_scan() {
    let (stream, store) = app(6_000, 0).await;
    let mut lines = json!({"user": {"id": "bot", "roles": ["user"]}}).to_string();
    for at in 0..6_000 {
        write!(lines, "\n{}", json!({"member": {"channel": format!("messaging:c{at:05}"), "user": "bot"}})).unwrap();
    }
    let report = stream.server.facts("/v1/apps/test/facts", &stream.server_key, &lines).await;
    assert_eq!(report.json()["errors"], json!([]));
    store.taken();
    store.shut(true);
    let mine = json!({"filter_conditions": {"members": {"$in": ["bot"]}, "frozen": true}});
    let bots = join_all((0..9).map(|_| stream.call(From::User("bot"), Method::POST, "/channels", Some(mine.clone()))));
    let others = async {
        while store.waiting().0 < 4 {
            tokio::task::yield_now().await;
        }
        // Whose list is short is not held up.
        let short = json!({"filter_conditions": {"members": "me", "frozen": false}});
        for _ in 0..20 {
            let answer = stream.call(From::User("me"), Method::POST, "/channels", Some(short.clone())).await.created();
            assert_eq!(answer["channels"].as_array().unwrap().len(), 10);
        }
        assert_eq!(store.waiting(), (4, 4));
        store.shut(false);
    };
    let (answers, ()) = tokio::join!(bots, others);
    for answer in answers {
        assert_eq!(answer.created()["channels"], json!([]));
    }
    assert!(store.waiting().1 <= 4, "no more than four go on at a time");
}

#[tokio::test]
async fn channels_of_several_users_are_listed_once_and_by_id() {
    let (stream, store) = app(600, 0).await;
    // Every other channel has a second member; `u00003` is in a third of those of `u00001` and `u00002`.
    let mut lines = String::new();
    for at in 0..600 {
        for (user, each) in [("u00001", 2), ("u00002", 3), ("u00003", 6)] {
            if at % each == 0 {
                writeln!(lines, "{}", json!({"member": {"channel": format!("messaging:c{at:05}"), "user": user}})).unwrap();
            }
        }
    }
    let report = stream.server.facts("/v1/apps/test/facts", &stream.server_key, &lines).await;
    assert_eq!(report.json()["errors"], json!([]));
    store.taken();
    // Nothing but the order of what is looked up decides, as all have the same team.
    let found = async |filter: Value, offset: usize| -> Vec<String> {
        let body = json!({"filter_conditions": filter, "sort": [{"field": "team", "direction": 1}], "limit": 30, "offset": offset});
        let answer = stream.call(From::Server, Method::POST, "/channels", Some(body)).await.created();
        answer["channels"].as_array().unwrap().iter().map(|one| one["channel"]["id"].as_str().unwrap().to_owned()).collect()
    };
    let of_three = |at: &usize| at.is_multiple_of(2) || at.is_multiple_of(3) || *at < 4 && *at > 0;
    let expected: Vec<String> = (0..600).filter(of_three).map(|at| format!("c{at:05}")).collect();
    let named =
        json!({"$or": [{"cid": {"$in": ["messaging:c00004", "messaging:c00001"]}}, {"members": {"$in": ["u00001", "u00002", "u00003"]}}]});
    let mut all = Vec::new();
    while all.len() % 30 == 0 && all.len() <= expected.len() {
        all.extend(found(named.clone(), all.len()).await);
    }
    assert_eq!(all, expected);
}

#[tokio::test]
async fn the_bans_of_a_named_user_wait_for_no_scan() {
    let (stream, store) = app(30, 0).await;
    let ban = json!({"target_user_id": "u00001", "banned_by_id": "me"});
    stream.post("/moderation/ban", ban).await.created();
    store.shut(true);
    let everybody = json!({"filter_conditions": {"role": "user"}, "limit": 100});
    let scans = join_all((0..4).map(|_| stream.query(From::Server, "/users", everybody.clone())));
    let others = async {
        while store.waiting().0 < 4 {
            tokio::task::yield_now().await;
        }
        let named = json!({"filter_conditions": {"user_id": "u00001"}});
        let asked = stream.query(From::Server, "/query_banned_users", named);
        let answered = tokio::time::timeout(std::time::Duration::from_secs(10), asked).await;
        store.shut(false);
        assert_eq!(answered.expect("an answer before the scans are over").ok()["bans"].as_array().unwrap().len(), 1);
    };
    tokio::join!(scans, others);
}

#[tokio::test]
async fn what_is_too_much_to_look_up_is_looked_through() {
    let (stream, store) = app(30, 0).await;
    let many = |start: usize, letter: char| -> Vec<String> { (start..start + 200).map(|at| format!("{letter}{at:05}")).collect() };
    let types: Vec<String> = many(0, 't').into_iter().chain(["messaging".to_owned()]).skip(1).collect();
    // Of types that there are not, nothing is looked up, and nothing is looked through.
    let nowhere = json!({"$or": (0..100).map(|_| json!({"type": {"$in": many(0, 't')}, "id": {"$in": many(0, 'c')}})).collect::<Vec<_>>()});
    assert_eq!(channels(&stream, &store, &nowhere).await, (0, 0));
    // Nearly twenty thousand names of a type that there is: all thirty channels are read instead.
    let named: Vec<Value> = (0..99).map(|at| json!({"type": {"$in": types}, "id": {"$in": many(at * 200, 'c')}})).collect();
    let (found, rows) = channels(&stream, &store, &json!({"$or": named, "frozen": true})).await;
    assert_eq!(found, 0);
    assert!(rows >= 30, "{rows}");
    // As many as are looked up, none of which there are: others get their turn at each step.
    let named: Vec<Value> = (0..25)
        .map(|at| json!({"cid": {"$in": many(at * 200, 'x').iter().map(|id| format!("messaging:{id}")).collect::<Vec<_>>()}}))
        .collect();
    let named = json!({ "$or": named });
    let mut asked = std::pin::pin!(channels(&stream, &store, &named));
    let mut polled = 0;
    let answered = std::future::poll_fn(|context| {
        polled += 1;
        asked.as_mut().poll(context)
    });
    assert_eq!(answered.await, (0, 0));
    assert!(polled > 5_000 / 500, "{polled}");
}
