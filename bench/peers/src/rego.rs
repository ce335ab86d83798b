//! regorus: the world as nested objects, six bodies of direct look-ups, compiled for its register virtual machine.

use bench_dataset::{Engine, Question, World, action_name, objects, user_name};
use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::RegoVM;
use regorus::{Engine as Rego, Value};
use serde_json::json;

const ALLOW: &str = "data.chat.allow";

/// Grants lie below scope, role, action and kind. What a body names that is not there makes it fail.
const POLICY: &str = r#"
package chat

default allow := false

allow if data.grants[data.channels[input.channel].scope][data.users[input.user].role][input.action].any

allow if data.grants[data.channels[input.channel].scope][data.members[input.channel][input.user]][input.action].any

allow if {
    input.owner == input.user
    data.grants[data.channels[input.channel].scope][data.users[input.user].role][input.action].owner
}

allow if {
    input.owner == input.user
    data.grants[data.channels[input.channel].scope][data.members[input.channel][input.user]][input.action].owner
}

allow if {
    data.users[input.user].teams[data.channels[input.channel].team]
    data.grants[data.channels[input.channel].scope][data.users[input.user].role][input.action].team
}

allow if {
    data.users[input.user].teams[data.channels[input.channel].team]
    data.grants[data.channels[input.channel].scope][data.members[input.channel][input.user]][input.action].team
}
"#;

pub(crate) struct Machine {
    machine: RegoVM,
    inputs: Vec<Value>,
}

impl Engine for Machine {
    fn load(world: &World, asked: &[Question]) -> anyhow::Result<Self> {
        let mut rego = Rego::new();
        rego.add_policy("chat.rego".to_owned(), POLICY.to_owned())?;
        let compiled = rego.compile_with_entrypoint(&ALLOW.into())?;
        let program = Compiler::compile_from_policy(&compiled, &[ALLOW])?;
        let mut machine = RegoVM::new_with_policy(compiled);
        machine.load_program(program);
        machine.set_data(Value::from(objects(world)))?;
        let input = |question: &Question| {
            Value::from(json!({
                "user": user_name(question.user),
                "channel": world.channel_name(question.channel),
                "action": action_name(question.action),
                "owner": user_name(question.owner),
            }))
        };
        Ok(Self { machine, inputs: asked.iter().map(input).collect() })
    }

    fn allowed(&mut self, question: usize) -> bool {
        self.machine.set_input(self.inputs[question].clone());
        self.machine.execute().is_ok_and(|value| value == Value::from(true))
    }
}
