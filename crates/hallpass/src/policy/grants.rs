//! What a role holds, compiled to bits.

use crate::bits::{PermissionIndex, PermissionSet};
use crate::change::Grant;
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
