//! An office with one of everything, twice: one's own, and one that is not.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::desk::Desk;
use crate::support::Answer;

/// Who asks: an owner, who may hold every scope, so that the table is about scopes. In group 1.
pub(crate) const ACCOUNT: &str = "olivia";

/// What a method is called on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Object {
    /// One's own: a chat that one is in, oneself, a bot of one's client, a group that one is in.
    Own,
    /// A chat of one's group that one is not in.
    Shared,
    /// Anything else.
    Foreign,
}

/// The office.
pub(crate) struct Office {
    pub(crate) desk: Desk,
    /// The client of the tokens, and another.
    pub(crate) client: String,
    other: String,
    /// The owner's own token, with all scopes.
    root: String,
    mia: String,
    tokens: HashMap<Vec<String>, Option<String>>,
    counter: usize,
}

impl Office {
    pub(crate) async fn new() -> Self {
        let desk = Desk::new().await;
        desk.role("mia", "administrator").await;
        let (client, _, _, _, root) = desk.first_keys();
        let (client, root) = (client.to_owned(), root.to_owned());
        let other = desk.client("server_side_app", &["chats--all:rw"]).await["client_id"].as_str().unwrap().to_owned();
        let mia = desk.pat("mia", &["chats--all:rw", "agents--all:rw"]).await;
        let mut office = Self { desk, client, other, root, mia, tokens: HashMap::new(), counter: 0 };
        office.set_up().await;
        office
    }

    async fn set_up(&mut self) {
        for members in [json!({"olivia": "normal", "mia": "normal"}), json!({"mia": "normal"})] {
            self.must("configuration", "create_group", json!({"name": "Group", "agent_priorities": members})).await;
        }
        for owner in [self.client.clone(), self.other.clone()] {
            let locations = json!({"chat": {"agent": ["read", "write"]}, "license": {"agent": ["read", "write"]}, "group": {"agent": ["read", "write"]}});
            let body = json!({"name": "mood", "type": "int", "access": locations, "owner_client_id": owner});
            self.must("configuration", "register_property", body).await;
            let publish = json!({"name": "mood", "access_type": ["read", "write"], "owner_client_id": owner});
            self.must("configuration", "publish_property", publish).await;
        }
        self.must("configuration", "create_tag", json!({"name": "tag-all", "group_ids": [0]})).await;
    }

    /// A call with a token, under a version.
    pub(crate) async fn call(&self, token: &str, version: &str, api: &str, method: &str, body: &Value) -> Answer {
        self.desk.server.post(&format!("/{version}/{api}/action/{method}"), token, body).await
    }

    async fn done(&self, token: &str, api: &str, method: &str, body: Value) -> Value {
        let answer = self.call(token, "v3.7", api, method, &body).await;
        assert_eq!(answer.status, 200, "{method} {body}: {}", answer.text());
        answer.json()
    }

    /// A call of the owner's, who may do everything.
    pub(crate) async fn must(&self, api: &str, method: &str, body: Value) -> Value {
        self.done(&self.root, api, method, body).await
    }

    fn fresh(&mut self, name: &str) -> String {
        self.counter += 1;
        format!("{name}-{}", self.counter)
    }

    /// A token with exactly these scopes, made through the client; `None` where no role may hold one of them.
    pub(crate) async fn token(&mut self, scopes: &[&str]) -> Option<String> {
        let key: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        if let Some(token) = self.tokens.get(&key) {
            return token.clone();
        }
        let answer = self.desk.ask_token(ACCOUNT, scopes, Some(&self.client)).await;
        let token = (answer.status == 201).then(|| answer.json()["pat"].as_str().unwrap().to_owned());
        self.tokens.insert(key, token.clone());
        token
    }

    fn owner(&self, object: Object) -> String {
        if object == Object::Own { self.client.clone() } else { self.other.clone() }
    }

