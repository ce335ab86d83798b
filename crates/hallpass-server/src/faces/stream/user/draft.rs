//! A user about to be written, and whether the caller may write it so.

use hallpass::{App, Change, GivenSubject, Resource, User};
use hallpass_store::{DocumentWrite, kind};
use serde_json::{Map, Value};

use super::super::call::Call;
use super::super::condition;
use super::super::documents::{self, UserDocument};
use super::super::error::StreamError;
use super::good_custom;

/// The role of users without one.
pub(super) const DEFAULT_ROLE: &str = "user";

/// A user as it was, and as it is to be.
pub(super) struct Draft {
    before: Option<User>,
    /// Facts.
    pub(super) fact: User,
    /// What is shown besides.
    pub(super) document: UserDocument,
}

impl Draft {
    /// Starts from what there is.
    pub(super) fn open(call: &Call, engine: &App, id: &str, document: Option<UserDocument>) -> Self {
        let before = engine.user(id);
        let fact = before.clone().unwrap_or_else(|| User { id: id.to_owned(), ..User::default() });
        let unknown = documents::unknown_time(&call.tenant);
        let made = if before.is_some() { unknown } else { call.now };
        let document = document.unwrap_or_else(|| UserDocument { created_at: made, ..UserDocument::default() });
        Self { before, fact, document }
    }

    /// Whether there is such a user, deleted or not.
    pub(super) fn exists(&self) -> bool {
        self.before.is_some()
    }

    /// Replaces the custom data.
    pub(super) fn set_custom(&mut self, place: &str, custom: Map<String, Value>) -> Result<(), StreamError> {
        good_custom(place, &custom)?;
        self.fact.attributes = condition::attributes(&custom);
        self.document.custom = custom;
        Ok(())
    }

    fn role_changes(&self) -> bool {
        let of = |user: &User| user.roles.first().cloned().unwrap_or_else(|| DEFAULT_ROLE.to_owned());
        of(&self.fact) != self.before.as_ref().map_or_else(|| DEFAULT_ROLE.to_owned(), of)
    }

    fn teams_change(&self) -> bool {
        let before = self.before.as_ref();
        self.fact.teams != before.map(|user| user.teams.clone()).unwrap_or_default()
            || self.fact.teams_role != before.map(|user| user.teams_role.clone()).unwrap_or_default()
    }

    /// Asks whether the caller may make this of the user. A role and teams that stay as they are need no permission of their own: SDKs
    /// send back what they were sent.
    ///
    /// # Errors
    /// The refusal.
    pub(super) fn permit(&self, call: &Call) -> Result<(), StreamError> {
        // Whoever comes for the first time, with a token that the back end signed, is judged as what they are about to be: a user.
        let newcomer = call.caller.user().is_some_and(|id| id == self.fact.id) && !self.exists();
        let given =
            if newcomer { GivenSubject { roles: Some(&[DEFAULT_ROLE]), ..GivenSubject::default() } } else { GivenSubject::default() };
        let user = Resource::user(&self.fact.id);
        call.permit_as("UpdateUser", user, given)?;
        if self.role_changes() {
            call.permit_as("UpdateUserRole", user, given)?;
        }
        if self.teams_change() {
            call.permit_as("UpdateUserTeams", user, given)?;
        }
        Ok(())
    }

    /// What to write. The fact is left out where it stays as it is.
    pub(super) fn write(mut self, call: &Call) -> Result<(Option<Change>, DocumentWrite), StreamError> {
        self.document.updated_at = call.now;
        let document = documents::put(kind::USER, &self.fact.id, &self.document)?;
        let change = (self.before.as_ref() != Some(&self.fact)).then_some(Change::UserPut(self.fact));
        Ok((change, document))
    }
}
