//! The bare server.

use std::path::Path;
use std::process::Command;

use super::contender::{Contender, json};
use super::program::Program;
use super::wrk::Load;
use crate::section::Run;

/// A constant, and a body that is parsed first.
pub(crate) fn start(run: &Run, directory: &Path, asked_as: &Contender) -> anyhow::Result<[Contender; 2]> {
    let command = || Command::new(run.program("bench-hello"));
    let hello = bare(command(), directory, "hello")?;
    let (program, url) = listening(command(), directory, "hello-json")?;
    let load = |like: &Load| Load { url: url.clone(), bodies: like.bodies.clone(), headers: json() };
    let parse = Contender {
        label: "axum, the same bodies parsed, a constant".to_owned(),
        program,
        single: load(&asked_as.single),
        batch: asked_as.batch.as_ref().map(load),
        decisions: |_| Vec::new(),
        verify: (0, 0),
    };
    Ok([hello, parse])
}

/// Nothing but HTTP.
pub(crate) fn bare(command: Command, directory: &Path, name: &str) -> anyhow::Result<Contender> {
    let (program, url) = listening(command, directory, name)?;
    Ok(Contender {
        label: "axum, GET of a constant".to_owned(),
        program,
        single: Load { url, bodies: Vec::new(), headers: Vec::new() },
        batch: None,
        decisions: |_| Vec::new(),
        verify: (0, 0),
    })
}

fn listening(mut command: Command, directory: &Path, name: &str) -> anyhow::Result<(Program, String)> {
    let mut program = Program::start(name, &mut command, directory)?;
    let url = program.wait_for_line("http://")?;
    Ok((program, url))
}
