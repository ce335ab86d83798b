//! A request as handlers see it, and the one way from it to the engine.

use std::collections::HashMap;
use std::sync::Arc;

use hallpass::{AlternativeOutcome, Change, Question, Resource, Subject, Timestamp};
use hallpass_store::DocumentWrite;

use super::caller::Caller;
use super::error::CometError;
use super::fields::Fields;
use super::operation::Operation;
use super::query::Query;
use super::refusal;
use crate::authorize::authorize;
use crate::edit::{CommitError, Edit};
use crate::key::Secret;
use crate::lock::Footprint;
use crate::tenant::Tenant;

/// Names and values that conditions on attributes look at, such as `("message_type", "text")`.
pub(super) type Attributes<'a> = &'a [(&'a str, &'a str)];

/// A request: who asks for what.
pub(super) struct Call {
    /// The app.
    pub(super) tenant: Arc<Tenant>,
    /// Who asks.
    pub(super) caller: Caller,
    /// When.
    pub(super) now: Timestamp,
    /// The body; empty for GET, whose bodies mean nothing. Bodies of DELETE do.
    pub(super) body: Fields,
    /// The query string.
    pub(super) query: Query,
    /// The variable parts of the path, decoded.
    pub(super) path: HashMap<String, String>,
    /// The host and port that the caller knows this server by.
    pub(super) host: String,
    /// The token that the caller came with, which the answer to a login repeats.
    pub(super) session: Option<Secret>,
    /// What is asked for.
    pub(super) operation: &'static Operation,
}

impl Call {
    /// A variable part of the path.
    ///
    /// # Errors
    /// When the route has no such part, which is a mistake of ours.
    pub(super) fn path(&self, name: &str) -> Result<&str, CometError> {
        self.path.get(name).map(String::as_str).ok_or_else(|| CometError::internal(format!("the route has no part '{name}'")))
    }

    /// The user that the path names as `uid`, who may be deactivated. Ids are lower case; those that other ways in wrote as they liked
    /// are found as they are.
    ///
    /// # Errors
    /// `ERR_UID_NOT_FOUND`
    pub(super) fn user_of_path(&self) -> Result<hallpass::User, CometError> {
        let uid = self.path("uid")?;
        self.user(uid).ok_or_else(|| CometError::no_user(uid))
    }

    /// Like [`Call::user_of_path`], for a user who is not deactivated: others are as good as not there.
    ///
    /// # Errors
    /// `ERR_UID_NOT_FOUND`
    pub(super) fn active_user_of_path(&self) -> Result<hallpass::User, CometError> {
        let user = self.user_of_path()?;
        if user.deactivated { Err(CometError::no_user(&user.id)) } else { Ok(user) }
    }

    /// The user who acts.
    ///
    /// # Errors
    /// When it is the app, which the operation's gate does not let through.
    pub(super) fn acting_user(&self) -> Result<&str, CometError> {
        self.caller.user().ok_or_else(|| CometError::internal("an operation of users was reached by the app"))
    }

    /// The user of this id, however it is written.
    pub(super) fn user(&self, uid: &str) -> Option<hallpass::User> {
        let engine = self.tenant.engine();
        engine.user(uid).or_else(|| engine.user(&uid.to_lowercase())).filter(|user| !user.deleted)
    }

    /// Asks the engine whether the caller may do this. The only way from a CometChat request to a decision.
    ///
    /// # Errors
    /// The refusal, in CometChat's words.
    pub(super) fn permit(&self, action: &'static str, resource: Resource<'_>, attributes: Attributes<'_>) -> Result<(), CometError> {
        let question = self.question(action, resource, attributes)?;
        let decision = authorize(&self.tenant, &question);
        if decision.allowed { Ok(()) } else { Err(refusal::of(self, &question, &decision)) }
    }

    /// Like [`Call::permit`], for one row of a list: a row that is refused is left out.
    ///
    /// # Errors
    /// When the operation does not declare the action, which is a mistake of ours.
    pub(super) fn permits_row(&self, action: &'static str, resource: Resource<'_>, attributes: Attributes<'_>) -> Result<bool, CometError> {
        let question = self.question(action, resource, attributes)?;
        Ok(authorize(&self.tenant, &question).allowed)
    }

    /// For a list as a whole: refused where no row could be seen, because a layer does not hold the permission at all. `resource` is the
    /// app, or the group that the rows lie in.
    ///
    /// # Errors
    /// The refusal, in CometChat's words.
    pub(super) fn permit_listing(&self, action: &'static str, resource: Resource<'_>) -> Result<(), CometError> {
        let question = self.question(action, resource, &[])?;
        let decision = authorize(&self.tenant, &question);
        if decision.allowed {
            return Ok(());
        }
        let explanation = self.tenant.engine().explain(&question);
        let closed = |layer: &hallpass::LayerView| {
            layer.applies && !layer.allows && layer.alternatives.iter().all(|way| way.outcome == AlternativeOutcome::NotHeld)
        };
        // No layer looked at: what stands before all layers refused.
        if explanation.layers.is_empty() || explanation.layers.iter().any(closed) {
            return Err(refusal::of(self, &question, &decision));
        }
        Ok(())
    }

    fn question<'a>(
        &'a self,
        action: &'static str,
        resource: Resource<'a>,
        attributes: Attributes<'a>,
    ) -> Result<Question<'a>, CometError> {
        if !self.operation.gate.actions().contains(&action) {
            return Err(CometError::internal(format!("{} asks {action} without declaring it", self.operation.name)));
        }
        Ok(Question::of(self.subject(), action, resource).at(self.now).with(attributes))
    }

    /// The caller as the engine knows them.
    pub(super) fn subject(&self) -> Subject<'_> {
        match &self.caller {
            Caller::App | Caller::AuthKey => Subject::app(),
            Caller::OnBehalf(user) => Subject::user(user),
            Caller::Token { user, token } => Subject { token: Some(token), ..Subject::user(user) },
        }
    }

    /// Starts a command. See [`Tenant::edit`].
    ///
    /// # Errors
    /// When the app was deleted meanwhile.
    pub(super) async fn edit(&self, footprint: Footprint) -> Result<Edit, CometError> {
        let gone = |error: crate::edit::EditError| CometError::new(super::error::Code::InvalidAppId, format!("{error}."));
        self.tenant.edit(footprint).await.map_err(gone)
    }

    /// Commits a command as the caller.
    ///
    /// # Errors
    /// When the catalogue or the world does not allow the changes, or the store fails.
    pub(super) async fn commit(&self, edit: Edit, changes: Vec<Change>, documents: Vec<DocumentWrite>) -> Result<(), CometError> {
        match edit.commit(self.caller.author(), changes, documents).await {
            Ok(_) => Ok(()),
            Err(CommitError::Invalid(error)) => Err(refusal::of_change(&error)),
            Err(CommitError::Store(error)) => Err(CometError::internal(error)),
        }
    }
}
