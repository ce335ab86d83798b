//! Whether a webhook is told of an occurrence.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::super::chat::filter::PropertyFilter;
use super::super::fault::Fault;
use super::super::fields::Fields;
use super::{Occurrence, WebhookDocument};

/// The filters that are served.
const FILTERS: &[&str] = &["author_type", "only_my_chats", "chat_presence", "source_type", "chat_properties", "chat_member_ids"];

/// Reads filters, as they will be kept.
///
/// # Errors
/// `validation`.
pub(super) fn read(filters: &Fields) -> Result<Map<String, Value>, Fault> {
    if let Some(name) = filters.raw().keys().find(|name| !FILTERS.contains(&name.as_str())) {
        return Err(Fault::validation(format!("{}: is not served; expected some of {}", filters.path(name), FILTERS.join(", "))));
    }
    filters.word("author_type", &["customer", "agent"])?;
    filters.flag("only_my_chats")?;
    let presence = filters.object_or_empty("chat_presence")?;
    presence.flag("my_bots")?;
    let users = presence.object_or_empty("user_ids")?;
    users.texts("values")?;
    users.texts("exclude_values")?;
    for source in filters.texts("source_type")?.unwrap_or_default() {
        if !matches!(source.as_str(), "my_client" | "other_clients" | "system") {
            return Err(filters.refuse("source_type", "some of my_client, other_clients, system"));
        }
    }
    PropertyFilter::read(&renamed(filters))?;
    let members = filters.object_or_empty("chat_member_ids")?;
    for name in ["agents", "agents_any", "agents_exclude"] {
        members.texts(name)?;
    }
    Ok(filters.raw().clone())
}

fn renamed(filters: &Fields) -> Fields {
    let wanted = filters.value("chat_properties").cloned().unwrap_or_default();
    Fields::body(Map::from_iter([("properties".to_owned(), wanted)]))
}

/// Whether the filters of a webhook let an occurrence through. `bots` are those of its client; `client` is the one that did it.
pub(super) fn is_meant(webhook: &WebhookDocument, occurrence: &Occurrence, client: Option<&str>, bots: &BTreeSet<String>) -> bool {
    if webhook.action != occurrence.action {
        return false;
    }
    let filters = Fields::body(webhook.filters.clone());
    let own = webhook.owner_client_id.as_str();
    let by_source = filters.texts("source_type").ok().flatten().is_none_or(|sources| {
        let source = match client {
            Some(client) if client == own => "my_client",
            _ => "other_clients",
        };
        sources.iter().any(|wanted| wanted == source)
    });
    let Some(chat) = &occurrence.chat else {
        let of_own_bot = occurrence.payload.get("id").and_then(Value::as_str).is_some_and(|id| bots.contains(id));
        return by_source && (webhook.webhook_type.as_deref() != Some("bot") || of_own_bot);
    };
    let in_chat = |id: &String| chat.present.contains(id);
    let has_bot = || bots.iter().any(in_chat);
    let presence = filters.object_or_empty("chat_presence").unwrap_or_default();
    let users = presence.object_or_empty("user_ids").unwrap_or_default();
    let members = filters.object_or_empty("chat_member_ids").unwrap_or_default();
    let texts = |fields: &Fields, name: &str| fields.texts(name).ok().flatten();
    let is_own_chat = || {
        let source = chat.properties.get("source").and_then(|source| source.get("client_id")).and_then(Value::as_str);
        source.or(chat.client.as_deref()) == Some(own)
    };
    by_source
        && (webhook.webhook_type.as_deref() != Some("bot") || has_bot())
        && filters.text("author_type").ok().flatten().is_none_or(|wanted| wanted == chat.author_type)
        && (filters.flag("only_my_chats").ok().flatten() != Some(true) || is_own_chat())
        && (presence.flag("my_bots").ok().flatten() != Some(true) || has_bot())
        && texts(&users, "values").is_none_or(|wanted| wanted.iter().any(in_chat))
        && texts(&users, "exclude_values").is_none_or(|unwanted| !unwanted.iter().any(in_chat))
        && texts(&members, "agents").is_none_or(|wanted| wanted.iter().all(in_chat))
        && texts(&members, "agents_any").is_none_or(|wanted| wanted.iter().any(in_chat))
        && texts(&members, "agents_exclude").is_none_or(|unwanted| !unwanted.iter().any(in_chat))
        && PropertyFilter::read(&renamed(&filters)).is_ok_and(|filter| filter.holds(&chat.properties))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::InChat;
    use super::*;

    fn occurrence() -> Occurrence {
        let chat = InChat {
            properties: json!({"source": {"type": "facebook"}}).as_object().unwrap().clone(),
            present: vec!["nick".to_owned(), "robo".to_owned()],
            client: Some("shop".to_owned()),
            author_type: "customer",
        };
        Occurrence { action: "incoming_event", payload: json!({}), chat: Some(chat) }
    }

    #[test]
    fn each_filter_lets_through_what_it_names_and_nothing_else() {
        let webhook = |filters: Value| WebhookDocument {
            action: "incoming_event".to_owned(),
            owner_client_id: "shop".to_owned(),
            webhook_type: Some("license".to_owned()),
            filters: filters.as_object().unwrap().clone(),
            ..WebhookDocument::default()
        };
        let bots = BTreeSet::from(["robo".to_owned()]);
        let cases = [
            (json!({}), true),
            (json!({"author_type": "customer"}), true),
            (json!({"author_type": "agent"}), false),
            (json!({"only_my_chats": true}), true),
            (json!({"chat_presence": {"my_bots": true}}), true),
            (json!({"chat_presence": {"user_ids": {"values": ["nick", "ada"]}}}), true),
            (json!({"chat_presence": {"user_ids": {"values": ["ada"]}}}), false),
            (json!({"chat_presence": {"user_ids": {"exclude_values": ["nick"]}}}), false),
            (json!({"source_type": ["my_client"]}), true),
            (json!({"source_type": ["other_clients"]}), false),
            (json!({"chat_properties": {"source": {"type": {"values": ["facebook"]}}}}), true),
            (json!({"chat_properties": {"source": {"type": {"exclude_values": ["facebook"]}}}}), false),
            (json!({"chat_member_ids": {"agents": ["nick", "robo"]}}), true),
            (json!({"chat_member_ids": {"agents": ["nick", "ada"]}}), false),
            (json!({"chat_member_ids": {"agents_any": ["nick", "ada"]}}), true),
            (json!({"chat_member_ids": {"agents_exclude": ["nick"]}}), false),
        ];
        for (filters, expected) in cases {
            read(&Fields::body(filters.as_object().unwrap().clone())).unwrap();
            assert_eq!(is_meant(&webhook(filters.clone()), &occurrence(), Some("shop"), &bots), expected, "{filters}");
        }
        let bot = WebhookDocument { webhook_type: Some("bot".to_owned()), ..webhook(json!({})) };
        assert!(is_meant(&bot, &occurrence(), None, &bots));
        assert!(!is_meant(&bot, &occurrence(), None, &BTreeSet::new()), "a bot's webhook without a bot in the chat");
        let unknown = Fields::body(json!({"weather": "fine"}).as_object().unwrap().clone());
        assert!(read(&unknown).unwrap_err().message.starts_with("weather: is not served"));
    }
}
