//! What one client holds of one account: access tokens, refresh tokens, codes. One document for each pair, so that the limits of the pair
//! (25 of each kind of token, the oldest goes) are kept under one lock, and nothing that expired is forgotten anywhere.
//!
//! Tokens that were exchanged from a personal access token belong to no client; their book has an empty one.

use std::collections::BTreeSet;
use std::sync::Arc;

use hallpass::{Change, Timestamp, Token};
use hallpass_store::DocumentWrite;
use serde::{Deserialize, Serialize};

use super::{OauthError, PARTS, code, read, refresh, usage, write};
use crate::edit::Edit;
use crate::lock::Footprint;
use crate::tenant::Tenant;

/// Kind of the documents.
pub(crate) const KIND: &str = "oauth_book";
/// Most access tokens, and most refresh tokens, of one client for one account (docs/livechat.md, The OAuth dance): the oldest is revoked.
pub(crate) const TOKENS_MAX: usize = 25;
/// How often a browser may be sent back with a code, for one client and account (docs/livechat.md, The OAuth dance) …
pub(crate) const REDIRECTS_MAX: usize = 3;
/// … within this time.
pub(crate) const REDIRECTS_WITHIN_MS: u64 = 30_000;
/// Spent refresh tokens that are remembered, of each line of them: one that comes back later than that is just unknown.
const SPENT_MAX: usize = 10;
/// How long a code is remembered after its end, so that one that comes back is known for what it is.
const CODE_REMEMBERED_MS: u64 = 60 * 60 * 1_000;
/// Books per page while a client is removed.
const PAGE: usize = 500;

/// An access token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Issued {
    /// Id of its fact.
    pub(crate) id: String,
    /// When.
    pub(crate) created_at: Timestamp,
    /// Until when it opens something.
    pub(crate) expires_at: Timestamp,
    /// The line of refresh tokens that it was made in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<String>,
}

/// A line of refresh tokens: the one that counts, and those before it. All come from one consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line {
    /// Id.
    pub(crate) id: String,
    /// Digest of the refresh token that counts.
    pub(crate) refresh: String,
    /// When it began.
    pub(crate) created_at: Timestamp,
    /// Digests of those before it, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) spent: Vec<String>,
}

impl Line {
    /// Id of the fact that goes with the line: a token without scopes and without a secret. When its account is removed it is gone, and
    /// stays gone when somebody else takes the account's id.
    pub(crate) fn fact(id: &str) -> String {
        format!("line-{id}")
    }
}

/// A code that was handed out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct HandedOut {
    id: String,
    expires_at: Timestamp,
}

/// What one client holds of one account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Book {
    #[serde(default)]
    pub(crate) access: Vec<Issued>,
    #[serde(default)]
    pub(crate) lines: Vec<Line>,
    #[serde(default)]
    codes: Vec<HandedOut>,
    /// When browsers were sent back, lately.
    #[serde(default)]
    redirects: Vec<Timestamp>,
}

/// A book that is being written.
pub(crate) struct OpenBook {
    edit: Edit,
    id: String,
    client: String,
    account: String,
    pub(crate) book: Book,
    changes: Vec<Change>,
    documents: Vec<DocumentWrite>,
}

