//! casbin: an enforcer per scope, so that each holds only the lines that can matter; the host looks up scope, roles and teams.

use std::collections::HashMap;

use bench_dataset::{Engine, Question, World, action_name, user_name};
use casbin::{CoreApi, DefaultModel, Enforcer, MemoryAdapter, MgmtApi};

/// The action comes first: it decides most lines.
const MODEL: &str = r#"
[request_definition]
r = user_role, member_role, act, own, team

[policy_definition]
p = role, act, kind

[policy_effect]
e = some(where (p.eft == allow))

[matchers]
m = r.act == p.act && (r.user_role == p.role || r.member_role == p.role) && (p.kind == "any" || (p.kind == "owner" && r.own == "y") || (p.kind == "team" && r.team == "y"))
"#;

pub(crate) struct PerScope {
    scopes: Vec<Enforcer>,
    roles: Vec<String>,
    users: HashMap<String, (u16, u8)>,
    channels: HashMap<String, (usize, u8, HashMap<String, u16>)>,
    asked: Vec<[String; 4]>,
}

fn lines(world: &World, held: impl Fn(u16) -> bench_dataset::Permissions) -> Vec<Vec<String>> {
    let roles = world.roles.iter().enumerate();
    roles
        .flat_map(|(role, name)| {
            let permissions: Vec<_> = held(role as u16).iter().collect();
            permissions.into_iter().map(|(action, kind)| vec![name.clone(), action_name(action), kind.name().to_owned()])
        })
        .collect()
}

impl Engine for PerScope {
    fn load(world: &World, asked: &[Question]) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let enforcer = |lines: Vec<Vec<String>>| -> anyhow::Result<Enforcer> {
            runtime.block_on(async {
                let mut enforcer = Enforcer::new(DefaultModel::from_str(MODEL).await?, MemoryAdapter::default()).await?;
                enforcer.enable_auto_save(false);
                enforcer.add_policies(lines).await?;
                Ok(enforcer)
            })
        };
        let mut scopes = Vec::new();
        for grants in &world.grants {
            scopes.push(enforcer(lines(world, |role| grants[usize::from(role)]))?);
        }
        let mut channels = HashMap::new();
        for (number, channel) in world.channels.iter().enumerate() {
            let scope = if channel.overrides.is_some() {
                scopes.push(enforcer(lines(world, |role| world.held(number as u32, role)))?);
                scopes.len() - 1
            } else {
                usize::from(channel.channel_type)
            };
            let members = channel.members.iter().map(|(user, role)| (user_name(*user), *role)).collect();
            channels.insert(world.channel_name(number as u32), (scope, channel.team, members));
        }
        let named = |question: &Question| {
            [user_name(question.user), world.channel_name(question.channel), action_name(question.action), user_name(question.owner)]
        };
        Ok(Self {
            scopes,
            roles: world.roles.clone(),
            users: world.users.iter().enumerate().map(|(number, user)| (user_name(number as u32), (user.role, user.teams))).collect(),
            channels,
            asked: asked.iter().map(named).collect(),
        })
    }

    fn allowed(&mut self, question: usize) -> bool {
        let [user, channel, action, owner] = &self.asked[question];
        let (Some((role, teams)), Some((scope, team, members))) = (self.users.get(user), self.channels.get(channel)) else { return false };
        let member_role = members.get(user).map_or("", |role| self.roles[usize::from(*role)].as_str());
        let yes = |yes: bool| if yes { "y" } else { "n" };
        let request =
            (self.roles[usize::from(*role)].as_str(), member_role, action.as_str(), yes(user == owner), yes(teams >> team & 1 == 1));
        self.scopes[*scope].enforce(request).unwrap_or(false)
    }
}
