//! Values of keys, set at random over HTTP, against two readings of what they mean: the vendor's rule written down plainly here, from
//! names to yes or no; and the oracle, which is told what the server wrote into its change log.

use std::collections::BTreeMap;

use axum::http::Method;
use hallpass::{Change, Profile};
use hallpass_testkit::{Oracle, OwnedQuestion, OwnedResource, OwnedSubject};
use serde_json::{Value, json};

use super::client::Comet;

/// Rounds, each with one value set or unset, and questions after each.
const ROUNDS: usize = 120;
const QUESTIONS: usize = 40;

/// Chance from a seed: SplitMix64.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % end as u64).unwrap()
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// User, role, scope in the club.
const PEOPLE: [(&str, &str, Option<&str>); 6] = [
    ("olga", "default", Some("admin")),
    ("adam", "staff", Some("admin")),
    ("mona", "default", Some("moderator")),
    ("paul", "staff", Some("participant")),
    ("pia", "guest", Some("participant")),
    ("nora", "default", None),
];
const OWNER: &str = "olga";
const FRIENDS: [(&str, &str); 2] = [("paul", "adam"), ("mona", "pia")];
const SCOPES: [&str; 3] = ["admin", "moderator", "participant"];
const ROLES: [&str; 3] = ["default", "staff", "guest"];

/// Keys with the pool that their lists are drawn from; words where the pool is empty.
const ROLE_KEYS: [(&str, &[&str]); 20] = [
    ("listUsers", &[]),
    ("listUsers.mode", &[]),
    ("listUsers.allowedRoles", &ROLES),
    ("blockUser", &[]),
    ("blockUser.allowedRoles", &ROLES),
    ("sendMessage", &[]),
    ("sendMessage.mode", &[]),
    ("sendMessage.allowedReceiverTypes", &["user", "group"]),
    ("sendMessage.allowedReceiverRoles", &ROLES),
    ("sendMessage.allowedMessageCategories", &["message", "custom"]),
    ("sendMessage.allowedMessageTypes", &["text", "image", "file"]),
    ("sendMessage.allowedCustomTypes", &["poll", "map"]),
    ("sendMessage.mimeTypeAccessControl", &[]),
    ("sendMessage.mimeTypes", &["image/png", "text/html"]),
    ("editMessage", &[]),
    ("editMessage.denyForScopes", &SCOPES),
    ("addReaction", &[]),
    ("listMessages", &[]),
    ("listMessages.mode", &[]),
    ("listMessages.allowedSenderRoles", &ROLES),
];
const SCOPE_KEYS: [(&str, &[&str]); 18] = [
    ("sendMessage", &[]),
    ("sendMessage.allowedMessageCategories", &["message", "custom"]),
    ("sendMessage.allowedMessageTypes", &["text", "image", "file"]),
    ("sendMessage.allowedCustomTypes", &["poll", "map"]),
    ("sendMessage.allowedMimeTypes", &["image/png", "text/html"]),
    ("editMessage", &[]),
    ("addReaction", &[]),
    ("listMessages.allowedMessageCategories", &["message", "custom"]),
    ("listMessages.historyBeforeJoin", &[]),
    ("kickMembers", &[]),
    ("kickMembers.allowedScopes", &SCOPES),
    ("listMembers", &[]),
    ("listMembers.allowedScopes", &SCOPES),
    ("addMembers", &[]),
    ("addMembers.allowedScopes", &SCOPES),
    ("initiateCall.allowedType", &["audio", "video"]),
    ("editGroup", &[]),
    ("leaveGroup", &[]),
];
const ACTIONS: [&str; 12] = [
    "ListUsers",
    "BlockUser",
    "SendMessage",
    "SendMessage",
    "ListGroupMessages",
    "KickMembers",
    "ListMembers",
    "AddMembers",
    "AddReaction",
    "EditMessage",
    "InitiateCall",
    "EditGroup",
];

type Values = BTreeMap<String, Value>;

/// What is set: of roles, of scopes in the app, of scopes in the club.
#[derive(Default)]
struct Set {
    roles: BTreeMap<String, Values>,
    app: BTreeMap<String, Values>,
    club: BTreeMap<String, Values>,
}

/// A question, as people would put it.
#[derive(Debug, Clone)]
struct Asked {
    who: &'static str,
    action: &'static str,
    /// The other user: who is listed, blocked, written to, kicked; whose message it is.
    whom: Option<&'static str>,
    in_club: bool,
    attributes: BTreeMap<&'static str, &'static str>,
}

fn person(name: &str) -> (&'static str, Option<&'static str>) {
    let (_, role, scope) = PEOPLE.iter().find(|(id, ..)| *id == name).unwrap();
    (role, *scope)
}

