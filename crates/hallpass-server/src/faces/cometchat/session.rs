//! Calls: who rang whom, who joined. Records that permissions are checked for; there is no sound and no picture.

use hallpass::{Resource, Timestamp};
use hallpass_store::DocumentWrite;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::call::Call;
use super::conversation;
use super::documents::{self, seconds};
use super::entity;
use super::envelope::Answer;
use super::error::{Code, CometError};
use super::forget;
use super::group;
use super::message::receiver::{Receiver, ReceiverType};
use super::message::resource;
use super::page::Page;
use crate::key::random_hex;
use crate::lock::Footprint;

/// Calls, by session id.
const KIND: &str = "call";
/// Types of calls.
const TYPES: &[&str] = &["audio", "video"];
/// What a call can become, and what that ends.
const STATUSES: &[&str] = &["ongoing", "rejected", "cancelled", "busy", "unanswered", "ended"];
/// Somebody accepts.
const ONGOING: &str = "ongoing";
/// Nobody has accepted yet.
const INITIATED: &str = "initiated";
/// Hexadecimal digits of a session id.
const SESSION_DIGITS: usize = 32;

/// A call, as stored.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct CallDocument {
    session: String,
    initiator: String,
    receiver_type: ReceiverType,
    receiver: String,
    #[serde(rename = "type")]
    call_type: String,
    status: String,
    metadata: Option<Map<String, Value>>,
    initiated_at: Timestamp,
    joined_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    participants: Vec<String>,
}

impl CallDocument {
    fn channel(&self) -> Option<String> {
        (self.receiver_type == ReceiverType::Group).then(|| format!("{}:{}", group::CHANNEL_TYPE, self.receiver))
    }

    fn is_over(&self) -> bool {
        !matches!(self.status.as_str(), INITIATED | ONGOING)
    }
}

/// `POST /calls`
pub(super) async fn initiate(call: Call) -> Result<Answer, CometError> {
    let receiver = Receiver::of_body(&call).await?;
    let Some(call_type) = call.body.text("type")?.filter(|name| TYPES.contains(name)) else {
        return Err(CometError::field("type", format!("The type must be one of {}.", TYPES.join(", "))));
    };
    let attributes = [("receiver_type", receiver.kind().name()), ("call_type", call_type)];
    call.permit("InitiateCall", receiver.resource(), &attributes)?;
    let initiator = entity::actor(&call).to_owned();
    if receiver.kind() == ReceiverType::User && receiver.id() == initiator {
        return Err(CometError::new(Code::CallingSelf, "Nobody can call themselves."));
    }
    let document = CallDocument {
        session: format!("v1.{}", random_hex(SESSION_DIGITS)),
        initiator: initiator.clone(),
        receiver_type: receiver.kind(),
        receiver: receiver.id().to_owned(),
        call_type: call_type.to_owned(),
        status: INITIATED.to_owned(),
        metadata: call.body.object("metadata")?.map(|metadata| metadata.raw().clone()),
        initiated_at: call.now,
        participants: vec![initiator],
        ..CallDocument::default()
    };
    let edit = call.edit(footprint(&document)).await?;
    call.permit("InitiateCall", receiver.resource(), &attributes)?;
    call.commit(edit, Vec::new(), vec![documents::put(KIND, &document.session, &document)?]).await?;
    Ok(Answer::of(shown(&call, &document).await?))
}

/// `PUT /calls/{session}`: accepting (which is joining), rejecting, ending.
pub(super) async fn update(call: Call) -> Result<Answer, CometError> {
    let status = call.body.required_text("status")?.to_owned();
    if !STATUSES.contains(&status.as_str()) {
        return Err(CometError::field("status", format!("The status must be one of {}, got \"{status}\".", STATUSES.join(", "))));
    }
    let document = of_path(&call).await?;
    let may = |document: &CallDocument| {
        if status == ONGOING {
            permit(&call, "JoinCall", document)?;
        }
        permit(&call, "UpdateCall", document)
    };
    may(&document)?;
    let edit = call.edit(footprint(&document)).await?;
    let mut document = of_path(&call).await?;
    may(&document)?;
    if document.is_over() {
        let text = format!("The call {} is over: it is {}.", document.session, document.status);
        return Err(CometError::new(Code::CallTerminated, text));
    }
    let actor = entity::actor(&call).to_owned();
    if status == ONGOING {
        document.joined_at.get_or_insert(call.now);
        if !document.participants.contains(&actor) {
            document.participants.push(actor);
        }
    } else {
        document.ended_at = Some(call.now);
    }
    document.status = status;
    call.commit(edit, Vec::new(), vec![documents::put(KIND, &document.session, &document)?]).await?;
    Ok(Answer::of(shown(&call, &document).await?))
}

/// `GET /calls/{session}`
pub(super) async fn get(call: Call) -> Result<Answer, CometError> {
    let document = of_path(&call).await?;
    permit(&call, "GetCall", &document)?;
    Ok(Answer::of(record(&call, &document).await?))
}

