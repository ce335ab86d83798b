//! Who calls: the token that a request shows, and the app and account that it stands for.
//!
//! Two forms: `Authorization: Bearer TOKEN`, for tokens made through a client and for bots, and `Authorization: Basic ACCOUNT:TOKEN` (in
//! base 64), for personal access tokens. Either form is accepted for either kind: the secret proves as much in both, and Basic has to
//! name the right account besides.

use std::sync::Arc;

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hallpass::Token;

use super::agent::AWAITING_APPROVAL;
use super::fault::{Fault, FaultType};
use crate::oauth::secret;
use crate::service::Service;
use crate::tenant::Tenant;

/// What a request shows to say who it is from.
pub(super) struct Shown {
    /// The account that it names, where it names one.
    pub(super) account: Option<String>,
    /// The secret.
    pub(super) secret: String,
}

/// The token of a request, of the app that it belongs to. It is neither expired nor revoked, and its account is there.
///
/// # Errors
/// 401 `authentication`, saying which of these it is not.
pub(super) fn authenticate(service: &Service, headers: &HeaderMap, query: Option<&str>) -> Result<(Arc<Tenant>, Token), Fault> {
    let shown = read(headers)?;
    let (tenant, token) = resolve(service, &shown.secret)?;
    if shown.account.is_some_and(|account| account != token.user) {
        return Err(invalid("the token is not of the account that the request names"));
    }
    // Clients may say for which organization they mean to ask. Another's is not answered with this one's.
    let named: Vec<(String, String)> = query.and_then(|query| serde_urlencoded::from_str(query).ok()).unwrap_or_default();
    if let Some((_, other)) = named.iter().find(|(name, id)| name == "organization_id" && Some(id.clone()) != tenant.organization()) {
        let text = format!("organization_id: the token is not of the organization '{}'", other.chars().take(60).collect::<String>());
        return Err(Fault::new(FaultType::Authorization, text));
    }
    Ok((tenant, token))
}

/// The token that a secret opens now.
///
/// # Errors
/// 401 `authentication`.
pub(super) fn resolve(service: &Service, secret: &str) -> Result<(Arc<Tenant>, Token), Fault> {
    let unknown = || {
        let encoded = secret.contains("%3A") || secret.contains("%3a");
        invalid(if encoded { "no such token; its colon is percent-encoded (%3A): decode it" } else { "no such token, or it was revoked" })
    };
    let tenant = service.tenant_by_livechat_token(secret).ok_or_else(unknown)?;
    let token = secret::find(&tenant, secret).ok_or_else(unknown)?;
    if token.expires_at.is_some_and(|end| tenant.now() >= end) {
        return Err(invalid("the token has expired"));
    }
    stands(&tenant, &token)?;
    Ok((tenant, token))
}

/// Whether the account of a token is there, and may do anything.
///
/// # Errors
/// 401 `authentication`; 403 for one that is suspended or awaits approval.
pub(super) fn stands(tenant: &Tenant, token: &Token) -> Result<(), Fault> {
    match tenant.engine().user(&token.user) {
        Some(user) if user.deleted => Err(invalid("the account of the token is gone")),
        Some(user) if user.deactivated && user.attributes.contains_key(AWAITING_APPROVAL) => {
            Err(Fault::new(FaultType::RequesterAwaitingApproval, "the account of the token awaits approval"))
        }
        Some(user) if user.deactivated => Err(Fault::new(FaultType::RequesterSuspended, "the account of the token is suspended")),
        Some(_) => Ok(()),
        None => Err(invalid("the account of the token is gone")),
    }
}

fn invalid(message: &str) -> Fault {
    Fault::authentication(message, Some("invalid_token"))
}

/// Reads the header.
///
/// # Errors
/// 401 where there is none that can be understood.
pub(super) fn read(headers: &HeaderMap) -> Result<Shown, Fault> {
    let expected = "expected Authorization: Bearer TOKEN, or Basic with base64(ACCOUNT_ID:PERSONAL_ACCESS_TOKEN)";
    let value = headers.get(header::AUTHORIZATION).ok_or_else(|| Fault::authentication(format!("no token; {expected}"), None))?;
    let text = value.to_str().unwrap_or_default().trim();
    let (scheme, rest) = text.split_once(' ').unwrap_or((text, ""));
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") && !rest.is_empty() {
        return Ok(Shown { account: None, secret: rest.to_owned() });
    }
    if scheme.eq_ignore_ascii_case("basic") {
        let decoded = STANDARD.decode(rest).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        if let Some((account, secret)) = decoded.as_deref().and_then(|pair| pair.split_once(':')) {
            return Ok(Shown { account: Some(account.to_owned()), secret: secret.to_owned() });
        }
        return Err(invalid("Basic: expected base64(ACCOUNT_ID:PERSONAL_ACCESS_TOKEN)"));
    }
    Err(invalid(expected))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read_and_others_are_refused_with_what_was_expected() {
        let shown = |value: &str| read(&HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().unwrap())]));
        assert_eq!(shown("Bearer dal:x").unwrap().secret, "dal:x");
        let basic = shown(&format!("Basic {}", STANDARD.encode("ana:dal:x"))).unwrap();
        assert_eq!((basic.account.as_deref(), basic.secret.as_str()), (Some("ana"), "dal:x"));
        for wrong in ["Bearer", "Bearer ", "Basic !!", "Basic YW5h", "Token x", ""] {
            assert_eq!(shown(wrong).err().unwrap().kind, FaultType::Authentication, "{wrong}");
        }
        assert_eq!(read(&HeaderMap::new()).err().unwrap().challenge.as_deref(), Some("Bearer realm=\"hallpass\""));
    }
}
