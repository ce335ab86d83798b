//! Fields of a request, with CometChat's sentences.

use std::collections::BTreeSet;

use super::error::CometError;
use crate::fields::{self, FieldError, Problem, shown};

/// An object of a request.
pub(super) type Fields = fields::Fields<CometError>;

impl FieldError for CometError {
    const SDKS_ARE_LOOSE: bool = true;

    fn of_field(field: &str, problem: &Problem<'_>) -> Self {
        let sentence = match problem {
            Problem::Missing => format!("The {field} field is required."),
            Problem::Empty => format!("The {field} field must not be empty."),
            Problem::Wrong { expected, found } => format!("The {field} must be {expected}, got {}.", shown(found)),
            Problem::NoneOf { words, found } => format!("The {field} must be one of {}, got {found}.", words.join(", ")),
        };
        Self::field(field, sentence)
    }
}

/// A text that has at most so many characters.
pub(super) fn within(field: &str, text: &str, most: usize) -> Result<String, CometError> {
    let found = text.chars().count();
    if found > most {
        return Err(CometError::field(field, format!("The {field} may have at most {most} characters, got {found}.")));
    }
    Ok(text.to_owned())
}

/// The fields that `unset` names, each one of those that can be unset.
pub(super) fn unset(body: &Fields, known: &[&str]) -> Result<BTreeSet<String>, CometError> {
    let names = body.texts("unset")?.unwrap_or_default();
    match names.iter().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(CometError::field("unset", format!("The unset must name {}, got {name}.", known.join(", ")))),
        None => Ok(names.into_iter().collect()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_error_is_a_sentence() {
        let fields = Fields::of("user", json!({"uid": 7, "name": "", "type": "king"})).unwrap();
        assert_eq!(fields.text("uid").unwrap_err().problem(), "The user.uid must be a string, got 7.");
        assert_eq!(fields.required_text("name").unwrap_err().problem(), "The user.name field must not be empty.");
        assert_eq!(fields.required_text("role").unwrap_err().problem(), "The user.role field is required.");
        assert_eq!(fields.word("type", &["a", "b"]).unwrap_err().problem(), "The user.type must be one of a, b, got king.");
    }
}
