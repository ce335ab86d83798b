//! From the policy in strings to bits.

use std::sync::Arc;

use hashbrown::HashMap;

use super::action::{Action, CompiledAlternative, Conditions, LayerAlternatives, Need};
use super::grants::GrantSet;
use super::quick::Quick;
use super::source::PolicySource;
use super::{ChannelActions, ExemptionIndexes, GONE, Layer, MAX_FEATURES, Numbers, Policy, feature_bit};
use crate::bits::{PermissionSet, WORDS};
use crate::catalogue::{ActionSpec, Catalogue, Condition, PermissionSpec, RoleLevel};
use crate::change::{CustomPermission, Level};
use crate::demand::Demands;

impl Policy {
    /// Compiles a policy. Names keep the numbers that they had in `before`.
    pub(crate) fn compile(source: PolicySource, before: Option<&Self>) -> Self {
        let mut permissions = before.map_or_else(Numbers::default, |policy| policy.permissions.clone());
        let mut roles = before.map_or_else(Numbers::default, |policy| policy.roles.clone());
        let mut types = before.map_or_else(Numbers::default, |policy| policy.types.clone());
        for id in source.catalogue.permissions.iter().map(|spec| &spec.id).chain(source.custom_permissions.keys()) {
            permissions.number(id);
        }
        for id in &source.retired_permissions {
            permissions.number(id);
        }
        for role in source.role_names().chain(source.retired_roles.iter().map(String::as_str)) {
            roles.number(role);
        }
        for name in source.channel_types.keys() {
            types.number(name);
        }

        let catalogue = Arc::clone(&source.catalogue);
        let mut live_roles = vec![false; roles.len()];
        for role in source.role_names() {
            if let Some(live) = roles.get(role).and_then(|number| live_roles.get_mut(usize::from(number))) {
                *live = true;
            }
        }
        let type_features_off = (0..types.len() as u16)
            .map(|number| {
                let put = types.name(number).and_then(|name| source.channel_types.get(name));
                put.map_or(GONE, |put| put.features_off.iter().fold(0, |bits, name| bits | feature_bit(&catalogue.features, name)))
            })
            .collect();
        let (actions, action_numbers) = match before {
            Some(policy) if policy.source.custom_permissions == source.custom_permissions => {
                (Arc::clone(&policy.actions), Arc::clone(&policy.action_numbers))
            }
            _ => {
                let needs = NeedCompiler::new(&catalogue, &permissions);
                let actions: Arc<[Action]> = catalogue.actions.iter().map(|spec| compile_action(spec, &source, &needs)).collect();
                let numbers = actions.iter().enumerate().map(|(number, action)| (action.name.clone(), number as u16)).collect();
                (actions, Arc::new(numbers))
            }
        };
        let exempt = |name: &Option<String>| name.as_deref().and_then(|name| action_numbers.get(name).copied());
        let exemptions = ExemptionIndexes {
            frozen: exempt(&catalogue.exemptions.frozen),
            disabled: exempt(&catalogue.exemptions.disabled),
            slow_mode: exempt(&catalogue.exemptions.slow_mode),
        };
        let default_role =
            |level| catalogue.roles.iter().find(|spec| spec.default && spec.level == level).and_then(|spec| roles.get(&spec.id));
        let mut policy = Self {
            rows: Vec::new(),
            quick: Vec::new(),
            grants: compile_grants(&source, &permissions, &roles, &live_roles, &types),
            layers: catalogue.layers.iter().map(Layer::from).collect(),
            default_user_role: default_role(RoleLevel::User),
            default_channel_role: default_role(RoleLevel::Channel),
            anonymous_role: catalogue.anonymous_role.as_deref().and_then(|name| roles.get(name)),
            owner_role: catalogue.owner_role.as_deref().and_then(|name| roles.get(name)),
            exemptions,
            channel_actions: match before {
                Some(policy) if Arc::ptr_eq(&policy.actions, &actions) => policy.channel_actions.clone(),
                _ => ChannelActions::of(&actions),
            },
            feature_names: match before {
                Some(policy) => Arc::clone(&policy.feature_names),
                None => catalogue.features.iter().take(MAX_FEATURES).map(|name| name.as_str().into()).collect(),
            },
            actions,
            action_numbers,
            permissions,
            roles,
            live_roles,
            types,
            type_features_off,
            empty: GrantSet::default(),
            source,
        };
        policy.rows = rows(&policy.grants, policy.roles.len());
        policy.quick = policy.actions.iter().map(|action| Quick::compile(&policy, action)).collect();
        policy
    }
}

/// For each layer and level, and each word of it, what the roles hold.
fn rows(grants: &[GrantSet], roles: usize) -> Vec<u64> {
    let levels = grants.chunks(roles.max(1));
    levels.flat_map(|level| (0..WORDS).flat_map(move |word| level.iter().map(move |grants| grants.held.word(word)))).collect()
}

