//! A decision that is no, in LiveChat's words.
//!
//! The vendor says *authorization error* and leaves the rest to guessing. Here `data` says which scopes would do (any one of the lists),
//! why what was held did not, and the smallest change that would allow it; `WWW-Authenticate` says it to OAuth clients (RFC 6750), for
//! missing scopes only: a role or a chat out of reach is not mended by another consent.

use std::collections::BTreeSet;

use hallpass::{ChangeError, Condition, Decision, Question, Reason};
use serde_json::{Value, json};

use super::fault::{Fault, FaultType};
use crate::tenant::Tenant;

/// The refusal of a question.
pub(super) fn of(tenant: &Tenant, question: &Question<'_>, decision: &Decision) -> Fault {
    let engine = tenant.engine();
    let spec = engine.profile().catalogue().actions.iter().find(|action| action.name == question.action);
    let ways = spec.map(|spec| spec.any_of.as_slice()).unwrap_or_default();
    let lists: Vec<&Vec<String>> = ways.iter().map(|way| &way.all).fold(Vec::new(), |mut seen, all| {
        if !seen.contains(&all) {
            seen.push(all);
        }
        seen
    });
    let in_words = lists.iter().map(|all| all.join(" and ")).collect::<Vec<_>>().join(", or ");
    let action = question.action;
    let fault = match decision.reason {
        Reason::ScopeMissing => Fault::new(FaultType::Authorization, format!("{action} needs a scope that the token lacks: {in_words}")),
        Reason::ClientScopeMissing => {
            Fault::new(FaultType::Authorization, format!("{action} needs a scope that the token's client lacks: {in_words}"))
        }
        Reason::RoleLayerDenied => {
            Fault::new(FaultType::Authorization, format!("{action} needs a scope that the account's role may not hold: {in_words}"))
        }
        Reason::ConditionFailed | Reason::NotMember | Reason::TeamMismatch => out_of_reach(tenant, question),
        Reason::UnknownToken | Reason::UnknownSubject => {
            return Fault::authentication("no such token, or it was revoked", Some("invalid_token"));
        }
        Reason::Deactivated => Fault::new(FaultType::RequesterSuspended, "the account of the token is suspended"),
        Reason::UnknownChannel | Reason::ChannelDeleted | Reason::ChannelMissing => return Fault::not_found("there is no such chat"),
        other => Fault::new(FaultType::Authorization, other.text()),
    };
    let mut fault = fault.with("reason", decision.reason.code()).with("text", decision.reason.text()).with("action", action);
    if !lists.is_empty() {
        fault = fault.with("missing_scopes", json!(lists));
    }
    if matches!(decision.reason, Reason::ScopeMissing | Reason::ClientScopeMissing) {
        let all: BTreeSet<&str> = lists.iter().flat_map(|all| all.iter().map(String::as_str)).collect();
        let scopes = all.into_iter().collect::<Vec<_>>().join(" ");
        fault.challenge = Some(format!("Bearer realm=\"hallpass\", error=\"insufficient_scope\", scope=\"{scopes}\"").into_boxed_str());
    }
    match engine.explain(question).remedies.first() {
        Some(smallest) => fault.with("remedy", smallest.text.as_str()),
        None => fault,
    }
}

/// A scope is held, and what is asked about lies outside of its reach.
fn out_of_reach(tenant: &Tenant, question: &Question<'_>) -> Fault {
    let failing: BTreeSet<Condition> = tenant
        .engine()
        .explain(question)
        .layers
        .iter()
        .flat_map(|layer| &layer.alternatives)
        .flat_map(|way| way.failing.iter().copied())
        .collect();
    let needs: Vec<&str> = failing.iter().map(|condition| in_words(*condition)).collect();
    let message = format!("{} is out of the reach of the token's scopes: {}", question.action, needs.join(", or "));
    let of_chat = question.resource.kind == "channel" || question.resource.channel.is_some();
    Fault::new(if of_chat { FaultType::MissingAccess } else { FaultType::Authorization }, message)
}

fn in_words(condition: Condition) -> &'static str {
    match condition {
        Condition::Owner => "it is not the account's own",
        Condition::SameTeam => "it is of no group of the account",
        Condition::Member => "the account is not in the chat",
        Condition::Access => "no group of the account has access to the chat",
        Condition::OwnNamespace => "it does not belong to the client that is acted for",
        Condition::Friends => "they are not friends",
    }
}

/// Input that the catalogue or the world does not allow.
pub(super) fn of_change(error: &ChangeError) -> Fault {
    let fault = Fault::validation(error.to_string()).with("reason", error.code());
    match error.nearest() {
        Some(nearest) => fault.with("nearest", Value::from(nearest)),
        None => fault,
    }
}
