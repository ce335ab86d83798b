//! Whether changes may be made: against the catalogue, and the world as the changes before them leave it.

use crate::catalogue::{ActionLevel, LayerLevel, RoleLevel};
use crate::change::{Change, Channel, CustomPermission, Grant, Level, Member, Modifier, Relation, RelationKind, RoleGrants, User};
use crate::policy::exists_in;
use crate::policy::source::PolicySource;
use crate::profile::CUSTOM_PERMISSIONS;
use crate::suggest::nearest;
use crate::world::record::MAX_NAMES;
use crate::world::{MAX_ROLES, Sight, Writer};

/// Member role combinations that one app can tell apart.
const MAX_MEMBER_ROLE_SETS: u32 = 255;

/// Why a change may not be made. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// Something names what does not exist.
    #[error("{field}: no such {kind} '{value}'{}", hint(.nearest.as_ref()))]
    Unknown {
        /// Where the name stands.
        field: String,
        /// What kind of thing it should name: `role`, `permission`, `layer`, `channel type`, `channel`, `feature`, `action`, `scope`.
        kind: &'static str,
        /// The name.
        value: String,
        /// The nearest name that exists.
        nearest: Option<String>,
    },
    /// A thing of this name exists already.
    #[error("{kind} '{value}' exists already")]
    Exists {
        /// The kind of thing.
        kind: &'static str,
        /// Its name.
        value: String,
    },
    /// A built-in thing cannot be changed so.
    #[error("{kind} '{value}' is built in and cannot be {verb}")]
    BuiltIn {
        /// The kind of thing.
        kind: &'static str,
        /// Its name.
        value: String,
        /// What was tried: `deleted`, `changed`.
        verb: &'static str,
    },
    /// Something is still in use.
    #[error("{kind} '{value}' is still in use: {by}")]
    InUse {
        /// The kind of thing.
        kind: &'static str,
        /// Its name.
        value: String,
        /// By what.
        by: String,
    },
    /// A limit is reached.
    #[error("{field}: {found} is more than the limit of {limit}")]
    Limit {
        /// What is limited.
        field: String,
        /// How much there would be.
        found: u64,
        /// How much there may be.
        limit: u64,
    },
    /// A built-in role of users given to a member, or the reverse.
    #[error("{field}: role '{role}' is a {is}-level role and cannot be used as a {wanted}-level role")]
    RoleLevel {
        /// Where it stands.
        field: String,
        /// The role.
        role: String,
        /// What it is.
        is: &'static str,
        /// What it was used as.
        wanted: &'static str,
    },
    /// A permission granted where it has no effect.
    #[error("{field}: permission '{permission}' is {is}-level and has no effect at '{level}'")]
    WrongLevel {
        /// Where it stands.
        field: String,
        /// The permission.
        permission: String,
        /// Where it may be granted.
        is: &'static str,
        /// Where it was granted.
        level: String,
    },
    /// A value that cannot be.
    #[error("{field}: '{value}' is not allowed; expected {expected}")]
    Invalid {
        /// Where it stands.
        field: String,
        /// The value.
        value: String,
        /// What was expected.
        expected: &'static str,
    },
}

impl ChangeError {
    /// A stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unknown { kind, .. } => match kind.as_bytes() {
                b"role" => "unknown_role",
                b"permission" => "unknown_permission",
                b"channel type" => "unknown_channel_type",
                b"channel" => "unknown_channel",
                b"scope" => "unknown_scope",
                _ => "unknown_name",
            },
            Self::Exists { .. } => "already_exists",
            Self::BuiltIn { .. } => "built_in",
            Self::InUse { .. } => "in_use",
            Self::Limit { .. } => "limit_reached",
            Self::RoleLevel { .. } => "role_level",
            Self::WrongLevel { .. } => "wrong_level",
            Self::Invalid { .. } => "invalid_value",
        }
    }

    /// Where the fault stands, where it stands in one place.
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Unknown { field, .. }
            | Self::Limit { field, .. }
            | Self::RoleLevel { field, .. }
            | Self::WrongLevel { field, .. }
            | Self::Invalid { field, .. } => Some(field),
            Self::Exists { .. } | Self::BuiltIn { .. } | Self::InUse { .. } => None,
        }
    }

    /// The nearest name that exists, where a name is unknown.
    pub fn nearest(&self) -> Option<&str> {
        match self {
            Self::Unknown { nearest, .. } => nearest.as_deref(),
            _ => None,
        }
    }
}

fn hint(nearest: Option<&String>) -> String {
    nearest.map_or_else(String::new, |name| format!(" (did you mean '{name}'?)"))
}

