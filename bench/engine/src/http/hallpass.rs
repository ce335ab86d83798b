//! Hallpass itself: `hallpass serve`, an app made and filled through its native face, asked through AuthZEN.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};
use bench_dataset::{Question, World, action_name, user_name};
use hallpass::Change;
use serde_json::{Value, json};

use super::asked::Asked;
use super::contender::{Contender, json as json_headers};
use super::program::Program;
use super::wrk::Load;
use crate::engines::policy;

/// `command` runs the server's program; `directory` is made.
pub(crate) fn start(mut command: Command, directory: &Path, world: &World, asked: &Asked) -> anyhow::Result<Contender> {
    std::fs::create_dir_all(directory)?;
    let data = directory.join("data");
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(&data);
    let mut program = Program::start("hallpass", &mut command, directory)?;
    let listening = data.join("listening.json");
    let url = program.wait_for(|| {
        let listening: Value = serde_json::from_str(&std::fs::read_to_string(&listening).ok()?).ok()?;
        Some(listening["url"].as_str()?.to_owned())
    })?;
    let credentials: Value = serde_json::from_str(&std::fs::read_to_string(data.join("credentials.json"))?)?;
    let root_key = credentials["root_key"].as_str().context("no root key")?;
    let key = fill(&url, root_key, world)?;

    let mut headers = json_headers();
    headers.push(("Authorization".to_owned(), format!("Bearer {key}")));
    let load = |path: &str, bodies| Load { url: format!("{url}/access/v1/{path}"), bodies, headers: headers.clone() };
    Ok(Contender {
        label: "Hallpass, AuthZEN".to_owned(),
        program,
        single: load("evaluation", asked.singles.iter().map(|question| single(world, question)).collect()),
        batch: Some(load("evaluations", asked.batches.iter().map(|batch| many(world, batch)).collect())),
        decisions: |answer| match answer["evaluations"].as_array() {
            Some(evaluations) => evaluations.iter().map(|evaluation| evaluation["decision"] == true).collect(),
            None => vec![answer["decision"] == true],
        },
        verify: (usize::MAX, usize::MAX),
    })
}

fn fill(url: &str, root_key: &str, world: &World) -> anyhow::Result<String> {
    let bearer = format!("Bearer {root_key}");
    let profile = policy::profile(world)?;
    let app = json!({"id": "bench", "profile": "custom", "catalogue": profile.catalogue()});
    let made = ureq::post(&format!("{url}/v1/apps"))
        .header("Authorization", &bearer)
        .header("Content-Type", "application/json")
        .config()
        .http_status_as_error(false)
        .build()
        .send(app.to_string())?
        .body_mut()
        .read_to_string()?;
    let made: Value = serde_json::from_str(&made)?;
    let key = made["server_key"].as_str().with_context(|| format!("no app was made: {made}"))?.to_owned();
    let lines: Vec<String> = policy::facts(world)?
        .iter()
        .map(|change| match change {
            Change::UserPut(user) => json!({"user": user}).to_string(),
            Change::ChannelPut(channel) => json!({"channel": channel}).to_string(),
            Change::MemberPut(member) => json!({"member": member}).to_string(),
            _ => String::new(),
        })
        .collect();
    let report = ureq::post(&format!("{url}/v1/apps/bench/facts"))
        .header("Authorization", &bearer)
        .header("Content-Type", "application/x-ndjson")
        .config()
        .http_status_as_error(false)
        .build()
        .send(lines.join("\n"))?
        .body_mut()
        .read_to_string()?;
    let report: Value = serde_json::from_str(&report).with_context(|| report.clone())?;
    if report["written"] != lines.len() {
        bail!("not all facts were taken: {report}");
    }
    Ok(key)
}

fn resource(world: &World, question: &Question) -> Value {
    let properties = json!({"channel": world.channel_name(question.channel), "owner": user_name(question.owner)});
    json!({"type": "message", "id": "m-1", "properties": properties})
}

fn single(world: &World, question: &Question) -> String {
    let subject = json!({"type": "user", "id": user_name(question.user)});
    json!({"subject": subject, "action": {"name": action_name(question.action)}, "resource": resource(world, question)}).to_string()
}

fn many(world: &World, batch: &[Question]) -> String {
    let subject = json!({"type": "user", "id": user_name(batch[0].user)});
    let item = |question: &Question| json!({"action": {"name": action_name(question.action)}, "resource": resource(world, question)});
    json!({"subject": subject, "evaluations": batch.iter().map(item).collect::<Vec<_>>()}).to_string()
}
