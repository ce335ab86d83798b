//! A question as the OpenAPI document shows it. Bodies themselves are read as JSON, so that every error can name its field.

use serde_json::Value;
use utoipa::ToSchema;

/// A question, in AuthZEN's words. docs/authzen.md says which properties are understood; unknown members are ignored.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents a body")]
pub(crate) struct QuestionBody {
    subject: EntityBody,
    action: ActionBody,
    resource: EntityBody,
    context: Option<ContextBody>,
}

/// A subject or a resource.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents a body")]
pub(crate) struct EntityBody {
    /// Subjects: `user` or `app`. Resources: `channel`, `message`, `user`, `app`, …
    r#type: String,
    /// Of a channel: `type:id`.
    id: String,
    /// Facts for this one question.
    #[schema(value_type = Option<Object>)]
    properties: Option<Value>,
}

/// An action.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents a body")]
pub(crate) struct ActionBody {
    /// As in the catalogue: `CreateMessage`.
    name: String,
    /// Attributes for conditions, read as `action.NAME`.
    #[schema(value_type = Option<Object>)]
    properties: Option<Value>,
}

/// When, and what else is known.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents a body")]
pub(crate) struct ContextBody {
    /// RFC 3339, or milliseconds since 1970; left out: now.
    #[schema(value_type = Option<String>)]
    time: Option<Value>,
    /// When the subject last posted in the channel, for slow mode.
    #[schema(value_type = Option<String>)]
    last_posted_at: Option<Value>,
    /// The world must have seen this revision.
    at_least: Option<u64>,
    /// Attributes for conditions.
    #[schema(value_type = Option<Object>)]
    attributes: Option<Value>,
}
