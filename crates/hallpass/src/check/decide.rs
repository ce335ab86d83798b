//! The rule: *standing may refuse; within a layer, grants add up; across layers, all must allow; no grant, no access.*

use super::case::{Case, UserRef};
use super::held::{Held, Holders, Met};
use crate::catalogue::{Condition, Standing};
use crate::change::RelationKind;
use crate::decision::Reason;
use crate::policy::LevelIndex;
use crate::policy::action::{Action, ActionIndex, Alive, CompiledAlternative, Conditions, LayerAlternatives};
use crate::world::relations::{towards_app, towards_channel, towards_user};

/// What somebody who follows a decision is told. The decision itself does not depend on it.
pub(crate) trait Trace {
    /// Whether to look further after the answer is known.
    const EVERYTHING: bool;
    /// Something stands against the action, or would if nothing lifted it.
    fn standing(&mut self, reason: Reason, refuses: bool, exemption: Option<ActionIndex>);
    /// A layer is looked at.
    fn layer(&mut self, number: usize, level: Option<LevelIndex>);
    /// A way to be allowed was looked at in the last layer.
    fn alternative(&mut self, alternative: &CompiledAlternative, outcome: &Outcome);
    /// The last layer has its result.
    fn verdict(&mut self, reason: Reason);
}

/// Follows nothing.
pub(crate) struct NoTrace;

impl Trace for NoTrace {
    const EVERYTHING: bool = false;
    fn standing(&mut self, _: Reason, _: bool, _: Option<ActionIndex>) {}
    fn layer(&mut self, _: usize, _: Option<LevelIndex>) {}
    fn alternative(&mut self, _: &CompiledAlternative, _: &Outcome) {}
    fn verdict(&mut self, _: Reason) {}
}

/// What became of one alternative.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome {
    /// The worst of its needs.
    pub(crate) met: Met,
    /// Which holder met the last need.
    pub(crate) by: Option<usize>,
    /// Conditions that do not hold. Empty where `met` says no.
    pub(crate) failing: Conditions,
}

impl Outcome {
    pub(crate) const fn allows(&self) -> bool {
        matches!(self.met, Met::By(_)) && self.failing.is_empty()
    }
}

/// Decides. The reason says whether it is allowed.
#[inline]
pub(crate) fn decide<T: Trace>(case: &Case<'_>, trace: &mut T) -> Reason {
    let refusal = standing(case, trace);
    if let Some(reason) = refusal.filter(|_| !T::EVERYTHING) {
        return reason;
    }
    let refused_by_layer = layers(case, case.action, trace);
    refusal.or(refused_by_layer).unwrap_or(if case.action.needs_permission { Reason::Granted } else { Reason::NoPermissionNeeded })
}

/// All layers: the refusal of the first that refuses. An action that needs a permission needs a layer that has a say: where none has (a
/// token's scopes are asked for, and there is no token), nobody can hold it, and no grant is no access.
fn layers<T: Trace>(case: &Case<'_>, action: &Action, trace: &mut T) -> Option<Reason> {
    let mut alive = Alive::ALL;
    let mut refusal = None;
    let mut has_say = false;
    for alternatives in &action.layers {
        match layer(case, action, alternatives, &mut alive, trace) {
            Verdict::NotApplying => {}
            Verdict::Allows => has_say = true,
            Verdict::Refuses(reason) => {
                has_say = true;
                refusal = refusal.or(Some(reason));
                if !T::EVERYTHING {
                    break;
                }
            }
        }
    }
    if has_say || !action.needs_permission {
        return refusal;
    }
    let first = action.layers.first().and_then(|first| case.sight.policy().layers.get(first.layer));
    Some(first.map_or(Reason::NoGrant, |layer| layer.spec.refusal))
}

/// What one layer says.
enum Verdict {
    NotApplying,
    Allows,
    Refuses(Reason),
}

/// What stands before all grants.
fn standing<T: Trace>(case: &Case<'_>, trace: &mut T) -> Option<Reason> {
    let mut refusal = None;
    let mut stands = |reason, exemption: Option<ActionIndex>, trace: &mut T| {
        let lifted = exemption.is_some_and(|action| case.is_exempt(action));
        trace.standing(reason, !lifted, exemption);
        if !lifted {
            refusal = refusal.or(Some(reason));
        }
        !lifted && !T::EVERYTHING
    };
    let action = case.action;
    let exemptions = case.sight.policy().exemptions;

    if action.refused_when(Standing::Banned) && case.record.bans {
        if case.is_banned(towards_app()) && stands(Reason::Banned, None, trace) {
            return Some(Reason::Banned);
        }
        let channel = case.channel.as_ref().and_then(|channel| channel.index);
        if channel.is_some_and(|channel| case.is_banned(towards_channel(channel))) && stands(Reason::ChannelBanned, None, trace) {
            return Some(Reason::ChannelBanned);
        }
    }
    if action.refused_when(Standing::Blocked) && case.is_blocked() && stands(Reason::Blocked, None, trace) {
        return Some(Reason::Blocked);
    }
    if action.write && case.is_anonymous() && stands(Reason::AnonymousWrite, None, trace) {
        return Some(Reason::AnonymousWrite);
    }
    let Some(channel) = &case.channel else { return refusal };
    if channel.record.disabled && action.refused_when(Standing::Disabled) {
        let exemption = if action.write { None } else { exemptions.disabled };
        if stands(Reason::Disabled, exemption, trace) {
            return Some(Reason::Disabled);
        }
    }
    if action.feature != 0 && case.features_off() & action.feature != 0 && stands(Reason::FeatureOff, None, trace) {
        return Some(Reason::FeatureOff);
    }
    if channel.record.frozen && action.refused_when(Standing::Frozen) && stands(Reason::Frozen, exemptions.frozen, trace) {
        return Some(Reason::Frozen);
    }
    if action.refused_when(Standing::SlowMode) && case.is_too_soon() && stands(Reason::SlowMode, exemptions.slow_mode, trace) {
        return Some(Reason::SlowMode);
    }
    refusal
}

