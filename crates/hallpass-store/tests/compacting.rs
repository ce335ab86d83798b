//! A log that is cut: what stays, what is said of what is gone, and that the file is never worse off.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod scene;

use std::fs;
use std::path::Path;

use hallpass::{Revision, Timestamp};
use hallpass_store::{Commit, Compacted, DocumentWrite, KeepLog, SqliteStore, Store};
use rusqlite::Connection;
use scene::{NOON, all_documents, commit, commit_documents, everything, loaded, user_put};
use serde_json::json;
use tempfile::TempDir;

const HOUR_MS: u64 = 60 * 60 * 1_000;

/// Ten commits of red, an hour apart, and one of blue at noon.
fn data() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(directory.path()).unwrap();
    store.commit(&[commit("red", everything()), commit("blue", [user_put("ben")])]).unwrap();
    for hour in 1..10 {
        // Each writes the same users again, so that the log is most of the file.
        let changes = (0..500).map(|n| user_put(&format!("user-{n}"))).collect();
        let at = Timestamp::from_ms(NOON.as_ms() + hour * HOUR_MS);
        let documents = vec![DocumentWrite::put("note", format!("n{hour}"), json!({"hour": hour}))];
        store.commit(&[Commit { app: "red".into(), author: "server".into(), at, changes, documents }]).unwrap();
    }
    directory
}

fn compact(directory: &Path, keep: KeepLog) -> Compacted {
    SqliteStore::compact(directory, keep).unwrap()
}

fn hours(hours: u64) -> Option<Timestamp> {
    Some(Timestamp::from_ms(NOON.as_ms() + hours * HOUR_MS))
}

/// Revisions in the log after one.
fn revisions(store: &SqliteStore, app: &str, after: u64) -> Vec<u64> {
    store.changes_after(app, Revision(after), 100).unwrap().iter().map(|committed| committed.revision.0).collect()
}

