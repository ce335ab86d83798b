//! Taking tokens back. An access token and its refresh token go together (docs/livechat.md, The OAuth dance).

use std::sync::Arc;

use hallpass::{Change, Token};
use hallpass_store::DocumentWrite;

use super::book::OpenBook;
use super::refresh::RefreshRecord;
use super::token::{self, TokenKind};
use super::{OauthError, PARTS, usage};
use crate::lock::Footprint;
use crate::tenant::Tenant;

/// Revokes a token: a pair through its book, a personal one by itself. `false`: it is a bot's, which cannot be revoked (docs/livechat.md,
/// Tokens), or it is gone already.
///
/// # Errors
/// When the store fails.
pub(crate) async fn of_token(tenant: &Arc<Tenant>, token: &Token, author: &str) -> Result<bool, OauthError> {
    let record = token::record(tenant, token).await?;
    if record.as_ref().is_some_and(|record| record.kind == TokenKind::Bot) {
        return Ok(false);
    }
    let mut book = OpenBook::of(tenant, token.client.as_deref().unwrap_or_default(), &token.user).await?;
    if book.end_access(&token.id) {
        book.also(usage::forget(&token.id));
        book.close(author).await?;
        return Ok(true);
    }
    drop(book);
    let edit = tenant.edit(Footprint::facts().user(&token.user)).await?;
    if tenant.engine().token(&token.id).is_none() {
        return Ok(false);
    }
    let documents = vec![DocumentWrite::delete(token::KIND, format!("{}{PARTS}{}", token.user, token.id)), usage::forget(&token.id)];
    edit.commit(author, vec![Change::TokenRemoved { id: token.id.clone() }], documents).await?;
    Ok(true)
}

/// Revokes a refresh token, with all that was made with it.
///
/// # Errors
/// When the store fails.
pub(crate) async fn of_refresh(tenant: &Arc<Tenant>, record: &RefreshRecord, author: &str) -> Result<(), OauthError> {
    let mut book = OpenBook::of(tenant, &record.client, &record.account).await?;
    book.end_line(&record.line);
    book.close(author).await
}
