//! Properties: values that apps keep on chats, threads, events, groups and the license, each defined once by the client that owns it.
//!
//! A namespace is the id of its client. Some namespaces are of the product itself (`source`, `rating`, `routing`, `summary`, `score`): everybody reads and
//! writes them. Who may use a property of another client's is said by its definition (docs/livechat.md, Rules beside the scopes), besides any scope.

pub(in crate::faces::livechat) mod definition;
pub(in crate::faces::livechat) mod license;
pub(in crate::faces::livechat) mod value;

/// Where a property can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::faces::livechat) enum Location {
    /// On a chat.
    Chat,
    /// On a thread.
    Thread,
    /// On an event.
    Event,
    /// On a group.
    Group,
    /// On the license.
    License,
}

impl Location {
    /// As it stands in definitions.
    pub(in crate::faces::livechat) const fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Thread => "thread",
            Self::Event => "event",
            Self::Group => "group",
            Self::License => "license",
        }
    }

    /// All of them, as they stand in definitions.
    pub(in crate::faces::livechat) const NAMES: &'static [&'static str] = &["chat", "thread", "event", "group", "license"];
}

/// Namespaces of the product itself.
pub(in crate::faces::livechat) const PRODUCT: &[&str] = &["source", "rating", "routing", "summary", "score", "supervising"];
