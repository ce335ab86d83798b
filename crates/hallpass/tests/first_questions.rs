//! The rule, in its smallest conversations.
#![allow(clippy::unwrap_used, reason = "a test that cannot set up its world has failed")]

use hallpass::*;

fn team() -> App {
    let app = App::new(Profile::stream());
    let general: ChannelId = "messaging:general".parse().unwrap();
    let changes = vec![
        Change::UserPut(User { id: "ana".into(), ..User::default() }),
        Change::UserPut(User { id: "bob".into(), roles: vec!["admin".into()], ..User::default() }),
        Change::ChannelPut(Channel::new(general.clone())),
        Change::MemberPut(Member { channel: general, user: "ana".into(), roles: vec![], invited: false }),
    ];
    app.apply(&changes).unwrap();
    app
}

#[test]
fn a_member_posts_and_a_stranger_does_not() {
    let app = team();
    let ana = app.check(&Question::new("ana", "CreateMessage", Resource::channel("messaging:general")));
    assert_eq!(ana, Decision { allowed: true, reason: Reason::Granted, revision: Revision(1) });
    app.apply(&[Change::UserPut(User { id: "eve".into(), ..User::default() })]).unwrap();
    let eve = app.check(&Question::new("eve", "CreateMessage", Resource::channel("messaging:general")));
    assert_eq!(eve, Decision { allowed: false, reason: Reason::ConditionFailed, revision: Revision(2) });
    let explanation = app.explain(&Question::new("eve", "CreateMessage", Resource::channel("messaging:general")));
    assert_eq!(explanation.remedies[0].text, "grant 'create-message' to role 'user' in channel 'messaging:general'");
    app.apply(&explanation.remedies[0].changes).unwrap();
    assert!(app.check(&Question::new("eve", "CreateMessage", Resource::channel("messaging:general"))).allowed);
}

#[test]
fn handles_and_strings_agree() {
    let app = team();
    let ask = Ask {
        subject: app.subject("ana").unwrap(),
        action: app.action("UpdateMessage").unwrap(),
        channel: app.channel_handle("messaging:general"),
        owner: Owner::User(app.subject("ana").unwrap()),
        now: Timestamp(0),
    };
    assert!(app.ask(&ask).allowed);
    assert!(!app.ask(&Ask { owner: Owner::Other, ..ask }).allowed);
    let own = Resource::message("m", "messaging:general").owned_by("ana");
    assert!(app.check(&Question::new("ana", "UpdateMessage", own)).allowed);
    let other = team();
    assert_eq!(other.ask(&ask).reason, Reason::UnknownSubject, "a handle of another app names nobody");
}

#[test]
fn a_role_in_use_stays() {
    let app = team();
    app.apply(&[Change::RolePut { role: "agent".into() }]).unwrap();
    app.apply(&[Change::UserPut(User { id: "ana".into(), roles: vec!["agent".into()], ..User::default() })]).unwrap();
    let error = app.apply(&[Change::RoleRemoved { role: "agent".into() }]).unwrap_err();
    assert_eq!(error.to_string(), "role 'agent' is still in use: users who have it (1); give them another first");
    app.apply(&[Change::UserPut(User { id: "ana".into(), ..User::default() }), Change::RoleRemoved { role: "agent".into() }]).unwrap();
    assert!(app.roles().iter().all(|role| role.name != "agent"));
    let agent = User { id: "ana".into(), roles: vec!["agent".into()], ..User::default() };
    let nobody = User { id: "ana".into(), ..User::default() };
    let (put, taken) = (Change::UserPut(agent), Change::UserPut(nobody));
    let role = || (Change::RolePut { role: "agent".into() }, Change::RoleRemoved { role: "agent".into() });
    app.apply(&[role().0, put.clone(), put, taken, role().1]).unwrap();
    let error = app.apply(&[Change::RoleRemoved { role: "admin".into() }]).unwrap_err();
    assert_eq!(error.to_string(), "role 'admin' is built in and cannot be deleted");
}

#[test]
fn capabilities_are_the_checks() {
    let app = team();
    let all = app.capabilities(&Subject::user("ana"), &Resource::channel("messaging:general"), Timestamp(0));
    assert_eq!(all.extent("CreateMessage"), Extent::Any);
    assert_eq!(all.extent("UpdateMessage"), Extent::Own);
    assert_eq!(all.extent("DeleteChannel"), Extent::None);
    assert!(all.has_feature("reactions") && !all.has_feature("polls"));
}

