//! What connected clients hear of what others do, and what they do not.

use axum::http::Method;
use serde_json::{Value, json};

use super::client::{BOTH, Dialect, From, Stream, error};
use super::socket::{Client, Listening};

const GENERAL: &str = "/channels/messaging/general";

/// Ana owns `general`, she and Ben are members; Zoe is a stranger. All three are connected; Ana watches.
struct Scene {
    stream: Stream,
    _at: Listening,
    ana: Client,
    ben: Client,
    zoe: Client,
}

impl Scene {
    async fn new(dialect: Dialect) -> Self {
        let stream = Stream::with_users(dialect, &["ana", "ben", "zoe"]).await;
        stream.channel("messaging", "general", "ana", &["ana", "ben"]).await;
        let at = stream.listen().await;
        let ana = stream.connect(&at, "ana").await;
        let ben = stream.connect(&at, "ben").await;
        let zoe = stream.connect(&at, "zoe").await;
        let scene = Self { stream, _at: at, ana, ben, zoe };
        scene.watch("ana", &scene.ana).await;
        scene
    }

    async fn watch(&self, user: &str, client: &Client) -> Value {
        let path = format!("{GENERAL}/query?connection_id={}", client.connection_id);
        self.stream.call(From::User(user), Method::POST, &path, Some(json!({"watch": true, "state": true}))).await.created()
    }

    async fn post(&self, user: &str, path: &str, body: Value) -> Value {
        self.stream.call(From::User(user), Method::POST, path, Some(body)).await.created()
    }

    /// The types of what Ana, Ben and Zoe have heard since the last time.
    async fn heard(&mut self) -> [Vec<String>; 3] {
        [self.ana.types_so_far().await, self.ben.types_so_far().await, self.zoe.types_so_far().await]
    }
}

fn types(lists: [&[&str]; 3]) -> [Vec<String>; 3] {
    lists.map(|list| list.iter().map(|kind| (*kind).to_owned()).collect())
}

#[tokio::test]
async fn a_message_goes_to_watchers_and_as_a_notification_to_other_members() {
    for dialect in BOTH {
        let mut scene = Scene::new(dialect).await;
        let sent = scene.post("ben", &format!("{GENERAL}/message"), json!({"message": {"id": "m-1", "text": "hello"}})).await;
        let heard = scene.ana.until("message.new").await;
        assert_eq!(
            (&heard["cid"], &heard["channel_id"], &heard["channel_type"]),
            (&json!("messaging:general"), &json!("general"), &json!("messaging"))
        );
        assert_eq!((&heard["message"]["id"], &heard["message"]["text"]), (&json!("m-1"), &json!("hello")));
        assert_eq!((&heard["user"]["id"], &heard["created_at"]), (&json!("ben"), &scene.stream.noon()));
        assert_eq!(heard["message"]["created_at"], sent["message"]["created_at"], "in the dialect of the listener");
        let heard = scene.ben.until("notification.message_new").await;
        assert_eq!((&heard["message"]["id"], heard["channel"].get("own_capabilities")), (&json!("m-1"), None));
        assert_eq!(scene.heard().await, types([&[], &[], &[]]), "nobody hears anything twice, and Zoe nothing");
    }
}

#[tokio::test]
async fn each_hears_the_words_of_their_own_dialect() {
    let mut stream = Stream::with_users(Dialect::Flat, &["ana", "ben"]).await;
    stream.patch("/users", json!({"users": [{"id": "ben", "set": {"hat": "blue"}}]})).await.ok();
    stream.channel("messaging", "general", "ana", &["ana", "ben"]).await;
    let at = stream.listen().await;
    let mut flat = stream.connect(&at, "ana").await;
    stream.dialect = Dialect::Prefixed;
    let mut prefixed = stream.connect(&at, "ana").await;
    stream
        .call(From::User("ben"), Method::POST, &format!("{GENERAL}/message"), Some(json!({"message": {"text": "hello"}})))
        .await
        .created();
    let heard = flat.until("notification.message_new").await;
    assert_eq!((heard["created_at"].is_string(), &heard["user"]["hat"]), (true, &json!("blue")));
    let heard = prefixed.until("notification.message_new").await;
    assert_eq!((heard["created_at"].is_u64(), &heard["user"]["custom"]), (true, &json!({"hat": "blue"})));
}

