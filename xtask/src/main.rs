//! Development tasks, run as `cargo xtask TASK`.
//!
//! Needs Rust, and for the end-to-end suites Node and Python; everything else is fetched by the tasks themselves.

#![forbid(unsafe_code)]

mod bench;
mod javascript;
mod live_server;
mod python;
mod rust;
mod step;
mod toolchain;

use std::process::ExitCode;
use std::time::Instant;

use step::Report;

const USAGE: &str = "\
usage: cargo xtask test [rust|js|python]...
       cargo xtask bench [in-process|growth|http|writes]... [--quick]

  rust     format, lints, tests and docs of the workspace
  js       the vendors' JavaScript SDKs, and the README's commands, against live servers
  python   the vendors' Python SDKs against live servers

Without a part or section, all of them run. Benchmarks write docs/performance.md, unless they are quick.";

/// A part of `cargo xtask test`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Rust,
    JavaScript,
    Python,
}

impl Part {
    const ALL: [Self; 3] = [Self::Rust, Self::JavaScript, Self::Python];

    fn parse(word: &str) -> Option<Self> {
        match word {
            "rust" => Some(Self::Rust),
            "js" => Some(Self::JavaScript),
            "python" => Some(Self::Python),
            _ => None,
        }
    }
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let parts = match words.as_slice() {
        ["test"] => Part::ALL.to_vec(),
        ["test", named @ ..] => match named.iter().map(|word| Part::parse(word)).collect::<Option<Vec<_>>>() {
            Some(parts) => parts,
            None => {
                return usage(&format!("`{}` names a part that does not exist", named.join(" ")));
            }
        },
        ["bench", words @ ..] => {
            return match toolchain::workspace_root().and_then(|root| bench::run(&root, words)) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => {
                    eprintln!("\nerror: {error:#}");
                    ExitCode::FAILURE
                }
            };
        }
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => return usage("say what to do"),
    };
    match test(&parts) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn usage(problem: &str) -> ExitCode {
    eprintln!("error: {problem}\n\n{USAGE}");
    ExitCode::from(2)
}

/// Runs the parts in order. A part that fails does not keep the others from running; the answer is at the end.
fn test(parts: &[Part]) -> anyhow::Result<()> {
    let started = Instant::now();
    let root = toolchain::workspace_root()?;
    // All tools are looked for first: a missing one should not show up after ten minutes of building.
    let tools = toolchain::Tools::find(parts.contains(&Part::JavaScript), parts.contains(&Part::Python))?;

    let mut report = Report::default();
    if parts.contains(&Part::Rust) {
        rust::run(&root, &mut report);
    }
    if let Some(node) = &tools.node {
        javascript::run(&root, node, &mut report);
    }
    if let Some(python) = &tools.python {
        python::run(&root, python, &mut report);
    }
    report.conclude(started.elapsed())
}
