//! Why a change is refused: the field, the value, and what was expected.

use crate::suggest::nearest;

/// Why a change may not be made. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// Something names what does not exist.
    #[error("{field}: no such {kind} '{value}'{}", hint(.nearest.as_ref()))]
    Unknown {
        /// Where the name stands.
        field: String,
        /// What kind of thing it should name: `role`, `permission`, `layer`, `channel type`, `channel`, `feature`, `action`, `scope`.
        kind: &'static str,
        /// The name.
        value: String,
        /// The nearest name that exists.
        nearest: Option<String>,
    },
    /// A thing of this name exists already.
    #[error("{kind} '{value}' exists already")]
    Exists {
        /// The kind of thing.
        kind: &'static str,
        /// Its name.
        value: String,
    },
    /// A built-in thing cannot be changed so.
    #[error("{kind} '{value}' is built in and cannot be {verb}")]
    BuiltIn {
        /// The kind of thing.
        kind: &'static str,
        /// Its name.
        value: String,
        /// What was tried: `deleted`, `changed`.
        verb: &'static str,
    },
    /// Something is still in use.
    #[error("{kind} '{value}' is still in use: {by}")]
    InUse {
        /// The kind of thing.
        kind: &'static str,
        /// Its name.
        value: String,
        /// By what.
        by: String,
    },
    /// A limit is reached.
    #[error("{field}: too many {counted}: {found} is more than the limit of {limit}")]
    Limit {
        /// Where it stands.
        field: String,
        /// What is counted.
        counted: &'static str,
        /// How much there would be.
        found: u64,
        /// How much there may be.
        limit: u64,
    },
    /// A built-in role of users given to a member, or the reverse.
    #[error("{field}: role '{role}' is a {is}-level role and cannot be used as a {wanted}-level role")]
    RoleLevel {
        /// Where it stands.
        field: String,
        /// The role.
        role: String,
        /// What it is.
        is: &'static str,
        /// What it was used as.
        wanted: &'static str,
    },
    /// A permission granted where it has no effect.
    #[error("{field}: permission '{permission}' is {is}-level and has no effect at '{level}'")]
    WrongLevel {
        /// Where it stands.
        field: String,
        /// The permission.
        permission: String,
        /// Where it may be granted.
        is: &'static str,
        /// Where it was granted.
        level: String,
    },
    /// A value that cannot be.
    #[error("{field}: '{value}' is not allowed; expected {expected}")]
    Invalid {
        /// Where it stands.
        field: String,
        /// The value.
        value: String,
        /// What was expected.
        expected: &'static str,
    },
}

impl ChangeError {
    pub(super) fn unknown<'a>(field: impl Into<String>, kind: &'static str, value: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let nearest = nearest(value, known).map(str::to_owned);
        Self::Unknown { field: field.into(), kind, value: value.to_owned(), nearest }
    }

    /// A stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unknown { kind, .. } => match kind.as_bytes() {
                b"role" => "unknown_role",
                b"permission" => "unknown_permission",
                b"channel type" => "unknown_channel_type",
                b"channel" => "unknown_channel",
                b"scope" => "unknown_scope",
                _ => "unknown_name",
            },
            Self::Exists { .. } => "already_exists",
            Self::BuiltIn { .. } => "built_in",
            Self::InUse { .. } => "in_use",
            Self::Limit { .. } => "limit_reached",
            Self::RoleLevel { .. } => "role_level",
            Self::WrongLevel { .. } => "wrong_level",
            Self::Invalid { .. } => "invalid_value",
        }
    }

    /// Where the fault stands, where it stands in one place.
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Unknown { field, .. }
            | Self::Limit { field, .. }
            | Self::RoleLevel { field, .. }
            | Self::WrongLevel { field, .. }
            | Self::Invalid { field, .. } => Some(field),
            Self::Exists { .. } | Self::BuiltIn { .. } | Self::InUse { .. } => None,
        }
    }

    /// The nearest name that exists, where a name is unknown.
    pub fn nearest(&self) -> Option<&str> {
        match self {
            Self::Unknown { nearest, .. } => nearest.as_deref(),
            _ => None,
        }
    }
}

fn hint(nearest: Option<&String>) -> String {
    nearest.map_or_else(String::new, |name| format!(" (did you mean '{name}'?)"))
}
