//! Messages, as answers show them.

use std::collections::{BTreeMap, BTreeSet};

use hallpass::Timestamp;
use serde_json::{Map, Value, json};

use super::super::call::Call;
use super::super::documents;
use super::super::error::StreamError;
use super::super::moderation::mute_channel;
use super::super::poll::render::Polls;
use super::super::user::render::Users;
use super::attachment;
use super::document::{self, MessageDocument, REACTION, ReactionDocument, Sort, reaction_key};

/// Everything that some messages show besides themselves, read once.
pub(in super::super) struct Scene {
    acting: Option<String>,
    users: Users,
    quoted: BTreeMap<String, MessageDocument>,
    own_reactions: BTreeMap<String, ReactionDocument>,
    polls: Polls,
    /// For the back end: what was deleted, and what moderation did.
    shows_all: bool,
}

impl Scene {
    /// Reads it, for messages that `acting` looks at.
    pub(in super::super) async fn of(call: &Call, messages: &[&MessageDocument], acting: Option<&str>) -> Result<Self, StreamError> {
        let quoted = messages.iter().filter_map(|message| message.quoted.clone()).collect::<BTreeSet<_>>();
        let quoted = document::messages(call, quoted.into_iter().collect()).await?;
        let own = |message: &&MessageDocument| {
            let kinds = message.reactions.keys();
            kinds.filter_map(|kind| Some(reaction_key(&message.id, kind, acting?))).collect::<Vec<_>>()
        };
        let own_reactions = documents::several(&call.tenant, REACTION, messages.iter().flat_map(own).collect()).await?;
        let polls = messages.iter().filter_map(|message| message.poll.clone()).collect::<BTreeSet<_>>();
        let polls = Polls::of(call, polls, acting).await?;
        let mut named: BTreeSet<String> = messages.iter().copied().chain(quoted.values()).flat_map(people).map(str::to_owned).collect();
        named.extend(polls.people());
        named.extend(acting.map(str::to_owned));
        let users = Users::of(call, named).await?;
        Ok(Self { acting: acting.map(str::to_owned), users, quoted, own_reactions, polls, shows_all: call.caller.is_server() })
    }

    /// A message.
    pub(in super::super) fn render(&self, call: &Call, message: &MessageDocument) -> Value {
        let mut shown = self.alone(call, message);
        let quoted = message.quoted.as_ref().filter(|_| message.deleted_at.is_none());
        if let Some(quoted) = quoted.and_then(|id| self.quoted.get(id)).filter(|quoted| quoted.deleted_at.is_none()) {
            // What not everybody may see is not shown by way of a quotation.
            if quoted.restricted_to.is_empty() && quoted.sort != Sort::Ephemeral && !quoted.shadowed {
                shown.insert("quoted_message".to_owned(), Value::Object(self.alone(call, quoted)));
            }
        }
        Value::Object(shown)
    }

