//! Chats, threads, events and users as the caller's version writes them.

use std::collections::HashMap;

use hallpass_store::kind;
use serde_json::{Map, Value, json};

use super::super::agent::AgentDocument;
use super::super::call::Call;
use super::super::customer::{self, CUSTOMER, CustomerDocument};
use super::super::fault::Fault;
use super::super::version::Version;
use super::super::{keep, moment};
use super::record::{Chat, ChatUser, Properties, ThreadDocument, UserType};

/// Whether the caller reads what the API was in 2018.
pub(in crate::faces::livechat) fn is_of_2018(call: &Call) -> bool {
    call.version == Version::V0_6
}

/// An event.
pub(in crate::faces::livechat) fn event(call: &Call, stored: &Value) -> Value {
    let mut event = stored.as_object().cloned().unwrap_or_default();
    if call.version <= Version::V3_4
        && let Some(visibility) = event.remove("visibility")
    {
        event.insert("recipients".to_owned(), visibility);
    }
    if is_of_2018(call) {
        let order = event.get("id").and_then(Value::as_str).and_then(|id| id.rsplit('_').next()?.parse::<u64>().ok());
        event.insert("order".to_owned(), json!(order));
        if let Some(at) = event.remove("created_at").and_then(|at| moment::read(&at)) {
            event.insert("timestamp".to_owned(), json!(at.as_ms() / 1_000));
        }
        if let Some(Value::Object(held)) = event.get("properties") {
            event.insert("properties".to_owned(), properties(call, &held.clone()));
        }
    }
    Value::Object(event)
}

/// Properties; in 2018 each value stood in an object of its own.
pub(in crate::faces::livechat) fn properties(call: &Call, held: &Properties) -> Value {
    if !is_of_2018(call) {
        return json!(held);
    }
    let wrapped = |names: &Value| -> Value {
        let names = names.as_object().cloned().unwrap_or_default();
        names.into_iter().map(|(name, value)| (name, json!({"value": value}))).collect::<Map<_, _>>().into()
    };
    held.iter().map(|(namespace, names)| (namespace.clone(), wrapped(names))).collect::<Map<_, _>>().into()
}

/// Which groups see it, in the caller's words.
pub(in crate::faces::livechat) fn access(call: &Call, groups: impl IntoIterator<Item = u64>) -> (&'static str, Value) {
    let groups: Vec<u64> = groups.into_iter().collect();
    match (is_of_2018(call), groups.contains(&0)) {
        (true, true) => ("scopes", json!({})),
        (true, false) => ("scopes", json!({"groups": groups})),
        (false, _) => ("access", json!({"group_ids": groups})),
    }
}

/// A thread without its events.
pub(in crate::faces::livechat) fn thread_summary(call: &Call, thread: &ThreadDocument) -> Map<String, Value> {
    let mut shown = Map::new();
    shown.insert("id".to_owned(), json!(thread.id));
    shown.insert("active".to_owned(), json!(thread.active));
    shown.insert("user_ids".to_owned(), json!(thread.user_ids));
    shown.insert("properties".to_owned(), properties(call, &thread.properties));
    if is_of_2018(call) {
        shown.insert("timestamp".to_owned(), json!(thread.created_at.as_ms() / 1_000));
        shown.insert("order".to_owned(), json!(thread.created_at.as_ms()));
    } else {
        shown.insert("created_at".to_owned(), json!(moment::text(thread.created_at)));
        let (word, value) = access(call, thread.groups.iter().copied());
        shown.insert(word.to_owned(), value);
        if !thread.tags.is_empty() {
            shown.insert("tags".to_owned(), json!(thread.tags));
        }
    }
    shown
}

/// A thread with its events, and its neighbours in the chat.
pub(in crate::faces::livechat) fn thread(call: &Call, chat: &Chat, thread: &ThreadDocument, events: &[Value]) -> Value {
    let mut shown = thread_summary(call, thread);
    shown.insert("events".to_owned(), events.iter().map(|stored| event(call, stored)).collect());
    if !is_of_2018(call) {
        neighbours(&mut shown, chat, &thread.id);
    }
    Value::Object(shown)
}

