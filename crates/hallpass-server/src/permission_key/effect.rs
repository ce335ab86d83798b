//! What the engine and the store are told when values are set.

use std::collections::{BTreeMap, BTreeSet};

use hallpass::{App, Change, Channel, Grant, Level, Modifier, RoleGrants};
use hallpass_store::{DocumentWrite, StoreError};

use super::catalogue::{DataType, Layer, catalogue};
use super::grants::of_gate;
use super::setting::{Setting, Settings};
use super::stored::{self, ROLE_PERMISSIONS, SCOPE_DEFAULTS, SCOPE_PERMISSIONS, Stored, group_prefix};
use crate::tenant::Tenant;

/// The scopes; the vendor has no custom ones.
pub(crate) const SCOPES: [&str; 3] = ["admin", "moderator", "participant"];
/// The channel type that groups are.
const GROUP: &str = "group";

/// What is to be committed.
#[derive(Debug, Default)]
pub(crate) struct Effect {
    /// Grants and modifiers.
    pub(crate) changes: Vec<Change>,
    /// The values.
    pub(crate) documents: Vec<DocumentWrite>,
}

impl Effect {
    fn keep(&mut self, kind: &str, id: &str, stored: &Stored) {
        self.documents.push(if stored.is_empty() {
            DocumentWrite::delete(kind, id)
        } else {
            DocumentWrite::put(kind, id, serde_json::to_value(stored).unwrap_or_default())
        });
    }
}

/// Sets a role's values to `new`; they were `old`.
pub(crate) fn set_of_role(engine: &App, role: &str, old: &Stored, new: &Stored) -> Effect {
    let mut effect = Effect::default();
    let (before, after) = (with_friends_only(old), with_friends_only(new));
    effect.changes.push(grants(engine, Layer::Role, role, &before, &after));
    effect.keep(ROLE_PERMISSIONS, role, new);
    effect
}

/// The values of a role, where its old-fashioned `settings` also count: the stricter of both wins.
fn with_friends_only(stored: &Stored) -> Settings {
    let mut settings = stored.settings.clone();
    settings.extend(stored.friends_only.iter().map(|key| (key.clone(), Setting::Word("friends".to_owned()))));
    settings
}

/// Sets a scope's values for the whole app, and what they mean for the groups that have values of their own.
///
/// # Errors
/// When the store fails.
pub(crate) async fn set_of_scope(tenant: &Tenant, scope: &str, old: &Stored, new: &Stored) -> Result<Effect, StoreError> {
    let mut effect = Effect::default();
    effect.changes.push(grants(tenant.engine(), Layer::Scope, scope, &old.settings, &new.settings));
    effect.keep(SCOPE_DEFAULTS, scope, new);
    for (id, of_group) in stored::all(tenant, SCOPE_PERMISSIONS).await? {
        let group = id.split_once('\u{1f}').filter(|(_, of)| *of == scope);
        let Some(channel) = group.and_then(|(guid, _)| tenant.engine().channel(&format!("{GROUP}:{guid}"))) else { continue };
        let changed = modified(channel, scope, &new.settings, &of_group.settings, &of_group.settings);
        effect.changes.push(Change::ChannelPut(changed));
    }
    Ok(effect)
}

/// Sets a scope's values for one group. `of_app` is what is set for the whole app.
pub(crate) fn set_of_group(channel: Channel, scope: &str, of_app: &Stored, old: &Stored, new: &Stored) -> Effect {
    let mut effect = Effect::default();
    let id = format!("{}{scope}", group_prefix(channel.id.id()));
    effect.changes.push(Change::ChannelPut(modified(channel, scope, &of_app.settings, &old.settings, &new.settings)));
    effect.keep(SCOPE_PERMISSIONS, &id, new);
    effect
}

/// Takes the values of a group's scopes away, when the group is deleted.
pub(crate) fn forget_group(guid: &str) -> Vec<DocumentWrite> {
    SCOPES.iter().map(|scope| DocumentWrite::delete(SCOPE_PERMISSIONS, format!("{}{scope}", group_prefix(guid)))).collect()
}

