//! How changes become facts. One writer at a time.

use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError};

use hashbrown::HashMap;

use super::lines::Numbered;
use super::record::{ChannelRecord, ClientRecord, MemberEntry, TokenRecord, UserRecord, UserRoles};
use super::relations::{towards_app, towards_channel, towards_user};
use super::{Extras, MAX_ROLES, MemberRoles, RoleSet, Root, TeamSet, World};
use crate::change::{Change, Channel, Client, Member, Modifier, Relation, RelationKind, Token, User};
use crate::id::{Revision, Timestamp};
use crate::policy::Policy;
use crate::policy::grants::{GrantSet, Modifiers, RoleIndex};

/// Changes that become visible together. A commit of more is visible bit by bit, so that readers never wait long.
const TOGETHER: usize = 64;

/// What only the writer knows.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    /// Live users by user role (teams' roles included).
    role_users: HashMap<RoleIndex, u64>,
    /// Channels by type, deleted ones included.
    type_channels: HashMap<u16, u64>,
    /// Channels by role whose grants they modify, deleted ones included.
    role_channels: HashMap<RoleIndex, u64>,
}

impl Writer {
    pub(crate) fn users_with(&self, role: RoleIndex) -> u64 {
        self.role_users.get(&role).copied().unwrap_or(0)
    }

    pub(crate) fn channels_of(&self, channel_type: u16) -> u64 {
        self.type_channels.get(&channel_type).copied().unwrap_or(0)
    }

    pub(crate) fn channels_modifying(&self, role: RoleIndex) -> u64 {
        self.role_channels.get(&role).copied().unwrap_or(0)
    }

    fn count_channel(&mut self, record: ChannelRecord, modifiers: Option<&Modifiers>, up: bool) {
        if record.present {
            step(self.type_channels.entry(record.channel_type).or_default(), up);
            for role in modifiers.into_iter().flat_map(Modifiers::roles) {
                step(self.role_channels.entry(role).or_default(), up);
            }
        }
    }
}

impl World {
    /// Waits for the one writer's place.
    pub(crate) fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes changes visible, as of a revision. They have been validated; what an old log holds and is unknown now is left out.
    pub(crate) fn apply(&self, writer: &mut Writer, revision: Revision, changes: &[Change]) {
        let mut root = Root::clone(&self.root.load());
        if let Some(policy) = changed_policy(&root.policy, changes) {
            root.policy = Arc::new(policy);
        }
        self.make_room(&mut root, changes.len());
        // What takes long is done before readers have to hold off: then all names are known, and chunks and sets made.
        for (at, together) in changes.chunks(TOGETHER).enumerate() {
            let is_last = (at + 1) * TOGETHER >= changes.len();
            self.sequence.write(|| {
                self.apply_facts(writer, &mut root, together);
                let reached = if is_last { revision } else { self.revision() };
                self.publish(&root, reached);
            });
        }
        if changes.is_empty() {
            self.sequence.write(|| self.publish(&root, revision));
        }
    }

    /// Whether a root differs from the visible one in nothing.
    fn is_current(&self, root: &Root) -> bool {
        self.root.load().is(root)
    }

    fn publish(&self, root: &Root, revision: Revision) {
        if !self.is_current(root) {
            self.root.store(Arc::new(root.clone()));
        }
        self.revision.store(revision.0, Ordering::Release);
    }

    /// Grows the large tables before readers have to hold off, for growing takes long.
    fn make_room(&self, root: &mut Root, changes: usize) {
        let Root { users, channels, members, relations, .. } = root;
        Numbered::make_room(users, changes * 2);
        Numbered::make_room(channels, changes);
        if !members.has_room_for(changes) {
            *members = Arc::new(members.rebuilt(changes, |entry| self.member_hash(MemberEntry::key_of(entry))));
        }
        for table in relations {
            Numbered::make_room(table, changes);
        }
    }

