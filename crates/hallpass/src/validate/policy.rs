//! Policy changes: roles, permissions, channel types, grants.

use super::{ChangeError, Validator, level_word, not_empty};
use crate::catalogue::{ActionLevel, Holder, LayerLevel, LayerSpec, PermissionSpec, RoleLevel};
use crate::change::{CustomPermission, Level, RoleGrants};
use crate::policy::{MAX_NAMES, Numbers, exists_in};
use crate::profile::CUSTOM_PERMISSIONS;

impl Validator<'_> {
    pub(super) fn new_role(&self, role: &str) -> Result<(), ChangeError> {
        let limits = self.policy.catalogue.limits;
        let expected = "letters, digits, '-', '_' and '.', starting with a letter or digit";
        let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        if !role.starts_with(char::is_alphanumeric) || !role.chars().all(fits) {
            return Err(ChangeError::Invalid { field: "name".to_owned(), value: role.to_owned(), expected });
        }
        self.limit("name", "characters", role.chars().count(), limits.role_name_chars)?;
        if self.policy.role_names().any(|name| name == role) {
            return Err(ChangeError::Exists { kind: "role", value: role.to_owned() });
        }
        self.limit("name", "custom roles", self.policy.custom_roles.len() + 1, limits.custom_roles)?;
        self.room_for("roles, those that were deleted included", &self.sight.policy().roles, role, self.policy.role_names())
    }

    pub(super) fn old_role(&self, role: &str) -> Result<(), ChangeError> {
        self.role("role", role, None)?;
        if self.policy.is_builtin_role(role) {
            return Err(ChangeError::BuiltIn { kind: "role", value: role.to_owned(), verb: "deleted" });
        }
        let in_use = |by| ChangeError::InUse { kind: "role", value: role.to_owned(), by };
        let granted = self.policy.grants.iter().filter(|((_, _, holder), grants)| holder == role && !grants.is_empty());
        let granted: Vec<String> = granted.map(|((_, level, _), grants)| format!("'{level}' ({})", grants.len())).collect();
        if !granted.is_empty() {
            return Err(in_use(format!("it holds grants at {}; remove them first", granted.join(", "))));
        }
        let modified = self.sight.policy().roles.get(role).map_or(0, |number| self.writer.channels_modifying(number));
        let channels = modified.saturating_add_signed(self.role_channels.get(role).copied().unwrap_or(0));
        if channels > 0 {
            return Err(in_use(format!("modifiers of its grants in channels ({channels}); remove them first")));
        }
        let numbered = self.sight.policy().roles.get(role).map_or(0, |number| self.writer.users_with(number));
        let users = numbered.saturating_add_signed(self.role_users.get(role).copied().unwrap_or(0));
        if users > 0 { Err(in_use(format!("users who have it ({users}); give them another first"))) } else { Ok(()) }
    }

    /// A role that exists, and may be used at a level.
    pub(super) fn role(&self, field: &str, role: &str, wanted: Option<RoleLevel>) -> Result<(), ChangeError> {
        if !self.policy.role_names().any(|name| name == role) {
            return Err(ChangeError::unknown(field, "role", role, self.policy.role_names()));
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

    pub(super) fn permission(&self, permission: &CustomPermission) -> Result<(), ChangeError> {
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
            return Err(ChangeError::unknown("action", "action", &permission.action, actions()));
        }
        let is_new = !self.policy.custom_permissions.contains_key(&permission.id);
        let numbered = self.sight.policy().permissions.len() - self.policy.catalogue.permissions.len();
        let others = self.policy.custom_permissions.len().max(numbered);
        let never_used = self.sight.policy().permissions.get(&permission.id).is_none();
        self.limit("id", "custom permissions", others + usize::from(is_new && never_used), Some(CUSTOM_PERMISSIONS as u32))
    }

    pub(super) fn known_permissions(&self) -> impl Iterator<Item = &str> {
        let built_in = self.policy.catalogue.permissions.iter().map(|spec| spec.id.as_str());
        built_in.chain(self.policy.custom_permissions.keys().map(String::as_str))
    }

    pub(super) fn old_permission(&self, id: &str) -> Result<(), ChangeError> {
        if self.policy.catalogue.permissions.iter().any(|spec| spec.id == id) {
            return Err(ChangeError::BuiltIn { kind: "permission", value: id.to_owned(), verb: "deleted" });
        }
        if self.policy.custom_permissions.contains_key(id) {
            Ok(())
        } else {
            Err(ChangeError::unknown("id", "permission", id, self.known_permissions()))
        }
    }

    pub(super) fn channel_type(&self, name: &str, features_off: &std::collections::BTreeSet<String>) -> Result<(), ChangeError> {
        if name.is_empty() || name.contains(':') || name == ".app" {
            return Err(ChangeError::Invalid { field: "name".to_owned(), value: name.to_owned(), expected: "a name without ':'" });
        }
        self.features("features_off", features_off)?;
        let others = self.policy.channel_types.keys().filter(|known| *known != name).count();
        self.limit("name", "channel types", others + 1, self.policy.catalogue.limits.channel_types)?;
        let names = self.policy.channel_types.keys().map(String::as_str);
        self.room_for("channel types, those that were deleted included", &self.sight.policy().types, name, names)
    }

    /// Whether a number is left for a name: names keep theirs, so that no fact ever comes to mean another.
    fn room_for<'n>(
        &self,
        counted: &'static str,
        numbered: &Numbers,
        name: &str,
        live: impl Iterator<Item = &'n str>,
    ) -> Result<(), ChangeError> {
        let waiting = live.filter(|live| *live != name && numbered.get(live).is_none()).count();
        let new = usize::from(numbered.get(name).is_none());
        self.limit("name", counted, numbered.len() + waiting + new, Some(MAX_NAMES as u32))
    }

    pub(super) fn old_channel_type(&self, name: &str) -> Result<(), ChangeError> {
        self.level(&Level::ChannelType(name.to_owned()))?;
        if self.policy.is_builtin_type(name) {
            return Err(ChangeError::BuiltIn { kind: "channel type", value: name.to_owned(), verb: "deleted" });
        }
        let held = self.sight.policy().types.get(name).map_or(0, |number| self.writer.channels_of(number));
        let of_type = self.channels.iter().filter(|(id, _)| id.split_once(':').is_some_and(|(of, _)| of == name));
        let changed: i64 = of_type.map(|(id, exists)| i64::from(*exists) - i64::from(self.is_channel(id))).sum();
        let channels = held.saturating_add_signed(changed);
        if channels > 0 {
            let by = format!("channels of the type ({channels}); remove them first");
            return Err(ChangeError::InUse { kind: "channel type", value: name.to_owned(), by });
        }
        Ok(())
    }

    pub(super) fn features(&self, field: &str, features: &std::collections::BTreeSet<String>) -> Result<(), ChangeError> {
        let known = &self.policy.catalogue.features;
        match features.iter().find(|feature| !known.contains(feature)) {
            Some(feature) => Err(ChangeError::unknown(field, "feature", feature, known.iter().map(String::as_str))),
            None => Ok(()),
        }
    }

    pub(super) fn layer(&self, layer: Option<&str>) -> Result<&LayerSpec, ChangeError> {
        let name = self.policy.layer_name(layer);
        let layers = &self.policy.catalogue.layers;
        layers
            .iter()
            .find(|spec| spec.name == name)
            .ok_or_else(|| ChangeError::unknown("layer", "layer", name, layers.iter().map(|spec| spec.name.as_str())))
    }

    pub(super) fn level(&self, level: &Level) -> Result<(), ChangeError> {
        match level {
            Level::ChannelType(name) if !self.policy.channel_types.contains_key(name) => {
                Err(ChangeError::unknown("level", "channel type", name, self.policy.channel_types.keys().map(String::as_str)))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn grants(&self, put: &RoleGrants) -> Result<(), ChangeError> {
        let layer = self.layer(put.layer.as_deref())?;
        self.level(&put.level)?;
        let holders = &layer.holders;
        if !holders.iter().any(|holder| !matches!(holder, Holder::Token | Holder::Client)) {
            let expected = "a layer whose holders are roles";
            return Err(ChangeError::Invalid { field: "layer".to_owned(), value: layer.name.clone(), expected });
        }
        let at_app = put.level == Level::App;
        if at_app && layer.level == LayerLevel::Channel || !at_app && layer.level == LayerLevel::App {
            let expected = if at_app { "a channel type" } else { "'.app'" };
            return Err(ChangeError::Invalid { field: "level".to_owned(), value: put.level.to_string(), expected });
        }
        self.role("grants", &put.role, None)?;
        self.may_hold(layer, put)?;
        put.grants.iter().try_for_each(|grant| self.grantable(&format!("grants.{}", put.role), &grant.permission, Some(layer), &put.level))
    }

    /// A role whose grants count in the layer, at the level: those of others would never be looked at.
    fn may_hold(&self, layer: &LayerSpec, put: &RoleGrants) -> Result<(), ChangeError> {
        let Some(spec) = self.policy.catalogue.roles.iter().find(|spec| spec.id == put.role) else { return Ok(()) };
        let holds = |holder| layer.holders.contains(&holder);
        let in_channel = put.level != Level::App || layer.level == LayerLevel::App;
        let (counts, wanted) = match spec.level {
            RoleLevel::User => (holds(Holder::UserRole) || holds(Holder::TeamRole), RoleLevel::Channel),
            RoleLevel::Channel => (holds(Holder::ChannelRole) && in_channel, RoleLevel::User),
            RoleLevel::Derived => (holds(Holder::ChannelOwner) && in_channel, RoleLevel::User),
        };
        if counts {
            return Ok(());
        }
        let (is, wanted) = (level_word(spec.level), level_word(wanted));
        Err(ChangeError::RoleLevel { field: "grants".to_owned(), role: put.role.clone(), is, wanted })
    }

    /// A permission that exists, in the layer if one is named, and has an effect at the level.
    pub(super) fn grantable(&self, field: &str, id: &str, layer: Option<&LayerSpec>, level: &Level) -> Result<(), ChangeError> {
        if let Some(custom) = self.policy.custom_permissions.get(id) {
            let action = self.policy.catalogue.actions.iter().find(|action| action.name == custom.action);
            return self.level_fits(field, id, action.map(|action| action.level), layer, level);
        }
        let in_layer = |spec: &PermissionSpec| layer.is_none_or(|layer| exists_in(spec, &layer.name));
        match self.policy.catalogue.permissions.iter().find(|spec| spec.id == id && in_layer(spec)) {
            Some(spec) => self.level_fits(field, id, spec.level, layer, level),
            None => {
                let known = self.policy.catalogue.permissions.iter().filter(|spec| in_layer(spec)).map(|spec| spec.id.as_str());
                Err(ChangeError::unknown(field, "permission", id, known.chain(self.policy.custom_permissions.keys().map(String::as_str))))
            }
        }
    }

    /// Where a layer looks grants up at the level of the action, a grant at another level has no effect.
    fn level_fits(
        &self,
        field: &str,
        id: &str,
        is: Option<ActionLevel>,
        layer: Option<&LayerSpec>,
        level: &Level,
    ) -> Result<(), ChangeError> {
        let mut layers = self.policy.catalogue.layers.iter().filter(|spec| layer.is_none_or(|layer| spec.name == layer.name));
        let by_action = layers.all(|spec| spec.level == LayerLevel::Action);
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
}
