//! What may a subject do in a channel? The whole set in one pass over facts that are gathered once.

use std::sync::Arc;

use super::case::{Case, UserRef};
use super::decide::{NoTrace, decide};
use super::quick::{self, Scene};
use crate::catalogue::OwnerOf;
use crate::decision::Reason;
use crate::id::{Revision, Timestamp};
use crate::policy::Policy;
use crate::policy::action::ActionIndex;
use crate::question::{ActionHandle, Question, Resource, Subject};
use crate::world::Sight;

/// How far a capability reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// Not at all.
    None,
    /// On what the subject owns: its own messages, its own reactions.
    Own,
    /// On anything in the channel.
    Any,
}

/// What a subject may do in a channel, action by action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// The world had seen every change up to this revision.
    pub revision: Revision,
    /// Why nothing at all is possible, where the question itself failed (an unknown subject or channel).
    pub refused: Option<Reason>,
    /// Names of the actions, in order, and how far each reaches.
    actions: Arc<[Box<str>]>,
    extents: Vec<Extent>,
    /// Names of the features, and which are on in the channel, as bits.
    features: Arc<[Box<str>]>,
    features_on: u64,
}

impl Capabilities {
    /// How far an action reaches; [`Extent::None`] for unknown actions and for those that are not about a channel.
    pub fn extent(&self, action: &str) -> Extent {
        let at = self.actions.binary_search_by(|name| (**name).cmp(action)).ok();
        at.and_then(|at| self.extents.get(at)).copied().unwrap_or(Extent::None)
    }

    /// Whether an action is possible on something of somebody else's (or where ownership does not matter).
    pub fn allows(&self, action: &str) -> bool {
        self.extent(action) == Extent::Any
    }

    /// Whether an action is possible at least on what the subject owns.
    pub fn allows_own(&self, action: &str) -> bool {
        self.extent(action) != Extent::None
    }

    /// Whether a feature is switched on in the channel.
    pub fn has_feature(&self, feature: &str) -> bool {
        self.features.iter().zip(0..).any(|(name, bit)| **name == *feature && self.features_on >> bit & 1 == 1)
    }

    /// All actions about channels, by name, with their extents.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Extent)> {
        self.actions.iter().map(|name| &**name).zip(self.extents.iter().copied())
    }
}

/// Actions about channels, by name. Where ownership of the channel counts, [`Extent::Own`] never appears: either it is owned or not.
pub(crate) fn capabilities(sight: Sight<'_>, subject: &Subject<'_>, channel: &Resource<'_>, now: Timestamp) -> Capabilities {
    let policy = sight.policy();
    let scene = quick::scene(sight, subject, channel);
    let mut full = Full { sight, subject, channel, now, gathered: None, refused: None };
    let extents = policy.channel_actions.indexes.iter().map(|index| match subject.is_app {
        true => Extent::Any,
        false => scene.and_then(|scene| quick_extent(sight, &scene, *index)).unwrap_or_else(|| full.extent(*index)),
    });
    let extents = extents.collect();
    if subject.is_app {
        full.look_at_the_channel();
    }
    let off = match (&full.gathered, scene) {
        (Some(case), _) => Some(case.features_off()),
        (None, Some(scene)) => policy.features_off(scene.place.channel_type()),
        (None, None) => None,
    };
    Capabilities {
        revision: sight.revision(),
        refused: full.refused.filter(|_| off.is_none()),
        actions: Arc::clone(&policy.channel_actions.names),
        extents,
        features: Arc::clone(&policy.feature_names),
        features_on: off.map_or(0, |off| !off),
    }
}

fn quick_extent(sight: Sight<'_>, scene: &Scene, index: ActionIndex) -> Option<Extent> {
    let quick = sight.policy().quick(index)?;
    let scene = scene.of_action(quick);
    if scene.decide(sight, quick, Some(false))?.allows() {
        return Some(Extent::Any);
    }
    let own = quick.owner == OwnerOf::Resource && scene.decide(sight, quick, Some(true))?.allows();
    Some(if own { Extent::Own } else { Extent::None })
}

/// The full rule, over facts that are gathered once.
struct Full<'a, 'q> {
    sight: Sight<'a>,
    subject: &'q Subject<'a>,
    channel: &'q Resource<'a>,
    now: Timestamp,
    gathered: Option<Case<'a>>,
    refused: Option<Reason>,
}

impl<'a> Full<'a, '_> {
    fn extent(&mut self, index: ActionIndex) -> Extent {
        let Some(action) = self.sight.policy().action(index) else { return Extent::None };
        let reusable = self.gathered.as_mut().filter(|case| case.action.channel == action.channel);
        let case = match reusable {
            Some(case) => case,
            None => {
                let question = Question { now: self.now, ..Question::of(*self.subject, &action.name, *self.channel) };
                match Case::of_question(self.sight, &question) {
                    Ok(case) => self.gathered.insert(case),
                    Err(Reason::ChecksDisabled) => return Extent::Any,
                    Err(reason) => {
                        self.refused = self.refused.or(Some(reason));
                        return Extent::None;
                    }
                }
            }
        };
        case.action_index = index;
        case.action = action;
        case.is_impersonal = action.owner == OwnerOf::Channel;
        // Something of somebody else's first: whoever may act on that may act on their own.
        case.resource_owner = match action.owner {
            OwnerOf::Channel => case.channel.map_or(UserRef::Nobody, |channel| channel.owner),
            OwnerOf::Resource => UserRef::Nobody,
        };
        if decide(case, &mut NoTrace).allows() {
            return Extent::Any;
        }
        if action.owner == OwnerOf::Resource {
            case.resource_owner = case.user;
            if decide(case, &mut NoTrace).allows() {
                return Extent::Own;
            }
        }
        Extent::None
    }

    /// Gathers the facts of the channel for the app itself, which is asked nothing.
    fn look_at_the_channel(&mut self) {
        let policy = self.sight.policy();
        let first = policy.channel_actions.indexes.first().and_then(|index| policy.action(*index));
        self.gathered = first.and_then(|action| {
            let question = Question::of(Subject { is_app: true, user: "", ..*self.subject }, &action.name, *self.channel);
            Case::of_question(self.sight, &question).ok()
        });
    }
}

/// The handle of an action.
pub(crate) fn action_handle(policy: &Policy, name: &str) -> Option<ActionHandle> {
    policy.find_action(name).map(|(index, _)| ActionHandle(index))
}
