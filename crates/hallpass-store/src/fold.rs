//! How a change becomes state. Both stores fold the log through this one function, so they cannot disagree on what a change means.
//!
//! Facts are kept by key, the last value wins. Three things are not that simple:
//! - What goes with something else: memberships and relations with a user or a channel, tokens with their user, grants with a channel
//!   type, a role or a permission, the documents of kind `user`, `channel` and `member` with the fact of the same name. A channel
//!   whose owner is removed has no owner any more: whoever takes the id next is somebody else.
//! - A channel type may be built into the profile, so that it is gone must be remembered: [`Kind::ChannelTypeRemoved`] stays, also
//!   when the type is made anew, and is loaded before it.
//! - Grants name their layer or leave it out, and only the profile knows which two of these are the same. They are therefore loaded
//!   in the order in which they were last written, resets included.

use hallpass::{Change, Channel, ChannelId, Client, Level, Member, Relation, RelationKind, RoleGrants, Token, User};

/// Kinds of documents that go with the fact of the same name.
pub mod kind {
    /// Beside a user, under the user's id.
    pub const USER: &str = "user";
    /// Beside a channel, under `type:id`.
    pub const CHANNEL: &str = "channel";
    /// Beside a membership, under [`member_document_id`](crate::member_document_id).
    pub const MEMBER: &str = "member";
}

/// Between channel and user in the id of a member document: sorts before every printable character, and no id holds it.
const UNIT_SEPARATOR: char = '\u{1f}';

/// Id of the document beside a membership.
pub fn member_document_id(channel: &ChannelId, user: &str) -> String {
    format!("{channel}{UNIT_SEPARATOR}{user}")
}

/// Facts that are kept by one key and have no table of their own. In the order in which they are loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Settings,
    Role,
    Permission,
    ChannelTypeRemoved,
    ChannelType,
    User,
    Channel,
    Client,
    Token,
}

/// The order of a load. Grants are policy, memberships and relations need their users and channels first.
pub(crate) const LOAD_ORDER: [Section; 12] = [
    Section::Items(Kind::Settings),
    Section::Items(Kind::Role),
    Section::Items(Kind::Permission),
    Section::Items(Kind::ChannelTypeRemoved),
    Section::Items(Kind::ChannelType),
    Section::Grants,
    Section::Items(Kind::User),
    Section::Items(Kind::Channel),
    Section::Members,
    Section::Relations,
    Section::Items(Kind::Client),
    Section::Items(Kind::Token),
];

/// A part of the state.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Section {
    Items(Kind),
    Grants,
    Members,
    Relations,
}

/// Whose grants: an absent layer is the empty string.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct GrantsKey {
    pub(crate) level: String,
    pub(crate) role: String,
    pub(crate) layer: String,
}

impl GrantsKey {
    fn of(layer: Option<&String>, level: &Level, role: &str) -> Self {
        Self { level: level.to_string(), role: role.to_owned(), layer: layer.cloned().unwrap_or_default() }
    }

    /// The change that resets these grants.
    pub(crate) fn reset(&self) -> Change {
        let layer = Some(self.layer.clone()).filter(|layer| !layer.is_empty());
        Change::GrantsReset { layer, level: self.level.clone().into(), role: self.role.clone() }
    }
}

/// Which relation: an absent user or channel is the empty string. In the order of listings.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RelationKey {
    pub(crate) kind: &'static str,
    pub(crate) user: String,
    pub(crate) other: String,
    pub(crate) channel: String,
}

impl RelationKey {
    pub(crate) fn of(relation: &Relation) -> Self {
        Self {
            kind: relation_code(relation.kind),
            user: relation.user.clone(),
            other: relation.other.clone().unwrap_or_default(),
            channel: relation.channel.as_ref().map(ToString::to_string).unwrap_or_default(),
        }
    }
}

/// The kind as keys spell it.
pub(crate) const fn relation_code(kind: RelationKind) -> &'static str {
    match kind {
        RelationKind::Ban => "ban",
        RelationKind::Mute => "mute",
        RelationKind::Block => "block",
        RelationKind::Friend => "friend",
    }
}

/// The state of one app, as the fold writes it.
pub(crate) trait State {
    type Error;

    /// Keeps `item`, a change that puts a fact of this kind, under the key.
    fn put_item(&mut self, kind: Kind, key: &str, item: &Change) -> Result<(), Self::Error>;
    fn remove_item(&mut self, kind: Kind, key: &str) -> Result<(), Self::Error>;
    /// The items that belong to a user, as [`holder`] says.
    fn items_of(&mut self, user: &str) -> Result<Vec<Change>, Self::Error>;

    /// Keeps grants (`None`: a reset) as the latest of all.
    fn put_grants(&mut self, key: GrantsKey, grants: Option<&RoleGrants>) -> Result<(), Self::Error>;
    fn remove_grants_at(&mut self, level: &str) -> Result<(), Self::Error>;
    fn remove_grants_of(&mut self, role: &str) -> Result<(), Self::Error>;
    /// Takes a permission out of all grants; what is left keeps its place.
    fn remove_permission(&mut self, id: &str) -> Result<(), Self::Error>;

