//! One call of each method that a scope gates: what it is made on, and what with. `{name}` stands for an id of the spot.

use std::collections::HashMap;

use serde_json::Value;

/// A call.
pub(crate) struct Case {
    /// `agent` or `configuration`.
    pub(crate) api: &'static str,
    /// The method of the data file that it is.
    pub(crate) method: &'static str,
    /// The version that it is called under, and its name there.
    pub(crate) version: &'static str,
    pub(crate) name: &'static str,
    /// What it is made on.
    pub(crate) kind: &'static str,
    /// Which of these there are: one's own and a foreign one; for chats also a shared one; for others one.
    pub(crate) objects: Objects,
    /// The body.
    pub(crate) body: &'static str,
    /// The call uses up what it is made on.
    pub(crate) uses_up: bool,
    /// Refused from outside of the chat, whatever the scopes (docs/livechat.md, Rules beside the scopes).
    pub(crate) presence: bool,
}

/// Which objects there are of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Objects {
    Chats,
    Pair,
    One,
}

impl Case {
    /// The body, on a spot.
    pub(crate) fn body_on(&self, spot: &HashMap<&'static str, Value>) -> Value {
        let mut text = self.body.to_owned();
        for (name, value) in spot {
            text = text.replace(&format!("\"{{{name}}}\""), &value.to_string());
            if let Some(plain) = value.as_str() {
                text = text.replace(&format!("{{{name}}}"), plain);
            }
        }
        assert!(!text.contains("\"{"), "{}: something is missing in {text}", self.name);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error} in {text}", self.name))
    }
}

const fn case(api: &'static str, method: &'static str, kind: &'static str, objects: Objects, body: &'static str) -> Case {
    Case { api, method, version: "v3.7", name: method, kind, objects, body, uses_up: false, presence: false }
}

const fn chat(method: &'static str, body: &'static str) -> Case {
    case("agent", method, "chat", Objects::Chats, body)
}

/// From within only.
const fn within(method: &'static str, body: &'static str) -> Case {
    Case { presence: true, ..chat(method, body) }
}

const fn setting(method: &'static str, kind: &'static str, objects: Objects, body: &'static str) -> Case {
    case("configuration", method, kind, objects, body)
}

impl Case {
    const fn using_up(self) -> Self {
        Self { uses_up: true, ..self }
    }

    /// As it was called in 2018.
    const fn in_2018(self, api: &'static str, name: &'static str) -> Self {
        Self { version: "v0.6", api, name, ..self }
    }

    const fn under(self, version: &'static str) -> Self {
        Self { version, ..self }
    }
}

use Objects::{Chats, One, Pair};

