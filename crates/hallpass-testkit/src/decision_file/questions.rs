//! The questions of a decision file: who, on what, which actions, and what is expected.

use std::collections::BTreeMap;

use hallpass::{Reason, Timestamp};
use serde::{Deserialize, Deserializer};

use super::forms::{self, Forms, OneOrMany};
use super::moment::Moment;
use super::{Expectation, Expected};
use crate::owned_question::{OwnedQuestion, OwnedResource, OwnedSubject};

/// The id of a resource whose id does not matter.
const ANY_ID: &str = "any";

/// One entry of `expect`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExpectForm {
    #[serde(default)]
    note: String,
    who: OneOrMany<WhoForm>,
    #[serde(default)]
    on: OneOrMany<OnForm>,
    #[serde(default)]
    allow: AllowForm,
    #[serde(default)]
    refuse: BTreeMap<String, OneOrMany<String>>,
    now: Option<Moment>,
    last_posted_at: Option<Moment>,
    #[serde(default)]
    attributes: BTreeMap<String, OneOrMany<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WhoWhole {
    #[serde(default)]
    app: bool,
    #[serde(default)]
    user: String,
    token: Option<String>,
    roles: Option<Vec<String>>,
    teams: Option<Vec<String>>,
    teams_role: Option<BTreeMap<String, String>>,
    channel_roles: Option<Vec<String>>,
    scopes: Option<Vec<String>>,
    client_scopes: Option<Vec<String>>,
    client: Option<String>,
}

#[derive(Debug)]
struct WhoForm(OwnedSubject);

impl Forms for WhoForm {
    type Whole = WhoWhole;
    const EXPECTED: &'static str = "a user id, the word app, or a mapping with what is given of the subject";

    fn whole(whole: WhoWhole) -> Result<Self, String> {
        let WhoWhole { app, user, token, roles, teams, teams_role, channel_roles, scopes, client_scopes, client } = whole;
        Ok(Self(OwnedSubject { is_app: app, user, token, roles, teams, teams_role, channel_roles, scopes, client_scopes, client }))
    }

    fn word(word: &str) -> Result<Self, String> {
        Ok(Self(if word == "app" { OwnedSubject::app() } else { OwnedSubject::user(word) }))
    }
}

impl<'de> Deserialize<'de> for WhoForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        forms::read(deserializer)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OnWhole {
    kind: String,
    id: Option<String>,
    #[serde(rename = "in")]
    channel: Option<String>,
    owner: Option<String>,
    team: Option<String>,
    namespace: Option<String>,
    access: Option<Vec<String>>,
    #[serde(default)]
    hypothetical: bool,
}

#[derive(Debug)]
struct OnForm(OwnedResource);

impl Forms for OnForm {
    type Whole = OnWhole;
    const EXPECTED: &'static str = "the word app, a channel type:id, or a mapping {kind, id, in, owner, …}";

    fn whole(whole: OnWhole) -> Result<Self, String> {
        let OnWhole { kind, id, channel, owner, team, namespace, access, hypothetical } = whole;
        let id = match (id, kind.as_str()) {
            (Some(id), _) => id,
            (None, "app") => String::new(),
            (None, "channel" | "user") => return Err(format!("a resource of the kind {kind} needs its id")),
            (None, _) => ANY_ID.to_owned(),
        };
        Ok(Self(OwnedResource { kind, id, channel, owner, team, namespace, access, hypothetical }))
    }

    fn word(word: &str) -> Result<Self, String> {
        match word {
            "app" => Ok(Self(OwnedResource::app())),
            channel if channel.contains(':') => Ok(Self(OwnedResource::channel(channel))),
            other => Err(format!("'{other}' is not a resource; expected {}", Self::EXPECTED)),
        }
    }
}

impl<'de> Deserialize<'de> for OnForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        forms::read(deserializer)
    }
}

/// Actions that are allowed, by reason.
#[derive(Debug, Default)]
struct AllowForm(BTreeMap<String, OneOrMany<String>>);

impl Forms for AllowForm {
    type Whole = BTreeMap<String, OneOrMany<String>>;
    const EXPECTED: &'static str = "an action, a list of actions, or a mapping from a reason to actions";

    fn whole(whole: Self::Whole) -> Result<Self, String> {
        Ok(Self(whole))
    }

    fn word(action: &str) -> Result<Self, String> {
        Self::list(vec![action.to_owned()])
    }

    fn list(actions: Vec<String>) -> Result<Self, String> {
        Ok(Self(BTreeMap::from([(Reason::Granted.code().to_owned(), OneOrMany(actions))])))
    }
}

impl<'de> Deserialize<'de> for AllowForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        forms::read(deserializer)
    }
}

impl ExpectForm {
    /// The questions of this entry, each with what is expected. `line` is where the entry stands in its file.
    pub(super) fn expectations(self, line: u64, file_now: Timestamp) -> Result<Vec<Expectation>, String> {
        let now = self.now.map_or(file_now, |moment| moment.0);
        let last_posted_at = self.last_posted_at.map(|moment| moment.0);
        let attributes: Vec<(String, String)> =
            self.attributes.into_iter().flat_map(|(name, values)| values.0.into_iter().map(move |value| (name.clone(), value))).collect();
        let asked = verdicts(self.allow.0, true)?.into_iter().chain(verdicts(self.refuse, false)?).collect::<Vec<_>>();
        if asked.is_empty() || self.who.0.is_empty() {
            return Err("the entry asks nothing: it needs `who`, and `allow` or `refuse`".to_owned());
        }
        let resources = if self.on.0.is_empty() { vec![OnForm(OwnedResource::app())] } else { self.on.0 };
        let mut expectations = Vec::new();
        for WhoForm(subject) in &self.who.0 {
            for OnForm(resource) in &resources {
                for (action, expected) in &asked {
                    let question = OwnedQuestion {
                        subject: subject.clone(),
                        action: action.clone(),
                        resource: resource.clone(),
                        now,
                        last_posted_at,
                        attributes: attributes.clone(),
                    };
                    expectations.push(Expectation { line, note: self.note.clone(), question, expected: *expected });
                }
            }
        }
        Ok(expectations)
    }
}

fn verdicts(by_reason: BTreeMap<String, OneOrMany<String>>, allowed: bool) -> Result<Vec<(String, Expected)>, String> {
    let mut verdicts = Vec::new();
    for (code, actions) in by_reason {
        let reason = Reason::from_code(&code).ok_or_else(|| format!("'{code}' is not a reason"))?;
        let expected = Expected { allowed: Expected::is_allowing(reason), reason };
        if expected.allowed != allowed {
            let (here, there) = if allowed { ("allow", "refuse") } else { ("refuse", "allow") };
            return Err(format!("the reason {code} stands under `{here}` but belongs under `{there}`"));
        }
        verdicts.extend(actions.0.into_iter().map(|action| (action, expected)));
    }
    Ok(verdicts)
}
