//! The method → scope table that is published, against the data of the facts, and the copy in the docs against the table.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use super::desk::{APP, Desk};

fn methods() -> Vec<Value> {
    let facts: Value = serde_json::from_str(include_str!("../../../../corpus/facts/livechat_method_scopes.json")).unwrap();
    facts["methods"].as_array().unwrap().clone()
}

async fn table(desk: &Desk) -> Value {
    let answer = desk.server.get(&format!("/v1/apps/{APP}/scopes"), desk.key()).await;
    assert_eq!(answer.status, 200);
    answer.json()
}

/// Names of the catalogue for methods that the facts list under two APIs, or that are asked under another name.
fn action(method: &Value) -> Option<String> {
    let (api, name) = (method["api"].as_str().unwrap(), method["method"].as_str().unwrap());
    match (api, name) {
        ("configuration", "ban_customer") => Some("configuration/ban_customer".to_owned()),
        ("agent_chat" | "configuration", name) => Some(name.to_owned()),
        _ => None,
    }
}

/// Every list of scopes that the vendor documents for a method since 2021, and in 2018, is a way in the table.
#[tokio::test]
async fn each_documented_way_is_in_the_table() {
    let desk = Desk::new().await;
    let table = table(&desk).await;
    let known: BTreeSet<&str> = table["scopes"].as_array().unwrap().iter().map(|scope| scope["scope"].as_str().unwrap()).collect();
    // docs/catalogues.md, decisions: `delete_agent` is two pairs, `set_routing_status` has three actions, `login` gates pushes.
    let decided = ["delete_agent", "set_routing_status", "login"];
    let mut compared = 0;
    for method in methods() {
        let Some(name) = action(&method).filter(|name| !decided.contains(&name.as_str())) else { continue };
        let row =
            table["methods"].as_array().unwrap().iter().find(|row| row["method"] == name.as_str()).unwrap_or_else(|| panic!("no {name}"));
        let ways: Vec<BTreeSet<&str>> = row["any_of"]
            .as_array()
            .unwrap()
            .iter()
            .map(|way| way["scopes"].as_array().unwrap().iter().map(|scope| scope.as_str().unwrap()).collect())
            .collect();
        for generation in ["gen_2018", "v3.4-v3.7"] {
            for way in method["required"][generation]["any_of"].as_array().into_iter().flatten() {
                let way: BTreeSet<&str> = way.as_array().unwrap().iter().map(|scope| scope.as_str().unwrap()).collect();
                if way.is_subset(&known) {
                    assert!(ways.contains(&way), "{name}, {generation}: {way:?} is not among {ways:?}");
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 200, "{compared}");
}

#[tokio::test]
async fn anybody_may_read_it() {
    let desk = Desk::new().await;
    let public = desk.get("/v2/scopes", "").await.json();
    let of_app = table(&desk).await;
    assert_eq!((&public["scopes"], &public["methods"]), (&of_app["scopes"], &of_app["methods"]));
    let one = public["scopes"].as_array().unwrap().iter().find(|scope| scope["scope"] == "webhooks--all:write").unwrap();
    assert_eq!(
        (&one["lowest_role"], &one["opens"], &one["since_called"], &one["contains"]),
        (&json!("administrator"), &json!(["unregister_webhook"]), &json!(["webhooks--all:rw"]), &json!([]))
    );
}

/// `docs/livechat-scopes.md` is this table; `HALLPASS_BLESS=1` writes it anew.
#[tokio::test]
async fn the_docs_show_the_same_table() {
    let desk = Desk::new().await;
    let table = table(&desk).await;
    let text = |value: &Value| value.as_str().unwrap_or("–").to_owned();
    let mut page = String::from(
        "# LiveChat: which scope opens what\n\nMade from the catalogue that decides (`GET /v2/scopes` serves the same as JSON), and held to it by a test: do not edit.\n\n\
         ## Methods\n\nAny one of the lists suffices, for the token, its client and the account's role, if its conditions hold. `–`: a token, and no scope.\n\n\
         | method | any one of |\n|---|---|\n",
    );
    for row in table["methods"].as_array().unwrap() {
        let ways = row["any_of"].as_array().unwrap().iter().map(|way| {
            let scopes: Vec<String> = way["scopes"].as_array().unwrap().iter().map(|scope| format!("`{}`", text(scope))).collect();
            let when: Vec<String> = way["when"].as_array().into_iter().flatten().map(text).collect();
            let when = if when.is_empty() { String::new() } else { format!(" ({})", when.join(", ")) };
            format!("{}{when}", scopes.join(" + "))
        });
        let ways = ways.collect::<Vec<_>>();
        let ways = if ways.is_empty() { "–".to_owned() } else { ways.join(", ") };
        page.push_str(&format!("| `{}` | {ways} |\n", text(&row["method"])));
    }
    page.push_str("\n## Scopes\n\n| scope | lowest role | since called | opens |\n|---|---|---|---|\n");
    for row in table["scopes"].as_array().unwrap() {
        let list = |field: &str| {
            let names: Vec<String> = row[field].as_array().unwrap().iter().map(|name| format!("`{}`", text(name))).collect();
            if names.is_empty() { "–".to_owned() } else { names.join(", ") }
        };
        page.push_str(&format!(
            "| `{}` | {} | {} | {} |\n",
            text(&row["scope"]),
            text(&row["lowest_role"]),
            list("since_called"),
            list("opens")
        ));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/livechat-scopes.md");
    if std::env::var_os("HALLPASS_BLESS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    assert!(std::fs::read_to_string(&path).unwrap_or_default() == page, "docs/livechat-scopes.md is old; HALLPASS_BLESS=1 writes it anew");
}
