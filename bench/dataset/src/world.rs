//! Users, channels, memberships and grants.

use crate::role::{Permissions, USER_ROLE_MIX};
use crate::{Kind, SplitMix64};

/// How large a world is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Users.
    pub users: usize,
    /// Channels.
    pub channels: usize,
    /// Members of each channel.
    pub members: usize,
    /// User roles; the first four are `user`, `guest`, `moderator`, `admin`.
    pub user_roles: usize,
    /// Channel types.
    pub types: usize,
    /// Every so-manieth channel has grants of its own.
    pub override_every: usize,
    /// Whether all roles are overridden there; otherwise `user`, `guest`, `channel_member` and `channel_moderator`.
    pub override_all_roles: bool,
}

impl Shape {
    /// 20,000 users, 10,000 channels, 100,000 memberships.
    pub const BASE: Self =
        Self { users: 20_000, channels: 10_000, members: 10, user_roles: 4, types: 5, override_every: 10, override_all_roles: false };
}

/// A user.
#[derive(Debug, Clone, Copy)]
pub struct User {
    /// Number of the user role.
    pub role: u16,
    /// Teams, as bits.
    pub teams: u8,
}

impl User {
    /// Names of the teams.
    pub fn team_names(self) -> impl Iterator<Item = String> {
        (0..8u8).filter(move |team| self.teams >> team & 1 == 1).map(team_name)
    }
}

/// A channel.
#[derive(Debug, Clone)]
pub struct Channel {
    /// Number of the type.
    pub channel_type: u16,
    /// Its team.
    pub team: u8,
    /// Users, with their channel roles.
    pub members: Vec<(u32, u16)>,
    /// Grants of its own.
    pub overrides: Option<Overrides>,
}

/// What a channel changes of its type's grants, by role. Where both name a permission it is revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overrides {
    /// Role, given, revoked.
    pub roles: Vec<(u16, Permissions, Permissions)>,
}

/// Everything.
#[derive(Debug, Clone)]
pub struct World {
    /// How large it is.
    pub shape: Shape,
    /// Names of the channel types.
    pub types: Vec<String>,
    /// Names of the roles: user roles, then the two channel roles.
    pub roles: Vec<String>,
    /// Grants by type and role.
    pub grants: Vec<Vec<Permissions>>,
    /// Users.
    pub users: Vec<User>,
    /// Channels.
    pub channels: Vec<Channel>,
}

const TYPE_NAMES: [&str; 5] = ["messaging", "livestream", "team", "commerce", "gaming"];
const USER_ROLE_NAMES: [&str; 4] = ["user", "guest", "moderator", "admin"];
/// Percent of the `any`, `owner` and `team` permissions that a role holds: the four user roles, then the two channel roles.
const GRANT_MIX: [[usize; 3]; 6] = [[20, 80, 10], [10, 30, 0], [55, 90, 80], [95, 100, 100], [45, 95, 20], [65, 100, 60]];
const TEAMS: usize = 8;

impl World {
    /// The world of a shape, drawn from seed 42.
    pub fn new(shape: Shape) -> Self {
        let mut random = SplitMix64::new(42);
        let named = |at: usize, names: &[&str], word: &str| names.get(at).map_or_else(|| format!("{word}_{at}"), |name| (*name).to_owned());
        let types = (0..shape.types).map(|at| named(at, &TYPE_NAMES, "type")).collect();
        let mut roles: Vec<String> = (0..shape.user_roles).map(|at| named(at, &USER_ROLE_NAMES, "role")).collect();
        roles.extend(["channel_member".to_owned(), "channel_moderator".to_owned()]);
        let mix_of = |role: usize| match role.checked_sub(shape.user_roles) {
            Some(channel_role) => GRANT_MIX[4 + channel_role],
            None => GRANT_MIX[role % 4],
        };
        let grants =
            (0..shape.types).map(|_| (0..roles.len()).map(|role| Permissions::draw(&mut random, mix_of(role))).collect()).collect();
        let users = (0..shape.users).map(|_| draw_user(&mut random, &shape)).collect();
        let overridden: Vec<u16> = if shape.override_all_roles {
            (0..roles.len() as u16).collect()
        } else {
            [0, 1, shape.user_roles as u16, shape.user_roles as u16 + 1].into()
        };
        let channels = (0..shape.channels).map(|number| draw_channel(&mut random, &shape, number, &overridden)).collect();
        Self { shape, types, roles, grants, users, channels }
    }

