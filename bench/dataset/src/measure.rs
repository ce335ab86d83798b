//! One engine, one process: a conversation over standard input and output, so that a conductor can take turns among engines.

use std::io::{BufRead, Write};
use std::ops::Range;
use std::time::Instant;

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

use crate::{Question, Shape, World, cpu_time, questions, resident_bytes};

/// Questions of the hot set: all that they touch stays in the processor's caches.
pub const HOT: usize = 64;
/// Questions of the spread set.
pub const SPREAD: usize = 65_536;

/// An engine that holds the world.
pub trait Engine: Sized {
    /// Holds the world and has the questions in the form in which its callers would have them.
    fn load(world: &World, questions: &[Question]) -> anyhow::Result<Self>;

    /// Answers one question.
    fn allowed(&mut self, question: usize) -> bool;

    /// Answers questions in a row; says how many are allowed.
    fn pass(&mut self, range: Range<usize>) -> usize {
        range.filter(|question| std::hint::black_box(self.allowed(std::hint::black_box(*question)))).count()
    }

    /// How many of its answers differ from the rule.
    fn wrong(&mut self, world: &World, asked: &[Question]) -> usize {
        asked.iter().enumerate().filter(|(number, question)| self.allowed(*number) != question.allowed(world)).count()
    }
}

/// The answer to `load`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Loaded {
    /// Growth of memory.
    pub bytes: u64,
    /// Time taken, with the questions' form.
    pub ms: f64,
}

/// The answer to `verify N`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Verified {
    /// Questions compared with the rule.
    pub asked: usize,
    /// Answers that differ.
    pub wrong: usize,
}

/// The answer to `pass FROM TO TIMES`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pass {
    /// Processor time per question.
    pub ns: f64,
}

/// Serves an engine until the input ends.
///
/// # Errors
/// When the engine does not load, or is asked what it does not understand.
pub fn serve<E: Engine>() -> anyhow::Result<()> {
    let world = World::new(Shape::BASE);
    let asked = questions(&world, SPREAD);
    let mut engine: Option<E> = None;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let number = |at: usize| -> anyhow::Result<usize> { Ok(words.get(at).context("a number is missing")?.parse()?) };
        let answer = match words.first().copied() {
            Some("load") => {
                let (before, started) = (resident_bytes(), Instant::now());
                engine = Some(E::load(&world, &asked)?);
                let bytes = resident_bytes().saturating_sub(before);
                serde_json::to_string(&Loaded { bytes, ms: started.elapsed().as_secs_f64() * 1e3 })?
            }
            Some("verify") => {
                let part = asked.get(..number(1)?).context("fewer questions are there")?;
                let wrong = engine.as_mut().context("load first")?.wrong(&world, part);
                serde_json::to_string(&Verified { asked: part.len(), wrong })?
            }
            Some("pass") => serde_json::to_string(&pass(engine.as_mut().context("load first")?, number(1)?..number(2)?, number(3)?))?,
            _ => bail!("what is '{line}'?"),
        };
        let mut out = std::io::stdout().lock();
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

/// One pass to warm up, and `times` that count.
fn pass<E: Engine>(engine: &mut E, range: Range<usize>, times: usize) -> Pass {
    std::hint::black_box(engine.pass(range.clone()));
    let started = cpu_time();
    for _ in 0..times {
        std::hint::black_box(engine.pass(range.clone()));
    }
    let taken = cpu_time() - started;
    Pass { ns: taken.as_nanos() as f64 / (range.len() * times) as f64 }
}
