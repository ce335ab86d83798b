//! How facts are written into rows: JSON without the key's kind, and numbers for the roles of members.

use hallpass::{Change, RelationKind};
use serde::{Deserialize, Serialize};

use super::connection::Trouble;
use crate::fold::{Kind, relation_code};

impl Kind {
    /// The kind as the `items` table spells it.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Role => "role",
            Self::Permission => "permission",
            Self::ChannelTypeRemoved => "channel_type_removed",
            Self::ChannelType => "channel_type",
            Self::User => "user",
            Self::Channel => "channel",
            Self::Client => "client",
            Self::Token => "token",
        }
    }

    pub(super) fn from_code(code: &str) -> Result<Self, Trouble> {
        let all = [
            Self::Settings,
            Self::Role,
            Self::Permission,
            Self::ChannelTypeRemoved,
            Self::ChannelType,
            Self::User,
            Self::Channel,
            Self::Client,
            Self::Token,
        ];
        all.into_iter().find(|kind| kind.code() == code).ok_or_else(|| Trouble::Row(format!("items of an unknown kind '{code}'")))
    }
}

/// The body of an item's row. Empty where the key says it all.
pub(super) fn body_of(item: &Change) -> Result<String, Trouble> {
    let json = match item {
        Change::SettingsPut(settings) => serde_json::to_string(settings),
        Change::PermissionPut(permission) => serde_json::to_string(permission),
        Change::ChannelTypePut(channel_type) => serde_json::to_string(channel_type),
        Change::UserPut(user) => serde_json::to_string(user),
        Change::ChannelPut(channel) => serde_json::to_string(channel),
        Change::ClientPut(client) => serde_json::to_string(client),
        Change::TokenPut(token) => serde_json::to_string(token),
        _ => Ok(String::new()),
    };
    json.map_err(unwritable)
}

/// The change that puts an item, from its row.
pub(super) fn item_of(kind: Kind, key: &str, body: &str) -> Result<Change, Trouble> {
    match kind {
        Kind::Settings => parse(kind, key, body).map(Change::SettingsPut),
        Kind::Role => Ok(Change::RolePut { role: key.to_owned() }),
        Kind::Permission => parse(kind, key, body).map(Change::PermissionPut),
        Kind::ChannelTypeRemoved => Ok(Change::ChannelTypeRemoved { name: key.to_owned() }),
        Kind::ChannelType => parse(kind, key, body).map(Change::ChannelTypePut),
        Kind::User => parse(kind, key, body).map(Change::UserPut),
        Kind::Channel => parse(kind, key, body).map(Change::ChannelPut),
        Kind::Client => parse(kind, key, body).map(Change::ClientPut),
        Kind::Token => parse(kind, key, body).map(Change::TokenPut),
    }
}

/// The fact in the body of an item's row.
pub(super) fn parse<'a, T: Deserialize<'a>>(kind: Kind, key: &str, body: &'a str) -> Result<T, Trouble> {
    serde_json::from_str(body).map_err(|error| Trouble::Row(format!("the {} '{key}' cannot be read: {error}", kind.code())))
}

pub(super) fn unwritable(error: serde_json::Error) -> Trouble {
    Trouble::Sqlite(rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

/// What a membership holds; few of them are shared by many members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MemberValue {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) roles: Vec<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) invited: bool,
}

/// The kind of a relation from its key.
pub(super) fn relation_kind(code: &str) -> Result<RelationKind, Trouble> {
    [RelationKind::Ban, RelationKind::Mute, RelationKind::Block, RelationKind::Friend]
        .into_iter()
        .find(|kind| relation_code(*kind) == code)
        .ok_or_else(|| Trouble::Row(format!("relations of an unknown kind '{code}'")))
}
