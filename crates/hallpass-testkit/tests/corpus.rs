//! Every decision file, asked of the oracle and of the engine.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "in a test a surprise is a failure")]

mod side_by_side;

use hallpass_testkit::Corpus;
use side_by_side::{Pair, verdict};

#[test]
fn oracle_and_engine_give_the_expected_answers() {
    let corpus = Corpus::load_all().unwrap();
    let mut wrong = Vec::new();
    for file in &corpus.files {
        let mut pair = Pair::new(&file.catalogue);
        if let Err(error) = pair.app.validate(&file.changes) {
            panic!("{}: {error}", file.path.display());
        }
        assert!(pair.offer(&file.changes));
        for expectation in &file.expectations {
            let (engine, oracle) = pair.answers(&expectation.question);
            let explained = expectation.question.ask(|question| pair.app.explain(question).decision);
            let answers = [("engine", engine), ("oracle", oracle), ("explain", verdict(explained.into_decision()))];
            for (who, answer) in answers.into_iter().filter(|(_, answer)| *answer != expectation.expected) {
                wrong.push(format!("{}\n    expected {}, {who} says {answer}", expectation.title(file), expectation.expected));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

trait IntoDecision {
    fn into_decision(self) -> hallpass::Decision;
}

impl IntoDecision for hallpass::DecisionView {
    fn into_decision(self) -> hallpass::Decision {
        hallpass::Decision { allowed: self.allowed, reason: self.reason, revision: self.revision }
    }
}

#[test]
fn the_corpus_holds_what_it_promises() {
    let corpus = Corpus::load_all().unwrap();
    let asked: usize = corpus.files.iter().map(|file| file.expectations.len()).sum();
    assert!(asked > 800, "{asked} questions in {} files", corpus.files.len());
    for profile in hallpass_testkit::catalogues::BUILT_IN {
        assert!(corpus.files.iter().any(|file| file.profile == profile), "no file about {profile}");
    }
    for reason in hallpass::Reason::ALL {
        let expected = corpus.files.iter().flat_map(|file| &file.expectations).any(|entry| entry.expected.reason == *reason);
        assert!(expected, "no file expects {reason}");
    }
}
