//! The methods of the generation of 2018, under the names of that time.

use crate::faces::livechat::agent::routing;
use crate::faces::livechat::bot;
use crate::faces::livechat::chat::{get, list, send, start, transfer};
use crate::faces::livechat::earlier as of_2018;
use crate::faces::livechat::method::{Method, method};
use crate::faces::livechat::property::definition;
use crate::faces::livechat::webhook::register;
use crate::faces::livechat::{auto_access, customer, multicast, upload};

/// The table.
#[rustfmt::skip]
pub(super) const METHODS: &[Method] = &[
    method!(Agent "login", V0_6..=V0_6, Asks(&["login", "list_chats"]), of_2018::login),
    method!(Agent "get_archives", V0_6..=V0_6, Asks(&["list_archives"]), list::archives),
    method!(Agent "get_filtered_chats", V0_6..=V0_6, Asks(&["list_chats"]), list::chats),
    method!(Agent "get_chat_threads", V0_6..=V0_6, Asks(&["list_threads"]), get::chat_threads),
    method!(Agent "start_chat", V0_6..=V0_6, Asks(&["start_chat", "start_chat_with_users", "get_chat"]), start::start),
    method!(Agent "join_chat", V0_6..=V0_6, Asks(&["add_user_to_chat", "get_chat"]), of_2018::join_chat),
    method!(Agent "add_user_to_chat", V0_6..=V0_6, Asks(&["add_user_to_chat", "get_chat"]), of_2018::add_user),
    method!(Agent "remove_from_chat", V0_6..=V0_6, Asks(&["remove_user_from_chat"]), of_2018::remove_from_chat),
    method!(Agent "remove_user_from_chat", V0_6..=V0_6, Asks(&["remove_user_from_chat"]), of_2018::remove_user),
    method!(Agent "send_event", V0_6..=V0_6, Asks(&["send_event"]), send::event),
    method!(Agent "send_rich_message_postback", V0_6..=V0_6, Asks(&["send_rich_message_postback"]), send::postback),
    method!(Agent "multicast", V0_6..=V0_6, Asks(&["multicast"]), multicast::send),
    method!(Agent "send_typing_indicator", V0_6..=V0_6, Asks(&["send_typing_indicator"]), send::typing),
    method!(Agent "ban_customer", V0_6..=V0_6, Asks(&["ban_customer"]), of_2018::ban_customer),
    method!(Agent "get_customers", V0_6..=V0_6, Asks(&["list_customers"]), customer::list),
    method!(Agent "create_customer", V0_6..=V0_6, Asks(&["create_customer"]), customer::create),
    method!(Agent "update_customer", V0_6..=V0_6, Asks(&["update_customer"]), of_2018::update_customer),
    method!(Agent "close_thread", V0_6..=V0_6, Asks(&["deactivate_chat"]), of_2018::close_thread),
    method!(Agent "update_chat_scopes", V0_6..=V0_6, Asks(&["grant_chat_access", "revoke_chat_access"]), transfer::update_scopes),
    method!(Agent "update_agent", V0_6..=V0_6, Asks(&["set_routing_status", "set_bot_routing_status", "set_ai_agent_routing_status"]), routing::update),
    method!(Agent "change_push_notifications", V0_6..=V0_6, Asks(&["change_push_notifications"]), of_2018::change_push_notifications),
    method!(Agent "update_chat_properties", V0_6..=V0_6, Asks(&["update_chat_properties"]), of_2018::update_chat_properties),
    method!(Agent "update_chat_thread_properties", V0_6..=V0_6, Asks(&["update_thread_properties"]), of_2018::update_thread_properties),
    method!(Agent "update_last_seen_timestamp", V0_6..=V0_6, Asks(&["mark_events_as_seen"]), of_2018::update_last_seen),
    method!(Agent "add_auto_chat_scopes", V0_6..=V0_6, Asks(&["add_auto_access"]), auto_access::add),
    method!(Agent "remove_auto_chat_scopes", V0_6..=V0_6, Asks(&["delete_auto_access"]), of_2018::remove_auto_chat_scopes),
    method!(Agent "get_auto_chat_scopes_config", V0_6..=V0_6, Asks(&["list_auto_accesses"]), auto_access::list),
    method!(Agent "upload_image", V0_6..=V0_6, Asks(&["upload_file"]), upload::file),

    method!(Configuration "create_bot_agent", V0_6..=V0_6, Asks(&["create_bot"]), bot::create),
    method!(Configuration "update_bot_agent", V0_6..=V0_6, Asks(&["update_bot"]), bot::update),
    method!(Configuration "remove_bot_agent", V0_6..=V0_6, Asks(&["delete_bot"]), of_2018::remove_bot),
    method!(Configuration "get_bot_agents", V0_6..=V0_6, Asks(&["list_bots"]), bot::list),
    method!(Configuration "get_bot_agent_details", V0_6..=V0_6, Asks(&["get_bot"]), of_2018::get_bot),
    method!(Configuration "register_webhook", V0_6..=V0_6, Asks(&["register_webhook"]), register::register),
    method!(Configuration "unregister_webhook", V0_6..=V0_6, Asks(&["unregister_webhook"]), of_2018::unregister_webhook),
    method!(Configuration "get_webhooks_config", V0_6..=V0_6, Asks(&["list_webhooks"]), register::list),
    method!(Configuration "create_properties", V0_6..=V0_6, Asks(&["register_property"]), definition::create),
    method!(Configuration "get_property_configs", V0_6..=V0_6, Asks(&["list_properties"]), definition::configs),
];
