//! What a section found, kept beside the build so that sections can be run one by one, and the page that is made of them all.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use crate::table::Table;

/// What to run.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    /// The checkout.
    pub(crate) root: PathBuf,
    /// Where this program and its siblings lie.
    pub(crate) programs: PathBuf,
    /// A short run, to see that all works: its figures mean little, and the page is left alone.
    pub(crate) quick: bool,
}

impl Run {
    /// A program of this workspace.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.programs.join(name)
    }
}

/// Something that was to be reached, and whether it was.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Target {
    what: String,
    wanted: String,
    found: String,
    met: bool,
    /// What holds it back where it is not met.
    held_back: String,
}

/// The findings of one section.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Section {
    pub(crate) name: String,
    pub(crate) title: String,
    /// How it was measured.
    pub(crate) method: String,
    pub(crate) tables: Vec<Table>,
    /// What was to be reached.
    #[serde(default)]
    pub(crate) targets: Vec<Target>,
    /// What the reader should know about the figures.
    pub(crate) notes: Vec<String>,
    /// The day, and how busy the machine was.
    pub(crate) when: String,
}

impl Section {
    pub(crate) fn new(name: &str, title: &str, method: &str) -> Self {
        let when = format!("{}; load average before {}", today(), load_average());
        Self {
            name: name.to_owned(),
            title: title.to_owned(),
            method: method.to_owned(),
            tables: Vec::new(),
            targets: Vec::new(),
            notes: Vec::new(),
            when,
        }
    }

    /// Shows a table as soon as it is there.
    pub(crate) fn table(&mut self, table: Table) {
        println!("\n{}", table.markdown());
        self.tables.push(table);
    }

    /// `held_back` is shown where the target is not met.
    pub(crate) fn target(&mut self, what: &str, wanted: &str, found: String, met: bool, held_back: &str) {
        println!("{}: {what}: {found} (wanted: {wanted})", if met { "met" } else { "NOT MET" });
        let (what, wanted, held_back) = (what.to_owned(), wanted.to_owned(), held_back.to_owned());
        self.targets.push(Target { what, wanted, found, met, held_back });
    }

    pub(crate) fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        println!("- {note}");
        self.notes.push(note);
    }

    /// Keeps the findings, and writes the page anew.
    pub(crate) fn finish(self, run: &Run) -> anyhow::Result<()> {
        if run.quick {
            println!("\n(a quick run: docs/performance.md stays as it is)");
            return Ok(());
        }
        let kept = run.root.join("bench/target/findings");
        std::fs::create_dir_all(&kept)?;
        std::fs::write(kept.join(format!("{}.json", self.name)), serde_json::to_string_pretty(&self)?)?;
        let page = page(run, &kept)?;
        let at = run.root.join("docs/performance.md");
        std::fs::create_dir_all(run.root.join("docs"))?;
        std::fs::write(&at, page).with_context(|| format!("cannot write {}", at.display()))?;
        println!("\nwritten: {}", at.display());
        Ok(())
    }

    fn markdown(&self) -> String {
        let mut parts = vec![format!("## {}", self.title), self.method.clone(), format!("*Measured {}.*", self.when)];
        parts.extend(self.tables.iter().map(Table::markdown));
        if !self.notes.is_empty() {
            parts.push(self.notes.iter().map(|note| format!("- {note}")).collect::<Vec<_>>().join("\n"));
        }
        parts.join("\n\n")
    }
}

const INTRODUCTION: &str = "\
# Performance

<!-- Written by `cargo xtask bench`; edit bench/, not this page. -->

What a decision costs, how that grows, and how it compares, measured on one machine in one run. Compare ratios inside a table; absolute
figures are a hint, for the machine is small and shared. No engine's figure is shown before its decisions were compared with the rule as
written down plainly (`bench/dataset/src/question.rs`); an engine that differs is left out, with a note that says so. Instructions are counted by
valgrind's callgrind: they are exact, and the same on a busy machine.

```sh
cargo xtask bench                 # everything: about twenty minutes, and some more the first time, for building the peers
cargo xtask bench in-process      # one section: in-process, growth, http or writes
cargo xtask bench --quick         # a smoke test of a few minutes that leaves this page alone
```";

const DATA_SET: &str = "\
## Data set

SplitMix64, seed 42 for the world and 7 for the questions. 20,000 users (role user 70 %, guest 15, moderator 10, admin 5; one or two of 8
teams), 10,000 channels of 5 types, each with a team and 10 members (channel_member 90 %, channel_moderator 10 %): 100,000 memberships. 16
actions with 40 permissions: 16 outright, 16 for what one owns, 8 for one's team. 5 × 6 sets of grants by type and role, drawn with
chances that suit the role. Every tenth channel has grants of its own: two more and three fewer for each of four roles. 65,536 questions: any
channel, half of the users are members, three in ten about their own. The rule: *some role of the user, in the app or in the channel,
holds the permission outright, or for what one owns and the user owns it, or for one's team and the channel is in a team of theirs.*
Everyone answers exactly this; Hallpass alone also looks for bans, frozen and disabled channels and slow mode, names the reason, and names
the revision.";

