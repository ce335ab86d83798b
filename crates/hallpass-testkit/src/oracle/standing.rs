//! Standing: what refuses before any grant is looked at.

use hallpass::{Reason, RelationKind, Standing};

use super::layer;
use super::scene::{Place, Scene};

/// The first thing that stands against the question.
pub(super) fn refusal(scene: &Scene<'_>) -> Option<Reason> {
    let counts = |standing| scene.action.refused_when.contains(&standing);
    let now = scene.question.now;
    let subject = scene.subject();
    let banned_from = |channel| scene.world.related(RelationKind::Ban, subject, None, channel, now);
    let place = scene.place();
    let channel = place.and_then(|place| place.channel);

    if counts(Standing::Banned) && banned_from(None) {
        return Some(Reason::Banned);
    }
    if counts(Standing::Banned) && channel.is_some_and(|channel| banned_from(Some(&channel.id))) {
        return Some(Reason::ChannelBanned);
    }
    let receiver = (scene.question.resource.kind == "user").then_some(scene.question.resource.id);
    if counts(Standing::Blocked) && receiver.is_some_and(|user| scene.world.related(RelationKind::Block, user, Some(subject), None, now)) {
        return Some(Reason::Blocked);
    }
    if scene.action.write && scene.catalogue.anonymous_role.as_ref().is_some_and(|role| scene.user_roles().contains(role)) {
        return Some(Reason::AnonymousWrite);
    }
    if counts(Standing::Disabled)
        && channel.is_some_and(|channel| channel.disabled)
        && (scene.action.write || !lifted(scene, scene.catalogue.exemptions.disabled.as_deref()))
    {
        return Some(Reason::Disabled);
    }
    if let (Some(place), Some(feature)) = (place, &scene.action.feature)
        && !feature_is_on(scene, place, feature)
    {
        return Some(Reason::FeatureOff);
    }
    if counts(Standing::Frozen)
        && channel.is_some_and(|channel| channel.frozen)
        && !lifted(scene, scene.catalogue.exemptions.frozen.as_deref())
    {
        return Some(Reason::Frozen);
    }
    let cooldown_ms = channel.map_or(0, |channel| u64::from(channel.cooldown_s) * 1000);
    if counts(Standing::SlowMode)
        && scene.question.last_posted_at.is_some_and(|last| now.as_ms() < last.as_ms().saturating_add(cooldown_ms))
        && cooldown_ms > 0
        && !lifted(scene, scene.catalogue.exemptions.slow_mode.as_deref())
    {
        return Some(Reason::SlowMode);
    }
    None
}

/// Whether the subject is granted the action that lifts a standing. Layers only: standing does not count for it.
fn lifted(scene: &Scene<'_>, exemption: Option<&str>) -> bool {
    scene
        .catalogue
        .actions
        .iter()
        .find(|action| exemption == Some(action.name.as_str()))
        .is_some_and(|action| layer::refusal(&scene.about(action)).is_none())
}

fn feature_is_on(scene: &Scene<'_>, place: &Place<'_>, feature: &str) -> bool {
    let off_by_type = scene.world.channel_types.get(place.id.channel_type()).is_some_and(|kind| kind.features_off.contains(feature));
    let on_here = place.channel.is_some_and(|channel| channel.features_on.contains(feature));
    let off_here = place.channel.is_some_and(|channel| channel.features_off.contains(feature));
    !off_here && (!off_by_type || on_here)
}
