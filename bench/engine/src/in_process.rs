//! Section `in-process`: one decision, by each engine, in the same program as its caller.

use anyhow::bail;
use bench_dataset::{HOT, Loaded, Pass, SPREAD, Verified};

use crate::conductor::Worker;
use crate::section::{Run, Section};
use crate::table::{Table, median, megabytes, ns, ratio, thousands};

const METHOD: &str = "\
Each engine lives in a process of its own and holds the data set in its best modelling; the conductor lets them take turns, pass by pass, so that
a busy minute of the machine falls on all. *Hot*: 64 questions over and over. *Spread*: 65,536 questions, so that the processor's caches
miss (fewer for the slow engines, who do not notice). Processor time of the thread, one pass to warm up before each that counts, medians over
passes. Memory is the growth of the process while loading, its questions included.

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

struct Measured {
    loaded: Loaded,
    hot: f64,
    spread: f64,
}

pub(crate) fn run(run: &Run) -> anyhow::Result<()> {
    let mut section = Section::new("in-process", "In process", METHOD);
    let measured = measure(run)?;
    let mut table = Table::new(
        "Time per decision. Targets: `ask` at most 3 × its floor, `check` at most 3 × its floor or 400 ns spread.",
        &["engine", "hot", "spread", "÷ floor hot", "÷ floor spread", "÷ `check` spread", "memory", "loaded in", "decisions compared"],
    );
    for (entry, here) in ENTRIES.iter().zip(&measured) {
        let floor = &measured[entry.floor];
        let check = &measured[HALLPASS_NAMES];
        table.row([
            entry.label.to_owned(),
            ns(here.hot),
            ns(here.spread),
            ratio(here.hot / floor.hot),
            ratio(here.spread / floor.spread),
            if entry.is_peer { ratio(here.spread / check.spread) } else { String::new() },
            megabytes(here.loaded.bytes),
            ns(here.loaded.ms * 1e6),
            format!("{} equal", thousands(entry.verify as u64)),
        ]);
    }
    section.table(table);
    section.note("The hot batch is of 64, for there are 64 hot questions. `capabilities` and its floor are compared for 16 actions, towards others' and one's own.");
    section.note(
        "`explain` answers with every layer, holder and alternative it looked at, and with what would change the decision; it allocates.",
    );
    section.finish(run)
}

fn measure(run: &Run) -> anyhow::Result<Vec<Measured>> {
    let mut workers = Vec::new();
    for entry in &ENTRIES {
        let program = run.program(if entry.is_peer { "bench-peers" } else { "bench-engine" });
        let mut worker = Worker::start(&program, entry.engine)?;
        let loaded: Loaded = worker.order("load")?;
        let asked = if run.quick && entry.is_peer { entry.verify / 8 } else { entry.verify };
        let verified: Verified = worker.order(&format!("verify {asked}"))?;
        if verified.wrong != 0 {
            bail!(
                "{}: {} of {} decisions differ from the rule; its figures would mean nothing",
                entry.label,
                verified.wrong,
                verified.asked
            );
        }
        println!("{}: loaded, {} decisions equal the rule's", entry.label, thousands(verified.asked as u64));
        workers.push((worker, loaded, Vec::new(), Vec::new()));
    }
    let rounds = if run.quick { 3 } else { 15 };
    for round in 0..rounds {
        for (entry, (worker, _, hot, spread)) in ENTRIES.iter().zip(&mut workers) {
            // Slow engines need no long passes to be told apart from the clock's grain.
            let fewer = if run.quick && entry.is_peer { 4 } else { 1 };
            let pass: Pass = worker.order(&format!("pass 0 {HOT} {}", entry.hot_times.div_ceil(fewer)))?;
            hot.push(pass.ns);
            let pass: Pass = worker.order(&format!("pass 0 {} 1", entry.spread / fewer))?;
            spread.push(pass.ns);
        }
        println!("round {} of {rounds}", round + 1);
    }
    Ok(workers.into_iter().map(|(_, loaded, hot, spread)| Measured { loaded, hot: median(&hot), spread: median(&spread) }).collect())
}
