//! The methods of the Configuration API since 2021.

use crate::faces::livechat::agent::manage as agents;
use crate::faces::livechat::bot::{self, template, token};
use crate::faces::livechat::method::{Method, method};
use crate::faces::livechat::property::{definition, license};
use crate::faces::livechat::shelf::{canned_response, company, domain, greeting, translation};
use crate::faces::livechat::webhook::{register, state};
use crate::faces::livechat::{auto_access, batch, customer, group, tag};

const CREATE_AGENT: &[&str] = &["create_agent", "create_agent_without_approval", "set_agent_role"];
const UPDATE_AGENT: &[&str] = &["update_agent", "set_agent_role"];

/// The table.
#[rustfmt::skip]
pub(super) const METHODS: &[Method] = &[
    method!(Configuration "create_agent", V3_4..=V3_7, Asks(CREATE_AGENT), agents::create),
    method!(Configuration "get_agent", V3_4..=V3_7, Asks(&["get_agent"]), agents::get),
    method!(Configuration "list_agents", V3_4..=V3_7, Asks(&["list_agents"]), agents::list),
    method!(Configuration "update_agent", V3_4..=V3_7, Asks(UPDATE_AGENT), agents::update),
    method!(Configuration "delete_agent", V3_4..=V3_7, Asks(&["delete_agent"]), agents::delete),
    method!(Configuration "suspend_agent", V3_4..=V3_7, Asks(&["suspend_agent"]), agents::suspend),
    method!(Configuration "unsuspend_agent", V3_4..=V3_7, Asks(&["unsuspend_agent"]), agents::unsuspend),
    method!(Configuration "approve_agent", V3_4..=V3_7, Asks(&["approve_agent"]), agents::approve),
    method!(Configuration "batch_create_agents", V3_6..=V3_7, Asks(CREATE_AGENT), batch::create_agents),
    method!(Configuration "batch_update_agents", V3_6..=V3_7, Asks(UPDATE_AGENT), batch::update_agents),
    method!(Configuration "batch_delete_agents", V3_6..=V3_7, Asks(&["delete_agent"]), batch::delete_agents),
    method!(Configuration "batch_suspend_agents", V3_6..=V3_7, Asks(&["suspend_agent"]), batch::suspend_agents),
    method!(Configuration "batch_unsuspend_agents", V3_6..=V3_7, Asks(&["unsuspend_agent"]), batch::unsuspend_agents),
    method!(Configuration "batch_approve_agents", V3_6..=V3_7, Asks(&["approve_agent"]), batch::approve_agents),

    method!(Configuration "add_auto_access", V3_4..=V3_7, Asks(&["add_auto_access"]), auto_access::add),
    method!(Configuration "update_auto_access", V3_4..=V3_7, Asks(&["update_auto_access"]), auto_access::update),
    method!(Configuration "delete_auto_access", V3_4..=V3_7, Asks(&["delete_auto_access"]), auto_access::delete),
    method!(Configuration "list_auto_accesses", V3_4..=V3_7, Asks(&["list_auto_accesses"]), auto_access::list),

    method!(Configuration "create_bot", V3_4..=V3_7, Asks(&["create_bot"]), bot::create),
    method!(Configuration "update_bot", V3_4..=V3_7, Asks(&["update_bot"]), bot::update),
    method!(Configuration "delete_bot", V3_4..=V3_7, Asks(&["delete_bot"]), bot::delete),
    method!(Configuration "get_bot", V3_4..=V3_7, Asks(&["get_bot"]), bot::get),
    method!(Configuration "list_bots", V3_4..=V3_7, Asks(&["list_bots"]), bot::list),
    method!(Configuration "issue_bot_token", V3_5..=V3_7, Asks(&["issue_bot_token"]), token::issue),
    method!(Configuration "reset_bot_secret", V3_5..=V3_7, Asks(&["reset_bot_secret"]), token::reset),
    method!(Configuration "batch_create_bots", V3_6..=V3_7, Asks(&["create_bot"]), batch::create_bots),
    method!(Configuration "batch_update_bots", V3_6..=V3_7, Asks(&["update_bot"]), batch::update_bots),
    method!(Configuration "batch_delete_bots", V3_6..=V3_7, Asks(&["delete_bot"]), batch::delete_bots),
    method!(Configuration "create_bot_template", V3_5..=V3_7, Asks(&["create_bot_template"]), template::create),
    method!(Configuration "update_bot_template", V3_5..=V3_7, Asks(&["update_bot_template"]), template::update),
    method!(Configuration "delete_bot_template", V3_5..=V3_7, Asks(&["delete_bot_template"]), template::delete),
    method!(Configuration "list_bot_templates", V3_5..=V3_7, Asks(&["list_bot_templates"]), template::list),
    method!(Configuration "reset_bot_template_secret", V3_5..=V3_7, Asks(&["reset_bot_template_secret"]), template::reset),

    method!(Configuration "create_group", V3_4..=V3_7, Asks(&["create_group"]), group::create),
    method!(Configuration "update_group", V3_4..=V3_7, Asks(&["update_group"]), group::update),
    method!(Configuration "delete_group", V3_4..=V3_7, Asks(&["delete_group"]), group::delete),
    method!(Configuration "list_groups", V3_4..=V3_7, Asks(&["list_groups"]), group::list),
    method!(Configuration "get_group", V3_4..=V3_7, Asks(&["get_group"]), group::get),

    method!(Configuration "register_property", V3_4..=V3_7, Asks(&["register_property"]), definition::register),
    method!(Configuration "unregister_property", V3_4..=V3_7, Asks(&["unregister_property"]), definition::unregister),
    method!(Configuration "publish_property", V3_4..=V3_7, Asks(&["publish_property"]), definition::publish),
    method!(Configuration "list_properties", V3_4..=V3_7, Asks(&["list_properties"]), definition::list),
    method!(Configuration "update_license_properties", V3_4..=V3_7, Asks(&["update_license_properties"]), license::update),
    method!(Configuration "delete_license_properties", V3_4..=V3_7, Asks(&["delete_license_properties"]), license::delete),
    method!(Configuration "list_license_properties", V3_4..=V3_7, Asks(&["list_license_properties"]), license::list),
    method!(Configuration "update_group_properties", V3_4..=V3_7, Asks(&["update_group_properties"]), license::update_group),
    method!(Configuration "delete_group_properties", V3_4..=V3_7, Asks(&["delete_group_properties"]), license::delete_group),
    method!(Configuration "list_group_properties", V3_4..=V3_4, Asks(&["list_groups_properties"]), license::list_groups),
    method!(Configuration "list_groups_properties", V3_5..=V3_7, Asks(&["list_groups_properties"]), license::list_groups),

    method!(Configuration "create_tag", V3_5..=V3_7, Asks(&["create_tag"]), tag::create),
    method!(Configuration "update_tag", V3_5..=V3_7, Asks(&["update_tag"]), tag::update),
    method!(Configuration "delete_tag", V3_5..=V3_7, Asks(&["delete_tag"]), tag::delete),
    method!(Configuration "list_tags", V3_5..=V3_7, Asks(&["list_tags"]), tag::list),

    method!(Configuration "register_webhook", V3_4..=V3_7, Asks(&["register_webhook"]), register::register),
    method!(Configuration "list_webhooks", V3_4..=V3_7, Asks(&["list_webhooks"]), register::list),
    method!(Configuration "unregister_webhook", V3_4..=V3_7, Asks(&["unregister_webhook"]), register::unregister),
    method!(Configuration "list_webhook_names", V3_4..=V3_7, Asks(&["list_webhook_names"]), register::names),
    method!(Configuration "enable_license_webhooks", V3_4..=V3_7, Asks(&["enable_license_webhooks"]), state::enable),
    method!(Configuration "disable_license_webhooks", V3_4..=V3_7, Asks(&["disable_license_webhooks"]), state::disable),
    method!(Configuration "get_license_webhooks_state", V3_4..=V3_7, Asks(&["get_license_webhooks_state"]), state::get),

    method!(Configuration "list_customer_bans", V3_6..=V3_7, Asks(&["list_customer_bans"]), customer::bans),
    method!(Configuration "unban_customer", V3_6..=V3_7, Asks(&["unban_customer"]), customer::unban),
    method!(Configuration "ban_customer", V3_7..=V3_7, Asks(&["configuration/ban_customer"]), customer::ban_by_list),

    method!(Configuration "create_greeting", V3_6..=V3_7, Asks(&["create_greeting"]), greeting::create_greeting),
    method!(Configuration "update_greeting", V3_6..=V3_7, Asks(&["update_greeting"]), greeting::update_greeting),
    method!(Configuration "delete_greeting", V3_6..=V3_7, Asks(&["delete_greeting"]), greeting::delete_greeting),
    method!(Configuration "list_greetings", V3_6..=V3_7, Asks(&["list_greetings"]), greeting::list_greetings),
    method!(Configuration "get_greeting", V3_6..=V3_7, Asks(&["get_greeting"]), greeting::get_greeting),

    method!(Configuration "create_canned_response", V3_7..=V3_7, Asks(&["create_canned_response"]), canned_response::create_canned),
    method!(Configuration "update_canned_response", V3_7..=V3_7, Asks(&["update_canned_response"]), canned_response::update_canned),
    method!(Configuration "delete_canned_response", V3_7..=V3_7, Asks(&["delete_canned_response"]), canned_response::delete_canned),
    method!(Configuration "list_canned_responses", V3_7..=V3_7, Asks(&["list_canned_responses", "list_private_canned_responses"]), canned_response::list_canned),

    method!(Configuration "add_allowed_domain", V3_7..=V3_7, Asks(&["add_allowed_domain"]), domain::add_domain),
    method!(Configuration "list_allowed_domains", V3_7..=V3_7, Asks(&["list_allowed_domains"]), domain::list_domains),
    method!(Configuration "delete_allowed_domain", V3_7..=V3_7, Asks(&["delete_allowed_domain"]), domain::delete_domain),
    method!(Configuration "update_translations", V3_7..=V3_7, Asks(&["update_translations"]), translation::update_translations),
    method!(Configuration "list_translations", V3_7..=V3_7, Asks(&["list_translations"]), translation::list_translations),
    method!(Configuration "update_company_details", V3_6..=V3_7, Asks(&["update_company_details"]), company::update_company),
];
