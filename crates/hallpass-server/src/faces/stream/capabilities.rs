//! `own_capabilities`: what a client may do in a channel, in the words that its user interface asks for.
//!
//! The table is data: each word with the action that it stands for, the feature that must be on, and whether it goes when the channel
//! is frozen. The engine gives all decisions in one pass. A set of them is one number, so that whoever is connected can be told when theirs
//! is another.

use hallpass::{Capabilities, ChannelId, Resource, Subject, Timestamp};

use super::channel::DISTINCT;
use crate::tenant::Tenant;

/// What a word asks for.
#[derive(Debug, Clone, Copy)]
enum Need {
    /// The action, at least on what is one's own.
    May(&'static str),
    /// The action, on what is somebody else's too.
    MayAny(&'static str),
    /// The action, on what is somebody else's too, or at least on one's own in a channel of one's own.
    MayAnyOrOwns(&'static str),
    /// Nothing but the feature.
    Feature,
    /// That slow mode is on, and counts.
    SlowMode,
}

/// A word.
struct Word {
    word: &'static str,
    need: Need,
    feature: Option<&'static str>,
    /// Gone while the channel is frozen, unless one may use frozen channels.
    thaws: bool,
}

const fn may(word: &'static str, action: &'static str) -> Word {
    Word { word, need: Need::May(action), feature: None, thaws: false }
}

const fn any(word: &'static str, action: &'static str) -> Word {
    Word { word, need: Need::MayAny(action), feature: None, thaws: false }
}

const fn feature(word: &'static str, feature: &'static str) -> Word {
    Word { word, need: Need::Feature, feature: Some(feature), thaws: false }
}

impl Word {
    const fn with(mut self, feature: &'static str) -> Self {
        self.feature = Some(feature);
        self
    }

    const fn thawing(mut self) -> Self {
        self.thaws = true;
        self
    }
}

/// Absent on channels that are named by their members: their members do not change.
const MEMBERS: &str = "update-channel-members";

/// At most 64; see [`Own`].
const WORDS: &[Word] = &[
    may("ban-channel-members", "BanChannelMember"),
    may("cast-poll-vote", "CastVote").with("polls"),
    feature("connect-events", "connect_events"),
    may("create-attachment", "CreateAttachment"),
    may("create-mention", "CreateMention"),
    any("delete-any-message", "DeleteMessage"),
    may("delete-channel", "DeleteChannel"),
    may("delete-own-message", "DeleteMessage"),
    feature("delivery-events", "delivery_events"),
    may("flag-message", "FlagMessage"),
    may("freeze-channel", "UpdateChannelFrozen"),
    may("join-channel", "AddOwnChannelMembership"),
    may("leave-channel", "RemoveOwnChannelMembership"),
    may("mute-channel", "MuteChannel").with("mutes"),
    may("notify-channel", "NotifyChannel"),
    may("notify-group", "NotifyGroup"),
    may("notify-here", "NotifyHere"),
    may("notify-role", "NotifyRole"),
    may("pin-message", "PinMessage").thawing(),
    may("query-poll-votes", "QueryVotes").with("polls"),
    may("quote-message", "CreateMessage").with("quotes").thawing(),
    feature("read-events", "read_events"),
    feature("search-messages", "search"),
    may("send-custom-events", "SendCustomEvent").with("custom_events"),
    may("send-links", "AddLinks").thawing(),
    may("send-message", "CreateMessage").thawing(),
    may("send-poll", "SendPoll").with("polls").thawing(),
    may("send-reaction", "CreateReaction").with("reactions").thawing(),
    may("send-reply", "CreateReply").with("replies").thawing(),
    may("send-restricted-visibility-message", "CreateRestrictedVisibilityMessage").thawing(),
    feature("send-typing-events", "typing_events"),
    may("set-channel-cooldown", "UpdateChannelCooldown"),
    may("share-location", "ShareLocation").with("shared_locations").thawing(),
    may("skip-slow-mode", "SkipChannelCooldown"),
    Word { word: "slow-mode", need: Need::SlowMode, feature: None, thaws: false },
    feature("typing-events", "typing_events"),
    any("update-any-message", "UpdateMessage"),
    may("update-channel", "UpdateChannel"),
    may(MEMBERS, "UpdateChannelMembers"),
    may("update-own-message", "UpdateMessage"),
    Word { word: "update-thread", need: Need::MayAnyOrOwns("UpdateThread"), feature: None, thaws: false },
    may("upload-file", "UploadAttachment").with("uploads"),
];

/// What somebody may do in a channel: a set of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Own(u64);

impl Own {
    /// The capabilities of a subject in a channel.
    pub(super) fn of(tenant: &Tenant, subject: &Subject<'_>, id: &ChannelId, now: Timestamp) -> Self {
        let engine = tenant.engine();
        let Some(channel) = engine.channel(id.as_str()).filter(|channel| !channel.deleted) else { return Self::default() };
        let found = engine.capabilities(subject, &Resource::channel(id.as_str()), now);
        if found.refused.is_some() {
            return Self::default();
        }
        let frozen = channel.frozen && !found.allows_own("UseFrozenChannel");
        let distinct = id.id().starts_with(DISTINCT);
        let owns = !subject.is_app && channel.owner.as_deref() == Some(subject.user);
        let slow = channel.cooldown_s > 0 && !found.allows_own("SkipChannelCooldown");
        let holds = |word: &Word| match word.need {
            Need::SlowMode => slow,
            _ => {
                needed(&found, word.need, owns)
                    && word.feature.is_none_or(|feature| found.has_feature(feature))
                    && !(word.thaws && frozen)
                    && !(distinct && word.word == MEMBERS)
            }
        };
        Self(WORDS.iter().enumerate().filter(|(_, word)| holds(word)).fold(0, |set, (at, _)| set | 1 << at))
    }

    /// The words, sorted.
    pub(super) fn words(self) -> Vec<&'static str> {
        WORDS.iter().enumerate().filter(|(at, _)| self.0 >> at & 1 == 1).map(|(_, word)| word.word).collect()
    }
}

fn needed(found: &Capabilities, need: Need, owns: bool) -> bool {
    match need {
        Need::May(action) => found.allows_own(action),
        Need::MayAny(action) => found.allows(action),
        Need::MayAnyOrOwns(action) => found.allows(action) || (owns && found.allows_own(action)),
        Need::Feature | Need::SlowMode => true,
    }
}

#[cfg(test)]
mod tests {
    use hallpass::Profile;

    use super::*;

    #[test]
    fn each_word_stands_for_an_action_and_a_feature_of_the_catalogue() {
        let profile = Profile::stream();
        let catalogue = profile.catalogue();
        for word in WORDS {
            if let Need::May(action) | Need::MayAny(action) | Need::MayAnyOrOwns(action) = word.need {
                assert!(catalogue.actions.iter().any(|spec| spec.name == action), "{action}");
            }
            if let Some(feature) = word.feature {
                assert!(catalogue.features.iter().any(|name| name == feature), "{feature}");
            }
        }
        assert_eq!(WORDS.len(), 42, "Stream has 42 words");
        assert!(WORDS.is_sorted_by_key(|word| word.word), "answers list them in this order");
    }
}
