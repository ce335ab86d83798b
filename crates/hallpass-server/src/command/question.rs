//! A question in words of the command line: `ben CreateMessage messaging:general`.

use anyhow::{bail, ensure};
use clap::Args;
use serde_json::{Map, Value, json};

#[derive(Args, Clone)]
pub(crate) struct QuestionArguments {
    /// Who: a user's id, or `app` with --as-app
    #[arg(required_unless_present = "file")]
    subject: Option<String>,
    /// What: an action, such as CreateMessage
    #[arg(required_unless_present = "file")]
    action: Option<String>,
    /// On what: a channel (`messaging:general`), anything else as `KIND/ID` (`message/m-1`, `user/zoe`), or `app`
    #[arg(default_value = "app")]
    resource: String,
    /// The channel that the resource lies in
    #[arg(long = "in", value_name = "CHANNEL")]
    channel: Option<String>,
    /// The user who owns the resource
    #[arg(long, value_name = "USER")]
    owner: Option<String>,
    /// The team of the resource
    #[arg(long)]
    team: Option<String>,
    /// A user role of the subject, instead of those that the server knows; may be repeated
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<String>,
    /// A team of the subject, instead of those that the server knows; may be repeated
    #[arg(long = "subject-team", value_name = "TEAM")]
    teams: Vec<String>,
    /// A channel role of the subject, instead of those that the server knows; may be repeated
    #[arg(long = "channel-role", value_name = "ROLE")]
    channel_roles: Vec<String>,
    /// The token that the subject comes with (its id)
    #[arg(long, value_name = "ID")]
    token: Option<String>,
    /// A scope of the subject's token, instead of those that the server knows; may be repeated
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// An attribute for conditions; may be repeated
    #[arg(long = "attribute", value_name = "NAME=VALUE")]
    attributes: Vec<String>,
    /// The channel need not exist
    #[arg(long)]
    hypothetical: bool,
    /// When: RFC 3339 [default: now]
    #[arg(long)]
    time: Option<String>,
    /// Ask only a world that has seen this revision
    #[arg(long, value_name = "REVISION")]
    at_least: Option<u64>,
    /// Ask as the app itself, with its server key
    #[arg(long)]
    as_app: bool,
}

impl QuestionArguments {
    /// The question as the server reads it.
    pub(crate) fn to_json(&self) -> anyhow::Result<Value> {
        let (Some(subject), Some(action)) = (&self.subject, &self.action) else { bail!("who and what? see --help") };
        let mut given = Map::new();
        put(&mut given, "roles", &self.roles);
        put(&mut given, "teams", &self.teams);
        put(&mut given, "channel_roles", &self.channel_roles);
        put(&mut given, "scopes", &self.scopes);
        put_one(&mut given, "token", self.token.as_ref());
        let (kind, id) = resource(&self.resource)?;
        let mut facts = Map::new();
        put_one(&mut facts, "channel", self.channel.as_ref());
        put_one(&mut facts, "owner", self.owner.as_ref());
        put_one(&mut facts, "team", self.team.as_ref());
        put_one(&mut facts, "hypothetical", self.hypothetical.then_some(true));
        let mut context = Map::new();
        put_one(&mut context, "time", self.time.as_ref());
        put_one(&mut context, "at_least", self.at_least);
        if !self.attributes.is_empty() {
            context.insert("attributes".to_owned(), attributes(&self.attributes)?);
        }
        Ok(json!({
            "subject": {"type": if self.as_app { "app" } else { "user" }, "id": subject, "properties": given},
            "action": {"name": action},
            "resource": {"type": kind, "id": id, "properties": facts},
            "context": context,
        }))
    }
}

/// `app`; `KIND/ID`; or a channel, which has a `:` before any `/`.
fn resource(text: &str) -> anyhow::Result<(&str, &str)> {
    if text == "app" {
        return Ok(("app", "app"));
    }
    match text.split_once('/') {
        Some((kind, id)) if !kind.contains(':') => {
            ensure!(!kind.is_empty() && !id.is_empty(), "'{text}': expected KIND/ID with both parts, such as message/m-1");
            Ok((kind, id))
        }
        _ if text.contains(':') => Ok(("channel", text)),
        _ => bail!("'{text}': expected a channel (TYPE:ID), KIND/ID, or app"),
    }
}

fn attributes(pairs: &[String]) -> anyhow::Result<Value> {
    let mut attributes = Map::new();
    for pair in pairs {
        let Some((name, value)) = pair.split_once('=') else { bail!("--attribute '{pair}': expected NAME=VALUE") };
        let values = attributes.entry(name).or_insert_with(|| json!([]));
        if let Some(values) = values.as_array_mut() {
            values.push(json!(value));
        }
    }
    Ok(Value::Object(attributes))
}

fn put(map: &mut Map<String, Value>, key: &str, values: &[String]) {
    if !values.is_empty() {
        map.insert(key.to_owned(), json!(values));
    }
}

fn put_one(map: &mut Map<String, Value>, key: &str, value: Option<impl serde::Serialize>) {
    if let Some(value) = value {
        map.insert(key.to_owned(), json!(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_told_apart() {
        assert_eq!(resource("app").unwrap(), ("app", "app"));
        assert_eq!(resource("messaging:general").unwrap(), ("channel", "messaging:general"));
        assert_eq!(resource("messaging:a/b").unwrap(), ("channel", "messaging:a/b"));
        assert_eq!(resource("message/m:1").unwrap(), ("message", "m:1"));
        assert_eq!(resource("general").unwrap_err().to_string(), "'general': expected a channel (TYPE:ID), KIND/ID, or app");
        assert!(resource("message/").is_err());
    }
}
