//! Actions for which a few bits of the policy decide most questions.
//!
//! Nearly every question is of one kind: somebody with one user role, a member with one channel role or no member, in a channel against
//! which nothing stands, asks for an action with permissions that depend on ownership and team at most. For those the whole rule is: take
//! the word of permission bits that the roles hold and compare it with masks. What the masks cannot say, the full rule says
//! (`check/decide.rs`); both must agree, and the oracle sees to it.

use super::action::{Action, CompiledAlternative, MAX_ALTERNATIVES};
use super::grants::GrantSet;
use super::{GONE, Policy};
use crate::bits::WORDS;
use crate::catalogue::{ActionLevel, ChannelState, Condition, Holder, LayerLevel, OwnerOf};
use crate::decision::Reason;

/// An action's rule as masks over one word of permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quick {
    /// Where in the policy's rows that of the app, or of the first channel type, begins.
    pub(super) first_row: u32,
    /// From the row of one channel type to that of the next; 0 where the app's grants count.
    pub(super) row_step: u32,
    /// Roles in a row.
    pub(super) roles: u16,
    /// Whether the roles of members count.
    pub(crate) members: bool,
    /// The word.
    pub(crate) word: u8,
    pub(crate) owner: OwnerOf,
    /// What it is called when nothing is held.
    pub(crate) refusal: Reason,
    /// What suffices where neither condition holds, [`OWN`], [`TEAM`], and both.
    pub(crate) suffices: [u64; 4],
    /// What a channel type must not switch off: the action's feature, if it has one, and itself.
    pub(super) off: u64,
}

/// In an index of what suffices: it is one's own.
pub(crate) const OWN: usize = 1;
/// In an index of what suffices: it is within one's teams.
pub(crate) const TEAM: usize = 2;

impl Quick {
    /// Whether the channel type's grants count, and with them the channel's modifiers, or the app's.
    #[inline]
    pub(crate) const fn by_type(&self) -> bool {
        self.row_step != 0
    }

    /// The masks of an action, if masks can say its rule.
    pub(crate) fn compile(policy: &Policy, action: &Action) -> Option<Self> {
        let [only] = &*action.layers else { return None };
        let layer = policy.layers.get(only.layer)?;
        let holders = |known: &[Holder]| layer.spec.holders.iter().filter(|holder| known.contains(holder)).count();
        let (users, members) = (holders(&[Holder::UserRole, Holder::TeamRole]), holders(&[Holder::ChannelRole]));
        let is_simple = users == 1
            && users + members == layer.spec.holders.len()
            && action.level != ActionLevel::App
            && action.channel != ChannelState::Any
            && layer.spec.level != LayerLevel::Channel
            && !policy.source.settings.checks_disabled;
        if !is_simple {
            return None;
        }
        let word = only.alternatives.first()?.needs.first()?.word;
        let by_type = layer.spec.level == LayerLevel::Action;
        let roles = policy.roles.len();
        let level = only.layer * (policy.types.len() + 1) + usize::from(by_type);
        // Where the rows are too many for the numbers, the full rule decides.
        u32::try_from(policy.rows.len()).ok()?;
        let mut quick = Self {
            first_row: ((level * WORDS + usize::from(word)) * roles) as u32,
            row_step: if by_type { (WORDS * roles) as u32 } else { 0 },
            roles: roles as u16,
            members: members > 0,
            word,
            owner: action.owner,
            refusal: layer.spec.refusal,
            suffices: [0; 4],
            off: action.feature | GONE,
        };
        let alternatives = only.alternatives.iter().filter(|alternative| alternative.number < MAX_ALTERNATIVES);
        for alternative in alternatives {
            quick.add(alternative, policy.source.settings.teams)?;
        }
        let demanded = policy.grants.iter().any(|grants| quick.is_demanded(grants));
        (!demanded).then_some(quick)
    }

    fn add(&mut self, alternative: &CompiledAlternative, teams: bool) -> Option<()> {
        let [need] = &*alternative.needs else { return None };
        if need.word != self.word || !need.more.is_empty() || alternative.demands.is_some() {
            return None;
        }
        let mut demanded = 0;
        for condition in alternative.when.iter() {
            demanded |= match condition {
                Condition::Owner => OWN,
                Condition::SameTeam if teams => TEAM,
                // Where teams do not count, everybody shares them.
                Condition::SameTeam => 0,
                _ => return None,
            };
        }
        for (_, mask) in self.suffices.iter_mut().enumerate().filter(|(hold, _)| hold & demanded == demanded) {
            *mask |= need.mask;
        }
        Some(())
    }

    /// Whether a grant of what the masks look at demands more than to be held.
    fn is_demanded(&self, grants: &GrantSet) -> bool {
        let all = self.suffices.iter().fold(0, |all, mask| all | mask);
        grants.demanded().any(|permission| permission / 64 == u16::from(self.word) && all >> (permission % 64) & 1 == 1)
    }
}
