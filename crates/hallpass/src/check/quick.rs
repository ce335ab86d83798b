//! The rule in a few instructions, for the questions that most questions are. See `policy/quick.rs` for which those are, and why.

use crate::catalogue::OwnerOf;
use crate::decision::Reason;
use crate::policy::action::ActionIndex;
use crate::policy::grants::{NO_ROLE, RoleIndex};
use crate::policy::quick::{OWN, Quick, TEAM};
use crate::question::{Ask, GivenSubject, Owner, Question, Resource, Subject};
use crate::world::Sight;
use crate::world::record::{ChannelWords, UserWords};

/// The answer to a question in handles; `None` where it takes the full rule.
#[inline(always)]
pub(crate) fn ask(sight: Sight<'_>, ask: &Ask) -> Option<Reason> {
    let quick = sight.policy().quick(ask.action.0)?;
    let here = sight.world.instance;
    let channel = ask.channel?;
    if ask.subject.app != here || channel.app != here {
        return None;
    }
    let owns = match ask.owner {
        Owner::Other => false,
        Owner::User(owner) => owner == ask.subject,
    };
    decide(sight, quick, ask.subject.index, channel.index, Some(owns))
}

/// The answer to a question in names; `None` where it takes the full rule.
#[inline(always)]
pub(crate) fn check(sight: Sight<'_>, question: &Question<'_>) -> Option<Reason> {
    let Question { subject, resource, .. } = question;
    let brings_facts =
        subject.token.is_some() || subject.given != GivenSubject::default() || resource.team.is_some() || resource.hypothetical;
    if brings_facts || question.last_posted_at.is_some() || resource.kind == "user" {
        return None;
    }
    let (action, _): (ActionIndex, _) = sight.policy().find_action(question.action)?;
    let quick = sight.policy().quick(action)?;
    let (channel, owns) = match (resource.kind, resource.owner) {
        ("channel", None) => (resource.id, None),
        ("channel", Some(_)) => return None,
        // The owner need not be looked up: whoever is not known is not the subject.
        (_, owner) => (resource.channel?, Some(owner == Some(subject.user) && !subject.user.is_empty())),
    };
    let user = sight.user_index(subject.user)?;
    let channel = sight.channel_index(channel)?;
    decide(sight, quick, user, channel, owns)
}

/// What a subject is to a channel, as far as masks go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scene {
    user: u32,
    subject: UserWords,
    pub(crate) place: ChannelWords,
    /// Or [`NO_ROLE`].
    member: RoleIndex,
}

/// The scene of all that a subject may do in a channel; `None` where it takes the full rule.
pub(crate) fn scene(sight: Sight<'_>, subject: &Subject<'_>, channel: &Resource<'_>) -> Option<Scene> {
    let brings_facts = subject.is_app || subject.token.is_some() || subject.given != GivenSubject::default();
    let is_itself = channel.kind == "channel" && channel.owner.is_none() && channel.team.is_none() && !channel.hypothetical;
    if brings_facts || !is_itself {
        return None;
    }
    Scene::of(sight, sight.user_index(subject.user)?, sight.channel_index(channel.id)?, true)
}

/// Decides by masks. `owns_resource` is `None` where the resource is the channel itself.
#[inline(always)]
fn decide(sight: Sight<'_>, quick: &Quick, user: u32, channel: u32, owns_resource: Option<bool>) -> Option<Reason> {
    Scene::of(sight, user, channel, quick.members)?.decide(sight, quick, owns_resource)
}

impl Scene {
    #[inline(always)]
    fn of(sight: Sight<'_>, user: u32, channel: u32, members: bool) -> Option<Self> {
        let subject = sight.user_words(user);
        let place = sight.channel_words(channel);
        if !subject.is_plain() || !place.is_plain() {
            return None;
        }
        let member = if members { sight.member_role(channel, user)? } else { NO_ROLE };
        Some(Self { user, subject, place, member })
    }

    /// What a scene of all actions is for one of them.
    #[inline]
    pub(crate) fn of_action(self, quick: &Quick) -> Self {
        Self { member: if quick.members { self.member } else { NO_ROLE }, ..self }
    }

    /// Decides about an action whose rule is in masks. The scene must be one for this action.
    #[inline(always)]
    pub(crate) fn decide(&self, sight: Sight<'_>, quick: &Quick, owns_resource: Option<bool>) -> Option<Reason> {
        let (policy, place) = (sight.policy(), self.place);
        if !policy.is_on(quick, place.channel_type()) {
            return None;
        }
        let row = policy.row(quick, place.channel_type());
        let of_row = |role: RoleIndex| row.get(usize::from(role)).copied().unwrap_or(0);
        let roles = [self.subject.role(), self.member];
        let [by_user_role, by_member_role] = roles.map(of_row);
        let held = if place.modifiers() == 0 || !quick.by_type() {
            by_user_role | by_member_role
        } else {
            modified(sight, place.modifiers(), quick.word, roles, [by_user_role, by_member_role])?
        };
        let suffices = |conditions: usize| held & quick.suffices.get(conditions).copied().unwrap_or(0) != 0;
        if suffices(0) {
            return Some(Reason::Granted);
        }
        let owns = match (quick.owner, owns_resource) {
            (OwnerOf::Resource, Some(owns)) => owns,
            (OwnerOf::Channel, _) | (OwnerOf::Resource, None) => place.owner() == self.user + 1,
        };
        let shares_team = match place.team() {
            0 => self.subject.teams() == 0,
            // A plain user's teams all have numbers below 32.
            team => self.subject.teams().checked_shr(team - 1).unwrap_or(0) & 1 == 1,
        };
        let owns = if owns { OWN } else { 0 };
        let shares_team = if shares_team { TEAM } else { 0 };
        Some(if suffices(owns | shares_team) {
            Reason::Granted
        } else if suffices(owns | TEAM) {
            Reason::TeamMismatch
        } else if suffices(OWN | TEAM) {
            Reason::ConditionFailed
        } else {
            quick.refusal
        })
    }
}

/// What roles hold of a word once a channel's modifiers are applied; `None` where a grant among them demands more than to be held.
///
/// Few channels have any, and what it takes would be in the way of the others.
#[inline(never)]
fn modified(sight: Sight<'_>, modifiers: u32, word: u8, roles: [RoleIndex; 2], held: [u64; 2]) -> Option<u64> {
    let modifiers = sight.modifiers(modifiers).filter(|modifiers| !modifiers.demand())?;
    Some(roles.into_iter().zip(held).fold(0, |all, (role, held)| all | modifiers.applied(role, word, held)))
}
