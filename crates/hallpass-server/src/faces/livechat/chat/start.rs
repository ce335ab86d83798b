//! `start_chat`, `resume_chat`, `deactivate_chat`: threads begin and end.

use std::collections::BTreeSet;

use hallpass::{Change, Channel, Resource};
use hallpass_store::DocumentWrite;
use serde_json::{Value, json};

use super::super::auto_access;
use super::super::call::{Answer, Call};
use super::super::fault::{Fault, FaultType};
use super::super::fields::Fields;
use super::super::keep;
use super::super::property;
use super::super::webhook::{Occurrence, tell};
use super::event::Draft;
use super::order::{CHATS, THREADS};
use super::people::{self, Named};
use super::record::{Chat, ChatDocument, Properties, ThreadDocument, UserType, channel_of};
use super::render::{self, People};
use crate::lock::Footprint;

/// Agents besides the requester in `chat.users`.
const OTHER_AGENTS: usize = 4;

/// What a thread begins with.
struct Opening {
    groups: Option<BTreeSet<u64>>,
    users: Vec<Named>,
    properties: Properties,
    thread_properties: Properties,
    events: Vec<Draft>,
    active: bool,
}

impl Opening {
    fn read(call: &Call, chat: &Fields) -> Result<Self, Fault> {
        let thread = chat.object_or_empty("thread")?;
        let access = chat.object_or_empty("access")?;
        let users = chat.objects("users")?.unwrap_or_default().iter().map(Named::read).collect::<Result<Vec<_>, _>>()?;
        let agents = users.iter().filter(|user| user.user_type == UserType::Agent && user.id != call.account).count();
        if agents > OTHER_AGENTS {
            return Err(Fault::validation(format!("chat.users: at most {OTHER_AGENTS} further agents")));
        }
        if users.iter().filter(|user| user.user_type == UserType::Customer).count() > 1 {
            return Err(Fault::validation("chat.users: at most one customer"));
        }
        let events = thread
            .objects("events")?
            .unwrap_or_default()
            .iter()
            .map(|event| Draft::read(event, &call.account))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            groups: access.groups("group_ids")?.map(|groups| groups.into_iter().collect()),
            users,
            properties: property::value::read(chat, "properties")?,
            thread_properties: property::value::read(&thread, "properties")?,
            events,
            active: call.fields().flag("active")?.unwrap_or(true),
        })
    }
}

/// `start_chat`.
///
/// # Errors
/// The refusal; `validation`; `not_found` and `missing_access` of users who are to be in it.
pub(in crate::faces::livechat) async fn start(call: Call) -> Result<Answer, Fault> {
    let opening = Opening::read(&call, &call.fields().object_or_empty("chat")?)?;
    let id = keep::fresh_id();
    let channel = channel_of(&id)?;
    let groups = match &opening.groups {
        Some(groups) if groups.is_empty() => return Err(Fault::validation("chat.access.group_ids: must not be empty")),
        Some(groups) => groups.clone(),
        None => auto_access::groups_for(&call, &opening.properties, &opening.thread_properties).await?,
    };
    people::known_groups(&call, &groups).await?;
    let names: Vec<String> = groups.iter().map(u64::to_string).collect();
    let access: Vec<&str> = names.iter().map(String::as_str).collect();
    let hypothetical = Resource { access: Some(&access), ..Resource::channel(channel.as_str()).hypothetical() };
    call.permit("start_chat", hypothetical)?;
    if !opening.users.is_empty() {
        call.permit("start_chat_with_users", hypothetical)?;
    }
    for user in &opening.users {
        people::may_come(&call, user, hypothetical).await?;
    }

    let fact = Channel { access: names.iter().cloned().collect(), ..Channel::new(channel.clone()) };
    let document = ChatDocument { created_at: call.now, client: call.token.client.clone(), ..ChatDocument::default() };
    let mut chat = Chat { id, channel: channel.clone(), fact: fact.clone(), document };
    let mut changes = vec![Change::ChannelPut(fact)];
    changes.extend(chat.add(&call.account, UserType::Agent, "all"));
    let edit = call.edit(Footprint::facts().channel(channel.as_str())).await?;
    let begun = begin(&call, &mut chat, opening, groups, &mut changes).await?;
    call.commit(edit, changes, begun.documents).await?;
    answer(&call, &chat, &begun.thread, &begun.events, &begun.event_ids).await
}

