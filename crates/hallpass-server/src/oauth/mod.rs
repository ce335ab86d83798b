//! Tokens with scopes, for LiveChat's face: who may have which, how they come and go, and what became of them.
//!
//! Nick, an agent, installs an app of Ada's. The app sends his browser to the consent page, asking for `chats--access:rw`; Nick logs in,
//! reads in words what that opens, and agrees. The app trades the code it got for an access token, and from then on acts as Nick: in the
//! chats that Nick has access to, and only as far as the token, the app *and* Nick's role all allow. Had it asked for `agents--all:rw`,
//! which agents with the role normal may not hold, it would have got `invalid_scope`, and nothing less by silence.
//!
//! A token is a fact (`hallpass::Token`) whose id is the SHA-256 of its secret, so finding it costs no look at the disk and stores no
//! secret. What the engine need not know (when it was made, by which consent) is in documents beside it:
//!
//! | kind | id | holds |
//! |---|---|---|
//! | `oauth_client` | the client's id | `client::ClientRecord` |
//! | `oauth_book` | account, client | `book::Book`: which tokens, codes and refresh tokens one has of the other |
//! | `oauth_code` | digest | `code::CodeRecord` |
//! | `oauth_refresh` | digest | `refresh::RefreshRecord` |
//! | `oauth_token` | account, token | `token::TokenRecord`: personal access tokens and those of bots |
//! | `scope_use` | client and account, or token | `usage::Used`: which scopes were used, and when last |

pub(crate) mod acting;
pub(crate) mod alias;
pub(crate) mod book;
pub(crate) mod client;
pub(crate) mod code;
pub(crate) mod exchange;
pub(crate) mod grantable;
pub(crate) mod pkce;
pub(crate) mod redirect;
pub(crate) mod refresh;
pub(crate) mod revocation;
pub(crate) mod scope;
pub(crate) mod secret;
pub(crate) mod table;
pub(crate) mod token;
pub(crate) mod trial;
pub(crate) mod usage;

use hallpass::ChangeError;
use hallpass_store::{DocumentWrite, StoreError};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::edit::{CommitError, EditError};
use crate::tenant::Tenant;

/// Something of ours broke, or the app is gone: no fault of who asks.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OauthError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The app was deleted meanwhile.
    #[error(transparent)]
    Gone(#[from] EditError),
    /// A document cannot be read or written.
    #[error("a document of kind {kind} cannot be read or written: {source}")]
    Document {
        /// Its kind.
        kind: &'static str,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// The catalogue or the world does not allow a change.
    #[error(transparent)]
    Change(#[from] ChangeError),
}

impl From<CommitError> for OauthError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Invalid(error) => Self::Change(error),
            CommitError::Store(error) => Self::Store(error),
        }
    }
}

/// Separates the parts of a document's id; no id holds it.
pub(crate) const PARTS: char = '\u{1f}';

/// Reads a document.
async fn read<T: DeserializeOwned>(tenant: &Tenant, kind: &'static str, id: &str) -> Result<Option<T>, OauthError> {
    match tenant.document(kind, id).await? {
        Some(body) => serde_json::from_value(body).map(Some).map_err(|source| OauthError::Document { kind, source }),
        None => Ok(None),
    }
}

/// Writes a document.
fn write(kind: &'static str, id: impl Into<String>, body: &impl Serialize) -> Result<DocumentWrite, OauthError> {
    let body = serde_json::to_value(body).map_err(|source| OauthError::Document { kind, source })?;
    Ok(DocumentWrite::put(kind, id, body))
}
