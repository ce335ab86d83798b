//! An engine that was loaded from the store knows and decides what the engine that went through the whole history does.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod scene;

use std::fmt::Debug;
use std::sync::LazyLock;

use hallpass::{
    App, Change, Channel, ChannelType, CustomPermission, Decision, Grant, Level, Member, Modifier, Profile, Question, Relation,
    RelationKind, Resource, Revision, RoleGrants, Settings, Timestamp, User,
};
use hallpass_store::{MemoryStore, Store, fill};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::FileFailurePersistence;
use scene::{cid, commit};

static PROFILE: LazyLock<Profile> = LazyLock::new(Profile::stream);

const USERS: [&str; 4] = ["ana", "ben", "cy", "dee"];
const CHANNELS: [&str; 4] = ["messaging:a", "messaging:b", "team:a", "support:a"];
const TYPES: [&str; 3] = ["messaging", "team", "support"];
const ROLES: [&str; 4] = ["user", "admin", "helper", "clerk"];
const CUSTOM_ROLES: [&str; 2] = ["helper", "clerk"];
const CHANNEL_ROLES: [&str; 3] = ["channel_member", "channel_moderator", "helper"];
const PERMISSIONS: [&str; 5] = ["read-channel", "create-message", "update-message-owner", "read-as-owner", "delete-as-owner"];
const CUSTOM_PERMISSIONS: [&str; 2] = ["read-as-owner", "delete-as-owner"];
const KINDS: [RelationKind; 4] = [RelationKind::Ban, RelationKind::Mute, RelationKind::Block, RelationKind::Friend];

fn name(names: &'static [&'static str]) -> impl Strategy<Value = String> + Clone {
    select(names).prop_map(str::to_owned)
}

fn grants() -> impl Strategy<Value = Vec<Grant>> {
    btree_set(name(&PERMISSIONS), 0..4).prop_map(|ids| ids.into_iter().map(Grant::plain).collect())
}

fn layer() -> impl Strategy<Value = Option<String>> {
    option::of(Just("grants".to_owned()))
}

fn level() -> impl Strategy<Value = Level> {
    name(&TYPES).prop_map(Level::ChannelType)
}

fn change() -> impl Strategy<Value = Change> {
    let user = (name(&USERS), option::of(name(&ROLES)), btree_set(name(&["blue", "red"]), 0..3), any::<bool>());
    let channel = (name(&CHANNELS), option::of(name(&USERS)), option::of(name(&["blue", "red"])), grants(), option::of(name(&PERMISSIONS)));
    let relation = (select(&KINDS), name(&USERS), option::of(name(&USERS)), option::of(name(&CHANNELS)), option::of(0..100_u64));
    let relation = relation.prop_map(|(kind, user, other, channel, expires_at)| {
        // Of the right shape for its kind.
        let other = if kind == RelationKind::Ban { None } else { other.or_else(|| Some("ben".to_owned())) };
        let channel = if kind == RelationKind::Ban { channel.as_deref().map(cid) } else { None };
        Relation { kind, user, other, channel, expires_at: expires_at.map(Timestamp) }
    });
    prop_oneof![
        1 => any::<bool>().prop_map(|teams| Change::SettingsPut(Settings { teams, checks_disabled: false })),
        3 => name(&CUSTOM_ROLES).prop_map(|role| Change::RolePut { role }),
        1 => name(&CUSTOM_ROLES).prop_map(|role| Change::RoleRemoved { role }),
        3 => (name(&CUSTOM_PERMISSIONS), select(&["ReadChannel", "DeleteChannel"]), any::<bool>()).prop_map(|(id, action, owner)| {
            Change::PermissionPut(CustomPermission { id, action: action.into(), owner, same_team: false, one_of: vec![] })
        }),
        1 => name(&CUSTOM_PERMISSIONS).prop_map(|id| Change::PermissionRemoved { id }),
        2 => name(&TYPES).prop_map(|name| Change::ChannelTypePut(ChannelType { name, features_off: [].into() })),
        1 => name(&TYPES).prop_map(|name| Change::ChannelTypeRemoved { name }),
        4 => (layer(), level(), name(&ROLES), grants())
            .prop_map(|(layer, level, role, grants)| Change::GrantsPut(RoleGrants { layer, level, role, grants })),
        2 => (layer(), level(), name(&ROLES)).prop_map(|(layer, level, role)| Change::GrantsReset { layer, level, role }),
        5 => user.prop_map(|(id, role, teams, deactivated)| {
            Change::UserPut(User { id, roles: role.into_iter().collect(), teams, deactivated, ..User::default() })
        }),
        1 => name(&USERS).prop_map(|id| Change::UserRemoved { id }),
        5 => channel.prop_map(|(id, owner, team, give, revoke)| {
            let modifiers = give.into_iter().map(Modifier::Give).chain(revoke.map(Modifier::Revoke)).collect();
            Change::ChannelPut(Channel { owner, team, modifiers: [("user".into(), modifiers)].into(), ..Channel::new(cid(&id)) })
        }),
        1 => name(&CHANNELS).prop_map(|id| Change::ChannelRemoved { id: cid(&id) }),
        6 => (name(&CHANNELS), name(&USERS), option::of(name(&CHANNEL_ROLES)), any::<bool>()).prop_map(|(channel, user, role, invited)| {
            Change::MemberPut(Member { channel: cid(&channel), user, roles: role.into_iter().collect(), invited })
        }),
        1 => (name(&CHANNELS), name(&USERS)).prop_map(|(channel, user)| Change::MemberRemoved { channel: cid(&channel), user }),
        4 => relation.clone().prop_map(Change::RelationPut),
        1 => relation.prop_map(Change::RelationRemoved),
    ]
}

