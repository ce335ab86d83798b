//! The settings of a channel type and of its channels: which there are, their defaults, and how they are read and shown.
//!
//! Settings that decide something (features) are facts of the engine: those that are off. The others are kept in the document and shown.

use std::collections::BTreeSet;

use hallpass::Catalogue;
use serde_json::{Map, Value, json};

use super::super::error::StreamError;
use super::super::fields::{Fields, wrong};
use super::command;

/// Longest message that a channel may allow, in characters; Stream's limit.
const MESSAGE_CHARS: u64 = 20_000;

/// What a setting holds.
enum Kind {
    Flag,
    Number(u64),
    OneOf(&'static [&'static str]),
    Text,
    Commands,
    /// Kept and shown as it came.
    Any,
}

/// A setting that is no feature.
struct Setting {
    name: &'static str,
    kind: Kind,
    /// Shown where it was never set; `None`: not shown then.
    default: fn() -> Option<Value>,
    /// Whether a channel may have its own.
    overridable: bool,
}

const BEHAVIOURS: &[&str] = &["flag", "block", "shadow_block"];

const SETTINGS: &[Setting] = &[
    Setting { name: "automod", kind: Kind::OneOf(&["disabled", "simple", "AI"]), default: || Some(json!("disabled")), overridable: false },
    Setting { name: "automod_behavior", kind: Kind::OneOf(BEHAVIOURS), default: || Some(json!("flag")), overridable: false },
    Setting { name: "max_message_length", kind: Kind::Number(MESSAGE_CHARS), default: || Some(json!(5000)), overridable: true },
    Setting { name: "message_retention", kind: Kind::Text, default: || Some(json!("infinite")), overridable: false },
    Setting { name: "mark_messages_pending", kind: Kind::Flag, default: || Some(json!(false)), overridable: false },
    Setting { name: "skip_last_msg_update_for_system_msgs", kind: Kind::Flag, default: || Some(json!(false)), overridable: false },
    Setting { name: "commands", kind: Kind::Commands, default: || Some(json!(["giphy"])), overridable: true },
    Setting { name: "push_level", kind: Kind::Text, default: || None, overridable: true },
    Setting { name: "blocklist", kind: Kind::Text, default: || None, overridable: true },
    Setting { name: "blocklist_behavior", kind: Kind::OneOf(BEHAVIOURS), default: || None, overridable: true },
    Setting { name: "blocklists", kind: Kind::Any, default: || None, overridable: false },
    Setting { name: "automod_thresholds", kind: Kind::Any, default: || None, overridable: false },
    Setting { name: "chat_preferences", kind: Kind::Any, default: || None, overridable: true },
    Setting { name: "allowed_flag_reasons", kind: Kind::Any, default: || None, overridable: false },
    Setting { name: "partition_size", kind: Kind::Number(u64::MAX), default: || None, overridable: false },
    Setting { name: "partition_ttl", kind: Kind::Text, default: || None, overridable: false },
];

/// Features that a channel may switch for itself.
const OVERRIDABLE_FEATURES: &[&str] = &[
    "typing_events",
    "reactions",
    "replies",
    "quotes",
    "uploads",
    "url_enrichment",
    "user_message_reminders",
    "shared_locations",
    "count_messages",
];

/// Reads the features that a request names: which it switches on, which off.
///
/// # Errors
/// When one is neither true nor false.
pub(in super::super) fn read_features(request: &Fields, catalogue: &Catalogue) -> Result<Vec<(String, bool)>, StreamError> {
    let named = catalogue.features.iter().filter_map(|feature| match request.flag(feature) {
        Ok(None) => None,
        Ok(Some(on)) => Some(Ok((feature.clone(), on))),
        Err(error) => Some(Err(error)),
    });
    named.collect()
}

/// Reads the other settings that a request names into `config`.
///
/// # Errors
/// When one holds what it cannot.
pub(super) fn read_settings(request: &Fields, config: &mut Map<String, Value>) -> Result<(), StreamError> {
    for setting in SETTINGS {
        if let Some(value) = read_setting(request, setting)? {
            config.insert(setting.name.to_owned(), value);
        }
    }
    Ok(())
}

fn read_setting(request: &Fields, setting: &Setting) -> Result<Option<Value>, StreamError> {
    let name = setting.name;
    Ok(match &setting.kind {
        Kind::Flag => request.flag(name)?.map(Value::Bool),
        Kind::Number(most) => request.number(name, 0..=*most)?.map(Value::from),
        Kind::Text => request.text(name)?.map(Value::from),
        Kind::Commands => request.texts(name)?.map(|names| Value::from(command::resolve(&names))),
        Kind::Any => request.value(name).cloned(),
        Kind::OneOf(values) => match request.text(name)? {
            // Typed SDKs write an empty string for "not said".
            None | Some("") => None,
            Some(text) if values.contains(&text) => Some(Value::from(text)),
            Some(other) => {
                let expected = format!("one of {}", values.join(", "));
                return Err(wrong(&request.path(name), &expected, &Value::from(other)));
            }
        },
    })
}

/// What a channel has of its own: features on, features off, other settings.
pub(in super::super) struct Overrides {
    pub(in super::super) features_on: BTreeSet<String>,
    pub(in super::super) features_off: BTreeSet<String>,
    pub(in super::super) settings: Map<String, Value>,
}

/// Reads `config_overrides`, but for `grants`.
///
/// # Errors
/// When it names a setting that channels do not have of their own, or one holds what it cannot.
pub(in super::super) fn read_overrides(request: &Fields, catalogue: &Catalogue) -> Result<Overrides, StreamError> {
    let may = |name: &str| {
        name == "grants"
            || OVERRIDABLE_FEATURES.contains(&name)
            || SETTINGS.iter().any(|setting| setting.overridable && setting.name == name)
    };
    if let Some(name) = request.raw().keys().find(|name| !may(name)) {
        return Err(StreamError::field(&request.path(name), "is no setting that a channel can have of its own"));
    }
    let mut settings = Map::new();
    read_settings(request, &mut settings)?;
    let (on, off): (Vec<_>, Vec<_>) = read_features(request, catalogue)?.into_iter().partition(|(_, on)| *on);
    let names = |features: Vec<(String, bool)>| features.into_iter().map(|(name, _)| name).collect();
    Ok(Overrides { features_on: names(on), features_off: names(off), settings })
}

/// How commands are written: their names, or objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Commands {
    /// In answers to create and update.
    Names,
    /// Everywhere else.
    Objects,
}

/// The settings of a type as they are, with those that were never set.
pub(in super::super) fn render(
    catalogue: &Catalogue,
    is_on: impl Fn(&str) -> bool,
    config: &Map<String, Value>,
    commands: Commands,
) -> Map<String, Value> {
    let mut shown: Map<String, Value> = catalogue.features.iter().map(|feature| (feature.clone(), Value::Bool(is_on(feature)))).collect();
    for setting in SETTINGS {
        if let Some(value) = config.get(setting.name).cloned().or_else(setting.default) {
            shown.insert(setting.name.to_owned(), value);
        }
    }
    if commands == Commands::Objects
        && let Some(names) = shown.get_mut("commands")
    {
        *names = command::render(names);
    }
    shown
}