/// All cases.
#[rustfmt::skip]
pub(crate) static CASES: &[Case] = &[
    // Chats, today.
    chat("get_chat", r#"{"chat_id": "{chat}"}"#),
    chat("list_threads", r#"{"chat_id": "{chat}"}"#),
    chat("follow_chat", r#"{"id": "{chat}"}"#),
    chat("mark_events_as_seen", r#"{"chat_id": "{chat}", "seen_up_to": "2026-01-01T00:00:00Z"}"#),
    chat("deactivate_chat", r#"{"id": "{chat}", "ignore_requester_presence": true}"#).using_up(),
    chat("transfer_chat", r#"{"id": "{chat}", "ignore_requester_presence": true, "target": {"type": "group", "ids": ["{group_id}"]}}"#).using_up(),
    chat("add_user_to_chat", r#"{"chat_id": "{chat}", "user_id": "mia", "user_type": "agent", "ignore_requester_presence": true}"#),
    chat("remove_user_from_chat", r#"{"chat_id": "{chat}", "user_id": "mia", "user_type": "agent", "ignore_requester_presence": true}"#).using_up(),
    within("send_event", r#"{"chat_id": "{chat}", "event": {"type": "message", "text": "hello"}}"#),
    within("send_event_preview", r#"{"chat_id": "{chat}", "event": {"type": "message", "text": "hel"}}"#),
    within("send_typing_indicator", r#"{"chat_id": "{chat}", "is_typing": true}"#),
    within("send_thinking_indicator", r#"{"chat_id": "{chat}", "title": "hm"}"#),
    within("send_rich_message_postback", r#"{"chat_id": "{chat}", "thread_id": "{thread}", "event_id": "{event}", "postback": {"id": "yes", "toggled": true}}"#),
    chat("update_chat_properties", r#"{"id": "{chat}", "properties": {"rating": {"score": 2}}}"#),
    chat("delete_chat_properties", r#"{"id": "{chat}", "properties": {"rating": ["comment"]}}"#),
    chat("update_thread_properties", r#"{"chat_id": "{chat}", "thread_id": "{thread}", "properties": {"rating": {"score": 2}}}"#),
    chat("delete_thread_properties", r#"{"chat_id": "{chat}", "thread_id": "{thread}", "properties": {"rating": ["comment"]}}"#),
    chat("update_event_properties", r#"{"chat_id": "{chat}", "thread_id": "{thread}", "event_id": "{event}", "properties": {"rating": {"score": 2}}}"#),
    chat("delete_event_properties", r#"{"chat_id": "{chat}", "thread_id": "{thread}", "event_id": "{event}", "properties": {"rating": ["comment"]}}"#),
    chat("tag_thread", r#"{"chat_id": "{chat}", "thread_id": "{thread}", "tag": "tag-all"}"#),
    chat("untag_thread", r#"{"chat_id": "{chat}", "thread_id": "{thread}", "tag": "tag-all"}"#).using_up(),
    chat("request_thread_summary", r#"{"chat_id": "{chat}", "thread_id": "{thread}"}"#),
    case("agent", "resume_chat", "idle chat", Chats, r#"{"chat": {"id": "{chat}"}}"#).using_up(),
    case("agent", "start_chat", "group_id", Pair, r#"{"chat": {"access": {"group_ids": ["{group_id}"]}}}"#),
    case("agent", "list_chats", "", One, "{}"),
    case("agent", "list_archives", "", One, "{}"),

    // Chats, 2018.
    chat("list_threads", r#"{"chat_id": "{chat}"}"#).in_2018("agent", "get_chat_threads"),
    chat("mark_events_as_seen", r#"{"chat_id": "{chat}"}"#).in_2018("agent", "update_last_seen_timestamp"),
    chat("deactivate_chat", r#"{"payload": {"chat_id": "{chat}"}}"#).using_up().in_2018("agent", "close_thread"),
    chat("grant_chat_access", r#"{"chat_id": "{chat}", "add_scopes": {"groups": ["{group_id}"]}}"#).in_2018("agent", "update_chat_scopes"),
    chat("revoke_chat_access", r#"{"chat_id": "{chat}", "remove_scopes": {"groups": [99]}}"#).in_2018("agent", "update_chat_scopes"),
    chat("add_user_to_chat", r#"{"chat_id": "{chat}", "agent_ids": ["mia"]}"#).in_2018("agent", "join_chat"),
    chat("remove_user_from_chat", r#"{"chat_id": "{chat}", "agent_ids": ["mia"]}"#).using_up().in_2018("agent", "remove_from_chat"),
    within("send_event", r#"{"chat_id": "{chat}", "event": {"type": "message", "text": "hello"}}"#).in_2018("agent", "send_event"),
    within("send_typing_indicator", r#"{"chat_id": "{chat}", "is_typing": true}"#).in_2018("agent", "send_typing_indicator"),
    within("send_rich_message_postback", r#"{"chat_id": "{chat}", "thread_id": "{thread}", "event_id": "{event}", "postback": {"id": "yes", "toggled": true}}"#).in_2018("agent", "send_rich_message_postback"),
    chat("update_chat_properties", r#"{"chat_id": "{chat}", "properties": {"rating": {"score": {"value": 2}}}}"#).in_2018("agent", "update_chat_properties"),
    chat("update_thread_properties", r#"{"chat_id": "{chat}", "thread_id": "{thread}", "properties": {"rating": {"score": 2}}}"#).in_2018("agent", "update_chat_thread_properties"),
    case("agent", "start_chat", "group_id", Pair, r#"{"chat": {"access": {"group_ids": ["{group_id}"]}}}"#).in_2018("agent", "start_chat"),
    case("agent", "list_chats", "", One, "{}").in_2018("agent", "get_filtered_chats"),
    case("agent", "list_archives", "", One, "{}").in_2018("agent", "get_archives"),

    // Customers, multicasts, status.
    case("agent", "multicast", "", One, r#"{"recipients": {"agents": {"all": true}}, "content": {"a": 1}}"#),
    case("agent", "multicast", "", One, r#"{"scopes": {"agents": {"all": true}}, "content": {"a": 1}}"#).in_2018("agent", "multicast"),
    case("agent", "get_customer", "customer", One, r#"{"id": "{customer}"}"#),
    case("agent", "list_customers", "", One, "{}"),
    case("agent", "list_customers", "", One, "{}").in_2018("agent", "get_customers"),
    case("agent", "create_customer", "", One, "{}"),
    case("agent", "create_customer", "", One, "{}").in_2018("agent", "create_customer"),
    case("agent", "update_customer", "customer", One, r#"{"id": "{customer}", "name": "Carla"}"#),
    case("agent", "ban_customer", "customer", One, r#"{"id": "{customer}", "ban": {"days": 2}}"#),
    case("agent", "ban_customer", "customer", One, r#"{"customer_id": "{customer}", "ban": {"days": 2}}"#).in_2018("agent", "ban_customer"),
    case("agent", "follow_customer", "customer", One, r#"{"id": "{customer}"}"#),
    case("agent", "set_routing_status", "agent", Pair, r#"{"agent_id": "{agent}", "status": "offline"}"#),
    case("agent", "set_routing_status", "agent", Pair, r#"{"agent_id": "{agent}", "routing_status": "offline"}"#).in_2018("agent", "update_agent"),
    case("agent", "list_routing_statuses", "", One, "{}"),
    setting("list_customer_bans", "", One, "{}"),
    setting("unban_customer", "banned customer", One, r#"{"customer_id": "{customer}"}"#).using_up(),
    setting("ban_customer", "customer", One, r#"{"id": "{customer}", "ban": {"days": 2}}"#),

    // Agents.
    setting("create_agent", "new", One, r#"{"id": "{new}", "name": "New"}"#).using_up(),
    setting("get_agent", "agent", Pair, r#"{"id": "{agent}"}"#),
    setting("list_agents", "", One, "{}"),
    setting("update_agent", "agent", Pair, r#"{"id": "{agent}", "job_title": "Hero"}"#),
    setting("delete_agent", "new agent", One, r#"{"id": "{agent}"}"#).using_up(),

    // Rules that assign groups.
    setting("add_auto_access", "", One, r#"{"access": {"group_ids": [1]}, "conditions": {"domain": {"values": [{"value": "x"}]}}}"#),
    setting("add_auto_access", "", One, r#"{"scopes": {"groups": [1]}, "rules": {"customer_url": {"values": [{"value": "x"}]}}}"#).in_2018("agent", "add_auto_chat_scopes"),
    setting("update_auto_access", "rule", One, r#"{"id": "{rule}", "description": "x"}"#),
    setting("delete_auto_access", "rule", One, r#"{"id": "{rule}"}"#).using_up(),
    setting("delete_auto_access", "rule", One, r#"{"auto_chat_scopes_id": "{rule}"}"#).using_up().in_2018("agent", "remove_auto_chat_scopes"),
    setting("list_auto_accesses", "", One, "{}"),
    setting("list_auto_accesses", "", One, "{}").in_2018("agent", "get_auto_chat_scopes_config"),

    // Bots.
    setting("create_bot", "owner", One, r#"{"name": "Bot", "owner_client_id": "{owner}"}"#).under("v3.4"),
    setting("create_bot", "", One, r#"{"name": "Bot", "status": "accepting chats"}"#).in_2018("configuration", "create_bot_agent"),
    setting("update_bot", "bot", Pair, r#"{"id": "{bot}", "name": "Robo"}"#),
    setting("update_bot", "bot", Pair, r#"{"id": "{bot}", "name": "Robo"}"#).in_2018("configuration", "update_bot_agent"),
    setting("delete_bot", "bot", Pair, r#"{"id": "{bot}"}"#).using_up(),
    setting("delete_bot", "bot", Pair, r#"{"bot_agent_id": "{bot}"}"#).using_up().in_2018("configuration", "remove_bot_agent"),
    setting("get_bot", "bot", Pair, r#"{"id": "{bot}"}"#),
    setting("get_bot", "bot", Pair, r#"{"bot_agent_id": "{bot}"}"#).in_2018("configuration", "get_bot_agent_details"),
    setting("list_bots", "", One, "{}"),
    setting("list_bots", "", One, "{}").in_2018("configuration", "get_bot_agents"),
    setting("reset_bot_secret", "bot", Pair, r#"{"id": "{bot}"}"#),
    setting("create_bot_template", "", One, r#"{"name": "Bot"}"#),
    setting("update_bot_template", "template", One, r#"{"id": "{template}", "name": "Bot 2"}"#),
    setting("delete_bot_template", "template", One, r#"{"id": "{template}"}"#).using_up(),
    setting("list_bot_templates", "", One, "{}"),
    setting("reset_bot_template_secret", "template", One, r#"{"id": "{template}"}"#),

    // Groups, tags, canned responses, greetings.
    setting("create_group", "", One, r#"{"name": "New", "agent_priorities": {}}"#),
    setting("update_group", "group", Pair, r#"{"id": "{group}", "name": "Renamed"}"#),
    setting("delete_group", "group", Pair, r#"{"id": "{group}"}"#).using_up(),
    setting("list_groups", "", One, "{}"),
    setting("get_group", "group", Pair, r#"{"id": "{group}"}"#),
    setting("create_tag", "new", Pair, r#"{"name": "{new}", "group_ids": ["{group_id}"]}"#).using_up(),
    setting("update_tag", "tag", Pair, r#"{"name": "{tag}", "group_ids": ["{group_id}"]}"#),
    setting("delete_tag", "tag", Pair, r#"{"name": "{tag}"}"#).using_up(),
    setting("list_tags", "", One, "{}"),
    setting("create_canned_response", "", One, r#"{"text": "Hello", "tags": ["hi"]}"#),
    setting("update_canned_response", "canned", Pair, r#"{"id": "{canned}", "text": "Bye"}"#),
    setting("delete_canned_response", "canned", Pair, r#"{"id": "{canned}"}"#).using_up(),
    setting("list_canned_responses", "", One, "{}"),
    setting("create_greeting", "", One, r#"{"type": "normal", "name": "Hi", "group": 0}"#),
    setting("update_greeting", "greeting", One, r#"{"id": "{greeting}", "active": false}"#),
    setting("delete_greeting", "greeting", One, r#"{"id": "{greeting}"}"#).using_up(),
    setting("list_greetings", "", One, "{}"),
    setting("get_greeting", "greeting", One, r#"{"id": "{greeting}"}"#),

    // Properties.
    setting("register_property", "new", One, r#"{"name": "{new}", "type": "int", "access": {"chat": {"agent": ["read"]}}, "owner_client_id": "{client}"}"#).using_up(),
    setting("register_property", "new", One, r#"{"{new}": {"type": "int", "locations": {"chat": {"access": {"agent": {"read": true, "write": true}}}}}}"#).using_up().in_2018("configuration", "create_properties"),
    setting("unregister_property", "own property", One, r#"{"name": "{property}", "owner_client_id": "{client}"}"#).using_up(),
    setting("publish_property", "own property", One, r#"{"name": "{property}", "access_type": ["read"], "owner_client_id": "{client}"}"#),
    setting("list_properties", "owner", One, r#"{"owner_client_id": "{client}"}"#),
    setting("list_properties", "", One, "{}").in_2018("configuration", "get_property_configs"),
    setting("update_license_properties", "owner", Pair, r#"{"properties": {"{owner}": {"mood": 1}}}"#),
    setting("delete_license_properties", "owner", Pair, r#"{"properties": {"{owner}": ["mood"]}}"#),
    setting("list_license_properties", "", One, "{}"),
    setting("update_group_properties", "owner", Pair, r#"{"group_id": 1, "properties": {"{owner}": {"mood": 1}}}"#),
    setting("delete_group_properties", "owner", Pair, r#"{"id": 1, "properties": {"{owner}": ["mood"]}}"#),
    setting("list_groups_properties", "", One, r#"{"group_ids": [1]}"#),

    // Webhooks.
    setting("register_webhook", "", One, r#"{"action": "group_created", "url": "http://hooks.example.com/", "secret_key": "x", "type": "license"}"#).using_up(),
    setting("register_webhook", "", One, r#"{"action": "agent_deleted", "url": "http://hooks.example.com/", "secret_key": "x"}"#).using_up().in_2018("configuration", "register_webhook"),
    setting("unregister_webhook", "webhook", Pair, r#"{"id": "{webhook}"}"#).using_up(),
    setting("unregister_webhook", "webhook", Pair, r#"{"webhook_id": "{webhook}"}"#).using_up().in_2018("configuration", "unregister_webhook"),
    setting("list_webhooks", "", One, "{}"),
    setting("list_webhooks", "", One, "{}").in_2018("configuration", "get_webhooks_config"),
    setting("enable_license_webhooks", "", One, "{}"),
    setting("disable_license_webhooks", "", One, "{}"),
    setting("get_license_webhooks_state", "", One, "{}"),

    // What is kept and shown.
    setting("add_allowed_domain", "new", One, r#"{"domain": "{new}.example.com"}"#).using_up(),
    setting("list_allowed_domains", "", One, "{}"),
    setting("delete_allowed_domain", "domain", One, r#"{"domain": "{domain}"}"#).using_up(),
    setting("update_translations", "", One, r#"{"translations": {"hello": "hallo"}, "language": "de"}"#),
    setting("list_translations", "", One, "{}"),
    setting("update_company_details", "", One, r#"{"company": "Acme"}"#),
];
