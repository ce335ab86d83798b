//! Section `in-process`: one decision, by each engine, in the same program as its caller.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::bail;
use bench_dataset::{HOT, Loaded, Pass, SPREAD, Verified};

use crate::callgrind::{self, Counter};
use crate::conductor::Worker;
use crate::section::{Run, Section};
use crate::table::{Table, median, megabytes, ns, ratio, thousands};

const METHOD: &str = "\
Each engine lives in a process of its own and holds the data set in its best modelling; the conductor lets them take turns, pass by pass, so that
a busy minute of the machine falls on all. *Hot*: 64 questions over and over. *Spread*: 65,536 questions, so that the processor's caches
miss (fewer for the slow engines, who do not notice). Processor time of the thread, one pass to warm up before each that counts, medians over
passes. Memory is the growth of the process while loading, its questions included. Instructions are those of a pass over spread questions.

- **floor**: what one would write by hand for just this rule: a bit mask per scope and role, one hash map (FxHash) from (channel, user) to role,
  three bits per action; with names, three more maps and one comparison. Single-threaded, nothing ever changes.
- **Hallpass**: a custom catalogue of one layer. `ask` takes handles, `check` takes names.
- **Cedar**: 20,000 users whose parents are their role and their channel roles, 16 actions whose parents are action groups by type, role and kind, one policy set
  per channel type (16–18 policies) that the host picks; the request is built per question. Channels with grants of their own share a sixth set whose policies read
  per-channel sets of permission names.
- **casbin**: one enforcer per scope (5 types and 1,000 channels, about 140 lines each); the host looks up the roles. (One enforcer with everything
  takes milliseconds per question.)
- **regorus** (Rego): users, channels, members and grants as nested objects, six bodies of direct look-ups, compiled to its register virtual machine;
  the input is prepared beforehand.";

struct Entry {
    label: &'static str,
    engine: &'static str,
    is_peer: bool,
    /// What it is compared with, by position in the table.
    floor: usize,
    verify: usize,
    spread: usize,
    hot_times: usize,
}

const fn own(label: &'static str, engine: &'static str, floor: usize, hot_times: usize) -> Entry {
    Entry { label, engine, is_peer: false, floor, verify: SPREAD, spread: SPREAD, hot_times }
}

const fn peer(label: &'static str, engine: &'static str) -> Entry {
    Entry { label, engine, is_peer: true, floor: 1, verify: 8_192, spread: 2_048, hot_times: 10 }
}

const ENTRIES: [Entry; 12] = [
    own("floor, handles", "floor-handles", 0, 2_000),
    own("floor, names", "floor-strings", 1, 2_000),
    own("floor, all 16 actions at once", "floor-capabilities", 2, 500),
    own("Hallpass `ask` (handles)", "hallpass-handles", 0, 1_000),
    own("Hallpass `ask_batch` of 100, each", "hallpass-handles-batch", 0, 1_000),
    own("Hallpass `check` (names)", "hallpass-strings", 1, 1_000),
    own("Hallpass `check_batch` of 100, each", "hallpass-strings-batch", 1, 1_000),
    own("Hallpass `capabilities`, the whole set", "hallpass-capabilities", 2, 200),
    own("Hallpass `explain`", "hallpass-explain", 1, 200),
    peer("regorus, virtual machine", "regorus"),
    peer("Cedar, a policy set per type", "cedar"),
    peer("casbin, an enforcer per scope", "casbin"),
];
/// The row that peers are compared with: they take names as well.
const HALLPASS_NAMES: usize = 5;

/// An engine that is there and answers rightly.
struct Measured {
    worker: Worker,
    loaded: Loaded,
    verified: usize,
    hot: Vec<f64>,
    spread: Vec<f64>,
    instructions: Option<f64>,
}

impl Measured {
    fn start(run: &Run, entry: &Entry) -> anyhow::Result<Self> {
        let mut worker = Worker::start(Command::new(entry.program(run)), entry.engine)?;
        let loaded: Loaded = worker.order("load")?;
        let asked = if run.quick && entry.is_peer { entry.verify / 8 } else { entry.verify };
        let Verified { asked, wrong } = worker.order(&format!("verify {asked}"))?;
        if wrong != 0 {
            bail!("{wrong} of {asked} decisions differ from the rule, so its figures would mean nothing");
        }
        println!("{}: loaded, {} decisions equal the rule's", entry.label, thousands(asked as u64));
        Ok(Self { worker, loaded, verified: asked, hot: Vec::new(), spread: Vec::new(), instructions: None })
    }

    /// One turn.
    fn pass(&mut self, run: &Run, entry: &Entry) -> anyhow::Result<()> {
        // Slow engines need no long passes to be told apart from the clock's grain.
        let fewer = if run.quick && entry.is_peer { 4 } else { 1 };
        let pass: Pass = self.worker.order(&format!("pass 0 {HOT} {}", entry.hot_times.div_ceil(fewer)))?;
        self.hot.push(pass.ns);
        let pass: Pass = self.worker.order(&format!("pass 0 {} 1", entry.spread / fewer))?;
        self.spread.push(pass.ns);
        Ok(())
    }
}

impl Entry {
    fn program(&self, run: &Run) -> PathBuf {
        run.program(if self.is_peer { "bench-peers" } else { "bench-engine" })
    }

    /// Instructions per question, counted in a process of its own.
    fn instructions(&self, run: &Run, directory: &Path) -> anyhow::Result<f64> {
        let counter = Counter::new(directory, self.engine);
        let mut worker = Worker::start(counter.command(&self.program(run)), self.engine)?;
        let _: Loaded = worker.order("load")?;
        let questions = self.spread / 32;
        // A pass warms up with as many questions before it counts its time.
        let order = format!("pass 0 {questions} 1");
        let total = counter.count(worker.pid(), || worker.order::<Pass>(&order).map(drop))?;
        Ok(total / (2 * questions) as f64)
    }
}

