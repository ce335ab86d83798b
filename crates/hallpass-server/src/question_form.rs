//! A question as JSON: AuthZEN's subject, action, resource and context, with the properties that Hallpass understands.
//!
//! Properties are facts for this one question. Those that Hallpass knows by name (`roles`, `teams`, `owner`, …) replace what the world
//! holds; any other becomes an attribute for `one_of` conditions: `subject.NAME`, `resource.NAME`, `action.NAME`.

mod entity;

use hallpass::{GivenSubject, Question, Resource, Revision, Subject, Timestamp};

use crate::json::{Node, Object};

use self::entity::{Entity, attribute, pairs, text, texts, time, truth};

/// A question that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {}", match .found { Some(found) => format!("expected {expected}, found {found}"), None => format!("missing; expected {expected}") })]
pub struct FormError {
    /// Where, as in `subject.properties.roles`.
    pub field: String,
    /// What would be accepted.
    pub expected: &'static str,
    /// What was there; `None` if nothing.
    pub found: Option<String>,
}

impl FormError {
    pub(crate) fn missing(field: impl Into<String>, expected: &'static str) -> Self {
        Self { field: field.into(), expected, found: None }
    }

    pub(crate) fn found(field: impl Into<String>, expected: &'static str, value: &Node<'_>) -> Self {
        const SHOWN_CHARS: usize = 60;
        let text = value.to_value().to_string();
        let mut shown: String = text.chars().take(SHOWN_CHARS).collect();
        if shown.len() < text.len() {
            shown.push('…');
        }
        Self { field: field.into(), expected, found: Some(shown) }
    }
}

/// The four parts of a question, each where it was said.
#[derive(Debug, Clone, Copy, Default)]
pub struct Parts<'v> {
    /// Who.
    pub subject: Option<&'v Node<'v>>,
    /// What.
    pub action: Option<&'v Node<'v>>,
    /// On what.
    pub resource: Option<&'v Node<'v>>,
    /// When, and what else is known.
    pub context: Option<&'v Node<'v>>,
}

impl<'v> Parts<'v> {
    /// The parts that an object holds. `null` counts as absent.
    pub fn of(object: &'v Object<'v>) -> Self {
        let part = |name| object.get(name).filter(|value| !value.is_null());
        Self { subject: part("subject"), action: part("action"), resource: part("resource"), context: part("context") }
    }

    /// These parts, each missing one taken whole from `defaults`.
    #[must_use]
    pub fn or(self, defaults: Self) -> Self {
        Self {
            subject: self.subject.or(defaults.subject),
            action: self.action.or(defaults.action),
            resource: self.resource.or(defaults.resource),
            context: self.context.or(defaults.context),
        }
    }
}

/// A question, read. It borrows from the body.
#[derive(Debug, Clone, Default)]
pub struct QuestionForm<'v> {
    subject: SubjectForm<'v>,
    /// Name of the action.
    pub action: &'v str,
    resource: ResourceForm<'v>,
    /// The time that the caller says it is.
    now: Option<Timestamp>,
    last_posted_at: Option<Timestamp>,
    attributes: Vec<(String, String)>,
    /// The world must have seen this revision.
    pub at_least: Option<Revision>,
}

#[derive(Debug, Clone, Default)]
struct SubjectForm<'v> {
    is_app: bool,
    user: &'v str,
    token: Option<&'v str>,
    roles: Option<Vec<&'v str>>,
    teams: Option<Vec<&'v str>>,
    teams_role: Option<Vec<(&'v str, &'v str)>>,
    channel_roles: Option<Vec<&'v str>>,
    scopes: Option<Vec<&'v str>>,
    client_scopes: Option<Vec<&'v str>>,
    client: Option<&'v str>,
}

#[derive(Debug, Clone, Default)]
struct ResourceForm<'v> {
    kind: &'v str,
    id: &'v str,
    channel: Option<&'v str>,
    owner: Option<&'v str>,
    team: Option<&'v str>,
    namespace: Option<&'v str>,
    access: Option<Vec<&'v str>>,
    hypothetical: bool,
}

impl<'v> QuestionForm<'v> {
    /// Reads a whole question.
    ///
    /// # Errors
    /// When a part is missing, or something that Hallpass understands is of the wrong kind.
    pub fn read(parts: Parts<'v>) -> Result<Self, FormError> {
        let mut form = Self { ..Self::default() };
        form.read_subject(parts.subject)?;
        form.read_action(parts.action)?;
        form.read_resource(parts.resource)?;
        form.read_context(parts.context)?;
        Ok(form)
    }

