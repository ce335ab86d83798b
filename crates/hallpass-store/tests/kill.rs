//! `kill -9` at random moments loses nothing that was answered.
//!
//! A child process commits from several threads as fast as it can and prints a line for each answer. It is killed, again and again, at
//! any moment: while it opens, writes, copies its log, recovers from the kill before. What the store holds then is compared with the
//! answers that came through. (The death of the machine differs in what the system had not yet written; that part of the promise is
//! SQLite's `synchronous=FULL`, and `durability_settings` in `src/sqlite/connection.rs` holds it.)
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod scene;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use hallpass::{Change, Channel, Revision, Timestamp};
use hallpass_store::{Commit, Committed, Committer, DocumentKey, DocumentWrite, MemoryStore, SqliteStore, Store};
use rand::RngExt as _;
use scene::{all_documents, channel, cid, loaded, member, token, user, user_put, whole_log};
use serde_json::json;

const CHILD: &str = "child_that_commits_until_it_is_killed";
const CHILD_DIRECTORY: &str = "HALLPASS_STORE_TEST_KILL";

const APPS: [&str; 2] = ["red", "blue"];
const WRITERS: u64 = 6;

/// How often a child is killed, and after how many kills a new directory is begun.
const KILLS: u32 = 30;
const KILLS_PER_DIRECTORY: u32 = 6;

fn app_of(writer: u64) -> &'static str {
    APPS[usize::try_from(writer % 2).unwrap()]
}

/// The `n`th commit of a writer: several tables, several changes that depend on each other, and documents.
fn commit_of(writer: u64, n: u64) -> Commit {
    let id = |n: u64| format!("user-{writer}-{n}");
    let home = format!("messaging:{writer}-{}", n / 10);
    let mut moderator = member(&home, &id(n));
    moderator.roles = vec![["channel_member", "channel_moderator"][usize::from(n.is_multiple_of(3))].to_owned()];
    let mut changes = vec![
        Change::UserPut(user(&id(n))),
        Change::ChannelPut(Channel { owner: Some(id(n)), ..channel(&home) }),
        Change::MemberPut(moderator),
        Change::TokenPut(token(&id(n), &id(n))),
    ];
    if n.is_multiple_of(4) {
        changes.push(Change::UserRemoved { id: id(n - 2) });
    }
    if n.is_multiple_of(25) {
        changes.push(Change::ChannelRemoved { id: cid(&format!("messaging:{writer}-{}", n / 10 - 1)) });
    }
    let documents = vec![
        DocumentWrite::put("user", id(n), json!({"name": format!("{writer}/{n}"), "padding": "x".repeat(n as usize % 700)})),
        DocumentWrite::put("counter", writer.to_string(), json!(n)),
    ];
    Commit { app: app_of(writer).into(), author: writer.to_string(), at: Timestamp(n), changes, documents }
}

#[test]
#[ignore = "run by the test of this file in another process"]
fn child_that_commits_until_it_is_killed() {
    let Some(directory) = std::env::var_os(CHILD_DIRECTORY) else { return };
    let store = Arc::new(SqliteStore::open(Path::new(&directory)).unwrap());
    let committer = Committer::start(Arc::clone(&store) as Arc<dyn Store>, |_| ()).unwrap();
    println!();
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (store, committer) = (&store, &committer);
            scope.spawn(move || {
                let done = store.document(app_of(writer), "counter", &writer.to_string()).unwrap();
                let done = done.map_or(0, |n| n.as_u64().unwrap());
                for n in done + 1.. {
                    let revision = committer.submit_blocking(commit_of(writer, n)).unwrap();
                    let mut out = std::io::stdout().lock();
                    writeln!(out, "answer {writer} {n} {revision}").unwrap();
                    out.flush().unwrap();
                }
            });
        }
    });
}

/// An answer that came through: which commit of which writer has which revision.
#[derive(Debug, Clone, Copy)]
struct Answer {
    writer: u64,
    n: u64,
    revision: u64,
}

/// What the killed children of one directory answered.
#[derive(Default)]
struct Answers {
    all: Vec<Answer>,
    /// By writer: up to where its commits may have come at most. Each of its children may have had one more in hand.
    at_most: BTreeMap<u64, u64>,
}

impl Answers {
    fn add(&mut self, answers: Vec<Answer>) {
        for answer in &answers {
            let at_most = self.at_most.entry(answer.writer).or_default();
            *at_most = answer.n.max(*at_most);
        }
        (0..WRITERS).for_each(|writer| *self.at_most.entry(writer).or_default() += 1);
        self.all.extend(answers);
    }
}

