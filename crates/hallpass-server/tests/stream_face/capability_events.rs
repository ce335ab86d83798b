//! Beyond Stream: whoever is connected is told when what they may do in a channel changes (docs/stream.md, When capabilities change).

use axum::http::Method;
use hallpass::Timestamp;
use serde_json::{Value, json};

use super::client::{BOTH, Dialect, From, Stream};
use super::socket::{Client, Listening};
use crate::support::NOON;

const GENERAL: &str = "/channels/messaging/general";

/// Ana owns `general`; Ben is a member. Ben is connected and watches.
async fn general(dialect: Dialect) -> (Stream, Listening, Client) {
    let stream = Stream::with_users(dialect, &["ana", "ben", "cleo"]).await;
    stream.channel("messaging", "general", "ana", &["ben"]).await;
    let at = stream.listen().await;
    let ben = stream.connect(&at, "ben").await;
    watch(&stream, &ben, "ben").await;
    (stream, at, ben)
}

/// Watches `general`; answers what one may do there.
async fn watch(stream: &Stream, client: &Client, user: &str) -> Vec<String> {
    let path = format!("{GENERAL}/query?connection_id={}", client.connection_id);
    let state = stream.call(From::User(user), Method::POST, &path, Some(json!({"watch": true, "state": true}))).await.created();
    words(&state["channel"]["own_capabilities"])
}

fn words(list: &Value) -> Vec<String> {
    list.as_array().unwrap_or_else(|| panic!("no list: {list}")).iter().map(|word| word.as_str().unwrap().to_owned()).collect()
}

/// What a client is told next about `general`: once as the channel, once as the change.
async fn told(client: &mut Client) -> Vec<String> {
    loop {
        let updated = client.until("channel.updated").await;
        // The ordinary one, for everybody, says nothing of it.
        if updated["channel"].get("own_capabilities").is_none() {
            continue;
        }
        let changed = client.until("capabilities.changed").await;
        assert_eq!((&updated["cid"], &changed["cid"]), (&json!("messaging:general"), &json!("messaging:general")));
        assert_eq!(updated["channel"]["own_capabilities"], changed["own_capabilities"]);
        return words(&changed["own_capabilities"]);
    }
}

/// What the channel says when asked, which is what the event must have said.
async fn asked(stream: &Stream, user: &str) -> Vec<String> {
    let state = stream.call(From::User(user), Method::GET, GENERAL, None).await.ok();
    words(&state["channel"]["own_capabilities"])
}

fn has(list: &[String], word: &str) -> bool {
    list.iter().any(|held| held == word)
}

#[tokio::test]
async fn every_cause_is_told() {
    for dialect in BOTH {
        let (stream, _at, mut ben) = general(dialect).await;
        let mut step = async |word: &str, expected: bool| {
            let told = told(&mut ben).await;
            assert_eq!(has(&told, word), expected, "{word}: {told:?}");
            assert_eq!(told, asked(&stream, "ben").await, "{word}");
        };
        // Grants of the channel type.
        stream.put("/channeltypes/messaging", json!({"grants": {"channel_member": ["read-channel", "create-message"]}})).await.created();
        step("send-reaction", false).await;
        stream.put("/channeltypes/messaging", json!({"grants": null})).await.created();
        step("send-reaction", true).await;
        // Modifiers of the channel.
        stream.patch(GENERAL, json!({"set": {"config_overrides": {"grants": {"channel_member": ["!create-message"]}}}})).await.ok();
        step("send-message", false).await;
        stream.patch(GENERAL, json!({"set": {"config_overrides": {}}})).await.ok();
        step("send-message", true).await;
        // Freezing, slow mode, features.
        stream.patch(GENERAL, json!({"set": {"frozen": true}})).await.ok();
        step("send-message", false).await;
        stream.patch(GENERAL, json!({"set": {"frozen": false}})).await.ok();
        step("send-message", true).await;
        stream.patch(GENERAL, json!({"set": {"cooldown": 10}})).await.ok();
        step("slow-mode", true).await;
        stream.put("/channeltypes/messaging", json!({"typing_events": false})).await.created();
        step("typing-events", false).await;
        // The channel role, and the role.
        stream.post(GENERAL, json!({"assign_roles": [{"user_id": "ben", "channel_role": "channel_moderator"}]})).await.created();
        step("ban-channel-members", true).await;
        stream.post(GENERAL, json!({"assign_roles": [{"user_id": "ben", "channel_role": "channel_member"}]})).await.created();
        step("ban-channel-members", false).await;
        stream.patch("/users", json!({"users": [{"id": "ben", "set": {"role": "admin"}}]})).await.ok();
        step("delete-channel", true).await;
        stream.patch("/users", json!({"users": [{"id": "ben", "set": {"role": "user"}}]})).await.ok();
        step("delete-channel", false).await;
    }
}

#[tokio::test]
async fn whatever_face_a_change_comes_through() {
    let (stream, _at, mut ben) = general(Dialect::Flat).await;
    let member = json!({"change": "member_put", "channel": "messaging:general", "user": "ben", "roles": ["channel_moderator"]});
    let made = stream.server.post("/v1/apps/test/changes", &stream.server_key, &json!({"changes": [member]})).await;
    assert_eq!(made.status, 200, "{}", made.text());
    assert!(has(&told(&mut ben).await, "ban-channel-members"));
}

