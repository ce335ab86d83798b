//! The facts of one app in memory: one writer, any number of readers that take no lock of its.
//!
//! What changes rarely (the policy, the tables' roots) is an immutable value behind one swap. What changes all day lies in atomic words
//! and is changed in place; a [`sequence`] lock makes several words read as of one moment.

mod append;
mod atomic;
mod current;
mod interned;
mod lines;
#[cfg(all(test, loom))]
mod model;
mod names;
mod prepare;
pub(crate) mod record;
pub(crate) mod register;
pub(crate) mod relations;
mod sequence;
mod slots;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use arrayvec::ArrayVec;
use foldhash::fast::RandomState;

use crate::change::{Modifier, RelationKind};
use crate::id::{Revision, Timestamp};
use crate::policy::Policy;
use crate::policy::grants::{GrantSet, NO_ROLE, RoleIndex};
use crate::policy::modifiers::Modifiers;
use append::AppendArray;
use current::Current;
use interned::Interned;
use lines::{Lines, Numbered};
use names::Names;
use record::{ChannelRecord, ChannelWords, ClientRecord, MemberEntry, TokenRecord, UserRecord, UserRoles, UserWords};
use register::Register;
use relations::Relations;
use sequence::Sequence;
use slots::Slots;
pub(crate) use write::Writer;

/// Kinds of relations.
const RELATION_KINDS: usize = 4;

/// Distinct sets of member roles (and invitations with them) that one app can use: what fits in a membership.
pub(crate) const MEMBER_ROLE_SETS: usize = 256;

/// Times that a long read is tried beside writers before it takes its turn among them.
const ATTEMPTS: u32 = 16;

/// Roles of one user or member that count; more are refused when written, and ignored when given with a question.
pub(crate) const MAX_ROLES: usize = 8;

/// Teams of a user, and the roles that they have in teams.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct TeamSet {
    pub(crate) teams: Box<[u32]>,
    pub(crate) roles: Box<[(u32, RoleIndex)]>,
}

/// Roles of a user or member, in place: reading them costs no further cache line.
pub(crate) type RoleSet = ArrayVec<RoleIndex, MAX_ROLES>;

/// What a membership says of its holder.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct MemberRoles {
    pub(crate) roles: RoleSet,
    pub(crate) invited: bool,
}

/// What few channels say of themselves.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Extras {
    /// Features that the channel switches off, and on.
    pub(crate) features_off: u64,
    pub(crate) features_on: u64,
    pub(crate) cooldown_s: u16,
    /// Groups with access, by the numbers of teams.
    pub(crate) access: Box<[u32]>,
}

/// What is replaced whole: the policy, and the roots of the tables that grow.
#[derive(Debug, Clone)]
pub(crate) struct Root {
    pub(crate) policy: Arc<Policy>,
    users: Register<2>,
    channels: Register<3>,
    teams: Arc<Lines>,
    tokens: Arc<Lines>,
    clients: Arc<Lines>,
    members: Arc<Lines>,
    member_hasher: RandomState,
    relations: [Arc<Lines>; RELATION_KINDS],
}

/// The facts of one app.
#[derive(Debug)]
pub(crate) struct World {
    /// Tells handles of different apps apart.
    pub(crate) instance: u32,
    sequence: Sequence,
    revision: AtomicU64,
    root: Current,
    team_names: Names,
    token_names: Names,
    client_names: Names,
    tokens: Slots<3>,
    clients: Slots<1>,
    relations: [Relations; RELATION_KINDS],
    role_sets: Interned<RoleSet>,
    member_roles: Interned<MemberRoles>,
    /// By number of the member's set of roles: the role plus one where it is the only one.
    only_roles: Box<[AtomicU32; MEMBER_ROLE_SETS]>,
    team_sets: Interned<TeamSet>,
    attribute_sets: Interned<BTreeMap<String, String>>,
    extras: Interned<Extras>,
    modifier_sets: Interned<BTreeMap<String, Vec<Modifier>>>,
    compiled_modifiers: AppendArray<Modifiers>,
    scope_sets: Interned<BTreeSet<String>>,
    compiled_scopes: AppendArray<GrantSet>,
    writer: Mutex<Writer>,
}

static NEXT_INSTANCE: AtomicU32 = AtomicU32::new(1);

