//! A request for a method as handlers see it, and the one way from it to the engine.

use std::sync::Arc;

use hallpass::{Change, GivenSubject, Question, Resource, Subject, Timestamp, Token};
use hallpass_store::DocumentWrite;
use serde_json::{Map, Value};

use super::fault::Fault;
use super::method::Method;
use super::refusal;
use super::version::Version;
use crate::authorize::authorize;
use crate::edit::{CommitError, Edit};
use crate::lock::Footprint;
use crate::oauth::usage;
use crate::service::Service;
use crate::tenant::Tenant;

/// What a handler answers.
pub(super) type Answer = Value;

/// The field that says for which client a request acts, where the token does not (facts 3.3).
const OWNER_CLIENT_ID: &str = "owner_client_id";

/// The methods that have the parameter.
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

/// A request: who asks for what.
#[derive(Clone)]
pub(super) struct Call {
    /// The app.
    pub(super) tenant: Arc<Tenant>,
    /// Who asks: the id of an account, agent or bot; the engine's user.
    pub(super) account: String,
    /// With which token.
    pub(super) token: Token,
    /// Whether the caller is a bot.
    pub(super) is_bot: bool,
    /// The client that owns the caller, where the caller is a bot.
    pub(super) bot_of: Option<String>,
    /// The parameters.
    pub(super) body: Map<String, Value>,
    /// In which version's words.
    pub(super) version: Version,
    /// What is asked for.
    pub(super) method: &'static Method,
    /// When.
    pub(super) now: Timestamp,
    /// All apps, and what they share.
    pub(super) service: Service,
}

impl Call {
    /// The client that the call acts for: the token's, or the one that the body names (`owner_client_id`) in methods that have the
    /// parameter; elsewhere a token would reach other clients' bots just by naming them. Personal access tokens have no client of their
    /// own, and name one in some methods more. A bot acts for the client that owns it, whatever it names.
    pub(super) fn client(&self) -> Option<&str> {
        let own = self.token.client.as_deref();
        if self.is_bot {
            return own.or(self.bot_of.as_deref());
        }
        let named = self.body.get(OWNER_CLIENT_ID).and_then(Value::as_str).filter(|id| !id.is_empty());
        let name = self.method.name;
        let may_name = NAME_AN_OWNER.contains(&name) || (own.is_none() && PAT_NAMES_AN_OWNER.contains(&name));
        if may_name { named.or(own) } else { own }
    }

    /// The client that the call acts for, where the method needs one: it owns what is made.
    ///
    /// # Errors
    /// `validation` where there is none, or none of this organization.
    pub(super) fn owner_client(&self) -> Result<&str, Fault> {
        match self.body.get(OWNER_CLIENT_ID) {
            None | Some(Value::Null | Value::String(_)) => {}
            Some(_) => return Err(Fault::validation("owner_client_id: expected a string")),
        }
        let text = "owner_client_id: is required with a token that was not made through a client";
        let id = self.client().ok_or_else(|| Fault::validation(text))?;
        if self.tenant.engine().client(id).is_none() {
            let shown: String = id.chars().take(60).collect();
            return Err(Fault::validation(format!("owner_client_id: there is no client '{shown}' in this organization")));
        }
        Ok(id)
    }

    /// Asks the engine whether the caller may do this. The only way from a method to a decision.
    ///
    /// # Errors
    /// The refusal, as LiveChat words it.
    pub(super) fn permit(&self, action: &'static str, resource: Resource<'_>) -> Result<(), Fault> {
        self.asked(
            action,
            &resource,
            |question, decision| {
                if decision.allowed { Ok(()) } else { Err(refusal::of(&self.tenant, question, &decision)) }
            },
        )
        .and_then(|outcome| outcome)
    }

    /// Like [`Call::permit`], as if the caller were in the chat: whether their scopes reach any chat at all.
    ///
    /// # Errors
    /// The refusal, as LiveChat words it.
    pub(super) fn permit_inside(&self, action: &'static str, resource: Resource<'_>) -> Result<(), Fault> {
        self.asked_as(Some(&["participant"]), action, &resource, |question, decision| {
            if decision.allowed { Ok(()) } else { Err(refusal::of(&self.tenant, question, &decision)) }
        })
        .and_then(|outcome| outcome)
    }

