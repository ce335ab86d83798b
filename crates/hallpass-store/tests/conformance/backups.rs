//! Backups.

use hallpass_store::DocumentWrite;
use serde_json::json;

use crate::Kit;
use crate::scene::{all_documents, commit, commit_documents, everything, loaded, user_put, whole_log};

pub(crate) fn hold_everything_up_to_a_moment(kit: &impl Kit) {
    let store = kit.store();
    let documents = [DocumentWrite::put("message", "m1", json!({"text": "hi"})), DocumentWrite::put("user", "ana", json!({"n": 1}))];
    store.commit(&[commit("red", everything()), commit_documents("red", documents), commit("blue", [user_put("ben")])]).unwrap();
    let then = |app: &str| (loaded(&*store, app), whole_log(&*store, app), all_documents(&*store, app, "message"));
    let before = ["red", "blue"].map(then);

    let file = kit.path("backup");
    store.backup(&file).unwrap();
    store.commit(&[commit("red", [user_put("late")])]).unwrap();

    let restored = kit.restored(&file);
    let now = |app: &str| (loaded(&*restored, app), whole_log(&*restored, app), all_documents(&*restored, app, "message"));
    assert_eq!(["red", "blue"].map(now), before);
    assert_eq!(all_documents(&*restored, "red", "user"), [("ana".to_owned(), json!({"n": 1}))]);
    assert_eq!(restored.apps().unwrap(), ["blue", "red"]);
    // It goes on from there.
    let next = restored.commit(&[commit("red", [user_put("new")])]).unwrap();
    assert_eq!(next, [hallpass::Revision(3)]);
}

pub(crate) fn never_overwrite(kit: &impl Kit) {
    let store = kit.store();
    store.commit(&[commit("red", [user_put("ana")])]).unwrap();
    let file = kit.path("backup");
    std::fs::write(&file, "precious").unwrap();
    let error = store.backup(&file).unwrap_err();
    assert_eq!(error.code(), "backup_exists");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "precious");

    let nowhere = kit.path("no such directory").join("backup");
    assert_eq!(store.backup(&nowhere).unwrap_err().code(), "directory");
}
