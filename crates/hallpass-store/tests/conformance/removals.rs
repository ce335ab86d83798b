//! Removals, and what goes with them.

use hallpass::{Change, Channel, RelationKind};
use hallpass_store::{Commit, DocumentWrite, kind, member_document_id};
use serde_json::json;

use crate::Kit;
use crate::scene::{
    all_documents, channel, channel_put, cid, commit, everything, grants, member_put, relation, reset, token, towards, user_put, within,
    world,
};

/// Ana and Ben in two channels, with everything that can hang on them.
fn town() -> Commit {
    let owned = Change::ChannelPut(Channel { owner: Some("ana".into()), frozen: true, ..channel("messaging:a") });
    let mut changes = vec![user_put("ana"), user_put("ben"), owned, channel_put("messaging:b")];
    changes.extend(["messaging:a", "messaging:b"].into_iter().flat_map(|id| [member_put(id, "ana"), member_put(id, "ben")]));
    changes.extend(
        [
            relation(RelationKind::Ban, "ana"),
            within(RelationKind::Ban, "ana", "messaging:b"),
            relation(RelationKind::Ban, "ben"),
            within(RelationKind::Ban, "ben", "messaging:a"),
            towards(RelationKind::Block, "ana", "cy"),
            towards(RelationKind::Block, "ben", "cy"),
            towards(RelationKind::Friend, "ben", "ana"),
            within(RelationKind::Mute, "ben", "messaging:a"),
        ]
        .map(Change::RelationPut),
    );
    changes.extend([Change::TokenPut(token("of ana", "ana")), Change::TokenPut(token("of ben", "ben"))]);
    let mut documents: Vec<_> = ["ana", "ben"].map(|id| DocumentWrite::put(kind::USER, id, json!(id))).into();
    for id in ["messaging:a", "messaging:b"] {
        documents.push(DocumentWrite::put(kind::CHANNEL, id, json!(id)));
        let of = |user| DocumentWrite::put(kind::MEMBER, member_document_id(&cid(id), user), json!(user));
        documents.extend(["ana", "ben"].map(of));
    }
    // Looks like a member of messaging:a, but is not beside a membership.
    documents.push(DocumentWrite::put("message", member_document_id(&cid("messaging:a"), "ana"), json!(1)));
    Commit { documents, ..commit("red", changes) }
}

fn documents_left(store: &dyn hallpass_store::Store) -> Vec<String> {
    let kinds = [kind::USER, kind::CHANNEL, kind::MEMBER, "message"];
    let ids = |kind: &str| all_documents(store, "red", kind).into_iter().map(|(id, _)| id.replace('\u{1f}', "/")).collect::<Vec<_>>();
    kinds.iter().flat_map(|kind| ids(kind)).collect()
}

pub(crate) fn of_a_user_take_what_hangs_on_them(kit: &impl Kit) {
    let store = kit.store();
    store.commit(&[town(), commit("red", [Change::UserRemoved { id: "ana".into() }])]).unwrap();
    let ownerless = Change::ChannelPut(Channel { frozen: true, ..channel("messaging:a") });
    let expected = [
        user_put("ben"),
        ownerless,
        channel_put("messaging:b"),
        member_put("messaging:a", "ben"),
        member_put("messaging:b", "ben"),
        Change::RelationPut(relation(RelationKind::Ban, "ben")),
        Change::RelationPut(within(RelationKind::Ban, "ben", "messaging:a")),
        Change::RelationPut(towards(RelationKind::Block, "ben", "cy")),
        Change::RelationPut(within(RelationKind::Mute, "ben", "messaging:a")),
        Change::TokenPut(token("of ben", "ben")),
    ];
    assert_eq!(world(&*store, "red"), expected);
    assert_eq!(
        documents_left(&*store),
        ["ben", "messaging:a", "messaging:b", "messaging:a/ben", "messaging:b/ben", "messaging:a/ana"],
        "the last of these is a message"
    );
    assert_eq!(store.memberships("red", "ana", None, 9).unwrap(), []);

    // Somebody else with the same id begins with nothing.
    store.commit(&[commit("red", [user_put("ana")])]).unwrap();
    let mut with_new_ana = vec![user_put("ana")];
    with_new_ana.extend(expected);
    assert_eq!(world(&*store, "red"), with_new_ana);
}

