//! Whether an account may be given a scope through a client: it must be one, the client must be configured for it, and the account's role
//! may hold it. All or nothing: what may not be given makes the whole request fail, so that nobody ends up with less than they think.

use std::collections::{BTreeMap, BTreeSet};

use hallpass::Level;

use super::scope::{Scopes, UnknownScope};
use crate::tenant::Tenant;

/// The layer of the catalogue that says what roles may hold.
const ROLE_LAYER: &str = "role";
/// The roles of people, lowest first.
pub(crate) const ROLES: [&str; 4] = ["normal", "administrator", "viceowner", "owner"];

/// Why scopes are not given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ScopeRefusal {
    /// Names that are no scopes.
    Unknown(Vec<UnknownScope>),
    /// None at all.
    None,
    /// Not among those that the client (or the token that is exchanged) has.
    Outside {
        /// Which.
        scopes: Vec<String>,
        /// Of what: `client` or `subject_token`.
        of: &'static str,
    },
    /// The account's role may not hold them.
    Role {
        /// The account's roles.
        roles: Vec<String>,
        /// Which scopes, each with the lowest role that may hold it, if any may.
        scopes: Vec<(String, Option<String>)>,
    },
}

impl ScopeRefusal {
    /// A stable code.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "unknown_scope",
            Self::None => "no_scope",
            Self::Outside { .. } => "scope_outside",
            Self::Role { .. } => "role_too_low",
        }
    }

    /// The nearest known spelling of the first unknown name.
    pub(crate) fn nearest(&self) -> Option<&str> {
        match self {
            Self::Unknown(unknown) => unknown.iter().find_map(|unknown| unknown.nearest.as_deref()),
            _ => None,
        }
    }

    /// The names that are refused.
    pub(crate) fn names(&self) -> Vec<&str> {
        match self {
            Self::Unknown(unknown) => unknown.iter().map(|unknown| unknown.name.as_str()).collect(),
            Self::None => Vec::new(),
            Self::Outside { scopes, .. } => scopes.iter().map(String::as_str).collect(),
            Self::Role { scopes, .. } => scopes.iter().map(|(scope, _)| scope.as_str()).collect(),
        }
    }
}

impl std::fmt::Display for ScopeRefusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unknown(unknown) => f.write_str(&unknown.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")),
            Self::None => f.write_str("no scope was asked for"),
            Self::Outside { scopes, of: "client" } => write!(f, "the client is not configured for {}", scopes.join(", ")),
            Self::Outside { scopes, of } => write!(f, "the {of} does not hold {}", scopes.join(", ")),
            Self::Role { roles, scopes } => {
                let each = scopes.iter().map(|(scope, lowest)| match lowest {
                    Some(lowest) => format!("{scope} (at least {lowest})"),
                    None => format!("{scope} (no role may)"),
                });
                write!(f, "the role {} may not hold {}", roles.join(", "), each.collect::<Vec<_>>().join(", "))
            }
        }
    }
}

/// What roles may hold now.
pub(crate) struct ByRole {
    /// By name: what may be given.
    named: BTreeMap<String, BTreeSet<String>>,
    /// With all that it contains: what is left of a token's scopes.
    closed: BTreeMap<String, BTreeSet<String>>,
}

impl ByRole {
    /// As the app's policy has it.
    pub(crate) fn of(tenant: &Tenant) -> Self {
        let engine = tenant.engine();
        let scopes = Scopes::of(engine.profile().catalogue());
        let grants = engine.grants(Some(ROLE_LAYER), &Level::App).unwrap_or_default();
        let names = |grants: Vec<hallpass::Grant>| grants.into_iter().map(|grant| grant.permission).collect();
        let named: BTreeMap<String, BTreeSet<String>> = grants.into_iter().map(|(role, grants)| (role, names(grants))).collect();
        let close = |names: &BTreeSet<String>| scopes.closure(names.iter().map(String::as_str)).into_iter().map(str::to_owned).collect();
        let closed = named.iter().map(|(role, names)| (role.clone(), close(names))).collect();
        Self { named, closed }
    }

    /// Whether one of these roles may be given a scope. It goes by the scope's own name: an agent with the role normal may hold
    /// `agents-bot--all:ro`, and still may not ask for `agents-bot--my:ro`, whose minimum is another (docs/livechat.md, Scopes).
    pub(crate) fn may_be_given(&self, roles: &[String], scope: &str) -> bool {
        roles.iter().any(|role| self.named.get(role).is_some_and(|held| held.contains(scope)))
    }

    /// Whether a scope, or one that contains it, is among what one of these roles may hold.
    pub(crate) fn may_use(&self, roles: &[String], scope: &str) -> bool {
        roles.iter().any(|role| self.closed.get(role).is_some_and(|held| held.contains(scope)))
    }

    /// The lowest of the four roles of people that may be given a scope.
    pub(crate) fn lowest(&self, scope: &str) -> Option<&'static str> {
        ROLES.into_iter().find(|role| self.named.get(*role).is_some_and(|held| held.contains(scope)))
    }
}

/// The roles of an account; empty where there is none.
pub(crate) fn roles(tenant: &Tenant, account: &str) -> Vec<String> {
    tenant.engine().user(account).map(|user| user.roles).unwrap_or_default()
}

/// Checks that these are scopes, and that there are any.
///
/// # Errors
/// With the names that are not.
pub(crate) fn known(tenant: &Tenant, scopes: &BTreeSet<String>) -> Result<(), ScopeRefusal> {
    let known = Scopes::of(tenant.engine().profile().catalogue());
    let unknown: Vec<UnknownScope> = scopes.iter().filter_map(|name| known.unknown(name)).collect();
    match (unknown.is_empty(), scopes.is_empty()) {
        (false, _) => Err(ScopeRefusal::Unknown(unknown)),
        (true, true) => Err(ScopeRefusal::None),
        (true, false) => Ok(()),
    }
}

/// Checks that scopes lie within others, by containment.
///
/// # Errors
/// With those that do not.
pub(crate) fn within(tenant: &Tenant, scopes: &BTreeSet<String>, of: &'static str, wider: &BTreeSet<String>) -> Result<(), ScopeRefusal> {
    let closure = Scopes::of(tenant.engine().profile().catalogue()).closure(wider.iter().map(String::as_str));
    let outside: Vec<String> = scopes.iter().filter(|scope| !closure.contains(scope.as_str())).cloned().collect();
    if outside.is_empty() { Ok(()) } else { Err(ScopeRefusal::Outside { scopes: outside, of }) }
}

/// Checks that the account's role may hold scopes.
///
/// # Errors
/// With those that it may not hold.
pub(crate) fn by_role(tenant: &Tenant, account: &str, scopes: &BTreeSet<String>) -> Result<(), ScopeRefusal> {
    let roles = roles(tenant, account);
    let by_role = ByRole::of(tenant);
    let refused = scopes.iter().filter(|scope| !by_role.may_be_given(&roles, scope));
    let scopes: Vec<_> = refused.map(|scope| (scope.clone(), by_role.lowest(scope).map(str::to_owned))).collect();
    if scopes.is_empty() { Ok(()) } else { Err(ScopeRefusal::Role { roles, scopes }) }
}

/// All three: known, within the client's, held by the role.
///
/// # Errors
/// The first that fails.
pub(crate) fn all(
    tenant: &Tenant,
    account: &str,
    client: Option<&BTreeSet<String>>,
    scopes: &BTreeSet<String>,
) -> Result<(), ScopeRefusal> {
    known(tenant, scopes)?;
    if let Some(client) = client {
        within(tenant, scopes, "client", client)?;
    }
    by_role(tenant, account, scopes)
}