    /// Number of the role `channel_member`; `channel_moderator` is the next.
    pub const fn channel_member(&self) -> u16 {
        self.shape.user_roles as u16
    }

    /// Memberships.
    pub fn memberships(&self) -> usize {
        self.channels.iter().map(|channel| channel.members.len()).sum()
    }

    /// The role of a user in a channel.
    pub fn member_role(&self, channel: u32, user: u32) -> Option<u16> {
        self.channels[channel as usize].members.iter().find(|(member, _)| *member == user).map(|(_, role)| *role)
    }

    /// What a role holds in a channel: the type's grants, and what the channel makes of them.
    pub fn held(&self, channel: u32, role: u16) -> Permissions {
        let channel = &self.channels[channel as usize];
        let base = self.grants[usize::from(channel.channel_type)][usize::from(role)];
        let own = channel.overrides.iter().flat_map(|overrides| &overrides.roles).find(|(overridden, ..)| *overridden == role);
        own.map_or(base, |(_, given, revoked)| Permissions((base.0 | given.0) & !revoked.0))
    }

    /// Whether a user shares a team with a channel.
    pub fn share_team(&self, user: u32, channel: u32) -> bool {
        self.users[user as usize].teams >> self.channels[channel as usize].team & 1 == 1
    }

    /// Whether a role in a channel holds a permission.
    pub fn holds(&self, channel: u32, role: u16, action: usize, kind: Kind) -> bool {
        self.held(channel, role).has(action, kind)
    }

    /// The name of what decides in a channel: its type, or the channel's own grants.
    pub fn scope_name(&self, channel: u32) -> String {
        let here = &self.channels[channel as usize];
        if here.overrides.is_some() { format!("own-{channel}") } else { self.types[usize::from(here.channel_type)].clone() }
    }

    /// All scopes with what each role holds there, by number of the role.
    pub fn scopes(&self) -> impl Iterator<Item = (String, Vec<Permissions>)> + '_ {
        let own = (0..self.channels.len() as u32).filter(|channel| self.channels[*channel as usize].overrides.is_some());
        let own =
            own.map(|channel| (self.scope_name(channel), (0..self.roles.len() as u16).map(|role| self.held(channel, role)).collect()));
        self.types.iter().cloned().zip(self.grants.iter().cloned()).chain(own)
    }

    /// The name of a channel: `type:id`.
    pub fn channel_name(&self, channel: u32) -> String {
        channel_name(&self.types[usize::from(self.channels[channel as usize].channel_type)], channel)
    }
}

fn draw_user(random: &mut SplitMix64, shape: &Shape) -> User {
    let role = if shape.user_roles > USER_ROLE_MIX.len() {
        random.below(shape.user_roles)
    } else {
        let mut drawn = random.below(100);
        USER_ROLE_MIX
            .iter()
            .position(|share| {
                let here = drawn < *share;
                drawn = drawn.saturating_sub(*share);
                here
            })
            .unwrap_or(0)
    };
    let mut teams = 1 << random.below(TEAMS);
    if random.percent(50) {
        teams |= 1 << random.below(TEAMS);
    }
    User { role: role as u16, teams }
}

fn draw_channel(random: &mut SplitMix64, shape: &Shape, number: usize, overridden: &[u16]) -> Channel {
    let channel_type = random.below(shape.types) as u16;
    let team = random.below(TEAMS) as u8;
    let mut members: Vec<(u32, u16)> = Vec::with_capacity(shape.members);
    while members.len() < shape.members {
        let user = random.below(shape.users) as u32;
        if members.iter().all(|(member, _)| *member != user) {
            let is_moderator = random.percent(10);
            members.push((user, shape.user_roles as u16 + u16::from(is_moderator)));
        }
    }
    let overrides = number.is_multiple_of(shape.override_every).then(|| Overrides {
        roles: overridden.iter().map(|role| (*role, Permissions::draw_some(random, 2), Permissions::draw_some(random, 3))).collect(),
    });
    Channel { channel_type, team, members, overrides }
}

/// Id of a user.
pub fn user_name(user: u32) -> String {
    format!("user-{user}")
}

/// Name of a channel.
pub fn channel_name(channel_type: &str, channel: u32) -> String {
    format!("{channel_type}:channel-{channel}")
}

/// Name of a team.
pub fn team_name(team: u8) -> String {
    format!("team-{team}")
}