#[test]
fn many_facts_keep_their_places() {
    let app = App::new(Profile::stream());
    let mut changes = Vec::new();
    for channel in 0..200 {
        let id = ChannelId::new("messaging", &format!("c{channel}")).unwrap();
        changes.push(Change::ChannelPut(Channel::new(id.clone())));
        for user in 0..50 {
            let user = format!("u{}", (channel * 7 + user * 13) % 3000);
            changes.push(Change::UserPut(User { id: user.clone(), ..User::default() }));
            changes.push(Change::MemberPut(Member { channel: id.clone(), user, roles: vec![], invited: false }));
        }
    }
    app.apply(&changes).unwrap();
    for channel in 0..200 {
        let name = format!("messaging:c{channel}");
        for user in 0..3000 {
            let member = (0..50).any(|at| (channel * 7 + at * 13) % 3000 == user);
            assert_eq!(app.member(&name, &format!("u{user}")).is_some(), member, "{name} u{user}");
        }
    }
}

#[test]
fn a_channel_type_in_use_stays() {
    let app = team();
    let own = |name: &str| Change::ChannelTypePut(ChannelType { name: name.into(), features_off: Default::default() });
    let room: ChannelId = "rooms:one".parse().unwrap();
    let gone = Change::ChannelTypeRemoved { name: "rooms".into() };
    app.apply(&[own("rooms"), Change::ChannelPut(Channel::new(room.clone()))]).unwrap();
    let error = app.apply(std::slice::from_ref(&gone)).unwrap_err();
    assert_eq!(error.to_string(), "channel type 'rooms' is still in use: channels of the type (1); remove them first");
    app.apply(&[Change::ChannelRemoved { id: room }, gone]).unwrap();
    assert_eq!(app.channel_type("rooms"), None);
}

#[test]
fn a_role_made_again_is_the_role_that_facts_name() {
    let app = team();
    let general: ChannelId = "messaging:general".parse().unwrap();
    let member = Change::MemberPut(Member { channel: general, user: "ana".into(), roles: vec!["pilot".into()], invited: false });
    // As read back from a log in which the role was deleted while a member had it.
    app.apply_committed(Revision(2), &[member]);
    assert_eq!(app.member("messaging:general", "ana").unwrap().roles, ["pilot"]);
    let ask = || app.check(&Question::new("ana", "PinMessage", Resource::channel("messaging:general"))).allowed;
    assert!(!ask());
    let grants = RoleGrants {
        layer: None,
        level: Level::ChannelType("messaging".into()),
        role: "pilot".into(),
        grants: vec![Grant::plain("pin-message")],
    };
    app.apply(&[Change::RolePut { role: "pilot".into() }, Change::GrantsPut(grants)]).unwrap();
    assert!(ask());
}

#[test]
fn a_role_that_holds_grants_stays() {
    let app = team();
    let role = "agent".to_owned();
    let mut general = Channel::new("messaging:general".parse().unwrap());
    general.modifiers.insert(role.clone(), vec![Modifier::Give(Grant::plain("pin-message"))]);
    let grants = |ids: &[&str]| RoleGrants {
        layer: None,
        level: Level::App,
        role: role.clone(),
        grants: ids.iter().map(|id| Grant::plain(*id)).collect(),
    };
    app.apply(&[Change::RolePut { role: role.clone() }, Change::GrantsPut(grants(&["search-user"])), Change::ChannelPut(general.clone())])
        .unwrap();
    let gone = || app.apply(&[Change::RoleRemoved { role: role.clone() }]).map_err(|error| error.to_string());
    assert_eq!(gone().unwrap_err(), "role 'agent' is still in use: it holds grants at '.app' (1); remove them first");
    app.apply(&[Change::GrantsPut(grants(&[]))]).unwrap();
    assert_eq!(gone().unwrap_err(), "role 'agent' is still in use: modifiers of its grants in channels (1); remove them first");
    general.modifiers.clear();
    app.apply(&[Change::ChannelPut(general)]).unwrap();
    gone().unwrap();
}

#[test]
fn grants_that_could_never_count_are_refused() {
    let app = team();
    let put = RoleGrants { layer: None, level: Level::App, role: "channel_member".into(), grants: vec![Grant::plain("search-user")] };
    let error = app.apply(&[Change::GrantsPut(put)]).unwrap_err();
    assert_eq!(error.to_string(), "grants: role 'channel_member' is a channel-level role and cannot be used as a user-level role");
    let put = RoleGrants { layer: None, level: Level::App, role: "user".into(), grants: vec![Grant::plain("create-message")] };
    let error = app.apply(&[Change::GrantsPut(put)]).unwrap_err();
    assert_eq!(error.to_string(), "grants.user: permission 'create-message' is channel-level and has no effect at '.app'");
}
