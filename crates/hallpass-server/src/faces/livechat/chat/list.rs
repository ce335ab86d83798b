//! `list_chats` and `list_archives`: rows that the caller's scopes reach, newest first unless told otherwise.

use std::collections::BTreeSet;

use hallpass::{Resource, Timestamp};
use serde_json::{Map, Value, json};

use super::super::call::{Answer, Call};
use super::super::fault::Fault;
use super::super::fields::Fields;
use super::super::page::Page;
use super::super::property::value::without_private;
use super::super::{keep, moment};
use super::filter::PropertyFilter;
use super::order::{CHATS, Order, THREADS};
use super::record::{Chat, ThreadDocument};
use super::render::{self, People};
use super::{event, transfer};

/// Rows that are counted for `found_chats`; beyond, the number is at least this. The vendor calls it an estimate, too.
const COUNTED: usize = 1_000;

/// The rows of a list.
trait Rows: Sync {
    /// A row.
    type Row: Send;

    /// The row of an id, if it is wanted and the caller's scopes reach it.
    fn row(&self, id: String) -> impl Future<Output = Result<Option<Self::Row>, Fault>> + Send;
}

/// Walks an order, and gives back the rows of the page, how many rows there are, and where the next page starts.
async fn walk<R: Rows>(call: &Call, order: Order, page: &Page, wanted: &R) -> Result<(Vec<R::Row>, usize, Option<String>), Fault> {
    let (mut rows, mut count, mut last, mut more) = (Vec::new(), 0, None, false);
    let mut after = page.after.clone();
    loop {
        let places = order.after(call, page.newest_first, after.clone()).await?;
        let Some((end, _)) = places.last() else { break };
        after = Some(end.clone());
        for (place, id) in places {
            let Some(found) = wanted.row(id).await? else { continue };
            count += 1;
            if rows.len() < page.limit {
                rows.push(found);
                last = Some(place);
            } else {
                more = true;
            }
            if count >= COUNTED && more {
                return Ok((rows, count, last.map(|place| page.next(&place))));
            }
        }
    }
    Ok((rows, count, last.filter(|_| more).map(|place| page.next(&place))))
}

/// The chats that are wanted.
struct Chats<'a> {
    call: &'a Call,
    active: Option<bool>,
    groups: Option<Vec<u64>>,
    properties: PropertyFilter,
}

impl Rows for Chats<'_> {
    type Row = (Chat, Option<ThreadDocument>);

    async fn row(&self, id: String) -> Result<Option<Self::Row>, Fault> {
        let channel = super::record::channel_of(&id)?;
        if !self.call.may("list_chats", Resource::channel(channel.as_str()))? {
            return Ok(None);
        }
        let Ok(chat) = Chat::find(self.call, &id).await else { return Ok(None) };
        let shares = |wanted: &Vec<u64>| wanted.iter().any(|group| chat.fact.access.contains(&group.to_string()));
        if self.groups.as_ref().is_some_and(|wanted| !shares(wanted)) || !self.properties.holds(&chat.document.properties) {
            return Ok(None);
        }
        let last = chat.last_thread(self.call).await?;
        let is_active = last.as_ref().is_some_and(|thread| thread.active);
        Ok(self.active.is_none_or(|wanted| wanted == is_active).then_some((chat, last)))
    }
}