fn compile_grants(source: &PolicySource, permissions: &Numbers, roles: &Numbers, live: &[bool], types: &Numbers) -> Vec<GrantSet> {
    let levels = std::iter::once(Some(Level::App))
        .chain((0..types.len() as u16).map(|number| types.name(number).map(|name| Level::ChannelType(name.to_owned()))));
    let levels: Vec<_> = levels
        .map(|level| level.filter(|level| matches!(level, Level::App) || source.channel_types.contains_key(&level.to_string())))
        .collect();
    let mut grants = Vec::with_capacity(source.catalogue.layers.len() * levels.len() * roles.len());
    for layer in &source.catalogue.layers {
        for level in &levels {
            for (is_live, role) in live.iter().zip(0..) {
                let held = match (level, roles.name(role)) {
                    (Some(level), Some(name)) if *is_live => source.grants_of(&layer.name, level, name),
                    _ => &[],
                };
                grants.push(GrantSet::compile(held, |id| permissions.get(id)));
            }
        }
    }
    grants
}

fn compile_action(spec: &ActionSpec, source: &PolicySource, needs: &NeedCompiler<'_>) -> Action {
    let own: Vec<&CustomPermission> = source.custom_permissions.values().filter(|custom| custom.action == spec.name).collect();
    let layers = source.catalogue.layers.iter().enumerate().filter_map(|(layer, layer_spec)| {
        let here: PermissionSet = needs.in_layer(source, &layer_spec.name);
        let built_in = spec.any_of.iter().enumerate().filter(|(_, alternative)| alternative.all.iter().all(|id| needs.is_in(id, &here)));
        let built_in = built_in.map(|(number, alternative)| CompiledAlternative {
            number,
            needs: alternative.all.iter().filter_map(|id| needs.compile(id, &here)).collect(),
            when: alternative.when.iter().copied().collect(),
            demands: None,
        });
        let mut alternatives: Vec<_> = built_in.collect();
        if !alternatives.is_empty() {
            alternatives.extend(own.iter().enumerate().map(|(at, permission)| {
                let owner = permission.owner.then_some(Condition::Owner);
                let team = permission.same_team.then_some(Condition::SameTeam);
                CompiledAlternative {
                    number: spec.any_of.len() + at,
                    needs: needs.compile(&permission.id, &here).into_iter().collect(),
                    when: owner.into_iter().chain(team).collect::<Conditions>(),
                    demands: Some(Demands::new(false, &permission.one_of)).filter(|demands| !demands.is_none()),
                }
            }));
        }
        (!alternatives.is_empty()).then_some(LayerAlternatives { layer, alternatives: alternatives.into() })
    });
    let feature = spec.feature.as_deref().map_or(0, |name| feature_bit(&source.catalogue.features, name));
    Action::new(spec, feature, layers)
}

/// Whether a built-in permission exists in a layer.
pub(crate) fn exists_in(spec: &PermissionSpec, layer: &str) -> bool {
    spec.layers.is_empty() || spec.layers.iter().any(|name| name == layer)
}

/// Knows which permissions contain which.
struct NeedCompiler<'a> {
    permissions: &'a Numbers,
    /// For each contained permission, those that contain it.
    containers: HashMap<u16, PermissionSet>,
}

impl<'a> NeedCompiler<'a> {
    fn new(catalogue: &Catalogue, permissions: &'a Numbers) -> Self {
        let contains: HashMap<u16, Vec<u16>> = catalogue
            .permissions
            .iter()
            .filter_map(|spec| Some((permissions.get(&spec.id)?, spec.contains.iter().filter_map(|id| permissions.get(id)).collect())))
            .collect();
        let mut containers: HashMap<u16, PermissionSet> = HashMap::new();
        for &container in contains.keys() {
            let mut reached = PermissionSet::EMPTY;
            let mut open = vec![container];
            while let Some(next) = open.pop() {
                if !reached.contains(next) {
                    reached.insert(next);
                    open.extend(contains.get(&next).into_iter().flatten());
                }
            }
            for contained in reached.iter() {
                containers.entry(contained).or_default().insert(container);
            }
        }
        Self { permissions, containers }
    }

    /// The permissions that exist in a layer. Custom ones exist in all.
    fn in_layer(&self, source: &PolicySource, layer: &str) -> PermissionSet {
        let built_in = source.catalogue.permissions.iter().filter(|spec| exists_in(spec, layer)).map(|spec| &spec.id);
        built_in.chain(source.custom_permissions.keys()).filter_map(|id| self.permissions.get(id)).collect()
    }

    fn is_in(&self, id: &str, here: &PermissionSet) -> bool {
        self.permissions.get(id).is_some_and(|permission| here.contains(permission))
    }

    fn compile(&self, id: &str, here: &PermissionSet) -> Option<Need> {
        let permission = self.permissions.get(id)?;
        let containers = self.containers.get(&permission).copied().unwrap_or_default();
        let suffice: PermissionSet = containers.iter().filter(|container| here.contains(*container)).chain([permission]).collect();
        let word = permission / 64;
        let more = (0..8u8).filter(|other| u16::from(*other) != word).map(|other| (other, suffice.word(usize::from(other))));
        Some(Need {
            permission,
            word: word as u8,
            mask: suffice.word(usize::from(word)),
            more: more.filter(|(_, mask)| *mask != 0).collect(),
        })
    }
}
