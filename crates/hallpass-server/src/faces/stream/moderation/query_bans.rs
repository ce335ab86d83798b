//! `GET /query_banned_users`: bans by a filter.
//!
//! Stream's documentation does not say who may ask. Here it is whoever may ban there: for the bans of one channel (`channel_cid` in the
//! filter) that is a question about the channel, for all others about the app.

use std::collections::BTreeMap;

use hallpass::{ChannelId, Relation, RelationKind, Resource};
use hallpass_store::Store;
use serde_json::{Map, Value, json};

use super::super::call::{Answer, Call};
use super::super::error::StreamError;
use super::super::filter::{Filter, Row};
use super::super::scan::Documents;
use super::super::sort::{Best, Page, Sort};
use super::super::user::render::Users;
use super::super::{channel, documents};
use super::ban::{self, BAN, BanDocument, key};
use super::pair;
use crate::scan::{Scan, Turn};

/// Most bans in an answer; Stream's limit.
const LIMIT: u64 = 300;
/// Bans in an answer to a request that does not say.
const DEFAULT: u64 = 100;
/// Most users whose bans are read one user after the other.
const USERS: usize = 300;
/// Relations read from the store at a time.
const PAGE: usize = 1000;

/// `GET /query_banned_users?payload=…`
pub(in super::super) async fn query(call: Call) -> Result<Answer, StreamError> {
    let request = call.query.payload()?;
    let conditions = request.value("filter_conditions").cloned().unwrap_or_else(|| json!({}));
    let filter = Filter::read("filter_conditions", &conditions)?;
    let sort = Sort::read(&request, &[("created_at", true), ("user_id", false)])?;
    let page = Page::read(&request, DEFAULT, LIMIT)?;
    let only_current = request.flag("exclude_expired_bans")?.unwrap_or(false);

    permit(&call, &filter)?;
    let mut best = Best::new(page, &sort);
    for ban in all(&call, &filter).await? {
        let row = row(&ban);
        if !filter.accepts(&row) || (only_current && !ban.holds(call.now)) {
            continue;
        }
        if !ban.shadow || !ban::is_of_another(&call, &ban).await? {
            best.push(row, ban);
        }
    }
    let found = best.into_page();
    let named = found.iter().flat_map(|ban| std::iter::once(ban.user.clone()).chain(ban.banned_by.clone()));
    let users = Users::of(&call, named).await?;
    let channels = channel::embed::several(&call, found.iter().filter_map(|ban| ban.channel.as_ref())).await?;
    let bans: Vec<Value> = found.iter().map(|ban| render(&call, ban, &users, &channels)).collect();
    Ok(Answer::from_iter([("bans".to_owned(), Value::Array(bans))]))
}

fn permit(call: &Call, filter: &Filter) -> Result<(), StreamError> {
    let Some(cids) = filter.pinned("channel_cid") else { return call.permit("BanUser", Resource::app()) };
    for cid in cids {
        let id: ChannelId = cid.parse().map_err(|error: hallpass::ChannelIdError| StreamError::field("channel_cid", error.to_string()))?;
        channel::live(call, &id)?;
        let there = Resource::channel(id.as_str());
        call.permit("BanChannelMember", there).or_else(|refusal| call.permit("BanUser", there).map_err(|_| refusal))?;
    }
    Ok(())
}

/// The bans that the filter can find, by user and channel. A ban is kept by its user: where the filter names users, theirs are read and no
/// others, without waiting for a turn unless there are very many.
async fn all(call: &Call, filter: &Filter) -> Result<Vec<BanDocument>, StreamError> {
    let named = filter.within("user_id").filter(|users| users.len() <= USERS);
    let mut turn = if named.is_some() { Turn::of_lookup(&call.tenant) } else { Turn::of_scan(&call.tenant) };
    let users: Vec<Option<&str>> = named.map_or_else(|| vec![None], |users| users.into_iter().map(Some).collect());
    let (mut open, mut shadow) = (Vec::new(), Vec::new());
    for user in users {
        let (more_open, more_shadow) = of(call, filter, user, &mut turn).await?;
        open.extend(more_open);
        shadow.extend(more_shadow);
    }
    open.extend(shadow);
    Ok(open)
}

