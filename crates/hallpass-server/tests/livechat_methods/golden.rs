//! The table scope × method, of both generations: each scope opens exactly its methods, with *my* on one's own objects only, and what it
//! does not open answers 403. Every cell is a call.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value, json};

use super::cases::{CASES, Case, Objects};
use super::expected::{Data, Set};
use super::office::{Object, Office};

/// Gated, and not among the cases, with the reason.
const WITHOUT_A_CASE: &[(&str, &str)] = &[
    ("set_access", "of v3.0 and v3.1, which are not served"),
    ("subscribe_customers", "of live connections"),
    ("unsubscribe_customers", "of live connections"),
    ("set_away_status", "of live connections"),
    ("login", "its scopes gate pushes of live connections"),
    ("suspend_agent", "needs a private scope"),
    ("unsuspend_agent", "needs a private scope"),
    ("approve_agent", "needs a private scope"),
    ("check_product_limits_for_plan", "needs a private scope, and there are no plans"),
    ("reactivate_email", "no e-mail is sent"),
];

fn objects(case: &Case) -> &'static [Object] {
    match case.objects {
        Objects::Chats => &[Object::Own, Object::Shared, Object::Foreign],
        Objects::Pair => &[Object::Own, Object::Foreign],
        Objects::One => &[Object::Own],
    }
}

/// Whether a call was let through by the scopes. What is let through works, or is stopped by the rule about presence.
fn let_through(case: &Case, object: Object, status: u16, body: &Value, told: &str) -> bool {
    let kind = body["error"]["type"].as_str().unwrap_or_default();
    match (status, kind) {
        (200, _) => true,
        (403, "authorization" | "missing_access") => {
            let reason = body["error"]["data"]["reason"].as_str().unwrap_or_default();
            assert!(["scope_missing", "condition_failed", "not_member", "team_mismatch"].contains(&reason), "{told}: {body}");
            // A missing scope is `authorization`, and the answer names what would do.
            if reason == "scope_missing" {
                assert_eq!(kind, "authorization", "{told}: {body}");
                assert!(!body["error"]["data"]["missing_scopes"].as_array().unwrap().is_empty(), "{told}: {body}");
            }
            false
        }
        (403, "not_allowed") if case.presence && object != Object::Own => true,
        _ => panic!("{told}: {status} {body}"),
    }
}

#[tokio::test]
async fn each_scope_opens_exactly_its_methods() {
    let data = Data::read();
    let mut office = Office::new().await;
    let rows = data.rows();
    let mut opened: BTreeMap<Set, usize> = BTreeMap::new();
    let mut spots: HashMap<(&str, Object, usize), HashMap<&'static str, Value>> = HashMap::new();
    let mut wrong = Vec::new();
    for (at, case) in CASES.iter().enumerate() {
        for object in objects(case) {
            for set in &rows {
                let scopes: Vec<&str> = set.iter().map(String::as_str).collect();
                let Some(token) = office.token(&scopes).await else { continue };
                // Methods that leave their object as it is share it.
                let place = (case.kind, *object, if case.uses_up { at } else { usize::MAX });
                if let Entry::Vacant(free) = spots.entry(place) {
                    let kind = if case.kind == "own property" { "property" } else { case.kind };
                    free.insert(office.spot(kind, *object).await);
                }
                let body = case.body_on(&spots[&place]);
                let answer = office.call(&token, case.version, case.api, case.name, &body).await;
                let told = format!("{} {} with {scopes:?} on {object:?}", case.version, case.name);
                let is_open = let_through(case, *object, answer.status.as_u16(), &answer.json(), &told);
                if is_open != data.opens(set, case, *object) {
                    wrong.push(format!("{told}: {}", if is_open { "opens, and must not" } else { "does not open, and must" }));
                }
                if is_open {
                    *opened.entry(set.clone()).or_default() += 1;
                    if case.uses_up {
                        office.put_back(case.method, &answer.json()).await;
                        spots.remove(&place);
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} cells are wrong:\n{}", wrong.len(), wrong.join("\n"));

    // Every scope of 2018 gates something here, but for the one that is asked where customers' tokens are made.
    let opens = |scope: &String| opened.contains_key(&Set::from([scope.clone()]));
    let idle: BTreeSet<&str> = data.of_2018.iter().filter(|scope| !opens(scope)).map(String::as_str).collect();
    assert_eq!(idle, BTreeSet::from(["customers.identity--manage"]));
    // So does every one of today's that a method names, and that some role may hold.
    let named: BTreeSet<String> = rows.iter().filter(|set| set.len() == 1).flatten().cloned().collect();
    let idle: BTreeSet<&str> = data.public.iter().filter(|scope| named.contains(*scope) && !opens(scope)).map(String::as_str).collect();
    let together = BTreeSet::from(["accounts--my:rw"]);
    let unassigned = BTreeSet::from(["tags--all:ro", "tags--groups:rw"]);
    assert_eq!(idle, &together | &unassigned, "scopes without an operation");
}

#[test]
fn every_method_that_a_scope_gates_has_a_case() {
    let data = Data::read();
    let cases: BTreeSet<(String, String)> = CASES.iter().map(|case| (case.api_of_method().to_owned(), case.method.to_owned())).collect();
    let missing: BTreeSet<&str> = data.gated().filter(|key| !cases.contains(*key)).map(|(_, method)| method.as_str()).collect();
    let excused: BTreeSet<&str> = WITHOUT_A_CASE.iter().map(|(method, _)| *method).collect();
    assert_eq!(missing, excused);
}

/// The methods of 2018 are those that the data knows of, under the names of that time.
#[test]
fn the_documented_methods_of_2018_are_served_under_their_names() {
    let file: Value = serde_json::from_str(include_str!("../../../../corpus/facts/livechat_method_scopes.json")).unwrap();
    let documented: BTreeSet<&str> = file["methods"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|method| method["required"]["gen_2018"]["basis"] == "documented" && method["api"] != "customer_chat")
        .map(|method| method["method"].as_str().unwrap())
        .collect();
    let served: BTreeSet<&str> = CASES.iter().filter(|case| case.version == "v0.6").map(|case| case.method).collect();
    // Those without a scope, or that stand for another of the list.
    let others = BTreeSet::from(["get_chat", "upload_file", "login", "change_push_notifications", "update_agent"]);
    assert_eq!(&documented - &others, &served & &documented);
    assert_eq!(&served - &documented, BTreeSet::new());
    assert_eq!(file["meta"]["gen_2018_documented"], json!(documented.len()));
}
