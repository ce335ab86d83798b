//! One command of a task: shown while it runs, remembered when it fails, its summary lines repeated at the end.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};

/// What happened so far.
#[derive(Default)]
pub(crate) struct Report {
    failures: Vec<String>,
    summaries: Vec<String>,
}

impl Report {
    /// Runs a command that is expected to succeed. A failure is noted; the answer says whether it is worth going on.
    pub(crate) fn step(&mut self, name: &str, command: &mut Command) -> bool {
        self.step_with_summary(name, command, |_| false)
    }

    /// Runs a command, and keeps those lines of its output that sum it up.
    pub(crate) fn step_with_summary(&mut self, name: &str, command: &mut Command, is_summary: fn(&str) -> bool) -> bool {
        println!("\n=== {name}");
        let mut kept = Vec::new();
        let result = run(command, |line| {
            if is_summary(line) {
                kept.push(line.trim().to_owned());
            }
        });
        self.summaries.extend(kept.into_iter().map(|line| format!("{name}: {line}")));
        match result {
            Ok(()) => true,
            Err(error) => {
                self.fail(name, &error);
                false
            }
        }
    }

    /// Notes a failure.
    pub(crate) fn fail(&mut self, name: &str, error: &anyhow::Error) {
        eprintln!("{name} failed: {error:#}");
        self.failures.push(format!("{name}: {error:#}"));
    }

    /// Repeats the runners' own summaries and says how it went; an error if anything failed.
    pub(crate) fn conclude(self, took: Duration) -> anyhow::Result<()> {
        println!("\n=== summary");
        for line in &self.summaries {
            println!("{line}");
        }
        if self.failures.is_empty() {
            println!("all passed in {} s", took.as_secs());
            return Ok(());
        }
        bail!("{} failed after {} s:\n- {}", self.failures.len(), took.as_secs(), self.failures.join("\n- "))
    }
}

/// Runs a command, passes its output through line by line as it comes, and shows each line to `each_line`.
fn run(command: &mut Command, mut each_line: impl FnMut(&str)) -> anyhow::Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().with_context(|| format!("`{program}` does not run"))?;
    let output = child.stdout.take().context("no output to read")?;
    let mut reader = BufReader::new(output);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        std::io::stdout().lock().write_all(&line)?;
        each_line(&String::from_utf8_lossy(&line));
        line.clear();
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("`{program}` ended with {status}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cargo(argument: &str) -> Command {
        let mut command = Command::new(env!("CARGO"));
        command.arg(argument);
        command
    }

    #[test]
    fn what_succeeds_is_summed_up_in_its_own_words() {
        let mut report = Report::default();
        assert!(report.step_with_summary("version", &mut cargo("--version"), |line| line.starts_with("cargo ")));
        assert_eq!(report.summaries.len(), 1, "{:?}", report.summaries);
        assert!(report.summaries[0].starts_with("version: cargo "), "{:?}", report.summaries);
        assert!(report.conclude(Duration::ZERO).is_ok());
    }

    #[test]
    fn one_failure_fails_the_whole_and_is_named() {
        let mut report = Report::default();
        assert!(report.step("version", &mut cargo("--version")));
        assert!(!report.step("nonsense", &mut cargo("--no-such-flag")));
        let error = report.conclude(Duration::from_secs(3)).unwrap_err().to_string();
        assert!(error.starts_with("1 failed after 3 s:\n- nonsense: "), "{error}");
    }

    #[test]
    fn a_program_that_is_not_there_is_a_failure() {
        let mut report = Report::default();
        assert!(!report.step("ghost", &mut Command::new("no-such-program-anywhere")));
        assert!(report.conclude(Duration::ZERO).unwrap_err().to_string().contains("`no-such-program-anywhere` does not run"));
    }
}
