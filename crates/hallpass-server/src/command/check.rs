//! `hallpass check`: one decision, or many from a file.

use std::io::{BufRead, BufReader, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use hallpass_server::limits::BATCH_QUESTIONS;
use serde_json::{Value, json};

use super::client::{AppChoice, Client, Server, problem};
use super::question::QuestionArguments;

const REFUSED: u8 = 1;
const ERROR: u8 = 2;

#[derive(Args)]
#[command(after_help = "Examples:
  hallpass check ben CreateMessage messaging:general
  hallpass check ben UpdateMessage message/m-1 --in messaging:general --owner ana
  hallpass check --file questions.ndjson --json

Exit status: 0 allowed (all of them), 1 refused (any of them), 2 error.")]
pub(crate) struct Check {
    #[command(flatten)]
    question: QuestionArguments,
    /// Read questions from a file, one JSON object a line, in the shape of AuthZEN ('-': standard input)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["subject", "action"])]
    file: Option<PathBuf>,
    /// Answer in JSON: one object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    app: AppChoice,
    #[command(flatten)]
    server: Server,
}

impl Check {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let client = self.server.for_app(&self.app.app)?;
        let path = format!("/v1/apps/{}/check", self.app.app);
        match &self.file {
            None => {
                let answer = client.post(&path, &self.question.to_json()?)?;
                self.show(&answer)?;
                Ok(ExitCode::from(status(&answer)))
            }
            Some(file) => self.check_all(&client, &path, reader(file)?),
        }
    }

    /// Asks in batches, and answers line by line, in order.
    fn check_all(&self, client: &Client, path: &str, lines: Box<dyn BufRead>) -> anyhow::Result<ExitCode> {
        let mut worst = 0;
        let mut batch = Vec::new();
        let mut numbered = lines.lines().enumerate();
        loop {
            let line = numbered.next();
            let ended = line.is_none();
            if let Some((index, line)) = line {
                let line = line.with_context(|| format!("line {}", index + 1))?;
                if line.trim().is_empty() {
                    continue;
                }
                batch.push(serde_json::from_str::<Value>(&line).with_context(|| format!("line {}", index + 1))?);
            }
            if batch.len() == BATCH_QUESTIONS || ended && !batch.is_empty() {
                let answers = client.post(path, &json!({"questions": std::mem::take(&mut batch)}))?;
                let Some(decisions) = answers.get("decisions").and_then(Value::as_array) else { bail!("the answer has no decisions") };
                for answer in decisions {
                    worst = worst.max(status(answer));
                    self.show(answer)?;
                }
            }
            if ended {
                return Ok(ExitCode::from(worst));
            }
        }
    }

    fn show(&self, answer: &Value) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        if self.json {
            writeln!(out, "{answer}")?;
        } else if let Some(problem) = problem(answer) {
            writeln!(out, "error    {problem}")?;
        } else {
            let text = |key: &str| answer.get(key).and_then(Value::as_str).unwrap_or_default();
            writeln!(out, "{}  {}: {}{}", word(answer), text("reason"), text("text"), hint(answer))?;
        }
        Ok(())
    }
}

/// `allowed` or `refused`, of one width.
pub(super) fn word(answer: &Value) -> &'static str {
    if answer.get("allowed").and_then(Value::as_bool) == Some(true) { "allowed" } else { "refused" }
}

/// The name that was meant, where the one that was asked about is unknown.
pub(super) fn hint(answer: &Value) -> String {
    answer.get("nearest").and_then(Value::as_str).map(|name| format!(" (did you mean '{name}'?)")).unwrap_or_default()
}

/// The exit status that an answer asks for.
pub(super) fn status(answer: &Value) -> u8 {
    match answer.get("allowed").and_then(Value::as_bool) {
        Some(true) => 0,
        Some(false) => REFUSED,
        None => ERROR,
    }
}

fn reader(file: &PathBuf) -> anyhow::Result<Box<dyn BufRead>> {
    if file.as_os_str() == "-" {
        return Ok(Box::new(BufReader::new(std::io::stdin())));
    }
    let opened = std::fs::File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(Box::new(BufReader::new(opened)))
}
