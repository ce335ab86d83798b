//! Opening a data directory: one process at a time, and nothing that cannot be trusted or understood.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod scene;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use hallpass::Revision;
use hallpass_store::{SqliteStore, Store};
use rusqlite::Connection;
use scene::data::Data;
use scene::{commit, everything, loaded, user_put, whole_log, world};

#[test]
fn a_closed_store_opens_again_with_all_that_was_committed() {
    let data = Data::with_commits();
    let (before, log) = {
        let store = data.open().unwrap();
        (loaded(&store, "red"), whole_log(&store, "red"))
    };
    assert_eq!((before.0, before.1.len(), log.len()), (Revision(2), everything().len() + 2000, 2));
    let store = data.open().unwrap();
    assert_eq!(loaded(&store, "red"), before);
    assert_eq!(whole_log(&store, "red"), log);
    assert_eq!(store.commit(&[commit("red", [])]).unwrap(), [Revision(3)]);
}

#[test]
fn closing_leaves_one_file_and_the_lock() {
    let data = Data::with_commits();
    let mut names: Vec<_> = fs::read_dir(data.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["hallpass.db", "hallpass.lock"]);
}

#[cfg(unix)]
#[test]
fn what_it_makes_is_for_this_user_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("a/b");
    let store = SqliteStore::open(&directory).unwrap();
    store.commit(&[commit("red", [user_put("ana")])]).unwrap();
    let backup = parent.path().join("backup.db");
    store.backup(&backup).unwrap();
    let mode = |path: &Path| format!("{:o}", fs::metadata(path).unwrap().permissions().mode() & 0o777);
    assert_eq!(mode(&directory), "700");
    assert_eq!(["hallpass.db", "hallpass.db-wal"].map(|name| mode(&directory.join(name))), ["600", "600"]);
    assert_eq!(mode(&backup), "600");
}

/// Name of the test below, which is run in a process of its own.
const CHILD: &str = "child_that_opens_a_directory";
const CHILD_DIRECTORY: &str = "HALLPASS_STORE_TEST_OPEN";

#[test]
#[ignore = "run by the tests of this file in another process"]
fn child_that_opens_a_directory() {
    let Some(directory) = std::env::var_os(CHILD_DIRECTORY) else { return };
    match SqliteStore::open(Path::new(&directory)) {
        Ok(_) => println!("\nanswer: opened"),
        Err(error) => println!("\nanswer: {} {error}", error.code()),
    }
}

/// What another process says when it opens the directory.
fn another_process_opens(directory: &Path) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args([CHILD, "--exact", "--ignored", "--nocapture"])
        .env(CHILD_DIRECTORY, directory)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().find_map(|line| line.strip_prefix("answer: ")).unwrap_or_else(|| panic!("no answer in {text}")).to_owned()
}

#[test]
fn a_second_process_is_told_who_has_the_directory() {
    let data = Data::with_commits();
    let store = data.open().unwrap();
    assert_eq!(
        another_process_opens(data.path()),
        format!(
            "in_use the data directory {} is in use by another process (pid {}); stop that one first, or choose another directory with --data",
            data.path().display(),
            std::process::id()
        )
    );
    // So is this process, when it tries twice. The first one is not disturbed.
    assert_eq!(data.open().unwrap_err().code(), "in_use");
    assert_eq!(store.commit(&[commit("red", [])]).unwrap(), [Revision(3)]);
    drop(store);
    assert_eq!(another_process_opens(data.path()), "opened");
}

/// A child process has a copy of every open file, locks included, from its fork until it begins its program.
#[test]
fn a_closed_store_can_be_opened_while_the_process_starts_children() {
    let data = Data::with_commits();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    Command::new(std::env::current_exe().unwrap()).arg("--help").stdout(Stdio::null()).status().unwrap();
                }
            });
        }
        let opened: Result<Vec<()>, _> = (0..100).map(|_| data.open().map(drop)).collect();
        done.store(true, Ordering::Relaxed);
        opened.unwrap();
    });
}

#[test]
fn a_lock_file_that_nobody_holds_is_no_obstacle() {
    let data = Data::with_commits();
    fs::write(data.path().join("hallpass.lock"), "4194304999\n").unwrap();
    let store = data.open().unwrap();
    assert_eq!(fs::read_to_string(data.path().join("hallpass.lock")).unwrap(), format!("{}\n", std::process::id()));
    drop(store);
}

