//! Holds the tables of `docs/stream.md` to the routes: which action each operation asks for, and which operations ask for each action.
//!
//! After a change of the routes, write them anew with `HALLPASS_UPDATE_DOCS=1 cargo test -p hallpass-server --lib routes`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use hallpass::{ActionSpec, Catalogue, Profile, Standing};

use super::super::dialect::Dialect;
use super::super::operation::Gate;
use super::operations;

/// What the catalogue calls things of calls (video), which is not served.
const CALL: &str = "Call";

fn page() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/stream.md")
}

fn chat_actions(catalogue: &Catalogue) -> impl Iterator<Item = &ActionSpec> {
    catalogue.actions.iter().filter(|action| action.resource != CALL)
}

/// The names of the operations that ask for an action.
fn asking(action: &str) -> BTreeSet<&'static str> {
    let asks = |gate: Gate| matches!(gate, Gate::Asks(actions) if actions.contains(&action));
    operations().filter(|operation| asks(operation.gate)).map(|operation| operation.name).collect()
}

/// Which operations each action is asked for by. An exemption is asked for by the engine itself, wherever it would lift a refusal.
fn by_action(catalogue: &Catalogue) -> BTreeMap<&str, String> {
    let lifted = |standing: Standing, reads_only: bool| -> BTreeSet<&'static str> {
        let refused = chat_actions(catalogue).filter(|action| action.refused_when.contains(&standing) && !(reads_only && action.write));
        refused.flat_map(|action| asking(&action.name)).collect()
    };
    let exemptions = &catalogue.exemptions;
    let listed = |names: BTreeSet<&str>| names.into_iter().collect::<Vec<_>>().join(", ");
    let of = |action: &str| {
        let exempt = |exemption: &Option<String>| exemption.as_deref() == Some(action);
        if exempt(&exemptions.frozen) {
            return format!("where the channel is frozen: {}", listed(lifted(Standing::Frozen, false)));
        }
        if exempt(&exemptions.disabled) {
            return format!("where the channel is disabled: {}", listed(lifted(Standing::Disabled, true)));
        }
        if exempt(&exemptions.slow_mode) {
            return format!("in slow mode: {}", listed(lifted(Standing::SlowMode, false)));
        }
        listed(asking(action))
    };
    chat_actions(catalogue).map(|action| (action.name.as_str(), of(&action.name))).collect()
}

fn table_of_actions(catalogue: &Catalogue) -> String {
    let rows = by_action(catalogue).into_iter().map(|(action, operations)| format!("| {action} | {operations} |\n"));
    format!("| Action | Operations that ask for it |\n|---|---|\n{}", rows.collect::<String>())
}

fn table_of_operations() -> String {
    let mut rows: Vec<String> = Vec::new();
    for operation in operations() {
        let asked = match operation.gate {
            Gate::Server => "back end".to_owned(),
            Gate::Public => "everybody with the `api_key`".to_owned(),
            Gate::Asks([]) => "everybody with credentials".to_owned(),
            Gate::Asks(actions) => actions.join(", "),
        };
        let path = operation.path_in(Dialect::Prefixed);
        let prefix = path.strip_suffix(operation.path).unwrap_or_default();
        let (name, method, path) = (operation.name, &operation.method, operation.path);
        rows.push(format!("| {name} | `{method} {path}` | `{prefix}` | {asked} | {} |\n", operation.success.as_u16()));
    }
    format!(
        "| Operation | Call | In the second dialect under | Who, and what can be asked | Success |\n|---|---|---|---|---|\n{}",
        rows.concat()
    )
}

/// The page with the text between two marks replaced.
fn replaced(page: &str, name: &str, table: &str) -> String {
    let (start, end) = (format!("<!-- {name}: from the routes -->\n"), format!("<!-- end of {name} -->"));
    let (before, rest) = page.split_once(&start).unwrap_or_else(|| panic!("docs/stream.md has no mark {start}"));
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("docs/stream.md has no mark {end}"));
    format!("{before}{start}\n{table}\n{end}{after}")
}

#[test]
fn the_page_shows_the_routes_as_they_are() {
    let profile = Profile::stream();
    let found = std::fs::read_to_string(page()).unwrap();
    let wanted = replaced(&found, "operations", &table_of_operations());
    let wanted = replaced(&wanted, "actions", &table_of_actions(profile.catalogue()));
    if std::env::var_os("HALLPASS_UPDATE_DOCS").is_some() {
        std::fs::write(page(), &wanted).unwrap();
    }
    assert!(
        found == wanted || std::env::var_os("HALLPASS_UPDATE_DOCS").is_some(),
        "docs/stream.md shows other routes: HALLPASS_UPDATE_DOCS=1 writes them"
    );
}

#[test]
fn every_action_of_chat_is_asked_for_by_an_operation() {
    let profile = Profile::stream();
    let by_action = by_action(profile.catalogue());
    assert_eq!(by_action.len(), 71);
    let unasked: Vec<_> = by_action.into_iter().filter(|(_, operations)| operations.is_empty() || operations.ends_with(": ")).collect();
    assert_eq!(unasked, []);
}
