//! Section `growth`: the same questions in worlds of 100 thousand, one million and ten million memberships.

mod crowd;
mod measure;
mod policies;

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::section::{Run, Section};
use crate::table::{Table, megabytes, ns, ratio, thousands};
use measure::{Figures, measure};

const METHOD: &str = "\
Each size in a process of its own. The mix, of ten million: 600,000 direct channels of 2, 300,000 of 8, 90,000 of 30, 9,900 of 200, 100 of 9,900, one of three
quarters of all users; a tenth as many users as memberships. Every tenth channel has one of 1,000 sets of modifiers. Who is a member follows from numbers
(a stride through the users), so the rule needs no table. Half of the questions are about a membership drawn from all of them, half about any user in any channel; *spread*
is 1,048,576 of them with handles, 262,144 with names; *hot* is 64. Processor time, medians of 9 passes, engines taking turns. Memory is the growth of the
process between an empty app and a full one, read once it stands still, with an allocator that keeps nothing back; disk is SQLite's file with log, facts and indexes. *Loads* is from an open store to an app that answers, as the
server does it: the store reads ahead in parts while the engine applies, on two threads. *Seen* is from the call of `apply` (validation included) to the first decision that names the new revision.";

/// Runs a size as a child and prints what it found.
pub(crate) fn work(memberships: &str, directory: &str, quick: bool) -> anyhow::Result<()> {
    let figures = measure(memberships.parse()?, Path::new(directory), quick)?;
    println!("{}", serde_json::to_string(&figures)?);
    Ok(())
}

pub(crate) fn run(run: &Run) -> anyhow::Result<()> {
    let mut section = Section::new("growth", "Growth", METHOD);
    let sizes: &[usize] = if run.quick { &[100_000] } else { &[100_000, 1_000_000, 10_000_000] };
    let (mut found, mut failed) = (Vec::new(), Vec::new());
    for size in sizes {
        let label = format!("{} memberships", thousands(*size as u64));
        println!("{label} …");
        match child(run, *size) {
            Ok(figures) => found.push(figures),
            Err(error) => failed.push((label, error)),
        }
    }
    if !found.is_empty() {
        section.table(table(&found));
        targets(&mut section, &found);
        notes(&mut section, &found);
    }
    if let Err(error) = policies::run(&mut section, run.quick) {
        failed.push(("the growing policy".to_owned(), error));
    }
    for (what, error) in &failed {
        section.note(format!("{what}: not measured: {error:#}."));
    }
    section.finish(run)?;
    if !failed.is_empty() {
        bail!("without {}", failed.iter().map(|(what, _)| what.as_str()).collect::<Vec<_>>().join(", "));
    }
    Ok(())
}

fn targets(section: &mut Section, found: &[Figures]) {
    let (Some(first), Some(last)) = (found.first(), found.last()) else { return };
    let at = format!("{} memberships", thousands(last.memberships as u64));
    if found.len() > 1 {
        let why = "Of a question about any of so many users and channels nothing is in the processor's caches: the time is that of memory, as the \
                   floor's row beside it shows.";
        for (name, small, large) in [("ask", first.ask_spread, last.ask_spread), ("check", first.check_spread, last.check_spread)] {
            let over = large / small;
            section.target(
                &format!("`{name}`, spread, {at} over the smallest"),
                "at most 4 ×",
                format!("{} ×", ratio(over)),
                over <= 4.0,
                why,
            );
        }
    }
    let bytes = last.bytes as f64 / last.memberships as f64;
    let why =
        "Users and channels, with their names, are counted among it: a tenth as many users as memberships, and a tenth as many channels.";
    section.target(&format!("memory per membership, all in, {at}"), "at most 32 B", format!("{bytes:.1} B"), bytes <= 32.0, why);
    let why = "SQLite reads about three million rows a second, and one writer applies them; the look at the whole file takes the other core from them.";
    for (what, seconds) in [("load", last.loads), ("a start, with the look at the whole file", last.starts)] {
        section.target(&format!("{what}, {at}"), "at most 10 s", format!("{seconds:.2} s"), seconds <= 10.0, why);
    }
}

fn child(run: &Run, size: usize) -> anyhow::Result<Figures> {
    let directory = tempfile::tempdir()?;
    let mut command = Command::new(run.program("bench-engine"));
    command.args(["grow", &size.to_string()]).arg(directory.path()).stderr(Stdio::inherit());
    // What was freed is given back at once, so that what is left is what is held.
    command.env("MIMALLOC_PURGE_DELAY", "0");
    if run.quick {
        command.arg("--quick");
    }
    let output = command.output()?;
    if !output.status.success() {
        bail!("the process with {size} memberships ended with {}", output.status);
    }
    serde_json::from_slice(&output.stdout).context("the process did not say what it found")
}

