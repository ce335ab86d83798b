//! The friendly form of policy and facts, and how it lowers to changes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use hallpass::{
    Catalogue, Change, Channel, ChannelId, ChannelType, Client, CustomPermission, Grant, Level, Member, Modifier, Relation, RelationKind,
    RoleGrants, Settings, Token, User,
};
use serde::{Deserialize, Deserializer};
use serde_saphyr::Spanned;

use super::DecisionFile;
use super::forms::{self, Forms};
use super::moment::Moment;
use super::questions::ExpectForm;

/// Level → role → grants, in one layer.
type Grants = BTreeMap<Level, BTreeMap<String, GrantsForm>>;

/// A decision file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileForm {
    pub(super) profile: String,
    #[serde(default)]
    pub(super) about: String,
    #[serde(default)]
    pub(super) now: Moment,
    pub(super) expect: Vec<Spanned<ExpectForm>>,
    #[serde(default)]
    settings: Option<Settings>,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    permissions: Vec<CustomPermission>,
    #[serde(default)]
    channel_types: BTreeMap<String, Option<ChannelTypeForm>>,
    #[serde(default)]
    grants: Grants,
    #[serde(default)]
    layer_grants: BTreeMap<String, Grants>,
    #[serde(default)]
    users: BTreeMap<String, UserForm>,
    #[serde(default)]
    channels: BTreeMap<ChannelId, ChannelForm>,
    #[serde(default)]
    bans: Vec<BanForm>,
    #[serde(default)]
    mutes: Vec<TowardsForm>,
    #[serde(default)]
    blocks: Vec<TowardsForm>,
    #[serde(default)]
    friends: Vec<(String, String)>,
    #[serde(default)]
    clients: BTreeMap<String, BTreeSet<String>>,
    #[serde(default)]
    tokens: BTreeMap<String, TokenForm>,
    #[serde(default)]
    changes: Vec<Change>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ChannelTypeForm {
    features_off: BTreeSet<String>,
}

#[derive(Debug)]
enum GrantsForm {
    Default,
    Exactly(Vec<Grant>),
}

impl<'de> Deserialize<'de> for GrantsForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = GrantsForm;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list of grants, or the word default")
            }

            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<GrantsForm, E> {
                match word {
                    "default" => Ok(GrantsForm::Default),
                    other => Err(E::custom(format!("'{other}' is not a list of grants, nor the word default"))),
                }
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, items: A) -> Result<GrantsForm, A::Error> {
                Vec::deserialize(serde::de::value::SeqAccessDeserializer::new(items)).map(GrantsForm::Exactly)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct UserWhole {
    role: Option<String>,
    roles: Vec<String>,
    teams: BTreeSet<String>,
    teams_role: BTreeMap<String, String>,
    attributes: BTreeMap<String, String>,
    deactivated: bool,
    deleted: bool,
}

#[derive(Debug)]
struct UserForm(UserWhole);

impl Forms for UserForm {
    type Whole = UserWhole;
    const EXPECTED: &'static str = "nothing, a role, or a mapping with the facts of a user";

    fn whole(whole: UserWhole) -> Result<Self, String> {
        Ok(Self(whole))
    }

    fn word(role: &str) -> Result<Self, String> {
        Ok(Self(UserWhole { role: Some(role.to_owned()), ..UserWhole::default() }))
    }

    fn nothing() -> Result<Self, String> {
        Ok(Self(UserWhole::default()))
    }
}

impl<'de> Deserialize<'de> for UserForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        forms::read(deserializer)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct MemberWhole {
    role: Option<String>,
    roles: Vec<String>,
    invited: bool,
}

#[derive(Debug, Default)]
struct MemberForm(MemberWhole);

impl Forms for MemberForm {
    type Whole = MemberWhole;
    const EXPECTED: &'static str = "nothing, a channel role, or a mapping with the facts of a member";

    fn whole(whole: MemberWhole) -> Result<Self, String> {
        Ok(Self(whole))
    }

    fn word(role: &str) -> Result<Self, String> {
        Ok(Self(MemberWhole { role: Some(role.to_owned()), ..MemberWhole::default() }))
    }

    fn nothing() -> Result<Self, String> {
        Ok(Self::default())
    }
}

impl<'de> Deserialize<'de> for MemberForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        forms::read(deserializer)
    }
}

#[derive(Debug, Default)]
struct MembersForm(BTreeMap<String, MemberForm>);

impl Forms for MembersForm {
    type Whole = BTreeMap<String, MemberForm>;
    const EXPECTED: &'static str = "a list of user ids, or a mapping from user id to channel role";

    fn whole(whole: Self::Whole) -> Result<Self, String> {
        Ok(Self(whole))
    }

    fn list(users: Vec<String>) -> Result<Self, String> {
        Ok(Self(users.into_iter().map(|user| (user, MemberForm::default())).collect()))
    }
}

impl<'de> Deserialize<'de> for MembersForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        forms::read(deserializer)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ChannelWhole {
    owner: Option<String>,
    team: Option<String>,
    access: BTreeSet<String>,
    frozen: bool,
    disabled: bool,
    cooldown_s: u16,
    features_off: BTreeSet<String>,
    features_on: BTreeSet<String>,
    modifiers: BTreeMap<String, Vec<Modifier>>,
    deleted: bool,
    members: MembersForm,
}

#[derive(Debug, Default)]
struct ChannelForm(ChannelWhole);

impl Forms for ChannelForm {
    type Whole = ChannelWhole;
    const EXPECTED: &'static str = "nothing, or a mapping with the facts of a channel";

    fn whole(whole: ChannelWhole) -> Result<Self, String> {
        Ok(Self(whole))
    }

