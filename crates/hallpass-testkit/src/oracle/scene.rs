//! A question with its facts looked up: who asks, and where.

use hallpass::{ActionLevel, ActionSpec, Catalogue, Channel, ChannelId, ChannelState, Question, Reason, User};

use super::world::World;

/// Everything that the rule asks for.
pub(super) struct Scene<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) world: &'a World,
    pub(super) question: &'a Question<'a>,
    pub(super) action: &'a ActionSpec,
    /// The channel that the action is about; `None` for what is asked at the level of the app.
    pub(super) place: Option<Place<'a>>,
    /// Facts of the channel that come with the question.
    pub(super) given: GivenChannel<'a>,
}

/// Facts of a channel that come with a question: those of its resource, where that is the channel.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct GivenChannel<'a> {
    pub(super) owner: Option<&'a str>,
    /// The empty name is no team.
    pub(super) team: Option<&'a str>,
}

impl<'a> GivenChannel<'a> {
    pub(super) fn with(question: &Question<'a>) -> Self {
        if question.resource.kind == "channel" {
            Self { owner: question.resource.owner, team: question.resource.team }
        } else {
            Self::default()
        }
    }
}

/// A channel that a question names.
#[derive(Clone)]
pub(super) struct Place<'a> {
    pub(super) id: ChannelId,
    /// Its facts; `None` where it is hypothetical or about to be created.
    pub(super) channel: Option<&'a Channel>,
}

/// The id of the channel that the question names: the resource itself, or what it lies in.
pub(super) fn named_channel<'a>(question: &Question<'a>) -> Option<&'a str> {
    if question.resource.kind == "channel" { Some(question.resource.id) } else { question.resource.channel }
}

/// The channel of this name, which must be what the action wants it to be.
fn find<'a>(world: &'a World, question: &Question<'a>, action: &ActionSpec, named: Option<&str>) -> Result<Place<'a>, Reason> {
    let id: ChannelId = named.ok_or(Reason::ChannelMissing)?.parse().map_err(|_| Reason::UnknownChannel)?;
    let hypothetical = question.resource.hypothetical;
    let channel = world.channels.get(&id).filter(|_| !hypothetical);
    let may_be_missing = hypothetical || action.channel == ChannelState::Any;
    if !world.channel_types.contains_key(id.channel_type()) || (channel.is_none() && !may_be_missing) {
        return Err(Reason::UnknownChannel);
    }
    if channel.is_some_and(|channel| channel.deleted) && action.channel == ChannelState::Live {
        return Err(Reason::ChannelDeleted);
    }
    Ok(Place { id, channel })
}

impl<'a> Scene<'a> {
    /// Looks up the channel; the reason of refusal where the action needs one and cannot have it.
    pub(super) fn set(
        catalogue: &'a Catalogue,
        world: &'a World,
        question: &'a Question<'a>,
        given: GivenChannel<'a>,
        action: &'a ActionSpec,
    ) -> Result<Self, Reason> {
        let named = named_channel(question);
        let needed = match action.level {
            ActionLevel::App => false,
            ActionLevel::Channel => true,
            ActionLevel::Either => named.is_some(),
        };
        let place = if needed { Some(find(world, question, action, named)?) } else { None };
        Ok(Self { catalogue, world, question, action, place, given })
    }

    /// The same question about another action.
    pub(super) fn about(&self, action: &'a ActionSpec) -> Self {
        Self { catalogue: self.catalogue, world: self.world, question: self.question, action, place: self.place.clone(), given: self.given }
    }

