//! The one function through which every operation asks the engine.

use hallpass::{Decision, Question, Reason};

use crate::limits::NEAREST_NAMES;
use crate::tenant::Tenant;

/// Asks the engine, and counts the answer. There is no other way from a face to a decision.
pub fn authorize(tenant: &Tenant, question: &Question<'_>) -> Decision {
    let decision = tenant.engine().check(question);
    tenant.decisions().count(&decision);
    decision
}

/// Asks several questions of one and the same world.
pub fn authorize_all(tenant: &Tenant, questions: &[Question<'_>]) -> Vec<Decision> {
    let decisions = tenant.engine().check_batch(questions);
    for decision in &decisions {
        tenant.decisions().count(decision);
    }
    decisions
}

/// The name nearest to that of an action which a decision says is unknown. Names of actions are no secrets: they are the catalogue's.
pub(crate) fn nearest_action(tenant: &Tenant, action: &str, reason: Reason) -> Option<String> {
    if reason == Reason::UnknownAction { tenant.engine().nearest_action(action) } else { None }
}

/// The nearest names for the unknown actions of one batch: each is looked up once, and only the first [`NEAREST_NAMES`] of them.
pub(crate) struct NearestActions<'a> {
    tenant: &'a Tenant,
    found: Vec<(&'a str, Option<String>)>,
}

impl<'a> NearestActions<'a> {
    pub(crate) fn of(tenant: &'a Tenant) -> Self {
        Self { tenant, found: Vec::new() }
    }

    pub(crate) fn nearest(&mut self, action: &'a str, reason: Reason) -> Option<String> {
        if reason != Reason::UnknownAction {
            return None;
        }
        if let Some((_, nearest)) = self.found.iter().find(|(known, _)| *known == action) {
            return nearest.clone();
        }
        if self.found.len() == NEAREST_NAMES {
            return None;
        }
        let nearest = nearest_action(self.tenant, action, reason);
        self.found.push((action, nearest.clone()));
        nearest
    }
}
