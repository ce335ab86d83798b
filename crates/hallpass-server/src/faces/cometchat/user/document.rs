//! A user as stored beside the facts, and as shown.

use std::collections::{BTreeMap, BTreeSet};

use hallpass::{Relation, RelationKind, Timestamp, User};
use hallpass_store::kind;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::faces::cometchat::call::Call;
use crate::faces::cometchat::documents::{self, seconds};
use crate::faces::cometchat::error::{CometError, Faults};
use crate::faces::cometchat::fields::{Fields, within};
use crate::faces::cometchat::role;
use crate::tenant::Tenant;

/// The member of `metadata` that is for the app and the user alone.
const PRIVATE: &str = "@private";
/// Longest name of a user; CometChat's number.
const NAME_CHARS: usize = 100;
/// Longest avatar, link and status message. A URL that is longer works in no browser.
const TEXT_CHARS: usize = 2_048;
/// Largest metadata in bytes; CometChat's number.
const METADATA_BYTES: usize = 5 * 1024;
/// Most tags, and longest tag; CometChat's numbers.
const TAGS: usize = 25;
const TAG_CHARS: usize = 100;

/// A user, as shown.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::faces::cometchat) struct UserDocument {
    pub(in crate::faces::cometchat) name: String,
    pub(super) avatar: Option<String>,
    pub(super) link: Option<String>,
    pub(super) status_message: Option<String>,
    pub(super) metadata: Option<Map<String, Value>>,
    pub(super) tags: Vec<String>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Option<Timestamp>,
    pub(super) deactivated_at: Option<Timestamp>,
}

impl UserDocument {
    /// Of a user about whom only facts are known.
    pub(super) fn unknown(tenant: &Tenant, uid: &str) -> Self {
        Self { name: uid.to_owned(), created_at: documents::unknown_time(tenant), ..Self::default() }
    }
}

/// What a request sets of a user.
#[derive(Debug, Default)]
pub(super) struct Draft {
    name: Option<String>,
    avatar: Option<String>,
    link: Option<String>,
    status_message: Option<String>,
    metadata: Option<Map<String, Value>>,
    tags: Option<Vec<String>>,
}

impl Draft {
    /// Reads what may be set; notes what is wrong.
    pub(super) fn read(body: &Fields, faults: &mut Faults) -> Self {
        let mut text = |field: &str, most: usize| {
            let read = body.text(field).and_then(|text| text.map(|text| within(field, text, most)).transpose());
            faults.take(read).flatten()
        };
        let name = text("name", NAME_CHARS);
        let (avatar, link, status_message) = (text("avatar", TEXT_CHARS), text("link", TEXT_CHARS), text("statusMessage", TEXT_CHARS));
        let metadata = faults.take(metadata(body)).flatten();
        Self { name, avatar, link, status_message, metadata, tags: faults.take(tags(body)).flatten() }
    }

    /// Whether anything is set.
    pub(super) fn is_empty(&self) -> bool {
        let Self { name, avatar, link, status_message, metadata, tags } = self;
        [name, avatar, link, status_message].iter().all(|text| text.is_none()) && metadata.is_none() && tags.is_none()
    }

    /// Puts it into a document, after what is unset.
    pub(super) fn apply(self, document: &mut UserDocument, unset: &BTreeSet<String>) {
        let kept = |name: &str| !unset.contains(name);
        document.name = self.name.filter(|name| !name.is_empty()).unwrap_or_else(|| std::mem::take(&mut document.name));
        document.avatar = self.avatar.or(document.avatar.take().filter(|_| kept("avatar")));
        document.link = self.link.or(document.link.take().filter(|_| kept("link")));
        document.status_message = self.status_message.or(document.status_message.take());
        document.metadata = self.metadata.or(document.metadata.take().filter(|_| kept("metadata")));
        document.tags = self.tags.unwrap_or_else(|| std::mem::take(&mut document.tags));
    }
}

/// `metadata`: an object, or one written as text, as some clients do.
fn metadata(body: &Fields) -> Result<Option<Map<String, Value>>, CometError> {
    let metadata = match body.value("metadata") {
        Some(Value::String(text)) if text.is_empty() => return Ok(None),
        Some(Value::String(text)) => {
            let wrong = |_| CometError::field("metadata", "The metadata must be an object, or one written as JSON text.");
            let value = crate::json::parse(text.as_bytes()).map_err(wrong)?;
            Some(Fields::of("metadata", value)?)
        }
        _ => body.object("metadata")?,
    };
    let Some(metadata) = metadata.map(Fields::into_raw) else { return Ok(None) };
    let bytes = serde_json::to_string(&metadata).map_err(CometError::internal)?.len();
    if bytes > METADATA_BYTES {
        return Err(CometError::field("metadata", format!("The metadata may have at most {METADATA_BYTES} bytes, got {bytes}.")));
    }
    Ok(Some(metadata))
}

