//! One size, in a process of its own.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use bench_dataset::{Engine, HOT, Question, action_name, cpu_time, resident_bytes, user_name};
use hallpass::{App, Change, Level, Question as Asking, Resource, Revision, RoleGrants, Timestamp};
use hallpass_store::{Commit, SqliteStore, Store, fill};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::crowd::{Crowd, Part};
use crate::engines::{self, Floor, FloorStrings, HandleBatches, Handles, NOW, Named, Parts, StringBatches, Strings};
use crate::table::{median, percentile};

/// As many changes at once as the server applies when it loads.
const LOAD_BATCH: usize = 10_000;
/// Changes of one commit while the store is filled.
const COMMIT: usize = 30_000;
const APP: &str = "bench";

/// What was found.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Figures {
    pub(crate) users: usize,
    pub(crate) channels: usize,
    pub(crate) memberships: usize,
    pub(crate) verified: usize,
    /// Median processor time per decision.
    pub(crate) floor_hot: f64,
    pub(crate) floor_spread: f64,
    pub(crate) ask_hot: f64,
    pub(crate) ask_spread: f64,
    /// Of a batch of 100, spread.
    pub(crate) ask_batch: f64,
    pub(crate) floor_names_hot: f64,
    pub(crate) floor_names_spread: f64,
    pub(crate) check_hot: f64,
    pub(crate) check_spread: f64,
    pub(crate) check_batch: f64,
    /// Of everything, and of that the part that came with the memberships.
    pub(crate) bytes: u64,
    pub(crate) member_bytes: u64,
    pub(crate) disk_bytes: u64,
    /// Seconds.
    pub(crate) store_opens: f64,
    pub(crate) store_reads: f64,
    pub(crate) loads: f64,
    pub(crate) starts: f64,
    /// Nanoseconds until a change is seen.
    pub(crate) seen_p50: f64,
    pub(crate) seen_p99: f64,
    pub(crate) seen_worst: f64,
    pub(crate) grants_seen_p50: f64,
    /// The longest that one part of a load held the writer, with a table growing.
    pub(crate) grows_ns: f64,
    /// Checks beside a writer at full speed, of one change at a time and of ten.
    pub(crate) beside_one: Beside,
    pub(crate) beside_ten: Beside,
}

/// Checks beside a writer at full speed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Beside {
    pub(crate) hot: f64,
    pub(crate) spread: f64,
    /// Changes a second.
    pub(crate) changes: f64,
}

/// Measures one size. The store is made in `directory`.
pub(crate) fn measure(memberships: usize, directory: &Path, quick: bool) -> anyhow::Result<Figures> {
    let crowd = Crowd::new(memberships);
    let mut figures = Figures { users: crowd.users, channels: crowd.channels, memberships: crowd.memberships, ..Figures::default() };
    let app = Arc::new(remember(&crowd, &mut figures)?);
    decisions(&crowd, &app, quick, &mut figures)?;
    changes(&crowd, &app, quick, &mut figures)?;
    drop(app);
    load(&crowd, directory, &mut figures)?;
    Ok(figures)
}

/// Memory of this process once what was freed has been given back: it is read until it stands still.
fn settled_bytes() -> u64 {
    let mut before = resident_bytes();
    for _ in 0..50 {
        std::thread::sleep(Duration::from_millis(40));
        let now = resident_bytes();
        if now == before {
            break;
        }
        before = now;
    }
    before
}

/// Builds an app from the facts alone, and sees what it takes.
fn remember(crowd: &Crowd, figures: &mut Figures) -> anyhow::Result<App> {
    let app = App::new(engines::policy::profile(&crowd.base)?);
    let before = settled_bytes();
    let mut people = None;
    let mut revision = Revision(0);
    crowd.each_part(LOAD_BATCH, |part, changes| {
        if part == Part::Members && people.is_none() {
            people = Some(settled_bytes());
        }
        revision = revision.next();
        let started = Instant::now();
        app.apply_committed(revision, changes);
        figures.grows_ns = figures.grows_ns.max(started.elapsed().as_nanos() as f64);
        Ok(())
    })?;
    let after = settled_bytes();
    figures.bytes = after.saturating_sub(before);
    figures.member_bytes = after.saturating_sub(people.context("there are no memberships")?);
    Ok(app)
}

