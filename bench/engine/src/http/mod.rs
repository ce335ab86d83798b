//! Section `http`: the server beside a bare one on the same stack, and beside the peers' servers.

mod asked;
mod cerbos;
mod contender;
mod go;
mod hallpass;
mod hello;
mod opa;
mod openfga;
mod program;
mod wrk;

use std::path::Path;
use std::process::Command;

use bench_dataset::{Shape, World};

use crate::callgrind::{self, Counter};
use crate::section::{Run, Section};
use crate::table::{Table, median, megabytes, ns, ratio, thousands};
use asked::{Asked, BATCH};
use contender::Contender;
use wrk::Report;

const METHOD: &str = "\
wrk, one thread, keep-alive, on loopback; servers and wrk share the machine's cores. All servers are started and filled first, and each is asked over HTTP and compared with the
rule before it is measured (one that differs is left out); then they take turns: 32 connections with single questions (8,192 different bodies in rotation), 8 connections with batches of 50
questions of one user (256 in rotation), one connection with single questions. Medians over five rounds. *Instructions* are those of the server outside the kernel for one single request, counted by callgrind (which
knows no SHA instructions: there the digest of the key takes 3,400, on the processor some 300). Telemetry, audit and decision logs are off.

- **axum, GET of a constant**: nothing but the HTTP stack that Hallpass is built on (same allocator, same runtime, no middleware). The second row parses Hallpass' bodies as JSON and answers
  a constant; it checks no key.
- **Hallpass**: `hallpass serve` as released, an app with the benchmark's catalogue, filled through `/v1/apps/bench/facts`; AuthZEN `evaluation` and `evaluations`, key checked per request, reason and revision in each answer.
- **Cerbos**: a resource policy per scope (5 types and 1,000 channels), channel roles as derived roles. It holds no facts: the caller looks up roles, teams, membership and scope beforehand and sends them along, which costs
  the caller what it spares the server.
- **OPA**: everything as nested objects in memory, direct look-ups, scope by scope; batches by a comprehension.
- **OpenFGA**: roles, memberships, teams and grants as relations, checked by intersection with the scope's grants; ownership of the message as a contextual tuple. SQLite as datastore; its check cache is off,
  as by default, for it would answer from before a change.
- What none of them is asked for: Hallpass' reasons, revisions, standing (bans, frozen channels), and changes while it answers.";

pub(crate) fn run(run: &Run) -> anyhow::Result<()> {
    wrk::install()?;
    let mut section = Section::new("http", "HTTP", METHOD);
    let directory = tempfile::tempdir_in(run.root.join("bench/target"))?;
    let world = World::new(Shape::BASE);
    let asked = Asked::new(&world);
    let (contenders, mut absent) = start(run, directory.path(), &world, &asked)?;
    let mut entries = Vec::new();
    for contender in contenders {
        match contender.verify(&world, &asked) {
            Ok(compared) => {
                println!("{}: {} decisions compared", contender.label, thousands(compared as u64));
                entries.push((contender, compared, Measured::default()));
            }
            Err(error) => absent.push((contender.label, format!("{error:#}"))),
        }
    }
    measure(run, directory.path(), &mut entries, &mut absent)?;
    let instructions = instructions(run, directory.path(), &world, &asked, &mut section);
    section.table(table(&entries, &instructions));
    targets(&mut section, &entries);
    for (contender, _, here) in &entries {
        if let Some(problem) = &here.batch_problem {
            section.note(format!("Batches of {}: {problem}.", contender.label));
        }
    }
    let mut ours = None;
    for (what, why) in absent {
        if what.starts_with(HALLPASS) || what.starts_with(BARE) {
            ours = Some(why.clone());
        }
        section.note(format!("{what} is not in the table: {why}."));
    }
    section.note("p50 and p99 are wrk's, at 32 connections (singles) and 8 (batches): at full load they are mostly waiting. The column *one connection* is the time of one request with nobody waiting, which is mostly that of waking the other side.");
    section.finish(run)?;
    ours.map_or(Ok(()), |why| Err(anyhow::anyhow!(why)))
}

/// How the labels of the two that are compared begin.
const HALLPASS: &str = "Hallpass";
const BARE: &str = "axum, GET";