#[test]
fn a_directory_that_cannot_be_used_is_named() {
    let parent = tempfile::tempdir().unwrap();
    let file = parent.path().join("file");
    fs::write(&file, "").unwrap();
    let error = SqliteStore::open(&file.join("data")).unwrap_err();
    assert_eq!(error.code(), "directory");
    assert!(error.to_string().starts_with(&format!("cannot create the data directory {}: ", file.join("data").display())), "{error}");
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let data = Data::with_commits();
    fs::write(data.file(), "this is not a database, and it is long enough to have a header of a hundred bytes if it were one. ".repeat(20))
        .unwrap();
    data.assert_damaged("file is not a database");
}

#[test]
fn an_empty_file_is_refused() {
    let data = Data::with_commits();
    fs::write(data.file(), "").unwrap();
    data.assert_damaged("it is empty");
}

#[test]
fn a_truncated_file_is_refused() {
    let data = Data::with_commits();
    let bytes = fs::read(data.file()).unwrap();
    fs::write(data.file(), &bytes[..bytes.len() / 2]).unwrap();
    data.assert_damaged("database disk image is malformed");
}

#[test]
fn a_file_with_a_page_overwritten_is_refused() {
    let data = Data::with_commits();
    let mut bytes = fs::read(data.file()).unwrap();
    // The last page of the file belongs to a table that nobody reads on opening.
    let from = bytes.len() - 4096;
    bytes[from..].fill(0xA5);
    fs::write(data.file(), &bytes).unwrap();
    let error = data.open().unwrap_err();
    assert_eq!(error.code(), "damaged", "{error}");
    assert!(error.to_string().contains("SQLite's quick_check says: "), "{error}");
    assert_eq!(fs::read(data.file()).unwrap(), bytes);
}

#[test]
fn a_database_of_something_else_is_refused() {
    let data = Data::with_commits();
    fs::remove_file(data.file()).unwrap();
    data.sql("CREATE TABLE notes (text TEXT);");
    data.assert_damaged("it holds no format version, so it was not written by hallpass");
}

#[test]
fn a_missing_table_index_or_version_is_refused() {
    let data = Data::with_commits();
    data.sql("DROP TABLE relations;");
    data.assert_damaged("the index 'relations_by_channel' is missing or not as it should be");
    let data = Data::with_commits();
    data.sql("DROP INDEX members_by_user;");
    data.assert_damaged("the index 'members_by_user' is missing or not as it should be");
    let data = Data::with_commits();
    data.sql("ALTER TABLE log ADD COLUMN more TEXT;");
    data.assert_damaged("the table 'log' is missing or not as it should be");
    let data = Data::with_commits();
    data.sql("DELETE FROM meta;");
    data.assert_damaged("it holds no format version, so it was not written by hallpass");
    let data = Data::with_commits();
    data.sql("UPDATE meta SET value = 'zero';");
    data.assert_damaged("it says format 'zero', which never existed");
}

#[test]
fn facts_that_are_not_those_of_the_log_are_refused() {
    let data = Data::with_commits();
    data.sql("DELETE FROM log WHERE revision = 2;");
    data.assert_damaged("app 'red' is at revision 2, but its log ends at revision 1");
}

#[test]
fn a_lock_by_another_program_is_named() {
    let data = Data::with_commits();
    let store = data.open().unwrap();
    let shell = Connection::open(data.file()).unwrap();
    shell.execute_batch("BEGIN IMMEDIATE;").unwrap();
    let error = store.commit(&[commit("red", [user_put("zoe")])]).unwrap_err();
    assert_eq!(error.code(), "database");
    assert_eq!(
        error.to_string(),
        format!(
            "the database {} failed to commit: another program holds a lock on it, such as a sqlite3 shell inside a transaction; close \
             that one. If this persists, look at the disk's health and restart hallpass",
            data.file().display()
        )
    );
    shell.execute_batch("ROLLBACK;").unwrap();
    assert_eq!(store.commit(&[commit("red", [user_put("zoe")])]).unwrap(), [Revision(3)]);
}

#[test]
fn a_lost_file_whose_log_is_still_there_is_refused() {
    let data = Data::with_commits();
    fs::rename(data.file(), data.path().join("hallpass.db-wal")).unwrap();
    let wal = data.path().join("hallpass.db-wal");
    data.assert_damaged(&format!("it is missing, but its write-ahead log {} is there", wal.display()));
    assert!(wal.exists());
    assert!(!data.file().exists());
}

#[test]
fn a_newer_format_is_refused() {
    let data = Data::with_commits();
    // A newer hallpass may have other tables; what counts is what the format says.
    data.sql("UPDATE meta SET value = '2'; DROP TABLE relations;");
    let before = fs::read(data.file()).unwrap();
    let error = data.open().unwrap_err();
    assert_eq!(error.code(), "newer_format");
    assert_eq!(
        error.to_string(),
        format!(
            "the data file {} has format 2, and this hallpass knows formats up to 1. Nothing was changed. Start the newer hallpass that \
             wrote it, or restore a backup from before the upgrade",
            data.file().display()
        )
    );
    assert_eq!(fs::read(data.file()).unwrap(), before);
}

