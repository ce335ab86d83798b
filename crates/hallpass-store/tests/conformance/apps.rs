//! Apps.

use hallpass::{Change, RelationKind, Revision};
use hallpass_store::DocumentWrite;
use serde_json::json;

use crate::Kit;
use crate::scene::{cid, commit, commit_documents, everything, loaded, user_put, whole_log};

pub(crate) fn do_not_see_each_other(kit: &impl Kit) {
    let store = kit.store();
    let red = everything();
    store.commit(&[commit("red", red.clone())]).unwrap();
    store.commit(&[commit_documents("red", [DocumentWrite::put("message", "m1", json!("red"))])]).unwrap();

    assert_eq!(loaded(&*store, "blue"), (Revision(0), vec![]));
    assert_eq!(whole_log(&*store, "blue"), []);
    assert_eq!(store.document("blue", "message", "m1").unwrap(), None);
    assert_eq!(store.scan_documents("blue", "message", "", None, 10).unwrap(), []);
    assert_eq!(store.members("blue", &cid("support:1:2"), None, 10).unwrap(), []);
    assert_eq!(store.member_count("blue", &cid("support:1:2")).unwrap(), 0);
    assert_eq!(store.memberships("blue", "ana", None, 10).unwrap(), []);
    assert_eq!(store.users("blue", None, 10).unwrap(), []);
    assert_eq!(store.channels("blue", None, None, 10).unwrap(), []);
    assert_eq!(store.relations("blue", RelationKind::Ban, None, None, 10).unwrap(), []);

    // What the other app removes is its own.
    let removals = [Change::UserRemoved { id: "ana".into() }, Change::ChannelRemoved { id: cid("support:1:2") }];
    store.commit(&[commit("blue", removals)]).unwrap();
    store.commit(&[commit_documents("blue", [DocumentWrite::put("message", "m1", json!("blue"))])]).unwrap();
    assert_eq!(loaded(&*store, "red"), (Revision(2), red));
    assert_eq!(store.document("red", "message", "m1").unwrap(), Some(json!("red")));

    assert_eq!(store.apps().unwrap(), ["blue", "red"]);
}

pub(crate) fn are_forgotten_when_removed(kit: &impl Kit) {
    let store = kit.store();
    let document = DocumentWrite::put("message", "m1", json!(1));
    for app in ["red", "blue"] {
        store.commit(&[commit(app, everything()), commit_documents(app, [document.clone()])]).unwrap();
    }
    store.remove_app("red").unwrap();
    store.remove_app("nobody").unwrap();
    assert_eq!(store.apps().unwrap(), ["blue"]);
    assert_eq!(loaded(&*store, "red"), (Revision(0), vec![]));
    assert_eq!(whole_log(&*store, "red"), []);
    assert_eq!(store.document("red", "message", "m1").unwrap(), None);
    assert_eq!(loaded(&*store, "blue"), (Revision(2), everything()));

    // Who takes the id next begins at the beginning.
    assert_eq!(store.commit(&[commit("red", [user_put("cy")])]).unwrap(), [Revision(1)]);
    assert_eq!(loaded(&*store, "red"), (Revision(1), vec![user_put("cy")]));
    assert_eq!(loaded(&*store, "blue"), (Revision(2), everything()));
}
