//! How the facts of one user, channel, token or client lie in words.

use super::register::Register;
use super::slots::Slots;
use crate::policy::grants::RoleIndex;

/// A subject's words: flags, role and team set; attributes and the first teams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct UserRecord {
    /// Was put, and not removed.
    pub(crate) present: bool,
    pub(crate) deactivated: bool,
    pub(crate) deleted: bool,
    /// Has, or once had, a ban: look it up.
    pub(crate) bans: bool,
    /// Has the role of those who did not log in.
    pub(crate) anonymous: bool,
    pub(crate) roles: UserRoles,
    /// Has roles in teams.
    pub(crate) team_roles: bool,
    /// Number of the set of teams.
    pub(crate) teams: u32,
    /// Of the teams, those with a number below 32.
    pub(crate) first_teams: u32,
    /// Has other teams too.
    pub(crate) more_teams: bool,
    /// Number of the set of attributes.
    pub(crate) attributes: u32,
}

/// The roles of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UserRoles {
    /// The usual case.
    One(RoleIndex),
    /// Number of the set: none, or several.
    Set(u16),
}

impl Default for UserRoles {
    fn default() -> Self {
        Self::Set(0)
    }
}

/// The words of a user as they are, for questions that need no more than a few bits of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UserWords(pub(crate) [u64; 2]);

impl UserWords {
    const PRESENT: u64 = 1;
    const DEACTIVATED: u64 = 1 << 1;
    const DELETED: u64 = 1 << 2;
    const BANS: u64 = 1 << 3;
    const ANONYMOUS: u64 = 1 << 4;
    const ROLE_SET: u64 = 1 << 5;
    const TEAM_ROLES: u64 = 1 << 6;
    const MORE_TEAMS: u64 = 1 << 7;
    const FLAGS: u64 = 0xff;

    /// Whether nothing is to be said of the user but one role and a few teams.
    #[inline]
    pub(crate) const fn is_plain(self) -> bool {
        self.0[0] & Self::FLAGS == Self::PRESENT
    }

    /// The role of a plain user.
    #[inline]
    pub(crate) const fn role(self) -> RoleIndex {
        (self.0[0] >> 16) as u16
    }

    /// Those of a plain user's teams with a number below 32: all of them.
    #[inline]
    pub(crate) const fn teams(self) -> u32 {
        (self.0[1] >> 32) as u32
    }
}

impl UserRecord {
    pub(crate) fn read(users: &Register<2>, index: u32) -> Self {
        let [first, second] = users.read(index);
        let roles = (first >> 16) as u16;
        Self {
            present: first & UserWords::PRESENT != 0,
            deactivated: first & UserWords::DEACTIVATED != 0,
            deleted: first & UserWords::DELETED != 0,
            bans: first & UserWords::BANS != 0,
            anonymous: first & UserWords::ANONYMOUS != 0,
            roles: if first & UserWords::ROLE_SET == 0 && first != 0 { UserRoles::One(roles) } else { UserRoles::Set(roles) },
            team_roles: first & UserWords::TEAM_ROLES != 0,
            teams: (first >> 32) as u32,
            first_teams: (second >> 32) as u32,
            more_teams: first & UserWords::MORE_TEAMS != 0,
            attributes: second as u32,
        }
    }

    pub(crate) fn write(self, users: &Register<2>, index: u32) {
        let flag = |value: bool, flag: u64| if value { flag } else { 0 };
        let (set, roles) = match self.roles {
            UserRoles::One(role) => (0, role),
            UserRoles::Set(number) => (UserWords::ROLE_SET, number),
        };
        let flags = flag(self.present, UserWords::PRESENT)
            | flag(self.deactivated, UserWords::DEACTIVATED)
            | flag(self.deleted, UserWords::DELETED)
            | flag(self.bans, UserWords::BANS)
            | flag(self.anonymous, UserWords::ANONYMOUS)
            | flag(self.team_roles, UserWords::TEAM_ROLES)
            | flag(self.more_teams, UserWords::MORE_TEAMS)
            | set;
        let second = u64::from(self.attributes) | u64::from(self.first_teams) << 32;
        users.write(index, [flags | u64::from(roles) << 16 | u64::from(self.teams) << 32, second]);
    }
}

/// A channel's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ChannelRecord {
    pub(crate) present: bool,
    pub(crate) frozen: bool,
    pub(crate) disabled: bool,
    pub(crate) deleted: bool,
    /// Has a cooldown.
    pub(crate) slow: bool,
    /// Switches features on or off.
    pub(crate) switches: bool,
    /// Number of the type.
    pub(crate) channel_type: u16,
    /// Number of the set of modifiers.
    pub(crate) modifiers: u32,
    /// Number of the owning user, plus one; 0 for none.
    pub(crate) owner: u32,
    /// Number of the team, plus one; 0 for none.
    pub(crate) team: u32,
    /// Number of what few channels say of themselves.
    pub(crate) extras: u32,
}

/// The words of a channel as they are, for questions that need no more than a few bits of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChannelWords(pub(crate) [u64; 2]);

