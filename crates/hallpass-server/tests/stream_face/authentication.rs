//! Keys and tokens: every operation without, with wrong ones, with another's.

use axum::http::Method;
use serde_json::{Value, json};

use super::client::{BOTH, Dialect, From, NOON_S, Stream, error};

/// Each operation once: method and path.
const OPERATIONS: &[(&str, &str, &str)] = &[
    ("ListRoles", "GET", "/roles"),
    ("CreateRole", "POST", "/roles"),
    ("SearchRoles", "GET", "/roles/search?query=a"),
    ("DeleteRole", "DELETE", "/roles/x"),
    ("ListPermissions", "GET", "/permissions"),
    ("CreatePermission", "POST", "/permissions"),
    ("GetPermission", "GET", "/permissions/x"),
    ("UpdatePermission", "PUT", "/permissions/x"),
    ("DeletePermission", "DELETE", "/permissions/x"),
    ("GetApp", "GET", "/app"),
    ("UpdateApp", "PATCH", "/app"),
    ("CreateChannelType", "POST", "/channeltypes"),
    ("ListChannelTypes", "GET", "/channeltypes"),
    ("GetChannelType", "GET", "/channeltypes/messaging"),
    ("UpdateChannelType", "PUT", "/channeltypes/messaging"),
    ("DeleteChannelType", "DELETE", "/channeltypes/messaging"),
    ("UpdateUsers", "POST", "/users"),
    ("UpdateUsersPartial", "PATCH", "/users"),
    ("QueryUsers", "GET", "/users"),
    ("CreateGuest", "POST", "/guest"),
    ("DeleteUsers", "POST", "/users/delete"),
    ("DeactivateUsers", "POST", "/users/deactivate"),
    ("ReactivateUsers", "POST", "/users/reactivate"),
    ("RestoreUsers", "POST", "/users/restore"),
    ("DeleteUser", "DELETE", "/users/x"),
    ("DeactivateUser", "POST", "/users/x/deactivate"),
    ("ReactivateUser", "POST", "/users/x/reactivate"),
    ("GetTask", "GET", "/tasks/x"),
    ("QueryChannels", "POST", "/channels"),
    ("DeleteChannels", "POST", "/channels/delete"),
    ("GetOrCreateChannel", "POST", "/channels/messaging/query"),
    ("GetOrCreateChannel", "POST", "/channels/messaging/x/query"),
    ("GetChannel", "GET", "/channels/messaging/x"),
    ("UpdateChannel", "POST", "/channels/messaging/x"),
    ("UpdateChannelPartial", "PATCH", "/channels/messaging/x"),
    ("DeleteChannel", "DELETE", "/channels/messaging/x"),
    ("UpdateMemberPartial", "PATCH", "/channels/messaging/x/member"),
    ("UpdateMemberPartial", "PATCH", "/channels/messaging/x/member/y"),
    ("QueryMembers", "GET", "/members"),
];

fn with_key(stream: &Stream, path: &str, key: Option<&str>) -> String {
    let path = stream.path(path);
    match key {
        Some(key) => format!("{path}{}api_key={key}", if path.contains('?') { '&' } else { '?' }),
        None => path,
    }
}

