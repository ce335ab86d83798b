//! A check allocates nothing, whatever it is asked and whatever it answers.
#![allow(clippy::unwrap_used, reason = "a test that cannot set up its world has failed")]

use allocation_counter::measure;
use hallpass::*;

fn app() -> App {
    let app = App::new(Profile::stream());
    let channel: ChannelId = "messaging:general".parse().unwrap();
    let mut general = Channel::new(channel.clone());
    general.team = Some("blue".into());
    general.frozen = true;
    general.modifiers.insert("user".into(), vec![Modifier::Revoke("add-links-owner".into()), Modifier::Give(Grant::plain("read-channel"))]);
    let permission = CustomPermission {
        id: "read-for-sales".into(),
        action: "ReadChannel".into(),
        owner: false,
        same_team: true,
        one_of: vec![OneOf { attribute: "subject.department".into(), values: vec!["sales".into()], except: false, if_present: false }],
    };
    let grants = RoleGrants {
        layer: None,
        level: Level::ChannelType("messaging".into()),
        role: "user".into(),
        grants: vec![Grant::plain("read-for-sales"), Grant::plain("update-message-owner")],
    };
    let ban = Relation { kind: RelationKind::Ban, user: "eve".into(), other: None, channel: Some(channel.clone()), expires_at: None };
    let user = |id: &str| User {
        id: id.into(),
        teams: ["blue".to_owned()].into(),
        teams_role: [("blue".to_owned(), "user".to_owned())].into(),
        attributes: [("department".to_owned(), "sales".to_owned())].into(),
        ..User::default()
    };
    app.apply(&[
        Change::SettingsPut(Settings { teams: true, checks_disabled: false }),
        Change::PermissionPut(permission),
        Change::GrantsPut(grants),
        Change::UserPut(user("ana")),
        Change::UserPut(user("eve")),
        Change::ChannelPut(general),
        Change::MemberPut(Member { channel, user: "ana".into(), roles: vec![], invited: false }),
        Change::RelationPut(ban),
    ])
    .unwrap();
    app
}

#[test]
fn no_check_allocates() {
    let app = app();
    let subjects = ["ana", "eve", "nobody"];
    let actions = ["ReadChannel", "CreateMessage", "UpdateMessage", "AddLinks", "MuteUser", "NoSuchAction"];
    let general = "messaging:general";
    let resources = [
        Resource::channel(general),
        Resource::message("m", general).owned_by("ana"),
        Resource::user("eve"),
        Resource::app(),
        Resource::channel("messaging:new").hypothetical().owned_by("ana").of_team("blue"),
    ];
    let roles = ["admin"];
    let scopes = ["read-channel"];
    let mut reasons = std::collections::BTreeSet::new();
    // The first read of a thread may set up its place in the swap.
    app.check(&Question::new("ana", "ReadChannel", Resource::channel(general)));
    for subject in subjects {
        for action in actions {
            for resource in resources {
                for given in
                    [GivenSubject::default(), GivenSubject { roles: Some(&roles), scopes: Some(&scopes), ..GivenSubject::default() }]
                {
                    let question = Question::of(Subject { given, ..Subject::user(subject) }, action, resource);
                    let mut decision = None;
                    let allocated = measure(|| decision = Some(app.check(&question)));
                    assert_eq!(allocated.count_total, 0, "{question:?}");
                    reasons.insert(decision.unwrap().reason);
                }
            }
        }
    }
    assert!(reasons.len() >= 8, "the questions should come out in many ways, not only {reasons:?}");
}

#[test]
fn no_ask_allocates() {
    let app = app();
    let channel = app.channel_handle("messaging:general");
    for subject in ["ana", "eve"].map(|name| app.subject(name).unwrap()) {
        for action in app.profile().catalogue().actions.iter().map(|action| app.action(&action.name).unwrap()) {
            let ask = Ask { subject, action, channel, owner: Owner::User(subject), now: Timestamp(1) };
            app.ask(&ask);
            assert_eq!(measure(|| _ = app.ask(&ask)).count_total, 0, "{ask:?}");
        }
    }
}
