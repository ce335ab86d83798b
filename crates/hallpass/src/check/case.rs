//! A question with all its facts at hand: what the world holds, and what came with the question instead.

use crate::catalogue::{ActionLevel, ChannelState, OwnerOf};
use crate::decision::Reason;
use crate::id::Timestamp;
use crate::policy::action::{Action, ActionIndex};
use crate::policy::grants::{GrantSet, RoleIndex};
use crate::question::{Ask, Owner, Question};
use crate::world::record::{ChannelRecord, UserRecord};
use crate::world::{MAX_ROLES, RoleSet, Sight, TeamSet};

/// A user, by number or, where the world never heard of them, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UserRef<'a> {
    Nobody,
    Number(u32),
    Name(&'a str),
}

/// Teams of the subject.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Teams<'a> {
    Held(&'a TeamSet),
    Given(&'a [&'a str]),
}

/// A team, by number or, where the world never heard of it, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TeamRef<'a> {
    None,
    Number(u32),
    Name(&'a str),
}

/// Scopes of a token or client.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scopes<'a> {
    Held(&'a GrantSet),
    Given(&'a [&'a str]),
}

/// The channel of a question.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChannelCase<'a> {
    /// `None` for one that does not exist (yet).
    pub(crate) index: Option<u32>,
    /// As the question names it; handles have no name.
    pub(crate) name: &'a str,
    pub(crate) record: ChannelRecord,
    pub(crate) owner: UserRef<'a>,
    pub(crate) team: TeamRef<'a>,
}

/// A question with its facts.
#[derive(Debug)]
pub(crate) struct Case<'a> {
    pub(crate) sight: Sight<'a>,
    pub(crate) action_index: ActionIndex,
    pub(crate) action: &'a Action,
    pub(crate) user: UserRef<'a>,
    pub(crate) record: UserRecord,
    pub(crate) roles: RoleSet,
    /// Teams that came with the question.
    given_teams: Option<&'a [&'a str]>,
    pub(crate) teams_role: Option<&'a [(&'a str, &'a str)]>,
    /// Channel roles; `None`: not a member, or invited only.
    pub(crate) membership: Option<RoleSet>,
    pub(crate) scopes: Option<Scopes<'a>>,
    pub(crate) client: Option<&'a str>,
    pub(crate) client_scopes: Option<Scopes<'a>>,
    pub(crate) channel: Option<ChannelCase<'a>>,
    /// Whether the resource is a channel or the app: no person, whoever owns it.
    pub(crate) is_impersonal: bool,
    /// The user who is the resource.
    pub(crate) resource_user: UserRef<'a>,
    pub(crate) resource_owner: UserRef<'a>,
    pub(crate) resource_team: Option<TeamRef<'a>>,
    pub(crate) namespace: Option<&'a str>,
    pub(crate) access: Option<&'a [&'a str]>,
    pub(crate) attributes: &'a [(&'a str, &'a str)],
    pub(crate) now: Timestamp,
    pub(crate) last_posted_at: Option<Timestamp>,
}

/// Whether the channel of a question must be looked up.
fn wants_channel(level: ActionLevel, named: bool) -> bool {
    match level {
        ActionLevel::App => false,
        ActionLevel::Channel => true,
        ActionLevel::Either => named,
    }
}

impl<'a> Case<'a> {
    /// Gathers the facts of a question; an early refusal where something is unknown, or the subject is deactivated.
    pub(crate) fn of_question(sight: Sight<'a>, question: &Question<'a>) -> Result<Self, Reason> {
        Self::gather(sight, question, true)
    }

    /// The same, as if the subject were active.
    pub(crate) fn of_question_if_active(sight: Sight<'a>, question: &Question<'a>) -> Result<Self, Reason> {
        Self::gather(sight, question, false)
    }

