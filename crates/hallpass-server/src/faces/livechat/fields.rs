//! Fields of a request, with LiveChat's times and groups.

use hallpass::Timestamp;

use super::call::Call;
use super::fault::Fault;
use super::moment;
use crate::fields::{self, FieldError, Problem, whole_number, wrong};

/// An object of a request.
pub(super) type Fields = fields::Fields<Fault>;

impl FieldError for Fault {
    const SDKS_ARE_LOOSE: bool = false;

    fn of_field(field: &str, problem: &Problem<'_>) -> Self {
        Self::validation(format!("{field}: {problem}"))
    }
}

impl Fields {
    /// The id of a group.
    pub(super) fn required_group(&self, name: &str) -> Result<u64, Fault> {
        self.number(name, 0..=u64::from(u32::MAX))?.ok_or_else(|| self.missing(name))
    }

    /// Ids of groups.
    pub(super) fn groups(&self, name: &str) -> Result<Option<Vec<u64>>, Fault> {
        self.each(name, |place, item| {
            let id = whole_number(item).filter(|id| u32::try_from(*id).is_ok());
            id.ok_or_else(|| wrong(place, "the id of a group", item))
        })
    }

    /// A time in RFC 3339, or seconds since 1970 as they were written in 2018.
    pub(super) fn time(&self, name: &str) -> Result<Option<Timestamp>, Fault> {
        let Some(value) = self.value(name) else { return Ok(None) };
        moment::read(value).map(Some).ok_or_else(|| self.refuse(name, "a time such as 2026-03-01T12:00:00.000000Z"))
    }
}

impl Call {
    /// The parameters, to read.
    pub(super) fn fields(&self) -> Fields {
        Fields::body(self.body.clone())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_group_is_a_number_of_32_bits() {
        let body = Fields::of("", json!({"ids": [1, "2"], "wrong": [1, "two"], "high": 4_294_967_296_u64})).unwrap();
        assert_eq!(body.groups("ids"), Ok(Some(vec![1, 2])));
        assert_eq!(body.groups("wrong").unwrap_err().message, "wrong[1]: expected the id of a group, got \"two\"");
        let text = "high: expected a whole number from 0 to 4294967295, got 4294967296";
        assert_eq!(body.required_group("high").unwrap_err().message, text);
    }
}