    fn apply_facts(&self, writer: &mut Writer, root: &mut Root, changes: &[Change]) {
        for change in changes {
            match change {
                Change::UserPut(user) => self.put_user(writer, root, user),
                Change::UserRemoved { id } => self.remove_user(writer, root, id),
                Change::ChannelPut(channel) => self.put_channel(writer, root, channel),
                Change::ChannelRemoved { id } => self.remove_channel(writer, root, id.as_str()),
                Change::MemberPut(member) => self.put_member(root, member),
                Change::MemberRemoved { channel, user } => self.remove_member(root, channel.as_str(), user),
                Change::RelationPut(relation) => self.put_relation(root, relation),
                Change::RelationRemoved(relation) => self.remove_relation(root, relation),
                Change::ClientPut(client) => self.put_client(root, client),
                Change::ClientRemoved { id } => {
                    if let Some(index) = self.client_names.find(&root.clients, id) {
                        ClientRecord::default().write(&self.clients, index);
                    }
                }
                Change::TokenPut(token) => self.put_token(root, token),
                Change::TokenRemoved { id } => {
                    if let Some(index) = self.token_names.find(&root.tokens, id) {
                        TokenRecord::default().write(&self.tokens, index);
                    }
                }
                Change::SettingsPut(_)
                | Change::RolePut { .. }
                | Change::RoleRemoved { .. }
                | Change::PermissionPut(_)
                | Change::PermissionRemoved { .. }
                | Change::ChannelTypePut(_)
                | Change::ChannelTypeRemoved { .. }
                | Change::GrantsPut(_)
                | Change::GrantsReset { .. } => {}
            }
        }
    }

    fn put_user(&self, writer: &mut Writer, root: &mut Root, user: &User) {
        let Root { policy, users, teams: team_table, .. } = root;
        let Some(index) = self.users.intern(users, &user.id) else { return };
        let mut roles: RoleSet = user.roles.iter().filter_map(|role| policy.roles.get(role)).take(MAX_ROLES).collect();
        if user.roles.is_empty() {
            roles.extend(policy.default_user_role);
        }
        let anonymous = policy.anonymous_role.is_some_and(|anonymous| roles.contains(&anonymous));
        let roles = match roles.as_slice() {
            [role] => UserRoles::One(*role),
            _ => UserRoles::Set(u16::try_from(self.role_sets.number(roles)).unwrap_or(0)),
        };
        let teams: Box<[u32]> = user.teams.iter().map(|team| self.team_names.intern(team_table, team)).collect();
        let first_teams = teams.iter().filter_map(|team| 1u32.checked_shl(*team)).fold(0, |first, team| first | team);
        let more_teams = teams.iter().any(|team| *team >= u32::BITS);
        let team_roles: Box<[_]> = user
            .teams_role
            .iter()
            .filter_map(|(team, role)| Some((self.team_names.intern(team_table, team), policy.roles.get(role)?)))
            .collect();
        let before = UserRecord::read(&self.users, index);
        let record = UserRecord {
            present: true,
            deactivated: user.deactivated,
            deleted: user.deleted,
            bans: before.bans,
            anonymous,
            roles,
            team_roles: !team_roles.is_empty(),
            first_teams,
            more_teams,
            teams: self.team_sets.number(TeamSet { teams, roles: team_roles }),
            attributes: self.attribute_sets.number(user.attributes.clone()),
        };
        self.count_roles(writer, before, false);
        record.write(&self.users, index);
        self.count_roles(writer, record, true);
    }

    fn remove_user(&self, writer: &mut Writer, root: &mut Root, id: &str) {
        let Some(index) = self.users.find(&root.users, id) else { return };
        self.count_roles(writer, UserRecord::read(&self.users, index), false);
        UserRecord::default().write(&self.users, index);
        // Whoever takes the name next gets a new number, so what refers to the old one is theirs no more.
        self.users.unbind(&root.users, id);
    }

    fn count_roles(&self, writer: &mut Writer, record: UserRecord, up: bool) {
        if !record.present || record.deleted {
            return;
        }
        let own = match &record.roles {
            UserRoles::One(role) => std::slice::from_ref(role),
            UserRoles::Set(number) => self.role_sets.get(u32::from(*number)).map_or(&[][..], |roles| roles),
        };
        let in_teams = self.team_sets.get(record.teams).map_or(&[][..], |set| &set.roles);
        for role in own.iter().copied().chain(in_teams.iter().map(|(_, role)| *role)) {
            step(writer.role_users.entry(role).or_default(), up);
        }
    }

