//! `own_capabilities`, held to what is known of Stream (corpus/facts): expected from the data on capabilities, permissions and default
//! grants, for every role and channel type, in channels that are plain, one's own, frozen, slow, or without their features.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use serde_json::{Value, json};

use super::client::{Dialect, From, Stream};

const TYPES: [&str; 5] = ["messaging", "team", "livestream", "commerce", "gaming"];
const ROLES: [&str; 6] = ["user", "guest", "moderator", "admin", "global_moderator", "global_admin"];
const CHANNEL_ROLES: [Option<&str>; 3] = [None, Some("channel_member"), Some("channel_moderator")];

fn facts(name: &str) -> Value {
    let path = hallpass_testkit::corpus_directory().join("facts").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The data, and what follows from it.
struct Expected {
    capabilities: Vec<Value>,
    /// Permission id → (action, only on what is one's own).
    permissions: BTreeMap<String, (String, bool)>,
    grants: Value,
}

/// A channel, and who looks at it.
struct Case<'a> {
    channel_type: &'a str,
    roles: Vec<&'a str>,
    owns: bool,
    frozen: bool,
    cooldown: bool,
    distinct: bool,
    off: &'a BTreeSet<String>,
}

impl Expected {
    fn new() -> Self {
        let listed = facts("stream_permissions.json");
        let permissions = listed["permissions"].as_array().unwrap().iter().map(|permission| {
            let text = |name: &str| permission[name].as_str().unwrap().to_owned();
            (text("id"), (text("action"), permission["owner"].as_bool().unwrap()))
        });
        Self {
            capabilities: facts("stream_capabilities.json")["capabilities"].as_array().unwrap().clone(),
            permissions: permissions.collect(),
            grants: facts("stream_recommended_grants.json")["recommended"].clone(),
        }
    }

    /// Whether the roles hold the action; with `own`, permissions for what is one's own count too.
    fn holds(&self, case: &Case<'_>, action: &str, own: bool) -> bool {
        case.roles.iter().any(|role| {
            let held = self.grants[case.channel_type][role].as_array();
            held.into_iter().flatten().any(|id| {
                let meaning = self.permissions.get(id.as_str().unwrap());
                meaning.is_some_and(|(of, owner)| of == action && (own || !owner))
            })
        })
    }

    fn words(&self, case: &Case<'_>) -> Vec<String> {
        let holds = |capability: &&Value| {
            let word = capability["capability"].as_str().unwrap();
            let action = capability["action"].as_str();
            let by_grants = match (capability["mode"].as_str(), action) {
                (Some("any"), Some(action)) => self.holds(case, action, case.owns),
                (Some("not-owner"), Some(action)) => self.holds(case, action, false),
                (Some("as-owner"), Some(action)) => self.holds(case, action, true),
                (None, None) => true,
                (Some("cooldown>0 and not skip"), None) => case.cooldown && !self.holds(case, "SkipChannelCooldown", case.owns),
                other => panic!("{word}: {other:?}"),
            };
            let is_on = capability["feature"].as_str().is_none_or(|feature| !case.off.contains(feature));
            let frozen = case.frozen && capability["gone_when_frozen"] == true;
            by_grants && is_on && !frozen && !(case.distinct && word == "update-channel-members")
        };
        let words = self.capabilities.iter().filter(holds);
        let mut words: Vec<String> = words.map(|capability| capability["capability"].as_str().unwrap().to_owned()).collect();
        words.sort();
        words
    }

    /// The features that the data names.
    fn features(&self) -> BTreeSet<String> {
        self.capabilities.iter().filter_map(|capability| capability["feature"].as_str().map(str::to_owned)).collect()
    }
}

fn id_of(role: &str, channel_role: Option<&str>) -> String {
    format!("{role}-{}", channel_role.unwrap_or("stranger"))
}

/// An app with somebody of each role and channel role.
async fn populated() -> Stream {
    let stream = Stream::with_users(Dialect::Flat, &["boss"]).await;
    let pairs = ROLES.iter().flat_map(|role| CHANNEL_ROLES.iter().map(move |channel_role| (*role, *channel_role)));
    let users: serde_json::Map<String, Value> =
        pairs.map(|(role, channel_role)| (id_of(role, channel_role), json!({"id": id_of(role, channel_role), "role": role}))).collect();
    stream.post("/users", json!({ "users": users })).await.created();
    stream
}

async fn own(stream: &Stream, path: &str, user: &str) -> Vec<String> {
    let state = stream.post(&format!("{path}/query"), json!({ "user_id": user })).await.created();
    state["channel"]["own_capabilities"].as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect()
}

/// The features that are off in a channel, by its config.
async fn off(stream: &Stream, expected: &Expected, path: &str) -> BTreeSet<String> {
    let state = stream.get(path).await.ok();
    let config = &state["channel"]["config"];
    expected.features().into_iter().filter(|feature| config[feature].as_bool() == Some(false)).collect()
}

