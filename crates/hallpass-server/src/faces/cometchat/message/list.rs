//! Lists of messages: of everything that is the caller's, of a conversation, of a thread.

use std::collections::VecDeque;

use hallpass::Resource;
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::conversation;
use super::super::envelope::Answer;
use super::super::error::CometError;
use super::super::fields::Fields;
use super::super::group;
use super::receiver::ReceiverType;
use super::row::Rows;
use super::store::{self, Direction};
use super::{MessageDocument, of_path, render};

/// Messages read from the store at a time.
const AT_ONCE: usize = 200;
/// Messages on a page that does not say; the SDK's number.
const PER_PAGE: u64 = 30;
/// Most messages on a page; CometChat's number.
const MOST_PER_PAGE: u64 = 1_000;

/// `GET /messages`: of all conversations of a user; of the whole app, for the app.
pub(in super::super) async fn all(call: Call) -> Result<Answer, CometError> {
    let wanted = Wanted::of(&call)?;
    call.permit_listing("ListMessages", Resource::app())?;
    if wanted.is_count {
        return unread(&call).await;
    }
    let lists = match call.caller.user() {
        Some(user) => conversation::all_of(&call, user).await?,
        None => Vec::new(),
    };
    answer(&call, &wanted, "ListMessages", lists).await
}

/// `GET /users/{uid}/messages`: one-to-one with this user; everything of the user's, for the app.
pub(in super::super) async fn with_user(call: Call) -> Result<Answer, CometError> {
    let wanted = Wanted::of(&call)?;
    let other = call.user_of_path()?.id;
    call.permit_listing("ListUserMessages", Resource::app())?;
    let lists = match call.caller.user() {
        Some(user) => vec![conversation::of_users(user, &other)],
        None => conversation::all_of(&call, &other).await?,
    };
    answer(&call, &wanted, "ListUserMessages", lists).await
}

/// `GET /groups/{guid}/messages`
pub(in super::super) async fn in_group(call: Call) -> Result<Answer, CometError> {
    let wanted = Wanted::of(&call)?;
    let group = group::of_path(&call).await?;
    call.permit_listing("ListGroupMessages", Resource::channel(group.cid()))?;
    answer(&call, &wanted, "ListGroupMessages", vec![conversation::of_group(group.guid())]).await
}

/// `GET /messages/{id}/thread`
pub(in super::super) async fn in_thread(call: Call) -> Result<Answer, CometError> {
    let wanted = Wanted { hide_replies: false, ..Wanted::of(&call)? };
    let parent = of_path(&call).await?;
    let channel = parent.channel();
    call.permit_listing("ListThreadedMessages", channel.as_deref().map_or_else(Resource::app, Resource::channel))?;
    answer(&call, &wanted, "ListThreadedMessages", vec![store::thread(parent.id)]).await
}

/// What a query asks for.
struct Wanted {
    per_page: usize,
    direction: Direction,
    from: Option<u64>,
    sent_at_s: Option<u64>,
    updated_at_s: Option<u64>,
    only_updates: bool,
    is_count: bool,
    hide_deleted: bool,
    hide_replies: bool,
    unread: bool,
    categories: Vec<String>,
    types: Vec<String>,
    tags: Vec<String>,
    search: Option<String>,
    receiver_type: Option<String>,
}

impl Wanted {
    fn of(call: &Call) -> Result<Self, CometError> {
        let query: Fields = call.query.fields()?;
        let name = if query.has("perPage") { "perPage" } else { "per_page" };
        let per_page = query.number(name, 0..=MOST_PER_PAGE)?.filter(|number| *number > 0).unwrap_or(PER_PAGE);
        let direction = match query.text("affix")? {
            None | Some("prepend") => Direction::Downwards,
            Some("append") => Direction::Upwards,
            Some(other) => return Err(CometError::field("affix", format!("The affix must be append or prepend, got \"{other}\"."))),
        };
        let lists = |names: [&str; 2]| names.iter().flat_map(|name| call.query.list(name)).collect();
        let flag = |name: &str| query.flag(name).map(|flag| flag.unwrap_or(false));
        Ok(Self {
            per_page: usize::try_from(per_page).unwrap_or(usize::MAX),
            direction,
            from: query.number("id", 0..=u64::MAX)?.filter(|id| *id > 0),
            sent_at_s: query.number("sentAt", 0..=u64::MAX)?,
            updated_at_s: query.number("updatedAt", 0..=u64::MAX)?,
            only_updates: flag("onlyUpdates")?,
            is_count: flag("count")?,
            hide_deleted: flag("hideDeleted")?,
            hide_replies: flag("hideReplies")?,
            unread: flag("unread")?,
            categories: lists(["categories", "category"]),
            types: lists(["types", "type"]),
            tags: call.query.list("tags"),
            search: query.text("searchKey")?.map(str::to_lowercase),
            receiver_type: query.text("receiverType")?.map(str::to_owned),
        })
    }