#[tokio::test]
async fn no_operation_is_open_without_the_right_keys() {
    for dialect in BOTH {
        let stream = Stream::new(dialect).await;
        let other = stream.server.post("/v1/apps", stream.server.root_key(), &json!({"id": "other", "profile": "stream"})).await.json();
        let other_key = other["api_key"].as_str().unwrap();
        for (operation, method, path) in OPERATIONS {
            let method: Method = method.parse().unwrap();
            let send = async |from, key: Option<&str>| stream.send(from, method.clone(), &with_key(&stream, path, key), None).await.error();
            let key = Some(stream.api_key.as_str());
            let missing = error(401, 2, operation, "api_key is missing: send it as a query parameter");
            assert_eq!(send(From::Server, None).await, missing);
            assert_eq!(send(From::Server, Some("wrong")).await, error(401, 2, operation, "api_key not valid"));
            let bad_signature = error(401, 43, operation, "JWTAuth error: signature is invalid");
            assert_eq!(send(From::Server, Some(other_key)).await, bad_signature);
            let none = "authorization header is missing: send a token, or stream-auth-type: anonymous";
            assert_eq!(send(From::Nobody, key).await, error(401, 5, operation, none));
            for no_token in [stream.api_secret.as_str(), stream.server_key.as_str(), "x.y.z"] {
                let malformed = error(401, 5, operation, "JWTAuth error: token is malformed");
                assert_eq!(send(From::Token(no_token), key).await, malformed, "{operation}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_for_the_back_end_is_refused_to_users_and_strangers() {
    let server_only = [
        "ListRoles",
        "CreateRole",
        "DeleteRole",
        "ListPermissions",
        "CreatePermission",
        "GetPermission",
        "UpdatePermission",
        "DeletePermission",
        "UpdateApp",
        "CreateChannelType",
        "ListChannelTypes",
        "GetChannelType",
        "UpdateChannelType",
        "DeleteChannelType",
        "DeleteUsers",
        "DeactivateUsers",
        "ReactivateUsers",
        "RestoreUsers",
        "DeleteUser",
        "DeactivateUser",
        "ReactivateUser",
        "GetTask",
        "DeleteChannels",
    ];
    for dialect in BOTH {
        let stream = Stream::with_users(dialect, &["ana"]).await;
        stream.patch("/users", json!({"users": [{"id": "ana", "set": {"role": "admin"}}]})).await.ok();
        for (operation, method, path) in OPERATIONS.iter().filter(|(operation, ..)| server_only.contains(operation)) {
            for from in [From::User("ana"), From::Anonymous] {
                let refused = stream.call(from, method.parse().unwrap(), path, Some(json!({}))).await;
                assert_eq!(refused.hallpass(), json!({"reason": "server_only"}));
                let text = "this operation is only allowed with server-side authentication";
                assert_eq!(refused.error(), error(403, 17, operation, text));
            }
        }
    }
}

#[tokio::test]
async fn the_times_of_tokens_count() {
    for dialect in BOTH {
        let stream = Stream::with_users(dialect, &["ana"]).await;
        let with = async |claims: Value| stream.call(From::Token(&stream.sign(&claims)), Method::GET, "/app", None).await;
        let refused = |code, text: &str| error(401, code, "GetApp", &format!("JWTAuth error: {text}"));
        assert_eq!(with(json!({"user_id": "ana", "exp": NOON_S - 60})).await.error(), refused(40, "token is expired (exp)"));
        assert_eq!(with(json!({"user_id": "ana", "nbf": NOON_S + 60})).await.error(), refused(41, "token is not valid yet (nbf)"));
        assert_eq!(with(json!({"user_id": "ana", "iat": NOON_S + 60})).await.error(), refused(42, "token used before issue at (iat)"));
        assert_eq!(with(json!({"user_id": ""})).await.error(), refused(5, "user_id must be a non-empty string"));
        with(json!({"user_id": "ana", "iat": NOON_S + 3, "exp": NOON_S - 3})).await.ok();
        for claims in [json!({}), json!({"iat": NOON_S}), json!({"server": true, "exp": NOON_S + 5})] {
            assert!(with(claims).await.ok()["app"]["grants"].is_object());
        }
    }
}

#[tokio::test]
async fn a_token_is_for_one_user() {
    for dialect in BOTH {
        let stream = Stream::with_users(dialect, &["ana", "ben"]).await;
        let own = stream.call(From::User("ana"), Method::GET, "/app?user_id=ana", None).await;
        own.ok();
        let text = "the token is for user 'ana', the request for user 'ben'";
        let other = stream.call(From::User("ana"), Method::GET, "/app?user_id=ben", None).await;
        assert_eq!(other.error(), error(401, 5, "GetApp", text));
        for named in [json!({"user_id": "ben"}), json!({"user": {"id": "ben"}})] {
            let other = stream.call(From::User("ana"), Method::POST, "/channels", Some(named)).await;
            assert_eq!(other.error(), error(403, 17, "QueryChannels", text));
        }
        let stranger = stream.call(From::User("nobody"), Method::GET, "/app", None).await.error();
        assert_eq!(stranger, error(403, 17, "GetApp", "User 'nobody' does not exist"));
    }
}

#[tokio::test]
async fn tokens_are_revoked_for_a_user_or_for_all() {
    for dialect in BOTH {
        let stream = Stream::with_users(dialect, &["ana", "ben"]).await;
        let token = |user: &str, iat: u64| stream.sign(&json!({"user_id": user, "iat": iat}));
        let get = async |token: &str| stream.call(From::Token(token), Method::GET, "/app", None).await;
        let at = "2026-11-22T11:00:00Z";
        stream.patch("/users", json!({"users": [{"id": "ana", "set": {"revoke_tokens_issued_before": at}}]})).await.ok();
        let revoked = error(401, 40, "GetApp", "JWTAuth error: token was revoked");
        assert_eq!(get(&token("ana", NOON_S - 7200)).await.error(), revoked);
        assert_eq!(stream.call(From::User("ana"), Method::GET, "/app", None).await.error(), revoked);
        get(&token("ana", NOON_S - 60)).await.ok();
        get(&token("ben", NOON_S - 7200)).await.ok();

        stream.patch("/app", json!({"revoke_tokens_issued_before": at})).await.ok();
        assert_eq!(get(&token("ben", NOON_S - 7200)).await.error(), revoked);
        // The back end's own tokens say no time, and are not revoked.
        stream.patch("/app", json!({"revoke_tokens_issued_before": null})).await.ok();
        get(&token("ben", NOON_S - 7200)).await.ok();
        // A user cannot give back what was revoked.
        let own = json!({"users": [{"id": "ana", "set": {"revoke_tokens_issued_before": null}}]});
        let refused = stream.call(From::Token(&token("ana", NOON_S)), Method::PATCH, "/users", Some(own)).await.error();
        let text = "changing revoke_tokens_issued_before is only allowed with server-side authentication";
        assert_eq!(refused, error(403, 17, "UpdateUsersPartial", text));
    }
}

#[tokio::test]
async fn unsigned_tokens_are_good_where_the_app_says_so_and_never_the_back_end() {
    for dialect in BOTH {
        let stream = Stream::with_users(dialect, &["ana"]).await;
        // {"alg":"HS256","typ":"JWT"} {"user_id":"ana"}, and {"server":true}
        let dev = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ1c2VyX2lkIjoiYW5hIn0.devtoken";
        let back_end = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzZXJ2ZXIiOnRydWV9.devtoken";
        let get = async |token| stream.call(From::Token(token), Method::GET, "/app", None).await;
        assert_eq!(get(dev).await.error().1, 43);
        stream.patch("/app", json!({"disable_auth_checks": true})).await.ok();
        get(dev).await.ok();
        assert_eq!(get(back_end).await.error().1, 43);
        let patch = json!({"disable_permissions_checks": true});
        assert_eq!(stream.call(From::Token(dev), Method::PATCH, "/app", Some(patch)).await.error().1, 17);
        stream.patch("/app", json!({"disable_auth_checks": false})).await.ok();
        assert_eq!(get(dev).await.error().1, 43);
    }
}

#[tokio::test]
async fn browsers_bodies_and_paths() {
    let stream = Stream::new(Dialect::Prefixed).await;
    for path in ["/app", "/api/v2/app", "/api/v2/chat/channels/messaging/x/query"] {
        let preflight = axum::http::Request::builder()
            .method(Method::OPTIONS)
            .uri(path)
            .header("origin", "https://example.com")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,stream-auth-type,x-stream-client,x-client-request-id,content-type")
            .body(axum::body::Body::empty())
            .unwrap();
        let answer = stream.server.send(preflight).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        let allowed = answer.header("access-control-allow-headers").unwrap();
        assert!(
            ["authorization", "stream-auth-type", "x-stream-client", "x-client-request-id", "content-type"]
                .iter()
                .all(|name| allowed.contains(name))
        );
        let methods = answer.header("access-control-allow-methods").unwrap();
        assert!(["GET", "POST", "PUT", "PATCH", "DELETE"].iter().all(|name| methods.contains(name)));
    }
    let got = stream.get("/app").await;
    assert_eq!(got.0.header("x-ratelimit-limit"), Some("100000"));
    assert_eq!(got.0.header("x-ratelimit-reset"), Some((NOON_S + 60).to_string().as_str()));

    // A body on GET or DELETE means nothing, whatever it is.
    stream.call(From::Server, Method::GET, "/roles", Some(Value::Null)).await.ok();
    stream.call(From::Server, Method::DELETE, "/roles/x", Some(json!("x"))).await.error();
    assert_eq!(
        stream.call(From::Server, Method::PATCH, "/app", Some(json!([1]))).await.error(),
        error(400, 4, "UpdateApp", "body: expected an object, got [1]")
    );
    stream.call(From::Server, Method::PATCH, "/app", None).await.ok();
    stream.call(From::Server, Method::PATCH, "/app", Some(json!([]))).await.ok();
    let big = json!({"name": "x".repeat(3 * 1024 * 1024)});
    assert_eq!(stream.post("/roles", big).await.error(), error(413, 22, "CreateRole", "the body has more than 2097152 bytes"));
    let nothing = stream.send(From::Server, Method::GET, &format!("/api/v2/nothing?api_key={}", stream.api_key), None).await.error();
    assert_eq!((nothing.0, nothing.1), (404, 16));
    let method = stream.call(From::Server, Method::PUT, "/app", None).await.error();
    assert_eq!((method.0, method.1), (404, 16));
}
