//! What a new or changed message needs: one action for each thing that it newly carries.
//!
//! What a message has already needs nothing again. Ben corrects a typo in his message, which a moderator has pinned in the meantime: he
//! needs UpdateMessage and no more, though his client sends `pinned: true` along.

use hallpass::Timestamp;
use serde_json::Value;

use super::document::{MessageDocument, Sort};
use super::link::links;

/// What sending can ask for.
pub(in super::super) const SEND: &[&str] = &[
    "CreateMessage",
    "CreateReply",
    "CreateSystemMessage",
    "CreateRestrictedVisibilityMessage",
    "AddLinks",
    "CreateAttachment",
    "CreateMention",
    "NotifyHere",
    "NotifyChannel",
    "NotifyRole",
    "NotifyGroup",
    "SendPoll",
    "ShareLocation",
    "PinMessage",
    "SkipMessageModeration",
    "ReadChannel",
    "ReadRestrictedVisibilityMessage",
];

/// What changing can ask for.
pub(in super::super) const UPDATE: &[&str] = &[
    "UpdateMessage",
    "CreateSystemMessage",
    "CreateRestrictedVisibilityMessage",
    "AddLinks",
    "CreateAttachment",
    "CreateMention",
    "NotifyHere",
    "NotifyChannel",
    "NotifyRole",
    "NotifyGroup",
    "SendPoll",
    "ShareLocation",
    "PinMessage",
    "SkipMessageModeration",
    "ReadChannel",
    "ReadRestrictedVisibilityMessage",
];

/// What a message that is sent needs.
pub(super) fn of_sending(message: &MessageDocument, now: Timestamp) -> Vec<&'static str> {
    let mut needs = vec![if message.parent.is_some() { "CreateReply" } else { "CreateMessage" }];
    needs.extend(of_content(&MessageDocument::default(), message, now));
    needs
}

/// What a changed message needs. Pinning and unpinning alone change no message.
pub(super) fn of_updating(before: &MessageDocument, after: &MessageDocument, now: Timestamp) -> Vec<&'static str> {
    let content = of_content(before, after, now);
    if content == ["PinMessage"] && !changes_more_than_pin(before, after) {
        return content;
    }
    ["UpdateMessage"].into_iter().chain(content).collect()
}

/// Whether anything but the pin changes.
pub(super) fn changes_more_than_pin(before: &MessageDocument, after: &MessageDocument) -> bool {
    let unpinned = |message: &MessageDocument| MessageDocument { pinned_at: None, pinned_by: None, pin_expires: None, ..message.clone() };
    unpinned(before) != unpinned(after)
}

fn of_content(before: &MessageDocument, after: &MessageDocument, now: Timestamp) -> Vec<&'static str> {
    let more = |before: &[String], after: &[String]| after.iter().any(|item| !before.contains(item));
    let old_links = links(&before.text, &before.attachments);
    let pin = |message: &MessageDocument| message.is_pinned(now).then_some(message.pin_expires);
    let is_new = |after: &Vec<Value>| after.iter().any(|item| !before.attachments.contains(item));
    let needs = [
        ("CreateSystemMessage", after.sort == Sort::System && before.sort != Sort::System),
        ("CreateRestrictedVisibilityMessage", !after.restricted_to.is_empty() && before.restricted_to != after.restricted_to),
        ("AddLinks", !links(&after.text, &after.attachments).is_subset(&old_links)),
        ("CreateAttachment", is_new(&after.attachments)),
        ("CreateMention", more(&before.mentioned_users, &after.mentioned_users)),
        ("NotifyHere", after.mentioned_here && !before.mentioned_here),
        ("NotifyChannel", after.mentioned_channel && !before.mentioned_channel),
        ("NotifyRole", more(&before.mentioned_roles, &after.mentioned_roles)),
        ("NotifyGroup", more(&before.mentioned_groups, &after.mentioned_groups)),
        ("SendPoll", after.poll.is_some() && before.poll != after.poll),
        ("ShareLocation", after.location.is_some() && before.location != after.location),
        ("PinMessage", pin(before) != pin(after)),
    ];
    needs.into_iter().filter_map(|(action, needed)| needed.then_some(action)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> MessageDocument {
        MessageDocument { text: text.to_owned(), ..MessageDocument::default() }
    }

    #[test]
    fn what_was_there_before_needs_nothing_again() {
        let pinned = MessageDocument { pinned_at: Some(Timestamp(5)), ..message("see example.com") };
        let edited = MessageDocument { text: "See example.com!".to_owned(), ..pinned.clone() };
        assert_eq!(of_updating(&pinned, &edited, Timestamp(9)), ["UpdateMessage"]);
        let more = MessageDocument { text: "example.com, example.org".to_owned(), ..pinned.clone() };
        assert_eq!(of_updating(&pinned, &more, Timestamp(9)), ["UpdateMessage", "AddLinks"]);
    }

    #[test]
    fn pinning_alone_needs_nothing_else() {
        let pinned = MessageDocument { pinned_at: Some(Timestamp(5)), ..message("hi") };
        assert_eq!(of_updating(&message("hi"), &pinned, Timestamp(9)), ["PinMessage"]);
        assert_eq!(of_updating(&pinned, &message("hi"), Timestamp(9)), ["PinMessage"]);
        assert_eq!(of_updating(&pinned, &message("ho"), Timestamp(9)), ["UpdateMessage", "PinMessage"]);
        let longer = MessageDocument { pin_expires: Some(Timestamp(20)), ..pinned.clone() };
        assert_eq!(of_updating(&pinned, &longer, Timestamp(9)), ["PinMessage"]);
        // A pin that has run out is none.
        assert_eq!(of_updating(&longer, &message("hi"), Timestamp(30)), ["UpdateMessage"]);
    }

    #[test]
    fn a_reply_asks_for_replying() {
        assert_eq!(of_sending(&message("hi"), Timestamp(0)), ["CreateMessage"]);
        let reply = MessageDocument { parent: Some("m".to_owned()), mentioned_here: true, ..message("hi") };
        assert_eq!(of_sending(&reply, Timestamp(0)), ["CreateReply", "NotifyHere"]);
    }
}