fn floor(crowd: &Crowd, asked: &[Question], named: Vec<Named>) -> FloorStrings {
    let (types, roles) = (crowd.base.types.len(), crowd.base.roles.len() as u16);
    let masks = |channel_type, overrides| (0..roles).map(|role| crowd.held(channel_type, overrides, role).0).collect();
    let mut scopes: Vec<Vec<u64>> = (0..types).map(|channel_type| masks(channel_type, None)).collect();
    for number in 0..crowd.overridden() {
        // The first channel with these overrides; the others of the pool share them.
        scopes.extend((0..types).map(|channel_type| masks(channel_type, crowd.overrides(number * 10))));
    }
    let scope = |channel: usize| {
        let channel_type = crowd.channel_type(channel);
        crowd.override_number(channel).map_or(channel_type, |number| types * (number + 1) + channel_type)
    };
    let mut members = FxHashMap::default();
    members.reserve(crowd.memberships);
    members.extend(crowd.members().map(|(channel, user, role)| (engines::member_key(channel as u32, user as u32), role)));
    let parts = Parts {
        scopes,
        users: (0..crowd.users).map(|user| (crowd.user_role(user), crowd.teams(user))).collect(),
        channels: (0..crowd.channels).map(|channel| (scope(channel) as u32, crowd.team(channel))).collect(),
        members,
    };
    let channels = (0..crowd.channels).map(|channel| crowd.channel_name(channel));
    FloorStrings::of(Floor::of(parts, asked), (0..crowd.users as u32).map(user_name), channels, named)
}

fn names(crowd: &Crowd, asked: &[Question]) -> Vec<Named> {
    let name = |question: &Question| Named {
        user: user_name(question.user),
        channel: crowd.channel_name(question.channel as usize),
        action: action_name(question.action),
        owner: user_name(question.owner),
    };
    asked.iter().map(name).collect()
}

fn decisions(crowd: &Crowd, app: &Arc<App>, quick: bool, figures: &mut Figures) -> anyhow::Result<()> {
    // So many that what they touch is far larger than any cache; names take more room, so fewer.
    let asked = crowd.questions(if quick { 65_536 } else { 1 << 20 });
    let named = asked.len() / 4;
    let mut floor = floor(crowd, &asked, names(crowd, &asked[..named]));
    let channel_name = |channel: u32| crowd.channel_name(channel as usize);
    let mut handles = HandleBatches(Handles { app: Arc::clone(app), asked: engines::asks(app, &asked, channel_name)? });
    let mut strings = StringBatches(Strings { app: Arc::clone(app), asked: names(crowd, &asked[..named]) });
    for (number, question) in asked[..named].iter().enumerate() {
        let right = crowd.allowed(question);
        let answers = [handles.0.allowed(number), strings.0.allowed(number), floor.allowed(number), floor.floor().allowed(number)];
        if answers != [right; 4] {
            bail!("{question:?}: ask, check and the floors say {answers:?}, the rule {right}");
        }
    }
    figures.verified = named;

    fn per_question(engine: &mut impl Engine, count: usize, times: usize) -> f64 {
        std::hint::black_box(engine.pass(0..count.min(65_536)));
        let started = cpu_time();
        for _ in 0..times {
            std::hint::black_box(engine.pass(0..count));
        }
        (cpu_time() - started).as_nanos() as f64 / (count * times) as f64
    }
    let mut found: [Vec<f64>; 10] = Default::default();
    for _ in 0..if quick { 3 } else { 9 } {
        let now = [
            per_question(floor.floor(), HOT, 2_000),
            per_question(floor.floor(), asked.len(), 1),
            per_question(&mut handles.0, HOT, 1_000),
            per_question(&mut handles.0, asked.len(), 1),
            per_question(&mut handles, asked.len(), 1),
            per_question(&mut floor, HOT, 1_000),
            per_question(&mut floor, named, 1),
            per_question(&mut strings.0, HOT, 1_000),
            per_question(&mut strings.0, named, 1),
            per_question(&mut strings, named, 1),
        ];
        found.iter_mut().zip(now).for_each(|(all, ns)| all.push(ns));
    }
    let [
        floor_hot,
        floor_spread,
        ask_hot,
        ask_spread,
        ask_batch,
        floor_names_hot,
        floor_names_spread,
        check_hot,
        check_spread,
        check_batch,
    ] = found.map(|all| median(&all));
    *figures = Figures {
        floor_hot,
        floor_spread,
        ask_hot,
        ask_spread,
        ask_batch,
        floor_names_hot,
        floor_names_spread,
        check_hot,
        check_spread,
        check_batch,
        ..figures.clone()
    };
    drop(floor);

    let rounds = if quick { 3 } else { 9 };
    figures.beside_one = beside_a_writer(crowd, app, &mut handles.0, &asked, 1, rounds)?;
    figures.beside_ten = beside_a_writer(crowd, app, &mut handles.0, &asked, 10, rounds)?;
    Ok(())
}

