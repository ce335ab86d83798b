//! RFC 8693: a token for one that can less. What is handed to a script, a bot or a colleague need not be able to do all that one's own can.

use std::collections::BTreeSet;
use std::sync::Arc;

use hallpass::Token;

use super::book::OpenBook;
use super::grantable::{self, ScopeRefusal};
use super::token::TokenSet;
use super::{OauthError, grantable::ScopeRefusal as Refusal};
use crate::tenant::Tenant;

/// Makes an access token of the same account and client with scopes that lie within those of `subject`, which ends no later than that.
/// It is independent from then on: revoking the one leaves the other.
///
/// # Errors
/// When the store fails.
pub(crate) async fn narrow(
    tenant: &Arc<Tenant>,
    subject: &Token,
    scopes: Option<BTreeSet<String>>,
) -> Result<Result<TokenSet, ScopeRefusal>, OauthError> {
    let scopes = scopes.unwrap_or_else(|| subject.scopes.clone());
    let checked: Result<(), Refusal> =
        grantable::known(tenant, &scopes).and_then(|()| grantable::within(tenant, &scopes, "subject_token", &subject.scopes));
    if let Err(refusal) = checked {
        return Ok(Err(refusal));
    }
    let mut book = OpenBook::of(tenant, subject.client.as_deref().unwrap_or_default(), &subject.user).await?;
    let set = TokenSet::access(tenant, &mut book, &subject.user, subject.client.as_deref(), scopes, None, subject.expires_at);
    book.close(&format!("user:{}", subject.user)).await?;
    Ok(Ok(set))
}
