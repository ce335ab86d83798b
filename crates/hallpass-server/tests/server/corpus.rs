//! The corpus of decisions, asked over HTTP and from the command line.

use hallpass_testkit::{Corpus, DecisionFile};
use serde_json::{Value, json};

use crate::process::Process;
use crate::support::Server;

const BUILT_IN: [&str; 3] = ["stream", "cometchat", "livechat"];

/// What makes the app of a decision file.
fn new_app(file: &DecisionFile) -> Value {
    let id = app_id(file);
    if BUILT_IN.contains(&file.profile.as_str()) {
        json!({"id": id, "profile": file.profile})
    } else {
        json!({"id": id, "profile": "custom", "catalogue": file.catalogue})
    }
}

fn app_id(file: &DecisionFile) -> String {
    file.name().trim_end_matches(".yaml").replace(|letter: char| !letter.is_ascii_lowercase() && !letter.is_ascii_digit(), "-")
}

/// Notes an answer that is not what the file expects.
fn compare(file: &DecisionFile, index: usize, allowed: &Value, reason: &Value, wrong: &mut Vec<String>) {
    let expectation = &file.expectations[index];
    if *allowed != expectation.expected.allowed || *reason != expectation.expected.reason.code() {
        wrong.push(format!("{}: expected {}, found {allowed} {reason}", expectation.title(file), expectation.expected));
    }
}

#[tokio::test]
async fn over_http_every_decision_and_reason_is_as_written() {
    let server = Server::new();
    let corpus = Corpus::load_all().unwrap();
    let mut wrong = Vec::new();
    let mut asked = 0;
    for file in &corpus.files {
        let made = server.post("/v1/apps", server.root_key(), &new_app(file)).await;
        assert_eq!(made.status, 201, "{}: {}", file.name(), made.text());
        let key = made.json()["server_key"].as_str().unwrap().to_owned();
        let path = format!("/v1/apps/{}/changes", app_id(file));
        let written = server.post(&path, &key, &json!({"changes": file.changes})).await;
        assert_eq!(written.status, 200, "{}: {}", file.name(), written.text());

        let questions: Vec<Value> = file.expectations.iter().map(|expectation| expectation.question.to_authzen()).collect();
        for (batch, questions) in questions.chunks(1_000).enumerate() {
            let answer = server.post("/access/v1/evaluations", &key, &json!({"evaluations": questions})).await.json();
            let answers = answer["evaluations"].as_array().unwrap();
            assert_eq!(answers.len(), questions.len());
            for (index, answer) in answers.iter().enumerate() {
                compare(file, batch * 1_000 + index, &answer["decision"], &answer["context"]["reason"], &mut wrong);
                asked += 1;
            }
        }
        // And one by one, for the first few.
        for (index, question) in questions.iter().take(20).enumerate() {
            let answer = server.evaluate(&key, question).await.json();
            compare(file, index, &answer["decision"], &answer["context"]["reason"], &mut wrong);
        }
    }
    assert!(asked > 500, "only {asked} questions");
    assert!(wrong.is_empty(), "{} of {asked} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn from_the_command_line_every_decision_and_reason_is_as_written() {
    let server = Process::start(&[]);
    let corpus = Corpus::load_all().unwrap();
    let mut wrong = Vec::new();
    for file in &corpus.files {
        let app = app_id(file);
        let catalogue = server.data().join("catalogue.json");
        let mut create = vec!["app", "create", &app, "--json"];
        if BUILT_IN.contains(&file.profile.as_str()) {
            create.extend(["--profile", &file.profile]);
        } else {
            std::fs::write(&catalogue, serde_json::to_vec(&file.catalogue).unwrap()).unwrap();
            create.extend(["--catalogue", catalogue.to_str().unwrap()]);
        }
        assert_eq!(server.hallpass(&create).status, 0);
        // Policy has no command of its own: it goes over HTTP, as a program would send it.
        server.post(&format!("/v1/apps/{app}/changes"), &json!({"changes": file.changes}));

        let questions: String = file.expectations.iter().map(|expectation| format!("{}\n", expectation.question.to_authzen())).collect();
        let run = server.hallpass_with(&["check", "--app", &app, "--file", "-", "--json"], &questions);
        let answers: Vec<Value> = run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(answers.len(), file.expectations.len(), "{}: {}", file.name(), run.stderr);
        for (index, answer) in answers.iter().enumerate() {
            compare(file, index, &answer["allowed"], &answer["reason"], &mut wrong);
        }
        let all_allowed = file.expectations.iter().all(|expectation| expectation.expected.allowed);
        assert_eq!(run.status, i32::from(!all_allowed), "{}", file.name());
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}
