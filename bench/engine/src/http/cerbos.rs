//! Cerbos: a policy per scope, derived roles for the channel roles. It holds no facts: roles, teams and ownership come with each question.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use bench_dataset::{ACTIONS, Kind, Permissions, Question, World, action_name, team_name, user_name};
use serde_json::{Value, json};

use super::asked::Asked;
use super::contender::{Contender, json as json_headers};
use super::program::{Program, free_port};
use super::wrk::Load;

const PACKAGE: &str = "@cerbos/cerbos-linux-x64";
pub(crate) const VERSION: &str = "0.55.0";

/// The server's binary; fetched with npm where it is not there yet.
pub(crate) fn binary(peers: &Path, may_fetch: bool) -> anyhow::Result<PathBuf> {
    let binary = peers.join("node_modules").join(PACKAGE).join("cerbos-linux-x64");
    if !binary.exists() && may_fetch {
        std::fs::create_dir_all(peers)?;
        let package = format!("{PACKAGE}@{VERSION}");
        let fetched = Command::new("npm").args(["install", "--no-audit", "--no-fund", "--prefix"]).arg(peers).arg(&package).status();
        fetched.with_context(|| "npm is not there".to_owned())?;
    }
    if !binary.exists() {
        bail!("{PACKAGE} {VERSION} is not installed");
    }
    Ok(binary)
}

fn rules(world: &World, held: &[Permissions]) -> Vec<Value> {
    let mut rules = Vec::new();
    for (role, held) in held.iter().enumerate() {
        for kind in Kind::ALL {
            let actions: Vec<String> = (0..ACTIONS).filter(|action| held.has(*action, kind)).map(action_name).collect();
            if actions.is_empty() {
                continue;
            }
            let holder = if role < world.shape.user_roles { "roles" } else { "derivedRoles" };
            let mut rule = json!({"actions": actions, "effect": "EFFECT_ALLOW", holder: [world.roles[role]]});
            let condition = match kind {
                Kind::Any => None,
                Kind::Owner => Some("R.attr.owner == P.id"),
                Kind::Team => Some("R.attr.team in P.attr.teams"),
            };
            if let Some(condition) = condition {
                rule["condition"] = json!({"match": {"expr": condition}});
            }
            rules.push(rule);
        }
    }
    rules
}

fn write_policies(world: &World, directory: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(directory)?;
    let derived = world.roles[world.shape.user_roles..].iter().map(
        |role| json!({"name": role, "parentRoles": ["*"], "condition": {"match": {"expr": format!("R.attr.member_role == {role:?}")}}}),
    );
    let derived =
        json!({"apiVersion": "api.cerbos.dev/v1", "derivedRoles": {"name": "channel", "definitions": derived.collect::<Vec<_>>()}});
    std::fs::write(directory.join("derived.json"), derived.to_string())?;
    for (scope, held) in world.scopes() {
        let policy = json!({"apiVersion": "api.cerbos.dev/v1", "resourcePolicy": {
            "version": "default", "resource": scope, "importDerivedRoles": ["channel"], "rules": rules(world, &held)}});
        std::fs::write(directory.join(format!("{scope}.json")), policy.to_string())?;
    }
    Ok(())
}

pub(crate) fn start(binary: &Path, directory: &Path, world: &World, asked: &Asked) -> anyhow::Result<Contender> {
    let directory = directory.join("cerbos");
    write_policies(world, &directory.join("policies"))?;
    let (http, grpc) = (free_port()?, free_port()?);
    let config = json!({
        "server": {"httpListenAddr": format!("127.0.0.1:{http}"), "grpcListenAddr": format!("127.0.0.1:{grpc}")},
        "storage": {"driver": "disk", "disk": {"directory": directory.join("policies"), "watchForChanges": false}},
        "telemetry": {"disabled": true},
        "audit": {"enabled": false},
    });
    let file = directory.join("config.yaml");
    std::fs::write(&file, config.to_string())?;
    let mut command = Command::new(binary);
    command.args(["server", "--log-level=error", "--config"]).arg(&file).env("CERBOS_NO_TELEMETRY", "1");
    let mut program = Program::start("cerbos", &mut command, &directory)?;
    let url = format!("http://127.0.0.1:{http}");
    program.wait_for_url(&format!("{url}/_cerbos/health"))?;
    let load = |bodies| Load { url: format!("{url}/api/check/resources"), bodies, headers: json_headers() };
    Ok(Contender {
        label: format!("Cerbos {VERSION}, /api/check/resources"),
        program,
        single: load(asked.singles.iter().map(|question| body(world, std::slice::from_ref(question))).collect()),
        batch: Some(load(asked.batches.iter().map(|batch| body(world, batch)).collect())),
        decisions: |answer| {
            let results = answer["results"].as_array().map_or(&[][..], Vec::as_slice);
            let is_allowed = |result: &Value| {
                result["actions"].as_object().is_some_and(|actions| actions.values().all(|effect| effect == "EFFECT_ALLOW"))
            };
            results.iter().map(is_allowed).collect()
        },
        verify: (2_048, 32),
    })
}

fn body(world: &World, batch: &[Question]) -> String {
    let user = batch[0].user;
    let facts = world.users[user as usize];
    let resource = |question: &Question| {
        let role = world.member_role(question.channel, user).map_or("", |role| world.roles[usize::from(role)].as_str());
        let team = team_name(world.channels[question.channel as usize].team);
        let attributes = json!({"owner": user_name(question.owner), "team": team, "member_role": role});
        let resource = json!({"kind": world.scope_name(question.channel), "id": world.channel_name(question.channel), "attr": attributes});
        json!({"resource": resource, "actions": [action_name(question.action)]})
    };
    let teams: Vec<String> = facts.team_names().collect();
    let principal = json!({"id": user_name(user), "roles": [world.roles[usize::from(facts.role)]], "attr": {"teams": teams}});
    json!({"principal": principal, "resources": batch.iter().map(resource).collect::<Vec<_>>()}).to_string()
}