#[tokio::test]
async fn what_happens_to_a_message_is_heard() {
    let mut scene = Scene::new(Dialect::Flat).await;
    scene.post("ben", &format!("{GENERAL}/message"), json!({"message": {"id": "m-1", "text": "hello"}})).await;
    scene.post("ben", "/messages/m-1/reaction", json!({"reaction": {"type": "like"}})).await;
    let own = Method::DELETE;
    scene.stream.call(From::User("ben"), own.clone(), "/messages/m-1/reaction/like", None).await.ok();
    scene.post("ben", "/messages/m-1", json!({"message": {"text": "hello!"}})).await;
    scene.stream.call(From::User("ben"), own, "/messages/m-1", None).await.ok();
    assert_eq!(
        scene.heard().await,
        types([
            &["message.new", "reaction.new", "reaction.deleted", "message.updated", "message.deleted"],
            &["notification.message_new"],
            &[]
        ])
    );
}

#[tokio::test]
async fn members_come_and_go() {
    let mut scene = Scene::new(Dialect::Flat).await;
    scene.stream.post(GENERAL, json!({"add_members": ["zoe"]})).await.created();
    let added = scene.zoe.until("notification.added_to_channel").await;
    assert_eq!((&added["channel"]["cid"], &added["member"]["user_id"]), (&json!("messaging:general"), &json!("zoe")));
    let seen = scene.ana.until("member.added").await;
    assert_eq!((&seen["member"]["user"]["id"], &seen["user"]["id"]), (&json!("zoe"), &json!("zoe")));
    scene.stream.post(GENERAL, json!({"add_moderators": ["zoe"]})).await.created();
    assert_eq!(scene.ana.until("member.updated").await["member"]["channel_role"], "channel_moderator");
    // Zoe is a member from the moment that the answer was there.
    scene.post("ben", &format!("{GENERAL}/message"), json!({"message": {"text": "welcome"}})).await;
    scene.zoe.until("notification.message_new").await;
    scene.stream.post(GENERAL, json!({"remove_members": ["zoe"]})).await.created();
    scene.zoe.until("notification.removed_from_channel").await;
    assert_eq!(scene.ana.until("member.removed").await["user"]["id"], "zoe");
    scene.post("ben", &format!("{GENERAL}/message"), json!({"message": {"text": "she is gone"}})).await;
    scene.ana.until("message.new").await;
    assert!(!scene.zoe.types_so_far().await.contains(&"notification.message_new".to_owned()));
}

#[tokio::test]
async fn who_was_removed_while_watching_hears_nothing_more() {
    let mut scene = Scene::new(Dialect::Flat).await;
    scene.watch("ben", &scene.ben).await;
    scene.stream.post(GENERAL, json!({"remove_members": ["ben"]})).await.created();
    scene.ben.until_all(&["notification.removed_from_channel", "capabilities.changed"]).await;
    scene.post("ana", &format!("{GENERAL}/message"), json!({"message": {"text": "about Ben"}})).await;
    scene.stream.patch(GENERAL, json!({"set": {"name": "without Ben"}})).await.ok();
    assert_eq!(scene.ben.types_so_far().await, Vec::<String>::new());
}

#[tokio::test]
async fn who_may_not_read_hears_nothing_even_as_a_member_who_watches() {
    let mut scene = Scene::new(Dialect::Flat).await;
    scene.watch("ben", &scene.ben).await;
    scene.stream.put("/channeltypes/messaging", json!({"grants": {"channel_member": ["create-message"]}})).await.created();
    scene.ben.until("capabilities.changed").await;
    scene.post("ana", &format!("{GENERAL}/message"), json!({"message": {"text": "hello"}})).await;
    assert_eq!(scene.ben.types_so_far().await, Vec::<String>::new());
    // Ana owns the channel, which the grants of users still cover.
    scene.ana.until("message.new").await;
}