    #[inline(always)]
    fn gather(sight: Sight<'a>, question: &Question<'a>, refuse_deactivated: bool) -> Result<Self, Reason> {
        let policy = sight.policy();
        let (action_index, action) = policy.find_action(question.action).ok_or(Reason::UnknownAction)?;
        let given = question.subject.given;

        let token = match (question.subject.token, given.scopes) {
            (Some(name), None) => Some(sight.token(name).filter(|token| question.now.as_ms() < token.expires_at)),
            _ => None,
        };
        let user_index = sight.user_index(question.subject.user);
        let user = user_index.map_or(UserRef::Name(question.subject.user), UserRef::Number);
        let record = user_index.map_or_else(UserRecord::default, |index| sight.user(index));
        if record.deleted || !record.present && given.roles.is_none() {
            return Err(Reason::UnknownSubject);
        }
        if record.deactivated && refuse_deactivated {
            return Err(Reason::Deactivated);
        }
        let named = |names: &[&str]| -> Result<RoleSet, Reason> {
            names.iter().take(MAX_ROLES).map(|name| policy.role(name).ok_or(Reason::UnknownRole)).collect()
        };
        let roles = match given.roles {
            Some(names) => named(names)?,
            None => sight.role_set(record.roles),
        };
        let given_membership = given.channel_roles.map(named).transpose()?;
        for (_, role) in given.teams_role.into_iter().flatten() {
            policy.role(role).ok_or(Reason::UnknownRole)?;
        }

        let mut scopes = given.scopes.map(Scopes::Given);
        let mut client = given.client;
        let mut client_scopes = given.client_scopes.map(Scopes::Given);
        let mut client_index = client.and_then(|name| sight.client_index(name));
        if let Some(token) = token {
            let token = token.filter(|token| user_index == Some(token.user)).ok_or(Reason::UnknownToken)?;
            scopes = sight.scopes(token.scopes).map(Scopes::Held);
            if client.is_none() && token.client != 0 {
                client_index = Some(token.client - 1);
                client = Some(sight.client_name(token.client - 1));
            }
        }
        if client_scopes.is_none() && client.is_some() {
            // A client that is gone holds nothing; the layer still applies.
            let held = client_index.and_then(|index| sight.client(index)).and_then(|client| sight.scopes(client.scopes));
            client_scopes = Some(held.map_or(Scopes::Given(&[]), Scopes::Held));
        }

        if policy.source.settings.checks_disabled {
            return Err(Reason::ChecksDisabled);
        }

        let resource = &question.resource;
        let is_channel = resource.kind == "channel";
        let channel_name = if is_channel { Some(resource.id) } else { resource.channel }.filter(|name| !name.is_empty());
        let user_ref = |name: &'a str| sight.user_index(name).map_or(UserRef::Name(name), UserRef::Number);
        let given_team = resource.team.map(|team| match team {
            "" => TeamRef::None,
            name => sight.team_index(name).map_or(TeamRef::Name(name), TeamRef::Number),
        });
        let channel = if wants_channel(action.level, channel_name.is_some()) {
            let name = channel_name.ok_or(Reason::ChannelMissing)?;
            let mut channel = Self::channel(sight, name, sight.channel_index(name), action, resource.hypothetical)?;
            if is_channel {
                channel.owner = resource.owner.map_or(channel.owner, user_ref);
                channel.team = given_team.unwrap_or(channel.team);
            }
            Some(channel)
        } else {
            None
        };
        // A member is one of a channel: where the question is about none, nobody is.
        let membership = channel.and_then(|channel| match given.channel_roles {
            Some(_) => given_membership.filter(|roles| !roles.is_empty()),
            None => held_membership(sight, channel.index?, user_index?),
        });
        let resource_user = if resource.kind == "user" { user_ref(resource.id) } else { UserRef::Nobody };
        let resource_owner = match resource.owner {
            Some(name) => user_ref(name),
            None if is_channel => channel.map_or(UserRef::Nobody, |channel| channel.owner),
            None => resource_user,
        };

        Ok(Self {
            sight,
            action_index,
            action,
            user,
            record,
            roles,
            given_teams: given.teams,
            teams_role: given.teams_role,
            membership,
            scopes,
            client,
            client_scopes,
            channel,
            is_impersonal: is_channel || resource.kind == "app",
            resource_user,
            resource_owner,
            resource_team: given_team,
            namespace: resource.namespace,
            access: resource.access,
            attributes: question.attributes,
            now: question.now,
            last_posted_at: question.last_posted_at,
        })
    }

    /// Gathers the facts of a question in handles.
    #[inline(always)]
    pub(crate) fn of_ask(sight: Sight<'a>, ask: &Ask) -> Result<Self, Reason> {
        let policy = sight.policy();
        let action = policy.action(ask.action.0).ok_or(Reason::UnknownAction)?;
        let own = |app: u32| app == sight.world.instance;
        let subject = Some(ask.subject.index).filter(|_| own(ask.subject.app)).ok_or(Reason::UnknownSubject)?;
        let record = sight.user(subject);
        if record.deleted || !record.present {
            return Err(Reason::UnknownSubject);
        }
        if record.deactivated {
            return Err(Reason::Deactivated);
        }
        if policy.source.settings.checks_disabled {
            return Err(Reason::ChecksDisabled);
        }
        let channel = if wants_channel(action.level, ask.channel.is_some()) {
            let handle = ask.channel.ok_or(Reason::ChannelMissing)?;
            let index = Some(handle.index).filter(|_| own(handle.app));
            Some(Self::channel(sight, "", index, action, false)?)
        } else {
            None
        };
        let membership = channel.and_then(|channel| held_membership(sight, channel.index?, subject));
        let owner = match ask.owner {
            Owner::Other => UserRef::Nobody,
            Owner::User(handle) if own(handle.app) => UserRef::Number(handle.index),
            Owner::User(_) => UserRef::Nobody,
        };
        Ok(Self {
            sight,
            action_index: ask.action.0,
            action,
            user: UserRef::Number(subject),
            record,
            roles: sight.role_set(record.roles),
            given_teams: None,
            teams_role: None,
            membership,
            scopes: None,
            client: None,
            client_scopes: None,
            channel,
            is_impersonal: false,
            resource_user: UserRef::Nobody,
            resource_owner: owner,
            resource_team: None,
            namespace: None,
            access: None,
            attributes: &[],
            now: ask.now,
            last_posted_at: None,
        })
    }