fn unknown<'a>(field: impl Into<String>, kind: &'static str, value: &str, known: impl IntoIterator<Item = &'a str>) -> ChangeError {
    let nearest = nearest(value, known).map(str::to_owned);
    ChangeError::Unknown { field: field.into(), kind, value: value.to_owned(), nearest }
}

/// Goes through changes in order, each seeing those before it.
pub(crate) struct Validator<'a> {
    sight: Sight<'a>,
    writer: &'a Writer,
    policy: std::borrow::Cow<'a, PolicySource>,
    /// Channels that the changes so far made (true) or removed (false).
    channels: hashbrown::HashMap<&'a str, bool>,
    /// How many more (or fewer) users have a role after the changes so far.
    role_users: hashbrown::HashMap<String, i64>,
    new_names: u64,
    new_member_roles: std::collections::BTreeSet<(Vec<String>, bool)>,
}

impl<'a> Validator<'a> {
    pub(crate) fn new(sight: Sight<'a>, writer: &'a Writer) -> Self {
        Self {
            sight,
            writer,
            policy: std::borrow::Cow::Borrowed(&sight.policy().source),
            channels: hashbrown::HashMap::new(),
            role_users: hashbrown::HashMap::new(),
            new_names: 0,
            new_member_roles: std::collections::BTreeSet::new(),
        }
    }

    pub(crate) fn take(&mut self, change: &'a Change) -> Result<(), ChangeError> {
        match change {
            Change::SettingsPut(_) => {}
            Change::RolePut { role } => self.new_role(role)?,
            Change::RoleRemoved { role } => self.old_role(role)?,
            Change::PermissionPut(permission) => self.permission(permission)?,
            Change::PermissionRemoved { id } => self.old_permission(id)?,
            Change::ChannelTypePut(channel_type) => self.channel_type(&channel_type.name, &channel_type.features_off)?,
            Change::ChannelTypeRemoved { name } => self.old_channel_type(name)?,
            Change::GrantsPut(put) => self.grants(put)?,
            Change::GrantsReset { layer, level, role } => {
                self.layer(layer.as_deref())?;
                self.level(level)?;
                self.role("role", role, None)?;
            }
            Change::UserPut(user) => self.user(user)?,
            Change::ChannelPut(channel) => self.channel(channel)?,
            Change::MemberPut(member) => self.member(member)?,
            Change::RelationPut(relation) => self.relation(relation)?,
            Change::ClientPut(client) => self.scopes(&client.scopes)?,
            Change::TokenPut(token) => {
                not_empty("token.user", &token.user)?;
                self.scopes(&token.scopes)?;
            }
            Change::ChannelRemoved { id } => {
                self.channels.insert(id.as_str(), false);
            }
            Change::UserRemoved { id } => self.count_user(id, None),
            Change::MemberRemoved { .. } | Change::RelationRemoved(_) | Change::ClientRemoved { .. } | Change::TokenRemoved { .. } => {}
        }
        if change.is_policy() {
            self.policy.to_mut().apply(change);
        }
        Ok(())
    }

    fn limit(&self, field: &str, found: usize, limit: Option<u32>) -> Result<(), ChangeError> {
        match limit {
            Some(limit) if found > limit as usize => {
                Err(ChangeError::Limit { field: field.to_owned(), found: found as u64, limit: u64::from(limit) })
            }
            _ => Ok(()),
        }
    }

    fn new_role(&self, role: &str) -> Result<(), ChangeError> {
        let limits = self.policy.catalogue.limits;
        let expected = "letters, digits, '-', '_' and '.', starting with a letter or digit";
        let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        if !role.starts_with(char::is_alphanumeric) || !role.chars().all(fits) {
            return Err(ChangeError::Invalid { field: "name".to_owned(), value: role.to_owned(), expected });
        }
        self.limit("name: characters", role.chars().count(), limits.role_name_chars)?;
        if self.policy.role_names().any(|name| name == role) {
            return Err(ChangeError::Exists { kind: "role", value: role.to_owned() });
        }
        self.limit("custom roles", self.policy.custom_roles.len() + 1, limits.custom_roles)
    }

