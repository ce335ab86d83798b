//! Readers beside a writer that swaps roles, joins, leaves, and makes every table grow: each answer is that of the revision it names.
//!
//! `hallpass-testkit/tests/concurrency.rs` asks everything of small worlds; here the world is large and moves under the readers' feet.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "in a test a surprise is a failure")]

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use hallpass::{App, Ask, Change, Channel, ChannelId, Decision, Member, Owner, Profile, Question, Resource, Revision, Timestamp, User};

const READERS: usize = 3;
/// Commits at the least, and revisions that each reader must have met before the writer may stop.
const COMMITS: u64 = 2_000;
const REVISIONS_MET: usize = 100;

/// Ana and Ben take turns as the moderator, with one commit of two changes. Cleo joins and leaves, with one change each.
///
/// Every fourth revision belongs to the turns, every fourth to Cleo; those between bring strangers, so that the tables of users,
/// channels and memberships are made anew again and again.
fn commit(revision: u64) -> Vec<Change> {
    match revision % 4 {
        0 => vec![member("ana", is_moderator("ana", revision)), member("ben", is_moderator("ben", revision))],
        2 if is_member_cleo(revision) => vec![member("cleo", false)],
        2 => vec![Change::MemberRemoved { channel: hall(), user: "cleo".into() }],
        _ => strangers(revision),
    }
}

fn is_moderator(user: &str, revision: u64) -> bool {
    (revision / 4).is_multiple_of(2) == (user == "ana")
}

fn is_member_cleo(revision: u64) -> bool {
    (revision + 2) / 4 % 2 == 1
}

fn strangers(revision: u64) -> Vec<Change> {
    // A world without end would only measure patience: from some size on the same strangers come and go, and leave dead places behind.
    let who = revision % 8_192;
    let place: ChannelId = format!("messaging:place-{who}").parse().unwrap();
    let user = format!("stranger-{who}");
    if revision % 16_384 < 8_192 {
        let joins = Member { channel: hall(), user: user.clone(), roles: vec![], invited: false };
        vec![
            Change::UserPut(User { id: user.clone(), ..User::default() }),
            Change::ChannelPut(Channel::new(place.clone())),
            Change::MemberPut(joins),
            Change::MemberPut(Member { channel: place, user, roles: vec![], invited: false }),
        ]
    } else {
        vec![Change::UserRemoved { id: user }, Change::ChannelRemoved { id: place }]
    }
}

fn hall() -> ChannelId {
    "messaging:hall".parse().unwrap()
}

fn member(user: &str, is_moderator: bool) -> Change {
    let role = if is_moderator { "channel_moderator" } else { "channel_member" };
    Change::MemberPut(Member { channel: hall(), user: user.into(), roles: vec![role.into()], invited: false })
}

/// Whether someone may delete what somebody else wrote: moderators may, members may not.
fn deletes<'a>(user: &'a str) -> Question<'a> {
    Question::new(user, "DeleteMessage", Resource::message("m-1", "messaging:hall").owned_by("zoe"))
}

/// Whether someone may write: members may, others may not.
fn writes<'a>(user: &'a str) -> Question<'a> {
    Question::new(user, "CreateMessage", Resource::channel("messaging:hall"))
}

fn app() -> App {
    let app = App::new(Profile::stream());
    let people = ["ana", "ben", "cleo", "zoe"].map(|id| Change::UserPut(User { id: id.into(), ..User::default() }));
    app.apply_committed(Revision(0), &people);
    app.apply_committed(Revision(0), &[Change::ChannelPut(Channel::new(hall()))]);
    app.apply_committed(Revision(0), &commit(0));
    app
}

fn reads(app: &App, met: &mut BTreeSet<u64>) {
    let asks = ["ana", "ben"].map(|user| Ask {
        subject: app.subject(user).unwrap(),
        action: app.action("DeleteMessage").unwrap(),
        channel: Some(app.channel_handle("messaging:hall").unwrap()),
        owner: Owner::Other,
        now: Timestamp(0),
    });
    // A commit of several changes is seen whole or not at all, by names and by handles alike.
    for decisions in [app.check_batch(&[deletes("ana"), deletes("ben")]), app.ask_batch(&asks)] {
        let [ana, ben] = decisions[..] else { panic!("two answers, not {decisions:?}") };
        assert_eq!(ana.revision, ben.revision, "a batch has one revision");
        assert_ne!(ana.allowed, ben.allowed, "one of them is the moderator: {decisions:?}");
        for (user, decision) in [("ana", ana), ("ben", ben)] {
            assert_eq!(decision.allowed, is_moderator(user, decision.revision.0), "{user}: {decision:?}");
        }
        met.insert(ana.revision.0);
    }
    let Decision { allowed, revision, .. } = app.check(&writes("cleo"));
    assert_eq!(allowed, is_member_cleo(revision.0), "cleo at {revision}");
}

#[test]
fn answers_are_true_while_tables_grow() {
    let app = app();
    let met: Vec<AtomicUsize> = (0..READERS).map(|_| AtomicUsize::new(0)).collect();
    let (app, met) = (&app, &met);
    let done = AtomicUsize::new(0);
    let done = &done;
    std::thread::scope(|scope| {
        let readers: Vec<_> = met
            .iter()
            .map(|met| {
                scope.spawn(move || {
                    let mut revisions = BTreeSet::new();
                    let mut last = 0;
                    while done.load(Ordering::Acquire) == 0 {
                        reads(app, &mut revisions);
                        met.store(revisions.len(), Ordering::Relaxed);
                        let newest = revisions.last().copied().unwrap_or(0);
                        assert!(newest >= last, "time goes forward");
                        last = newest;
                    }
                })
            })
            .collect();
        let mut revision = 0;
        let is_enough = |revision| revision >= COMMITS && met.iter().all(|met| met.load(Ordering::Relaxed) >= REVISIONS_MET);
        // A reader that failed has said why; there is nothing to wait for then.
        while !is_enough(revision) && readers.iter().all(|reader| !reader.is_finished()) {
            revision += 1;
            app.apply_committed(Revision(revision), &commit(revision));
            // Commits are made durable one by one, which takes longer than this.
            std::thread::yield_now();
        }
        done.store(1, Ordering::Release);
        for reader in readers {
            reader.join().unwrap();
        }
        assert!(is_enough(revision), "readers met {met:?} revisions in {revision} commits");
    });
}

#[test]
fn the_script_is_what_happens() {
    let app = app();
    for revision in 1..100 {
        app.apply_committed(Revision(revision), &commit(revision));
        for user in ["ana", "ben"] {
            assert_eq!(app.check(&deletes(user)).allowed, is_moderator(user, revision), "{user} at {revision}");
        }
        assert_eq!(app.check(&writes("cleo")).allowed, is_member_cleo(revision), "cleo at {revision}");
    }
}
