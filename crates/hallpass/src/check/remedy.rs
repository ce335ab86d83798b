//! What would allow a refused action: the smallest change first.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::case::{Case, UserRef};
use super::explain::{Record, RecordedLayer, level_name};
use super::held::{Held, Met};
use crate::catalogue::Holder;
use crate::change::{Change, Channel, Grant, Level, Modifier, Relation, RelationKind, RoleGrants, User};
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

/// One thing to do. Several may change the same channel, role or token; [`Plan`] puts them together.
#[derive(Debug, Clone)]
enum Fix {
    Reactivate,
    /// Ends a relation of somebody.
    Unrelate(&'static str, Relation),
    Unfreeze,
    Enable,
    EndSlowMode,
    SwitchOn(String),
    /// Gives permissions to a role in the one channel.
    Modify(String, Vec<String>),
    /// Gives permissions to a role at a level of a layer.
    Grant(String, Level, String, Vec<String>),
    TokenScopes(Vec<String>),
    ClientScopes(Vec<String>),
}

impl Fix {
    /// How far it reaches: 0 this channel or subject, 1 all channels of a type, or a token, 2 all that a client does.
    const fn reach(&self) -> u8 {
        match self {
            Self::Grant(..) | Self::TokenScopes(_) => 1,
            Self::ClientScopes(_) => 2,
            _ => 0,
        }
    }
}

/// Remedies for a refusal: one that reaches as little as possible, and one that reaches further, where there are two ways.
pub(super) fn remedies(record: &Record<'_, '_>, question: &Question<'_>) -> Vec<Remedy> {
    let case = record.case;
    // Where no layer has a say (a token is asked for, and there is none), there is nothing to give, and nobody to give it to.
    if case.action.needs_permission && record.layers.iter().all(|layer| layer.level.is_none()) {
        return Vec::new();
    }
    let mut obstacles: Vec<Vec<Fix>> = record
        .standing
        .iter()
        .filter(|standing| standing.refuses)
        .map(|standing| lift(case, standing.reason).into_iter().collect())
        .collect();
    obstacles.extend(satisfy(record, question));
    if obstacles.is_empty() || obstacles.iter().any(Vec::is_empty) {
        return Vec::new();
    }
    let ways = obstacles.iter().map(Vec::len).max().unwrap_or(0);
    let mut found: Vec<(u8, Remedy)> = (0..ways)
        .filter_map(|way| {
            let fixes: Vec<&Fix> = obstacles.iter().filter_map(|fixes| fixes.get(way).or_else(|| fixes.first())).collect();
            let reach = fixes.iter().map(|fix| fix.reach()).max().unwrap_or(0);
            Some((reach, Plan::of(case, question, &fixes)?))
        })
        .collect();
    found.sort_by_key(|(reach, remedy)| (remedy.changes.len(), *reach));
    found.into_iter().map(|(_, remedy)| remedy).collect()
}

/// The things to do, put together: what they change is changed once, and says all of them.
#[derive(Default)]
struct Plan {
    texts: Vec<String>,
    users: Vec<User>,
    relations: Vec<Relation>,
    channel: Option<Channel>,
    grants: BTreeMap<(String, Level, String), Vec<Grant>>,
    token_scopes: BTreeSet<String>,
    client_scopes: BTreeSet<String>,
}

impl Plan {
    fn of(case: &Case<'_>, question: &Question<'_>, fixes: &[&Fix]) -> Option<Remedy> {
        let mut plan = Self { channel: existing_channel(case), ..Self::default() };
        let before = plan.channel.clone();
        for fix in fixes {
            plan.take(case, fix)?;
        }
        let mut changes: Vec<Change> = plan.users.into_iter().map(Change::UserPut).collect();
        changes.extend(plan.relations.into_iter().map(Change::RelationRemoved));
        changes.extend(plan.channel.filter(|channel| before.as_ref() != Some(channel)).map(Change::ChannelPut));
        let grants = plan.grants.into_iter();
        changes
            .extend(grants.map(|((layer, level, role), grants)| Change::GrantsPut(RoleGrants { layer: Some(layer), level, role, grants })));
        if !plan.token_scopes.is_empty() {
            let mut token = question.subject.token.and_then(|name| view::token(case.sight, name))?;
            token.scopes.extend(plan.token_scopes);
            changes.push(Change::TokenPut(token));
        }
        if !plan.client_scopes.is_empty() {
            let mut client = case.client.and_then(|name| view::client(case.sight, name))?;
            client.scopes.extend(plan.client_scopes);
            changes.push(Change::ClientPut(client));
        }
        Some(Remedy { text: plan.texts.join("; and "), changes })
    }

