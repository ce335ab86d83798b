//! Golden matrices: what each role holds, and what each role may do, in a new app of each profile.
//!
//! A change of a profile shows as flipped characters in the diff of a text file, where a reviewer sees it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "in a test a surprise is a failure")]

mod golden;
mod side_by_side;

use std::collections::{BTreeMap, BTreeSet};

use golden::{assert_golden, table};
use hallpass::{
    ActionLevel, ActionSpec, App, Catalogue, Change, Channel, ChannelId, Grant, Level, Member, OwnerOf, Profile, Reason, RoleLevel,
    RoleSpec,
};
use hallpass_testkit::{OwnedQuestion, OwnedResource, OwnedSubject, catalogues};
use side_by_side::Pair;

const SUBJECT: &str = "the subject";
/// A plain member of every channel.
const SOMEBODY: &str = "somebody";
/// Owns the channels that are not the subject's.
const FOUNDER: &str = "the founder";

/// Scope → role → permissions.
type Held = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// What the engine says each role holds in a new Stream app, at each level that exists.
fn held_by_default() -> Held {
    let app = App::new(Profile::stream());
    let types = app.channel_types().into_iter().map(|channel_type| Level::ChannelType(channel_type.name));
    let levels = std::iter::once(Level::App).chain(types);
    levels
        .map(|level| {
            let by_role = app.grants(None, &level).unwrap_or_else(|| panic!("no level {level}"));
            let ids = |grants: Vec<Grant>| grants.into_iter().map(|grant| grant.permission).collect();
            (level.to_string(), by_role.into_iter().map(|(role, grants)| (role, ids(grants))).collect())
        })
        .collect()
}

#[test]
fn stream_grants_are_those_of_the_documentation() {
    let text = std::fs::read_to_string(hallpass_testkit::corpus_directory().join("facts/stream_recommended_grants.json")).unwrap();
    let facts: serde_json::Value = serde_json::from_str(&text).unwrap();
    let documented: Held = serde_json::from_value(facts["recommended"].clone()).unwrap();
    let held: Held = held_by_default();
    assert_eq!(held.keys().collect::<Vec<_>>(), documented.keys().collect::<Vec<_>>());
    for (level, by_role) in held {
        let with_any: BTreeMap<_, _> = by_role.into_iter().filter(|(_, ids)| !ids.is_empty()).collect();
        assert_eq!(with_any, documented[&level], "{level}");
    }
}

#[test]
fn global_roles_are_the_plain_ones_across_teams() {
    // Stream docs: global_admin holds admin's list with `-any-team` appended; ids that stay within teams for both are the exception.
    for (level, by_role) in held_by_default().into_iter().filter(|(level, _)| level != ".app") {
        for (global, plain) in [("global_admin", "admin"), ("global_moderator", "moderator")] {
            let across: BTreeSet<String> = by_role[plain].iter().map(|id| format!("{id}-any-team")).collect();
            assert_eq!(by_role[global], across, "{global} at {level}");
        }
    }
}

#[test]
fn stream_grants() {
    for (level, by_role) in held_by_default() {
        let roles: Vec<String> = Profile::stream().catalogue().roles.iter().map(|role| role.id.clone()).collect();
        let permissions: BTreeSet<&String> = by_role.values().flatten().collect();
        let rows: Vec<(String, Vec<char>)> = permissions
            .into_iter()
            .map(|id| {
                (
                    id.clone(),
                    roles.iter().map(|role| if by_role.get(role).is_some_and(|ids| ids.contains(id)) { 'X' } else { '.' }).collect(),
                )
            })
            .collect();
        let name = format!("grants_stream_{}.txt", level.trim_start_matches('.'));
        assert_golden(&name, &table(&level, &roles, &rows));
    }
}

#[test]
fn stream_decisions() {
    decisions("stream");
}

#[test]
fn cometchat_decisions() {
    decisions("cometchat");
}

#[test]
fn livechat_decisions() {
    decisions("livechat");
}

