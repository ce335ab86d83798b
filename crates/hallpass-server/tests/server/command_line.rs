//! The binary as a client: what commands say, and their exit status.

use hallpass_server::credentials::FILE_NAME;
use serde_json::{Value, json};

use crate::process::{Process, run};

#[test]
fn exit_status_tells_allowed_refused_and_error_apart() {
    let server = Process::start(&[]);
    let allowed = server.hallpass(&["check", "ben", "CreateMessage", "messaging:general", "--json"]);
    assert_eq!(allowed.status, 0);
    let answer: Value = serde_json::from_str(&allowed.stdout).unwrap();
    assert_eq!(answer, json!({"allowed": true, "reason": "granted", "text": "a grant in every layer allows it", "revision": 1}));
    let refused = server.hallpass(&["check", "ben", "UpdateMessage", "message/m-1", "--in", "messaging:general", "--owner", "ana"]);
    assert_eq!((refused.status, refused.stderr.as_str()), (1, ""));
    assert_eq!(refused.stdout, "refused  condition_failed: a permission is held, but its condition does not hold\n");

    let error = |arguments: &[&str], environment: &[(&str, &str)]| {
        let run = run(server.directory.path(), arguments, environment, "");
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{arguments:?}");
        run.stderr
    };
    let question = ["check", "ben", "CreateMessage", "messaging:general"];
    let says = |arguments: &[&str], environment: &[(&str, &str)], expected: &str| {
        let said = error(arguments, environment);
        assert!(said.contains(expected), "expected '{expected}' in '{said}'");
    };
    says(&question, &[("HALLPASS_KEY", "hps_wrong")], "this key opens nothing here");
    says(&question, &[("HALLPASS_URL", "http://127.0.0.1:1")], "no answer from http://127.0.0.1:1");
    says(&question, &[("HALLPASS_APP", "nowhere")], "there is no app 'nowhere'");
    says(&["import", "-"], &[("HALLPASS_KEY", "hps_wrong")], "this key opens nothing here");
    says(&["check", "ben"], &[], "Usage");
    says(&["check", "ben", "CreateMessage", "general"], &[], "expected a channel (TYPE:ID), KIND/ID, or app");
    let elsewhere = tempfile::tempdir().unwrap();
    let lost = run(elsewhere.path(), &question, &[], "");
    assert_eq!(lost.status, 2);
    assert!(lost.stderr.contains("set HALLPASS_KEY"), "{}", lost.stderr);
}

#[test]
fn many_questions_come_from_a_file_and_the_worst_answer_counts() {
    let server = Process::start(&[]);
    let question = |user: &str| crate::support::question(user, "CreateMessage", "messaging:general").to_string();
    let all = format!("{}\n\n{}\n", question("ben"), question("mia"));
    assert_eq!(server.hallpass_with(&["check", "--file", "-"], &all).status, 0);
    let some = format!("{}\n{}\n", question("zoe"), question("ben"));
    let run = server.hallpass_with(&["check", "--file", "-"], &some);
    assert_eq!(run.status, 1);
    assert_eq!(run.stdout.lines().map(|line| line.split_whitespace().next().unwrap()).collect::<Vec<_>>(), ["refused", "allowed"]);
    let bad = format!("{}\n{{}}\n", question("ben"));
    assert_eq!(server.hallpass_with(&["check", "--file", "-"], &bad).status, 2);
    assert_eq!(server.hallpass_with(&["check", "--file", "-"], "nonsense").status, 2);
}

#[test]
fn a_misspelt_action_is_told_with_the_name_that_was_meant() {
    let run = Process::start(&[]).hallpass(&["check", "ben", "CreateMesage", "messaging:general"]);
    assert_eq!((run.status, run.stdout.as_str()), (1, "refused  unknown_action: no such action (did you mean 'CreateMessage'?)\n"));
}

