//! A decision that is no, and a change that cannot be, in CometChat's words.

use hallpass::{ChangeError, Decision, Question, Reason};

use super::call::Call;
use super::error::{Code, CometError};

/// The refusal of a question.
pub(super) fn of(call: &Call, question: &Question<'_>, decision: &Decision) -> CometError {
    let uid = question.subject.user;
    let guid = group_of(question).unwrap_or_default();
    let error = match decision.reason {
        Reason::UnknownSubject | Reason::Deactivated => CometError::no_user(uid),
        Reason::UnknownToken => CometError::new(Code::WrongAuthToken, "The auth token is not known, or has been deleted."),
        Reason::UnknownChannel | Reason::ChannelDeleted => CometError::no_group(guid),
        Reason::Blocked => CometError::new(Code::BlockedReceiver, "The receiver has blocked the sender."),
        Reason::ChannelBanned => CometError::new(Code::BannedGroupMember, format!("The user {uid} is banned from the group {guid}.")),
        Reason::NotMember => CometError::new(Code::GroupNotJoined, format!("The user {uid} is not a member of the group {guid}.")),
        Reason::ScopeLayerDenied if call.tenant.engine().member(channel_of(question).unwrap_or_default(), uid).is_none() => {
            CometError::new(Code::GroupNotJoined, format!("The user {uid} is not a member of the group {guid}."))
        }
        reason => CometError::new(
            Code::PermissionDenied,
            format!("The user {uid} does not have the permission for this operation ({}): {}.", question.action, reason.text()),
        ),
    };
    let explanation = call.tenant.engine().explain(question);
    let error = error
        .with("reason", decision.reason.code())
        .with("text", decision.reason.text())
        .with("action", question.action)
        .with("revision", decision.revision.0);
    match explanation.remedies.first() {
        Some(smallest) => error.with("remedy", smallest.text.as_str()),
        None => error,
    }
}

/// The channel that a question is about.
fn channel_of<'a>(question: &Question<'a>) -> Option<&'a str> {
    if question.resource.kind == "channel" { Some(question.resource.id) } else { question.resource.channel }
}

/// The group that a question is about.
fn group_of<'a>(question: &Question<'a>) -> Option<&'a str> {
    channel_of(question)?.split_once(':').map(|(_, guid)| guid)
}

/// Input that the catalogue or the world does not allow.
pub(super) fn of_change(error: &ChangeError) -> CometError {
    let text = error.to_string();
    let answer = match error.field() {
        Some(field) => CometError::field(field, format!("{text}.")),
        None => CometError::bad_request(format!("{text}.")),
    };
    let answer = answer.with("reason", error.code());
    match error.nearest() {
        Some(nearest) => answer.with("nearest", nearest),
        None => answer,
    }
}
