//! Layers: all that apply must allow; within one, grants add up.

use std::collections::BTreeMap;

use hallpass::{Condition, Holder, LayerLevel, LayerSpec, OneOf, Reason};

use super::condition;
use super::holdings;
use super::scene::Scene;

/// One way to be allowed, of the catalogue or of a custom permission.
pub(super) struct Way {
    all: Vec<String>,
    when: Vec<Condition>,
    one_of: Vec<OneOf>,
}

/// The reason of the first layer that refuses; `None` when all that apply allow.
///
/// It is one and the same way that all layers must allow, as far as they know it: a token's scope of one generation and a role's of another
/// do not add up to access. Where no layer has a say nobody can hold what the action needs, and no grant is no access.
pub(super) fn refusal(scene: &Scene<'_>) -> Option<Reason> {
    let mut open = ways(scene);
    let knowing: Vec<&LayerSpec> = scene.catalogue.layers.iter().filter(|layer| knows(scene, layer)).collect();
    let applying: Vec<&LayerSpec> = knowing.iter().copied().filter(|layer| applies(scene, layer)).collect();
    if applying.is_empty() && !scene.action.any_of.is_empty() {
        return Some(knowing.first().map_or(Reason::NoGrant, |layer| layer.refusal));
    }
    for layer in applying {
        let (here, elsewhere): (Vec<Way>, Vec<Way>) = open.into_iter().partition(|way| exists_in(scene, way, layer));
        let held = holdings::of(scene, layer);
        let outcomes: Vec<Outcome> = here.iter().map(|way| outcome(scene, way, &held)).collect();
        if !outcomes.contains(&Outcome::Allows) {
            return Some(reason(scene, layer, &outcomes));
        }
        let allowed = here.into_iter().zip(outcomes).filter(|(_, outcome)| *outcome == Outcome::Allows).map(|(way, _)| way);
        open = allowed.chain(elsewhere).collect();
    }
    None
}

/// Whether a way of the catalogue exists in a layer.
fn knows(scene: &Scene<'_>, layer: &LayerSpec) -> bool {
    scene.action.any_of.iter().any(|way| way.all.iter().all(|id| holdings::exists_in(scene, id, layer)))
}

/// Whether the question comes with what a layer is about.
fn applies(scene: &Scene<'_>, layer: &LayerSpec) -> bool {
    let subject = &scene.question.subject;
    let has_token = subject.given.scopes.is_some() || subject.token.is_some();
    let has_client = subject.given.client_scopes.is_some() || scene.client().is_some();
    (has_token || !layer.holders.contains(&Holder::Token))
        && (has_client || !layer.holders.contains(&Holder::Client))
        && (scene.place().is_some() || layer.level != LayerLevel::Channel)
}

fn exists_in(scene: &Scene<'_>, way: &Way, layer: &LayerSpec) -> bool {
    way.all.iter().all(|id| holdings::exists_in(scene, id, layer))
}

/// All ways to be allowed the action.
fn ways(scene: &Scene<'_>) -> Vec<Way> {
    let built_in = scene.action.any_of.iter().map(|way| Way { all: way.all.clone(), when: way.when.clone(), one_of: Vec::new() });
    let custom = scene.world.custom_permissions.values().filter(|permission| permission.action == scene.action.name).map(|permission| {
        let mut when = Vec::new();
        when.extend(permission.owner.then_some(Condition::Owner));
        when.extend(permission.same_team.then_some(Condition::SameTeam));
        Way { all: vec![permission.id.clone()], when, one_of: permission.one_of.clone() }
    });
    built_in.chain(custom).collect()
}

/// Why a layer refuses, from what became of the ways that were still open.
fn reason(scene: &Scene<'_>, layer: &LayerSpec, outcomes: &[Outcome]) -> Reason {
    if outcomes.contains(&Outcome::OnlyTeamFails) {
        Reason::TeamMismatch
    } else if outcomes.contains(&Outcome::ConditionFails) {
        Reason::ConditionFailed
    } else if holdings::only_for_members(layer) && holdings::channel_holders(scene, layer).is_empty() {
        Reason::NotMember
    } else {
        layer.refusal
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Allows,
    OnlyTeamFails,
    ConditionFails,
    NotHeld,
}

/// Permission → the demands of each grant through which it is held.
pub(super) type Held = BTreeMap<String, Vec<holdings::Demands>>;

fn outcome(scene: &Scene<'_>, way: &Way, held: &Held) -> Outcome {
    if !way.all.iter().all(|id| held.contains_key(id)) {
        return Outcome::NotHeld;
    }
    let demands_hold = way.all.iter().all(|id| {
        held.get(id).is_some_and(|grants| {
            grants.iter().any(|grant| {
                (!grant.friends || condition::holds(scene, Condition::Friends))
                    && grant.one_of.iter().all(|one_of| condition::one_of_holds(scene, one_of))
            })
        })
    });
    let mut failed = way.when.iter().copied().filter(|condition| !condition::holds(scene, *condition)).peekable();
    let own_one_of_holds = way.one_of.iter().all(|one_of| condition::one_of_holds(scene, one_of));
    if !demands_hold || !own_one_of_holds {
        Outcome::ConditionFails
    } else if failed.peek().is_none() {
        Outcome::Allows
    } else if failed.all(|condition| condition == Condition::SameTeam) {
        Outcome::OnlyTeamFails
    } else {
        Outcome::ConditionFails
    }
}