    fn take(&mut self, case: &Case<'_>, fix: &Fix) -> Option<()> {
        let subject = case.subject_name();
        let text = match fix {
            Fix::Reactivate => {
                self.users.push(User { deactivated: false, ..view::user(case.sight, &subject)? });
                format!("reactivate user '{subject}'")
            }
            Fix::Unrelate(verb, relation) => {
                let place = relation.channel.as_ref().map_or_else(String::new, |channel| format!(" in channel '{channel}'"));
                let other = relation.other.as_ref().map_or_else(String::new, |other| format!(" for '{other}'"));
                self.relations.push(relation.clone());
                format!("{verb} '{}'{other}{place}", relation.user)
            }
            Fix::Unfreeze => self.change_channel("unfreeze", |channel| channel.frozen = false)?,
            Fix::Enable => self.change_channel("enable", |channel| channel.disabled = false)?,
            Fix::EndSlowMode => self.change_channel("end slow mode in", |channel| channel.cooldown_s = 0)?,
            Fix::SwitchOn(feature) => self.change_channel(&format!("switch '{feature}' on in"), |channel| {
                channel.features_off.remove(feature);
                channel.features_on.insert(feature.clone());
            })?,
            Fix::Modify(role, ids) => self.change_channel(&format!("grant {} to role '{role}' in", named(ids)), |channel| {
                let modifiers = channel.modifiers.entry(role.clone()).or_default();
                modifiers.retain(|modifier| !ids.contains(modifier.permission()));
                modifiers.extend(ids.iter().map(|id| Modifier::Give(Grant::plain(id))));
            })?,
            Fix::Grant(layer, level, role, ids) => {
                let key = (layer.clone(), level.clone(), role.clone());
                let held = self.grants.entry(key).or_insert_with(|| case.sight.policy().source.grants_of(layer, level, role).to_vec());
                held.retain(|grant| !ids.contains(&grant.permission));
                held.extend(ids.iter().map(Grant::plain));
                format!("grant {} to role '{role}' at '{level}'", named(ids))
            }
            Fix::TokenScopes(ids) => {
                self.token_scopes.extend(ids.iter().cloned());
                format!("issue the token with scope {}", named(ids))
            }
            Fix::ClientScopes(ids) => {
                self.client_scopes.extend(ids.iter().cloned());
                format!("allow client '{}' scope {}", case.client.unwrap_or_default(), named(ids))
            }
        };
        self.texts.push(text);
        Some(())
    }