/// `resume_chat`.
///
/// # Errors
/// The refusal; `not_found`; `not_allowed` where the chat is active.
pub(in crate::faces::livechat) async fn resume(call: Call) -> Result<Answer, Fault> {
    let form = call.fields().required_object("chat")?;
    let id = form.required_text("id")?.to_owned();
    let opening = Opening::read(&call, &form)?;
    let edit = call.edit(Footprint::facts().channel(format!("chat:{id}"))).await?;
    let mut chat = Chat::find(&call, &id).await?;
    call.permit("resume_chat", chat.resource())?;
    if !opening.users.is_empty() {
        call.permit("resume_chat_with_users", chat.resource())?;
    }
    if chat.last_thread(&call).await?.is_some_and(|thread| thread.active) {
        return Err(Fault::new(FaultType::NotAllowed, "Chat is already active"));
    }
    let groups = match &opening.groups {
        Some(groups) => groups.clone(),
        None => chat.fact.access.iter().filter_map(|group| group.parse().ok()).collect(),
    };
    people::known_groups(&call, &groups).await?;
    let names: Vec<String> = groups.iter().map(u64::to_string).collect();
    let access: Vec<&str> = names.iter().map(String::as_str).collect();
    for user in &opening.users {
        people::may_come(&call, user, Resource { access: Some(&access), ..chat.resource() }).await?;
    }
    let mut changes = Vec::new();
    if names.iter().cloned().collect::<BTreeSet<_>>() != chat.fact.access {
        // Who opens it to other groups than those that it had decides about access (v3.4: by the groups requested).
        call.permit("resume_chat", Resource { access: Some(&access), ..chat.resource() })?;
        changes.push(chat.open_to(&groups));
    }
    changes.extend(chat.add(&call.account, UserType::Agent, "all"));
    let begun = begin(&call, &mut chat, opening, groups, &mut changes).await?;
    call.commit(edit, changes, begun.documents).await?;
    answer(&call, &chat, &begun.thread, &begun.events, &begun.event_ids).await
}

/// A thread that has just begun.
struct Begun {
    thread: ThreadDocument,
    events: Vec<Value>,
    event_ids: Vec<String>,
    documents: Vec<DocumentWrite>,
}

async fn begin(call: &Call, chat: &mut Chat, opening: Opening, groups: BTreeSet<u64>, changes: &mut Vec<Change>) -> Result<Begun, Fault> {
    property::value::writable(call, property::Location::Chat, &opening.properties).await?;
    property::value::writable(call, property::Location::Thread, &opening.thread_properties).await?;
    for user in &opening.users {
        changes.extend(chat.add(&user.id, user.user_type, "all"));
    }
    // What a customer said before may be told again; nobody puts words into a colleague's mouth.
    let is_customer = |id: &str| chat.customer().is_some_and(|customer| customer.id == id);
    if let Some(draft) = opening.events.iter().find(|draft| draft.author != call.account && !is_customer(&draft.author)) {
        let text = format!("chat.thread.events: the author '{}' is neither the requester nor the chat's customer", draft.author);
        return Err(Fault::validation(text));
    }
    property::value::merge(&mut chat.document.properties, &opening.properties);
    let mut thread = ThreadDocument {
        id: keep::fresh_id(),
        active: opening.active,
        created_at: call.now,
        user_ids: chat.document.users.iter().filter(|user| user.present).map(|user| user.id.clone()).collect(),
        groups,
        properties: opening.thread_properties,
        ..ThreadDocument::default()
    };
    let mut documents = Vec::new();
    let (mut events, mut event_ids) = (Vec::new(), Vec::new());
    for draft in opening.events {
        let sent = draft.append(call, chat, &mut thread)?;
        documents.push(sent.document);
        event_ids.push(sent.id);
        events.push(sent.body);
    }
    if !chat.document.threads.is_empty() {
        documents.extend(CHATS.delete(chat.document.last_thread_at, &chat.id));
    }
    chat.document.threads.push(thread.id.clone());
    chat.document.last_thread_at = call.now;
    documents.extend(CHATS.put(call.now, &chat.id));
    documents.extend(THREADS.put(call.now, &keep::composed(&[&chat.id, &thread.id])));
    documents.push(chat.write()?);
    documents.push(chat.write_thread(&thread)?);
    Ok(Begun { thread, events, event_ids, documents })
}

async fn answer(call: &Call, chat: &Chat, thread: &ThreadDocument, events: &[Value], event_ids: &[String]) -> Result<Answer, Fault> {
    let people = People::of(call, &[chat]).await?;
    let mut shown = render::chat(call, chat, &people);
    shown.insert("thread".to_owned(), render::thread(call, chat, thread, events));
    tell(call, Occurrence::in_chat("incoming_chat", chat, json!({"chat": shown}))).await;
    if render::is_of_2018(call) {
        return property::value::without_private(call, json!({"chat": shown})).await;
    }
    Ok(json!({"chat_id": chat.id, "thread_id": thread.id, "event_ids": event_ids}))
}

/// `deactivate_chat`.
///
/// # Errors
/// The refusal; `chat_inactive`; `not_allowed` for whoever is not in the chat and does not say that this does not matter.
pub(in crate::faces::livechat) async fn deactivate(call: Call) -> Result<Answer, Fault> {
    let id = call.fields().required_text("id")?.to_owned();
    let edit = call.edit(Footprint::facts().channel(format!("chat:{id}"))).await?;
    let chat = Chat::find(&call, &id).await?;
    call.permit("deactivate_chat", chat.resource())?;
    people::presence(&call, &chat)?;
    let mut thread = chat.active_thread(&call).await?;
    thread.active = false;
    let documents = vec![chat.write_thread(&thread)?];
    call.commit(edit, Vec::new(), documents).await?;
    let told = json!({"chat_id": id, "thread_id": thread.id, "user_id": call.account});
    tell(&call, Occurrence::in_chat("chat_deactivated", &chat, told)).await;
    Ok(json!({}))
}
