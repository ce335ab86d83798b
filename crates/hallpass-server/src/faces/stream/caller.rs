//! Who calls: finds the app by its `api_key`, and the caller by their token.

use std::sync::Arc;

use axum::http::HeaderMap;
use hallpass::{GivenSubject, Subject, Timestamp};
use serde_json::Value;

use super::documents::{self, AppSettings};
use super::error::{Code, StreamError};
use super::query::Query;
use super::token::{self, Claims};
use crate::key::Secret;
use crate::record::VendorKeys;
use crate::service::Service;
use crate::tenant::Tenant;

/// The role of callers without a token.
pub(super) const ANONYMOUS: &str = "anonymous";
/// As much of the id that an anonymous caller gives itself is noted.
const ANONYMOUS_ID_CHARS: usize = 255;

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Caller {
    /// The app's own back end: a token without a user. Nothing is checked.
    Server,
    /// A user of the app, with a token.
    User(String),
    /// Somebody without a token, under an id of their own choice, which therefore means nothing.
    Anonymous(String),
}

impl Caller {
    /// The user, where there is one.
    pub(super) fn user(&self) -> Option<&str> {
        match self {
            Self::User(id) => Some(id),
            Self::Server | Self::Anonymous(_) => None,
        }
    }

    /// Whether this is the app's own back end.
    pub(super) fn is_server(&self) -> bool {
        matches!(self, Self::Server)
    }

    /// As the engine knows them.
    pub(super) fn subject(&self) -> Subject<'_> {
        self.subject_with(GivenSubject::default())
    }

    /// As the engine knows them, with facts of them that are about to become true.
    pub(super) fn subject_with<'a>(&'a self, given: GivenSubject<'a>) -> Subject<'a> {
        match self {
            Self::Server => Subject::app(),
            Self::User(id) => Subject { given, ..Subject::user(id) },
            // No id: one that the caller chose must not make an owner or a member of them.
            Self::Anonymous(_) => Subject {
                given: GivenSubject {
                    roles: Some(&[ANONYMOUS]),
                    teams: Some(&[]),
                    teams_role: Some(&[]),
                    channel_roles: Some(&[]),
                    ..GivenSubject::default()
                },
                ..Subject::user("")
            },
        }
    }

    /// As whom changes are logged.
    pub(super) fn author(&self) -> String {
        match self {
            Self::Server => "server".to_owned(),
            Self::User(id) => format!("user:{id}"),
            Self::Anonymous(id) => format!("anonymous:{id}"),
        }
    }
}

/// A request whose app and caller are known.
pub(super) struct Authenticated {
    /// The app.
    pub(super) tenant: Arc<Tenant>,
    /// The caller.
    pub(super) caller: Caller,
    /// The app's settings, as this request found them.
    pub(super) settings: AppSettings,
    /// When the token ends, where it does.
    pub(super) expires_at: Option<Timestamp>,
}

/// What a request shows of who sends it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Credentials<'a> {
    /// `jwt` or `anonymous`.
    pub(super) auth_type: Option<&'a str>,
    /// The token.
    pub(super) token: Option<&'a str>,
}

impl<'a> Credentials<'a> {
    /// Those in the headers, where ordinary requests have them.
    pub(super) fn of_headers(headers: &'a HeaderMap) -> Self {
        Self { auth_type: header(headers, "stream-auth-type"), token: header(headers, "authorization") }
    }
}

/// Finds app and caller.
///
/// # Errors
/// Codes 2 (`api_key`), 5, 40, 41, 42, 43 (token).
pub(super) async fn authenticate(service: &Service, shown: Credentials<'_>, query: &Query) -> Result<Authenticated, StreamError> {
    let Some(api_key) = query.get("api_key").filter(|key| !key.is_empty()) else {
        return Err(StreamError::new(Code::ApiKey, "api_key is missing: send it as a query parameter"));
    };
    let not_valid = || StreamError::new(Code::ApiKey, "api_key not valid");
    let tenant = service.tenant_by_stream_key(api_key).ok_or_else(not_valid)?;
    let record = tenant.record();
    let VendorKeys::Stream { api_secret, .. } = &record.vendor else { return Err(not_valid()) };
    let settings = documents::app_settings(&tenant).await?;

    let mut expires_at = None;
    let caller = if shown.auth_type == Some("anonymous") {
        Caller::Anonymous(query.get("user_id").unwrap_or_default().chars().take(ANONYMOUS_ID_CHARS).collect())
    } else {
        let claims = claims(shown.token, api_secret, &settings, tenant.now())?;
        expires_at = claims.expires_at;
        match claims.user_id.clone() {
            None => Caller::Server,
            Some(id) => {
                not_revoked(&tenant, &settings, &id, &claims).await?;
                Caller::User(id)
            }
        }
    };
    Ok(Authenticated { tenant, caller, settings, expires_at })
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn claims(shown: Option<&str>, secret: &Secret, settings: &AppSettings, now: Timestamp) -> Result<Claims, StreamError> {
    let authorization = shown.map(str::trim).unwrap_or_default();
    let token = authorization.strip_prefix("Bearer ").unwrap_or(authorization).trim();
    if token.is_empty() {
        return Err(StreamError::new(
            Code::Authentication,
            "authorization header is missing: send a token, or stream-auth-type: anonymous",
        ));
    }
    match token::verify(token, secret, now) {
        Err(error) if settings.disable_auth_checks && matches!(error.code, Code::TokenSignature | Code::Authentication) => {
            token::read_unverified(token, now)
        }
        other => other,
    }
}

/// A token that was made before the app or its user asked for new ones is worth nothing; nor is one that does not say when it was made.
async fn not_revoked(tenant: &Tenant, settings: &AppSettings, user: &str, claims: &Claims) -> Result<(), StreamError> {
    let of_user = documents::user(tenant, user).await?.and_then(|document| document.revoke_tokens_issued_before);
    let Some(before) = settings.revoke_tokens_issued_before.max(of_user) else { return Ok(()) };
    if claims.issued_at_s.is_some_and(|at_s| at_s >= before.as_ms() / 1000) {
        return Ok(());
    }
    Err(StreamError::new(Code::TokenExpired, "JWTAuth error: token was revoked"))
}

/// The user that a request of the back end acts for: `user_id`, or `user.id`.
pub(super) fn named_user(object: &super::fields::Fields) -> Result<Option<String>, StreamError> {
    if let Some(id) = object.text("user_id")?.filter(|id| !id.is_empty()) {
        return Ok(Some(id.to_owned()));
    }
    Ok(object.value("user").and_then(|user| user.get("id")).and_then(Value::as_str).map(str::to_owned))
}
