//! `grants`: what a request wants to change about them, and how they are shown.
//!
//! Named roles are replaced, others stay; `[]` takes everything from a role; `null` puts the whole level back to its defaults. An empty
//! map means nothing to the unprefixed dialect (old clients send it with every update of a channel type) and a reset to `/api/v2` (where
//! typed SDKs have no other way to say it).

use std::collections::{BTreeMap, BTreeSet};

use hallpass::{App, Change, Grant, Level, Modifier, RoleGrants};
use serde_json::{Map, Value};

use super::dialect::Dialect;
use super::error::StreamError;
use super::fields::{Fields, wrong};

/// What a request says about the grants of a level.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum GrantsPatch {
    /// Nothing.
    Keep,
    /// Back to the defaults.
    Reset,
    /// These roles hold exactly this from now on.
    Put(BTreeMap<String, Vec<Grant>>),
}

impl GrantsPatch {
    /// Reads the field `grants`.
    ///
    /// # Errors
    /// When it is not a map of lists of permission ids.
    pub(super) fn read(body: &Fields, dialect: Dialect) -> Result<Self, StreamError> {
        if !body.has("grants") {
            return Ok(Self::Keep);
        }
        let Some(roles) = body.object("grants")? else { return Ok(Self::Reset) };
        if roles.raw().is_empty() {
            return Ok(match dialect {
                Dialect::Flat => Self::Keep,
                Dialect::Prefixed => Self::Reset,
            });
        }
        let mut put = BTreeMap::new();
        for role in roles.raw().keys() {
            let mut ids = roles.texts(role)?.unwrap_or_default();
            let mut seen = BTreeSet::new();
            ids.retain(|id| seen.insert(id.clone()));
            put.insert(role.clone(), ids.into_iter().map(Grant::plain).collect());
        }
        Ok(Self::Put(put))
    }

    /// The changes that this means at a level.
    pub(super) fn changes(self, engine: &App, level: &Level) -> Vec<Change> {
        match self {
            Self::Keep => Vec::new(),
            Self::Put(roles) => roles
                .into_iter()
                .map(|(role, grants)| Change::GrantsPut(RoleGrants { layer: None, level: level.clone(), role, grants }))
                .collect(),
            Self::Reset => {
                holders(engine, level).into_iter().map(|role| Change::GrantsReset { layer: None, level: level.clone(), role }).collect()
            }
        }
    }
}

/// The roles that hold grants at a level, or would by default.
fn holders(engine: &App, level: &Level) -> BTreeSet<String> {
    let catalogue = engine.profile().catalogue();
    let template = Level::ChannelType(catalogue.channel_type_template.clone());
    let by_default = catalogue.default_grants.values().filter_map(|levels| levels.get(level).or_else(|| levels.get(&template)));
    let now = engine.grants(None, level).unwrap_or_default();
    by_default.flat_map(|roles| roles.keys().cloned()).chain(now.into_keys()).collect()
}

/// The grants of a level, by role.
pub(super) fn render(engine: &App, level: &Level) -> Value {
    let grants = engine.grants(None, level).unwrap_or_default();
    let roles = grants.into_iter().map(|(role, grants)| {
        let ids: Vec<_> = grants.into_iter().map(|grant| Value::String(grant.permission)).collect();
        (role, Value::Array(ids))
    });
    Value::Object(roles.collect())
}

/// Reads the modifiers of one channel: `{role: ["!add-links", "create-reaction"]}`.
///
/// # Errors
/// When they are not a map of lists of permission ids.
pub(super) fn read_modifiers(overrides: &Fields) -> Result<BTreeMap<String, Vec<Modifier>>, StreamError> {
    let Some(roles) = overrides.object("grants")? else { return Ok(BTreeMap::new()) };
    let mut modifiers = BTreeMap::new();
    for role in roles.raw().keys() {
        let ids = roles.texts(role)?.unwrap_or_default();
        if let Some(bare) = ids.iter().find(|id| id.trim_start_matches('!').is_empty()) {
            return Err(wrong(&roles.path(role), "permission ids, with ! before those to revoke", &Value::from(bare.as_str())));
        }
        let of_role = ids.into_iter().map(|id| match id.strip_prefix('!') {
            Some(revoked) => Modifier::Revoke(revoked.to_owned()),
            None => Modifier::Give(Grant::plain(id)),
        });
        modifiers.insert(role.clone(), of_role.collect::<Vec<_>>());
    }
    modifiers.retain(|_, of_role| !of_role.is_empty());
    Ok(modifiers)
}

/// The modifiers of a channel as they were set; `None` where there are none.
pub(super) fn render_modifiers(modifiers: &BTreeMap<String, Vec<Modifier>>) -> Option<Value> {
    if modifiers.is_empty() {
        return None;
    }
    let text = |modifier: &Modifier| match modifier {
        Modifier::Give(grant) => Value::String(grant.permission.clone()),
        Modifier::Revoke(id) => Value::String(format!("!{id}")),
    };
    let roles = modifiers.iter().map(|(role, of_role)| (role.clone(), Value::Array(of_role.iter().map(text).collect())));
    Some(Value::Object(roles.collect::<Map<_, _>>()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: Value, dialect: Dialect) -> GrantsPatch {
        GrantsPatch::read(&Fields::of("", body).unwrap(), dialect).unwrap()
    }

    #[test]
    fn absent_null_and_empty() {
        for dialect in [Dialect::Flat, Dialect::Prefixed] {
            assert_eq!(read(json!({}), dialect), GrantsPatch::Keep);
            assert_eq!(read(json!({"grants": null}), dialect), GrantsPatch::Reset);
            let put = read(json!({"grants": {"guest": [], "user": ["add-links", "add-links"]}}), dialect);
            let expected = BTreeMap::from([("guest".to_owned(), vec![]), ("user".to_owned(), vec![Grant::plain("add-links")])]);
            assert_eq!(put, GrantsPatch::Put(expected));
        }
        for empty in [json!({"grants": {}}), json!({"grants": []})] {
            assert_eq!(read(empty.clone(), Dialect::Flat), GrantsPatch::Keep);
            assert_eq!(read(empty, Dialect::Prefixed), GrantsPatch::Reset);
        }
    }

    #[test]
    fn modifiers_are_shown_as_they_were_set() {
        let sent = json!({"grants": {"user": ["!add-links", "create-reaction"], "guest": []}});
        let modifiers = read_modifiers(&Fields::of("config_overrides", sent).unwrap()).unwrap();
        assert_eq!(render_modifiers(&modifiers), Some(json!({"user": ["!add-links", "create-reaction"]})));
        assert_eq!(render_modifiers(&BTreeMap::new()), None);
        let bare = Fields::of("config_overrides", json!({"grants": {"user": ["!"]}})).unwrap();
        assert!(read_modifiers(&bare).unwrap_err().message.starts_with("config_overrides.grants.user: expected permission ids"));
    }
}