    fn accepts(&self, message: &MessageDocument) -> bool {
        let among = |list: &[String], value: &str| list.is_empty() || list.iter().any(|item| item == value);
        let sent_at_s = message.sent_at.as_ms() / 1_000;
        let is_in_time = match (self.direction, self.sent_at_s) {
            // A cursor with an id says more than its second.
            (_, None) => true,
            _ if self.from.is_some() => true,
            (Direction::Upwards, Some(from)) => sent_at_s > from,
            (Direction::Downwards, Some(from)) => sent_at_s < from,
        };
        let changed_at_s = message.edited_at.max(message.deleted_at).map(|at| at.as_ms() / 1_000);
        let is_update = match (self.updated_at_s, self.only_updates) {
            (None, only) => !only || changed_at_s.is_some(),
            (Some(from), true) => changed_at_s.is_some_and(|at| at > from),
            (Some(from), false) => changed_at_s.unwrap_or(sent_at_s) > from,
        };
        let says = |key: &str| message.data.get("text").and_then(Value::as_str).is_some_and(|text| text.to_lowercase().contains(key));
        is_in_time
            && is_update
            && among(&self.categories, &message.category)
            && among(&self.types, &message.message_type)
            && (self.tags.is_empty() || self.tags.iter().any(|tag| message.tags.contains(tag)))
            && self.search.as_deref().is_none_or(says)
            && self.receiver_type.as_deref().is_none_or(|name| name == message.receiver_type.name())
            && !(self.hide_deleted && message.deleted_at.is_some())
            && !(self.hide_replies && message.parent.is_some())
    }
}

/// The messages of one list that are wanted and that the caller may see; in the order in which they were read.
async fn of_list(call: &Call, wanted: &Wanted, action: &'static str, list: &str) -> Result<Vec<MessageDocument>, CometError> {
    let view = conversation::view(call, list).await?;
    let (mut rows, mut found, mut from) = (Rows::default(), Vec::new(), wanted.from);
    loop {
        let page = store::page(call, list, wanted.direction, from, AT_ONCE).await?;
        let Some(last) = page.last() else { return Ok(found) };
        from = Some(last.id);
        for message in page {
            let is_own = call.caller.user() == Some(message.sender.as_str());
            let is_hidden = message.id <= view.deleted_to || wanted.unread && (is_own || message.id <= view.read_to);
            if !is_hidden && wanted.accepts(&message) && rows.shows(call, action, &message).await? {
                found.push(message);
                if found.len() > wanted.per_page {
                    return Ok(found);
                }
            }
        }
    }
}

/// Messages of the whole app, for the app itself: a page and one more, which tells that there are more. The store is read upwards only, so
/// downwards everything up to the end is read, and only the newest are kept.
async fn of_app(call: &Call, wanted: &Wanted) -> Result<Vec<MessageDocument>, CometError> {
    let mut found: VecDeque<MessageDocument> = VecDeque::new();
    let mut from = if wanted.direction == Direction::Upwards { wanted.from } else { None };
    loop {
        let read = call.tenant.read(move |store, app| store::scan_all(store, app, from, AT_ONCE)).await.map_err(CometError::internal)?;
        if read.is_empty() {
            return Ok(found.into());
        }
        for body in read {
            let message: MessageDocument = serde_json::from_value(body).map_err(CometError::internal)?;
            from = Some(message.id);
            if wanted.direction == Direction::Downwards && wanted.from.is_some_and(|end| message.id >= end) {
                return Ok(found.into());
            }
            if !wanted.accepts(&message) {
                continue;
            }
            found.push_back(message);
            if found.len() > wanted.per_page {
                match wanted.direction {
                    Direction::Upwards => return Ok(found.into()),
                    Direction::Downwards if found.len() > wanted.per_page + 1 => drop(found.pop_front()),
                    Direction::Downwards => {}
                }
            }
        }
    }
}

async fn answer(call: &Call, wanted: &Wanted, action: &'static str, lists: Vec<String>) -> Result<Answer, CometError> {
    let mut found = Vec::new();
    if call.caller.user().is_none() && action == "ListMessages" {
        found = of_app(call, wanted).await?;
    }
    for list in lists {
        found.extend(of_list(call, wanted, action, &list).await?);
    }
    found.sort_by_key(|message| message.id);
    if wanted.direction == Direction::Downwards {
        found.reverse();
    }
    let has_more = found.len() > wanted.per_page;
    found.truncate(wanted.per_page);
    let end = found.last().map(|message| message.id);
    // Oldest first, whichever way it was read.
    found.sort_by_key(|message| message.id);
    let shown = render::several(call, &found).await?;
    let affix = if wanted.direction == Direction::Downwards { "prepend" } else { "append" };
    let pages = if has_more { 2 } else { 1 };
    let mut meta = json!({
        "pagination": {"count": shown.len(), "per_page": wanted.per_page, "current_page": 1, "total_pages": pages},
    });
    if let (Some(id), Some(object)) = (end, meta.as_object_mut()) {
        object.insert("cursor".to_owned(), json!({"id": id, "affix": affix}));
    }
    Ok(Answer::of(shown).with_meta(meta))
}

/// `GET /messages?count=1&unread=1`: how many unread ones in each conversation.
async fn unread(call: &Call) -> Result<Answer, CometError> {
    let Some(user) = call.caller.user() else { return Ok(Answer::of(json!([]))) };
    let everything = Wanted { per_page: usize::MAX - 1, from: None, unread: true, ..Wanted::of(call)? };
    let mut counts = Vec::new();
    for list in conversation::all_of(call, user).await? {
        let found = of_list(call, &everything, "ListMessages", &list).await?;
        let Some(last) = found.last() else { continue };
        let with = if last.receiver_type == ReceiverType::Group { &last.receiver } else { &last.sender };
        counts.push(json!({"entityType": last.receiver_type.name(), "entityId": with, "count": found.len()}));
    }
    Ok(Answer::of(counts))
}
