//! The binary: serving, and the command line against it.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use hallpass_server::credentials::{Credentials, FILE_NAME};
use hallpass_server::listening;
use serde_json::{Value, json};

const HALLPASS: &str = env!("CARGO_BIN_EXE_hallpass");

/// How long a process may take to do what a test waits for, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server; killed when dropped.
pub(crate) struct Process {
    child: Child,
    directory: tempfile::TempDir,
}

/// What a command said.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Waits for something that another process does.
fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begin.elapsed() < PATIENCE, "waited too long for {what}");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

impl Process {
    /// On a new data directory and a free port.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), arguments)
    }

    fn start_in(directory: tempfile::TempDir, arguments: &[&str]) -> Self {
        let output = std::fs::File::create(directory.path().join("stdout.txt")).unwrap();
        let log = std::fs::File::create(directory.path().join("log.txt")).unwrap();
        let mut child = Command::new(HALLPASS)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .current_dir(directory.path())
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(log)
            .spawn()
            .unwrap();
        let pid = child.id();
        let data = directory.path().join("hallpass-data");
        wait_for("the server", || {
            let log = || std::fs::read_to_string(directory.path().join("log.txt")).unwrap();
            assert_eq!(child.try_wait().unwrap(), None, "the server ended: {}", log());
            // The file of a server that was killed names another process.
            listening::read(&data).filter(|listening| listening.pid == pid)
        });
        Self { child, directory }
    }

    /// The data directory.
    pub(crate) fn data(&self) -> PathBuf {
        self.directory.path().join("hallpass-data")
    }

    fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.directory.path().join(name)).unwrap()
    }

    fn url(&self) -> String {
        listening::read(&self.data()).unwrap().url
    }

    fn root_key(&self) -> String {
        Credentials::read(&self.data().join(FILE_NAME)).unwrap().unwrap().root_key.expose().to_owned()
    }

    /// Posts JSON with the root key.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Value {
        let answer = ureq::post(format!("{}{path}", self.url()))
            .header("authorization", format!("Bearer {}", self.root_key()))
            .header("content-type", "application/json")
            .send(body.to_string());
        let mut answer = answer.unwrap();
        serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap()
    }

    /// Runs a command beside the server, as its owner would.
    pub(crate) fn hallpass(&self, arguments: &[&str]) -> Run {
        self.hallpass_with(arguments, "")
    }

    /// Runs a command with something on its standard input.
    pub(crate) fn hallpass_with(&self, arguments: &[&str], input: &str) -> Run {
        run(self.directory.path(), arguments, &[], input)
    }

    /// SIGKILL: no chance to tidy up.
    fn kill(mut self) -> tempfile::TempDir {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        std::mem::replace(&mut self.directory, tempfile::tempdir().unwrap())
    }

    /// SIGTERM.
    fn ask_to_stop(&self) {
        assert!(Command::new("kill").arg(self.child.id().to_string()).status().unwrap().success());
    }

    /// How it ended.
    fn wait(&mut self) -> std::process::ExitStatus {
        wait_for("the server to stop", || self.child.try_wait().unwrap())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn run(directory: &Path, arguments: &[&str], environment: &[(&str, &str)], input: &str) -> Run {
    let mut child = Command::new(HALLPASS)
        .args(arguments)
        .current_dir(directory)
        .env_remove("HALLPASS_KEY")
        .envs(environment.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // Written beside reading: a long input and a long output would otherwise wait for each other.
    let writer = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Run {
        status: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn the_first_run_shows_a_question_that_can_be_pasted() {
    let server = Process::start(&[]);
    let shown = server.file("stdout.txt");
    let begin = shown.find("curl").unwrap();
    let pasted = Command::new("sh").arg("-c").arg(&shown[begin..]).current_dir(server.directory.path()).output().unwrap();
    let answer: Value = serde_json::from_slice(&pasted.stdout).unwrap();
    assert_eq!((&answer["decision"], &answer["context"]["reason"]), (&json!(true), &json!("granted")));

    // Neither what it shows nor what it logs holds a key.
    let credentials = std::fs::read_to_string(server.data().join(FILE_NAME)).unwrap();
    let credentials: Value = serde_json::from_str(&credentials).unwrap();
    let apps = credentials["apps"].as_array().unwrap();
    let secrets: Vec<&str> = apps
        .iter()
        .flat_map(|app| app.as_object().unwrap())
        .filter(|(name, _)| !["id", "profile"].contains(&name.as_str()))
        .map(|(_, value)| value.as_str().unwrap())
        .chain([credentials["root_key"].as_str().unwrap()])
        .collect();
    assert_eq!(secrets.len(), 13);
    for said in [shown, server.file("log.txt")] {
        assert!(secrets.iter().all(|secret| !said.contains(secret)));
    }
}

#[test]
fn a_server_that_was_killed_comes_back_with_what_it_answered() {
    let server = Process::start(&[]);
    let root = server.root_key();
    let written =
        server.post("/v1/apps/demo-stream/changes", &json!({"changes": [{"change": "user_put", "id": "zoe", "roles": ["admin"]}]}));
    assert_eq!(written, json!({"revision": 2}));
    let server = Process::start_in(server.kill(), &[]);
    assert_eq!(server.root_key(), root);
    assert!(!server.file("stdout.txt").contains("first run"));
    let run = server.hallpass(&["check", "zoe", "CreateMessage", "messaging:general", "--at-least", "2"]);
    assert_eq!((run.status, run.stdout.as_str()), (0, "allowed  granted: a grant in every layer allows it\n"));
}

#[test]
fn a_lost_root_key_is_replaced_at_a_start() {
    let server = Process::start(&[]);
    let lost = server.root_key();
    let directory = server.kill();
    std::fs::remove_file(directory.path().join("hallpass-data").join(FILE_NAME)).unwrap();
    let server = Process::start_in(directory, &["--new-root-key"]);
    let list = |key: &str| run(server.directory.path(), &["app", "list", "--json"], &[("HALLPASS_KEY", key)], "");
    assert_eq!((list(&lost).status, list(&server.root_key()).status), (2, 0));
}

#[test]
fn a_second_process_on_the_same_directory_is_told_why_not() {
    let server = Process::start(&[]);
    let second = run(server.directory.path(), &["serve", "--listen", "127.0.0.1:0"], &[], "");
    assert_eq!(second.status, 2);
    assert!(second.stderr.contains("is in use by another process"), "{}", second.stderr);
    assert!(second.stderr.contains("--data"), "{}", second.stderr);
    assert_eq!(server.hallpass(&["check", "ben", "CreateMessage", "messaging:general"]).status, 0, "the first is unharmed");
}

#[test]
fn sigterm_ends_open_streams_and_then_the_process() {
    let mut server = Process::start(&["--log", "json"]);
    let mut stream = ureq::get(format!("{}/v1/apps/demo-stream/changes", server.url()))
        .header("authorization", format!("Bearer {}", server.root_key()))
        .header("accept", "text/event-stream")
        .call()
        .unwrap();
    let mut first = [0; 6];
    stream.body_mut().as_reader().read_exact(&mut first).unwrap();
    assert_eq!(&first, b"id: 1\n");
    server.ask_to_stop();
    assert!(server.wait().success());
    assert_eq!(listening::read(&server.data()), None);
    let log = server.file("log.txt");
    let messages: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(messages.last().unwrap()["fields"]["message"], "stopped");
}

#[test]
fn a_request_in_flight_is_finished_before_the_process_stops() {
    let mut server = Process::start(&[]);
    let address = server.url().trim_start_matches("http://").to_owned();
    let mut socket = std::net::TcpStream::connect(&address).unwrap();
    let (first, second) = ("{\"user\":{\"id\":\"yan\"}}\n", "{\"user\":{\"id\":\"xia\"}}\n");
    write!(
        socket,
        "POST /v1/apps/demo-stream/facts HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        server.root_key(),
        first.len() + second.len()
    )
    .unwrap();
    // Said when the handler asks for the body: the request is in flight.
    let mut go_on = [0; 25];
    socket.read_exact(&mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    socket.write_all(first.as_bytes()).unwrap();
    server.ask_to_stop();
    wait_for("the server to listen no more", || std::net::TcpStream::connect(&address).err());
    assert_eq!(server.child.try_wait().unwrap(), None, "it waits for the request in flight");
    socket.write_all(second.as_bytes()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("\"written\":2"), "{answer}");
    assert!(server.wait().success());
}

#[test]
fn https_is_served_to_those_who_trust_the_certificate() {
    let certificate = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    let files = tempfile::tempdir().unwrap();
    let (cert, key) = (files.path().join("cert.pem"), files.path().join("key.pem"));
    std::fs::write(&cert, certificate.cert.pem()).unwrap();
    std::fs::write(&key, certificate.signing_key.serialize_pem()).unwrap();
    let (cert, key) = (cert.to_str().unwrap(), key.to_str().unwrap());

    let server = Process::start(&["--tls-cert", cert, "--tls-key", key]);
    assert!(server.url().starts_with("https://127.0.0.1:"));
    let question = ["check", "ben", "CreateMessage", "messaging:general"];
    let trusting = server.hallpass(&[&question[..], &["--ca-cert", cert]].concat());
    assert_eq!(trusting.status, 0, "{}", trusting.stderr);
    let stranger = server.hallpass(&question);
    assert_eq!(stranger.status, 2);
    assert!(stranger.stderr.contains("no answer from https://"), "{}", stranger.stderr);
    let plain = server.hallpass(&[&question[..], &["--url", &server.url().replace("https", "http")]].concat());
    assert_eq!(plain.status, 2);

    let swapped = run(files.path(), &["serve", "--tls-cert", key, "--tls-key", cert], &[], "");
    assert_eq!(swapped.status, 2);
}

#[test]
fn plain_http_stays_on_this_machine_unless_told_otherwise() {
    let directory = tempfile::tempdir().unwrap();
    let refused = run(directory.path(), &["serve", "--listen", "0.0.0.0:0"], &[], "");
    assert_eq!(refused.status, 2);
    assert!(refused.stderr.contains("--tls-cert") && refused.stderr.contains("--insecure-plain-http"), "{}", refused.stderr);
    assert!(!directory.path().join("hallpass-data").exists(), "refused before anything was made");
}

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
fn a_refusal_is_read_even_by_those_who_are_still_sending() {
    let server = Process::start(&[]);
    // The body follows its head after a while, as it does on a slow line.
    let mut socket = std::net::TcpStream::connect(server.url().trim_start_matches("http://")).unwrap();
    let body = "x".repeat(100_000);
    write!(
        socket,
        "POST /access/v1/evaluation HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    )
    .unwrap();
    for piece in body.as_bytes().chunks(10_000) {
        socket.write_all(piece).unwrap();
        std::thread::park_timeout(Duration::from_millis(5));
    }
    let mut head = [0; 12];
    socket.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 401");
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