/// The page, made of what all sections have found, whenever that was.
fn page(run: &Run, kept: &Path) -> anyhow::Result<String> {
    let mut sections = Vec::new();
    for name in crate::SECTIONS {
        if let Ok(json) = std::fs::read_to_string(kept.join(format!("{name}.json"))) {
            sections.push(serde_json::from_str::<Section>(&json).with_context(|| format!("the findings of {name} cannot be read"))?);
        }
    }
    let mut parts = vec![INTRODUCTION.to_owned()];
    parts.extend(targets(&sections));
    parts.extend([machine(run), DATA_SET.to_owned()]);
    parts.extend(sections.iter().map(Section::markdown));
    Ok(parts.join("\n\n") + "\n")
}

/// What was to be reached, what was found, and what holds back the rest.
fn targets(sections: &[Section]) -> Option<String> {
    let all: Vec<&Target> = sections.iter().flat_map(|section| &section.targets).collect();
    let mut table = Table::new("## Targets", &["", "wanted", "found", "met"]);
    for target in &all {
        table.row([&*target.what, &*target.wanted, &*target.found, if target.met { "yes" } else { "**no**" }]);
    }
    let held_back: Vec<String> = all.iter().filter(|t| !t.met).map(|t| format!("- *{}*: {}", t.what, t.held_back)).collect();
    let rest =
        if held_back.is_empty() { String::new() } else { format!("\n\nWhat holds back what is not met:\n\n{}", held_back.join("\n")) };
    (!all.is_empty()).then(|| table.markdown() + &rest)
}

fn machine(run: &Run) -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_once(':').map_or_else(String::new, |(_, value)| value.trim().to_owned())
    };
    let processor = field(&read("/proc/cpuinfo"), "model name");
    let memory = field(&read("/proc/meminfo"), "MemTotal");
    let memory: u64 = memory.trim_end_matches(" kB").parse().unwrap_or(0);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let rust = said(Command::new("rustc").arg("--version"));
    let kernel = said(Command::new("uname").args(["-sr"]));
    let commit = said(Command::new("git").current_dir(&run.root).args(["rev-parse", "--short", "HEAD"]));
    let locked = read(&run.root.join("bench/Cargo.lock").to_string_lossy());
    let version = |name: &str| {
        let entry = locked.split("[[package]]").find(|entry| entry.contains(&format!("name = \"{name}\"\n"))).unwrap_or_default();
        let line = entry.lines().find(|line| line.starts_with("version")).unwrap_or_default();
        format!("{name} {}", line.trim_start_matches("version = ").trim_matches('"'))
    };
    let versions = ["cedar-policy", "casbin", "regorus", "axum", "rusqlite"].map(version).join(", ");
    format!(
        "## Machine and versions\n\n{cores} cores of {processor}, {:.0} GB, {kernel}, a virtual machine. {rust}, release profile with thin LTO, \
         mimalloc for every engine. {versions}. Hallpass at commit {commit}.",
        memory as f64 / 1e6
    )
}

/// The first line that a command says.
pub(crate) fn said(command: &mut Command) -> String {
    let output = command.output().map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    output.lines().next().unwrap_or_default().trim().to_owned()
}

fn load_average() -> String {
    std::fs::read_to_string("/proc/loadavg").unwrap_or_default().split_whitespace().next().unwrap_or("unknown").to_owned()
}

/// Today in UTC, `YYYY-MM-DD` (days since the epoch to a date: Howard Hinnant's algorithm).
fn today() -> String {
    let days = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() / 86_400) as i64 + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_holds_all_that_was_found_whenever_it_was() {
        let kept = tempfile::tempdir().unwrap();
        let run = Run { root: kept.path().to_owned(), programs: PathBuf::new(), quick: false };
        for name in crate::SECTIONS {
            let mut section = Section::new(name, &format!("Title of {name}"), "How.");
            let mut table = Table::new("Times.", &["engine", "time"]);
            table.row(["a", "1 ns"]);
            section.table(table);
            section.note(format!("A note on {name}."));
            section.target(&format!("{name} is fast"), "at most 2", "3".to_owned(), name != "growth", "The disk.");
            section.finish(&Run { root: kept.path().to_owned(), ..run.clone() }).unwrap();
        }
        let page = std::fs::read_to_string(kept.path().join("docs/performance.md")).unwrap();
        for name in crate::SECTIONS {
            for part in [format!("\n## Title of {name}\n"), format!("\n- A note on {name}.\n"), format!("| {name} is fast")] {
                assert!(page.contains(&part), "{part} is missing in\n{page}");
            }
        }
        assert!(page.contains("What holds back what is not met:\n\n- *growth is fast*: The disk.\n"), "{page}");
        assert!(page.find("## Targets") < page.find("## Machine"), "{page}");
    }
}
