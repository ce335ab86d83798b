//! A question that owns its words, for files and generators; the engine's own borrows them.

use std::collections::BTreeMap;

use hallpass::{GivenSubject, Question, Resource, Subject, Timestamp};

/// A [`Question`] with everything in it owned. [`OwnedQuestion::ask`] lends it out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OwnedQuestion {
    /// Who asks.
    pub subject: OwnedSubject,
    /// Name of the action.
    pub action: String,
    /// What is acted on.
    pub resource: OwnedResource,
    /// When.
    pub now: Timestamp,
    /// When the subject last posted in the channel.
    pub last_posted_at: Option<Timestamp>,
    /// Attributes for `one_of` conditions; names may repeat.
    pub attributes: Vec<(String, String)>,
}

/// A [`Subject`] with everything in it owned.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OwnedSubject {
    /// The app itself.
    pub is_app: bool,
    /// Id of the user.
    pub user: String,
    /// Id of the token.
    pub token: Option<String>,
    /// User roles that count for this question.
    pub roles: Option<Vec<String>>,
    /// Teams that count for this question.
    pub teams: Option<Vec<String>>,
    /// Team → role, for this question.
    pub teams_role: Option<BTreeMap<String, String>>,
    /// Channel roles that count for this question; empty means not a member.
    pub channel_roles: Option<Vec<String>>,
    /// Scopes of the token.
    pub scopes: Option<Vec<String>>,
    /// Scopes of the client.
    pub client_scopes: Option<Vec<String>>,
    /// Id of the client.
    pub client: Option<String>,
}

/// A [`Resource`] with everything in it owned.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OwnedResource {
    /// Kind.
    pub kind: String,
    /// Id.
    pub id: String,
    /// The channel that it lies in.
    pub channel: Option<String>,
    /// Id of the owner.
    pub owner: Option<String>,
    /// Team; empty means none.
    pub team: Option<String>,
    /// The client that owns it.
    pub namespace: Option<String>,
    /// Groups with access.
    pub access: Option<Vec<String>>,
    /// The channel need not exist.
    pub hypothetical: bool,
}

impl OwnedQuestion {
    /// Lends the question to `ask` and gives back what that answers.
    pub fn ask<R>(&self, ask: impl FnOnce(&Question<'_>) -> R) -> R {
        let given = &self.subject;
        let roles = words(given.roles.as_deref());
        let teams = words(given.teams.as_deref());
        let teams_role: Option<Vec<(&str, &str)>> =
            given.teams_role.as_ref().map(|pairs| pairs.iter().map(|(team, role)| (team.as_str(), role.as_str())).collect());
        let channel_roles = words(given.channel_roles.as_deref());
        let scopes = words(given.scopes.as_deref());
        let client_scopes = words(given.client_scopes.as_deref());
        let access = words(self.resource.access.as_deref());
        let attributes: Vec<(&str, &str)> = self.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        ask(&Question {
            subject: Subject {
                is_app: given.is_app,
                user: &given.user,
                token: given.token.as_deref(),
                given: GivenSubject {
                    roles: roles.as_deref(),
                    teams: teams.as_deref(),
                    teams_role: teams_role.as_deref(),
                    channel_roles: channel_roles.as_deref(),
                    scopes: scopes.as_deref(),
                    client_scopes: client_scopes.as_deref(),
                    client: given.client.as_deref(),
                },
            },
            action: &self.action,
            resource: Resource {
                kind: &self.resource.kind,
                id: &self.resource.id,
                channel: self.resource.channel.as_deref(),
                owner: self.resource.owner.as_deref(),
                team: self.resource.team.as_deref(),
                namespace: self.resource.namespace.as_deref(),
                access: access.as_deref(),
                hypothetical: self.resource.hypothetical,
            },
            now: self.now,
            last_posted_at: self.last_posted_at,
            attributes: &attributes,
        })
    }
}

fn words(list: Option<&[String]>) -> Option<Vec<&str>> {
    list.map(|list| list.iter().map(String::as_str).collect())
}

impl OwnedSubject {
    /// A user of the world.
    pub fn user(id: impl Into<String>) -> Self {
        Self { user: id.into(), ..Self::default() }
    }

    /// The app itself.
    pub fn app() -> Self {
        Self { is_app: true, ..Self::default() }
    }
}

impl OwnedResource {
    /// The app as a whole.
    pub fn app() -> Self {
        Self { kind: "app".into(), ..Self::default() }
    }

    /// A channel, `type:id`.
    pub fn channel(id: impl Into<String>) -> Self {
        Self { kind: "channel".into(), id: id.into(), ..Self::default() }
    }
}
