//! Answering questions.

pub(crate) mod capabilities;
pub(crate) mod case;
mod condition;
pub(crate) mod decide;
pub(crate) mod explain;
pub(crate) mod held;
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

pub(crate) fn check(sight: Sight<'_>, question: &Question<'_>) -> Decision {
    let revision = sight.revision();
    let reason = if question.subject.is_app {
        Reason::ServerKey
    } else {
        match Case::of_question(sight, question) {
            Ok(case) => decide(&case, &mut NoTrace),
            Err(early) => early,
        }
    };
    Decision::of(reason, revision)
}

pub(crate) fn ask(sight: Sight<'_>, ask: &Ask) -> Decision {
    let revision = sight.revision();
    let reason = match Case::of_ask(sight, ask) {
        Ok(case) => decide(&case, &mut NoTrace),
        Err(early) => early,
    };
    Decision::of(reason, revision)
}