    /// Messages, in their order.
    pub(in super::super) fn render_all<'a>(&self, call: &Call, messages: impl IntoIterator<Item = &'a MessageDocument>) -> Value {
        messages.into_iter().map(|message| self.render(call, message)).collect()
    }

    fn alone(&self, call: &Call, message: &MessageDocument) -> Map<String, Value> {
        let time = |at: Timestamp| call.dialect.time(at);
        let is_gone = message.deleted_at.is_some();
        let hides = is_gone && !self.shows_all;
        let text = if hides { "" } else { message.text.as_str() };
        let attachments: &[Value] = if hides { &[] } else { &message.attachments };
        let pinned = message.is_pinned(call.now);
        let is_for_me = self.acting.as_ref().is_some_and(|viewer| message.deleted_for.contains(viewer));
        let kind = match message.sort {
            _ if is_gone || is_for_me => "deleted",
            Sort::System => "system",
            Sort::Ephemeral => "ephemeral",
            Sort::Regular if message.parent.is_some() => "reply",
            Sort::Regular => "regular",
        };
        let mut shown = Map::from_iter([
            ("id".to_owned(), json!(message.id)),
            ("cid".to_owned(), json!(message.cid)),
            ("type".to_owned(), json!(kind)),
            ("text".to_owned(), json!(text)),
            ("html".to_owned(), json!(html(text))),
            ("user".to_owned(), self.users.get(&message.user).unwrap_or_else(|| json!({"id": message.user}))),
            ("attachments".to_owned(), attachment::render(call, attachments)),
            ("mentioned_users".to_owned(), message.mentioned_users.iter().filter_map(|id| self.users.get(id)).collect()),
            ("mentioned_here".to_owned(), json!(message.mentioned_here)),
            ("mentioned_channel".to_owned(), json!(message.mentioned_channel)),
            ("restricted_visibility".to_owned(), json!(message.restricted_to)),
            ("silent".to_owned(), json!(message.silent)),
            // Authors are not told that nobody else sees it.
            ("shadowed".to_owned(), json!(message.shadowed && self.shows_all)),
            ("pinned".to_owned(), json!(pinned)),
            ("pinned_at".to_owned(), message.pinned_at.filter(|_| pinned).map_or(Value::Null, time)),
            ("pin_expires".to_owned(), message.pin_expires.filter(|_| pinned).map_or(Value::Null, time)),
            ("pinned_by".to_owned(), message.pinned_by.as_deref().filter(|_| pinned).and_then(|id| self.users.get(id)).unwrap_or_default()),
            ("reply_count".to_owned(), json!(message.reply_count)),
            ("deleted_reply_count".to_owned(), json!(message.deleted_reply_count)),
            ("created_at".to_owned(), time(message.created_at)),
            ("updated_at".to_owned(), time(message.updated_at)),
        ]);
        self.put_reactions(call, message, &mut shown);
        let optional = [
            ("parent_id", message.parent.as_deref().map(Value::from)),
            ("show_in_channel", message.parent.as_ref().map(|_| json!(message.show_in_channel))),
            ("quoted_message_id", message.quoted.as_deref().map(Value::from)),
            ("mentioned_roles", (!message.mentioned_roles.is_empty()).then(|| json!(message.mentioned_roles))),
            ("mentioned_group_ids", (!message.mentioned_groups.is_empty()).then(|| json!(message.mentioned_groups))),
            ("thread_participants", (message.reply_count > 0).then(|| self.participants(message))),
            ("command", message.command.as_deref().map(Value::from)),
            ("poll_id", message.poll.as_deref().filter(|_| !hides).map(Value::from)),
            ("poll", message.poll.as_deref().filter(|_| !hides).and_then(|id| self.polls.render(call, id, &self.users))),
            ("shared_location", message.location.as_ref().filter(|_| !hides).map(|location| shared_location(call, message, location))),
            ("message_text_updated_at", message.text_updated_at.map(time)),
            ("deleted_at", message.deleted_at.map(time)),
            ("deleted_for_me", is_for_me.then_some(Value::Bool(true))),
            ("moderation", message.moderation.clone().filter(|_| self.shows_all)),
            ("member", member(call, message)),
        ];
        shown.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        call.dialect.put_custom(&mut shown, Some(&message.custom).filter(|_| !hides));
        shown
    }

    fn participants(&self, message: &MessageDocument) -> Value {
        message.participants.iter().filter_map(|id| self.users.get(id)).collect()
    }

    fn put_reactions(&self, call: &Call, message: &MessageDocument, shown: &mut Map<String, Value>) {
        let groups = &message.reactions;
        let own = groups.keys().filter_map(|kind| {
            let key = reaction_key(&message.id, kind, self.acting.as_deref()?);
            Some(self.reaction(call, self.own_reactions.get(&key)?))
        });
        shown.insert("own_reactions".to_owned(), own.collect());
        shown.insert("latest_reactions".to_owned(), message.latest_reactions.iter().map(|one| self.reaction(call, one)).collect());
        let map = |value: &dyn Fn(&document::ReactionGroup) -> Value| {
            Value::Object(groups.iter().map(|(kind, group)| (kind.clone(), value(group))).collect())
        };
        shown.insert("reaction_counts".to_owned(), map(&|group| json!(group.count)));
        shown.insert("reaction_scores".to_owned(), map(&|group| json!(group.sum_scores)));
        let group = |kind: &String, group: &document::ReactionGroup| {
            let latest = message.latest_reactions.iter().filter(|one| one.kind == *kind);
            let by = latest.map(
                |one| json!({"user_id": one.user, "created_at": call.dialect.time(one.created_at), "user": self.users.get(&one.user)}),
            );
            json!({
                "count": group.count,
                "sum_scores": group.sum_scores,
                "first_reaction_at": call.dialect.time(group.first_at),
                "last_reaction_at": call.dialect.time(group.last_at),
                "latest_reactions_by": by.collect::<Vec<_>>(),
            })
        };
        let groups = groups.iter().map(|(kind, of)| (kind.clone(), group(kind, of))).collect();
        shown.insert("reaction_groups".to_owned(), Value::Object(groups));
    }

    /// A reaction.
    pub(super) fn reaction(&self, call: &Call, reaction: &ReactionDocument) -> Value {
        render_reaction(call, reaction, &self.users)
    }
}