    fn put_channel(&self, writer: &mut Writer, root: &mut Root, channel: &Channel) {
        let Root { policy, users, channels, teams, .. } = root;
        let Some(channel_type) = policy.types.get(channel.id.channel_type()) else { return };
        let Some(index) = self.channels.intern(channels, channel.id.as_str()) else { return };
        let modifiers = if channel.modifiers.is_empty() { 0 } else { self.modifiers_number(policy, channel) };
        let extras = Extras {
            features_off: policy.feature_bits(&channel.features_off),
            features_on: policy.feature_bits(&channel.features_on),
            cooldown_s: channel.cooldown_s,
            access: channel.access.iter().map(|group| self.team_names.intern(teams, group)).collect(),
        };
        let record = ChannelRecord {
            present: true,
            frozen: channel.frozen,
            disabled: channel.disabled,
            deleted: channel.deleted,
            slow: channel.cooldown_s > 0,
            switches: extras.features_off | extras.features_on != 0,
            channel_type,
            modifiers,
            owner: channel.owner.as_deref().and_then(|owner| self.users.intern(users, owner)).map_or(0, |owner| owner + 1),
            team: channel.team.as_deref().map_or(0, |team| self.team_names.intern(teams, team) + 1),
            extras: if extras == Extras::default() { 0 } else { self.extras.number(extras) },
        };
        self.count_channel(writer, ChannelRecord::read(&self.channels, index), false);
        record.write(&self.channels, index);
        self.count_channel(writer, record, true);
    }

    fn modifiers_number(&self, policy: &Policy, channel: &Channel) -> u32 {
        let number = self.modifier_sets.number(channel.modifiers.clone());
        if self.compiled_modifiers.get(number).is_none() {
            let compiled = Modifiers::compile(&channel.modifiers, |role| policy.roles.get(role), |id| policy.permissions.get(id));
            self.compiled_modifiers.fill(number, compiled);
        }
        number
    }

    fn count_channel(&self, writer: &mut Writer, record: ChannelRecord, up: bool) {
        writer.count_channel(record, self.compiled_modifiers.get(record.modifiers), up);
    }

    fn remove_channel(&self, writer: &mut Writer, root: &Root, id: &str) {
        if let Some(index) = self.channels.find(&root.channels, id) {
            self.count_channel(writer, ChannelRecord::read(&self.channels, index), false);
            ChannelRecord::default().write(&self.channels, index);
            self.channels.unbind(&root.channels, id);
        }
    }

    fn put_member(&self, root: &mut Root, member: &Member) {
        let Root { policy, users, channels, members, .. } = root;
        let Some(channel) = self.channels.find(channels, member.channel.as_str()) else { return };
        let mut roles: RoleSet = member.roles.iter().filter_map(|role| policy.roles.get(role)).take(MAX_ROLES).collect();
        if member.roles.is_empty() {
            roles.extend(policy.default_channel_role);
        }
        let Some(user) = self.users.intern(users, &member.user) else { return };
        let number = self.member_roles_number(MemberRoles { roles, invited: member.invited });
        let entry = MemberEntry::new(channel, user, u8::try_from(number).unwrap_or(0)).0;
        let hash = self.member_hash(MemberEntry::key_of(entry));
        if !members.replace(hash, |held| MemberEntry::key_of(held) == MemberEntry::key_of(entry), entry) {
            members.insert(hash, entry);
        }
    }

    fn member_roles_number(&self, set: MemberRoles) -> u32 {
        let only = match set.roles.as_slice() {
            [role] if !set.invited => u32::from(*role) + 1,
            _ => 0,
        };
        let number = self.member_roles.number(set);
        if let Some(place) = self.only_roles.get(number as usize) {
            place.store(only, Ordering::Release);
        }
        number
    }

    fn remove_member(&self, root: &Root, channel: &str, user: &str) {
        let channel = self.channels.find(&root.channels, channel);
        let user = self.users.find(&root.users, user);
        if let (Some(channel), Some(user)) = (channel, user) {
            let key = MemberEntry::key(channel, user);
            root.members.remove(self.member_hash(key), |held| MemberEntry::key_of(held) == key);
        }
    }