#[tokio::test]
async fn invitations_are_heard_by_the_invited() {
    let mut scene = Scene::new(Dialect::Flat).await;
    let accept = json!({"accept_invite": true});
    scene.stream.post(GENERAL, json!({"invites": ["zoe"]})).await.created();
    scene.post("zoe", GENERAL, accept).await;
    let [ana, ben, zoe] = scene.heard().await;
    assert_eq!((ana, ben), (vec!["member.added".to_owned()], vec![]));
    assert_eq!(
        zoe.iter().filter(|kind| kind.starts_with("notification.")).collect::<Vec<_>>(),
        ["notification.invited", "notification.invite_accepted"]
    );
}

#[tokio::test]
async fn channels_change_and_go() {
    let mut scene = Scene::new(Dialect::Flat).await;
    scene.stream.patch(GENERAL, json!({"set": {"name": "renamed"}})).await.ok();
    let updated = scene.ana.until("channel.updated").await;
    assert_eq!((&updated["channel"]["name"], updated["channel"].get("own_capabilities")), (&json!("renamed"), None));
    scene.stream.post(&format!("{GENERAL}/truncate"), json!({})).await.created();
    scene.ana.until("channel.truncated").await;
    scene.stream.delete(GENERAL).await.ok();
    assert_eq!(scene.ana.until("channel.deleted").await["cid"], "messaging:general");
    assert_eq!(scene.ben.until("notification.channel_deleted").await["channel"]["name"], "renamed");
    assert_eq!(scene.zoe.types_so_far().await, Vec::<String>::new());
    // A new channel is heard of by those who are in it.
    scene.stream.channel("messaging", "next", "ana", &["ben"]).await;
    assert_eq!(scene.ben.until("notification.added_to_channel").await["cid"], "messaging:next");
    assert_eq!(scene.zoe.types_so_far().await, Vec::<String>::new());
}

#[tokio::test]
async fn users_change_and_go() {
    let mut scene = Scene::new(Dialect::Flat).await;
    scene.stream.patch("/users", json!({"users": [{"id": "ben", "set": {"name": "Benjamin"}}]})).await.ok();
    assert_eq!(scene.ana.until("user.updated").await["user"]["name"], "Benjamin");
    assert_eq!(scene.ben.until("user.updated").await["user"]["id"], "ben");
    scene.stream.delete("/users/ben?hard_delete=true").await.ok();
    let gone = scene.ana.until("user.deleted").await;
    assert_eq!((&gone["user"]["id"], &gone["hard_delete"]), (&json!("ben"), &json!(true)));
    assert_eq!(scene.zoe.types_so_far().await, Vec::<String>::new(), "Zoe shares no channel with Ben");
}

#[tokio::test]
async fn bans_and_mutes_are_heard() {
    let mut scene = Scene::new(Dialect::Flat).await;
    scene
        .stream
        .post("/moderation/ban", json!({"target_user_id": "ben", "type": "messaging", "id": "general", "banned_by_id": "ana"}))
        .await
        .created();
    assert_eq!(scene.ana.until("user.banned").await["user"]["id"], "ben");
    scene.stream.delete("/moderation/ban?target_user_id=ben&type=messaging&id=general").await.ok();
    assert_eq!(scene.ana.until("user.unbanned").await["user"]["id"], "ben");
    scene.post("zoe", "/moderation/mute", json!({"target_id": "ben"})).await;
    let muted = scene.zoe.until("notification.mutes_updated").await;
    assert_eq!(muted["me"]["mutes"][0]["target"]["id"], "ben");
    assert!(!scene.ben.types_so_far().await.contains(&"notification.mutes_updated".to_owned()), "Ben does not learn of it");
}