/// What each role of a profile may do: `X` on anything, `o` on its own, `-` nothing while its feature is off, `.` nothing.
fn decisions(profile: &str) {
    let mut pair = Pair::new(&catalogues::built_in(profile).unwrap());
    let catalogue = pair.oracle.catalogue().clone();
    let channels = catalogue.channel_types.iter().flat_map(|spec| [(&spec.name, "mine", SUBJECT), (&spec.name, "theirs", FOUNDER)]);
    let world: Vec<Change> = channels
        .flat_map(|(name, id, owner)| {
            let id = ChannelId::new(name, id).unwrap();
            let member = Member { channel: id.clone(), user: SOMEBODY.to_owned(), roles: Vec::new(), invited: false };
            [Change::ChannelPut(Channel { owner: Some(owner.to_owned()), ..Channel::new(id) }), Change::MemberPut(member)]
        })
        .collect();
    assert!(pair.offer(&world));

    let mut text = String::from(LEGEND);
    let places = std::iter::once(None).chain(catalogue.channel_types.iter().map(|spec| Some(spec.name.clone())));
    for place in places {
        let columns = columns(&catalogue, place.is_some());
        let heads: Vec<String> = columns.iter().map(|column| column.head.clone()).collect();
        let asked = catalogue.actions.iter().filter(|action| is_asked(action, place.is_some()));
        let rows: Vec<(String, Vec<char>)> = asked
            .map(|action| (action.name.clone(), columns.iter().map(|column| cell(&pair, action, column, place.as_deref())).collect()))
            .collect();
        text.push('\n');
        text.push_str(&table(place.as_deref().unwrap_or(".app"), &heads, &rows));
    }
    assert_golden(&format!("decisions_{profile}.txt"), &text);
}

const LEGEND: &str = "\
X  on a plain member's, or on anything
o  on its own; for what is about the channel: in its own channels
-  on nothing while the feature is switched off, as it is in a new app
.  on nothing
";

/// A role, as somebody has it.
struct Column {
    head: String,
    user_role: String,
    channel_role: Option<String>,
    owns_channel: bool,
}

/// Every user role by itself, and in a channel every channel role on top of the default user role.
fn columns(catalogue: &Catalogue, in_channel: bool) -> Vec<Column> {
    let default = catalogue.roles.iter().find(|role| role.default && role.level == RoleLevel::User).map(|role| role.id.clone());
    let default = default.unwrap_or_default();
    let column = |role: &RoleSpec| {
        let is_user_role = role.level == RoleLevel::User;
        Column {
            head: if is_user_role { role.id.clone() } else { format!("{default}+{}", role.id) },
            user_role: if is_user_role { role.id.clone() } else { default.clone() },
            channel_role: (role.level == RoleLevel::Channel).then(|| role.id.clone()),
            owns_channel: role.level == RoleLevel::Derived,
        }
    };
    catalogue.roles.iter().filter(|role| in_channel || role.level == RoleLevel::User).map(column).collect()
}

fn is_asked(action: &ActionSpec, in_channel: bool) -> bool {
    match action.level {
        ActionLevel::App => !in_channel,
        ActionLevel::Channel => in_channel,
        ActionLevel::Either => true,
    }
}

fn cell(pair: &Pair, action: &ActionSpec, column: &Column, channel_type: Option<&str>) -> char {
    let answer = |owner: &str| {
        let question = question(action, column, channel_type, owner);
        let (engine, oracle) = pair.answers(&question);
        assert_eq!(engine, oracle, "{}", question.to_authzen());
        engine
    };
    match (answer(SOMEBODY), answer(SUBJECT)) {
        (theirs, _) if theirs.allowed => 'X',
        (_, own) if own.allowed => 'o',
        (_, own) if own.reason == Reason::FeatureOff => '-',
        _ => '.',
    }
}

/// The question that a cell answers, about something of this owner's.
fn question(action: &ActionSpec, column: &Column, channel_type: Option<&str>, owner: &str) -> OwnedQuestion {
    let thing = |kind: &str| OwnedResource { kind: kind.into(), id: "any".into(), owner: Some(owner.into()), ..OwnedResource::default() };
    let resource = match channel_type {
        None => thing("thing"),
        Some(channel_type) if action.owner == OwnerOf::Channel => {
            let mine = column.owns_channel || owner == SUBJECT;
            OwnedResource::channel(format!("{channel_type}:{}", if mine { "mine" } else { "theirs" }))
        }
        Some(channel_type) => {
            let channel = format!("{channel_type}:{}", if column.owns_channel { "mine" } else { "theirs" });
            OwnedResource { channel: Some(channel), ..thing(&action.resource.to_lowercase()) }
        }
    };
    let subject = OwnedSubject {
        roles: Some(vec![column.user_role.clone()]),
        teams: Some(Vec::new()),
        channel_roles: Some(column.channel_role.iter().cloned().collect()),
        ..OwnedSubject::user(SUBJECT)
    };
    OwnedQuestion { subject, action: action.name.clone(), resource, ..OwnedQuestion::default() }
}
