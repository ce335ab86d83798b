//! Instructions, counted by valgrind: the figure that a busy machine does not change.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

/// Whether they can be counted here.
pub(crate) fn is_present() -> bool {
    let runs = |program: &str| Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    runs("valgrind") && runs("callgrind_control")
}

/// Why a table has no such column.
pub(crate) const ABSENT: &str = "Instructions are not counted here: valgrind is not installed.";

/// A program under callgrind, which counts nothing until [`count`] says so.
#[derive(Debug)]
pub(crate) struct Counter {
    out: PathBuf,
}

impl Counter {
    pub(crate) fn new(directory: &Path, name: &str) -> Self {
        Self { out: directory.join(format!("callgrind-{name}")) }
    }

    /// The command that runs a program so.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("valgrind");
        command.args(["--quiet", "--tool=callgrind", "--instr-atstart=no"]);
        command.arg(format!("--callgrind-out-file={}", self.out.display())).arg(program).stderr(Stdio::null());
        command
    }

    /// How many instructions the program (outside the kernel, all threads) takes for some work.
    pub(crate) fn count(&self, pid: u32, work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<f64> {
        control(&["-i", "on"], pid)?;
        work()?;
        control(&["-d"], pid)?;
        let dump = self.out.with_extension("1");
        let text = std::fs::read_to_string(&dump).with_context(|| format!("no counts in {}", dump.display()))?;
        let line = text.lines().find_map(|line| line.strip_prefix("summary:").or_else(|| line.strip_prefix("totals:")));
        let total = line.and_then(|line| line.split_whitespace().next()).context("no total among the counts")?;
        Ok(total.parse::<u64>()? as f64)
    }
}

fn control(what: &[&str], pid: u32) -> anyhow::Result<()> {
    let output = Command::new("callgrind_control").args(what).arg(pid.to_string()).output()?;
    if !output.status.success() {
        bail!("callgrind_control {}: {}", what.join(" "), String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}