#[tokio::test]
async fn typing_and_custom_events_go_to_watchers() {
    for dialect in BOTH {
        let mut scene = Scene::new(dialect).await;
        let event = format!("{GENERAL}/event");
        let answer = scene.post("ben", &event, json!({"event": {"type": "typing.start", "parent_id": "m-1"}})).await;
        assert_eq!((&answer["event"]["type"], &answer["event"]["user"]["id"]), (&json!("typing.start"), &json!("ben")));
        let heard = scene.ana.until("typing.start").await;
        assert_eq!((&heard["user"]["id"], &heard["parent_id"], &heard["cid"]), (&json!("ben"), &json!("m-1"), &json!("messaging:general")));
        let custom = scene.stream.custom(json!({"type": "balloons"}), json!({"colour": "red"}));
        scene.post("ben", &event, json!({ "event": custom })).await;
        let heard = scene.ana.until("balloons").await;
        let colour = if dialect == Dialect::Flat { &heard["colour"] } else { &heard["custom"]["colour"] };
        assert_eq!(colour, "red");
        assert_eq!(scene.heard().await, types([&[], &[], &[]]));

        let send = async |user, kind: &str| {
            scene.stream.call(From::User(user), Method::POST, &event, Some(json!({"event": {"type": kind}}))).await
        };
        let refused = |action| format!("User 'zoe' with roles ['user'] is not allowed to perform action {action} in scope 'messaging'");
        assert_eq!(send("zoe", "typing.start").await.error(), error(403, 17, "SendEvent", &refused("ReadChannel")));
        assert_eq!(send("zoe", "balloons").await.error(), error(403, 17, "SendEvent", &refused("SendCustomEvent")));
        let text = "event.type: 'message.new' is an event of the server's own; give custom events another name";
        assert_eq!(send("ben", "message.new").await.error(), error(400, 4, "SendEvent", text), "clients cannot make up messages");
        let other = json!({"event": {"type": "balloons", "user": {"id": "ana"}}});
        let reply = scene.stream.call(From::User("ben"), Method::POST, &event, Some(other)).await;
        assert_eq!(reply.hallpass()["reason"], "server_only");
        scene.stream.put("/channeltypes/messaging", json!({"typing_events": false, "custom_events": false})).await.created();
        let off = |code, text| error(400, code, "SendEvent", text);
        assert_eq!(send("ben", "typing.stop").await.error(), off(18, "typing_events is switched off for this channel"));
        assert_eq!(send("ben", "balloons").await.error(), off(19, "custom_events is switched off for this channel"));
    }
}

#[tokio::test]
async fn watching_takes_a_connection_of_ones_own() {
    let mut scene = Scene::new(Dialect::Flat).await;
    let query = async |user, connection: &str| {
        let path = format!("{GENERAL}/query?connection_id={connection}");
        scene.stream.call(From::User(user), Method::POST, &path, Some(json!({"watch": true}))).await
    };
    let text = "Watch or Presence requires an active websocket connection, please make sure to include your websocket connection_id";
    assert_eq!(query("ben", "").await.error(), error(400, 4, "GetOrCreateChannel", text));
    assert_eq!(query("ben", "c-1").await.error(), error(400, 46, "GetOrCreateChannel", "connection with id 'c-1' not found"));
    let others = scene.ana.connection_id.clone();
    assert_eq!(
        query("ben", &others).await.error(),
        error(400, 46, "GetOrCreateChannel", &format!("connection with id '{others}' not found"))
    );
    // A request that watches nothing may name a connection that is long gone.
    let path = format!("{GENERAL}/query?connection_id=c-1");
    scene.stream.call(From::User("ben"), Method::POST, &path, Some(json!({"state": true}))).await.created();
    assert_eq!(scene.heard().await, types([&[], &[], &[]]));
}

#[tokio::test]
async fn watchers_are_counted_and_leave() {
    let mut scene = Scene::new(Dialect::Flat).await;
    let state = scene.watch("ben", &scene.ben).await;
    assert_eq!(state["watcher_count"], 2);
    let started = scene.ana.until("user.watching.start").await;
    assert_eq!((&started["user"]["id"], &started["watcher_count"]), (&json!("ben"), &json!(2)));
    let stop = format!("{GENERAL}/stop-watching?connection_id={}", scene.ben.connection_id);
    scene.post("ben", &stop, json!({})).await;
    let stopped = scene.ana.until("user.watching.stop").await;
    assert_eq!((&stopped["user"]["id"], &stopped["watcher_count"]), (&json!("ben"), &json!(1)));
    scene.post("ana", &format!("{GENERAL}/message"), json!({"message": {"text": "hello"}})).await;
    assert_eq!(scene.heard().await, types([&["message.new"], &["notification.message_new"], &[]]));
    // Whoever hangs up watches no longer either.
    scene.watch("ben", &scene.ben).await;
    scene.ana.until("user.watching.start").await;
    let Scene { stream, _at, mut ana, ben, zoe: _zoe } = scene;
    ben.close().await;
    assert_eq!(ana.until("user.watching.stop").await["user"]["id"], "ben");
    let state = stream.get(GENERAL).await.ok();
    assert_eq!(state["watcher_count"], 1);
}

