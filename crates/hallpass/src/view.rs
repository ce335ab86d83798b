//! The world and the policy as values, for whoever shows or changes them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::catalogue::{ActionLevel, Condition, RoleLevel};
use crate::change::{Channel, Client, CustomPermission, Grant, Level, Member, Relation, Token, User};
use crate::id::ChannelId;
use crate::policy::{MAX_FEATURES, Policy};
use crate::world::Sight;
use crate::world::relations::{towards_app, towards_channel, towards_user};

/// A role of an app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RoleView {
    /// Name.
    pub name: String,
    /// Made by the app.
    pub custom: bool,
    /// Whom it may be given to; custom roles may be given to users and members.
    pub level: Option<RoleLevel>,
    /// Where it holds grants, in any layer.
    pub scopes: Vec<Level>,
    /// Live users who have it, as their role or in a team.
    pub users: u64,
}

/// A permission of an app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PermissionView {
    /// Id.
    pub id: String,
    /// The actions that it helps to allow.
    pub actions: Vec<String>,
    /// The vendor's word for the kind of resource of the first action.
    pub resource: String,
    /// The subject must own the resource.
    pub owner: bool,
    /// Subject and resource must share a team.
    pub same_team: bool,
    /// Where it may be granted; `None` is anywhere.
    pub level: Option<ActionLevel>,
    /// Made by the app.
    pub custom: bool,
    /// Shown in the vendor's list.
    pub listed: bool,
    /// What it opens.
    pub description: String,
}

pub(crate) fn user(sight: Sight<'_>, id: &str) -> Option<User> {
    let record = sight.user(sight.user_index(id)?);
    let policy = sight.policy();
    let teams = sight.team_set(record.teams)?;
    record.present.then(|| User {
        id: id.to_owned(),
        roles: sight.role_set(record.roles).iter().map(|role| policy.role_name(*role).to_owned()).collect(),
        teams: teams.teams.iter().map(|team| sight.team_name(*team).to_owned()).collect(),
        teams_role: teams
            .roles
            .iter()
            .map(|(team, role)| (sight.team_name(*team).to_owned(), policy.role_name(*role).to_owned()))
            .collect(),
        attributes: sight.attributes(record.attributes).cloned().unwrap_or_default(),
        deactivated: record.deactivated,
        deleted: record.deleted,
    })
}

pub(crate) fn channel(sight: Sight<'_>, id: &str) -> Option<Channel> {
    let record = sight.channel(sight.channel_index(id)?);
    let policy = sight.policy();
    let extras = sight.extras(record.extras)?;
    let owner = record.owner.checked_sub(1).map(|owner| (owner, sight.user_name(owner)));
    record.present.then_some(())?;
    Some(Channel {
        id: id.parse::<ChannelId>().ok()?,
        // A name that is bound to another number by now belongs to somebody else.
        owner: owner.filter(|(owner, name)| sight.user_index(name) == Some(*owner)).map(|(_, name)| name),
        team: record.team.checked_sub(1).map(|team| sight.team_name(team).to_owned()),
        access: extras.access.iter().map(|group| sight.team_name(*group).to_owned()).collect(),
        frozen: record.frozen,
        disabled: record.disabled,
        cooldown_s: extras.cooldown_s,
        features_off: feature_names(policy, extras.features_off),
        features_on: feature_names(policy, extras.features_on),
        modifiers: sight.modifier_source(record.modifiers).cloned().unwrap_or_default(),
        deleted: record.deleted,
    })
}

fn feature_names(policy: &Policy, bits: u64) -> BTreeSet<String> {
    let features = policy.source.catalogue.features.iter().take(MAX_FEATURES).enumerate();
    features.filter(|(at, _)| bits >> at & 1 == 1).map(|(_, name)| name.clone()).collect()
}

pub(crate) fn member(sight: Sight<'_>, channel: &str, user: &str) -> Option<Member> {
    let policy = sight.policy();
    let index = sight.channel_index(channel)?;
    let roles = sight.member(index, sight.user_index(user)?).filter(|_| sight.channel(index).present)?;
    Some(Member {
        channel: channel.parse().ok()?,
        user: user.to_owned(),
        roles: roles.roles.iter().map(|role| policy.role_name(*role).to_owned()).collect(),
        invited: roles.invited,
    })
}

