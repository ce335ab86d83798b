//! A request as handlers see it, and the one way from it to the engine.

use std::collections::HashMap;
use std::sync::Arc;

use hallpass::{GivenSubject, Question, Reason, Resource, Subject, Timestamp};
use serde_json::{Map, Value};

use super::caller::{Caller, named_user};
use super::dialect::Dialect;
use super::documents::AppSettings;
use super::error::{Code, StreamError};
use super::fields::Fields;
use super::live::Live;
use super::operation::{Gate, Operation};
use super::query::Query;
use super::refusal;
use super::upload::form::Upload;
use crate::authorize::authorize;
use crate::edit::{CommitError, Edit};
use crate::lock::Footprint;
use crate::tenant::Tenant;

/// What a handler answers: the fields of a success, without `duration`.
pub(super) type Answer = Map<String, Value>;

/// A request: who asks for what, in which words.
pub(super) struct Call {
    /// The app.
    pub(super) tenant: Arc<Tenant>,
    /// Who asks.
    pub(super) caller: Caller,
    /// The app's settings, as this request found them.
    pub(super) settings: AppSettings,
    /// How the caller writes and reads.
    pub(super) dialect: Dialect,
    /// When.
    pub(super) now: Timestamp,
    /// The body; empty for GET and DELETE, whose bodies mean nothing.
    pub(super) body: Fields,
    /// The query string.
    pub(super) query: Query,
    /// The variable parts of the path, decoded.
    pub(super) path: HashMap<String, String>,
    /// What is asked for.
    pub(super) operation: &'static Operation,
    /// Who is connected.
    pub(super) live: Live,
    /// The form that came, and where uploads go.
    pub(super) upload: Upload,
}

impl Call {
    /// A variable part of the path.
    ///
    /// # Errors
    /// When the route has no such part, which is a mistake of ours.
    pub(super) fn path(&self, name: &str) -> Result<&str, StreamError> {
        self.path.get(name).map(String::as_str).ok_or_else(|| StreamError::internal(format!("the route has no part '{name}'")))
    }

    /// Asks the engine whether the caller may do this.
    ///
    /// # Errors
    /// The refusal, as Stream words it.
    pub(super) fn permit(&self, action: &'static str, resource: Resource<'_>) -> Result<(), StreamError> {
        self.permit_as(action, resource, GivenSubject::default())
    }

    /// Like [`Call::permit`], with facts of the caller that are about to become true.
    ///
    /// # Errors
    /// The refusal, as Stream words it.
    pub(super) fn permit_as(&self, action: &'static str, resource: Resource<'_>, given: GivenSubject<'_>) -> Result<(), StreamError> {
        self.ask(&Question::of(self.caller.subject_with(given), action, resource).at(self.now))
    }

    /// Whether the caller may do this, where no is no answer: what one may not see is left out of a list. A refusal costs more, for it
    /// looks for what would help.
    pub(super) fn may(&self, action: &'static str, resource: Resource<'_>) -> bool {
        let question = Question::of(self.caller.subject(), action, resource).at(self.now);
        self.declared(action).is_ok() && authorize(&self.tenant, &question).allowed
    }

    /// The only way from a Stream request to a decision, but for [`Call::may`].
    fn ask(&self, question: &Question<'_>) -> Result<(), StreamError> {
        self.declared(question.action)?;
        let decision = authorize(&self.tenant, question);
        if decision.allowed { Ok(()) } else { Err(refusal::of(self, question, &decision)) }
    }

    /// Like [`Call::permit`], for posting: slow mode counts from when the caller last did.
    ///
    /// # Errors
    /// The refusal, as Stream words it.
    pub(super) fn permit_posting(
        &self,
        action: &'static str,
        resource: Resource<'_>,
        last_posted_at: Option<Timestamp>,
    ) -> Result<(), StreamError> {
        self.ask(&Question { last_posted_at, ..Question::of(self.caller.subject(), action, resource).at(self.now) })
    }

    /// Refuses an action that the operation's row does not name: a mistake of ours.
    fn declared(&self, action: &str) -> Result<(), StreamError> {
        if self.operation.gate.asks(action) {
            return Ok(());
        }
        Err(StreamError::internal(format!("{} asks {action} without declaring it", self.operation.name)))
    }

    /// Like [`Call::permit`], for showing in a list that something is there: a disabled channel is listed to whoever could read it if it
    /// were not disabled.
    ///
    /// # Errors
    /// The refusal, as Stream words it.
    pub(super) fn permit_listing(&self, action: &'static str, resource: Resource<'_>) -> Result<(), StreamError> {
        let Err(refusal) = self.permit(action, resource) else { return Ok(()) };
        if refusal.reason() != Some(Reason::Disabled.code()) {
            return Err(refusal);
        }
        let question = Question::of(self.caller.subject(), action, resource).at(self.now);
        let layers = self.tenant.engine().explain(&question).layers;
        if !layers.is_empty() && layers.iter().all(|layer| layer.allows) { Ok(()) } else { Err(refusal) }
    }

