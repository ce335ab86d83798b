//! Whether a message is in a caller's list: asked for each message, with that message as the resource.

use std::collections::BTreeMap;

use hallpass::Timestamp;
use hallpass_store::{kind, member_document_id};

use super::super::call::Call;
use super::super::documents;
use super::super::error::CometError;
use super::super::group;
use super::super::member::MemberDocument;
use super::receiver::ReceiverType;
use super::{MessageDocument, resource};

/// What is looked up once for all rows: since when the caller is a member of each group.
#[derive(Debug, Default)]
pub(in super::super) struct Rows {
    joined: BTreeMap<String, Timestamp>,
}

impl Rows {
    /// Whether the caller sees this message in the list that `action` is about. Replies have to be visible as such, besides.
    ///
    /// # Errors
    /// When the store fails.
    pub(in super::super) async fn shows(
        &mut self,
        call: &Call,
        action: &'static str,
        message: &MessageDocument,
    ) -> Result<bool, CometError> {
        let (id, channel) = (message.id.to_string(), message.channel());
        let row = resource("message", &id, channel.as_deref(), &message.sender);
        let mut attributes = vec![("receiver_type", message.receiver_type.name()), ("message_category", message.category.as_str())];
        if message.category == "message" {
            attributes.push(("message_type", &message.message_type));
        }
        if message.receiver_type == ReceiverType::Group {
            let is_before = message.sent_at < self.joined(call, &message.receiver).await?;
            attributes.push(("history", if is_before { "before_join" } else { "after_join" }));
        }
        if !call.permits_row(action, row, &attributes)? {
            return Ok(false);
        }
        let is_reply_elsewhere = message.parent.is_some() && action != "ListThreadedMessages";
        Ok(!is_reply_elsewhere || call.permits_row("ListThreadedMessages", row, &attributes)?)
    }

    async fn joined(&mut self, call: &Call, guid: &str) -> Result<Timestamp, CometError> {
        if let Some(at) = self.joined.get(guid) {
            return Ok(*at);
        }
        let at = match call.caller.user() {
            Some(user) => {
                let id = member_document_id(&group::channel_id(guid)?, user);
                let document: Option<MemberDocument> = documents::one(&call.tenant, kind::MEMBER, &id).await?;
                document.map_or_else(|| documents::unknown_time(&call.tenant), |document| document.joined_at)
            }
            None => Timestamp(0),
        };
        self.joined.insert(guid.to_owned(), at);
        Ok(at)
    }
}
