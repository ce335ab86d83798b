//! The bare server.

use std::process::Command;

use super::asked::Asked;
use super::contender::{Contender, json};
use super::program::Program;
use super::wrk::Load;
use crate::section::Run;

/// Two rows: a constant, and a body that is parsed first.
pub(crate) fn start(run: &Run, directory: &std::path::Path, asked_as: &Contender, _: &Asked) -> anyhow::Result<[Contender; 2]> {
    let start = |name: &str| -> anyhow::Result<(Program, String)> {
        let mut program = Program::start(name, &mut Command::new(run.program("bench-hello")), directory)?;
        let url = program.wait_for_line("http://")?;
        Ok((program, url))
    };
    let (program, url) = start("hello")?;
    let hello = Contender {
        label: "axum, GET of a constant".to_owned(),
        program,
        single: Load { url, bodies: Vec::new(), headers: Vec::new() },
        batch: None,
        decisions: |_| Vec::new(),
        verify: (0, 0),
    };
    let (program, url) = start("hello-json")?;
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