impl World {
    pub(crate) fn new(policy: Arc<Policy>) -> Self {
        let hasher = RandomState::default();
        let names = || Names::new(hasher.clone());
        let table = || Arc::new(Lines::with_room(8));
        let compiled_modifiers = AppendArray::new();
        compiled_modifiers.fill(0, Modifiers::default());
        let compiled_scopes = AppendArray::new();
        compiled_scopes.fill(0, GrantSet::default());
        let root = Root {
            policy,
            users: Register::new(hasher.clone()),
            channels: Register::new(hasher.clone()),
            teams: table(),
            tokens: table(),
            clients: table(),
            members: table(),
            member_hasher: hasher.clone(),
            relations: std::array::from_fn(|_| table()),
        };
        Self {
            instance: NEXT_INSTANCE.fetch_add(1, Ordering::Relaxed),
            sequence: Sequence::default(),
            revision: AtomicU64::new(0),
            root: Current::new(root),
            team_names: names(),
            token_names: names(),
            client_names: names(),
            tokens: Slots::new(),
            clients: Slots::new(),
            relations: std::array::from_fn(|_| Relations::new(hasher.clone())),
            role_sets: Interned::starting_with(RoleSet::new()),
            member_roles: Interned::starting_with(MemberRoles::default()),
            only_roles: Box::new([const { AtomicU32::new(0) }; MEMBER_ROLE_SETS]),
            team_sets: Interned::starting_with(TeamSet::default()),
            attribute_sets: Interned::starting_with(BTreeMap::new()),
            extras: Interned::starting_with(Extras::default()),
            modifier_sets: Interned::starting_with(BTreeMap::new()),
            compiled_modifiers,
            scope_sets: Interned::starting_with(BTreeSet::new()),
            compiled_scopes,
            writer: Mutex::default(),
        }
    }

    pub(crate) fn revision(&self) -> Revision {
        Revision(self.revision.load(Ordering::Acquire))
    }

    /// Reads at one moment. `read` may run several times; only its last result counts. For short reads.
    #[inline]
    pub(crate) fn read<T>(&self, mut read: impl FnMut(Sight<'_>) -> T) -> T {
        match self.sequence.attempt(|| self.root.with_seen(|root| read(Sight { world: self, root }))) {
            Some(Some(value)) => value,
            _ => self.read_patiently(read),
        }
    }

    #[cold]
    fn read_patiently<T>(&self, mut read: impl FnMut(Sight<'_>) -> T) -> T {
        self.sequence.read(|| self.root.with(|root| read(Sight { world: self, root })))
    }

    /// Reads much at one moment. Where writers overtake it again and again, it takes its turn among them.
    pub(crate) fn read_long<T>(&self, mut read: impl FnMut(Sight<'_>) -> T) -> T {
        let mut look = || self.root.with(|root| read(Sight { world: self, root }));
        self.sequence.read_at_most(ATTEMPTS, &mut look).unwrap_or_else(|| {
            let _no_writer = self.writer();
            look()
        })
    }
}

impl Root {
    #[inline]
    fn member_hash(&self, key: u64) -> u64 {
        self.member_hasher.hash_one(key)
    }
}

/// Where the names of a user and a channel are listed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Places {
    user: Numbered,
    channel: Numbered,
}

/// The world as a reader sees it at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sight<'a> {
    pub(crate) world: &'a World,
    pub(crate) root: &'a Root,
}

impl<'a> Sight<'a> {
    pub(crate) fn policy(self) -> &'a Policy {
        &self.root.policy
    }

    pub(crate) fn revision(self) -> Revision {
        self.world.revision()
    }

    #[inline]
    pub(crate) fn user_index(self, name: &str) -> Option<u32> {
        self.root.users.find(name)
    }

    /// Reads a word of all that says what a user may do in a channel, to have it at hand.
    #[inline]
    pub(crate) fn touch(self, user: u32, channel: u32) -> u64 {
        let member = self.root.members.touch(self.root.member_hash(MemberEntry::key(channel, user)));
        member ^ self.root.users.touch(user) ^ self.root.channels.touch(channel)
    }

    /// Where the names of a user and a channel are listed.
    #[inline]
    pub(crate) fn places(self, user: &str, channel: &str) -> Places {
        Places { user: self.root.users.place(user), channel: self.root.channels.place(channel) }
    }

    /// Reads a word of each of the places, to have them at hand.
    #[inline]
    pub(crate) fn touch_places(self, places: &Places) -> u64 {
        self.root.users.touch_place(places.user) ^ self.root.channels.touch_place(places.channel)
    }

    /// The user and the channel that most likely have those names.
    #[inline]
    pub(crate) fn likely(self, places: &Places) -> Option<(u32, u32)> {
        Some((self.root.users.likely(places.user)?, self.root.channels.likely(places.channel)?))
    }

    /// Words that names and their records take, in the larger of the two registers.
    pub(crate) fn words_used(self) -> u32 {
        self.root.users.words_used().max(self.root.channels.words_used())
    }

    pub(crate) fn user_name(self, index: u32) -> String {
        self.root.users.name(index)
    }