    /// Whose capabilities an answer shows: the caller's, or those of the user that the back end acts for, if it acts for one.
    pub(super) fn shown_to<'a>(&'a self, acting: Option<&'a str>) -> Option<Subject<'a>> {
        match (&self.caller, acting) {
            (Caller::Server, acting) => acting.map(Subject::user),
            _ => Some(self.caller.subject()),
        }
    }

    /// Ends the connections of a user, or all: their tokens may be worth nothing any more. Who has a good one comes back.
    pub(super) fn hang_up(&self, user: Option<&str>) {
        if let Some(hub) = self.live.hub(&self.tenant) {
            hub.dismiss(user);
        }
    }

    /// Whether a user is connected.
    pub(super) fn is_online(&self, user: &str) -> bool {
        self.live.hub(&self.tenant).is_some_and(|hub| hub.is_online(user))
    }

    /// Refuses users who are not there (any more), whatever the operation asks for.
    ///
    /// # Errors
    /// Code 17.
    pub(super) fn known_user(&self, id: &str) -> Result<(), StreamError> {
        match self.tenant.engine().user(id) {
            None => Err(refusal::of_standing(id, Reason::UnknownSubject)),
            Some(user) if user.deleted => Err(refusal::of_standing(id, Reason::UnknownSubject)),
            Some(user) if user.deactivated => Err(refusal::of_standing(id, Reason::Deactivated)),
            Some(_) => Ok(()),
        }
    }

    /// Refuses whoever is not the app's own back end.
    ///
    /// # Errors
    /// Code 17, naming what was tried.
    pub(super) fn server_only(&self, what: &str) -> Result<(), StreamError> {
        if self.caller.is_server() {
            return Ok(());
        }
        Err(StreamError::not_allowed(format!("{what} is only allowed with server-side authentication")).with("reason", "server_only"))
    }

    /// For whom the caller acts: the back end for the user that the body or query names, if it names one; a user for themselves.
    ///
    /// # Errors
    /// When a user names somebody else.
    pub(super) fn acting_user(&self) -> Result<Option<String>, StreamError> {
        let named = match named_user(&self.body)? {
            Some(id) => Some(id),
            None => self.query.get("user_id").filter(|id| !id.is_empty()).map(str::to_owned),
        };
        match (&self.caller, named) {
            (Caller::Server, named) => Ok(named),
            (Caller::User(id), Some(named)) if named != *id => {
                Err(StreamError::new(Code::NotAllowed, format!("the token is for user '{id}', the request for user '{named}'"))
                    .with("reason", "user_mismatch"))
            }
            (Caller::User(id), _) => Ok(Some(id.clone())),
            (Caller::Anonymous(_), _) => Ok(None),
        }
    }

    /// Starts a command. See [`Tenant::edit`].
    ///
    /// # Errors
    /// When the app was deleted meanwhile.
    pub(super) async fn edit(&self, footprint: Footprint) -> Result<Edit, StreamError> {
        self.tenant.edit(footprint).await.map_err(|gone| StreamError::not_found(gone.to_string()))
    }

    /// Commits a command as the caller.
    ///
    /// # Errors
    /// When the catalogue or the world does not allow the changes (code 4 or 16), or the store fails.
    pub(super) async fn commit(
        &self,
        edit: Edit,
        changes: Vec<hallpass::Change>,
        documents: Vec<hallpass_store::DocumentWrite>,
    ) -> Result<(), StreamError> {
        self.commit_from(edit, "", changes, documents).await
    }

    /// Commits a command whose modifiers the request holds at `place`, such as `set.config_overrides.`
    ///
    /// # Errors
    /// Those of [`Call::commit`].
    pub(super) async fn commit_from(
        &self,
        edit: Edit,
        place: &str,
        changes: Vec<hallpass::Change>,
        documents: Vec<hallpass_store::DocumentWrite>,
    ) -> Result<(), StreamError> {
        match edit.commit(self.caller.author(), changes, documents).await {
            Ok(_) => Ok(()),
            Err(CommitError::Invalid(error)) => Err(refusal::of_change(&error, place)),
            Err(CommitError::Store(error)) => Err(StreamError::internal(error)),
        }
    }
}

impl Gate {
    /// Whether operations behind this gate may ask for `action`.
    fn asks(self, action: &str) -> bool {
        match self {
            Self::Asks(actions) => actions.contains(&action),
            Self::Server | Self::Public => false,
        }
    }
}
