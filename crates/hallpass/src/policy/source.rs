//! The policy as it was put, in strings: what changes change, and what the compiled policy is made from.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::catalogue::{ANY_ROLE, Catalogue};
use crate::change::{Change, ChannelType, CustomPermission, Grant, Level, Modifier, Settings};

/// The policy of one app, in strings.
#[derive(Debug, Clone)]
pub(crate) struct PolicySource {
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) settings: Settings,
    /// Names of custom roles.
    pub(crate) custom_roles: Vec<String>,
    pub(crate) custom_permissions: BTreeMap<String, CustomPermission>,
    /// All channel types, built-in ones included.
    pub(crate) channel_types: BTreeMap<String, ChannelType>,
    /// What was put, by layer, level and role; the rest has its defaults.
    pub(crate) grants: BTreeMap<(String, Level, String), Vec<Grant>>,
    /// Names of roles that facts refer to and that do not exist now; they count again when a role of the name is made.
    pub(crate) retired_roles: BTreeSet<String>,
    /// The same of permissions, which modifiers and scopes refer to.
    pub(crate) retired_permissions: BTreeSet<String>,
}

impl PolicySource {
    pub(crate) fn new(catalogue: Arc<Catalogue>) -> Self {
        let channel_types = catalogue
            .channel_types
            .iter()
            .map(|spec| (spec.name.clone(), ChannelType { name: spec.name.clone(), features_off: spec.features_off.clone() }))
            .collect();
        Self {
            settings: catalogue.settings,
            catalogue,
            custom_roles: Vec::new(),
            custom_permissions: BTreeMap::new(),
            channel_types,
            grants: BTreeMap::new(),
            retired_roles: BTreeSet::new(),
            retired_permissions: BTreeSet::new(),
        }
    }

    /// Takes note of the roles and permissions that a fact refers to and that do not exist: a world that is read back from a log must
    /// come to mean the same by them as the one that lived through it. Says whether there was a new one.
    pub(crate) fn retire_unknown(&mut self, change: &Change) -> bool {
        let mut roles: Vec<&String> = Vec::new();
        let mut permissions: Vec<&String> = Vec::new();
        match change {
            Change::UserPut(user) => roles.extend(user.roles.iter().chain(user.teams_role.values())),
            Change::MemberPut(member) => roles.extend(&member.roles),
            Change::ChannelPut(channel) => {
                roles.extend(channel.modifiers.keys());
                permissions.extend(channel.modifiers.values().flatten().map(Modifier::permission));
            }
            Change::ClientPut(client) => permissions.extend(&client.scopes),
            Change::TokenPut(token) => permissions.extend(&token.scopes),
            _ => {}
        }
        let mut is_new = false;
        for role in roles {
            is_new |= !self.role_names().any(|name| name == role) && self.retired_roles.insert(role.clone());
        }
        for id in permissions {
            is_new |= !self.has_permission(id) && self.retired_permissions.insert(id.clone());
        }
        is_new
    }

    fn has_permission(&self, id: &str) -> bool {
        self.custom_permissions.contains_key(id) || self.catalogue.permissions.iter().any(|spec| spec.id == id)
    }

    /// The name of a layer, given the optional one of a change.
    pub(crate) fn layer_name<'a>(&'a self, layer: Option<&'a str>) -> &'a str {
        layer.unwrap_or_else(|| self.catalogue.layers.first().map_or("", |first| first.name.as_str()))
    }

    /// Takes a policy change in. Says whether it was one.
    pub(crate) fn apply(&mut self, change: &Change) -> bool {
        match change {
            Change::SettingsPut(settings) => self.settings = *settings,
            Change::RolePut { role } => {
                if !self.custom_roles.contains(role) {
                    self.custom_roles.push(role.clone());
                }
            }
            Change::RoleRemoved { role } => {
                self.custom_roles.retain(|name| name != role);
                self.grants.retain(|(_, _, holder), _| holder != role);
            }
            Change::PermissionPut(permission) => {
                self.custom_permissions.insert(permission.id.clone(), permission.clone());
            }
            Change::PermissionRemoved { id } => {
                self.custom_permissions.remove(id);
                for grants in self.grants.values_mut() {
                    grants.retain(|grant| grant.permission != *id);
                }
            }
            Change::ChannelTypePut(channel_type) => {
                self.channel_types.insert(channel_type.name.clone(), channel_type.clone());
            }
            Change::ChannelTypeRemoved { name } => {
                self.channel_types.remove(name);
                self.grants.retain(|(_, level, _), _| *level != Level::ChannelType(name.clone()));
            }
            Change::GrantsPut(put) => {
                let layer = self.layer_name(put.layer.as_deref()).to_owned();
                self.grants.insert((layer, put.level.clone(), put.role.clone()), put.grants.clone());
            }
            Change::GrantsReset { layer, level, role } => {
                let layer = self.layer_name(layer.as_deref()).to_owned();
                self.grants.remove(&(layer, level.clone(), role.clone()));
            }
            _ => return false,
        }
        true
    }

    /// Whether a role is built in.
    pub(crate) fn is_builtin_role(&self, role: &str) -> bool {
        self.catalogue.roles.iter().any(|spec| spec.id == role)
    }

    /// Whether a channel type is built in.
    pub(crate) fn is_builtin_type(&self, name: &str) -> bool {
        self.catalogue.channel_types.iter().any(|spec| spec.name == name)
    }

    /// The level whose defaults count at a level: that of the template for channel types of the app's own.
    fn default_level<'a>(&self, level: &'a Level) -> std::borrow::Cow<'a, Level> {
        match level {
            Level::ChannelType(name) if !self.is_builtin_type(name) => {
                std::borrow::Cow::Owned(Level::ChannelType(self.catalogue.channel_type_template.clone()))
            }
            _ => std::borrow::Cow::Borrowed(level),
        }
    }

    /// What a role holds at a level of a layer: what was put, else the default.
    pub(crate) fn grants_of(&self, layer: &str, level: &Level, role: &str) -> &[Grant] {
        if let Some(put) = self.grants.get(&(layer.to_owned(), level.clone(), role.to_owned())) {
            return put;
        }
        self.catalogue
            .default_grants
            .get(layer)
            .and_then(|levels| levels.get(self.default_level(level).as_ref()))
            .and_then(|roles| roles.get(role).or_else(|| roles.get(ANY_ROLE)))
            .map_or(&[], Vec::as_slice)
    }

    /// Names of all roles: built-in ones, then custom ones.
    pub(crate) fn role_names(&self) -> impl Iterator<Item = &str> {
        self.catalogue.roles.iter().map(|spec| spec.id.as_str()).chain(self.custom_roles.iter().map(String::as_str))
    }

    /// All levels: the app, then the channel types.
    pub(crate) fn levels(&self) -> impl Iterator<Item = Level> + '_ {
        std::iter::once(Level::App).chain(self.channel_types.keys().cloned().map(Level::ChannelType))
    }
}
