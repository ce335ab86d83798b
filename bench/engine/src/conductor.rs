//! Engines in processes of their own, taking turns.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, bail};
use serde::de::DeserializeOwned;

/// A process that holds one engine.
pub(crate) struct Worker {
    engine: String,
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Worker {
    /// `command` runs the program that has the engine.
    pub(crate) fn start(mut command: Command, engine: &str) -> anyhow::Result<Self> {
        let mut child = command
            .args(["worker", engine])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} does not run", command.get_program().to_string_lossy()))?;
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().context("no output to read")?);
        Ok(Self { engine: engine.to_owned(), child, input, output })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Gives an order and waits for its answer.
    pub(crate) fn order<T: DeserializeOwned>(&mut self, order: &str) -> anyhow::Result<T> {
        let input = self.input.as_mut().context("the worker is gone")?;
        writeln!(input, "{order}").with_context(|| format!("{} does not listen", self.engine))?;
        input.flush()?;
        let mut line = String::new();
        if self.output.read_line(&mut line)? == 0 {
            bail!("{} ended at '{order}'", self.engine);
        }
        serde_json::from_str(&line).with_context(|| format!("{} answered '{order}' with {line}", self.engine))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // A worker ends when its input does.
        self.input = None;
        let _it_may_have_ended_already = self.child.wait();
    }
}
