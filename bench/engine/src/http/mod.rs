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

use bench_dataset::{Shape, World};

use crate::section::{Run, Section};
use crate::table::{Table, median, megabytes, ns, ratio, thousands};
use asked::{Asked, BATCH};
use contender::Contender;
use wrk::Report;

const METHOD: &str = "\
wrk, one thread, keep-alive, on loopback; servers and wrk share the machine's cores. All servers are started and filled first, and each is asked over HTTP and compared with the
rule before it is measured; then they take turns: 32 connections with single questions (8,192 different bodies in rotation), 8 connections with batches of 50
questions of one user (256 in rotation), one connection with single questions. Medians over rounds. Telemetry, audit and decision logs are off.

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
    let (contenders, absent) = start(run, directory.path(), &world, &asked)?;
    let mut compared = Vec::new();
    for contender in &contenders {
        compared.push(contender.verify(&world, &asked)?);
        println!("{}: {} decisions compared", contender.label, compared.last().copied().unwrap_or(0));
    }
    let measured = measure(run, directory.path(), &contenders)?;
    section.table(table(&contenders, &compared, &measured));
    for (what, why) in absent {
        section.note(format!("{what} is not in the table: {why}."));
    }
    section.note("p50 and p99 are wrk's, at 32 connections (singles) and 8 (batches): at full load they are mostly waiting. The column *one connection* is the time of one request with nobody waiting.");
    section.finish(run)
}

type Absent = Vec<(&'static str, String)>;

fn start(run: &Run, directory: &Path, world: &World, asked: &Asked) -> anyhow::Result<(Vec<Contender>, Absent)> {
    let hallpass = hallpass::start(&run.root, directory, world, asked)?;
    let [hello, parse] = hello::start(run, directory, &hallpass, asked)?;
    let mut contenders = vec![hello, parse, hallpass];
    let mut absent = Vec::new();
    let peers = run.root.join("bench/target/peers");
    std::fs::create_dir_all(&peers)?;
    let may_fetch = !run.quick;
    // A peer that cannot be had is a note; one that answers wrongly ends the run.
    match cerbos::binary(&peers, may_fetch) {
        Ok(binary) => contenders.push(cerbos::start(&binary, directory, world, asked)?),
        Err(error) => absent.push(("Cerbos", format!("{error:#}"))),
    }
    match go::binary(&peers, opa::PACKAGE, opa::VERSION, may_fetch) {
        Ok(binary) => contenders.push(opa::start(&binary, directory, world, asked)?),
        Err(error) => absent.push(("OPA", format!("{error:#}"))),
    }
    match go::binary(&peers, openfga::PACKAGE, openfga::VERSION, may_fetch) {
        Ok(binary) => contenders.push(openfga::start(&binary, directory, world, asked)?),
        Err(error) => absent.push(("OpenFGA", format!("{error:#}"))),
    }
    Ok((contenders, absent))
}

/// Reports of one server.
#[derive(Default)]
struct Measured {
    singles: Vec<Report>,
    batches: Vec<Report>,
    alone: Vec<Report>,
    bytes: u64,
}

fn measure(run: &Run, directory: &Path, contenders: &[Contender]) -> anyhow::Result<Vec<Measured>> {
    let mut measured: Vec<Measured> = contenders.iter().map(|_| Measured::default()).collect();
    let (rounds, seconds) = if run.quick { (1, 2) } else { (5, 5) };
    for contender in contenders {
        wrk::run(&contender.single, directory, 32, 2)?;
    }
    for round in 0..rounds {
        for (contender, here) in contenders.iter().zip(&mut measured) {
            here.singles.push(wrk::run(&contender.single, directory, 32, seconds)?);
            if let Some(batch) = &contender.batch {
                here.batches.push(wrk::run(batch, directory, 8, seconds)?);
            }
            here.alone.push(wrk::run(&contender.single, directory, 1, seconds.min(3))?);
            here.bytes = contender.program.resident_bytes();
        }
        println!("round {} of {rounds}", round + 1);
    }
    Ok(measured)
}

fn table(contenders: &[Contender], compared: &[usize], measured: &[Measured]) -> Table {
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
            "memory",
            "decisions compared",
        ],
    );
    let figure = |reports: &[Report], of: fn(&Report) -> f64| median(&reports.iter().map(of).collect::<Vec<_>>());
    let microseconds = |us: f64| ns(us * 1e3);
    let hallpass = contenders.iter().position(|contender| contender.label.starts_with("Hallpass")).unwrap_or(0);
    let bare = figure(&measured[0].singles, Report::per_second);
    for (number, (contender, here)) in contenders.iter().zip(measured).enumerate() {
        let singles = figure(&here.singles, Report::per_second);
        let mut cells = vec![
            contender.label.clone(),
            thousands(singles.round() as u64),
            microseconds(figure(&here.singles, |report| report.p50_us)),
            microseconds(figure(&here.singles, |report| report.p99_us)),
            ratio(singles / bare),
            ratio(figure(&measured[hallpass].singles, Report::per_second) / singles),
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
                ratio(figure(&measured[hallpass].batches, Report::per_second) / batches),
            ]);
        }
        cells.extend([
            microseconds(figure(&here.alone, |report| report.p50_us)),
            megabytes(here.bytes),
            thousands(compared[number] as u64),
        ]);
        table.row(cells);
    }
    table
}
