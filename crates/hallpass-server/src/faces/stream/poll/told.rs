//! What connected clients are told of polls: those in the channels that a poll was sent to.

use hallpass::ChannelId;

use super::super::call::Call;
use super::super::event::{self, Event};
use super::super::user::render::Users;
use super::document::{PollDocument, VoteDocument};
use super::render;

/// Tells that a poll was changed, closed or deleted.
pub(super) async fn poll(call: &Call, kind: &'static str, poll: &PollDocument) {
    event::told(async {
        for voice in call.voices() {
            let shown = render::one(&voice, poll, None).await?;
            for channel in channels(poll) {
                voice.announce(Event::in_channel(kind, &channel).with("poll", shown.clone()));
            }
        }
        Ok(())
    })
    .await;
}

/// Tells of a vote that was cast, changed or removed.
pub(super) async fn vote(call: &Call, kind: &'static str, poll: &PollDocument, vote: &VoteDocument) {
    event::told(async {
        for voice in call.voices() {
            let shown = render::one(&voice, poll, None).await?;
            let users = Users::of(&voice, [vote.user.clone()]).await?;
            let shown_vote = render::vote(&voice, poll, vote, &users, None);
            for channel in channels(poll) {
                voice.announce(Event::in_channel(kind, &channel).with("poll", shown.clone()).with("poll_vote", shown_vote.clone()));
            }
        }
        Ok(())
    })
    .await;
}

fn channels(poll: &PollDocument) -> impl Iterator<Item = ChannelId> {
    poll.channels.iter().filter_map(|cid| cid.parse().ok())
}
