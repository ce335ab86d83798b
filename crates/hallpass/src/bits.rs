//! A set of permissions as bits.

/// Words of a set.
pub(crate) const WORDS: usize = 8;
/// Permissions that a profile can have, the app's own included. A set is one cache line; the largest built-in profile needs 396.
pub(crate) const MAX_PERMISSIONS: usize = WORDS * 64;

/// Number of a permission in its policy.
pub(crate) type PermissionIndex = u16;

/// A set of permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[repr(align(64))]
pub(crate) struct PermissionSet([u64; WORDS]);

impl PermissionSet {
    pub(crate) const EMPTY: Self = Self([0; WORDS]);

    pub(crate) fn insert(&mut self, permission: PermissionIndex) {
        if let Some(word) = self.0.get_mut(usize::from(permission) / 64) {
            *word |= 1 << (permission % 64);
        }
    }

    pub(crate) fn remove(&mut self, permission: PermissionIndex) {
        if let Some(word) = self.0.get_mut(usize::from(permission) / 64) {
            *word &= !(1 << (permission % 64));
        }
    }

    pub(crate) fn contains(&self, permission: PermissionIndex) -> bool {
        self.word(usize::from(permission) / 64) >> (permission % 64) & 1 == 1
    }

    /// The word at an index; 0 beyond the end.
    pub(crate) fn word(&self, index: usize) -> u64 {
        self.0.get(index).copied().unwrap_or(0)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = PermissionIndex> + '_ {
        (0..MAX_PERMISSIONS as PermissionIndex).filter(|permission| self.contains(*permission))
    }
}

impl FromIterator<PermissionIndex> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = PermissionIndex>>(permissions: I) -> Self {
        let mut set = Self::EMPTY;
        for permission in permissions {
            set.insert(permission);
        }
        set
    }
}
