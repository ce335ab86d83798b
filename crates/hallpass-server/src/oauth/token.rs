//! Tokens: those that clients get, and personal ones.

use std::collections::BTreeSet;
use std::sync::Arc;

use hallpass::{Change, Timestamp, Token};
use hallpass_store::DocumentWrite;
use serde::{Deserialize, Serialize};

use super::book::{Issued, Line, OpenBook};
use super::refresh::{self, RefreshRecord};
use super::{OauthError, PARTS, read, secret, write};
use crate::key::{Secret, random_hex};
use crate::lock::Footprint;
use crate::tenant::Tenant;

/// How long an access token opens something (docs/livechat.md, Tokens): 28,800 seconds.
pub(crate) const ACCESS_LIFETIME_MS: u64 = 28_800 * 1_000;
/// How long a token of a bot opens something (docs/livechat.md, Tokens): a day.
pub(crate) const BOT_LIFETIME_MS: u64 = 24 * 60 * 60 * 1_000;
/// What a token of a bot carries, always (docs/livechat.md, Tokens).
pub(crate) const BOT_SCOPES: [&str; 3] = ["chats--access:rw", "agents-bot--my:rw", "customers:rw"];

/// Kind of the documents of personal access tokens and those of bots.
pub(crate) const KIND: &str = "oauth_token";
/// Tokens per page of a listing.
const PAGE: usize = 500;

/// Which kind of token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TokenKind {
    /// Made by an account for itself: no client, no end, its scopes never change.
    Personal,
    /// Made through a client on the native face, for automation: no end.
    Client,
    /// A bot's.
    Bot,
}

/// A token without a book, as stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TokenRecord {
    /// Id of its fact.
    pub(crate) id: String,
    /// Whose.
    pub(crate) account: String,
    /// Which kind.
    pub(crate) kind: TokenKind,
    /// When it was made.
    pub(crate) created_at: Timestamp,
    /// By whom, as the log names them.
    pub(crate) created_by: String,
}

/// A token that was just made: what to commit, and what to show once.
pub(crate) struct Made {
    /// What shows it.
    pub(crate) secret: Secret,
    /// Its fact.
    pub(crate) token: Token,
    /// What to commit.
    pub(crate) changes: Vec<Change>,
    /// What to commit beside.
    pub(crate) documents: Vec<DocumentWrite>,
}

/// Makes a token without a book, for the caller to commit. Nothing is checked here.
///
/// # Errors
/// When its document cannot be written.
pub(crate) fn make(
    tenant: &Tenant,
    account: &str,
    client: Option<&str>,
    scopes: BTreeSet<String>,
    kind: TokenKind,
    author: &str,
) -> Result<Made, OauthError> {
    let now = tenant.now();
    let secret = secret::generate(&tenant.organization().unwrap_or_default());
    let expires_at = (kind == TokenKind::Bot).then(|| Timestamp::from_ms(now.as_ms().saturating_add(BOT_LIFETIME_MS)));
    let token =
        Token { id: secret::id_of(secret.expose()), user: account.to_owned(), client: client.map(str::to_owned), scopes, expires_at };
    let record = TokenRecord { id: token.id.clone(), account: account.to_owned(), kind, created_at: now, created_by: author.to_owned() };
    let document = write(KIND, format!("{account}{PARTS}{}", token.id), &record)?;
    Ok(Made { secret, changes: vec![Change::TokenPut(token.clone())], documents: vec![document], token })
}

/// Makes a token of a bot, for the caller to commit; those of the bot that have expired go.
///
/// # Errors
/// When the store fails.
pub(crate) async fn make_for_bot(tenant: &Tenant, bot: &str, client: Option<&str>, author: &str) -> Result<Made, OauthError> {
    let scopes = BOT_SCOPES.map(str::to_owned).into();
    let mut made = make(tenant, bot, client, scopes, TokenKind::Bot, author)?;
    let now = tenant.now();
    for record in of_account(tenant, bot).await? {
        let expired = tenant.engine().token(&record.id).is_none_or(|token| token.expires_at.is_some_and(|end| now >= end));
        if expired {
            made.changes.push(Change::TokenRemoved { id: record.id.clone() });
            made.documents.push(DocumentWrite::delete(KIND, format!("{bot}{PARTS}{}", record.id)));
        }
    }
    Ok(made)
}

/// Makes a personal access token, or one of a client's for automation, and commits it. The scopes have been checked.
///
/// # Errors
/// When the store fails.
pub(crate) async fn give(
    tenant: &Arc<Tenant>,
    account: &str,
    client: Option<&str>,
    scopes: BTreeSet<String>,
    author: &str,
) -> Result<Made, OauthError> {
    let edit = tenant.edit(Footprint::facts().user(account)).await?;
    let kind = if client.is_some() { TokenKind::Client } else { TokenKind::Personal };
    let mut made = make(tenant, account, client, scopes, kind, author)?;
    edit.commit(author, std::mem::take(&mut made.changes), std::mem::take(&mut made.documents)).await?;
    Ok(made)
}