    fn old_role(&self, role: &str) -> Result<(), ChangeError> {
        self.role("role", role, None)?;
        if self.policy.is_builtin_role(role) {
            return Err(ChangeError::BuiltIn { kind: "role", value: role.to_owned(), verb: "deleted" });
        }
        let in_use = |by| ChangeError::InUse { kind: "role", value: role.to_owned(), by };
        let granted = self.policy.grants.iter().find(|((_, _, holder), grants)| holder == role && !grants.is_empty());
        if let Some(((_, level, _), grants)) = granted {
            return Err(in_use(format!("it holds {} grants at '{level}'; remove them first", grants.len())));
        }
        let numbered = self.sight.policy().roles.get(role).map_or(0, |number| self.writer.users_with(number));
        let users = numbered.saturating_add_signed(self.role_users.get(role).copied().unwrap_or(0));
        if users > 0 { Err(in_use(format!("{users} users have it; give them another first"))) } else { Ok(()) }
    }

    /// A role that exists, and may be used at a level.
    fn role(&self, field: &str, role: &str, wanted: Option<RoleLevel>) -> Result<(), ChangeError> {
        if !self.policy.role_names().any(|name| name == role) {
            return Err(unknown(field, "role", role, self.policy.role_names()));
        }
        let built_in = self.policy.catalogue.roles.iter().find(|spec| spec.id == role);
        match (built_in.map(|spec| spec.level), wanted) {
            (Some(is), Some(wanted)) if is != wanted => Err(ChangeError::RoleLevel {
                field: field.to_owned(),
                role: role.to_owned(),
                is: level_word(is),
                wanted: level_word(wanted),
            }),
            _ => Ok(()),
        }
    }

    fn permission(&self, permission: &CustomPermission) -> Result<(), ChangeError> {
        not_empty("id", &permission.id)?;
        if permission.id.starts_with('!') {
            return Err(ChangeError::Invalid {
                field: "id".to_owned(),
                value: permission.id.clone(),
                expected: "an id without a leading '!'",
            });
        }
        if self.policy.catalogue.permissions.iter().any(|spec| spec.id == permission.id) {
            return Err(ChangeError::BuiltIn { kind: "permission", value: permission.id.clone(), verb: "changed" });
        }
        let actions = || self.policy.catalogue.actions.iter().map(|action| action.name.as_str());
        if !actions().any(|name| name == permission.action) {
            return Err(unknown("action", "action", &permission.action, actions()));
        }
        let is_new = !self.policy.custom_permissions.contains_key(&permission.id);
        let numbered = self.sight.policy().permissions.len() - self.policy.catalogue.permissions.len();
        let others = self.policy.custom_permissions.len().max(numbered);
        let never_used = self.sight.policy().permissions.get(&permission.id).is_none();
        self.limit("custom permissions", others + usize::from(is_new && never_used), Some(CUSTOM_PERMISSIONS as u32))
    }

    fn known_permissions(&self) -> impl Iterator<Item = &str> {
        let built_in = self.policy.catalogue.permissions.iter().map(|spec| spec.id.as_str());
        built_in.chain(self.policy.custom_permissions.keys().map(String::as_str))
    }

    fn old_permission(&self, id: &str) -> Result<(), ChangeError> {
        if self.policy.catalogue.permissions.iter().any(|spec| spec.id == id) {
            return Err(ChangeError::BuiltIn { kind: "permission", value: id.to_owned(), verb: "deleted" });
        }
        if self.policy.custom_permissions.contains_key(id) {
            Ok(())
        } else {
            Err(unknown("id", "permission", id, self.known_permissions()))
        }
    }

    fn channel_type(&self, name: &str, features_off: &std::collections::BTreeSet<String>) -> Result<(), ChangeError> {
        if name.is_empty() || name.contains(':') || name == ".app" {
            return Err(ChangeError::Invalid { field: "name".to_owned(), value: name.to_owned(), expected: "a name without ':'" });
        }
        self.features("features_off", features_off)?;
        let others = self.policy.channel_types.keys().filter(|known| *known != name).count();
        self.limit("channel types", others + 1, self.policy.catalogue.limits.channel_types)
    }

    fn old_channel_type(&self, name: &str) -> Result<(), ChangeError> {
        self.level(&Level::ChannelType(name.to_owned()))?;
        if self.policy.is_builtin_type(name) {
            return Err(ChangeError::BuiltIn { kind: "channel type", value: name.to_owned(), verb: "deleted" });
        }
        Ok(())
    }

    fn features(&self, field: &str, features: &std::collections::BTreeSet<String>) -> Result<(), ChangeError> {
        let known = &self.policy.catalogue.features;
        match features.iter().find(|feature| !known.contains(feature)) {
            Some(feature) => Err(unknown(field, "feature", feature, known.iter().map(String::as_str))),
            None => Ok(()),
        }
    }