pub(crate) fn run(run: &Run) -> anyhow::Result<()> {
    let mut section = Section::new("in-process", "In process", METHOD);
    let mut failed = Vec::new();
    let measured = measure(run, &mut section, &mut failed)?;
    let mut table = Table::new(
        "Time per decision. Targets: `ask` at most 3 × its floor, `check` at most 3 × its floor or 400 ns spread.",
        &[
            "engine",
            "hot",
            "spread",
            "÷ floor hot",
            "÷ floor spread",
            "÷ `check` spread",
            "instructions",
            "memory",
            "loaded in",
            "decisions compared",
        ],
    );
    let figures = |at: usize| measured.get(at)?.as_ref().map(|found| (median(&found.hot), median(&found.spread)));
    let over = |figure: f64, base: Option<f64>| base.map_or_else(String::new, |base| ratio(figure / base));
    for (entry, found) in ENTRIES.iter().zip(&measured) {
        let Some(found) = found else { continue };
        let (hot, spread) = (median(&found.hot), median(&found.spread));
        let floor = figures(entry.floor);
        table.row([
            entry.label.to_owned(),
            ns(hot),
            ns(spread),
            over(hot, floor.map(|floor| floor.0)),
            over(spread, floor.map(|floor| floor.1)),
            if entry.is_peer { over(spread, figures(HALLPASS_NAMES).map(|check| check.1)) } else { String::new() },
            found.instructions.map_or_else(String::new, |count| thousands(count.round() as u64)),
            megabytes(found.loaded.bytes),
            ns(found.loaded.ms * 1e6),
            format!("{} equal", thousands(found.verified as u64)),
        ]);
    }
    section.table(table);
    targets(&mut section, figures);
    section.note("The hot batch is of 64, for there are 64 hot questions. `capabilities` and its floor are compared for 16 actions, towards others' and one's own.");
    section.note(
        "`explain` answers with every layer, holder and alternative it looked at, and with what would change the decision; it allocates.",
    );
    section.finish(run)?;
    if !failed.is_empty() {
        bail!("without {}", failed.join(", "));
    }
    Ok(())
}

fn targets(section: &mut Section, figures: impl Fn(usize) -> Option<(f64, f64)>) {
    const ASK: usize = 3;
    let times = |ratio_found: f64| format!("{} ×", ratio(ratio_found));
    if let (Some(floor), Some(ask)) = (figures(0), figures(ASK)) {
        let why = "Besides the floor's three look-ups a check reads the revision twice, looks at bans, deactivation, frozen and disabled channels and \
                   the policy's own conditions, and names its reason; the instructions of both are in the table.";
        for (kind, floor, ask) in [("hot", floor.0, ask.0), ("spread", floor.1, ask.1)] {
            section.target(&format!("`ask`, {kind}, over its floor"), "at most 3 ×", times(ask / floor), ask <= 3.0 * floor, why);
        }
    }
    if let (Some(floor), Some(check)) = (figures(1), figures(HALLPASS_NAMES)) {
        let found = format!("{}, {} ×", ns(check.1), ratio(check.1 / floor.1));
        let why = "Names are looked up in tables that grow while they are read, under a seed that callers do not know; the floor's hash is neither.";
        let met = check.1 <= 400.0 || check.1 <= 3.0 * floor.1;
        section.target("`check`, spread, over its floor", "at most 400 ns or 3 ×", found, met, why);
    }
    let peers = ENTRIES.iter().enumerate().filter(|(_, entry)| entry.is_peer);
    for (label, peer) in peers.filter_map(|(at, entry)| Some((entry.label, figures(at)?))) {
        let Some(check) = figures(HALLPASS_NAMES) else { break };
        let over = peer.1 / check.1;
        section.target(&format!("{label}, over `check`, spread"), "at least 10 ×", times(over), over >= 10.0, "");
    }
}

fn measure(run: &Run, section: &mut Section, failed: &mut Vec<&'static str>) -> anyhow::Result<Vec<Option<Measured>>> {
    let mut fail = |entry: &Entry, error: &anyhow::Error| {
        println!("{} is left out: {error:#}", entry.label);
        section.note(format!("{} is not in the table: {error:#}.", entry.label));
        failed.push(entry.label);
    };
    let mut all: Vec<Option<Measured>> = Vec::new();
    for entry in &ENTRIES {
        all.push(Measured::start(run, entry).map_err(|error| fail(entry, &error)).ok());
    }
    let rounds = if run.quick { 3 } else { 15 };
    for round in 0..rounds {
        for (entry, place) in ENTRIES.iter().zip(&mut all) {
            if let Some(found) = place
                && let Err(error) = found.pass(run, entry)
            {
                fail(entry, &error);
                *place = None;
            }
        }
        println!("round {} of {rounds}", round + 1);
    }
    if callgrind::is_present() {
        let directory = tempfile::tempdir()?;
        for (entry, found) in ENTRIES.iter().zip(&mut all).filter_map(|(entry, place)| Some((entry, place.as_mut()?))) {
            match entry.instructions(run, directory.path()) {
                Ok(count) => found.instructions = Some(count),
                Err(error) => section.note(format!("The instructions of {} could not be counted: {error:#}.", entry.label)),
            }
        }
    } else {
        section.note(callgrind::ABSENT);
    }
    Ok(all)
}
