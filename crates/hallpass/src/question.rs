//! What is asked: may this subject perform this action on this resource, at this time?
//!
//! A question comes in two forms. [`Question`] names things by strings, and may bring facts that the world does not hold. [`Ask`] names
//! them by handles that a caller got once and keeps; it is the quicker one.

use crate::id::Timestamp;

/// A question in strings.
///
/// ```
/// use hallpass::{Question, Resource, Timestamp};
///
/// let question = Question::new("ana", "UpdateMessage", Resource::message("m-1", "messaging:general").owned_by("ana"))
///     .at(Timestamp::from_ms(1_700_000_000_000));
/// assert_eq!(question.action, "UpdateMessage");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question<'a> {
    /// Who asks.
    pub subject: Subject<'a>,
    /// Name of the action, as in the catalogue.
    pub action: &'a str,
    /// What is acted on.
    pub resource: Resource<'a>,
    /// When; decides whether a ban or token has expired. 0 if the caller does not care.
    pub now: Timestamp,
    /// When the subject last posted in the channel, for slow mode. `None`: never.
    pub last_posted_at: Option<Timestamp>,
    /// Attributes for `one_of` conditions, such as `("message_type", "text")`. May repeat a name: then any one may match.
    pub attributes: &'a [(&'a str, &'a str)],
}

impl<'a> Question<'a> {
    /// Asks for a user.
    pub fn new(user: &'a str, action: &'a str, resource: Resource<'a>) -> Self {
        Self::of(Subject::user(user), action, resource)
    }

    /// Asks for any subject.
    pub fn of(subject: Subject<'a>, action: &'a str, resource: Resource<'a>) -> Self {
        Self { subject, action, resource, now: Timestamp(0), last_posted_at: None, attributes: &[] }
    }

    /// Says when.
    #[must_use]
    pub fn at(mut self, now: Timestamp) -> Self {
        self.now = now;
        self
    }

    /// Brings attributes for `one_of` conditions.
    #[must_use]
    pub fn with(mut self, attributes: &'a [(&'a str, &'a str)]) -> Self {
        self.attributes = attributes;
        self
    }
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Subject<'a> {
    /// The app itself, through its server key: bypasses standing and layers.
    pub is_app: bool,
    /// Id of the user.
    pub user: &'a str,
    /// Id of the token that the user comes with, if any (not its secret).
    pub token: Option<&'a str>,
    /// Used for this question instead of what the world holds.
    pub given: GivenSubject<'a>,
}

/// Facts of the subject that come with the question and count for it alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GivenSubject<'a> {
    /// User roles.
    pub roles: Option<&'a [&'a str]>,
    /// Teams.
    pub teams: Option<&'a [&'a str]>,
    /// `(team, role)` pairs.
    pub teams_role: Option<&'a [(&'a str, &'a str)]>,
    /// Channel roles in the channel of the question. `Some(&[])`: not a member.
    pub channel_roles: Option<&'a [&'a str]>,
    /// Scopes of the token. With this, no token fact is looked up.
    pub scopes: Option<&'a [&'a str]>,
    /// Scopes of the client. With this, no client fact is looked up.
    pub client_scopes: Option<&'a [&'a str]>,
    /// Id of the client that the token came through.
    pub client: Option<&'a str>,
}

impl<'a> Subject<'a> {
    /// A user.
    pub fn user(user: &'a str) -> Self {
        Self { user, ..Self::default() }
    }

    /// The app itself.
    pub fn app() -> Self {
        Self { is_app: true, ..Self::default() }
    }
}

/// What is acted on. Facts given here count for this question alone and go before those of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Resource<'a> {
    /// Kind, in the words of the catalogue or free: `channel`, `message`, `user`, … Only `channel` and `user` are looked up in the world.
    pub kind: &'a str,
    /// Id; for a channel `type:id`.
    pub id: &'a str,
    /// The channel that it lies in (`type:id`), for anything that is not itself a channel.
    pub channel: Option<&'a str>,
    /// Id of the user who owns it.
    pub owner: Option<&'a str>,
    /// Its team. `Some("")`: it has none.
    pub team: Option<&'a str>,
    /// The client that owns it (LiveChat: `owner_client_id`).
    pub namespace: Option<&'a str>,
    /// Groups with access to it.
    pub access: Option<&'a [&'a str]>,
    /// The channel need not exist: it is meant as one of its type with just the facts given here.
    pub hypothetical: bool,
}

impl<'a> Resource<'a> {
    /// The app as a whole (creating a poll, listing users).
    pub fn app() -> Self {
        Self { kind: "app", ..Self::default() }
    }

    /// A channel, `type:id`.
    pub fn channel(id: &'a str) -> Self {
        Self { kind: "channel", id, ..Self::default() }
    }

    /// A message in a channel.
    pub fn message(id: &'a str, channel: &'a str) -> Self {
        Self::within("message", id, channel)
    }

    /// A user.
    pub fn user(id: &'a str) -> Self {
        Self { kind: "user", id, ..Self::default() }
    }

    /// Anything that lies in a channel: a reaction, an attachment, a thread.
    pub fn within(kind: &'a str, id: &'a str, channel: &'a str) -> Self {
        Self { kind, id, channel: Some(channel), ..Self::default() }
    }

    /// Anything that lies in no channel: a poll, a bot, a webhook.
    pub fn other(kind: &'a str, id: &'a str) -> Self {
        Self { kind, id, ..Self::default() }
    }

    /// Says who owns it.
    #[must_use]
    pub fn owned_by(mut self, user: &'a str) -> Self {
        self.owner = Some(user);
        self
    }

    /// Says which team it belongs to.
    #[must_use]
    pub fn of_team(mut self, team: &'a str) -> Self {
        self.team = Some(team);
        self
    }

    /// The channel need not exist.
    #[must_use]
    pub fn hypothetical(mut self) -> Self {
        self.hypothetical = true;
        self
    }
}

/// A user, resolved once. Of use with the app that gave it only; any other app treats it as unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SubjectHandle {
    pub(crate) app: u32,
    pub(crate) index: u32,
}

/// A channel, resolved once. Of use with the app that gave it only; any other app treats it as unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChannelHandle {
    pub(crate) app: u32,
    pub(crate) index: u32,
}

/// An action, resolved once. Valid for every app of the same profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ActionHandle(pub(crate) u16);

/// Who owns the resource of an [`Ask`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Owner {
    /// Nobody, or somebody other than the subject. Where the catalogue says that the channel's owner counts, that is looked up all the same.
    #[default]
    Other,
    /// This user.
    User(SubjectHandle),
}

/// A question in handles, about a channel or something in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    /// Who.
    pub subject: SubjectHandle,
    /// What.
    pub action: ActionHandle,
    /// In which channel; `None` for app-level actions.
    pub channel: Option<ChannelHandle>,
    /// Whose resource.
    pub owner: Owner,
    /// When.
    pub now: Timestamp,
}
