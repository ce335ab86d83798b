//! Policies: settings, custom roles and permissions, channel types, grants.

use hallpass::{
    Change, ChannelType, CustomPermission, Grant, Holder, LayerSpec, Level, Modifier, OneOf, RoleGrants, RoleLevel, RoleSpec, Settings,
};

use super::catalogue::LooksAt;
use super::chance::Chance;
use super::vocabulary::Vocabulary;

/// A channel type of the app's own.
const LOUNGE: &str = "lounge";

/// A policy for a new app.
pub(super) fn found(words: &Vocabulary, chance: &mut Chance) -> Vec<Change> {
    let mut changes = Vec::new();
    for role in &words.custom_roles {
        if !chance.one_in(8) {
            changes.push(Change::RolePut { role: role.clone() });
        }
    }
    if words.channel_types.iter().any(|name| name == LOUNGE) && !chance.one_in(8) {
        changes.push(lounge());
    }
    for _ in 0..chance.below(3) {
        if !words.everyday || words.odd(1, chance) {
            changes.push(custom_permission(words, chance));
        }
    }
    for _ in 0..chance.between(4, 14) {
        changes.push(change(words, chance));
    }
    changes
}

fn lounge() -> Change {
    Change::ChannelTypePut(ChannelType { name: LOUNGE.to_owned(), features_off: std::collections::BTreeSet::new() })
}

/// One change of policy; it may ask for what the app does not have.
pub(super) fn change(words: &Vocabulary, chance: &mut Chance) -> Change {
    match chance.below(16) {
        0 => Change::SettingsPut(Settings { teams: !chance.one_in(3), checks_disabled: words.odd(12, chance) }),
        1 => Change::RolePut { role: chance.word(&words.custom_roles) },
        2 => custom_permission(words, chance),
        3 => {
            let features_off = chance.some_words(&words.catalogue.features, 2).into_iter().collect();
            Change::ChannelTypePut(ChannelType { name: chance.word(&words.channel_types), features_off })
        }
        4 => grants_reset(words, chance),
        _ => grants_put(words, chance),
    }
}

/// One thing that the policy loses.
pub(super) fn removal(words: &Vocabulary, chance: &mut Chance) -> Change {
    match chance.below(4) {
        0 => Change::RoleRemoved { role: chance.word(&words.custom_roles) },
        1 => Change::PermissionRemoved { id: chance.word(&words.custom_permissions) },
        2 => Change::ChannelTypeRemoved { name: LOUNGE.to_owned() },
        _ => grants_reset(words, chance),
    }
}

fn custom_permission(words: &Vocabulary, chance: &mut Chance) -> Change {
    Change::PermissionPut(CustomPermission {
        id: chance.word(&words.custom_permissions),
        action: chance.word(&words.actions),
        owner: chance.one_in(2),
        same_team: chance.one_in(2),
        one_of: chance.maybe(2, |chance| one_of(words, chance)).into_iter().collect(),
    })
}

fn grants_put(words: &Vocabulary, chance: &mut Chance) -> Change {
    let (layer, level, role) = somewhere(words, chance);
    let name = layer.map_or_else(|| words.catalogue.layers.first().map(|layer| layer.name.clone()).unwrap_or_default(), |layer| layer.name);
    let grants = grants(words, chance, level == Level::App, &name);
    Change::GrantsPut(RoleGrants { layer: Some(name), level, role, grants })
}

fn grants_reset(words: &Vocabulary, chance: &mut Chance) -> Change {
    let (layer, level, role) = somewhere(words, chance);
    Change::GrantsReset { layer: layer.map(|layer| layer.name), level, role }
}

/// A layer that roles hold grants in, a level that it looks at, and a role.
fn somewhere(words: &Vocabulary, chance: &mut Chance) -> (Option<LayerSpec>, Level, String) {
    let of_roles = |layer: &&LayerSpec| layer.holders.iter().all(|holder| !matches!(holder, Holder::Token | Holder::Client));
    let layers: Vec<LayerSpec> = words.catalogue.layers.iter().filter(of_roles).cloned().collect();
    let layer = chance.pick(&layers).cloned();
    let types = words.channel_types.iter().map(|name| Level::ChannelType(name.clone()));
    let levels: Vec<Level> =
        std::iter::once(Level::App).chain(types).filter(|level| layer.as_ref().is_none_or(|layer| layer.level.looks_at(level))).collect();
    let level = chance.pick(&levels).cloned().unwrap_or(Level::App);
    let of_users = level == Level::App && !chance.one_in(10);
    let fits = |role: &&RoleSpec| !of_users || role.level == RoleLevel::User;
    let built_in = words.catalogue.roles.iter().filter(fits).map(|spec| spec.id.clone());
    let roles: Vec<String> = built_in.chain(words.custom_roles.iter().cloned()).collect();
    (layer, level, chance.word(&roles))
}

fn grants(words: &Vocabulary, chance: &mut Chance, at_app: bool, layer: &str) -> Vec<Grant> {
    let fitting: Vec<String> = words.permissions.iter().filter(|id| words.fits(id, at_app, layer)).cloned().collect();
    let mut ids = chance.some_words(&fitting, 6);
    ids.extend(chance.maybe(8, |chance| chance.word(&words.custom_permissions)));
    ids.into_iter().map(|id| demanding(words, chance, id)).collect()
}

/// A grant, now and then with demands of its own.
fn demanding(words: &Vocabulary, chance: &mut Chance, permission: String) -> Grant {
    if !words.odd(4, chance) {
        return Grant::plain(permission);
    }
    let one_of = (0..chance.below(3)).map(|_| one_of(words, chance)).collect();
    Grant { permission, friends: chance.one_in(2), one_of }
}

fn one_of(words: &Vocabulary, chance: &mut Chance) -> OneOf {
    let attribute = chance.word(&words.attributes());
    let pool: Vec<String> = match attribute.as_str() {
        "subject.scope" | "resource.scope" => words.channel_roles.clone(),
        "resource.role" => words.user_roles.clone(),
        _ => words.values.clone(),
    };
    let mut values = chance.some_words(&pool, 2);
    if values.is_empty() {
        values.push(chance.word(&pool));
    }
    OneOf { attribute, values, except: chance.one_in(3), if_present: chance.one_in(4) }
}

/// A modifier of a channel.
pub(super) fn modifier(words: &Vocabulary, chance: &mut Chance) -> Option<Modifier> {
    let fitting: Vec<String> = words.permissions.iter().filter(|id| words.fits_anywhere(id)).cloned().collect();
    let id = if chance.one_in(16) { chance.word(&words.custom_permissions) } else { chance.pick(&fitting)?.clone() };
    Some(if chance.one_in(2) { Modifier::Revoke(id) } else { Modifier::Give(demanding(words, chance, id)) })
}

impl Vocabulary {
    /// Whether a permission may be granted at a channel type in some layer.
    fn fits_anywhere(&self, permission: &str) -> bool {
        self.catalogue.layers.iter().any(|layer| self.fits(permission, false, &layer.name))
    }
}
