//! Who holds grants in a layer, for one question.

use arrayvec::ArrayVec;

use super::case::{Case, Scopes};
use crate::bits::{PermissionIndex, PermissionSet};
use crate::catalogue::{Holder, LayerLevel};
use crate::policy::action::Need;
use crate::policy::grants::{GrantSet, RoleIndex};
use crate::policy::modifiers::RoleModifiers;
use crate::policy::{Layer, LevelIndex, Policy};
use crate::world::MAX_ROLES;

/// One who holds grants in a layer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held<'a> {
    pub(crate) holder: Holder,
    /// The role, where the holder is one.
    pub(crate) role: Option<RoleIndex>,
    pub(crate) grants: HeldGrants<'a>,
}

/// What is held.
#[derive(Debug, Clone, Copy)]
pub(crate) enum HeldGrants<'a> {
    /// A role's grants and what the channel's modifiers make of them.
    Role(&'a GrantSet, Option<&'a RoleModifiers>),
    /// Scopes.
    Scopes(Scopes<'a>),
}

/// All who hold grants in a layer: user roles, channel roles, the owner's role, a token, a client.
pub(crate) type Holders<'a> = ArrayVec<Held<'a>, { 2 * MAX_ROLES + 3 }>;

impl<'a> Case<'a> {
    /// Where a layer's grants are looked up for this question; `None` when the layer does not apply.
    pub(crate) fn level(&self, layer: &Layer) -> Option<LevelIndex> {
        let of_channel = self.channel.as_ref().map(|channel| LevelIndex::Type(channel.record.channel_type));
        let applies = !(layer.needs_token && self.scopes.is_none() || layer.needs_client && self.client_scopes.is_none());
        match layer.spec.level {
            _ if !applies => None,
            LayerLevel::App => Some(LevelIndex::App),
            LayerLevel::Action => Some(of_channel.unwrap_or(LevelIndex::App)),
            LayerLevel::Channel => of_channel,
        }
    }

    /// Puts those who hold grants in a layer into `holders`.
    #[inline]
    pub(crate) fn find_holders(&self, number: usize, layer: &Layer, level: LevelIndex, holders: &mut Holders<'a>) {
        let policy = self.sight.policy();
        let modifiers = match level {
            LevelIndex::App => None,
            LevelIndex::Type(_) => self.channel.as_ref().and_then(|channel| self.sight.modifiers(channel.record.modifiers)),
        };
        let mut push = |holder, role: RoleIndex| {
            let grants = HeldGrants::Role(policy.grants(number, level, role), modifiers.and_then(|modifiers| modifiers.of(role)));
            let _full = holders.try_push(Held { holder, role: Some(role), grants });
        };
        let mut scoped = None;
        for &holder in &layer.spec.holders {
            match holder {
                Holder::UserRole => self.roles.iter().for_each(|role| push(holder, *role)),
                Holder::TeamRole => self.team_roles().iter().for_each(|role| push(holder, *role)),
                Holder::ChannelRole => self.membership.iter().flatten().for_each(|role| push(holder, *role)),
                Holder::ChannelOwner => policy.owner_role.filter(|_| self.owns_channel()).into_iter().for_each(|role| push(holder, role)),
                Holder::Token => scoped = self.scopes.map(|scopes| (holder, scopes)),
                Holder::Client => scoped = self.client_scopes.map(|scopes| (holder, scopes)),
            }
        }
        if let Some((holder, scopes)) = scoped {
            let _full = holders.try_push(Held { holder, role: None, grants: HeldGrants::Scopes(scopes) });
        }
    }
}

/// How a need is met by one holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Met {
    /// Nothing that suffices is held.
    No,
    /// Something is held, but its demands do not hold.
    DemandFailed,
    /// By this permission.
    By(PermissionIndex),
}

impl Held<'_> {
    #[inline]
    fn word(&self, policy: &Policy, word: u8) -> u64 {
        let at = usize::from(word);
        match self.grants {
            HeldGrants::Role(base, None) => base.held.word(at),
            HeldGrants::Role(base, Some(modifiers)) => base.held.word(at) & !modifiers.revoked.word(at) | modifiers.given.held.word(at),
            HeldGrants::Scopes(Scopes::Held(set)) => set.held.word(at),
            HeldGrants::Scopes(Scopes::Given(names)) => {
                names.iter().filter_map(|name| policy.permissions.get(name)).collect::<PermissionSet>().word(at)
            }
        }
    }

    #[inline]
    fn grant_demands_hold(&self, permission: PermissionIndex, case: &Case<'_>) -> bool {
        let test = |demands: &_| case.demands_hold(demands);
        match self.grants {
            HeldGrants::Role(_, Some(modifiers)) if modifiers.given.held.contains(permission) => {
                modifiers.given.demands_hold(permission, test)
            }
            HeldGrants::Role(base, _) => base.demands_hold(permission, test),
            HeldGrants::Scopes(_) => true,
        }
    }

    /// Whether this holder meets a need.
    #[inline]
    pub(crate) fn meets(&self, need: &Need, case: &Case<'_>) -> Met {
        let mut met = self.meets_in(need.word, need.mask, case);
        for (word, mask) in &need.more {
            if matches!(met, Met::By(_)) {
                break;
            }
            met = met.max(self.meets_in(*word, *mask, case));
        }
        met
    }

    #[inline]
    fn meets_in(&self, word: u8, mask: u64, case: &Case<'_>) -> Met {
        let mut bits = self.word(case.sight.policy(), word) & mask;
        let mut met = Met::No;
        while bits != 0 {
            let permission = PermissionIndex::from(word) * 64 + bits.trailing_zeros() as PermissionIndex;
            if self.grant_demands_hold(permission, case) {
                return Met::By(permission);
            }
            met = Met::DemandFailed;
            bits &= bits - 1;
        }
        met
    }

    /// Whether a modifier of the channel took a permission away from this holder.
    pub(crate) fn is_revoked(&self, permission: PermissionIndex) -> bool {
        matches!(self.grants, HeldGrants::Role(_, Some(modifiers)) if modifiers.revoked.contains(permission))
    }

    /// Whether it is a modifier of the channel that gives a permission to this holder.
    pub(crate) fn is_given_here(&self, permission: PermissionIndex) -> bool {
        matches!(self.grants, HeldGrants::Role(_, Some(modifiers)) if modifiers.given.held.contains(permission))
    }
}
