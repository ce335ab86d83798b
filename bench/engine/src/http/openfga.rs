//! OpenFGA: roles, memberships, teams and grants as relations. Who owns the message comes with the question, as a contextual tuple.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};
use bench_dataset::{ACTIONS, Kind, Permissions, Question, World, action_name, team_name, user_name};
use serde_json::{Value, json};

use super::asked::Asked;
use super::contender::{Contender, json as json_headers, post};
use super::program::{Program, free_port};
use super::wrk::Load;

pub(crate) const PACKAGE: &str = "github.com/openfga/openfga/cmd/openfga";
pub(crate) const VERSION: &str = "v1.22.1";

/// Tuples of one write.
const WRITE: usize = 1_000;
const CHANNEL_ROLES: [&str; 2] = ["channel_member", "channel_moderator"];

/// The relation of a scope that says who holds a permission: user roles by name, a channel role by letting everybody through.
fn held_by(action: usize, kind: Kind, channel_role: Option<&str>) -> String {
    let permission = format!("{}_{}", action_name(action), kind.name());
    channel_role.map_or_else(|| permission.clone(), |role| format!("{permission}_{role}"))
}

fn direct(kinds: &[Value]) -> (Value, Value) {
    (json!({"this": {}}), json!({"directly_related_user_types": kinds}))
}

fn type_definition(name: &str, relations: impl IntoIterator<Item = (String, (Value, Value))>) -> Value {
    let (mut rewrites, mut metadata) = (serde_json::Map::new(), serde_json::Map::new());
    for (relation, (rewrite, types)) in relations {
        rewrites.insert(relation.clone(), rewrite);
        metadata.insert(relation, types);
    }
    json!({"type": name, "relations": rewrites, "metadata": {"relations": metadata}})
}

fn model() -> Value {
    let user = json!({"type": "user"});
    let computed = |relation: &str| json!({"computedUserset": {"relation": relation}});
    let from = |tupleset: &str, relation: &str| json!({"tupleToUserset": {"tupleset": {"relation": tupleset}, "computedUserset": {"relation": relation}}});
    let union = |child: Vec<Value>| json!({"union": {"child": child}});
    let both = |child: Vec<Value>| json!({"intersection": {"child": child}});
    let everything = Permissions(u64::MAX);

    let mut scope = Vec::new();
    for (action, kind) in everything.iter() {
        scope.push((held_by(action, kind, None), direct(&[json!({"type": "role", "relation": "assignee"})])));
        let wildcard = json!({"type": "user", "wildcard": {}});
        scope.extend(CHANNEL_ROLES.map(|role| (held_by(action, kind, Some(role)), direct(std::slice::from_ref(&wildcard)))));
    }
    let mut channel: Vec<(String, (Value, Value))> = vec![
        ("scope".to_owned(), direct(&[json!({"type": "scope"})])),
        ("team".to_owned(), direct(&[json!({"type": "team"})])),
        ("owner".to_owned(), direct(std::slice::from_ref(&user))),
        ("in_team".to_owned(), (from("team", "member"), json!({}))),
    ];
    channel.extend(CHANNEL_ROLES.map(|role| (role.to_owned(), direct(std::slice::from_ref(&user)))));
    for action in 0..ACTIONS {
        let ways = Kind::ALL.into_iter().filter(|kind| everything.has(action, *kind)).map(|kind| {
            let mut holders = vec![from("scope", &held_by(action, kind, None))];
            holders.extend(CHANNEL_ROLES.map(|role| both(vec![computed(role), from("scope", &held_by(action, kind, Some(role)))])));
            match kind {
                Kind::Any => union(holders),
                Kind::Owner => both(vec![computed("owner"), union(holders)]),
                Kind::Team => both(vec![computed("in_team"), union(holders)]),
            }
        });
        channel.push((action_name(action), (union(ways.collect()), json!({}))));
    }
    json!({"schema_version": "1.1", "type_definitions": [
        {"type": "user"},
        type_definition("role", [("assignee".to_owned(), direct(std::slice::from_ref(&user)))]),
        type_definition("team", [("member".to_owned(), direct(std::slice::from_ref(&user)))]),
        type_definition("scope", scope),
        type_definition("channel", channel),
    ]})
}

fn tuple(user: impl Into<String>, relation: impl Into<String>, object: impl Into<String>) -> Value {
    json!({"user": user.into(), "relation": relation.into(), "object": object.into()})
}

fn channel_object(channel: u32) -> String {
    format!("channel:channel-{channel}")
}

