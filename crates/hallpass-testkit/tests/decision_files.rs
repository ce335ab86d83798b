//! Decision files: what is read, and what a slip of the pen is told.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "in a test a surprise is a failure")]

use std::path::Path;

use hallpass::{Change, Reason};
use hallpass_testkit::{DecisionFile, Expected};

fn parse(text: &str) -> Result<DecisionFile, String> {
    DecisionFile::parse(Path::new("test.yaml"), text).map_err(|error| error.to_string())
}

#[test]
fn short_forms_and_long_forms_say_the_same() {
    let short =
        parse("profile: stream\nusers: {ana: admin, bob: }\nchannels: {messaging:a: {members: [bob]}}\nbans: [bob]\nexpect: []").unwrap();
    let long = parse(
        "profile: stream\nexpect: []\nchanges:\n\
         - {change: user_put, id: ana, roles: [admin]}\n\
         - {change: user_put, id: bob}\n\
         - {change: channel_put, id: messaging:a}\n\
         - {change: member_put, channel: messaging:a, user: bob}\n\
         - {change: relation_put, kind: ban, user: bob}\n",
    )
    .unwrap();
    assert_eq!(short.changes, long.changes);
}

#[test]
fn an_entry_asks_every_combination() {
    let file = parse(
        "profile: stream\nexpect:\n  - who: [ana, app]\n    on: [messaging:a, app]\n    allow: {server_key: ReadChannel}\n    refuse: {no_grant: [A, B]}\n",
    )
    .unwrap();
    assert_eq!(file.expectations.len(), 2 * 2 * 3);
    assert_eq!(file.expectations[0].line, 3);
    assert_eq!(file.expectations[0].expected, Expected { allowed: true, reason: Reason::ServerKey });
}

#[test]
fn names_that_look_like_numbers_are_names() {
    let file = parse("profile: stream\nusers: {1: {teams: [2]}}\nexpect:\n  - {who: 1, allow: SearchUser}\n").unwrap();
    let Change::UserPut(user) = &file.changes[0] else { panic!("a user was put") };
    assert_eq!((user.id.as_str(), user.teams.first().map(String::as_str)), ("1", Some("2")));
    assert_eq!(file.expectations[0].question.subject.user, "1");
}

#[test]
fn on_and_off_are_names_too() {
    let file = parse("profile: stream\nusers: {off: , yes: no}\nexpect:\n  - {who: off, refuse: {no_grant: A}}\n").unwrap();
    assert_eq!(file.changes.len(), 2);
    assert_eq!(file.expectations[0].question.subject.user, "off");
}

#[test]
fn slips_are_named_with_their_place() {
    let slips = [
        ("profile: stream\nuser: {}\nexpect: []", "user"),
        ("profile: stream\nusers: {ana: , ana: }\nexpect: []", "ana"),
        ("profile: slack\nexpect: []", "expected one of stream, cometchat, livechat"),
        ("profile: stream\nexpect:\n- {who: ana, refuse: {granted: A}}", "belongs under `allow`"),
        ("profile: stream\nexpect:\n- {who: ana, refuse: {no_grnat: A}}", "'no_grnat' is not a reason"),
        ("profile: stream\nexpect:\n- {who: ana}", "asks nothing"),
        ("profile: stream\nexpect:\n- {who: ana, on: general, allow: A}", "'general' is not a resource"),
        ("profile: stream\nexpect:\n- {who: ana, on: {kind: user}, allow: A}", "needs its id"),
        ("profile: stream\nchannels: {general: }\nexpect: []", "type:id"),
        ("profile: stream\nnow: yesterday\nexpect: []", "'yesterday' is not a time"),
        ("profile: stream\ngrants: {messaging: {user: all}}\nexpect: []", "'all' is not a list of grants"),
    ];
    for (text, expected) in slips {
        let error = parse(text).expect_err(text);
        assert!(error.contains(expected), "{text:?} was told {error:?}, not {expected:?}");
    }
}

#[test]
fn a_catalogue_of_ones_own_lies_beside_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let mut catalogue = hallpass_testkit::catalogues::built_in("cometchat").unwrap();
    catalogue.profile = "ours".to_owned();
    std::fs::write(directory.path().join("ours.json"), serde_json::to_string(&catalogue).unwrap()).unwrap();
    let path = directory.path().join("ours.yaml");
    std::fs::write(&path, "profile: ours.json\nexpect:\n  - {who: ana, refuse: {unknown_subject: ListUsers}}\n").unwrap();
    let file = DecisionFile::load(&path).unwrap();
    assert_eq!((&file.catalogue, file.name().as_str()), (&catalogue, "ours"));
    let missing = DecisionFile::parse(&path, "profile: theirs.json\nexpect: []").unwrap_err().to_string();
    assert!(missing.contains("theirs.json"), "{missing}");
}
