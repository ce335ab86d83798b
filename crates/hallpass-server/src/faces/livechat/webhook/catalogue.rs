//! What webhooks can be told of.

/// A kind of occurrence.
pub(super) struct Kind {
    /// The vendor's name for it.
    pub(super) name: &'static str,
    /// What it was called in 2018, if it was.
    pub(super) earlier: Option<&'static str>,
    /// Whether it happens in a chat: then filters by chat and additional data mean something.
    pub(super) in_chat: bool,
}

const fn chat(name: &'static str) -> Kind {
    Kind { name, earlier: None, in_chat: true }
}

const fn chat_since_2018(name: &'static str, earlier: &'static str) -> Kind {
    Kind { name, earlier: Some(earlier), in_chat: true }
}

const fn configuration(name: &'static str) -> Kind {
    Kind { name, earlier: None, in_chat: false }
}

/// All kinds.
pub(super) const KINDS: &[Kind] = &[
    chat_since_2018("incoming_chat", "incoming_chat_thread"),
    chat_since_2018("chat_deactivated", "thread_closed"),
    chat_since_2018("chat_access_updated", "chat_scopes_updated"),
    chat("chat_transferred"),
    chat_since_2018("user_added_to_chat", "chat_user_added"),
    chat_since_2018("user_removed_from_chat", "chat_user_removed"),
    chat_since_2018("incoming_event", "incoming_event"),
    chat_since_2018("incoming_rich_message_postback", "incoming_rich_message_postback"),
    chat_since_2018("chat_properties_updated", "chat_properties_updated"),
    chat("chat_properties_deleted"),
    chat_since_2018("thread_properties_updated", "chat_thread_properties_updated"),
    chat("thread_properties_deleted"),
    chat("event_properties_updated"),
    chat("event_properties_deleted"),
    chat("thread_tagged"),
    chat("thread_untagged"),
    chat_since_2018("events_marked_as_seen", "last_seen_timestamp_updated"),
    Kind { name: "routing_status_set", earlier: Some("agent_status_changed"), in_chat: false },
    configuration("incoming_customer"),
    configuration("customer_session_fields_updated"),
    configuration("agent_created"),
    configuration("agent_approved"),
    configuration("agent_updated"),
    configuration("agent_suspended"),
    configuration("agent_unsuspended"),
    Kind { name: "agent_deleted", earlier: Some("agent_deleted"), in_chat: false },
    configuration("auto_access_added"),
    configuration("auto_access_updated"),
    configuration("auto_access_deleted"),
    configuration("bot_created"),
    configuration("bot_updated"),
    configuration("bot_deleted"),
    configuration("group_created"),
    configuration("group_updated"),
    configuration("group_deleted"),
    configuration("tag_created"),
    configuration("tag_updated"),
    configuration("tag_deleted"),
];

/// A kind by its name, or by the name of 2018.
pub(super) fn find(name: &str, is_of_2018: bool) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| if is_of_2018 { kind.earlier == Some(name) } else { kind.name == name })
}
