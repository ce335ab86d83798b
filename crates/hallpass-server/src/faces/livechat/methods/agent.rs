//! The methods of the Agent Chat API since 2021.

use crate::faces::livechat::agent::routing;
use crate::faces::livechat::chat::{attend, get, list, people, properties, send, start, tags, transfer};
use crate::faces::livechat::method::{Method, method};
use crate::faces::livechat::{customer, upload};

const START: &[&str] = &["start_chat", "start_chat_with_users", "get_chat"];
const RESUME: &[&str] = &["resume_chat", "resume_chat_with_users", "get_chat"];
const ROUTING: &[&str] = &["set_routing_status", "set_bot_routing_status", "set_ai_agent_routing_status"];

/// The table.
#[rustfmt::skip]
pub(super) const METHODS: &[Method] = &[
    method!(Agent "list_chats", V3_4..=V3_7, Asks(&["list_chats"]), list::chats),
    method!(Agent "list_threads", V3_4..=V3_7, Asks(&["list_threads"]), get::threads),
    method!(Agent "get_chat", V3_4..=V3_7, Asks(&["get_chat"]), get::get),
    method!(Agent "list_archives", V3_4..=V3_7, Asks(&["list_archives"]), list::archives),
    method!(Agent "start_chat", V3_4..=V3_7, Asks(START), start::start),
    method!(Agent "resume_chat", V3_4..=V3_7, Asks(RESUME), start::resume),
    method!(Agent "deactivate_chat", V3_4..=V3_7, Asks(&["deactivate_chat"]), start::deactivate),
    method!(Agent "follow_chat", V3_4..=V3_7, Asks(&["follow_chat"]), attend::follow),
    method!(Agent "unfollow_chat", V3_4..=V3_7, Asks(&["unfollow_chat"]), attend::unfollow),
    method!(Agent "transfer_chat", V3_4..=V3_7, Asks(&["transfer_chat", "get_chat"]), transfer::transfer),
    method!(Agent "add_user_to_chat", V3_4..=V3_7, Asks(&["add_user_to_chat", "get_chat"]), people::add),
    method!(Agent "remove_user_from_chat", V3_4..=V3_7, Asks(&["remove_user_from_chat"]), people::remove),
    method!(Agent "send_event", V3_4..=V3_7, Asks(&["send_event"]), send::event),
    method!(Agent "send_event_preview", V3_6..=V3_7, Asks(&["send_event_preview"]), send::preview),
    method!(Agent "upload_file", V3_4..=V3_7, Asks(&["upload_file"]), upload::file),
    method!(Agent "send_rich_message_postback", V3_4..=V3_7, Asks(&["send_rich_message_postback"]), send::postback),
    method!(Agent "update_chat_properties", V3_4..=V3_7, Asks(&["update_chat_properties"]), properties::update_chat),
    method!(Agent "delete_chat_properties", V3_4..=V3_7, Asks(&["delete_chat_properties"]), properties::delete_chat),
    method!(Agent "update_thread_properties", V3_4..=V3_7, Asks(&["update_thread_properties"]), properties::update_thread),
    method!(Agent "delete_thread_properties", V3_4..=V3_7, Asks(&["delete_thread_properties"]), properties::delete_thread),
    method!(Agent "update_event_properties", V3_4..=V3_7, Asks(&["update_event_properties"]), properties::update_event),
    method!(Agent "delete_event_properties", V3_4..=V3_7, Asks(&["delete_event_properties"]), properties::delete_event),
    method!(Agent "tag_thread", V3_4..=V3_7, Asks(&["tag_thread"]), tags::put),
    method!(Agent "untag_thread", V3_4..=V3_7, Asks(&["untag_thread"]), tags::remove),
    method!(Agent "get_customer", V3_4..=V3_7, Asks(&["get_customer"]), customer::get),
    method!(Agent "list_customers", V3_4..=V3_7, Asks(&["list_customers"]), customer::list),
    method!(Agent "create_customer", V3_4..=V3_7, Asks(&["create_customer"]), customer::create),
    method!(Agent "update_customer", V3_4..=V3_7, Asks(&["update_customer"]), customer::update),
    method!(Agent "ban_customer", V3_4..=V3_7, Asks(&["ban_customer"]), customer::ban),
    method!(Agent "follow_customer", V3_4..=V3_7, Asks(&["follow_customer"]), customer::follow),
    method!(Agent "unfollow_customer", V3_4..=V3_7, Asks(&["unfollow_customer"]), customer::unfollow),
    method!(Agent "set_routing_status", V3_4..=V3_7, Asks(ROUTING), routing::set),
    method!(Agent "list_routing_statuses", V3_4..=V3_7, Asks(&["list_routing_statuses"]), routing::list),
    method!(Agent "mark_events_as_seen", V3_4..=V3_7, Asks(&["mark_events_as_seen"]), attend::seen),
    method!(Agent "send_typing_indicator", V3_4..=V3_7, Asks(&["send_typing_indicator"]), send::typing),
    method!(Agent "send_thinking_indicator", V3_6..=V3_7, Asks(&["send_thinking_indicator"]), send::thinking),
    method!(Agent "request_thread_summary", V3_6..=V3_7, Asks(&["request_thread_summary"]), send::summary),
    method!(Agent "multicast", V3_4..=V3_7, Asks(&["multicast"]), crate::faces::livechat::multicast::send),
    method!(Agent "list_agents_for_transfer", V3_4..=V3_7, Asks(&["list_agents_for_transfer", "get_chat"]), people::for_transfer),
];