type Absent = Vec<(String, String)>;
type Entry = (Contender, usize, Measured);

fn start(run: &Run, directory: &Path, world: &World, asked: &Asked) -> anyhow::Result<(Vec<Contender>, Absent)> {
    let hallpass = hallpass::start(Command::new(run.root.join("target/release/hallpass")), &directory.join("hallpass"), world, asked)?;
    let [hello, parse] = hello::start(run, directory, &hallpass)?;
    let mut contenders = vec![hello, parse, hallpass];
    let mut absent = Vec::new();
    let peers = run.root.join("bench/target/peers");
    std::fs::create_dir_all(&peers)?;
    let may_fetch = !run.quick;
    let go = |package, version| go::binary(&peers, package, version, may_fetch);
    // A peer that cannot be had, or does not start, or answers wrongly, is a note.
    let started = [
        ("Cerbos", cerbos::binary(&peers, may_fetch).and_then(|binary| cerbos::start(&binary, directory, world, asked))),
        ("OPA", go(opa::PACKAGE, opa::VERSION).and_then(|binary| opa::start(&binary, directory, world, asked))),
        ("OpenFGA", go(openfga::PACKAGE, openfga::VERSION).and_then(|binary| openfga::start(&binary, directory, world, asked))),
    ];
    for (name, outcome) in started {
        match outcome {
            Ok(contender) => contenders.push(contender),
            Err(error) => absent.push((name.to_owned(), format!("{error:#}"))),
        }
    }
    Ok((contenders, absent))
}

/// Requests that are sent one after the other while instructions are counted, and before that, so that all is warm.
const COUNTED: usize = 200;

/// Instructions per single request, of the bare server and of Hallpass: by label.
fn instructions(run: &Run, directory: &Path, world: &World, asked: &Asked, section: &mut Section) -> Vec<(String, f64)> {
    if !callgrind::is_present() {
        section.note(callgrind::ABSENT);
        return Vec::new();
    }
    let counters = ["bare", "hallpass"].map(|name| Counter::new(directory, name));
    let [bare, ours] = &counters;
    let started = [
        hello::bare(bare.command(&run.program("bench-hello")), directory, "hello-counted").map(|contender| (contender, bare)),
        hallpass::start(ours.command(&run.root.join("target/release/hallpass")), &directory.join("hallpass-counted"), world, asked)
            .map(|contender| (contender, ours)),
    ];
    let mut found = Vec::new();
    for outcome in started {
        let counted = outcome.and_then(|(contender, counter)| {
            contender::send_many(&contender.single, COUNTED)?;
            let total = counter.count(contender.program.pid(), || contender::send_many(&contender.single, COUNTED))?;
            Ok((contender.label, total / COUNTED as f64))
        });
        match counted {
            Ok(counted) => found.push(counted),
            Err(error) => section.note(format!("Instructions of a request could not be counted: {error:#}.")),
        }
    }
    found
}

/// Reports of one server.
#[derive(Default)]
struct Measured {
    singles: Vec<Report>,
    batches: Vec<Report>,
    alone: Vec<Report>,
    /// Why there are no batches.
    batch_problem: Option<String>,
    bytes: u64,
}

impl Measured {
    fn take(&mut self, contender: &Contender, directory: &Path, seconds: u32) -> anyhow::Result<()> {
        self.singles.push(wrk::run(&contender.single, directory, 32, seconds)?);
        // Some are still busy with what nobody waits for any more.
        let alone = wrk::run(&contender.single, directory, 1, seconds.min(2));
        self.alone.push(alone.or_else(|_| wrk::run(&contender.single, directory, 1, 12))?);
        if let Some(batch) = contender.batch.as_ref().filter(|_| self.batch_problem.is_none()) {
            // Some take seconds for a batch.
            match wrk::run(batch, directory, 8, seconds.min(3)).or_else(|_| wrk::run(batch, directory, 8, 12)) {
                Ok(report) => self.batches.push(report),
                Err(error) => self.batch_problem = Some(format!("{error:#}")),
            }
        }
        self.bytes = contender.program.resident_bytes();
        Ok(())
    }
}

