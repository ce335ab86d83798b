//! What would allow a refused action: the smallest change first.

use serde::Serialize;

use super::case::{Case, UserRef};
use super::explain::{Record, RecordedLayer, level_name};
use super::held::{Held, Met};
use crate::catalogue::Holder;
use crate::change::{Change, Client, Grant, Level, Modifier, Relation, RelationKind, RoleGrants, Token};
use crate::decision::Reason;
use crate::policy::LevelIndex;
use crate::policy::action::CompiledAlternative;
use crate::question::Question;
use crate::view;

/// A way to allow what was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remedy {
    /// What to do, in a sentence.
    pub text: String,
    /// The changes that do it, all together.
    pub changes: Vec<Change>,
}

/// One thing to do, and how far it reaches: 0 this channel or subject, 1 a channel type or token, 2 the app.
struct Step {
    text: String,
    changes: Vec<Change>,
    reach: u8,
}

/// Remedies for a refusal: one that reaches as little as possible, and one that reaches further, where there are two ways.
pub(super) fn remedies(record: &Record<'_, '_>, question: &Question<'_>) -> Vec<Remedy> {
    let mut per_obstacle: Vec<Vec<Step>> = Vec::new();
    for standing in record.standing.iter().filter(|standing| standing.refuses) {
        per_obstacle.push(lift(record.case, standing.reason));
    }
    per_obstacle.extend(satisfy(record, question));
    if per_obstacle.is_empty() || per_obstacle.iter().any(Vec::is_empty) {
        return Vec::new();
    }
    let ways = per_obstacle.iter().map(Vec::len).max().unwrap_or(0);
    let mut found: Vec<(u8, Remedy)> = (0..ways)
        .map(|way| {
            let steps: Vec<&Step> = per_obstacle.iter().filter_map(|steps| steps.get(way).or_else(|| steps.first())).collect();
            let text = steps.iter().map(|step| step.text.as_str()).collect::<Vec<_>>().join("; and ");
            let changes = merged(steps.iter().flat_map(|step| step.changes.iter().cloned()));
            (steps.iter().map(|step| step.reach).max().unwrap_or(0), Remedy { text, changes })
        })
        .collect();
    found.sort_by_key(|(reach, remedy)| (remedy.changes.len(), *reach));
    found.into_iter().map(|(_, remedy)| remedy).collect()
}

/// Several steps may put the same channel: what each of them changes must survive.
fn merged(changes: impl Iterator<Item = Change>) -> Vec<Change> {
    let mut kept: Vec<Change> = Vec::new();
    for change in changes {
        let same = kept.iter_mut().find_map(|earlier| match (earlier, &change) {
            (Change::ChannelPut(earlier), Change::ChannelPut(later)) if earlier.id == later.id => Some((earlier, later)),
            _ => None,
        });
        match same {
            Some((earlier, later)) => {
                earlier.frozen &= later.frozen;
                earlier.disabled &= later.disabled;
                earlier.cooldown_s = earlier.cooldown_s.min(later.cooldown_s);
                earlier.features_on.extend(later.features_on.iter().cloned());
                earlier.features_off.retain(|feature| later.features_off.contains(feature));
                for (role, modifiers) in &later.modifiers {
                    earlier.modifiers.insert(role.clone(), modifiers.clone());
                }
            }
            None => kept.push(change),
        }
    }
    kept
}

