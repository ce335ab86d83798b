//! The world as nested objects, for engines that take JSON.

use serde_json::{Map, Value, json};

use crate::{ACTIONS, Kind, Permissions, World, action_name, team_name, user_name};

/// `grants` by scope, role, action and kind; `channels` with scope and team; `members` by channel and user; `users` with role and teams.
pub fn objects(world: &World) -> Value {
    let mut grants: Map<String, Value> = world
        .types
        .iter()
        .zip(&world.grants)
        .map(|(name, grants)| (name.clone(), by_role(world, |role| grants[usize::from(role)])))
        .collect();
    let mut channels = Map::new();
    let mut members = Map::new();
    for (number, channel) in world.channels.iter().enumerate() {
        let name = world.channel_name(number as u32);
        let scope = world.scope_name(number as u32);
        if channel.overrides.is_some() {
            grants.insert(scope.clone(), by_role(world, |role| world.held(number as u32, role)));
        }
        let roles = channel.members.iter().map(|(user, role)| (user_name(*user), world.roles[usize::from(*role)].clone().into()));
        members.insert(name.clone(), roles.collect::<Map<_, _>>().into());
        channels.insert(name, json!({"scope": scope, "team": team_name(channel.team)}));
    }
    let users = world.users.iter().enumerate().map(|(number, user)| {
        let teams: Map<_, _> = user.team_names().map(|team| (team, true.into())).collect();
        (user_name(number as u32), json!({"role": world.roles[usize::from(user.role)], "teams": teams}))
    });
    json!({"grants": grants, "channels": channels, "members": members, "users": users.collect::<Map<_, _>>()})
}

fn by_role(world: &World, held: impl Fn(u16) -> Permissions) -> Value {
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
}