/// `list_chats`.
///
/// # Errors
/// The refusal of a caller whose scopes reach no chat at all; `validation`.
pub(in crate::faces::livechat) async fn chats(call: Call) -> Result<Answer, Fault> {
    let page = Page::read(&call.fields(), 10)?;
    let filters = page.request.object_or_empty("filters")?;
    only(&filters, &["active", "include_active", "include_chats_without_threads", "group_ids", "properties"])?;
    let active = match filters.flag("include_active")? {
        Some(false) => Some(false),
        _ => filters.flag("active")?,
    };
    let groups = filters.groups("group_ids")?;
    let properties = PropertyFilter::read(&filters)?;
    entitled(&call, "list_chats")?;
    let properties = properties.readable(&call).await?;

    let wanted = Chats { call: &call, active, groups, properties };
    let (found, count, next) = walk(&call, CHATS, &page, &wanted).await?;
    let people = People::of(&call, &found.iter().map(|(chat, _)| chat).collect::<Vec<_>>()).await?;
    let mut summaries = Vec::new();
    for (chat, last) in &found {
        let mut shown = render::chat(&call, chat, &people);
        if let Some(last) = last {
            let events = event::of_thread(&call, &chat.id, &last.id).await?;
            shown.insert("last_event_per_type".to_owned(), last_per_type(&call, last, &events));
            shown.insert("last_thread_summary".to_owned(), Value::Object(render::thread_summary(&call, last)));
        }
        summaries.push(Value::Object(shown));
    }
    let mut answer = Map::from_iter([("chats_summary".to_owned(), json!(summaries))]);
    if !render::is_of_2018(&call) {
        answer.insert("found_chats".to_owned(), json!(count));
        if let Some(next) = next {
            answer.insert("next_page_id".to_owned(), json!(next));
        }
    }
    without_private(&call, Value::Object(answer)).await
}

fn last_per_type(call: &Call, thread: &ThreadDocument, events: &[Value]) -> Value {
    let mut per_type = Map::new();
    for event in events {
        let Some(name) = event.get("type").and_then(Value::as_str) else { continue };
        let mut shown = json!({"thread_id": thread.id, "event": render::event(call, event)});
        if let Some(object) = shown.as_object_mut().filter(|_| !render::is_of_2018(call)) {
            object.insert("thread_created_at".to_owned(), json!(moment::text(thread.created_at)));
        }
        per_type.insert(name.to_owned(), shown);
    }
    Value::Object(per_type)
}

/// Refuses a caller whose scopes reach no chat: otherwise an empty list would hide that a scope is missing. Asked about a chat that the
/// caller is in and that everybody has access to.
fn entitled(call: &Call, action: &'static str) -> Result<(), Fault> {
    let everybody = ["0"];
    let any = Resource { access: Some(&everybody), ..Resource::channel("chat:any").hypothetical() };
    call.permit_inside(action, any)
}

fn only(filters: &Fields, known: &[&str]) -> Result<(), Fault> {
    match filters.raw().keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(Fault::validation(format!("filters.{name}: is not served; expected some of {}", known.join(", ")))),
        None => Ok(()),
    }
}

/// What `list_archives` is to find.
struct Archive {
    query: Option<String>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    threads: Option<Vec<String>>,
    groups: Option<Vec<u64>>,
    agents: Option<BTreeSet<String>>,
    tags: Option<BTreeSet<String>>,
    properties: PropertyFilter,
}

impl Archive {
    fn read(filters: &Fields) -> Result<Self, Fault> {
        only(
            filters,
            &["query", "from", "to", "date_from", "date_to", "thread_ids", "group_ids", "agents", "agent_ids", "tags", "properties"],
        )?;
        let time = |new: &str, old: &str| -> Result<Option<Timestamp>, Fault> {
            match filters.value(new) {
                Some(_) => filters.time(new),
                None => Ok(filters.text(old)?.and_then(|day| moment::read(&json!(format!("{day}T00:00:00Z"))))),
            }
        };
        let values = |name: &str| -> Result<Option<BTreeSet<String>>, Fault> {
            match filters.value(name) {
                Some(Value::Array(_)) => Ok(filters.texts(name)?.map(|texts| texts.into_iter().collect())),
                _ => Ok(filters.object_or_empty(name)?.texts("values")?.map(|texts| texts.into_iter().collect())),
            }
        };
        let day_after = |end: Timestamp| Timestamp::from_ms(end.as_ms() + 24 * 60 * 60 * 1_000);
        let to = time("to", "date_to")?;
        Ok(Self {
            query: filters.text("query")?.map(str::to_lowercase),
            from: time("from", "date_from")?,
            to: if filters.value("to").is_some() { to } else { to.map(day_after) },
            threads: filters.texts("thread_ids")?,
            groups: filters.groups("group_ids")?,
            agents: values(if filters.value("agent_ids").is_some() { "agent_ids" } else { "agents" })?,
            tags: values("tags")?,
            properties: PropertyFilter::read(filters)?,
        })
    }

