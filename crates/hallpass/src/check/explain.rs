//! The decision with everything that was looked at, and what would change it.
//!
//! The same code decides and explains: [`decide`] is followed by a [`Trace`] that writes down what it is told.

use serde::Serialize;

use super::case::{Case, UserRef};
use super::decide::{Outcome, Trace, decide};
use super::held::{Held, HeldGrants, Holders, Met};
use super::remedy::{Remedy, remedies};
use crate::catalogue::{Condition, Holder};
use crate::decision::{Decision, Reason};
use crate::policy::action::{ActionIndex, CompiledAlternative};
use crate::policy::{LevelIndex, Policy};
use crate::question::Question;
use crate::world::Sight;

/// A decision in full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The decision.
    #[serde(flatten)]
    pub decision: DecisionView,
    /// The question as it was understood.
    pub question: QuestionView,
    /// What stood, or could have stood, against the action.
    pub standing: Vec<StandingView>,
    /// The layers, in order.
    pub layers: Vec<LayerView>,
    /// What would allow it: the smallest first. Empty where it is allowed, or where no change of facts or policy would help.
    pub remedies: Vec<Remedy>,
}

/// A decision in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DecisionView {
    /// Whether the action may be performed.
    pub allowed: bool,
    /// The stable code.
    pub reason: Reason,
    /// One sentence.
    pub text: &'static str,
    /// The revision of the world that was asked.
    pub revision: crate::id::Revision,
}

/// The question as it was understood.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct QuestionView {
    /// Id of the subject.
    pub subject: String,
    /// The subject's user roles that count here.
    pub roles: Vec<String>,
    /// The subject's channel roles; empty for somebody who is not a member.
    pub channel_roles: Vec<String>,
    /// Name of the action.
    pub action: String,
    /// Kind of the resource.
    pub resource_type: String,
    /// Id of the resource.
    pub resource: String,
    /// The channel that it lies in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Who owns what the action asks ownership of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

/// Something that stands before grants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StandingView {
    /// What.
    pub reason: Reason,
    /// Whether it refuses; an exemption may have lifted it.
    pub refuses: bool,
    /// The action whose grant lifts it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exemption: Option<String>,
}

/// One layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LayerView {
    /// Name.
    pub layer: String,
    /// Whether it has a say in this question.
    pub applies: bool,
    /// Whether it allows.
    pub allows: bool,
    /// Its result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// Where its grants were looked up: `.app` or a channel type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// Who holds grants in it.
    pub holders: Vec<String>,
    /// The ways to be allowed that were looked at; where it allows, the last one that allows is the winner.
    pub alternatives: Vec<AlternativeView>,
}

/// One way to be allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AlternativeView {
    /// The permissions that it needs.
    pub permissions: Vec<String>,
    /// The conditions that it has.
    pub conditions: Vec<Condition>,
    /// What became of it.
    pub outcome: AlternativeOutcome,
    /// Who holds it, where it is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_by: Option<String>,
    /// The conditions that do not hold, where it is held.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failing: Vec<Condition>,
    /// Where it is given by a modifier of the channel, or taken away by one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modifier: Option<&'static str>,
}

/// What became of an alternative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AlternativeOutcome {
    /// It allows.
    Allows,
    /// Held, and a condition does not hold.
    ConditionFails,
    /// Held, and a demand of the grant itself does not hold.
    DemandFails,
    /// Not held.
    NotHeld,
}

/// Writes down what the decision is made of.
pub(crate) struct Record<'a, 'c> {
    pub(crate) case: &'c Case<'a>,
    pub(crate) standing: Vec<StandingView>,
    pub(crate) layers: Vec<RecordedLayer<'a>>,
}

/// A layer as it was looked at.
pub(crate) struct RecordedLayer<'a> {
    pub(crate) number: usize,
    pub(crate) level: Option<LevelIndex>,
    pub(crate) holders: Holders<'a>,
    pub(crate) alternatives: Vec<(CompiledAlternative, Outcome)>,
    pub(crate) reason: Option<Reason>,
}

impl<'a> Trace for Record<'a, '_> {
    const EVERYTHING: bool = true;

    fn standing(&mut self, reason: Reason, refuses: bool, exemption: Option<ActionIndex>) {
        let policy = self.case.sight.policy();
        let exemption = exemption.and_then(|action| policy.action(action)).map(|action| action.name.to_string());
        self.standing.push(StandingView { reason, refuses, exemption });
    }

    fn layer(&mut self, number: usize, level: Option<LevelIndex>) {
        let spec = self.case.sight.policy().layers.get(number);
        let mut holders = Holders::new();
        if let (Some(spec), Some(level)) = (spec, level) {
            self.case.find_holders(number, spec, level, &mut holders);
        }
        self.layers.push(RecordedLayer { number, level, holders, alternatives: Vec::new(), reason: None });
    }

    fn alternative(&mut self, alternative: &CompiledAlternative, outcome: &Outcome) {
        if let Some(layer) = self.layers.last_mut() {
            layer.alternatives.push((alternative.clone(), *outcome));
        }
    }

    fn verdict(&mut self, reason: Reason) {
        if let Some(layer) = self.layers.last_mut() {
            layer.reason = Some(reason);
        }
    }
}