    /// The channel that the action is about.
    pub(super) fn place(&self) -> Option<&Place<'a>> {
        self.place.as_ref()
    }

    /// Id of the subject.
    pub(super) fn subject(&self) -> &'a str {
        self.question.subject.user
    }

    /// Whether the subject is the user of this id. Nobody in particular is nobody's equal.
    pub(super) fn is_subject(&self, user: Option<&str>) -> bool {
        !self.subject().is_empty() && user == Some(self.subject())
    }

    /// The subject as the world knows it.
    pub(super) fn user(&self) -> Option<&'a User> {
        self.world.users.get(self.subject())
    }

    /// User roles of the subject: given ones, or its own.
    pub(super) fn user_roles(&self) -> Vec<String> {
        match (self.question.subject.given.roles, self.user()) {
            (Some(given), _) => given.iter().map(|&role| role.to_owned()).collect(),
            (None, Some(user)) => self.world.user_roles(self.catalogue, user),
            (None, None) => Vec::new(),
        }
    }

    /// Teams of the subject: given ones, or its own.
    pub(super) fn teams(&self) -> Vec<String> {
        match (self.question.subject.given.teams, self.user()) {
            (Some(given), _) => given.iter().map(|&team| team.to_owned()).collect(),
            (None, Some(user)) => user.teams.iter().cloned().collect(),
            (None, None) => Vec::new(),
        }
    }

    /// The role that the subject has in a team instead of its user roles.
    fn role_in_team(&self, team: &str) -> Option<String> {
        match self.question.subject.given.teams_role {
            Some(given) => given.iter().find(|(of, _)| *of == team).map(|(_, role)| (*role).to_owned()),
            None => self.user().and_then(|user| user.teams_role.get(team).cloned()),
        }
    }

    /// The role in the team of the channel, where teams count and there is one; else the user roles.
    pub(super) fn team_roles(&self) -> Vec<String> {
        let team = self.place().and_then(|place| self.team_of(place)).filter(|_| self.world.settings.teams);
        match team.and_then(|team| self.role_in_team(&team)) {
            Some(role) => vec![role],
            None => self.user_roles(),
        }
    }

    /// Channel roles of the subject in the channel of the question: given ones, or those of its membership. `None`: not a member.
    pub(super) fn channel_roles(&self) -> Option<Vec<String>> {
        let place = self.place()?;
        match self.question.subject.given.channel_roles {
            Some([]) => None,
            Some(given) => Some(given.iter().map(|&role| role.to_owned()).collect()),
            None => place.channel.and_then(|channel| self.world.channel_roles(self.catalogue, &channel.id, self.subject())),
        }
    }

    /// The user whom the resource is, or whose it is (a message's sender); nobody for channels and the app.
    pub(super) fn person(&self) -> Option<&'a str> {
        let resource = &self.question.resource;
        let person = match resource.kind {
            "user" => Some(resource.id),
            "channel" | "app" => None,
            _ => resource.owner,
        };
        person.filter(|id| !id.is_empty())
    }

    /// What a user is in the channel: its channel roles, and the owner's role where it owns the channel.
    pub(super) fn scopes_of(&self, user: &str, channel_roles: Option<Vec<String>>) -> Vec<String> {
        let owns = !user.is_empty() && self.place().and_then(|place| self.owner_of(place)) == Some(user);
        let mut scopes = channel_roles.unwrap_or_default();
        scopes.extend(self.catalogue.owner_role.iter().filter(|_| owns).cloned());
        scopes
    }

    /// The owner of a channel: given with the question, or as the world knows.
    pub(super) fn owner_of(&self, place: &Place<'a>) -> Option<&'a str> {
        self.given.owner.or_else(|| place.channel.and_then(|channel| channel.owner.as_deref()))
    }

    /// The team of a channel: given with the question, or as the world knows.
    pub(super) fn team_of(&self, place: &Place<'a>) -> Option<String> {
        match self.given.team {
            Some(given) => some_team(given),
            None => place.channel.and_then(|channel| channel.team.clone()),
        }
    }

    /// Id of the client that the subject's token came through.
    pub(super) fn client(&self) -> Option<&'a str> {
        let subject = &self.question.subject;
        subject.given.client.or_else(|| self.token().and_then(|token| token.client.as_deref()))
    }

    /// The subject's token as the world knows it; given scopes stand for a token that it does not know.
    pub(super) fn token(&self) -> Option<&'a hallpass::Token> {
        let subject = &self.question.subject;
        subject.token.filter(|_| subject.given.scopes.is_none()).and_then(|id| self.world.tokens.get(id))
    }
}

/// A team as a question writes it: the empty name is no team.
pub(super) fn some_team(given: &str) -> Option<String> {
    (!given.is_empty()).then(|| given.to_owned())
}
