//! Every decision file, asked of the oracle and of the engine.

use hallpass_testkit::{Corpus, Oracle};

#[test]
fn the_oracle_gives_the_expected_answers() {
    let mut wrong = Vec::new();
    for file in Corpus::load_all().unwrap().files {
        let mut oracle = Oracle::new(file.catalogue.clone());
        oracle.apply(&file.changes);
        for expectation in &file.expectations {
            let answer = expectation.question.ask(|question| oracle.check(question));
            if answer != expectation.expected {
                wrong.push(format!("{}\n    expected {}, got {answer}", expectation.title(&file), expectation.expected));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