/// All take turns; who fails is left out.
fn measure(run: &Run, directory: &Path, entries: &mut Vec<Entry>, absent: &mut Absent) -> anyhow::Result<()> {
    let (rounds, seconds) = if run.quick { (1, 2) } else { (5, 4) };
    for (contender, ..) in &*entries {
        // To warm up; what fails here fails again below.
        let _ = wrk::run(&contender.single, directory, 32, 2);
    }
    for round in 0..rounds {
        entries.retain_mut(|(contender, _, here)| match here.take(contender, directory, seconds) {
            Ok(()) => true,
            Err(error) => {
                absent.push((contender.label.clone(), format!("{error:#}")));
                false
            }
        });
        println!("round {} of {rounds}", round + 1);
    }
    Ok(())
}

fn figure(reports: &[Report], of: fn(&Report) -> f64) -> f64 {
    median(&reports.iter().map(of).collect::<Vec<_>>())
}

fn find<'e>(entries: &'e [Entry], label: &str) -> Option<&'e Measured> {
    entries.iter().find(|(contender, ..)| contender.label.starts_with(label)).map(|(.., here)| here)
}

fn targets(section: &mut Section, entries: &[Entry]) {
    let rate = |label| find(entries, label).map(|here| figure(&here.singles, Report::per_second));
    let Some(ours) = rate(HALLPASS) else { return };
    if let Some(bare) = rate(BARE) {
        let why = "What a request takes above the bare server: a body to wait for, a key to digest (SHA-256) and compare, JSON both ways, the decision, and the \
                   counters. The bare server reads no body at all; beside the one that parses the same bodies and answers a constant see the table.";
        let over = ours / bare;
        section.target("requests/s over the bare server's", "at least 0.70", ratio(over), over >= 0.7, why);
    }
    if let Some(cerbos) = rate("Cerbos") {
        let over = ours / cerbos;
        section.target("requests/s over Cerbos'", "at least 10 ×", format!("{} ×", ratio(over)), over >= 10.0, "");
    }
}

fn table(entries: &[Entry], instructions: &[(String, f64)]) -> Table {
    let mut table = Table::new(
        "Targets: Hallpass at least 70 % of the bare server's requests, and at least 10 × Cerbos'.",
        &[
            "server",
            "requests/s",
            "p50",
            "p99",
            "÷ bare",
            "Hallpass ÷ this",
            "batches of 50/s",
            "p50 ",
            "p99 ",
            "decisions/s",
            "Hallpass ÷ this ",
            "one connection p50",
            "instructions",
            "memory",
            "decisions compared",
        ],
    );
    let microseconds = |us: f64| ns(us * 1e3);
    let over = |above: Option<f64>, below: Option<f64>| match (above, below) {
        (Some(above), Some(below)) => ratio(above / below),
        _ => String::new(),
    };
    let ours = find(entries, HALLPASS);
    let our_batches = ours.map(|here| figure(&here.batches, Report::per_second));
    let ours = ours.map(|here| figure(&here.singles, Report::per_second));
    let bare = find(entries, BARE).map(|here| figure(&here.singles, Report::per_second));
    for (contender, compared, here) in entries {
        let singles = figure(&here.singles, Report::per_second);
        let mut cells = vec![
            contender.label.clone(),
            thousands(singles.round() as u64),
            microseconds(figure(&here.singles, |report| report.p50_us)),
            microseconds(figure(&here.singles, |report| report.p99_us)),
            over(Some(singles), bare),
            over(ours, Some(singles)),
        ];
        if here.batches.is_empty() {
            cells.extend(std::iter::repeat_n(String::new(), 5));
        } else {
            let batches = figure(&here.batches, Report::per_second);
            cells.extend([
                thousands(batches.round() as u64),
                microseconds(figure(&here.batches, |report| report.p50_us)),
                microseconds(figure(&here.batches, |report| report.p99_us)),
                thousands((batches * BATCH as f64).round() as u64),
                over(our_batches, Some(batches)),
            ]);
        }
        cells.extend([
            microseconds(figure(&here.alone, |report| report.p50_us)),
            instructions
                .iter()
                .find(|(label, _)| *label == contender.label)
                .map_or_else(String::new, |(_, count)| thousands(count.round() as u64)),
            megabytes(here.bytes),
            thousands(*compared as u64),
        ]);
        table.row(cells);
    }
    table
}
