//! A server in the comparison: running, filled, and able to be asked.

use anyhow::{Context, bail};
use bench_dataset::{Question, World};
use serde_json::Value;

use super::asked::Asked;
use super::program::Program;
use super::wrk::Load;

/// A server that answers the questions.
pub(crate) struct Contender {
    pub(crate) label: String,
    pub(crate) program: Program,
    pub(crate) single: Load,
    /// `None` where the row is about something else.
    pub(crate) batch: Option<Load>,
    /// Reads the decisions out of an answer; empty means that it decides nothing.
    pub(crate) decisions: fn(&Value) -> Vec<bool>,
    /// How many singles and batches are compared with the rule.
    pub(crate) verify: (usize, usize),
}

impl Contender {
    /// Compares answers with the rule.
    pub(crate) fn verify(&self, world: &World, asked: &Asked) -> anyhow::Result<usize> {
        let agent = ureq::Agent::new_with_defaults();
        let mut compared = 0;
        let (singles, batches) = self.verify;
        let singles =
            asked.singles.iter().map(std::slice::from_ref).zip(&self.single.bodies).take(singles).map(|pair| (&self.single, pair));
        let batch_bodies = self.batch.iter().flat_map(|load| load.bodies.iter().map(move |body| (load, body)));
        let batches =
            asked.batches.iter().map(Vec::as_slice).zip(batch_bodies).take(batches).map(|(asked, (load, body))| (load, (asked, body)));
        for (load, (asked, body)) in singles.chain(batches) {
            let answer = post(&agent, load, body)?;
            let decisions = (self.decisions)(&answer);
            let right: Vec<bool> = asked.iter().map(|question: &Question| question.allowed(world)).collect();
            if decisions != right {
                bail!("{}: asked {body}, it answers {answer}, the rule says {right:?}", self.label);
            }
            compared += right.len();
        }
        Ok(compared)
    }
}

/// Sends a body; the answer as JSON.
pub(crate) fn post(agent: &ureq::Agent, load: &Load, body: &str) -> anyhow::Result<Value> {
    let mut request = agent.post(&load.url);
    for (name, value) in &load.headers {
        request = request.header(name, value);
    }
    let text = request.config().http_status_as_error(false).build().send(body)?.body_mut().read_to_string()?;
    serde_json::from_str(&text).with_context(|| format!("{} answered {text}", load.url))
}

/// Sends requests over one connection, one after the other, bodies in rotation.
pub(crate) fn send_many(load: &Load, count: usize) -> anyhow::Result<()> {
    let agent = ureq::Agent::new_with_defaults();
    if load.bodies.is_empty() {
        for _ in 0..count {
            agent.get(&load.url).call()?.body_mut().read_to_vec()?;
        }
    }
    for body in load.bodies.iter().cycle().take(if load.bodies.is_empty() { 0 } else { count }) {
        post(&agent, load, body)?;
    }
    Ok(())
}

/// The headers of a JSON body.
pub(crate) fn json() -> Vec<(String, String)> {
    vec![("Content-Type".to_owned(), "application/json".to_owned())]
}
