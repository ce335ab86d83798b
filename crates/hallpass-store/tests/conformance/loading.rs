//! Loading: the state that the log adds up to.

use hallpass::{Change, ChannelType, Member, Revision, Settings};

use crate::Kit;
use crate::scene::{
    channel_put, cid, commit, everything, grants, loaded, member, member_put, reset, token, user, user_put, whole_log, world,
};

pub(crate) fn gives_back_every_kind_of_change_whole(kit: &impl Kit) {
    let store = kit.store();
    store.commit(&[commit("red", everything())]).unwrap();
    assert_eq!(loaded(&*store, "red"), (Revision(1), everything()));
}

pub(crate) fn gives_the_last_value_of_each_fact(kit: &impl Kit) {
    let store = kit.store();
    let busy = Member { roles: vec!["channel_moderator".into()], ..member("messaging:general", "ana") };
    let history = [
        vec![Change::SettingsPut(Settings { teams: true, checks_disabled: false }), user_put("ana")],
        vec![Change::SettingsPut(Settings::default()), Change::MemberPut(busy.clone())],
        vec![Change::UserRemoved { id: "ana".into() }, user_put("ana")],
        vec![Change::MemberPut(busy), member_put("messaging:general", "ana")],
        vec![Change::TokenPut(token("t", "ana")), Change::TokenPut(token("t", "ben"))],
    ];
    for changes in history {
        store.commit(&[commit("red", changes)]).unwrap();
    }
    let expected = [
        Change::SettingsPut(Settings::default()),
        user_put("ana"),
        member_put("messaging:general", "ana"),
        Change::TokenPut(token("t", "ben")),
    ];
    assert_eq!(loaded(&*store, "red"), (Revision(5), expected.into()));
}

pub(crate) fn gives_an_order_in_which_changes_can_be_applied(kit: &impl Kit) {
    let store = kit.store();
    let mut backwards = everything();
    backwards.reverse();
    for change in backwards {
        store.commit(&[commit("red", [change])]).unwrap();
    }
    assert_eq!(world(&*store, "red"), everything());

    // A role that is put once more does not slip behind the grants that name it.
    store.commit(&[commit("red", [Change::RolePut { role: "helper".into() }])]).unwrap();
    assert_eq!(world(&*store, "red"), everything());
}

pub(crate) fn keeps_grants_in_the_order_of_writing(kit: &impl Kit) {
    let store = kit.store();
    let put = |layer, permission| Change::GrantsPut(grants(layer, "messaging", "user", &[permission]));
    // The profile's first layer may be named or left out; whichever was written last counts.
    store.commit(&[commit("red", [put(Some("grants"), "a"), put(None, "b")])]).unwrap();
    assert_eq!(world(&*store, "red"), [put(Some("grants"), "a"), put(None, "b")]);
    store.commit(&[commit("red", [put(Some("grants"), "c")])]).unwrap();
    assert_eq!(world(&*store, "red"), [put(None, "b"), put(Some("grants"), "c")]);
    store.commit(&[commit("red", [reset(None, "messaging", "user")])]).unwrap();
    assert_eq!(world(&*store, "red"), [put(Some("grants"), "c"), reset(None, "messaging", "user")]);
}

pub(crate) fn remembers_that_a_built_in_channel_type_is_gone(kit: &impl Kit) {
    let store = kit.store();
    let gone = Change::ChannelTypeRemoved { name: "messaging".into() };
    store.commit(&[commit("red", [gone.clone()])]).unwrap();
    assert_eq!(world(&*store, "red"), std::slice::from_ref(&gone));

    let again = Change::ChannelTypePut(ChannelType { name: "messaging".into(), features_off: ["replies".into()].into() });
    store.commit(&[commit("red", [again.clone()])]).unwrap();
    assert_eq!(world(&*store, "red"), [gone.clone(), again]);
    store.commit(&[commit("red", [gone.clone()])]).unwrap();
    assert_eq!(world(&*store, "red"), [gone]);
}

pub(crate) fn equals_replay_of_the_log(kit: &impl Kit) {
    let store = kit.store();
    let mut admin = user("ana");
    admin.roles = vec!["admin".into()];
    let history = [
        everything(),
        vec![channel_put("messaging:a"), member_put("messaging:a", "ana"), member_put("messaging:a", "ben")],
        vec![Change::UserRemoved { id: "ana".into() }, Change::UserPut(admin)],
        vec![Change::ChannelRemoved { id: cid("messaging:a") }, channel_put("messaging:a")],
        vec![Change::PermissionRemoved { id: "read-own-department".into() }],
    ];
    for changes in history {
        store.commit(&[commit("red", changes)]).unwrap();
    }
    for committed in whole_log(&*store, "red") {
        let replayed = store.commit(&[commit("replayed", committed.changes)]).unwrap();
        assert_eq!(replayed, [committed.revision]);
    }
    assert_eq!(loaded(&*store, "replayed"), loaded(&*store, "red"));
}
