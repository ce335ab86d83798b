//! Short ways to say what happened, for the tests of this crate.
#![allow(dead_code, reason = "each test binary uses some of these")]

pub(crate) mod data;

use hallpass::{
    Change, Channel, ChannelId, ChannelType, Client, CustomPermission, Grant, Level, Member, Modifier, OneOf, Relation, RelationKind,
    Revision, RoleGrants, Settings, Timestamp, Token, User,
};
use hallpass_store::{Commit, Committed, DocumentWrite, Store};
use serde_json::Value;

pub(crate) const NOON: Timestamp = Timestamp::from_ms(1_700_000_000_000);

/// A commit by the server at noon.
pub(crate) fn commit(app: &str, changes: impl Into<Vec<Change>>) -> Commit {
    Commit { app: app.into(), author: "server".into(), at: NOON, changes: changes.into(), documents: vec![] }
}

/// A commit of documents only.
pub(crate) fn commit_documents(app: &str, documents: impl Into<Vec<DocumentWrite>>) -> Commit {
    Commit { documents: documents.into(), ..commit(app, []) }
}

pub(crate) fn cid(text: &str) -> ChannelId {
    text.parse().unwrap()
}

pub(crate) fn user(id: &str) -> User {
    User { id: id.into(), ..User::default() }
}

pub(crate) fn user_put(id: &str) -> Change {
    Change::UserPut(user(id))
}

pub(crate) fn channel(id: &str) -> Channel {
    Channel::new(cid(id))
}

pub(crate) fn channel_put(id: &str) -> Change {
    Change::ChannelPut(channel(id))
}

pub(crate) fn member(channel: &str, user: &str) -> Member {
    Member { channel: cid(channel), user: user.into(), roles: vec![], invited: false }
}

pub(crate) fn member_put(channel: &str, user: &str) -> Change {
    Change::MemberPut(member(channel, user))
}

pub(crate) fn relation(kind: RelationKind, user: &str) -> Relation {
    Relation { kind, user: user.into(), other: None, channel: None, expires_at: None }
}

pub(crate) fn towards(kind: RelationKind, user: &str, other: &str) -> Relation {
    Relation { other: Some(other.into()), ..relation(kind, user) }
}

pub(crate) fn within(kind: RelationKind, user: &str, channel: &str) -> Relation {
    Relation { channel: Some(cid(channel)), ..relation(kind, user) }
}

pub(crate) fn token(id: &str, user: &str) -> Token {
    Token { id: id.into(), user: user.into(), client: None, scopes: ["chats--all:ro".to_owned()].into(), expires_at: None }
}

pub(crate) fn grants(layer: Option<&str>, level: &str, role: &str, permissions: &[&str]) -> RoleGrants {
    RoleGrants {
        layer: layer.map(Into::into),
        level: level.to_owned().into(),
        role: role.into(),
        grants: permissions.iter().map(|id| Grant::plain(*id)).collect(),
    }
}

pub(crate) fn reset(layer: Option<&str>, level: &str, role: &str) -> Change {
    Change::GrantsReset { layer: layer.map(Into::into), level: Level::from(level.to_owned()), role: role.into() }
}

