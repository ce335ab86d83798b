//! Small catalogues that no vendor has, to show that the engine knows no vendor.

use std::collections::{BTreeMap, BTreeSet};

use hallpass::{
    ANY_ROLE, ActionLevel, ActionSpec, Alternative, Catalogue, ChannelState, ChannelTypeSpec, Condition, Exemptions, Grant, Holder,
    LayerLevel, LayerSpec, Level, Limits, OneOf, OwnerOf, PermissionSpec, Reason, RoleLevel, RoleSpec, Settings, Standing,
};

use super::chance::Chance;
use super::vocabulary::words;

const CONDITIONS: [Condition; 6] =
    [Condition::Owner, Condition::SameTeam, Condition::Member, Condition::Access, Condition::OwnNamespace, Condition::Friends];
const STANDINGS: [Standing; 5] = [Standing::Banned, Standing::Blocked, Standing::Frozen, Standing::Disabled, Standing::SlowMode];
const ROLE_HOLDERS: [Holder; 4] = [Holder::UserRole, Holder::TeamRole, Holder::ChannelRole, Holder::ChannelOwner];
const REFUSALS: [Reason; 3] = [Reason::NoGrant, Reason::RoleLayerDenied, Reason::ScopeLayerDenied];

/// A small catalogue of its own.
pub(super) fn invent(everyday: bool, chance: &mut Chance) -> Catalogue {
    let layers: Vec<LayerSpec> = match everyday {
        true => vec![everyday_layer(chance)],
        false => (0..chance.between(1, 3)).map(|number| invent_layer(number, chance)).collect(),
    };
    let layer_names: Vec<String> = layers.iter().map(|layer| layer.name.clone()).collect();
    let ids: Vec<String> = (0..8).map(|number| format!("p-{number}")).collect();
    let permissions = ids.iter().enumerate().map(|(number, id)| invent_permission(number, id, &ids, &layer_names, chance)).collect();
    let features = words(&["polls", "calls"]);
    let invented = (0..6).map(|number| ActionSpec { name: format!("Act{number}"), ..invent_action(&ids, &features, chance) });
    let mut actions: Vec<ActionSpec> = invented.collect();
    if everyday {
        actions.iter_mut().for_each(|action| make_everyday(action, &ids, chance));
    }
    let exemptions = invent_exemptions(&mut actions, chance);
    let mut catalogue = Catalogue {
        profile: "invented".to_owned(),
        limits: Limits::default(),
        settings: Settings { teams: chance.one_in(2), checks_disabled: false },
        roles: vec![role("plain", RoleLevel::User, true), role("boss", RoleLevel::User, false), role("ghost", RoleLevel::User, false)],
        anonymous_role: chance.maybe(2, |_| "ghost".to_owned()),
        owner_role: None,
        everybody_group: chance.maybe(2, |_| "0".to_owned()),
        features,
        channel_types: vec![
            ChannelTypeSpec { name: "room".to_owned(), features_off: BTreeSet::new() },
            ChannelTypeSpec { name: "hall".to_owned(), features_off: BTreeSet::from(["polls".to_owned()]) },
        ],
        channel_type_template: "room".to_owned(),
        layers,
        permissions,
        actions,
        exemptions,
        default_grants: BTreeMap::new(),
    };
    catalogue.roles.extend([role("seat", RoleLevel::Channel, true), role("chair", RoleLevel::Channel, false)]);
    if chance.one_in(2) {
        catalogue.roles.push(role("founder", RoleLevel::Derived, false));
        catalogue.owner_role = Some("founder".to_owned());
    }
    catalogue.default_grants = invent_defaults(&catalogue, &ids, everyday, chance);
    catalogue
}

fn role(id: &str, level: RoleLevel, default: bool) -> RoleSpec {
    RoleSpec { id: id.to_owned(), level, default }
}

/// One layer of user and channel roles, as most permission systems have it.
fn everyday_layer(chance: &mut Chance) -> LayerSpec {
    let of_users = if chance.one_in(2) { Holder::TeamRole } else { Holder::UserRole };
    let holders = if chance.one_in(4) { vec![of_users] } else { vec![of_users, Holder::ChannelRole] };
    let level = if chance.one_in(4) { LayerLevel::App } else { LayerLevel::Action };
    LayerSpec { name: "layer-0".to_owned(), holders, level, refusal: chance.pick(&REFUSALS).copied().unwrap_or(Reason::NoGrant) }
}

/// One permission suffices, outright or for what is one's own or one's team's.
fn make_everyday(action: &mut ActionSpec, ids: &[String], chance: &mut Chance) {
    action.channel = ChannelState::Live;
    action.any_of = (0..chance.between(1, 4))
        .map(|_| Alternative {
            all: vec![chance.word(ids)],
            when: [Condition::Owner, Condition::SameTeam].into_iter().filter(|_| chance.one_in(2)).collect(),
        })
        .collect();
}