impl OpenBook {
    /// Opens the book of a client and an account; nobody else writes in it meanwhile. What has expired is struck out.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn of(tenant: &Arc<Tenant>, client: &str, account: &str) -> Result<Self, OauthError> {
        let id = format!("{client}{PARTS}{account}");
        let edit = tenant.edit(Footprint::facts().entity(KIND, id.clone())).await?;
        let book = read::<Book>(tenant, KIND, &id).await?.unwrap_or_default();
        let (client, account) = (client.to_owned(), account.to_owned());
        let mut open = Self { edit, id, client, account, book, changes: Vec::new(), documents: Vec::new() };
        open.strike_expired(tenant.now());
        Ok(open)
    }

    fn strike_expired(&mut self, now: Timestamp) {
        let (changes, documents) = (&mut self.changes, &mut self.documents);
        self.book.access.retain(|issued| {
            let lives = now < issued.expires_at;
            if !lives {
                changes.push(Change::TokenRemoved { id: issued.id.clone() });
                documents.push(usage::forget(&issued.id));
            }
            lives
        });
        self.book.codes.retain(|code| {
            let lives = now.as_ms() < code.expires_at.as_ms().saturating_add(CODE_REMEMBERED_MS);
            if !lives {
                documents.push(DocumentWrite::delete(code::KIND, code.id.clone()));
                changes.push(Change::TokenRemoved { id: code::CodeRecord::fact(&code.id) });
            }
            lives
        });
        self.book.redirects.retain(|at| now.as_ms() < at.as_ms().saturating_add(REDIRECTS_WITHIN_MS));
    }

    /// Enters an access token, whose fact is `change`. The oldest makes room.
    pub(crate) fn enter_access(&mut self, issued: Issued, change: Change) {
        while self.book.access.len() >= TOKENS_MAX {
            let oldest = self.book.access.remove(0);
            self.changes.push(Change::TokenRemoved { id: oldest.id });
        }
        self.book.access.push(issued);
        self.changes.push(change);
    }

    /// Begins a line of refresh tokens. The oldest line makes room, with its access tokens.
    pub(crate) fn begin_line(&mut self, line: Line) {
        while self.book.lines.len() >= TOKENS_MAX {
            let Some(oldest) = self.book.lines.first().map(|line| line.id.clone()) else { break };
            self.end_line(&oldest);
        }
        let fact = self.mark(Line::fact(&line.id));
        self.changes.push(fact);
        self.book.lines.push(line);
    }

    /// The fact of something that is to end with the account.
    fn mark(&self, id: String) -> Change {
        let client = Some(self.client.clone()).filter(|client| !client.is_empty());
        Change::TokenPut(Token { id, user: self.account.clone(), client, scopes: BTreeSet::new(), expires_at: None })
    }

    /// Puts a new refresh token in place of the one that counts.
    pub(crate) fn rotate(&mut self, line: &str, refresh: String) {
        let Some(line) = self.book.lines.iter_mut().find(|known| known.id == line) else { return };
        line.spent.push(std::mem::replace(&mut line.refresh, refresh));
        while line.spent.len() > SPENT_MAX {
            self.documents.push(DocumentWrite::delete(refresh::KIND, line.spent.remove(0)));
        }
    }

    /// Ends a line: its refresh tokens, and the access tokens that were made with them.
    pub(crate) fn end_line(&mut self, id: &str) {
        let (changes, documents) = (&mut self.changes, &mut self.documents);
        self.book.lines.retain(|line| {
            if line.id == id {
                let all = line.spent.iter().chain([&line.refresh]);
                documents.extend(all.map(|digest| DocumentWrite::delete(refresh::KIND, digest.clone())));
                changes.push(Change::TokenRemoved { id: Line::fact(id) });
            }
            line.id != id
        });
        self.book.access.retain(|issued| {
            let ends = issued.line.as_deref() == Some(id);
            if ends {
                changes.push(Change::TokenRemoved { id: issued.id.clone() });
            }
            !ends
        });
    }

    /// Strikes out an access token, with its line. Whether it was there.
    pub(crate) fn end_access(&mut self, id: &str) -> bool {
        let Some(at) = self.book.access.iter().position(|issued| issued.id == id) else { return false };
        let issued = self.book.access.remove(at);
        self.changes.push(Change::TokenRemoved { id: issued.id });
        if let Some(line) = issued.line {
            self.end_line(&line);
        }
        true
    }

    /// Whether a browser may be sent back now. If so, it counts.
    pub(crate) fn may_send_back(&mut self, now: Timestamp) -> bool {
        if self.book.redirects.len() >= REDIRECTS_MAX {
            return false;
        }
        self.book.redirects.push(now);
        true
    }

    /// Enters a code.
    pub(crate) fn enter_code(&mut self, id: String, expires_at: Timestamp) {
        let fact = self.mark(code::CodeRecord::fact(&id));
        self.changes.push(fact);
        self.book.codes.push(HandedOut { id, expires_at });
    }

    /// Writes a document with the book.
    pub(crate) fn also(&mut self, document: DocumentWrite) {
        self.documents.push(document);
    }

    /// Closes the book: all that was entered becomes durable and visible, or none of it.
    ///
    /// # Errors
    /// When the changes are not valid, or the store fails.
    pub(crate) async fn close(mut self, author: &str) -> Result<(), OauthError> {
        self.documents.push(write(KIND, self.id, &self.book)?);
        self.edit.commit(author, self.changes, self.documents).await?;
        Ok(())
    }
}

/// What takes away all that a client holds of anybody.
///
/// # Errors
/// When the store fails.
pub(crate) async fn all_of_client(tenant: &Tenant, client: &str) -> Result<(Vec<Change>, Vec<DocumentWrite>), OauthError> {
    let prefix = format!("{client}{PARTS}");
    let (mut changes, mut documents) = (Vec::new(), Vec::new());
    let mut after: Option<String> = None;
    loop {
        let (prefix, from) = (prefix.clone(), after.take());
        let page = tenant.read(move |store, app| store.scan_documents(app, KIND, &prefix, from.as_deref(), PAGE)).await?;
        let Some((last, _)) = page.last() else { break };
        after = Some(last.clone());
        for (id, body) in page {
            let book: Book = serde_json::from_value(body).map_err(|source| OauthError::Document { kind: KIND, source })?;
            changes.extend(book.access.into_iter().map(|issued| Change::TokenRemoved { id: issued.id }));
            for code in book.codes {
                changes.push(Change::TokenRemoved { id: code::CodeRecord::fact(&code.id) });
                documents.push(DocumentWrite::delete(code::KIND, code.id));
            }
            for line in book.lines {
                changes.push(Change::TokenRemoved { id: Line::fact(&line.id) });
                documents.extend(line.spent.into_iter().chain([line.refresh]).map(|digest| DocumentWrite::delete(refresh::KIND, digest)));
            }
            documents.push(usage::forget(&id));
            documents.push(DocumentWrite::delete(KIND, id));
        }
    }
    Ok((changes, documents))
}