fn tags(body: &Fields) -> Result<Option<Vec<String>>, CometError> {
    let Some(tags) = body.texts("tags")? else { return Ok(None) };
    if tags.len() > TAGS {
        return Err(CometError::field("tags", format!("The tags may be at most {TAGS}, got {}.", tags.len())));
    }
    tags.iter().try_for_each(|tag| within("tags", tag, TAG_CHARS).map(drop))?;
    Ok(Some(tags))
}

/// The document of a user.
pub(super) async fn load(tenant: &Tenant, uid: &str) -> Result<UserDocument, CometError> {
    Ok(documents::one(tenant, kind::USER, uid).await?.unwrap_or_else(|| UserDocument::unknown(tenant, uid)))
}

/// The documents of users, by id, defaults where there is none.
pub(in crate::faces::cometchat) async fn load_all(
    tenant: &Tenant,
    uids: Vec<String>,
) -> Result<BTreeMap<String, UserDocument>, CometError> {
    let mut found: BTreeMap<String, UserDocument> = documents::several(tenant, kind::USER, uids.clone()).await?;
    for uid in uids {
        found.entry(uid.clone()).or_insert_with(|| UserDocument::unknown(tenant, &uid));
    }
    Ok(found)
}

/// Users as the caller sees them, by id; those that there are none of are left out.
pub(in crate::faces::cometchat) async fn render(call: &Call, uids: Vec<String>) -> Result<BTreeMap<String, Value>, CometError> {
    let documents = load_all(&call.tenant, uids).await?;
    let shown = documents.into_iter().filter_map(|(uid, document)| {
        let user = call.tenant.engine().user(&uid)?;
        let value = render_for(call, &user, &document, false);
        Some((uid, value))
    });
    Ok(shown.collect())
}

/// A user as the caller sees them.
pub(in crate::faces::cometchat) fn render_for(call: &Call, user: &User, document: &UserDocument, with_tags: bool) -> Value {
    let viewer = call.caller.user();
    let mut object = Map::new();
    let mut put = |name: &str, value: Option<Value>| object.extend(value.map(|value| (name.to_owned(), value)));
    let text = |text: &Option<String>| text.as_deref().map(Value::from);
    put("uid", Some(Value::from(user.id.as_str())));
    put("name", Some(Value::from(document.name.as_str())));
    put("link", text(&document.link));
    put("avatar", text(&document.avatar));
    put("statusMessage", text(&document.status_message));
    put(
        "metadata",
        document.metadata.clone().map(|mut metadata| {
            // For the app, and for the user.
            if viewer.is_some_and(|viewer| viewer != user.id) {
                metadata.remove(PRIVATE);
            }
            Value::Object(metadata)
        }),
    );
    put("status", Some(json!("offline")));
    put("role", Some(Value::from(user.roles.first().map_or(role::DEFAULT, String::as_str))));
    put("tags", with_tags.then(|| Value::from(document.tags.clone())));
    put("createdAt", Some(json!(seconds(document.created_at))));
    put("updatedAt", document.updated_at.map(|at| json!(seconds(at))));
    put("deactivatedAt", document.deactivated_at.filter(|_| user.deactivated).map(|at| json!(seconds(at))));
    if let Some(viewer) = viewer.filter(|viewer| *viewer != user.id) {
        put("conversationId", Some(Value::from(conversation_id(viewer, &user.id))));
        put("blockedByMe", blocks(&call.tenant, viewer, &user.id).then_some(Value::Bool(true)));
        put("hasBlockedMe", blocks(&call.tenant, &user.id, viewer).then_some(Value::Bool(true)));
    }
    Value::Object(object)
}

/// The id of the conversation of two users: the same for both.
pub(in crate::faces::cometchat) fn conversation_id(one: &str, other: &str) -> String {
    let (first, second) = if one <= other { (one, other) } else { (other, one) };
    format!("{first}_user_{second}")
}

/// Whether one user blocks another.
pub(super) fn blocks(tenant: &Tenant, user: &str, other: &str) -> bool {
    tenant.engine().relation(&relation(RelationKind::Block, user, other)).is_some()
}

/// A relation between two users.
pub(super) fn relation(kind: RelationKind, user: &str, other: &str) -> Relation {
    Relation { kind, user: user.to_owned(), other: Some(other.to_owned()), channel: None, expires_at: None }
}
