//! Users, as answers show them.

use std::collections::BTreeMap;

use hallpass::{App, ChannelId, Relation, RelationKind, Timestamp, User};
use serde_json::{Map, Value, json};

use super::super::call::Call;
use super::super::dialect::Dialect;
use super::super::documents::{self, UserDocument};
use super::super::error::StreamError;
use super::super::filter::Row;
use super::super::moderation::ban;
use super::draft::DEFAULT_ROLE;

/// Users that an answer mentions, read once.
pub(in super::super) struct Users(BTreeMap<String, Value>);

impl Users {
    /// Reads and renders the users of these ids. Ids that are nobody's are left out.
    pub(in super::super) async fn of(call: &Call, ids: impl IntoIterator<Item = String>) -> Result<Self, StreamError> {
        let engine = call.tenant.engine();
        let facts: Vec<User> = ids.into_iter().filter_map(|id| engine.user(&id)).collect();
        let documents = documents::users(&call.tenant, facts.iter().map(|user| user.id.clone()).collect()).await?;
        let shadowed = ban::in_shadow(call, facts.iter().map(|user| user.id.as_str()), None).await?;
        let shown = facts.into_iter().map(|fact| {
            let document = documents.get(&fact.id);
            let mut shown = render(call, &fact, document);
            // Whoever is banned in the shadow is not to know.
            if shadowed.contains(&fact.id) && call.caller.user() != Some(&fact.id) {
                shown.insert("shadow_banned".to_owned(), json!(true));
            }
            (fact.id.clone(), Value::Object(shown))
        });
        Ok(Self(shown.collect()))
    }

    /// One of them.
    pub(in super::super) fn get(&self, id: &str) -> Option<Value> {
        self.0.get(id).cloned()
    }
}

/// A user with the fields of all answers.
pub(in super::super) fn render(call: &Call, fact: &User, document: Option<&UserDocument>) -> Map<String, Value> {
    let Parts { document, made } = Parts::of(call, document);
    let time = |at: Timestamp| call.dialect.time(at);
    let mut shown = Map::from_iter([
        ("id".to_owned(), json!(fact.id)),
        ("role".to_owned(), json!(role_of(fact))),
        ("teams".to_owned(), json!(fact.teams)),
        ("created_at".to_owned(), time(document.created_at.max(made))),
        ("updated_at".to_owned(), time(document.updated_at.max(made))),
        ("banned".to_owned(), json!(is_banned(call.tenant.engine(), &fact.id, None, call.now))),
        ("online".to_owned(), json!(!document.invisible && call.is_online(&fact.id))),
        ("invisible".to_owned(), json!(document.invisible)),
        ("language".to_owned(), json!(document.language.unwrap_or_default())),
        ("shadow_banned".to_owned(), json!(false)),
        ("blocked_user_ids".to_owned(), json!([])),
    ]);
    let optional = [
        ("name", document.name.map(Value::from)),
        ("image", document.image.map(Value::from)),
        ("teams_role", (!fact.teams_role.is_empty()).then(|| json!(fact.teams_role))),
        ("privacy_settings", document.privacy_settings),
        ("deactivated_at", document.deactivated_at.filter(|_| fact.deactivated).map(time)),
        ("deleted_at", document.deleted_at.filter(|_| fact.deleted).map(time)),
        ("revoke_tokens_issued_before", document.revoke_tokens_issued_before.filter(|_| call.caller.is_server()).map(time)),
    ];
    shown.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    call.dialect.put_custom(&mut shown, Some(&document.custom));
    shown
}

/// A user with the fields that answers about users add.
pub(super) fn render_full(call: &Call, fact: &User, document: Option<&UserDocument>) -> Value {
    let mut shown = render(call, fact, document);
    let more = [
        ("devices", json!([])),
        ("mutes", json!([])),
        ("channel_mutes", json!([])),
        ("total_unread_count", json!(0)),
        ("unread_count", json!(0)),
        ("unread_channels", json!(0)),
        ("unread_threads", json!(0)),
    ];
    if call.dialect == Dialect::Prefixed {
        shown.extend(more.into_iter().map(|(name, value)| (name.to_owned(), value)));
    }
    Value::Object(shown)
}

/// A user, as filters and sorts see it.
pub(in super::super) fn row(call: &Call, fact: &User, document: Option<&UserDocument>) -> Row {
    let banned = is_banned(call.tenant.engine(), &fact.id, None, call.now);
    let Parts { document, made } = Parts::of(call, document);
    let mut row = document.custom;
    row.extend([
        ("id".to_owned(), json!(fact.id)),
        ("role".to_owned(), json!(role_of(fact))),
        ("teams".to_owned(), json!(fact.teams)),
        ("name".to_owned(), json!(document.name)),
        ("image".to_owned(), json!(document.image)),
        ("language".to_owned(), json!(document.language)),
        ("banned".to_owned(), json!(banned)),
        ("created_at".to_owned(), json!(document.created_at.max(made))),
        ("updated_at".to_owned(), json!(document.updated_at.max(made))),
        ("deactivated_at".to_owned(), json!(document.deactivated_at)),
    ]);
    row
}

struct Parts {
    document: UserDocument,
    made: Timestamp,
}

impl Parts {
    fn of(call: &Call, document: Option<&UserDocument>) -> Self {
        let made = if document.is_some() { Timestamp(0) } else { documents::unknown_time(&call.tenant) };
        Self { document: document.cloned().unwrap_or_default(), made }
    }
}

fn role_of(fact: &User) -> &str {
    fact.roles.first().map_or(DEFAULT_ROLE, String::as_str)
}

/// Whether a user is banned now: from a channel, or from the app.
pub(in super::super) fn is_banned(engine: &App, user: &str, channel: Option<&ChannelId>, now: Timestamp) -> bool {
    ban_of(engine, user, channel, now).is_some()
}

/// The ban of a user that holds now: from a channel, or from the app.
pub(in super::super) fn ban_of(engine: &App, user: &str, channel: Option<&ChannelId>, now: Timestamp) -> Option<Relation> {
    let wanted = Relation { kind: RelationKind::Ban, user: user.to_owned(), other: None, channel: channel.cloned(), expires_at: None };
    engine.relation(&wanted).filter(|ban| ban.expires_at.is_none_or(|end| now < end))
}