    fn layer(&self, layer: Option<&str>) -> Result<&crate::catalogue::LayerSpec, ChangeError> {
        let name = self.policy.layer_name(layer);
        let layers = &self.policy.catalogue.layers;
        layers
            .iter()
            .find(|spec| spec.name == name)
            .ok_or_else(|| unknown("layer", "layer", name, layers.iter().map(|spec| spec.name.as_str())))
    }

    fn level(&self, level: &Level) -> Result<(), ChangeError> {
        match level {
            Level::ChannelType(name) if !self.policy.channel_types.contains_key(name) => {
                Err(unknown("level", "channel type", name, self.policy.channel_types.keys().map(String::as_str)))
            }
            _ => Ok(()),
        }
    }

    fn grants(&self, put: &RoleGrants) -> Result<(), ChangeError> {
        let layer = self.layer(put.layer.as_deref())?;
        self.level(&put.level)?;
        let holders = &layer.holders;
        if !holders.iter().any(|holder| !matches!(holder, crate::catalogue::Holder::Token | crate::catalogue::Holder::Client)) {
            let expected = "a layer whose holders are roles";
            return Err(ChangeError::Invalid { field: "layer".to_owned(), value: layer.name.clone(), expected });
        }
        let at_app = put.level == Level::App;
        if at_app && layer.level == LayerLevel::Channel || !at_app && layer.level == LayerLevel::App {
            let expected = if at_app { "a channel type" } else { "'.app'" };
            return Err(ChangeError::Invalid { field: "level".to_owned(), value: put.level.to_string(), expected });
        }
        self.role("grants", &put.role, None)?;
        put.grants.iter().try_for_each(|grant| self.grant(&format!("grants.{}", put.role), grant, &layer.name, &put.level))
    }

    fn grant(&self, field: &str, grant: &Grant, layer: &str, level: &Level) -> Result<(), ChangeError> {
        self.grantable(field, &grant.permission, Some(layer), level)
    }

    /// A permission that exists, in the layer if one is named, and has an effect at the level.
    fn grantable(&self, field: &str, id: &str, layer: Option<&str>, level: &Level) -> Result<(), ChangeError> {
        if let Some(custom) = self.policy.custom_permissions.get(id) {
            let action = self.policy.catalogue.actions.iter().find(|action| action.name == custom.action);
            return self.level_fits(field, id, action.map(|action| action.level), level);
        }
        let in_layer = |spec: &crate::catalogue::PermissionSpec| layer.is_none_or(|layer| exists_in(spec, layer));
        match self.policy.catalogue.permissions.iter().find(|spec| spec.id == id && in_layer(spec)) {
            Some(spec) => self.level_fits(field, id, spec.level, level),
            None => {
                let known = self.policy.catalogue.permissions.iter().filter(|spec| in_layer(spec)).map(|spec| spec.id.as_str());
                Err(unknown(field, "permission", id, known.chain(self.policy.custom_permissions.keys().map(String::as_str))))
            }
        }
    }

    fn level_fits(&self, field: &str, id: &str, is: Option<ActionLevel>, level: &Level) -> Result<(), ChangeError> {
        let by_action = self.policy.catalogue.layers.iter().any(|layer| layer.level == LayerLevel::Action);
        let wrong = match (is, level) {
            (Some(ActionLevel::App), Level::ChannelType(_)) => Some("app"),
            (Some(ActionLevel::Channel), Level::App) => Some("channel"),
            _ => None,
        };
        match wrong.filter(|_| by_action) {
            Some(is) => Err(ChangeError::WrongLevel { field: field.to_owned(), permission: id.to_owned(), is, level: level.to_string() }),
            None => Ok(()),
        }
    }

    fn user(&mut self, user: &User) -> Result<(), ChangeError> {
        not_empty("id", &user.id)?;
        let limits = self.policy.catalogue.limits;
        self.limit("roles", user.roles.len(), Some(MAX_ROLES as u32))?;
        user.roles.iter().try_for_each(|role| self.role("role", role, Some(RoleLevel::User)))?;
        user.teams_role.iter().try_for_each(|(team, role)| self.role(&format!("teams_role.{team}"), role, Some(RoleLevel::User)))?;
        self.limit("teams", user.teams.len(), limits.teams)?;
        for team in user.teams.iter().chain(user.teams_role.keys()) {
            not_empty("teams", team)?;
            self.limit("teams: bytes of a name", team.len(), limits.team_name_bytes)?;
        }
        self.new_name()?;
        self.count_user(&user.id, Some(user));
        Ok(())
    }

