//! Answering questions.

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

impl Decision {
    pub(crate) fn of(reason: Reason, revision: Revision) -> Self {
        let allowed = matches!(reason, Reason::Granted | Reason::ServerKey | Reason::ChecksDisabled | Reason::NoPermissionNeeded);
        Self { allowed, reason, revision }
    }
}

/// Decides a question in names.
#[inline]
pub(crate) fn check(sight: Sight<'_>, question: &Question<'_>) -> Decision {
    let revision = sight.revision();
    let reason = match question.subject.is_app {
        true => Reason::ServerKey,
        false => quick::check(sight, question).unwrap_or_else(|| check_fully(sight, question)),
    };
    Decision::of(reason, revision)
}

/// Decides a question in handles.
#[inline]
pub(crate) fn ask(sight: Sight<'_>, ask: &Ask) -> Decision {
    let revision = sight.revision();
    let reason = quick::ask(sight, ask).unwrap_or_else(|| ask_fully(sight, ask));
    Decision::of(reason, revision)
}

#[inline(never)]
fn check_fully(sight: Sight<'_>, question: &Question<'_>) -> Reason {
    Case::of_question(sight, question).map_or_else(|early| early, |case| decide(&case, &mut NoTrace))
}

#[inline(never)]
fn ask_fully(sight: Sight<'_>, ask: &Ask) -> Reason {
    Case::of_ask(sight, ask).map_or_else(|early| early, |case| decide(&case, &mut NoTrace))
}
