//! A decision that is no, in Stream's words.
//!
//! Stream's text says who asked with which roles for which action in which scope. What it does not say, and people then ask for, goes
//! into the object `hallpass`: the reason's code, the permissions that would open the action, the smallest change that would allow it,
//! and the revision decided at. Where a standing refused (a frozen channel, slow mode, a ban), the permissions are those of its exemption,
//! and a ban says when it ends.

use hallpass::{ActionLevel, ActionSpec, ChangeError, Decision, Question, QuestionView, Reason, Timestamp};
use serde_json::Value;

use super::call::Call;
use super::caller::Caller;
use super::error::{Code, StreamError};
use super::user::render::ban_of;

/// The refusal of a question.
pub(super) fn of(call: &Call, question: &Question<'_>, decision: &Decision) -> StreamError {
    let engine = call.tenant.engine();
    let spec = engine.profile().catalogue().actions.iter().find(|action| action.name == question.action);
    let explanation = engine.explain(question);
    let error = worded(call, question, spec, &explanation.question, decision.reason)
        .with("reason", decision.reason.code())
        .with("text", decision.reason.text())
        .with("action", question.action)
        .with("revision", decision.revision.0);
    let exemptions = &engine.profile().catalogue().exemptions;
    let lifting = match decision.reason {
        Reason::NoGrant | Reason::ConditionFailed | Reason::TeamMismatch | Reason::NotMember => Some(question.action),
        Reason::Frozen => exemptions.frozen.as_deref(),
        Reason::SlowMode => exemptions.slow_mode.as_deref(),
        Reason::Disabled if spec.is_some_and(|spec| !spec.write) => exemptions.disabled.as_deref(),
        Reason::Banned | Reason::ChannelBanned => {
            return match end_of_ban(call, question, decision.reason) {
                Some(end) => error.with("until", call.dialect.time(end)),
                None => error,
            };
        }
        _ => None,
    };
    let Some(lifting) = lifting else { return error };
    let opening = engine.profile().catalogue().actions.iter().filter(|spec| spec.name == lifting);
    let ways = opening.flat_map(|spec| &spec.any_of);
    let missing: Vec<Value> = ways.flat_map(|way| &way.all).map(|permission| Value::from(permission.as_str())).collect();
    let error = error.with("missing", missing);
    if lifting != question.action {
        return error.with("exemption", lifting);
    }
    match explanation.remedies.first() {
        Some(smallest) => error.with("remedy", smallest.text.as_str()),
        None => error,
    }
}

/// When the ban ends that refuses a question; `None`: never.
fn end_of_ban(call: &Call, question: &Question<'_>, reason: Reason) -> Option<Timestamp> {
    let channel = match reason {
        Reason::ChannelBanned => Some(channel_of(question)?.parse().ok()?),
        _ => None,
    };
    ban_of(call.tenant.engine(), question.subject.user, channel.as_ref(), call.now)?.expires_at
}

/// The refusal of a user who is not there (any more).
pub(super) fn of_standing(user: &str, reason: Reason) -> StreamError {
    let text = match reason {
        Reason::Deactivated => format!("User '{user}' is deactivated"),
        _ => format!("User '{user}' does not exist"),
    };
    StreamError::not_allowed(text).with("reason", reason.code()).with("text", reason.text())
}

/// Input that the catalogue or the world does not allow. `place` is where the request holds what the fault is about, where that is not
/// where the engine's name for it says: `set.config_overrides.` for modifiers.
pub(super) fn of_change(error: &ChangeError, place: &str) -> StreamError {
    let text = error.to_string();
    let place = if error.field().is_some_and(|field| field.starts_with(MODIFIERS)) { place } else { "" };
    let mut answer = StreamError::input(format!("{place}{text}")).with("reason", error.code());
    if let Some((field, problem)) = text.split_once(": ").filter(|_| error.field().is_some()) {
        answer.fields.push((format!("{place}{field}"), problem.to_owned()));
    }
    match error.nearest() {
        Some(nearest) => answer.with("nearest", nearest),
        None => answer,
    }
}

/// The engine's name for the modifiers of a channel.
const MODIFIERS: &str = "grants";

fn worded(call: &Call, question: &Question<'_>, spec: Option<&ActionSpec>, understood: &QuestionView, reason: Reason) -> StreamError {
    let user = match &call.caller {
        Caller::User(id) | Caller::Anonymous(id) => id.as_str(),
        Caller::Server => "",
    };
    let channel = channel_of(question);
    match reason {
        Reason::UnknownSubject | Reason::Deactivated => return of_standing(user, reason),
        Reason::UnknownChannel => return StreamError::not_found(format!("channel '{}' does not exist", channel.unwrap_or_default())),
        _ => {}
    }
    let channel_type = channel.and_then(|channel| channel.split(':').next());
    let scope = channel_type.filter(|_| spec.is_some_and(|spec| spec.level != ActionLevel::App));
    let who = format!("User '{user}' with {}{}", roles(understood, scope.is_some()), teams(call, question));
    let action = question.action;
    let place = scope.map(|scope| format!(" in scope '{scope}'")).unwrap_or_default();
    match reason {
        Reason::TeamMismatch if team_of(call, question).is_none() => {
            let scope = scope.unwrap_or(".app");
            let text = format!("{who} cannot access resource in scope '{scope}' because requested resource does not belong to any team");
            StreamError::not_allowed(text)
        }
        Reason::FeatureOff => {
            let feature = spec.and_then(|spec| spec.feature.as_deref()).unwrap_or("feature");
            StreamError::new(Code::FeatureOff, format!("{feature} is switched off for this channel"))
        }
        Reason::SlowMode => StreamError::new(Code::Cooldown, format!("{who} has to wait: the channel is in slow mode")),
        Reason::NoGrant | Reason::ConditionFailed | Reason::TeamMismatch | Reason::NotMember => {
            StreamError::not_allowed(format!("{who} is not allowed to perform action {action}{place}"))
        }
        other => StreamError::not_allowed(format!("{who} is not allowed to perform action {action}{place}: {}", other.text())),
    }
}

/// The channel that a question is about.
fn channel_of<'a>(question: &Question<'a>) -> Option<&'a str> {
    if question.resource.kind == "channel" { Some(question.resource.id) } else { question.resource.channel }
}

/// The team of the resource: that of the channel that it is, or lies in.
fn team_of(call: &Call, question: &Question<'_>) -> Option<String> {
    let team = match question.resource.team {
        Some(team) => Some(team.to_owned()),
        None => call.tenant.engine().channel(channel_of(question)?).and_then(|channel| channel.team),
    };
    team.filter(|team| !team.is_empty())
}

/// `roles ['user', 'channel_member']` in a channel, `role 'user'` at app level, where one role counts.
fn roles(understood: &QuestionView, in_scope: bool) -> String {
    if !in_scope {
        return format!("role '{}'", understood.roles.first().map(String::as_str).unwrap_or_default());
    }
    let all: Vec<&str> = understood.roles.iter().chain(&understood.channel_roles).map(String::as_str).collect();
    format!("roles {}", quoted(&all))
}

/// ` from team 'red'`, where teams count and the user has any.
fn teams(call: &Call, question: &Question<'_>) -> String {
    let engine = call.tenant.engine();
    let teams = match engine.user(question.subject.user) {
        Some(user) if engine.settings().teams => user.teams,
        _ => return String::new(),
    };
    match teams.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => String::new(),
        [team] => format!(" from team '{team}'"),
        teams => format!(" from teams {}", quoted(teams)),
    }
}

fn quoted(names: &[&str]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("'{name}'")).collect();
    format!("[{}]", names.join(", "))
}