impl ChannelWords {
    const PRESENT: u64 = 1;
    const FROZEN: u64 = 1 << 1;
    const DISABLED: u64 = 1 << 2;
    const DELETED: u64 = 1 << 3;
    const SWITCHES: u64 = 1 << 4;
    /// What stands against something, or may: the flags of one byte.
    const FLAGS: u64 = 0xff;
    /// Beyond that byte: slow mode is nothing that a check looks at alone.
    const SLOW: u64 = 1 << 8;

    /// Whether nothing of the channel itself stands against anything, a cooldown aside.
    #[inline]
    pub(crate) const fn is_plain(self) -> bool {
        self.0[0] & Self::FLAGS == Self::PRESENT
    }

    #[inline]
    pub(crate) const fn channel_type(self) -> u16 {
        (self.0[0] >> 16) as u16
    }

    #[inline]
    pub(crate) const fn modifiers(self) -> u32 {
        (self.0[0] >> 32) as u32
    }

    /// Number of the owning user, plus one; 0 for none.
    #[inline]
    pub(crate) const fn owner(self) -> u32 {
        self.0[1] as u32
    }

    /// Number of the team, plus one; 0 for none.
    #[inline]
    pub(crate) const fn team(self) -> u32 {
        (self.0[1] >> 32) as u32
    }
}

impl ChannelRecord {
    pub(crate) fn read(channels: &Register<3>, index: u32) -> Self {
        let [first, second, third] = channels.read(index);
        let words = ChannelWords([first, second]);
        Self {
            present: first & ChannelWords::PRESENT != 0,
            frozen: first & ChannelWords::FROZEN != 0,
            disabled: first & ChannelWords::DISABLED != 0,
            deleted: first & ChannelWords::DELETED != 0,
            slow: first & ChannelWords::SLOW != 0,
            switches: first & ChannelWords::SWITCHES != 0,
            channel_type: words.channel_type(),
            modifiers: words.modifiers(),
            owner: words.owner(),
            team: words.team(),
            extras: third as u32,
        }
    }

    pub(crate) fn write(self, channels: &Register<3>, index: u32) {
        let flag = |value: bool, flag: u64| if value { flag } else { 0 };
        let flags = flag(self.present, ChannelWords::PRESENT)
            | flag(self.frozen, ChannelWords::FROZEN)
            | flag(self.disabled, ChannelWords::DISABLED)
            | flag(self.deleted, ChannelWords::DELETED)
            | flag(self.slow, ChannelWords::SLOW)
            | flag(self.switches, ChannelWords::SWITCHES);
        channels.write(
            index,
            [
                flags | u64::from(self.channel_type) << 16 | u64::from(self.modifiers) << 32,
                u64::from(self.owner) | u64::from(self.team) << 32,
                u64::from(self.extras),
            ],
        );
    }
}

/// A token's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct TokenRecord {
    pub(crate) present: bool,
    /// Number of the user.
    pub(crate) user: u32,
    /// Number of the client, plus one; 0 for none.
    pub(crate) client: u32,
    /// Number of the set of scopes.
    pub(crate) scopes: u32,
    /// Milliseconds since the epoch; `u64::MAX` for never.
    pub(crate) expires_at: u64,
}

impl TokenRecord {
    pub(crate) fn read(slots: &Slots<3>, index: u32) -> Self {
        let [first, second, expires_at] = slots.read(index);
        Self { present: flag(first, 0), scopes: (first >> 32) as u32, user: second as u32, client: (second >> 32) as u32, expires_at }
    }

    pub(crate) fn write(self, slots: &Slots<3>, index: u32) {
        let first = bit(self.present, 0) | u64::from(self.scopes) << 32;
        slots.write(index, [first, u64::from(self.user) | u64::from(self.client) << 32, self.expires_at]);
    }
}

/// A client's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ClientRecord {
    pub(crate) present: bool,
    /// Number of the set of scopes.
    pub(crate) scopes: u32,
}

impl ClientRecord {
    pub(crate) fn read(slots: &Slots<1>, index: u32) -> Self {
        let [word] = slots.read(index);
        Self { present: flag(word, 0), scopes: (word >> 32) as u32 }
    }

    pub(crate) fn write(self, slots: &Slots<1>, index: u32) {
        slots.write(index, [bit(self.present, 0) | u64::from(self.scopes) << 32]);
    }
}

/// A membership in one word: channel (28 bits), subject (28 bits), number of the set of member roles (8 bits).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MemberEntry(pub(crate) u64);

/// Bits of a subject's or channel's number in a membership.
pub(crate) const MEMBER_BITS: u32 = 28;

impl MemberEntry {
    pub(crate) const fn new(channel: u32, subject: u32, roles: u8) -> Self {
        Self(Self::key(channel, subject) << 8 | roles as u64)
    }

    pub(crate) const fn key(channel: u32, subject: u32) -> u64 {
        (channel as u64) << MEMBER_BITS | subject as u64
    }

    pub(crate) const fn key_of(entry: u64) -> u64 {
        entry >> 8
    }

    pub(crate) const fn roles(self) -> u8 {
        self.0 as u8
    }
}

const fn flag(word: u64, at: u32) -> bool {
    word >> at & 1 == 1
}

const fn bit(value: bool, at: u32) -> u64 {
    (value as u64) << at
}