    /// Reads who and on what, without an action: what `capabilities` asks.
    ///
    /// # Errors
    /// As for [`QuestionForm::read`].
    pub fn read_without_action(parts: Parts<'v>) -> Result<Self, FormError> {
        let mut form = Self { ..Self::default() };
        form.read_subject(parts.subject)?;
        form.read_resource(parts.resource)?;
        form.read_context(parts.context)?;
        Ok(form)
    }

    fn read_subject(&mut self, part: Option<&'v Node<'v>>) -> Result<(), FormError> {
        let subject = Entity::read("subject", part)?;
        let kind = subject.text("type")?;
        let id = subject.text("id")?;
        let form = &mut self.subject;
        match kind {
            "user" => form.user = id,
            "app" => form.is_app = true,
            // Other kinds of subjects are none that Hallpass knows: nobody, who holds nothing.
            _ => return Ok(()),
        }
        for (name, value) in subject.properties()? {
            let field = || format!("subject.properties.{name}");
            match name {
                "role" | "roles" => form.roles = Some(texts(field, value)?),
                "teams" => form.teams = Some(texts(field, value)?),
                "teams_role" => form.teams_role = Some(pairs(field, value)?),
                "channel_role" | "channel_roles" => form.channel_roles = Some(texts(field, value)?),
                "scopes" => form.scopes = Some(texts(field, value)?),
                "client_scopes" => form.client_scopes = Some(texts(field, value)?),
                "client" => form.client = Some(text(field, value)?),
                "token" => form.token = Some(text(field, value)?),
                _ => attribute(&mut self.attributes, "subject.", name, value),
            }
        }
        Ok(())
    }

    fn read_action(&mut self, part: Option<&'v Node<'v>>) -> Result<(), FormError> {
        let action = Entity::read("action", part)?;
        self.action = action.text("name")?;
        for (name, value) in action.properties()? {
            attribute(&mut self.attributes, "action.", name, value);
        }
        Ok(())
    }

    fn read_resource(&mut self, part: Option<&'v Node<'v>>) -> Result<(), FormError> {
        let resource = Entity::read("resource", part)?;
        let form = &mut self.resource;
        form.kind = resource.text("type")?;
        form.id = resource.text("id")?;
        for (name, value) in resource.properties()? {
            let field = || format!("resource.properties.{name}");
            match name {
                "channel" => form.channel = Some(text(field, value)?),
                "owner" => form.owner = Some(text(field, value)?),
                "team" => form.team = Some(text(field, value)?),
                "namespace" => form.namespace = Some(text(field, value)?),
                "access" => form.access = Some(texts(field, value)?),
                "hypothetical" => form.hypothetical = truth(field, value)?,
                _ => attribute(&mut self.attributes, "resource.", name, value),
            }
        }
        Ok(())
    }