/// One thread changes memberships as fast as it can, so many in a commit; this one asks.
fn beside_a_writer(
    crowd: &Crowd,
    app: &Arc<App>,
    handles: &mut Handles,
    asked: &[Question],
    together: usize,
    rounds: usize,
) -> anyhow::Result<Beside> {
    let member = crowd.base.channel_member();
    let (mut there, mut back) = (Vec::new(), Vec::new());
    for question in asked {
        let (channel, user) = (question.channel as usize, question.user as usize);
        let Some(role) = crowd.member_role(channel, user) else { continue };
        let id = crowd.channel_name(channel).parse()?;
        there.push(crowd.member_put(&id, user, if role == member { member + 1 } else { member }));
        back.push(crowd.member_put(&id, user, role));
        if there.len() == 10_000 {
            break;
        }
    }
    let (stop, made) = (AtomicBool::new(false), AtomicU64::new(0));
    let mut beside = Beside::default();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut revision = app.revision();
            // There and back again, so that the world is as it was: a round that was begun is finished.
            while !stop.load(Ordering::Relaxed) {
                for changes in there.chunks(together).chain(back.chunks(together)) {
                    revision = revision.next();
                    app.apply_committed(revision, changes);
                    made.fetch_add(changes.len() as u64, Ordering::Relaxed);
                }
            }
        });
        while made.load(Ordering::Relaxed) == 0 {
            std::thread::yield_now();
        }
        let (started, before) = (Instant::now(), made.load(Ordering::Relaxed));
        let (mut hot, mut spread) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            let clock = Instant::now();
            for _ in 0..1_000 {
                std::hint::black_box(handles.pass(0..HOT));
            }
            hot.push(clock.elapsed().as_nanos() as f64 / (HOT * 1_000) as f64);
            let clock = Instant::now();
            std::hint::black_box(handles.pass(0..asked.len()));
            spread.push(clock.elapsed().as_nanos() as f64 / asked.len() as f64);
        }
        let changes = (made.load(Ordering::Relaxed) - before) as f64 / started.elapsed().as_secs_f64();
        stop.store(true, Ordering::Relaxed);
        beside = Beside { hot: median(&hot), spread: median(&spread), changes };
    });
    let wrong =
        asked.iter().take(65_536).enumerate().filter(|(number, question)| handles.allowed(*number) != crowd.allowed(question)).count();
    if wrong != 0 {
        bail!("after the writer stopped {wrong} decisions differ from the rule");
    }
    Ok(beside)
}