/// What an engine knows, as text.
fn knowledge(app: &App) -> Vec<String> {
    fn line(thing: impl Debug) -> String {
        format!("{thing:?}")
    }
    let mut roles = app.roles();
    roles.sort_by(|a, b| a.name.cmp(&b.name));
    let mut lines =
        vec![line(app.revision()), line(app.settings()), line(roles), line(app.channel_types()), line(app.custom_permissions())];
    lines.push(line(app.grants(None, &Level::App)));
    lines.extend(TYPES.map(|name| line(app.grants(None, &Level::ChannelType(name.to_owned())))));
    lines.extend(USERS.map(|id| line(app.user(id))));
    lines.extend(CHANNELS.map(|id| line(app.channel(id))));
    for user in USERS {
        lines.extend(CHANNELS.map(|channel| line(app.member(channel, user))));
        for kind in KINDS {
            let to_app = Relation { kind, user: user.into(), other: None, channel: None, expires_at: None };
            lines.extend(USERS.map(|other| line(app.relation(&Relation { other: Some(other.into()), ..to_app.clone() }))));
            lines.extend(CHANNELS.map(|channel| line(app.relation(&Relation { channel: Some(cid(channel)), ..to_app.clone() }))));
            lines.push(line(app.relation(&to_app)));
        }
    }
    lines
}

/// What an engine decides.
fn decisions(app: &App) -> Vec<Decision> {
    let mut decisions = Vec::new();
    for user in USERS {
        for channel in CHANNELS {
            let channel_itself = ["ReadChannel", "CreateMessage", "DeleteChannel"].map(|action| (action, Resource::channel(channel)));
            let message = Resource::message("m", channel);
            let messages = [("UpdateMessage", message.owned_by(user)), ("UpdateMessage", message.owned_by("ben"))];
            for (action, resource) in channel_itself.into_iter().chain(messages) {
                decisions.push(app.check(&Question::new(user, action, resource).at(Timestamp(50))));
            }
        }
    }
    decisions
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 60,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct("tests/engine.regressions"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_loaded_engine_equals_the_one_that_lived_through_it(history in vec(change(), 1..120)) {
        let store = MemoryStore::new();
        let lived = App::new(PROFILE.clone());
        let mut accepted = 0;
        for change in history {
            let changes = [change];
            if lived.validate(&changes).is_err() {
                continue;
            }
            accepted += 1;
            let revisions = store.commit(&[commit("app", changes.clone())]).unwrap();
            lived.apply_committed(revisions[0], &changes);
        }

        let loaded = App::new(PROFILE.clone());
        let revision = fill(&loaded, &store, "app").unwrap();
        prop_assert_eq!(loaded.revision(), revision);
        prop_assert_eq!(revision, Revision(accepted));
        for (loaded, lived) in knowledge(&loaded).into_iter().zip(knowledge(&lived)) {
            prop_assert_eq!(loaded, lived);
        }
        prop_assert_eq!(decisions(&loaded), decisions(&lived));
    }
}
