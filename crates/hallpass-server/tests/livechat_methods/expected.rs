//! What the vendor's documents say that each scope opens: read from the data file, by the rules of the facts, without a look at the code.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::cases::{Case, Objects};
use super::office::Object;

const METHODS: &str = include_str!("../../../../corpus/facts/livechat_method_scopes.json");
const SCOPES: &str = include_str!("../../../../corpus/facts/livechat_scopes.json");

/// Scopes that are needed together.
pub(crate) type Set = BTreeSet<String>;

/// The data.
pub(crate) struct Data {
    /// (API, method) → the sets of scopes, any one of which will do, of all generations.
    methods: BTreeMap<(String, String), Vec<Set>>,
    /// Those that need none in any generation.
    pub(crate) free: BTreeSet<(String, String)>,
    /// The 26 of the list of February 2018.
    pub(crate) of_2018: BTreeSet<String>,
    /// Those of today's public page.
    pub(crate) public: BTreeSet<String>,
}

impl Data {
    pub(crate) fn read() -> Self {
        let file: Value = serde_json::from_str(METHODS).unwrap();
        let mut data = Self { methods: BTreeMap::new(), free: BTreeSet::new(), of_2018: BTreeSet::new(), public: BTreeSet::new() };
        for method in file["methods"].as_array().unwrap() {
            let api = match method["api"].as_str().unwrap() {
                "agent_chat" => "agent",
                "configuration" => "configuration",
                _ => continue,
            };
            let key = (api.to_owned(), method["method"].as_str().unwrap().to_owned());
            let mut sets = Vec::new();
            for generation in method["required"].as_object().unwrap().values() {
                for all in generation["any_of"].as_array().into_iter().flatten() {
                    let set: Set = all.as_array().unwrap().iter().map(|scope| scope.as_str().unwrap().to_owned()).collect();
                    if !sets.contains(&set) {
                        sets.push(set);
                    }
                }
            }
            if sets.is_empty() {
                data.free.insert(key);
            } else {
                data.methods.insert(key, sets);
            }
        }
        // docs/catalogues.md: a method that needed no scope in 2018 and needs one since takes conversation write of that time.
        let start = data.methods.get_mut(&("agent".to_owned(), "start_chat".to_owned())).unwrap();
        start.extend(["chats.conversation--all:write", "chats.conversation--my:write"].map(|scope| Set::from([scope.to_owned()])));
        let file: Value = serde_json::from_str(SCOPES).unwrap();
        for scope in file["scopes"].as_array().unwrap() {
            let name = scope["scope"].as_str().unwrap().to_owned();
            if scope["in_2018"] == true {
                data.of_2018.insert(name.clone());
            }
            if scope["on_public_page_2026"] == true {
                data.public.insert(name);
            }
        }
        assert_eq!((data.of_2018.len(), data.public.len()), (26, 53));
        data
    }

    /// All methods that a scope gates.
    pub(crate) fn gated(&self) -> impl Iterator<Item = &(String, String)> {
        self.methods.keys()
    }

    /// The rows of the table: every scope that a method names or the list of 2018 has, alone, and the sets that are named together.
    pub(crate) fn rows(&self) -> BTreeSet<Set> {
        let alone = self.methods.values().flatten().flatten().chain(&self.of_2018).map(|scope| Set::from([scope.clone()]));
        alone.chain(self.methods.values().flatten().filter(|set| set.len() < 4).cloned()).collect()
    }

    /// Whether these scopes open the method on this object.
    pub(crate) fn opens(&self, held: &Set, case: &Case, object: Object) -> bool {
        let held = closure(held);
        let ways = &self.methods[&(case.api_of_method().to_owned(), case.method.to_owned())];
        ways.iter().any(|way| way.iter().all(|scope| held.contains(scope) && reaches(scope, case, object)))
    }
}

impl Case {
    /// The API that has the method today, whatever had it in 2018.
    pub(crate) fn api_of_method(&self) -> &'static str {
        let moved = ["add_auto_access", "delete_auto_access", "list_auto_accesses"];
        if moved.contains(&self.method) { "configuration" } else { self.api }
    }
}

/// `(resource, reach, verb)` of a name (docs/livechat.md, Scopes).
fn parts(scope: &str) -> (&str, &str, &str) {
    if let Some((resource, rest)) = scope.split_once("--") {
        let (reach, verb) = rest.split_once(':').unwrap_or(("", rest));
        return (resource, reach, verb);
    }
    match scope.split_once(':') {
        Some((resource, verb)) => (resource, "", verb),
        None => (scope, "", ""),
    }
}

/// What holding a scope is as good as holding (docs/livechat.md, Scopes): since 2019 `rw` contains `ro`, `access` contains `my`, `all`
/// contains all. Of 2018: `all` contains `my` and `write` no `read`. `--all` of webhooks and bots that writes is for removing, and contains
/// no `--my`.
fn closure(held: &Set) -> Set {
    let mut found = held.clone();
    loop {
        let mut more = Set::new();
        for scope in &found {
            let (resource, reach, verb) = parts(scope);
            let name = |resource: &str, reach: &str, verb: &str| match reach {
                "" => format!("{resource}:{verb}"),
                reach => format!("{resource}--{reach}:{verb}"),
            };
            let verbs: &[&str] = match verb {
                "rw" => &["ro", "rc"],
                "rc" => &["ro"],
                _ => &[],
            };
            more.extend(verbs.iter().map(|verb| name(resource, reach, verb)));
            if resource == "chats.conversation" && verb == "rw" {
                more.insert(name("chats", reach, "ro"));
            }
            let only_removes = matches!(resource, "webhooks" | "agents-bot") && matches!(verb, "rw" | "write");
            let reaches: &[&str] = match (reach, verb) {
                ("all", _) if only_removes => &[],
                ("all", "read" | "write") => &["my"],
                ("all", _) => &["access", "groups", "my"],
                ("access", _) => &["my"],
                _ => &[],
            };
            more.extend(reaches.iter().map(|reach| name(resource, reach, verb)));
        }
        let before = found.len();
        found.extend(more);
        if found.len() == before {
            return found;
        }
    }
}

/// Whether a scope reaches an object (docs/catalogues.md, LiveChat; docs/livechat.md, The OAuth dance).
fn reaches(scope: &str, case: &Case, object: Object) -> bool {
    let (resource, reach, verb) = parts(scope);
    // The target is an agent; these are for bots.
    if case.method == "set_routing_status" && resource == "agents-bot" {
        return false;
    }
    if resource.starts_with("chats") {
        // With a conversation scope of 2018 one adds and removes oneself; the cases are about somebody else.
        let oneself_only = resource == "chats.conversation" && verb == "write";
        if oneself_only && matches!(case.method, "add_user_to_chat" | "remove_user_from_chat") {
            return false;
        }
        return match (case.method, reach) {
            // Whoever starts a chat is in it; by `chats--access:rw` the groups decide.
            ("start_chat", "access") if resource == "chats" => object == Object::Own,
            ("start_chat", _) => true,
            (_, "all") => true,
            (_, "access") => case.objects == Objects::One || object != Object::Foreign,
            _ => case.objects == Objects::One || object == Object::Own,
        };
    }
    match reach {
        "my" | "groups" => object == Object::Own && case.kind != "new agent",
        _ => true,
    }
}
