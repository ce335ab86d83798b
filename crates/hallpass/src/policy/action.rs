//! Actions, compiled: for each layer, the ways to be allowed.

use crate::bits::PermissionIndex;
use crate::catalogue::{ActionLevel, ChannelState, Condition, OwnerOf, Standing};
use crate::demand::Demands;

/// Number of an action in its policy.
pub(crate) type ActionIndex = u16;

/// A set of conditions as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Conditions(u8);

impl Conditions {
    const fn bit(condition: Condition) -> u8 {
        1 << condition as u8
    }

    pub(crate) fn with(self, condition: Condition) -> Self {
        Self(self.0 | Self::bit(condition))
    }

    /// The set of just one.
    pub(crate) const fn only(condition: Condition) -> Self {
        Self(Self::bit(condition))
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) const fn count(self) -> u32 {
        self.0.count_ones()
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Condition> {
        let mut bits = self.0;
        std::iter::from_fn(move || {
            let condition = ALL_CONDITIONS.get(bits.trailing_zeros() as usize);
            bits &= bits.wrapping_sub(1);
            condition.copied()
        })
    }
}

impl FromIterator<Condition> for Conditions {
    fn from_iter<I: IntoIterator<Item = Condition>>(conditions: I) -> Self {
        conditions.into_iter().fold(Self::default(), Self::with)
    }
}

const ALL_CONDITIONS: [Condition; 6] =
    [Condition::Owner, Condition::SameTeam, Condition::Member, Condition::Access, Condition::OwnNamespace, Condition::Friends];

/// A permission that must be held, itself or by holding one that contains it.
#[derive(Debug, Clone)]
pub(crate) struct Need {
    pub(crate) permission: PermissionIndex,
    /// The word of the set in which the permission itself lies, and the bits that suffice there.
    pub(crate) word: u8,
    pub(crate) mask: u64,
    /// Further words with bits that suffice.
    pub(crate) more: Box<[(u8, u64)]>,
}

/// One way to be allowed.
#[derive(Debug, Clone)]
pub(crate) struct CompiledAlternative {
    /// Number within the action, the same in every layer.
    pub(crate) number: usize,
    pub(crate) needs: Box<[Need]>,
    pub(crate) when: Conditions,
    /// Demands of a custom permission.
    pub(crate) demands: Option<Demands>,
}

/// The alternatives of an action that count in one layer.
#[derive(Debug, Clone)]
pub(crate) struct LayerAlternatives {
    pub(crate) layer: usize,
    pub(crate) alternatives: Box<[CompiledAlternative]>,
}

/// Alternatives of an action, as bits by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Alive(u128);

/// Alternatives that an action can have, custom permissions included.
pub(crate) const MAX_ALTERNATIVES: usize = u128::BITS as usize;

impl Alive {
    /// All of them.
    pub(crate) const ALL: Self = Self(u128::MAX);

    pub(crate) const fn has(self, number: usize) -> bool {
        number < MAX_ALTERNATIVES && self.0 >> number & 1 == 1
    }

    pub(crate) fn strike(&mut self, number: usize) {
        if number < MAX_ALTERNATIVES {
            self.0 &= !(1 << number);
        }
    }
}

/// A compiled action.
#[derive(Debug, Clone)]
pub(crate) struct Action {
    pub(crate) name: Box<str>,
    pub(crate) level: ActionLevel,
    pub(crate) owner: OwnerOf,
    pub(crate) write: bool,
    pub(crate) channel: ChannelState,
    refused_when: u8,
    /// The bit of the feature that must be on; 0 for none.
    pub(crate) feature: u64,
    /// Whether it needs a permission at all.
    pub(crate) needs_permission: bool,
    /// The layers that know a permission for it.
    pub(crate) layers: Box<[LayerAlternatives]>,
}

impl Action {
    pub(crate) fn new(spec: &crate::catalogue::ActionSpec, feature: u64, layers: impl IntoIterator<Item = LayerAlternatives>) -> Self {
        Self {
            name: spec.name.as_str().into(),
            level: spec.level,
            owner: spec.owner,
            write: spec.write,
            channel: spec.channel,
            refused_when: spec.refused_when.iter().fold(0, |bits, standing| bits | 1 << *standing as u8),
            feature,
            needs_permission: !spec.any_of.is_empty(),
            layers: layers.into_iter().collect(),
        }
    }

    pub(crate) const fn refused_when(&self, standing: Standing) -> bool {
        self.refused_when >> standing as u8 & 1 == 1
    }
}
