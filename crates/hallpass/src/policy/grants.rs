//! What a role holds, compiled to bits, and what a channel's modifiers make of it.

use crate::bits::{PermissionIndex, PermissionSet};
use crate::change::{Grant, Modifier};
use crate::demand::Demands;

/// Number of a role in its policy.
pub(crate) type RoleIndex = u16;
/// In place of a role: nobody holds anything by it.
pub(crate) const NO_ROLE: RoleIndex = RoleIndex::MAX;

/// The permissions that somebody holds, and the demands of those grants that have any.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct GrantSet {
    pub(crate) held: PermissionSet,
    /// A permission that is held without demands has no entry. One that is held several times suffices if one entry's demands hold.
    demands: Box<[(PermissionIndex, Demands)]>,
}

impl GrantSet {
    /// Compiles grants; ids that `index_of` does not know are left out.
    pub(crate) fn compile<'a>(grants: impl IntoIterator<Item = &'a Grant>, index_of: impl Fn(&str) -> Option<PermissionIndex>) -> Self {
        let mut held = PermissionSet::EMPTY;
        let mut free = PermissionSet::EMPTY;
        let mut demands = Vec::new();
        for grant in grants {
            let Some(permission) = index_of(&grant.permission) else { continue };
            held.insert(permission);
            let asked = Demands::new(grant.friends, &grant.one_of);
            if asked.is_none() {
                free.insert(permission);
            } else {
                demands.push((permission, asked));
            }
        }
        demands.retain(|(permission, _)| !free.contains(*permission));
        Self { held, demands: demands.into() }
    }

    /// Of permissions that are held without demands.
    pub(crate) fn free(held: PermissionSet) -> Self {
        Self { held, demands: Box::default() }
    }

    /// Whether a held permission's demands hold. `test` says so of one grant's demands.
    #[inline]
    pub(crate) fn demands_hold(&self, permission: PermissionIndex, test: impl Fn(&Demands) -> bool) -> bool {
        self.demands.is_empty() || self.own_demands_hold(permission, test)
    }

    /// The permissions that are held with demands only.
    pub(crate) fn demanded(&self) -> impl Iterator<Item = PermissionIndex> + '_ {
        self.demands.iter().map(|(permission, _)| *permission)
    }

    fn own_demands_hold(&self, permission: PermissionIndex, test: impl Fn(&Demands) -> bool) -> bool {
        let mut own = self.demands.iter().filter(|(demanded, _)| *demanded == permission).peekable();
        own.peek().is_none() || own.any(|(_, demands)| test(demands))
    }
}

/// A channel's modifiers, compiled, by role.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Modifiers {
    roles: Box<[(RoleIndex, RoleModifiers)]>,
    /// Whether anything is given with demands.
    demand: bool,
}

/// The modifiers for one role: the last word on a permission counts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct RoleModifiers {
    pub(crate) given: GrantSet,
    pub(crate) revoked: PermissionSet,
}

impl Modifiers {
    /// Compiles modifiers; unknown roles and ids are left out.
    pub(crate) fn compile<'a>(
        source: impl IntoIterator<Item = (&'a String, &'a Vec<Modifier>)>,
        role_of: impl Fn(&str) -> Option<RoleIndex>,
        index_of: impl Fn(&str) -> Option<PermissionIndex>,
    ) -> Self {
        let roles = source.into_iter().filter_map(|(role, list)| Some((role_of(role)?, RoleModifiers::compile(list, &index_of))));
        let roles: Box<[(RoleIndex, RoleModifiers)]> = roles.collect();
        Self { demand: roles.iter().any(|(_, own)| own.given.demanded().next().is_some()), roles }
    }

    /// Whether anything is given with demands.
    #[inline]
    pub(crate) const fn demand(&self) -> bool {
        self.demand
    }

    /// The roles whose grants are modified.
    pub(crate) fn roles(&self) -> impl Iterator<Item = RoleIndex> + '_ {
        self.roles.iter().map(|(role, _)| *role)
    }

    /// One word of what a role holds, once the modifiers are applied.
    pub(crate) fn applied(&self, role: RoleIndex, word: usize, held: u64) -> u64 {
        self.of(role).map_or(held, |own| held & !own.revoked.word(word) | own.given.held.word(word))
    }

    pub(crate) fn of(&self, role: RoleIndex) -> Option<&RoleModifiers> {
        self.roles.iter().find(|(holder, _)| *holder == role).map(|(_, modifiers)| modifiers)
    }
}

impl RoleModifiers {
    fn compile(list: &[Modifier], index_of: impl Fn(&str) -> Option<PermissionIndex>) -> Self {
        let mut given: Vec<&Grant> = Vec::new();
        let mut revoked = PermissionSet::EMPTY;
        for modifier in list {
            let id = modifier.permission();
            let Some(permission) = index_of(id) else { continue };
            given.retain(|grant| grant.permission != *id);
            revoked.remove(permission);
            match modifier {
                Modifier::Give(grant) => given.push(grant),
                Modifier::Revoke(_) => revoked.insert(permission),
            }
        }
        Self { given: GrantSet::compile(given, index_of), revoked }
    }
}
