//! Channels, as answers and filters see them.

use std::collections::BTreeMap;

use hallpass::{Channel, ChannelType, Timestamp};
use serde_json::{Map, Value, json};

use super::super::call::Call;
use super::super::capabilities::Own;
use super::super::channel_type::config::{self, Commands};
use super::super::documents::{self, CHANNEL_TYPE, ChannelDocument, ChannelTypeDocument};
use super::super::error::StreamError;
use super::super::filter::Row;
use super::super::grants;
use super::super::user::render::Users;

/// The channel types, read once for an answer.
pub(super) struct Types(BTreeMap<String, (ChannelType, ChannelTypeDocument)>);

impl Types {
    /// Reads them.
    pub(super) async fn of(call: &Call) -> Result<Self, StreamError> {
        let mut documents = documents::all::<ChannelTypeDocument>(&call.tenant, CHANNEL_TYPE).await?;
        let made = documents::unknown_time(&call.tenant);
        let unwritten = || ChannelTypeDocument { created_at: made, updated_at: made, ..ChannelTypeDocument::default() };
        let with_document = |fact: ChannelType| {
            let document = documents.remove(&fact.name).unwrap_or_else(unwritten);
            (fact.name.clone(), (fact, document))
        };
        Ok(Self(call.tenant.engine().channel_types().into_iter().map(with_document).collect()))
    }

    /// Whether a feature is on in a channel.
    pub(super) fn is_on(&self, channel: &Channel, feature: &str) -> bool {
        let off_in_type = self.0.get(channel.id.channel_type()).is_some_and(|(fact, _)| fact.features_off.contains(feature));
        !channel.features_off.contains(feature) && (channel.features_on.contains(feature) || !off_in_type)
    }

    /// The settings of a channel: those of its type, its own over them, and its modifiers as they were set.
    fn config(&self, call: &Call, channel: &Channel, document: &ChannelDocument) -> Value {
        let Some((fact, of_type)) = self.0.get(channel.id.channel_type()) else { return json!({}) };
        let mut settings = of_type.config.clone();
        settings.extend(document.overrides.clone());
        let catalogue = call.tenant.engine().profile().catalogue();
        let mut shown = config::render(catalogue, |feature| self.is_on(channel, feature), &settings, Commands::Objects);
        shown.insert("name".to_owned(), json!(fact.name));
        shown.insert("created_at".to_owned(), call.dialect.time(of_type.created_at));
        shown.insert("updated_at".to_owned(), call.dialect.time(of_type.updated_at));
        if let Some(modifiers) = grants::render_modifiers(&channel.modifiers) {
            shown.insert("grants".to_owned(), modifiers);
        }
        Value::Object(shown)
    }
}

/// A channel with what is noted about it.
pub(super) struct Shown {
    pub(super) fact: Channel,
    pub(super) document: ChannelDocument,
    pub(super) member_count: u64,
}

impl Shown {
    /// As answers show it to `acting` (see [`Call::shown_to`]).
    pub(super) fn render(&self, call: &Call, types: &Types, users: &Users, acting: Option<&str>) -> Value {
        let Self { fact, document, member_count } = self;
        let time = |at: Timestamp| call.dialect.time(at);
        // The back end acting for nobody has none.
        let own = call.shown_to(acting).map(|subject| Own::of(&call.tenant, &subject, &fact.id, call.now).words());
        let mut shown = Map::from_iter([
            ("id".to_owned(), json!(fact.id.id())),
            ("type".to_owned(), json!(fact.id.channel_type())),
            ("cid".to_owned(), json!(fact.id)),
            ("created_at".to_owned(), time(document.created_at)),
            ("updated_at".to_owned(), time(document.updated_at)),
            ("frozen".to_owned(), json!(fact.frozen)),
            ("disabled".to_owned(), json!(fact.disabled)),
            ("hidden".to_owned(), json!(false)),
            ("member_count".to_owned(), json!(member_count)),
            ("config".to_owned(), types.config(call, fact, document)),
            ("own_capabilities".to_owned(), json!(own.unwrap_or_default())),
        ]);
        let optional = [
            ("created_by", fact.owner.as_deref().and_then(|owner| users.get(owner))),
            ("team", fact.team.as_deref().map(Value::from)),
            ("cooldown", (fact.cooldown_s > 0).then(|| json!(fact.cooldown_s))),
            ("last_message_at", document.last_message_at.map(time)),
            ("truncated_at", document.truncated_at.map(time)),
            ("deleted_at", document.deleted_at.filter(|_| fact.deleted).map(time)),
            ("filter_tags", (!document.filter_tags.is_empty()).then(|| json!(document.filter_tags))),
        ];
        shown.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        for (name, value) in &document.shown {
            shown.entry(name.as_str()).or_insert_with(|| value.clone());
        }
        call.dialect.put_custom(&mut shown, Some(&document.custom));
        Value::Object(shown)
    }

    /// As filters and sorts see it. `members` are those that a filter may ask about.
    pub(super) fn row(&self, members: Vec<String>) -> Row {
        let Self { fact, document, member_count } = self;
        let mut row = document.custom.clone();
        let more = json!({
            "cid": fact.id,
            "id": fact.id.id(),
            "type": fact.id.channel_type(),
            "created_by_id": fact.owner,
            "frozen": fact.frozen,
            "disabled": fact.disabled,
            "hidden": false,
            "team": fact.team,
            "cooldown": fact.cooldown_s,
            "members": members,
            "member_count": member_count,
            "filter_tags": document.filter_tags,
            "created_at": document.created_at,
            "updated_at": document.updated_at,
            "last_message_at": document.last_message_at,
            "last_updated": document.last_message_at.unwrap_or(document.created_at),
        });
        if let Value::Object(more) = more {
            row.extend(more);
        }
        row
    }
}