/// Explains a question.
pub(crate) fn explain(sight: Sight<'_>, question: &Question<'_>) -> Explanation {
    let mut view = QuestionView {
        subject: if question.subject.is_app { "the app itself".to_owned() } else { question.subject.user.to_owned() },
        action: question.action.to_owned(),
        resource_type: question.resource.kind.to_owned(),
        resource: question.resource.id.to_owned(),
        channel: question.resource.channel.map(str::to_owned),
        ..QuestionView::default()
    };
    let gathered = if question.subject.is_app { Err(Reason::ServerKey) } else { Case::of_question(sight, question) };
    let early = gathered.as_ref().err().copied();
    // What else would be in the way of somebody who is deactivated is worth knowing too.
    let gathered = if early == Some(Reason::Deactivated) { Case::of_question_if_active(sight, question) } else { gathered };
    let case = match gathered {
        Ok(case) => case,
        Err(reason) => {
            let decision = decision(early.unwrap_or(reason), sight);
            return Explanation { decision, question: view, standing: Vec::new(), layers: Vec::new(), remedies: Vec::new() };
        }
    };
    let policy = sight.policy();
    let by_team = policy.layers.iter().any(|layer| layer.spec.holders.contains(&Holder::TeamRole));
    let roles = if by_team { case.team_roles() } else { case.roles.clone() };
    view.roles = roles.iter().map(|role| policy.role_name(*role).to_owned()).collect();
    view.channel_roles = case.membership.iter().flatten().map(|role| policy.role_name(*role).to_owned()).collect();
    view.channel = case.channel.map(|channel| channel.name.to_owned()).or(view.channel);
    view.owner = match case.action_owner() {
        UserRef::Nobody => None,
        UserRef::Number(user) => Some(sight.user_name(user).to_owned()),
        UserRef::Name(name) => Some(name.to_owned()),
    };

    let mut record = Record { case: &case, standing: Vec::new(), layers: Vec::new() };
    if let Some(reason) = early {
        record.standing(reason, true, None);
    }
    let decided = decide(&case, &mut record);
    let reason = early.unwrap_or(decided);
    let decision = decision(reason, sight);
    let remedies = if decision.allowed { Vec::new() } else { remedies(&record, question) };
    let Record { standing, layers, .. } = record;
    let layers = layers.iter().map(|layer| layer_view(policy, layer)).collect();
    Explanation { decision, question: view, standing, layers, remedies }
}

fn decision(reason: Reason, sight: Sight<'_>) -> DecisionView {
    let Decision { allowed, reason, revision } = Decision::of((reason, sight.revision()));
    DecisionView { allowed, reason, text: reason.text(), revision }
}

fn layer_view(policy: &Policy, layer: &RecordedLayer<'_>) -> LayerView {
    LayerView {
        layer: policy.layers.get(layer.number).map_or_else(String::new, |layer| layer.spec.name.clone()),
        applies: layer.level.is_some(),
        allows: layer.reason == Some(Reason::Granted) || layer.level.is_none(),
        reason: layer.reason,
        level: layer.level.map(|level| level_name(policy, level)),
        holders: layer.holders.iter().map(|held| holder_name(policy, held)).collect(),
        alternatives: layer
            .alternatives
            .iter()
            .map(|(alternative, outcome)| alternative_view(policy, layer, alternative, outcome))
            .collect(),
    }
}

pub(crate) fn level_name(policy: &Policy, level: LevelIndex) -> String {
    match level {
        LevelIndex::App => ".app".to_owned(),
        LevelIndex::Type(number) => policy.types.name(number).unwrap_or_default().to_owned(),
    }
}

fn holder_name(policy: &Policy, held: &Held<'_>) -> String {
    let role = held.role.map_or("", |role| policy.role_name(role));
    match held.holder {
        Holder::UserRole => format!("user role '{role}'"),
        Holder::TeamRole => format!("user role '{role}'"),
        Holder::ChannelRole => format!("channel role '{role}'"),
        Holder::ChannelOwner => format!("'{role}' of the channel"),
        Holder::Token => "token".to_owned(),
        Holder::Client => "client".to_owned(),
    }
}

fn alternative_view(policy: &Policy, layer: &RecordedLayer<'_>, alternative: &CompiledAlternative, outcome: &Outcome) -> AlternativeView {
    let by = outcome.by.and_then(|number| layer.holders.get(number)).filter(|_| outcome.met != Met::No);
    let needed = alternative.needs.first().map(|need| need.permission);
    let given = matches!((by, needed), (Some(held), Some(permission)) if held.is_given_here(permission));
    let revoked = needed.is_some_and(|permission| layer.holders.iter().any(|held| held.is_revoked(permission) && had(held, permission)));
    AlternativeView {
        permissions: alternative.needs.iter().map(|need| policy.permission_name(need.permission).to_owned()).collect(),
        conditions: alternative.when.iter().collect(),
        outcome: match outcome.met {
            Met::No => AlternativeOutcome::NotHeld,
            Met::DemandFailed => AlternativeOutcome::DemandFails,
            Met::By(_) if outcome.failing.is_empty() => AlternativeOutcome::Allows,
            Met::By(_) => AlternativeOutcome::ConditionFails,
        },
        held_by: by.map(|held| holder_name(policy, held)),
        failing: outcome.failing.iter().collect(),
        modifier: match (given, revoked) {
            (true, _) => Some("given by a modifier of the channel"),
            (false, true) => Some("taken away by a modifier of the channel"),
            (false, false) => None,
        },
    }
}

/// Whether a role would hold a permission without the channel's modifiers.
fn had(held: &Held<'_>, permission: u16) -> bool {
    matches!(held.grants, HeldGrants::Role(base, _) if base.held.contains(permission))
}
