//! Conditions: the closed set that permissions and grants may demand.

use std::collections::BTreeSet;

use hallpass::{Condition, OneOf, OwnerOf, RelationKind};

use super::scene::{Scene, some_team};

/// Whether a condition other than `one_of` holds.
pub(super) fn holds(scene: &Scene<'_>, condition: Condition) -> bool {
    match condition {
        Condition::Owner => owner_holds(scene),
        Condition::SameTeam => same_team_holds(scene),
        Condition::Member => scene.channel_roles().is_some(),
        Condition::Access => access_holds(scene),
        Condition::OwnNamespace => {
            let namespace = scene.question.resource.namespace;
            namespace.is_some() && namespace == scene.client()
        }
        Condition::Friends => friends_holds(scene),
    }
}

fn owner_holds(scene: &Scene<'_>) -> bool {
    let resource = &scene.question.resource;
    let owner_of_channel = || scene.place().and_then(|place| scene.owner_of(place));
    let owner = match (scene.action.owner, resource.kind) {
        (OwnerOf::Channel, _) => owner_of_channel(),
        (OwnerOf::Resource, "user") => resource.owner.or(Some(resource.id)),
        (OwnerOf::Resource, "channel") => resource.owner.or_else(owner_of_channel),
        (OwnerOf::Resource, _) => resource.owner,
    };
    scene.is_subject(owner)
}

fn same_team_holds(scene: &Scene<'_>) -> bool {
    if !scene.world.settings.teams {
        return true;
    }
    let resource = &scene.question.resource;
    let mine = scene.teams();
    let team = match (resource.team, scene.place(), resource.kind) {
        (Some(given), _, _) => some_team(given),
        (None, Some(place), _) => scene.team_of(place),
        (None, None, "user") => {
            let theirs: BTreeSet<String> = scene.world.users.get(resource.id).map(|user| user.teams.clone()).unwrap_or_default();
            return mine.iter().any(|team| theirs.contains(team)) || (mine.is_empty() && theirs.is_empty());
        }
        (None, None, _) => None,
    };
    match team {
        Some(team) => mine.contains(&team),
        None => mine.is_empty(),
    }
}

fn access_holds(scene: &Scene<'_>) -> bool {
    let groups: Vec<String> = match (scene.question.resource.access, scene.place()) {
        (Some(given), _) => given.iter().map(|&group| group.to_owned()).collect(),
        (None, Some(place)) => place.channel.map(|channel| channel.access.iter().cloned().collect()).unwrap_or_default(),
        (None, None) => Vec::new(),
    };
    let mine = scene.teams();
    groups.iter().any(|group| scene.catalogue.everybody_group.as_ref() == Some(group) || mine.contains(group))
}

fn friends_holds(scene: &Scene<'_>) -> bool {
    let other = scene.person();
    let (subject, now) = (scene.subject(), scene.question.now);
    let befriended = |user: &str, other: &str| scene.world.related(RelationKind::Friend, user, Some(other), None, now);
    scene.is_subject(other) || other.is_some_and(|other| befriended(subject, other) || befriended(other, subject))
}

/// Whether `one_of(attribute, values)` holds.
pub(super) fn one_of_holds(scene: &Scene<'_>, one_of: &OneOf) -> bool {
    let values = attribute(scene, &one_of.attribute);
    let among = values.iter().any(|value| one_of.values.contains(value));
    match (values.is_empty(), one_of.except) {
        (true, except) => except || one_of.if_present,
        (false, true) => !among,
        (false, false) => among,
    }
}

/// All values of an attribute; none where the question has no such attribute.
fn attribute(scene: &Scene<'_>, name: &str) -> Vec<String> {
    let from_question =
        || scene.question.attributes.iter().filter(|(of, _)| *of == name).map(|(_, value)| (*value).to_owned()).collect::<Vec<_>>();
    let person = scene.person();
    match name {
        "subject.scope" => scene.scopes_of(scene.subject(), scene.channel_roles()),
        "resource.role" => {
            let user = person.and_then(|id| scene.world.users.get(id));
            user.map(|user| scene.world.user_roles(scene.catalogue, user)).unwrap_or_default()
        }
        "resource.scope" => {
            let channel = scene.place().and_then(|place| place.channel);
            let roles = channel.zip(person).and_then(|(channel, id)| scene.world.channel_roles(scene.catalogue, &channel.id, id));
            person.map(|id| scene.scopes_of(id, roles)).unwrap_or_default()
        }
        name => {
            let mut values = from_question();
            if let Some(own) = name.strip_prefix("subject.") {
                values.extend(scene.user().and_then(|user| user.attributes.get(own).cloned()));
            }
            values
        }
    }
}
