//! The policy of one app, compiled: an immutable value that is replaced whole when the policy changes.

pub(crate) mod action;
mod compile;
pub(crate) use compile::exists_in;
pub(crate) mod grants;
pub(crate) mod modifiers;
pub(crate) mod quick;
pub(crate) mod source;

use std::sync::Arc;

use hashbrown::HashMap;

use crate::bits::PermissionIndex;
use crate::catalogue::{ActionLevel, Holder, LayerSpec};
use action::{Action, ActionIndex};
use grants::{GrantSet, RoleIndex};
use quick::Quick;
use source::PolicySource;

/// Names of one kind that a policy can have, those that are gone included.
pub(crate) const MAX_NAMES: usize = u16::MAX as usize;

/// Names with numbers that never change, so that facts can refer to them across policies.
#[derive(Debug, Clone, Default)]
pub(crate) struct Numbers {
    names: Vec<Box<str>>,
    index: HashMap<Box<str>, u16>,
}

impl Numbers {
    pub(crate) fn get(&self, name: &str) -> Option<u16> {
        self.index.get(name).copied()
    }

    pub(crate) fn name(&self, number: u16) -> Option<&str> {
        self.names.get(usize::from(number)).map(|name| &**name)
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// Gives a number to a name that has none. Names beyond [`MAX_NAMES`] get one that nothing has.
    fn number(&mut self, name: &str) -> u16 {
        if let Some(number) = self.get(name) {
            return number;
        }
        let number = self.names.len() as u16;
        if self.names.len() == MAX_NAMES {
            return number;
        }
        self.names.push(name.into());
        self.index.insert(name.into(), number);
        number
    }
}

/// A layer, with what every check asks of it.
#[derive(Debug, Clone)]
pub(crate) struct Layer {
    pub(crate) spec: LayerSpec,
    /// Applies to subjects with a token only.
    pub(crate) needs_token: bool,
    /// Applies to tokens with a client only.
    pub(crate) needs_client: bool,
    /// Only members and owners of a channel hold anything in it.
    pub(crate) is_for_members: bool,
}

impl From<&LayerSpec> for Layer {
    fn from(spec: &LayerSpec) -> Self {
        Self {
            needs_token: spec.holders.contains(&Holder::Token),
            needs_client: spec.holders.contains(&Holder::Client),
            is_for_members: spec.holders.iter().all(|holder| matches!(holder, Holder::ChannelRole | Holder::ChannelOwner)),
            spec: spec.clone(),
        }
    }
}

/// The actions whose grant lifts a standing.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ExemptionIndexes {
    pub(crate) frozen: Option<ActionIndex>,
    pub(crate) disabled: Option<ActionIndex>,
    pub(crate) slow_mode: Option<ActionIndex>,
}

/// The actions about channels, by name: what capabilities list.
#[derive(Debug, Clone, Default)]
pub(crate) struct ChannelActions {
    pub(crate) names: Arc<[Box<str>]>,
    pub(crate) indexes: Arc<[ActionIndex]>,
}

impl ChannelActions {
    fn of(actions: &[Action]) -> Self {
        let about_channels = actions.iter().zip(0..).filter(|(action, _)| action.level != ActionLevel::App);
        let mut sorted: Vec<(Box<str>, ActionIndex)> = about_channels.map(|(action, index)| (action.name.clone(), index)).collect();
        sorted.sort();
        let (names, indexes): (Vec<_>, Vec<_>) = sorted.into_iter().unzip();
        Self { names: names.into(), indexes: indexes.into() }
    }
}

/// Features that a catalogue can have: each has a bit, and one is [`GONE`].
pub(crate) const MAX_FEATURES: usize = 63;
/// In place of the features that a type switches off: there is no such type any more.
const GONE: u64 = 1 << MAX_FEATURES;

