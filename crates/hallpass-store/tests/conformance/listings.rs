//! Listings, ordered and paged.

use hallpass::{Change, Member, Relation, RelationKind, Timestamp};

use crate::Kit;
use crate::scene::{channel, channel_put, cid, commit, member, member_put, relation, towards, user, user_put, within};

pub(crate) fn of_members_are_paged(kit: &impl Kit) {
    let store = kit.store();
    let ben = Member { roles: vec!["channel_moderator".into()], invited: true, ..member("messaging:general", "ben") };
    let changes = [
        member_put("messaging:general", "cy"),
        Change::MemberPut(ben.clone()),
        member_put("messaging:general", "ana"),
        member_put("messaging:general2", "dee"),
        member_put("messaging:genera", "eve"),
    ];
    store.commit(&[commit("red", changes)]).unwrap();
    let page = |after: Option<&str>, limit: usize| store.members("red", &cid("messaging:general"), after, limit).unwrap();
    assert_eq!(page(None, 2), [member("messaging:general", "ana"), ben.clone()]);
    assert_eq!(page(Some("ben"), 2), [member("messaging:general", "cy")]);
    assert_eq!(page(Some("cy"), 2), []);
    assert_eq!(page(Some("b"), 1), [ben]);
    assert_eq!(page(None, 0), []);
    assert_eq!(store.member_count("red", &cid("messaging:general")).unwrap(), 3);
    assert_eq!(store.member_count("red", &cid("messaging:nowhere")).unwrap(), 0);
    assert_eq!(store.members("red", &cid("messaging:nowhere"), None, 5).unwrap(), []);
}

pub(crate) fn of_memberships_are_paged(kit: &impl Kit) {
    let store = kit.store();
    let changes = [
        member_put("team:b", "ana"),
        member_put("messaging:a", "ana"),
        member_put("messaging:c", "ana"),
        member_put("messaging:a", "anastasia"),
        member_put("messaging:a", "an"),
    ];
    store.commit(&[commit("red", changes)]).unwrap();
    let page = |after: Option<&str>, limit: usize| store.memberships("red", "ana", after.map(cid).as_ref(), limit).unwrap();
    assert_eq!(page(None, 2), [member("messaging:a", "ana"), member("messaging:c", "ana")]);
    assert_eq!(page(Some("messaging:c"), 2), [member("team:b", "ana")]);
    assert_eq!(page(Some("team:b"), 2), []);
    assert_eq!(store.memberships("red", "nobody", None, 2).unwrap(), []);
}

pub(crate) fn of_users_and_channels_are_paged(kit: &impl Kit) {
    let store = kit.store();
    store.commit(&[commit("red", ["ben", "ana", "Ana", "cy"].map(user_put))]).unwrap();
    assert_eq!(store.users("red", None, 3).unwrap(), ["Ana", "ana", "ben"].map(user));
    assert_eq!(store.users("red", Some("ben"), 3).unwrap(), [user("cy")]);
    assert_eq!(store.users("red", Some("cy"), 3).unwrap(), []);

    let ids = ["messaging:b", "team:a", "messaging:a", "messaging2:a", "messaging-x:a"];
    store.commit(&[commit("red", ids.map(channel_put))]).unwrap();
    let page = |channel_type: Option<&str>, after: Option<&str>, limit: usize| {
        store.channels("red", channel_type, after.map(cid).as_ref(), limit).unwrap()
    };
    assert_eq!(page(None, None, 9), ["messaging-x:a", "messaging2:a", "messaging:a", "messaging:b", "team:a"].map(channel));
    assert_eq!(page(None, Some("messaging:a"), 1), [channel("messaging:b")]);
    assert_eq!(page(Some("messaging"), None, 9), ["messaging:a", "messaging:b"].map(channel));
    assert_eq!(page(Some("messaging"), Some("messaging:a"), 9), [channel("messaging:b")]);
    assert_eq!(page(Some("messaging"), Some("messaging:b"), 9), []);
    assert_eq!(page(Some("team"), Some("messaging:b"), 9), [channel("team:a")]);
    assert_eq!(page(Some("livestream"), None, 9), []);
}

pub(crate) fn of_relations_are_paged(kit: &impl Kit) {
    let store = kit.store();
    let expiring = Relation { expires_at: Some(Timestamp(5)), ..within(RelationKind::Ban, "ana", "messaging:b") };
    let bans = [
        relation(RelationKind::Ban, "ana"),
        within(RelationKind::Ban, "ana", "messaging:a"),
        expiring.clone(),
        relation(RelationKind::Ban, "ben"),
    ];
    let others = [towards(RelationKind::Block, "ana", "ben"), towards(RelationKind::Mute, "ana", "ben")];
    let changes: Vec<_> = others.iter().chain(bans.iter().rev()).cloned().map(Change::RelationPut).collect();
    store.commit(&[commit("red", changes)]).unwrap();
    let page = |kind, user: Option<&str>, after: Option<&Relation>, limit: usize| store.relations("red", kind, user, after, limit).unwrap();
    assert_eq!(page(RelationKind::Ban, None, None, 9), bans);
    assert_eq!(page(RelationKind::Ban, None, None, 2), bans[..2]);
    assert_eq!(page(RelationKind::Ban, None, Some(&bans[1]), 2), bans[2..]);
    assert_eq!(page(RelationKind::Ban, Some("ana"), Some(&bans[0]), 9), bans[1..3]);
    assert_eq!(page(RelationKind::Ban, Some("ben"), None, 9), bans[3..]);
    assert_eq!(page(RelationKind::Block, Some("ana"), None, 9), others[..1]);
    assert_eq!(page(RelationKind::Mute, None, None, 9), others[1..]);
    assert_eq!(page(RelationKind::Friend, None, None, 9), []);

    // The same relation again replaces its end; taking it away needs no matching end.
    let forever = Relation { expires_at: None, ..expiring.clone() };
    store.commit(&[commit("red", [Change::RelationPut(forever.clone())])]).unwrap();
    assert_eq!(page(RelationKind::Ban, Some("ana"), Some(&bans[1]), 9), [forever]);
    store.commit(&[commit("red", [Change::RelationRemoved(expiring)])]).unwrap();
    assert_eq!(page(RelationKind::Ban, Some("ana"), None, 9), bans[..2]);
}