    fn change_channel(&mut self, what: &str, change: impl FnOnce(&mut Channel)) -> Option<String> {
        let channel = self.channel.as_mut()?;
        change(channel);
        Some(format!("{what} channel '{}'", channel.id))
    }
}

fn named(ids: &[String]) -> String {
    ids.iter().map(|id| format!("'{id}'")).collect::<Vec<_>>().join(" and ")
}

/// The channel of the question as it is stored; one that is only meant has nothing to change.
fn existing_channel(case: &Case<'_>) -> Option<Channel> {
    case.channel.filter(|channel| channel.index.is_some()).and_then(|channel| view::channel(case.sight, channel.name))
}

/// How to lift a standing.
fn lift(case: &Case<'_>, reason: Reason) -> Option<Fix> {
    let relation = |kind, user: &str, other: Option<&str>, channel| Relation {
        kind,
        user: user.to_owned(),
        other: other.map(str::to_owned),
        channel,
        expires_at: None,
    };
    let subject = case.subject_name();
    match reason {
        Reason::Deactivated => Some(Fix::Reactivate),
        Reason::Banned => Some(Fix::Unrelate("unban", relation(RelationKind::Ban, &subject, None, None))),
        Reason::ChannelBanned => {
            Some(Fix::Unrelate("unban", relation(RelationKind::Ban, &subject, None, Some(existing_channel(case)?.id))))
        }
        Reason::Blocked => match case.resource_user {
            UserRef::Number(receiver) => Some(Fix::Unrelate(
                "end the block by",
                relation(RelationKind::Block, &case.sight.user_name(receiver), Some(&subject), None),
            )),
            UserRef::Nobody | UserRef::Name(_) => None,
        },
        Reason::Frozen => Some(Fix::Unfreeze),
        Reason::Disabled => Some(Fix::Enable),
        Reason::SlowMode => Some(Fix::EndSlowMode),
        Reason::FeatureOff => {
            let mut features = case.sight.policy().source.catalogue.features.iter().enumerate();
            features.find(|(at, _)| case.action.feature == 1 << at).map(|(_, name)| Fix::SwitchOn(name.clone()))
        }
        _ => None,
    }
    .filter(|fix| !matches!(fix, Fix::Unfreeze | Fix::Enable | Fix::EndSlowMode | Fix::SwitchOn(_)) || existing_channel(case).is_some())
}

/// How to make the refusing layers allow. All layers must allow by the same alternative, so one is chosen, and every layer that lacks it
/// gets it: the one that most layers allow already, and among those the one with the most conditions, which gives the least away.
fn satisfy(record: &Record<'_, '_>, question: &Question<'_>) -> Vec<Vec<Fix>> {
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
                Some(holder) => give_to_token(case, alternative, holder, question).into_iter().collect(),
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

/// What an alternative needs and a holder lacks.
fn missing(case: &Case<'_>, alternative: &CompiledAlternative, holder: &Held<'_>) -> Vec<String> {
    let lacking = alternative.needs.iter().filter(|need| !matches!(holder.meets(need, case), Met::By(_)));
    lacking.map(|need| case.sight.policy().permission_name(need.permission).to_owned()).collect()
}

fn give_to_role(case: &Case<'_>, layer: &RecordedLayer<'_>, level: LevelIndex, best: &CompiledAlternative, holder: &Held<'_>) -> Vec<Fix> {
    let policy = case.sight.policy();
    let role = holder.role.map(|role| policy.role_name(role)).filter(|name| policy.role(name).is_some());
    let (Some(role), Some(layer_spec)) = (role, policy.layers.get(layer.number)) else { return Vec::new() };
    let missing = missing(case, best, holder);
    let mut fixes = Vec::new();
    if matches!(level, LevelIndex::Type(_)) && existing_channel(case).is_some() {
        fixes.push(Fix::Modify(role.to_owned(), missing.clone()));
    }
    // A modifier of the channel has the last word: what it takes away, a grant at the type does not bring back.
    if !best.needs.iter().any(|need| holder.is_revoked(need.permission) || holder.is_given_here(need.permission)) {
        fixes.push(Fix::Grant(layer_spec.spec.name.clone(), Level::from(level_name(policy, level)), role.to_owned(), missing));
    }
    fixes
}

fn give_to_token(case: &Case<'_>, best: &CompiledAlternative, holder: &Held<'_>, question: &Question<'_>) -> Option<Fix> {
    let given = question.subject.given;
    match holder.holder {
        Holder::Token if given.scopes.is_none() => Some(Fix::TokenScopes(missing(case, best, holder))),
        Holder::Client if given.client_scopes.is_none() => Some(Fix::ClientScopes(missing(case, best, holder))),
        _ => None,
    }
}
