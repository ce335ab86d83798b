//! A question as an AuthZEN 1.0 evaluation request, in the words of `corpus/README.md`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::owned_question::OwnedQuestion;

/// Written as id of the app itself, which has none.
const APP: &str = "app";

impl OwnedQuestion {
    /// The body of `POST /access/v1/evaluation` that asks this question.
    pub fn to_authzen(&self) -> Value {
        let mut request = Map::new();
        request.insert("subject".into(), self.authzen_subject());
        request.insert("action".into(), json!({"name": self.action}));
        request.insert("resource".into(), self.authzen_resource());
        request.insert("context".into(), Value::Object(self.authzen_context()));
        Value::Object(request)
    }

    fn authzen_subject(&self) -> Value {
        let subject = &self.subject;
        if subject.is_app {
            return entity(APP, APP, Map::new());
        }
        let mut properties = Map::new();
        put(&mut properties, "token", subject.token.as_ref());
        put(&mut properties, "roles", subject.roles.as_ref());
        put(&mut properties, "teams", subject.teams.as_ref());
        put(&mut properties, "teams_role", subject.teams_role.as_ref());
        put(&mut properties, "channel_roles", subject.channel_roles.as_ref());
        put(&mut properties, "scopes", subject.scopes.as_ref());
        put(&mut properties, "client_scopes", subject.client_scopes.as_ref());
        put(&mut properties, "client", subject.client.as_ref());
        entity("user", &subject.user, properties)
    }

    fn authzen_resource(&self) -> Value {
        let resource = &self.resource;
        let mut properties = Map::new();
        put(&mut properties, "channel", resource.channel.as_ref());
        put(&mut properties, "owner", resource.owner.as_ref());
        put(&mut properties, "team", resource.team.as_ref());
        put(&mut properties, "namespace", resource.namespace.as_ref());
        put(&mut properties, "access", resource.access.as_ref());
        put(&mut properties, "hypothetical", resource.hypothetical.then_some(true));
        let id = if resource.kind == APP { APP } else { &resource.id };
        entity(&resource.kind, id, properties)
    }

    fn authzen_context(&self) -> Map<String, Value> {
        let mut context = Map::new();
        // Always said: a server that is not told the time takes its own.
        put(&mut context, "time", Some(self.now.as_ms()));
        put(&mut context, "last_posted_at", self.last_posted_at.map(|at| at.as_ms()));
        let mut attributes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, value) in &self.attributes {
            attributes.entry(name).or_default().push(value);
        }
        put(&mut context, "attributes", (!attributes.is_empty()).then_some(attributes));
        context
    }
}

fn entity(kind: &str, id: &str, properties: Map<String, Value>) -> Value {
    let mut entity = Map::new();
    entity.insert("type".into(), kind.into());
    entity.insert("id".into(), id.into());
    if !properties.is_empty() {
        entity.insert("properties".into(), Value::Object(properties));
    }
    Value::Object(entity)
}

fn put(map: &mut Map<String, Value>, key: &str, value: Option<impl serde::Serialize>) {
    if let Some(value) = value {
        map.insert(key.to_owned(), json!(value));
    }
}

#[cfg(test)]
mod tests {
    use hallpass::Timestamp;
    use serde_json::json;

    use crate::owned_question::{OwnedQuestion, OwnedResource, OwnedSubject};

    #[test]
    fn a_question_renders_with_all_that_it_brings() {
        let question = OwnedQuestion {
            subject: OwnedSubject { channel_roles: Some(vec![]), teams: Some(vec!["red".into()]), ..OwnedSubject::user("bob") },
            action: "UpdateMessage".into(),
            resource: OwnedResource {
                kind: "message".into(),
                id: "m-1".into(),
                channel: Some("messaging:general".into()),
                owner: Some("bob".into()),
                ..OwnedResource::default()
            },
            now: Timestamp(5),
            last_posted_at: Some(Timestamp(3)),
            attributes: vec![("tag".into(), "a".into()), ("tag".into(), "b".into())],
        };
        assert_eq!(
            question.to_authzen(),
            json!({
                "subject": {"type": "user", "id": "bob", "properties": {"channel_roles": [], "teams": ["red"]}},
                "action": {"name": "UpdateMessage"},
                "resource": {"type": "message", "id": "m-1", "properties": {"channel": "messaging:general", "owner": "bob"}},
                "context": {"time": 5, "last_posted_at": 3, "attributes": {"tag": ["a", "b"]}},
            })
        );
    }

    #[test]
    fn the_app_asks_about_itself() {
        let question = OwnedQuestion {
            subject: OwnedSubject::app(),
            action: "SearchUser".into(),
            resource: OwnedResource::app(),
            ..OwnedQuestion::default()
        };
        assert_eq!(
            question.to_authzen(),
            json!({
                "subject": {"type": "app", "id": "app"},
                "action": {"name": "SearchUser"},
                "resource": {"type": "app", "id": "app"},
                "context": {"time": 0},
            })
        );
    }
}
