//! Answering questions.

pub(crate) mod ahead;
pub(crate) mod capabilities;
pub(crate) mod case;
mod condition;
pub(crate) mod decide;
pub(crate) mod explain;
pub(crate) mod held;
mod quick;
pub(crate) mod remedy;

use crate::decision::{Decision, Reason};
use crate::id::Revision;
use crate::question::{Ask, Question};
use crate::world::Sight;
use case::Case;
use decide::{NoTrace, decide};

impl Reason {
    /// Whether it is the reason of an allowance.
    #[inline]
    pub(crate) const fn allows(self) -> bool {
        matches!(self, Self::Granted | Self::ServerKey | Self::ChecksDisabled | Self::NoPermissionNeeded)
    }
}

impl Decision {
    #[inline]
    pub(crate) const fn of((reason, revision): Answer) -> Self {
        Self { allowed: reason.allows(), reason, revision }
    }
}

/// What was decided, and as of when. [`Decision`]s are made of it at the very end: this one fits in two registers.
pub(crate) type Answer = (Reason, Revision);

/// Decides a question in names.
#[inline(always)]
pub(crate) fn check(sight: Sight<'_>, question: &Question<'_>) -> Answer {
    let reason = match question.subject.is_app {
        true => Reason::ServerKey,
        false => quick::check(sight, question).unwrap_or_else(|| check_fully(sight, question)),
    };
    (reason, sight.revision())
}

/// Decides a question in handles.
#[inline(always)]
pub(crate) fn ask(sight: Sight<'_>, ask: &Ask) -> Answer {
    (quick::ask(sight, ask).unwrap_or_else(|| ask_fully(sight, ask)), sight.revision())
}

#[inline(never)]
fn check_fully(sight: Sight<'_>, question: &Question<'_>) -> Reason {
    Case::of_question(sight, question).map_or_else(|early| early, |case| decide(&case, &mut NoTrace))
}

#[inline(never)]
fn ask_fully(sight: Sight<'_>, ask: &Ask) -> Reason {
    Case::of_ask(sight, ask).map_or_else(|early| early, |case| decide(&case, &mut NoTrace))
}