#[test]
fn a_row_that_cannot_be_read_is_damage_and_not_an_empty_world() {
    let data = Data::with_commits();
    data.sql("UPDATE items SET body = '{' WHERE kind = 'user' AND key = 'ana';");
    data.sql("UPDATE log SET changes = '[{\"change\": \"unheard_of\"}]' WHERE revision = 2;");
    let store = data.open().unwrap();
    let error = store.load("red", &mut |_| ()).unwrap_err();
    assert_eq!(error.code(), "damaged");
    assert!(error.to_string().contains("is damaged: the user 'ana' cannot be read: "), "{error}");
    let error = store.changes_after("red", Revision(1), 5).unwrap_err();
    assert_eq!(error.code(), "damaged");
    assert!(error.to_string().contains("is damaged: revision 2 of app 'red' cannot be read: "), "{error}");
}

#[test]
fn a_database_that_was_not_finished_is_made_anew() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("hallpass.db.new"), "half a data").unwrap();
    let store = SqliteStore::open(directory.path()).unwrap();
    assert_eq!(store.commit(&[commit("red", [user_put("ana")])]).unwrap(), [Revision(1)]);
    assert_eq!(world(&store, "red"), [user_put("ana")]);
    assert!(!directory.path().join("hallpass.db.new").exists());
}

#[test]
fn a_first_opening_that_was_cut_off_is_undone() {
    let data = Data::with_commits();
    // A new or restored file has no write-ahead log until it is first opened. What a process that dies just then leaves behind: a file
    // written in part, and beside it the journal of how it was.
    data.sql("PRAGMA journal_mode = DELETE;");
    let dying = Connection::open(data.file()).unwrap();
    dying.execute_batch("PRAGMA cache_size = 1; BEGIN IMMEDIATE; UPDATE items SET body = '{' WHERE kind = 'user';").unwrap();
    let left = tempfile::tempdir().unwrap();
    for name in ["hallpass.db", "hallpass.db-journal"] {
        fs::copy(data.path().join(name), left.path().join(name)).unwrap();
    }
    drop(dying);
    assert_ne!(fs::read(left.path().join("hallpass.db")).unwrap(), fs::read(data.file()).unwrap());
    let (store, untouched) = (SqliteStore::open(left.path()).unwrap(), data.open().unwrap());
    assert_eq!(loaded(&store, "red"), loaded(&untouched, "red"));
    assert!(!left.path().join("hallpass.db-journal").exists());
}

#[test]
fn a_backup_is_taken_beside_the_process_that_has_the_directory() {
    let data = Data::with_commits();
    let store = data.open().unwrap();
    store.commit(&[commit("blue", [user_put("late")])]).unwrap();
    let restored = tempfile::tempdir().unwrap();
    SqliteStore::backup_of(data.path(), &restored.path().join("hallpass.db")).unwrap();
    let copy = SqliteStore::open(restored.path()).unwrap();
    assert_eq!(loaded(&copy, "red"), loaded(&store, "red"));
    assert_eq!(loaded(&copy, "blue"), (Revision(1), vec![user_put("late")]));

    let nothing = tempfile::tempdir().unwrap();
    let error = SqliteStore::backup_of(nothing.path(), &restored.path().join("other.db")).unwrap_err();
    assert_eq!(error.code(), "directory");
    assert_eq!(fs::read_dir(nothing.path()).unwrap().count(), 0);
}

#[test]
fn the_log_moves_into_the_file_while_the_store_is_open() {
    let data = Data::with_commits();
    let store = data.open().unwrap();
    store.commit(&[commit("red", [user_put("zoe")])]).unwrap();
    // The main file alone, without its write-ahead log, as another program would see it.
    let alone = tempfile::tempdir().unwrap();
    let copy = alone.path().join("hallpass.db");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    loop {
        fs::copy(data.file(), &copy).unwrap();
        let found = Connection::open(&copy)
            .and_then(|copy| copy.query_row("SELECT count(*) FROM items WHERE key = 'zoe'", [], |row| row.get::<_, i64>(0)));
        if found == Ok(1) {
            break;
        }
        assert!(std::time::Instant::now() < deadline, "not copied: {:?}", store.checkpoint_problem());
        std::thread::yield_now();
    }
    assert_eq!(store.checkpoint_problem(), None);
}
