//! A dry run: may this token call that method on that chat? The answer is the engine's own, with nothing done and nothing noted.

use hallpass::{ActionLevel, ActionSpec, Explanation, GivenSubject, Question, Resource, Subject, Token};
use serde::Serialize;

use crate::tenant::Tenant;

/// The one type of channel that chats are.
const CHAT: &str = "chat";

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

/// The action most like an unknown name.
pub(crate) fn nearest(tenant: &Tenant, name: &str) -> Option<String> {
    let actions = &tenant.engine().profile().catalogue().actions;
    let known = actions.iter().map(|action| (strsim::normalized_damerau_levenshtein(name, &action.name), &action.name));
    known.filter(|(alike, _)| *alike >= 0.6).max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, name)| name.clone())
}

/// Asks.
pub(crate) fn run(tenant: &Tenant, token: &Token, action: &ActionSpec, target: &Target) -> Verdict {
    let chat = target.chat.as_ref().map(|id| format!("{CHAT}:{id}"));
    // Without a chat, what a method on chats would answer is asked of one that nothing is known of.
    let unnamed = format!("{CHAT}:unnamed");
    let resource = match (&chat, action.level) {
        (Some(chat), ActionLevel::Channel | ActionLevel::Either) => Resource::channel(chat),
        (None, ActionLevel::Channel) => Resource::channel(&unnamed).hypothetical(),
        _ => match &target.account {
            Some(account) => Resource::user(account),
            None => Resource::other(if action.resource.is_empty() { "app" } else { &action.resource }, ""),
        },
    };
    let resource =
        Resource { owner: target.account.as_deref(), namespace: target.owner_client.as_deref(), team: target.group.as_deref(), ..resource };
    let scopes: Vec<&str> = token.scopes.iter().map(String::as_str).collect();
    // A token without a client acts for the client that it names.
    let given = match (&token.client, &target.owner_client) {
        (None, Some(client)) => GivenSubject { client: Some(client), client_scopes: Some(&scopes), ..GivenSubject::default() },
        _ => GivenSubject::default(),
    };
    let subject = Subject { token: Some(&token.id), given, ..Subject::user(&token.user) };
    let question = Question::of(subject, &action.name, resource).at(tenant.now());
    let explanation = tenant.engine().explain(&question);

    Verdict { method: action.name.clone(), any_of: action.any_of.iter().map(|way| way.all.clone()).collect(), explanation }
}
