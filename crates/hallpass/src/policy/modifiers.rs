//! What a channel's modifiers make of the grants, compiled.

use super::grants::{GrantSet, RoleIndex};
use crate::bits::{PermissionIndex, PermissionSet, WORDS};
use crate::change::{Grant, Modifier};

/// A channel's modifiers, by role.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Modifiers {
    /// In the order of the roles' numbers.
    roles: Box<[(RoleIndex, RoleModifiers)]>,
    masks: Masks,
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
        let mut roles: Box<[(RoleIndex, RoleModifiers)]> = roles.collect();
        roles.sort_by_key(|(role, _)| *role);
        Self { masks: Masks::of(&roles), demand: roles.iter().any(|(_, own)| own.given.demanded().next().is_some()), roles }
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
    #[inline]
    pub(crate) fn applied(&self, role: RoleIndex, word: u8, held: u64) -> u64 {
        self.masks.find(role, word).map_or(held, |[given, revoked]| held & !revoked | given)
    }

    pub(crate) fn of(&self, role: RoleIndex) -> Option<&RoleModifiers> {
        let at = self.roles.binary_search_by_key(&role, |(holder, _)| *holder).ok()?;
        self.roles.get(at).map(|(_, modifiers)| modifiers)
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

    fn word(&self, word: usize) -> [u64; 2] {
        [self.given.held.word(word), self.revoked.word(word)]
    }
}

/// The same again for those who ask for one word of one role: however many roles are modified, it is found in two cache lines.
///
/// First, for every 64 roles, which of them are modified, and how many of those before them; so the place of a role is counted, and not
/// searched for. Then, for each word of which any role has something, what each modified role is given and what is revoked.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
struct Masks {
    table: Box<[[u64; 2]]>,
    /// Blocks of 64 roles at the beginning of the table.
    blocks: u16,
    /// Roles of a row.
    roles: u16,
    /// The row of each word, plus one; 0 where nothing of it is modified.
    rows: [u8; WORDS],
}

impl Masks {
    /// `roles` in the order of their numbers.
    fn of(roles: &[(RoleIndex, RoleModifiers)]) -> Self {
        let blocks = roles.last().map_or(0, |(last, _)| last / 64 + 1);
        let block = |number: u16| {
            let before = roles.iter().filter(|(role, _)| role / 64 < number).count();
            let here = roles.iter().filter(|(role, _)| role / 64 == number).fold(0, |bits, (role, _)| bits | 1u64 << (role % 64));
            [here, before as u64]
        };
        let mut table: Vec<[u64; 2]> = (0..blocks).map(block).collect();
        let (mut rows, mut filled) = ([0; WORDS], 0);
        for (word, row) in rows.iter_mut().enumerate() {
            if roles.iter().any(|(_, modifiers)| modifiers.word(word) != [0, 0]) {
                table.extend(roles.iter().map(|(_, modifiers)| modifiers.word(word)));
                filled += 1;
                *row = filled;
            }
        }
        Self { table: table.into(), blocks, roles: roles.len() as u16, rows }
    }

    /// What a role is given of a word of permissions, and what is revoked.
    #[inline]
    fn find(&self, role: RoleIndex, word: u8) -> Option<[u64; 2]> {
        let row = usize::from(self.rows.get(usize::from(word))?.checked_sub(1)?);
        let block = Some(role / 64).filter(|block| *block < self.blocks)?;
        let [here, before] = *self.table.get(usize::from(block))?;
        let bit = 1u64 << (role % 64);
        if here & bit == 0 {
            return None;
        }
        let place = before as usize + (here & (bit - 1)).count_ones() as usize;
        self.table.get(usize::from(self.blocks) + row * usize::from(self.roles) + place).copied()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::policy::grants::NO_ROLE;

    proptest! {
        /// Against the plain sets, with roles and permissions around the ends of blocks and words.
        #[test]
        fn masks_say_what_the_sets_say(
            modified in prop::collection::btree_map(0u16..200, prop::collection::vec((any::<bool>(), 0u16..512), 0..6), 0..80),
            held: u64,
        ) {
            let source: BTreeMap<String, Vec<Modifier>> = modified.iter().map(|(role, list)| {
                let modifier = |(give, id): &(bool, u16)| match give {
                    true => Modifier::Give(Grant::plain(id.to_string())),
                    false => Modifier::Revoke(id.to_string()),
                };
                (role.to_string(), list.iter().map(modifier).collect())
            }).collect();
            let modifiers = Modifiers::compile(&source, |role| role.parse().ok(), |id| id.parse().ok());
            for role in (0..260).chain([NO_ROLE]) {
                let own = modifiers.of(role);
                prop_assert_eq!(own.is_some(), modified.contains_key(&role));
                for word in 0..WORDS {
                    let plain = own.map_or(held, |own| held & !own.revoked.word(word) | own.given.held.word(word));
                    prop_assert_eq!(modifiers.applied(role, word as u8, held), plain);
                }
            }
        }
    }
}
