//! What is found out about changes before readers have to hold off: numbers for names, compiled sets, records.
//!
//! What is left to do then is a few stores a change (`write`), so that readers wait for nanoseconds, not for an allocation.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::lines::{Lines, Numbered};
use super::names::Names;
use super::record::{ChannelRecord, ClientRecord, MemberEntry, TokenRecord, UserRecord, UserRoles};
use super::relations::{towards_app, towards_channel, towards_user};
use super::{Extras, MAX_ROLES, MemberRoles, RoleSet, Root, TeamSet, World};
use crate::change::{Change, Channel, Client, Member, Modifier, Relation, RelationKind, Token, User};
use crate::id::Timestamp;
use crate::policy::Policy;
use crate::policy::grants::GrantSet;
use crate::policy::modifiers::Modifiers;

/// What a change stores.
#[derive(Debug)]
pub(super) enum Step<'a> {
    /// The policy is replaced with the root.
    Policy,
    /// What it names is gone.
    Nothing,
    User(u32, UserRecord),
    UserRemoved(&'a str),
    Channel(u32, ChannelRecord),
    ChannelRemoved(&'a str),
    Member(MemberEntry),
    MemberRemoved(u64),
    Relation(RelationKind, u32, u64, Option<Timestamp>),
    RelationRemoved(RelationKind, u32, u64),
    Client(u32, ClientRecord),
    Token(u32, TokenRecord),
}

/// What the change before found out: lists come ordered by channel, and most members have the same roles.
#[derive(Debug, Default)]
pub(super) struct Recent<'a> {
    channel: Option<(&'a str, u32)>,
    roles: Option<(&'a [String], bool, u32)>,
}

/// Whether a change frees a name, so that the name means another thing to the changes after it.
pub(super) const fn frees_a_name(change: &Change) -> bool {
    matches!(change, Change::UserRemoved { .. } | Change::ChannelRemoved { .. })
}

impl World {
    /// Finds out what a change stores. Names get numbers, and tables that are too small are replaced in `root`.
    pub(super) fn prepare<'a>(&self, root: &mut Arc<Root>, recent: &mut Recent<'a>, change: &'a Change) -> Step<'a> {
        let step = match change {
            Change::UserPut(user) => self.user(root, user),
            Change::UserRemoved { id } => Some(Step::UserRemoved(id)),
            Change::ChannelPut(channel) => self.channel(root, channel),
            Change::ChannelRemoved { id } => {
                recent.channel = None;
                Some(Step::ChannelRemoved(id.as_str()))
            }
            Change::MemberPut(member) => self.member(root, recent, member),
            Change::MemberRemoved { channel, user } => {
                let ends = root.channels.find(channel.as_str()).zip(root.users.find(user));
                ends.map(|(channel, user)| Step::MemberRemoved(MemberEntry::key(channel, user)))
            }
            Change::RelationPut(relation) => {
                let ends = self.ends(root, relation);
                ends.map(|(user, target)| Step::Relation(relation.kind, user, target, relation.expires_at))
            }
            Change::RelationRemoved(relation) => {
                self.ends(root, relation).map(|(user, target)| Step::RelationRemoved(relation.kind, user, target))
            }
            Change::ClientPut(client) => Some(self.client(root, client)),
            Change::ClientRemoved { id } => {
                self.client_names.find(&root.clients, id).map(|index| Step::Client(index, ClientRecord::default()))
            }
            Change::TokenPut(token) => self.token(root, token),
            Change::TokenRemoved { id } => self.token_names.find(&root.tokens, id).map(|index| Step::Token(index, TokenRecord::default())),
            Change::SettingsPut(_)
            | Change::RolePut { .. }
            | Change::RoleRemoved { .. }
            | Change::PermissionPut(_)
            | Change::PermissionRemoved { .. }
            | Change::ChannelTypePut(_)
            | Change::ChannelTypeRemoved { .. }
            | Change::GrantsPut(_)
            | Change::GrantsReset { .. } => Some(Step::Policy),
        };
        step.unwrap_or(Step::Nothing)
    }

    fn user<'a>(&self, root: &mut Arc<Root>, user: &User) -> Option<Step<'a>> {
        let index = user_number(root, &user.id)?;
        let teams: Box<[u32]> = user.teams.iter().map(|team| self.team(root, team)).collect();
        let with_numbers: Vec<_> = user.teams_role.iter().map(|(team, role)| (self.team(root, team), role)).collect();
        let policy = &root.policy;
        let team_roles: Box<[_]> = with_numbers.into_iter().filter_map(|(team, role)| Some((team, policy.roles.get(role)?))).collect();
        let mut roles: RoleSet = user.roles.iter().filter_map(|role| policy.roles.get(role)).take(MAX_ROLES).collect();
        if user.roles.is_empty() {
            roles.extend(policy.default_user_role);
        }
        let record = UserRecord {
            present: true,
            deactivated: user.deactivated,
            deleted: user.deleted,
            bans: false,
            anonymous: policy.anonymous_role.is_some_and(|anonymous| roles.contains(&anonymous)),
            roles: match roles.as_slice() {
                [role] => UserRoles::One(*role),
                _ => UserRoles::Set(u16::try_from(self.role_sets.number(roles)).unwrap_or(0)),
            },
            team_roles: !team_roles.is_empty(),
            first_teams: teams.iter().filter_map(|team| 1u32.checked_shl(*team)).fold(0, |first, team| first | team),
            more_teams: teams.iter().any(|team| *team >= u32::BITS),
            teams: self.team_sets.number(TeamSet { teams, roles: team_roles }),
            attributes: if user.attributes.is_empty() { 0 } else { self.attribute_sets.number(user.attributes.clone()) },
        };
        Some(Step::User(index, record))
    }

    fn channel<'a>(&self, root: &mut Arc<Root>, channel: &Channel) -> Option<Step<'a>> {
        let channel_type = root.policy.types.get(channel.id.channel_type())?;
        let index = channel_number(root, channel.id.as_str())?;
        let owner = channel.owner.as_deref().and_then(|owner| user_number(root, owner));
        let team = channel.team.as_deref().map(|team| self.team(root, team));
        let extras = Extras {
            features_off: root.policy.feature_bits(&channel.features_off),
            features_on: root.policy.feature_bits(&channel.features_on),
            cooldown_s: channel.cooldown_s,
            access: channel.access.iter().map(|group| self.team(root, group)).collect(),
        };
        let record = ChannelRecord {
            present: true,
            frozen: channel.frozen,
            disabled: channel.disabled,
            deleted: channel.deleted,
            slow: channel.cooldown_s > 0,
            switches: extras.features_off | extras.features_on != 0,
            channel_type,
            modifiers: if channel.modifiers.is_empty() { 0 } else { self.modifiers(&root.policy, channel) },
            owner: owner.map_or(0, |owner| owner + 1),
            team: team.map_or(0, |team| team + 1),
            extras: if extras == Extras::default() { 0 } else { self.extras.number(extras) },
        };
        Some(Step::Channel(index, record))
    }

    fn modifiers(&self, policy: &Policy, channel: &Channel) -> u32 {
        let number = self.modifier_sets.number(channel.modifiers.clone());
        if self.compiled_modifiers.get(number).is_none() {
            let compiled = Modifiers::compile(&channel.modifiers, |role| policy.roles.get(role), |id| policy.permissions.get(id));
            self.compiled_modifiers.fill(number, compiled);
        }
        number
    }

    fn member<'a>(&self, root: &mut Arc<Root>, recent: &mut Recent<'a>, member: &'a Member) -> Option<Step<'a>> {
        let name = member.channel.as_str();
        let channel = match recent.channel {
            Some((known, index)) if known == name => index,
            _ => root.channels.find(name)?,
        };
        recent.channel = Some((name, channel));
        let user = user_number(root, &member.user)?;
        let roles = match recent.roles {
            Some((roles, invited, number)) if roles == member.roles && invited == member.invited => number,
            _ => self.member_roles(&root.policy, member),
        };
        recent.roles = Some((&member.roles, member.invited, roles));
        Some(Step::Member(MemberEntry::new(channel, user, u8::try_from(roles).unwrap_or(0))))
    }

    fn member_roles(&self, policy: &Policy, member: &Member) -> u32 {
        let mut roles: RoleSet = member.roles.iter().filter_map(|role| policy.roles.get(role)).take(MAX_ROLES).collect();
        if member.roles.is_empty() {
            roles.extend(policy.default_channel_role);
        }
        let only = match roles.as_slice() {
            [role] if !member.invited => u32::from(*role) + 1,
            _ => 0,
        };
        let number = self.member_roles.number(MemberRoles { roles, invited: member.invited });
        if let Some(place) = self.only_roles.get(number as usize) {
            place.store(only, Ordering::Release);
        }
        number
    }

    /// The numbers of a relation's ends; names that were never seen get numbers.
    fn ends(&self, root: &mut Arc<Root>, relation: &Relation) -> Option<(u32, u64)> {
        let user = user_number(root, &relation.user)?;
        let target = match (&relation.channel, &relation.other) {
            (Some(channel), _) => towards_channel(channel_number(root, channel.as_str())?),
            (None, Some(other)) => towards_user(user_number(root, other)?),
            (None, None) => towards_app(),
        };
        Some((user, target))
    }

    fn scopes(&self, policy: &Policy, scopes: &std::collections::BTreeSet<String>) -> u32 {
        let number = self.scope_sets.number(scopes.clone());
        if self.compiled_scopes.get(number).is_none() {
            let held = scopes.iter().filter_map(|scope| policy.permissions.get(scope)).collect();
            self.compiled_scopes.fill(number, GrantSet::free(held));
        }
        number
    }

    fn client<'a>(&self, root: &mut Arc<Root>, client: &Client) -> Step<'a> {
        let scopes = self.scopes(&root.policy, &client.scopes);
        let index = numbered(&self.client_names, root, |root| &mut root.clients, |root| &root.clients, &client.id);
        Step::Client(index, ClientRecord { present: true, scopes })
    }

    fn token<'a>(&self, root: &mut Arc<Root>, token: &Token) -> Option<Step<'a>> {
        let client = token
            .client
            .as_deref()
            .map(|client| numbered(&self.client_names, root, |root| &mut root.clients, |root| &root.clients, client));
        let record = TokenRecord {
            present: true,
            user: user_number(root, &token.user)?,
            client: client.map_or(0, |client| client + 1),
            scopes: self.scopes(&root.policy, &token.scopes),
            expires_at: token.expires_at.map_or(u64::MAX, Timestamp::as_ms),
        };
        let index = numbered(&self.token_names, root, |root| &mut root.tokens, |root| &root.tokens, &token.id);
        Some(Step::Token(index, record))
    }

    fn team(&self, root: &mut Arc<Root>, team: &str) -> u32 {
        numbered(&self.team_names, root, |root| &mut root.teams, |root| &root.teams, team)
    }
}

/// The number of a name, which gets one if it has none.
fn numbered(
    names: &Names,
    root: &mut Arc<Root>,
    own_table: fn(&mut Root) -> &mut Arc<Lines>,
    table: fn(&Root) -> &Lines,
    name: &str,
) -> u32 {
    if let Some(number) = names.find(table(root), name) {
        return number;
    }
    if !table(root).has_room_for(1) {
        Numbered::make_room(own_table(Arc::make_mut(root)), 1);
    }
    names.append(table(root), name)
}

fn user_number(root: &mut Arc<Root>, name: &str) -> Option<u32> {
    if let Some(number) = root.users.find(name) {
        return Some(number);
    }
    if !root.users.has_room_for(name) {
        Arc::make_mut(root).users.make_room_for(name);
    }
    root.users.append(name)
}

fn channel_number(root: &mut Arc<Root>, name: &str) -> Option<u32> {
    if let Some(number) = root.channels.find(name) {
        return Some(number);
    }
    if !root.channels.has_room_for(name) {
        Arc::make_mut(root).channels.make_room_for(name);
    }
    root.channels.append(name)
}

/// Whether a fact refers to a role or permission that has no number yet.
pub(super) fn names_unknown(policy: &Policy, change: &Change) -> bool {
    let role = |name: &String| policy.roles.get(name).is_none();
    let permission = |id: &String| policy.permissions.get(id).is_none();
    match change {
        Change::UserPut(user) => user.roles.iter().chain(user.teams_role.values()).any(role),
        Change::MemberPut(member) => member.roles.iter().any(role),
        Change::ChannelPut(channel) => {
            channel.modifiers.keys().any(role) || channel.modifiers.values().flatten().map(Modifier::permission).any(permission)
        }
        Change::ClientPut(client) => client.scopes.iter().any(permission),
        Change::TokenPut(token) => token.scopes.iter().any(permission),
        _ => false,
    }
}