/// The tokens without a book of an account.
///
/// # Errors
/// When the store fails.
pub(crate) async fn of_account(tenant: &Tenant, account: &str) -> Result<Vec<TokenRecord>, OauthError> {
    let prefix = format!("{account}{PARTS}");
    let mut found = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let (prefix, from) = (prefix.clone(), after.take());
        let page = tenant.read(move |store, app| store.scan_documents(app, KIND, &prefix, from.as_deref(), PAGE)).await?;
        let Some((last, _)) = page.last() else { return Ok(found) };
        after = Some(last.clone());
        for (_, body) in page {
            found.push(serde_json::from_value(body).map_err(|source| OauthError::Document { kind: KIND, source })?);
        }
    }
}

/// What is known of a token without a book.
///
/// # Errors
/// When the store fails.
pub(crate) async fn record(tenant: &Tenant, token: &Token) -> Result<Option<TokenRecord>, OauthError> {
    read(tenant, KIND, &format!("{}{PARTS}{}", token.user, token.id)).await
}

/// What a client gets.
pub(crate) struct TokenSet {
    /// Opens methods.
    pub(crate) access: Secret,
    /// Until when.
    pub(crate) expires_at: Timestamp,
    /// Gets the next one.
    pub(crate) refresh: Option<Secret>,
    /// Whose.
    pub(crate) account: String,
    /// For what.
    pub(crate) scopes: BTreeSet<String>,
    /// The line of refresh tokens.
    pub(crate) line: Option<String>,
}

impl TokenSet {
    /// The first access token and the first refresh token of a consent.
    ///
    /// # Errors
    /// When a document cannot be written.
    pub(crate) fn begin(
        tenant: &Tenant,
        book: &mut OpenBook,
        account: &str,
        client: &str,
        scopes: BTreeSet<String>,
    ) -> Result<Self, OauthError> {
        let line = random_hex(24);
        let record = RefreshRecord {
            account: account.to_owned(),
            client: client.to_owned(),
            line: line.clone(),
            scopes: scopes.clone(),
            created_at: tenant.now(),
        };
        let refresh = secret::generate(&tenant.organization().unwrap_or_default());
        let digest = secret::id_of(refresh.expose());
        book.begin_line(Line { id: line, refresh: digest.clone(), created_at: tenant.now(), spent: Vec::new() });
        book.also(write(refresh::KIND, digest, &record)?);
        let mut set = Self::access(tenant, book, account, Some(client), scopes, Some(record.line), None);
        set.refresh = Some(refresh);
        Ok(set)
    }

    /// The next access token of a line; with the next refresh token, unless the one that there is stays.
    ///
    /// # Errors
    /// When a document cannot be written.
    pub(crate) fn go_on(
        tenant: &Tenant,
        book: &mut OpenBook,
        record: &RefreshRecord,
        scopes: BTreeSet<String>,
        stays: Option<&str>,
    ) -> Result<Self, OauthError> {
        let refresh = match stays {
            Some(token) => Secret::new(token),
            None => {
                let next = secret::generate(&tenant.organization().unwrap_or_default());
                let digest = secret::id_of(next.expose());
                book.also(write(refresh::KIND, digest.clone(), &RefreshRecord { created_at: tenant.now(), ..record.clone() })?);
                book.rotate(&record.line, digest);
                next
            }
        };
        let mut set = Self::access(tenant, book, &record.account, Some(&record.client), scopes, Some(record.line.clone()), None);
        set.refresh = Some(refresh);
        Ok(set)
    }

    /// An access token alone. `at_most`: it ends no later than that.
    pub(crate) fn access(
        tenant: &Tenant,
        book: &mut OpenBook,
        account: &str,
        client: Option<&str>,
        scopes: BTreeSet<String>,
        line: Option<String>,
        at_most: Option<Timestamp>,
    ) -> Self {
        let now = tenant.now();
        let access = secret::generate(&tenant.organization().unwrap_or_default());
        let end = Timestamp::from_ms(now.as_ms().saturating_add(ACCESS_LIFETIME_MS));
        let expires_at = at_most.map_or(end, |at_most| at_most.min(end));
        let token = Token {
            id: secret::id_of(access.expose()),
            user: account.to_owned(),
            client: client.map(str::to_owned),
            scopes: scopes.clone(),
            expires_at: Some(expires_at),
        };
        let issued = Issued { id: token.id.clone(), created_at: now, expires_at, line: line.clone() };
        book.enter_access(issued, Change::TokenPut(token));
        Self { access, expires_at, refresh: None, account: account.to_owned(), scopes, line }
    }
}