fn tuples(world: &World) -> Vec<Value> {
    let mut tuples = Vec::new();
    for (number, user) in world.users.iter().enumerate() {
        let name = format!("user:{}", user_name(number as u32));
        tuples.push(tuple(&name, "assignee", format!("role:{}", world.roles[usize::from(user.role)])));
        tuples.extend(user.team_names().map(|team| tuple(&name, "member", format!("team:{team}"))));
    }
    for (number, channel) in world.channels.iter().enumerate() {
        let object = channel_object(number as u32);
        tuples.push(tuple(format!("scope:{}", world.scope_name(number as u32)), "scope", &object));
        tuples.push(tuple(format!("team:{}", team_name(channel.team)), "team", &object));
        let members = channel
            .members
            .iter()
            .map(|(user, role)| tuple(format!("user:{}", user_name(*user)), &world.roles[usize::from(*role)], &object));
        tuples.extend(members);
    }
    for (scope, held) in world.scopes() {
        for (role, held) in world.roles.iter().zip(held) {
            let channel_role = CHANNEL_ROLES.iter().copied().find(|channel_role| channel_role == role);
            let holder = channel_role.map_or_else(|| format!("role:{role}#assignee"), |_| "user:*".to_owned());
            tuples.extend(held.iter().map(|(action, kind)| tuple(&holder, held_by(action, kind, channel_role), format!("scope:{scope}"))));
        }
    }
    tuples
}

pub(crate) fn start(binary: &Path, directory: &Path, world: &World, asked: &Asked) -> anyhow::Result<Contender> {
    let directory = directory.join("openfga");
    std::fs::create_dir_all(&directory)?;
    let database = ["--datastore-engine", "sqlite", "--datastore-uri"];
    let uri = format!("file:{}", directory.join("openfga.db").display());
    let migrated = Command::new(binary).arg("migrate").args(database).arg(&uri).output()?;
    if !migrated.status.success() {
        bail!("openfga migrate: {}", String::from_utf8_lossy(&migrated.stderr));
    }
    let (http, grpc) = (free_port()?, free_port()?);
    let mut command = Command::new(binary);
    command.arg("run").args(database).arg(&uri).args([
        "--http-addr",
        &format!("127.0.0.1:{http}"),
        "--grpc-addr",
        &format!("127.0.0.1:{grpc}"),
        "--playground-enabled=false",
        "--metrics-enabled=false",
        "--log-level=error",
        &format!("--max-tuples-per-write={WRITE}"),
    ]);
    let mut program = Program::start("openfga", &mut command, &directory)?;
    let url = format!("http://127.0.0.1:{http}");
    program.wait_for_url(&format!("{url}/healthz"))?;

    let agent = ureq::Agent::new_with_defaults();
    let call = |path: &str, body: &Value| {
        post(&agent, &Load { url: format!("{url}{path}"), bodies: Vec::new(), headers: json_headers() }, &body.to_string())
    };
    let text = |answer: &Value, field: &str| answer[field].as_str().map(str::to_owned).with_context(|| format!("no {field} in {answer}"));
    let store = text(&call("/stores", &json!({"name": "bench"}))?, "id")?;
    let model = text(&call(&format!("/stores/{store}/authorization-models"), &model())?, "authorization_model_id")?;
    for part in tuples(world).chunks(WRITE) {
        let written = call(&format!("/stores/{store}/write"), &json!({"writes": {"tuple_keys": part}, "authorization_model_id": model}))?;
        if written.get("code").is_some() {
            bail!("openfga refused tuples: {written}");
        }
    }
    let check = |question: &Question| {
        let object = channel_object(question.channel);
        let owner = tuple(format!("user:{}", user_name(question.owner)), "owner", &object);
        json!({
            "tuple_key": tuple(format!("user:{}", user_name(question.user)), action_name(question.action), &object),
            "contextual_tuples": {"tuple_keys": [owner]},
        })
    };
    let single = |question: &Question| {
        let mut body = check(question);
        body["authorization_model_id"] = json!(model);
        body.to_string()
    };
    let many = |batch: &Vec<Question>| {
        let checks = batch.iter().enumerate().map(|(number, question)| {
            let mut one = check(question);
            one["correlation_id"] = json!(number.to_string());
            one
        });
        json!({"authorization_model_id": model, "checks": checks.collect::<Vec<_>>()}).to_string()
    };
    let load = |path: &str, bodies| Load { url: format!("{url}/stores/{store}/{path}"), bodies, headers: json_headers() };
    Ok(Contender {
        label: format!("OpenFGA {VERSION} (SQLite), /check"),
        program,
        single: load("check", asked.singles.iter().map(single).collect()),
        batch: Some(load("batch-check", asked.batches.iter().map(many).collect())),
        decisions: |answer| match answer["result"].as_object() {
            Some(results) => (0..results.len()).map(|number| results[&number.to_string()]["allowed"] == true).collect(),
            None => vec![answer["allowed"] == true],
        },
        verify: (1_024, 8),
    })
}
