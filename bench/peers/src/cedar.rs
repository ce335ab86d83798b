//! Cedar: an entity store, action groups, and one policy set per channel type that the host picks.

use std::collections::{HashMap, HashSet};

use anyhow::Context as _;
use bench_dataset::{ACTIONS, Engine, Kind, Permissions, Question, World, action_name, team_name, user_name};
use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, Request, RestrictedExpression,
};

pub(crate) struct PerType {
    authorizer: Authorizer,
    entities: Entities,
    /// One per type, and one for channels with grants of their own.
    policies: Vec<PolicySet>,
    /// Which of them a channel has.
    set_of: HashMap<String, usize>,
    user: EntityTypeName,
    channel: EntityTypeName,
    actions: Vec<EntityUid>,
    /// By action, for something of somebody else's and for one's own.
    contexts: Vec<[Context; 2]>,
    asked: Vec<Asked>,
}

struct Asked {
    user: String,
    channel: String,
    action: usize,
    owner: String,
}

fn uid(kind: &str, id: &str) -> anyhow::Result<EntityUid> {
    Ok(EntityUid::from_type_name_and_id(kind.parse()?, EntityId::new(id)))
}

fn group(channel_type: &str, role: &str, kind: Kind) -> String {
    format!("{channel_type}/{role}/{}", kind.name())
}

/// The scope and condition of a policy for a role.
fn holder(world: &World, role: usize) -> (String, String) {
    let name = &world.roles[role];
    if role < world.shape.user_roles {
        (format!("principal in Role::\"{name}\""), "true".to_owned())
    } else {
        ("principal".to_owned(), format!("principal in resource.{name}"))
    }
}

fn condition(kind: Kind) -> &'static str {
    match kind {
        Kind::Any => "true",
        Kind::Owner => "context.own",
        Kind::Team => "principal.teams.contains(resource.team)",
    }
}

fn policy(scope: &str, action: &str, conditions: [&str; 3]) -> String {
    let conditions: Vec<&str> = conditions.into_iter().filter(|condition| *condition != "true").collect();
    let when = if conditions.is_empty() { String::new() } else { format!(" when {{ {} }}", conditions.join(" && ")) };
    format!("permit({scope}, {action}, resource){when};\n")
}

fn policies(world: &World) -> anyhow::Result<Vec<PolicySet>> {
    let mut sets = Vec::new();
    for (channel_type, grants) in world.types.iter().zip(&world.grants) {
        let mut text = String::new();
        for (role, held) in grants.iter().enumerate() {
            let (scope, is_holder) = holder(world, role);
            for kind in Kind::ALL {
                if (0..ACTIONS).any(|action| held.has(action, kind)) {
                    let action = format!("action in Action::\"{}\"", group(channel_type, &world.roles[role], kind));
                    text += &policy(&scope, &action, [&is_holder, condition(kind), "true"]);
                }
            }
        }
        sets.push(text.parse()?);
    }
    let mut text = String::new();
    for (role, name) in world.roles.iter().enumerate() {
        let (scope, is_holder) = holder(world, role);
        for kind in Kind::ALL {
            let is_held = format!("resource.{name}_{}.contains(context.action)", kind.name());
            text += &policy(&scope, "action", [&is_holder, condition(kind), &is_held]);
        }
    }
    sets.push(text.parse()?);
    Ok(sets)
}

