//! Authorization codes: handed to a browser after consent, traded once, within minutes, by the client that asked, with the proof that it did.

use std::collections::BTreeSet;
use std::sync::Arc;

use hallpass::Timestamp;
use serde::{Deserialize, Serialize};

use super::book::OpenBook;
use super::client::ClientRecord;
use super::pkce::Challenge;
use super::token::TokenSet;
use super::{OauthError, read, secret, write};
use crate::key::Secret;
use crate::tenant::Tenant;

/// Kind of the documents.
pub(crate) const KIND: &str = "oauth_code";
/// How long a code can be traded. The vendor says *a few minutes*.
pub(crate) const LIFETIME_MS: u64 = 5 * 60 * 1_000;

/// A code, as stored under its digest.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CodeRecord {
    /// Whose consent it stands for.
    pub(crate) account: String,
    /// Whom it was given to.
    pub(crate) client: String,
    /// Where it was sent.
    pub(crate) redirect_uri: String,
    /// What was agreed to.
    pub(crate) scopes: BTreeSet<String>,
    /// Whoever trades it proves that they asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) challenge: Option<Challenge>,
    /// Until when it can be traded.
    pub(crate) expires_at: Timestamp,
    /// The line of refresh tokens that it was traded for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) traded_for: Option<String>,
}

impl CodeRecord {
    /// Id of the fact that goes with a code, so that it ends with its account. See [`super::book::Line::fact`].
    pub(crate) fn fact(id: &str) -> String {
        format!("code-{id}")
    }
}

/// Why a code is not traded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CodeRefusal {
    /// Unknown, or another client's.
    Unknown,
    /// Traded before. What it was traded for has been revoked.
    Spent,
    /// Too late.
    Expired,
    /// For another address.
    Redirect,
    /// The verifier does not fit, or is missing, or there was no challenge.
    Proof,
}

impl CodeRefusal {
    /// In words.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Unknown => "code: there is no such code of this client",
            Self::Spent => "code: it was traded before; what it was traded for is revoked now",
            Self::Expired => "code: it has expired",
            Self::Redirect => "redirect_uri: it is not the one that the code was asked for with",
            Self::Proof => "code_verifier: it does not fit the code_challenge",
        }
    }
}

/// Makes a code. `None`: the browser was sent back too often.
///
/// # Errors
/// When the store fails.
pub(crate) async fn hand_out(tenant: &Arc<Tenant>, mut record: CodeRecord) -> Result<Option<Secret>, OauthError> {
    let mut book = OpenBook::of(tenant, &record.client, &record.account).await?;
    let now = tenant.now();
    if !book.may_send_back(now) {
        return Ok(None);
    }
    record.expires_at = Timestamp::from_ms(now.as_ms().saturating_add(LIFETIME_MS));
    let code = secret::generate(&tenant.organization().unwrap_or_default());
    let id = secret::id_of(code.expose());
    book.enter_code(id.clone(), record.expires_at);
    book.also(write(KIND, id, &record)?);
    book.close(&format!("user:{}", record.account)).await?;
    Ok(Some(code))
}

/// Trades a code for tokens.
///
/// A wrong verifier or address leaves the code as it was: whoever asked for it can still trade it. A second trade revokes what the first
/// one gave, since one of the two was not the client.
///
/// # Errors
/// When the store fails.
pub(crate) async fn trade(
    tenant: &Arc<Tenant>,
    client: &ClientRecord,
    code: &str,
    redirect_uri: Option<&str>,
    verifier: Option<&str>,
) -> Result<Result<TokenSet, CodeRefusal>, OauthError> {
    let id = secret::id_of(code);
    let Some(found) = read::<CodeRecord>(tenant, KIND, &id).await?.filter(|found| found.client == client.id) else {
        return Ok(Err(CodeRefusal::Unknown));
    };
    let mut book = OpenBook::of(tenant, &client.id, &found.account).await?;
    // Again, now that nobody else trades it.
    let Some(mut record) = read::<CodeRecord>(tenant, KIND, &id).await? else { return Ok(Err(CodeRefusal::Unknown)) };
    if let Some(line) = &record.traded_for {
        book.end_line(line);
        book.close(&format!("user:{}", record.account)).await?;
        return Ok(Err(CodeRefusal::Spent));
    }
    if tenant.engine().token(&CodeRecord::fact(&id)).is_none() {
        return Ok(Err(CodeRefusal::Unknown));
    }
    if tenant.now() >= record.expires_at {
        return Ok(Err(CodeRefusal::Expired));
    }
    if redirect_uri != Some(record.redirect_uri.as_str()) {
        return Ok(Err(CodeRefusal::Redirect));
    }
    let proven = match (&record.challenge, verifier) {
        (Some(challenge), Some(verifier)) => challenge.fits(verifier),
        (None, None) => !client.is_public(),
        // A verifier without a challenge: the request for the code was not the one that the client sent.
        (Some(_), None) | (None, Some(_)) => false,
    };
    if !proven {
        return Ok(Err(CodeRefusal::Proof));
    }
    let set = TokenSet::begin(tenant, &mut book, &record.account, &client.id, record.scopes.clone())?;
    record.traded_for.clone_from(&set.line);
    book.also(write(KIND, id, &record)?);
    book.close(&format!("user:{}", record.account)).await?;
    Ok(Ok(set))
}
