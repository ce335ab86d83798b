//! Capabilities: every action of a channel at once.

use std::collections::BTreeMap;

use hallpass::{ActionLevel, OwnerOf, Question, Resource, Subject, Timestamp};

use super::Oracle;
use super::scene::GivenChannel;
use crate::decision_file::Expected;

/// On whose resources an action may be performed in a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// On nobody's.
    None,
    /// On the subject's own.
    Own,
    /// On anybody's.
    Any,
}

/// The id of somebody whom no world holds.
const SOMEBODY_ELSE: &str = "\u{1}somebody else";

impl Oracle {
    /// For every action of a channel, on whose resources the subject may perform it there.
    pub fn capabilities(&self, subject: &Subject<'_>, channel: &Resource<'_>, now: Timestamp) -> BTreeMap<String, Reach> {
        let about_channels = self.catalogue.actions.iter().filter(|action| action.level != ActionLevel::App);
        about_channels.map(|action| (action.name.clone(), self.reach(subject, channel, now, &action.name, action.owner))).collect()
    }

    /// What is given of the channel holds for the channel; whose the thing in it is, varies.
    fn reach(&self, subject: &Subject<'_>, channel: &Resource<'_>, now: Timestamp, action: &str, owner: OwnerOf) -> Reach {
        let given = GivenChannel { owner: channel.owner, team: channel.team };
        let allowed = |resource: Resource<'_>| {
            let question = Question::of(*subject, action, resource).at(now);
            Expected::because(self.reason(&question, given)).allowed
        };
        let owned_by = |owner| Resource { kind: "", id: "", channel: Some(channel.id), owner: Some(owner), ..*channel };
        match owner {
            OwnerOf::Channel if allowed(*channel) => Reach::Any,
            OwnerOf::Channel => Reach::None,
            OwnerOf::Resource if allowed(owned_by(SOMEBODY_ELSE)) => Reach::Any,
            OwnerOf::Resource if allowed(owned_by(subject.user)) => Reach::Own,
            OwnerOf::Resource => Reach::None,
        }
    }
}