#[tokio::test]
async fn every_role_in_every_type_has_what_the_data_says() {
    let (stream, expected) = (populated().await, Expected::new());
    for channel_type in TYPES {
        let members: Vec<Value> = ROLES
            .iter()
            .flat_map(|role| CHANNEL_ROLES.iter().filter_map(move |channel_role| Some((*role, (*channel_role)?))))
            .map(|(role, channel_role)| json!({"user_id": id_of(role, Some(channel_role)), "channel_role": channel_role}))
            .collect();
        let path = format!("/channels/{channel_type}/general");
        stream.post(&format!("{path}/query"), json!({"data": {"created_by_id": "boss", "members": members}})).await.created();
        for (frozen, cooldown) in [(false, false), (true, false), (false, true)] {
            stream.patch(&path, json!({"set": {"frozen": frozen, "cooldown": if cooldown { 10 } else { 0 }}})).await.ok();
            let off = off(&stream, &expected, &path).await;
            for role in ROLES {
                for channel_role in CHANNEL_ROLES {
                    let user = id_of(role, channel_role);
                    let roles = [role].into_iter().chain(channel_role).collect();
                    let case = Case { channel_type, roles, owns: false, frozen, cooldown, distinct: false, off: &off };
                    assert_eq!(
                        own(&stream, &path, &user).await,
                        expected.words(&case),
                        "{user} in {channel_type}, frozen {frozen}, slow {cooldown}"
                    );
                }
            }
        }
    }
}

#[tokio::test]
async fn owners_have_more_and_distinct_channels_take_nobody_in() {
    let (stream, expected) = (populated().await, Expected::new());
    for channel_type in TYPES {
        for role in ROLES {
            let user = id_of(role, None);
            let path = format!("/channels/{channel_type}/of-{role}");
            stream.post(&format!("{path}/query"), json!({"data": {"created_by_id": user}})).await.created();
            let off = off(&stream, &expected, &path).await;
            let case = Case { channel_type, roles: vec![role], owns: true, frozen: false, cooldown: false, distinct: false, off: &off };
            assert_eq!(own(&stream, &path, &user).await, expected.words(&case), "{user}, the owner, in {channel_type}");
        }
    }
    let data = json!({"data": {"created_by_id": "admin-stranger", "members": ["admin-stranger", "boss"]}});
    let made = stream.post("/channels/messaging/query", data).await.created();
    let path = format!("/channels/messaging/{}", made["channel"]["id"].as_str().unwrap());
    let off = off(&stream, &expected, &path).await;
    let roles = vec!["admin", "channel_member"];
    let case = Case { channel_type: "messaging", roles, owns: true, frozen: false, cooldown: false, distinct: true, off: &off };
    assert_eq!(own(&stream, &path, "admin-stranger").await, expected.words(&case));
}

#[tokio::test]
async fn each_feature_takes_its_words_along() {
    let (stream, expected) = (populated().await, Expected::new());
    let path = "/channels/messaging/general";
    stream.channel("messaging", "general", "boss", &["admin-channel_member"]).await;
    for feature in expected.features() {
        stream.put("/channeltypes/messaging", json!({ feature.as_str(): false })).await.created();
        let off = off(&stream, &expected, path).await;
        assert!(off.contains(&feature), "{feature} is shown as off");
        let roles = vec!["admin", "channel_member"];
        let case = Case { channel_type: "messaging", roles, owns: false, frozen: false, cooldown: false, distinct: false, off: &off };
        assert_eq!(own(&stream, path, "admin-channel_member").await, expected.words(&case), "without {feature}");
        stream.put("/channeltypes/messaging", json!({ feature.as_str(): true })).await.created();
    }
}

#[tokio::test]
async fn who_may_use_frozen_channels_loses_nothing_in_them() {
    let stream = populated().await;
    let path = "/channels/messaging/general";
    stream.channel("messaging", "general", "boss", &["user-channel_member"]).await;
    let mut held = facts("stream_recommended_grants.json")["recommended"]["messaging"]["channel_member"].as_array().unwrap().clone();
    held.push(json!("use-frozen-channel"));
    stream.put("/channeltypes/messaging", json!({"grants": {"channel_member": held}})).await.created();
    let before = own(&stream, path, "user-channel_member").await;
    stream.patch(path, json!({"set": {"frozen": true}})).await.ok();
    assert_eq!(own(&stream, path, "user-channel_member").await, before);
}

#[tokio::test]
async fn nobodies_and_the_back_end() {
    let (stream, expected) = (populated().await, Expected::new());
    stream.channel("livestream", "show", "boss", &[]).await;
    let off = off(&stream, &expected, "/channels/livestream/show").await;
    let state = stream.call(From::Anonymous, Method::GET, "/channels/livestream/show", None).await.ok();
    let roles = vec!["anonymous"];
    let case = Case { channel_type: "livestream", roles, owns: false, frozen: false, cooldown: false, distinct: false, off: &off };
    assert_eq!(state["channel"]["own_capabilities"], json!(expected.words(&case)));
    // The back end acting for nobody is not somebody who could do things.
    assert_eq!(stream.get("/channels/livestream/show").await.ok()["channel"]["own_capabilities"], json!([]));
}
