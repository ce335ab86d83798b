//! Webhooks: clients ask to be told, and are told, over HTTP.
//!
//! Ada's app registers a webhook for `incoming_event` with a secret and enables its webhooks for the license. When Nick answers in a
//! chat, Hallpass posts the event to the app, with the secret in the body, as the vendor does, and a signature over the body beside it.
//! An app that does not answer is asked again a few times, later and later.

mod catalogue;
pub(crate) mod deliver;
pub(in crate::faces::livechat) mod register;
mod select;
pub(in crate::faces::livechat) mod state;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::call::Call;
use super::chat::record::{Chat, Properties, UserType};

/// Kind of webhooks.
pub(in crate::faces::livechat) const WEBHOOK: &str = "webhook";

/// A webhook, as registered.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::faces::livechat) struct WebhookDocument {
    /// What it is told of, in today's words.
    pub(in crate::faces::livechat) action: String,
    pub(in crate::faces::livechat) url: String,
    /// Shows the receiver that it is us; goes into each body, and signs it.
    pub(in crate::faces::livechat) secret_key: String,
    /// `license` or `bot`; nothing in 2018, when webhooks needed no enabling.
    #[serde(rename = "type")]
    pub(in crate::faces::livechat) webhook_type: Option<String>,
    pub(in crate::faces::livechat) owner_client_id: String,
    pub(in crate::faces::livechat) description: Option<String>,
    pub(in crate::faces::livechat) filters: Map<String, Value>,
    pub(in crate::faces::livechat) additional_data: Vec<String>,
}

impl WebhookDocument {
    /// Whether it was registered in the generation of 2018, and is told in its words.
    pub(in crate::faces::livechat) const fn is_of_2018(&self) -> bool {
        self.webhook_type.is_none()
    }
}

/// What is known of the chat that something happened in.
#[derive(Debug, Clone)]
pub(in crate::faces::livechat) struct InChat {
    pub(in crate::faces::livechat) properties: Properties,
    pub(in crate::faces::livechat) present: Vec<String>,
    pub(in crate::faces::livechat) client: Option<String>,
    pub(in crate::faces::livechat) author_type: &'static str,
}

/// Something that happened.
#[derive(Debug, Clone)]
pub(in crate::faces::livechat) struct Occurrence {
    pub(in crate::faces::livechat) action: &'static str,
    pub(in crate::faces::livechat) payload: Value,
    pub(in crate::faces::livechat) chat: Option<InChat>,
}

impl Occurrence {
    /// Something in the configuration.
    pub(in crate::faces::livechat) const fn of(action: &'static str, payload: Value) -> Self {
        Self { action, payload, chat: None }
    }

    /// Something in a chat.
    pub(in crate::faces::livechat) fn in_chat(action: &'static str, chat: &Chat, payload: Value) -> Self {
        let author = payload.get("event").and_then(|event| event.get("author_id")).and_then(Value::as_str);
        let is_customer = author.and_then(|author| chat.user(author)).is_some_and(|user| user.user_type == UserType::Customer);
        let chat = InChat {
            properties: chat.document.properties.clone(),
            present: chat.document.users.iter().filter(|user| user.present).map(|user| user.id.clone()).collect(),
            client: chat.document.client.clone(),
            author_type: if is_customer { "customer" } else { "agent" },
        };
        Self { action, payload, chat: Some(chat) }
    }

    /// What a webhook is told beside the payload.
    pub(in crate::faces::livechat) fn additional_data(&self, wanted: &[String]) -> Value {
        let mut data = Map::new();
        if let Some(chat) = &self.chat {
            let wants = |name: &str| wanted.iter().any(|wanted| wanted == name);
            if wants("chat_properties") {
                data.insert("chat_properties".to_owned(), json!(chat.properties));
            }
            if wants("chat_presence_user_ids") {
                data.insert("chat_presence_user_ids".to_owned(), json!(chat.present));
            }
        }
        Value::Object(data)
    }
}

/// Tells whoever asked to be told. Called once what happened is durable, so that nobody is told what did not happen; who is told is found
/// out now, so that who asks later is not told what was before. The telling itself does not hold up the answer.
pub(in crate::faces::livechat) async fn tell(call: &Call, occurrence: Occurrence) {
    let told = deliver::Told {
        tenant: Arc::clone(&call.tenant),
        organization_id: call.organization_id(),
        client: call.token.client.clone(),
        occurrence,
    };
    call.tenant.webhooks().tell(&told).await;
}
