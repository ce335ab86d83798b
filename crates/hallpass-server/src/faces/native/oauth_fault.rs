//! Refusals of tokens and clients, in this face's form.

use axum::http::StatusCode;

use super::ApiError;
use crate::oauth::OauthError;
use crate::oauth::grantable::ScopeRefusal;
use crate::tenant::Tenant;

impl From<OauthError> for ApiError {
    fn from(error: OauthError) -> Self {
        match error {
            OauthError::Store(error) => error.into(),
            OauthError::Gone(error) => error.into(),
            OauthError::Change(error) => error.into(),
            error @ OauthError::Document { .. } => {
                tracing::error!(%error, "a token or client cannot be read");
                Self::internal()
            }
        }
    }
}

impl From<ScopeRefusal> for ApiError {
    fn from(refusal: ScopeRefusal) -> Self {
        let error = Self::new(StatusCode::BAD_REQUEST, refusal.code(), format!("scopes: {refusal}")).at("scopes");
        let error = error.value(refusal.names().join(" "));
        match refusal.nearest() {
            Some(nearest) => error.nearest(nearest),
            None => error,
        }
    }
}

/// Refuses apps whose profile has no tokens.
///
/// # Errors
/// 400 `no_tokens`.
pub(super) fn has_tokens(tenant: &Tenant) -> Result<(), ApiError> {
    if tenant.organization().is_some() {
        return Ok(());
    }
    let text = format!("the profile '{}' of this app knows no tokens with scopes; 'livechat' does", tenant.record().profile);
    Err(ApiError::new(StatusCode::BAD_REQUEST, "no_tokens", text))
}
