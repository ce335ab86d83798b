//! Facts: users, channels, members, relations, scopes.

use super::{ChangeError, MAX_MEMBER_ROLE_SETS, Validator, not_empty};
use crate::catalogue::RoleLevel;
use crate::change::{Channel, Level, Member, Modifier, Relation, RelationKind, User};
use crate::world::MAX_ROLES;
use crate::world::register::{MAX_NAME_BYTES, MAX_WORDS, words_for};

/// Words of the longest record.
const MOST_RECORD_WORDS: usize = 3;

impl<'a> Validator<'a> {
    pub(super) fn user(&mut self, user: &'a User) -> Result<(), ChangeError> {
        not_empty("id", &user.id)?;
        let limits = self.policy.catalogue.limits;
        self.limit("roles", "roles", user.roles.len(), Some(MAX_ROLES as u32))?;
        user.roles.iter().try_for_each(|role| self.role("role", role, Some(RoleLevel::User)))?;
        user.teams_role.iter().try_for_each(|(team, role)| self.role(&format!("teams_role.{team}"), role, Some(RoleLevel::User)))?;
        self.limit("teams", "teams", user.teams.len(), limits.teams)?;
        for team in user.teams.iter().chain(user.teams_role.keys()) {
            not_empty("teams", team)?;
            self.limit("teams", "bytes in a name", team.len(), limits.team_name_bytes)?;
        }
        self.new_name("id", &user.id)?;
        self.count_user(&user.id, Some(user));
        Ok(())
    }

    /// Keeps the number of users by role, so that a role that the changes took from everybody may be deleted by them too.
    pub(super) fn count_user(&mut self, id: &'a str, after: Option<&User>) {
        if self.policy.custom_roles.is_empty() {
            return;
        }
        let roles_of = |user: &User| user.roles.iter().chain(user.teams_role.values()).filter(|_| !user.deleted).cloned().collect();
        let before = self.user_roles.remove(id);
        let before: Vec<String> = before.unwrap_or_else(|| crate::view::user(self.sight, id).as_ref().map_or_else(Vec::new, roles_of));
        let after: Vec<String> = after.map_or_else(Vec::new, roles_of);
        tally(&mut self.role_users, &before, &after);
        self.user_roles.insert(id, after);
    }

    /// Keeps the number of channels that modify a role's grants, for the same reason.
    pub(super) fn count_modifiers(&mut self, id: &'a str, after: Option<&Channel>) {
        if self.policy.custom_roles.is_empty() {
            return;
        }
        let roles_of = |channel: &Channel| channel.modifiers.keys().cloned().collect();
        let before = self.channel_roles.remove(id);
        let before: Vec<String> = before.unwrap_or_else(|| crate::view::channel(self.sight, id).as_ref().map_or_else(Vec::new, roles_of));
        let after: Vec<String> = after.map_or_else(Vec::new, roles_of);
        tally(&mut self.role_channels, &before, &after);
        self.channel_roles.insert(id, after);
    }

    /// The id of a user or channel, which may be new.
    pub(super) fn new_name(&mut self, field: &str, name: &str) -> Result<(), ChangeError> {
        self.limit(field, "bytes in an id", name.len(), Some(MAX_NAME_BYTES as u32))?;
        self.new_words += words_for(name.len()) + MOST_RECORD_WORDS;
        let found = self.sight.words_used() as usize + self.new_words;
        self.limit(field, "words of 8 bytes for the ids of all users or channels", found, Some(MAX_WORDS))
    }

    pub(super) fn channel(&mut self, channel: &'a Channel) -> Result<(), ChangeError> {
        let type_name = channel.id.channel_type();
        self.level(&Level::ChannelType(type_name.to_owned()))?;
        self.limit("id", "characters", channel.id.id().chars().count(), self.policy.catalogue.limits.channel_id_chars)?;
        self.features("features_off", &channel.features_off)?;
        self.features("features_on", &channel.features_on)?;
        let level = Level::ChannelType(type_name.to_owned());
        for (role, modifiers) in &channel.modifiers {
            let field = format!("grants.{role}");
            self.role("grants", role, None)?;
            for modifier in modifiers {
                let fault = self.grantable(&field, modifier.permission(), None, &level);
                // What is there already may stay, even if its permission was deleted since: it gives nothing.
                if fault.is_err() && !self.is_modified(channel, role, modifier) {
                    return fault;
                }
            }
        }
        self.channels.insert(channel.id.as_str(), true);
        self.count_modifiers(channel.id.as_str(), Some(channel));
        channel.owner.as_ref().map_or(Ok(()), |owner| self.new_name("owner", owner))?;
        self.new_name("id", channel.id.as_str())
    }

    fn is_modified(&self, channel: &Channel, role: &str, modifier: &Modifier) -> bool {
        let stored = crate::view::channel(self.sight, channel.id.as_str());
        stored.is_some_and(|stored| stored.modifiers.get(role).is_some_and(|modifiers| modifiers.contains(modifier)))
    }

    pub(super) fn member(&mut self, member: &'a Member) -> Result<(), ChangeError> {
        not_empty("user", &member.user)?;
        let name = member.channel.as_str();
        let exists = self.channels.get(name).copied().unwrap_or_else(|| self.is_channel(name));
        if !exists {
            return Err(ChangeError::unknown("channel", "channel", name, None));
        }
        self.limit("roles", "roles", member.roles.len(), Some(MAX_ROLES as u32))?;
        for role in &member.roles {
            let fault = self.role("channel_role", role, Some(RoleLevel::Channel));
            // A member keeps a role that was deleted since: it holds nothing.
            let kept = || crate::view::member(self.sight, name, &member.user).is_some_and(|stored| stored.roles.contains(role));
            if fault.is_err() && !kept() {
                return fault;
            }
        }
        if member.roles.len() > 1 || member.invited {
            self.new_member_roles.insert((member.roles.clone(), member.invited));
            let found = self.sight.world.member_roles_known() as usize + self.new_member_roles.len();
            self.limit("roles", "combinations of channel roles", found, Some(MAX_MEMBER_ROLE_SETS))?;
        }
        self.new_name("user", &member.user)
    }

    pub(super) fn relation(&mut self, relation: &Relation) -> Result<(), ChangeError> {
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
            self.new_name("channel", channel.as_str())?;
        }
        relation.other.as_ref().map_or(Ok(()), |other| self.new_name("other", other))?;
        self.new_name("user", &relation.user)
    }

    pub(super) fn scopes(&self, scopes: &std::collections::BTreeSet<String>) -> Result<(), ChangeError> {
        match scopes.iter().find(|scope| !self.known_permissions().any(|known| known == scope.as_str())) {
            Some(scope) => Err(ChangeError::unknown("scopes", "scope", scope, self.known_permissions())),
            None => Ok(()),
        }
    }
}

/// Counts roles that are taken down by one and those that are put up by one.
fn tally(counts: &mut hashbrown::HashMap<String, i64>, before: &[String], after: &[String]) {
    for (roles, sign) in [(before, -1), (after, 1)] {
        for role in roles {
            *counts.entry_ref(role).or_default() += sign;
        }
    }
}
