//! Revisions and the log.

use hallpass::{Change, Revision, Timestamp};
use hallpass_store::{Commit, Committed, DocumentKey, DocumentWrite, PAGE_BYTES};
use serde_json::json;

use crate::Kit;
use crate::scene::{NOON, commit, commit_documents, loaded, member_put, user, user_put, whole_log, world};

pub(crate) fn grow_by_one_per_commit_of_an_app(kit: &impl Kit) {
    let store = kit.store();
    assert_eq!(store.revision("red").unwrap(), Revision(0));
    assert_eq!(loaded(&*store, "red"), (Revision(0), vec![]));

    assert_eq!(store.commit(&[commit("red", [user_put("ana")])]).unwrap(), [Revision(1)]);
    assert_eq!(store.commit(&[commit("red", [user_put("ben"), user_put("cy")])]).unwrap(), [Revision(2)]);
    assert_eq!(store.commit(&[commit("blue", [user_put("ana")])]).unwrap(), [Revision(1)]);
    // A commit of documents, or of nothing, is one too.
    let document = DocumentWrite::put("message", "m1", json!({}));
    assert_eq!(store.commit(&[commit_documents("red", [document])]).unwrap(), [Revision(3)]);
    assert_eq!(store.commit(&[commit("red", [])]).unwrap(), [Revision(4)]);
    assert_eq!(store.commit(&[]).unwrap(), []);

    assert_eq!(store.revision("red").unwrap(), Revision(4));
    assert_eq!(store.revision("blue").unwrap(), Revision(1));
}

pub(crate) fn of_a_group_follow_its_order(kit: &impl Kit) {
    let store = kit.store();
    let ana = |roles: &[&str]| {
        let mut ana = user("ana");
        ana.roles = roles.iter().map(|role| (*role).to_owned()).collect();
        Change::UserPut(ana)
    };
    let group = [
        commit("red", [ana(&["user"])]),
        commit("blue", [user_put("ben")]),
        commit("red", [ana(&["admin"])]),
        commit("red", [member_put("messaging:general", "ana")]),
        commit("blue", [user_put("cy")]),
    ];
    let revisions = store.commit(&group).unwrap();
    assert_eq!(revisions, [1, 1, 2, 3, 2].map(Revision));
    assert_eq!(world(&*store, "red"), [ana(&["admin"]), member_put("messaging:general", "ana")]);
    assert_eq!(world(&*store, "blue"), [user_put("ben"), user_put("cy")]);
    let changes: Vec<_> = whole_log(&*store, "red").into_iter().map(|committed| committed.changes).collect();
    assert_eq!(changes, [vec![ana(&["user"])], vec![ana(&["admin"])], vec![member_put("messaging:general", "ana")]]);
}

pub(crate) fn are_not_used_by_refused_commits(kit: &impl Kit) {
    let store = kit.store();
    store.commit(&[commit("red", [user_put("ana")])]).unwrap();
    let nameless = commit("", [user_put("ben")]);
    let error = store.commit(&[commit("red", [user_put("ben")]), nameless]).unwrap_err();
    assert_eq!(error.code(), "refused");
    assert_eq!(error.to_string(), "app '(empty)' cannot be stored: expected 1 to 2048 bytes");
    assert_eq!(loaded(&*store, "red"), (Revision(1), vec![user_put("ana")]));
    assert_eq!(store.commit(&[commit("red", [user_put("ben")])]).unwrap(), [Revision(2)]);
    assert_eq!(store.apps().unwrap(), ["red"]);
}

pub(crate) fn are_listed_with_all_that_the_log_holds(kit: &impl Kit) {
    let store = kit.store();
    let first = Commit {
        app: "red".into(),
        author: "ana \"the\" admin\n".into(),
        at: Timestamp(u64::MAX),
        changes: vec![user_put("ana"), Change::UserRemoved { id: "ben".into() }],
        documents: vec![DocumentWrite::put("user", "ana", json!({"name": "Ana"})), DocumentWrite::delete("user", "ben")],
    };
    store.commit(&[first, commit("red", [user_put("cy")])]).unwrap();
    let key = |id: &str| DocumentKey { kind: "user".into(), id: id.into() };
    assert_eq!(
        store.changes_after("red", Revision(0), 10).unwrap(),
        [
            Committed {
                app: "red".into(),
                revision: Revision(1),
                at: Timestamp(u64::MAX),
                author: "ana \"the\" admin\n".into(),
                changes: vec![user_put("ana"), Change::UserRemoved { id: "ben".into() }],
                documents: vec![key("ana"), key("ben")],
            },
            Committed {
                app: "red".into(),
                revision: Revision(2),
                at: NOON,
                author: "server".into(),
                changes: vec![user_put("cy")],
                documents: vec![],
            },
        ]
    );
}

pub(crate) fn are_listed_in_pages(kit: &impl Kit) {
    let store = kit.store();
    let commits: Vec<_> = (1..=5).map(|n| commit("red", [user_put(&format!("user-{n}"))])).collect();
    store.commit(&commits).unwrap();
    store.commit(&[commit("blue", [user_put("other")])]).unwrap();
    let page = |after: u64, limit: usize| -> Vec<u64> {
        store.changes_after("red", Revision(after), limit).unwrap().iter().map(|committed| committed.revision.0).collect()
    };
    assert_eq!(page(0, 2), [1, 2]);
    assert_eq!(page(2, 2), [3, 4]);
    assert_eq!(page(4, 2), [5]);
    assert_eq!(page(5, 2), [0_u64; 0]);
    assert_eq!(page(0, 0), [0_u64; 0]);
    assert_eq!(page(u64::MAX, 2), [0_u64; 0]);
    assert_eq!(page(3, usize::MAX), [4, 5]);
    assert_eq!(store.changes_after("nobody", Revision(0), 2).unwrap(), []);

    // Two commits that fill a page each, and a small one: the page ends early, but never before its first commit.
    let long = "x".repeat(PAGE_BYTES);
    let big = |n: u64| commit("big", [user_put(&format!("{n}{long}"))]);
    store.commit(&[big(1), big(2), commit("big", [user_put("ana")])]).unwrap();
    let big_page = |after: u64| -> Vec<u64> {
        store.changes_after("big", Revision(after), 10).unwrap().iter().map(|committed| committed.revision.0).collect()
    };
    assert_eq!([big_page(0), big_page(1), big_page(2), big_page(3)], [vec![1], vec![2], vec![3], vec![]]);
}
