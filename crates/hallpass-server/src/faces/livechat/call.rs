//! A request for a method as handlers see it, and the one way from it to the engine.

use std::collections::BTreeSet;
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
use crate::oauth::acting::{self, Actor};
use crate::oauth::usage;
use crate::service::Service;
use crate::tenant::Tenant;

/// What a handler answers.
pub(super) type Answer = Value;

/// The field that says for which client a request acts, where the token does not (docs/livechat.md, The OAuth dance).
const OWNER_CLIENT_ID: &str = "owner_client_id";

/// A request: who asks for what.
#[derive(Clone)]
pub(super) struct Call {
    /// The app.
    pub(super) tenant: Arc<Tenant>,
    /// Who asks: the id of an account, agent or bot; the engine's user.
    pub(super) account: String,
    /// With which token.
    pub(super) token: Token,
    /// Whether that is a bot, and whose.
    pub(super) actor: Actor,
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
    /// The client that the call acts for.
    pub(super) fn client(&self) -> Option<&str> {
        self.actor.client(&self.token, self.method.name, self.body.get(OWNER_CLIENT_ID).and_then(Value::as_str))
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
        let scopes: BTreeSet<String>;
        let names: Vec<&str>;
        let mut given = GivenSubject { channel_roles, ..GivenSubject::default() };
        if let Some(client) = self.client().filter(|client| Some(*client) != self.token.client.as_deref()) {
            scopes = acting::ceiling(&self.tenant, &self.token);
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