/// A thread that the caller may not read: that it is there, and why it is closed.
pub(in crate::faces::livechat) fn restricted_thread(call: &Call, chat: &Chat, thread: &ThreadDocument) -> Value {
    let mut shown = thread_summary(call, thread);
    shown.remove("properties");
    shown.remove("tags");
    shown.insert("restricted_access".to_owned(), json!("no_group_access"));
    neighbours(&mut shown, chat, &thread.id);
    Value::Object(shown)
}

fn neighbours(shown: &mut Map<String, Value>, chat: &Chat, id: &str) {
    let threads = &chat.document.threads;
    let Some(at) = threads.iter().position(|listed| listed == id) else { return };
    if let Some(previous) = at.checked_sub(1).and_then(|before| threads.get(before)) {
        shown.insert("previous_thread_id".to_owned(), json!(previous));
    }
    if let Some(next) = threads.get(at + 1) {
        shown.insert("next_thread_id".to_owned(), json!(next));
    }
}

/// Users of chats, with their names: read once for a whole answer.
pub(in crate::faces::livechat) struct People {
    agents: HashMap<String, AgentDocument>,
    customers: HashMap<String, CustomerDocument>,
}

impl People {
    /// Reads the users of these chats.
    ///
    /// # Errors
    /// When the store fails.
    pub(in crate::faces::livechat) async fn of(call: &Call, chats: &[&Chat]) -> Result<Self, Fault> {
        let ids = |wanted: UserType| -> Vec<String> {
            let users = chats.iter().flat_map(|chat| &chat.document.users).filter(|user| user.user_type == wanted);
            let ids: std::collections::BTreeSet<String> = users.map(|user| user.id.clone()).collect();
            ids.into_iter().collect()
        };
        let agents = keep::several(call, kind::USER, ids(UserType::Agent)).await?.into_iter().collect();
        let customers = keep::several(call, CUSTOMER, ids(UserType::Customer)).await?.into_iter().collect();
        Ok(Self { agents, customers })
    }

    /// One user.
    pub(in crate::faces::livechat) fn show(&self, call: &Call, user: &ChatUser) -> Value {
        let mut shown = match user.user_type {
            UserType::Agent => {
                let agent = self.agents.get(&user.id).cloned().unwrap_or_default();
                agent.as_chat_user(&user.id)
            }
            UserType::Customer => {
                let customer = self.customers.get(&user.id).cloned().unwrap_or_default();
                customer::show(call, &user.id, &customer)
            }
        };
        shown.insert("present".to_owned(), json!(user.present));
        if is_of_2018(call) {
            shown.insert("last_seen_timestamp".to_owned(), json!(user.seen_up_to.map(|at| at.as_ms() / 1_000)));
        } else {
            shown.insert("events_seen_up_to".to_owned(), json!(user.seen_up_to.map(moment::text).unwrap_or_default()));
            shown.insert("visibility".to_owned(), json!(user.visibility));
        }
        Value::Object(shown)
    }

    /// All users of a chat.
    pub(in crate::faces::livechat) fn in_chat(&self, call: &Call, chat: &Chat) -> Value {
        chat.document.users.iter().map(|user| self.show(call, user)).collect()
    }
}

/// What every answer about a chat begins with.
pub(in crate::faces::livechat) fn chat(call: &Call, chat: &Chat, people: &People) -> Map<String, Value> {
    let groups = chat.fact.access.iter().filter_map(|group| group.parse().ok());
    let (word, groups) = access(call, groups);
    let mut shown = Map::new();
    shown.insert("id".to_owned(), json!(chat.id));
    shown.insert("users".to_owned(), people.in_chat(call, chat));
    shown.insert("properties".to_owned(), properties(call, &chat.document.properties));
    shown.insert(word.to_owned(), groups);
    if !is_of_2018(call) {
        let account = &call.account;
        let is_followed = chat.document.followers.contains(account) || chat.has(account);
        shown.insert("is_followed".to_owned(), json!(is_followed));
    }
    shown
}
