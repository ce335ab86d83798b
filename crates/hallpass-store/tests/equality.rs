//! Any history gives the same answers from both stores, from the file opened again, and from a replay of the log.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod scene;

use std::collections::BTreeSet;

use hallpass::{
    Change, Channel, ChannelType, Client, CustomPermission, Grant, Level, Member, Modifier, Relation, RelationKind, Revision, RoleGrants,
    Settings, Timestamp, Token, User,
};
use hallpass_store::{Commit, DocumentWrite, MemoryStore, SqliteStore, Store, member_document_id};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::FileFailurePersistence;
use scene::{cid, loaded, whole_log};
use serde_json::{Value, json};

const APPS: [&str; 2] = ["red", "blue"];
const USERS: [&str; 4] = ["ana", "an", "ben", "ü"];
const CHANNELS: [&str; 4] = ["x:1", "x:11", "x-:1", "y:1:1"];
const KINDS: [RelationKind; 4] = [RelationKind::Ban, RelationKind::Mute, RelationKind::Block, RelationKind::Friend];
const DOCUMENT_KINDS: [&str; 4] = ["user", "channel", "member", "note"];

fn name(names: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(names).prop_map(str::to_owned)
}

fn names(all: &'static [&'static str]) -> impl Strategy<Value = BTreeSet<String>> {
    btree_set(name(all), 0..3)
}

fn role() -> impl Strategy<Value = String> {
    name(&["user", "admin", "helper"])
}

fn grant() -> impl Strategy<Value = Grant> {
    (name(&["p", "q", "r"]), any::<bool>()).prop_map(|(permission, friends)| Grant { permission, friends, one_of: vec![] })
}

fn level() -> impl Strategy<Value = Level> {
    name(&[".app", "x", "y"]).prop_map(Level::from)
}

fn layer() -> impl Strategy<Value = Option<String>> {
    option::of(name(&["grants", "role"]))
}

fn policy_change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (any::<bool>(), any::<bool>()).prop_map(|(teams, checks_disabled)| Change::SettingsPut(Settings { teams, checks_disabled })),
        role().prop_map(|role| Change::RolePut { role }),
        role().prop_map(|role| Change::RoleRemoved { role }),
        (name(&["p", "q"]), any::<bool>()).prop_map(|(id, owner)| {
            Change::PermissionPut(CustomPermission { id, action: "A".into(), owner, same_team: false, one_of: vec![] })
        }),
        name(&["p", "q"]).prop_map(|id| Change::PermissionRemoved { id }),
        (name(&["x", "y"]), names(&["replies", "uploads"]))
            .prop_map(|(name, features_off)| Change::ChannelTypePut(ChannelType { name, features_off })),
        name(&["x", "y"]).prop_map(|name| Change::ChannelTypeRemoved { name }),
        (layer(), level(), role(), vec(grant(), 0..3)).prop_map(|(layer, level, role, grants)| Change::GrantsPut(RoleGrants {
            layer,
            level,
            role,
            grants
        })),
        (layer(), level(), role()).prop_map(|(layer, level, role)| Change::GrantsReset { layer, level, role }),
    ]
}

fn user_change() -> impl Strategy<Value = Change> {
    (name(&USERS), vec(role(), 0..2), names(&["t", "u"]), any::<bool>())
        .prop_map(|(id, roles, teams, deactivated)| Change::UserPut(User { id, roles, teams, deactivated, ..User::default() }))
}

fn channel_change() -> impl Strategy<Value = Change> {
    (name(&CHANNELS), option::of(name(&USERS)), any::<u16>(), vec(grant(), 0..2)).prop_map(|(id, owner, cooldown_s, grants)| {
        let modifiers = grants.into_iter().map(Modifier::Give).collect();
        Change::ChannelPut(Channel { owner, cooldown_s, modifiers: [("user".into(), modifiers)].into(), ..Channel::new(cid(&id)) })
    })
}

fn member() -> impl Strategy<Value = Member> {
    (name(&CHANNELS), name(&USERS), vec(role(), 0..3), any::<bool>()).prop_map(|(channel, user, roles, invited)| Member {
        channel: cid(&channel),
        user,
        roles,
        invited,
    })
}

fn relation() -> impl Strategy<Value = Relation> {
    (select(&KINDS), name(&USERS), option::of(name(&USERS)), option::of(name(&CHANNELS)), option::of(any::<u64>())).prop_map(
        |(kind, user, other, channel, expires_at)| Relation {
            kind,
            user,
            other,
            channel: channel.as_deref().map(cid),
            expires_at: expires_at.map(Timestamp),
        },
    )
}

fn change() -> impl Strategy<Value = Change> {
    let token = (name(&["t1", "t2"]), name(&USERS), option::of(name(&["c1"])), names(&["p", "q"]));
    prop_oneof![
        4 => policy_change(),
        3 => user_change(),
        1 => name(&USERS).prop_map(|id| Change::UserRemoved { id }),
        3 => channel_change(),
        1 => name(&CHANNELS).prop_map(|id| Change::ChannelRemoved { id: cid(&id) }),
        5 => member().prop_map(Change::MemberPut),
        1 => member().prop_map(|member| Change::MemberRemoved { channel: member.channel, user: member.user }),
        4 => relation().prop_map(Change::RelationPut),
        1 => relation().prop_map(Change::RelationRemoved),
        1 => (name(&["c1"]), names(&["p", "q"])).prop_map(|(id, scopes)| Change::ClientPut(Client { id, scopes })),
        1 => Just(Change::ClientRemoved { id: "c1".into() }),
        2 => token.prop_map(|(id, user, client, scopes)| Change::TokenPut(Token { id, user, client, scopes, expires_at: None })),
        1 => name(&["t1", "t2"]).prop_map(|id| Change::TokenRemoved { id }),
    ]
}