    /// Whether the caller may do this, for rows of a list.
    ///
    /// # Errors
    /// `internal`, where the method's row does not name the action.
    pub(super) fn may(&self, action: &'static str, resource: Resource<'_>) -> Result<bool, Fault> {
        self.asked(action, &resource, |_, decision| decision.allowed)
    }

    /// Whether somebody else could do this with these scopes: rules such as *an added agent must itself have access* are about the person
    /// who is added, whatever token they have.
    ///
    /// # Errors
    /// `internal`, where the method's row does not name the action.
    pub(super) fn could(&self, account: &str, scopes: &[&str], action: &'static str, resource: Resource<'_>) -> Result<bool, Fault> {
        self.declared(action)?;
        let given = GivenSubject { scopes: Some(scopes), ..GivenSubject::default() };
        let question = Question::of(Subject { given, ..Subject::user(account) }, action, resource).at(self.now);
        Ok(authorize(&self.tenant, &question).allowed)
    }

    fn asked<T>(
        &self,
        action: &'static str,
        resource: &Resource<'_>,
        then: impl FnOnce(&Question<'_>, hallpass::Decision) -> T,
    ) -> Result<T, Fault> {
        self.asked_as(None, action, resource, then)
    }

    fn asked_as<T>(
        &self,
        channel_roles: Option<&[&str]>,
        action: &'static str,
        resource: &Resource<'_>,
        then: impl FnOnce(&Question<'_>, hallpass::Decision) -> T,
    ) -> Result<T, Fault> {
        self.declared(action)?;
        let scopes: Vec<String>;
        let names: Vec<&str>;
        let mut given = GivenSubject { channel_roles, ..GivenSubject::default() };
        if let Some(client) = self.client().filter(|client| Some(*client) != self.token.client.as_deref()) {
            // Another client than the token's own. What its own client may hold still counts; where it has none, the second layer
            // narrows nothing (docs/catalogues.md).
            scopes = match &self.token.client {
                Some(own) => self.tenant.engine().client(own).map(|own| own.scopes).unwrap_or_default().into_iter().collect(),
                None => self.token.scopes.iter().cloned().collect(),
            };
            names = scopes.iter().map(String::as_str).collect();
            given.client = Some(client);
            given.client_scopes = Some(&names);
        }
        let subject = Subject { token: Some(&self.token.id), given, ..Subject::user(&self.account) };
        let question = Question::of(subject, action, *resource).at(self.now);
        let decision = authorize(&self.tenant, &question);
        if decision.allowed {
            usage::note(&self.tenant, &self.token, &question);
        }
        Ok(then(&question, decision))
    }

    fn declared(&self, action: &str) -> Result<(), Fault> {
        if self.method.asks.contains(&action) {
            return Ok(());
        }
        Err(Fault::internal(format!("{} asks {action} without declaring it", self.method.name)))
    }

    /// Starts a command. See [`Tenant::edit`].
    ///
    /// # Errors
    /// When the app was deleted meanwhile.
    pub(super) async fn edit(&self, footprint: Footprint) -> Result<Edit, Fault> {
        Ok(self.tenant.edit(footprint).await?)
    }

    /// Commits a command as the caller.
    ///
    /// # Errors
    /// When the catalogue or the world does not allow the changes, or the store fails.
    pub(super) async fn commit(&self, edit: Edit, changes: Vec<Change>, documents: Vec<DocumentWrite>) -> Result<(), Fault> {
        match edit.commit(self.author(), changes, documents).await {
            Ok(_) => Ok(()),
            Err(CommitError::Invalid(error)) => Err(refusal::of_change(&error)),
            Err(CommitError::Store(error)) => Err(Fault::internal(error)),
        }
    }

    /// Who did it, as the log names it.
    pub(super) fn author(&self) -> String {
        format!("user:{}", self.account)
    }

    /// Id of the organization.
    pub(super) fn organization_id(&self) -> String {
        self.tenant.organization().unwrap_or_default()
    }
}