fn befriended(one: &str, other: &str) -> bool {
    one == other || FRIENDS.iter().any(|pair| *pair == (one, other) || *pair == (other, one))
}

/// The scopes that somebody has in the club; the owner's is one more.
fn scopes_of(name: &str) -> Vec<&'static str> {
    person(name).1.into_iter().chain((name == OWNER).then_some("owner")).collect()
}

impl Set {
    fn word(&self, places: &[&Values], key: &str, default: &str) -> String {
        places.iter().find_map(|values| values.get(key)).and_then(Value::as_str).unwrap_or(default).to_owned()
    }

    /// Whether a list accepts: it is empty, or one of the values is in it. What is not there passes only where that is said.
    fn accepts(&self, places: &[&Values], key: &str, found: &[&str], if_present: bool) -> bool {
        let list: Vec<String> =
            places.iter().find_map(|values| values.get(key)).map_or_else(Vec::new, |list| serde_json::from_value(list.clone()).unwrap());
        list.is_empty() || (found.is_empty() && if_present) || found.iter().any(|value| list.iter().any(|known| known == value))
    }

    /// Section 2.2: the role, and in a group the scope.
    fn allows(&self, asked: &Asked) -> bool {
        let own_only = asked.action == "EditMessage" && asked.whom != Some(asked.who);
        let moderates = scopes_of(asked.who).iter().any(|scope| *scope != "participant");
        self.role_allows(asked) && (!asked.in_club || self.scope_allows(asked)) && (!own_only || moderates)
    }

    fn role_allows(&self, asked: &Asked) -> bool {
        let none = Values::new();
        let places = [self.roles.get(person(asked.who).0).unwrap_or(&none)];
        let attribute = |name: &str| asked.attributes.get(name).copied().into_iter().collect::<Vec<_>>();
        let allowed = |gate: &str| self.word(&places, gate, "allow") == "allow";
        let friendly = |gate: &str| {
            self.word(&places, &format!("{gate}.mode"), "all") == "all" || asked.whom.is_some_and(|whom| befriended(asked.who, whom))
        };
        let role_of: Vec<&str> = asked.whom.map(|whom| person(whom).0).into_iter().collect();
        let accepts = |key: &str, found: &[&str], if_present| self.accepts(&places, key, found, if_present);
        match asked.action {
            "ListUsers" => allowed("listUsers") && friendly("listUsers") && accepts("listUsers.allowedRoles", &role_of, true),
            "BlockUser" => allowed("blockUser") && accepts("blockUser.allowedRoles", &role_of, true),
            "SendMessage" => {
                let listed = accepts("sendMessage.mimeTypes", &attribute("mime_type"), false);
                let list_is_empty = accepts("sendMessage.mimeTypes", &["no such type"], false);
                let excepts = self.word(&places, "sendMessage.mimeTypeAccessControl", "allow") == "deny";
                let mime = list_is_empty || attribute("mime_type").is_empty() || listed != excepts;
                allowed("sendMessage")
                    && (asked.in_club || friendly("sendMessage"))
                    && accepts("sendMessage.allowedReceiverTypes", &attribute("receiver_type"), false)
                    && accepts("sendMessage.allowedReceiverRoles", &role_of, true)
                    && accepts("sendMessage.allowedMessageCategories", &attribute("message_category"), false)
                    && accepts("sendMessage.allowedMessageTypes", &attribute("message_type"), true)
                    && accepts("sendMessage.allowedCustomTypes", &attribute("custom_type"), true)
                    && mime
            }
            "ListGroupMessages" => {
                allowed("listMessages") && friendly("listMessages") && accepts("listMessages.allowedSenderRoles", &role_of, true)
            }
            "EditMessage" => {
                let denied = self.accepts(&places, "editMessage.denyForScopes", &scopes_of(asked.who), false);
                let nobody = self.accepts(&places, "editMessage.denyForScopes", &["no such scope"], false);
                allowed("editMessage") && (nobody || !denied)
            }
            "AddReaction" => allowed("addReaction"),
            _ => true,
        }
    }

