//! Who holds grants in a layer, and which.

use std::collections::BTreeMap;

use hallpass::{ANY_ROLE, Grant, Holder, LayerLevel, LayerSpec, Level, Modifier, OneOf};

use super::layer::Held;
use super::scene::{Place, Scene};

/// What a grant demands of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Demands {
    pub(super) friends: bool,
    pub(super) one_of: Vec<OneOf>,
}

/// Whether a permission exists in a layer.
pub(super) fn exists_in(scene: &Scene<'_>, id: &str, layer: &LayerSpec) -> bool {
    let built_in = scene.catalogue.permissions.iter().find(|spec| spec.id == id);
    match built_in {
        Some(spec) => spec.layers.is_empty() || spec.layers.contains(&layer.name),
        None => scene.world.custom_permissions.contains_key(id),
    }
}

/// Whether only members and owners of the channel can hold anything in this layer.
pub(super) fn only_for_members(layer: &LayerSpec) -> bool {
    layer.holders.iter().all(|holder| matches!(holder, Holder::ChannelRole | Holder::ChannelOwner))
}

/// The roles that the subject holds in this layer by belonging to the channel.
pub(super) fn channel_holders(scene: &Scene<'_>, layer: &LayerSpec) -> Vec<String> {
    layer.holders.iter().flat_map(|holder| roles(scene, *holder)).collect()
}

/// Everything that the subject holds in this layer, contained permissions included.
pub(super) fn of(scene: &Scene<'_>, layer: &LayerSpec) -> Held {
    let mut held = BTreeMap::new();
    for holder in &layer.holders {
        let grants: Vec<Grant> = match holder {
            Holder::Token => scopes_of_token(scene).into_iter().map(Grant::plain).collect(),
            Holder::Client => scopes_of_client(scene).into_iter().map(Grant::plain).collect(),
            Holder::UserRole | Holder::TeamRole | Holder::ChannelRole | Holder::ChannelOwner => {
                roles(scene, *holder).iter().flat_map(|role| grants_of_role(scene, layer, role)).collect()
            }
        };
        for grant in grants.iter().filter(|grant| exists_in(scene, &grant.permission, layer)) {
            hold(scene, &mut held, &grant.permission, &Demands { friends: grant.friends, one_of: grant.one_of.clone() });
        }
    }
    held
}

/// Adds a permission and, with the same demands, all that it contains.
fn hold(scene: &Scene<'_>, held: &mut Held, id: &str, demands: &Demands) {
    let grants = held.entry(id.to_owned()).or_default();
    if grants.contains(demands) {
        return;
    }
    grants.push(demands.clone());
    for contained in scene.catalogue.permissions.iter().filter(|spec| spec.id == id).flat_map(|spec| &spec.contains) {
        hold(scene, held, contained, demands);
    }
}

fn roles(scene: &Scene<'_>, holder: Holder) -> Vec<String> {
    let place = scene.place();
    match holder {
        Holder::UserRole => scene.user_roles(),
        Holder::TeamRole => scene.team_roles(),
        Holder::ChannelRole => place.and_then(|_| scene.channel_roles()).unwrap_or_default(),
        Holder::ChannelOwner => {
            let owns = place.is_some_and(|place| scene.is_subject(scene.owner_of(place)));
            scene.catalogue.owner_role.iter().filter(|_| owns).cloned().collect()
        }
        Holder::Token | Holder::Client => Vec::new(),
    }
}

fn scopes_of_token(scene: &Scene<'_>) -> Vec<String> {
    match scene.question.subject.given.scopes {
        Some(given) => given.iter().map(|&scope| scope.to_owned()).collect(),
        None => scene.token().map(|token| token.scopes.iter().cloned().collect()).unwrap_or_default(),
    }
}

fn scopes_of_client(scene: &Scene<'_>) -> Vec<String> {
    match scene.question.subject.given.client_scopes {
        Some(given) => given.iter().map(|&scope| scope.to_owned()).collect(),
        None => {
            let client = scene.client().and_then(|id| scene.world.clients.get(id));
            client.map(|client| client.scopes.iter().cloned().collect()).unwrap_or_default()
        }
    }
}

fn grants_of_role(scene: &Scene<'_>, layer: &LayerSpec, role: &str) -> Vec<Grant> {
    match (layer.level, scene.place()) {
        (LayerLevel::App, _) | (LayerLevel::Action, None) => grants_at(scene, layer, &Level::App, role),
        (LayerLevel::Action | LayerLevel::Channel, Some(place)) => grants_in_channel(scene, layer, place, role),
        (LayerLevel::Channel, None) => Vec::new(),
    }
}

/// Grants of a role at a level: as put, or as the catalogue has them for a new app. A role that the app does not have holds nothing.
fn grants_at(scene: &Scene<'_>, layer: &LayerSpec, level: &Level, role: &str) -> Vec<Grant> {
    if !scene.world.has_role(scene.catalogue, role) {
        return Vec::new();
    }
    let put = scene.world.grants.get(&(layer.name.clone(), level.clone(), role.to_owned()));
    put.cloned().unwrap_or_else(|| default_grants(scene, layer, level, role))
}

fn default_grants(scene: &Scene<'_>, layer: &LayerSpec, level: &Level, role: &str) -> Vec<Grant> {
    let level = match level {
        Level::ChannelType(name) if !scene.catalogue.channel_types.iter().any(|spec| spec.name == *name) => {
            Level::ChannelType(scene.catalogue.channel_type_template.clone())
        }
        level => level.clone(),
    };
    let by_role = scene.catalogue.default_grants.get(&layer.name).and_then(|levels| levels.get(&level));
    by_role.and_then(|by_role| by_role.get(role).or_else(|| by_role.get(ANY_ROLE))).cloned().unwrap_or_default()
}

/// Grants of a role in a channel: those of its type, with the channel's modifiers one after the other.
fn grants_in_channel(scene: &Scene<'_>, layer: &LayerSpec, place: &Place<'_>, role: &str) -> Vec<Grant> {
    let mut grants = grants_at(scene, layer, &Level::ChannelType(place.id.channel_type().to_owned()), role);
    let modifiers = place.channel.and_then(|channel| channel.modifiers.get(role));
    if !scene.world.has_role(scene.catalogue, role) {
        return grants;
    }
    for modifier in modifiers.into_iter().flatten() {
        match modifier {
            Modifier::Give(grant) => {
                grants.retain(|held| held.permission != grant.permission);
                grants.push(grant.clone());
            }
            Modifier::Revoke(id) => grants.retain(|held| held.permission != *id),
        }
    }
    grants
}
