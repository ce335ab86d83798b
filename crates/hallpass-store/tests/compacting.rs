//! A log that is cut: what stays, what is said of what is gone, and that the file is never worse off.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod scene;

use std::fs;
use std::path::Path;

use hallpass::{Revision, Timestamp};
use hallpass_store::{Commit, Compacted, DocumentWrite, KeepLog, SqliteStore, Store};
use rusqlite::Connection;
use scene::{NOON, all_documents, commit, commit_documents, everything, loaded, user_put, whole_log};
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
    let whole = whole_log(&SqliteStore::open(data.path()).unwrap(), "red");
    let shell = Connection::open(data.path().join("hallpass.db")).unwrap();
    shell.query_row("SELECT count(*) FROM log", [], |_| Ok(())).unwrap();
    let error = SqliteStore::compact(data.path(), KeepLog { since: None, commits: Some(3) }).unwrap_err();
    assert_eq!(error.code(), "database");
    assert!(error.to_string().contains("another program has it open"), "{error}");
    drop(shell);
    assert_eq!(names(data.path()), ["hallpass.db", "hallpass.lock"]);
    // Nothing was taken out of the log either.
    assert_eq!((first_of(&data, "red"), whole), (1, whole_log(&SqliteStore::open(data.path()).unwrap(), "red")));
    compact(data.path(), KeepLog { since: None, commits: Some(3) });
    assert_eq!(first_of(&data, "red"), 8);
}

#[test]
fn what_a_compaction_that_died_left_behind_is_no_obstacle() {
    let data = data();
    for name in ["copy", "compact", "compact-wal", "compact-shm", "compact-journal"] {
        fs::write(data.path().join(format!("hallpass.db.{name}")), "half a data").unwrap();
    }
    assert_eq!(SqliteStore::open(data.path()).unwrap().revision("red").unwrap(), Revision(10));
    compact(data.path(), KeepLog { since: None, commits: Some(3) });
    assert_eq!(names(data.path()), ["hallpass.db", "hallpass.lock"]);
    assert_eq!(first_of(&data, "red"), 8);
}

/// Its next start has its write-ahead log at once, and may read beside the look at the file.
#[test]
fn the_new_file_is_as_a_server_leaves_it() {
    let data = data();
    let file = data.path().join("hallpass.db");
    // Bytes 18 and 19 of a SQLite file: 2 with a write-ahead log, 1 without.
    let versions = || fs::read(&file).unwrap()[18..20].to_vec();
    assert_eq!(versions(), [2, 2]);
    for commits in [None, Some(3)] {
        compact(data.path(), KeepLog { commits, since: None });
        assert_eq!(versions(), [2, 2]);
        assert_eq!(names(data.path()), ["hallpass.db", "hallpass.lock"]);
    }
}

/// An operator compacts as root what a service of another user serves; or lets a group read it.
#[cfg(unix)]
#[test]
fn the_new_file_has_the_owner_and_the_mode_of_the_old_one() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
    let data = data();
    let file = data.path().join("hallpass.db");
    let lock = data.path().join("hallpass.lock");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    // Only root may give files away; whoever else runs this test keeps their own.
    let is_root = chown(&file, Some(4711), Some(4712)).is_ok();
    fs::remove_file(&lock).unwrap();
    let of = |path: &Path| fs::metadata(path).map(|file| (file.mode() & 0o7777, file.uid(), file.gid())).unwrap();
    let before = of(&file);
    assert_eq!(is_root, (before.1, before.2) == (4711, 4712));
    for commits in [None, Some(3)] {
        compact(data.path(), KeepLog { commits, since: None });
        assert_eq!(of(&file), before);
        // Made by the first of these.
        assert_eq!((of(&lock).1, of(&lock).2), (before.1, before.2));
    }
}

/// Whether something was taken out is known without reading what is there.
#[test]
fn where_a_log_begins_is_asked_without_reading_it() {
    let data = data();
    compact(data.path(), KeepLog { since: None, commits: Some(3) });
    Connection::open(data.path().join("hallpass.db")).unwrap().execute("UPDATE log SET changes = 'no JSON'", []).unwrap();
    let store = SqliteStore::open(data.path()).unwrap();
    assert_eq!(store.changes_after("red", Revision(7), 1).unwrap_err().code(), "damaged");
    for after in [7, 8, 10, 11, u64::MAX] {
        store.log_reaches("red", Revision(after)).unwrap();
    }
    store.log_reaches("nobody", Revision(0)).unwrap();
    for after in [0, 6] {
        let expected = format!("the log of app 'red' begins at revision 8, and what came after revision {after} is not all there");
        let error = store.log_reaches("red", Revision(after)).unwrap_err();
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
}
