//! The binary as a server: first run, restart, signals, TLS.

use std::io::{Read as _, Write as _};
use std::process::Command;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::Request;
use hallpass_server::credentials::FILE_NAME;
use hallpass_server::listening;
use serde_json::{Value, json};

use crate::process::{Process, run, wait_for};

#[test]
fn the_first_run_shows_a_question_that_can_be_pasted() {
    let server = Process::start(&[]);
    let shown = server.file("stdout.txt");
    let faces: Vec<&str> = shown.lines().skip(1).map_while(|line| line.strip_prefix("  ")?.split_whitespace().next()).collect();
    assert_eq!(faces, ["AuthZEN", "native", "Stream", "CometChat", "LiveChat", "operators"]);
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
    assert!(messages.iter().all(|line| line["level"] == "INFO"), "everybody let go in time: {log}");
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
fn bulk_facts_that_stop_coming_are_refused() {
    let server = Process::start(&["--idle-timeout", "1"]);
    let mut socket = std::net::TcpStream::connect(server.url().trim_start_matches("http://")).unwrap();
    let head = "POST /v1/apps/demo-stream/facts HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked";
    let (line, begun) = ("{\"user\":{\"id\":\"yan\"}}\n", "{\"user\"");
    write!(socket, "{head}\r\nauthorization: Bearer {}\r\n\r\n", server.root_key()).unwrap();
    write!(socket, "{:x}\r\n{line}{begun}\r\n", line.len() + begun.len()).unwrap();
    // It waits for more, and then says why it waits no longer.
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{answer}");
    let report: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    let stopped = json!({"code": "body_idle", "message": "nothing more of line 2 came for 1 s"});
    assert_eq!(
        report,
        json!({"done": true, "lines": 1, "written": 1, "refused": 0, "revision": 2, "errors": [], "stopped": stopped}),
        "what came whole is written"
    );
}

#[test]
fn a_caller_who_does_not_read_is_dropped() {
    let server = Process::start(&["--idle-timeout", "1"]);
    let mut socket = std::net::TcpStream::connect(server.url().trim_start_matches("http://")).unwrap();
    // More than the system holds for them, and then they are waited for.
    for _ in 0..300 {
        socket.write_all(b"GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    }
    wait_for("the server to hang up", || socket.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").err());
    assert_eq!(server.hallpass(&["check", "ben", "CreateMessage", "messaging:general"]).status, 0, "others are served");
}

#[tokio::test]
async fn a_stream_whose_caller_takes_nothing_is_reset_and_the_connection_goes_on() {
    let server = Process::start(&["--idle-timeout", "1"]);
    let socket = tokio::net::TcpStream::connect(server.url().trim_start_matches("http://")).await.unwrap();
    // No window: nothing of any answer is taken.
    let (mut client, connection) = h2::client::Builder::new().initial_window_size(0).handshake::<_, Bytes>(socket).await.unwrap();
    tokio::spawn(connection);
    let mut answers = Vec::new();
    for path in ["/v1/apps/demo-stream/changes", "/openapi.json", "/healthz"] {
        let request = Request::get(format!("{}{path}", server.url()))
            .header("authorization", format!("Bearer {}", server.root_key()))
            .header("accept", "text/event-stream")
            .body(())
            .unwrap();
        client = client.ready().await.unwrap();
        let answer = client.send_request(request, true).unwrap().0.await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answers.push((path, answer));
    }
    assert_eq!(client.current_max_send_streams(), 100);
    for (path, mut answer) in answers {
        let next = tokio::time::timeout(Duration::from_secs(60), answer.body_mut().data()).await;
        match next.unwrap_or_else(|_| panic!("{path} is still waited for")) {
            Some(Err(error)) => assert_eq!(error.reason(), Some(h2::Reason::CANCEL), "{path}"),
            next => panic!("{path}: {next:?}"),
        }
    }
    assert!(client.ready().await.is_ok(), "the connection goes on");
}

#[test]
fn a_connection_of_http2_that_says_nothing_is_ended() {
    let server = Process::start(&["--idle-timeout", "1"]);
    let mut socket = std::net::TcpStream::connect(server.url().trim_start_matches("http://")).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let empty_settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    socket.write_all(&[&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], &empty_settings].concat()).unwrap();
    // They are asked whether they are there, and do not answer.
    socket.read_to_end(&mut Vec::new()).unwrap();
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