    fn put_member(&mut self, member: &Member) -> Result<(), Self::Error>;
    fn remove_member(&mut self, channel: &ChannelId, user: &str) -> Result<(), Self::Error>;
    /// Removes all memberships of a user and says of which channels.
    fn remove_memberships(&mut self, user: &str) -> Result<Vec<ChannelId>, Self::Error>;
    fn remove_members(&mut self, channel: &ChannelId) -> Result<(), Self::Error>;

    fn put_relation(&mut self, key: RelationKey, relation: &Relation) -> Result<(), Self::Error>;
    fn remove_relation(&mut self, key: &RelationKey) -> Result<(), Self::Error>;
    /// Removes the relations that name the user on either side.
    fn remove_relations_of(&mut self, user: &str) -> Result<(), Self::Error>;
    fn remove_relations_in(&mut self, channel: &ChannelId) -> Result<(), Self::Error>;

    fn remove_document(&mut self, kind: &str, id: &str) -> Result<(), Self::Error>;
    fn remove_documents_with_prefix(&mut self, kind: &str, prefix: &str) -> Result<(), Self::Error>;
}

/// The user that an item belongs to; empty for most.
pub(crate) fn holder(item: &Change) -> &str {
    match item {
        Change::ChannelPut(channel) => channel.owner.as_deref().unwrap_or_default(),
        Change::TokenPut(token) => &token.user,
        _ => "",
    }
}

/// Applies one change to the state.
pub(crate) fn fold<S: State>(state: &mut S, change: &Change) -> Result<(), S::Error> {
    match change {
        Change::SettingsPut(_) => state.put_item(Kind::Settings, "", change),

        Change::RolePut { role } => state.put_item(Kind::Role, role, change),
        Change::RoleRemoved { role } => {
            state.remove_grants_of(role)?;
            state.remove_item(Kind::Role, role)
        }
        Change::PermissionPut(permission) => state.put_item(Kind::Permission, &permission.id, change),
        Change::PermissionRemoved { id } => {
            state.remove_permission(id)?;
            state.remove_item(Kind::Permission, id)
        }

        Change::ChannelTypePut(channel_type) => state.put_item(Kind::ChannelType, &channel_type.name, change),
        Change::ChannelTypeRemoved { name } => {
            // `.app` is no channel type; its grants are not this change's.
            if Level::from(name.clone()) != Level::App {
                state.remove_grants_at(name)?;
            }
            state.remove_item(Kind::ChannelType, name)?;
            state.put_item(Kind::ChannelTypeRemoved, name, change)
        }

        Change::GrantsPut(grants) => state.put_grants(GrantsKey::of(grants.layer.as_ref(), &grants.level, &grants.role), Some(grants)),
        Change::GrantsReset { layer, level, role } => state.put_grants(GrantsKey::of(layer.as_ref(), level, role), None),

        Change::UserPut(User { id, .. }) => state.put_item(Kind::User, id, change),
        Change::UserRemoved { id } => {
            for channel in state.remove_memberships(id)? {
                state.remove_document(kind::MEMBER, &member_document_id(&channel, id))?;
            }
            state.remove_relations_of(id)?;
            for item in state.items_of(id)? {
                match item {
                    Change::TokenPut(token) => state.remove_item(Kind::Token, &token.id)?,
                    Change::ChannelPut(channel) => {
                        let ownerless = Change::ChannelPut(Channel { owner: None, ..channel.clone() });
                        state.put_item(Kind::Channel, channel.id.as_str(), &ownerless)?;
                    }
                    _ => {}
                }
            }
            state.remove_item(Kind::User, id)?;
            state.remove_document(kind::USER, id)
        }

        Change::ChannelPut(channel) => state.put_item(Kind::Channel, channel.id.as_str(), change),
        Change::ChannelRemoved { id } => {
            state.remove_members(id)?;
            state.remove_documents_with_prefix(kind::MEMBER, &member_document_id(id, ""))?;
            state.remove_relations_in(id)?;
            state.remove_item(Kind::Channel, id.as_str())?;
            state.remove_document(kind::CHANNEL, id.as_str())
        }

        Change::MemberPut(member) => state.put_member(member),
        Change::MemberRemoved { channel, user } => {
            state.remove_member(channel, user)?;
            state.remove_document(kind::MEMBER, &member_document_id(channel, user))
        }

        Change::RelationPut(relation) => state.put_relation(RelationKey::of(relation), relation),
        Change::RelationRemoved(relation) => state.remove_relation(&RelationKey::of(relation)),

        Change::ClientPut(Client { id, .. }) => state.put_item(Kind::Client, id, change),
        Change::ClientRemoved { id } => state.remove_item(Kind::Client, id),
        Change::TokenPut(Token { id, .. }) => state.put_item(Kind::Token, id, change),
        Change::TokenRemoved { id } => state.remove_item(Kind::Token, id),
    }
}
