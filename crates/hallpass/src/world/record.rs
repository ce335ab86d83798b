//! How the facts of one user, channel, token or client lie in words.

use super::slots::Slots;

/// A subject's words: flags and role set and team set; attributes and hints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct UserRecord {
    /// Was put, and not removed.
    pub(crate) present: bool,
    pub(crate) deactivated: bool,
    pub(crate) deleted: bool,
    /// Has, or once had, a ban: look it up.
    pub(crate) bans: bool,
    /// Number of the set of user roles.
    pub(crate) roles: u16,
    /// Number of the set of teams.
    pub(crate) teams: u32,
    /// Number of the set of attributes.
    pub(crate) attributes: u32,
}

impl UserRecord {
    pub(crate) fn read(slots: &Slots<2>, index: u32) -> Self {
        let [first, second] = slots.read(index);
        Self {
            present: flag(first, 0),
            deactivated: flag(first, 1),
            deleted: flag(first, 2),
            bans: flag(first, 3),
            roles: (first >> 16) as u16,
            teams: (first >> 32) as u32,
            attributes: second as u32,
        }
    }

    pub(crate) fn write(self, slots: &Slots<2>, index: u32) {
        let flags = bit(self.present, 0) | bit(self.deactivated, 1) | bit(self.deleted, 2) | bit(self.bans, 3);
        slots.write(index, [flags | u64::from(self.roles) << 16 | u64::from(self.teams) << 32, u64::from(self.attributes)]);
    }
}

/// A channel's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ChannelRecord {
    pub(crate) present: bool,
    pub(crate) frozen: bool,
    pub(crate) disabled: bool,
    pub(crate) deleted: bool,
    /// Number of the type.
    pub(crate) channel_type: u16,
    /// Number of the set of modifiers.
    pub(crate) modifiers: u32,
    /// Number of the owning user, plus one; 0 for none.
    pub(crate) owner: u32,
    /// Number of the team, plus one; 0 for none.
    pub(crate) team: u32,
    pub(crate) cooldown_s: u16,
    /// Number of the pair of features switched on and off.
    pub(crate) features: u32,
    /// Number of the set of groups with access.
    pub(crate) access: u32,
}

impl ChannelRecord {
    pub(crate) fn read(slots: &Slots<4>, index: u32) -> Self {
        let [first, second, third, fourth] = slots.read(index);
        Self {
            present: flag(first, 0),
            frozen: flag(first, 1),
            disabled: flag(first, 2),
            deleted: flag(first, 3),
            channel_type: (first >> 16) as u16,
            modifiers: (first >> 32) as u32,
            owner: second as u32,
            team: (second >> 32) as u32,
            cooldown_s: third as u16,
            features: (third >> 32) as u32,
            access: fourth as u32,
        }
    }

    pub(crate) fn write(self, slots: &Slots<4>, index: u32) {
        let flags = bit(self.present, 0) | bit(self.frozen, 1) | bit(self.disabled, 2) | bit(self.deleted, 3);
        slots.write(
            index,
            [
                flags | u64::from(self.channel_type) << 16 | u64::from(self.modifiers) << 32,
                u64::from(self.owner) | u64::from(self.team) << 32,
                u64::from(self.cooldown_s) | u64::from(self.features) << 32,
                u64::from(self.access),
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
const MEMBER_BITS: u32 = 28;
/// Users and channels that one app can hold.
pub(crate) const MAX_NAMES: u32 = 1 << MEMBER_BITS;

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
