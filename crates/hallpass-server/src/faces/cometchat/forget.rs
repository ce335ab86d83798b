//! What goes with a user who is deleted for good: what they wrote and how they reacted, and their one-to-one conversations. Whoever gets the
//! id next must not find the conversations of somebody else, nor be the author of what somebody else wrote.

use hallpass_store::{DocumentWrite, kind, member_document_id};
use serde_json::Value;

use super::call::Call;
use super::conversation;
use super::documents::{self, SEPARATOR};
use super::error::CometError;
use super::message::{MessageDocument, store};
use super::{group, reaction, session};

/// Messages read from the store at a time.
const AT_ONCE: usize = 1_000;

/// The documents that go with a user. Reads all messages of the app, so nothing else may change meanwhile.
///
/// # Errors
/// When the store fails.
pub(super) async fn user(call: &Call, uid: &str) -> Result<Vec<DocumentWrite>, CometError> {
    let mut gone = Vec::new();
    let mut from = None;
    loop {
        let read = call.tenant.read(move |store, app| store::scan_all(store, app, from, AT_ONCE)).await.map_err(CometError::internal)?;
        if read.is_empty() {
            break;
        }
        for body in read {
            let message: MessageDocument = serde_json::from_value(body).map_err(CometError::internal)?;
            from = Some(message.id);
            if message.is_between(uid) {
                gone.extend(store::forget(&message));
                gone.extend(reaction::forget(call, message.id).await?);
            }
        }
    }
    gone.extend(reaction::forget_of(call, uid).await?);
    gone.extend(session::forget_of(call, uid).await?);
    for conversation in conversation::all_of(call, uid).await? {
        gone.push(DocumentWrite::delete(conversation::VIEW, format!("{conversation}{SEPARATOR}{uid}")));
        gone.extend(conversation::forget(call, &conversation, uid).await?);
        if let Some(guid) = conversation::guid_of(&conversation) {
            gone.push(DocumentWrite::delete(kind::MEMBER, member_document_id(&group::channel_id(guid)?, uid)));
        }
    }
    Ok(gone)
}

/// All documents of a kind whose body holds this value in a field.
pub(super) async fn holding(call: &Call, kind: &'static str, fields: &[&str], value: &str) -> Result<Vec<DocumentWrite>, CometError> {
    let found = documents::all::<Value>(&call.tenant, kind, "").await?;
    let holds = |body: &Value| fields.iter().any(|field| body.get(field).and_then(Value::as_str) == Some(value));
    Ok(found.into_iter().filter(|(_, body)| holds(body)).map(|(id, _)| DocumentWrite::delete(kind, id)).collect())
}