fn invent_layer(number: usize, chance: &mut Chance) -> LayerSpec {
    let (holders, level) = match chance.below(6) {
        0 => (vec![Holder::Token], LayerLevel::App),
        1 => (vec![Holder::Client], LayerLevel::App),
        2 => (vec![Holder::ChannelRole, Holder::ChannelOwner], LayerLevel::Channel),
        _ => {
            let mut holders: Vec<Holder> = (0..chance.between(1, 3)).filter_map(|_| chance.pick(&ROLE_HOLDERS).copied()).collect();
            holders.dedup();
            let levels = [LayerLevel::Action, LayerLevel::App, LayerLevel::Channel];
            (holders, chance.pick(&levels).copied().unwrap_or(LayerLevel::Action))
        }
    };
    LayerSpec { name: format!("layer-{number}"), holders, level, refusal: chance.pick(&REFUSALS).copied().unwrap_or(Reason::NoGrant) }
}

/// Permissions contain later ones only, so that no circle arises.
fn invent_permission(number: usize, id: &str, ids: &[String], layers: &[String], chance: &mut Chance) -> PermissionSpec {
    let later = ids.get(number + 1..).unwrap_or_default();
    PermissionSpec {
        id: id.to_owned(),
        layers: if chance.one_in(3) { chance.some_words(layers, 2) } else { Vec::new() },
        level: None,
        contains: if chance.one_in(3) { chance.some_words(later, 2) } else { Vec::new() },
        unlisted: false,
        description: String::new(),
    }
}

fn invent_action(ids: &[String], features: &[String], chance: &mut Chance) -> ActionSpec {
    let levels = [ActionLevel::Channel, ActionLevel::Channel, ActionLevel::App, ActionLevel::Either];
    let any_of = if chance.one_in(8) { 0 } else { chance.between(1, 3) };
    ActionSpec {
        name: String::new(),
        level: chance.pick(&levels).copied().unwrap_or(ActionLevel::Channel),
        resource: "Thing".to_owned(),
        owner: if chance.one_in(2) { OwnerOf::Channel } else { OwnerOf::Resource },
        write: chance.one_in(2),
        channel: if chance.one_in(4) { ChannelState::Any } else { ChannelState::Live },
        refused_when: STANDINGS.into_iter().filter(|_| chance.one_in(2)).collect(),
        feature: chance.maybe(4, |chance| chance.word(features)),
        any_of: (0..any_of).map(|_| invent_alternative(ids, chance)).collect(),
        description: String::new(),
    }
}

fn invent_alternative(ids: &[String], chance: &mut Chance) -> Alternative {
    let mut all = vec![chance.word(ids)];
    all.extend(chance.maybe(4, |chance| chance.word(ids)));
    all.sort();
    all.dedup();
    Alternative { all, when: CONDITIONS.into_iter().filter(|_| chance.one_in(9)).collect() }
}

/// Exemptions are granted in a channel.
fn invent_exemptions(actions: &mut [ActionSpec], chance: &mut Chance) -> Exemptions {
    let mut lift = |number: usize| {
        let action = actions.get_mut(number).filter(|_| !chance.one_in(4))?;
        action.level = ActionLevel::Channel;
        Some(action.name.clone())
    };
    Exemptions { frozen: lift(0), disabled: lift(1), slow_mode: lift(2) }
}

fn invent_defaults(
    catalogue: &Catalogue,
    ids: &[String],
    everyday: bool,
    chance: &mut Chance,
) -> BTreeMap<String, BTreeMap<Level, BTreeMap<String, Vec<Grant>>>> {
    let types = catalogue.channel_types.iter().map(|spec| Level::ChannelType(spec.name.clone()));
    let levels: Vec<Level> = std::iter::once(Level::App).chain(types).collect();
    let mut defaults: BTreeMap<String, BTreeMap<Level, BTreeMap<String, Vec<Grant>>>> = BTreeMap::new();
    for layer in &catalogue.layers {
        let of_layer: Vec<String> = catalogue
            .permissions
            .iter()
            .filter(|spec| ids.contains(&spec.id) && (spec.layers.is_empty() || spec.layers.contains(&layer.name)))
            .map(|spec| spec.id.clone())
            .collect();
        let of_roles = layer.holders.iter().all(|holder| ROLE_HOLDERS.contains(holder));
        for level in levels.iter().filter(|level| of_roles && layer.level.looks_at(level)) {
            let roles = catalogue.roles.iter().map(|spec| spec.id.clone()).chain([ANY_ROLE.to_owned()]);
            for role in roles {
                if !chance.one_in(4) {
                    let ids = chance.some_words(&of_layer, 6).into_iter();
                    let grants = ids.map(|id| if everyday { Grant::plain(id) } else { invent_grant(id, chance) }).collect();
                    defaults.entry(layer.name.clone()).or_default().entry(level.clone()).or_default().insert(role, grants);
                }
            }
        }
    }
    defaults
}

fn invent_grant(permission: String, chance: &mut Chance) -> Grant {
    let one_of = chance.maybe(3, |chance| OneOf {
        attribute: "resource.scope".to_owned(),
        values: words(&["seat", "founder"]),
        except: chance.one_in(2),
        if_present: chance.one_in(2),
    });
    Grant { permission, friends: chance.one_in(4), one_of: one_of.into_iter().collect() }
}

/// Whether grants at a level are ever looked at.
pub(super) trait LooksAt {
    fn looks_at(self, level: &Level) -> bool;
}

impl LooksAt for LayerLevel {
    fn looks_at(self, level: &Level) -> bool {
        match self {
            Self::Action => true,
            Self::App => *level == Level::App,
            Self::Channel => *level != Level::App,
        }
    }
}
