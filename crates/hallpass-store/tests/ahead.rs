//! Reading beside the look at the whole file: nothing is written before the verdict, and a bad one is told to everybody.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod scene;

use std::fs;
use std::path::Path;
use std::sync::mpsc;

use hallpass::Revision;
use hallpass_store::{DocumentWrite, SqliteStore, Store};
use scene::data::Data;
use scene::{commit, commit_documents, everything, user_put, world};
use serde_json::json;

/// A store whose file ends with a page of a long document, which no start reads.
fn with_a_long_document() -> Data {
    let data = Data::with_commits();
    let store = data.open().unwrap();
    store.commit(&[commit_documents("red", [DocumentWrite::put("note", "long", json!("x".repeat(100_000)))])]).unwrap();
    drop(store);
    data
}

/// Writes over the last page of a file; gives back what the file holds now.
fn overwrite_the_last_page(file: &Path) -> Vec<u8> {
    let mut bytes = fs::read(file).unwrap();
    let from = bytes.len() - 4096;
    bytes[from..].fill(0xA5);
    fs::write(file, &bytes).unwrap();
    bytes
}

/// However well the facts can be read: the file is found damaged, whoever asks, and nothing writes to it.
fn assert_found_damaged_beside_reading(directory: &Path) {
    let store = SqliteStore::open_ahead(directory).unwrap();
    assert_eq!(world(&store, "red").len(), everything().len() + 2000);
    for _ in 0..2 {
        let found = store.checked().unwrap_err();
        assert_eq!(found.code(), "damaged", "{found}");
        assert!(found.to_string().contains("is damaged: SQLite's quick_check says: "), "{found}");
        let refused = store.commit(&[commit("red", [user_put("zoe")])]).unwrap_err();
        assert_eq!(refused.to_string(), found.to_string());
        assert_eq!(store.remove_app("red").unwrap_err().to_string(), found.to_string());
    }
}

#[test]
fn damage_is_found_beside_reading_after_a_good_stop() {
    let data = with_a_long_document();
    let bytes = overwrite_the_last_page(&data.file());
    assert_found_damaged_beside_reading(data.path());
    assert_eq!(fs::read(data.file()).unwrap(), bytes);
}

#[test]
fn damage_is_found_beside_reading_after_a_crash() {
    let data = with_a_long_document();
    let store = data.open_and_commit_without_copying();
    // What is there when the machine dies now: the file, and the newest commit in the write-ahead log.
    let left = tempfile::tempdir().unwrap();
    let [file, wal] = ["hallpass.db", "hallpass.db-wal"].map(|name| left.path().join(name));
    fs::copy(data.file(), &file).unwrap();
    fs::copy(data.path().join("hallpass.db-wal"), &wal).unwrap();
    drop(store);
    let log = fs::read(&wal).unwrap();
    assert!(!log.is_empty());
    let bytes = overwrite_the_last_page(&file);
    assert_found_damaged_beside_reading(left.path());
    assert_eq!((fs::read(&file).unwrap(), fs::read(&wal).unwrap()), (bytes, log));
}

#[test]
fn whoever_reads_ahead_may_write_once_the_file_is_found_whole() {
    let data = with_a_long_document();
    let store = SqliteStore::open_ahead(data.path()).unwrap();
    assert_eq!(store.revision("red").unwrap(), Revision(3));
    assert_eq!(store.commit(&[commit("red", [user_put("zoe")])]).unwrap(), [Revision(4)]);
    store.checked().unwrap();
}

#[test]
fn whoever_closes_does_not_wait_for_a_verdict_that_nobody_asked_for() {
    let data = with_a_long_document();
    for _ in 0..20 {
        drop(SqliteStore::open_ahead(data.path()).unwrap());
    }
    let mut names: Vec<_> = fs::read_dir(data.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["hallpass.db", "hallpass.lock"]);
}

/// Such as a restored backup: it gets its write-ahead log at this start, which nobody may do while somebody reads.
#[test]
fn a_file_without_a_write_ahead_log_is_found_whole_however_long_the_loading_takes() {
    let data = with_a_long_document();
    let restored = tempfile::tempdir().unwrap();
    {
        // Enough that the look at the file takes longer than it takes the loading to begin.
        let store = data.open().unwrap();
        let long: Vec<_> = (0..48).map(|n| DocumentWrite::put("note", format!("long-{n}"), json!("x".repeat(1 << 20)))).collect();
        store.commit(&[commit_documents("red", long)]).unwrap();
        store.backup(&restored.path().join("hallpass.db")).unwrap();
    }
    let store = SqliteStore::open_ahead(restored.path()).unwrap();
    let (began, has_begun) = mpsc::channel();
    let (end, may_end) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        let store = &store;
        let loading = scope.spawn(move || {
            store.load_parts("red", 1, &mut |part| {
                let _ = began.send(());
                // Until the verdict is known, however late.
                let _ = may_end.recv();
                part
            })
        });
        has_begun.recv().unwrap();
        let verdict = store.checked();
        drop(end);
        assert_eq!(loading.join().unwrap().unwrap(), Revision(4));
        verdict.unwrap();
    });
    assert_eq!(store.commit(&[commit("red", [user_put("zoe")])]).unwrap(), [Revision(5)]);
}