#[test]
fn an_explanation_reads_well() {
    let server = Process::start(&[]);
    let explain = |arguments: &[&str]| {
        let run = server.hallpass(&[&["explain"], arguments].concat());
        format!("{}exit status {}\n", run.stdout, run.status)
    };
    let said = [
        explain(&["ben", "CreateMessage", "messaging:general"]),
        explain(&["zoe", "CreateMessage", "messaging:general"]),
        explain(&["mia", "BanUser", "user/ben"]),
        explain(&["nobody", "ReadChannel", "messaging:general"]),
        explain(&["ben", "ReadChanel", "messaging:general"]),
    ]
    .join("\n");
    insta::assert_snapshot!("explanations", said);
    let json = server.hallpass(&["explain", "ben", "CreateMessage", "messaging:general", "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&json.stdout).unwrap()["layers"][0]["layer"], "grants");
}

#[test]
fn apps_are_made_listed_rekeyed_and_deleted() {
    let server = Process::start(&[]);
    let made = server.hallpass(&["app", "create", "shop", "--profile", "cometchat", "--json"]);
    assert_eq!(made.status, 0, "{}", made.stderr);
    let keys: Value = serde_json::from_str(&made.stdout).unwrap();
    let old = keys["server_key"].as_str().unwrap();
    let listed = server.hallpass(&["app", "list"]);
    assert_eq!(
        listed.stdout.lines().map(|line| line.split_whitespace().take(3).collect::<Vec<_>>().join(" ")).collect::<Vec<_>>(),
        ["APP PROFILE REVISION", "demo-cometchat cometchat 1", "demo-livechat livechat 1", "demo-stream stream 1", "shop cometchat 0"]
    );
    let rotated = server.hallpass(&["app", "keys", "shop", "--rotate", "server_key", "--json"]);
    let rotated: Value = serde_json::from_str(&rotated.stdout).unwrap();
    assert_ne!(rotated["server_key"], old);
    assert!(server.hallpass(&["app", "keys", "shop"]).stderr.contains("--rotate server_key makes a new one"));
    assert!(server.hallpass(&["app", "keys", "demo-stream"]).stdout.contains("api_secret"));
    assert_eq!(server.hallpass(&["app", "delete", "shop"]).stdout, "deleted shop\n");
    assert_eq!(server.hallpass(&["app", "delete", "shop"]).status, 2);
}

#[test]
fn facts_are_imported_and_a_backup_brings_them_back() {
    let server = Process::start(&[]);
    let facts = "{\"user\":{\"id\":\"yan\"}}\n{\"member\":{\"channel\":\"messaging:general\",\"user\":\"yan\"}}\n";
    std::fs::write(server.directory.path().join("facts.ndjson"), facts).unwrap();
    let run = server.hallpass(&["import", "facts.ndjson"]);
    assert_eq!((run.status, run.stdout.as_str(), run.stderr.as_str()), (0, "2 lines: 2 written, 0 refused; revision 2\n", ""));
    let bad = server.hallpass_with(&["import", "-", "--all-or-nothing"], "{\"user\":{\"id\":\"xia\"}}\n{\"usr\":{}}\n");
    assert_eq!(bad.status, 2);
    assert_eq!(
        bad.stdout,
        "2 lines: 0 written, 1 refused; revision 2\n  line 2: 'usr' is no kind of fact; \
         expected one of user, channel, member, relation, client, token, remove\n"
    );

    let backup = server.hallpass(&["backup", "copy.db"]);
    assert_eq!(backup.status, 0, "{}", backup.stderr);
    assert_eq!(server.hallpass(&["backup", "copy.db"]).status, 2, "a backup overwrites nothing");

    // After the backup Yan is thrown out; after the restore he is in again.
    server.hallpass_with(&["import", "-"], "{\"remove\":{\"user\":\"yan\"}}\n");
    let question = ["check", "yan", "CreateMessage", "messaging:general"];
    assert_eq!(server.hallpass(&question).status, 1);
    let directory = server.kill();
    let (data, aside) = (directory.path().join("hallpass-data"), directory.path().join("aside"));
    std::fs::rename(&data, &aside).unwrap();
    std::fs::create_dir(&data).unwrap();
    std::fs::copy(directory.path().join("copy.db"), data.join("hallpass.db")).unwrap();
    std::fs::copy(aside.join(FILE_NAME), data.join(FILE_NAME)).unwrap();
    let server = Process::start_in(directory, &[]);
    assert_eq!(server.hallpass(&question).status, 0);
}

#[test]
fn a_stopped_server_s_log_is_shortened() {
    let mut server = Process::start(&[]);
    for role in ["one", "two", "three"] {
        server.post("/v1/apps/demo-stream/changes", &json!({"changes": [{"change": "role_put", "role": role}]}));
    }
    let in_use = server.hallpass(&["compact", "--keep-commits", "1"]);
    assert_eq!((in_use.status, in_use.stdout.as_str()), (2, ""));
    assert!(in_use.stderr.contains("is in use by another process"), "{}", in_use.stderr);
    server.ask_to_stop();
    assert!(server.wait().success());

    let commits = |arguments: &[&str]| {
        let run = server.hallpass(&[&["compact", "--json"], arguments].concat());
        assert_eq!((run.status, run.stderr.as_str()), (0, ""));
        let done: Value = serde_json::from_str(&run.stdout).unwrap();
        let length = std::fs::metadata(server.data().join("hallpass.db")).unwrap().len();
        assert_eq!(done["bytes_after"], json!(length));
        done["commits"].as_u64().unwrap()
    };
    // All of it happened today.
    assert_eq!(commits(&["--keep-days", "1"]), 0);
    assert_eq!(commits(&["--keep-days", "1", "--keep-commits", "1"]), 0);
    assert_eq!(commits(&[]), 0);
    assert!(commits(&["--keep-commits", "2"]) >= 2);
    let said = server.hallpass(&["compact", "--keep-commits", "2"]).stdout;
    assert!(said.starts_with("0 commits taken out of the log; "), "{said}");
    let nowhere = server.hallpass(&["compact", "--data", "nowhere"]);
    assert_eq!(nowhere.status, 2);
    assert!(!server.directory.path().join("nowhere").exists());

    let directory = std::mem::replace(&mut server.directory, tempfile::tempdir().unwrap());
    let again = Process::start_in(directory, &[]);
    assert_eq!(again.post("/v1/apps/demo-stream/changes", &json!({"changes": [{"change": "role_put", "role": "four"}]}))["revision"], 5);
}
