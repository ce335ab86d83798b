//! The least that any engine must do: bit masks by scope and role, one hash map of memberships, three bits by action.
//!
//! What a programmer would write by hand for just this rule, with nothing checked, explained, versioned or shared between threads.

use bench_dataset::{Engine, Kind, Permissions, Question, World, action_name, user_name};
use rustc_hash::FxHashMap;

/// The floor, asked with numbers.
pub(crate) struct Floor {
    scopes: Vec<Vec<u64>>,
    users: Vec<(u16, u8)>,
    channels: Vec<(u32, u8)>,
    members: FxHashMap<u64, u16>,
    actions: Vec<[u64; 3]>,
    asked: Vec<Question>,
}

/// What the floor is made of.
pub(crate) struct Parts {
    /// Masks by scope and role.
    pub(crate) scopes: Vec<Vec<u64>>,
    /// Role and teams.
    pub(crate) users: Vec<(u16, u8)>,
    /// Scope and team.
    pub(crate) channels: Vec<(u32, u8)>,
    /// By channel and user.
    pub(crate) members: FxHashMap<u64, u16>,
}

/// The key of a membership.
pub(crate) const fn member_key(channel: u32, user: u32) -> u64 {
    (channel as u64) << 32 | user as u64
}

impl Floor {
    pub(crate) fn new(world: &World, asked: &[Question]) -> Self {
        let masks = |grants: &[Permissions]| -> Vec<u64> { grants.iter().map(|grants| grants.0).collect() };
        let mut scopes: Vec<Vec<u64>> = world.grants.iter().map(|grants| masks(grants)).collect();
        let mut channels = Vec::with_capacity(world.channels.len());
        let mut members = FxHashMap::default();
        for (number, channel) in world.channels.iter().enumerate() {
            let scope = if channel.overrides.is_some() {
                scopes.push((0..world.roles.len() as u16).map(|role| world.held(number as u32, role).0).collect());
                scopes.len() - 1
            } else {
                usize::from(channel.channel_type)
            };
            channels.push((scope as u32, channel.team));
            members.extend(channel.members.iter().map(|(user, role)| (member_key(number as u32, *user), *role)));
        }
        let users = world.users.iter().map(|user| (user.role, user.teams)).collect();
        Self::of(Parts { scopes, users, channels, members }, asked)
    }

    pub(crate) fn of(Parts { scopes, users, channels, members }: Parts, asked: &[Question]) -> Self {
        let actions = (0..bench_dataset::ACTIONS).map(|action| Kind::ALL.map(|kind| Permissions::one(action, kind).0)).collect();
        Self { scopes, users, channels, members, actions, asked: asked.to_vec() }
    }

    #[inline]
    fn decide(&self, user: u32, channel: u32, action: usize, own: bool) -> bool {
        let (role, teams) = self.users[user as usize];
        let (scope, team) = self.channels[channel as usize];
        let masks = &self.scopes[scope as usize];
        let mut held = masks[usize::from(role)];
        if let Some(member) = self.members.get(&member_key(channel, user)) {
            held |= masks[usize::from(*member)];
        }
        let [any, owner, same_team] = self.actions[action];
        held & any != 0 || own && held & owner != 0 || teams >> team & 1 == 1 && held & same_team != 0
    }
}

impl Engine for Floor {
    fn load(world: &World, asked: &[Question]) -> anyhow::Result<Self> {
        Ok(Self::new(world, asked))
    }

    fn allowed(&mut self, question: usize) -> bool {
        let Question { user, channel, action, owner } = self.asked[question];
        self.decide(user, channel, action, owner == user)
    }
}

/// The floor, asked with names.
pub(crate) struct FloorStrings {
    floor: Floor,
    users: FxHashMap<String, u32>,
    channels: FxHashMap<String, u32>,
    actions: FxHashMap<String, u32>,
    asked: Vec<Named>,
}

/// A question as it comes from outside.
pub(crate) struct Named {
    pub(crate) user: String,
    pub(crate) channel: String,
    pub(crate) action: String,
    pub(crate) owner: String,
}

impl Named {
    pub(crate) fn all(world: &World, asked: &[Question]) -> Vec<Self> {
        let name = |question: &Question| Self {
            user: user_name(question.user),
            channel: world.channel_name(question.channel),
            action: action_name(question.action),
            owner: user_name(question.owner),
        };
        asked.iter().map(name).collect()
    }
}

impl FloorStrings {
    /// A floor with names: all users' in order, all channels' in order.
    pub(crate) fn of(floor: Floor, users: impl Iterator<Item = String>, channels: impl Iterator<Item = String>, asked: Vec<Named>) -> Self {
        Self {
            floor,
            users: users.zip(0..).collect(),
            channels: channels.zip(0..).collect(),
            actions: (0..bench_dataset::ACTIONS).map(action_name).zip(0..).collect(),
            asked,
        }
    }

    /// The same, asked with numbers.
    pub(crate) fn floor(&mut self) -> &mut Floor {
        &mut self.floor
    }
}

impl Engine for FloorStrings {
    fn load(world: &World, asked: &[Question]) -> anyhow::Result<Self> {
        let users = (0..world.users.len() as u32).map(user_name);
        let channels = (0..world.channels.len() as u32).map(|channel| world.channel_name(channel));
        Ok(Self::of(Floor::new(world, asked), users, channels, Named::all(world, asked)))
    }

    fn allowed(&mut self, question: usize) -> bool {
        let Named { user, channel, action, owner } = &self.asked[question];
        match (self.users.get(user), self.channels.get(channel), self.actions.get(action)) {
            (Some(number), Some(channel), Some(action)) => self.floor.decide(*number, *channel, *action as usize, user == owner),
            _ => false,
        }
    }
}

/// What a user may do in a channel, by the floor: one look-up, then bits.
pub(crate) struct FloorCapabilities(Floor);

impl Engine for FloorCapabilities {
    fn load(world: &World, asked: &[Question]) -> anyhow::Result<Self> {
        Ok(Self(Floor::new(world, asked)))
    }

    fn allowed(&mut self, question: usize) -> bool {
        let Question { user, channel, .. } = self.0.asked[question];
        super::for_all_actions(|action, own| self.0.decide(user, channel, action, own)).0 != 0
    }

    fn wrong(&mut self, world: &World, asked: &[Question]) -> usize {
        super::wrong_capabilities(world, asked, |question| {
            let Question { user, channel, .. } = self.0.asked[question];
            super::for_all_actions(|action, own| self.0.decide(user, channel, action, own))
        })
    }
}
