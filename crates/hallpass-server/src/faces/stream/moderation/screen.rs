//! Looks through the text of a message for words of block lists, and says what is to be done with it.
//!
//! Which lists count for a channel, and how, is said by its type (`blocklist`, `blocklist_behavior`, `blocklists`), by the channel itself
//! and by moderation configs. Whoever may skip moderation is not held up by any of them; neither is the back end, unless it asks to be.

use hallpass::{Channel, Resource};
use hallpass_store::DocumentWrite;
use serde_json::{Map, Value};

use super::super::call::Call;
use super::super::documents;
use super::super::error::{Code, StreamError};
use super::{block_list, report};

/// What happens to a message with a word of a list. The strictest of several counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Behaviour {
    /// It is sent, and put before the moderators.
    Flag,
    /// It is sent, and nobody but its author sees it.
    ShadowBlock,
    /// It is kept back until a moderator lets it through.
    Block,
}

/// The actions of rules in moderation configs.
pub(super) const ACTIONS: &[&str] =
    &["flag", "mask_flag", "bounce_flag", "shadow", "shadow_block", "block", "remove", "bounce", "bounce_remove"];

impl Behaviour {
    /// What a rule's action stands for.
    pub(super) fn of_action(action: &str) -> Option<Self> {
        match action {
            "flag" | "mask_flag" | "bounce_flag" => Some(Self::Flag),
            "shadow" | "shadow_block" => Some(Self::ShadowBlock),
            "block" | "remove" | "bounce" | "bounce_remove" => Some(Self::Block),
            _ => None,
        }
    }
}

/// What is to be done with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Verdict {
    /// Nothing.
    Passes,
    /// To be put before the moderators, for these words.
    Flagged(Vec<String>),
    /// To be shown to its author only.
    Shadowed(Vec<String>),
    /// To be kept back.
    Blocked(Vec<String>),
}

/// Looks through a text that is about to be posted in a channel. Asks for SkipMessageModeration where it finds something.
pub(in super::super) async fn screen(call: &Call, channel: &Channel, text: &str) -> Result<Verdict, StreamError> {
    let forced = call.body.flag("force_moderation")?.unwrap_or(false);
    if text.trim().is_empty() || (call.caller.is_server() && !forced) {
        return Ok(Verdict::Passes);
    }
    let rules = rules(call, channel).await?;
    let lists = block_list::named(call, rules.iter().map(|(name, _)| name.clone()).collect()).await?;
    let (mut strictest, mut words) = (None, Vec::new());
    for (name, behaviour) in rules {
        // A list of a team counts in the channels of that team.
        let Some(list) = lists.get(&name).filter(|list| list.team.is_none() || list.team == channel.team) else { continue };
        let found = list.found_in(text);
        if !found.is_empty() {
            strictest = strictest.max(Some(behaviour));
            words.extend(found);
        }
    }
    let Some(behaviour) = strictest else { return Ok(Verdict::Passes) };
    if !forced && call.may("SkipMessageModeration", Resource::channel(channel.id.as_str())) {
        return Ok(Verdict::Passes);
    }
    words.sort();
    words.dedup();
    Ok(match behaviour {
        Behaviour::Flag => Verdict::Flagged(words),
        Behaviour::ShadowBlock => Verdict::Shadowed(words),
        Behaviour::Block => Verdict::Blocked(words),
    })
}

/// Looks through a text that replaces one which is shown already, or that comes along with something else: it cannot be kept back alone.
/// Answers what to write of one that is let through, in a command that touches its report.
///
/// # Errors
/// When words in it are blocked, be it in the shadow.
pub(in super::super) async fn let_through(
    call: &Call,
    channel: &Channel,
    message: &str,
    author: &str,
    text: &str,
) -> Result<Vec<DocumentWrite>, StreamError> {
    match screen(call, channel, text).await? {
        Verdict::Passes => Ok(Vec::new()),
        Verdict::Flagged(words) => report::automod(call, message, &channel.id, author, text, &words).await,
        Verdict::Shadowed(words) | Verdict::Blocked(words) => Err(kept_back(&words, message)),
    }
}

/// The answer to a message that is kept back.
pub(in super::super) fn kept_back(words: &[String], message_id: &str) -> StreamError {
    StreamError::new(Code::Moderation, "message failed moderation: it holds words that are blocked here")
        .with("reason", "blocked_words")
        .with("action", "SkipMessageModeration")
        .with("missing", vec!["skip-message-moderation", "skip-message-moderation-any-team"])
        .with("words", words.to_vec())
        .with("message_id", message_id)
}

/// The lists that count for a channel, each with what is to be done.
async fn rules(call: &Call, channel: &Channel) -> Result<Vec<(String, Behaviour)>, StreamError> {
    let of_type = documents::channel_type(&call.tenant, channel.id.channel_type()).await?.unwrap_or_default();
    let own = documents::channel(&call.tenant, &channel.id).await?.unwrap_or_default();
    let mut settings: Map<String, Value> = of_type.config;
    settings.extend(own.overrides);
    let text = |object: &Map<String, Value>, name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
    let mut rules = super::config::lists_for(call, channel).await?;
    if let Some(name) = text(&settings, "blocklist").filter(|name| !name.is_empty()) {
        let behaviour = text(&settings, "blocklist_behavior").and_then(|behaviour| Behaviour::of_action(&behaviour));
        rules.push((name, behaviour.unwrap_or(Behaviour::Flag)));
    }
    for item in settings.get("blocklists").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object) {
        let behaviour = text(item, "behavior").and_then(|behaviour| Behaviour::of_action(&behaviour));
        if let Some(name) = text(item, "blocklist") {
            rules.push((name, behaviour.unwrap_or(Behaviour::Flag)));
        }
    }
    Ok(rules)
}