fn table(found: &[Figures]) -> Table {
    let mut columns = vec!["".to_owned()];
    columns.extend(found.iter().map(|figures| format!("{} memberships", thousands(figures.memberships as u64))));
    columns.push("last ÷ first".to_owned());
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut table = Table::new("Targets: at ten million at most 4 × the time, 32 bytes a membership, loaded in at most 10 s.", &columns);
    type Row = (&'static str, fn(&Figures) -> f64, fn(f64) -> String);
    let seconds: fn(f64) -> String = |seconds| ns(seconds * 1e9);
    let bytes: fn(f64) -> String = |bytes| format!("{bytes:.1} B");
    let count: fn(f64) -> String = |count| thousands(count.round() as u64);
    let rows: [Row; 31] = [
        ("users", |f| f.users as f64, count),
        ("channels", |f| f.channels as f64, count),
        ("decisions compared, four ways each", |f| f.verified as f64, count),
        ("floor, handles, hot", |f| f.floor_hot, ns),
        ("floor, handles, spread", |f| f.floor_spread, ns),
        ("`ask`, hot", |f| f.ask_hot, ns),
        ("`ask`, spread", |f| f.ask_spread, ns),
        ("`ask_batch` of 100, spread, each", |f| f.ask_batch, ns),
        ("floor, names, hot", |f| f.floor_names_hot, ns),
        ("floor, names, spread", |f| f.floor_names_spread, ns),
        ("`check`, hot", |f| f.check_hot, ns),
        ("`check`, spread", |f| f.check_spread, ns),
        ("`check_batch` of 100, spread, each", |f| f.check_batch, ns),
        ("`ask`, hot, beside a writer at full speed", |f| f.beside_one.hot, ns),
        ("`ask`, spread, beside a writer at full speed", |f| f.beside_one.spread, ns),
        ("changes a second by that writer", |f| f.beside_one.changes, count),
        ("`ask`, hot, beside one that commits ten changes at a time", |f| f.beside_ten.hot, ns),
        ("`ask`, spread, beside one that commits ten changes at a time", |f| f.beside_ten.spread, ns),
        ("changes a second by that writer", |f| f.beside_ten.changes, count),
        ("memory, bytes per membership, all in", |f| f.bytes as f64 / f.memberships as f64, bytes),
        ("of that, for the memberships themselves", |f| f.member_bytes as f64 / f.memberships as f64, bytes),
        ("disk, bytes per membership", |f| f.disk_bytes as f64 / f.memberships as f64, bytes),
        ("store is opened, after a look at the whole file", |f| f.store_opens, seconds),
        ("store is read", |f| f.store_reads, seconds),
        ("loads: store is read and the app answers", |f| f.loads, seconds),
        ("a start: the look at the file and the load, side by side", |f| f.starts, seconds),
        ("change of a membership seen, p50", |f| f.seen_p50, ns),
        ("change of a membership seen, p99", |f| f.seen_p99, ns),
        ("change of a membership seen, worst", |f| f.seen_worst, ns),
        ("change of a role's grants seen, p50", |f| f.grants_seen_p50, ns),
        ("longest part of a load (10,000 changes, a table grows)", |f| f.grows_ns, ns),
    ];
    for (label, figure, form) in rows {
        let mut cells = vec![label.to_owned()];
        cells.extend(found.iter().map(|figures| form(figure(figures))));
        if let (Some(first), Some(last)) = (found.first(), found.last()) {
            let over = figure(last) / figure(first);
            cells.push(if over.is_finite() { ratio(over) } else { "–".to_owned() });
        }
        table.row(cells);
    }
    table
}

fn notes(section: &mut Section, found: &[Figures]) {
    if let Some(last) = found.last() {
        section.note(format!("Memory of the largest, with everything: {}.", megabytes(last.bytes)));
    }
    section.note(
        "Lists (the members of a channel, the channels of a user) take no memory: the store answers them from its indexes, which the disk figure holds.",
    );
    section.note("Beside a writer it is wall-clock time, which holds what the reader repeats when a change comes between and the time that it waits; both threads share one small machine. No durable writer is that fast: the section on writes has those.");
}
