//! Refresh tokens: a new access token without asking again.
//!
//! Those of public clients rotate: each is good once, and one that comes back ends the whole line, since one of the two who have it is
//! not the client. Those of confidential clients stay, as the client proves itself by its secret (docs/livechat.md, Tokens).

use std::collections::BTreeSet;
use std::sync::Arc;

use hallpass::Timestamp;
use serde::{Deserialize, Serialize};

use super::book::{Line, OpenBook};
use super::client::ClientRecord;
use super::grantable::{self, ScopeRefusal};
use super::token::TokenSet;
use super::{OauthError, read, secret};
use crate::tenant::Tenant;

/// Kind of the documents.
pub(crate) const KIND: &str = "oauth_refresh";

/// A refresh token, as stored under its digest.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RefreshRecord {
    /// Whose.
    pub(crate) account: String,
    /// Whom it was given to.
    pub(crate) client: String,
    /// The line that it is of.
    pub(crate) line: String,
    /// What was agreed to.
    pub(crate) scopes: BTreeSet<String>,
    /// When it was made.
    pub(crate) created_at: Timestamp,
}

/// Why a refresh token gives nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RefreshRefusal {
    /// Unknown, revoked, or another client's.
    Unknown,
    /// Used before. Its line has been ended.
    Spent,
    /// The account is gone or suspended.
    Account,
    /// More was asked for than was agreed to.
    Scope(ScopeRefusal),
}

/// Reads a refresh token.
///
/// # Errors
/// When the store fails.
pub(crate) async fn find(tenant: &Tenant, token: &str) -> Result<Option<RefreshRecord>, OauthError> {
    read(tenant, KIND, &secret::id_of(token)).await
}

/// Trades a refresh token for a new access token, with `narrower` scopes if any are named.
///
/// # Errors
/// When the store fails.
pub(crate) async fn trade(
    tenant: &Arc<Tenant>,
    client: &ClientRecord,
    token: &str,
    narrower: Option<BTreeSet<String>>,
) -> Result<Result<TokenSet, RefreshRefusal>, OauthError> {
    let id = secret::id_of(token);
    let Some(record) = find(tenant, token).await?.filter(|record| record.client == client.id) else {
        return Ok(Err(RefreshRefusal::Unknown));
    };
    let mut book = OpenBook::of(tenant, &client.id, &record.account).await?;
    let Some(line) = book.book.lines.iter().find(|line| line.id == record.line).cloned() else { return Ok(Err(RefreshRefusal::Unknown)) };
    let author = format!("user:{}", record.account);
    if line.refresh != id {
        if !line.spent.contains(&id) {
            return Ok(Err(RefreshRefusal::Unknown));
        }
        book.end_line(&line.id);
        book.close(&author).await?;
        return Ok(Err(RefreshRefusal::Spent));
    }
    // The fact of the line is gone where the account was removed, whoever has its id now.
    let is_gone = tenant.engine().token(&Line::fact(&line.id)).is_none();
    if is_gone || tenant.engine().user(&record.account).is_none_or(|user| user.deleted || user.deactivated) {
        return Ok(Err(RefreshRefusal::Account));
    }
    let scopes = narrower.unwrap_or_else(|| record.scopes.clone());
    if let Err(refusal) =
        grantable::known(tenant, &scopes).and_then(|()| grantable::within(tenant, &scopes, "refresh_token", &record.scopes))
    {
        return Ok(Err(RefreshRefusal::Scope(refusal)));
    }
    let rotate = client.is_public();
    let set = TokenSet::go_on(tenant, &mut book, &record, scopes, if rotate { None } else { Some(token) })?;
    book.close(&author).await?;
    Ok(Ok(set))
}
