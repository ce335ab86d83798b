//! The golden table of permission keys: for every key and layer a pair of calls that differ by its value alone, and what each is answered.
//!
//! A change of what a key does shows as a changed line of `corpus/matrices/keys_cometchat.txt`. Rows stand in `keys/`, one file for each
//! family; a key without a row fails the test.

mod chat;
mod features;
mod management;

use axum::http::Method;
use serde_json::{Value, json};

use super::client::{Comet, From};

/// One key in one layer, two of its values, and the call that they decide about.
pub(crate) struct Row {
    /// The key.
    pub(crate) key: &'static str,
    /// `role`: set for the role `tester`, which Tess has. `scope`: set for the scope of Tess in the group `lab`, participant unless said.
    pub(crate) layer: &'static str,
    /// The two values, as JSON.
    pub(crate) values: [&'static str; 2],
    /// Further keys that stand meanwhile, as a JSON object; of the same layer.
    pub(crate) with: &'static str,
    /// Method, a space, and the path, for which Tess is the caller.
    pub(crate) call: &'static str,
    /// The body, as JSON; empty for none.
    pub(crate) body: &'static str,
}

impl Row {
    pub(crate) const fn of(
        layer: &'static str,
        key: &'static str,
        values: [&'static str; 2],
        call: &'static str,
        body: &'static str,
    ) -> Self {
        Self { key, layer, values, with: "{}", call, body }
    }

    pub(crate) const fn with(self, with: &'static str) -> Self {
        Self { with, ..self }
    }
}

pub(crate) const WORD: [&str; 2] = [r#""allow""#, r#""deny""#];
pub(crate) const MODE: [&str; 2] = [r#""all""#, r#""friends""#];

/// Keys that no call can show, and why.
const GATES_NOTHING: &[(&str, &str, &str)] = &[(
    "participant",
    "initiateCall.allowedScopes",
    "decides nothing: a call in a group is for all of it, so there is no one member whose scope could count",
)];

/// A world in which every key has something to decide: Tess (role `tester`) with her friend Fay; Rob, whose role is `robot`; groups.
async fn lab() -> Comet {
    let comet = Comet::new().await;
    for role in ["tester", "robot"] {
        comet.post("/roles", json!({"role": role, "name": role})).await.data();
    }
    for (uid, role) in
        [("tess", "tester"), ("fay", "default"), ("rob", "robot"), ("olga", "default"), ("adam", "default"), ("mona", "default")]
    {
        comet.post("/users", json!({"uid": uid, "name": uid, "role": role})).await.data();
    }
    comet.post("/users/tess/friends", json!({"accepted": ["fay"]})).await.data();
    comet.post("/users/tess/blockedusers", json!({"blockedUids": ["mona"]})).await.data();
    chat::set_up(&comet).await;
    comet
}

/// What Tess is answered.
async fn answer(row: &Row, value: &str) -> String {
    let comet = lab().await;
    let mut permissions: Value = serde_json::from_str(row.with).unwrap();
    permissions[row.key] = serde_json::from_str(value).unwrap();
    let path = match row.layer {
        "role" => "/roles/tester/permissions".to_owned(),
        scope => format!("/groups/lab/scopes/{scope}/permissions"),
    };
    let set = comet.put(&path, json!({ "permissions": permissions })).await.data();
    assert_eq!(set[row.key]["success"], true, "{}: {set}", row.key);
    if row.layer != "role" {
        chat::give_scope(&comet, row.layer).await;
    }
    let (method, path) = row.call.split_once(' ').unwrap();
    let body = (!row.body.is_empty()).then(|| serde_json::from_str(row.body).unwrap());
    let path = &chat::resolve(&comet, path).await;
    let reply = match method {
        // The same call with a key would add others.
        "JOIN" => comet.call(From::Token(&comet.token("tess").await), Method::POST, path, body).await,
        _ => comet.call(From::OnBehalf("tess"), Method::try_from(method).unwrap(), path, body).await,
    };
    let json = reply.0.json();
    let what = json["error"]["code"].as_str().map(str::to_owned).unwrap_or_else(|| shown(&json["data"]));
    format!("{} {what}", reply.0.status.as_u16())
}

/// A list by its rows' ids; of items the codes of those that failed; anything else as `ok`.
fn shown(data: &Value) -> String {
    let name = |row: &Value| {
        let found = ["muid", "uid", "guid", "id", "conversationId"].iter().find_map(|field| match &row[*field] {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(format!("#{number}")),
            _ => None,
        });
        found.unwrap_or_else(|| "?".to_owned())
    };
    if let Some(rows) = data.as_array() {
        let mut names: Vec<String> = rows.iter().map(name).collect();
        names.sort();
        return if names.is_empty() { "(none)".to_owned() } else { names.join(",") };
    }
    let codes = failures(data);
    if codes.is_empty() { "ok".to_owned() } else { codes.join(",") }
}

fn failures(data: &Value) -> Vec<String> {
    let Some(object) = data.as_object() else { return Vec::new() };
    if object.get("success") == Some(&Value::Bool(false)) {
        return vec![object["error"]["code"].as_str().unwrap_or("?").to_owned()];
    }
    object.values().flat_map(failures).collect()
}

#[tokio::test]
async fn every_key_decides_about_something() {
    let rows: Vec<&Row> = management::ROWS.iter().chain(chat::ROWS).collect();
    let mut table = String::from(
        "# Each permission key of CometChat's, in each of its layers: a call by Tess, and what it is answered under two values of the key.\n\
         # Tess's role is tester, and her scope in the group lab the one that is named; fay is her friend.\n\n",
    );
    for row in &rows {
        let answers = [answer(row, row.values[0]).await, answer(row, row.values[1]).await];
        assert_ne!(answers[0], answers[1], "{} {}: {} answers the same to both values", row.layer, row.key, row.call);
        for (value, answer) in row.values.iter().zip(&answers) {
            let body = row.body.split_whitespace().collect::<Vec<_>>().join(" ");
            let asked = format!("{:<11} {:<48} {value:<24} {} {body}", row.layer, row.key, row.call);
            table.push_str(&format!("{}\n    {answer}\n", asked.trim_end()));
        }
    }
    for (layer, key, why) in GATES_NOTHING {
        table.push_str(&format!("{layer:<11} {key:<48} {why}\n"));
    }
    missing(&rows);
    golden(&table);
}

/// Every name of corpus/facts/cometchat_permissions.json has a row in each of its layers, or a reason.
fn missing(rows: &[&Row]) {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/facts/cometchat_permissions.json")).unwrap();
    let facts: Value = serde_json::from_str(&text).unwrap();
    let mut missing = Vec::new();
    for fact in facts["permissions"].as_array().unwrap() {
        let key = fact["name"].as_str().unwrap();
        for (layer, here) in [("rbac", "role"), ("sbac", "scope")].into_iter().filter(|(layer, _)| fact[*layer].is_object()) {
            let of_layer = |named: &str| (named == "role") == (layer == "rbac");
            let has_row = rows.iter().any(|row| row.key == key && of_layer(row.layer));
            if !has_row && !GATES_NOTHING.iter().any(|(named, known, _)| *known == key && of_layer(named)) {
                missing.push(format!("{here} {key}"));
            }
        }
    }
    assert!(missing.is_empty(), "no row for: {}", missing.join(", "));
}

fn golden(rendered: &str) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/matrices/keys_cometchat.txt");
    if std::env::var_os("HALLPASS_BLESS").is_some() {
        std::fs::write(path, rendered).unwrap();
        return;
    }
    let golden = std::fs::read_to_string(path).unwrap_or_default();
    for (known, found) in golden.lines().zip(rendered.lines()) {
        assert_eq!(known, found, "HALLPASS_BLESS=1 writes the table anew; read the diff");
    }
    assert_eq!(golden.lines().count(), rendered.lines().count(), "HALLPASS_BLESS=1 writes the table anew; read the diff");
}