    /// What there is to call a method on: ids by name. Made anew, for methods that use it up.
    pub(crate) async fn spot(&mut self, kind: &str, object: Object) -> HashMap<&'static str, Value> {
        let mut spot = HashMap::new();
        let owner = self.owner(object);
        let group = if object == Object::Own { 1 } else { 2 };
        match kind {
            "chat" | "idle chat" => return self.chat(object, kind == "chat").await,
            "agent" | "new agent" => {
                let id = match (kind, object) {
                    ("agent", Object::Own) => ACCOUNT.to_owned(),
                    ("agent", _) => "nick".to_owned(),
                    _ => {
                        let id = self.fresh("agent");
                        self.desk.role(&id, "normal").await;
                        id
                    }
                };
                spot.insert("agent", json!(id));
            }
            "bot" => {
                let body = json!({"name": "Bot", "owner_client_id": owner});
                spot.insert("bot", self.must("configuration", "create_bot", body).await["id"].clone());
            }
            "template" => {
                let body = json!({"name": "Bot", "owner_client_id": self.client});
                spot.insert("template", self.must("configuration", "create_bot_template", body).await["id"].clone());
            }
            "webhook" => {
                let actions = [
                    "incoming_chat",
                    "incoming_event",
                    "chat_deactivated",
                    "thread_tagged",
                    "chat_transferred",
                    "tag_created",
                    "bot_created",
                ];
                // Three for one action are the most.
                for action in actions {
                    let body = json!({
                        "action": action, "url": "https://hooks.example.com/", "secret_key": "x", "type": "license", "owner_client_id": owner,
                    });
                    let answer = self.call(&self.root, "v3.7", "configuration", "register_webhook", &body).await;
                    if answer.status == 200 {
                        spot.insert("webhook", answer.json()["id"].clone());
                        break;
                    }
                }
                assert!(!spot.is_empty(), "no room for another webhook");
            }
            "group" => {
                let members = if object == Object::Own { json!({"olivia": "normal"}) } else { json!({"mia": "normal"}) };
                let body = json!({"name": "Group", "agent_priorities": members});
                spot.insert("group", self.must("configuration", "create_group", body).await["id"].clone());
            }
            "property" => {
                let name = self.fresh("property");
                let body = json!({"name": name, "type": "int", "access": {"chat": {"agent": ["read"]}}, "owner_client_id": owner});
                self.must("configuration", "register_property", body).await;
                spot.insert("property", json!(name));
            }
            "tag" => {
                let name = self.fresh("tag");
                self.must("configuration", "create_tag", json!({"name": name, "group_ids": [group]})).await;
                spot.insert("tag", json!(name));
            }
            "canned" => {
                let body = json!({"text": "Hello", "tags": ["hi"], "group_id": group});
                spot.insert("canned", self.must("configuration", "create_canned_response", body).await["id"].clone());
            }
            "customer" | "banned customer" => {
                let id = self.must("agent", "create_customer", json!({"name": "Carl"})).await["customer_id"].clone();
                if kind == "banned customer" {
                    self.must("agent", "ban_customer", json!({"id": id, "ban": {"days": 1}})).await;
                }
                spot.insert("customer", id);
            }
            "rule" => {
                let body = json!({"access": {"group_ids": [1]}, "conditions": {"url": {"values": [{"value": "x"}]}}});
                spot.insert("rule", self.must("configuration", "add_auto_access", body).await["id"].clone());
            }
            "greeting" => {
                let body = json!({"type": "normal", "name": "Hi", "group": 0});
                spot.insert("greeting", self.must("configuration", "create_greeting", body).await["id"].clone());
            }
            "domain" => {
                let name = format!("{}.example.com", self.fresh("www"));
                self.must("configuration", "add_allowed_domain", json!({"domain": name})).await;
                spot.insert("domain", json!(name));
            }
            _ => {}
        }
        spot.insert("owner", json!(owner));
        spot.insert("client", json!(self.client));
        spot.insert("group_id", json!(group));
        let name = self.fresh("new");
        spot.insert("new", json!(name));
        spot
    }

    /// A chat of Mia's: Olivia is in one's own, its group is shared or not.
    async fn chat(&mut self, object: Object, active: bool) -> HashMap<&'static str, Value> {
        let group = if object == Object::Shared { 1 } else { 2 };
        let rich =
            json!({"type": "rich_message", "template_id": "cards", "elements": [{"buttons": [{"text": "yes", "postback_id": "yes"}]}]});
        let body = json!({"chat": {"access": {"group_ids": [group]}, "thread": {"events": [rich], "properties": {"rating": {"score": 1}}}, "properties": {"rating": {"score": 1}}}});
        let started = self.done(&self.mia, "agent", "start_chat", body).await;
        let (chat, thread, event) = (started["chat_id"].clone(), started["thread_id"].clone(), started["event_ids"][0].clone());
        let tagged = json!({"chat_id": chat, "thread_id": thread, "tag": "tag-all"});
        self.done(&self.mia, "agent", "tag_thread", tagged).await;
        if object == Object::Own {
            let channel = format!("chat:{}", chat.as_str().unwrap());
            self.desk.change(json!({"change": "member_put", "channel": channel, "user": ACCOUNT})).await;
        }
        if !active {
            self.done(&self.mia, "agent", "deactivate_chat", json!({"id": chat})).await;
        }
        let name = self.fresh("new");
        HashMap::from([("chat", chat), ("thread", thread), ("event", event), ("group_id", json!(group)), ("new", json!(name))])
    }
}

impl Office {
    /// Takes away what a call made, where there may only be so many.
    pub(crate) async fn put_back(&mut self, method: &str, answer: &Value) {
        if method == "register_webhook" {
            let id = answer.get("id").or(answer.get("webhook_id")).unwrap().clone();
            self.must("configuration", "unregister_webhook", json!({"id": id})).await;
        }
    }
}
