//! Names of things, parsed once at the edge.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A point in time: milliseconds since the Unix epoch, UTC. The engine has no clock; callers say when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// Builds a timestamp from milliseconds since the Unix epoch.
    pub const fn from_ms(ms: u64) -> Self {
        Self(ms)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn as_ms(self) -> u64 {
        self.0
    }
}

/// The number of the last change that a world has seen. Starts at 0 (an empty world) and grows by one per commit of its app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(pub u64);

impl Revision {
    /// The revision of the commit that follows this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A channel's full name: its type and its id, written `type:id`.
///
/// ```
/// use hallpass::ChannelId;
///
/// let general: ChannelId = "messaging:general".parse()?;
/// assert_eq!(general.channel_type(), "messaging");
/// assert_eq!(general.id(), "general");
/// # Ok::<(), hallpass::ChannelIdError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelId {
    full: Box<str>,
    colon: usize,
}

/// A channel name that is not `type:id` with both parts present.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("channel '{0}' is not of the form type:id")]
pub struct ChannelIdError(pub String);

impl ChannelId {
    /// Joins a channel type and an id.
    ///
    /// # Errors
    /// When either is empty, or the type holds a `:`.
    pub fn new(channel_type: &str, id: &str) -> Result<Self, ChannelIdError> {
        format!("{channel_type}:{id}")
            .parse::<Self>()
            .and_then(|cid| if cid.channel_type() == channel_type { Ok(cid) } else { Err(ChannelIdError(cid.full.into())) })
    }

    /// The part before the first `:`.
    pub fn channel_type(&self) -> &str {
        self.full.get(..self.colon).unwrap_or_default()
    }

    /// The part after the first `:`.
    pub fn id(&self) -> &str {
        self.full.get(self.colon + 1..).unwrap_or_default()
    }

    /// The whole name, `type:id`.
    pub fn as_str(&self) -> &str {
        &self.full
    }
}

impl std::str::FromStr for ChannelId {
    type Err = ChannelIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.find(':') {
            Some(colon) if colon > 0 && colon + 1 < text.len() => Ok(Self { full: text.into(), colon }),
            _ => Err(ChannelIdError(text.to_owned())),
        }
    }
}

impl fmt::Display for ChannelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.full)
    }
}

impl fmt::Debug for ChannelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.full, f)
    }
}

impl Serialize for ChannelId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.full)
    }
}

impl<'de> Deserialize<'de> for ChannelId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