fn first_of(directory: &TempDir, app: &str) -> u64 {
    let store = SqliteStore::open(directory.path()).unwrap();
    (0..).find(|after| store.changes_after(app, Revision(*after), 1).is_ok()).unwrap() + 1
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn what_is_kept_is_all_but_the_old_part_of_the_log() {
    let data = data();
    let what_is = |store: &SqliteStore| {
        (
            loaded(store, "red"),
            loaded(store, "blue"),
            all_documents(store, "red", "note"),
            store.changes_after("red", Revision(7), 100).unwrap(),
        )
    };
    let before = what_is(&SqliteStore::open(data.path()).unwrap());
    let done = compact(data.path(), KeepLog { commits: Some(3), since: None });
    assert_eq!(done.commits, 7);
    assert!(done.bytes_after < done.bytes_before * 2 / 3, "{done:?}");
    assert_eq!(fs::metadata(data.path().join("hallpass.db")).unwrap().len(), done.bytes_after);
    assert_eq!(names(data.path()), ["hallpass.db", "hallpass.lock"]);

    let store = SqliteStore::open(data.path()).unwrap();
    assert_eq!(what_is(&store), before);
    assert_eq!(revisions(&store, "red", 7), [8, 9, 10]);
    assert_eq!(revisions(&store, "red", 9), [10]);
    assert_eq!(revisions(&store, "blue", 0), [1]);
    assert_eq!(store.commit(&[commit("red", [user_put("zoe")])]).unwrap(), [Revision(11)]);
    assert_eq!(revisions(&store, "red", 10), [11]);
}

#[test]
fn who_asks_for_what_is_gone_is_told() {
    let data = data();
    compact(data.path(), KeepLog { commits: Some(3), since: None });
    let store = SqliteStore::open(data.path()).unwrap();
    for after in [0, 6] {
        let error = store.changes_after("red", Revision(after), 100).unwrap_err();
        assert_eq!(error.code(), "log_trimmed");
        assert_eq!(
            error.to_string(),
            format!(
                "the log of app 'red' begins at revision 8, and what came after revision {after} is not all there: `hallpass compact` has \
                 taken it out. Read the state anew, and follow the log from there"
            )
        );
    }
    // Nor does anybody think that a backup of this has a whole log.
    let copy = data.path().join("copy.db");
    store.backup(&copy).unwrap();
    let restored = tempfile::tempdir().unwrap();
    fs::copy(&copy, restored.path().join("hallpass.db")).unwrap();
    assert_eq!(first_of(&restored, "red"), 8);
}

#[test]
fn days_and_commits_keep_what_either_asks_for() {
    for (keep, first) in [
        (KeepLog { since: hours(5), commits: None }, 6),
        // Between two commits; after the last of them, which stays all the same.
        (KeepLog { since: Some(Timestamp(hours(5).unwrap().as_ms() + 1)), commits: None }, 7),
        (KeepLog { since: hours(48), commits: None }, 10),
        (KeepLog { since: hours(5), commits: Some(2) }, 6),
        (KeepLog { since: hours(8), commits: Some(4) }, 7),
        (KeepLog { since: None, commits: Some(0) }, 10),
        (KeepLog { since: None, commits: Some(u64::MAX) }, 1),
        (KeepLog::default(), 1),
    ] {
        let data = data();
        let done = compact(data.path(), keep);
        assert_eq!((done.commits, first_of(&data, "red"), first_of(&data, "blue")), (first - 1, first, 1), "{keep:?}");
        // Again, there is nothing left to take out.
        assert_eq!(compact(data.path(), keep).commits, 0, "{keep:?}");
    }
}

#[test]
fn a_clock_that_went_back_makes_no_gap() {
    let data = data();
    let store = SqliteStore::open(data.path()).unwrap();
    store.commit(&[commit("red", [user_put("at-noon-again")]), commit("red", [user_put("and-again")])]).unwrap();
    drop(store);
    compact(data.path(), KeepLog { since: hours(8), commits: None });
    let store = SqliteStore::open(data.path()).unwrap();
    assert_eq!(revisions(&store, "red", 8), [9, 10, 11, 12]);
}

#[test]
fn a_directory_in_use_or_without_a_store_is_left_alone() {
    let data = data();
    let store = SqliteStore::open(data.path()).unwrap();
    let refused = SqliteStore::compact(data.path(), KeepLog { since: None, commits: Some(1) }).unwrap_err();
    assert_eq!(refused.code(), "in_use");
    assert_eq!(revisions(&store, "red", 0).len(), 10);

    let nothing = tempfile::tempdir().unwrap();
    assert_eq!(SqliteStore::compact(nothing.path(), KeepLog::default()).unwrap_err().code(), "directory");
    assert_eq!(names(nothing.path()), [""; 0]);
}

#[test]
fn a_damaged_file_is_left_alone() {
    let data = data();
    let store = SqliteStore::open(data.path()).unwrap();
    store.commit(&[commit_documents("red", [DocumentWrite::put("note", "long", json!("x".repeat(100_000)))])]).unwrap();
    drop(store);
    let file = data.path().join("hallpass.db");
    let mut bytes = fs::read(&file).unwrap();
    let from = bytes.len() - 4096;
    bytes[from..].fill(0xA5);
    fs::write(&file, &bytes).unwrap();
    assert_eq!(SqliteStore::compact(data.path(), KeepLog { since: None, commits: Some(1) }).unwrap_err().code(), "damaged");
    assert_eq!(fs::read(&file).unwrap(), bytes);
}

/// Its write-ahead log would stay, and be played into the new file.
#[test]
fn a_file_that_another_program_has_open_is_not_replaced() {
    let data = data();
    let shell = Connection::open(data.path().join("hallpass.db")).unwrap();
    shell.query_row("SELECT count(*) FROM log", [], |_| Ok(())).unwrap();
    let error = SqliteStore::compact(data.path(), KeepLog { since: None, commits: Some(3) }).unwrap_err();
    assert_eq!(error.code(), "database");
    assert!(error.to_string().contains("another program has it open"), "{error}");
    drop(shell);
    assert_eq!(names(data.path()), ["hallpass.db", "hallpass.lock"]);
    compact(data.path(), KeepLog { since: None, commits: Some(3) });
    assert_eq!(first_of(&data, "red"), 8);
}

#[test]
fn what_a_compaction_that_died_left_behind_is_no_obstacle() {
    let data = data();
    fs::write(data.path().join("hallpass.db.compact"), "half a data").unwrap();
    assert_eq!(SqliteStore::open(data.path()).unwrap().revision("red").unwrap(), Revision(10));
    compact(data.path(), KeepLog { since: None, commits: Some(3) });
    assert_eq!(names(data.path()), ["hallpass.db", "hallpass.lock"]);
    assert_eq!(first_of(&data, "red"), 8);
}