/// How to lift a standing.
fn lift(case: &Case<'_>, reason: Reason) -> Vec<Step> {
    let subject = case.subject_name().to_owned();
    let channel = case.channel.filter(|channel| channel.index.is_some()).and_then(|channel| view::channel(case.sight, channel.name));
    let put = |text: &str, channel: Option<crate::change::Channel>| -> Vec<Step> {
        channel
            .map(|channel| Step { text: format!("{text} channel '{}'", channel.id), changes: vec![Change::ChannelPut(channel)], reach: 0 })
            .into_iter()
            .collect()
    };
    let unrelate = |text: String, kind, user: &str, other: Option<&str>, channel: Option<crate::id::ChannelId>| {
        let relation = Relation { kind, user: user.to_owned(), other: other.map(str::to_owned), channel, expires_at: None };
        vec![Step { text, changes: vec![Change::RelationRemoved(relation)], reach: 0 }]
    };
    match reason {
        Reason::Deactivated => {
            let user = view::user(case.sight, &subject).map(|user| crate::change::User { deactivated: false, ..user });
            let step = |user| Step { text: format!("reactivate user '{subject}'"), changes: vec![Change::UserPut(user)], reach: 0 };
            user.map(step).into_iter().collect()
        }
        Reason::Banned => unrelate(format!("unban '{subject}' from the app"), RelationKind::Ban, &subject, None, None),
        Reason::ChannelBanned => {
            let id = channel.map(|channel| channel.id);
            unrelate(format!("unban '{subject}' from the channel"), RelationKind::Ban, &subject, None, id)
        }
        Reason::Blocked => match case.resource_user {
            UserRef::Number(receiver) => {
                let receiver = case.sight.user_name(receiver);
                unrelate(format!("'{receiver}' unblocks '{subject}'"), RelationKind::Block, receiver, Some(&subject), None)
            }
            _ => Vec::new(),
        },
        Reason::Frozen => put("unfreeze", channel.map(|channel| crate::change::Channel { frozen: false, ..channel })),
        Reason::Disabled => put("enable", channel.map(|channel| crate::change::Channel { disabled: false, ..channel })),
        Reason::SlowMode => put("end slow mode in", channel.map(|channel| crate::change::Channel { cooldown_s: 0, ..channel })),
        Reason::FeatureOff => {
            let features = &case.sight.policy().source.catalogue.features;
            let wanted = features.iter().enumerate().find(|(at, _)| case.action.feature == 1 << at).map(|(_, name)| name.clone());
            put(
                &format!("switch '{}' on in", wanted.as_deref().unwrap_or_default()),
                wanted.zip(channel).map(|(feature, mut channel)| {
                    channel.features_off.remove(&feature);
                    channel.features_on.insert(feature);
                    channel
                }),
            )
        }
        _ => Vec::new(),
    }
}

/// How to make the refusing layers allow. All layers must allow by the same alternative, so one is chosen, and every layer that lacks it
/// gets it: the one that most layers allow already, and among those the one with the most conditions, which gives the least away.
fn satisfy(record: &Record<'_, '_>, question: &Question<'_>) -> Vec<Vec<Step>> {
    let case = record.case;
    let in_layer = |layer: &RecordedLayer<'_>| case.action.layers.iter().find(|held| held.layer == layer.number);
    let applying: Vec<_> = record.layers.iter().filter_map(|layer| Some((layer, layer.level?, in_layer(layer)?))).collect();
    let is_met = |layer: &RecordedLayer<'_>, alternative: &CompiledAlternative| {
        alternative.needs.iter().all(|need| layer.holders.iter().any(|held| matches!(held.meets(need, case), Met::By(_))))
    };
    let met_in = |number: usize| {
        let held = applying.iter().filter_map(|(layer, _, here)| Some((layer, here.alternatives.iter().find(|one| one.number == number)?)));
        held.filter(|(layer, alternative)| is_met(layer, alternative)).count()
    };
    let fits = |alternative: &&CompiledAlternative| {
        alternative.demands.as_ref().is_none_or(|demands| case.demands_hold(demands))
            && case.failing(alternative.when, case.action.owner).is_empty()
    };
    let mut chosen: Vec<usize> = Vec::new();
    let mut obstacles = Vec::new();
    for (layer, _, here) in &applying {
        if layer.reason == Some(Reason::Granted) || here.alternatives.iter().any(|one| chosen.contains(&one.number)) {
            continue;
        }
        let best =
            here.alternatives.iter().filter(fits).max_by_key(|alternative| {
                (met_in(alternative.number), std::cmp::Reverse(alternative.needs.len()), alternative.when.count())
            });
        match best {
            Some(best) => chosen.push(best.number),
            None => obstacles.push(Vec::new()),
        }
    }
    for (layer, level, here) in &applying {
        for alternative in here.alternatives.iter().filter(|one| chosen.contains(&one.number) && !is_met(layer, one)) {
            obstacles.push(match best_holder(layer) {
                Some(holder) if holder.role.is_some() => give_to_role(case, layer, *level, alternative, holder),
                Some(holder) => give_to_token(case, alternative, holder, question),
                None => Vec::new(),
            });
        }
    }
    obstacles
}

