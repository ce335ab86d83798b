//! For which client a request acts: that is what *my* means of bots, webhooks and properties.
//!
//! Nick's token was made through an app of Ada's, so with `agents-bot--my:rw` it reaches the bots of that app. A personal access token was
//! made through none; where its method has the parameter, or is about what clients own, the request names one. A bot acts for the client
//! that owns it, whatever it names: else it would reach every client's bots by their ids.

use std::collections::BTreeSet;

use hallpass::Token;
use hallpass_store::kind;
use serde::Deserialize;

use super::{OauthError, read};
use crate::tenant::Tenant;

/// The role of all bots.
pub(crate) const BOT: &str = "bot";

/// The methods that have the parameter `owner_client_id`.
const NAME_AN_OWNER: &[&str] = &[
    "create_bot",
    "batch_create_bots",
    "create_bot_template",
    "update_bot_template",
    "delete_bot_template",
    "list_bot_templates",
    "reset_bot_template_secret",
    "register_property",
    "unregister_property",
    "publish_property",
    "list_properties",
    "register_webhook",
    "list_webhooks",
    "unregister_webhook",
    "enable_license_webhooks",
    "disable_license_webhooks",
    "get_license_webhooks_state",
];

/// The methods of which *my* means the client that a personal access token names: it has none of its own. No method on chats, threads or
/// events is among them: what a client keeps there for itself would be anybody's who knows its id.
const PAT_NAMES_AN_OWNER: &[&str] = &[
    "get_bot",
    "list_bots",
    "update_bot",
    "delete_bot",
    "batch_update_bots",
    "batch_delete_bots",
    "reset_bot_secret",
    "set_routing_status",
    // What that asks where the account is a bot.
    "set_bot_routing_status",
    "set_ai_agent_routing_status",
    "update_license_properties",
    "delete_license_properties",
    "list_license_properties",
    "update_group_properties",
    "delete_group_properties",
    "list_group_properties",
    "list_groups_properties",
    // Of 2018.
    "create_bot_agent",
    "update_bot_agent",
    "remove_bot_agent",
    "get_bot_agents",
    "get_bot_agent_details",
    "unregister_webhook",
    "get_webhooks_config",
    "create_properties",
    "get_property_configs",
];

/// Whose a token is, as far as clients are concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Actor {
    /// A person's.
    Person,
    /// A bot's, and the client that owns the bot. Bots that were imported in bulk have none.
    Bot(Option<String>),
}

/// What the document of an account says of the bot that it is.
#[derive(Deserialize)]
struct Account {
    bot: Option<Bot>,
}

/// A bot, as far as questions about it go.
#[derive(Deserialize)]
pub(crate) struct Bot {
    /// The client that owns it.
    #[serde(rename = "owner_client_id")]
    pub(crate) owner: String,
    pub(crate) bot_type: Option<String>,
}

impl Bot {
    /// The bot that an account is.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn of(tenant: &Tenant, account: &str) -> Result<Option<Self>, OauthError> {
        let document: Option<Account> = read(tenant, kind::USER, account).await?;
        Ok(document.and_then(|document| document.bot))
    }
}

/// What `set_routing_status` asks about a bot of a type.
pub(crate) fn routing_action(bot_type: Option<&str>) -> &'static str {
    if bot_type == Some("ai_agent") { "set_ai_agent_routing_status" } else { "set_bot_routing_status" }
}

/// Whether a method has the parameter `owner_client_id`, for whom the request is made.
pub(crate) fn names_an_owner(method: &str) -> bool {
    NAME_AN_OWNER.contains(&method)
}

impl Actor {
    /// Of an account.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn of(tenant: &Tenant, account: &str) -> Result<Self, OauthError> {
        if !tenant.engine().user(account).is_some_and(|user| user.roles.iter().any(|role| role == BOT)) {
            return Ok(Self::Person);
        }
        Ok(Self::Bot(Bot::of(tenant, account).await?.map(|bot| bot.owner)))
    }

    /// The client that a request acts for: the token's, or the one that the request names in methods that have the parameter; elsewhere a
    /// token would reach other clients' bots just by naming them.
    pub(crate) fn client<'a>(&'a self, token: &'a Token, method: &str, named: Option<&'a str>) -> Option<&'a str> {
        let own = token.client.as_deref();
        match self {
            Self::Bot(owner) => own.or(owner.as_deref()),
            Self::Person => {
                let may_name = names_an_owner(method) || (own.is_none() && PAT_NAMES_AN_OWNER.contains(&method));
                named.filter(|id| may_name && !id.is_empty()).or(own)
            }
        }
    }
}

/// What a request may hold through a client that is not its token's own. What its own client may hold still counts; where it has none, the
/// second layer narrows nothing (docs/catalogues.md).
pub(crate) fn ceiling(tenant: &Tenant, token: &Token) -> BTreeSet<String> {
    match &token.client {
        Some(own) => tenant.engine().client(own).map(|own| own.scopes).unwrap_or_default(),
        None => token.scopes.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_on_what_a_client_owns_can_be_tried_with_a_personal_access_token() {
        let pat = Token { id: "pat".into(), user: "ada".into(), client: None, scopes: BTreeSet::new(), expires_at: None };
        let livechat = hallpass::Profile::livechat();
        let of_clients = livechat
            .catalogue()
            .actions
            .iter()
            .filter(|action| action.any_of.iter().any(|way| way.when.contains(&hallpass::Condition::OwnNamespace)));
        let mut seen = 0;
        for action in of_clients {
            assert_eq!(Actor::Person.client(&pat, &action.name, Some("c")), Some("c"), "{}", action.name);
            seen += 1;
        }
        assert!(seen > 20, "{seen}");
    }
}