/// Lets a child commit, kills it at a random moment, and answers with what it had printed by then.
fn commit_and_kill(directory: &Path) -> Vec<Answer> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([CHILD, "--exact", "--ignored", "--nocapture"])
        .env(CHILD_DIRECTORY, directory)
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let (heard, hearing) = mpsc::channel();
    let reader = thread::spawn(move || {
        let mut line = String::new();
        // A line without its end was cut off by the kill.
        while output.read_line(&mut line).is_ok_and(|length| length > 0) && line.ends_with('\n') {
            if let Some(answer) = line.trim_end().strip_prefix("answer ") {
                let numbers: Vec<u64> = answer.split(' ').map(|number| number.parse().unwrap()).collect();
                heard.send(Answer { writer: numbers[0], n: numbers[1], revision: numbers[2] }).unwrap();
            }
            line.clear();
        }
    });
    let mut answers = Vec::new();
    // One in four is killed early, perhaps before it is open; the others some time after their first answer.
    let early = rand::random_ratio(1, 4);
    if !early {
        answers.push(hearing.recv_timeout(Duration::from_secs(30)).expect("the child commits"));
    }
    let moment = Instant::now() + Duration::from_micros(rand::rng().random_range(0..if early { 40_000 } else { 350_000 }));
    loop {
        match hearing.recv_timeout(moment.saturating_duration_since(Instant::now())) {
            Ok(answer) => answers.push(answer),
            Err(RecvTimeoutError::Timeout) => break,
            Err(RecvTimeoutError::Disconnected) => panic!("the child died by itself: {:?}", child.wait()),
        }
        if Instant::now() >= moment {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap();
    answers.extend(hearing.try_iter());
    answers
}

/// Compares what the store holds with what was answered, and the state with the log. Says how many commits there are.
fn compare(store: &SqliteStore, answers: &mut Answers) -> usize {
    let mut commits = 0;
    let mut counts = BTreeMap::<u64, u64>::new();
    let replayed = MemoryStore::new();
    for app in APPS {
        let log = whole_log(store, app);
        commits += log.len();
        for (index, committed) in log.iter().enumerate() {
            let writer: u64 = committed.author.parse().unwrap();
            let n = counts.entry(writer).or_default();
            *n += 1;
            // Whole, in the order of its writer, at the next revision.
            let Commit { app, author, at, changes, documents } = commit_of(writer, *n);
            let documents = documents.into_iter().map(|write| DocumentKey { kind: write.kind, id: write.id }).collect();
            let revision = Revision(index as u64 + 1);
            assert_eq!(*committed, Committed { app, revision, at, author, changes, documents });
            replayed.commit(&[commit_of(writer, *n)]).unwrap();
        }
        assert_eq!(loaded(store, app), loaded(&replayed, app));
        for kind in ["user", "counter"] {
            assert_eq!(all_documents(store, app, kind), all_documents(&replayed, app, kind));
        }
        for Answer { writer, n, revision } in answers.all.iter().filter(|answer| app_of(answer.writer) == app) {
            let index = usize::try_from(revision - 1).unwrap();
            let found = log.get(index).unwrap_or_else(|| panic!("{app} {revision} was answered and is lost"));
            assert_eq!((&found.author, found.at), (&writer.to_string(), Timestamp(*n)));
        }
    }
    for (writer, at_most) in &mut answers.at_most {
        let count = counts.get(writer).copied().unwrap_or_default();
        assert!(count <= *at_most, "writer {writer} committed {count} times, and at most {at_most} were ever begun");
        *at_most = count;
    }
    commits
}

#[test]
fn killed_at_random_moments_it_keeps_every_answered_commit_whole_and_in_order() {
    let (mut answered, mut kept) = (0, 0);
    for _ in 0..KILLS / KILLS_PER_DIRECTORY {
        let directory = tempfile::tempdir().unwrap();
        let mut answers = Answers::default();
        let mut commits = 0;
        for kill in 1..=KILLS_PER_DIRECTORY {
            answers.add(commit_and_kill(directory.path()));
            // Now and then the next child recovers from two kills, with nobody in between who closes properly.
            if kill % 3 != 1 {
                let store = SqliteStore::open(directory.path()).unwrap();
                commits = compare(&store, &mut answers);
                // It still works.
                let revision = store.commit(&[scene::commit("green", [user_put(&kill.to_string())])]).unwrap();
                assert_eq!(loaded(&store, "green").0, revision[0]);
            }
        }
        answered += answers.all.len();
        kept += commits;
    }
    println!("{KILLS} kills, {answered} answers, {kept} commits kept");
    assert!(kept >= answered);
    assert!(answered > 300, "only {answered} answers: the children hardly ran, so this shows little");
}
