//! Moderation configs: what is to be done with messages that hold words of block lists, for all channels (`chat`), those of a type
//! (`chat:messaging`) or one (`chat:messaging:general`).
//!
//! Stream's configs also steer filters that read meaning out of texts and images. There are none here: such parts are kept and shown.

use std::collections::BTreeMap;

use hallpass::{Channel, Timestamp};
use hallpass_store::DocumentWrite;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::super::call::{Answer, Call};
use super::super::documents;
use super::super::error::StreamError;
use super::super::fields::Fields;
use super::super::filter::{Filter, Row};
use super::super::sort::{Page, Sort};
use super::screen::Behaviour;
use super::{app_of, own_team};
use crate::lock::Footprint;

/// Kind of documents with moderation configs.
const CONFIG: &str = "moderation_config";
/// Longest key, in characters.
const KEY_CHARS: usize = 255;
/// Most configs in an answer.
const LIMIT: u64 = 100;
/// Parts of a config that are kept.
const PARTS: &[&str] = &[
    "ai_audio_config",
    "ai_image_config",
    "ai_text_config",
    "ai_video_config",
    "automod_platform_circumvention_config",
    "automod_semantic_filters_config",
    "automod_toxicity_config",
    "block_list_config",
    "flood_config",
    "llm_config",
    "velocity_filter_config",
    "video_call_rule_config",
];

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
struct Config {
    key: String,
    team: String,
    is_async: bool,
    parts: Map<String, Value>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl Config {
    fn render(&self, call: &Call) -> Value {
        let mut shown = self.parts.clone();
        shown.extend([
            ("key".to_owned(), json!(self.key)),
            ("team".to_owned(), json!(self.team)),
            ("async".to_owned(), json!(self.is_async)),
            ("supported_video_call_harm_types".to_owned(), json!([])),
            ("created_at".to_owned(), call.dialect.time(self.created_at)),
            ("updated_at".to_owned(), call.dialect.time(self.updated_at)),
        ]);
        Value::Object(shown)
    }
}

/// `POST /moderation/config`
pub(in super::super) async fn upsert(call: Call) -> Result<Answer, StreamError> {
    let key = call.body.required_text("key")?.to_owned();
    if key.chars().count() > KEY_CHARS {
        return Err(StreamError::field("key", format!("has at most {KEY_CHARS} characters")));
    }
    let team = call.body.text("team")?.unwrap_or_default().to_owned();
    let edit = call.edit(Footprint::facts().entity(CONFIG, id(&key, &team))).await?;
    call.permit("UpsertModerationConfig", app_of(named(&team)))?;
    rules(&call.body)?;
    let before = one(&call, &key, &team).await?;
    let mut parts = before.as_ref().map(|config| config.parts.clone()).unwrap_or_default();
    for part in PARTS {
        if let Some(value) = call.body.object(part)? {
            parts.insert((*part).to_owned(), Value::Object(value.raw().clone()));
        }
    }
    let config = Config {
        is_async: call.body.flag("async")?.unwrap_or(false),
        parts,
        created_at: before.map_or(call.now, |config| config.created_at),
        updated_at: call.now,
        key: key.clone(),
        team: team.clone(),
    };
    call.commit(edit, Vec::new(), vec![documents::put(CONFIG, &id(&key, &team), &config)?]).await?;
    Ok(Answer::from_iter([("config".to_owned(), config.render(&call))]))
}

/// `GET /moderation/config/{key}`
pub(in super::super) async fn get(call: Call) -> Result<Answer, StreamError> {
    let (key, team) = (call.path("key")?, team_asked(&call));
    call.permit("ReadModerationConfig", app_of(readers(&call, &team).as_deref()))?;
    let config = existing(&call, key, &team).await?;
    Ok(Answer::from_iter([("config".to_owned(), config.render(&call))]))
}

/// `DELETE /moderation/config/{key}`
pub(in super::super) async fn delete(call: Call) -> Result<Answer, StreamError> {
    let (key, team) = (call.path("key")?.to_owned(), team_asked(&call));
    let edit = call.edit(Footprint::facts().entity(CONFIG, id(&key, &team))).await?;
    call.permit("DeleteModerationConfig", app_of(named(&team)))?;
    existing(&call, &key, &team).await?;
    call.commit(edit, Vec::new(), vec![DocumentWrite::delete(CONFIG, id(&key, &team))]).await?;
    Ok(Answer::new())
}

/// `POST /moderation/configs`
pub(in super::super) async fn query(call: Call) -> Result<Answer, StreamError> {
    let conditions = call.body.value("filter").cloned().unwrap_or_else(|| json!({}));
    let filter = Filter::read("filter", &conditions)?;
    let sort = Sort::read(&call.body, &[("key", false)])?;
    let page = Page::read(&call.body, LIMIT, LIMIT)?;
    call.permit("ReadModerationConfig", app_of(own_team(&call).as_deref()))?;
    let all: BTreeMap<String, Config> = documents::scan(&call.tenant, CONFIG, "").await?;
    let mut rows = Vec::new();
    for config in all.into_values() {
        let row = Row::from_iter([
            ("key".to_owned(), json!(config.key)),
            ("team".to_owned(), json!(config.team)),
            ("created_at".to_owned(), json!(config.created_at)),
            ("updated_at".to_owned(), json!(config.updated_at)),
        ]);
        if filter.accepts(&row) && call.may("ReadModerationConfig", app_of(readers(&call, &config.team).as_deref())) {
            rows.push((row, config));
        }
    }
    let shown: Vec<Value> = page.of(rows, &sort).iter().map(|config| config.render(&call)).collect();
    Ok(Answer::from_iter([("configs".to_owned(), Value::Array(shown))]))
}

/// The block lists that a config names for a channel, with what is to be done. The narrowest config that there is counts alone: of those
/// of the channel's team, or where that has none, of the app's.
pub(super) async fn lists_for(call: &Call, channel: &Channel) -> Result<Vec<(String, Behaviour)>, StreamError> {
    let keys = [format!("chat:{}", channel.id), format!("chat:{}", channel.id.channel_type()), "chat".to_owned()];
    let teams = channel.team.as_deref().into_iter().chain([""]);
    let ids: Vec<String> = teams.flat_map(|team| keys.iter().map(move |key| id(key, team))).collect();
    let found = documents::several::<Config>(&call.tenant, CONFIG, ids.clone()).await?;
    let Some(config) = ids.iter().find_map(|id| found.get(id)) else { return Ok(Vec::new()) };
    let Some(lists) = config.parts.get("block_list_config") else { return Ok(Vec::new()) };
    if lists.get("enabled") == Some(&Value::Bool(false)) {
        return Ok(Vec::new());
    }
    let rules = lists.get("rules").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let text = |rule: &Value, name: &str| rule.get(name).and_then(Value::as_str).map(str::to_owned);
    Ok(rules.iter().filter_map(|rule| Some((text(rule, "name")?, Behaviour::of_action(&text(rule, "action")?)?))).collect())
}

/// Checks the rules about block lists, the only ones that do something.
fn rules(body: &Fields) -> Result<(), StreamError> {
    let Some(config) = body.object("block_list_config")? else { return Ok(()) };
    config.flag("enabled")?;
    for rule in config.objects("rules")?.unwrap_or_default() {
        rule.required_text("name")?;
        let action = rule.required_text("action")?;
        if Behaviour::of_action(action).is_none() {
            return Err(StreamError::field(
                &rule.path("action"),
                format!("expected one of {}, got '{action}'", super::screen::ACTIONS.join(", ")),
            ));
        }
    }
    Ok(())
}

fn id(key: &str, team: &str) -> String {
    super::pair(key, team)
}

fn team_asked(call: &Call) -> String {
    call.query.get("team").unwrap_or_default().to_owned()
}

async fn one(call: &Call, key: &str, team: &str) -> Result<Option<Config>, StreamError> {
    let id = id(key, team);
    Ok(documents::several::<Config>(&call.tenant, CONFIG, vec![id.clone()]).await?.remove(&id))
}

/// A team, where one is named.
fn named(team: &str) -> Option<&str> {
    Some(team).filter(|team| !team.is_empty())
}

/// In which team a config is read. One of no team counts in all of them, and is read by whoever may in a team of their own.
fn readers(call: &Call, team: &str) -> Option<String> {
    named(team).map(str::to_owned).or_else(|| own_team(call))
}

/// The config of this key and team. Whether it is there is told only to those who may ask.
async fn existing(call: &Call, key: &str, team: &str) -> Result<Config, StreamError> {
    let config = one(call, key, team).await?;
    config.ok_or_else(|| StreamError::not_found(format!("moderation config '{key}' does not exist")))
}