/// One user's bans, or everybody's: the open ones, which are facts, and those in the shadow, which are documents only.
async fn of(
    call: &Call,
    filter: &Filter,
    user: Option<&str>,
    turn: &mut Turn,
) -> Result<(Vec<BanDocument>, Vec<BanDocument>), StreamError> {
    let may_be_about = |ban: &BanDocument| filter.verdict(&row(ban), &|field| matches!(field, "user_id" | "channel_cid")) != Some(false);
    let mut documents: BTreeMap<String, BanDocument> = BTreeMap::new();
    let prefix = user.map(|user| pair(user, "")).unwrap_or_default();
    let mut scan = Documents::new(BAN, &prefix);
    while let Some(step) = scan.step::<BanDocument>(turn).await? {
        documents.extend(step.into_iter().filter(|(_, ban)| may_be_about(ban)));
    }
    let mut open = Vec::new();
    let of = user.map(str::to_owned);
    let read = move |store: &dyn Store, app: &str, after: Option<&Relation>, limit: usize| {
        store.relations(app, RelationKind::Ban, of.as_deref(), after, limit)
    };
    let mut scan = Scan::new(read);
    while let Some(step) = scan.step(turn).await.map_err(StreamError::internal)? {
        for fact in step {
            let unwritten = || BanDocument { created_at: documents::unknown_time(&call.tenant), ..BanDocument::default() };
            let document = documents.remove(&key(&fact.user, fact.channel.as_ref())).unwrap_or_else(unwritten);
            let ban = BanDocument { user: fact.user, channel: fact.channel, shadow: false, expires_at: fact.expires_at, ..document };
            open.extend(may_be_about(&ban).then_some(ban));
        }
    }
    // An open ban that the facts do not know any more was lifted by another face.
    Ok((open, documents.into_values().filter(|ban| ban.shadow).collect()))
}

/// The relations of one kind: one user's, or everybody's.
pub(in super::super) async fn relations(call: &Call, kind: RelationKind, user: Option<&str>) -> Result<Vec<Relation>, StreamError> {
    let (mut found, mut after) = (Vec::new(), None::<Relation>);
    loop {
        let (user, from) = (user.map(str::to_owned), after.take());
        let read = call.tenant.read(move |store, app| store.relations(app, kind, user.as_deref(), from.as_ref(), PAGE));
        let page = read.await.map_err(StreamError::internal)?;
        let Some(last) = page.last() else { return Ok(found) };
        after = Some(last.clone());
        found.extend(page);
    }
}

fn row(ban: &BanDocument) -> Row {
    Map::from_iter([
        ("user_id".to_owned(), json!(ban.user)),
        ("channel_cid".to_owned(), json!(ban.channel)),
        ("banned_by_id".to_owned(), json!(ban.banned_by)),
        ("reason".to_owned(), json!(ban.reason)),
        ("shadow".to_owned(), json!(ban.shadow)),
        ("created_at".to_owned(), json!(ban.created_at)),
    ])
}

fn render(call: &Call, ban: &BanDocument, users: &Users, channels: &BTreeMap<ChannelId, Value>) -> Value {
    let mut shown = Map::from_iter([
        ("created_at".to_owned(), call.dialect.time(ban.created_at)),
        ("shadow".to_owned(), json!(ban.shadow)),
        ("ip_ban".to_owned(), json!(ban.ip_ban)),
    ]);
    let optional = [
        ("user", users.get(&ban.user)),
        ("banned_by", ban.banned_by.as_deref().and_then(|id| users.get(id))),
        ("channel", ban.channel.as_ref().and_then(|id| channels.get(id).cloned())),
        ("reason", ban.reason.as_deref().map(Value::from)),
        ("expires", ban.expires_at.map(|at| call.dialect.time(at))),
    ];
    shown.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    Value::Object(shown)
}
