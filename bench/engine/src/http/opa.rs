//! OPA: the world as nested objects, direct look-ups. Its policy is that of the in-process peer, as a function so that batches can call it.

use std::path::Path;
use std::process::Command;

use bench_dataset::{Question, World, action_name, objects, user_name};
use serde_json::{Value, json};

use super::asked::Asked;
use super::contender::{Contender, json as json_headers};
use super::program::{Program, free_port};
use super::wrk::Load;

pub(crate) const PACKAGE: &str = "github.com/open-policy-agent/opa";
pub(crate) const VERSION: &str = "v1.22.2";

const POLICY: &str = "\
package chat

default allow := false

allow if decide(input)

batch := [answer(question) | some question in input.questions]

answer(q) := true if decide(q)

else := false

decide(q) if data.grants[data.channels[q.channel].scope][data.users[q.user].role][q.action].any

decide(q) if data.grants[data.channels[q.channel].scope][data.members[q.channel][q.user]][q.action].any

decide(q) if {
	q.owner == q.user
	data.grants[data.channels[q.channel].scope][data.users[q.user].role][q.action].owner
}

decide(q) if {
	q.owner == q.user
	data.grants[data.channels[q.channel].scope][data.members[q.channel][q.user]][q.action].owner
}

decide(q) if {
	data.users[q.user].teams[data.channels[q.channel].team]
	data.grants[data.channels[q.channel].scope][data.users[q.user].role][q.action].team
}

decide(q) if {
	data.users[q.user].teams[data.channels[q.channel].team]
	data.grants[data.channels[q.channel].scope][data.members[q.channel][q.user]][q.action].team
}
";

pub(crate) fn start(binary: &Path, directory: &Path, world: &World, asked: &Asked) -> anyhow::Result<Contender> {
    let directory = directory.join("opa");
    std::fs::create_dir_all(&directory)?;
    let (policy, data) = (directory.join("chat.rego"), directory.join("data.json"));
    std::fs::write(&policy, POLICY)?;
    std::fs::write(&data, objects(world).to_string())?;
    let address = format!("127.0.0.1:{}", free_port()?);
    let mut command = Command::new(binary);
    command.args(["run", "--server", "--log-level=error", "--disable-telemetry", "--addr", &address]).arg(&policy).arg(&data);
    let mut program = Program::start("opa", &mut command, &directory)?;
    program.wait_for_url(&format!("http://{address}/health"))?;
    let load = |rule: &str, bodies| Load { url: format!("http://{address}/v1/data/chat/{rule}"), bodies, headers: json_headers() };
    let many = |batch: &Vec<Question>| {
        json!({"input": {"questions": batch.iter().map(|question| input(world, question)).collect::<Vec<_>>()}}).to_string()
    };
    Ok(Contender {
        label: format!("OPA {VERSION}, /v1/data"),
        program,
        single: load("allow", asked.singles.iter().map(|question| json!({"input": input(world, question)}).to_string()).collect()),
        batch: Some(load("batch", asked.batches.iter().map(many).collect())),
        decisions: |answer| match &answer["result"] {
            Value::Array(decisions) => decisions.iter().map(|decision| *decision == true).collect(),
            decision => vec![*decision == true],
        },
        verify: (2_048, 32),
    })
}

fn input(world: &World, question: &Question) -> Value {
    json!({
        "user": user_name(question.user),
        "channel": world.channel_name(question.channel),
        "action": action_name(question.action),
        "owner": user_name(question.owner),
    })
}
