//! Section `writes`: what a durable change costs, alone and in company, and what a reader notices of it.

use std::fs::File;
use std::io::{Seek, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::bail;
use bench_dataset::{Question, SPREAD, Shape, World, questions, user_name};
use hallpass::{App, Ask, Change, Member, Timestamp};
use hallpass_store::{Commit, Committer, SqliteStore, Store, StoreError};

use crate::engines::{self, policy};
use crate::section::{Run, Section};
use crate::table::{Table, ns, percentile, ratio, thousands};

const METHOD: &str = "\
The world of the first section in SQLite on the machine's disk (write-ahead log, `synchronous=FULL`: a commit is answered when it is on disk). Changes of one membership each go
through the store's committer, as in the server: one writer thread takes all that waits into one transaction, applies it to the app, and answers each caller. *Alone*: one caller,
one change after the other. *In company*: so many callers, each waiting for its answer before the next. A reader asks 64 spread questions at a time all the while; its wall-clock
time is shown per question. The first row is the disk by itself: 200 bytes at a time written over a file that is long enough already, as SQLite writes its log, and synchronised. At the end an app loaded from the store
must decide all 65,536 questions as the living one does.";
const APP: &str = "bench";
/// Questions that the reader times together: one alone is shorter than the clock's grain.
const READ_TOGETHER: usize = 64;

struct Scene {
    world: World,
    store: Arc<SqliteStore>,
    app: Arc<App>,
    committer: Committer,
    asks: Vec<Ask>,
    /// Memberships that are changed, and how often each was.
    turns: Vec<(u32, u32, AtomicUsize)>,
}

impl Scene {
    fn new(directory: &Path) -> anyhow::Result<Self> {
        let world = World::new(Shape::BASE);
        let store = Arc::new(SqliteStore::open(directory)?);
        for changes in policy::facts(&world)?.chunks(30_000) {
            store.commit(&[commit(changes.to_vec())])?;
        }
        let app = Arc::new(loaded(&world, &store)?);
        let asks = engines::asks(&app, &questions(&world, SPREAD), |channel| world.channel_name(channel))?;
        let visible = Arc::clone(&app);
        let shared: Arc<dyn Store> = Arc::<SqliteStore>::clone(&store);
        let committer = Committer::start(shared, move |committed| visible.apply_committed(committed.revision, &committed.changes))?;
        let turns = (0..world.channels.len() as u32)
            .flat_map(|channel| world.channels[channel as usize].members.iter().map(move |(user, _)| (channel, *user, AtomicUsize::new(0))))
            .collect();
        Ok(Self { world, store, app, committer, asks, turns })
    }

    /// The next change: some member becomes a moderator, or is one no longer.
    fn change(&self, number: usize) -> Change {
        // Callers far apart from each other, so that each change is of another channel.
        let (channel, user, turns) = &self.turns[number.wrapping_mul(7_919) % self.turns.len()];
        let role = if turns.fetch_add(1, Ordering::Relaxed) % 2 == 0 { "channel_moderator" } else { "channel_member" };
        let name = self.world.channel_name(*channel);
        let channel = name.parse().unwrap_or_else(|_| unreachable!("{name} was parsed before"));
        Change::MemberPut(Member { channel, user: user_name(*user), roles: vec![role.to_owned()], invited: false })
    }

    fn agrees_with_its_store(&self) -> anyhow::Result<()> {
        let fresh = loaded(&self.world, &self.store)?;
        let asked: Vec<Question> = questions(&self.world, SPREAD);
        let again = engines::asks(&fresh, &asked, |channel| self.world.channel_name(channel))?;
        let differing =
            self.asks.iter().zip(&again).filter(|(living, loaded)| self.app.ask(living).allowed != fresh.ask(loaded).allowed).count();
        if differing != 0 || self.app.revision() != fresh.revision() {
            bail!("{differing} decisions differ between the living app and the one that was loaded");
        }
        Ok(())
    }
}

fn commit(changes: Vec<Change>) -> Commit {
    Commit { app: APP.to_owned(), author: "bench".to_owned(), at: Timestamp::default(), changes, documents: Vec::new() }
}

fn loaded(world: &World, store: &SqliteStore) -> anyhow::Result<App> {
    let app = App::new(policy::profile(world)?);
    let mut changes = Vec::new();
    let revision = store.load(APP, &mut |change| changes.push(change))?;
    app.apply_committed(revision, &changes);
    Ok(app)
}

pub(crate) fn run(run: &Run) -> anyhow::Result<()> {
    let mut section = Section::new("writes", "Writes", METHOD);
    let directory = tempfile::tempdir_in(run.root.join("bench/target"))?;
    let span = Duration::from_secs(if run.quick { 1 } else { 8 });
    let disk = raw_disk(directory.path(), span / 2)?;
    let scene = Scene::new(&directory.path().join("data"))?;

    let mut table = Table::new(
        "Durable changes, and the reader beside them.",
        &["", "changes/s", "commits/s", "answered p50", "p99", "worst", "reader p50", "p99", "worst of 64", "÷ idle p50"],
    );
    let idle = beside(&scene, || std::thread::sleep(span / 2)).1;
    table.row(cells(
        "the disk by itself",
        disk.len() as f64 / (span / 2).as_secs_f64(),
        disk.len() as f64 / (span / 2).as_secs_f64(),
        &disk,
        None,
        &idle,
    ));
    table.row(cells("nobody writes", 0.0, 0.0, &[], Some(&idle), &idle));
    for (label, callers, changes) in [
        ("alone", 1, 1),
        ("in company of 8", 8, 1),
        ("in company of 64", 64, 1),
        ("in company of 256", 256, 1),
        ("alone, 100 changes in each", 1, 100),
    ] {
        let (taken, reader) = beside(&scene, || write(&scene, callers, changes, span));
        let taken = taken?;
        let per_second = taken.len() as f64 / span.as_secs_f64();
        table.row(cells(label, per_second * changes as f64, per_second, &taken, Some(&reader), &idle));
    }
    scene.agrees_with_its_store()?;
    section.table(table);
    section.note("*commits/s* counts callers' commits; how many share one synchronisation of the disk is changes/s over that of the row *alone*, roughly.");
    section.note("The reader takes no lock that a writer holds. What it notices is two cores shared by the reader, the writer thread, and the callers' threads: its worst case is the time until it is scheduled again.");
    section.finish(run)
}

fn cells(label: &str, changes: f64, commits: f64, taken: &[f64], reader: Option<&[f64]>, idle: &[f64]) -> Vec<String> {
    let mut cells = vec![label.to_owned()];
    let rate = |rate: f64| if rate == 0.0 { String::new() } else { thousands(rate.round() as u64) };
    cells.extend([rate(changes), rate(commits)]);
    cells.extend([50.0, 99.0, 100.0].map(|percent| if taken.is_empty() { String::new() } else { ns(percentile(taken, percent)) }));
    if let Some(reader) = reader {
        let each = |percent| ns(percentile(reader, percent) / READ_TOGETHER as f64);
        cells.extend([each(50.0), each(99.0), ns(percentile(reader, 100.0)), ratio(percentile(reader, 50.0) / percentile(idle, 50.0))]);
    }
    cells
}

/// Writes and synchronises, over and over; nanoseconds each. The file does not grow, for that is what costs most.
fn raw_disk(directory: &Path, span: Duration) -> anyhow::Result<Vec<f64>> {
    const PIECE: [u8; 200] = [7; 200];
    const PIECES: usize = 20_000;
    let mut file = File::create(directory.join("raw"))?;
    file.write_all(&PIECE.repeat(PIECES))?;
    file.sync_all()?;
    let (started, mut taken) = (Instant::now(), Vec::new());
    while started.elapsed() < span {
        if taken.len() % PIECES == 0 {
            file.rewind()?;
        }
        let before = Instant::now();
        file.write_all(&PIECE)?;
        file.sync_data()?;
        taken.push(before.elapsed().as_nanos() as f64);
    }
    Ok(taken)
}

/// Runs something while a reader asks; what came of it, and the reader's times per 64 questions.
fn beside<T>(scene: &Scene, work: impl FnOnce() -> T) -> (T, Vec<f64>) {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut taken = Vec::new();
            for asks in scene.asks.chunks_exact(READ_TOGETHER).cycle() {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let started = Instant::now();
                for ask in asks {
                    std::hint::black_box(scene.app.ask(std::hint::black_box(ask)));
                }
                taken.push(started.elapsed().as_nanos() as f64);
            }
            taken
        });
        let result = work();
        stop.store(true, Ordering::Relaxed);
        (result, reader.join().unwrap_or_default())
    })
}

/// So many callers, each one commit after the other; nanoseconds of each commit.
fn write(scene: &Scene, callers: usize, changes: usize, span: Duration) -> Result<Vec<f64>, StoreError> {
    let next = AtomicUsize::new(0);
    let started = Instant::now();
    let each = || -> Result<Vec<f64>, StoreError> {
        let mut taken = Vec::new();
        while started.elapsed() < span {
            let first = next.fetch_add(changes, Ordering::Relaxed);
            let commit = commit((first..first + changes).map(|number| scene.change(number)).collect());
            let before = Instant::now();
            scene.committer.submit_blocking(commit)?;
            taken.push(before.elapsed().as_nanos() as f64);
        }
        Ok(taken)
    };
    std::thread::scope(|scope| {
        let callers: Vec<_> = (0..callers).map(|_| scope.spawn(each)).collect();
        let mut all = Vec::new();
        for caller in callers {
            all.extend(caller.join().unwrap_or_else(|_| Ok(Vec::new()))?);
        }
        Ok(all)
    })
}
