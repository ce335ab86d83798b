//! Readers during a writer: whatever a reader is told was true, all of it at once, at the revision that the answer names.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "in a test a surprise is a failure")]

mod side_by_side;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use hallpass::{App, Change, Decision, Revision};
use hallpass_testkit::generate::Case;
use hallpass_testkit::{Expected, OwnedQuestion};
use side_by_side::{Pair, profile, verdict};

const READERS: usize = 3;
/// Commits of a run, of one to four changes each.
const COMMITS: usize = 120;
const QUESTIONS: usize = 40;

/// What happens and what must be answered, known beforehand.
struct Script {
    case: Case,
    questions: Vec<OwnedQuestion>,
    commits: Vec<Vec<Change>>,
    /// Answers of the oracle: by revision, by question.
    expected: Vec<Vec<Expected>>,
}

impl Script {
    fn write(seed: u64) -> Self {
        let case = Case::with_rounds(seed, COMMITS, QUESTIONS);
        let questions = case.rounds[0].questions.clone();
        let mut pair = Pair::new(&case.catalogue);
        let answers = |pair: &Pair| questions.iter().map(|question| question.ask(|question| pair.oracle.check(question))).collect();
        let mut expected = vec![answers(&pair)];
        let mut commits = Vec::new();
        for round in &case.rounds {
            let before = pair.taken.len();
            pair.offer_each(&round.changes);
            if pair.taken.len() > before {
                commits.push(pair.taken[before..].to_vec());
                expected.push(answers(&pair));
            }
        }
        let turned = expected.windows(2).filter(|pair| pair[0] != pair[1]).count();
        assert!(turned > commits.len() / 4, "seed {seed}: only {turned} of {} commits change an answer", commits.len());
        Self { case, questions, commits, expected }
    }

    fn assert_true(&self, number: usize, decision: Decision) {
        let Revision(revision) = decision.revision;
        let expected = self.expected[usize::try_from(revision).unwrap()][number];
        let question = &self.questions[number];
        assert_eq!(verdict(decision), expected, "seed {} at revision {revision}: {}", self.case.seed, question.to_authzen());
    }
}

#[test]
fn every_answer_was_true_at_its_revision() {
    for seed in 0..4 {
        let script = Script::write(seed);
        let app = App::new(profile(&script.case.catalogue));
        let done = AtomicBool::new(false);
        let progress: Vec<AtomicUsize> = (0..READERS).map(|_| AtomicUsize::new(0)).collect();
        std::thread::scope(|scope| {
            let readers: Vec<_> = progress.iter().map(|progress| scope.spawn(|| read(&script, &app, &done, progress))).collect();
            write(&script, &app, &progress, || readers.iter().any(|reader| reader.is_finished()));
            done.store(true, Ordering::Release);
            for reader in readers {
                let revisions = reader.join().unwrap();
                assert!(
                    revisions.len() > script.commits.len() / 2,
                    "a reader saw {} of {} revisions",
                    revisions.len(),
                    script.commits.len()
                );
            }
        });
        assert_eq!(app.revision().0 as usize, script.commits.len());
    }
}

/// Commits one after the other; each as soon as every reader has had an answer since the last, so that they meet.
fn write(script: &Script, app: &App, progress: &[AtomicUsize], a_reader_failed: impl Fn() -> bool) {
    for (number, commit) in script.commits.iter().enumerate() {
        let revision = app.apply(commit).unwrap();
        assert_eq!(revision.0 as usize, number + 1);
        for (question, _) in script.questions.iter().enumerate() {
            let decision = script.questions[question].ask(|question| app.check(question));
            assert_eq!(decision.revision, revision, "the writer sees its own commit");
            script.assert_true(question, decision);
        }
        let before: Vec<usize> = progress.iter().map(|count| count.load(Ordering::Acquire)).collect();
        while progress.iter().zip(&before).any(|(count, before)| count.load(Ordering::Acquire) == *before) {
            if a_reader_failed() {
                return;
            }
            std::thread::yield_now();
        }
    }
}

/// Asks until the writer is done; the revisions that were seen.
fn read(script: &Script, app: &App, done: &AtomicBool, progress: &AtomicUsize) -> BTreeSet<Revision> {
    let mut seen = BTreeSet::new();
    let mut last = Revision(0);
    while !done.load(Ordering::Acquire) {
        for number in 0..script.questions.len() {
            let decision = script.questions[number].ask(|question| app.check(question));
            assert!(decision.revision >= last, "time runs backwards: {} after {last}", decision.revision);
            last = decision.revision;
            seen.insert(last);
            script.assert_true(number, decision);
            progress.fetch_add(1, Ordering::AcqRel);
        }
        read_batch(script, app);
    }
    seen
}

/// A batch is answered at one revision, and so is an explanation.
fn read_batch(script: &Script, app: &App) {
    let (first, second) = (0, script.questions.len() - 1);
    let decisions = script.questions[first].ask(|one| script.questions[second].ask(|other| app.check_batch(&[*one, *other])));
    assert_eq!(decisions[0].revision, decisions[1].revision);
    script.assert_true(first, decisions[0]);
    script.assert_true(second, decisions[1]);
    let told = script.questions[first].ask(|question| app.explain(question).decision);
    script.assert_true(first, Decision { allowed: told.allowed, reason: told.reason, revision: told.revision });
}
