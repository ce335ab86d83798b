//! Engine and oracle, fed with the same changes.

#![allow(dead_code, reason = "each test uses some of it")]

use hallpass::{App, Catalogue, Change, Decision, Profile};
use hallpass_testkit::{Expected, Oracle, OwnedQuestion};

/// An app in both.
pub(crate) struct Pair {
    pub(crate) app: App,
    pub(crate) oracle: Oracle,
    /// Changes that the engine took.
    pub(crate) taken: Vec<Change>,
    /// How many it refused.
    pub(crate) refused: usize,
}

/// The profile of a catalogue: the built-in one where it is built in.
pub(crate) fn profile(catalogue: &Catalogue) -> Profile {
    Profile::built_in(&catalogue.profile).unwrap_or_else(|| Profile::custom(catalogue.clone()).unwrap_or_else(|error| panic!("{error}")))
}

pub(crate) fn verdict(decision: Decision) -> Expected {
    Expected { allowed: decision.allowed, reason: decision.reason }
}

impl Pair {
    pub(crate) fn new(catalogue: &Catalogue) -> Self {
        Self { app: App::new(profile(catalogue)), oracle: Oracle::new(catalogue.clone()), taken: Vec::new(), refused: 0 }
    }

    /// Offers a commit to the engine; where it is taken, the oracle takes it too.
    pub(crate) fn offer(&mut self, changes: &[Change]) -> bool {
        let taken = self.app.apply(changes).is_ok();
        if taken {
            self.oracle.apply(changes);
            self.taken.extend(changes.iter().cloned());
        } else {
            self.refused += changes.len();
        }
        assert_eq!(self.app.revision(), self.oracle.revision(), "a refused commit changes nothing, a taken one is one revision");
        taken
    }

    /// Offers changes that may be invalid: as many as are valid together as one commit, and so on after the first that is not.
    pub(crate) fn offer_each(&mut self, changes: &[Change]) {
        let mut rest = changes;
        while !rest.is_empty() {
            let valid = self.valid_prefix(rest);
            let (commit, after) = rest.split_at(valid);
            if !commit.is_empty() {
                assert!(self.offer(commit), "what validates applies");
            }
            self.refused += after.len().min(1);
            rest = after.get(1..).unwrap_or_default();
        }
    }

    /// How many of the changes, from the first on, are valid together.
    fn valid_prefix(&self, changes: &[Change]) -> usize {
        if self.app.validate(changes).is_ok() {
            return changes.len();
        }
        let (mut valid, mut invalid) = (0, changes.len());
        while valid + 1 < invalid {
            let middle = valid.midpoint(invalid);
            let is_valid = changes.get(..middle).is_some_and(|prefix| self.app.validate(prefix).is_ok());
            if is_valid { valid = middle } else { invalid = middle }
        }
        valid
    }

    /// The same app once more, to try something on.
    pub(crate) fn again(&self, catalogue: &Catalogue) -> Self {
        let mut again = Self::new(catalogue);
        assert!(again.offer(&self.taken), "what was taken in several commits is taken in one");
        again
    }

    pub(crate) fn answers(&self, question: &OwnedQuestion) -> (Expected, Expected) {
        question.ask(|question| (verdict(self.app.check(question)), self.oracle.check(question)))
    }
}

/// The fewest changes after which the two still differ on a question, for the report.
pub(crate) fn shrink(catalogue: &Catalogue, changes: &[Change], differ: impl Fn(&Pair) -> bool) -> Vec<Change> {
    let still_differ = |changes: &[Change]| {
        let mut pair = Pair::new(catalogue);
        pair.offer_each(changes);
        differ(&pair)
    };
    let mut kept = changes.to_vec();
    let mut at = kept.len();
    while at > 0 {
        at -= 1;
        let removed = kept.remove(at);
        if !still_differ(&kept) {
            kept.insert(at, removed);
        }
    }
    kept
}