/// `GET /calls`: those of the caller; all, for the app.
pub(super) async fn list(call: Call) -> Result<Answer, CometError> {
    let page = Page::of(&call.query)?;
    call.permit_listing("ListCalls", Resource::app())?;
    let mut found = Vec::new();
    for (_, document) in documents::all::<CallDocument>(&call.tenant, KIND, "").await? {
        let channel = document.channel();
        let row = resource("call", &document.session, channel.as_deref(), &document.initiator);
        if is_party(&call, &document) && call.permits_row("ListCalls", row, &[])? {
            found.push(document);
        }
    }
    found.sort_by(|one, other| (other.initiated_at, &other.session).cmp(&(one.initiated_at, &one.session)));
    let (calls, total) = page.cut(found);
    let mut shown = Vec::with_capacity(calls.len());
    for document in &calls {
        shown.push(record(&call, document).await?);
    }
    let pagination = page.pagination(total, shown.len());
    Ok(Answer::of(shown).with_meta(json!({ "pagination": pagination })))
}

/// `DELETE /calls/{session}`
pub(super) async fn delete(call: Call) -> Result<Answer, CometError> {
    let document = of_path(&call).await?;
    permit(&call, "DeleteCall", &document)?;
    let edit = call.edit(footprint(&document)).await?;
    let document = of_path(&call).await?;
    // Asked again: the caller may have left the group while this waited.
    permit(&call, "DeleteCall", &document)?;
    call.commit(edit, Vec::new(), vec![DocumentWrite::delete(KIND, document.session.clone())]).await?;
    Ok(Answer::success(format!("The call {} has been deleted.", document.session)))
}

/// The calls of a user, to be deleted.
pub(super) async fn forget_of(call: &Call, uid: &str) -> Result<Vec<DocumentWrite>, CometError> {
    forget::holding(call, KIND, &["initiator", "receiver"], uid).await
}

/// A call and, where it is a group's, the group, whose members change with it held.
fn footprint(document: &CallDocument) -> Footprint {
    let footprint = Footprint::facts().entity(KIND, document.session.clone());
    match document.channel() {
        Some(channel) => footprint.channel(channel),
        None => footprint,
    }
}

fn permit(call: &Call, action: &'static str, document: &CallDocument) -> Result<(), CometError> {
    let channel = document.channel();
    let attributes = [("receiver_type", document.receiver_type.name()), ("call_type", document.call_type.as_str())];
    call.permit(action, resource("call", &document.session, channel.as_deref(), &document.initiator), &attributes)
}

/// Whether a one-to-one call is the caller's; calls of groups are for their members, which the engine knows.
fn is_party(call: &Call, document: &CallDocument) -> bool {
    let is_between = |user: &str| document.initiator == user || document.receiver == user;
    document.receiver_type == ReceiverType::Group || call.caller.user().is_none_or(is_between)
}

/// The call that the path names. Calls between others are not there, as far as anybody can tell.
async fn of_path(call: &Call) -> Result<CallDocument, CometError> {
    let session = call.path("session")?;
    let found: Option<CallDocument> = documents::one(&call.tenant, KIND, session).await?;
    let unknown = || CometError::new(Code::CallSessionNotFound, format!("The call {session} does not exist."));
    found.filter(|document| is_party(call, document)).ok_or_else(unknown)
}

/// A call, as a record.
async fn record(call: &Call, document: &CallDocument) -> Result<Value, CometError> {
    let receiver = receiver_of(call, document).await?;
    let mut object = json!({
        "sessionid": document.session, "sessionId": document.session, "initiator": document.initiator, "receiver": document.receiver,
        "receiverType": document.receiver_type.name(), "type": document.call_type, "status": document.status,
        "participants": document.participants, "initiatedAt": seconds(document.initiated_at),
        "data": {"entities": {
            "sender": entity::of_user(call, &document.initiator).await?, "initiator": entity::of_user(call, &document.initiator).await?,
            "receiver": receiver,
        }},
    });
    let given = [
        ("joinedAt", document.joined_at.map(|at| json!(seconds(at)))),
        ("endedAt", document.ended_at.map(|at| json!(seconds(at)))),
        ("metadata", document.metadata.as_ref().map(|metadata| json!(metadata))),
    ];
    if let Some(object) = object.as_object_mut() {
        object.extend(given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    }
    Ok(object)
}

async fn receiver_of(call: &Call, document: &CallDocument) -> Result<Value, CometError> {
    match document.receiver_type {
        ReceiverType::User => entity::of_user(call, &document.receiver).await,
        ReceiverType::Group => entity::of_group(call, &group::find(call, &document.receiver).await?).await,
    }
}

/// A call, as the message of the category `call` that the SDK reads.
async fn shown(call: &Call, document: &CallDocument) -> Result<Value, CometError> {
    let by = entity::actor(call);
    let conversation = match document.receiver_type {
        ReceiverType::User => conversation::of_users(&document.initiator, &document.receiver),
        ReceiverType::Group => conversation::of_group(&document.receiver),
    };
    let entities = json!({
        "by": entity::of_user(call, by).await?,
        "for": receiver_of(call, document).await?,
        "on": {"entity": record(call, document).await?, "entityType": "call"},
    });
    Ok(json!({
        "conversationId": conversation::shown_id(&conversation), "sender": by, "receiverType": document.receiver_type.name(),
        "receiver": document.receiver, "category": "call", "type": document.call_type, "status": document.status,
        "data": {"action": document.status, "entities": entities}, "sentAt": seconds(call.now), "updatedAt": seconds(call.now),
    }))
}
