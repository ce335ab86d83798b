//! The benchmark's policy as a Hallpass catalogue, and its world as changes.

use std::collections::{BTreeMap, BTreeSet};

use bench_dataset::{Kind, Overrides, Permissions, World, action_name, permission_id, team_name, user_name};
use hallpass::{
    ActionLevel, ActionSpec, Alternative, App, Catalogue, Change, Channel, ChannelState, ChannelTypeSpec, Condition, Exemptions, Grant,
    Holder, LayerLevel, LayerSpec, Level, Limits, Member, Modifier, OwnerOf, PermissionSpec, Profile, Reason, Revision, RoleLevel,
    RoleSpec, Settings, Standing, User,
};

/// One layer of user role and channel role, as in the Stream profile; three ways to be allowed per action. Bans, frozen channels and slow
/// mode stand before the grants, as they do for real: the floor and the peers are spared that.
pub(crate) fn profile(world: &World) -> anyhow::Result<Profile> {
    let (user_roles, channel_roles) = world.roles.split_at(world.shape.user_roles);
    let role = |level| move |(at, id): (usize, &String)| RoleSpec { id: id.clone(), level, default: at == 0 };
    let everything = Permissions(u64::MAX);
    let default_grants: BTreeMap<Level, BTreeMap<String, Vec<Grant>>> = world
        .types
        .iter()
        .zip(&world.grants)
        .map(|(name, grants)| {
            let of_roles = world.roles.iter().zip(grants).map(|(role, held)| (role.clone(), grants_of(*held)));
            (Level::ChannelType(name.clone()), of_roles.collect())
        })
        .collect();
    let catalogue = Catalogue {
        profile: "bench".to_owned(),
        limits: Limits::default(),
        settings: Settings { teams: true, checks_disabled: false },
        roles: user_roles
            .iter()
            .enumerate()
            .map(role(RoleLevel::User))
            .chain(channel_roles.iter().enumerate().map(role(RoleLevel::Channel)))
            .collect(),
        anonymous_role: None,
        owner_role: None,
        everybody_group: None,
        features: Vec::new(),
        channel_types: world.types.iter().map(|name| ChannelTypeSpec { name: name.clone(), features_off: BTreeSet::new() }).collect(),
        channel_type_template: world.types.first().cloned().unwrap_or_default(),
        layers: vec![LayerSpec {
            name: "grants".to_owned(),
            holders: vec![Holder::TeamRole, Holder::ChannelRole],
            level: LayerLevel::Action,
            refusal: Reason::NoGrant,
        }],
        permissions: everything
            .iter()
            .map(|(action, kind)| PermissionSpec {
                id: permission_id(action, kind),
                layers: Vec::new(),
                level: Some(ActionLevel::Channel),
                contains: Vec::new(),
                unlisted: false,
                description: String::new(),
            })
            .collect(),
        actions: (0..bench_dataset::ACTIONS).map(action_spec).collect(),
        exemptions: Exemptions::default(),
        default_grants: BTreeMap::from([("grants".to_owned(), default_grants)]),
    };
    Ok(Profile::custom(catalogue)?)
}

fn grants_of(held: Permissions) -> Vec<Grant> {
    held.iter().map(|(action, kind)| Grant::plain(permission_id(action, kind))).collect()
}

fn action_spec(action: usize) -> ActionSpec {
    let everything = Permissions(u64::MAX);
    let ways = Kind::ALL.into_iter().filter(|kind| everything.has(action, *kind)).map(|kind| Alternative {
        all: vec![permission_id(action, kind)],
        when: match kind {
            Kind::Any => vec![],
            Kind::Owner => vec![Condition::Owner],
            Kind::Team => vec![Condition::SameTeam],
        },
    });
    ActionSpec {
        name: action_name(action),
        level: ActionLevel::Channel,
        resource: "Message".to_owned(),
        owner: OwnerOf::Resource,
        write: true,
        channel: ChannelState::Live,
        refused_when: [Standing::Banned, Standing::Frozen, Standing::Disabled, Standing::SlowMode].into(),
        feature: None,
        any_of: ways.collect(),
        description: String::new(),
    }
}

/// The facts of the world, in an order in which they can be made.
pub(crate) fn facts(world: &World) -> anyhow::Result<Vec<Change>> {
    let mut changes = Vec::with_capacity(world.users.len() + world.channels.len() + world.memberships());
    for (number, user) in world.users.iter().enumerate() {
        changes.push(Change::UserPut(User {
            id: user_name(number as u32),
            roles: vec![world.roles[usize::from(user.role)].clone()],
            teams: (0..8u8).filter(|team| user.teams >> team & 1 == 1).map(team_name).collect(),
            ..User::default()
        }));
    }
    for (number, channel) in world.channels.iter().enumerate() {
        let id: hallpass::ChannelId = world.channel_name(number as u32).parse()?;
        changes.push(Change::ChannelPut(Channel {
            team: Some(team_name(channel.team)),
            modifiers: channel.overrides.as_ref().map(|overrides| modifiers(world, overrides)).unwrap_or_default(),
            ..Channel::new(id.clone())
        }));
        for (user, role) in &channel.members {
            let roles = vec![world.roles[usize::from(*role)].clone()];
            changes.push(Change::MemberPut(Member { channel: id.clone(), user: user_name(*user), roles, invited: false }));
        }
    }
    Ok(changes)
}

/// Overrides as modifiers. What is both given and revoked is revoked: the last word counts.
pub(crate) fn modifiers(world: &World, overrides: &Overrides) -> BTreeMap<String, Vec<Modifier>> {
    let of_role = |(role, given, revoked): &(u16, Permissions, Permissions)| {
        let given = grants_of(*given).into_iter().map(Modifier::Give);
        let revoked = revoked.iter().map(|(action, kind)| Modifier::Revoke(permission_id(action, kind)));
        (world.roles[usize::from(*role)].clone(), given.chain(revoked).collect())
    };
    overrides.roles.iter().map(of_role).collect()
}

/// The world in an app.
pub(crate) fn app(world: &World) -> anyhow::Result<App> {
    let app = App::new(profile(world)?);
    for (number, part) in facts(world)?.chunks(10_000).enumerate() {
        app.apply_committed(Revision(number as u64 + 1), part);
    }
    Ok(app)
}
