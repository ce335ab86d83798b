//! Whether the conditions of a permission, and the demands of a grant, hold.

use super::case::{Case, TeamRef, Teams, UserRef};
use crate::catalogue::{Condition, OwnerOf};
use crate::change::RelationKind;
use crate::demand::{Attribute, CompiledOneOf, Demands};
use crate::policy::action::Conditions;
use crate::world::relations::towards_user;

impl Case<'_> {
    /// Those of the conditions that do not hold, where ownership is meant as `owner` says.
    pub(crate) fn failing(&self, conditions: Conditions, owner: OwnerOf) -> Conditions {
        if conditions.is_empty() {
            return conditions;
        }
        conditions.iter().filter(|condition| !self.condition_holds(*condition, owner)).collect()
    }

    pub(crate) fn condition_holds(&self, condition: Condition, owner: OwnerOf) -> bool {
        match condition {
            Condition::Owner => self.owns(owner),
            Condition::SameTeam => self.same_team(),
            Condition::Member => self.membership.is_some(),
            Condition::Access => self.has_access(),
            Condition::OwnNamespace => self.namespace.is_some() && self.namespace == self.client,
            Condition::Friends => self.are_friends(),
        }
    }

    /// Stream docs, multi-tenancy: a subject reaches resources of its teams only; one without teams, those without a team.
    fn same_team(&self) -> bool {
        if !self.sight.policy().source.settings.teams {
            return true;
        }
        match (self.resource_team, &self.channel, self.resource_user) {
            (Some(team), _, _) => self.reaches(team),
            (None, Some(channel), _) => self.reaches(channel.team),
            (None, None, UserRef::Number(user)) => {
                let record = self.sight.user(user);
                let theirs = self.sight.team_set(record.teams).map_or(&[][..], |set| &set.teams);
                if theirs.is_empty() { self.reaches(TeamRef::None) } else { theirs.iter().any(|team| self.reaches(TeamRef::Number(*team))) }
            }
            (None, None, _) => self.reaches(TeamRef::None),
        }
    }

    fn reaches(&self, team: TeamRef<'_>) -> bool {
        match (self.teams(), team) {
            (Teams::Held(set), TeamRef::None) => set.teams.is_empty(),
            (Teams::Given(names), TeamRef::None) => names.is_empty(),
            _ => self.is_in(team),
        }
    }

    /// Whether a team is one of the subject's.
    fn is_in(&self, team: TeamRef<'_>) -> bool {
        match (self.teams(), team) {
            (Teams::Held(set), TeamRef::Number(number)) => set.teams.contains(&number),
            (Teams::Given(names), _) => self.team_name(team).is_some_and(|name| names.contains(&name)),
            (Teams::Held(_), TeamRef::None | TeamRef::Name(_)) => false,
        }
    }

    /// LiveChat docs: a group of the requester has access, or everybody has.
    fn has_access(&self) -> bool {
        let everybody = self.sight.policy().source.catalogue.everybody_group.as_deref();
        if let Some(groups) = self.access {
            return groups.iter().any(|group| Some(*group) == everybody || self.is_in(self.team_ref(group)));
        }
        let extras = self.channel.as_ref().and_then(|channel| self.sight.extras(channel.record.extras));
        let groups = extras.map_or(&[][..], |extras| &extras.access);
        groups.iter().any(|group| everybody == Some(self.sight.team_name(*group)) || self.is_in(TeamRef::Number(*group)))
    }

    fn team_ref<'b>(&self, name: &'b str) -> TeamRef<'b> {
        self.sight.team_index(name).map_or(TeamRef::Name(name), TeamRef::Number)
    }

    /// CometChat docs: friendship is mutual. Whoever acts on what is their own needs no friend.
    fn are_friends(&self) -> bool {
        let other = self.resource_person();
        if self.is_subject(other) {
            return true;
        }
        match (self.user, other) {
            (UserRef::Number(subject), UserRef::Number(other)) => {
                let holds = |user, target| self.sight.relation_holds(RelationKind::Friend, user, towards_user(target), self.now);
                holds(subject, other) || holds(other, subject)
            }
            _ => false,
        }
    }

    /// Whether the demands of one grant hold.
    pub(crate) fn demands_hold(&self, demands: &Demands) -> bool {
        (!demands.friends || self.are_friends()) && demands.one_of.iter().all(|one_of| self.one_of_holds(one_of))
    }

    fn one_of_holds(&self, one_of: &CompiledOneOf) -> bool {
        let mut present = false;
        let mut among = false;
        self.each_value(&one_of.attribute, |value| {
            present = true;
            among |= one_of.values.iter().any(|accepted| &**accepted == value);
        });
        if present { among != one_of.except } else { one_of.except || one_of.if_present }
    }

    fn each_value(&self, attribute: &Attribute, mut see: impl FnMut(&str)) {
        let policy = self.sight.policy();
        match attribute {
            Attribute::SubjectScope => {
                for role in self.membership.iter().flatten().chain(policy.owner_role.iter().filter(|_| self.owns_channel())) {
                    see(policy.role_name(*role));
                }
            }
            Attribute::ResourceRole => {
                if let UserRef::Number(user) = self.resource_person() {
                    let record = self.sight.user(user);
                    for role in self.sight.role_set(record.roles).iter().filter(|_| record.present) {
                        see(policy.role_name(*role));
                    }
                }
            }
            Attribute::ResourceScope => {
                let person = self.resource_person();
                for role in policy.owner_role.iter().filter(|_| self.is_channel_owner(person)) {
                    see(policy.role_name(*role));
                }
                let member = match (self.channel.as_ref().and_then(|channel| channel.index), person) {
                    (Some(channel), UserRef::Number(user)) => self.sight.member(channel, user),
                    _ => None,
                };
                for role in member.into_iter().filter(|member| !member.invited).flat_map(|member| &member.roles) {
                    see(policy.role_name(*role));
                }
            }
            Attribute::Subject { full, name } => {
                let held = self.sight.attributes(self.record.attributes).and_then(|attributes| attributes.get(&**name));
                if let Some(value) = held {
                    see(value);
                }
                self.each_asked(full, see);
            }
            Attribute::Asked(name) => self.each_asked(name, see),
        }
    }

    fn each_asked(&self, name: &str, mut see: impl FnMut(&str)) {
        for (_, value) in self.attributes.iter().filter(|(asked, _)| *asked == name) {
            see(value);
        }
    }
}
