//! Who calls: finds the app by header, host or key, and the caller by key or token.

use std::sync::Arc;

use axum::http::HeaderMap;

use super::error::{Code, CometError};
use super::operation::Gate;
use crate::key::KeyDigest;
use crate::record::VendorKeys;
use crate::service::Service;
use crate::tenant::Tenant;

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Caller {
    /// The app itself, by the full-access key. Nothing is checked.
    App,
    /// Whoever holds the auth-only key: makes users and their tokens.
    AuthKey,
    /// The app, by the full-access key, on behalf of this user: decided as if they asked.
    OnBehalf(String),
    /// A user, by one of their tokens.
    Token {
        /// Id of the user.
        user: String,
        /// Id of the token fact.
        token: String,
    },
}

impl Caller {
    /// The user that decisions are about, where there is one.
    pub(super) fn user(&self) -> Option<&str> {
        match self {
            Self::OnBehalf(user) | Self::Token { user, .. } => Some(user),
            Self::App | Self::AuthKey => None,
        }
    }

    /// Whether the request came with a user's token: some paths mean something else then.
    pub(super) const fn is_token(&self) -> bool {
        matches!(self, Self::Token { .. })
    }

    /// As whom changes are logged.
    pub(super) fn author(&self) -> String {
        self.user().map_or_else(|| "server".to_owned(), |user| format!("user:{user}"))
    }
}

/// A request whose app and caller are known.
pub(super) struct Authenticated {
    /// The app.
    pub(super) tenant: Arc<Tenant>,
    /// The caller.
    pub(super) caller: Caller,
}

/// Finds app and caller.
///
/// # Errors
/// The codes `AUTH_ERR_…`; `ERR_UID_NOT_FOUND` where `onBehalfOf` names nobody.
pub(super) fn authenticate(service: &Service, headers: &HeaderMap, gate: Gate) -> Result<Authenticated, CometError> {
    let by_key_only = matches!(gate, Gate::FullAccess | Gate::AnyKey);
    let token = header(headers, "authtoken").filter(|_| !by_key_only);
    let key = header(headers, "apikey");
    match (token, key) {
        (Some(token), _) => by_token(&app(service, headers)?, token),
        (None, Some(key)) => by_key(service, headers, key, gate),
        (None, None) if by_key_only => {
            Err(CometError::new(Code::EmptyApiKey, "The header apikey is missing: this operation needs an API key."))
        }
        (None, None) if headers.contains_key("authtoken") => Err(CometError::new(Code::EmptyAuthToken, "The header authToken is empty.")),
        (None, None) => Err(CometError::new(Code::EmptyApiKey, "Send an API key in the header apikey, or a user's token in authToken.")),
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim).filter(|value| !value.is_empty())
}

/// The app that the header or the host names.
fn app(service: &Service, headers: &HeaderMap) -> Result<Arc<Tenant>, CometError> {
    let Some(id) = named_app(headers) else {
        return Err(CometError::new(
            Code::EmptyAppId,
            "The app is not named: send its id in the header appId, or as the first part of the host.",
        ));
    };
    let unknown = || CometError::new(Code::InvalidAppId, format!("There is no CometChat app {id} here."));
    service.tenant(id).filter(|tenant| matches!(tenant.record().vendor, VendorKeys::Cometchat { .. })).ok_or_else(unknown)
}

fn named_app(headers: &HeaderMap) -> Option<&str> {
    header(headers, "appid").or_else(|| {
        let (app, rest) = header(headers, "host")?.split_once('.')?;
        ["api-", "apiclient-", "call-"].iter().any(|kind| rest.starts_with(kind)).then_some(app)
    })
}

fn by_key(service: &Service, headers: &HeaderMap, key: &str, gate: Gate) -> Result<Authenticated, CometError> {
    let unknown = || CometError::new(Code::ApiKeyNotFound, "The API key is not one of this app.");
    let tenant = match named_app(headers) {
        Some(_) => app(service, headers)?,
        None => service.tenant_by_cometchat_key(key).ok_or_else(unknown)?,
    };
    let digest = KeyDigest::of(key);
    let record = tenant.record();
    let VendorKeys::Cometchat { api_key, auth_key } = &record.vendor else { return Err(unknown()) };
    let (full, auth_only) = (api_key.matches(&digest), auth_key.matches(&digest));
    let caller = match (full, auth_only, gate) {
        (true, _, Gate::FullAccess | Gate::AnyKey) => Caller::App,
        (true, _, Gate::Asks(_) | Gate::User(_)) => match header(headers, "onbehalfof") {
            Some(uid) => Caller::OnBehalf(active_user(&tenant, uid)?),
            None if matches!(gate, Gate::User(_)) => {
                return Err(CometError::new(
                    Code::EmptyAuthToken,
                    "This operation is a user's: send a token in authToken, or name the user in onBehalfOf.",
                ));
            }
            None => Caller::App,
        },
        (false, true, Gate::AnyKey) => Caller::AuthKey,
        (false, true, _) => {
            return Err(CometError::new(
                Code::NoAccess,
                "The API key is auth-only: it creates users and their auth tokens, and nothing else.",
            ));
        }
        (false, false, _) => return Err(unknown()),
    };
    Ok(Authenticated { tenant, caller })
}

/// The user of this id, however it is written, who is there and not deactivated.
fn active_user(tenant: &Tenant, uid: &str) -> Result<String, CometError> {
    let engine = tenant.engine();
    let found = engine.user(uid).or_else(|| engine.user(&uid.to_lowercase()));
    match found.filter(|user| !user.deactivated && !user.deleted) {
        Some(user) => Ok(user.id),
        None => Err(CometError::no_user(uid)),
    }
}

fn by_token(tenant: &Arc<Tenant>, token: &str) -> Result<Authenticated, CometError> {
    let unknown = || CometError::new(Code::WrongAuthToken, "The auth token is not known, or has been deleted.");
    let id = token_id(token);
    let found = tenant.engine().token(&id).ok_or_else(unknown)?;
    if found.expires_at.is_some_and(|end| end <= tenant.now()) {
        return Err(unknown());
    }
    let user = active_user(tenant, &found.user).map_err(|_| unknown())?;
    Ok(Authenticated { tenant: Arc::clone(tenant), caller: Caller::Token { user, token: id } })
}

/// The id of the token fact that a token stands for: its digest, so that nothing that is stored or logged opens anything.
pub(super) fn token_id(token: &str) -> String {
    String::from(KeyDigest::of(token))
}