impl Case<'_> {
    fn is_banned(&self, target: u64) -> bool {
        matches!(self.user, UserRef::Number(user) if self.sight.relation_holds(RelationKind::Ban, user, target, self.now))
    }

    fn is_blocked(&self) -> bool {
        match (self.user, self.resource_user) {
            (UserRef::Number(subject), UserRef::Number(receiver)) => {
                self.sight.relation_holds(RelationKind::Block, receiver, towards_user(subject), self.now)
            }
            _ => false,
        }
    }

    fn is_anonymous(&self) -> bool {
        self.sight.policy().anonymous_role.is_some_and(|anonymous| self.roles.contains(&anonymous))
    }

    /// Features that are off in the channel of the question.
    pub(crate) fn features_off(&self) -> u64 {
        let Some(channel) = &self.channel else { return 0 };
        let of_type = self.sight.policy().features_off(channel.record.channel_type).unwrap_or(0);
        match self.sight.extras(channel.record.extras).filter(|_| channel.record.switches) {
            Some(own) => of_type & !own.features_on | own.features_off,
            None => of_type,
        }
    }

    fn is_too_soon(&self) -> bool {
        let Some(channel) = self.channel.as_ref().filter(|channel| channel.record.slow) else { return false };
        let cooldown_ms = self.sight.extras(channel.record.extras).map_or(0, |extras| u64::from(extras.cooldown_s) * 1000);
        let ready = self.last_posted_at.map(|posted| posted.as_ms().saturating_add(cooldown_ms));
        cooldown_ms > 0 && ready.is_some_and(|ready| self.now.as_ms() < ready)
    }

    /// Whether the layers grant an action that lifts a standing.
    fn is_exempt(&self, exemption: ActionIndex) -> bool {
        self.sight.policy().action(exemption).is_some_and(|action| layers(self, action, &mut NoTrace).is_none())
    }
}

/// One layer. An alternative that it does not satisfy is struck for the layers after it, for all layers must
/// allow by the same one: a token's wide scope and a role's narrow one do not make a wide right.
fn layer<T: Trace>(case: &Case<'_>, action: &Action, alternatives: &LayerAlternatives, alive: &mut Alive, trace: &mut T) -> Verdict {
    let Some(layer) = case.sight.policy().layers.get(alternatives.layer) else { return Verdict::NotApplying };
    let Some(level) = case.level(layer) else {
        trace.layer(alternatives.layer, None);
        return Verdict::NotApplying;
    };
    let mut holders = Holders::new();
    case.find_holders(alternatives.layer, layer, level, &mut holders);
    trace.layer(alternatives.layer, Some(level));
    let mut alive_after = *alive;
    let is_only_layer = action.layers.len() == 1;
    let mut mismatch = false;
    let mut failed = false;
    let mut allows = false;
    for alternative in alternatives.alternatives.iter().filter(|alternative| alive.has(alternative.number)) {
        let outcome = weigh(case, action, alternative, &holders);
        trace.alternative(alternative, &outcome);
        if outcome.allows() {
            allows = true;
            if is_only_layer {
                break;
            }
            continue;
        }
        match outcome.met {
            Met::No => {}
            Met::By(_) if outcome.failing == TEAM_ONLY => mismatch = true,
            Met::By(_) | Met::DemandFailed => failed = true,
        }
        alive_after.strike(alternative.number);
    }
    if allows {
        *alive = alive_after;
        trace.verdict(Reason::Granted);
        return Verdict::Allows;
    }
    let reason = match (mismatch, failed) {
        (true, _) => Reason::TeamMismatch,
        (false, true) => Reason::ConditionFailed,
        (false, false) if layer.is_for_members && holders.is_empty() => Reason::NotMember,
        (false, false) => layer.spec.refusal,
    };
    trace.verdict(reason);
    Verdict::Refuses(reason)
}

const TEAM_ONLY: Conditions = Conditions::only(Condition::SameTeam);

/// Weighs one alternative: every need must be met by some holder, and every condition must hold.
#[inline]
fn weigh(case: &Case<'_>, action: &Action, alternative: &CompiledAlternative, holders: &[Held<'_>]) -> Outcome {
    let mut worst = Met::By(0);
    let mut by = None;
    for need in &alternative.needs {
        let mut best = Met::No;
        for (number, holder) in holders.iter().enumerate() {
            let met = holder.meets(need, case);
            if met > best {
                best = met;
                by = Some(number);
            }
            if matches!(best, Met::By(_)) {
                break;
            }
        }
        worst = match best {
            Met::By(permission) if matches!(worst, Met::By(_)) => Met::By(permission),
            _ => worst.min(best),
        };
    }
    if alternative.needs.is_empty() || worst == Met::No {
        return Outcome { met: Met::No, by: None, failing: Conditions::default() };
    }
    if alternative.demands.as_ref().is_some_and(|demands| !case.demands_hold(demands)) {
        worst = worst.min(Met::DemandFailed);
    }
    Outcome { met: worst, by, failing: case.failing(alternative.when, action.owner) }
}
