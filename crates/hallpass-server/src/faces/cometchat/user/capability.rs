//! `GET /me/permissions`: what CometChat lacks, the answer to "what may I do here?", for whoever asks it about themselves.

use std::collections::BTreeSet;

use hallpass::{ActionLevel, ActionSpec, AlternativeOutcome, LayerView, Question, Resource};
use serde_json::{Map, Value, json};

use crate::faces::cometchat::call::Call;
use crate::faces::cometchat::envelope::Answer;
use crate::faces::cometchat::error::CometError;
use crate::faces::cometchat::group;
use crate::permission_key::{self as keys, Layer, Setting, Settings, Stored};

/// How far a right reaches, from nothing to everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    None,
    Own,
    Some,
    Any,
}

impl Reach {
    const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Own => "own",
            Self::Some => "some",
            Self::Any => "any",
        }
    }
}

/// `GET /me/permissions`, and `?guid=` for a group.
pub(in crate::faces::cometchat) async fn mine(call: Call) -> Result<Answer, CometError> {
    let uid = call.acting_user()?.to_owned();
    let user = call.user(&uid).ok_or_else(|| CometError::no_user(&uid))?;
    let guid = call.query.get("guid").map(str::to_owned);
    let engine = call.tenant.engine();
    let channel = match &guid {
        None => None,
        Some(guid) => Some(group::find_known(&call, guid).await?.fact),
    };

    let role = user.roles.first().cloned().unwrap_or_default();
    let of_role = keys::of_role(&call.tenant, &role).await.map_err(CometError::internal)?;
    let mut narrows = narrowed(Layer::Role, &of_role.settings);
    let mut data = Map::from_iter([("uid".to_owned(), json!(uid)), ("role".to_owned(), json!(role))]);
    data.insert("rolePermissions".to_owned(), values(Layer::Role, None, &[&of_role]));
    if let Some(channel) = &channel {
        let is_owner = channel.owner.as_deref() == Some(uid.as_str());
        let member = engine.member(channel.id.as_str(), &uid).filter(|member| !member.invited);
        data.insert("guid".to_owned(), json!(channel.id.id()));
        data.insert("isOwner".to_owned(), json!(is_owner));
        if let Some(scope) = member.and_then(|member| member.roles.into_iter().next()) {
            let of_group = keys::of_group(&call.tenant, channel.id.id(), &scope).await.map_err(CometError::internal)?;
            let of_app = keys::of_scope(&call.tenant, &scope).await.map_err(CometError::internal)?;
            if !is_owner {
                let mut settings = of_app.settings.clone();
                settings.extend(of_group.settings.clone());
                narrows.extend(narrowed(Layer::Scope, &settings));
            }
            data.insert("scopePermissions".to_owned(), values(Layer::Scope, Some(&scope), &[&of_group, &of_app]));
            data.insert("scope".to_owned(), json!(scope));
        }
    }
    let name = channel.as_ref().map(|channel| channel.id.as_str());
    let actions = engine.profile().catalogue().actions.iter().filter(|action| match name {
        Some(_) => action.level != ActionLevel::App,
        None => action.level != ActionLevel::Channel,
    });
    let reaches = actions.map(|action| (action.name.clone(), Value::from(reach(&call, &uid, action, name, &narrows).word())));
    data.insert("actions".to_owned(), Value::Object(reaches.collect()));
    Ok(Answer::of(data))
}

/// How far an action reaches, on whatever it may be about: in a group, or towards users and in the app.
fn reach(call: &Call, uid: &str, action: &ActionSpec, channel: Option<&str>, narrowed: &BTreeSet<String>) -> Reach {
    let anything = match channel {
        None => Resource::app(),
        Some(name) if action.resource == "Group" => Resource::channel(name),
        Some(name) => Resource::within("", "", name),
    };
    let attributes = [("receiver_type", if channel.is_some() { "group" } else { "user" })];
    let explain = |resource| call.tenant.engine().explain(&Question::new(uid, &action.name, resource).at(call.now).with(&attributes));
    let explanation = explain(anything);
    if explanation.decision.allowed {
        let mut needed = action.any_of.iter().flat_map(|way| &way.all);
        return if needed.any(|permission| narrowed.contains(permission)) { Reach::Some } else { Reach::Any };
    }
    if explanation.standing.iter().any(|standing| standing.refuses) {
        return Reach::None;
    }
    let reach = explanation.layers.iter().filter(|layer| layer.applies).map(of_layer).min().unwrap_or(Reach::None);
    let own = match channel {
        None => Resource::other("", "").owned_by(uid),
        Some(name) if action.resource == "Group" => Resource::channel(name),
        Some(name) => Resource::within("", "", name).owned_by(uid),
    };
    if explain(own).decision.allowed { reach.max(Reach::Own) } else { reach }
}

/// The permissions that lists and modes narrow.
fn narrowed(layer: Layer, settings: &Settings) -> BTreeSet<String> {
    let narrows = |(key, setting): &(&String, &Setting)| {
        let word = setting.word().is_some_and(|word| word == "friends" || (word == "deny" && key.ends_with(".historyBeforeJoin")));
        word || !setting.list().is_empty()
    };
    let gate = |(key, _): (&String, &Setting)| keys::spec(layer, key).map(|(spec, _)| spec.gate().to_owned());
    settings.iter().filter(narrows).filter_map(gate).collect()
}

fn of_layer(layer: &LayerView) -> Reach {
    let of_way = |way: &hallpass::AlternativeView| match way.outcome {
        AlternativeOutcome::Allows => Reach::Any,
        AlternativeOutcome::DemandFails => Reach::Some,
        AlternativeOutcome::ConditionFails | AlternativeOutcome::NotHeld => Reach::None,
    };
    if layer.allows { Reach::Any } else { layer.alternatives.iter().map(of_way).max().unwrap_or(Reach::None) }
}

/// The values that hold, by key: the first that is set, else the default.
fn values(layer: Layer, scope: Option<&str>, stored: &[&Stored]) -> Value {
    let value = |key: &str| stored.iter().find_map(|stored| stored.settings.get(key)).map(keys::Setting::json);
    let default = |in_layer: &keys::InLayer| in_layer.default_of(scope).map_or_else(|| json!([]), Value::from);
    let all = keys::catalogue(layer).map(|(spec, in_layer)| (spec.key.clone(), value(&spec.key).unwrap_or_else(|| default(in_layer))));
    Value::Object(all.collect())
}