    fn scope_allows(&self, asked: &Asked) -> bool {
        if asked.who == OWNER {
            return true;
        }
        let Some(scope) = person(asked.who).1 else { return false };
        let none = Values::new();
        let places = [self.club.get(scope).unwrap_or(&none), self.app.get(scope).unwrap_or(&none)];
        let attribute = |name: &str| asked.attributes.get(name).copied().into_iter().collect::<Vec<_>>();
        let default = |gate: &str| match (gate, scope) {
            ("kickMembers", "participant") | ("addMembers" | "editGroup", "participant" | "moderator") => "deny",
            _ => "allow",
        };
        let allowed = |gate: &str| self.word(&places, gate, default(gate)) == "allow";
        let accepts = |key: &str, found: &[&str], if_present| self.accepts(&places, key, found, if_present);
        let target = asked.whom.map(scopes_of).unwrap_or_default();
        match asked.action {
            "SendMessage" => {
                allowed("sendMessage")
                    && accepts("sendMessage.allowedMessageCategories", &attribute("message_category"), false)
                    && accepts("sendMessage.allowedMessageTypes", &attribute("message_type"), true)
                    && accepts("sendMessage.allowedCustomTypes", &attribute("custom_type"), true)
                    && accepts("sendMessage.allowedMimeTypes", &attribute("mime_type"), true)
            }
            "ListGroupMessages" => {
                let old = attribute("history") == ["before_join"];
                (!old || self.word(&places, "listMessages.historyBeforeJoin", "allow") == "allow")
                    && accepts("listMessages.allowedMessageCategories", &attribute("message_category"), false)
            }
            "KickMembers" => {
                let reached: &[&str] = if scope == "admin" { &["participant", "moderator"] } else { &["participant"] };
                allowed("kickMembers")
                    && target.iter().any(|scope| reached.contains(scope))
                    && !target.contains(&"owner")
                    && accepts("kickMembers.allowedScopes", &target, false)
            }
            "ListMembers" => allowed("listMembers") && accepts("listMembers.allowedScopes", &target, false),
            "AddMembers" => {
                let reached: &[&str] = match scope {
                    "participant" => &["participant"],
                    "moderator" => &["participant", "moderator"],
                    _ => &SCOPES,
                };
                let given = attribute("given_scope");
                allowed("addMembers")
                    && given.iter().all(|scope| reached.contains(scope))
                    && accepts("addMembers.allowedScopes", &given, false)
            }
            "InitiateCall" => accepts("initiateCall.allowedType", &attribute("call_type"), false),
            "EditGroup" => allowed("editGroup"),
            "AddReaction" => allowed("addReaction"),
            "EditMessage" => allowed("editMessage"),
            other => panic!("{other} is not asked in the club"),
        }
    }
}

fn ask(chance: &mut Chance) -> Asked {
    let who = chance.pick(&PEOPLE).0;
    let action = chance.pick(&ACTIONS);
    let other = chance.pick(&PEOPLE).0;
    let mut attributes = BTreeMap::new();
    if action == "SendMessage" || action == "ListGroupMessages" {
        if chance.below(3) == 0 {
            attributes.extend([("message_category", "custom"), ("custom_type", chance.pick(&["poll", "map"]))]);
        } else {
            let kind = chance.pick(&["text", "image", "file"]);
            attributes.extend([("message_category", "message"), ("message_type", kind)]);
            if kind != "text" {
                attributes.insert("mime_type", chance.pick(&["image/png", "text/html"]));
            }
        }
    }
    let (whom, in_club) = match action {
        "ListUsers" | "BlockUser" => (Some(other), false),
        "SendMessage" if chance.below(2) == 0 => (Some(other), false),
        "SendMessage" | "InitiateCall" | "EditGroup" => (None, true),
        "AddMembers" => (Some("nora"), true),
        _ => (Some(other), true),
    };
    match action {
        "SendMessage" => drop(attributes.insert("receiver_type", if in_club { "group" } else { "user" })),
        "ListGroupMessages" => drop(attributes.insert("history", chance.pick(&["before_join", "after_join"]))),
        "AddMembers" => drop(attributes.insert("given_scope", chance.pick(&SCOPES))),
        "InitiateCall" => drop(attributes.insert("call_type", chance.pick(&["audio", "video"]))),
        _ => {}
    }
    Asked { who, action, whom, in_club, attributes }
}

impl Asked {
    fn question(&self) -> OwnedQuestion {
        let club = || Some("group:club".to_owned());
        let resource = match (self.in_club, self.whom) {
            (false, whom) => OwnedResource { kind: "user".to_owned(), id: whom.unwrap().to_owned(), ..OwnedResource::default() },
            (true, None) => OwnedResource { kind: "channel".to_owned(), id: "group:club".to_owned(), ..OwnedResource::default() },
            (true, Some(whom)) => OwnedResource {
                kind: "message".to_owned(),
                id: "m-1".to_owned(),
                channel: club(),
                owner: Some(whom.to_owned()),
                ..OwnedResource::default()
            },
        };
        OwnedQuestion {
            subject: OwnedSubject { user: self.who.to_owned(), ..OwnedSubject::default() },
            action: self.action.to_owned(),
            resource,
            attributes: self.attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            ..OwnedQuestion::default()
        }
    }
}