    fn holds(&self, chat: &Chat, thread: &ThreadDocument, events: &[Value]) -> bool {
        let text = |event: &Value| event.get("text").and_then(Value::as_str).map(str::to_lowercase);
        self.query.as_ref().is_none_or(|query| events.iter().filter_map(text).any(|text| text.contains(query)))
            && self.from.is_none_or(|from| thread.created_at >= from)
            && self.to.is_none_or(|to| thread.created_at <= to)
            && self.threads.as_ref().is_none_or(|wanted| wanted.contains(&thread.id))
            && self.groups.as_ref().is_none_or(|wanted| wanted.iter().any(|group| thread.groups.contains(group)))
            && self.agents.as_ref().is_none_or(|wanted| thread.user_ids.iter().any(|user| wanted.contains(user)))
            && self.tags.as_ref().is_none_or(|wanted| thread.tags.iter().any(|tag| wanted.contains(tag)))
            && (self.properties.holds(&thread.properties) || self.properties.holds(&chat.document.properties))
    }
}

/// The threads that are wanted.
struct Threads<'a> {
    call: &'a Call,
    archive: Archive,
}

impl Rows for Threads<'_> {
    type Row = (Chat, Value);

    async fn row(&self, key: String) -> Result<Option<Self::Row>, Fault> {
        let call = self.call;
        let Some((id, thread)) = key.split_once(keep::SEPARATOR) else { return Ok(None) };
        let Ok(chat) = Chat::find(call, id).await else { return Ok(None) };
        let thread = chat.thread(call, thread).await?;
        let access = thread.access();
        let access: Vec<&str> = access.iter().map(String::as_str).collect();
        if !call.may("list_archives", transfer::of_thread(&chat, &thread.id, &access))? {
            return Ok(None);
        }
        let events = event::of_thread(call, &chat.id, &thread.id).await?;
        if !self.archive.holds(&chat, &thread, &events) {
            return Ok(None);
        }
        let shown = render::thread(call, &chat, &thread, &events);
        Ok(Some((chat, shown)))
    }
}

/// `list_archives`: chats, each with one thread. Each row is asked with the groups of its thread.
///
/// # Errors
/// The refusal of a caller whose scopes reach no chat at all; `validation`.
pub(in crate::faces::livechat) async fn archives(call: Call) -> Result<Answer, Fault> {
    let mut body = call.fields();
    let limit = body.object("pagination")?.and_then(|pagination| pagination.value("limit").cloned());
    if let Some(limit) = limit {
        body.put("limit", limit);
    }
    let page = Page::read(&body, 10)?;
    let mut archive = Archive::read(&page.request.object_or_empty("filters")?)?;
    entitled(&call, "list_archives")?;
    archive.properties = archive.properties.readable(&call).await?;

    let wanted = Threads { call: &call, archive };
    let (found, count, next) = walk(&call, THREADS, &page, &wanted).await?;
    let people = People::of(&call, &found.iter().map(|(chat, _)| chat).collect::<Vec<_>>()).await?;
    let chats: Vec<Value> = found
        .into_iter()
        .map(|(chat, thread)| {
            let mut shown = render::chat(&call, &chat, &people);
            shown.insert("thread".to_owned(), thread);
            if render::is_of_2018(&call) { json!({"chat": shown}) } else { Value::Object(shown) }
        })
        .collect();
    if render::is_of_2018(&call) {
        let answer = json!({"chats": chats, "pagination": {"page": 1, "total": count}});
        return without_private(&call, answer).await;
    }
    let mut answer = Map::from_iter([("chats".to_owned(), json!(chats)), ("found_chats".to_owned(), json!(count))]);
    if let Some(next) = next {
        answer.insert("next_page_id".to_owned(), json!(next));
    }
    without_private(&call, Value::Object(answer)).await
}
