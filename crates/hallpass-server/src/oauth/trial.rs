//! A dry run: may this token call that method on that chat? The answer is the engine's own, with nothing done and nothing noted.

use std::collections::BTreeSet;

use hallpass::{ActionLevel, ActionSpec, Explanation, GivenSubject, Question, Resource, Subject, Token};
use serde::Serialize;

use super::OauthError;
use super::acting::{self, Actor, Bot};
use crate::tenant::Tenant;

/// The method that asks something else where it is about a bot.
const ROUTING: &str = "set_routing_status";

/// The one type of channel that chats are.
const CHAT: &str = "chat";

/// What questions about bots call them.
const BOT: &str = "bot";

/// What a method would be called on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Target {
    /// A chat.
    pub(crate) chat: Option<String>,
    /// An account: the agent that is changed, the user that is added.
    pub(crate) account: Option<String>,
    /// The client that owns a bot, a webhook, a property.
    pub(crate) owner_client: Option<String>,
    /// The group that it is of: a tag's, a canned response's.
    pub(crate) group: Option<String>,
}

/// What would become of a call.
#[derive(Debug, Serialize)]
pub(crate) struct Verdict {
    /// The method asked about.
    pub(crate) method: String,
    /// Any one of these lists of scopes would do, for the token, its client and the account's role.
    pub(crate) any_of: Vec<Vec<String>>,
    /// Whether it would be allowed, why, and what would allow it.
    #[serde(flatten)]
    pub(crate) explanation: Explanation,
}

/// The action of this name.
pub(crate) fn action<'a>(tenant: &'a Tenant, name: &str) -> Option<&'a ActionSpec> {
    tenant.engine().profile().catalogue().actions.iter().find(|action| action.name == name)
}

/// Asks what the call of `method`, which is `action`, would ask.
///
/// # Errors
/// When the store fails.
pub(crate) async fn run(tenant: &Tenant, token: &Token, method: &str, action: &ActionSpec, target: &Target) -> Result<Verdict, OauthError> {
    let actor = Actor::of(tenant, &token.user).await?;
    let client = actor.client(token, method, target.owner_client.as_deref());
    // About a bot the call asks what its document says, whatever the request does.
    let bot = match &target.account {
        Some(account) if action.resource == BOT || action.name == ROUTING => Bot::of(tenant, account).await?,
        _ => None,
    };
    let of_bot = bot
        .as_ref()
        .filter(|_| action.name == ROUTING)
        .and_then(|bot| self::action(tenant, acting::routing_action(bot.bot_type.as_deref())));
    let action = of_bot.unwrap_or(action);
    let chat = target.chat.as_ref().map(|id| format!("{CHAT}:{id}"));
    // Without a chat, what a method on chats would answer is asked of one that nothing is known of.
    let unnamed = format!("{CHAT}:unnamed");
    let resource = match (&chat, action.level) {
        (Some(chat), ActionLevel::Channel | ActionLevel::Either) => Resource::channel(chat),
        (None, ActionLevel::Channel) => Resource::channel(&unnamed).hypothetical(),
        _ => match &target.account {
            Some(account) if action.resource == BOT => Resource::other(BOT, account),
            Some(account) => Resource::user(account),
            None => Resource::other(if action.resource.is_empty() { "app" } else { &action.resource }, ""),
        },
    };
    let namespace = match &target.account {
        _ if acting::names_an_owner(method) => client,
        Some(_) if action.resource == BOT => bot.as_ref().map(|bot| bot.owner.as_str()).or(client),
        _ => target.owner_client.as_deref().or(client),
    };
    let resource = Resource { owner: target.account.as_deref(), namespace, team: target.group.as_deref(), ..resource };
    let scopes: BTreeSet<String>;
    let names: Vec<&str>;
    let mut given = GivenSubject::default();
    if let Some(client) = client.filter(|client| Some(*client) != token.client.as_deref()) {
        scopes = acting::ceiling(tenant, token);
        names = scopes.iter().map(String::as_str).collect();
        given.client = Some(client);
        given.client_scopes = Some(&names);
    }
    let subject = Subject { token: Some(&token.id), given, ..Subject::user(&token.user) };
    let question = Question::of(subject, &action.name, resource).at(tenant.now());
    let explanation = tenant.engine().explain(&question);

    Ok(Verdict { method: action.name.clone(), any_of: action.any_of.iter().map(|way| way.all.clone()).collect(), explanation })
}
