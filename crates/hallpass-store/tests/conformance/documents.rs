//! Documents.

use hallpass::{Change, Revision};
use hallpass_store::{Commit, DocumentWrite, MAX_DOCUMENT_DEPTH, MAX_NAME_BYTES, kind, member_document_id};
use serde_json::{Value, json};

use crate::Kit;
use crate::scene::{cid, commit, commit_documents, member_put};

pub(crate) fn are_put_replaced_and_deleted(kit: &impl Kit) {
    let store = kit.store();
    let body = json!({"text": "ü \u{0} \"", "n": 1.5, "big": u64::MAX, "null": null, "list": [1, {"a": []}]});
    store.commit(&[commit_documents("red", [DocumentWrite::put("message", "m1", body.clone())])]).unwrap();
    assert_eq!(store.document("red", "message", "m1").unwrap(), Some(body));
    assert_eq!(store.document("red", "message", "m2").unwrap(), None);
    assert_eq!(store.document("red", "reaction", "m1").unwrap(), None);

    let writes = [
        DocumentWrite::put("message", "m1", json!(1)),
        DocumentWrite::put("message", "m2", json!(2)),
        DocumentWrite::delete("message", "m2"),
        DocumentWrite::delete("message", "never there"),
        DocumentWrite::put("message", "m1", json!(3)),
    ];
    store.commit(&[commit_documents("red", writes)]).unwrap();
    assert_eq!(store.document("red", "message", "m1").unwrap(), Some(json!(3)));
    assert_eq!(store.document("red", "message", "m2").unwrap(), None);
}

pub(crate) fn are_read_in_the_order_asked(kit: &impl Kit) {
    let store = kit.store();
    let writes: Vec<_> = ["a", "b", "c"].map(|id| DocumentWrite::put("message", id, json!(id))).into();
    store.commit(&[commit_documents("red", writes)]).unwrap();
    let found = store.documents("red", "message", &["c", "missing", "a", "c"]).unwrap();
    assert_eq!(found, ["c", "a", "c"].map(|id| (id.to_owned(), json!(id))));
    assert_eq!(store.documents("red", "message", &[]).unwrap(), []);
}

pub(crate) fn are_scanned_by_prefix_and_page(kit: &impl Kit) {
    let store = kit.store();
    // Signs that a pattern would read as more than themselves, upper case, and the last character there is.
    let ids = ["a", "a%", "a%b", "a_", "aXb", "ab", "a\u{10ffff}", "a\u{10ffff}z", "b", "B"];
    let writes: Vec<_> = ids.map(|id| DocumentWrite::put("message", id, json!(id))).into();
    store.commit(&[commit_documents("red", writes)]).unwrap();
    store
        .commit(&[commit_documents("red", [DocumentWrite::put("massage", "a", json!(0)), DocumentWrite::put("messages", "a", json!(0))])])
        .unwrap();
    let scan = |prefix: &str, after: Option<&str>, limit: usize| -> Vec<String> {
        let found = store.scan_documents("red", "message", prefix, after, limit).unwrap();
        found.into_iter().map(|(id, body)| if body == json!(id) { id } else { format!("{id} with {body}") }).collect()
    };
    let mut sorted = ids;
    sorted.sort_unstable();
    assert_eq!(scan("", None, 100), sorted);
    assert_eq!(scan("a%", None, 100), ["a%", "a%b"]);
    assert_eq!(scan("a\u{10ffff}", None, 100), ["a\u{10ffff}", "a\u{10ffff}z"]);
    assert_eq!(scan("a", None, 2), ["a", "a%"]);
    assert_eq!(scan("a", Some("a%"), 2), ["a%b", "aXb"]);
    assert_eq!(scan("a", Some("a\u{10ffff}z"), 2), Vec::<String>::new());
    // An `after` before the prefix, and one beyond it.
    assert_eq!(scan("b", Some("a"), 5), ["b"]);
    assert_eq!(scan("a", Some("b"), 5), Vec::<String>::new());
    assert_eq!(scan("a", None, 0), Vec::<String>::new());
    assert_eq!(scan("nothing", None, 5), Vec::<String>::new());
}

pub(crate) fn are_written_after_the_changes(kit: &impl Kit) {
    let store = kit.store();
    let id = member_document_id(&cid("messaging:general"), "ana");
    assert_eq!(id, "messaging:general\u{1f}ana");
    let leave = Change::MemberRemoved { channel: cid("messaging:general"), user: "ana".into() };
    let write = DocumentWrite::put(kind::MEMBER, &id, json!({"note": "was here"}));
    store.commit(&[commit("red", [member_put("messaging:general", "ana")])]).unwrap();
    store.commit(&[Commit { documents: vec![write], ..commit("red", [leave]) }]).unwrap();
    assert_eq!(store.document("red", kind::MEMBER, &id).unwrap(), Some(json!({"note": "was here"})));
}

pub(crate) fn that_could_not_be_found_or_read_again_are_refused(kit: &impl Kit) {
    let store = kit.store();
    let nested = |levels: usize| (0..levels).fold(json!(1), |inner, _| Value::Array(vec![inner]));
    let refused = |write: DocumentWrite| {
        let error = store.commit(&[commit_documents("red", [write])]).unwrap_err();
        assert_eq!(error.code(), "refused");
        error.to_string()
    };
    assert_eq!(
        refused(DocumentWrite::put("message", "deep", nested(MAX_DOCUMENT_DEPTH + 1))),
        "documents.body 'message/deep' cannot be stored: expected at most 100 levels of nesting"
    );
    assert_eq!(refused(DocumentWrite::put("", "m1", json!(1))), "documents.kind '(empty)' cannot be stored: expected 1 to 2048 bytes");
    assert_eq!(refused(DocumentWrite::delete("message", "")), "documents.id '(empty)' cannot be stored: expected 1 to 2048 bytes");
    assert!(refused(DocumentWrite::put("message", "x".repeat(MAX_NAME_BYTES + 1), json!(1))).starts_with("documents.id 'xxxx"));
    assert_eq!(store.revision("red").unwrap(), Revision(0));

    let deepest = nested(MAX_DOCUMENT_DEPTH);
    let longest = "x".repeat(MAX_NAME_BYTES);
    store.commit(&[commit_documents("red", [DocumentWrite::put("message", &longest, deepest.clone())])]).unwrap();
    assert_eq!(store.document("red", "message", &longest).unwrap(), Some(deepest));
}