#[tokio::test]
async fn a_ban_is_told_and_its_end_too() {
    let (stream, _at, mut ben) = general(Dialect::Flat).await;
    let minutes = |count: u64| Timestamp::from_ms(NOON.as_ms() + count * 60_000);
    let ban = async |body: Value| stream.post("/moderation/ban", body).await.created();
    // From the channel, for a minute.
    ban(json!({"target_user_id": "ben", "type": "messaging", "id": "general", "timeout": 1, "banned_by_id": "ana"})).await;
    assert!(!has(&told(&mut ben).await, "send-message"));
    stream.server.clock.set(Timestamp::from_ms(minutes(1).as_ms() - 1));
    assert!(!has(&asked(&stream, "ben").await, "send-message"));
    ben.so_far().await;
    stream.server.clock.set(minutes(1));
    assert!(has(&told(&mut ben).await, "send-message"), "nobody did anything but wait");
    // From the app, for five, and unbanned before.
    ban(json!({"target_user_id": "ben", "timeout": 5, "banned_by_id": "ana"})).await;
    assert!(!has(&told(&mut ben).await, "send-message"));
    stream.delete("/moderation/ban?target_user_id=ben").await.ok();
    assert!(has(&told(&mut ben).await, "send-message"));
    // Who connects while a ban holds hears its end as well.
    ban(json!({"target_user_id": "ben", "type": "messaging", "id": "general", "timeout": 1, "banned_by_id": "ana"})).await;
    let at = stream.listen().await;
    let mut other = stream.connect(&at, "ben").await;
    stream.server.clock.set(minutes(2));
    assert!(has(&told(&mut other).await, "send-message"));
}

#[tokio::test]
async fn members_are_told_whether_they_watch_or_not_and_nobody_else() {
    let (stream, at, mut ben) = general(Dialect::Flat).await;
    // Cleo is no member and has nothing open; Ana is a member since the channel was made for her, and only connected.
    let (mut cleo, mut ana) = (stream.connect(&at, "cleo").await, stream.connect(&at, "ana").await);
    stream.post(GENERAL, json!({"add_members": ["ana"]})).await.created();
    ana.until("notification.added_to_channel").await;
    stream.patch(GENERAL, json!({"set": {"frozen": true}})).await.ok();
    assert!(!has(&told(&mut ben).await, "send-message"));
    loop {
        if !has(&told(&mut ana).await, "send-message") {
            break;
        }
    }
    assert_eq!(cleo.types_so_far().await, Vec::<String>::new());
}

#[tokio::test]
async fn who_is_removed_learns_that_and_nothing_of_the_channel() {
    let (stream, _at, mut ben) = general(Dialect::Flat).await;
    stream.post(GENERAL, json!({"remove_members": ["ben"], "data": {"name": "secret"}})).await.created();
    let seen = ben.until_all(&["capabilities.changed", "notification.removed_from_channel"]).await;
    let changed = seen.iter().find(|event| event["type"] == "capabilities.changed").unwrap();
    assert!(!has(&words(&changed["own_capabilities"]), "send-message"));
    let own = seen.iter().find(|event| event["channel"].get("own_capabilities").is_some()).unwrap();
    assert_eq!(
        own["channel"],
        json!({"id": "general", "type": "messaging", "cid": "messaging:general", "own_capabilities": changed["own_capabilities"]})
    );
    // From now on there is nothing to hear.
    stream.patch(GENERAL, json!({"set": {"frozen": true, "name": "more secret"}})).await.ok();
    stream.post(GENERAL, json!({"add_members": ["cleo"]})).await.created();
    assert_eq!(ben.types_so_far().await, Vec::<String>::new());
}

#[tokio::test]
async fn what_changes_nothing_is_not_told() {
    let (stream, _at, mut ben) = general(Dialect::Flat).await;
    stream.put("/channeltypes/team", json!({"grants": {"channel_member": ["read-channel"]}})).await.created();
    stream.patch("/users", json!({"users": [{"id": "ben", "set": {"name": "Ben"}}]})).await.ok();
    stream.post(GENERAL, json!({"add_members": ["cleo"]})).await.created();
    stream.patch(GENERAL, json!({"set": {"frozen": true}})).await.ok();
    // The first thing said of capabilities is the freeze.
    assert!(!has(&told(&mut ben).await, "send-message"));
}

#[tokio::test]
async fn many_changes_at_once_are_told_as_what_came_of_them() {
    let (stream, _at, mut ben) = general(Dialect::Flat).await;
    for round in 0..30 {
        stream.patch(GENERAL, json!({"set": {"frozen": round % 2 == 0}})).await.ok();
    }
    stream.post(GENERAL, json!({"add_moderators": ["ben"]})).await.created();
    let mut count = 0;
    loop {
        count += 1;
        assert!(count <= 31, "more than there were changes");
        let told = told(&mut ben).await;
        if has(&told, "ban-channel-members") {
            assert_eq!(told, asked(&stream, "ben").await);
            break;
        }
    }
}

#[tokio::test]
async fn teams_count() {
    let (stream, _at, mut ben) = general(Dialect::Flat).await;
    stream.patch("/app", json!({"multi_tenant_enabled": true})).await.ok();
    // A channel without a team, and a user without one: nothing changes. A team for Ben takes the channel from him.
    stream.patch("/users", json!({"users": [{"id": "ben", "set": {"teams": ["red"]}}]})).await.ok();
    assert!(!has(&told(&mut ben).await, "send-message"));
    stream.patch(GENERAL, json!({"set": {"team": "red"}})).await.ok();
    assert!(has(&told(&mut ben).await, "send-message"));
}