/// One change of every kind that puts something, with every field set, in the order of a load.
pub(crate) fn everything() -> Vec<Change> {
    let one_of =
        OneOf { attribute: "subject.department".into(), values: vec!["a".into(), "ü\u{1f}".into()], except: true, if_present: true };
    let friendly = Grant { permission: "sendMessage".into(), friends: true, one_of: vec![one_of.clone()] };
    vec![
        Change::SettingsPut(Settings { teams: true, checks_disabled: true }),
        Change::RolePut { role: "helper".into() },
        Change::PermissionPut(CustomPermission {
            id: "read-own-department".into(),
            action: "ReadChannel".into(),
            owner: true,
            same_team: true,
            one_of: vec![one_of],
        }),
        Change::ChannelTypePut(ChannelType { name: "support".into(), features_off: ["reactions".into(), "replies".into()].into() }),
        Change::GrantsPut(RoleGrants {
            layer: Some("role".into()),
            level: Level::App,
            role: "helper".into(),
            grants: vec![friendly.clone(), Grant::plain("read-own-department")],
        }),
        Change::UserPut(User {
            id: "ana".into(),
            roles: vec!["user".into(), "helper".into()],
            teams: ["blue".into(), "red".into()].into(),
            teams_role: [("blue".into(), "admin".into())].into(),
            attributes: [("department".into(), "x \"y\" \u{0}".into())].into(),
            deactivated: true,
            deleted: true,
        }),
        Change::ChannelPut(Channel {
            id: cid("support:1:2"),
            owner: Some("ana".into()),
            team: Some("blue".into()),
            access: ["0".into(), "7".into()].into(),
            frozen: true,
            disabled: true,
            cooldown_s: 65_535,
            features_off: ["uploads".into()].into(),
            features_on: ["replies".into()].into(),
            modifiers: [("user".into(), vec![Modifier::Give(friendly), Modifier::Revoke("create-message".into())])].into(),
            deleted: true,
        }),
        Change::MemberPut(Member {
            channel: cid("support:1:2"),
            user: "ana".into(),
            roles: vec!["channel_moderator".into(), "helper".into()],
            invited: true,
        }),
        Change::RelationPut(Relation { expires_at: Some(Timestamp(u64::MAX)), ..within(RelationKind::Ban, "ana", "support:1:2") }),
        Change::RelationPut(towards(RelationKind::Block, "ana", "ben")),
        Change::RelationPut(Relation { channel: Some(cid("support:9")), ..towards(RelationKind::Mute, "ana", "ben") }),
        Change::ClientPut(Client { id: "client".into(), scopes: ["a".into(), "b".into()].into() }),
        Change::TokenPut(Token {
            id: "token".into(),
            user: "ana".into(),
            client: Some("client".into()),
            scopes: ["a".into()].into(),
            expires_at: Some(NOON),
        }),
    ]
}

/// The state of an app, and its revision.
pub(crate) fn loaded(store: &dyn Store, app: &str) -> (Revision, Vec<Change>) {
    let mut world = Vec::new();
    let revision = store.load(app, &mut |change| world.push(change)).unwrap();
    for size in [1, 3, 1_000] {
        let (at, again) = loaded_in_parts(store, app, size);
        assert!(at != revision || again == world, "in parts of {size}: {again:?}\nat once: {world:?}");
    }
    (revision, world)
}

/// The state of an app, read in parts; each part is given back as it was once the next has been read.
fn loaded_in_parts(store: &dyn Store, app: &str, size: usize) -> (Revision, Vec<Change>) {
    let (mut world, mut last) = (Vec::new(), Vec::new());
    let exchange = &mut |part: Vec<Change>| {
        assert!((1..=size).contains(&part.len()), "{} of at most {size}", part.len());
        world.extend(part.iter().cloned());
        std::mem::replace(&mut last, part)
    };
    let revision = store.load_parts(app, size, exchange).unwrap();
    (revision, world)
}

/// The state of an app.
pub(crate) fn world(store: &dyn Store, app: &str) -> Vec<Change> {
    loaded(store, app).1
}

/// The whole log of an app, read page by page.
pub(crate) fn whole_log(store: &dyn Store, app: &str) -> Vec<Committed> {
    let mut log: Vec<Committed> = Vec::new();
    loop {
        let after = log.last().map(|last| last.revision).unwrap_or_default();
        let page = store.changes_after(app, after, 500).unwrap();
        if page.is_empty() {
            return log;
        }
        log.extend(page);
    }
}

/// All documents of a kind.
pub(crate) fn all_documents(store: &dyn Store, app: &str, kind: &str) -> Vec<(String, Value)> {
    store.scan_documents(app, kind, "", None, usize::MAX).unwrap()
}
