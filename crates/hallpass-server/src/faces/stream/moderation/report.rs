//! What was flagged: one report for each message or user, with all flags about it.
//!
//! Stream shows the same thing through three windows: flags of messages (by channel), flag reports, and the review queue. Here they look at
//! the one document, so what is reviewed in one is reviewed in all.

use std::collections::BTreeSet;

use hallpass::{ChannelId, Timestamp};
use hallpass_store::DocumentWrite;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::super::call::Call;
use super::super::documents;
use super::super::error::StreamError;
use super::super::user::render::Users;
use crate::lock::Footprint;

/// Kind of documents about what was flagged.
pub(super) const REPORT: &str = "report";
/// Flags kept of one thing; further ones are counted.
const FLAGS: usize = 200;
/// Actions of moderators kept of one thing: the newest.
const ACTIONS: usize = 50;

/// The word for messages in review queues.
pub(super) const MESSAGE: &str = "stream:chat:v1:message";
/// The word for users.
pub(super) const USER: &str = "stream:user";

/// All flags about one message or user, and what became of them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Report {
    pub(super) id: String,
    pub(super) entity_type: String,
    pub(super) entity_id: String,
    /// Whose message it is; the user, where a user was flagged.
    pub(super) creator: String,
    pub(super) channel: Option<ChannelId>,
    /// The message's text when it was first flagged.
    pub(super) text: String,
    pub(super) flags: Vec<Flag>,
    /// Flags that are not kept one by one.
    pub(super) more_flags: u64,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) reviewed_at: Option<Timestamp>,
    pub(super) reviewed_by: Option<String>,
    pub(super) review_result: Option<String>,
    pub(super) review_details: Value,
    pub(super) actions: Vec<Action>,
}

/// One flag.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Flag {
    /// Who flagged; nobody: a block list did.
    pub(super) user: Option<String>,
    pub(super) reason: String,
    pub(super) custom: Map<String, Value>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

/// What a moderator did about it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Action {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) user: Option<String>,
    pub(super) at: Timestamp,
}

/// The id of the report about a thing: the same for every flag.
pub(super) fn id_of(entity_type: &str, entity_id: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(entity_type);
    hash.update([0x1f]);
    hash.update(entity_id);
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(hash.finalize()).for_each(|(byte, hashed)| *byte = hashed);
    uuid::Builder::from_custom_bytes(bytes).into_uuid().to_string()
}

impl Report {
    /// A report about a thing that nobody flagged before.
    pub(super) fn new(call: &Call, entity_type: &str, entity_id: &str, creator: &str) -> Self {
        Self {
            id: id_of(entity_type, entity_id),
            entity_type: entity_type.to_owned(),
            entity_id: entity_id.to_owned(),
            creator: creator.to_owned(),
            created_at: call.now,
            ..Self::default()
        }
    }

    /// Adds a flag. Who flags again changes the flag that they have. What was reviewed is open again.
    pub(super) fn add(&mut self, flag: Flag) {
        self.updated_at = flag.updated_at;
        self.reviewed_at = None;
        self.review_result = None;
        self.reviewed_by = None;
        if let Some(before) = self.flags.iter_mut().find(|before| before.user == flag.user) {
            *before = Flag { created_at: before.created_at, ..flag };
        } else if self.flags.len() < FLAGS {
            self.flags.push(flag);
        } else {
            self.more_flags += 1;
        }
    }

    /// Notes what a moderator did.
    pub(super) fn act(&mut self, call: &Call, kind: &str, user: Option<String>) {
        self.updated_at = call.now;
        self.actions.push(Action { id: uuid::Uuid::new_v4().to_string(), kind: kind.to_owned(), user, at: call.now });
        if self.actions.len() > ACTIONS {
            self.actions.remove(0);
        }
    }

    /// Notes that it was reviewed, and with which result.
    pub(super) fn review(&mut self, call: &Call, result: &str, user: Option<String>) {
        self.reviewed_at = Some(call.now);
        self.reviewed_by.clone_from(&user);
        self.review_result = Some(result.to_owned());
        self.act(call, result, user);
    }

    pub(super) fn flags_count(&self) -> u64 {
        self.more_flags + u64::try_from(self.flags.len()).unwrap_or(u64::MAX)
    }

    /// The team that it belongs to: that of its channel, or one of the user's.
    pub(super) fn team(&self, call: &Call) -> Option<String> {
        let engine = call.tenant.engine();
        match &self.channel {
            Some(id) => engine.channel(id.as_str()).and_then(|channel| channel.team),
            None => engine.user(&self.creator).and_then(|user| user.teams.first().cloned()),
        }
    }

    /// Everybody whom an answer about it names.
    pub(super) fn people(&self) -> BTreeSet<String> {
        let flaggers = self.flags.iter().filter_map(|flag| flag.user.clone());
        flaggers.chain([self.creator.clone()]).chain(self.reviewed_by.clone()).collect()
    }

    pub(super) fn write(&self) -> Result<DocumentWrite, StreamError> {
        documents::put(REPORT, &self.id, self)
    }
}

/// A flag, as the answers of the review queue and of the newer call to flag show it.
pub(super) fn render_flag(call: &Call, report: &Report, flag: &Flag, users: &Users) -> Value {
    let mut shown = json!({
        "id": super::pair(&report.id, flag.user.as_deref().unwrap_or("automod")),
        "type": if flag.user.is_some() { "user_report" } else { "blocklist" },
        "entity_type": report.entity_type,
        "entity_id": report.entity_id,
        "entity_creator_id": report.creator,
        "user_id": flag.user.clone().unwrap_or_default(),
        "reason": flag.reason,
        "custom": flag.custom,
        "result": [],
        "review_queue_item_id": report.id,
        "created_at": call.dialect.time(flag.created_at),
        "updated_at": call.dialect.time(flag.updated_at),
    });
    if let (Some(user), Some(object)) = (flag.user.as_deref().and_then(|id| users.get(id)), shown.as_object_mut()) {
        object.insert("user".to_owned(), user);
    }
    shown
}

/// The team about which a request that names a report asks: the report's. Of one that is not there, whoever may do this in a team of
/// their own is told so.
pub(super) fn team_of(call: &Call, found: Option<&Report>) -> Option<String> {
    found.map_or_else(|| super::own_team(call), |report| report.team(call))
}

/// Adds the report about a message to what a command is about to touch.
pub(in super::super) fn touched(footprint: Footprint, message: &str) -> Footprint {
    footprint.entity(REPORT, id_of(MESSAGE, message))
}

/// The report of this id.
pub(super) async fn by_id(call: &Call, id: &str) -> Result<Option<Report>, StreamError> {
    Ok(documents::several::<Report>(&call.tenant, REPORT, vec![id.to_owned()]).await?.remove(id))
}

/// What to write where block lists found words in a message. The command that stores the message writes it too.
pub(in super::super) async fn automod(
    call: &Call,
    message: &str,
    channel: &ChannelId,
    author: &str,
    text: &str,
    words: &[String],
) -> Result<Vec<DocumentWrite>, StreamError> {
    let before = by_id(call, &id_of(MESSAGE, message)).await?;
    let mut report = before.unwrap_or_else(|| Report::new(call, MESSAGE, message, author));
    report.channel = Some(channel.clone());
    report.text = text.to_owned();
    let custom = Map::from_iter([("words".to_owned(), json!(words))]);
    report.add(Flag { user: None, reason: "blocklist".to_owned(), custom, created_at: call.now, updated_at: call.now });
    Ok(vec![report.write()?])
}
