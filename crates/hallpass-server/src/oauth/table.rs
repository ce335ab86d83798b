//! Which scope opens what, as data: from the catalogue that decides, so it cannot drift from what is decided.

use hallpass::{Catalogue, Condition};
use serde::Serialize;
use serde_json::{Value, json};

use super::alias;
use super::grantable::ROLES;
use super::scope::{ScopeName, Scopes};

/// One way to be allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Way {
    /// Scopes, all needed.
    scopes: Vec<String>,
    /// Conditions, all needed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    when: Vec<Condition>,
}

/// The scopes: what each is for, the lowest role that may hold it in a new app, what it contains, and what it opens.
pub(crate) fn scopes(catalogue: &Catalogue) -> Vec<Value> {
    let known = Scopes::of(catalogue);
    let by_role = catalogue.default_grants.get("role").and_then(|levels| levels.get(&hallpass::Level::App));
    let held = |role: &str| -> Vec<&str> {
        let grants = by_role.and_then(|roles| roles.get(role)).into_iter().flatten();
        grants.map(|grant| grant.permission.as_str()).collect()
    };
    let roles = ROLES.map(|role| (role, held(role)));
    let specs = catalogue.permissions.iter().filter(|spec| known.unknown(&spec.id).is_none());
    let each = specs.map(|spec| {
        let name = ScopeName::parse(&spec.id);
        let contains: Vec<&str> = known.closure([spec.id.as_str()]).into_iter().filter(|inner| *inner != spec.id).collect();
        let lowest = roles.iter().find(|(_, held)| held.contains(&spec.id.as_str())).map(|(role, _)| *role);
        json!({
            "scope": spec.id,
            "description": spec.description,
            "resource": name.map(|name| name.resource),
            "reach": name.map(|name| name.reach).filter(|reach| !reach.is_empty()),
            "verb": name.map(|name| name.verb),
            "lowest_role": lowest,
            "contains": contains,
            "since_called": alias::successors(&spec.id),
            "listed": !spec.unlisted,
            "opens": opened(catalogue, &spec.id),
        })
    });
    each.collect()
}

/// The methods that a scope opens, alone or with others, itself or through what it contains.
pub(crate) fn opened<'a>(catalogue: &'a Catalogue, scope: &str) -> Vec<&'a str> {
    let held = Scopes::of(catalogue).closure([scope]);
    let ways = |action: &&hallpass::ActionSpec| action.any_of.iter().any(|way| way.all.iter().any(|id| held.contains(id.as_str())));
    catalogue.actions.iter().filter(ways).map(|action| action.name.as_str()).collect()
}

/// The methods: any one way suffices; a method without ways needs a token and no scope.
pub(crate) fn methods(catalogue: &Catalogue) -> Vec<Value> {
    let each = catalogue.actions.iter().map(|action| {
        let ways: Vec<Way> = action.any_of.iter().map(|way| Way { scopes: way.all.clone(), when: way.when.clone() }).collect();
        json!({"method": action.name, "description": action.description, "any_of": ways})
    });
    each.collect()
}

/// The whole table.
pub(crate) fn whole(catalogue: &Catalogue) -> Value {
    json!({"profile": catalogue.profile, "scopes": scopes(catalogue), "methods": methods(catalogue)})
}
