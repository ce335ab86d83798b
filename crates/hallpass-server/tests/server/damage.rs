//! A data file that is damaged: nothing of it is served, nothing is written, and the operator is told what to do.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hallpass::Timestamp;
use hallpass_server::credentials::FILE_NAME;
use hallpass_server::{Clock, Service, ServiceOptions, first_run};
use hallpass_store::{Commit, DocumentWrite, SqliteStore, Store};
use serde_json::json;

use crate::process::{Process, run};
use crate::support::{NOON, PUBLIC_URL};

/// Makes a data file end with a page of a long document that no start reads, and writes over that page.
fn damage(data: &Path) -> PathBuf {
    let store = SqliteStore::open(data).unwrap();
    let documents = vec![DocumentWrite::put("note", "long", json!("x".repeat(100_000)))];
    store.commit(&[Commit { app: "notes".into(), author: "root".into(), at: Timestamp(0), changes: vec![], documents }]).unwrap();
    drop(store);
    let file = data.join("hallpass.db");
    let mut bytes = std::fs::read(&file).unwrap();
    let from = bytes.len() - 4096;
    bytes[from..].fill(0xA5);
    std::fs::write(&file, bytes).unwrap();
    file
}

#[test]
fn a_damaged_file_is_refused_before_anything_is_served() {
    let mut server = Process::start(&[]);
    server.ask_to_stop();
    assert!(server.wait().success());
    let file = damage(&server.data());
    let before = std::fs::read(&file).unwrap();
    let keys = server.file("hallpass-data/credentials.json");

    for arguments in [&["serve", "--listen", "127.0.0.1:0"][..], &["serve", "--listen", "127.0.0.1:0", "--new-root-key"]] {
        let refused = run(server.directory.path(), arguments, &[], "");
        assert_eq!((refused.status, refused.stdout.as_str()), (2, ""));
        assert!(refused.stderr.contains("is damaged: SQLite's quick_check says: "), "{}", refused.stderr);
        assert!(refused.stderr.contains("restore the last backup"), "{}", refused.stderr);
        assert_eq!(std::fs::read(&file).unwrap(), before);
        assert_eq!(server.file("hallpass-data/credentials.json"), keys);
    }
}

/// Why a service on this directory does not start.
fn start(data: &Path) -> String {
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open_ahead(data).unwrap());
    let options = ServiceOptions {
        store,
        clock: Clock::standing_at(NOON),
        public_url: PUBLIC_URL.to_owned(),
        credentials: None,
        idle: hallpass_server::limits::IDLE_TIME,
    };
    Service::start(options).err().unwrap().to_string()
}

#[test]
fn no_service_starts_on_a_damaged_file_whose_apps_can_be_read() {
    let data = tempfile::tempdir().unwrap();
    let credentials = data.path().join(FILE_NAME);
    assert!(first_run::prepare(&SqliteStore::open(data.path()).unwrap(), &credentials, NOON).unwrap());
    damage(data.path());

    assert!(!first_run::prepare(&SqliteStore::open_ahead(data.path()).unwrap(), &credentials, NOON).unwrap());
    let refused = start(data.path());
    assert!(refused.contains("is damaged: SQLite's quick_check says: "), "{refused}");
}

/// What is written to a store before its file is damaged.
type Write = fn(&SqliteStore) -> DocumentWrite;

/// Who is told to start a newer version, or that a first run was not finished, looks for it in vain.
#[test]
fn damage_is_named_though_what_can_be_read_says_something_else() {
    let app_of_tomorrow = |store: &SqliteStore| {
        let mut record = store.document("_system", "app", "demo-stream").unwrap().unwrap();
        record["profile"] = json!("tomorrow");
        DocumentWrite::put("app", "demo-stream", record)
    };
    let app_that_is_none = |_: &SqliteStore| DocumentWrite::put("app", "demo-stream", json!("none"));
    let no_root_key = |_: &SqliteStore| DocumentWrite::delete("root", "key");
    let cases: [(Write, &str); 3] = [
        (app_of_tomorrow, "app 'demo-stream' has the profile 'tomorrow', which this version does not know; start a newer version"),
        (app_that_is_none, "the document app/demo-stream of the server cannot be read: "),
        (no_root_key, "the data directory holds no root key: "),
    ];
    for (write, says) in cases {
        let data = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(data.path()).unwrap();
        first_run::prepare(&store, &data.path().join(FILE_NAME), NOON).unwrap();
        let documents = vec![write(&store)];
        store.commit(&[Commit { app: "_system".into(), author: "root".into(), at: NOON, changes: vec![], documents }]).unwrap();
        drop(store);
        let refused = start(data.path());
        assert!(refused.starts_with(says), "{refused}");
        damage(data.path());
        let refused = start(data.path());
        assert!(refused.contains("is damaged: SQLite's quick_check says: "), "{refused}");
    }
}

/// What names the keys may be on the page that cannot be read.
#[test]
fn a_damaged_file_that_looks_empty_is_no_first_run() {
    let data = tempfile::tempdir().unwrap();
    let credentials = data.path().join(FILE_NAME);
    std::fs::write(&credentials, "the only copy of the keys").unwrap();
    damage(data.path());

    let store = SqliteStore::open_ahead(data.path()).unwrap();
    let refused = first_run::prepare(&store, &credentials, NOON).unwrap_err().to_string();
    assert!(refused.contains("is damaged: SQLite's quick_check says: "), "{refused}");
    assert_eq!(std::fs::read_to_string(&credentials).unwrap(), "the only copy of the keys");
}
