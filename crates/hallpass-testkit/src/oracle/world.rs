//! The world, as plain maps of the last thing that was said of each thing.

use std::collections::{BTreeMap, BTreeSet};

use hallpass::{
    Catalogue, Change, Channel, ChannelId, ChannelType, Client, CustomPermission, Grant, Level, Member, Relation, RelationKind, RoleLevel,
    Settings, Timestamp, Token, User,
};

/// Which relation: its kind, whose, towards whom, where.
type RelationKey = (RelationKind, String, Option<String>, Option<ChannelId>);

/// Policy and facts of one app.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) settings: Settings,
    pub(super) custom_roles: BTreeSet<String>,
    pub(super) custom_permissions: BTreeMap<String, CustomPermission>,
    pub(super) channel_types: BTreeMap<String, ChannelType>,
    /// Layer, level, role → grants, where they were put.
    pub(super) grants: BTreeMap<(String, Level, String), Vec<Grant>>,
    pub(super) users: BTreeMap<String, User>,
    pub(super) channels: BTreeMap<ChannelId, Channel>,
    pub(super) members: BTreeMap<(ChannelId, String), Member>,
    relations: BTreeMap<RelationKey, Relation>,
    pub(super) clients: BTreeMap<String, Client>,
    pub(super) tokens: BTreeMap<String, Token>,
}

impl World {
    /// What a new app is.
    pub(super) fn new(catalogue: &Catalogue) -> Self {
        Self {
            settings: catalogue.settings,
            custom_roles: BTreeSet::new(),
            custom_permissions: BTreeMap::new(),
            channel_types: catalogue
                .channel_types
                .iter()
                .map(|spec| (spec.name.clone(), ChannelType { name: spec.name.clone(), features_off: spec.features_off.clone() }))
                .collect(),
            grants: BTreeMap::new(),
            users: BTreeMap::new(),
            channels: BTreeMap::new(),
            members: BTreeMap::new(),
            relations: BTreeMap::new(),
            clients: BTreeMap::new(),
            tokens: BTreeMap::new(),
        }
    }

    /// Takes in one change. Changes are believed: whoever makes them validates them.
    pub(super) fn apply(&mut self, catalogue: &Catalogue, change: Change) {
        let layer_or_first =
            |layer: Option<String>| layer.or_else(|| catalogue.layers.first().map(|layer| layer.name.clone())).unwrap_or_default();
        match change {
            Change::SettingsPut(settings) => self.settings = settings,
            Change::RolePut { role } => {
                self.custom_roles.insert(role);
            }
            Change::RoleRemoved { role } => {
                self.custom_roles.remove(&role);
                self.grants.retain(|(_, _, holder), _| *holder != role);
            }
            Change::PermissionPut(permission) => {
                self.custom_permissions.insert(permission.id.clone(), permission);
            }
            Change::PermissionRemoved { id } => {
                self.custom_permissions.remove(&id);
                for grants in self.grants.values_mut() {
                    grants.retain(|grant| grant.permission != id);
                }
            }
            Change::ChannelTypePut(channel_type) => {
                self.channel_types.insert(channel_type.name.clone(), channel_type);
            }
            Change::ChannelTypeRemoved { name } => {
                self.channel_types.remove(&name);
                self.grants.retain(|(_, level, _), _| *level != Level::ChannelType(name.clone()));
            }
            Change::GrantsPut(put) => {
                self.grants.insert((layer_or_first(put.layer), put.level, put.role), put.grants);
            }
            Change::GrantsReset { layer, level, role } => {
                self.grants.remove(&(layer_or_first(layer), level, role));
            }
            Change::UserPut(user) => {
                self.users.insert(user.id.clone(), user);
            }
            Change::UserRemoved { id } => {
                self.users.remove(&id);
                self.members.retain(|(_, user), _| *user != id);
                self.relations.retain(|(_, user, other, _), _| *user != id && other.as_ref() != Some(&id));
                self.tokens.retain(|_, token| token.user != id);
                for channel in self.channels.values_mut().filter(|channel| channel.owner.as_ref() == Some(&id)) {
                    channel.owner = None;
                }
            }
            Change::ChannelPut(channel) => {
                self.channels.insert(channel.id.clone(), channel);
            }
            Change::ChannelRemoved { id } => {
                self.channels.remove(&id);
                self.members.retain(|(channel, _), _| *channel != id);
                self.relations.retain(|(_, _, _, channel), _| channel.as_ref() != Some(&id));
            }
            Change::MemberPut(member) => {
                self.members.insert((member.channel.clone(), member.user.clone()), member);
            }
            Change::MemberRemoved { channel, user } => {
                self.members.remove(&(channel, user));
            }
            Change::RelationPut(relation) => {
                self.relations.insert(key(&relation), relation);
            }
            Change::RelationRemoved(relation) => {
                self.relations.remove(&key(&relation));
            }
            Change::ClientPut(client) => {
                self.clients.insert(client.id.clone(), client);
            }
            Change::ClientRemoved { id } => {
                self.clients.remove(&id);
            }
            Change::TokenPut(token) => {
                self.tokens.insert(token.id.clone(), token);
            }
            Change::TokenRemoved { id } => {
                self.tokens.remove(&id);
            }
        }
    }

    /// Whether the app has a role of this name.
    pub(super) fn has_role(&self, catalogue: &Catalogue, role: &str) -> bool {
        self.custom_roles.contains(role) || catalogue.roles.iter().any(|spec| spec.id == role)
    }

    /// The user roles of a user: its own, or the default one.
    pub(super) fn user_roles(&self, catalogue: &Catalogue, user: &User) -> Vec<String> {
        if user.roles.is_empty() { default_roles(catalogue, RoleLevel::User) } else { user.roles.clone() }
    }

    /// The channel roles of a user in a channel; `None` where it is not a member, or only invited.
    pub(super) fn channel_roles(&self, catalogue: &Catalogue, channel: &ChannelId, user: &str) -> Option<Vec<String>> {
        let member = self.members.get(&(channel.clone(), user.to_owned())).filter(|member| !member.invited)?;
        Some(if member.roles.is_empty() { default_roles(catalogue, RoleLevel::Channel) } else { member.roles.clone() })
    }

    /// Whether this relation holds at this time.
    pub(super) fn related(&self, kind: RelationKind, user: &str, other: Option<&str>, channel: Option<&ChannelId>, now: Timestamp) -> bool {
        self.relations
            .get(&(kind, user.to_owned(), other.map(str::to_owned), channel.cloned()))
            .is_some_and(|relation| relation.expires_at.is_none_or(|end| now < end))
    }
}

fn key(relation: &Relation) -> RelationKey {
    (relation.kind, relation.user.clone(), relation.other.clone(), relation.channel.clone())
}

fn default_roles(catalogue: &Catalogue, level: RoleLevel) -> Vec<String> {
    catalogue.roles.iter().filter(|spec| spec.default && spec.level == level).map(|spec| spec.id.clone()).collect()
}