/// The channel role before the user role: it reaches less far.
fn best_holder<'b, 'a>(layer: &'b RecordedLayer<'a>) -> Option<&'b Held<'a>> {
    layer.holders.iter().max_by_key(|held| held.holder == Holder::ChannelRole)
}

fn give_to_role(case: &Case<'_>, layer: &RecordedLayer<'_>, level: LevelIndex, best: &CompiledAlternative, holder: &Held<'_>) -> Vec<Step> {
    let policy = case.sight.policy();
    let Some(role) = holder.role.map(|role| policy.role_name(role).to_owned()) else { return Vec::new() };
    if policy.role(&role).is_none() {
        return Vec::new();
    }
    let missing = best.needs.iter().filter(|need| !matches!(holder.meets(need, case), Met::By(_)));
    let missing: Vec<String> = missing.map(|need| policy.permission_name(need.permission).to_owned()).collect();
    let named = missing.iter().map(|id| format!("'{id}'")).collect::<Vec<_>>().join(" and ");
    let mut steps = Vec::new();
    let channel = case.channel.filter(|channel| channel.index.is_some()).and_then(|channel| view::channel(case.sight, channel.name));
    if let (LevelIndex::Type(_), Some(mut channel)) = (level, channel) {
        let modifiers = channel.modifiers.entry(role.clone()).or_default();
        modifiers.retain(|modifier| !missing.contains(modifier.permission()));
        modifiers.extend(missing.iter().map(|id| Modifier::Give(Grant::plain(id))));
        let text = format!("grant {named} to role '{role}' in channel '{}'", channel.id);
        steps.push(Step { text, changes: vec![Change::ChannelPut(channel)], reach: 0 });
    }
    let revoked = best.needs.iter().any(|need| holder.is_revoked(need.permission) || holder.is_given_here(need.permission));
    if !revoked {
        let level_name = level_name(policy, level);
        let name = policy.layers.get(layer.number).map_or("", |spec| spec.name.as_str());
        let level = Level::from(level_name.clone());
        let mut grants = policy.source.grants_of(name, &level, &role).to_vec();
        grants.retain(|grant| !missing.contains(&grant.permission));
        grants.extend(missing.iter().map(Grant::plain));
        let change = Change::GrantsPut(RoleGrants { layer: Some(name.to_owned()), level, role: role.clone(), grants });
        steps.push(Step { text: format!("grant {named} to role '{role}' at '{level_name}'"), changes: vec![change], reach: 1 });
    }
    steps
}

fn give_to_token(case: &Case<'_>, best: &CompiledAlternative, holder: &Held<'_>, question: &Question<'_>) -> Vec<Step> {
    let policy = case.sight.policy();
    let given = question.subject.given;
    let missing = best.needs.iter().filter(|need| !matches!(holder.meets(need, case), Met::By(_)));
    let missing: Vec<String> = missing.map(|need| policy.permission_name(need.permission).to_owned()).collect();
    let named = missing.iter().map(|id| format!("'{id}'")).collect::<Vec<_>>().join(" and ");
    match holder.holder {
        Holder::Token if given.scopes.is_none() => {
            let token: Option<Token> = question.subject.token.and_then(|name| view::token(case.sight, name));
            token
                .map(|mut token| {
                    token.scopes.extend(missing);
                    let text = format!("issue token '{}' with scope {named}", token.id);
                    Step { text, changes: vec![Change::TokenPut(token)], reach: 1 }
                })
                .into_iter()
                .collect()
        }
        Holder::Client if given.client_scopes.is_none() => {
            let client: Option<Client> = case.client.and_then(|name| view::client(case.sight, name));
            client
                .map(|mut client| {
                    client.scopes.extend(missing);
                    let text = format!("allow client '{}' scope {named}", client.id);
                    Step { text, changes: vec![Change::ClientPut(client)], reach: 2 }
                })
                .into_iter()
                .collect()
        }
        _ => Vec::new(),
    }
}