/// A reaction.
pub(super) fn render_reaction(call: &Call, reaction: &ReactionDocument, users: &Users) -> Value {
    let mut shown = Map::from_iter([
        ("message_id".to_owned(), json!(reaction.message)),
        ("type".to_owned(), json!(reaction.kind)),
        ("user_id".to_owned(), json!(reaction.user)),
        ("user".to_owned(), users.get(&reaction.user).unwrap_or_else(|| json!({"id": reaction.user}))),
        ("score".to_owned(), json!(reaction.score)),
        ("created_at".to_owned(), call.dialect.time(reaction.created_at)),
        ("updated_at".to_owned(), call.dialect.time(reaction.updated_at)),
    ]);
    call.dialect.put_custom(&mut shown, Some(&reaction.custom));
    Value::Object(shown)
}

/// One message, with all that it shows.
pub(in super::super) async fn one(call: &Call, message: &MessageDocument, acting: Option<&str>) -> Result<Value, StreamError> {
    Ok(Scene::of(call, &[message], acting).await?.render(call, message))
}

/// Everybody whom a message names.
fn people(message: &MessageDocument) -> impl Iterator<Item = &str> {
    let reacted = message.latest_reactions.iter().map(|reaction| &reaction.user);
    let named = message.mentioned_users.iter().chain(&message.participants).chain(&message.pinned_by).chain(reacted);
    std::iter::once(&message.user).chain(named).map(String::as_str)
}

/// The role of the author in the channel, where they are a member.
fn member(call: &Call, message: &MessageDocument) -> Option<Value> {
    let member = call.tenant.engine().member(&message.cid, &message.user)?;
    let is_muted = mute_channel::muted(call, &message.user, &member.channel).is_some();
    Some(json!({"channel_role": super::super::channel::role_of(&member), "notifications_muted": is_muted}))
}

fn shared_location(call: &Call, message: &MessageDocument, location: &Value) -> Value {
    let mut shown = location.as_object().cloned().unwrap_or_default();
    if let Some(end) = location.get("end_at").and_then(Value::as_u64) {
        shown.insert("end_at".to_owned(), call.dialect.time(Timestamp(end)));
    }
    shown.extend([
        ("channel_cid".to_owned(), json!(message.cid)),
        ("message_id".to_owned(), json!(message.id)),
        ("user_id".to_owned(), json!(message.user)),
        ("created_at".to_owned(), call.dialect.time(message.created_at)),
        ("updated_at".to_owned(), call.dialect.time(message.updated_at)),
    ]);
    Value::Object(shown)
}

/// The text as a paragraph of HTML.
fn html(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let mut html = String::with_capacity(text.len() + 16);
    html.push_str("<p>");
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
    html.push_str("</p>\n");
    html
}
