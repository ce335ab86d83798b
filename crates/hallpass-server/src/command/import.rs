//! `hallpass import`: facts in bulk.

use std::fs::File;
use std::io::{self, BufReader, IsTerminal as _, Read};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;
use ureq::SendBody;

use super::client::{AppChoice, Server, problem};

const REFUSED_LINES: u8 = 2;
/// Refused lines that are shown to a person; --json has more.
const SHOWN: usize = 20;

#[derive(Args)]
#[command(after_help = "Each line is a JSON object with one key that says what it is:
  {\"user\": {\"id\": \"ana\"}}
  {\"channel\": {\"id\": \"messaging:general\", \"owner\": \"ana\"}}
  {\"member\": {\"channel\": \"messaging:general\", \"user\": \"ana\"}}
  {\"relation\": {\"kind\": \"ban\", \"user\": \"eve\"}}
  {\"remove\": {\"user\": \"eve\"}}

Exit status: 0 all lines are written, 2 some were refused, or nothing could be sent.")]
pub(crate) struct Import {
    /// The facts, one JSON object a line ('-': standard input)
    file: PathBuf,
    /// Write all lines or, if one is refused, none
    #[arg(long)]
    all_or_nothing: bool,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    app: AppChoice,
    #[command(flatten)]
    server: Server,
}

impl Import {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let client = self.server.for_app(&self.app.app)?;
        let (reader, bytes): (Box<dyn Read>, Option<u64>) = if self.file.as_os_str() == "-" {
            (Box::new(io::stdin()), None)
        } else {
            let file = File::open(&self.file).with_context(|| format!("cannot read {}", self.file.display()))?;
            let bytes = file.metadata().ok().map(|metadata| metadata.len());
            (Box::new(BufReader::new(file)), bytes)
        };
        // A wrong key is told before anything is sent.
        client.get(&format!("/v1/apps/{}", self.app.app))?;
        let bar = progress(bytes);
        let mode = if self.all_or_nothing { "all_or_nothing" } else { "each_line" };
        let path = format!("/v1/apps/{}/facts?mode={mode}", self.app.app);
        // The server reads on only when what it has read is durable, so what has been sent is a fair measure.
        let body = SendBody::from_owned_reader(bar.wrap_read(reader));
        let mut response = client.send(&path, "application/x-ndjson", body)?;
        bar.finish_and_clear();
        let text = response.body_mut().read_to_string()?;
        let report: Value = serde_json::from_str(&text).context("the answer is not JSON; is this a hallpass server?")?;
        if let Some(problem) = problem(&report) {
            bail!("{problem}");
        }
        if self.json {
            println!("{report}")
        } else {
            show(&report)
        }
        let count = |key: &str| report.get(key).and_then(Value::as_u64).unwrap_or_default();
        let whole = count("refused") == 0 && report.get("stopped").is_none();
        Ok(if whole { ExitCode::SUCCESS } else { ExitCode::from(REFUSED_LINES) })
    }
}

/// A bar on a terminal; nothing elsewhere.
fn progress(bytes: Option<u64>) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = bytes.map_or_else(ProgressBar::no_length, ProgressBar::new);
    let template = if bytes.is_some() {
        "{bar:40} {percent:>3} %  {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left"
    } else {
        "{spinner} {bytes}, {bytes_per_sec}"
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

fn show(report: &Value) {
    let count = |key: &str| report.get(key).and_then(Value::as_u64).unwrap_or_default();
    println!("{} lines: {} written, {} refused; revision {}", count("lines"), count("written"), count("refused"), count("revision"));
    let errors = report.get("errors").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    for error in errors.iter().take(SHOWN) {
        let line = error.get("line").and_then(Value::as_u64).unwrap_or_default();
        let message = error.get("message").and_then(Value::as_str).unwrap_or_default();
        println!("  line {line}: {message}");
    }
    if errors.len() > SHOWN {
        println!("  … and {} more; --json shows them", count("refused") - SHOWN as u64);
    }
    if let Some(stopped) = report.get("stopped").and_then(|stopped| stopped.get("message")).and_then(Value::as_str) {
        println!("  stopped: {stopped}");
    }
}
