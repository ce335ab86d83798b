//! What may a subject do in a channel? The whole set in one pass over facts that are gathered once.

use crate::catalogue::{ActionLevel, OwnerOf};
use crate::decision::Reason;
use crate::id::{Revision, Timestamp};
use crate::policy::Policy;
use crate::question::{ActionHandle, Question, Resource, Subject};
use crate::world::Sight;

use super::case::{Case, UserRef};
use super::decide::{NoTrace, decide};

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
    extents: Vec<(Box<str>, Extent)>,
    /// Features that are on in the channel.
    features: Vec<Box<str>>,
}

impl Capabilities {
    /// How far an action reaches; [`Extent::None`] for unknown actions and for those that are not about a channel.
    pub fn extent(&self, action: &str) -> Extent {
        self.extents
            .binary_search_by(|(name, _)| (**name).cmp(action))
            .ok()
            .and_then(|at| self.extents.get(at))
            .map_or(Extent::None, |(_, extent)| *extent)
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
        self.features.iter().any(|on| **on == *feature)
    }

    /// All actions about channels, by name, with their extents.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Extent)> {
        self.extents.iter().map(|(name, extent)| (&**name, *extent))
    }
}

/// Actions about channels, by name. Where ownership of the channel counts, [`Extent::Own`] never appears: either it is owned or not.
pub(crate) fn capabilities(sight: Sight<'_>, subject: &Subject<'_>, channel: &Resource<'_>, now: Timestamp) -> Capabilities {
    let policy = sight.policy();
    let mut refused = None;
    let mut features = Vec::new();
    let mut gathered: Option<Case<'_>> = None;
    let mut extents = Vec::new();
    for action in policy.actions.iter().filter(|action| action.level != ActionLevel::App) {
        let extent = if subject.is_app {
            Extent::Any
        } else {
            let question = Question { now, ..Question::of(*subject, &action.name, *channel) };
            extent_of(sight, policy, &question, &mut gathered, &mut refused)
        };
        extents.push((action.name.clone(), extent));
    }
    if subject.is_app {
        gathered = policy.find_action(extents.first().map_or("", |(name, _)| name)).and_then(|(_, action)| {
            let question = Question::of(Subject { is_app: true, user: "", ..*subject }, &action.name, *channel);
            Case::of_question(sight, &question).ok()
        });
    }
    if let Some(case) = &gathered {
        let off = case.features_off();
        let all = policy.source.catalogue.features.iter().take(64).enumerate();
        features.extend(all.filter(|(at, _)| off >> at & 1 == 0).map(|(_, name)| name.as_str().into()));
        refused = None;
    }
    extents.sort();
    Capabilities { revision: sight.revision(), refused, extents, features }
}

fn extent_of<'a>(
    sight: Sight<'a>,
    policy: &'a Policy,
    question: &Question<'a>,
    gathered: &mut Option<Case<'a>>,
    refused: &mut Option<Reason>,
) -> Extent {
    let Some((index, action)) = policy.find_action(question.action) else { return Extent::None };
    let reusable = gathered.as_mut().filter(|case| case.action.channel == action.channel);
    let case = match reusable {
        Some(case) => case,
        None => match Case::of_question(sight, question) {
            Ok(case) => gathered.insert(case),
            Err(Reason::ChecksDisabled) => return Extent::Any,
            Err(reason) => {
                *refused = refused.or(Some(reason));
                return Extent::None;
            }
        },
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

/// The handle of an action.
pub(crate) fn action_handle(policy: &Policy, name: &str) -> Option<ActionHandle> {
    policy.find_action(name).map(|(index, _)| ActionHandle(index))
}
