//! Connecting: who gets in, what they are told first, and how it ends (docs/stream.md, The socket and its events).

use axum::http::Method;
use hallpass::Timestamp;
use serde_json::{Value, json};

use super::client::{BOTH, Dialect, From, NOON_S, NOON_TEXT, Stream, error};
use super::socket::{Client, Listening};
use crate::support::NOON;

/// Says who one is, in the address; answers the first message.
async fn first(stream: &Stream, at: &Listening, token: &str, details: &Value) -> Value {
    Client::open(&stream.connect_url(at, token, details)).await.next().await
}

/// Code, status and text of a refusal, which must end with a goodbye that clients take as final.
async fn refusal(stream: &Stream, at: &Listening, token: &str, details: &Value) -> (u16, i64, String) {
    let mut client = Client::open(&stream.connect_url(at, token, details)).await;
    let said = client.next().await;
    let error = &said["error"];
    assert!(error.is_object(), "{said}");
    assert_eq!(u16::from(client.end().await.unwrap().code), 1000);
    let status = u16::try_from(error["StatusCode"].as_u64().unwrap()).unwrap();
    (status, error["code"].as_i64().unwrap(), error["message"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn the_first_message_says_who_one_is() {
    let stream = Stream::new(Dialect::Flat).await;
    let at = stream.listen().await;
    let ana = stream.sign(&json!({"user_id": "ana"}));
    let hello = first(&stream, &at, &ana, &json!({"id": "ana", "name": "Ana", "hat": "blue"})).await;
    let me = json!({
        "id": "ana", "role": "user", "name": "Ana", "hat": "blue", "teams": [], "created_at": NOON_TEXT, "updated_at": NOON_TEXT,
        "banned": false, "shadow_banned": false, "online": true, "invisible": false, "language": "", "devices": [], "mutes": [],
        "channel_mutes": [], "blocked_user_ids": [], "total_unread_count": 0, "unread_count": 0, "unread_channels": 0, "unread_threads": 0,
    });
    assert!(uuid::Uuid::parse_str(hello["connection_id"].as_str().unwrap()).is_ok());
    assert_eq!(
        hello,
        json!({"type": "health.check", "cid": "*", "connection_id": hello["connection_id"], "me": me, "created_at": NOON_TEXT})
    );
    // Connecting again and saying less takes nothing away; saying more adds it.
    let again = first(&stream, &at, &ana, &json!({"id": "ana"})).await;
    assert_eq!(again["me"], me);
    let more = first(&stream, &at, &ana, &json!({"id": "ana", "role": "user", "shoe": 41})).await;
    assert_eq!((&more["me"]["hat"], &more["me"]["shoe"]), (&json!("blue"), &json!(41)));
}

#[tokio::test]
async fn new_sdks_say_it_in_their_first_message() {
    let stream = Stream::with_users(Dialect::Prefixed, &["ana"]).await;
    let at = stream.listen().await;
    let client = stream.connect(&at, "ana").await;
    assert_eq!((&client.hello["type"], &client.hello["me"]["id"]), (&json!("connection.ok"), &json!("ana")));
    assert_eq!(client.hello["created_at"], stream.noon());

    let url = format!("ws://{}/api/v2/connect?api_key={}&stream-auth-type=jwt", at.address, stream.api_key);
    let mut refused = Client::open(&url).await;
    refused.say(&json!({"token": "nonsense", "user_details": {"id": "ana"}})).await;
    let said = refused.next().await;
    assert_eq!((&said["type"], &said["error"]["code"]), (&json!("connection.error"), &json!(5)));
    assert_eq!(u16::from(refused.end().await.unwrap().code), 1000);
}

#[tokio::test]
async fn a_sign_of_life_is_answered() {
    for dialect in BOTH {
        let stream = Stream::with_users(dialect, &["ana"]).await;
        let at = stream.listen().await;
        let mut ana = stream.connect(&at, "ana").await;
        ana.say(&json!([{"type": "health.check", "client_id": "ana--1"}])).await;
        let mut expected = json!({"type": "health.check", "connection_id": ana.connection_id, "cid": "*", "created_at": stream.noon()});
        assert_eq!(ana.next().await, expected);
        // What means nothing is passed over.
        ana.say(&json!({"type": "message.new"})).await;
        ana.say(&json!({"type": "health.check"})).await;
        expected["created_at"] = stream.noon();
        assert_eq!(ana.next().await, expected);
    }
}

#[tokio::test]
async fn tokens_that_are_not_good_are_refused_by_their_code() {
    let stream = Stream::with_users(Dialect::Flat, &["ana", "ben"]).await;
    let at = stream.listen().await;
    let ana = json!({"id": "ana"});
    let of = |claims: Value| stream.sign(&claims);
    let jwt = |code, text: &str| error(401, code, "Connect", &format!("JWTAuth error: {text}"));
    let expired = of(json!({"user_id": "ana", "exp": NOON_S - 60}));
    assert_eq!(refusal(&stream, &at, &expired, &ana).await, jwt(40, "token is expired (exp)"));
    let early = of(json!({"user_id": "ana", "nbf": NOON_S + 60}));
    assert_eq!(refusal(&stream, &at, &early, &ana).await, jwt(41, "token is not valid yet (nbf)"));
    let ahead = of(json!({"user_id": "ana", "iat": NOON_S + 60}));
    assert_eq!(refusal(&stream, &at, &ahead, &ana).await, jwt(42, "token used before issue at (iat)"));
    let good = of(json!({"user_id": "ana"}));
    let other = of(json!({"user_id": "ben"}));
    let forged = format!("{}.{}", good.rsplit_once('.').unwrap().0, other.rsplit_once('.').unwrap().1);
    assert_eq!(refusal(&stream, &at, &forged, &ana).await, jwt(43, "signature is invalid"));
    let (status, code, _) = refusal(&stream, &at, "", &ana).await;
    assert_eq!((status, code), (401, 5));

    let other = error(401, 5, "Connect", "the token is for user 'ana', the connection for user 'ben'");
    assert_eq!(refusal(&stream, &at, &good, &json!({"id": "ben"})).await, other);
    let server = error(401, 5, "Connect", "a token without a user opens no connection; make one for a user");
    assert_eq!(refusal(&stream, &at, &of(json!({"server": true})), &ana).await, server);
    let unknown = stream.connect_url(&at, &good, &ana).replace(&stream.api_key, "nobody");
    let said = Client::open(&unknown).await.next().await;
    assert_eq!((&said["error"]["code"], &said["error"]["StatusCode"]), (&json!(2), &json!(401)));
}

#[tokio::test]
async fn who_is_gone_does_not_come_back_by_connecting() {
    let stream = Stream::with_users(Dialect::Flat, &["ana", "ben"]).await;
    let at = stream.listen().await;
    stream.post("/users/ana/deactivate", json!({})).await.created();
    stream.delete("/users/ben").await.ok();
    let ana = stream.sign(&json!({"user_id": "ana"}));
    let ben = stream.sign(&json!({"user_id": "ben"}));
    let refused = |text| error(403, 17, "Connect", text);
    assert_eq!(refusal(&stream, &at, &ana, &json!({"id": "ana", "name": "A"})).await, refused("User 'ana' is deactivated"));
    assert_eq!(refusal(&stream, &at, &ben, &json!({"id": "ben", "name": "B"})).await, refused("User 'ben' does not exist"));
    stream.post("/users/ana/reactivate", json!({})).await.created();
    assert_eq!(first(&stream, &at, &ana, &json!({"id": "ana"})).await["me"]["id"], "ana");
}

#[tokio::test]
async fn connecting_gives_nobody_a_role_or_a_team() {
    let stream = Stream::with_users(Dialect::Flat, &["ana"]).await;
    let at = stream.listen().await;
    for (id, wanted, action) in [
        ("ana", json!({"id": "ana", "role": "admin"}), "UpdateUserRole"),
        ("zoe", json!({"id": "zoe", "role": "admin"}), "UpdateUserRole"),
        ("ana", json!({"id": "ana", "teams": ["red"]}), "UpdateUserTeams"),
    ] {
        let token = stream.sign(&json!({ "user_id": id }));
        let text = format!("User '{id}' with role 'user' is not allowed to perform action {action}");
        assert_eq!(refusal(&stream, &at, &token, &wanted).await, error(403, 17, "Connect", &text));
    }
    let found = stream.query(From::Server, "/users", json!({"filter_conditions": {"id": {"$in": ["ana", "zoe"]}}})).await.ok();
    assert_eq!(found["users"].as_array().unwrap().len(), 1, "who was refused was not made");
    assert_eq!((&found["users"][0]["role"], &found["users"][0]["teams"]), (&json!("user"), &json!([])));
    // Whose role may change, changes it.
    stream.patch("/app", json!({"grants": {"user": ["update-user", "update-user-role"]}})).await.ok();
    let token = stream.sign(&json!({"user_id": "ana"}));
    assert_eq!(first(&stream, &at, &token, &json!({"id": "ana", "role": "admin"})).await["me"]["role"], "admin");
}

#[tokio::test]
async fn guests_and_nobodies_connect() {
    let stream = Stream::new(Dialect::Flat).await;
    let at = stream.listen().await;
    let made = stream.call(From::Anonymous, Method::POST, "/guest", Some(json!({"user": {"id": "tim"}}))).await.created();
    let (user, token) = (made["user"].clone(), made["access_token"].as_str().unwrap().to_owned());
    // The SDK sends back what it got, role included.
    let hello = first(&stream, &at, &token, &user).await;
    assert_eq!((&hello["me"]["id"], &hello["me"]["role"]), (&user["id"], &json!("guest")));

    let hello = first(&stream, &at, "undefined", &json!({"id": "4b1c", "anon": true})).await;
    assert_eq!((&hello["me"]["id"], &hello["me"]["role"], &hello["me"]["mutes"]), (&json!("4b1c"), &json!("anonymous"), &json!([])));
    let found = stream.query(From::Server, "/users", json!({"filter_conditions": {"id": "4b1c"}})).await.ok();
    assert_eq!(found["users"], json!([]), "a nobody is not written down");
}

#[tokio::test]
async fn connected_users_are_online() {
    let stream = Stream::with_users(Dialect::Flat, &["ana", "ben"]).await;
    let at = stream.listen().await;
    let online = async || {
        let found =
            stream.query(From::Server, "/users", json!({"filter_conditions": {}, "sort": [{"field": "id", "direction": 1}]})).await.ok();
        found["users"].as_array().unwrap().iter().map(|user| user["online"].as_bool().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(online().await, [false, false]);
    let ana = stream.connect(&at, "ana").await;
    assert_eq!(online().await, [true, false]);
    let second = stream.connect(&at, "ana").await;
    ana.close().await;
    assert_eq!(online().await, [true, false], "she is still there on another device");
    second.close().await;
    assert_eq!(online().await, [false, false]);
}

#[tokio::test]
async fn without_a_handshake_it_is_a_bad_request() {
    for dialect in BOTH {
        let stream = Stream::new(dialect).await;
        let reply = stream.call(From::Nobody, Method::GET, "/connect", None).await;
        assert_eq!(reply.error(), error(400, 4, "Connect", "a WebSocket is expected here"));
    }
}

#[tokio::test]
async fn a_user_has_so_many_connections_and_no_more() {
    let stream = Stream::with_users(Dialect::Flat, &["ana", "ben"]).await;
    let at = stream.listen().await;
    let mut open = Vec::new();
    for _ in 0..32 {
        open.push(stream.connect(&at, "ana").await);
    }
    let token = stream.sign(&json!({"user_id": "ana"}));
    assert_eq!(refusal(&stream, &at, &token, &json!({"id": "ana"})).await, error(429, 71, "Connect", "too many connections"));
    stream.connect(&at, "ben").await;
    open.pop().unwrap().close().await;
    assert_eq!(first(&stream, &at, &token, &json!({"id": "ana"})).await["me"]["id"], "ana");
}

#[tokio::test]
async fn who_says_nothing_for_too_long_is_gone() {
    let stream = Stream::with_users(Dialect::Flat, &["ana", "ben"]).await;
    let at = stream.listen().await;
    let (mut ana, mut ben) = (stream.connect(&at, "ana").await, stream.connect(&at, "ben").await);
    let after = |ms: u64| Timestamp::from_ms(NOON.as_ms() + ms);
    stream.server.clock.set(after(60_000));
    assert_eq!(ben.so_far().await, Vec::<Value>::new());
    stream.server.clock.set(after(90_000));
    assert_eq!(u16::from(ana.end().await.unwrap().code), 1001);
    assert_eq!(ben.so_far().await, Vec::<Value>::new(), "Ben has said something meanwhile");
    stream.server.clock.set(after(180_000));
    assert_eq!(u16::from(ben.end().await.unwrap().code), 1001);
}

#[tokio::test]
async fn a_connection_ends_with_its_token_its_user_and_its_app() {
    let stream = Stream::with_users(Dialect::Flat, &["ana", "ben", "cleo"]).await;
    let at = stream.listen().await;
    let short = stream.sign(&json!({"user_id": "ana", "exp": NOON_S + 30}));
    let mut ana = Client::open(&stream.connect_url(&at, &short, &json!({"id": "ana"}))).await;
    ana.next().await;
    let (mut ben, mut cleo) = (stream.connect(&at, "ben").await, stream.connect(&at, "cleo").await);
    // The leeway of tokens counts here too.
    stream.server.clock.set(Timestamp::from_ms(NOON.as_ms() + 35_000));
    let end = ana.end().await.unwrap();
    assert_eq!((u16::from(end.code), end.reason.as_str()), (1008, "the token has expired"));

    stream.post("/users/ben/deactivate", json!({})).await.created();
    let end = ben.end().await.unwrap();
    assert_eq!((u16::from(end.code), end.reason.as_str()), (1008, "the connection is no longer allowed"));

    stream.server.delete("/v1/apps/test", stream.server.root_key()).await;
    assert_eq!(u16::from(cleo.end().await.unwrap().code), 1008);
}

#[tokio::test]
async fn revoked_tokens_keep_no_connection_open() {
    let stream = Stream::with_users(Dialect::Flat, &["ana", "ben"]).await;
    let at = stream.listen().await;
    let (mut ana, mut ben) = (stream.connect(&at, "ana").await, stream.connect(&at, "ben").await);
    let revoked = |id: Option<&str>| match id {
        Some(id) => json!({"users": [{"id": id, "set": {"revoke_tokens_issued_before": NOON_TEXT}}]}),
        None => json!({"revoke_tokens_issued_before": NOON_TEXT}),
    };
    stream.patch("/users", revoked(Some("ana"))).await.ok();
    assert_eq!(u16::from(ana.end().await.unwrap().code), 1008);
    let old = stream.sign(&json!({"user_id": "ana", "iat": NOON_S - 60}));
    let text = "JWTAuth error: token was revoked";
    assert_eq!(refusal(&stream, &at, &old, &json!({"id": "ana"})).await, error(401, 40, "Connect", text));
    let new = stream.sign(&json!({"user_id": "ana", "iat": NOON_S}));
    assert_eq!(first(&stream, &at, &new, &json!({"id": "ana"})).await["me"]["id"], "ana");
    stream.patch("/app", revoked(None)).await.ok();
    assert_eq!(u16::from(ben.end().await.unwrap().code), 1008);
}

#[tokio::test]
async fn a_server_that_stops_says_goodbye() {
    let stream = Stream::with_users(Dialect::Flat, &["ana"]).await;
    let mut at = stream.listen().await;
    let mut ana = stream.connect(&at, "ana").await;
    stream.server.service.stop();
    let end = ana.end().await.unwrap();
    assert_eq!((u16::from(end.code), end.reason.as_str()), (1012, "the server stops"), "not 1000: clients come back");
    ana.drain().await;
    (&mut at.served).await.unwrap();
    stream.server.service.left().await;
}

#[tokio::test]
async fn who_does_not_read_is_dropped_and_nobody_else_waits() {
    let stream = Stream::with_users(Dialect::Flat, &["ana", "ben"]).await;
    stream.channel("messaging", "general", "ana", &["ana", "ben"]).await;
    let at = stream.listen().await;
    let (mut ana, mut ben) = (stream.connect(&at, "ana").await, stream.connect(&at, "ben").await);
    for (user, client) in [("ana", &ana), ("ben", &ben)] {
        let path = format!("/channels/messaging/general/query?connection_id={}", client.connection_id);
        stream.call(From::User(user), Method::POST, &path, Some(json!({"watch": true}))).await.created();
    }
    ana.so_far().await;
    // Ben reads nothing. More than his queue and every buffer between hold is sent, and Ana has it all.
    let filling = "x".repeat(4_000);
    let is_online =
        async || stream.query(From::Server, "/users", json!({"filter_conditions": {"id": "ben"}})).await.ok()["users"][0]["online"].clone();
    let mut sent = 0;
    while is_online().await == json!(true) {
        assert!(sent < 40_000, "Ben is never dropped");
        for _ in 0..50 {
            let event = json!({"event": {"type": "filling", "text": filling}});
            stream.call(From::User("ana"), Method::POST, "/channels/messaging/general/event", Some(event)).await.created();
            assert_eq!(ana.until("filling").await["text"], filling);
            sent += 1;
        }
    }
    let read = ben.drain().await;
    assert!(read < sent, "{read} of {sent}");
}