/// Takes a role that is deleted out of everything that is set: its own values, and lists of roles that name it.
///
/// A list that names nobody else keeps it. Without it the list would be empty, and an empty list restricts nothing: deleting a role would
/// open what only its holders could reach.
///
/// # Errors
/// When the store fails.
pub(crate) async fn forget_role(tenant: &Tenant, role: &str) -> Result<Effect, StoreError> {
    let mut effect = Effect::default();
    effect.changes.push(Change::GrantsReset { layer: Some(Layer::Role.name().to_owned()), level: Level::App, role: role.to_owned() });
    effect.documents.push(DocumentWrite::delete(ROLE_PERMISSIONS, role));
    let lists: Vec<&str> =
        catalogue(Layer::Role).filter(|(_, in_layer)| in_layer.data_type == DataType::Roles).map(|(spec, _)| spec.key.as_str()).collect();
    for (holder, old) in stored::all(tenant, ROLE_PERMISSIONS).await? {
        let mut new = old.clone();
        for (key, setting) in &mut new.settings {
            if let Setting::List(roles) = setting
                && lists.contains(&key.as_str())
                && roles.len() > 1
            {
                roles.retain(|known| known != role);
            }
        }
        if holder != role && new != old {
            let of_holder = set_of_role(tenant.engine(), &holder, &old, &new);
            effect.changes.extend(of_holder.changes);
            effect.documents.extend(of_holder.documents);
        }
    }
    Ok(effect)
}

fn gates(settings: &Settings) -> BTreeSet<&str> {
    settings.keys().filter_map(|key| key.split('.').next()).collect()
}

/// The grants of a role at `.app`, or of a scope at `group`: those of the gates that are or were set, written anew; the others as they are.
fn grants(engine: &App, layer: Layer, holder: &str, old: &Settings, new: &Settings) -> Change {
    let (level, scope) = match layer {
        Layer::Role => (Level::App, None),
        Layer::Scope => (Level::ChannelType(GROUP.to_owned()), Some(holder)),
    };
    let touched: BTreeSet<&str> = gates(old).union(&gates(new)).copied().collect();
    let held = engine.grants(Some(layer.name()), &level).and_then(|mut all| all.remove(holder));
    // A role that is about to be made holds what every role holds.
    let held = held.unwrap_or_else(|| defaults(engine, layer, &level, holder));
    let mut grants: Vec<Grant> = held.into_iter().filter(|grant| !touched.contains(grant.permission.as_str())).collect();
    grants.extend(touched.iter().flat_map(|gate| of_gate(layer, scope, gate, new)));
    grants.sort();
    let (name, role) = (Some(layer.name().to_owned()), holder.to_owned());
    if grants == defaults(engine, layer, &level, holder) {
        return Change::GrantsReset { layer: name, level, role };
    }
    Change::GrantsPut(RoleGrants { layer: name, level, role, grants })
}

fn defaults(engine: &App, layer: Layer, level: &Level, holder: &str) -> Vec<Grant> {
    let by_role: Option<&BTreeMap<String, Vec<Grant>>> =
        engine.profile().catalogue().default_grants.get(layer.name()).and_then(|levels| levels.get(level));
    let mut grants = by_role.and_then(|roles| roles.get(holder).or_else(|| roles.get("*"))).cloned().unwrap_or_default();
    grants.sort();
    grants
}

/// A group with the modifiers of one scope: those of the gates that are or were set, written anew; the others as they are.
fn modified(mut channel: Channel, scope: &str, of_app: &Settings, old: &Settings, new: &Settings) -> Channel {
    let set = gates(new);
    let touched: BTreeSet<&str> = gates(old).union(&set).copied().collect();
    let mut modifiers = channel.modifiers.remove(scope).unwrap_or_default();
    modifiers.retain(|modifier| !touched.contains(modifier.permission().as_str()));
    for gate in set {
        let mut settings = of_app.clone();
        settings.extend(new.clone());
        let grants = of_gate(Layer::Scope, Some(scope), gate, &settings);
        if grants.is_empty() {
            modifiers.push(Modifier::Revoke(gate.to_owned()));
        }
        modifiers.extend(grants.into_iter().map(Modifier::Give));
    }
    if !modifiers.is_empty() {
        channel.modifiers.insert(scope.to_owned(), modifiers);
    }
    channel
}