/// From the call to the decision that sees the change.
fn changes(crowd: &Crowd, app: &App, quick: bool, figures: &mut Figures) -> anyhow::Result<()> {
    let now = |started: Instant| started.elapsed().as_nanos() as f64;
    let mut taken = Vec::new();
    for question in crowd.questions(if quick { 1_000 } else { 20_000 }) {
        let (channel, user) = (question.channel as usize, question.user as usize);
        let before = crowd.member_role(channel, user);
        let id = crowd.channel_name(channel).parse()?;
        let role = crowd.base.channel_member();
        let join = crowd.member_put(&id, user, role);
        let leave = Change::MemberRemoved { channel: id.clone(), user: user_name(question.user) };
        let change = if before.is_some() { &leave } else { &join };
        let (name, channel_name) = (user_name(question.user), id.as_str().to_owned());
        let asking = Asking::new(&name, "ReadChannel", Resource::channel(&channel_name)).at(NOW);
        let revision = app.revision();
        let started = Instant::now();
        app.apply(std::slice::from_ref(change))?;
        let decision = app.check(&asking);
        taken.push(now(started));
        if decision.revision <= revision {
            bail!("a decision after a change names an earlier revision");
        }
        let back = before.map_or_else(|| leave.clone(), |role| crowd.member_put(&id, user, role));
        app.apply(&[back])?;
    }
    figures.seen_p50 = median(&taken);
    figures.seen_p99 = percentile(&taken, 99.0);
    figures.seen_worst = percentile(&taken, 100.0);

    let grants = |channel_type: usize| {
        Change::GrantsPut(RoleGrants {
            layer: None,
            level: Level::ChannelType(crowd.base.types[channel_type].clone()),
            role: "guest".to_owned(),
            grants: Vec::new(),
        })
    };
    let mut taken = Vec::new();
    for round in 0..20 {
        let change = grants(round % crowd.base.types.len());
        let started = Instant::now();
        app.apply(&[change])?;
        std::hint::black_box(app.revision());
        taken.push(now(started));
    }
    figures.grants_seen_p50 = median(&taken);
    Ok(())
}

/// Fills a store, opens it again, and loads an app from it.
fn load(crowd: &Crowd, directory: &Path, figures: &mut Figures) -> anyhow::Result<()> {
    {
        let store = SqliteStore::open(directory)?;
        crowd.each_part(COMMIT, |_, changes| {
            let commit = Commit {
                app: APP.to_owned(),
                author: "bench".to_owned(),
                at: Timestamp::default(),
                changes: changes.to_vec(),
                documents: Vec::new(),
            };
            store.commit(&[commit])?;
            Ok(())
        })?;
    }
    let started = Instant::now();
    let store = SqliteStore::open(directory)?;
    figures.store_opens = started.elapsed().as_secs_f64();
    let started = Instant::now();
    let mut read = 0usize;
    store.load_parts(APP, LOAD_BATCH, &mut |part| {
        read += part.iter().filter(|change| matches!(change, Change::MemberPut(_))).count();
        part
    })?;
    figures.store_reads = started.elapsed().as_secs_f64();
    if read != crowd.memberships {
        bail!("{read} memberships were read, {} were written", crowd.memberships);
    }

    let app = App::new(engines::policy::profile(&crowd.base)?);
    let started = Instant::now();
    fill(&app, &store, APP)?;
    figures.loads = started.elapsed().as_secs_f64();
    drop((app, store));

    // As the server starts: the store checks itself while it is read, and nobody is answered before both are done.
    let started = Instant::now();
    let store = SqliteStore::open_ahead(directory)?;
    let app = App::new(engines::policy::profile(&crowd.base)?);
    fill(&app, &store, APP)?;
    store.checked()?;
    figures.starts = started.elapsed().as_secs_f64();
    figures.disk_bytes = std::fs::metadata(directory.join("hallpass.db"))?.len();

    let asked = crowd.questions(65_536);
    let loaded = Handles { asked: engines::asks(&app, &asked, |channel| crowd.channel_name(channel as usize))?, app: Arc::new(app) };
    let wrong = loaded.asked.iter().zip(&asked).filter(|(ask, question)| loaded.app.ask(ask).allowed != crowd.allowed(question)).count();
    if wrong != 0 {
        bail!("{wrong} decisions of the app that was loaded differ from the rule");
    }
    Ok(())
}