#[tokio::test]
async fn presence_is_told_to_those_who_asked() {
    let mut scene = Scene::new(Dialect::Flat).await;
    let path = format!("{GENERAL}/query?connection_id={}", scene.ana.connection_id);
    scene.post("ana", &path, json!({"watch": true, "presence": true})).await;
    scene.ana.so_far().await;
    let Scene { stream, _at, mut ana, ben, mut zoe } = scene;
    ben.close().await;
    let gone = ana.until("user.presence.changed").await;
    assert_eq!((&gone["user"]["id"], &gone["user"]["online"]), (&json!("ben"), &json!(false)));
    let _ben = stream.connect(&_at, "ben").await;
    assert_eq!(ana.until("user.presence.changed").await["user"]["online"], true);
    assert_eq!(zoe.types_so_far().await, Vec::<String>::new());
}

#[tokio::test]
async fn apps_do_not_hear_each_other() {
    let mut scene = Scene::new(Dialect::Flat).await;
    // Another app of the same server, with the same ids.
    let made =
        scene.stream.server.post("/v1/apps", scene.stream.server.root_key(), &json!({"id": "other", "profile": "stream"})).await.json();
    let key = |name: &str| made[name].as_str().unwrap().to_owned();
    let own = (scene.stream.api_key.clone(), scene.stream.api_secret.clone());
    (scene.stream.api_key, scene.stream.api_secret) = (key("api_key"), key("api_secret"));
    let users = json!({"users": {"ana": {"id": "ana"}, "ben": {"id": "ben"}}});
    scene.stream.post("/users", users).await.created();
    scene.stream.channel("messaging", "general", "ana", &["ana", "ben"]).await;
    // A connection of the first app watches nothing of the second.
    let path = format!("{GENERAL}/query?connection_id={}", scene.ana.connection_id);
    let reply = scene.stream.call(From::User("ana"), Method::POST, &path, Some(json!({"watch": true}))).await;
    assert_eq!(reply.error().1, 46);
    scene.post("ben", &format!("{GENERAL}/message"), json!({"message": {"text": "elsewhere"}})).await;
    (scene.stream.api_key, scene.stream.api_secret) = own;
    assert_eq!(scene.heard().await, types([&[], &[], &[]]));
}

#[tokio::test]
async fn anonymous_callers_watch_what_they_may_read() {
    let stream = Stream::with_users(Dialect::Flat, &["ana"]).await;
    stream.channel("livestream", "show", "ana", &[]).await;
    stream.channel("messaging", "general", "ana", &[]).await;
    let at = stream.listen().await;
    let mut client = Client::open(&stream.connect_url(&at, "undefined", &json!({"id": "anon-1", "anon": true}))).await;
    let hello = client.next().await;
    let query = async |channel: &str| {
        let path = format!("/channels/{channel}/query?user_id=anon-1&connection_id={}", hello["connection_id"].as_str().unwrap());
        stream.call(From::Anonymous, Method::POST, &path, Some(json!({"watch": true}))).await
    };
    let state = query("livestream/show").await.created();
    assert_eq!((&state["watcher_count"], &state["watchers"]), (&json!(1), &json!([])));
    assert_eq!(query("messaging/general").await.error().0, 403);
    for channel in ["livestream/show", "messaging/general"] {
        stream
            .call(From::User("ana"), Method::POST, &format!("/channels/{channel}/message"), Some(json!({"message": {"text": "hello"}})))
            .await
            .created();
    }
    let heard = client.so_far().await;
    assert_eq!(
        heard.iter().map(|event| (&event["type"], &event["cid"])).collect::<Vec<_>>(),
        [(&json!("message.new"), &json!("livestream:show"))]
    );
}
