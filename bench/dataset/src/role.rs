//! Actions, permissions and roles of the benchmark's policy.

use crate::SplitMix64;

/// Actions.
pub const ACTIONS: usize = 16;
/// Of these, so many can also be permitted towards one's own team.
pub const TEAM_ACTIONS: usize = 8;
/// Percent of the users who have each of the four user roles.
pub const USER_ROLE_MIX: [usize; 4] = [70, 15, 10, 5];

/// What a permission demands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing.
    Any,
    /// To own the resource.
    Owner,
    /// To share a team with the channel.
    Team,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Any, Self::Owner, Self::Team];

    /// As it is written in ids.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Owner => "owner",
            Self::Team => "team",
        }
    }
}

/// A set of permissions as bits: 16 of kind `any`, 16 `owner`, 8 `team`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Permissions(pub u64);

impl Permissions {
    /// How many there are.
    pub const COUNT: usize = 2 * ACTIONS + TEAM_ACTIONS;

    /// The set of one; empty where an action has no such permission.
    pub const fn one(action: usize, kind: Kind) -> Self {
        Self(match kind {
            Kind::Any => 1 << action,
            Kind::Owner => 1 << (ACTIONS + action),
            Kind::Team if action < TEAM_ACTIONS => 1 << (2 * ACTIONS + action),
            Kind::Team => 0,
        })
    }

    /// Whether it holds this one.
    pub const fn has(self, action: usize, kind: Kind) -> bool {
        self.0 & Self::one(action, kind).0 != 0
    }

    /// Action and kind of each, in order.
    pub fn iter(self) -> impl Iterator<Item = (usize, Kind)> {
        Kind::ALL
            .into_iter()
            .flat_map(move |kind| (0..ACTIONS).filter(move |action| self.has(*action, kind)).map(move |action| (action, kind)))
    }

    /// Each permission with its kind's chance.
    pub(crate) fn draw(random: &mut SplitMix64, percent: [usize; 3]) -> Self {
        let mut drawn = 0;
        for (kind, percent) in Kind::ALL.into_iter().zip(percent) {
            for action in 0..ACTIONS {
                let one = Self::one(action, kind).0;
                if one != 0 && random.percent(percent) {
                    drawn |= one;
                }
            }
        }
        Self(drawn)
    }

    /// So many different permissions.
    pub(crate) fn draw_some(random: &mut SplitMix64, count: usize) -> Self {
        let mut drawn = 0u64;
        while (drawn.count_ones() as usize) < count {
            drawn |= 1 << random.below(Self::COUNT);
        }
        Self(drawn)
    }
}

/// Name of an action.
pub fn action_name(action: usize) -> String {
    const NAMES: [&str; ACTIONS] = [
        "ReadChannel",
        "CreateMessage",
        "UpdateMessage",
        "DeleteMessage",
        "PinMessage",
        "CreateReaction",
        "DeleteReaction",
        "UploadAttachment",
        "CreateThread",
        "CreateMention",
        "FlagMessage",
        "UpdateChannel",
        "DeleteChannel",
        "UpdateMembers",
        "BanMember",
        "CastVote",
    ];
    NAMES.get(action).copied().unwrap_or_default().to_owned()
}

/// Id of a permission.
pub fn permission_id(action: usize, kind: Kind) -> String {
    format!("{}-{}", action_name(action), kind.name())
}