fn document() -> impl Strategy<Value = DocumentWrite> {
    let id = prop_oneof![
        name(&USERS),
        name(&CHANNELS),
        (name(&CHANNELS), name(&USERS)).prop_map(|(channel, user)| member_document_id(&cid(&channel), &user)),
    ];
    (name(&DOCUMENT_KINDS), id, option::weighted(0.8, any::<u32>())).prop_map(|(kind, id, body)| DocumentWrite {
        kind,
        id,
        body: body.map(|n| json!({ "n": n })),
    })
}

fn commit() -> impl Strategy<Value = Commit> {
    (name(&APPS), name(&USERS), any::<u64>(), vec(change(), 0..8), vec(document(), 0..4))
        .prop_map(|(app, author, at, changes, documents)| Commit { app, author, at: Timestamp(at), changes, documents })
}

/// Follows a listing page by page.
fn pages<T: Clone>(page: impl Fn(Option<&T>) -> Vec<T>) -> Vec<T> {
    let mut all: Vec<T> = Vec::new();
    loop {
        let next = page(all.last());
        if next.is_empty() {
            return all;
        }
        all.extend(next);
    }
}

/// Everything that a store answers about an app.
#[derive(Debug, PartialEq)]
struct Answers {
    state: (Revision, Vec<Change>),
    documents: Vec<Vec<(String, Value)>>,
    members: Vec<(u64, Vec<Member>)>,
    memberships: Vec<Vec<Member>>,
    users: Vec<User>,
    channels: Vec<Vec<Channel>>,
    relations: Vec<Vec<Relation>>,
}

fn answers(store: &dyn Store, app: &str) -> Answers {
    let scan = |kind: &&str| {
        pages(|last: Option<&(String, Value)>| store.scan_documents(app, kind, "", last.map(|(id, _)| id.as_str()), 2).unwrap())
    };
    let members = |channel: &&str| {
        let channel = cid(channel);
        let all = pages(|last: Option<&Member>| store.members(app, &channel, last.map(|member| member.user.as_str()), 2).unwrap());
        (store.member_count(app, &channel).unwrap(), all)
    };
    let memberships =
        |user: &&str| pages(|last: Option<&Member>| store.memberships(app, user, last.map(|member| &member.channel), 2).unwrap());
    let channels = |channel_type: Option<&str>| {
        pages(|last: Option<&Channel>| store.channels(app, channel_type, last.map(|channel| &channel.id), 2).unwrap())
    };
    let relations =
        |kind: RelationKind, user: Option<&str>| pages(|last: Option<&Relation>| store.relations(app, kind, user, last, 2).unwrap());
    Answers {
        state: loaded(store, app),
        documents: DOCUMENT_KINDS.iter().map(scan).collect(),
        members: CHANNELS.iter().map(members).collect(),
        memberships: USERS.iter().map(memberships).collect(),
        users: pages(|last: Option<&User>| store.users(app, last.map(|user| user.id.as_str()), 2).unwrap()),
        channels: [None, Some("x"), Some("x-"), Some("y")].into_iter().map(channels).collect(),
        relations: KINDS
            .into_iter()
            .flat_map(|kind| [None, Some("ana"), Some("ben")].map(|user| (kind, user)))
            .map(|(kind, user)| relations(kind, user))
            .collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 80,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct("tests/equality.regressions"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_history_gives_the_same_answers_everywhere(groups in vec(vec(commit(), 1..5), 1..8)) {
        let directory = tempfile::tempdir().unwrap();
        let memory = MemoryStore::new();
        let sqlite = SqliteStore::open(directory.path()).unwrap();
        for group in &groups {
            prop_assert_eq!(sqlite.commit(group).unwrap(), memory.commit(group).unwrap());
        }
        let replayed = MemoryStore::new();
        for app in APPS {
            prop_assert_eq!(answers(&sqlite, app), answers(&memory, app));
            let log = whole_log(&sqlite, app);
            prop_assert_eq!(&log, &whole_log(&memory, app));
            for committed in log {
                replayed.commit(&[Commit {
                    app: committed.app,
                    author: committed.author,
                    at: committed.at,
                    changes: committed.changes,
                    documents: vec![],
                }]).unwrap();
            }
            prop_assert_eq!(loaded(&replayed, app), loaded(&sqlite, app));
        }
        drop(sqlite);
        let again = SqliteStore::open(directory.path()).unwrap();
        for app in APPS {
            prop_assert_eq!(answers(&again, app), answers(&memory, app));
            // What is loaded leads, applied to nothing, to what is loaded.
            let (_, state) = loaded(&again, app);
            let copy = MemoryStore::new();
            copy.commit(&[scene::commit(app, state.clone())]).unwrap();
            prop_assert_eq!(loaded(&copy, app).1, state);
        }
    }
}