    pub(crate) fn user(self, index: u32) -> UserRecord {
        UserRecord::read(&self.root.users, index)
    }

    #[inline]
    pub(crate) fn user_words(self, index: u32) -> UserWords {
        UserWords(self.root.users.read(index))
    }

    #[inline]
    pub(crate) fn channel_index(self, name: &str) -> Option<u32> {
        self.root.channels.find(name)
    }

    pub(crate) fn channel(self, index: u32) -> ChannelRecord {
        ChannelRecord::read(&self.root.channels, index)
    }

    #[inline]
    pub(crate) fn channel_words(self, index: u32) -> ChannelWords {
        ChannelWords(self.root.channels.read(index))
    }

    pub(crate) fn team_index(self, name: &str) -> Option<u32> {
        self.world.team_names.find(&self.root.teams, name)
    }

    pub(crate) fn team_name(self, index: u32) -> &'a str {
        self.world.team_names.get(index).unwrap_or_default()
    }

    pub(crate) fn token(self, name: &str) -> Option<TokenRecord> {
        let index = self.world.token_names.find(&self.root.tokens, name)?;
        Some(TokenRecord::read(&self.world.tokens, index)).filter(|token| token.present)
    }

    pub(crate) fn client(self, index: u32) -> Option<ClientRecord> {
        Some(ClientRecord::read(&self.world.clients, index)).filter(|client| client.present)
    }

    pub(crate) fn client_index(self, name: &str) -> Option<u32> {
        self.world.client_names.find(&self.root.clients, name)
    }

    pub(crate) fn client_name(self, index: u32) -> &'a str {
        self.world.client_names.get(index).unwrap_or_default()
    }

    #[inline(always)]
    fn member_entry(self, channel: u32, user: u32) -> Option<MemberEntry> {
        let key = MemberEntry::key(channel, user);
        self.root.members.find(self.root.member_hash(key), |entry| MemberEntry::key_of(entry) == key).map(MemberEntry)
    }

    pub(crate) fn member(self, channel: u32, user: u32) -> Option<&'a MemberRoles> {
        self.world.member_roles.get(u32::from(self.member_entry(channel, user)?.roles()))
    }

    /// The one role of a member, or [`NO_ROLE`] for whoever is none; `None` for members with none or several, and for those only invited.
    #[inline(always)]
    pub(crate) fn member_role(self, channel: u32, user: u32) -> Option<RoleIndex> {
        let Some(entry) = self.member_entry(channel, user) else { return Some(NO_ROLE) };
        let role = self.world.only_roles.get(usize::from(entry.roles())).map_or(0, |role| role.load(Ordering::Acquire));
        role.checked_sub(1).map(|role| role as RoleIndex)
    }

    pub(crate) fn relation_holds(self, kind: RelationKind, user: u32, target: u64, now: Timestamp) -> bool {
        match (self.world.relations.get(kind as usize), self.root.relations.get(kind as usize)) {
            (Some(relations), Some(table)) => relations.holds(table, user, target, now),
            _ => false,
        }
    }

    /// When a relation ends, if there is one. `Some(None)`: never.
    pub(crate) fn relation(self, kind: RelationKind, user: u32, target: u64) -> Option<Option<Timestamp>> {
        self.world.relations.get(kind as usize)?.get(self.root.relations.get(kind as usize)?, user, target)
    }

    pub(crate) fn role_set(self, roles: UserRoles) -> RoleSet {
        match roles {
            UserRoles::One(role) => std::iter::once(role).collect(),
            UserRoles::Set(number) => self.world.role_sets.get(u32::from(number)).cloned().unwrap_or_default(),
        }
    }

    pub(crate) fn team_set(self, number: u32) -> Option<&'a TeamSet> {
        self.world.team_sets.get(number)
    }

    pub(crate) fn attributes(self, number: u32) -> Option<&'a BTreeMap<String, String>> {
        self.world.attribute_sets.get(number)
    }

    pub(crate) fn extras(self, number: u32) -> Option<&'a Extras> {
        self.world.extras.get(number)
    }

    #[inline]
    pub(crate) fn modifiers(self, number: u32) -> Option<&'a Modifiers> {
        if number == 0 { None } else { self.world.compiled_modifiers.get(number) }
    }

    pub(crate) fn modifier_source(self, number: u32) -> Option<&'a BTreeMap<String, Vec<Modifier>>> {
        self.world.modifier_sets.get(number)
    }

    pub(crate) fn scopes(self, number: u32) -> Option<&'a GrantSet> {
        self.world.compiled_scopes.get(number)
    }

    pub(crate) fn scope_source(self, number: u32) -> Option<&'a BTreeSet<String>> {
        self.world.scope_sets.get(number)
    }
}