    /// The channel of a question, which must be what the action wants it to be.
    fn channel(
        sight: Sight<'a>,
        name: &'a str,
        index: Option<u32>,
        action: &Action,
        hypothetical: bool,
    ) -> Result<ChannelCase<'a>, Reason> {
        let policy = sight.policy();
        let found = index.map(|index| (index, sight.channel(index))).filter(|(_, record)| record.present && !hypothetical);
        if let Some((index, record)) = found {
            policy.features_off(record.channel_type).ok_or(Reason::UnknownChannel)?;
            if record.deleted && action.channel == ChannelState::Live {
                return Err(Reason::ChannelDeleted);
            }
            let owner = if record.owner == 0 { UserRef::Nobody } else { UserRef::Number(record.owner - 1) };
            let team = if record.team == 0 { TeamRef::None } else { TeamRef::Number(record.team - 1) };
            return Ok(ChannelCase { index: Some(index), name, record, owner, team });
        }
        if !hypothetical && action.channel != ChannelState::Any {
            return Err(Reason::UnknownChannel);
        }
        let (type_name, _) = name.split_once(':').filter(|(_, id)| !id.is_empty()).ok_or(Reason::UnknownChannel)?;
        let (channel_type, _) = policy.channel_type(type_name).ok_or(Reason::UnknownChannel)?;
        let record = ChannelRecord { channel_type, ..ChannelRecord::default() };
        Ok(ChannelCase { index: None, name, record, owner: UserRef::Nobody, team: TeamRef::None })
    }

    /// Whether a user is the subject.
    pub(crate) fn is_subject(&self, user: UserRef<'_>) -> bool {
        user != UserRef::Nobody && user == self.user && user != UserRef::Name("")
    }

    /// Who owns what the action asks ownership of.
    pub(crate) fn action_owner(&self) -> UserRef<'a> {
        self.owner(self.action.owner)
    }

    fn owner(&self, owner: OwnerOf) -> UserRef<'a> {
        match owner {
            OwnerOf::Channel => self.channel.as_ref().map_or(UserRef::Nobody, |channel| channel.owner),
            OwnerOf::Resource => self.resource_owner,
        }
    }

    /// The subject's id.
    pub(crate) fn subject_name(&self) -> String {
        match self.user {
            UserRef::Nobody => String::new(),
            UserRef::Number(user) => self.sight.user_name(user),
            UserRef::Name(name) => name.to_owned(),
        }
    }

    /// Whether the subject owns what an action asks ownership of.
    pub(crate) fn owns(&self, owner: OwnerOf) -> bool {
        self.is_subject(self.owner(owner))
    }

    /// Whose roles and friendship `resource.…` and `friends` are about: the user, or the owner of what is neither user nor channel.
    pub(crate) fn resource_person(&self) -> UserRef<'a> {
        match self.resource_user {
            UserRef::Nobody if !self.is_impersonal => self.resource_owner,
            user => user,
        }
    }

    /// Whether a user owns the channel.
    pub(crate) fn is_channel_owner(&self, user: UserRef<'_>) -> bool {
        user != UserRef::Nobody && self.channel.as_ref().is_some_and(|channel| channel.owner == user)
    }

    /// Whether the subject owns the channel.
    pub(crate) fn owns_channel(&self) -> bool {
        self.channel.as_ref().is_some_and(|channel| self.is_subject(channel.owner))
    }

    /// The subject's teams.
    pub(crate) fn teams(&self) -> Teams<'a> {
        match self.given_teams {
            Some(names) => Teams::Given(names),
            None => self.sight.team_set(self.record.teams).map_or(Teams::Given(&[]), Teams::Held),
        }
    }

    /// The subject's roles with respect to the channel's team.
    pub(crate) fn team_roles(&self) -> RoleSet {
        let teams_count = self.sight.policy().source.settings.teams;
        let team = self.channel.as_ref().map_or(TeamRef::None, |channel| channel.team);
        let role = if teams_count && team != TeamRef::None { self.role_in(team) } else { None };
        role.map_or_else(|| self.roles.clone(), |role| std::iter::once(role).collect())
    }

    fn role_in(&self, team: TeamRef<'_>) -> Option<RoleIndex> {
        if let Some(given) = self.teams_role {
            let name = self.team_name(team);
            return given.iter().find(|(of, _)| Some(*of) == name).and_then(|(_, role)| self.sight.policy().role(role));
        }
        let held = self.sight.team_set(self.record.teams)?;
        held.roles.iter().find(|(of, _)| TeamRef::Number(*of) == team).map(|(_, role)| *role)
    }

    pub(crate) fn team_name<'b>(&self, team: TeamRef<'b>) -> Option<&'b str>
    where
        'a: 'b,
    {
        match team {
            TeamRef::None => None,
            TeamRef::Number(index) => Some(self.sight.team_name(index)),
            TeamRef::Name(name) => Some(name),
        }
    }
}

/// The channel roles of a member; `None` for whoever is none, or invited only.
fn held_membership(sight: Sight<'_>, channel: u32, user: u32) -> Option<RoleSet> {
    sight.member(channel, user).filter(|member| !member.invited).map(|member| member.roles.clone())
}