    /// The numbers of a relation's ends; names that were never seen get numbers.
    fn ends(&self, root: &mut Root, relation: &Relation) -> Option<(u32, u64)> {
        let user = self.users.intern(&mut root.users, &relation.user)?;
        let target = match (&relation.channel, &relation.other) {
            (Some(channel), _) => towards_channel(self.channels.intern(&mut root.channels, channel.as_str())?),
            (None, Some(other)) => towards_user(self.users.intern(&mut root.users, other)?),
            (None, None) => towards_app(),
        };
        Some((user, target))
    }

    fn put_relation(&self, root: &mut Root, relation: &Relation) {
        let Some((user, target)) = self.ends(root, relation) else { return };
        let kind = relation.kind as usize;
        if let (Some(held), Some(table)) = (self.relations.get(kind), root.relations.get_mut(kind)) {
            held.put(table, user, target, relation.expires_at);
        }
        if relation.kind == RelationKind::Ban {
            UserRecord { bans: true, ..UserRecord::read(&self.users, user) }.write(&self.users, user);
        }
    }

    fn remove_relation(&self, root: &mut Root, relation: &Relation) {
        let Some((user, target)) = self.ends(root, relation) else { return };
        let kind = relation.kind as usize;
        if let (Some(held), Some(table)) = (self.relations.get(kind), root.relations.get(kind)) {
            held.remove(table, user, target);
        }
    }

    fn scopes_number(&self, policy: &Policy, scopes: &std::collections::BTreeSet<String>) -> u32 {
        let number = self.scope_sets.number(scopes.clone());
        if self.compiled_scopes.get(number).is_none() {
            let held = scopes.iter().filter_map(|scope| policy.permissions.get(scope)).collect();
            self.compiled_scopes.fill(number, GrantSet::free(held));
        }
        number
    }

    fn put_client(&self, root: &mut Root, client: &Client) {
        let scopes = self.scopes_number(&root.policy, &client.scopes);
        let index = self.client_names.intern(&mut root.clients, &client.id);
        ClientRecord { present: true, scopes }.write(&self.clients, index);
    }

    fn put_token(&self, root: &mut Root, token: &Token) {
        let Some(user) = self.users.intern(&mut root.users, &token.user) else { return };
        let record = TokenRecord {
            present: true,
            user,
            client: token.client.as_deref().map_or(0, |client| self.client_names.intern(&mut root.clients, client) + 1),
            scopes: self.scopes_number(&root.policy, &token.scopes),
            expires_at: token.expires_at.map_or(u64::MAX, Timestamp::as_ms),
        };
        let index = self.token_names.intern(&mut root.tokens, &token.id);
        record.write(&self.tokens, index);
    }

    /// Whether member roles can still be told apart in the bits that a membership has for them.
    pub(crate) fn member_roles_known(&self) -> u32 {
        (0..=u32::from(u8::MAX)).take_while(|number| self.member_roles.get(*number).is_some()).count() as u32
    }

    /// Words that names and their records take, in the larger of the two registers.
    pub(crate) fn words_used(&self) -> u32 {
        self.users.words_used().max(self.channels.words_used())
    }
}

impl Root {
    /// Whether two roots are made of the same parts.
    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.policy, &other.policy) && self.tables().zip(other.tables()).all(|(one, another)| Arc::ptr_eq(one, another))
    }

    fn tables(&self) -> impl Iterator<Item = &Arc<super::lines::Lines>> {
        [&self.users, &self.channels, &self.teams, &self.tokens, &self.clients, &self.members].into_iter().chain(&self.relations)
    }
}

fn step(count: &mut u64, up: bool) {
    *count = if up { count.saturating_add(1) } else { count.saturating_sub(1) };
}

/// The policy after changes; `None` when they leave it as it is.
fn changed_policy(policy: &Policy, changes: &[Change]) -> Option<Policy> {
    let mut source = None;
    for change in changes.iter().filter(|change| change.is_policy()) {
        source.get_or_insert_with(|| policy.source.clone()).apply(change);
    }
    for change in changes.iter().filter(|change| names_unknown(policy, change)) {
        source.get_or_insert_with(|| policy.source.clone()).retire_unknown(change);
    }
    source.map(|source| Policy::compile(source, Some(policy)))
}

/// Whether a fact refers to a role or permission that has no number yet.
fn names_unknown(policy: &Policy, change: &Change) -> bool {
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
