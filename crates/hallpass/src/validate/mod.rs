//! Whether changes may be made: against the catalogue, and the world as the changes before them leave it.

mod error;
mod fact;
mod policy;

use crate::catalogue::RoleLevel;
use crate::change::Change;
use crate::policy::source::PolicySource;
use crate::world::{Sight, Writer};

/// Member role combinations that one app can tell apart.
const MAX_MEMBER_ROLE_SETS: u32 = crate::world::MEMBER_ROLE_SETS as u32 - 1;

pub use error::ChangeError;

/// Goes through changes in order, each seeing those before it.
pub(crate) struct Validator<'a> {
    sight: Sight<'a>,
    writer: &'a Writer,
    policy: std::borrow::Cow<'a, PolicySource>,
    /// Channels that the changes so far made (true) or removed (false).
    channels: hashbrown::HashMap<&'a str, bool>,
    /// How many more (or fewer) users have a role after the changes so far.
    role_users: hashbrown::HashMap<String, i64>,
    /// The roles, those in teams included, of users that the changes so far put or removed.
    user_roles: hashbrown::HashMap<&'a str, Vec<String>>,
    /// How many more (or fewer) channels modify a role's grants after the changes so far.
    role_channels: hashbrown::HashMap<String, i64>,
    /// The roles that channels which the changes so far put or removed modify.
    channel_roles: hashbrown::HashMap<&'a str, Vec<String>>,
    /// Words of the names that the changes so far bring.
    new_words: usize,
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
            user_roles: hashbrown::HashMap::new(),
            role_channels: hashbrown::HashMap::new(),
            channel_roles: hashbrown::HashMap::new(),
            new_words: 0,
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
                self.new_name("token.user", &token.user)?;
                self.scopes(&token.scopes)?;
            }
            Change::ChannelRemoved { id } => {
                self.channels.insert(id.as_str(), false);
                self.count_modifiers(id.as_str(), None);
            }
            Change::UserRemoved { id } => self.count_user(id, None),
            Change::MemberRemoved { .. } | Change::RelationRemoved(_) | Change::ClientRemoved { .. } | Change::TokenRemoved { .. } => {}
        }
        if change.is_policy() {
            self.policy.to_mut().apply(change);
        }
        Ok(())
    }

    /// Whether the world, as it was before the changes, has a channel.
    fn is_channel(&self, name: &str) -> bool {
        self.sight.channel_index(name).is_some_and(|index| self.sight.channel(index).present)
    }

    fn limit(&self, field: &str, counted: &'static str, found: usize, limit: Option<u32>) -> Result<(), ChangeError> {
        match limit {
            Some(limit) if found > limit as usize => {
                Err(ChangeError::Limit { field: field.to_owned(), counted, found: found as u64, limit: u64::from(limit) })
            }
            _ => Ok(()),
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
