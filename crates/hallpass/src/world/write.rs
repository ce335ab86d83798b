//! How changes become facts. One writer at a time.

use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError};

use arrayvec::ArrayVec;
use hashbrown::HashMap;

use super::lines::Numbered;
use super::prepare::{Recent, Step, frees_a_name, names_unknown};
use super::record::{ChannelRecord, MemberEntry, UserRecord, UserRoles};
use super::{Root, World};
use crate::change::{Change, RelationKind};
use crate::id::Revision;
use crate::policy::Policy;
use crate::policy::grants::RoleIndex;
use crate::policy::modifiers::Modifiers;

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
        let mut root = self.root.load();
        if let Some(policy) = changed_policy(&root.policy, changes) {
            Arc::make_mut(&mut root).policy = Arc::new(policy);
        }
        let mut recent = Recent::default();
        for (at, together) in changes.chunks(TOGETHER).enumerate() {
            let is_last = (at + 1) * TOGETHER >= changes.len();
            let reached = if is_last { revision } else { self.revision() };
            make_room(&mut root, together);
            if together.iter().any(frees_a_name) {
                self.sequence.write(|| {
                    for change in together {
                        let step = self.prepare(&mut root, &mut recent, change);
                        self.store(writer, &root, step);
                    }
                    self.publish(&root, reached);
                });
            } else {
                let steps: ArrayVec<Step<'_>, TOGETHER> =
                    together.iter().map(|change| self.prepare(&mut root, &mut recent, change)).collect();
                self.sequence.write(|| {
                    for step in steps {
                        self.store(writer, &root, step);
                    }
                    self.publish(&root, reached);
                });
            }
        }
        if changes.is_empty() {
            self.sequence.write(|| self.publish(&root, revision));
        }
    }

    fn publish(&self, root: &Arc<Root>, revision: Revision) {
        if !self.root.is(root) {
            self.root.store(Arc::clone(root));
        }
        self.revision.store(revision.0, Ordering::Release);
    }

    /// Stores what was prepared, in the words and tables of `root`.
    fn store(&self, writer: &mut Writer, root: &Root, step: Step<'_>) {
        match step {
            Step::Policy | Step::Nothing => {}
            Step::User(index, record) => {
                let before = UserRecord::read(&root.users, index);
                self.count_roles(writer, before, false);
                UserRecord { bans: before.bans, ..record }.write(&root.users, index);
                self.count_roles(writer, record, true);
            }
            Step::UserRemoved(id) => {
                if let Some(index) = root.users.find(id) {
                    self.count_roles(writer, UserRecord::read(&root.users, index), false);
                    UserRecord::default().write(&root.users, index);
                    // Whoever takes the name next gets a new number, so what refers to the old one is theirs no more.
                    root.users.unbind(id);
                }
            }
            Step::Channel(index, record) => {
                self.count_channel(writer, ChannelRecord::read(&root.channels, index), false);
                record.write(&root.channels, index);
                self.count_channel(writer, record, true);
            }
            Step::ChannelRemoved(id) => {
                if let Some(index) = root.channels.find(id) {
                    self.count_channel(writer, ChannelRecord::read(&root.channels, index), false);
                    ChannelRecord::default().write(&root.channels, index);
                    root.channels.unbind(id);
                }
            }
            Step::Member(member) => {
                let key = MemberEntry::key_of(member.0);
                let hash = root.member_hash(key);
                if !root.members.replace(hash, |held| MemberEntry::key_of(held) == key, member.0) {
                    root.members.insert(hash, member.0);
                }
            }
            Step::MemberRemoved(key) => {
                root.members.remove(root.member_hash(key), |held| MemberEntry::key_of(held) == key);
            }
            Step::Relation(kind, user, target, expires_at) => {
                if let (Some(held), Some(table)) = (self.relations.get(kind as usize), root.relations.get(kind as usize)) {
                    held.put(table, user, target, expires_at);
                }
                if kind == RelationKind::Ban {
                    UserRecord { bans: true, ..UserRecord::read(&root.users, user) }.write(&root.users, user);
                }
            }
            Step::RelationRemoved(kind, user, target) => {
                if let (Some(held), Some(table)) = (self.relations.get(kind as usize), root.relations.get(kind as usize)) {
                    held.remove(table, user, target);
                }
            }
            Step::Client(index, record) => record.write(&self.clients, index),
            Step::Token(index, record) => record.write(&self.tokens, index),
        }
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

    fn count_channel(&self, writer: &mut Writer, record: ChannelRecord, up: bool) {
        writer.count_channel(record, self.compiled_modifiers.get(record.modifiers), up);
    }

    /// Whether member roles can still be told apart in the bits that a membership has for them.
    pub(crate) fn member_roles_known(&self) -> u32 {
        (0..=u32::from(u8::MAX)).take_while(|number| self.member_roles.get(*number).is_some()).count() as u32
    }
}

/// Grows the tables that steps are stored in, while readers still go on.
fn make_room(root: &mut Arc<Root>, changes: &[Change]) {
    if !root.members.has_room_for(changes.len()) && changes.iter().any(|change| matches!(change, Change::MemberPut(_))) {
        let members = root.members.rebuilt(changes.len(), |entry| root.member_hash(MemberEntry::key_of(entry)));
        Arc::make_mut(root).members = Arc::new(members);
    }
    let has_room = |root: &Root| root.relations.iter().all(|table| table.has_room_for(changes.len()));
    if !has_room(root) && changes.iter().any(|change| matches!(change, Change::RelationPut(_))) {
        for table in &mut Arc::make_mut(root).relations {
            Numbered::make_room(table, changes.len());
        }
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