/// Sets or unsets one key somewhere, there and in the model.
async fn turn(comet: &Comet, set: &mut Set, chance: &mut Chance) {
    let place = chance.below(3);
    let keys: &[(&str, &[&str])] = if place == 0 { &ROLE_KEYS } else { &SCOPE_KEYS };
    let (key, pool) = chance.pick(keys);
    let (holder, values, path) = match place {
        0 => {
            let role = chance.pick(&ROLES);
            (role, &mut set.roles, format!("/v3/roles/{role}/permissions"))
        }
        1 => {
            let scope = chance.pick(&SCOPES);
            (scope, &mut set.app, format!("/v1/apps/test/scopes/{scope}/permissions"))
        }
        _ => {
            let scope = chance.pick(&SCOPES);
            (scope, &mut set.club, format!("/v3/groups/club/scopes/{scope}/permissions"))
        }
    };
    let values = values.entry(holder.to_owned()).or_default();
    let key_header = |request: axum::http::Request<axum::body::Body>| {
        if place == 1 { request } else { crate::support::with_header(request, "apikey", &comet.api_key) }
    };
    let bearer = if place == 1 { comet.server_key.as_str() } else { "" };
    let (method, path, body) = if chance.below(4) == 0 {
        values.remove(key);
        (Method::DELETE, format!("{path}/{key}"), Value::Null)
    } else {
        let value = match pool {
            [] if key.ends_with(".mode") => json!(chance.pick(&["all", "friends"])),
            [] => json!(chance.pick(&["allow", "allow", "deny"])),
            pool => {
                let mut list: Vec<&str> = pool.iter().copied().filter(|_| chance.below(2) == 0).collect();
                list.sort_unstable();
                json!(list)
            }
        };
        values.insert(key.to_owned(), value.clone());
        (Method::PUT, path, json!({"permissions": {key: value}}))
    };
    let answer = comet.server.send(key_header(crate::support::request(method, &path, bearer, &body))).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    assert!(!answer.text().contains("\"success\":false"), "{}", answer.text());
}

/// Tells the oracle what has been committed since.
async fn follow(comet: &Comet, oracle: &mut Oracle, after: u64) -> u64 {
    let page = comet.server.get(&format!("/v1/apps/test/changes?after={after}"), &comet.server_key).await.json();
    for committed in page["changes"].as_array().unwrap() {
        let changes: Vec<Change> = serde_json::from_value(committed["changes"].clone()).unwrap();
        oracle.apply(&changes);
    }
    page["next_after"].as_u64().unwrap()
}

#[tokio::test]
async fn values_set_at_random_mean_what_the_vendor_says() {
    for seed in [5, 6, 7, 8] {
        converse(seed).await;
    }
}

async fn converse(seed: u64) {
    let comet = Comet::with_club().await;
    for role in ["staff", "guest"] {
        comet.post("/roles", json!({"role": role, "name": role})).await.data();
    }
    for (uid, role, _) in PEOPLE {
        comet.put(&format!("/users/{uid}"), json!({ "role": role })).await.data();
    }
    for (one, other) in FRIENDS {
        comet.post(&format!("/users/{one}/friends"), json!({"accepted": [other]})).await.data();
    }
    let mut oracle = Oracle::new(Profile::cometchat().catalogue().clone());
    let (mut chance, mut set, mut seen) = (Chance(seed), Set::default(), 0);
    let mut counts = [0, 0];
    for round in 0..ROUNDS {
        turn(&comet, &mut set, &mut chance).await;
        seen = follow(&comet, &mut oracle, seen).await;
        let asked: Vec<Asked> = (0..QUESTIONS).map(|_| ask(&mut chance)).collect();
        let evaluations: Vec<Value> = asked.iter().map(|asked| asked.question().to_authzen()).collect();
        let body = json!({ "evaluations": evaluations });
        let answer = comet.server.post("/access/v1/evaluations", &comet.server_key, &body).await.json();
        for (asked, answer) in asked.iter().zip(answer["evaluations"].as_array().unwrap()) {
            let decision = answer["decision"].as_bool().unwrap();
            let question = asked.question();
            let expected = question.ask(|question| oracle.check(question));
            let place = format!("seed {seed}, round {round}: {asked:?}: {answer}\n{:?}\n{:?}\n{:?}", set.roles, set.app, set.club);
            assert_eq!((decision, &answer["context"]["reason"]), (expected.allowed, &json!(expected.reason.code())), "oracle, {place}");
            assert_eq!(decision, set.allows(asked), "{place}");
            counts[usize::from(decision)] += 1;
        }
    }
    assert!(counts.iter().all(|count| *count > ROUNDS * QUESTIONS / 5), "both answers are frequent: {counts:?}");
}
