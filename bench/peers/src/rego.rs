//! regorus: the world as nested objects, six bodies of direct look-ups, compiled for its register virtual machine.

use bench_dataset::{ACTIONS, Engine, Kind, Permissions, Question, World, action_name, team_name, user_name};
use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::RegoVM;
use regorus::{Engine as Rego, Value};
use serde_json::{Map, json};

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

/// The world for the policy.
fn data(world: &World) -> serde_json::Value {
    let by_role = |held: &dyn Fn(u16) -> Permissions| -> serde_json::Value {
        let roles = world.roles.iter().enumerate().map(|(role, name)| {
            let held = held(role as u16);
            let actions = (0..ACTIONS).filter_map(|action| {
                let kinds: Map<_, _> =
                    Kind::ALL.into_iter().filter(|kind| held.has(action, *kind)).map(|kind| (kind.name().to_owned(), true.into())).collect();
                (!kinds.is_empty()).then(|| (action_name(action), kinds.into()))
            });
            (name.clone(), actions.collect::<Map<_, _>>().into())
        });
        roles.collect::<Map<_, _>>().into()
    };
    let mut grants: Map<String, serde_json::Value> =
        world.types.iter().zip(&world.grants).map(|(name, grants)| (name.clone(), by_role(&|role| grants[usize::from(role)]))).collect();
    let mut channels = Map::new();
    let mut members = Map::new();
    for (number, channel) in world.channels.iter().enumerate() {
        let name = world.channel_name(number as u32);
        let scope = if channel.overrides.is_some() { name.clone() } else { world.types[usize::from(channel.channel_type)].clone() };
        if channel.overrides.is_some() {
            grants.insert(scope.clone(), by_role(&|role| world.held(number as u32, role)));
        }
        let roles = channel.members.iter().map(|(user, role)| (user_name(*user), world.roles[usize::from(*role)].clone().into()));
        members.insert(name.clone(), roles.collect::<Map<_, _>>().into());
        channels.insert(name, json!({"scope": scope, "team": team_name(channel.team)}));
    }
    let users = world.users.iter().enumerate().map(|(number, user)| {
        let teams: Map<_, _> = (0..8u8).filter(|team| user.teams >> team & 1 == 1).map(|team| (team_name(team), true.into())).collect();
        (user_name(number as u32), json!({"role": world.roles[usize::from(user.role)], "teams": teams}))
    });
    json!({"grants": grants, "channels": channels, "members": members, "users": users.collect::<Map<_, _>>()})
}

impl Engine for Machine {
    fn load(world: &World, asked: &[Question]) -> anyhow::Result<Self> {
        let mut rego = Rego::new();
        rego.add_policy("chat.rego".to_owned(), POLICY.to_owned())?;
        let compiled = rego.compile_with_entrypoint(&ALLOW.into())?;
        let program = Compiler::compile_from_policy(&compiled, &[ALLOW])?;
        let mut machine = RegoVM::new_with_policy(compiled);
        machine.load_program(program);
        machine.set_data(Value::from(data(world)))?;
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