pub(crate) fn of_a_channel_take_what_hangs_on_it(kit: &impl Kit) {
    let store = kit.store();
    store.commit(&[town(), commit("red", [Change::ChannelRemoved { id: cid("messaging:a") }])]).unwrap();
    assert_eq!(
        world(&*store, "red"),
        [
            user_put("ana"),
            user_put("ben"),
            channel_put("messaging:b"),
            member_put("messaging:b", "ana"),
            member_put("messaging:b", "ben"),
            Change::RelationPut(relation(RelationKind::Ban, "ana")),
            Change::RelationPut(within(RelationKind::Ban, "ana", "messaging:b")),
            Change::RelationPut(relation(RelationKind::Ban, "ben")),
            Change::RelationPut(towards(RelationKind::Block, "ana", "cy")),
            Change::RelationPut(towards(RelationKind::Block, "ben", "cy")),
            Change::RelationPut(towards(RelationKind::Friend, "ben", "ana")),
            Change::TokenPut(token("of ana", "ana")),
            Change::TokenPut(token("of ben", "ben")),
        ]
    );
    assert_eq!(documents_left(&*store), ["ana", "ben", "messaging:b", "messaging:b/ana", "messaging:b/ben", "messaging:a/ana"]);
    let memberships: Vec<_> = store.memberships("red", "ana", None, 9).unwrap().into_iter().map(|member| member.channel).collect();
    assert_eq!(memberships, [cid("messaging:b")]);
}

pub(crate) fn of_a_member_take_their_document(kit: &impl Kit) {
    let store = kit.store();
    let leave = Change::MemberRemoved { channel: cid("messaging:a"), user: "ana".into() };
    store.commit(&[town(), commit("red", [leave])]).unwrap();
    let members: Vec<_> = store.members("red", &cid("messaging:a"), None, 9).unwrap().into_iter().map(|member| member.user).collect();
    assert_eq!(members, ["ben"]);
    assert_eq!(
        documents_left(&*store),
        ["ana", "ben", "messaging:a", "messaging:b", "messaging:a/ben", "messaging:b/ana", "messaging:b/ben", "messaging:a/ana"]
    );
}

pub(crate) fn of_policy_items_take_their_grants(kit: &impl Kit) {
    let store = kit.store();
    let put = |level, role, permissions: &[&str]| Change::GrantsPut(grants(None, level, role, permissions));
    let policy = [
        put(".app", "helper", &["a"]),
        put("messaging", "helper", &["a", "b"]),
        put("messaging", "user", &["b", "a"]),
        reset(Some("scope"), "messaging", "user"),
        put("team", "user", &["b", "c", "b"]),
    ];
    store.commit(&[commit("red", policy)]).unwrap();
    store.commit(&[commit("red", [Change::RoleRemoved { role: "helper".into() }])]).unwrap();
    assert_eq!(
        world(&*store, "red"),
        [put("messaging", "user", &["b", "a"]), reset(Some("scope"), "messaging", "user"), put("team", "user", &["b", "c", "b"])]
    );
    store.commit(&[commit("red", [Change::PermissionRemoved { id: "b".into() }])]).unwrap();
    assert_eq!(
        world(&*store, "red"),
        [put("messaging", "user", &["a"]), reset(Some("scope"), "messaging", "user"), put("team", "user", &["c"])]
    );
    let gone = Change::ChannelTypeRemoved { name: "messaging".into() };
    store.commit(&[commit("red", [gone.clone()])]).unwrap();
    assert_eq!(world(&*store, "red"), [gone, put("team", "user", &["c"])]);
}

pub(crate) fn of_what_is_not_there_change_nothing(kit: &impl Kit) {
    let store = kit.store();
    store.commit(&[commit("red", everything())]).unwrap();
    let nothing = [
        Change::RoleRemoved { role: "x".into() },
        Change::PermissionRemoved { id: "x".into() },
        Change::UserRemoved { id: "x".into() },
        Change::UserRemoved { id: String::new() },
        Change::ChannelRemoved { id: cid("x:x") },
        Change::MemberRemoved { channel: cid("support:1:2"), user: "x".into() },
        Change::RelationRemoved(within(RelationKind::Mute, "ana", "support:1:2")),
        Change::ClientRemoved { id: "x".into() },
        Change::TokenRemoved { id: "x".into() },
    ];
    store.commit(&[commit("red", nothing)]).unwrap();
    assert_eq!(world(&*store, "red"), everything());
}
