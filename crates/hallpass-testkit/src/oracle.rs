//! The oracle: the rule, written out slowly.
//!
//! > Standing may refuse. Within a layer, grants add up; across layers, all must allow. No grant, no access.
//!
//! It shares the vocabulary with the engine and nothing else: it keeps the changes as they came, in maps, and looks everything up anew for
//! each question. Read it as the definition of what the engine must answer; where the two differ, one of them misread the design.

mod capability;
mod condition;
mod holdings;
mod layer;
mod scene;
mod standing;
mod world;

use hallpass::{ActionSpec, Catalogue, Change, Question, Reason, Revision, Subject};

use crate::decision_file::Expected;
pub use capability::Reach;
use scene::{GivenChannel, Scene};
use world::World;

/// One app, as the oracle sees it.
#[derive(Debug, Clone)]
pub struct Oracle {
    catalogue: Catalogue,
    world: World,
    revision: Revision,
}

impl Oracle {
    /// A new app of this catalogue.
    pub fn new(catalogue: Catalogue) -> Self {
        let world = World::new(&catalogue);
        Self { catalogue, world, revision: Revision(0) }
    }

    /// Takes in one commit. Changes are believed: whoever makes them validates them.
    pub fn apply(&mut self, changes: &[Change]) {
        for change in changes {
            self.world.apply(&self.catalogue, change.clone());
        }
        self.revision = self.revision.next();
    }

    /// The number of commits taken in.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The catalogue of the app.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The decision.
    pub fn check(&self, question: &Question<'_>) -> Expected {
        Expected::because(self.reason(question, GivenChannel::with(question)))
    }

    fn action(&self, name: &str) -> Option<&ActionSpec> {
        self.catalogue.actions.iter().find(|action| action.name == name)
    }

    fn reason<'a>(&'a self, question: &'a Question<'a>, given: GivenChannel<'a>) -> Reason {
        if question.subject.is_app {
            return Reason::ServerKey;
        }
        let Some(action) = self.action(question.action) else {
            return Reason::UnknownAction;
        };
        if let Err(reason) = self.subject_is_known(question) {
            return reason;
        }
        if self.world.settings.checks_disabled {
            return Reason::ChecksDisabled;
        }
        let scene = match Scene::set(&self.catalogue, &self.world, question, given, action) {
            Ok(scene) => scene,
            Err(reason) => return reason,
        };
        if let Some(reason) = standing::refusal(&scene) {
            return reason;
        }
        if action.any_of.is_empty() {
            return Reason::NoPermissionNeeded;
        }
        layer::refusal(&scene).unwrap_or(Reason::Granted)
    }

    fn subject_is_known(&self, question: &Question<'_>) -> Result<(), Reason> {
        let Subject { user: id, token, given, .. } = &question.subject;
        match self.world.users.get(*id) {
            None if given.roles.is_none() => return Err(Reason::UnknownSubject),
            Some(user) if user.deleted => return Err(Reason::UnknownSubject),
            Some(user) if user.deactivated => return Err(Reason::Deactivated),
            _ => {}
        }
        let in_teams = given.teams_role.into_iter().flatten().map(|(_, role)| role);
        let mut roles = given.roles.into_iter().flatten().chain(given.channel_roles.into_iter().flatten()).chain(in_teams);
        if roles.any(|role| !self.world.has_role(&self.catalogue, role)) {
            return Err(Reason::UnknownRole);
        }
        let holds = |id: &str, question: &Question<'_>| {
            let known = self.world.tokens.get(id);
            known.is_some_and(|token| token.user == question.subject.user && token.expires_at.is_none_or(|end| question.now < end))
        };
        match token {
            Some(token) if given.scopes.is_none() && !holds(token, question) => Err(Reason::UnknownToken),
            _ => Ok(()),
        }
    }
}