/// A compiled policy.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    pub(crate) source: PolicySource,
    pub(crate) layers: Vec<Layer>,
    pub(crate) actions: Arc<[Action]>,
    pub(crate) channel_actions: ChannelActions,
    /// Names of the features, in the order of their bits.
    pub(crate) feature_names: Arc<[Box<str>]>,
    pub(crate) action_numbers: Arc<HashMap<Box<str>, ActionIndex>>,
    pub(crate) permissions: Numbers,
    pub(crate) roles: Numbers,
    /// Whether the role of a number exists now.
    pub(crate) live_roles: Vec<bool>,
    pub(crate) types: Numbers,
    /// Features off by type, or [`GONE`].
    type_features_off: Vec<u64>,
    pub(crate) exemptions: ExemptionIndexes,
    pub(crate) anonymous_role: Option<RoleIndex>,
    pub(crate) owner_role: Option<RoleIndex>,
    pub(crate) default_user_role: Option<RoleIndex>,
    pub(crate) default_channel_role: Option<RoleIndex>,
    /// By layer, level (0 is the app, then types by number) and role.
    grants: Vec<GrantSet>,
    /// What is held, again, in rows of all roles for one layer, level and word: the roles of one question lie in one cache line.
    rows: Vec<u64>,
    /// By action: its rule in masks, where masks can say it.
    quick: Vec<Option<Quick>>,
    empty: GrantSet,
}

/// Where in the grants a level lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LevelIndex {
    App,
    Type(u16),
}

impl LevelIndex {
    /// The app, then the types.
    #[inline]
    const fn number(self) -> usize {
        match self {
            Self::App => 0,
            Self::Type(number) => number as usize + 1,
        }
    }
}

impl Policy {
    #[inline]
    pub(crate) fn grants(&self, layer: usize, level: LevelIndex, role: RoleIndex) -> &GrantSet {
        let levels = self.types.len() + 1;
        let at = (layer * levels + level.number()) * self.roles.len() + usize::from(role);
        if usize::from(role) < self.roles.len() { self.grants.get(at).unwrap_or(&self.empty) } else { &self.empty }
    }

    pub(crate) fn action(&self, index: ActionIndex) -> Option<&Action> {
        self.actions.get(usize::from(index))
    }

    /// What each role holds of an action's word of permissions, in channels of a type.
    #[inline]
    pub(crate) fn row(&self, quick: &Quick, channel_type: u16) -> &[u64] {
        let start = quick.first_row.wrapping_add(quick.row_step.wrapping_mul(u32::from(channel_type))) as usize;
        self.rows.get(start..start + usize::from(quick.roles)).unwrap_or_default()
    }

    /// An action's rule in masks, where masks can say it.
    #[inline]
    pub(crate) fn quick(&self, index: ActionIndex) -> Option<&Quick> {
        self.quick.get(usize::from(index))?.as_ref()
    }

    #[inline]
    pub(crate) fn find_action(&self, name: &str) -> Option<(ActionIndex, &Action)> {
        let index = *self.action_numbers.get(name)?;
        Some((index, self.action(index)?))
    }

    /// A role that exists now.
    pub(crate) fn role(&self, name: &str) -> Option<RoleIndex> {
        self.roles.get(name).filter(|role| self.live_roles.get(usize::from(*role)).copied().unwrap_or(false))
    }

    /// A channel type that exists now, with its features that are off.
    pub(crate) fn channel_type(&self, name: &str) -> Option<(u16, u64)> {
        let number = self.types.get(name)?;
        Some((number, self.features_off(number)?))
    }

    /// The features that a type switches off; `None` for a type that is gone.
    pub(crate) fn features_off(&self, number: u16) -> Option<u64> {
        Some(self.switched_off(number)).filter(|off| off & GONE == 0)
    }

    /// The features that a type switches off, or [`GONE`].
    #[inline]
    fn switched_off(&self, number: u16) -> u64 {
        self.type_features_off.get(usize::from(number)).copied().unwrap_or(GONE)
    }

    /// Whether a type, and the feature behind an action, are there.
    #[inline]
    pub(crate) fn is_on(&self, quick: &Quick, channel_type: u16) -> bool {
        self.switched_off(channel_type) & quick.off == 0
    }

    /// The bits of features, by name; unknown ones are left out.
    pub(crate) fn feature_bits<'a>(&self, names: impl IntoIterator<Item = &'a String>) -> u64 {
        names.into_iter().fold(0, |bits, name| bits | feature_bit(&self.source.catalogue.features, name))
    }

    pub(crate) fn permission_name(&self, permission: PermissionIndex) -> &str {
        self.permissions.name(permission).unwrap_or_default()
    }

    pub(crate) fn role_name(&self, role: RoleIndex) -> &str {
        self.roles.name(role).unwrap_or_default()
    }
}

/// The bit of a feature; 0 for an unknown one.
pub(crate) fn feature_bit(features: &[String], name: &str) -> u64 {
    features.iter().take(MAX_FEATURES).position(|feature| feature == name).map_or(0, |at| 1 << at)
}