/// The relation of this kind and these ends (its `expires_at` is not looked at), as it was put.
pub(crate) fn relation(sight: Sight<'_>, wanted: &Relation) -> Option<Relation> {
    let user = sight.user_index(&wanted.user)?;
    let target = match (&wanted.channel, &wanted.other) {
        (Some(channel), _) => towards_channel(sight.channel_index(channel.as_str())?),
        (None, Some(other)) => towards_user(sight.user_index(other)?),
        (None, None) => towards_app(),
    };
    let expires_at = sight.relation(wanted.kind, user, target)?;
    Some(Relation { expires_at, ..wanted.clone() })
}

pub(crate) fn token(sight: Sight<'_>, id: &str) -> Option<Token> {
    let record = sight.token(id)?;
    // A token of a user who was removed is gone with them, whoever has the id now.
    let user = Some(sight.user_name(record.user)).filter(|name| sight.user_index(name) == Some(record.user))?;
    Some(Token {
        id: id.to_owned(),
        user: user.to_owned(),
        client: record.client.checked_sub(1).map(|client| sight.client_name(client).to_owned()),
        scopes: sight.scope_source(record.scopes)?.clone(),
        expires_at: (record.expires_at != u64::MAX).then_some(crate::id::Timestamp(record.expires_at)),
    })
}

pub(crate) fn client(sight: Sight<'_>, id: &str) -> Option<Client> {
    let record = sight.client(sight.client_index(id)?)?;
    Some(Client { id: id.to_owned(), scopes: sight.scope_source(record.scopes)?.clone() })
}

pub(crate) fn roles(sight: Sight<'_>, users: impl Fn(u16) -> u64) -> Vec<RoleView> {
    let policy = sight.policy();
    let source = &policy.source;
    let spec_of = |name: &str| source.catalogue.roles.iter().find(|spec| spec.id == name);
    let mut names: Vec<&str> = source.role_names().collect();
    let built_in = source.catalogue.roles.len();
    if let Some(custom) = names.get_mut(built_in..) {
        custom.sort_unstable();
    }
    names
        .into_iter()
        .map(|name| RoleView {
            name: name.to_owned(),
            custom: spec_of(name).is_none(),
            level: spec_of(name).map(|spec| spec.level),
            scopes: source
                .levels()
                .filter(|level| source.catalogue.layers.iter().any(|layer| !source.grants_of(&layer.name, level, name).is_empty()))
                .collect(),
            users: policy.roles.get(name).map_or(0, &users),
        })
        .collect()
}

pub(crate) fn grants(policy: &Policy, layer: Option<&str>, level: &Level) -> Option<BTreeMap<String, Vec<Grant>>> {
    let source = &policy.source;
    let layer = source.layer_name(layer);
    source.levels().find(|known| known == level)?;
    let named = |role: &str| source.grants.contains_key(&(layer.to_owned(), level.clone(), role.to_owned()));
    let held = source.role_names().map(|role| (role, source.grants_of(layer, level, role)));
    Some(held.filter(|(role, grants)| !grants.is_empty() || named(role)).map(|(role, grants)| (role.to_owned(), grants.to_vec())).collect())
}

pub(crate) fn permission(policy: &Policy, id: &str) -> Option<PermissionView> {
    let catalogue = &policy.source.catalogue;
    let custom: Option<&CustomPermission> = policy.source.custom_permissions.get(id);
    let spec = catalogue.permissions.iter().find(|spec| spec.id == id);
    if custom.is_none() && spec.is_none() {
        return None;
    }
    let using = catalogue.actions.iter().filter(|action| match custom {
        Some(custom) => custom.action == action.name,
        None => action.any_of.iter().any(|alternative| alternative.all.iter().any(|needed| needed == id)),
    });
    let using: Vec<_> = using.collect();
    let when = |condition| {
        let own = using.iter().flat_map(|action| &action.any_of).filter(|alternative| alternative.all.iter().any(|needed| needed == id));
        own.into_iter().any(|alternative| alternative.when.contains(&condition))
    };
    Some(PermissionView {
        id: id.to_owned(),
        actions: using.iter().map(|action| action.name.clone()).collect(),
        resource: using.first().map_or_else(String::new, |action| action.resource.clone()),
        owner: custom.map_or_else(|| when(Condition::Owner), |custom| custom.owner),
        same_team: custom.map_or_else(|| when(Condition::SameTeam), |custom| custom.same_team),
        level: spec.map_or_else(|| using.first().map(|action| action.level), |spec| spec.level),
        custom: custom.is_some(),
        listed: spec.is_none_or(|spec| !spec.unlisted),
        description: spec.map_or_else(String::new, |spec| spec.description.clone()),
    })
}