    /// Keeps the number of users by role, so that a role that the changes took from everybody may be deleted by them too.
    fn count_user(&mut self, id: &str, after: Option<&User>) {
        if self.policy.custom_roles.is_empty() {
            return;
        }
        let before = crate::view::user(self.sight, id);
        for (user, sign) in before.iter().map(|user| (user, -1)).chain(after.map(|user| (user, 1))).filter(|(user, _)| !user.deleted) {
            for role in user.roles.iter().chain(user.teams_role.values()) {
                *self.role_users.entry(role.clone()).or_default() += sign;
            }
        }
    }

    fn new_name(&mut self) -> Result<(), ChangeError> {
        self.new_names += 1;
        let found = u64::from(self.sight.world.names_used()) + self.new_names;
        let limit = u64::from(MAX_NAMES);
        if found > limit { Err(ChangeError::Limit { field: "users or channels".to_owned(), found, limit }) } else { Ok(()) }
    }

    fn channel(&mut self, channel: &'a Channel) -> Result<(), ChangeError> {
        let type_name = channel.id.channel_type();
        self.level(&Level::ChannelType(type_name.to_owned()))?;
        self.limit("id: characters", channel.id.id().chars().count(), self.policy.catalogue.limits.channel_id_chars)?;
        self.features("features_off", &channel.features_off)?;
        self.features("features_on", &channel.features_on)?;
        let level = Level::ChannelType(type_name.to_owned());
        for (role, modifiers) in &channel.modifiers {
            let field = format!("grants.{role}");
            self.role("grants", role, None)?;
            for modifier in modifiers {
                let id = match modifier {
                    Modifier::Give(grant) => &grant.permission,
                    Modifier::Revoke(id) => id,
                };
                self.grantable(&field, id, None, &level)?;
            }
        }
        self.channels.insert(channel.id.as_str(), true);
        self.new_name()
    }

    fn member(&mut self, member: &'a Member) -> Result<(), ChangeError> {
        not_empty("user", &member.user)?;
        let name = member.channel.as_str();
        let exists = self
            .channels
            .get(name)
            .copied()
            .unwrap_or_else(|| self.sight.channel_index(name).is_some_and(|index| self.sight.channel(index).present));
        if !exists {
            return Err(unknown("channel", "channel", name, None));
        }
        self.limit("roles", member.roles.len(), Some(MAX_ROLES as u32))?;
        member.roles.iter().try_for_each(|role| self.role("channel_role", role, Some(RoleLevel::Channel)))?;
        if member.roles.len() > 1 || member.invited {
            self.new_member_roles.insert((member.roles.clone(), member.invited));
            let found = self.sight.world.member_roles_known() as usize + self.new_member_roles.len();
            self.limit("combinations of channel roles", found, Some(MAX_MEMBER_ROLE_SETS))?;
        }
        self.new_name()
    }

    fn relation(&mut self, relation: &Relation) -> Result<(), ChangeError> {
        not_empty("user", &relation.user)?;
        let two_users = matches!(relation.kind, RelationKind::Block | RelationKind::Friend);
        let fits = match (two_users, &relation.other, &relation.channel) {
            (true, Some(other), None) => other != &relation.user && !other.is_empty(),
            (true, _, _) => false,
            (false, None, _) => relation.kind == RelationKind::Ban || relation.channel.is_some(),
            (false, Some(_), None) => relation.kind == RelationKind::Mute,
            (false, Some(_), Some(_)) => false,
        };
        if !fits {
            let value = serde_json::to_string(relation).unwrap_or_default();
            let expected =
                "ban: user, or user and channel; mute: user and other, or user and channel; block and friend: two different users";
            return Err(ChangeError::Invalid { field: "relation".to_owned(), value, expected });
        }
        if let Some(channel) = &relation.channel {
            self.level(&Level::ChannelType(channel.channel_type().to_owned()))?;
        }
        self.new_name()
    }

    fn scopes(&self, scopes: &std::collections::BTreeSet<String>) -> Result<(), ChangeError> {
        match scopes.iter().find(|scope| !self.known_permissions().any(|known| known == scope.as_str())) {
            Some(scope) => Err(unknown("scopes", "scope", scope, self.known_permissions())),
            None => Ok(()),
        }
    }
}

fn not_empty(field: &str, value: &str) -> Result<(), ChangeError> {
    if value.is_empty() {
        return Err(ChangeError::Invalid { field: field.to_owned(), value: String::new(), expected: "a name that is not empty" });
    }
    Ok(())
}

const fn level_word(level: RoleLevel) -> &'static str {
    match level {
        RoleLevel::User => "user",
        RoleLevel::Channel => "channel",
        RoleLevel::Derived => "derived",
    }
}