fn entities(world: &World) -> anyhow::Result<Entities> {
    let mut entities = Vec::new();
    let mut parents: Vec<HashSet<EntityUid>> = Vec::with_capacity(world.users.len());
    for user in &world.users {
        parents.push(HashSet::from([uid("Role", &world.roles[usize::from(user.role)])?]));
    }
    for (number, channel) in world.channels.iter().enumerate() {
        let name = world.channel_name(number as u32);
        let mut attributes = HashMap::from([("team".to_owned(), RestrictedExpression::new_string(team_name(channel.team)))]);
        for role in &world.roles[world.shape.user_roles..] {
            attributes.insert(role.clone(), RestrictedExpression::new_entity_uid(uid("ChannelRole", &format!("{name}/{role}"))?));
        }
        for (user, role) in &channel.members {
            parents[*user as usize].insert(uid("ChannelRole", &format!("{name}/{}", world.roles[usize::from(*role)]))?);
        }
        if channel.overrides.is_some() {
            for (role, role_name) in world.roles.iter().enumerate() {
                let held = world.held(number as u32, role as u16);
                for kind in Kind::ALL {
                    let actions = (0..ACTIONS).filter(|action| held.has(*action, kind)).map(action_name);
                    let set = RestrictedExpression::new_set(actions.map(RestrictedExpression::new_string));
                    attributes.insert(format!("{role_name}_{}", kind.name()), set);
                }
            }
        }
        entities.push(Entity::new(uid("Channel", &name)?, attributes, HashSet::new())?);
    }
    for (number, (user, parents)) in world.users.iter().zip(parents).enumerate() {
        let teams = (0..8u8).filter(|team| user.teams >> team & 1 == 1).map(team_name).map(RestrictedExpression::new_string);
        let attributes = HashMap::from([("teams".to_owned(), RestrictedExpression::new_set(teams))]);
        entities.push(Entity::new(uid("User", &user_name(number as u32))?, attributes, parents)?);
    }
    for action in 0..ACTIONS {
        let mut groups = HashSet::new();
        for (channel_type, grants) in world.types.iter().zip(&world.grants) {
            for (held, role) in grants.iter().zip(&world.roles) {
                for kind in Kind::ALL.into_iter().filter(|kind| held.has(action, *kind)) {
                    groups.insert(uid("Action", &group(channel_type, role, kind))?);
                }
            }
        }
        entities.push(Entity::new_no_attrs(uid("Action", &action_name(action))?, groups));
    }
    Ok(Entities::from_entities(entities, None)?)
}

impl Engine for PerType {
    fn load(world: &World, asked: &[Question]) -> anyhow::Result<Self> {
        debug_assert_eq!(Permissions::COUNT, 40);
        let set_of = world.channels.iter().enumerate().map(|(number, channel)| {
            let set = if channel.overrides.is_some() { world.types.len() } else { usize::from(channel.channel_type) };
            (world.channel_name(number as u32), set)
        });
        let context = |action: usize, own: bool| {
            let name = RestrictedExpression::new_string(action_name(action));
            Context::from_pairs([("action".to_owned(), name), ("own".to_owned(), RestrictedExpression::new_bool(own))])
        };
        let contexts = (0..ACTIONS).map(|action| Ok([context(action, false)?, context(action, true)?]));
        Ok(Self {
            authorizer: Authorizer::new(),
            entities: entities(world)?,
            policies: policies(world)?,
            set_of: set_of.collect(),
            user: "User".parse()?,
            channel: "Channel".parse()?,
            actions: (0..ACTIONS).map(|action| uid("Action", &action_name(action))).collect::<Result<_, _>>()?,
            contexts: contexts.collect::<anyhow::Result<_>>().context("a context")?,
            asked: asked
                .iter()
                .map(|question| Asked {
                    user: user_name(question.user),
                    channel: world.channel_name(question.channel),
                    action: question.action,
                    owner: user_name(question.owner),
                })
                .collect(),
        })
    }

    fn allowed(&mut self, question: usize) -> bool {
        let Asked { user, channel, action, owner } = &self.asked[question];
        let context = &self.contexts[*action][usize::from(user == owner)];
        let principal = EntityUid::from_type_name_and_id(self.user.clone(), EntityId::new(user));
        let resource = EntityUid::from_type_name_and_id(self.channel.clone(), EntityId::new(channel));
        let Ok(request) = Request::new(principal, self.actions[*action].clone(), resource, context.clone(), None) else { return false };
        let policies = &self.policies[self.set_of[channel]];
        self.authorizer.is_authorized(&request, policies, &self.entities).decision() == Decision::Allow
    }
}
