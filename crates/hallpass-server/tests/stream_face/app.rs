//! The app: settings and grants of `.app`.

use axum::http::Method;
use serde_json::{Value, json};

use super::client::{BOTH, Dialect, From, Stream, error};

async fn grants(stream: &Stream) -> Value {
    stream.get("/app").await.ok()["app"]["grants"].clone()
}

#[tokio::test]
async fn grants_are_replaced_role_by_role_cleared_and_reset() {
    for dialect in BOTH {
        let stream = Stream::new(dialect).await;
        let defaults = grants(&stream).await;
        assert!(defaults["user"].as_array().unwrap().contains(&json!("flag-user")));

        assert_eq!(stream.patch("/app", json!({"grants": {"user": ["search-user", "mute-user"], "guest": []}})).await.ok(), json!({}));
        let changed = grants(&stream).await;
        assert_eq!(changed["user"], json!(["search-user", "mute-user"]));
        assert_eq!(changed["guest"], json!([]));
        assert_eq!(changed["admin"], defaults["admin"]);

        // {} is a reset for new SDKs, and nothing for old ones; null is a reset for all.
        stream.patch("/app", json!({"grants": {}})).await.ok();
        let after_empty = grants(&stream).await;
        assert_eq!(after_empty, if dialect == Dialect::Flat { changed } else { defaults.clone() });
        stream.patch("/app", json!({"grants": {"admin": []}})).await.ok();
        stream.patch("/app", json!({"grants": null})).await.ok();
        assert_eq!(grants(&stream).await, defaults);
        stream.patch("/app", json!({"multi_tenant_enabled": false})).await.ok();
        assert_eq!(grants(&stream).await, defaults);
    }
}

#[tokio::test]
async fn unknown_names_in_grants_change_nothing() {
    for dialect in BOTH {
        let stream = Stream::new(dialect).await;
        let defaults = grants(&stream).await;
        let refused = stream.patch("/app", json!({"grants": {"admin": [], "user": ["serch-user"]}})).await;
        assert_eq!(refused.hallpass(), json!({"reason": "unknown_permission", "nearest": "search-user"}));
        assert_eq!(
            refused.error(),
            error(400, 4, "UpdateApp", "grants.user: no such permission 'serch-user' (did you mean 'search-user'?)")
        );
        let refused = stream.patch("/app", json!({"grants": {"admins": ["search-user"]}})).await;
        assert_eq!(refused.hallpass(), json!({"reason": "unknown_role", "nearest": "admin"}));
        assert_eq!(refused.error().1, 4);
        let level = stream.patch("/app", json!({"grants": {"user": ["read-channel"]}, "multi_tenant_enabled": true})).await.error();
        assert_eq!((level.0, level.1), (400, 4));
        assert_eq!(stream.patch("/app", json!({"grants": {"user": "search-user"}})).await.error().1, 4);
        assert_eq!(stream.patch("/app", json!({"grants": "none"})).await.error().1, 4);
        assert_eq!(grants(&stream).await, defaults);
        assert_eq!(stream.get("/app").await.ok()["app"]["multi_tenant_enabled"], false);
    }
}

#[tokio::test]
async fn settings_are_kept_and_the_ones_that_decide_decide() {
    for dialect in BOTH {
        let stream = Stream::with_users(dialect, &["ana", "ben"]).await;
        stream.channel("messaging", "general", "ana", &[]).await;
        assert_eq!(stream.may_in("ben", "DeleteChannel", "messaging:general").await, "condition_failed");
        let settings = json!({
            "disable_permissions_checks": true, "guest_user_creation_disabled": true, "webhook_url": "https://example.com/hook",
            "permission_version": "v2", "migrate_permissions_to_v2": true, "sqs_secret": "not kept", "something_new": [1],
        });
        stream.patch("/app", settings).await.ok();
        assert_eq!(stream.may_in("ben", "DeleteChannel", "messaging:general").await, "checks_disabled");
        let app = stream.get("/app").await.ok()["app"].clone();
        assert_eq!(app["disable_permissions_checks"], true);
        assert_eq!(app["guest_user_creation_disabled"], true);
        assert_eq!(app["webhook_url"], "https://example.com/hook");
        assert_eq!(app["sqs_secret"], "");
        assert_eq!(app["permission_version"], "v2");
        assert_eq!(app["updated_at"], stream.noon());
        assert_eq!(app["channel_configs"]["team"]["name"], "team");

        assert_eq!(
            stream.patch("/app", json!({"permission_version": "v1"})).await.error(),
            error(400, 4, "UpdateApp", "permission_version: only 'v2' is served, got 'v1'")
        );
        assert_eq!(stream.patch("/app", json!({"enforce_unique_usernames": "app"})).await.error().1, 4);
        assert_eq!(stream.patch("/app", json!({"multi_tenant_enabled": "perhaps"})).await.error().1, 4);
        assert_eq!(stream.patch("/app", json!({"webhook_url": 7})).await.error().1, 4);
    }
}

#[tokio::test]
async fn a_client_sees_of_the_app_what_is_public() {
    for dialect in BOTH {
        let stream = Stream::with_users(dialect, &["ana"]).await;
        for from in [From::User("ana"), From::Anonymous] {
            let app = stream.call(from, Method::GET, "/app", None).await.ok()["app"].clone();
            let mut names: Vec<_> = app.as_object().unwrap().keys().map(String::as_str).collect();
            names.sort_unstable();
            let public = [
                "async_url_enrich_enabled",
                "auto_translation_enabled",
                "file_upload_config",
                "id",
                "image_upload_config",
                "name",
                "placement",
            ];
            assert_eq!(names, public);
        }
    }
}
