//! Which of its scopes a token used, and when last.

use hallpass::{Question, Token};

use crate::tenant::Tenant;

/// Notes that a question with this token was allowed.
pub(crate) fn note(_tenant: &Tenant, _token: &Token, _question: &Question<'_>) {}
