//! Fields of a request, with Stream's words and times.

use hallpass::Timestamp;
use serde_json::Value;

use super::dialect::read_time;
use super::error::StreamError;
use crate::fields::{self, FieldError, Problem};

/// An object of a request.
pub(super) type Fields = fields::Fields<StreamError>;

/// A field that may be left out, be cleared (`null`) or be set.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Patch<T> {
    /// Not mentioned.
    Absent,
    /// `null`.
    Cleared,
    /// A value.
    Set(T),
}

impl FieldError for StreamError {
    const SDKS_ARE_LOOSE: bool = true;

    fn of_field(field: &str, problem: &Problem<'_>) -> Self {
        Self::field(field, problem.to_string())
    }
}

impl Fields {
    /// A time: RFC 3339, or nanoseconds since 1970.
    pub(super) fn time(&self, name: &str) -> Result<Option<Timestamp>, StreamError> {
        let Some(value) = self.value(name) else { return Ok(None) };
        read_time(value).map(Some).ok_or_else(|| self.refuse(name, "a time such as 2026-03-01T12:00:00Z"))
    }
}

/// The error of a field that holds the wrong kind of thing.
pub(super) fn wrong(field: &str, expected: &str, found: &Value) -> StreamError {
    fields::wrong(field, expected, found)
}