    fn nothing() -> Result<Self, String> {
        Ok(Self::default())
    }
}

impl<'de> Deserialize<'de> for ChannelForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        forms::read(deserializer)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BanWhole {
    user: String,
    channel: Option<ChannelId>,
    until: Option<Moment>,
}

#[derive(Debug)]
struct BanForm(BanWhole);

impl Forms for BanForm {
    type Whole = BanWhole;
    const EXPECTED: &'static str = "a user id, or a mapping {user, channel, until}";

    fn whole(whole: BanWhole) -> Result<Self, String> {
        Ok(Self(whole))
    }

    fn word(user: &str) -> Result<Self, String> {
        Ok(Self(BanWhole { user: user.to_owned(), channel: None, until: None }))
    }
}

impl<'de> Deserialize<'de> for BanForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        forms::read(deserializer)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TowardsForm {
    user: String,
    other: Option<String>,
    channel: Option<ChannelId>,
    until: Option<Moment>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenForm {
    user: String,
    client: Option<String>,
    #[serde(default)]
    scopes: BTreeSet<String>,
    expires_at: Option<Moment>,
}

impl FileForm {
    /// The file without its questions, and the entries that ask them.
    pub(super) fn lower(mut self, path: &Path, catalogue: Catalogue) -> (DecisionFile, Vec<Spanned<ExpectForm>>) {
        let entries = std::mem::take(&mut self.expect);
        let file = DecisionFile {
            path: path.to_owned(),
            profile: std::mem::take(&mut self.profile),
            catalogue,
            about: std::mem::take(&mut self.about),
            now: self.now.0,
            changes: self.into_changes(),
            expectations: Vec::new(),
        };
        (file, entries)
    }

    /// The changes that make this world out of an empty one, in an order in which each finds what it names.
    fn into_changes(self) -> Vec<Change> {
        let mut changes = Vec::new();
        changes.extend(self.settings.map(Change::SettingsPut));
        changes.extend(self.roles.into_iter().map(|role| Change::RolePut { role }));
        changes.extend(self.permissions.into_iter().map(Change::PermissionPut));
        changes.extend(
            self.channel_types
                .into_iter()
                .map(|(name, form)| Change::ChannelTypePut(ChannelType { name, features_off: form.unwrap_or_default().features_off })),
        );
        push_grants(&mut changes, None, self.grants);
        for (layer, grants) in self.layer_grants {
            push_grants(&mut changes, Some(layer), grants);
        }
        changes.extend(self.users.into_iter().map(|(id, form)| Change::UserPut(user(id, form.0))));
        for (id, form) in self.channels {
            push_channel(&mut changes, id, form.0);
        }
        changes.extend(self.clients.into_iter().map(|(id, scopes)| Change::ClientPut(Client { id, scopes })));
        changes.extend(self.tokens.into_iter().map(|(id, form)| Change::TokenPut(token(id, form))));
        changes.extend(self.bans.into_iter().map(|form| Change::RelationPut(ban(form.0))));
        changes.extend(self.mutes.into_iter().map(|form| Change::RelationPut(towards(RelationKind::Mute, form))));
        changes.extend(self.blocks.into_iter().map(|form| Change::RelationPut(towards(RelationKind::Block, form))));
        changes.extend(self.friends.into_iter().map(|(user, other)| {
            let form = TowardsForm { user, other: Some(other), channel: None, until: None };
            Change::RelationPut(towards(RelationKind::Friend, form))
        }));
        changes.extend(self.changes);
        changes
    }
}

fn push_grants(changes: &mut Vec<Change>, layer: Option<String>, grants: Grants) {
    for (level, roles) in grants {
        for (role, form) in roles {
            let (layer, level) = (layer.clone(), level.clone());
            changes.push(match form {
                GrantsForm::Default => Change::GrantsReset { layer, level, role },
                GrantsForm::Exactly(grants) => Change::GrantsPut(RoleGrants { layer, level, role, grants }),
            });
        }
    }
}

fn user(id: String, whole: UserWhole) -> User {
    let UserWhole { role, mut roles, teams, teams_role, attributes, deactivated, deleted } = whole;
    roles.extend(role);
    User { id, roles, teams, teams_role, attributes, deactivated, deleted }
}

fn push_channel(changes: &mut Vec<Change>, id: ChannelId, whole: ChannelWhole) {
    let ChannelWhole { owner, team, access, frozen, disabled, cooldown_s, features_off, features_on, modifiers, deleted, members } = whole;
    changes.push(Change::ChannelPut(Channel {
        id: id.clone(),
        owner,
        team,
        access,
        frozen,
        disabled,
        cooldown_s,
        features_off,
        features_on,
        modifiers,
        deleted,
    }));
    changes.extend(members.0.into_iter().map(|(user, form)| {
        let MemberWhole { role, mut roles, invited } = form.0;
        roles.extend(role);
        Change::MemberPut(Member { channel: id.clone(), user, roles, invited })
    }));
}

fn token(id: String, form: TokenForm) -> Token {
    let TokenForm { user, client, scopes, expires_at } = form;
    Token { id, user, client, scopes, expires_at: expires_at.map(|moment| moment.0) }
}

fn ban(whole: BanWhole) -> Relation {
    let BanWhole { user, channel, until } = whole;
    Relation { kind: RelationKind::Ban, user, other: None, channel, expires_at: until.map(|moment| moment.0) }
}

fn towards(kind: RelationKind, form: TowardsForm) -> Relation {
    let TowardsForm { user, other, channel, until } = form;
    Relation { kind, user, other, channel, expires_at: until.map(|moment| moment.0) }
}