    fn read_context(&mut self, part: Option<&'v Node<'v>>) -> Result<(), FormError> {
        let Some(part) = part else { return Ok(()) };
        let Some(context) = part.as_object() else { return Err(FormError::found("context", "an object", part)) };
        for (name, value) in context.iter().filter(|(_, value)| !value.is_null()) {
            let field = || format!("context.{name}");
            match name {
                "time" => self.now = Some(time(field, value)?),
                "last_posted_at" => self.last_posted_at = Some(time(field, value)?),
                "at_least" => {
                    let revision = value.as_u64().ok_or_else(|| FormError::found(field(), "a revision (a whole number)", value))?;
                    self.at_least = Some(Revision(revision));
                }
                "attributes" => {
                    let Some(attributes) = value.as_object() else { return Err(FormError::found(field(), "an object", value)) };
                    for (name, value) in attributes.iter() {
                        attribute(&mut self.attributes, "", name, value);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The attributes, as a question wants them.
    pub fn attribute_pairs(&self) -> Vec<(&str, &str)> {
        self.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    /// The question. `server_now` counts where the caller said no time.
    pub fn question<'f>(&'f self, server_now: Timestamp, attributes: &'f [(&'f str, &'f str)]) -> Question<'f> {
        Question {
            subject: self.subject(),
            action: self.action,
            resource: self.resource(),
            now: self.now.unwrap_or(server_now),
            last_posted_at: self.last_posted_at,
            attributes,
        }
    }

    /// Who asks.
    pub fn subject(&self) -> Subject<'_> {
        let form = &self.subject;
        Subject {
            is_app: form.is_app,
            user: form.user,
            token: form.token,
            given: GivenSubject {
                roles: form.roles.as_deref(),
                teams: form.teams.as_deref(),
                teams_role: form.teams_role.as_deref(),
                channel_roles: form.channel_roles.as_deref(),
                scopes: form.scopes.as_deref(),
                client_scopes: form.client_scopes.as_deref(),
                client: form.client,
            },
        }
    }

    /// What is acted on.
    pub fn resource(&self) -> Resource<'_> {
        let form = &self.resource;
        Resource {
            kind: form.kind,
            id: form.id,
            channel: form.channel,
            owner: form.owner,
            team: form.team,
            namespace: form.namespace,
            access: form.access.as_deref(),
            hypothetical: form.hypothetical,
        }
    }

    /// When, where the caller said so.
    pub fn now(&self) -> Option<Timestamp> {
        self.now
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read<'v>(value: &'v Node<'v>) -> Result<QuestionForm<'v>, FormError> {
        QuestionForm::read(Parts::of(value.as_object().unwrap()))
    }

    #[test]
    fn everything_that_can_be_said_is_heard() {
        let body = json!({
            "subject": {"type": "user", "id": "bob", "properties": {
                "role": "admin", "teams": ["red", "blue"], "teams_role": {"red": "boss"}, "channel_roles": [], "scopes": ["chats--all:ro"],
                "client_scopes": "x", "client": "c-1", "token": "t-1", "department": "sales", "nothing": null}},
            "action": {"name": "delete", "properties": {"soft": true}},
            "resource": {"type": "message", "id": "m-1", "properties": {
                "channel": "messaging:general", "owner": "ana", "team": "", "namespace": "n", "access": ["0"], "hypothetical": true, "size": 3}},
            "context": {"time": "2025-06-27T18:03-07:00", "last_posted_at": 5, "at_least": 7, "ip": "192.168.1.1",
                "attributes": {"tag": ["a", "b"], "tree": {"deep": 1}}},
            "future": 1,
        });
        let body = Node::from(&body);
        let form = read(&body).unwrap();
        let attributes = form.attribute_pairs();
        let question = form.question(Timestamp(0), &attributes);
        assert_eq!(
            question,
            Question {
                subject: Subject {
                    is_app: false,
                    user: "bob",
                    token: Some("t-1"),
                    given: GivenSubject {
                        roles: Some(&["admin"]),
                        teams: Some(&["red", "blue"]),
                        teams_role: Some(&[("red", "boss")]),
                        channel_roles: Some(&[]),
                        scopes: Some(&["chats--all:ro"]),
                        client_scopes: Some(&["x"]),
                        client: Some("c-1"),
                    },
                },
                action: "delete",
                resource: Resource {
                    kind: "message",
                    id: "m-1",
                    channel: Some("messaging:general"),
                    owner: Some("ana"),
                    team: Some(""),
                    namespace: Some("n"),
                    access: Some(&["0"]),
                    hypothetical: true,
                },
                now: Timestamp(1_751_072_580_000),
                last_posted_at: Some(Timestamp(5)),
                attributes: &[("subject.department", "sales"), ("action.soft", "true"), ("resource.size", "3"), ("tag", "a"), ("tag", "b"),],
            }
        );
        assert_eq!(form.at_least, Some(Revision(7)));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let whole =
            json!({"subject": {"type": "user", "id": "ana"}, "action": {"name": "read"}, "resource": {"type": "record", "id": "r"}});
        let refusal = |pointer: &str, value: Value| {
            let mut body = whole.clone();
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            let parent = body.pointer_mut(parent).unwrap().as_object_mut().unwrap();
            parent.insert(key.to_owned(), value);
            read(&Node::from(&body)).unwrap_err().to_string()
        };
        assert_eq!(refusal("/subject", Value::Null), "subject: missing; expected an object");
        assert_eq!(refusal("/subject", json!("alice")), "subject: expected an object, found \"alice\"");
        assert_eq!(refusal("/subject/id", Value::Null), "subject.id: missing; expected a string");
        assert_eq!(refusal("/action/name", json!(123)), "action.name: expected a string, found 123");
        assert_eq!(refusal("/subject/properties", json!([])), "subject.properties: expected an object, found []");
        assert_eq!(
            refusal("/subject/properties", json!({"roles": [1]})),
            "subject.properties.roles: expected a string or a list of strings, found [1]"
        );
        assert_eq!(
            refusal("/context", json!({"time": "soon"})),
            "context.time: expected a time, as RFC 3339 or milliseconds since 1970, found \"soon\""
        );
        assert_eq!(refusal("/context", json!({"at_least": -1})), "context.at_least: expected a revision (a whole number), found -1");
    }

    #[test]
    fn a_subject_of_an_unknown_kind_is_nobody() {
        let body = json!({"subject": {"type": "spaceship", "id": "ana", "properties": {"roles": ["admin"]}},
            "action": {"name": "read"}, "resource": {"type": "record", "id": "r"}});
        assert_eq!(read(&Node::from(&body)).unwrap().subject(), Subject::user(""));
    }
}
