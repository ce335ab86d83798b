//! A command in progress, and the one way in which state moves: validate, make durable, make visible, answer.

use std::sync::Arc;

use hallpass::{App, Change, ChangeError, Revision};
use hallpass_store::{Commit, DocumentWrite, StoreError};

use crate::lock::Held;
use crate::tenant::Tenant;

/// A command that holds the locks of its footprint. Dropping it without [`Edit::commit`] changes nothing.
#[must_use = "an edit does nothing until it is committed"]
pub struct Edit {
    tenant: Arc<Tenant>,
    held: Held,
}

/// A command that could not start.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The app is gone.
    #[error("the app has been deleted")]
    AppDeleted,
}

/// A command that changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// The catalogue or the world does not allow the changes.
    #[error(transparent)]
    Invalid(#[from] ChangeError),
    /// The store failed. Nothing is visible; whether it is durable shows at the next start.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Edit {
    pub(crate) fn new(tenant: Arc<Tenant>, held: Held) -> Self {
        Self { tenant, held }
    }

    /// The app.
    pub fn tenant(&self) -> &Arc<Tenant> {
        &self.tenant
    }

    /// The world, which stands still as far as this command's footprint goes.
    pub fn engine(&self) -> &App {
        self.tenant.engine()
    }

    /// Commits changes and documents as one revision. When this returns, they are durable, and the next question sees them.
    /// With nothing to write, nothing is written and the current revision returned.
    ///
    /// `author` goes into the log: `server`, `root`, or a user's id as `user:ID`.
    ///
    /// # Errors
    /// When the changes are not valid, or the store fails. Nothing has changed then.
    pub async fn commit(
        self,
        author: impl Into<String>,
        changes: Vec<Change>,
        documents: Vec<DocumentWrite>,
    ) -> Result<Revision, CommitError> {
        if changes.is_empty() && documents.is_empty() {
            return Ok(self.engine().revision());
        }
        self.engine().validate(&changes)?;
        let commit = Commit { app: self.tenant.id().to_owned(), author: author.into(), at: self.tenant.now(), changes, documents };
        // The committer drops the locks once the changes are visible, even if the caller hangs up before that.
        let Self { tenant, held } = self;
        Ok(tenant.committer().submit_holding(commit, Box::new(held)).await?)
    }
}
